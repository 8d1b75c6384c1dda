"""The form for a visitor's own texts: a drop zone and a field, and the way back to the sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

import search_core as sc
from search_ui.rendering import count, notice, render
from search_ui.suggestions import first_question
from search_ui.tabs.events import (
    FAULTS,
    QUICK,
    Updates,
    cancel_button,
    connect_work,
    ended,
    html_part,
    is_of_queries,
    received,
    shown_where_skippable,
    skip_button,
)
from search_ui.visit.visits import Page
from search_ui.visit.work import Upload
from search_ui.visit.workspace import Workspace

EMBEDDING = "cancel-collection"
"""Names the work on a visitor's texts: the id of the button that stops it."""

OF_QUERIES = (
    "This file holds queries and their ids, and no texts to search them in. For a fit, choose it "
    "with the documents and the qrels under Calibrate, Labels; if these are the texts to search, "
    "give the file another name and its ids the name 'id'."
)
"""What is said of queries that are to be embedded as a collection."""

SHOW_ANSWER = "(isTaken, question) => { if (isTaken) showAnswer(question); }"
"""Folds the form and asks the question, which stands in the field by then."""


@dataclass(frozen=True)
class OwnTexts:
    """The form.

    Attributes
    ----------
    upload, pasted:
        The drop zone, and the field for texts.
    use, skip, cancel:
        The button that takes them, the one that takes a file without its faulty rows, and the one
        that stops the work.
    resume, is_waiting:
        Unseen: the button that embeds what a reload broke off, and whether there is such work.
    """

    upload: gr.File
    pasted: gr.Textbox
    use: gr.Button
    skip: gr.Button
    cancel: gr.Button
    resume: gr.Button
    is_waiting: gr.Checkbox


def lay_out_form() -> OwnTexts:
    """Lay out what unfolds."""
    with gr.Row(elem_classes="two"):
        pasted = gr.Textbox(
            lines=6, max_lines=12, label="One text per line", elem_id="pasted", min_width=280,
            placeholder="The cat sat on the mat.\nThe dog chased the ball.",
        )  # fmt: skip
        upload = gr.File(
            label="A table with a text column, JSON, or one text per line",
            file_types=[".csv", ".tsv", ".txt", ".jsonl", ".json"],
            elem_id="collection-file", height=190, min_width=280,
        )  # fmt: skip
    html_part(render("own_texts_privacy.html"))
    with gr.Row(elem_classes="buttons"):
        use = gr.Button("Search my texts", variant="primary", elem_id="use-collection")
        skip = skip_button("skip-text-rows")
        cancel = cancel_button(EMBEDDING)
    resume = gr.Button(visible="hidden", elem_id="resume-texts")
    return OwnTexts(upload, pasted, use, skip, cancel, resume, gr.Checkbox(False, visible="hidden"))


RESUME = "(isWaiting) => { if (isWaiting) resumeTexts(); }"
"""Embeds what a reload broke off, with its form in view."""


def broken_off(page: Page, visitor: str | None) -> Updates:
    """Return the texts for the field, and whether to embed what a reload broke off.

    What the visitor has stopped stays stopped; what was pasted stands in the field all the same.
    """
    uploads = page.workspace(visitor).uploads
    pasted, is_held = uploads.get("pasted"), "pasted" in uploads or "collection" in uploads
    is_waiting = is_held and not page.visits.is_cancelled(visitor, EMBEDDING)
    return pasted.content.decode() if pasted else gr.skip(), is_waiting


def connect_form(
    page: Page, form: OwnTexts, query: gr.Textbox, state: gr.HTML, key: gr.State
) -> None:
    """Let texts be embedded, and the first suggested question be asked of them.

    A file is taken as soon as it is dropped; what is pasted, at a click.

    Parameters
    ----------
    page, form, key:
        What all tabs share, the form, and the key of the visit.
    query:
        Takes the question.
    state:
        Says what became of the texts.
    """
    is_taken = gr.Checkbox(visible="hidden")
    outputs = [state, form.skip, form.pasted, form.upload, query, is_taken]
    for way in (
        _by_button(page, form, key),
        _by_file(page, form, key),
        _without_faulty_rows(page, form, key),
        _after_reload(page, form, key),
    ):
        (done,) = connect_work(
            page, key, [way.trigger], [form.use, form.skip], form.cancel, way.embed, way.inputs,
            outputs, state, way.hold,
        )  # fmt: skip
        done.then(None, [is_taken, query], None, js=SHOW_ANSWER, **QUICK)


class _Outcome(NamedTuple):
    """What is shown of the work's end, in the order of its outputs; a part not given stays."""

    state: Any = gr.skip()
    skip: Any = gr.skip()
    pasted: Any = gr.skip()
    upload: Any = gr.skip()
    query: Any = gr.skip()
    is_taken: bool = False


@dataclass(frozen=True)
class _Way:
    """A way to have texts embedded: what starts it, the work with its inputs, and what holds them.

    `hold` keeps the texts over a reload; None where they are kept already.
    """

    trigger: Callable[..., Any]
    embed: Callable[..., Updates]
    inputs: Sequence[Any]
    hold: Callable[..., None] | None = None


