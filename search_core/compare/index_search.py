"""Indexes built and asked side by side: what each finds, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_core.corpus import Corpus
from search_core.encoder import Encoder, Vectors
from search_core.engine import SearchEngine, exact_cosines
from search_core.index.faiss_store import FaissStore, one_thread
from search_core.index.spec import IndexSpec

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Pair = tuple[int, int]
"""Number of a query, and position of a document."""

TIMED_SEARCHES = 100  # at least, of each index, in turns with Flat


@dataclass(frozen=True, eq=False)
class Found:
    """Hits of all queries, query after query, best first; arrays of shape (hits,)."""

    queries: Integers
    positions: Integers
    cosines: Floats

    def __len__(self) -> int:
        return len(self.cosines)

    @classmethod
    def join(cls, parts: Sequence[tuple[Floats, Integers]]) -> Found:
        """Put together the cosines and positions of each query's hits."""
        return cls(
            np.repeat(np.arange(len(parts)), [len(cosines) for cosines, _ in parts]),
            np.concatenate([positions for _, positions in parts]),
            np.concatenate([cosines for cosines, _ in parts]),
        )

    def pairs(self) -> list[Pair]:
        """Return which query and which document each hit is."""
        return list(zip(self.queries.tolist(), self.positions.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Questions:
    """What every index is asked: texts, their vectors (n, dim), and how many hits of each."""

    texts: Sequence[str]
    vectors: Vectors
    k: int


@dataclass(frozen=True)
class Candidate:
    """An index that is built."""

    spec: IndexSpec
    store: FaissStore
    engine: SearchEngine
    build_seconds: float

    @classmethod
    def build(
        cls, spec: IndexSpec, corpus: Corpus, encoder: Encoder, vectors: Vectors
    ) -> Candidate:
        """Train and fill an index, and take the CPU time, which other load hardly changes."""
        store = FaissStore(spec, encoder.dim)
        with one_thread():
            start = time.thread_time()
            store.add(np.arange(len(corpus), dtype=np.int64), vectors)
            seconds = time.thread_time() - start
        engine = SearchEngine(corpus, encoder, store, vectors, spec.shortlist or 0)
        return cls(spec, store, engine, seconds)

    def searched_as(self, spec: IndexSpec) -> Candidate:
        """Search the same index with other parameters; it has cost what this one has."""
        store = self.store.searched_as(spec)
        engine = SearchEngine(
            self.engine.corpus, self.engine.encoder, store, self.engine.vectors, spec.shortlist or 0
        )
        return Candidate(spec, store, engine, self.build_seconds)

    def own_hits(self, vector: Vectors, k: int) -> tuple[Floats, Integers]:
        """Search as the index does by itself; its scores read as cosines, as if of unit vectors."""
        scores, ids = self.store.search(vector[np.newaxis], min(k, len(self.store)))
        found = ids[0] >= 0
        own = scores[0][found].astype(np.float64)
        cosines = 1.0 - own / 2.0 if self.store.metric == "squared_l2" else own
        return cosines, ids[0][found]


@dataclass(frozen=True)
class Costs:
    """What an index takes; all times are CPU of one thread.

    Attributes
    ----------
    bytes_per_vector:
        Size of the index as FAISS writes it, a vector. The float32 vectors that re-scoring needs
        (4 bytes a number) are kept beside it and not counted.
    build_ms, build_ratio:
        Time to train and fill it, in milliseconds and as a share of Flat's.
    query_ms, flat_query_ms:
        The median of one search with re-scoring, and of Flat's, in milliseconds.
    query_ratio:
        The median, over queries taken in turns with Flat, of one search as a share of Flat's.
    """

    bytes_per_vector: float
    build_ms: float
    build_ratio: float
    query_ms: float
    flat_query_ms: float
    query_ratio: float


@dataclass(frozen=True, eq=False)
class Run:
    """What one index found, and what it cost.

    Attributes
    ----------
    spec, costs:
        The index, and what it takes.
    own, rescored:
        Its hits by its own scores, and as the engine gives them.
    exact:
        Exact cosine of each of its own hits.
    """

    spec: IndexSpec
    costs: Costs
    own: Found
    rescored: Found
    exact: Floats


def run_each(
    specs: Sequence[IndexSpec], flat: Candidate, asked: Questions, step: Callable[[], None]
) -> list[Run]:
    """Build one index, and ask it everything in each of these ways to search it.

    Parameters
    ----------
    specs:
        Of one factory string and metric.
    flat, asked:
        Exact search on the collection, and what is asked.
    step:
        Called once a query.
    """
    engine = flat.engine
    index = Candidate.build(specs[0], engine.corpus, engine.encoder, engine.vectors)
    return [_run(index.searched_as(spec), flat, asked, step) for spec in specs]


def _run(candidate: Candidate, flat: Candidate, asked: Questions, step: Callable[[], None]) -> Run:
    own, rescored, exact = [], [], []
    with one_thread():
        for vector in asked.vectors:
            own.append(candidate.own_hits(vector, asked.k))
            rescored.append(candidate.engine.nearest(vector, asked.k))
            exact.append(exact_cosines(candidate.store.fetch(own[-1][1]), vector))
            step()
        costs = _costs(candidate, flat, asked)
    return Run(candidate.spec, costs, Found.join(own), Found.join(rescored), np.concatenate(exact))


def _costs(candidate: Candidate, flat: Candidate, asked: Questions) -> Costs:
    seconds, flat_seconds = _search_seconds(candidate.engine, flat.engine, asked)
    return Costs(
        bytes_per_vector=candidate.store.index_bytes / len(candidate.store),
        build_ms=1000.0 * candidate.build_seconds,
        build_ratio=float(_ticked(candidate.build_seconds) / _ticked(flat.build_seconds)),
        query_ms=1000.0 * float(np.median(seconds)),
        flat_query_ms=1000.0 * float(np.median(flat_seconds)),
        query_ratio=float(np.median(_ticked(seconds) / _ticked(flat_seconds))),
    )


def _ticked(seconds: npt.ArrayLike) -> Floats:
    """Return times of one tick of the clock at least: a coarse one shows 0 for what is quicker."""
    return np.maximum(seconds, time.get_clock_info("thread_time").resolution)


def _search_seconds(
    engine: SearchEngine, flat: SearchEngine, asked: Questions
) -> tuple[Floats, Floats]:
    """Time both in turns, each as often first, so that neither finds the cache warmer."""
    rounds = -(-TIMED_SEARCHES // len(asked.vectors))
    seconds: tuple[list[float], list[float]] = [], []
    for turn, vector in enumerate(np.tile(asked.vectors, (rounds, 1))):
        for which in (0, 1) if turn % 2 else (1, 0):
            seconds[which].append(_seconds((engine, flat)[which], vector, asked.k))
    return np.array(seconds[0]), np.array(seconds[1])


def _seconds(engine: SearchEngine, vector: Vectors, k: int) -> float:
    start = time.thread_time()
    engine.nearest(vector, k)
    return time.thread_time() - start
