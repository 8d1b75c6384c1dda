"""The examples of the documents and of the notebooks are right for a strict type checker."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.docs_code import blocks

ROOT = Path(__file__).resolve().parent.parent
# Each of their sections is a program, after the start of the page.
DOORS = [ROOT / "docs" / "adapters.md", ROOT / "docs" / "scale.md"]


def programs() -> Iterator[tuple[str, str]]:
    """Yield the name of each program of the documents, and its code, in which lines keep place."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        starts = [each.start() for each in re.finditer(r"^## ", text, re.MULTILINE)]
        if path not in DOORS:
            yield path.name, code_in_place(text)
            continue
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            blank = re.sub(r"[^\n]", "", text[starts[0] : start])
            yield path.name, code_in_place(text[: starts[0]] + blank + text[start:end])
    for path in sorted((ROOT / "docs").rglob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        yield path.name, "\n\n".join(each.source for each in cells if each.cell_type == "code")


def code_in_place(text: str) -> str:
    """Return the Python of a Markdown text, with empty lines for all others."""
    lines = [""] * (text.count("\n") + 1)
    for block in blocks(text):
        if block.language == "python":
            code = block.content.splitlines()
            lines[block.line - 1 : block.line - 1 + len(code)] = code
    return "\n".join(lines)


def faults(found: list[tuple[str, str]], folder: Path) -> list[str]:
    """Return what mypy finds in programs, with the document and the line of each fault."""
    names = {}
    for number, (name, code) in enumerate(found):
        file = folder / f"program_{number}.py"
        file.write_text(code + "\n", encoding="utf-8")
        names[file.name] = name
    settings = ("--config-file", ROOT / "pyproject.toml", "--no-error-summary")
    others = "--allow-subclassing-any"  # classes of libraries that are not installed here
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *settings, others, *(folder / name for name in names)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode < 2, done.stdout + done.stderr
    said = re.findall(r"(program_\d+\.py):(.+)", done.stdout)
    return [f"{names[name]}:{rest}" for name, rest in said]


@pytest.mark.slow
def test_every_example_is_right_for_a_strict_type_checker(tmp_path: Path) -> None:
    found = [each for each in programs() if each[1].strip()]
    assert len(found) > 15
    assert faults(found, tmp_path) == []


@pytest.mark.slow
def test_a_fault_is_told_with_its_document_and_line(tmp_path: Path) -> None:
    text = "words\n```python\nimport score_sense as sc\n\nsc.to_cosine(0.5)\n```\n"
    told = faults([("made-up.md", code_in_place(text))], tmp_path)
    assert told[0].startswith('made-up.md:5: error: No overload variant of "to_cosine"')
