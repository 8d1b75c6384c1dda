"""One sentence on a calibrator: whether it is worth using, and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from search_core.evaluate.intervals import Interval
from search_core.limits import CAUTION_QUERIES

CHANCE = 0.5  # AUC of a coin
CLEAR = 1e-6  # an interval whose end comes closer to 0 or to a coin holds it: rounding is no proof
UNKNOWN: Interval = (float("-inf"), float("inf"))

Kind = Literal["helps", "no gain", "not separable", "too few labels", "runs against relevance"]


@dataclass(frozen=True)
class Verdict:
    """What to make of it all.

    Attributes
    ----------
    kind:
        One of the five answers.
    sentence:
        The answer with its figures, in plain words; what stands before the colon is its gist.
    """

    kind: Kind
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on, all of it on unseen queries.

    Attributes
    ----------
    loss, platt_loss, constant_loss:
        Excess log-loss of the calibrator, of the simple curve and of always stating the mean.
    intervals:
        90% intervals: saved_over_platt, saved_over_constant (shares of the other's excess loss),
        auc, auc_within (of the calibrated values), auc_score, auc_within_score (of the score).
    mixed_queries:
        Queries that have both relevant and irrelevant rows.
    is_platt:
        Whether the calibrator is the simple curve itself.
    """

    loss: float
    platt_loss: float
    constant_loss: float
    intervals: Mapping[str, Interval]
    mixed_queries: int
    is_platt: bool

    def interval(self, name: str) -> Interval:
        """Return an interval, without ends where the figure is not defined."""
        return self.intervals.get(name, UNKNOWN)


TOO_FEW = Verdict(
    "too few labels",
    "Too few labels: this is a demonstration, and what it states cannot be checked.",
)


def judge(evidence: Evidence) -> Verdict:
    """Turn figures into one sentence; a difference counts only beyond its 90% interval."""
    if _runs_against(evidence):
        return Verdict(
            "runs against relevance",
            "These scores run against relevance: higher ones were judged worse. Look at the "
            "direction of the score, or at the labels.",
        )
    if evidence.interval("saved_over_constant")[0] <= CLEAR:
        return Verdict(
            "not separable",
            "These scores do not tell relevant from irrelevant here: on unseen queries, always "
            "stating the average does as well.",
        )
    blind = _blind(evidence)
    if blind is not None:
        return blind
    if evidence.is_platt:
        return Verdict("helps", _saved(evidence, "constant", "always stating the average"))
    if evidence.interval("saved_over_platt")[0] > CLEAR:
        return Verdict("helps", _saved(evidence, "platt", "a simple curve on the score"))
    return Verdict(
        "no gain",
        "No gain over a simple curve on the score: on unseen queries the loss is "
        f"{evidence.loss:.3f}, and {evidence.platt_loss:.3f} with the simple curve. Use the simple "
        "curve, “platt”.",
    )


def _runs_against(evidence: Evidence) -> bool:
    """Tell whether the score's order is reversed, over all rows and, where known, inside queries.

    Both, because either one alone lies below one half by chance in one of twenty sets of labels
    that mean nothing at all.
    """
    inside = evidence.intervals.get("auc_within_score")
    reversed_inside = inside is None or inside[1] < CHANCE - CLEAR
    return evidence.interval("auc_score")[1] < CHANCE - CLEAR and reversed_inside


def _blind(evidence: Evidence) -> Verdict | None:
    """Say so where the values order nothing: inside queries, if enough queries can tell."""
    inside = evidence.mixed_queries >= CAUTION_QUERIES
    ends = evidence.intervals.get("auc_within" if inside else "auc")
    # Grades that all lie on one side of the cut leave nothing to order; the loss alone decides.
    if ends is None or ends[0] > CHANCE + CLEAR:
        return None
    low, high = ends
    where = "of two texts of one query" if inside else "of two rows"
    return Verdict(
        "not separable",
        f"These scores do not tell relevant from irrelevant here: {where}, the relevant one stands "
        f"above the irrelevant one in {low:.0%} to {high:.0%} of cases, and a coin gives 50%.",
    )


def _saved(evidence: Evidence, name: Literal["platt", "constant"], words: str) -> str:
    other = evidence.platt_loss if name == "platt" else evidence.constant_loss
    low, high = evidence.interval(f"saved_over_{name}")
    return (
        f"It helps: {1 - evidence.loss / other:.0%} less loss on unseen queries than {words} "
        f"(90% interval: {low:.0%} to {high:.0%})."
    )
