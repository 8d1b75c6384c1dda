"""The third step: the verdict, the threshold and the code; what lies behind them is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

import search_core as sc
from search_ui.charts import (
    feature_worth,
    reliability,
    reliability_finding,
    threshold_curve,
    worth_finding,
)
from search_ui.rendering import method_words, notice, number, percent, render
from search_ui.tabs.calibrate import code, sides
from search_ui.tabs.calibrate.code import CodePart, TakeHome
from search_ui.tabs.calibrate.sides import SidesPart
from search_ui.tabs.events import Updates, html_part
from search_ui.views.calibration import SAMPLE_TARGET, STARTING_LEVEL, Audit, CalibrationView
from search_ui.visit.calibrating import HITS
from search_ui.visit.threshold_sides import threshold_in_force
from search_ui.visit.workspace import Workspace

SHOWN_MEASURES = ("excess_loss", "ece", "auc", "ndcg_after", "r2")
PREDICTED = (0.1, 0.25, 0.5, 0.75, 0.9)  # examples of what another share makes of predictions
SUSPECT_COLUMNS = ("row", "query", "text", "label", "predicted", "what moved the prediction")
TARGETS, SHARES = (50, 99), (0.1, 99.9)  # what can be chosen, in percent
NOT_FITTED = notice("These labels have no fit yet: press “Fit and test” under Check.")


@dataclass(frozen=True)
class FitStep:
    """What the fit is worth."""

    verdict: gr.HTML
    simple: gr.Button
    fitted: gr.Column
    threshold: gr.HTML
    target: gr.Slider
    level: gr.Radio
    sides: SidesPart
    code: CodePart
    figures: gr.HTML
    reliability: gr.HTML
    worth: gr.HTML
    another_share: gr.Accordion
    base_rate: gr.HTML
    share: gr.Slider
    estimate: gr.Button
    estimate_state: gr.HTML
    audit: gr.HTML
    to_use: gr.Button
    to_labels: gr.Button

    @property
    def drawn(self) -> list[Any]:
        """The components that `draw` updates."""
        return [
            self.verdict, self.simple, self.fitted, self.target, self.level, self.threshold,
            *self.code.drawn, self.figures, self.reliability, self.worth, self.another_share,
            self.base_rate, self.share, self.estimate, self.estimate_state, self.audit,
        ]  # fmt: skip

    def draw(self, workspace: Workspace) -> Updates:
        """Return updates that show the fit of a workspace, as the visitor has set it."""
        view, fit, threshold = workspace.view, workspace.shown.fit, threshold_in_force(workspace)
        if view is None or threshold is None:
            hidden = gr.update(visible=False)
            return NOT_FITTED, hidden, hidden, *[gr.skip()] * (len(self.drawn) - 3)
        share = fit.share if fit else None
        return (
            verdict_html(
                view, is_example=workspace.shows_example, is_outdated=workspace.is_outdated
            ),
            gr.update(visible=view.suffices_simple),
            gr.update(visible=True),
            gr.update(value=round(100 * threshold.target)),
            threshold.level,
            threshold_html(view, threshold, share is not None, fitted(workspace)),
            *code.drawn(TakeHome.of_view(view, threshold, share)),
            figures_html(view),
            reliability_html(view),
            worth_html(view),
            gr.update(visible=view.can_restate),
            base_rate_html(view, share),
            gr.update(value=_percents(view.report.mean if share is None else share)),
            gr.update(visible=view.can_search),
            "",
            audit_html(view),
        )


def lay_out(view: CalibrationView) -> FitStep:
    """Lay out the step, opened on the sample's fit: the verdict, the threshold, the code."""
    verdict = html_part(verdict_html(view), "verdict")
    simple = gr.Button(
        "Fit the score alone instead", visible=view.suffices_simple, elem_id="simple", scale=0
    )
    found = view.opening_threshold
    with gr.Column(elem_id="fitted") as fitted:
        with gr.Row(elem_classes="two"):
            with gr.Column(min_width=320):
                threshold = html_part(threshold_html(view, found), "threshold")
                target, level = _threshold_controls()
                dragged = sides.lay_out()
            code_part = code.lay_out(TakeHome.of_view(view, found), "code")
        with gr.Row(elem_classes="actions"):
            to_use = gr.Button(
                "Use it", variant="primary", elem_id="to-use", scale=0, min_width=140
            )
            to_labels = gr.Button(
                "Bring your own labels", elem_id="to-labels", scale=0, min_width=200
            )
        audit = html_part(audit_html(view), "audit")
        reliability = html_part(reliability_html(view), "reliability")
        worth = html_part(worth_html(view), "worth")
        figures = html_part(figures_html(view), "figures")
        another_share, base_rate, share, estimate, estimate_state = _another_share(view)
    dragged.begin.render()
    return FitStep(
        verdict, simple, fitted, threshold, target, level, dragged, code_part, figures, reliability,
        worth, another_share, base_rate, share, estimate, estimate_state, audit, to_use, to_labels,
    )  # fmt: skip


def _threshold_controls() -> tuple[gr.Slider, gr.Radio]:
    target = gr.Slider(
        *TARGETS, value=100 * SAMPLE_TARGET, step=1, elem_id="target",
        label="Precision you need, in percent",
    )  # fmt: skip
    level = gr.Radio(
        [("each query's best hit", "query"), ("every hit", "row")],
        value=STARTING_LEVEL, label="Counted over", elem_id="level",
    )  # fmt: skip
    return target, level


