"""Run the benchmarks one after another: `python -m benchmarks [NAME ...]`, or `make bench`.

Each is a module of this folder that can also be run alone, with options of its own. What has a
goal is put together in one table at the end. All of them take three quarters of an hour on two
cores, and 5 GB; leave the machine to them. What a benchmark needs and is not there, judged
collections or Chromium, leaves that one out and says so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.interleaved import machine
from benchmarks.table import HEADER, rows
from tests.browser.serving import CHROMIUM

SPEED = (
    "encoder",
    "query",
    "fastest",
    "cold_start",
    "install",
    "memory",
    "page",
    "page_bytes",
    "apply",
    "before",
    "background",
)
GROWTH = ("indexes", "growth")
QUALITY = (
    "sample",
    "chance",
    "answerable",
    "verdicts",
    "scifact",
    "calibration",
    "graded_pairs",
    "prior",
    "living",
    "steady",
    "claims",
    "coverage",
    "judging",
)
JUDGED = (
    "verdicts",
    "scifact",
    "calibration",
    "graded_pairs",
    "prior",
    "coverage",
    "judging",
)  # others only have a row or a table more with such collections
FASTEST = Path(__file__).resolve().parents[1] / ".venv-fastest/bin/python"
OPTIONS = {"fastest": ((), ("--busy",), ("--avx2",), ("--avx2", "--busy"))}
EVERY = (*SPEED, *GROWTH, *QUALITY)


def main() -> int:
    """Run the benchmarks asked for; return 1 if any of them failed."""
    parser = argparse.ArgumentParser(description="Run the benchmarks one after another.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(EVERY)}; all if none")
    parser.add_argument("--plots", help="folder for the curves of growth")
    given = parser.parse_args()
    found: list[str] = []
    failed = []
    for name in given.names or EVERY:
        print(f"\n## {name}\n", flush=True)
        if missing := missing_for(name):
            print(f"Left out: {missing}")
            continue
        plots = ("--plots", given.plots) if name == "growth" and given.plots else ()
        for options in OPTIONS.get(name, (plots,)):
            status, printed = run(name, options)
            found += rows(printed)
            if status:
                failed.append(" ".join((name, *options)))
    print(f"\n## All that has a goal\n\n{machine()}\n\n{HEADER}", *found, sep="\n")
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return bool(failed)


def missing_for(name: str) -> str:
    """Return what a benchmark needs and is not there, in a sentence; empty if it can run."""
    if name in JUDGED and not os.environ.get("SCORE_SENSE_DATA"):
        return "it needs judged collections; name their folder in SCORE_SENSE_DATA."
    if name == "fastest" and not FASTEST.exists():
        return "it needs the fastest encoders, which `make fastest` installs."
    if name in ("page", "page_bytes") and not Path(CHROMIUM).exists():
        return f"it needs Chromium at {CHROMIUM}; install it, or name its place in CHROMIUM."
    return ""


def run(name: str, options: Sequence[str]) -> tuple[int, list[str]]:
    """Run one benchmark in a process of its own; return its exit status and what it printed."""
    printed = []
    python = str(FASTEST) if name == "fastest" else sys.executable
    command = [python, "-m", f"benchmarks.{name}", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for text in process.stdout:
            print(text, end="", flush=True)
            printed.append(text)
    return process.returncode, printed


if __name__ == "__main__":
    raise SystemExit(main())
