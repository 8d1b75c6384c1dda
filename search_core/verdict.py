"""What is said of a query's best hit: probably relevant, unclear, or nothing relevant.

One answer from the best evidence there is. A calibrator knows labels of the collection itself.
Without one there is a rule that was learnt on labels of other collections (`verdict.json`, made by
`python -m benchmarks.verdicts --write`); it is a weaker witness, and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import numpy as np

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.maps import expit
from search_core.engine import SearchEngine
from search_core.errors import InputError, ScaleMismatch
from search_core.features import FeatureSpace
from search_core.hits import Hits
from search_core.mistakes import explain_mistakes
from search_core.normalizers.background import Background
from search_core.normalizers.unrelated_scores import UnrelatedScores
from search_core.stores.engine import StoreEngine
from search_core.unread import Unread
from search_core.vectors import Floats

Answer = Literal["relevant", "unclear", "nothing"]
Evidence = Literal["calibrator", "other collections"]

RELEVANT_FROM = 0.5  # a calibrated value from here on is relevant, unless a threshold says better
SAME = 1e-9  # values closer than this are one: the earlier hit is named
FIFTH = 5  # the lead of the best text is measured to this one
NARROWEST = 0.04  # standard deviation of what unrelated questions find, at least
SIGNS = ("cosine", "lead", "cover", "size", "deviation", "unrelated")
"""What the learnt rule looks at; see `signs_of`."""


@dataclass(frozen=True)
class SignCurve:
    """A logistic curve over the signs: the intercept, and a weight for each of `SIGNS`."""

    weights: tuple[float, ...]
    intercept: float

    def chance(self, signs: Floats) -> float:
        """Return the chance that signs of shape (6,) give."""
        return float(expit(self.intercept + signs @ np.array(self.weights)))


@dataclass(frozen=True)
class LearntRule:
    """What labels of other collections taught: what a best hit's signs mean.

    Attributes
    ----------
    relevant:
        The chance that the best hit is relevant.
    found:
        The chance that something relevant is among the first ten hits.
    relevant_from:
        The first chance from which on the best hit is called relevant, if it is clear of what
        unrelated questions find.
    nothing_below:
        The second chance under which nothing relevant is there, unless the hit is clear of that.
    clear:
        The deviation from which on a hit is clear of what unrelated questions find.
    """

    relevant: SignCurve
    found: SignCurve
    relevant_from: float
    nothing_below: float
    clear: float

    def line(self, unrelated: UnrelatedScores) -> float:
        """Return the cosine that unrelated questions rarely find in this collection."""
        mean, spread = _mean_and_spread(unrelated)
        return mean + self.clear * spread

    def answer(self, signs: Floats) -> Answer:
        """Return what is said of a best hit of these signs."""
        if signs[SIGNS.index("deviation")] < self.clear:
            return "nothing" if self.found.chance(signs) < self.nothing_below else "unclear"
        return "relevant" if self.relevant.chance(signs) >= self.relevant_from else "unclear"


@cache
def learnt_rule() -> LearntRule:
    """Return the rule that the library ships."""
    content = files("search_core").joinpath("verdict.json").read_bytes()
    return msgspec.json.decode(content, type=LearntRule)


def signs_of(query: str, best: str, background: Background, space: FeatureSpace) -> Floats:
    """Return the signs by which the best hit of a query is judged without labels.

    Parameters
    ----------
    query, best:
        What was asked, and the text of highest cosine.
    background, space:
        Where the query's scores fall, and the collection's words.

    Returns
    -------
    float64, shape (6,): the cosine of the best text; its lead over the fifth best; the share of the
    query's words that it has, rare ones weighing most; the logarithm of the number of texts; the
    standard deviations by which it lies above the best hits of unrelated questions, which are
    taken to vary by at least 0.04; and the mean of these. Equal texts count once.
    """
    distinct, size = background.nearest, background.size
    if distinct is None:
        distinct = np.sort(background.cosines[list(space.position.values())])[::-1]
        size = len(distinct)
    mean, spread = _mean_and_spread(background.unrelated)
    lead = distinct[0] - distinct[:FIFTH][-1]
    deviation = (distinct[0] - mean) / spread
    cover = space.cover(query, best)
    return np.array([distinct[0], lead, cover, math.log(size), deviation, mean])


def _mean_and_spread(unrelated: UnrelatedScores) -> tuple[float, float]:
    """Return mean and standard deviation of what unrelated questions find."""
    best = unrelated.best
    return float(best.mean()), max(float(best.std()), NARROWEST)


@explain_mistakes
@dataclass(frozen=True)
class HitVerdict:
    """What is said of a query's best hit.

    Attributes
    ----------
    answer:
        "relevant", "unclear" or "nothing".
    evidence:
        "calibrator", fitted on labels of this collection, or "other collections": none of the
        labels is of this one.
    id:
        The hit that it speaks of: the one likeliest to be relevant.
    value:
        The hit's predicted relevance in [0, 1]; None where there is no calibrator.
    relevant_from, nothing_below:
        From which predicted relevance on the answer is "relevant", and under which it is "nothing";
        None where there is no calibrator.
    unrelated_below:
        The cosine that unrelated questions rarely find in this collection; None where a calibrator
        knows better, or where there are none of the collection's kind.
    reason:
        Why no other answer than "unclear" is given, in a sentence; empty otherwise.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> engine = sc.SearchEngine.build(corpus, encoder)
    >>> verdict = sc.best_hit_verdict(engine.search("Who won the cup?"), engine)
    >>> verdict.answer, verdict.evidence, verdict.value
    ('unclear', 'other collections', None)
    """

    answer: Answer
    evidence: Evidence
    id: str
    value: float | None = None
    relevant_from: float | None = None
    nothing_below: float | None = None
    unrelated_below: float | None = None
    reason: str = ""

    @classmethod
    def of_value(cls, calibrator: Calibrator, value: float, name: str = "") -> HitVerdict:
        """Return what a calibrator's value says of the hit of that id.

        Parameters
        ----------
        calibrator:
            What predicted the value.
        value:
            The predicted relevance of the best hit.
        name:
            Its id; empty where it does not matter.

        Examples
        --------
        >>> rows = [{"query": f"{n // 4}", "score": n % 4, "relevance": n % 2} for n in range(80)]
        >>> pairs = sc.score_pairs(sc.labels_of(rows), sc.BROUGHT_SCALES["fused"])
        >>> calibrator = sc.fit_calibrator(pairs, "platt").calibrator
        >>> sc.HitVerdict.of_value(calibrator, 0.97).answer
        'relevant'
        """
        relevant_from = _relevant_from(calibrator)
        nothing_below = min(calibrator.nothing_below or 0.0, relevant_from)
        if value >= relevant_from:
            answer: Answer = "relevant"
        else:
            answer = "nothing" if value < nothing_below else "unclear"
        return cls(answer, "calibrator", name, value, relevant_from, nothing_below)

    def doubted(self, unread: Unread | None) -> HitVerdict:
        """Return "unclear", and why, where it rests on what the model cannot read.

        Parameters
        ----------
        unread:
            Of the query and the hit that it speaks of; None where the encoder gives no shares.
        """
        if unread is None or self.reason:
            return self
        return replace(self, answer="unclear", reason=unread.doubt) if unread.doubt else self


@explain_mistakes
def best_hit_verdict(
    hits: Hits, engine: SearchEngine | StoreEngine, calibrator: Calibrator | None = None
) -> HitVerdict:
    """Say of a query's best hit whether it is relevant, from the best evidence there is.

    Parameters
    ----------
    hits:
        As the calibrator returned them; as the search returned them where there is none.
    engine:
        The one that found them.
    calibrator:
        The collection's own. Where there is one, nothing else counts.

    Raises
    ------
    InputError
        There are no hits.
    ScaleMismatch
        The hits are on another scale than the calibrator's values, or, without one, on a scale
        that has no cosine.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> verdict = sc.best_hit_verdict(engine.search("a cat"), engine)
    >>> verdict.id, verdict.evidence
    ('0', 'other collections')
    """
    if not len(hits):
        raise InputError("There are no hits to read; search with an index that finds some.")
    found = _by_calibrator(hits, calibrator) if calibrator else _by_other_collections(hits, engine)
    return _doubted(found, hits, engine)


def _by_calibrator(hits: Hits, calibrator: Calibrator) -> HitVerdict:
    if hits.scale.name != calibrator.kind:
        raise ScaleMismatch(
            f"These hits are on the scale '{hits.scale.name}'; give those that "
            "calibrator.apply(hits, engine) returns."
        )
    first = int(np.argmax(hits.scores > hits.scores[0] - SAME))
    return HitVerdict.of_value(calibrator, float(hits.scores[first]), hits.ids[first])


def _doubted(found: HitVerdict, hits: Hits, engine: SearchEngine | StoreEngine) -> HitVerdict:
    text = hits.texts[hits.ids.index(found.id)]
    return found.doubted(engine.unread(hits.query, [text]))


def _relevant_from(calibrator: Calibrator) -> float:
    """Return the threshold for best hits where one is promised, else one half."""
    found = [
        each.value
        for each in calibrator.thresholds
        if each.level == "query" and each.value is not None
    ]
    return found[-1] if found else RELEVANT_FROM


def _by_other_collections(hits: Hits, engine: SearchEngine | StoreEngine) -> HitVerdict:
    rule = learnt_rule()
    hits.cosines()  # refuses a scale that has none
    background = engine.background(hits.query)
    unrelated, best = background.unrelated, hits.ids[0]
    if not unrelated.is_enough:
        return HitVerdict("unclear", "other collections", best, reason=unrelated.why_none)
    signs = signs_of(hits.query, hits.texts[0], background, engine.features)
    answer, line = rule.answer(signs), rule.line(unrelated)
    if answer == "nothing" and unrelated.across:
        return HitVerdict("unclear", "other collections", best, reason=unrelated.across)
    return HitVerdict(answer, "other collections", best, unrelated_below=line)
