"""Compare: what another index does to the answers, and to the numbers that people act on."""

from __future__ import annotations

import gradio as gr

from search_ui.page import Page
from search_ui.tabs.compare.indexes import build_indexes


def build_compare_tab(page: Page, tab: gr.Tab, key: gr.State) -> None:
    """Lay out the tab and connect its events."""
    build_indexes(page, tab, key)
