"""Search: ask a collection, and read the score in every usual way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.charts import strip
from search_ui.links import keep, press
from search_ui.rendering import count, error_notice, notice, render
from search_ui.search_view import SearchView, check_query, standing_among, view_search
from search_ui.tabs.events import FAULTS, QUICK, connect_work, ended, received
from search_ui.visits import Page
from search_ui.workspace import Workspace

CHIPS = (
    ("an easy one", "How do I descale a kettle?"),
    ("no shared words", "My phone runs out of power too quickly."),
    ("the crowded corner", "A feline relaxes."),
    ("no answer here", "How old was the first cat that crossed an ocean?"),
)

ELSEWHERE = (
    ("faiss-l2", "FAISS, L2"),
    ("langchain-faiss-score", "LangChain, FAISS: …_with_score"),
    ("langchain-faiss-relevance", "LangChain, FAISS: …_with_relevance_scores"),
    ("elasticsearch-cosine", "Elasticsearch, cosine"),
    ("pgvector-cosine", "pgvector <=>"),
    ("azure-cosine", "Azure AI Search"),
    ("scikit-learn-minkowski", "scikit-learn"),
)


@dataclass(frozen=True)
class SearchTab:
    """The parts of the tab that other tabs and links read or set: the question, and k."""

    query: gr.Textbox
    k: gr.Slider


def build_search_tab(page: Page, tab: gr.Tab, key: gr.State) -> SearchTab:
    """Lay out the tab, opened on a finished example, and connect its events."""
    query, ask = question_row(page.opening.query, "Search", "query", "ask")
    row, chips = _chip_row()
    with _unfolding("Your own texts, and how many hits are shown", "own"):
        k = gr.Slider(
            1,
            sc.PUBLIC.hits,
            value=len(page.opening.hits),
            step=1,
            label="Hits shown (k)",
            buttons=[],
        )
        collection = build_collection(page, key)
    problem = gr.HTML(visible=False, apply_default_css=False, elem_id="problem")
    result = gr.HTML(result_html(page.opening), apply_default_css=False, elem_id="result")
    # Held by the browser, so that they outlive what the server forgets.
    shown, current = (gr.Textbox("", visible="hidden") for _ in range(2))

    def _ui_search(text: str, most: float, visitor: str | None) -> Iterator[tuple[object, ...]]:
        if page.is_loading:
            yield gr.skip(), gr.update(value=WAITING, visible=True), *[gr.skip()] * 2
        workspace = page.workspace(visitor)
        row_shown = gr.update(visible=True if workspace.is_on_sample else "hidden")
        *answered, problem, basis = _answered(workspace, text, int(most))
        yield *answered, problem, row_shown, basis

    def _ui_basis(visitor: str | None) -> str:
        return page.workspace(visitor).basis

    # One event for all ways to ask: the last question is answered last, however fast they come.
    gr.on(
        (ask.click, query.submit, k.input), _ui_search, [query, k, key],
        [result, problem, row, shown], js=keep("q", "k"), trigger_mode="always_last",
        api_visibility="private", show_progress="hidden",
    )  # fmt: skip
    for chip, (_, question) in zip(chips, CHIPS, strict=True):
        fill(chip, query, question, "ask")
    collection.then(None, None, None, js=press("ask"), api_visibility="private")
    # What the answer rests on may have changed in another tab.
    looked = tab.select(_ui_basis, key, current, queue=False, **QUICK)
    looked.then(None, [current, shown], None, js=ASK_IF_OLD, api_visibility="private")
    return SearchTab(query, k)


ASK_IF_OLD = '(current, shown) => { if (current !== shown) press("ask"); }'
"""Asks again where the answer that is shown rests on something else than what is in use now."""

WAITING = notice("The model is still loading. Your question is asked as soon as it is ready.")


def question_row(text: str, button: str, query_id: str, button_id: str) -> tuple[Any, Any]:
    """Lay out a question and its button side by side."""
    with gr.Row(elem_classes="question"):
        query = gr.Textbox(
            text, label="Your question", show_label=False, container=False, lines=1, max_lines=1,
            placeholder="Ask the collection something", elem_classes="ask", elem_id=query_id,
            max_length=sc.PUBLIC.query_characters, scale=6, min_width=0,
        )  # fmt: skip
        ask = gr.Button(button, variant="primary", scale=0, min_width=96, elem_id=button_id)
    return query, ask


def _chip_row() -> tuple[gr.Row, list[gr.Button]]:
    with gr.Row(elem_classes="chips") as row:
        gr.HTML('<span class="ss soft">Try</span>', apply_default_css=False, min_width=0)
        return row, [gr.Button(label, size="sm", min_width=0, scale=0) for label, _ in CHIPS]


def fill(button: gr.Button, query: gr.Textbox, question: str, ask_id: str) -> None:
    """Let a button put a question into the field and ask it."""
    filled = button.click(
        None, None, query, js=f"() => {json.dumps(question)}", api_visibility="private"
    )
    filled.then(None, None, None, js=press(ask_id), api_visibility="private")


@contextmanager
def _unfolding(label: str, name: str) -> Iterator[None]:
    """Lay out a button and what it unfolds.

    It is drawn folded, with all that it holds. The framework's accordion draws its parts when it is
    opened, and a frame later resets what a quick visitor has changed in them by then.
    """
    with gr.Column(elem_id=name, elem_classes="unfolding"):
        gr.HTML(render("unfold.html", label=label), apply_default_css=False)
        with gr.Column(elem_classes="folded"):
            yield


def _answered(workspace: Workspace, text: str, k: int) -> tuple[object, ...]:
    """Return what the result and the notice above it show, and what the result rests on."""
    try:
        view = answer(workspace, text, k)
    except sc.SearchCoreError as error:
        problem = gr.update(value=error_notice(error), visible=True)
        return gr.skip(), problem, gr.skip()
    shown = result_html(view, workspace.is_on_sample)
    return shown, gr.update(value="", visible=False), workspace.basis


def answer(workspace: Workspace, query: str, k: int) -> SearchView:
    """Search the visitor's collection, or the sample, with the calibrator that counts there.

    Raises
    ------
    QueryError
        The query is blank or too long.
    """
    check_query(query)
    calibrator = workspace.serving.in_search
    grades = workspace.sample.grades if workspace.is_on_sample else {}
    view = view_search(workspace.engine, calibrator, query, k, grades)
    fit = workspace.serving_view
    is_low = view.nothing and calibrator is not None and calibrator.nothing_below is not None
    return replace(view, standing=standing_among(view, fit)) if is_low and fit else view


def result_html(view: SearchView, of_sample: bool = True) -> Markup:
    """Return the finding, the strip chart, the hits and what stands beside them.

    `of_sample` tells whether the sample was asked, of which the page knows what it cannot answer.
    """
    cosines = [hit.cosine for hit in view.hits]
    return render(
        "search_result.html",
        view=view,
        of_sample=of_sample,
        chart=strip(view.background, cosines, view.chance_cut, view.documents),
        shown_characters=sc.PUBLIC.shown_characters,
        pooling=sc.pooling_words(view.model),
        chance_words=sc.chance_words,
        elsewhere=[
            (label, sc.from_cosine(view.best.cosine, key), sc.ENGINES[key].higher_is_better)
            for key, label in ELSEWHERE
        ],
    )


KINDS = [("The sample", "sample"), ("Paste texts", "paste"), ("A file", "file")]
PRIVACY = (
    '<p class="ss soft">Your texts stay in memory, in this visit alone: no other visitor sees '
    "them, and they are deleted 30 minutes after your last click.</p>"
)


@dataclass(frozen=True)
class CollectionForm:
    """The fields, the two buttons and the line beneath them."""

    kind: gr.Radio
    pasted: gr.Textbox
    upload: gr.File
    private: gr.HTML
    use: gr.Button
    cancel: gr.Button
    state: gr.HTML


def build_collection(page: Page, key: gr.State) -> gr.events.Dependency:
    """Lay out the form, connect its events, and return the event that a new collection is."""
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
    ) -> str:  # fmt: skip
        step = page.visits.progress(visitor, str(form.cancel.elem_id), progress)
        try:
            content = received(page, visitor, "collection", path)
            before = page.workspace(visitor)
            engine = embedded(before, chosen, text, content, step)
            now = page.visits.finish(
                visitor,
                str(form.cancel.elem_id),
                before,
                ("model", "collection"),
                lambda now: now.with_collection(engine),
            )
        except FAULTS as fault:
            return ended(fault)
        return notice(in_use_words(now), "done")

    form.kind.change(_ui_show_fields, form.kind, [form.pasted, form.upload, form.private], **QUICK)
    inputs, outputs = [form.kind, form.pasted, form.upload, key], [form.state]
    (used,) = connect_work(
        page, key, [form.use.click], [form.use], form.cancel, _ui_use, inputs, outputs, form.state
    )
    return used


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
    return CollectionForm(kind, pasted, upload, private, use, cancel, state)


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
