"""The threshold as something to drag: what it does to the labels, while it moves."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import notice, render
from search_ui.tabs.events import QUICK, Updates, html_part, unfolding, within
from search_ui.views.sides import EVEN, Sides
from search_ui.visit.threshold_sides import sides_of
from search_ui.visit.visits import Page

BEGIN_IF_OPEN = "() => dragging.begin()"
"""Begins anew at the threshold in force, where the part is unfolded."""


@dataclass(frozen=True)
class SidesPart:
    """The slider, what it does, and the unseen button that begins at the threshold in force.

    The button is to be rendered outside of all that is hidden and shown: shown again, such a part
    shows the unseen ones in it, too.
    """

    value: gr.Slider
    shown: gr.HTML
    begin: gr.Button


def lay_out() -> SidesPart:
    """Lay out what unfolds; it is filled when it is."""
    with unfolding("Drag the threshold", "drag"):
        value = gr.Slider(
            0.0, 1.0, value=EVEN, step=0.01, label="Show from this prediction on",
            elem_id="dragged", buttons=[],
        )  # fmt: skip
        shown = html_part(elem_id="sides")
    return SidesPart(value, shown, gr.Button(visible="hidden", elem_id="begin-drag", render=False))


def connect(page: Page, key: gr.State, part: SidesPart, threshold: gr.HTML) -> None:
    """Let the slider show what a threshold does; it begins at the one that `threshold` shows."""

    def _ui_begin_drag(visitor: str) -> Updates:
        try:
            sides = sides_of(page.workspace(visitor), None)
        except sc.CalibrationError as fault:
            return gr.skip(), notice(str(fault))
        return sides.value, sides_html(sides)

    def _ui_drag(value: float, visitor: str) -> Markup:
        try:
            return sides_html(sides_of(page.workspace(visitor), value))
        except sc.CalibrationError as fault:
            return notice(str(fault))

    part.begin.click(
        _ui_begin_drag, key, [part.value, part.shown], trigger_mode="always_last", **QUICK
    )
    threshold.change(None, None, None, js=BEGIN_IF_OPEN, **QUICK)
    gr.on(
        (part.value.input, part.value.release), _ui_drag, [part.value, key], part.shown,
        js=within(0, 1), trigger_mode="always_last", **QUICK,
    )  # fmt: skip


def sides_html(sides: Sides) -> Markup:
    """Return the counts, what has changed sides, and the labels nearest to the threshold."""
    return render("calibrate_sides.html", sides=sides)
