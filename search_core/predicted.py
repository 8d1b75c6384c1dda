"""Hits with what their scores say: predicted relevance, how sure it is, and which hits pass."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np

from search_core import display
from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.fit import CalibrationResult
from search_core.calibrate.prior import load_prior
from search_core.engine import SearchEngine
from search_core.engines.scales import converter
from search_core.errors import (
    CalibrationError,
    InputError,
    ScaleMismatch,
    check_kind,
    shortened,
)
from search_core.hits import Hits
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.scale import COSINE
from search_core.stores.engine import StoreEngine
from search_core.vectors import Floats
from search_core.verdict import RELEVANT_FROM, Answer, Evidence, HitVerdict, best_hit_verdict

_ANSWERS = {
    "relevant": "The best hit is probably relevant",
    "unclear": "Whether the best hit is relevant is unclear",
    "nothing": "Nothing relevant was found",
}


@dataclass(frozen=True)
class PredictedHit:
    """One hit, and what its score says.

    Attributes
    ----------
    id, text:
        Of the document.
    score:
        As the search showed it.
    value:
        Its predicted relevance, from 0 to 1.
    low, high:
        The 90% interval of that; None where it is not known.
    rarity:
        The share of unrelated questions whose best hit has at least this cosine; None where it is
        not known.
    passes:
        Whether the value reaches the threshold.
    position:
        Where the hit stood among those given, from 0.

    Examples
    --------
    >>> sc.PredictedHit("a", "a cat", 0.8, 0.93, 0.85, 0.97, None, True, 0).words
    '0.93 (0.85–0.97)'
    """

    id: str
    text: str
    score: float
    value: float
    low: float | None
    high: float | None
    rarity: float | None
    passes: bool
    position: int

    @property
    def words(self) -> str:
        """The value, and its interval where there is one."""
        if self.low is None or self.high is None:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"


@explain_mistakes
@dataclass(frozen=True)
class PredictedHits:
    """The hits of one query, the likeliest to be relevant first.

    Attributes
    ----------
    query:
        What was asked; empty where it is not known.
    hits:
        All of them; those that pass stand first.
    answer:
        What is said of the best one: "relevant", "unclear" or "nothing".
    threshold:
        The value from which a hit passes.
    evidence:
        What the values rest on: a "calibrator", or labels of "other collections".
    notes:
        What to bear in mind of the values, in sentences.

    Examples
    --------
    >>> scores = np.array([0.9, 0.4])
    >>> hits = sc.Hits("cat", (), ("b", "a"), ("a cat", "a dog"), scores, sc.COSINE)
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    ...     for n in range(80)
    ... ]
    >>> result = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "platt")
    >>> found = sc.meaningful(hits, result.calibrator)
    >>> [hit.id for hit in found.passing], found.answer
    (['b'], 'relevant')
    """

    query: str
    hits: tuple[PredictedHit, ...]
    answer: Answer
    threshold: float
    evidence: Evidence
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<PredictedHits of {shortened(self.query)}: {self.sentence}>"

    def _repr_html_(self) -> str:
        columns = ["predicted relevance", "passes", "score", "text"]
        rows = [(hit.words, "yes" if hit.passes else "no", hit.score, hit.text) for hit in self]
        return "".join(
            [
                display.sentence(self.query, strong=True),
                display.sentence(self.sentence),
                display.table(columns, rows),
                display.notes(self.notes),
            ]
        )

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[PredictedHit]:
        return iter(self.hits)

    def __getitem__(self, rank: int) -> PredictedHit:
        return self.hits[rank]

    @property
    def passing(self) -> tuple[PredictedHit, ...]:
        """The hits that pass the threshold."""
        return tuple(hit for hit in self.hits if hit.passes)

    @property
    def nothing_relevant(self) -> bool:
        """Whether there is nothing relevant among the hits."""
        return self.answer == "nothing"

    @property
    def sentence(self) -> str:
        """What is said of the list, in a sentence."""
        if not self.hits:
            return f"{_ANSWERS['nothing']}: there are no hits."
        return (
            f"{_ANSWERS[self.answer]} ({self.hits[0].words}); {len(self.passing)} of {len(self)} "
            f"reach {self.threshold:.3g}."
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one plain dict a hit, for a table or for JSON."""
        return [asdict(hit) for hit in self.hits]


def predicted(
    hits: Hits,
    calibrator: Calibrator | CalibrationResult | None = None,
    *,
    within: SearchEngine | StoreEngine | None = None,
    threshold: float | None = None,
) -> PredictedHits:
    """Return the hits of one query with what their scores say; `meaningful` says it in full.

    Arguments are those that `check_arguments` lets through.
    """
    fitted = calibrator.calibrator if isinstance(calibrator, CalibrationResult) else calibrator
    evidence: Evidence = "other collections" if fitted is None else "calibrator"
    passing = _passing_from(fitted) if threshold is None else float(threshold)
    if not len(hits):
        return PredictedHits(hits.query, (), "nothing", passing, evidence, hits.notes)
    seen = None if within is None else _Seen(within, hits)
    if calibrator is not None:
        reading = _by_calibrator(calibrator, hits, seen)
    elif seen is not None:
        reading = _by_other_collections(hits, seen)
    rarities = [None for _ in hits.ids] if seen is None else seen.rarities()
    ranked = _ranked(hits, reading, passing, rarities)
    notes = (*hits.notes, *filter(None, (reading.verdict.reason, reading.note)))
    return PredictedHits(hits.query, ranked, reading.verdict.answer, passing, evidence, notes)


