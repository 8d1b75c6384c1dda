"""What a number means: a score never travels without its scale."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from search_core.errors import InputError, ScaleMismatch
from search_core.vectors import Floats

ROUNDING = 1e-5
"""How far a score may leave its bounds and still count as rounded; float32 needs about 1e-6."""

EMPTY_PLACE = "how FAISS fills an empty place; leave it out"
FILLING = float(np.finfo(np.float32).max)  # of either sign, beside the position -1


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
        Whether the number states a chance that can be checked against judgements.
    source:
        Fingerprint of the encoder that the score rests on; empty where it is not known.

    Examples
    --------
    >>> sc.COSINE.bring_within([0.5, 1.0000001]).tolist()
    [0.5, 1.0]
    """

    name: str
    higher_is_better: bool = True
    lower: float = -math.inf
    upper: float = math.inf
    comparable_across_queries: bool = False
    is_probability: bool = False
    source: str = ""

    def from_source(self, source: str) -> ScoreScale:
        """Return the same scale, bound to the encoder with this fingerprint."""
        return replace(self, source=source)

    def bring_within(self, scores: npt.ArrayLike) -> Floats:
        """Return scores as float64, those that rounding carried past a bound brought back to it.

        Raises
        ------
        InputError
            A score is no finite number, what FAISS fills an empty place with, or further outside
            the bounds than float32 rounds.
        """
        values = np.array(scores, dtype=np.float64)
        if not np.isfinite(values).all():
            raise InputError("A score of these hits is no finite number; give one for each hit.")
        for score in values[np.abs(values) > FILLING / 2]:  # few, so that the rest is not walked
            refuse_filling(float(score))
        outside = values[(values < self.lower - ROUNDING) | (values > self.upper + ROUNDING)]
        if outside.size:
            raise InputError(
                f"{outside[0]:.6g} cannot be a score on the scale '{self.name}', which lies "
                f"between {self.lower:g} and {self.upper:g}; choose the scale that the scores are "
                "on (the bounds of a metric hold for vectors of unit length)."
            )
        within: Floats = np.clip(values, self.lower, self.upper)
        return within

    def require(self, other: ScoreScale) -> None:
        """Raise `ScaleMismatch` unless `other` is this very scale, from the same encoder."""
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


def refuse_filling(score: float, row: int | None = None) -> None:
    """Raise `InputError` where a score is what FAISS shows in a place where it found nothing.

    Parameters
    ----------
    score:
        A score on any scale.
    row:
        Its row, where it has one.

    Examples
    --------
    >>> sc.refuse_filling(3.4028235e38)
    Traceback (most recent call last):
    search_core.errors.InputError: A score is 3.4028235e+38, how FAISS ...
    """
    if math.isclose(abs(score), FILLING, rel_tol=1e-7):  # written with 8 digits, too
        where = "A score" if row is None else f"Score {row}"
        raise InputError(f"{where} is {score:.8g}, {EMPTY_PLACE}.", row=row)


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
PROBABILITY = ScoreScale(
    "probability", lower=0.0, upper=1.0, comparable_across_queries=True, is_probability=True
)
EXPECTED_RELEVANCE = ScoreScale(
    "expected_relevance", lower=0.0, upper=1.0, comparable_across_queries=True
)

METRIC_SCALES = {scale.name: scale for scale in (SQUARED_L2, INNER_PRODUCT, COSINE)}
"""The scales that an index can rank by, by the name of the metric; bounds for unit vectors."""

BROUGHT_SCALES = {
    scale.name: scale
    for scale in (
        COSINE,
        SQUARED_L2,
        ScoreScale("l2", higher_is_better=False, lower=0.0, upper=2.0),
        INNER_PRODUCT,
        ScoreScale("bm25"),
        ScoreScale("fused"),
        ScoreScale("reranker_logit"),
        ScoreScale("squashed", lower=0.0, upper=1.0),
    )
}
"""Scales of scores that a visitor brings without texts, by name."""
