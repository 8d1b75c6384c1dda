"""The commands of the page on the command line give what it shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs_code import Block, blocks, run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "command-line.md"
NUMBER = re.compile(r"-?\d+\.\d+")
OURS = f"{shlex.quote(sys.executable)} -m score_sense"


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command of a block, and what it is shown to print."""
    for part in re.split(r"^\$ ", block.content, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def printed(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command.replace("score-sense", OURS)],
        cwd=folder, text=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.stdout


def in_words(text: str) -> list[str]:
    """Return a text without its numbers, and without the blanks that align its columns."""
    return NUMBER.sub("#", text).split()


@pytest.mark.model
@pytest.mark.slow
def test_the_commands_print_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    found = list(blocks(PAGE.read_text(encoding="utf-8")))
    python = [each for each in found if each.language == "python"]
    start = tmp_path / "start.md"
    start.write_text(f"```python\n{python[0].content}```\n", encoding="utf-8")
    assert run(start) == 1
    shown = [each for block in found if block.language == "console" for each in commands(block)]
    assert len(shown) > 4
    for command, expected in shown:
        told = printed(command, tmp_path)
        assert in_words(told) == in_words(expected), command
        numbers = [list(map(float, NUMBER.findall(text))) for text in (told, expected)]
        assert numbers[0] == pytest.approx(numbers[1], abs=1e-3), command
