"""What an index does to the answers, and to the numbers that people act on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from search_core.corpus import Corpus
from search_core.encoder import Encoder, Vectors
from search_core.engine import SearchEngine, exact_cosines
from search_core.errors import QueryError
from search_core.evaluate.ranking import RANKS, ndcg
from search_core.evaluate.reliability import debiased_ece
from search_core.index.faiss_store import FaissStore
from search_core.index.spec import IndexSpec
from search_core.labels import Labels
from search_core.pairs import ScoredPairs, query_key
from search_core.scale import COSINE

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import Calibrator

Floats = npt.NDArray[np.float64]
Judged = Mapping[tuple[str, int], float]

TIMED_SEARCHES = 100  # at least, of each index, in turns with Flat


@dataclass(frozen=True)
class Answers:
    """How good the first k hits of an index are, on one kind of score.

    Attributes
    ----------
    recall:
        Index recall@k: share of the exact first k that are among them, in [0, 1].
    ndcg:
        nDCG@10 of these hits by the labels, in [0, 1]; what is not judged gains nothing. None
        without labels.
    flips:
        (query, document) pairs that are shown at or above the threshold here and not under exact
        search, or the other way round: a score that moved, or a hit that was missed. None without
        a threshold.
    calibration_error:
        Debiased ECE of the calibrated values over the judged hits; None without a calibrator, or
        where no hit is judged.
    """

    recall: float
    ndcg: float | None = None
    flips: int | None = None
    calibration_error: float | None = None


@dataclass(frozen=True, eq=False)
class IndexTrial:
    """One index beside the exact one.

    Attributes
    ----------
    spec:
        The index.
    bytes_per_vector:
        Size of the index as FAISS writes it, a vector. The float32 vectors that re-scoring needs
        (4 bytes a number) are kept beside it and not counted.
    build_ratio, query_ratio:
        Time to train and fill it, and to search one query at a time with re-scoring, as a share of
        Flat's; median over queries taken in turns with Flat.
    bias, spread:
        Mean and standard deviation of the index's own score less the exact one, both as cosines.
    moved:
        Share of its hits that its own scores put at another place among them than the exact ones.
    own, rescored:
        Its hits by its own scores, and as the engine gives them: re-scored exactly.
    queries, positions:
        Which query, and which document, each of its own hits is; int64, shape (hits,).
    approximate, exact:
        Cosine of each of its own hits, as the index says and as it is; float64, shape (hits,).
    """

    spec: IndexSpec
    bytes_per_vector: float
    build_ratio: float
    query_ratio: float
    bias: float
    spread: float
    moved: float
    own: Answers
    rescored: Answers
    queries: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    approximate: Floats
    exact: Floats


def compare_indexes(
    corpus: Corpus,
    encoder: Encoder,
    specs: Iterable[IndexSpec],
    queries: Iterable[str],
    k: int = 10,
    *,
    labels: Labels | None = None,
    calibrator: Calibrator | None = None,
    threshold: float | None = None,
    vectors: Vectors | None = None,
) -> tuple[IndexTrial, ...]:
    """Try indexes on one collection, each beside exact search.

    Parameters
    ----------
    corpus, encoder:
        The collection, and the model that embeds it.
    specs:
        The indexes; `search_core.index.spec.default_specs` lists those worth comparing.
    queries:
        What is asked; repeated ones count once.
    k:
        Hits of a query.
    labels:
        Judgements of these queries, for nDCG and, with a calibrator, the calibration error.
    calibrator:
        Decides by its value instead of the cosine. Of a blend only the cosine is the index's; its
        other features are exact under every index.
    threshold:
        What a hit must reach to be acted on: a calibrated value with a calibrator, else a cosine.
    vectors:
        The documents' vectors, if they are at hand, as `SearchEngine.from_vectors` takes them.

    Raises
    ------
    QueryError
        No query, a blank one, or a k that is no whole number of 1 or more.
    IndexSpecError
        An index that cannot be built on so few vectors, or on vectors of this length.
    ScaleMismatch
        The calibrator was fitted on another encoder.
    """
    if vectors is None:
        vectors = SearchEngine.build(corpus, encoder).vectors
    queries = list(dict.fromkeys(queries))
    if not queries:
        raise QueryError("No query was given; give at least one to compare indexes on.")
    if not all(query.strip() for query in queries):
        raise QueryError("One of the queries is empty; leave it out.")
    flat = _Candidate.build(IndexSpec(), corpus, encoder, vectors)
    flat.engine.search_many(queries[:1], k)  # refuses a wrong k
    asked = _Asked(queries, flat.engine, k, _judged(labels, corpus), calibrator, threshold)
    return tuple(
        _trial(_Candidate.build(spec, corpus, encoder, vectors), flat, asked) for spec in specs
    )


@dataclass(frozen=True)
class _Candidate:
    engine: SearchEngine
    store: FaissStore
    spec: IndexSpec
    build_seconds: float

    @classmethod
    def build(
        cls, spec: IndexSpec, corpus: Corpus, encoder: Encoder, vectors: Vectors
    ) -> _Candidate:
        store = FaissStore(spec, encoder.dim)
        start = time.perf_counter()
        store.add(np.arange(len(corpus), dtype=np.int64), vectors)
        seconds = time.perf_counter() - start
        engine = SearchEngine(corpus, encoder, store, vectors, spec.shortlist or 0)
        return cls(engine, store, spec, seconds)


@dataclass(frozen=True, eq=False)
class _Found:
    """Hits of all queries, query after query, best first; arrays of shape (hits,)."""

    queries: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    cosines: Floats

    @classmethod
    def join(cls, parts: Sequence[tuple[Floats, npt.NDArray[np.int64]]]) -> _Found:
        return cls(
            np.repeat(np.arange(len(parts)), [len(cosines) for cosines, _ in parts]),
            np.concatenate([positions for _, positions in parts]),
            np.concatenate([cosines for cosines, _ in parts]),
        )

    def pairs(self) -> set[tuple[int, int]]:
        return set(zip(self.queries.tolist(), self.positions.tolist(), strict=True))


class _Asked:
    """What is the same for every index: queries, exact answers, judgements, threshold."""

    def __init__(
        self,
        queries: Sequence[str],
        flat: SearchEngine,
        k: int,
        judged: Judged | None,
        calibrator: Calibrator | None,
        threshold: float | None,
    ) -> None:
        self.queries = [query_key(query) for query in queries]
        self.texts = queries
        self.vectors = list(flat.encoder.encode_queries(queries))
        self.flat = flat
        self.k = k
        self.judged = judged
        self.calibrator = calibrator
        self.threshold = threshold
        self.exact = _Found.join([flat.nearest(vector, k) for vector in self.vectors])
        self.exact_actions = self.actions(self.exact)

    def answers(self, found: _Found) -> Answers:
        exact, pairs = self.exact.pairs(), found.pairs()
        flips = None
        if self.exact_actions is not None:
            flips = len(self.exact_actions ^ (self.actions(found) or set()))
        return Answers(
            recall=len(exact & pairs) / len(exact),
            ndcg=None if self.judged is None else self.ndcg(found, self.judged),
            flips=flips,
            calibration_error=self.calibration_error(found),
        )

    def actions(self, found: _Found) -> set[tuple[int, int]] | None:
        if self.threshold is None:
            return None
        chosen = self.values(found) >= self.threshold
        return _Found(*(part[chosen] for part in vars(found).values())).pairs()

    def calibration_error(self, found: _Found) -> float | None:
        if self.calibrator is None or self.judged is None:
            return None
        keys = zip(found.queries.tolist(), found.positions.tolist(), strict=True)
        known = [self.judged.get((self.queries[query], place)) for query, place in keys]
        rows = [row for row, relevance in enumerate(known) if relevance is not None]
        if not rows:
            return None
        relevance = np.array([known[row] for row in rows], dtype=np.float64)
        return debiased_ece(relevance, self.values(found)[rows])

    def values(self, found: _Found) -> Floats:
        """Return what is compared with the threshold: calibrated values, or cosines."""
        if self.calibrator is None:
            return found.cosines
        if not self.calibrator.needs_engine:
            return self.calibrator.predict(self.bare_pairs(found))
        values = np.empty(len(found.cosines))
        for number, query in enumerate(self.texts):
            rows = found.queries == number
            texts = [self.flat.corpus.texts[place] for place in found.positions[rows]]
            pairs = self.flat.score_texts(query, texts)
            features = pairs.features.copy()
            features[:, pairs.feature_names.index("cos")] = found.cosines[rows]
            values[rows] = self.calibrator.predict(replace(pairs, features=features))
        return values

    def bare_pairs(self, found: _Found) -> ScoredPairs:
        return ScoredPairs(
            queries=tuple(self.queries[number] for number in found.queries),
            relevance=np.full(len(found.cosines), np.nan),
            features=found.cosines[:, np.newaxis],
            feature_names=("cos",),
            scale=COSINE.from_source(self.flat.encoder.fingerprint),
        )

    def ndcg(self, found: _Found, judged: Judged) -> float | None:
        """nDCG@10 of the hits; what is relevant and missing counts in the ideal order alone."""
        names: list[str] = []
        relevance: list[float] = []
        scores: list[float] = []
        for number, query in enumerate(self.queries):
            hits = found.positions[found.queries == number].tolist()
            missing = [
                value for (of, place), value in judged.items() if of == query and place not in hits
            ]
            empty = [0.0] * max(0, RANKS - len(hits))  # no missing document moves up into a gap
            gains = [judged.get((query, place), 0.0) for place in hits] + empty
            names += [query] * (len(gains) + len(missing))
            relevance += gains + missing
            scores += [-float(rank) for rank in range(len(gains))] + [-np.inf] * len(missing)
        return ndcg(np.array(relevance), np.array(scores), names)


def _trial(candidate: _Candidate, flat: _Candidate, asked: _Asked) -> IndexTrial:
    own = _own_hits(candidate, asked)
    rescored = _Found.join([candidate.engine.nearest(vector, asked.k) for vector in asked.vectors])
    exact = np.concatenate(
        [
            exact_cosines(candidate.store.fetch(own.positions[own.queries == number]), vector)
            for number, vector in enumerate(asked.vectors)
        ]
    )
    shift = own.cosines - exact
    return IndexTrial(
        spec=candidate.spec,
        bytes_per_vector=candidate.store.index_bytes / len(candidate.store),
        build_ratio=candidate.build_seconds / flat.build_seconds,
        query_ratio=_query_ratio(candidate.engine, flat.engine, asked),
        bias=float(shift.mean()) if len(shift) else 0.0,
        spread=float(shift.std()) if len(shift) else 0.0,
        moved=_moved(own.queries, exact),
        own=asked.answers(own),
        rescored=asked.answers(rescored),
        queries=own.queries,
        positions=own.positions,
        approximate=own.cosines,
        exact=exact,
    )


def _own_hits(candidate: _Candidate, asked: _Asked) -> _Found:
    """Search as the index does by itself, its scores read as cosines."""
    parts = []
    for vector in asked.vectors:
        wanted = min(asked.k, len(candidate.store))
        scores, ids = candidate.store.search(vector[np.newaxis], wanted)
        found = ids[0] >= 0
        own = scores[0][found].astype(np.float64)
        cosines = 1.0 - own / 2.0 if candidate.store.metric == "squared_l2" else own
        parts.append((cosines, ids[0][found]))
    return _Found.join(parts)


def _moved(queries: npt.NDArray[np.int64], exact: Floats) -> float:
    """Share of places where sorting by the exact score, query by query, puts another hit."""
    order = np.lexsort((-np.round(exact, 6), queries))  # stable: what float32 cannot tell stays
    return float(np.mean(order != np.arange(len(order)))) if len(order) else 0.0


def _query_ratio(engine: SearchEngine, flat: SearchEngine, asked: _Asked) -> float:
    rounds = -(-TIMED_SEARCHES // len(asked.vectors))
    ratios = [
        _seconds(engine, vector, asked.k) / _seconds(flat, vector, asked.k)
        for _ in range(rounds)
        for vector in asked.vectors
    ]
    return float(np.median(ratios))


def _seconds(engine: SearchEngine, vector: Vectors, k: int) -> float:
    start = time.perf_counter()
    engine.nearest(vector, k)
    return time.perf_counter() - start


def _judged(labels: Labels | None, corpus: Corpus) -> Judged | None:
    """Relevance by folded query and position; texts that are no documents are left out."""
    if labels is None:
        return None
    named = labels.texts or labels.doc_ids
    place = corpus.position_of_text if labels.texts else corpus.position_of_id
    rows = zip(labels.queries, named, labels.relevance.tolist(), strict=False)
    return {(query_key(q), place[name]): value for q, name, value in rows if name in place}
