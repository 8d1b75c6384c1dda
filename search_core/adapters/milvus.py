"""Milvus: what `client.search` returns, as `Hits`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search_core.adapters.results import ScoredBy, hits_of
from search_core.adapters.versions import shape_fault
from search_core.errors import InputError
from search_core.hits import Hits
from search_core.stores.milvus import ENGINES_OF

EXPECTED = "what client.search returned for one query, or the hits of that query"


def hits(
    found: Any, query: str = "", engine: ScoredBy = "milvus-cosine", *, text: str = "text"
) -> Hits:
    """Return the hits of one query.

    Parameters
    ----------
    found:
        As `client.search(…, data=[vector])` of a `MilvusClient` or `search` of a `Collection`
        returned it, or the hits of one query of it.
    query:
        What was asked.
    engine:
        "milvus-cosine", "milvus-ip" or "milvus-l2", by the index's metric; `engine_of` knows.
    text:
        The field that holds the text, named in `output_fields`; hits without it have an empty one.

    Raises
    ------
    InputError
        No such result, one of several queries, or a score that this engine cannot show.

    Examples
    --------
    >>> from search_core.adapters import milvus
    >>> found = [[{"id": "b", "distance": 0.8, "entity": {"text": "a cat"}}]]
    >>> milvus.hits(found, "cat")
    <Hits of 'cat': 1 on the scale 'cosine', from 0.8 to 0.8>
    """
    try:
        lists = [found] if isinstance(next(iter(found), None), Mapping) else list(found)
        if len(lists) != 1:
            raise InputError(f"This is the result of {len(lists)} queries; ask one at a time.")
        rows = [(_key(hit), hit["entity"].get(text), hit["distance"]) for hit in lists[0]]
    except (AttributeError, KeyError, TypeError):
        raise shape_fault("milvus", found, EXPECTED) from None
    return hits_of(query, rows, engine)


def engine_of(client: Any, collection: str, index: str = "vector") -> str:
    """Return which function of Milvus a collection's scores are of: its index's metric.

    Parameters
    ----------
    client:
        A `MilvusClient`.
    collection, index:
        The names of the collection, and of the index, which is that of its vector field.

    Raises
    ------
    InputError
        It is no client, there is no such index, or the metric leads to no cosine.
    """
    try:
        return ENGINES_OF[client.describe_index(collection, index)["metric_type"]]
    except (AttributeError, KeyError, TypeError):
        expected = f"a client whose collection '{collection}' has a dense index '{index}'"
        raise shape_fault("milvus", client, expected) from None


def _key(hit: Any) -> object:
    """Return the primary key, which has a name of its own among the keys of a `Hit`."""
    return hit.id if hasattr(hit, "id") else hit["id"]
