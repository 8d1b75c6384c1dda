"""What any library found, as `Hits`, by what it looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from search_core.adapters import (
    chroma,
    datasets,
    lancedb,
    milvus,
    pgvector,
    qdrant,
    sentence_transformers,
)
from search_core.adapters.results import Row, ScoredBy, hits_of
from search_core.engine import SearchEngine
from search_core.engines.records import ENGINES
from search_core.errors import InputError
from search_core.hits import Hits
from search_core.scale import COSINE
from search_core.stores.engine import StoreEngine

Read = Callable[..., Hits]


def read_found(
    found: Any, query: str, engine: ScoredBy | None, within: SearchEngine | StoreEngine | None
) -> Hits:
    """Return what was found as `Hits`.

    Parameters
    ----------
    found, query, engine, within:
        As for `meaningful`; `within` works out the scores of documents that came without any.

    Raises
    ------
    InputError
        It is of no kind known here, or nobody said what showed its scores.
    """
    if isinstance(found, Hits):
        return replace(found, query=query) if query and not found.query else found
    if isinstance(found, Mapping) and "documents" in found and "ids" not in found:
        found = found["documents"]  # of a Haystack retriever
    for looks_like, read in _STORES:
        if looks_like(found):
            return read(found, query) if engine is None else read(found, query, engine)
    if not isinstance(found, list | tuple):
        raise InputError(f"A {type(found).__name__} was given; {_KNOWN}.")
    if not found:
        return hits_of(query, (), COSINE if engine is None else engine)
    if hasattr(found[0], "page_content") and within is not None:
        return _scored_documents(found, query, within)
    for looks_like, row, system in _ITEMS:
        if looks_like(found[0]):
            return hits_of(query, map(row, found), _known_engine(engine, system))
    raise InputError(f"A list whose first item is a {type(found[0]).__name__} was given; {_KNOWN}.")


def _scored_documents(found: Any, query: str, within: SearchEngine | StoreEngine) -> Hits:
    """Return documents of a LangChain retriever, which come without scores."""
    texts = [each.page_content for each in found]
    pairs = within.score_texts(query, texts)
    rows = zip([each.id for each in found], texts, pairs.similarities.tolist(), strict=True)
    return hits_of(query, rows, pairs.scale)


def _known_engine(engine: ScoredBy | None, system: str) -> ScoredBy:
    """Return what showed the scores, which these results do not tell."""
    if engine is not None:
        return engine
    keys = [f"'{key}'" for key in ENGINES if key.startswith(system)]
    raise InputError(
        "These results do not tell which function showed their scores; give engine=… as its key in "
        f"ENGINES, such as {' or '.join(keys[:3])}."
    )


def _first(found: Any) -> Any:
    return found[0] if isinstance(found, list | tuple) and found else None


def _has_column(found: Any, name: str) -> bool:
    columns = getattr(found, "column_names", None) or getattr(found, "columns", None)
    first = _first(found)
    return name in (first if isinstance(first, Mapping) else () if columns is None else columns)


def _is_of_milvus(found: Any) -> bool:
    first = _first(_first(found)) if isinstance(_first(found), list) else _first(found)
    return isinstance(first, Mapping) and {"distance", "entity"} <= first.keys()


def _is_pair(each: Any) -> bool:
    return isinstance(each, tuple) and len(each) == 2 and hasattr(each[0], "page_content")


def _is_row(each: Any) -> bool:
    try:
        return "distance" in pgvector.named(each)
    except (AttributeError, TypeError, ValueError):
        return False


def _row(each: Any) -> Row:
    row = pgvector.named(each)
    return row.get("id"), row.get("text"), row["distance"]


_STORES: tuple[tuple[Callable[[Any], bool], Read], ...] = (
    (lambda found: isinstance(found, Mapping) and "distances" in found, chroma.hits),
    (lambda found: hasattr(_first(getattr(found, "points", found)), "payload"), qdrant.hits),
    (lambda found: hasattr(found, "scores") and hasattr(found, "examples"), datasets.hits),
    (lambda found: _has_column(found, "corpus_id"), sentence_transformers.hits),
    (lambda found: _has_column(found, "_distance"), lancedb.hits),
    (_is_of_milvus, milvus.hits),
)
"""What the result of a store looks like, and what reads it."""

_ITEMS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Row], str], ...] = (
    (_is_pair, lambda pair: (pair[0].id, pair[0].page_content, pair[1]), "langchain"),
    (
        lambda each: hasattr(each, "node"),
        lambda each: (each.node.node_id, each.node.get_content(), each.score),
        "llamaindex",
    ),
    (
        lambda each: hasattr(each, "content") and hasattr(each, "score"),
        lambda each: (each.id, each.content, each.score),
        "haystack",
    ),
    (_is_row, _row, "pgvector"),
)
"""What an item of other lists looks like, its id, text and score, and the keys' start."""

_KNOWN = (
    "give the hits of one query: Hits, or what a search of LangChain (with scores), LlamaIndex, "
    "Haystack, Chroma, Qdrant, Milvus, LanceDB, pgvector, datasets or sentence-transformers "
    "returned; or a retriever, a store, or a function that searches"
)
