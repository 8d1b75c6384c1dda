"""Puts the page together."""

from __future__ import annotations

from concurrent.futures import Future

import gradio as gr

from search_ui.page import Page, read_opening
from search_ui.sample import Sample
from search_ui.sessions import Sessions
from search_ui.tabs.calibrate import build_calibrate_tab
from search_ui.tabs.learn import build_learn_tab
from search_ui.tabs.normalize import build_normalize_tab
from search_ui.tabs.search import build_search_tab, title_html

LOADING = '<p class="ss foot" role="status">The model is loading; this example is stored.</p>'
READY = (
    '<p class="ss foot" role="status">The model is ready. Nothing you type leaves this server.</p>'
)


def build(loading: Future[Sample]) -> gr.Blocks:
    """Return the page; it can be served while the sample is still loading."""
    page = Page(loading, Sessions(), read_opening())
    with gr.Blocks(title="Score Sense", analytics_enabled=False, delete_cache=(60, 1800)) as blocks:
        key = gr.State(time_to_live=1800, delete_callback=lambda old: page.sessions.drop(old or ""))
        title = gr.HTML(title_html(page.opening), apply_default_css=False, elem_id="title")
        with gr.Tabs(overflow_behavior="wrap", elem_id="tabs"):
            with gr.Tab("Search", id="search"):
                search = build_search_tab(page, title, key)
            with gr.Tab("Normalize", id="normalize") as normalize:
                build_normalize_tab(page, search, normalize, key)
            with gr.Tab("Calibrate", id="calibrate"):
                build_calibrate_tab(page, key)
            with gr.Tab("Learn", id="learn") as learn:
                build_learn_tab(page, learn)
        state = gr.HTML(LOADING, apply_default_css=False, elem_id="model-state")

        def _ui_open() -> str:
            return page.sessions.new_key()

        def _ui_ready() -> str:
            page.sample()
            return READY

        blocks.load(_ui_open, None, key, api_visibility="private").then(
            _ui_ready, None, state, api_visibility="private", show_progress="hidden"
        )
    return blocks
