"""The box for a visitor's own unrelated questions, which scores are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

import search_core as sc
from search_ui.links import press
from search_ui.rendering import count, notice, render
from search_ui.tabs.events import (
    FAULTS,
    QUICK,
    cancel_button,
    connect_work,
    ended,
    html_part,
)
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace


@dataclass(frozen=True)
class UnrelatedBox:
    """The box.

    Attributes
    ----------
    questions:
        The field, a question per line.
    use, cancel:
        The button that takes them, and the one that stops the work.
    """

    questions: gr.Textbox
    use: gr.Button
    cancel: gr.Button


def lay_out_unrelated() -> UnrelatedBox:
    """Lay out what unfolds."""
    questions = gr.Textbox(
        lines=5, max_lines=10, label="50 or more questions that your texts don’t answer, one per "
        "line", placeholder="How long does a parcel take?\nWho painted the ceiling?",
        elem_id="unrelated-questions",
    )  # fmt: skip
    html_part(render("unrelated_what_for.html"))
    with gr.Row(elem_classes="buttons"):
        use = gr.Button("Compare with these", elem_id="use-unrelated", scale=0, min_width=200)
        cancel = cancel_button("cancel-unrelated")
    return UnrelatedBox(questions, use, cancel)


def connect_unrelated(page: Page, box: UnrelatedBox, state: gr.HTML, key: gr.State) -> None:
    """Let the visitor's collection be compared with the questions, and ask once more.

    Parameters
    ----------
    page, box, key:
        What all tabs share, the box, and the key of the visit.
    state:
        Says what became of the questions.
    """

    def _ui_use_unrelated(
        text: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> str:  # fmt: skip
        work = str(box.cancel.elem_id)
        page.visits.progress(visitor, work, progress)
        try:
            before = page.workspace(visitor)
            questions = read_unrelated(text)
            engine = compared(before, questions)
            now = page.visits.finish(
                visitor, work, before, ("model", "collection"),
                lambda now: now.with_unrelated(questions, engine),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault)
        return notice(taken_words(now), "done")

    (done,) = connect_work(
        page, key, [box.use.click], [box.use], box.cancel, _ui_use_unrelated,
        [box.questions, key], state, state,
    )  # fmt: skip
    done.then(None, None, None, js=press("ask"), **QUICK)


def read_unrelated(text: str) -> tuple[str, ...] | None:
    """Read questions, one per line; None for an empty field, which brings back the shipped ones.

    Raises
    ------
    InputError
        There are fewer than 50, or more than a public page takes.
    """
    if not text.strip():
        return None
    lines = text.splitlines()
    if len(lines) > sc.PUBLIC.background_queries:
        raise sc.InputError(
            f"{len(lines):,} unrelated questions were given; at most "
            f"{sc.PUBLIC.background_queries:,} are taken here, so leave some out."
        )
    return sc.UnrelatedQuestions.given(lines).questions


def compared(workspace: Workspace, questions: tuple[str, ...] | None) -> sc.SearchEngine | None:
    """Return the visitor's collection, compared with the questions; None where there is none."""
    if workspace.own_engine is None:
        return None
    engine = workspace.own_engine.compared_with(questions)
    engine.background(engine.corpus.texts[0])  # so that the next question does not wait for it
    return engine


def taken_words(workspace: Workspace) -> str:
    """Say what scores are compared with from now on."""
    if workspace.unrelated is None:
        return "Scores are compared with the unrelated questions that come with the page."
    questions = count(len(workspace.unrelated), "unrelated question")
    if workspace.own_engine is None:
        return f"{questions} kept. They are used once you search texts of your own."
    return f"Scores are now compared with your {questions}."
