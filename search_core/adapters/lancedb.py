"""LanceDB: what `table.search(…)` returns, as `Hits`."""

from __future__ import annotations

from typing import Any

from search_core.adapters.results import ScoredBy, hits_of, rows_of
from search_core.adapters.versions import shape_fault
from search_core.errors import InputError
from search_core.hits import Hits

EXPECTED = "what table.search(…).to_list(), to_arrow(), to_pandas() or to_polars() returned"


def hits(
    found: Any,
    query: str = "",
    engine: ScoredBy = "lancedb-l2",
    *,
    text: str = "text",
    id: str = "id",
) -> Hits:
    """Return the hits of one query.

    Parameters
    ----------
    found:
        The rows: a list of dicts, an Arrow table or a frame.
    query:
        What was asked.
    engine:
        "lancedb-l2", "lancedb-cosine" or "lancedb-dot", by the search's distance type.
    text, id:
        The columns that hold the text and the id; rows without an id get their rank, from 0.

    Raises
    ------
    InputError
        No rows with the column '_distance', or one that this engine cannot show.
    """
    rows = rows_of(found)
    if rows is None:
        raise shape_fault("lancedb", found, EXPECTED)
    if any("_distance" not in row for row in rows):
        raise InputError(
            "These rows have no column '_distance'; search by a vector, and select it where you "
            "select columns."
        )
    return hits_of(query, [(row.get(id), row.get(text), row["_distance"]) for row in rows], engine)
