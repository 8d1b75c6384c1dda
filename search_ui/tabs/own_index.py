"""The form for a visitor's FAISS index: two drop zones and a button."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from search_ui.rendering import count, notice, render
from search_ui.suggestions import first_question
from search_ui.tabs.events import (
    FAULTS,
    QUICK,
    TABLES,
    Updates,
    cancel_button,
    connect_work,
    ended,
    html_part,
    received,
)
from search_ui.tabs.own_texts import SHOW_ANSWER
from search_ui.visit.own_index import indexed
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace


@dataclass(frozen=True)
class OwnIndex:
    """The form: the two files, and the buttons that take them and stop the work."""

    index: gr.File
    texts: gr.File
    use: gr.Button
    cancel: gr.Button


def lay_out_index_form() -> OwnIndex:
    """Lay out what unfolds."""
    with gr.Row(elem_classes="two"):
        index = gr.File(
            label="Index file, as faiss.write_index writes it", elem_id="index-file",
            file_types=[".faiss", ".index", ".bin"], height=150, min_width=280,
        )  # fmt: skip
        texts = gr.File(
            label="Its texts: in the same order, or a CSV with the ids of the index",
            file_types=[*TABLES, ".jsonl", ".json"], elem_id="index-texts",
            height=150, min_width=280,
        )  # fmt: skip
    html_part(render("own_index_what.html"))
    html_part(render("own_texts_privacy.html"))
    with gr.Row(elem_classes="buttons"):
        use = gr.Button("Search this index", variant="primary", elem_id="use-index")
        cancel = cancel_button("cancel-index")
    return OwnIndex(index, texts, use, cancel)


def connect_index_form(
    page: Page, form: OwnIndex, query: gr.Textbox, state: gr.HTML, key: gr.State
) -> None:
    """Let an index be taken with its texts, and the first suggested question be asked of them.

    Parameters
    ----------
    page, form, key:
        What all tabs share, the form, and the key of the visit.
    query:
        Takes the question.
    state:
        Says what became of the index.
    """
    is_taken = gr.Checkbox(visible="hidden")

    def _ui_use_index(
        index: str | None, texts: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        work = str(form.cancel.elem_id)
        page.visits.progress(visitor, work, progress)
        try:
            given = (
                received(page, visitor, "index", index),
                received(page, visitor, "index texts", texts),
            )
            before = page.workspace(visitor)
            engine = indexed(before, *given)
            now = page.visits.finish(
                visitor, work, before, ("model", "collection"),
                lambda now: now.with_collection(engine)
                .with_upload("index", None)
                .with_upload("index texts", None),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), *[gr.skip()] * (len(outputs) - 2), False
        question = first_question(now.engine.corpus.texts) or gr.skip()
        done = notice(_in_use_words(now), "done")
        return done, None, None, question, True

    outputs = [state, form.index, form.texts, query, is_taken]
    (done,) = connect_work(
        page, key, [form.use.click], [form.use], form.cancel, _ui_use_index,
        [form.index, form.texts, key], outputs, state,
    )  # fmt: skip
    done.then(None, [is_taken, query], None, js=SHOW_ANSWER, **QUICK)


def _in_use_words(workspace: Workspace) -> str:
    corpus = workspace.engine.corpus
    vectors = count(len(corpus), "vector")
    return " ".join([f"{vectors} of your index in use, searched exactly.", *corpus.notes])
