"""Work that takes its time: its button rests meanwhile, progress shows, Cancel stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

import search_core as sc
from search_ui.page import Page
from search_ui.server import turns
from search_ui.wording import error_notice, notice

STOPPED = notice("Stopped; nothing was changed.")
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
QUICK: dict[str, Any] = {**PRIVATE, "show_progress": "hidden"}
HEAVY: dict[str, Any] = {**PRIVATE, **turns.HEAVY}

Updates = tuple[Any, ...]


def connect_work(
    page: Page,
    key: gr.State,
    triggers: Sequence[Callable[..., Any]],
    buttons: Sequence[gr.Button],
    cancel: gr.Button,
    work: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    progress_on: Any,
) -> list[gr.events.Dependency]:
    """Run `work` on any of the triggers, two at once on the whole server at most.

    Parameters
    ----------
    page, key:
        What all tabs share, and the key of the visitor's session, whose Cancel stops the work.
    triggers, buttons:
        What starts it, and the buttons that rest while it runs.
    cancel:
        The button that stops it, seen only while it runs.
    work, inputs, outputs:
        An event as gradio takes it.
    progress_on:
        The part over which progress shows.

    Returns
    -------
    list of Dependency
        The end of the work, for each trigger.
    """

    def _ui_begin(visitor: str) -> Updates:
        page.sessions.of(visitor).begin()
        return *[gr.update(interactive=False)] * len(buttons), gr.update(visible=True)

    def _ui_end() -> Updates:
        return *[gr.update(interactive=True)] * len(buttons), gr.update(visible=False)

    def _ui_cancel(visitor: str) -> None:
        page.sessions.of(visitor).stopping.set()

    parts = [*buttons, cancel]
    cancel.click(_ui_cancel, key, None, queue=False, **QUICK)
    return [
        trigger(_ui_begin, key, parts, queue=False, trigger_mode="once", **QUICK)
        .then(work, inputs, outputs, show_progress_on=progress_on, **HEAVY)
        .then(_ui_end, None, parts, queue=False, **QUICK)
        for trigger in triggers
    ]


def within(low: float, high: float) -> str:
    """Return JavaScript that brings the first input, a number half typed or gone, into a range."""
    return f"(value, ...rest) => [Math.min({high}, Math.max({low}, value ?? {low})), ...rest]"


def told(fault: Exception) -> str:
    """Return what stopped the work as a notice."""
    return error_notice(fault) if isinstance(fault, sc.SearchCoreError) else STOPPED
