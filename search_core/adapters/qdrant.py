"""Qdrant: what `client.query_points` returns, as `Hits`."""

from __future__ import annotations

from typing import Any

from search_core.adapters.results import ScoredBy, hits_of
from search_core.adapters.versions import shape_fault
from search_core.hits import Hits
from search_core.stores.qdrant import ENGINES_OF

EXPECTED = "what client.query_points returned, or a list of its points"


def hits(
    found: Any, query: str = "", engine: ScoredBy = "qdrant-cosine", *, text: str = "text"
) -> Hits:
    """Return the hits of one query.

    Parameters
    ----------
    found:
        As `client.query_points` returned it, or its points.
    query:
        What was asked.
    engine:
        "qdrant-cosine", "qdrant-dot" or "qdrant-euclid", by the collection; `engine_of` knows.
    text:
        The key of the payload that holds the text; hits without it have an empty one.

    Raises
    ------
    InputError
        No such result, or a score that this engine cannot show.
    """
    points = getattr(found, "points", found)
    try:
        rows = [(point.id, (point.payload or {}).get(text), point.score) for point in points]
    except (AttributeError, TypeError):
        raise shape_fault("qdrant", found, EXPECTED) from None
    return hits_of(query, rows, engine)


def engine_of(client: Any, collection: str, vector: str = "") -> str:
    """Return which function of Qdrant a collection's scores are of: its distance.

    Parameters
    ----------
    client:
        A `QdrantClient`.
    collection, vector:
        The names of the collection, and of its vector where that has one.

    Raises
    ------
    InputError
        It is no client, there is no such vector, or the distance leads to no cosine.
    """
    try:
        vectors = client.get_collection(collection).config.params.vectors
        distance = (vectors[vector] if vector else vectors).distance
        return ENGINES_OF[getattr(distance, "value", distance)]
    except (AttributeError, KeyError, TypeError):
        expected = f"a client whose collection '{collection}' has a dense vector '{vector}'"
        raise shape_fault("qdrant", client, expected) from None
