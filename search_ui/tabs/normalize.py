"""Normalize: the same hits under every reading, and where each misleads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import gradio as gr

import search_core as sc
from search_ui.links import keep, press
from search_ui.rendering import error_notice
from search_ui.tabs.events import QUICK, heading, html_part, within
from search_ui.tabs.search import WAITING, SearchTab, fill, question_row
from search_ui.views.readings import (
    DEPTHS,
    NONSENSE,
    ROWS,
    Readings,
    card_html,
    comparison_html,
    crowd_html,
    depths_html,
    more_readings_html,
    read_every_way,
    readings_html,
)
from search_ui.views.search import check_query
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace

READINGS = [(record.label, name) for name, record in sc.NORMALIZERS.items()]
FIRST_READING = "minmax"
SECOND_QUERY = "When do the clocks change?"
OPENING_DEPTH = 10  # hits that are normalized together
TEMPERATURE_INFO = (
    "Lower is sharper. 0.05 suits most sentence models, 0.01 E5, 1 the logits of a reranker."
)
WARMEST = 1000  # beyond it all shares are the same
LOADING = '<p class="ss soft">The values appear as soon as the model is loaded.</p>'


@dataclass(frozen=True)
class NormalizeTab:
    """The parts of the tab that links read or set: its question, and the reading explained."""

    query: gr.Textbox
    chosen: gr.Dropdown


@dataclass(frozen=True)
class _Asked:
    """What is read: two queries, how many hits, the reading explained, softmax's temperature."""

    query: str
    second: str
    k: int
    chosen: str
    temperature: float | None


@dataclass(frozen=True)
class _Controls:
    """What a visitor sets, from top to bottom."""

    query: gr.Textbox
    read: gr.Button
    nonsense: gr.Button
    depth: gr.Slider
    chosen: gr.Dropdown
    temperature: gr.Number
    other: gr.Textbox
    compare: gr.Button


@dataclass(frozen=True)
class _Parts:
    """What a reading fills, from top to bottom."""

    problem: gr.HTML
    table: gr.HTML
    depths: gr.HTML
    card: gr.HTML
    more: gr.HTML
    crowd: gr.HTML
    compared: gr.HTML


def build_normalize_tab(page: Page, search: SearchTab, tab: gr.Tab, key: gr.State) -> NormalizeTab:
    """Lay out the tab and connect its events."""
    controls, parts = _lay_out(page.opening.query)
    _connect_reading(page, search.k, controls, parts, key)
    _connect_depth(page, controls, parts, key)
    query = controls.query
    fill(controls.nonsense, query, NONSENSE, "read")
    taken = tab.select(None, search.query, query, js="text => text", api_visibility="private")
    taken.then(None, None, None, js=press("read"), api_visibility="private")
    return NormalizeTab(query, controls.chosen)


def _lay_out(question: str) -> tuple[_Controls, _Parts]:
    """Lay out the tab from top to bottom, with a question in its field."""
    query, read = question_row(question, "Show", "normalize-query", "read")
    with gr.Row(elem_classes="chips"):
        nonsense = gr.Button("try a nonsense query", size="sm", min_width=0, elem_id="nonsense")
    problem = gr.HTML(visible=False, apply_default_css=False, elem_id="normalize-problem")
    depth = gr.Slider(
        DEPTHS[0], DEPTHS[-1], value=OPENING_DEPTH, step=1, label="k: how many hits are normalized",
        elem_id="depth", buttons=[],
    )  # fmt: skip
    table = html_part(LOADING, "readings")
    depths = html_part(elem_id="stability")
    chosen = gr.Dropdown(READINGS, value=FIRST_READING, label="Explain", elem_id="normalizer")
    card = html_part(elem_id="reading-card")
    temperature = gr.Number(
        sc.SOFTMAX_TEMPERATURE, label="Temperature of softmax", elem_id="temperature",
        info=TEMPERATURE_INFO, step=0.01,
    )  # fmt: skip
    more = html_part(elem_id="more-readings")
    crowd = html_part(elem_id="crowd")
    other, compare, compared = _lay_out_comparison()
    controls = _Controls(query, read, nonsense, depth, chosen, temperature, other, compare)
    return controls, _Parts(problem, table, depths, card, more, crowd, compared)


