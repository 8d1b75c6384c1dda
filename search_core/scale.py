"""What a number means: a score never travels without its scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from search_core.errors import InputError, ScaleMismatch
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Mask

ROUNDING = 1e-5
"""How far a score may pass a bound, relative to it, and still be read as the bound.

float32 sums a few hundred products with an error of about 1e-6.
"""

Direction = Literal["higher", "lower"]
"""Which scores are better."""

EMPTY_PLACE = "how FAISS fills an empty place; leave it out"
FILLING = float(np.finfo(np.float32).max)  # of either sign, beside the position -1


@explain_mistakes
@dataclass(frozen=True)
class ScoreScale:
    """The meaning of a score.

    Attributes
    ----------
    name:
        The scale's name, such as ``"cosine"``.
    higher_is_better:
        Which way the scale runs.
    lower, upper:
        Bounds that no score can leave; infinite where there are none.
    comparable_across_queries:
        Whether 0.7 under one query means about what 0.7 means under another.
    is_probability:
        Whether the number states a chance that can be checked against labels.
    source:
        Fingerprint of the encoder that the score rests on; empty where it is not known.

    Examples
    --------
    >>> sc.COSINE.bring_within([0.5, 1.0000001]).tolist()
    [0.5, 1.0]
    >>> sc.ScoreScale("edit_distance", higher_is_better=False, lower=0.0).words
    'edit distance (lower is better)'
    """

    name: str
    higher_is_better: bool = True
    lower: float = -math.inf
    upper: float = math.inf
    comparable_across_queries: bool = False
    is_probability: bool = False
    source: str = ""

    @property
    def label(self) -> str:
        """The name as a sentence writes it."""
        return scale_label(self.name)

    @property
    def words(self) -> str:
        """The name, and which way is better."""
        return f"{self.label} ({'higher' if self.higher_is_better else 'lower'} is better)"

    @property
    def rounding(self) -> float:
        """How far a score may pass a bound and still be read as the bound."""
        return rounding_at(self.lower, self.upper)

    def from_source(self, source: str) -> ScoreScale:
        """Return the same scale, bound to the encoder with this fingerprint.

        Parameters
        ----------
        source:
            The `fingerprint` of an encoder.
        """
        return _bound(self, source)

    def outside(self, scores: npt.ArrayLike) -> Mask:
        """Return which scores lie further outside the bounds than rounding explains."""
        values, slack = np.asarray(scores, dtype=np.float64), self.rounding
        beyond: Mask = (values < self.lower - slack) | (values > self.upper + slack)
        return beyond

    def without_rounding(self, scores: npt.ArrayLike) -> Floats:
        """Return scores as float64, those that rounding carried past a bound as that bound.

        What lies further outside stays as it is; `bring_within` refuses it.
        """
        values = np.array(scores, dtype=np.float64)
        if self._holds_all(values):
            return values
        return np.where(self.outside(values), values, np.clip(values, self.lower, self.upper))

    def bring_within(self, scores: npt.ArrayLike) -> Floats:
        """Return scores as float64, those that rounding carried past a bound brought back to it.

        Raises
        ------
        InputError
            A score is no finite number, what FAISS fills an empty place with, or further outside
            the bounds than float32 rounds; then the message names a scale that fits them all.
        """
        values = np.array(scores, dtype=np.float64)
        if self._holds_all(values):
            return values
        fault = self.first_fault(values)
        if fault is not None:
            raise InputError(fault[1])
        return self.without_rounding(values)

    def first_fault(self, scores: npt.ArrayLike) -> tuple[int, str] | None:
        """Return the index of the first score that cannot be on this scale, and why; else None.

        Parameters
        ----------
        scores:
            Scores of any shape.
        """
        values = np.atleast_1d(np.asarray(scores, dtype=np.float64))
        if self._holds_all(values):
            return None
        broken = np.flatnonzero(~np.isfinite(values))
        if len(broken):
            return int(broken[0]), "A score of these hits is no finite number; give one for each."
        for index in np.flatnonzero(np.abs(values) > FILLING / 2):  # few, so the rest is not walked
            if _is_filling(float(values[index])):
                return int(index), _filling_words(float(values[index]), "A score")
        beyond = np.flatnonzero(self.outside(values))
        if not len(beyond):
            return None
        first = int(beyond[0])
        return first, (
            f"{values[first]:.6g} cannot be a score on the scale '{self.label}', which "
            f"{_bounds_words(self)}; {_advice(self, values)}."
        )

    def _holds_all(self, values: Floats) -> bool:
        """Return whether all values lie between two finite bounds, as those of most scales do."""
        if not values.size or self.upper - self.lower == math.inf:
            return False
        return bool(self.lower <= values.min() and values.max() <= self.upper)

    def require(self, other: ScoreScale) -> None:
        """Raise `ScaleMismatch` unless `other` is this very scale, from the same encoder.

        Raises
        ------
        ScaleMismatch
            The scale, or the encoder behind it, is another one.
        """
        if self == other:
            return
        if self.name != other.name:
            raise ScaleMismatch(
                f"These scores are on the scale '{other.name}', but '{self.name}' was expected; "
                f"compute them on '{self.name}' or use what was made for '{other.name}'."
            )
        if self.source != other.source:
            raise ScaleMismatch(_other_source(self, other))
        raise ScaleMismatch(
            f"Two scales are both named '{self.name}' but differ in direction or bounds; "
            "use scores that run the same way."
        )


@lru_cache(maxsize=64)
def _bound(scale: ScoreScale, source: str) -> ScoreScale:
    return replace(scale, source=source)


def rounding_at(*bounds: float) -> float:
    """Return how far a score may pass one of these bounds and still be read as the bound."""
    ends = [abs(end) for end in bounds if math.isfinite(end)]
    return ROUNDING * (max(ends, default=0.0) or 1.0)


@explain_mistakes
def refuse_filling(score: float, row: int | None = None) -> None:
    """Raise `InputError` where a score is what FAISS shows in a place where it found nothing.

    Parameters
    ----------
    score:
        A score on any scale.
    row:
        Its row, where it has one.

    Raises
    ------
    InputError
        The score is the largest number of float32, 3.4e38, or its negative.

    Examples
    --------
    >>> sc.refuse_filling(3.4028235e38)
    Traceback (most recent call last):
    search_core.errors.InputError: A score is 3.4028235e+38, how FAISS ...
    """
    if _is_filling(score):
        where = "A score" if row is None else f"Score {row}"
        raise InputError(_filling_words(score, where), row=row)


def _is_filling(score: float) -> bool:
    return math.isclose(abs(score), FILLING, rel_tol=1e-3)  # written with four digits, too


def _filling_words(score: float, where: str) -> str:
    return f"{where} is {score:.8g}, {EMPTY_PLACE}."


def _other_source(expected: ScoreScale, given: ScoreScale) -> str:
    if not expected.source:
        return (
            f"This was made for '{expected.name}' scores whose encoder is not known, and these "
            f"come from one with the fingerprint {given.source[:12]}; if that one made them all, "
            "make it again on the scale .from_source(encoder.fingerprint)."
        )
    if not given.source:
        return (
            f"It is not known which encoder made these '{given.name}' scores, and the one with "
            f"the fingerprint {expected.source[:12]} was expected; if that one made them, put "
            "them on the scale .from_source(encoder.fingerprint)."
        )
    return (
        f"These '{given.name}' scores come from another encoder (fingerprint {given.source[:12]}, "
        f"expected {expected.source[:12]}); encode again with the model that this was made for."
    )


SQUARED_L2 = ScoreScale("squared_l2", higher_is_better=False, lower=0.0, upper=4.0)
INNER_PRODUCT = ScoreScale("inner_product", lower=-1.0, upper=1.0)
COSINE = ScoreScale("cosine", lower=-1.0, upper=1.0)
"""The cosine of two texts, from -1 to 1; higher is better."""
PROBABILITY = ScoreScale(
    "probability", lower=0.0, upper=1.0, comparable_across_queries=True, is_probability=True
)
EXPECTED_RELEVANCE = ScoreScale(
    "expected_relevance", lower=0.0, upper=1.0, comparable_across_queries=True
)

METRIC_SCALES = {scale.name: scale for scale in (SQUARED_L2, INNER_PRODUCT, COSINE)}
"""The scales that an index can rank by, by the name of the metric; bounds for unit vectors."""

BROUGHT_SCALES: Mapping[str, ScoreScale] = MappingProxyType(
    {
        scale.name: scale
        for scale in (
            COSINE,
            ScoreScale("cosine_distance", higher_is_better=False, lower=0.0, upper=2.0),
            SQUARED_L2,
            ScoreScale("l2", higher_is_better=False, lower=0.0, upper=2.0),
            ScoreScale("distance", higher_is_better=False, lower=0.0),
            INNER_PRODUCT,
            ScoreScale("dot_product"),
            ScoreScale("negative_dot_product", higher_is_better=False),
            ScoreScale("maxsim"),
            ScoreScale("bm25"),
            ScoreScale("negative_bm25", higher_is_better=False, upper=0.0),
            ScoreScale("fused"),
            ScoreScale("reranker_logit"),
            ScoreScale("zero_to_four", lower=0.0, upper=4.0),
            ScoreScale("zero_to_ten", lower=0.0, upper=10.0),
            ScoreScale("percent", lower=0.0, upper=100.0),
            ScoreScale("probability", lower=0.0, upper=1.0),
            ScoreScale("log_probability", upper=0.0),
            ScoreScale("squashed", lower=0.0, upper=1.0),
            ScoreScale("higher_is_better"),
            ScoreScale("lower_is_better", higher_is_better=False),
        )
    }
)
"""Scales of scores that a file brings, by name; for any other, make a `ScoreScale` of your own."""

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "squared_l2": "squared L2 distance",
        "l2": "L2 distance",
        "distance": "distance, any length",
        "dot_product": "inner product, any length",
        "negative_dot_product": "negative inner product",
        "maxsim": "MaxSim (ColBERT)",
        "bm25": "BM25",
        "negative_bm25": "negative BM25 (SQLite)",
        "zero_to_four": "semantic ranker, 0–4",
        "zero_to_ten": "LLM score, 0–10",
        "percent": "percentage, 0–100",
        "probability": "probability, 0–1",
        "log_probability": "log-probability",
        "squashed": "already between 0 and 1",
        "higher_is_better": "another score, higher is better",
        "lower_is_better": "another score, lower is better",
        # What engines make of a cosine c, or of the distance of unit vectors.
        "neg_l2": "negative L2 distance",
        "neg_inner_product": "negative inner product of unit vectors",
        "half_cosine": "(1 + c)/2",
        "inv_1p_squared": "1/(1 + squared L2 distance)",
        "inv_1p_l2": "1/(1 + L2 distance)",
        "inv_1p_angle": "1/(1 + angle)",
        "inv_1p_cosdist": "1/(2 − c)",
        "max_inner_product": "1 + c, or 1/(1 − c) below 1",
        "one_plus_cosine": "1 + c",
        "langchain_l2": "1 − squared L2 distance/√2",
        "langchain_l2_rooted": "1 − L2 distance/√2",
        "langchain_cosine_on_l2": "1 − squared L2 distance",
        "langchain_ip": "1 − c, or −c where that is not positive",
        "langchain_ip_negated": "c, or 1 + c where that is negative",
        "langchain_mongodb": "(1 − c)/2",
        "exp_squared": "exp(−squared L2 distance)",
        "exp_cosdist": "exp(c − 1)",
        "sigmoid_100": "1/(1 + exp(−c/100))",
        "redis_hybrid_ip": "1 − c/2",
    }
)
"""What a sentence calls a scale, where that is not its name."""

_OPPOSITES = {
    "cosine": "cosine_distance",
    "inner_product": "negative_dot_product",
    "dot_product": "negative_dot_product",
    "bm25": "negative_bm25",
    "higher_is_better": "lower_is_better",
}
_OPPOSITE: Mapping[str, str] = MappingProxyType(
    {**{there: here for here, there in reversed(_OPPOSITES.items())}, **_OPPOSITES}
)

_OF_UNIT_VECTORS = ("cosine", "cosine_distance", "inner_product", "squared_l2", "l2")
_INSTEAD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cosine": ("dot_product", "cosine_distance", "distance", "negative_dot_product"),
        "cosine_distance": ("distance", "negative_dot_product"),
        "squared_l2": ("distance", "negative_dot_product"),
        "l2": ("squared_l2", "distance", "negative_dot_product"),
        "distance": ("negative_dot_product", "cosine"),
        "inner_product": ("dot_product", "cosine_distance", "distance", "negative_dot_product"),
        "negative_bm25": ("bm25", "lower_is_better"),
        "zero_to_four": ("zero_to_ten", "percent", "higher_is_better"),
        "zero_to_ten": ("percent", "higher_is_better"),
        "percent": ("higher_is_better",),
        "probability": ("log_probability", "percent", "higher_is_better"),
        "log_probability": ("probability", "reranker_logit"),
        "squashed": ("percent", "higher_is_better"),
    }
)
"""Where scores leave a scale: those that may be meant instead, the likeliest first."""


@explain_mistakes
def scale_label(name: str) -> str:
    """Return what a sentence calls the scale of this name.

    Examples
    --------
    >>> sc.scale_label("squared_l2"), sc.scale_label("edit_distance")
    ('squared L2 distance', 'edit distance')
    """
    return LABELS.get(name, name[:40].replace("_", " "))


@explain_mistakes
def brought_scale(name: str, direction: str | None = None) -> ScoreScale:
    """Return the scale of scores that a file brings.

    Parameters
    ----------
    name:
        Of `BROUGHT_SCALES`, or what a sentence calls it; "other" for none of these.
    direction:
        "higher" or "lower", whichever is better; needed for "other". Of a scale that comes in both
        directions, such as BM25, it names the one; for any other it must agree.

    Raises
    ------
    InputError
        There is no such scale or direction, the scale runs the other way, or "other" has none.

    Examples
    --------
    >>> sc.brought_scale("bm25", "lower").words
    'negative BM25 (SQLite) (lower is better)'
    >>> sc.brought_scale("other", "lower").name
    'lower_is_better'
    """
    if direction not in (None, "higher", "lower"):
        raise InputError(f"The direction is {direction!r:.40}; write 'higher' or 'lower'.")
    if name == "other":
        if direction is None:
            raise InputError(
                "For a score of another kind say which is better: direction 'higher' or 'lower'."
            )
        return BROUGHT_SCALES[f"{direction}_is_better"]
    by_label = {scale.label: scale for scale in BROUGHT_SCALES.values()}
    scale = BROUGHT_SCALES.get(name) or by_label.get(name)
    if scale is None:
        raise InputError(
            f"There is no scale {name!r:.60}; choose 'other' or one of {', '.join(BROUGHT_SCALES)}."
        )
    if direction is None or scale.higher_is_better == (direction == "higher"):
        return scale
    other = opposite(scale)
    if scale.name not in _OPPOSITE:
        raise InputError(
            f"On the scale '{scale.label}' {_better(scale)} is better, and the direction says "
            f"{direction}; choose '{other.label}'."
        )
    return other


@explain_mistakes
def opposite(scale: ScoreScale) -> ScoreScale:
    """Return the scale that is meant where scores run the other way than on this one.

    Examples
    --------
    >>> sc.opposite(sc.BROUGHT_SCALES["bm25"]).name
    'negative_bm25'
    """
    generic = "lower_is_better" if scale.higher_is_better else "higher_is_better"
    return BROUGHT_SCALES[_OPPOSITE.get(scale.name, generic)]


def _better(scale: ScoreScale) -> str:
    return "higher" if scale.higher_is_better else "lower"


def _bounds_words(scale: ScoreScale) -> str:
    if math.isinf(scale.upper):
        return f"begins at {scale.lower:g}"
    if math.isinf(scale.lower):
        return f"ends at {scale.upper:g}"
    return f"lies between {scale.lower:g} and {scale.upper:g}"


def _advice(scale: ScoreScale, scores: Floats) -> str:
    """Say which scale all of these scores fit: one of the same direction, and one of the other."""
    known = [BROUGHT_SCALES[name] for name in _INSTEAD.get(scale.name, ())]
    fitting = [each for each in known if not each.outside(scores).any()]
    first_of_each_way = {each.higher_is_better: each for each in reversed(fitting)}.values()
    names = [f"'{each.label}'" for each in fitting if each in first_of_each_way]
    such_as = f", such as {' or '.join(names)}" if names else ""
    of_length_1 = (
        " (the bounds of a metric hold for vectors of unit length)"
        if scale.name in _OF_UNIT_VECTORS
        else ""
    )
    return f"choose the scale that the scores are on{such_as}{of_length_1}"
