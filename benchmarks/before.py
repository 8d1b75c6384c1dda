"""What applying and fitting a calibrator take, beside an earlier version of the project.

    python -m benchmarks.before [--pairs N] [--quick]

Both versions work in turns, each in a process of its own with one thread, and tell their CPU
seconds: other programs use the machine as well, but not these seconds. Apply: the calibrator that
is stored with the sample, on the ten hits of 200 queries, one query after another; what is learned
once is learned. Fit: the default method with its validation, its report and the queries that are
redrawn for its thresholds. Values must agree to 1e-6, or the benchmark ends.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.before_work import HITS, QUERIES
from benchmarks.earlier import REVISION, ROOT, earlier
from benchmarks.interleaved import machine
from benchmarks.table import HEADER, line, verdict
from benchmarks.texts import options

LABELS = (1_000, 10_000)
GOAL, GOAL_MS = 0.5, 1.0
SAME = 1e-5  # of a predicted relevance; the kernels that embed the queries may differ
Answer = dict[str, Any]


@contextmanager
def side(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the work on the version in a folder."""
    environment = os.environ | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "benchmarks" / "before_work.py")]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def asked(process: subprocess.Popen[str], labels: int) -> Answer:
    """Return what a side answers: to apply where there are no labels, else to fit them."""
    assert process.stdin
    assert process.stdout
    print(json.dumps(labels), file=process.stdin, flush=True)
    answer: Answer = json.loads(process.stdout.readline())
    return answer


def in_turns(sides: list[subprocess.Popen[str]], labels: int, pairs: int) -> list[list[float]]:
    """Return the seconds of both sides for a task, pair by pair, the order swapped each time."""
    taken = []
    for number in range(pairs):
        turns = sides if number % 2 == 0 else sides[::-1]
        answers = {process: asked(process, labels) for process in turns}
        ours, theirs = (answers[process] for process in sides)
        apart = max(abs(a - b) for a, b in zip(ours["values"], theirs["values"], strict=True))
        if not apart <= SAME:
            raise SystemExit(f"Values differ by {apart:.1e}; times do not compare.")
        taken.append([ours["seconds"], theirs["seconds"]])
    return taken


def main() -> None:
    chosen: Any = options(__doc__)
    pairs = 2 if chosen.quick else chosen.pairs
    print(machine(), HEADER, sep="\n\n", flush=True)
    with earlier() as folder, side(ROOT) as ours, side(folder) as theirs:
        for labels in (0, *((100,) if chosen.quick else LABELS)):
            taken = in_turns([ours, theirs], labels, pairs)
            ratios = [a / b for a, b in taken]
            middle = statistics.median(ratios)
            seconds = statistics.median(a for a, _ in taken)
            question = f"calibrator, {labels:,} labels: fit with validation and report, CPU"
            if not labels:
                question = f"calibrator: {HITS} hits of one query, CPU"
                each = 1000 * seconds / QUERIES
                met = verdict(each <= GOAL_MS)
                print(line(question, "", f"{each:.2f} ms", f"≤ {GOAL_MS:g} ms", met), flush=True)
            figure = f"{middle:.2f} ({min(ratios):.2f}–{max(ratios):.2f}), {seconds:.2f} s"
            met = verdict(middle <= GOAL)
            print(line(question, f"revision {REVISION}", figure, f"≤ {GOAL}", met), flush=True)


if __name__ == "__main__":
    main()
