"""Three ways in, beneath the first view: own texts, own scores, and no labels yet."""

from __future__ import annotations

from typing import Any

import gradio as gr

from search_ui.rendering import render
from search_ui.tabs.calibrate.tab import CalibrateTab
from search_ui.tabs.events import PRIVATE, html_part

READ_ONCE_DRAWN = "async () => (await drawn('#read-labels')).click()"
"""Reads the labels of the form, which the framework draws when it is first opened."""


def build_doors() -> None:
    """Lay out the three doors; `connect_doors` says where they lead."""
    html_part(render("doors.html"), "doors")


def connect_doors(calibrate: CalibrateTab) -> None:
    """Let two buttons, unseen, open the first step of Calibrate; call it outside of all tabs.

    One opens the form for scores alone, for the door. The other reads the labels that were given in
    Search, for the line that counts them.
    """
    form: list[Any] = [calibrate.path, calibrate.labels.source]
    scores, labels = (
        gr.Button(visible="hidden", elem_id=name) for name in ("open-scores", "fit-hit-labels")
    )
    scores.click(None, None, form, js=_open_form("scores"), **PRIVATE)
    opened = labels.click(None, None, form, js=_open_form("search"), **PRIVATE)
    opened.then(None, None, None, js=READ_ONCE_DRAWN, **PRIVATE)


def _open_form(source: str) -> str:
    """Return the script that opens Calibrate and chooses where the labels come from."""
    return (
        '() => { openTab("calibrate"); '
        f'return [{{ __type__: "update", selected: "labels" }}, "{source}"]; }}'
    )
