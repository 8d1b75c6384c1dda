"""Puts the page together."""

from __future__ import annotations

from concurrent.futures import Future
from importlib.resources import files

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.api.functions import Api, Function
from search_ui.api.store import StoreApi
from search_ui.api.tools import publish
from search_ui.charts import chart_css
from search_ui.links import (
    GO_BACK,
    READ_IF_OPEN,
    TABS,
    Link,
    follow,
    press,
    read_link,
)
from search_ui.rendering import error_notice, render
from search_ui.sample import Sample, read_shared
from search_ui.server.address import repository
from search_ui.server.queue_limits import limit_events
from search_ui.server.sharing import TITLE
from search_ui.tabs.calibrate.tab import build_calibrate_tab
from search_ui.tabs.compare import build_compare_tab
from search_ui.tabs.doors import build_doors, connect_doors
from search_ui.tabs.dropped import build_drop
from search_ui.tabs.events import PRIVATE, html_part
from search_ui.tabs.learn import build_learn_tab
from search_ui.tabs.normalize import FIRST_READING, NormalizeTab, build_normalize_tab
from search_ui.tabs.number import NumberTab, build_number_tab
from search_ui.tabs.own_texts import RESUME, broken_off
from search_ui.tabs.search import SearchTab, build_search_tab, own_question
from search_ui.tabs.store import build_store_tab
from search_ui.tabs.visit import connect_visit, lay_out_visit
from search_ui.views.number import OTHER_MODEL, opening_question, title_html
from search_ui.views.store import ServedStore
from search_ui.visit.visits import Page, Visits

LOADING = "The model is loading; this example is stored."
READY = "The model is ready."


def build(loading: Future[Sample], store: ServedStore | None = None) -> gr.Blocks:
    """Return the page; it can be served while the sample is still loading.

    With a store, its search is the first tab.
    """
    shared = read_shared(loading)
    return lay_out(Page(shared, Visits(shared)), store)


