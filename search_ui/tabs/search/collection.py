"""Which texts are searched: the sample, pasted lines or a file."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

import search_core as sc
from search_ui.page import Page
from search_ui.tabs.events import FAULTS, QUICK, connect_work, ended, received
from search_ui.wording import count, notice
from search_ui.workspace import Workspace

KINDS = [("The sample", "sample"), ("Paste texts", "paste"), ("A file", "file")]
PRIVACY = (
    '<p class="ss soft">Your texts stay in memory, in this visit alone: no other visitor sees '
    "them, and they are gone half an hour after your last click.</p>"
)


@dataclass(frozen=True)
class CollectionForm:
    """The fields, the two buttons and the line beneath them; and whether own texts are in use."""

    kind: gr.Radio
    pasted: gr.Textbox
    upload: gr.File
    private: gr.HTML
    use: gr.Button
    cancel: gr.Button
    state: gr.HTML
    own: gr.Checkbox


def build_collection(page: Page, key: gr.State) -> tuple[gr.events.Dependency, gr.Checkbox]:
    """Lay out the form and connect its events.

    Returns
    -------
    tuple
        The event that a new collection is; and a box, unseen, that is ticked while the visitor's
        own texts are in use. The browser holds it, so that it outlives what the server forgets.
    """
    form = _lay_out()

    def _ui_show_fields(chosen: str) -> tuple[object, object, object]:
        return (
            gr.update(visible=chosen == "paste"),
            gr.update(visible=chosen == "file"),
            gr.update(visible=chosen != "sample"),
        )

    def _ui_use(
        chosen: str, text: str, path: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> tuple[str, bool]:  # fmt: skip
        step = page.visits.progress(visitor, str(form.cancel.elem_id), progress)
        try:
            content = received(page, visitor, "collection", path)
            before = page.workspace(visitor)
            engine = embedded(before, chosen, text, content, step)
            now = page.visits.finish(
                visitor, before, ("model", "collection"), lambda now: now.with_collection(engine)
            )
            done = notice(in_use_words(now), "done")
        except FAULTS as fault:
            done = ended(fault)
        return done, not page.workspace(visitor).is_on_sample

    form.kind.change(_ui_show_fields, form.kind, [form.pasted, form.upload, form.private], **QUICK)
    inputs, outputs = [form.kind, form.pasted, form.upload, key], [form.state, form.own]
    (used,) = connect_work(
        page, key, [form.use.click], [form.use], form.cancel, _ui_use, inputs, outputs, form.state
    )
    return used, form.own


def _lay_out() -> CollectionForm:
    kind = gr.Radio(KINDS, value="sample", label="Collection", elem_id="collection-kind")
    pasted = gr.Textbox(
        lines=6, label="Your texts, one a line", visible=False, elem_id="pasted",
        placeholder="The cat sat on the mat.\nThe dog chased the ball.",
    )  # fmt: skip
    upload = gr.File(
        label="A CSV or JSON Lines with text and perhaps id, or one text a line",
        file_types=[".csv", ".tsv", ".txt", ".jsonl", ".json"],
        visible=False, elem_id="collection-file", height=140,
    )  # fmt: skip
    private = gr.HTML(PRIVACY, apply_default_css=False, visible=False)
    with gr.Row(elem_classes="buttons"):
        use = gr.Button("Use this collection", variant="primary", elem_id="use-collection")
        cancel = gr.Button("Cancel", visible=False, elem_id="cancel-collection")
    state = gr.HTML(apply_default_css=False, elem_id="collection-state")
    own = gr.Checkbox(visible="hidden")
    return CollectionForm(kind, pasted, upload, private, use, cancel, state, own)


def embedded(
    workspace: Workspace, chosen: str, text: str, content: bytes | None, progress: sc.Progress
) -> sc.SearchEngine | None:
    """Read and embed the chosen collection; None for the sample.

    Raises
    ------
    CorpusError
        Nothing was given, or it cannot be read, or it is larger than a public page takes.
    """
    if chosen == "sample":
        return None
    encoder = workspace.sample.encoder
    corpus = sc.check_tokens(_read(chosen, text, content), encoder, sc.PUBLIC)
    engine = sc.SearchEngine.build(
        corpus, encoder=encoder, progress=progress, known=workspace.own_engine
    )
    engine.background(corpus.texts[0])  # so that the first question does not wait for it
    return engine


def in_use_words(workspace: Workspace) -> str:
    """Say which collection is in use, and how it was read."""
    if workspace.is_on_sample:
        return "The sample collection is in use."
    corpus = workspace.engine.corpus
    return " ".join([f"{count(len(corpus), 'document')} embedded and in use.", *corpus.notes])


def _read(chosen: str, text: str, content: bytes | None) -> sc.Corpus:
    if chosen == "file":
        if content is None:
            raise sc.CorpusError("No file was chosen; choose a CSV with a column text.")
        return sc.read_corpus(content, limits=sc.PUBLIC)
    if not (text or "").strip():
        raise sc.CorpusError("Nothing was pasted; write at least one text, one a line.")
    return sc.read_corpus(text.encode(), limits=sc.PUBLIC)