def _by_button(page: Page, form: OwnTexts, key: gr.State) -> _Way:
    """Embed what was pasted, or else the file."""

    def _ui_hold(text: str, path: str | None, visitor: str) -> None:
        _hold(page, visitor, text, path)

    def _ui_use(
        text: str, path: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        pasted = text.encode() if text.strip() else None
        return _take(page, lambda: pasted or _texts_of_file(page, visitor, path), visitor, progress)

    return _Way(form.use.click, _ui_use, [form.pasted, form.upload, key], _ui_hold)


def _by_file(page: Page, form: OwnTexts, key: gr.State) -> _Way:
    """Embed a file as soon as it is dropped, whatever the field holds."""

    def _ui_hold_file(path: str | None, visitor: str) -> None:
        _hold(page, visitor, "", path)

    def _ui_use_file(
        path: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        return _take(page, lambda: _texts_of_file(page, visitor, path), visitor, progress)

    return _Way(form.upload.upload, _ui_use_file, [form.upload, key], _ui_hold_file)


def _without_faulty_rows(page: Page, form: OwnTexts, key: gr.State) -> _Way:
    """Embed the other rows of a file that has faulty ones, or of a table that was pasted."""

    def _ui_use_sound_rows(
        text: str, path: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        return _take(
            page,
            lambda: _texts_of_file(page, visitor, path) if path else text.encode(),
            visitor, progress, skip_faulty=True,
        )  # fmt: skip

    return _Way(form.skip.click, _ui_use_sound_rows, [form.pasted, form.upload, key])


def _after_reload(page: Page, form: OwnTexts, key: gr.State) -> _Way:
    """Embed what a reload broke off."""

    def _ui_resume(
        visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        uploads = page.workspace(visitor).uploads
        held = uploads.get("pasted") or uploads.get("collection")
        if held is None:  # it came to its end meanwhile
            return _Outcome()
        return _take(page, lambda: _no_queries(held.path, held.content), visitor, progress)

    return _Way(form.resume.click, _ui_resume, [key])


def _take(
    page: Page, content: Callable[[], bytes | None], visitor: str, progress: gr.Progress,
    skip_faulty: bool = False,
) -> Updates:  # fmt: skip
    """Embed texts and take them into use; what is said of it, and the question to ask."""
    step = page.visits.progress(visitor, EMBEDDING, progress)
    try:
        given, before = content(), page.workspace(visitor)
        with page.visits.at_work(visitor, EMBEDDING):
            engine = embedded(before, given, step, skip_faulty=skip_faulty)
        now = page.visits.finish(
            visitor, EMBEDDING, before, ("model", "collection"),
            lambda now: now.with_collection(engine)
            .with_upload("pasted", None)
            .with_upload("collection", None),
        )  # fmt: skip
    except FAULTS as fault:
        return _Outcome(ended(fault), shown_where_skippable(fault))
    question = first_question(now.engine.corpus.texts) or gr.skip()
    done = notice(in_use_words(now), "done")
    return _Outcome(done, gr.update(visible=False), "", None, question, is_taken=True)


def _texts_of_file(page: Page, visitor: str, path: str | None) -> bytes | None:
    """Return the content of the file that was chosen.

    Raises
    ------
    InputError
        It is gone from the server, or it holds queries, which are no collection.
    """
    content = received(page, visitor, "collection", path)
    return None if path is None or content is None else _no_queries(path, content)


def _no_queries(path: str, content: bytes) -> bytes:
    """Return the content of a file, unless it holds queries: they are no collection."""
    if path and is_of_queries(path, content):
        raise sc.CorpusError(OF_QUERIES)
    return content


def _hold(page: Page, visitor: str, text: str, path: str | None) -> None:
    """Keep what was pasted, or else the file, so that a reload does not lose it."""
    pasted = Upload("", text.encode()) if text.strip() else None
    page.visits.update(visitor, lambda now: now.with_upload("pasted", pasted))
    if pasted is None:
        with suppress(sc.InputError):  # the work itself reports that the file is gone
            received(page, visitor, "collection", path)


def embedded(
    workspace: Workspace, content: bytes | None, progress: sc.Progress, *, skip_faulty: bool = False
) -> sc.SearchEngine:
    """Read and embed a visitor's texts, perhaps without the faulty rows of a file.

    Raises
    ------
    CorpusError
        Nothing was given, or it cannot be read, or it is larger than a public page takes.
    """
    if content is None:
        raise sc.CorpusError("There are no texts yet; paste at least one, or drop a file.")
    encoder = workspace.sample.encoder
    read = sc.read_corpus(content, limits=sc.PUBLIC, skip_faulty=skip_faulty)
    corpus = sc.check_tokens(read, encoder, sc.PUBLIC)
    engine = sc.SearchEngine.build(
        corpus,
        encoder=encoder,
        progress=progress,
        known=workspace.own_engine,
        background_queries=workspace.unrelated,
    )
    engine.background(corpus.texts[0])  # so that the first question does not wait for it
    return engine


def in_use_words(workspace: Workspace) -> str:
    """Say how many texts are searched, and how they were read."""
    corpus = workspace.engine.corpus
    return " ".join([f"{count(len(corpus), 'document')} embedded and in use.", *corpus.notes])
