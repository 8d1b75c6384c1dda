"""What the core costs: megabytes to download and to keep, and the time that an import takes.

    python -m benchmarks.install [--imports N]

A wheel of this checkout goes into an environment of its own with what the core needs; pip's files
are not counted, and compiled ones are. A time is that of `import score_sense` alone, in a new
process that has NumPy already; `first calibrator` is the time until a stored one is read there.
The network is needed.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import venv
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.interleaved import machine
from benchmarks.table import HEADER, line, verdict

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "examples" / "calibrator.json"
MB = 1_000_000
INSTALLED_GOAL, IMPORT_GOAL = 150, 50  # MB, ms
TIMED = "import numpy, time\nstart = time.perf_counter()\n{}\nprint(time.perf_counter() - start)"
IMPORT = "import score_sense"
READ = f"import score_sense as sc\nsc.load_calibrator(open({str(STORED)!r}).read())"


def main() -> None:
    """Print the sizes, package by package, and the table."""
    parser = argparse.ArgumentParser(description="Measure what the core costs.")
    parser.add_argument("--imports", type=int, default=20, help="how often each is timed")
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        downloaded, python = installed(home)
        sizes = kept(python)
        print("\n| package | MB |\n|---|---|")
        for name, size in sorted(sizes.items(), key=lambda each: -each[1]):
            if size >= MB:
                print(f"| {name} | {size / MB:.0f} |")
        whole = sum(sizes.values()) / MB
        print(f"\n{HEADER}")
        print(line("core, downloaded", "", f"{downloaded / MB:.0f} MB"))
        goal = f"{INSTALLED_GOAL} MB"
        print(
            line("core, installed", "", f"{whole:.0f} MB", goal, verdict(whole <= INSTALLED_GOAL))
        )
        took = milliseconds(python, IMPORT, chosen.imports)
        goal = f"{IMPORT_GOAL} ms"
        print(line("import beyond NumPy", "", spread(took), goal, verdict(took[1] <= IMPORT_GOAL)))
        print(line("first calibrator", "", spread(milliseconds(python, READ, chosen.imports))))


def installed(home: Path) -> tuple[int, Path]:
    """Install the core; return the bytes that were downloaded, and the environment's Python."""
    venv.create(home / "core", with_pip=True)
    python = home / "core" / "bin" / "python"
    wheels = home / "wheels"
    run(python, "-m", "pip", "wheel", "--quiet", "--wheel-dir", wheels, ROOT)
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", *wheels.iterdir())
    return sum(wheel.stat().st_size for wheel in wheels.iterdir()), python


def kept(python: Path) -> dict[str, int]:
    """Return the bytes of each folder or file of an environment's packages, without pip's."""
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    return {
        each.name: sum(file.stat().st_size for file in (each, *each.rglob("*")) if file.is_file())
        for each in Path(packages).iterdir()
        if not each.name.startswith(("pip", "setuptools", "pkg_resources", "_distutils"))
    }


def milliseconds(python: Path, program: str, times: int) -> tuple[float, float, float]:
    """Return the shortest, the median and the longest time of a program in new processes."""
    run(python, "-c", TIMED.format(program))  # fills the file cache
    took = [1000 * float(run(python, "-c", TIMED.format(program))) for _ in range(times)]
    return min(took), median(took), max(took)


def spread(took: tuple[float, float, float]) -> str:
    """Return the median and the range in words."""
    low, middle, high = took
    return f"{middle:.0f} ms ({low:.0f} to {high:.0f})"


def run(*command: Any) -> str:
    """Run a command; end the benchmark where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"A program of the benchmark failed:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
