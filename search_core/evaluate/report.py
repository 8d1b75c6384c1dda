"""The report on a calibrator: what it is worth on queries that it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from search_core.errors import CalibrationError
from search_core.evaluate import reliability as measures
from search_core.evaluate.intervals import (
    Interval,
    QueryDraws,
    auc_interval,
    draw_queries,
    mean_interval,
    ratio_interval,
    sums_interval,
)
from search_core.evaluate.ranking import ndcg, ndcg_by_query, rows_by_query, shown_order
from search_core.evaluate.verdict import TOO_FEW, Evidence, Verdict, judge
from search_core.features import distinct
from search_core.limits import CAUTION_QUERIES, CAUTION_ROWS

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RELEVANT = 0.5  # a graded judgement from here on counts as relevant where a yes or no is needed
HISTOGRAM_BINS = 20
SAME_LEVEL = 1e-9  # shares of rows that differ by less are one level, summed in another order
SAME_CURVE = 1e-9


@dataclass(frozen=True)
class Curve:
    """What the reliability diagram shows.

    Attributes
    ----------
    stated, judged:
        The isotonic curve, ascending; the two ends of each of its levels.
    band_stated, band_lower, band_upper:
        The band that a perfect calibrator would stay in, at evenly spaced stated values.
    histogram:
        How many rows state a value in each twentieth of [0, 1].
    """

    stated: tuple[float, ...]
    judged: tuple[float, ...]
    band_stated: tuple[float, ...]
    band_lower: tuple[float, ...]
    band_upper: tuple[float, ...]
    histogram: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<Curve: {len(self.stated)} stated values, with a band>"


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
    ece, ece_null, smooth_ece:
        Debiased calibration error (ℓ2 form), what a perfect calibrator of this size stays under,
        and the smooth form, from which no noise is taken off.
    miscalibration, discrimination, uncertainty:
        The Brier score taken apart.
    auc, auc_score, auc_within, auc_within_score:
        Of the calibrated values and of the score alone, over all rows and inside queries.
    ndcg_before, ndcg_after:
        nDCG@10 of the score's order, and of the calibrated values' order.
    intervals:
        90% intervals by name of the figure, whole queries resampled; left out where a figure is
        not defined. Beside figures above: saved_over_platt and saved_over_constant (the share of
        the other's excess loss that is gone) and ndcg_gain (after − before), all paired.
    verdict, curve, notes:
        The answer, the diagram, and cautions.
    rows, queries, mixed_queries, mean, graded, cut:
        What was judged; how many queries have both relevant and irrelevant rows; from which
        relevance on a row counts as relevant.
    """

    log_loss: float
    log_loss_constant: float
    log_loss_platt: float
    excess_loss: float
    d2: float | None
    brier: float
    ece: float
    ece_null: float
    smooth_ece: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    r2: float | None
    auc: float | None
    auc_score: float | None
    auc_within: float | None
    auc_within_score: float | None
    ndcg_before: float | None
    ndcg_after: float | None
    intervals: Mapping[str, Interval]
    verdict: Verdict
    curve: Curve
    notes: tuple[str, ...]
    rows: int
    queries: int
    mixed_queries: int
    mean: float
    graded: bool
    cut: float = RELEVANT

    def __repr__(self) -> str:
        return (
            f"<Report on {self.rows:,} rows of {self.queries:,} queries: ECE {self.ece:.3f}, "
            f"excess loss {self.excess_loss:.3f}; {self.verdict.sentence}>"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain finite values, lists and mappings, as JSON holds them."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["intervals"] = {name: list(ends) for name, ends in self.intervals.items()}
        plain["verdict"] = dict(vars(self.verdict))
        plain["curve"] = {name: list(values) for name, values in vars(self.curve).items()}
        plain["notes"] = list(self.notes)
        return plain


def make_report(
    y: Floats,
    p: Floats,
    platt_p: Floats,
    constant_p: Floats,
    scores: Floats,
    queries: Sequence[str],
    *,
    texts: Sequence[str] = (),
    graded: bool = False,
    demo_only: bool = False,
    notes: Sequence[str] = (),
    seed: int = 0,
) -> Report:
    """Measure calibrated values on queries that they were not fitted on.

    Parameters
    ----------
    y:
        What people judged, in [0, 1]; shape (n,).
    p, platt_p, constant_p:
        Stated by the calibrator, by the simple curve and by the mean, each fitted without the
        row's own query; in [0, 1], shape (n,).
    scores:
        The score itself, higher is better; shape (n,).
    queries:
        The query of each row.
    texts:
        The text of each row, or none; rows of one query with one text are one place in its order,
        with their mean relevance.
    graded:
        Whether y takes values between 0 and 1.
    demo_only:
        Whether there are too few labels for a verdict.
    notes:
        Cautions that stand in the report beside its own.
    seed:
        Of the resampling.

    Raises
    ------
    CalibrationError
        No rows, different lengths, or values that are not finite or outside [0, 1].
    """
    _check(y, (p, platt_p, constant_p), scores, queries)
    relevant = y >= RELEVANT
    ranked = _ranked(y, p, scores, queries, texts)
    intervals = _intervals(y, (p, platt_p, constant_p), scores, queries, ranked, seed)
    mixed = _mixed_queries(relevant, queries)
    loss, platt_loss, constant_loss = (
        measures.excess_loss(y, stated) for stated in (p, platt_p, constant_p)
    )
    evidence = Evidence(
        loss,
        platt_loss,
        constant_loss,
        intervals,
        mixed,
        bool(np.abs(p - platt_p).max() < SAME_CURVE),
    )
    parts = measures.corp(y, p)
    return Report(
        log_loss=measures.log_loss(y, p),
        log_loss_constant=measures.log_loss(y, constant_p),
        log_loss_platt=measures.log_loss(y, platt_p),
        excess_loss=loss,
        d2=measures.d_squared(y, p),
        brier=measures.brier(y, p),
        ece=measures.debiased_ece(y, p),
        ece_null=measures.null_ece(y, p, queries, seed),
        smooth_ece=measures.smooth_ece(y, p),
        miscalibration=parts.miscalibration,
        discrimination=parts.discrimination,
        uncertainty=parts.uncertainty,
        r2=measures.r_squared(y, p),
        auc=measures.auc(relevant, p),
        auc_score=measures.auc(relevant, scores),
        auc_within=measures.auc_within(relevant, p, queries),
        auc_within_score=measures.auc_within(relevant, scores, queries),
        ndcg_before=ndcg(ranked.relevance, ranked.scores, ranked.queries),
        ndcg_after=ndcg(ranked.relevance, ranked.shown, ranked.queries),
        intervals=intervals,
        verdict=TOO_FEW if demo_only else judge(evidence),
        curve=_curve(parts, measures.null_band(y, p, queries, seed), p),
        notes=(*_cautions(relevant, queries), *notes),
        rows=len(y),
        queries=len(set(queries)),
        mixed_queries=mixed,
        mean=float(y.mean()),
        graded=graded,
    )


def _check(y: Floats, stated: Sequence[Floats], scores: Floats, queries: Sequence[str]) -> None:
    lengths = {len(each) for each in (y, *stated, scores, queries)}
    if len(lengths) > 1 or 0 in lengths:
        raise CalibrationError(
            "A report needs one judgement, value, score and query a row; the lengths given are "
            f"{', '.join(str(each) for each in sorted(lengths))}."
        )
    for values, name in ((y, "judgement"), *((each, "calibrated value") for each in stated)):
        outside = np.flatnonzero(~((values >= 0) & (values <= 1)))
        if len(outside):
            raise CalibrationError(
                f"Row {outside[0]}: the {name} is {values[outside[0]]:g}, and a number from 0 to 1 "
                "was expected; scale it first."
            )
    if not np.isfinite(scores).all():
        place = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise CalibrationError(
            f"Row {place}: the score is {scores[place]:g}, and a finite number was expected; leave "
            "the row out."
        )


def _intervals(
    y: Floats, stated: tuple[Floats, Floats, Floats], scores: Floats, queries: Sequence[str],
    ranked: _Ranked, seed: int,
) -> dict[str, Interval]:  # fmt: skip
    """Return every interval that can be given, by the name of its figure."""
    drawn, p = draw_queries(queries, seed), stated[0]
    found = {
        **_loss_intervals(y, stated, drawn),
        **_order_intervals(y >= RELEVANT, {"": p, "_score": scores}, queries, drawn, seed),
        **_ndcg_intervals(ranked, seed),
    }
    return {name: ends for name, ends in found.items() if ends is not None}


def _loss_intervals(
    y: Floats, stated: tuple[Floats, Floats, Floats], drawn: QueryDraws
) -> dict[str, Interval | None]:
    p = stated[0]
    losses = [measures.row_losses(y, each) for each in stated]
    own, platt, constant = (loss - measures.row_entropies(y) for loss in losses)
    errors = (y - p) ** 2
    return {
        "log_loss": mean_interval(losses[0], drawn),
        "excess_loss": mean_interval(own, drawn),
        "brier": mean_interval(errors, drawn),
        "r2": sums_interval(np.column_stack([errors, y, y**2, np.ones_like(y)]), _r2, drawn),
        "saved_over_platt": ratio_interval(platt - own, platt, drawn),
        "saved_over_constant": ratio_interval(constant - own, constant, drawn),
    }


def _r2(sums: Floats) -> Floats:
    """R² from the sums of (y − p)², y, y² and 1; NaN where a draw has one value of y only."""
    errors, y, squares, rows = sums
    total = squares - y**2 / rows
    spread = total > 1e-9 * np.maximum(squares, 1e-300)  # above what rounding leaves of 0
    unexplained: Floats = np.divide(errors, total, out=np.full_like(total, np.nan), where=spread)
    return 1.0 - unexplained


def _order_intervals(
    relevant: Mask,
    values: Mapping[str, Floats],
    queries: Sequence[str],
    drawn: QueryDraws,
    seed: int,
) -> dict[str, Interval | None]:
    by_query = draw_queries(tuple(dict.fromkeys(queries)), seed)
    found: dict[str, Interval | None] = {}
    for suffix, each in values.items():
        found[f"auc{suffix}"] = auc_interval(relevant, each, drawn)
        ordered, pairs = measures.ordered_pairs(relevant, each, queries)
        found[f"auc_within{suffix}"] = ratio_interval(ordered, pairs, by_query)
    return found


@dataclass(frozen=True, eq=False)
class _Ranked:
    """What is ranked for each query: a text once, however often it was judged."""

    relevance: Floats
    scores: Floats
    shown: Floats
    queries: Sequence[str]


def _ranked(
    y: Floats, p: Floats, scores: Floats, queries: Sequence[str], texts: Sequence[str]
) -> _Ranked:
    shown = shown_order(p, scores)
    if not texts:
        return _Ranked(y, scores, shown, queries)
    first, which = distinct(list(zip(queries, texts, strict=True)))
    means = np.bincount(which, weights=y) / np.bincount(which)
    return _Ranked(means, scores[first], shown[first], [queries[row] for row in first])


def _ndcg_intervals(ranked: _Ranked, seed: int) -> dict[str, Interval | None]:
    before, after = (
        ndcg_by_query(ranked.relevance, order, ranked.queries)
        for order in (ranked.scores, ranked.shown)
    )
    if not before:
        return {}
    drawn = draw_queries(tuple(before), seed)
    first, second = (np.array(list(each.values())) for each in (before, after))
    return {
        "ndcg_before": mean_interval(first, drawn),
        "ndcg_after": mean_interval(second, drawn),
        "ndcg_gain": mean_interval(second - first, drawn),
    }


def _mixed_queries(relevant: Mask, queries: Sequence[str]) -> int:
    groups = rows_by_query(queries).values()
    return sum(bool(relevant[rows].any() and not relevant[rows].all()) for rows in groups)


def _cautions(relevant: Mask, queries: Sequence[str]) -> tuple[str, ...]:
    notes = []
    asked = len(set(queries))
    if asked < CAUTION_QUERIES:
        notes.append(
            f"Only {asked} {'query' if asked == 1 else 'queries'}: read the intervals first."
        )
    rarer = int(min(relevant.sum(), (~relevant).sum()))
    if rarer < CAUTION_ROWS:
        kind = "relevant" if relevant.sum() == rarer else "irrelevant"
        notes.append(f"Only {rarer} rows were judged {kind}: read the intervals first.")
    return tuple(notes)


def _curve(parts: measures.Corp, band: measures.Band, p: Floats) -> Curve:
    level = parts.judged
    step = np.diff(level) > SAME_LEVEL
    # What lies inside a level adds nothing to the drawn line.
    ends = np.append(True, step) | np.append(step, True)
    return Curve(
        tuple(parts.stated[ends].tolist()),
        tuple(level[ends].tolist()),
        tuple(band.stated.tolist()),
        tuple(band.lower.tolist()),
        tuple(band.upper.tolist()),
        tuple(np.histogram(p, bins=HISTOGRAM_BINS, range=(0.0, 1.0))[0].tolist()),
    )