def lay_out(page: Page, store: ServedStore | None = None) -> gr.Blocks:
    """Put the tabs together."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(60, 1800)) as blocks:
        visit = lay_out_visit()
        key = gr.State()  # how long a visit lasts is for `visits` to say
        key.value = page.visits.new_key  # called for each visitor, also one of an earlier server
        asked = opening_question(page.shared.hills)
        html_part(render("header.html"), elem_id="header")
        build_drop()
        title = gr.HTML(title_html(asked.number), apply_default_css=False, elem_id="title")
        opened_on = "store" if store else None
        with gr.Tabs(selected=opened_on, overflow_behavior="wrap", elem_id="tabs") as tabs:
            if store:
                with gr.Tab("Your store", id="store"):
                    build_store_tab(store)
            with gr.Tab("Your number", id="number"):
                number = build_number_tab(page, title, asked)
                build_doors()
            with gr.Tab("Search", id="search") as search_tab:
                search = build_search_tab(page, search_tab, key)
            with gr.Tab("Normalize", id="normalize") as normalize_tab:
                normalize = build_normalize_tab(page, search, normalize_tab, key)
            with gr.Tab("Calibrate", id="calibrate") as calibrate_tab:
                calibrate = build_calibrate_tab(page, calibrate_tab, key)
            with gr.Tab("Compare", id="compare") as compare_tab:
                build_compare_tab(page, compare_tab, key)
            with gr.Tab("Learn", id="learn") as learn_tab:
                build_learn_tab(page, learn_tab)
        state = html_part(_model_state(LOADING), elem_id="model-state")
        html_part(
            render("foot.html", version=sc.__version__, repository=repository()), elem_id="foot"
        )
        connect_doors(calibrate)
        blocks.load(None, None, None, js="() => attend()", **PRIVATE)
        _say_when_ready(page, blocks, state)
        opened = connect_visit(page, blocks, visit, key)
        _follow_links(page, opened, key, tabs, number, search, normalize)
        publish(functions_of(page.shared.loading, store))
    limit_events(blocks)
    return blocks


def functions_of(loading: Future[Sample], store: ServedStore | None = None) -> tuple[Function, ...]:
    """Return every function that programs may call."""
    return (*Api(loading).functions(), *(StoreApi(store).functions() if store else ()))


def _model_state(state: str) -> Markup:
    return render("model_state.html", state=state)


def _say_when_ready(page: Page, blocks: gr.Blocks, state: gr.HTML) -> None:
    def _ui_ready() -> str:
        try:
            page.sample()
        except sc.SearchCoreError as error:
            return error_notice(error)
        return _model_state(READY)

    blocks.load(_ui_ready, None, state, show_progress="hidden", **PRIVATE)


def _follow_links(
    page: Page,
    opened: gr.events.Dependency,
    key: gr.State,
    tabs: gr.Tabs,
    number: NumberTab,
    search: SearchTab,
    normalize: NormalizeTab,
) -> None:
    """Fill the fields as the link says; then note in the address what the visitor does.

    `opened` is the event after which the visit is known, so that its own texts are asked.
    """
    models = [*(each.model for each in page.shared.hills), OTHER_MODEL]

    def _ui_restore(visitor: str, request: gr.Request) -> tuple[object, ...]:
        link = read_link(request.query_params, models)
        query = link.query or own_question(page.workspace(visitor))
        tab = gr.skip() if link.tab is None else gr.update(selected=link.tab)
        written = None if link.number is None else f"{link.number:.15g}"
        of_number = (written, link.engine, link.model)
        fields = (query, query, link.k, link.norm, *of_number)
        filled = (gr.skip() if value is None else value for value in fields)
        return (*filled, tab, *broken_off(page, visitor))

    first = opening_question(page.shared.hills)
    opening = Link(
        page.opening.query, len(page.opening.hits), TABS[0], FIRST_READING,
        first.number, first.engine, first.model,
    )  # fmt: skip
    of_number = [number.score, number.engine, number.model]
    asked = [search.query, search.k, normalize.chosen, *of_number]
    fields = [search.query, normalize.query, search.k, normalize.chosen, *of_number, tabs]
    texts = search.texts
    restored = opened.then(
        _ui_restore, key, [*fields, texts.pasted, texts.is_waiting],
        show_progress="hidden", queue=False, **PRIVATE,
    )  # fmt: skip
    followed = restored.then(None, asked, None, js=follow(opening), **PRIVATE)
    followed.then(None, texts.is_waiting, None, js=RESUME, **PRIVATE)
    back = gr.Button(visible="hidden", elem_id="go-back")
    returned = back.click(None, None, fields, js=GO_BACK, **PRIVATE)
    for script in (press("ask"), press("tell"), READ_IF_OPEN):
        returned.then(None, None, None, js=script, **PRIVATE)


PLEX_SANS = gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700))
PLEX_MONO = gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700))


def theme() -> gr.themes.Base:
    """Return the theme: indigo on slate, IBM Plex as the framework ships it, no other host."""
    return gr.themes.Base(
        primary_hue="indigo",
        neutral_hue="slate",
        font=[PLEX_SANS, "sans-serif"],
        font_mono=[PLEX_MONO, "monospace"],
    ).set(
        body_background_fill="#f8fafc",
        body_background_fill_dark="#0b1220",
        block_background_fill="#ffffff",
        block_background_fill_dark="#111a2c",
        block_border_color="#e2e8f0",
        block_border_color_dark="#27334a",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_500",
        block_info_text_color_dark="*neutral_400",
        input_background_fill="#ffffff",
        input_background_fill_dark="#0f172a",
        input_background_fill_focus="#ffffff",
        input_background_fill_focus_dark="#0f172a",
        input_border_color="#cbd5e1",
        input_border_color_dark="#3b4a64",
        input_border_color_focus="#4338ca",
        input_border_color_focus_dark="#a5b4fc",
        input_border_width="1px",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="#4338ca",
        button_primary_background_fill_hover="#3730a3",
        button_primary_background_fill_dark="#4338ca",
        button_primary_background_fill_hover_dark="#4f46e5",
        button_primary_text_color="#ffffff",
        button_large_radius="10px",
        button_small_radius="10px",
        block_radius="12px",
        input_radius="10px",
    )


def head() -> str:
    """Return what stands in the page's head: our CSS, after the framework's, and our scripts."""
    css, *scripts = (
        files("search_ui").joinpath(name).read_text(encoding="utf-8")
        for name in ("page.css", "page.js", "hills.js")
    )
    script = "".join(f"<script>{each}</script>" for each in scripts)
    return (
        f'<style>{css}{chart_css()}</style>{script}<meta name="color-scheme" content="light dark">'
    )
