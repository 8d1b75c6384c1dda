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

    def own_hits(self, vector: Vectors, k: int) -> tuple[Floats, Integers]:
        """Search as the index does by itself, its scores read as cosines."""
        scores, ids = self.store.search(vector[np.newaxis], min(k, len(self.store)))
        found = ids[0] >= 0
        own = scores[0][found].astype(np.float64)
        cosines = 1.0 - own / 2.0 if self.store.metric == "squared_l2" else own
        return cosines, ids[0][found]


@dataclass(frozen=True, eq=False)
class Run:
    """What one index found, and what it cost.

    Attributes
    ----------
    spec, bytes_per_vector, build_ms, build_ratio, query_ratio, query_ms, flat_query_ms:
        As in `search_core.evaluate.index_trials.IndexTrial`.
    own, rescored:
        Its hits by its own scores, and as the engine gives them.
    exact:
        Exact cosine of each of its own hits.
    """

    spec: IndexSpec
    bytes_per_vector: float
    build_ms: float
    build_ratio: float
    query_ratio: float
    query_ms: float
    flat_query_ms: float
    own: Found
    rescored: Found
    exact: Floats


def run(candidate: Candidate, flat: Candidate, asked: Questions, step: Callable[[], None]) -> Run:
    """Ask an index everything; `step` is called once a query."""
    own, rescored, exact = [], [], []
    with one_thread():
        for vector in asked.vectors:
            own.append(candidate.own_hits(vector, asked.k))
            rescored.append(candidate.engine.nearest(vector, asked.k))
            exact.append(exact_cosines(candidate.store.fetch(own[-1][1]), vector))
            step()
        seconds, flat_seconds = _search_seconds(candidate.engine, flat.engine, asked)
    return Run(
        spec=candidate.spec,
        bytes_per_vector=candidate.store.index_bytes / len(candidate.store),
        build_ms=1000.0 * candidate.build_seconds,
        build_ratio=candidate.build_seconds / flat.build_seconds,
        query_ratio=float(np.median(seconds / flat_seconds)),
        query_ms=1000.0 * float(np.median(seconds)),
        flat_query_ms=1000.0 * float(np.median(flat_seconds)),
        own=Found.join(own),
        rescored=Found.join(rescored),
        exact=np.concatenate(exact),
    )


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
