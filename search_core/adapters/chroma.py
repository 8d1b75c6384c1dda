"""Chroma: what `collection.query` returns, as `Hits`."""

from __future__ import annotations

from typing import Any

from search_core.adapters.results import ScoredBy, hits_of
from search_core.adapters.versions import shape_fault
from search_core.errors import InputError
from search_core.hits import Hits

EXPECTED = "a result of collection.query, with 'ids' and 'distances' of one query"


def hits(found: Any, query: str = "", engine: ScoredBy = "chroma-l2") -> Hits:
    """Return the hits of one query.

    Parameters
    ----------
    found:
        As `collection.query(query_texts=[query])` returned it; texts are there unless `include`
        leaves "documents" out.
    query:
        What was asked.
    engine:
        "chroma-l2", "chroma-cosine" or "chroma-ip", by the collection's space; `engine_of` knows.

    Raises
    ------
    InputError
        No such result, one of several queries, or one without distances.

    Examples
    --------
    >>> from search_core.adapters import chroma
    >>> found = {"ids": [["b", "a"]], "distances": [[0.2, 0.9]], "documents": [["a cat", "sun"]]}
    >>> chroma.hits(found, "cat", "chroma-cosine")
    <Hits of 'cat': 2 on the scale 'cosine_distance', from 0.2 to 0.9>
    """
    try:
        ids, distances, documents = found["ids"], found["distances"], found.get("documents")
    except (KeyError, TypeError, AttributeError):
        raise shape_fault("chroma", found, EXPECTED) from None
    if distances is None:
        raise InputError("This result has no distances; put 'distances' into include=[…].")
    if len(ids) != 1:
        raise InputError(f"This is the result of {len(ids)} queries; query one at a time.")
    texts = documents[0] if documents else [None] * len(ids[0])
    return hits_of(query, zip(ids[0], texts, distances[0], strict=True), engine)


def engine_of(collection: Any) -> str:
    """Return which function of Chroma a collection's distances are of: its space.

    Raises
    ------
    InputError
        It is no collection, or its space is not known here.
    """
    try:
        parts = [collection.configuration.get(part) or {} for part in ("hnsw", "spann")]
        space = next(part["space"] for part in parts if part.get("space"))
    except (AttributeError, StopIteration):
        raise shape_fault("chroma", collection, "a collection of a client") from None
    return f"chroma-{space}"
