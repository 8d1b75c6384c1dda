"""Words that visitors had to read twice; neither the page nor a document has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

RIDDLES = {
    r"by chance|chance alone|chance taken off|line of chance": "unrelated texts; sampling noise",
    r"stands? (?:above|among|at|beside|beyond|by|for|more than|there)\b": "is, score, rank",
    r"stated\b|states (?:the|values|it)\b|it says\b|told\b": "predicted; says",
    r"(?:bytes|ms|numbers|one|seconds|times) an? (?:vector|query|line|row|tab|hit)\b": "per",
    r"from (?:\d\S*|there|here|then|it) on\b": "of … or more",
    r"judge(?:d|s)?\b|judge?ments?\b(?!\.csv)": "label, labelled",
    r"expected relevance|calibrated values?": "predicted relevance",
    r"a vector of \d+ numbers": "a vector",
    r"by one other model throughout|it means it": "what the figure is",
}
"""Patterns of riddles, and what to write instead."""

_NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+", re.DOTALL)


def prose(markdown: str) -> str:
    """Return a document without its code, and without the addresses of its links."""
    return _NOT_PROSE.sub(" ", markdown)


def riddles(text: str) -> list[str]:
    """Return each riddle of a text, with some words around it and what to write instead."""
    return [
        f"“…{text[max(0, found.start() - 40) : found.end() + 20]}…”: {better}".replace("\n", " ")
        for pattern, better in RIDDLES.items()
        for found in re.finditer(rf"(?i)\b(?:{pattern})", text)
    ]


def spoken_by(path: Path) -> Iterator[str]:
    """Yield the sentences that a module or a template may show; comments and docstrings are not."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        words = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
        yield re.sub(r"<[^>]*>", " ", words)
        return
    parts = list(ast.walk(ast.parse(source)))
    docstrings = {id(each.value) for each in parts if isinstance(each, ast.Expr)}
    for each in parts:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            is_sentence = " " in each.value and not each.value.startswith("<")  # `<` begins a repr
            if is_sentence and id(each) not in docstrings:
                yield each.value
