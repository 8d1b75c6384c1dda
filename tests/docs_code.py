"""Runs the Python code of a document and compares what it gives with what the document shows.

The ```python blocks of one file run in order and share their names. Two things are compared:

- the ```text block that comes next after a block, with what the block printed;
- the comment after an expression, where it is a Python literal, with the expression's value;
  a number counts as equal if it agrees to the digits shown.
"""

from __future__ import annotations

import ast
import contextlib
import io
import math
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(.*?)\s*$")


class DocsError(AssertionError):
    """The code of a document does not do what the document says."""


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes
    ----------
    language, line:
        What stands after the fence, and the number of the first line of the content.
    content:
        The lines between the fences.
    follows_on:
        Whether only blank lines lie between the block before and this one.
    """

    language: str
    line: int
    content: str
    follows_on: bool


def blocks(text: str) -> Iterator[Block]:
    """Find the fenced blocks of a Markdown text."""
    fence, language, start, follows_on = "", "", 0, False
    kept: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        found = FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2]:
                yield Block(language, start, "\n".join([*kept, ""]), follows_on)
                fence, follows_on = "", True
            else:
                kept.append(line)
        elif found:
            fence, language, start, kept = found[1], found[2], number + 1, []
        elif line.strip():
            follows_on = False
    if fence:
        raise DocsError(f"The block that begins in line {start - 1} is not closed.")


def parts(document: Path) -> tuple[str, list[str]]:
    """Return what stands before the first section of a document, and each section."""
    start, *sections = re.split(r"^## ", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return start, sections


def title_of(section: str) -> str:
    """Return the heading of a section."""
    return section.partition("\n")[0]


def run_section(document: Path, section: str, folder: Path) -> int:
    """Run the start of a document and one section in an empty folder with the examples.

    The folder is the current one. Returns how many blocks there were.
    """
    (folder / "examples").symlink_to(document.parent.parent / "examples")
    part = folder / document.name
    part.write_text(f"{parts(document)[0]}\n## {section}", encoding="utf-8")
    return run(part)


def run(path: Path) -> int:
    """Run the Python blocks of a file in the current folder; return how many there were.

    Raises
    ------
    DocsError
        A block is marked not to be run, or shows something else than it gives.
    """
    found = list(blocks(path.read_text(encoding="utf-8")))
    names: dict[str, Any] = {"__name__": path.stem}
    count = 0
    for block, after in zip(found, [*found[1:], None], strict=True):
        if not block.language.startswith("python"):
            continue
        if block.language != "python":
            raise DocsError(f"{path.name}:{block.line}: '{block.language}'; all code must run.")
        printed = _run_block(block, path, names)
        if after and after.language == "text" and after.follows_on:
            _compare_printed(printed, after, path)
        count += 1
    return count


def _run_block(block: Block, path: Path, names: dict[str, Any]) -> str:
    shown = _shown_values(block.content)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for statement in ast.parse(block.content).body:
            last = statement.end_lineno
            ast.increment_lineno(statement, block.line - 1)
            if isinstance(statement, ast.Expr) and last in shown:
                value = eval(compile(ast.Expression(statement.value), path, "eval"), names)  # noqa: S307
                if not _agrees(value, shown[last]):
                    raise DocsError(
                        f"{path.name}:{statement.end_lineno}: {shown[last]!r} is shown, but the "
                        f"value is {value!r}."
                    )
            else:
                exec(compile(ast.Module([statement], []), path, "exec"), names)  # noqa: S102
    return printed.getvalue()


def _shown_values(code: str) -> dict[int | None, Any]:
    """Return the literals in comments that follow code, by line."""
    found: dict[int | None, Any] = {}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and token.line[: token.start[1]].strip():
            # A comment in words is no literal, and nothing to compare with.
            with contextlib.suppress(ValueError, SyntaxError):
                found[token.start[0]] = _Shown(token.string.lstrip("# "))
    return found


class _Shown:
    """A literal as it stands in a comment, with the digits of its numbers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.value = ast.literal_eval(text)
        digits = [len(part) for part in re.findall(r"\d\.(\d+)", text)]
        self.tolerance = 0.5 * 10.0 ** -min(digits) * (1 + 1e-9) if digits else 0.0

    def __repr__(self) -> str:
        return self.text


def _agrees(value: Any, shown: _Shown) -> bool:
    return _same(value, shown.value, shown.tolerance)


def _same(value: Any, shown: Any, tolerance: float) -> bool:
    if hasattr(value, "tolist"):  # a numpy array or number
        value = value.tolist()
    if isinstance(shown, float) and isinstance(value, float):
        return math.isclose(value, shown, rel_tol=0.0, abs_tol=tolerance)
    if isinstance(shown, list | tuple):
        return (
            type(value) is type(shown)
            and len(value) == len(shown)
            and all(_same(v, s, tolerance) for v, s in zip(value, shown, strict=True))
        )
    return bool(value == shown)


def _compare_printed(printed: str, shown: Block, path: Path) -> None:
    given, wanted = _lines(printed), _lines(shown.content)
    if given != wanted:
        raise DocsError(
            f"{path.name}:{shown.line}: the code prints\n{given}\nbut is shown as\n{wanted}"
        )


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
