"""Hugging Face datasets: what `get_nearest_examples` returns, as `Hits`."""

from __future__ import annotations

from typing import Any

from search_core.adapters.results import ScoredBy, hits_of
from search_core.adapters.versions import shape_fault
from search_core.errors import InputError
from search_core.hits import Hits

EXPECTED = "what dataset.get_nearest_examples returned: scores and examples"


def hits(
    found: Any,
    query: str = "",
    engine: ScoredBy = "datasets-l2",
    *,
    text: str = "text",
    id: str = "id",
) -> Hits:
    """Return the hits of one query.

    Parameters
    ----------
    found:
        As `dataset.get_nearest_examples(column, vector, k)` returned it.
    query:
        What was asked.
    engine:
        "datasets-l2", or "datasets-ip" where the index was added with METRIC_INNER_PRODUCT.
    text, id:
        The columns that hold the text and the id; without an id, hits get their rank, from 0.

    Raises
    ------
    InputError
        No such result, no such column of texts, or a score that this engine cannot show.

    Examples
    --------
    >>> from search_core.adapters import datasets
    >>> found = ([0.2, 0.9], {"id": [7, 3], "text": ["a cat", "the sun"]})
    >>> datasets.hits(found, "cat").ids
    ('7', '3')
    """
    try:
        scores, examples = found
        columns = dict(examples)
    except (TypeError, ValueError):
        raise shape_fault("datasets", found, EXPECTED) from None
    if text not in columns:
        raise InputError(
            f"The examples have no column '{text}'; give text=… as one of {', '.join(columns)}."
        )
    # Where an index has fewer than k rows, the library gives fewer examples than scores.
    count = len(columns[text])
    ids = columns.get(id) or [None] * count
    return hits_of(query, zip(ids, columns[text], list(scores)[:count], strict=True), engine)
