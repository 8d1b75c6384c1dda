"""What an index does to the answers, and to the numbers that people act on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from search_core.arguments import check_kind, several, whole_number
from search_core.compare.index_answers import Answers, Judge, Values, judged_positions
from search_core.compare.index_search import Candidate, Costs, Found, Questions, Run, run_each
from search_core.corpus import Corpus
from search_core.encoder import Encoder, Progress
from search_core.engine import SearchEngine
from search_core.errors import IndexSpecError, QueryError
from search_core.index.spec import IndexSpec
from search_core.index.store import unit_vectors
from search_core.labels import Labels

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import Calibrator

Floats = npt.NDArray[np.float64]


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
        Share of its hits that its own scores put at another place among them than the exact ones.
    own, rescored:
        Its hits by its own scores, and as the engine gives them: re-scored exactly.
    queries, positions:
        Which query, and which document, each of its own hits is; int64, shape (hits,).
    approximate, exact:
        Cosine of each of its own hits, as the index says and as it is; float64, shape (hits,).
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
    queries: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    approximate: Floats
    exact: Floats

    def __repr__(self) -> str:
        return (
            f"<IndexTrial: '{self.spec.factory}' by {self.spec.metric}, {self.vectors:,} vectors, "
            f"recall@{self.k} {self.own.recall:.3f}, re-scored {self.rescored.recall:.3f}>"
        )


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
    """
    specs = several(specs, "specs", IndexSpecError)
    for spec in specs:
        check_kind(spec, IndexSpec, "write IndexSpec('Flat') or another", IndexSpecError)
    texts, k = _distinct(queries), whole_number(k, "k", QueryError)
    if vectors is None:
        vectors = SearchEngine.build(corpus, encoder, progress=progress).vectors
    flat = Candidate.build(
        IndexSpec(), corpus, encoder, unit_vectors(vectors, len(corpus), encoder.dim)
    )
    asked = Questions(texts, flat.engine.query_vectors(texts), k)
    step = _counter(len(texts) * len(specs), progress)
    runs = _runs(specs, flat, asked, step)
    exact = Found.join([flat.engine.nearest(vector, k) for vector in asked.vectors])
    found = [exact, *(each.own for each in runs), *(each.rescored for each in runs)]
    values = Values(flat.engine, asked, calibrator, found)
    judged = None if labels is None else judged_positions(labels, corpus)
    judge = Judge(flat.engine, asked, exact, values, judged, threshold)
    return tuple(_trial(each, judge) for each in runs)


def _distinct(queries: Iterable[str]) -> list[str]:
    texts = list(dict.fromkeys(several(queries, "queries", QueryError)))
    if not texts:
        raise QueryError("No query was given; give at least one to compare indexes on.")
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise QueryError("One of the queries is empty, or no text; leave it out.")
    return texts


def _runs(
    specs: Sequence[IndexSpec], flat: Candidate, asked: Questions, step: Callable[[], None]
) -> list[Run]:
    """Ask every index, one after another, so that one of them is in memory at a time."""
    ways: dict[tuple[str, str], list[IndexSpec]] = {}
    for spec in specs:
        ways.setdefault(spec.built, []).append(spec)
    runs = (each for same in ways.values() for each in run_each(same, flat, asked, step))
    known = {each.spec: each for each in runs}
    return [known[spec] for spec in specs]


def _counter(total: int, progress: Progress | None) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return step


def _trial(ran: Run, judge: Judge) -> IndexTrial:
    own = ran.own
    shift = own.cosines - ran.exact
    return IndexTrial(
        spec=ran.spec,
        vectors=len(judge.flat.corpus),
        k=judge.asked.k,
        costs=ran.costs,
        bias=float(shift.mean()) if len(shift) else 0.0,
        spread=float(shift.std()) if len(shift) else 0.0,
        moved=_moved(own.queries, ran.exact),
        own=judge.answers(own),
        rescored=judge.answers(ran.rescored),
        queries=own.queries,
        positions=own.positions,
        approximate=own.cosines,
        exact=ran.exact,
    )


def _moved(queries: npt.NDArray[np.int64], exact: Floats) -> float:
    """Share of places where sorting by the exact score, query by query, puts another hit."""
    order = np.lexsort((-np.round(exact, 6), queries))  # stable: what float32 cannot tell stays
    return float(np.mean(order != np.arange(len(order)))) if len(order) else 0.0
