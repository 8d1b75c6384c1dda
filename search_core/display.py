"""What a notebook shows of a value: small pieces of HTML, in which every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

MOST_ROWS = 50  # of a table; more are counted
_LEFT = 'style="text-align:left"'


def sentence(text: str, *, strong: bool = False) -> str:
    """Return a paragraph."""
    shown = escape(text)
    return f"<p>{f'<strong>{shown}</strong>' if strong else shown}</p>"


def notes(texts: Iterable[str]) -> str:
    """Return a list of remarks; nothing where there is none."""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table; numbers stand to the right, and rows beyond the first 50 are counted."""
    head = "".join(f"<th {_LEFT}>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows[:MOST_ROWS])
    more = len(rows) - MOST_ROWS
    rest = sentence(f"{more:,} more rows.") if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"<td>{value:.4g}</td>"
    if isinstance(value, int):
        return f"<td>{value:,}</td>"
    return f"<td {_LEFT}>{escape('' if value is None else str(value))}</td>"
