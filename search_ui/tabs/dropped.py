"""Files dropped anywhere on the page: each is opened where it belongs."""

from __future__ import annotations

import gradio as gr
import msgspec

import search_core as sc
from search_ui.rendering import error_notice, render
from search_ui.tabs.events import QUICK, Updates, html_part
from search_ui.visit.dropped import opened

BEGUN = "() => [dropped.heads]"
"""Puts how the files begin in place of the event's input."""

OPEN = "(places) => dropped.open(places)"
"""Gives each file to the field that it belongs into."""


def build_drop() -> None:
    """Lay out what is unseen until a file is dragged over the page, and say where it goes."""
    html_part(render("dropped.html"), "drop-here")
    state = html_part(elem_id="drop-state")
    heads, places = (gr.Textbox("", visible="hidden") for _ in range(2))
    dropped = gr.Button(visible="hidden", elem_id="dropped")

    def _ui_dropped(begun: str) -> Updates:
        try:
            return "", msgspec.json.encode(opened(begun)).decode()
        except sc.InputError as fault:
            return error_notice(fault), ""

    event = dropped.click(
        _ui_dropped, heads, [state, places], js=BEGUN, queue=False, trigger_mode="always_last",
        **QUICK,
    )  # fmt: skip
    event.then(None, places, None, js=OPEN, **QUICK)
