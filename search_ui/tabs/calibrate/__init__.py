"""Calibrate: labels, check, fit, use; from judged examples to a number one can act on."""

from __future__ import annotations

import gradio as gr

import search_core as sc
from search_ui.page import Page
from search_ui.sample import EXAMPLES, reading_stored
from search_ui.tabs.calibrate.events import CalibrateTab, connect
from search_ui.tabs.calibrate.layout import lay_out
from search_ui.tabs.calibrate.reading import SampleFit


def build_calibrate_tab(page: Page, tab: gr.Tab, key: gr.State, fit: SampleFit) -> None:
    """Lay out the four steps, opened on the sample's stored fit, and connect their events."""
    with reading_stored("calibrator.json"):
        calibrator = sc.load_calibrator((EXAMPLES / "calibrator.json").read_bytes())
    steps = lay_out(fit.labels, fit.view, calibrator)
    connect(CalibrateTab(page, key, steps, fit.labels, fit.view), tab)
