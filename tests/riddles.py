"""Words that visitors had to read twice, and plain ones for each; no page and no document has them."""

from __future__ import annotations

import re

RIDDLES = {
    r"by chance|chance alone|chance taken off|line of chance": "unrelated documents; sampling noise",
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
