"""Your store: Search over a store of one's own, on the page that its owner serves."""

from __future__ import annotations

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import error_notice, render
from search_ui.tabs.events import QUICK, html_part
from search_ui.tabs.search import question_row
from search_ui.views.store import ServedStore, StoreView, view_store

FIRST_HITS = 10


def build_store_tab(store: ServedStore) -> None:
    """Lay out the tab and connect its events."""
    html_part(what_html(store), "store-what")
    query, ask = question_row("", "Search", "store-query", "store-ask")
    result = html_part(elem_id="store-result")

    def _ui_search_store(text: str) -> Markup:
        try:
            return result_html(store, view_store(store, text, FIRST_HITS))
        except sc.SearchCoreError as fault:
            return error_notice(fault)

    gr.on((ask.click, query.submit), _ui_search_store, query, result, **QUICK)


def what_html(store: ServedStore) -> Markup:
    """Return what is searched, what was drawn from it, and what cannot be done over it."""
    engine = store.engine
    return render(
        "store_what.html",
        collection=engine.sample.fingerprint,
        sampled=engine.sample.sentence,
        unrelated=engine.sample.unrelated,
        notes=engine.notes,
        calibrator=store.calibrator,
    )


def result_html(store: ServedStore, view: StoreView) -> Markup:
    """Return the hits of a query, the likeliest first."""
    return render(
        "store_result.html",
        view=view,
        hits=list(zip(view.found, view.cosines, strict=True)),
        is_calibrated=store.calibrator is not None,
        shown_characters=sc.PUBLIC.shown_characters,
    )
