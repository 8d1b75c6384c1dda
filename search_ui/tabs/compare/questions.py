"""What a collection without labels is asked: a field, filled with suggestions for a new one."""

from __future__ import annotations

import gradio as gr

import search_core as sc
from search_ui.tabs.events import Updates
from search_ui.visit.comparing import judged_here, suggested_questions
from search_ui.visit.workspace import Workspace

QUESTIONS_INFO = (
    f"At most {sc.PUBLIC.trial_queries}. These are the first words of some of your texts; "
    "real questions are better."
)


def questions_field(elem_id: str) -> gr.Textbox:
    """Lay out the field, which is seen only where there are no labels."""
    return gr.Textbox(
        lines=6, max_lines=6, label="Questions, one per line", visible=False, elem_id=elem_id,
        info=QUESTIONS_INFO,
    )  # fmt: skip


def questions_updates(workspace: Workspace, known: str) -> Updates:
    """Return updates of the field, and of the fingerprint of the collection it is filled for.

    Parameters
    ----------
    workspace:
        The visitor's work.
    known:
        The fingerprint so far; what was written for the same collection stays.
    """
    if judged_here(workspace) is not None:
        return gr.update(visible=False), known
    engine = workspace.engine
    fingerprint = engine.corpus.fingerprint
    if fingerprint == known:
        return gr.update(visible=True), known
    return gr.update(visible=True, value=suggested_questions(engine)), fingerprint
