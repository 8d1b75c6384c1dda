"""What the four steps share."""

from __future__ import annotations

import gradio as gr

TABLES = [".csv", ".tsv", ".txt"]
PRIVACY = (
    '<div class="ss"><p class="soft privacy">Your file stays in memory, in this visit alone, and '
    "is gone half an hour after your last click.</p></div>"
)


def html(value: str = "", elem_id: str | None = None, visible: bool = True) -> gr.HTML:
    """Lay out a part that is written in HTML."""
    return gr.HTML(value, apply_default_css=False, elem_id=elem_id, visible=visible)


def cancel_button(elem_id: str) -> gr.Button:
    """Lay out a button that is seen only while there is work to stop."""
    return gr.Button("Cancel", visible=False, elem_id=elem_id, scale=0, min_width=120)