def _connect_reading(
    page: Page, k: gr.Slider, controls: _Controls, parts: _Parts, key: gr.State
) -> None:
    """Read the hits of a question anew; `k` of the Search tab goes along into the address."""
    outputs = list(vars(parts).values())

    def _ui_read(
        text: str, second: str, _k: float, name: str, k: float, degree: float | None,
        visitor: str | None,
    ) -> Iterator[list[object]]:  # fmt: skip
        if page.is_loading:
            yield [gr.update(value=WAITING, visible=True), *[gr.skip()] * (len(outputs) - 1)]
        asked = _Asked(text, second, int(k), name, degree)
        yield _read(page.workspace(visitor), asked)

    gr.on(
        (
            controls.read.click, controls.query.submit, controls.chosen.input,
            controls.compare.click, controls.other.submit, controls.temperature.submit,
        ),
        _ui_read,
        [
            controls.query, controls.other, k, controls.chosen, controls.depth,
            controls.temperature, key,
        ],
        outputs, js=keep("q", "", "k", "norm"), trigger_mode="always_last",
        api_visibility="private", show_progress="hidden",
    )  # fmt: skip


def _connect_depth(page: Page, controls: _Controls, parts: _Parts, key: gr.State) -> None:
    """Read the same hits anew while k or the temperature moves."""
    moved = [parts.table, parts.depths, parts.more]

    def _ui_move_depth(
        k: float, text: str, name: str, degree: float | None, visitor: str | None
    ) -> tuple[object, ...]:
        if page.is_loading:
            return tuple([gr.skip()] * len(moved))
        try:
            readings, nonsense = _both(page.workspace(visitor).engine, text, int(k), degree)
        except sc.SearchCoreError:  # what is shown stays until query and temperature can be used
            return tuple([gr.skip()] * len(moved))
        return (
            readings_html(readings, nonsense, name),
            depths_html(page.workspace(visitor).engine, text, int(k)),
            more_readings_html(readings, nonsense, name),
        )

    asked = [controls.depth, controls.query, controls.chosen, controls.temperature, key]
    gr.on(
        (controls.depth.input, controls.depth.release), _ui_move_depth, asked, moved,
        js=within(DEPTHS[0], DEPTHS[-1]), trigger_mode="always_last", **QUICK,
    )  # fmt: skip
    controls.temperature.input(_ui_move_depth, asked, moved, trigger_mode="always_last", **QUICK)


def _lay_out_comparison() -> tuple[gr.Textbox, gr.Button, gr.HTML]:
    heading(
        "Same score, two queries",
        "A score that is common for one query can be rare for another.",
        is_section=True,
    )
    other, compare = question_row(SECOND_QUERY, "Compare", "second-query", "compare")
    return other, compare, html_part(elem_id="compared")


def _read(workspace: Workspace, asked: _Asked) -> list[object]:
    """Return what every part of the tab shows; an error leaves them as they are."""
    try:
        shown = _shown(workspace.engine, asked)
        return [gr.update(value="", visible=False), *shown]
    except sc.SearchCoreError as error:
        return [
            gr.update(value=error_notice(error), visible=True),
            *[gr.skip()] * (len(fields(_Parts)) - 1),
        ]


def _shown(engine: sc.SearchEngine, asked: _Asked) -> tuple[str, ...]:
    query, k, chosen = asked.query, asked.k, asked.chosen
    readings, nonsense = _both(engine, query, k, asked.temperature)
    return (
        readings_html(readings, nonsense, chosen),
        depths_html(engine, query, k),
        card_html(sc.NORMALIZERS[chosen], readings),
        more_readings_html(readings, nonsense, chosen),
        crowd_html(engine, query, ROWS),
        _compared(engine, query, asked.second),
    )


def _both(
    engine: sc.SearchEngine, query: str, k: int, temperature: float | None
) -> tuple[Readings, Readings]:
    """Read the first k hits of a query, and of the nonsense query, in every way."""
    check_query(query)
    if temperature is None or not 0 < temperature <= WARMEST:
        raise sc.InputError(
            f"The temperature of softmax is {'missing' if temperature is None else temperature}; "
            f"give a number above 0 and at most {WARMEST}, such as 0.05."
        )
    read = [read_every_way(engine, each, k, temperature) for each in (query, NONSENSE)]
    return read[0], read[1]


def _compared(engine: sc.SearchEngine, query: str, second: str) -> str:
    try:
        check_query(second)
        return comparison_html(engine, query, second)
    except sc.SearchCoreError as error:
        return error_notice(error)
