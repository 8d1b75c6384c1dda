"""The third step: what the fit is worth, and the threshold and the share it is used with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

import search_core as sc
from search_ui.calibrating import HITS
from search_ui.calibration_view import SAMPLE_TARGET, STARTING_LEVEL, Audit, CalibrationView
from search_ui.charts import feature_worth, reliability, threshold_curve
from search_ui.rendering import method_words, notice, number, percent, render
from search_ui.tabs.events import Updates, html_part
from search_ui.workspace import Workspace

SHOWN_MEASURES = ("log_loss", "ece", "auc", "ndcg_after", "r2")
SCALE_NAMES = {"squared_l2": "squared L2", "bm25": "bm25"}
STATED = (0.1, 0.25, 0.5, 0.75, 0.9)  # examples of values that are re-stated
SUSPECT_COLUMNS = ("row", "query", "text", "judged", "stated", "what moved the value")
TARGETS, SHARES = (50, 99), (0.1, 99.9)  # what can be chosen, in percent
NOT_FITTED = notice("These labels have no fit yet; go back to Check and press “Fit and test”.")


@dataclass(frozen=True)
class FitStep:
    """What the fit is worth."""

    verdict: gr.HTML
    simple: gr.Button
    fitted: gr.Column
    reliability: gr.HTML
    threshold: gr.HTML
    target: gr.Slider
    level: gr.Radio
    worth: gr.HTML
    base_rate: gr.HTML
    share: gr.Slider
    estimate: gr.Button
    estimate_state: gr.HTML
    audit: gr.HTML
    to_use: gr.Button
    to_labels: gr.Button

    @property
    def drawn(self) -> list[Any]:
        """The components that `drawn` updates."""
        return [
            self.verdict, self.simple, self.fitted, self.reliability, self.target, self.threshold,
            self.worth, self.base_rate, self.share, self.estimate, self.estimate_state, self.audit,
        ]  # fmt: skip


def lay_out(view: CalibrationView) -> FitStep:
    """Lay out the step, opened on the sample's fit."""
    verdict = html_part(verdict_html(view), "verdict")
    simple = gr.Button(
        "Fit the simple curve instead", visible=view.suffices_simple, elem_id="simple", scale=0
    )
    with gr.Column(elem_id="fitted") as fitted:
        with gr.Row(elem_classes="two"):
            with gr.Column(min_width=320):
                reliability = html_part(reliability_html(view), "reliability")
            with gr.Column(min_width=320):
                found = view.threshold(SAMPLE_TARGET, STARTING_LEVEL)
                threshold = html_part(threshold_html(view, found), "threshold")
                target, level = _threshold_controls()
        worth = html_part(worth_html(view), "worth")
        base_rate = html_part(base_rate_html(view), "base-rate")
        share = gr.Slider(
            *SHARES, value=_percents(view.report.mean), step=0.1, visible=view.can_restate,
            label="Share relevant in use, in percent", elem_id="share",
        )  # fmt: skip
        estimate = gr.Button(
            "What share of the hits is relevant?",
            visible=view.can_restate and view.can_search,
            elem_id="estimate",
            scale=0,
        )
        estimate_state = html_part(elem_id="estimate-state")
        audit = html_part(audit_html(view), "audit")
        with gr.Row(elem_classes="actions"):
            to_use = gr.Button(
                "Use it", variant="primary", elem_id="to-use", scale=0, min_width=140
            )
            to_labels = gr.Button(
                "Bring your own labels", elem_id="to-labels", scale=0, min_width=200
            )
    return FitStep(
        verdict, simple, fitted, reliability, threshold, target, level, worth, base_rate, share,
        estimate, estimate_state, audit, to_use, to_labels,
    )  # fmt: skip


def _threshold_controls() -> tuple[gr.Slider, gr.Radio]:
    target = gr.Slider(
        *TARGETS, value=100 * SAMPLE_TARGET, step=1, elem_id="target",
        label="Share that must be relevant, in percent",
    )  # fmt: skip
    level = gr.Radio(
        [("of the best hits shown, one a query", "query"), ("of all hits shown", "row")],
        value=STARTING_LEVEL, label="Counted over", elem_id="level",
    )  # fmt: skip
    return target, level


def _percents(share: float) -> float:
    return round(100 * share, 1)


def drawn(workspace: Workspace, level: sc.Level) -> Updates:
    """Return updates that show the fit of a workspace, as the visitor has set it."""
    view, fit = workspace.view, workspace.shown.fit
    if view is None:
        hidden = gr.update(visible=False)
        return NOT_FITTED, hidden, hidden, *[gr.skip()] * 9
    share = fit.share if fit else None
    chosen = fit.thresholds.get(level) if fit else None
    target = chosen.target if chosen else view.opening_target(level)
    threshold = chosen or view.threshold(target, level)
    return (
        verdict_html(view, is_example=workspace.shows_example),
        gr.update(visible=view.suffices_simple),
        gr.update(visible=True),
        reliability_html(view),
        gr.update(value=round(100 * target)),
        threshold_html(view, threshold, share is not None, fitted(workspace)),
        worth_html(view),
        base_rate_html(view, share),
        gr.update(
            value=_percents(view.report.mean if share is None else share), visible=view.can_restate
        ),
        gr.update(visible=view.can_restate and view.can_search),
        "",
        audit_html(view),
    )


