"""One line for what any library found: each hit with its predicted relevance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from search_core.adapters import chroma, datasets, lancedb, qdrant, sentence_transformers
from search_core.adapters.results import Row, ScoredBy, hits_of
from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.fit import CalibrationResult
from search_core.engine import SearchEngine
from search_core.engines.records import ENGINES
from search_core.errors import InputError
from search_core.hits import Hits
from search_core.mistakes import explain_mistakes
from search_core.predicted import PredictedHits, predicted
from search_core.scale import COSINE
from search_core.stores.engine import StoreEngine

Read = Callable[..., Hits]


@explain_mistakes
def meaningful(
    found: Any,
    calibrator: Calibrator | CalibrationResult | None = None,
    *,
    query: str = "",
    engine: ScoredBy | None = None,
    within: SearchEngine | StoreEngine | None = None,
    threshold: float | None = None,
) -> PredictedHits:
    """Return what a search found with what its scores say, the likeliest hits first.

    Parameters
    ----------
    found:
        The hits of one query: `Hits`, or what one of these returned: a LangChain store's
        `similarity_search_with_score`, a LlamaIndex retriever, a Haystack retriever, Chroma's
        `collection.query`, Qdrant's `query_points`, LanceDB's `search(…).to_list()` (or Arrow, or a
        frame), sentence-transformers' `semantic_search`, `get_nearest_examples` of datasets.
    calibrator:
        A `Calibrator`; or a `CalibrationResult`, which knows the intervals of its values, too.
        Without one, values and bands are what labels of other collections suggest.
    query:
        What was asked; taken from `Hits` where those know it.
    engine:
        What showed the scores: a key of `ENGINES`, or a scale. Chroma and LanceDB default to l2,
        Qdrant and sentence-transformers to cosine, datasets to l2; frameworks have no default.
    within:
        A `SearchEngine` or a `StoreEngine` that holds the collection: blends, rarity, and values
        without a calibrator need it.
    threshold:
        From which predicted relevance on a hit passes; the calibrator's own if not given, and 0.5
        where it has none.

    Raises
    ------
    CalibrationError
        There is neither a calibrator nor a collection to read the scores by.
    InputError
        What was found is of no kind known here, nobody said what showed its scores, or a score is
        missing or impossible.
    ScaleMismatch
        The scores do not convert to the scale that the calibrator was fitted on.

    Examples
    --------
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    ...     for n in range(80)
    ... ]
    >>> fitted = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "platt")
    >>> found = {"ids": [["b", "a"]], "distances": [[0.1, 0.9]], "documents": [["a cat", "rain"]]}
    >>> answer = sc.meaningful(found, fitted, query="cat", engine="chroma-cosine")
    >>> [(hit.id, hit.passes) for hit in answer], answer.nothing_relevant
    ([('b', True), ('a', False)], False)
    """
    return predicted(_read(found, query, engine), calibrator, within=within, threshold=threshold)


def _read(found: Any, query: str, engine: ScoredBy | None) -> Hits:
    """Return what was found as `Hits`, by the library that it looks like."""
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
    for looks_like, row, system in _FRAMEWORKS:
        if looks_like(found[0]):
            return hits_of(query, map(row, found), _told(engine, system))
    raise InputError(f"A list whose first item is a {type(found[0]).__name__} was given; {_KNOWN}.")


def _told(engine: ScoredBy | None, system: str) -> ScoredBy:
    """Return what showed the scores, which a framework's results do not tell."""
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


def _is_pair(each: Any) -> bool:
    return isinstance(each, tuple) and len(each) == 2 and hasattr(each[0], "page_content")


_STORES: tuple[tuple[Callable[[Any], bool], Read], ...] = (
    (lambda found: isinstance(found, Mapping) and "distances" in found, chroma.hits),
    (lambda found: hasattr(_first(getattr(found, "points", found)), "payload"), qdrant.hits),
    (lambda found: hasattr(found, "scores") and hasattr(found, "examples"), datasets.hits),
    (lambda found: _has_column(found, "corpus_id"), sentence_transformers.hits),
    (lambda found: _has_column(found, "_distance"), lancedb.hits),
)
"""What the result of a store looks like, and what reads it."""

_FRAMEWORKS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Row], str], ...] = (
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
)
"""What an item of a framework's list looks like, its id, text and score, and the keys' start."""

_KNOWN = (
    "give the hits of one query: Hits, or what a search of LangChain (with scores), LlamaIndex, "
    "Haystack, Chroma, Qdrant, LanceDB, datasets or sentence-transformers returned"
)
