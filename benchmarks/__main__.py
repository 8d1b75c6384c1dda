"""Run the benchmarks one after another: `python -m benchmarks [--data FOLDER] [NAME ...]`, or `make bench`.

Each is a module of this folder that can be run alone, with options of its own. Those on judged
collections are left out where no folder is named by `--data` or SCORE_SENSE_DATA.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

ALONE = ("sample", "background", "answerable", "encoder", "query", "cold_start", "memory")
JUDGED = ("scifact", "indexes", "calibration")


def main() -> int:
    """Run the benchmarks asked for; return 1 if any of them failed."""
    parser = argparse.ArgumentParser(description="Run the benchmarks one after another.")
    parser.add_argument("names", nargs="*", choices=[*ALONE, *JUDGED, []], help="all if none")
    parser.add_argument("--data", default=os.environ.get("SCORE_SENSE_DATA"))
    given = parser.parse_args()
    environment = dict(os.environ, **({"SCORE_SENSE_DATA": given.data} if given.data else {}))
    failed = []
    for name in given.names or (*ALONE, *JUDGED):
        print(f"\n## {name}\n", flush=True)
        if name in JUDGED and not given.data:
            print("Left out: it needs judged collections, named by --data or SCORE_SENSE_DATA.")
        elif subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], env=environment).returncode:
            failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
