"""What the Fit step shows: a fit, or that these labels have none yet."""

from __future__ import annotations

from typing import Any

import gradio as gr

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.tabs.calibrate.audit import audit_html
from search_ui.tabs.calibrate.base_rate import base_rate_html
from search_ui.tabs.calibrate.cut import cut_html
from search_ui.tabs.calibrate.fitting import SAMPLE_WORDS
from search_ui.tabs.calibrate.layout import (
    OPENING_TARGET,
    FitStep,
    can_estimate,
    offers_simple,
    share_slider,
)
from search_ui.tabs.calibrate.verdict import reliability_html, verdict_html, worth_html
from search_ui.tabs.work import Updates
from search_ui.wording import notice

NOT_FITTED = notice("These labels have no fit yet; go back to Check and press “Fit and test”.")


def result_parts(step: FitStep) -> list[Any]:
    """Return the components that `result_updates` updates."""
    return [
        step.verdict, step.simple, step.fitted, step.reliability, step.target, step.cut, step.worth,
        step.base_rate, step.share, step.estimate, step.estimate_state, step.audit,
    ]  # fmt: skip


def result_updates(
    view: CalibrationView | None, level: sc.Level, calibrator: sc.Calibrator | None
) -> Updates:
    """Return updates that show a fit, at its labels' own share and its default target."""
    if view is None:
        hidden = gr.update(visible=False)
        return NOT_FITTED, hidden, hidden, *[gr.skip()] * 9
    target = _opening_target(view, level)
    return (
        verdict_html(view),
        gr.update(visible=offers_simple(view)),
        gr.update(visible=True),
        reliability_html(view),
        gr.update(value=round(100 * target)),
        cut_html(view, view.cut(target, level), calibrator=calibrator),
        worth_html(view),
        base_rate_html(view, view.report.mean),
        share_slider(view),
        gr.update(visible=can_estimate(view)),
        "",
        audit_html(view),
    )


def _opening_target(view: CalibrationView, level: sc.Level) -> float:
    if view.source == SAMPLE_WORDS:
        return OPENING_TARGET
    return sc.default_target(level, view.report.queries)
