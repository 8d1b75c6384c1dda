"""The functions that programs call, over HTTP and as MCP tools: stateless, capped, typed."""

from __future__ import annotations

import gradio as gr

from search_ui.api.functions import Api
from search_ui.page import Page
from search_ui.server.turns import HEAVY


def add_api(page: Page) -> None:
    """Publish the functions on the page that is being built."""
    api = Api(page)
    for quick in (api.search, api.explain_score, api.normalize):
        gr.api(quick)
    for heavy in (api.fit_calibrator, api.apply_calibrator, api.compare_indexes):
        gr.api(heavy, **HEAVY)  # one group with the page's own work