def _another_share(
    view: CalibrationView,
) -> tuple[gr.Accordion, gr.HTML, gr.Slider, gr.Button, gr.HTML]:
    with gr.Accordion(
        "If another share is relevant in use", open=False, visible=view.can_restate,
        elem_id="another-share", elem_classes="fold",
    ) as another_share:  # fmt: skip
        base_rate = html_part(base_rate_html(view), "base-rate")
        share = gr.Slider(
            *SHARES, value=_percents(view.report.mean), step=0.1,
            label="Share relevant in use, in percent", elem_id="share",
        )  # fmt: skip
        estimate = gr.Button(
            "What share of the hits is relevant?",
            visible=view.can_search,
            elem_id="estimate",
            scale=0,
        )
        estimate_state = html_part(elem_id="estimate-state")
    return another_share, base_rate, share, estimate, estimate_state


def _percents(share: float) -> float:
    return round(100 * share, 1)


def fitted(workspace: Workspace) -> sc.Calibrator | None:
    """Return the calibrator of the visitor's fit as it was fitted; None where there is none."""
    fit = workspace.shown.fit
    return fit.result.calibrator if fit else None


# What the step shows


def verdict_html(
    view: CalibrationView, *, is_example: bool = False, is_outdated: bool = False
) -> Markup:
    """Return the finding in plain words.

    `is_example` says that the visitor has no labels yet, and sees the sample's; `is_outdated`, that
    the labels in Search are others by now than those of the fit.
    """
    return render(
        "calibrate_verdict.html",
        view=view,
        is_example=is_example,
        is_outdated=is_outdated,
        method=method_words(view.method),
    )


def figures_html(view: CalibrationView) -> Markup:
    """Return the figures beside those of the score alone, and why this method."""
    report = view.report
    finding = f"All figures: log-loss {number(report.excess_loss, 3)}"
    finding += f" ({report.rival.label} {number(report.rival.excess_loss, 3)})"
    if report.auc is not None:
        finding += f", AUC {number(report.auc)}"
    return render(
        "calibrate_figures.html",
        view=view,
        finding=finding,
        measures=[sc.MEASURES[name] for name in SHOWN_MEASURES],
    )


def reliability_html(view: CalibrationView) -> Markup:
    """Return the reliability diagram with its band."""
    curve, graded = view.report.curve, view.report.graded
    band = (curve.band_stated, curve.band_lower, curve.band_upper)
    chart = reliability(curve.stated, curve.judged, band, view.stated, graded)
    finding = reliability_finding(curve.stated, curve.judged, band, graded)
    return render("calibrate_reliability.html", chart=chart, finding=finding)


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
        Whether predictions are adjusted to another share, so that no guarantee holds.
    calibrator:
        Of the same fit, if at hand: it gives the score that reaches the threshold.
    """
    value = threshold.value
    curve = view.threshold_curve(threshold.level)
    groups = view.groups(threshold)
    return render(
        "calibrate_threshold.html",
        is_demo=view.report.is_demo,
        is_moved=moved,
        chart=threshold_curve(*curve, chosen=value, title=answer_words(threshold)),
        threshold=threshold,
        units=len(view.stated) if threshold.level == "row" else len(set(view.queries)),
        relevant_from=view.report.cut if view.report.graded else None,
        own_scores=(
            ""
            if calibrator is None or value is None
            else own_scores(calibrator, value, view.scores)
        ),
        steadiness=sc.steadiness_words(threshold),
        recall=view.recall_threshold(),
        worst=groups.worst if groups else None,
        groups=len(groups.groups) if groups else 0,
        sure=None if value is None else view.sure_near(value),
        abstention=view.abstention,
    )


def answer_words(threshold: sc.Threshold) -> str:
    """Say in one sentence, as plain text, from which value on to show, if from any."""
    if threshold.value is None:
        return f"No threshold guarantees {percent(threshold.target)} with these labels"
    shown = "the best hits shown" if threshold.level == "query" else "the hits shown"
    return (
        f"Show hits from {number(threshold.value, 3)}: at least {percent(threshold.target)} of "
        f"{shown} are relevant ({percent(threshold.confidence)} confidence)"
    )


def own_scores(
    calibrator: sc.Calibrator, value: float, scores: Sequence[float] | None = None
) -> str:
    """Say which scores reach a calibrated value; empty where it takes more than the score.

    `scores` are those of the labelled rows, turned so that higher is better: the number then has
    as few digits as keep the same rows.
    """
    way = 1 if calibrator.scale.higher_is_better else -1
    rows = None if scores is None else way * np.array(scores)
    return ", or ".join(each.words for each in calibrator.scores_reaching(value, rows))


def worth_html(view: CalibrationView) -> Markup:
    """Return what each group of features is worth on unseen queries."""
    groups, losses = [each.group for each in view.worth], [each.excess_loss for each in view.worth]
    chart = feature_worth(groups, losses) if groups else None
    finding = worth_finding(groups, losses) if groups else ""
    return render("calibrate_worth.html", chart=chart, finding=finding)


def base_rate_html(view: CalibrationView, share: float | None = None) -> Markup:
    """Return what the share in use makes of some predictions; None for the labels' own."""
    labelled = view.report.mean
    in_use = labelled if share is None else share
    restated = sc.restated(np.array(PREDICTED), labelled, in_use).tolist()
    return render(
        "calibrate_base_rate.html",
        labelled=labelled,
        share=in_use,
        is_moved=share is not None,
        values=list(zip(PREDICTED, restated, strict=True)),
    )


def share_of_hits_words(share: float) -> str:
    """Return what the share among live hits says, and that it changes no prediction."""
    return (
        f"About {percent(share, 1)} of the first {HITS} hits of each of your queries are relevant "
        "(the mean of their predictions). That is no reason to move the slider: hits are chosen by "
        "score, and their predictions hold as fitted."
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
