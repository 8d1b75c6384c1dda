"""What a command writes: rows as a table or as JSON on stdout, notes and progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

import search_core as sc

Row = Mapping[str, object]


def print_rows(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print rows as JSON, or as a table in which columns that are empty throughout are left out."""
    if as_json:
        print(json.dumps(list(rows), indent=2, ensure_ascii=False))
    elif rows:
        print(table(rows))


def table(rows: Sequence[Row]) -> str:
    """Return rows under a header, in columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [_cell(row.get(name)) for row in rows] for name in names}
    shown = {name: column for name, column in cells.items() if any(column)}
    widths = {name: max(map(len, [name, *column])) for name, column in shown.items()}
    lines = [tuple(shown), *zip(*shown.values(), strict=True)]
    padded = ["  ".join(map(str.ljust, line, widths.values())).rstrip() for line in lines]
    return "\n".join(padded)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def note(text: str) -> None:
    """Say something beside the answer."""
    print(text.strip(), file=sys.stderr)


def progress(doing: str) -> sc.Progress:
    """Return what shows how far some work is, on one line of a terminal; nothing elsewhere."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            print(f"\r{doing}: {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)

    return show