def check_arguments(calibrator: object, within: object, threshold: float | None) -> None:
    """Refuse what no hit can be read by.

    Raises
    ------
    CalibrationError
        There is neither a calibrator nor a collection, or the calibrator is something else, or a
        blend that has no collection to look at.
    InputError
        The collection is neither a `SearchEngine` nor a `StoreEngine`, or the threshold no number
        from 0 to 1.
    """
    if within is not None:
        remedy = "give an engine that holds the collection"
        check_kind(within, (SearchEngine, StoreEngine), remedy, InputError)
    if threshold is not None and not (isinstance(threshold, Real) and 0 <= threshold <= 1):
        raise InputError(f"The threshold is {threshold!r}; give a predicted relevance from 0 to 1.")
    if calibrator is None and within is None:
        raise CalibrationError(
            "There is no calibrator to read these scores by; give one, or give within=engine, a "
            "SearchEngine that holds the collection, to read them by what other collections taught."
        )
    if isinstance(calibrator, CalibrationResult):
        calibrator = calibrator.calibrator
    if calibrator is not None and not isinstance(calibrator, Calibrator):
        raise CalibrationError(
            f"A {type(calibrator).__name__} was given where a calibrator was expected; give what "
            "fit_calibrator or load_calibrator returns."
        )
    if calibrator is not None and calibrator.needs_engine and within is None:
        raise CalibrationError(
            "This calibrator looks at more than the score; give within=engine, a SearchEngine that "
            "holds the collection."
        )


def _passing_from(fitted: Calibrator | None) -> float:
    """Return the calibrator's own threshold, else one half."""
    own = fitted.deciding_threshold() if fitted else None
    return RELEVANT_FROM if own is None or own.value is None else own.value


@dataclass(frozen=True, eq=False)
class _Seen:
    """The hits, and the engine that holds their collection."""

    engine: SearchEngine | StoreEngine
    hits: Hits

    @cached_property
    def pairs(self) -> ScoredPairs:
        """The hits' features in the collection."""
        return self.engine.score_hits([self.hits])

    def rarities(self) -> list[float | None]:
        """Return how rarely an unrelated question finds such a cosine, for each hit."""
        if isinstance(self.engine, StoreEngine):  # features cost two more searches there
            to_cosine = converter(self.hits.scale, COSINE)
            cosines = to_cosine(self.hits.scores) if to_cosine else self.pairs.similarities
            unrelated = self.engine.unrelated_to(self.hits.query)
        else:
            cosines = self.pairs.similarities
            unrelated = self.engine.background(self.hits.query).unrelated
        return [unrelated.share(cosine) for cosine in cosines.tolist()]


@dataclass(frozen=True, eq=False)
class _Reading:
    """What is said of the hits: values, shape (k,), their intervals, (k, 2), and of the best one.

    An interval is NaN where it is not known.
    """

    values: Floats
    intervals: Floats
    verdict: HitVerdict
    note: str = ""


def _by_other_collections(hits: Hits, seen: _Seen) -> _Reading:
    prior = load_prior()
    suggested = prior.predict(seen.pairs)
    by_cosine = hits.rescored(seen.pairs.similarities, seen.pairs.scale)
    verdict = best_hit_verdict(by_cosine, seen.engine)
    intervals = np.column_stack([suggested.low, suggested.high])
    return _Reading(suggested.mean, intervals, verdict, prior.sentence)


def _by_calibrator(
    given: Calibrator | CalibrationResult, hits: Hits, seen: _Seen | None
) -> _Reading:
    fitted = given.calibrator if isinstance(given, CalibrationResult) else given
    pairs = seen.pairs if seen and fitted.needs_engine else _of_scores(hits, fitted)
    values = fitted.predict(pairs)
    known = given.value_intervals(pairs) if isinstance(given, CalibrationResult) else None
    intervals = np.full((len(hits), 2), np.nan) if known is None else known
    verdict = HitVerdict.of_value(fitted, float(values.max()))
    if seen is not None:
        best = hits.texts[int(values.argmax())]
        verdict = verdict.doubted(seen.engine.unread(hits.query, [best]))
    return _Reading(values, intervals, verdict)


def _of_scores(hits: Hits, fitted: Calibrator) -> ScoredPairs:
    """Return the hits' scores on the scale of the fit, as pairs.

    Hits that another library found do not tell which encoder made their scores; those that do must
    be of the one that the calibrator was fitted on.
    """
    if hits.scale.source and fitted.scale.source:
        fitted.require(fitted.scale.from_source(hits.scale.source))
    convert = converter(hits.scale, fitted.scale)
    if convert is None:
        raise ScaleMismatch(
            f"These scores are on the scale '{hits.scale.name}', from which no way leads to "
            f"'{fitted.scale.name}', which the calibrator was fitted on; fit one on such scores."
        )
    unknown = np.full(len(hits), np.nan)
    scores = convert(hits.scores)[:, np.newaxis]
    return ScoredPairs((hits.query,) * len(hits), unknown, scores, ("score",), fitted.scale)


def _ranked(
    hits: Hits, reading: _Reading, passing: float, rarities: Sequence[float | None]
) -> tuple[PredictedHit, ...]:
    """Return the hits in the order of their values; equal ones keep theirs."""
    bounds = [
        [None if math.isnan(end) else end for end in row] for row in reading.intervals.tolist()
    ]
    values = reading.values.tolist()
    return tuple(
        PredictedHit(
            id=hits.ids[position],
            text=hits.texts[position],
            score=float(hits.scores[position]),
            value=values[position],
            low=bounds[position][0],
            high=bounds[position][1],
            rarity=rarities[position],
            passes=values[position] >= passing,
            position=position,
        )
        for position in np.argsort(-reading.values, kind="stable").tolist()
    )
