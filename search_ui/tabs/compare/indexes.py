"""Index types on the visitor's collection, each beside exact search."""

from __future__ import annotations

import gradio as gr

from search_ui.page import Page


def build_indexes(page: Page, tab: gr.Tab, key: gr.State) -> None:
    """Lay out the comparison of index types and connect its events."""
    gr.HTML(
        '<div class="ss"><h2>Index types on this collection</h2></div>', apply_default_css=False
    )
