"""Indexes side by side: what each finds, what it costs, and what it does to decisions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from search_core.collection import Collection
from search_core.compare.index_answers import Answers, Judge, Questions, Ranked
from search_core.corpus import Corpus
from search_core.encoder import Encoder, Progress
from search_core.engine import SearchEngine
from search_core.errors import IndexSpecError, QueryError, check_kind, several, whole_number
from search_core.index.spec import IndexSpec
from search_core.index.store import FaissStore, filled_index, one_thread
from search_core.labels.labels import Labels
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Positions, Vectors

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import Calibrator


COMPARED_HITS = 10
"""Hits of a query that indexes are compared on."""

TIMED_SEARCHES = 100  # at least, of each index, in turns with Flat

ENOUGH = 0.99  # of the exact hits: what is missed above that, few would notice
FAST_MS = 1.0  # a search under this is quick beside embedding the question, which takes several
FASTER = 0.8  # of Flat's time; a smaller gain could be noise of the clock
ALIKE = 0.05  # of Flat's time: times closer than this cannot be told apart


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

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> (trial,) = sc.compare_indexes(corpus, encoder, [sc.IndexSpec("SQ8")], ["cat"], k=2)
    >>> trial.costs.bytes_per_vector
    261.6666666666667
    """

    bytes_per_vector: float
    build_ms: float
    build_ratio: float
    query_ms: float
    flat_query_ms: float
    query_ratio: float


@dataclass(frozen=True, eq=False)
class IndexTrial:
    """One index beside the exact one.

    Attributes
    ----------
    spec:
        The index.
    vectors, k:
        How many it holds, and how many hits of a query were compared.
    costs:
        Its size, and its time to build and to search, each beside Flat's.
    bias, spread:
        Mean and standard deviation of the index's own score less the exact one, both as cosines.
    moved:
        Share of its hits that its own scores put at another rank among them than the exact ones.
    own, rescored:
        Its hits by its own scores, and as the engine gives them: re-scored exactly.
    queries, positions:
        Which query, and which document, each of its own hits is; int64, shape (hits,).
    approximate, exact:
        Cosine of each of its own hits, as the index says and as it is; float64, shape (hits,).

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> (trial,) = sc.compare_indexes(corpus, encoder, [sc.IndexSpec("HNSW8")], ["cat"], k=2)
    >>> trial.spec.name, trial.vectors, trial.moved
    ('HNSW8', 3, 0.0)
    """

    spec: IndexSpec
    vectors: int
    k: int
    costs: Costs
    bias: float
    spread: float
    moved: float
    own: Answers
    rescored: Answers
    queries: Positions
    positions: Positions
    approximate: Floats
    exact: Floats

    def __repr__(self) -> str:
        return (
            f"<IndexTrial: '{self.spec.factory}' by {self.spec.metric}, {self.vectors:,} vectors, "
            f"recall@{self.k} {self.own.recall:.3f}, re-scored {self.rescored.recall:.3f}>"
        )


@explain_mistakes
def compare_indexes(
    corpus: Corpus,
    encoder: Encoder,
    specs: Iterable[IndexSpec],
    queries: Iterable[str],
    k: int = COMPARED_HITS,
    *,
    labels: Labels | None = None,
    calibrator: Calibrator | None = None,
    threshold: float | None = None,
    vectors: npt.ArrayLike | None = None,
    progress: Progress | None = None,
) -> tuple[IndexTrial, ...]:
    """Try indexes on one collection, each beside exact search.

    Those that differ only in how they are searched are one index, trained and filled once: each
    shows what that took.

    Parameters
    ----------
    corpus, encoder:
        The collection, and the model that embeds it.
    specs:
        The indexes, each by its own metric; `default_specs` lists those worth comparing.
    queries:
        What is asked; repeated ones count once.
    k:
        Hits of a query.
    labels:
        Labels of these queries, for nDCG and, with a calibrator, the calibration error.
    calibrator:
        Decides by its value instead of the cosine. Of a blend only the cosine is the index's; its
        other features are exact under every index.
    threshold:
        What a hit must reach to be acted on: a calibrated value with a calibrator, else a cosine.
    vectors:
        The documents' vectors, if they are at hand, as `SearchEngine.from_vectors` takes them.
    progress:
        Called with (searches done, searches in all), and before that with (texts done, texts in
        all) where the documents are embedded first; may raise to stop.

    Raises
    ------
    QueryError
        No list of queries, none in it, a blank one, or a k that is no whole number of 1 or more.
    IndexSpecError
        No list of indexes, or one that cannot be built on so few vectors, or on vectors of this
        length, or vectors that are not one of unit length a document.
    ScaleMismatch
        The calibrator was fitted on another encoder.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> (trial,) = sc.compare_indexes(corpus, encoder, [sc.IndexSpec("HNSW8")], ["cat"], k=2)
    >>> trial.rescored.recall
    1.0
    """
    specs = several(specs, "specs", IndexSpecError)
    for spec in specs:
        check_kind(spec, IndexSpec, "write IndexSpec('Flat') or another", IndexSpecError)
    texts, k = _distinct(queries), whole_number(k, "k", QueryError)
    if vectors is None:
        collection = Collection.build(corpus, encoder, progress)
    else:
        collection = Collection(corpus, encoder, vectors)
    asked = Questions(texts, collection.query_vectors(texts), min(k, len(corpus)))
    flat = _Candidate.build(IndexSpec(), collection)
    runs = _runs(specs, flat, asked, _counter(len(texts) * len(specs), progress))
    exact = _rescored(flat.engine, asked)
    judge = Judge(
        flat.engine, asked, exact, [each for run in runs for each in (run.own, run.rescored)],
        labels=labels, calibrator=calibrator, threshold=threshold,
    )  # fmt: skip
    return tuple(_trial(run, judge, len(corpus), k) for run in runs)


