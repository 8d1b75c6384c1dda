"""The report on a calibrator: what it is worth on queries that it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from search_core.evaluate import reliability as measures
from search_core.evaluate.intervals import Interval, interval, mean_interval
from search_core.evaluate.ranking import ndcg

Floats = npt.NDArray[np.float64]

RELEVANT = 0.5  # a graded judgement from here on counts as relevant where a yes or no is needed
CAUTION_QUERIES, CAUTION_ROWS = 20, 10


@dataclass(frozen=True)
class Verdict:
    """What to make of it all.

    Attributes
    ----------
    kind:
        One of the five answers.
    sentence:
        The answer with its figures, in plain words.
    """

    kind: Literal["helps", "no gain", "not separable", "too few labels", "runs against relevance"]
    sentence: str


@dataclass(frozen=True)
class Curve:
    """What the reliability diagram shows; lists of one length each, ascending in `stated`."""

    stated: tuple[float, ...]
    judged: tuple[float, ...]
    band_stated: tuple[float, ...]
    band_lower: tuple[float, ...]
    band_upper: tuple[float, ...]


@dataclass(frozen=True)
class Report:
    """Figures on unseen queries; None where a figure is not defined.

    Attributes
    ----------
    log_loss, excess_loss, brier, r2:
        Of the calibrated values; excess is what remains after the labels' own entropy.
    log_loss_constant, log_loss_platt:
        Of always stating the mean, and of the simple curve on the score alone.
    d2:
        1 − excess / excess of the constant.
    ece, ece_null:
        Debiased calibration error, and what a perfect calibrator of this size stays under.
    miscalibration, discrimination, uncertainty:
        The Brier score taken apart.
    auc, auc_score, auc_within:
        Of the calibrated values, of the score alone, and of the calibrated values inside queries.
    ndcg_before, ndcg_after:
        nDCG@10 of the score's order, and of the calibrated values' order.
    intervals:
        90% intervals by name of the figure, whole queries resampled.
    verdict, curve, notes:
        The answer, the diagram, and cautions.
    rows, queries, mean, graded:
        What was judged.
    """

    log_loss: float
    log_loss_constant: float
    log_loss_platt: float
    excess_loss: float
    d2: float | None
    brier: float
    ece: float
    ece_null: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    r2: float | None
    auc: float | None
    auc_score: float | None
    auc_within: float | None
    ndcg_before: float | None
    ndcg_after: float | None
    intervals: Mapping[str, Interval]
    verdict: Verdict
    curve: Curve
    notes: tuple[str, ...]
    rows: int
    queries: int
    mean: float
    graded: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values that JSON can hold."""
        return asdict(self) | {"intervals": {k: list(v) for k, v in self.intervals.items()}}


