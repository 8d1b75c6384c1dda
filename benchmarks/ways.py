"""Which files of the two packages a click passes through, in which order, and how often it returns.

    python -m benchmarks.ways [--root FOLDER]

Two ways are followed by calling the page's events, as a browser would have them called: a query
that is typed, and a CSV that becomes a calibrated value (labels read, fitted, and applied to
another file). A step is a call from one file into a function of another one; it counts once,
however often a loop repeats it. What worker threads do is not seen; the fit runs in this process
and is.
"""

from __future__ import annotations

import argparse
import csv
import inspect
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import CodeType, FrameType, GeneratorType
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("search_core", "search_ui")

QUERY = "How do I descale a kettle?"
JUDGED_ROWS = 1000
VISITOR = "0123456789abcdef" * 2


@dataclass
class Trail:
    """Where a piece of work has been.

    Attributes
    ----------
    root:
        The folder of the packages.
    files:
        The files entered, in the order of the first entry.
    steps:
        From which file into which file and function, in the order of the first time.
    returns:
        How many steps led into a file that had been entered before.
    """

    root: Path
    files: list[str] = field(default_factory=list)
    steps: dict[tuple[str, str, str], None] = field(default_factory=dict)
    returns: int = 0
    _places: dict[CodeType, str] = field(default_factory=dict)
    _within = tuple(f"{package}/" for package in PACKAGES)

    def note(self, frame: FrameType, event: str, _given: object) -> None:
        """Note a call; a hook for `sys.setprofile`."""
        if event != "call":
            return
        place = self._place(frame.f_code)
        before, caller = self._caller(frame.f_back)
        # Comprehensions belong to the function around them, and imports are no part of the work.
        if not place or frame.f_code.co_name.startswith("<") or caller == "<module>":
            return
        step = (before, place, frame.f_code.co_name)
        if before == place or step in self.steps:
            return
        self.steps[step] = None
        if place in self.files:
            self.returns += 1
        else:
            self.files.append(place)

    def _caller(self, frame: FrameType | None) -> tuple[str, str]:
        """Return file and function of the nearest caller inside the packages."""
        while frame is not None:
            if place := self._place(frame.f_code):
                return place, frame.f_code.co_name
            frame = frame.f_back
        return "", ""

    def _place(self, code: CodeType) -> str:
        """Return the path of a file of the packages inside the root, or an empty string."""
        if code not in self._places:
            path = Path(code.co_filename)
            inside = (
                path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else ""
            )
            self._places[code] = inside if inside.startswith(self._within) else ""
        return self._places[code]


def follow(root: Path, *work: Callable[[], object]) -> Trail:
    """Run work, a generator to its end, and return where it has been."""
    trail = Trail(root)
    for each in work:
        sys.setprofile(trail.note)
        try:
            given = each()
            if isinstance(given, GeneratorType):
                for _ in given:
                    pass
        finally:
            sys.setprofile(None)
    return trail


def event(
    functions: dict[str, Callable[..., object]], name: str, **given: Any
) -> Callable[[], object]:
    """Return a call of one of the page's events, whose arguments are found by their names."""
    function = functions[name]
    given |= {"visitor": VISITOR, "progress": lambda _share: None}
    wanted = {each: given[each] for each in inspect.signature(function).parameters}
    return lambda: function(**wanted)


def ways(root: Path) -> Iterator[str]:
    """Follow the two ways through the checkout in `root`; yield the lines of a report."""
    sys.path.insert(0, str(root))
    from search_ui.build import build
    from search_ui.sample import load_sample

    loading: Future[Any] = Future()
    loading.set_result(load_sample())
    functions = {
        each.fn.__name__: each.fn for each in build(loading).fns.values() if each.fn is not None
    }
    yield "| way | files | search_core | search_ui | templates | steps between them | back |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    asked = follow(root, event(functions, "_ui_search", text=QUERY, most=10))
    trails = {"a query typed": asked, "a CSV to a calibrated value": _from_a_csv(root, functions)}
    for name, trail in trails.items():
        templates = sum(path.endswith(".html") for path in trail.files)
        core = sum(path.startswith("search_core/") for path in trail.files)
        counts = (len(trail.files), core, len(trail.files) - core - templates, templates)
        cells = (name, *counts, len(trail.steps), trail.returns)
        yield f"| {' | '.join(map(str, cells))} |"
    for name, trail in trails.items():
        yield f"\nThe way of {name}:\n"
        yield from (f"{number}. `{path}`" for number, path in enumerate(trail.files, start=1))


def _from_a_csv(root: Path, functions: dict[str, Callable[..., object]]) -> Trail:
    """Follow labels with texts from the file to the values of another file."""
    with tempfile.TemporaryDirectory() as folder:
        labels, pairs = Path(folder, "labels.csv"), Path(folder, "pairs.csv")
        _write_judged(labels, ("query", "text", "relevance"))
        _write_judged(pairs, ("query", "text"))
        form = {
            "kind": "csv", "meanings": "", "lowest": 0, "highest": 3, "relevant_from": None,
            "differing": "count", "whose": "ours", "scores_are": None, "better": None,
            "skip_faulty": False,
        }  # fmt: skip
        # Where no process can be started, the fit runs in this one.
        with patch.object(BaseProcess, "start", side_effect=OSError):
            return follow(
                root,
                event(functions, "_ui_read_labels", paths=[str(labels)], level="query", **form),
                event(functions, "_ui_fit", method="auto", level="query", kind="csv"),
                event(functions, "_ui_apply", path=str(pairs)),
            )


def _write_judged(path: Path, columns: tuple[str, ...]) -> None:
    """Write judgements of the sample, with their texts, as a visitor's CSV."""
    examples = ROOT / "examples"
    with (examples / "documents.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["id"]: row["text"] for row in csv.DictReader(file)}
    with (examples / "judgements.csv").open(encoding="utf-8", newline="") as file:
        rows = [{**row, "text": texts[row["doc_id"]]} for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows[:JUDGED_ROWS])


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description="Follow two clicks through the code.")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    print(*ways(parser.parse_args().root.resolve()), sep="\n")


if __name__ == "__main__":
    main()
