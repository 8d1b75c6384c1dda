"""What a number means: a score never travels without its scale."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from search_core.errors import ScaleMismatch


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
