"""Puts the page together."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import gradio as gr

import search_core as sc
from search_ui.api import add_api
from search_ui.faults import keep_faults
from search_ui.links import KEEP_QUERY, OPENED, keep_tab, read_link
from search_ui.page import Page, read_opening
from search_ui.sample import Sample
from search_ui.sessions import Sessions
from search_ui.tabs.calibrate import build_calibrate_tab
from search_ui.tabs.compare import build_compare_tab
from search_ui.tabs.learn import build_learn_tab
from search_ui.tabs.normalize import NormalizeTab, build_normalize_tab
from search_ui.tabs.result import title_html
from search_ui.tabs.search import SearchTab, build_search_tab
from search_ui.wording import error_notice

LOADING = (
    '<p class="ss"><span class="foot" role="status">The model is loading; this example is '
    "stored.</span></p>"
)
READY = (
    '<p class="ss"><span class="foot" role="status">The model is ready. Nothing you type leaves '
    "this server.</span></p>"
)


def build(loading: Future[Sample]) -> gr.Blocks:
    """Return the page; it can be served while the sample is still loading."""
    page = Page(loading, Sessions(), read_opening())
    with gr.Blocks(title="Score Sense", analytics_enabled=False, delete_cache=(60, 1800)) as blocks:
        key = gr.State(time_to_live=1800, delete_callback=lambda old: page.sessions.drop(old or ""))
        title = gr.HTML(title_html(page.opening), apply_default_css=False, elem_id="title")
        with gr.Tabs(overflow_behavior="wrap", elem_id="tabs") as tabs:
            with gr.Tab("Search", id="search") as search_tab:
                search = build_search_tab(page, title, key)
            with gr.Tab("Normalize", id="normalize") as normalize_tab:
                normalize = build_normalize_tab(page, search, normalize_tab, key)
            with gr.Tab("Calibrate", id="calibrate") as calibrate_tab:
                build_calibrate_tab(page, key)
            with gr.Tab("Compare", id="compare") as compare_tab:
                build_compare_tab(page, compare_tab, key)
            with gr.Tab("Learn", id="learn") as learn_tab:
                build_learn_tab(page, learn_tab)
        state = gr.HTML(LOADING, apply_default_css=False, elem_id="model-state")
        _open(page, blocks, key, state)
        _restore_link(blocks, tabs, search, normalize)
        _keep_questions(search, normalize)
        for tab in (search_tab, normalize_tab, calibrate_tab, compare_tab, learn_tab):
            tab.select(None, None, None, js=keep_tab(str(tab.id)), api_visibility="private")
        add_api(page)
    keep_faults(blocks)
    return blocks


def _open(page: Page, blocks: gr.Blocks, key: gr.State, state: gr.HTML) -> None:
    """Give a visitor their key, and say when the model is ready."""

    def _ui_open() -> str:
        return page.sessions.new_key()

    def _ui_ready() -> str:
        try:
            page.sample()
        except sc.SearchCoreError as error:
            return error_notice(error)
        return READY

    blocks.load(_ui_open, None, key, api_visibility="private", queue=False)
    blocks.load(_ui_ready, None, state, api_visibility="private", show_progress="hidden")


def _restore_link(
    blocks: gr.Blocks, tabs: gr.Tabs, search: SearchTab, normalize: NormalizeTab
) -> None:
    """Fill the fields as the link says, and ask its question."""

    def _ui_restore(request: gr.Request) -> tuple[object, ...]:
        link = read_link(request.query_params)
        tab = gr.skip() if link.tab is None else gr.update(selected=link.tab)
        fields = (link.query, link.query, link.k, link.norm)
        return (*(gr.skip() if value is None else value for value in fields), tab)

    def _ui_ask(
        text: str, k: float, visitor: str | None, request: gr.Request
    ) -> Iterator[tuple[object, ...]]:
        if read_link(request.query_params).query is None:
            yield gr.skip(), gr.skip(), gr.skip()
        else:
            yield from search.asking["fn"](text, k, visitor)

    fields = [search.query, normalize.query, search.k, normalize.chosen, tabs]
    restored = blocks.load(
        _ui_restore, None, fields, api_visibility="private", show_progress="hidden", queue=False
    )
    restored.then(None, None, None, js=OPENED, api_visibility="private")
    restored.then(**search.asking | {"fn": _ui_ask})


def _keep_questions(search: SearchTab, normalize: NormalizeTab) -> None:
    """Write into the address what was asked last, and how it is read."""
    for query, asked in ((search.query, search.asked), (normalize.query, normalize.asked)):
        for event in asked:
            event.then(
                None, [query, search.k, normalize.chosen], None, js=KEEP_QUERY,
                api_visibility="private",
            )  # fmt: skip
