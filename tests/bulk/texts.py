"""Three hundred texts, and the command that embeds files of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = ("ferry", "tomato", "piano", "interest", "aspirin", "kettle")
TEXTS = [f"The {SUBJECTS[n % 6]} of number {n} is old. " * (1 + n % 7) for n in range(300)]
IDS = [f"{n:03}" for n in range(300)]


def embedded_by_command(*arguments: str) -> list[str]:
    """Run `score-sense embed` as people do, and return the lines of its notes."""
    done = subprocess.run(
        [sys.executable, "-m", "score_sense", "embed", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()