def make_report(
    y: Floats,
    p: Floats,
    platt_p: Floats,
    constant_p: Floats,
    scores: Floats,
    queries: Sequence[str],
    *,
    graded: bool = False,
    demo_only: bool = False,
    seed: int = 0,
) -> Report:
    """Measure calibrated values on queries that they were not fitted on.

    Parameters
    ----------
    y:
        What people judged, in [0, 1]; shape (n,).
    p, platt_p, constant_p:
        Stated by the calibrator, by the simple curve and by the mean, each fitted without the
        row's own query; shape (n,).
    scores:
        The score itself, higher is better; shape (n,).
    queries:
        The query of each row.
    graded:
        Whether y takes values between 0 and 1.
    demo_only:
        Whether there are too few labels for a verdict.
    seed:
        Of the resampling.
    """
    relevant = y >= RELEVANT
    parts = measures.corp(y, p)
    band = measures.null_band(y, p, queries, seed)
    constant_excess = measures.excess_loss(y, constant_p)
    excess = measures.excess_loss(y, p)
    losses, platt, constant = (
        measures.row_losses(y, stated) for stated in (p, platt_p, constant_p)
    )
    intervals = {
        "log_loss": mean_interval(losses, queries, seed),
        "brier": mean_interval((p - y) ** 2, queries, seed),
        "gain_over_platt": mean_interval(losses - platt, queries, seed),
        "gain_over_constant": mean_interval(losses - constant, queries, seed),
    }
    within = interval(
        lambda rows: measures.auc_within(relevant[rows], scores[rows], [queries[n] for n in rows]),
        queries,
        seed,
    )
    if within is not None:
        intervals["auc_within_score"] = within
    auc_score = measures.auc(relevant, scores)
    return Report(
        log_loss=float(losses.mean()),
        log_loss_constant=float(constant.mean()),
        log_loss_platt=float(platt.mean()),
        excess_loss=excess,
        d2=1 - excess / constant_excess if constant_excess > 0 else None,
        brier=measures.brier(y, p),
        ece=measures.debiased_ece(y, p),
        ece_null=measures.null_ece(y, p, queries, seed),
        miscalibration=parts.miscalibration,
        discrimination=parts.discrimination,
        uncertainty=parts.uncertainty,
        r2=measures.r_squared(y, p),
        auc=measures.auc(relevant, p),
        auc_score=auc_score,
        auc_within=measures.auc_within(relevant, p, queries),
        ndcg_before=ndcg(y, scores, queries),
        ndcg_after=ndcg(y, p, queries),
        intervals=intervals,
        verdict=judge(
            float(losses.mean()),
            float(platt.mean()),
            float(constant.mean()),
            intervals,
            auc_score,
            demo_only,
        ),
        curve=_curve(parts, band),
        notes=_cautions(relevant, queries),
        rows=len(y),
        queries=len(set(queries)),
        mean=float(y.mean()),
        graded=graded,
    )


def judge(
    loss: float,
    platt_loss: float,
    constant_loss: float,
    intervals: Mapping[str, Interval],
    auc_score: float | None,
    demo_only: bool,
) -> Verdict:
    """Turn the figures into one sentence; differences count only beyond their 90% interval."""
    if demo_only:
        return Verdict(
            "too few labels",
            "Too few labels: this is a demonstration, and what it states cannot be checked.",
        )
    within = intervals.get("auc_within_score")
    if auc_score is not None and within is not None and within[1] < 0.5:
        return Verdict(
            "runs against relevance",
            "These scores run against relevance: higher ones are judged worse. Look at the "
            "direction of the score, or at the labels.",
        )
    blind = within is not None and within[0] <= 0.5 <= within[1]
    if intervals["gain_over_constant"][1] >= 0 or blind:
        return Verdict(
            "not separable",
            "These scores do not tell relevant from irrelevant here: on unseen queries, always "
            "stating the average is as good.",
        )
    if loss == platt_loss:
        saved = 1 - loss / constant_loss
        return Verdict(
            "helps",
            f"It helps: {saved:.0%} less loss on unseen queries than always stating the average "
            f"(from {constant_loss:.3f} to {loss:.3f}).",
        )
    if intervals["gain_over_platt"][1] < 0:
        saved = 1 - loss / platt_loss
        return Verdict(
            "helps",
            f"It helps: {saved:.0%} less loss on unseen queries than a simple curve on the score "
            f"(from {platt_loss:.3f} to {loss:.3f}).",
        )
    return Verdict(
        "no gain",
        f"No gain over a simple curve on the score (loss {loss:.3f} against {platt_loss:.3f} on "
        "unseen queries): use the simple curve, “platt”.",
    )


def _cautions(relevant: npt.NDArray[np.bool_], queries: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if len(set(queries)) < CAUTION_QUERIES:
        notes.append(f"Only {len(set(queries))} queries: read the intervals first.")
    rarer = int(min(relevant.sum(), (~relevant).sum()))
    if rarer < CAUTION_ROWS:
        notes.append(f"Only {rarer} judgements of the rarer kind: read the intervals first.")
    return tuple(notes)


def _curve(parts: measures.Corp, band: measures.Band) -> Curve:
    return Curve(
        tuple(parts.stated.tolist()),
        tuple(parts.judged.tolist()),
        tuple(band.stated.tolist()),
        tuple(band.lower.tolist()),
        tuple(band.upper.tolist()),
    )
