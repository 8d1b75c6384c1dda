"""The third step: what the fit is worth, and the threshold and the share it is used with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

import search_core as sc
from search_ui.calibration_view import SAMPLE_TARGET, STARTING_LEVEL, CalibrationView
from search_ui.tabs.calibrate.audit import audit_html
from search_ui.tabs.calibrate.base_rate import base_rate_html
from search_ui.tabs.calibrate.parts import html
from search_ui.tabs.calibrate.threshold import threshold_html
from search_ui.tabs.calibrate.verdict import reliability_html, verdict_html, worth_html
from search_ui.tabs.work import Updates
from search_ui.wording import notice
from search_ui.workspace import Workspace

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
    verdict = html(verdict_html(view), "verdict")
    simple = gr.Button(
        "Fit the simple curve instead", visible=view.suffices_simple, elem_id="simple", scale=0
    )
    with gr.Column(elem_id="fitted") as fitted:
        with gr.Row(elem_classes="two"):
            with gr.Column(min_width=320):
                reliability = html(reliability_html(view), "reliability")
            with gr.Column(min_width=320):
                found = view.threshold(SAMPLE_TARGET, STARTING_LEVEL)
                threshold = html(threshold_html(view, found), "threshold")
                target, level = _threshold_controls()
        worth = html(worth_html(view), "worth")
        base_rate = html(base_rate_html(view, view.report.mean), "base-rate")
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
        estimate_state = html(elem_id="estimate-state")
        audit = html(audit_html(view), "audit")
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
    share = view.report.mean if fit is None or fit.share is None else fit.share
    chosen = fit.thresholds.get(level) if fit else None
    target = chosen.target if chosen else view.opening_target(level)
    threshold = chosen or view.threshold(target, level)
    return (
        verdict_html(view, is_example=workspace.shows_example),
        gr.update(visible=view.suffices_simple),
        gr.update(visible=True),
        reliability_html(view),
        gr.update(value=round(100 * target)),
        threshold_html(view, threshold, view.is_moved_by(share), fitted(workspace)),
        worth_html(view),
        base_rate_html(view, share),
        gr.update(value=_percents(share), visible=view.can_restate),
        gr.update(visible=view.can_restate and view.can_search),
        "",
        audit_html(view),
    )


def fitted(workspace: Workspace) -> sc.Calibrator | None:
    """Return the calibrator of the visitor's fit as it was fitted; None where there is none."""
    fit = workspace.shown.fit
    return fit.result.calibrator if fit else None
