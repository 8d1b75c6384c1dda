"""pgvector: rows of a query with a distance, as psycopg or SQLAlchemy returns them, as `Hits`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search_core.adapters.results import ScoredBy, hits_of
from search_core.errors import InputError
from search_core.hits import Hits

EXPECTED = "rows with names of columns, such as those of cursor(row_factory=dict_row)"


def hits(
    found: Any,
    query: str = "",
    engine: ScoredBy = "pgvector-cosine",
    *,
    distance: str = "distance",
    text: str = "text",
    id: str = "id",
) -> Hits:
    """Return the hits of one query.

    Parameters
    ----------
    found:
        Rows, such as those of `SELECT id, text, embedding <=> %s AS distance FROM …`: dicts, named
        tuples, rows of SQLAlchemy.
    query:
        What was asked.
    engine:
        "pgvector-cosine" for the operator `<=>`, "pgvector-l2" for `<->`, "pgvector-ip" for `<#>`.
    distance, text, id:
        The columns that hold the distance, the text and the id; hits without a text have an empty
        one, and without an id their rank, from 0.

    Raises
    ------
    InputError
        Rows without names of columns or without a distance, or one that this engine cannot show.

    Examples
    --------
    >>> from search_core.adapters import pgvector
    >>> rows = [{"id": 7, "text": "a cat", "distance": 0.2}, {"id": 3, "distance": 0.9}]
    >>> pgvector.hits(rows, "cat").ids
    ('7', '3')
    """
    try:
        rows = [named(row) for row in found]
    except (AttributeError, TypeError, ValueError):
        raise InputError(
            f"A {type(found).__name__} was given where {EXPECTED} were expected."
        ) from None
    for row in rows:
        if distance not in row:
            raise InputError(
                f"These rows have no column '{distance}'; give distance=… as one of "
                f"{', '.join(map(str, row))}."
            )
    return hits_of(query, [(row.get(id), row.get(text), row[distance]) for row in rows], engine)


def named(row: Any) -> Mapping[str, Any]:
    """Return a row as a mapping: one already, of SQLAlchemy, of sqlite3, or a named tuple.

    Raises
    ------
    AttributeError, TypeError, ValueError
        It has no names of columns.
    """
    if hasattr(row, "_mapping"):
        row = row._mapping
    return dict(row) if hasattr(row, "keys") else dict(row._asdict())
