"""One line for any library: each hit of what it found, or finds, with its predicted relevance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, overload

from search_core.adapters.found import read_found
from search_core.adapters.results import ScoredBy
from search_core.adapters.searches import Search, Searchable, engine_of, search_of
from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.fit import CalibrationResult
from search_core.engine import SearchEngine
from search_core.engines.scales import scale_of
from search_core.mistakes import explain_mistakes
from search_core.predicted import PredictedHits, check_arguments, predicted
from search_core.stores.engine import StoreEngine


@dataclass(frozen=True)
class MeaningfulSearch:
    """A retriever or a store, called with a query: its hits with what their scores say.

    `meaningful` makes it, and has its parts.

    Examples
    --------
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    ...     for n in range(80)
    ... ]
    >>> fitted = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "platt")
    >>> def search(query):
    ...     return {"ids": [["b"]], "distances": [[0.1]], "documents": [["a cat"]]}
    >>> ask = sc.meaningful(search, fitted, engine="chroma-cosine")
    >>> [(hit.id, hit.passes) for hit in ask("cat")]
    [('b', True)]
    """

    search: Search
    calibrator: Calibrator | CalibrationResult | None
    engine: ScoredBy | None
    within: SearchEngine | StoreEngine | None
    threshold: float | None

    def __call__(self, query: str) -> PredictedHits:
        """Return the hits of a query, the likeliest first; the errors are those of `meaningful`."""
        hits = read_found(self.search(query), query, self.engine, self.within)
        return predicted(hits, self.calibrator, within=self.within, threshold=self.threshold)


@overload
def meaningful(
    found: Searchable,
    calibrator: Calibrator | CalibrationResult | None = None,
    *,
    engine: ScoredBy | None = None,
    within: SearchEngine | StoreEngine | None = None,
    threshold: float | None = None,
) -> MeaningfulSearch: ...


@overload
def meaningful(
    found: Any,
    calibrator: Calibrator | CalibrationResult | None = None,
    *,
    query: str = "",
    engine: ScoredBy | None = None,
    within: SearchEngine | StoreEngine | None = None,
    threshold: float | None = None,
) -> PredictedHits: ...


@explain_mistakes
def meaningful(
    found: Any,
    calibrator: Calibrator | CalibrationResult | None = None,
    *,
    query: str = "",
    engine: ScoredBy | None = None,
    within: SearchEngine | StoreEngine | None = None,
    threshold: float | None = None,
) -> PredictedHits | MeaningfulSearch:
    """Return what a search found with what its scores say, the likeliest hits first.

    Of a retriever, a store, or a function that searches, return what does so when it is called
    with a query.

    Parameters
    ----------
    found:
        The hits of one query: `Hits`, or what one of these returned: a LangChain store's
        `similarity_search_with_score`, a LlamaIndex retriever, a Haystack retriever, Chroma's
        `collection.query`, Qdrant's `query_points`, Milvus' `search`, LanceDB's
        `search(…).to_list()` (or Arrow, or a frame), rows of pgvector with a column "distance",
        sentence-transformers' `semantic_search`, `get_nearest_examples` of datasets. Or what finds
        them: a retriever or a store of LangChain, a retriever or an index of LlamaIndex, a
        retriever of Haystack, a collection of Chroma, a `SearchEngine`, or any function from a
        query to one of these results.
    calibrator:
        A `Calibrator`; or a `CalibrationResult`, which knows the intervals of its values, too.
        Without one, values and bands are what labels of other collections suggest.
    query:
        What was asked; taken from `Hits` where those know it.
    engine:
        What showed the scores: a key of `ENGINES`, or a scale. Results of Chroma and LanceDB
        default to l2, those of Qdrant, Milvus and sentence-transformers to cosine, of datasets to
        l2; a collection of Chroma says itself; frameworks and pgvector have no default.
    within:
        A `SearchEngine` or a `StoreEngine` that holds the collection: blends, rarity, and values
        without a calibrator need it. It scores documents that a LangChain retriever returns without
        scores.
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
    check_arguments(calibrator, within, threshold)
    search = search_of(found, within)
    if search is not None:
        shown_by = engine_of(found) if engine is None else engine
        if shown_by is not None:
            scale_of(shown_by)  # so that a name that nobody knows is said before a query is asked
        return MeaningfulSearch(search, calibrator, shown_by, within, threshold)
    hits = read_found(found, query, engine, within)
    return predicted(hits, calibrator, within=within, threshold=threshold)
