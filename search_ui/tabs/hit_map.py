"""The map of an answer's hits, drawn when it is opened."""

from __future__ import annotations

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.charts import hit_map
from search_ui.rendering import error_notice, render
from search_ui.tabs.events import QUICK
from search_ui.views.hit_map import MapView, view_map
from search_ui.views.search import check_query, view_search
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace

DRAWN = "(drawn) => hitMap.show(drawn)"
"""Puts the map into the answer."""

ASKED = "(...given) => hitMap.asked(...given)"
"""Puts the question and the number of hits of the answer in place of the first two inputs."""


def connect_map(page: Page, key: gr.State) -> None:
    """Let the map be drawn when it is opened; `page.js` knows of which answer."""
    query, drawn = (gr.Textbox("", visible="hidden") for _ in range(2))
    k = gr.Number(0, visible="hidden")
    draw = gr.Button(visible="hidden", elem_id="draw-map")

    def _ui_map(asked: str, most: float, visitor: str | None) -> Markup:
        try:
            return map_html(mapped(page.workspace(visitor), asked, int(most)))
        except sc.SearchCoreError as fault:
            return error_notice(fault)

    answered = draw.click(
        _ui_map, [query, k, key], drawn, js=ASKED, trigger_mode="always_last", **QUICK
    )
    answered.then(None, drawn, None, js=DRAWN, **QUICK)


def mapped(workspace: Workspace, query: str, k: int) -> MapView:
    """Return the map of a question's hits, with the calibrator that Search shows.

    Raises
    ------
    QueryError
        The query is blank or too long, or k is no whole number of 1 or more.
    """
    check_query(query)
    calibrator = workspace.serving.in_search
    view = view_search(workspace.engine, calibrator, query, min(k, sc.PUBLIC.hits))
    return view_map(workspace.engine, view, calibrator, workspace.serving_view)


def map_html(view: MapView) -> Markup:
    """Return the map, and how to read it."""
    chart = hit_map(view.points, view.rings, view.explained, view.finding)
    return render("search_map.html", chart=chart, view=view)
