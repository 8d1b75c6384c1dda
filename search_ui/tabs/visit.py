"""The visit as the browser knows it: a reload finds it again, and what is lost is named.

The visit's key stands in the session storage of the browser's tab: never in the address, and gone
with the tab. A tab that is duplicated takes a copy along, and both then share one visit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from search_ui.rendering import render
from search_ui.tabs.events import LOOK_AFTER, PRIVATE, html_part
from search_ui.visit.visits import Page

KEY = "(_memo, key) => [visit.open(), key]"
"""Puts the key that the browser holds in place of an event's first input."""

NOTE = "(memo) => visit.note(memo)"
"""Notes what the server holds, and names what it has lost."""


@dataclass(frozen=True)
class VisitParts:
    """What the visit needs of the page, all unseen but for the banner.

    Attributes
    ----------
    memo:
        What the browser keeps, as JSON: the key, the visit's name, and what was brought.
    look:
        Asks what the server holds now.
    """

    memo: gr.Textbox
    look: gr.Button


def lay_out_visit() -> VisitParts:
    """Lay out the banner for what is lost, at the top of the page."""
    html_part(render("gone.html"), "gone")
    return VisitParts(
        gr.Textbox("", visible="hidden"), gr.Button(visible="hidden", elem_id=LOOK_AFTER)
    )


def connect_visit(
    page: Page, blocks: gr.Blocks, parts: VisitParts, key: gr.State
) -> gr.events.Dependency:
    """Let a visit begin, or go on after a reload; call it outside of all tabs.

    Returns
    -------
    Dependency
        The event after which the key is that of the visit.
    """

    def _ui_visit(kept: str | None, visitor: str) -> tuple[str, str]:
        # Only a key that the server holds is taken from a browser: nobody can choose another's.
        goes_on = not page.visits.name_of(visitor) and page.visits.name_of(kept)
        mine = str(kept) if goes_on else visitor
        return mine, _memo(page, mine)

    event: dict[str, Any] = {
        "fn": _ui_visit, "inputs": [parts.memo, key], "outputs": [key, parts.memo], "js": KEY,
        "queue": False, "show_progress": "hidden", **PRIVATE,
    }  # fmt: skip
    opened, looked = blocks.load(**event), parts.look.click(**event)
    noted = opened.then(None, parts.memo, None, js=NOTE, **PRIVATE)
    looked.then(None, parts.memo, None, js=NOTE, **PRIVATE)
    return noted


def _memo(page: Page, key: str) -> str:
    brought = page.workspace(key).brought
    return json.dumps({"key": key, "visit": page.visits.name_of(key), "brought": brought})
