"""Run the benchmarks one after another: `python -m benchmarks [NAME ...]`, or `make bench`.

Each is a module of this folder that can also be run alone, with options of its own. Those on judged
collections are left out where SCORE_SENSE_DATA names no folder of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

ALONE = (
    "sample",
    "background",
    "chance",
    "answerable",
    "apply",
    "encoder",
    "query",
    "cold_start",
    "memory",
    "growth",
    "indexes",  # its table on a judged collection is left out without one
)
JUDGED = ("scifact", "calibration")


def main() -> int:
    """Run the benchmarks asked for; return 1 if any of them failed."""
    parser = argparse.ArgumentParser(description="Run the benchmarks one after another.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(ALONE + JUDGED)}; all if none")
    names = parser.parse_args().names or ALONE + JUDGED
    failed = [name for name in names if not run(name)]
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return bool(failed)


def run(name: str) -> bool:
    """Run one benchmark, each in a process of its own; return whether it ended well."""
    print(f"\n## {name}\n", flush=True)
    if name in JUDGED and not os.environ.get("SCORE_SENSE_DATA"):
        print("Left out: it needs judged collections; name their folder in SCORE_SENSE_DATA.")
        return True
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