def fitted(workspace: Workspace) -> sc.Calibrator | None:
    """Return the calibrator of the visitor's fit as it was fitted; None where there is none."""
    fit = workspace.shown.fit
    return fit.result.calibrator if fit else None


# What the step shows


def verdict_html(view: CalibrationView, *, is_example: bool = False) -> Markup:
    """Return the finding in plain words, why this method, and the figures.

    `is_example` says that the visitor has no labels yet, and sees the sample's.
    """
    return render(
        "calibrate_verdict.html",
        view=view,
        is_example=is_example,
        method=method_words(view.method),
        is_compared=view.report.verdict.kind in ("helps", "no gain"),
        measures=[sc.MEASURES[name] for name in SHOWN_MEASURES],
    )


def reliability_html(view: CalibrationView) -> Markup:
    """Return the reliability diagram with its band, and how to read it."""
    curve = view.report.curve
    chart = reliability(
        curve.stated,
        curve.judged,
        band=(curve.band_stated, curve.band_lower, curve.band_upper),
        predictions=view.stated,
        graded=view.report.graded,
    )
    return render("calibrate_reliability.html", chart=chart)


def threshold_html(
    view: CalibrationView,
    threshold: sc.Threshold,
    moved: bool = False,
    calibrator: sc.Calibrator | None = None,
) -> Markup:
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
    value = threshold.value
    curve = sc.threshold_curve(np.array(view.stated), np.array(view.relevance))
    return render(
        "calibrate_threshold.html",
        is_demo=view.report.is_demo,
        is_moved=moved,
        chart=threshold_curve(*curve, chosen=value, title=answer_words(threshold)),
        threshold=threshold,
        units=len(view.stated) if threshold.level == "row" else len(set(view.queries)),
        relevant_from=view.report.cut if view.report.graded else None,
        own_scores="" if calibrator is None or value is None else own_scores(calibrator, value),
        steadiness=sc.steadiness_words(threshold),
    )


def answer_words(threshold: sc.Threshold) -> str:
    """Say in one sentence, as plain text, from which value on to show, if from any."""
    if threshold.value is None:
        return (
            f"No threshold reaches {percent(threshold.target)} with these labels; the best that "
            f"can be promised is {percent(threshold.bound)}"
        )
    shown = "the best hits shown" if threshold.level == "query" else "the hits shown"
    return (
        f"Show at {number(threshold.value, 3)} and above: at least {percent(threshold.target)} of "
        f"{shown} are relevant, at {percent(threshold.confidence)} confidence"
    )


def own_scores(calibrator: sc.Calibrator, value: float) -> str:
    """Say which scores reach a calibrated value; empty where it takes more than the score."""
    return ", or ".join(map(_bound_words, calibrator.scores_reaching(value)))


def _bound_words(bound: sc.ScoreBound) -> str:
    if math.isinf(bound.score):
        return "any score"
    name = SCALE_NAMES.get(bound.scale, bound.scale.replace("_", " "))
    side = "above" if bound.higher_is_better else "below"
    return f"{name} {number(bound.score, 3)} and {side}"


def worth_html(view: CalibrationView) -> Markup:
    """Return what each group of features is worth on unseen queries."""
    groups, losses = [each.group for each in view.worth], [each.log_loss for each in view.worth]
    chart = feature_worth(groups, losses) if groups else None
    return render("calibrate_worth.html", chart=chart)


def base_rate_html(view: CalibrationView, share: float | None = None) -> Markup:
    """Return what the share in use makes of some stated values; None for the labels' own."""
    labelled = view.report.mean
    in_use = labelled if share is None else share
    restated = sc.restated(np.array(STATED), labelled, in_use).tolist()
    return render(
        "calibrate_base_rate.html",
        can_move=view.can_restate,
        labelled=labelled,
        share=in_use,
        is_moved=share is not None,
        values=list(zip(STATED, restated, strict=True)),
    )


def share_of_hits_words(share: float) -> str:
    """Return what the share among live hits says, and that nothing is to be re-stated for it."""
    return (
        f"About {percent(share, 1)} of the first {HITS} hits of each of your queries are relevant: "
        "the mean of their values as fitted. Hits are chosen by their score, so that another share "
        "among them is no reason to re-state the values."
    )


def audit_html(view: CalibrationView) -> Markup:
    """Return the labels that deserve a second look; nothing here changes a label."""
    return render(
        "calibrate_audit.html",
        audit=view.audit,
        graded=view.report.graded,
        suspects_csv=suspects_csv(view.audit),
    )


def suspects_csv(audit: Audit) -> str:
    """Return the suspects as a CSV that runs nothing when a spreadsheet opens it."""
    rows = [
        (
            each.label.row,
            each.label.query,
            each.label.text,
            f"{each.label.judged:g}",
            f"{each.stated:.4f}",
            "; ".join(f"{words}: {part:+.1f}" for words, part in each.moved),
        )
        for each in audit.suspects
    ]
    return sc.write_table(SUSPECT_COLUMNS, rows)
