"""Calibrate: labels, check, fit, use; from judged examples to a number one can act on."""

from __future__ import annotations

import gradio as gr

from search_ui.calibration_view import read_view
from search_ui.page import Page
from search_ui.sample import EXAMPLES
from search_ui.tabs.calibrate.events import CalibrateTab, connect
from search_ui.tabs.calibrate.layout import lay_out
from search_ui.tabs.calibrate.reading import read_sample_labels

STORED_VIEW = EXAMPLES / "calibration.json"


def build_calibrate_tab(page: Page, key: gr.State) -> None:
    """Lay out the four steps, opened on the sample's stored fit, and connect their events."""
    labels, view = read_sample_labels(), read_view(STORED_VIEW)
    exported = (EXAMPLES / "calibrator.json").read_text(encoding="utf-8")
    connect(CalibrateTab(page, key, lay_out(labels, view, exported), labels, view))