@explain_mistakes
def recommend_index(trials: Sequence[IndexTrial]) -> str:
    """Say which of the indexes to take, and why.

    An index is worth more than Flat only if it is clearly faster, finds nearly everything that
    exact search finds, and exact search is slow enough to be felt. Its hits are taken as the engine
    gives them, scored again exactly; its own size is no reason, because the exact vectors that this
    takes are kept beside it.

    Parameters
    ----------
    trials:
        What `compare_indexes` returned, with or without Flat itself.

    Raises
    ------
    IndexSpecError
        There are no trials.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> trials = sc.compare_indexes(corpus, encoder, [sc.IndexSpec("SQ8")], ["cat"], k=2)
    >>> print(sc.recommend_index(trials))
    Stay with Flat: it is exact, and a search takes ... ms at 3 documents.
    """
    if not trials:
        raise IndexSpecError("No index was tried; compare at least one with Flat.")
    others = [trial for trial in trials if trial.spec.factory != "Flat"]
    faster = [trial for trial in others if trial.costs.query_ratio <= FASTER]
    good = [trial for trial in faster if trial.rescored.recall >= ENOUGH]
    if trials[0].costs.flat_query_ms < FAST_MS:
        return f"Stay with Flat: it is exact, and a search takes {_cost(trials[0])}."
    if good:
        return _worth_it(good)
    if faster:
        return _misses(faster)
    tried = "no index tried is clearly faster" if others else "no other index was tried"
    return f"Stay with Flat: it is exact, and {tried}; a search takes {_cost(trials[0])}."


def _distinct(queries: Iterable[str]) -> list[str]:
    texts = list(dict.fromkeys(several(queries, "queries", QueryError)))
    if not texts:
        raise QueryError("No query was given; give at least one to compare indexes on.")
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise QueryError("One of the queries is empty, or no text; leave it out.")
    return texts


def _counter(total: int, progress: Progress | None) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return step


@dataclass(frozen=True)
class _Candidate:
    """An index that is built, and an engine that searches it."""

    spec: IndexSpec
    store: FaissStore
    engine: SearchEngine
    build_seconds: float

    @classmethod
    def build(cls, spec: IndexSpec, collection: Collection) -> _Candidate:
        """Train and fill an index, and take the CPU time, which other load hardly changes."""
        with one_thread():
            start = time.thread_time()
            index = filled_index(spec, collection.vectors)
            seconds = time.thread_time() - start
        store = FaissStore(spec, collection.vectors, index)
        return cls(spec, store, SearchEngine(collection, store, spec.shortlist or 0), seconds)

    def searched_as(self, spec: IndexSpec) -> _Candidate:
        """Search the same index with other parameters; it has cost what this one has."""
        store = self.store.searched_as(spec)
        engine = SearchEngine(self.engine.collection, store, spec.shortlist or 0)
        return _Candidate(spec, store, engine, self.build_seconds)

    def own_hits(self, vector: Vectors, k: int) -> tuple[Floats, Positions]:
        """Search as the index does by itself; its scores read as cosines, as if of unit vectors."""
        scores, positions = self.store.search(vector[np.newaxis], k)
        found = positions[0] >= 0
        own = scores[0][found].astype(np.float64)
        cosines = 1.0 - own / 2.0 if self.store.metric == "squared_l2" else own
        return cosines, positions[0][found]


@dataclass(frozen=True, eq=False)
class _Run:
    """What an index found by its own scores and as the engine gives its hits, and what it cost."""

    spec: IndexSpec
    costs: Costs
    own: Ranked
    rescored: Ranked


