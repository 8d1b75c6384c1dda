"""Normalize: the same hits under every reading, and where each misleads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr

import search_core as sc
from search_ui.links import keep, press
from search_ui.readings_view import (
    NONSENSE,
    card_html,
    comparison_html,
    crowd_html,
    depths_html,
    read_every_way,
    readings_html,
)
from search_ui.rendering import error_notice
from search_ui.search_view import check_query
from search_ui.tabs.events import heading, html_part
from search_ui.tabs.search import WAITING, SearchTab, fill, question_row
from search_ui.visits import Page
from search_ui.workspace import Workspace

READINGS = [(record.label, name) for name, record in sc.NORMALIZERS.items()]
FIRST_READING = "minmax"
SECOND_QUERY = "A canine plays"
LOADING = '<p class="ss soft">The readings appear as soon as the model is loaded.</p>'


@dataclass(frozen=True)
class NormalizeTab:
    """The parts of the tab that links read or set: its question, and the reading explained."""

    query: gr.Textbox
    chosen: gr.Dropdown


@dataclass(frozen=True)
class _Parts:
    """What a reading fills, from top to bottom."""

    problem: gr.HTML
    table: gr.HTML
    card: gr.HTML
    depths: gr.HTML
    crowd: gr.HTML
    compared: gr.HTML


def build_normalize_tab(page: Page, search: SearchTab, tab: gr.Tab, key: gr.State) -> NormalizeTab:
    """Lay out the tab and connect its events."""
    query, read = question_row(page.opening.query, "Read", "normalize-query", "read")
    with gr.Row(elem_classes="chips"):
        nonsense = gr.Button("ask nonsense instead", size="sm", min_width=0, elem_id="nonsense")
    problem = gr.HTML(visible=False, apply_default_css=False, elem_id="normalize-problem")
    table = html_part(LOADING, "readings")
    chosen = gr.Dropdown(
        READINGS, value=FIRST_READING, label="Explain this reading", elem_id="normalizer"
    )
    card = html_part(elem_id="reading-card")
    depths = html_part(elem_id="stability")
    crowd = html_part(elem_id="crowd")
    other, compare, compared = _lay_out_comparison()
    parts = _Parts(problem, table, card, depths, crowd, compared)

    def _ui_read(
        text: str, second: str, k: float, name: str, visitor: str | None
    ) -> Iterator[list[object]]:
        if page.is_loading:
            yield [gr.update(value=WAITING, visible=True), *[gr.skip()] * 5]
        yield _read(page.workspace(visitor), (text, second), int(k), name)

    gr.on(
        (read.click, query.submit, chosen.input, compare.click, other.submit), _ui_read,
        [query, other, search.k, chosen, key], list(vars(parts).values()),
        js=keep("q", "", "k", "norm"), trigger_mode="always_last", api_visibility="private",
        show_progress="hidden",
    )  # fmt: skip
    fill(nonsense, query, NONSENSE, "read")
    taken = tab.select(None, search.query, query, js="text => text", api_visibility="private")
    taken.then(None, None, None, js=press("read"), api_visibility="private")
    return NormalizeTab(query, chosen)


def _lay_out_comparison() -> tuple[gr.Textbox, gr.Button, gr.HTML]:
    heading(
        "The same score under another query",
        "One query scores everything high, another everything low. Ask a second one.",
        is_section=True,
    )
    other, compare = question_row(SECOND_QUERY, "Compare", "second-query", "compare")
    return other, compare, html_part(elem_id="compared")


def _read(workspace: Workspace, queries: tuple[str, str], k: int, chosen: str) -> list[object]:
    """Return what every part of the tab shows; an error leaves them as they are."""
    try:
        shown = _shown(workspace.engine, queries, k, chosen)
        return [gr.update(value="", visible=False), *shown]
    except sc.SearchCoreError as error:
        return [gr.update(value=error_notice(error), visible=True), *[gr.skip()] * 5]


def _shown(
    engine: sc.SearchEngine, queries: tuple[str, str], k: int, chosen: str
) -> tuple[str, ...]:
    query, second = queries
    check_query(query)
    readings = read_every_way(engine, query, k)
    return (
        readings_html(readings, read_every_way(engine, NONSENSE, k), chosen),
        card_html(sc.NORMALIZERS[chosen], readings),
        depths_html(engine, query),
        crowd_html(engine, query, k),
        _compared(engine, query, second),
    )


def _compared(engine: sc.SearchEngine, query: str, second: str) -> str:
    try:
        check_query(second)
        return comparison_html(engine, query, second)
    except sc.SearchCoreError as error:
        return error_notice(error)
