"""A threshold to act on: from which value on to show a hit, with its guarantee."""

from __future__ import annotations

import math

import numpy as np

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.charts import threshold_curve as threshold_chart
from search_ui.wording import count, escaped, number, percent

_WHOM = {"row": "the hits shown", "query": "the best hits shown"}
_UNIT = {"row": ("judged row", "judged rows"), "query": ("query", "queries")}


def threshold_html(
    view: CalibrationView,
    threshold: sc.Threshold,
    moved: bool = False,
    calibrator: sc.Calibrator | None = None,
) -> str:
    """Return the threshold for a target with its guarantee, or the answer that there is none.

    Parameters
    ----------
    view:
        The fit.
    threshold:
        Of `view.threshold`.
    moved:
        Whether the share relevant is re-stated, so that no guarantee holds.
    calibrator:
        Of the same fit, if at hand: it tells which score reaches the threshold.
    """
    if view.is_demo:
        return _words("No threshold", "There are too few labels for a promise.")
    if moved:
        return _words(
            "Thresholds are withdrawn",
            "The guarantee holds at the labels' own share of relevant rows, and you have moved it. "
            "Move the share back to its base to see them again.",
        )
    p, y = np.array(view.stated), np.array(view.relevance)
    chart = threshold_chart(
        *sc.threshold_curve(p, y), chosen=threshold.value, title=_answer(threshold)
    )
    return (
        f'<div class="ss"><div class="card">{chart}{_own_scores_html(calibrator, threshold)}'
        f'<p class="soft promise">{_promise(threshold, view)}</p>'
        f"{steadiness_html(threshold)}</div></div>"
    )


def steadiness_html(threshold: sc.Threshold) -> str:
    """Say how steady a threshold is, as a notice where it is not; empty if not measured."""
    words = sc.steadiness_words(threshold)
    kind = "soft promise" if threshold.is_steady else "notice"
    return f'<p class="{kind}">{escaped(words)}</p>' if words else ""


def own_scores(calibrator: sc.Calibrator, value: float) -> str:
    """Say which scores reach a calibrated value; empty where that does not hang on the score alone.

    Rounded so that whatever is let through has the value.
    """
    scale, score = calibrator.scale, calibrator.score_reaching(value)
    if score is None:
        return ""
    if math.isinf(score):
        return "any score"
    if scale.name == "cosine":
        distance = _rounded(2 - 2 * score, up=False)
        return f"cosine {_rounded(score)} and above, or squared L2 {distance} and below"
    way = "above" if scale.higher_is_better else "below"
    kind = scale.name.replace("_", " ")
    return f"{kind} {_rounded(score, up=scale.higher_is_better)} and {way}"


def _own_scores_html(calibrator: sc.Calibrator | None, threshold: sc.Threshold) -> str:
    words = (
        ""
        if calibrator is None or threshold.value is None
        else own_scores(calibrator, threshold.value)
    )
    return f'<p class="own-scores">As a score: <b>{escaped(words)}</b>.</p>' if words else ""


def _rounded(score: float, up: bool = True) -> str:
    return number((math.ceil if up else math.floor)(1000 * score) / 1000, 3)


def _words(title: str, sentence: str) -> str:
    return (
        f'<div class="ss"><div class="card"><h3>{title}</h3><p class="soft">{sentence}</p></div>'
        "</div>"
    )


def _answer(threshold: sc.Threshold) -> str:
    """Say it in one sentence, as plain text."""
    if threshold.value is None:
        return (
            f"No threshold reaches {percent(threshold.target)} with these labels; the best that "
            f"can be promised is {percent(threshold.bound)}"
        )
    return (
        f"Show at {number(threshold.value, 3)} and above: at least {percent(threshold.target)} of "
        f"{_WHOM[threshold.level]} are relevant, at {percent(threshold.confidence)} confidence"
    )


def _promise(threshold: sc.Threshold, view: CalibrationView) -> str:
    shown = f"{threshold.count:,} of {count(_units(threshold, view), *_UNIT[threshold.level])}"
    if threshold.value is None:
        words = (
            f"That is for the first {shown}, {percent(threshold.precision)} of them relevant. "
            f"{_needed(threshold)}"
        )
    else:
        recall = f"{percent(threshold.recall)} of what is relevant"
        words = (
            f"Among the labels it keeps {shown}; {percent(threshold.precision)} of them were "
            f"relevant, and it finds {recall}{_between(threshold)}."
        )
    graded = (
        f" Graded judgements count as relevant from {number(view.report.cut, 1)} of 1 on."
        if view.report.graded
        else ""
    )
    best = (
        " The curve is of all rows. A query's best hit is the best of its judged rows."
        if threshold.level == "query"
        else ""
    )
    return (
        f"{words}{graded}{best} The promise holds for queries like the labelled ones; it is "
        "nominal, and checked by simulation."
    )


def _units(threshold: sc.Threshold, view: CalibrationView) -> int:
    return len(view.stated) if threshold.level == "row" else len(set(view.queries))


def _between(threshold: sc.Threshold) -> str:
    if threshold.recall_lower is None or threshold.recall_upper is None:
        return ""
    lower, upper = percent(threshold.recall_lower), percent(threshold.recall_upper)
    return f" ({lower} to {upper}, measured, not promised)"


def _needed(threshold: sc.Threshold) -> str:
    if threshold.labels_needed:
        many = _UNIT[threshold.level][1]
        return f"About {threshold.labels_needed:,} {many} would be needed if that share held."
    return "More labels alone would not help: that share lies below the target."