def _runs(
    specs: Sequence[IndexSpec], flat: _Candidate, asked: Questions, step: Callable[[], None]
) -> list[_Run]:
    """Ask every index, one after another, so that one of them is in memory at a time."""
    ways: dict[tuple[str, str], list[IndexSpec]] = {}
    for spec in specs:
        ways.setdefault(spec.built, []).append(spec)
    runs = [run for same in ways.values() for run in _run_each(same, flat, asked, step)]
    known = {run.spec: run for run in runs}
    return [known[spec] for spec in specs]


def _run_each(
    specs: Sequence[IndexSpec], flat: _Candidate, asked: Questions, step: Callable[[], None]
) -> list[_Run]:
    """Build one index, and ask it everything in each of these ways to search it."""
    index = _Candidate.build(specs[0], flat.engine.collection)
    return [_run(index.searched_as(spec), flat, asked, step) for spec in specs]


def _run(
    candidate: _Candidate, flat: _Candidate, asked: Questions, step: Callable[[], None]
) -> _Run:
    own = []
    with one_thread():
        for vector in asked.vectors:
            own.append(candidate.own_hits(vector, asked.k))
            step()
        rescored = _rescored(candidate.engine, asked)
        costs = _costs(candidate, flat, asked)
    return _Run(candidate.spec, costs, Ranked.stack(own, asked.k), rescored)


def _rescored(engine: SearchEngine, asked: Questions) -> Ranked:
    """Return the hits of every question as an engine gives them: scored again exactly."""
    return Ranked.stack([engine.nearest(vector, asked.k) for vector in asked.vectors], asked.k)


def _costs(candidate: _Candidate, flat: _Candidate, asked: Questions) -> Costs:
    seconds, flat_seconds = _search_seconds(candidate.engine, flat.engine, asked)
    return Costs(
        bytes_per_vector=candidate.store.nbytes / len(candidate.store),
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


def _trial(run: _Run, judge: Judge, documents: int, k: int) -> IndexTrial:
    hits = run.own.found
    queries, approximate = np.nonzero(hits)[0], run.own.cosines[hits]
    exact = judge.exact_cosines(run.own)
    shift = approximate - exact
    return IndexTrial(
        spec=run.spec,
        vectors=documents,
        k=k,
        costs=run.costs,
        bias=float(shift.mean()) if len(shift) else 0.0,
        spread=float(shift.std()) if len(shift) else 0.0,
        moved=_moved(queries, exact),
        own=judge.answers(run.own),
        rescored=judge.answers(run.rescored),
        queries=queries,
        positions=run.own.positions[hits],
        approximate=approximate,
        exact=exact,
    )


def _moved(queries: Positions, exact: Floats) -> float:
    """Share of ranks at which sorting by the exact score, query by query, puts another hit."""
    order = np.lexsort((-np.round(exact, 6), queries))  # stable: what float32 cannot tell stays
    return float(np.mean(order != np.arange(len(order)))) if len(order) else 0.0


def _worth_it(good: Sequence[IndexTrial]) -> str:
    least = min(trial.costs.query_ratio for trial in good)
    alike = [trial for trial in good if trial.costs.query_ratio <= least + ALIKE]
    best = max(alike, key=lambda trial: trial.rescored.recall)
    flips = best.rescored.flips
    decisions = {
        None: "",
        0: "; after exact re-scoring, no decision changes",
        1: "; after exact re-scoring, one decision changes",
    }
    changed = decisions.get(flips, f"; after exact re-scoring, {flips} decisions change")
    return (
        f"Take {best.spec.name}: it finds {_share(best)} of the exact {_first(best)} in "
        f"{_time(best)}{changed}."
    )


def _misses(faster: Sequence[IndexTrial]) -> str:
    best = max(faster, key=lambda trial: trial.rescored.recall)
    return (
        f"Stay with Flat: it is exact, and what is faster misses too much; {best.spec.name} finds "
        f"{_share(best)} of the exact {_first(best)} in {_time(best)}."
    )


def _cost(trial: IndexTrial) -> str:
    documents = f"{trial.vectors:,} document{'' if trial.vectors == 1 else 's'}"
    return f"{trial.costs.flat_query_ms:.2g} ms at {documents}"


def _time(trial: IndexTrial) -> str:
    ratio = trial.costs.query_ratio
    return f"{f'{ratio:.0%}' if ratio >= 0.005 else 'under 1%'} of Flat's time"


def _share(trial: IndexTrial) -> str:
    """Write its recall; never 100% for what only rounds to it."""
    recall = trial.rescored.recall
    return "all" if recall == 1.0 else f"{min(100 * recall, 99.9):.3g}%"


def _first(trial: IndexTrial) -> str:
    return "first ten" if trial.k == 10 else f"first {trial.k}"
