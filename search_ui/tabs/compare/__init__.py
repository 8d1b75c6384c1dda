"""Compare: what another model, or another index, does to the numbers that people act on."""

from __future__ import annotations

import gradio as gr

from search_ui.tabs.compare.indexes import build_indexes
from search_ui.tabs.compare.models import build_models
from search_ui.visit.visits import Page


def build_compare_tab(page: Page, tab: gr.Tab, key: gr.State) -> None:
    """Lay out the tab and connect its events."""
    build_models(page, tab, key)
    build_indexes(page, tab, key)
