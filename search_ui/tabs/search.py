"""Search: ask a collection, and read the score in every usual way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.charts import strip
from search_ui.links import keep, press
from search_ui.rendering import count, error_notice, notice, render
from search_ui.suggestions import first_question, suggested_questions
from search_ui.tabs.events import QUICK, Updates, html_part, unfolding
from search_ui.tabs.hit_labels import connect_hit_labels, hit_labels_html, line_html
from search_ui.tabs.hit_map import connect_map
from search_ui.tabs.own_index import OwnIndex, connect_index_form, lay_out_index_form
from search_ui.tabs.own_texts import EMBEDDING, OwnTexts, connect_form, lay_out_form
from search_ui.tabs.unrelated import UnrelatedBox, connect_unrelated, lay_out_unrelated
from search_ui.views.prior import FIRST_HITS, can_suggest, known_share
from search_ui.views.search import SearchView, check_query, standing_among, view_search
from search_ui.visit.hit_labels import HitLabels
from search_ui.visit.visits import Page
from search_ui.visit.work import Reason
from search_ui.visit.workspace import Workspace

CHIPS = (
    ("easy match", "How do I descale a kettle?"),
    ("same meaning, different words", "My phone runs out of power too quickly."),
    ("many near-duplicates", "A feline relaxes."),
    ("no match", "How old was the first cat that crossed an ocean?"),
)

ELSEWHERE = (
    ("faiss-l2", "FAISS, L2"),
    ("langchain-faiss-score", "LangChain FAISS, with_score"),
    ("langchain-faiss-relevance", "LangChain FAISS, with_relevance_scores"),
    ("elasticsearch-cosine", "Elasticsearch, cosine"),
    ("pgvector-cosine", "pgvector <=>"),
    ("azure-cosine", "Azure AI Search"),
    ("scikit-learn-minkowski", "scikit-learn"),
)


@dataclass(frozen=True)
class SearchTab:
    """The parts of the tab that other tabs and links read or set: question, k, own texts."""

    query: gr.Textbox
    k: gr.Slider
    texts: OwnTexts


@dataclass(frozen=True)
class _Controls:
    """What a visitor sets or presses, from top to bottom."""

    query: gr.Textbox
    ask: gr.Button
    texts: OwnTexts
    index: OwnIndex
    unrelated: UnrelatedBox
    k: gr.Slider
    sample: gr.Button
    right: RightOfTen


@dataclass(frozen=True)
class _Parts:
    """What is filled, from top to bottom.

    Attributes
    ----------
    chips, whose, state, problem, result, labelled:
        Questions to begin with, whose texts are searched, what became of a visitor's own, why there
        is no answer, the answer, and the line about its labels.
    shown, current:
        Unseen: what the answer shown rests on, and what an answer would rest on now. The browser
        holds them, so that they outlive what the server forgets.
    """

    chips: gr.HTML
    whose: gr.HTML
    state: gr.HTML
    problem: gr.HTML
    result: gr.HTML
    labelled: gr.HTML
    shown: gr.Textbox
    current: gr.Textbox


def build_search_tab(page: Page, tab: gr.Tab, key: gr.State) -> SearchTab:
    """Lay out the tab, opened on a finished example, and connect its events."""
    controls, parts = _lay_out(page.opening)
    query, state = controls.query, parts.state
    _connect_asking(page, controls, parts, key)
    controls.k.change(None, controls.k, None, js=NAME_HITS, api_visibility="private")
    _connect_chips(query)
    connect_form(page, controls.texts, query, state, key)
    connect_index_form(page, controls.index, query, state, key)
    connect_unrelated(page, controls.unrelated, state, key)
    _connect_sample(page, controls.sample, state, key)
    connect_hit_labels(page, parts.labelled, parts.shown, key)
    connect_map(page, key)
    _connect_right(page, controls.right, query, parts.problem, key)
    _connect_return(page, tab, parts, key)
    return SearchTab(query, controls.k, controls.texts)


def _lay_out(opening: SearchView) -> tuple[_Controls, _Parts]:
    """Lay out the tab from top to bottom, with an answer in it."""
    query, ask = question_row(opening.query, "Search", "query", "ask")
    chips = html_part(chips_html(CHIPS))
    with gr.Column(elem_classes="controls"):
        with unfolding("Use my own texts", "own"):
            texts = lay_out_form()
        with unfolding("Use a FAISS index", "own-index"):
            index = lay_out_index_form()
        with unfolding("Your own unrelated questions", "unrelated"):
            unrelated = lay_out_unrelated()
        with unfolding(hits_words(len(opening.hits)), "hits-shown"):
            k = _hits_slider(len(opening.hits))
    whose, sample = _lay_out_whose()
    right = _lay_out_right()
    state = html_part(elem_id="collection-state")
    problem = gr.HTML(visible=False, apply_default_css=False, elem_id="problem")
    result = html_part(result_html(opening), "result")
    labelled = html_part(line_html(HitLabels()), "hit-labels")
    shown, current = (gr.Textbox("", visible="hidden") for _ in range(2))
    return (
        _Controls(query, ask, texts, index, unrelated, k, sample, right),
        _Parts(chips, whose, state, problem, result, labelled, shown, current),
    )


def _connect_asking(page: Page, controls: _Controls, parts: _Parts, key: gr.State) -> None:
    """Answer a question, and show whose texts were searched and what can be done with the hits."""
    query, k, right = controls.query, controls.k, controls.right
    outputs = [
        parts.result, parts.problem, parts.chips, parts.whose, controls.sample, right.row,
        right.number, parts.labelled, parts.shown,
    ]  # fmt: skip

    def _ui_search(text: str, most: float, before: str, visitor: str | None) -> Iterator[Updates]:
        if page.is_loading:
            waiting = gr.update(value=WAITING, visible=True)
            yield gr.skip(), waiting, *[gr.skip()] * (len(outputs) - 2)
        workspace = page.workspace(visitor)
        answered, problem, basis = _answered(workspace, text, int(most))
        yield (
            answered, problem, gr.skip() if workspace.basis == before else _chips_of(workspace),
            *_whose(workspace, page.visits.is_at_work(visitor, EMBEDDING)),
            *_asked_right(workspace), hit_labels_html(workspace), basis,
        )  # fmt: skip

    # One event for all ways to ask: the last question is answered last, however fast they come.
    gr.on(
        (controls.ask.click, query.submit, k.input), _ui_search, [query, k, parts.shown, key],
        outputs, js=keep("q", "k"), trigger_mode="always_last", api_visibility="private",
        show_progress="hidden",
    )  # fmt: skip


def _connect_sample(page: Page, sample: gr.Button, state: gr.HTML, key: gr.State) -> None:
    """Let the button bring back the sample, and ask the question of it."""

    def _ui_sample(visitor: str) -> str:
        page.visits.update(visitor, lambda now: now.with_collection(None))
        return ""

    returned = sample.click(_ui_sample, key, state, **QUICK)
    returned.then(None, None, None, js=press("ask"), api_visibility="private")


def _connect_return(page: Page, tab: gr.Tab, parts: _Parts, key: gr.State) -> None:
    """Ask again at the return to the tab where another has changed what the answer rests on."""

    def _ui_basis(visitor: str | None) -> str:
        return page.workspace(visitor).basis

    returned = tab.select(_ui_basis, key, parts.current, queue=False, **QUICK)
    returned.then(
        None, [parts.current, parts.shown], None, js=ASK_IF_OLD, api_visibility="private"
    )  # fmt: skip


ASK_IF_OLD = '(current, shown) => { if (current !== shown) press("ask"); }'
"""Asks again where the answer that is shown rests on something else than what is in use now."""

STILL_EMBEDDING = "Your texts were still being embedded when you asked."

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


def chips_html(chips: Sequence[tuple[str, str]], *, are_own: bool = False) -> Markup:
    """Return questions to begin with, each under a name; nothing where there are none.

    `are_own` says that they were made of the visitor's own texts, so that none goes into the
    address.
    """
    return render("search_chips.html", chips=chips, are_own=are_own)


def _chips_of(workspace: Workspace) -> Markup:
    if workspace.is_on_sample:
        return chips_html(CHIPS)
    found = suggested_questions(workspace.engine.corpus.texts)
    return chips_html([(question, question) for question in found], are_own=True)


def own_question(workspace: Workspace) -> str | None:
    """Return a question for the visitor's own texts; None on the sample, or if none can be made."""
    return None if workspace.is_on_sample else first_question(workspace.engine.corpus.texts)


def _connect_chips(query: gr.Textbox) -> None:
    """Let a chip put its question into the field and ask it."""
    chosen = gr.Button(visible="hidden", elem_id="try")
    filled = chosen.click(None, None, query, js="() => tried", api_visibility="private")
    filled.then(None, None, None, js=press("ask"), api_visibility="private")


def hits_words(k: int) -> str:
    """Name the control of how many hits are shown."""
    return f"Show {count(k, 'hit')}"


NAME_HITS = "(k) => nameHits(k)"
"""Keeps the name of that control true."""


def _hits_slider(k: int) -> gr.Slider:
    return gr.Slider(1, sc.PUBLIC.hits, value=k, step=1, label="Hits shown (k)", buttons=[])


def _lay_out_whose() -> tuple[gr.HTML, gr.Button]:
    with gr.Row(elem_classes="whose-texts"):
        whose = html_part(elem_id="whose-texts")
        sample = gr.Button(
            "Back to the sample", visible=False, elem_id="to-sample", size="sm", scale=0,
            min_width=160,
        )  # fmt: skip
    return whose, sample


def _whose(workspace: Workspace, is_embedding: bool) -> Updates:
    """Return updates that say whose texts are searched, and offer the way back to the sample.

    `is_embedding` says that other texts of the visitor's are on their way.
    """
    waiting = STILL_EMBEDDING if is_embedding else ""
    if workspace.is_on_sample:
        said = f"{waiting} These hits are from the sample." if waiting else ""
        return said and render("search_whose.html", searched=said), gr.update(visible=False)
    of = "of your label file" if workspace.is_of_labels else "of your own"
    searched = f"{waiting} Searching {count(len(workspace.engine.corpus), 'text')} {of}.".strip()
    return render("search_whose.html", searched=searched), gr.update(visible=True)


@dataclass(frozen=True)
class RightOfTen:
    """The one number that narrows what other collections suggest: a row with field and button."""

    row: gr.Row
    number: gr.Number
    use: gr.Button


def _lay_out_right() -> RightOfTen:
    with gr.Row(elem_classes="right-of-ten", visible=False, elem_id="right-of-ten") as row:
        number = gr.Number(
            None, minimum=0, maximum=FIRST_HITS, elem_id="search-right", scale=0, min_width=320,
            label="Of the first ten hits of a usual question, how many are right?",
        )  # fmt: skip
        use = gr.Button("Narrow the guesses", elem_id="use-right", scale=0, min_width=220)
    return RightOfTen(row, number, use)


def _asked_right(workspace: Workspace) -> Updates:
    """Return updates that ask for the number where other collections alone speak of the hits."""
    share = workspace.work.known_share
    value = gr.update(value=share.right_of_ten if share else None)  # else the field shows a 0
    return gr.update(visible=_has_guesses(workspace)), value


def _has_guesses(workspace: Workspace) -> bool:
    return workspace.serving.reason == "none" and can_suggest(workspace.engine)


def _connect_right(
    page: Page, right: RightOfTen, query: gr.Textbox, problem: gr.HTML, key: gr.State
) -> None:
    """Let the button narrow what other collections suggest, and ask again."""

    def _ui_tell_right(number: float | None, asked: str, visitor: str) -> Any:
        before = page.workspace(visitor)

        def with_known_share(now: Workspace) -> Workspace:
            now.require_unmoved(before, "model", "collection")
            return now.with_known_share(share)

        try:
            usual = suggested_questions(before.engine.corpus.texts) or (asked,)
            share = known_share(before.engine, usual, number)
            page.visits.update(visitor, with_known_share)
        except sc.SearchCoreError as fault:
            return gr.update(value=error_notice(fault), visible=True)
        return gr.update(value="", visible=False)

    given = gr.on(
        (right.use.click, right.number.submit), _ui_tell_right, [right.number, query, key], problem,
        **QUICK,
    )  # fmt: skip
    given.then(None, None, None, js=press("ask"), api_visibility="private")


def fill(button: gr.Button, query: gr.Textbox, question: str, ask_id: str) -> None:
    """Let a button put a question into the field and ask it."""
    filled = button.click(
        None, None, query, js=f"() => {json.dumps(question)}", api_visibility="private"
    )
    filled.then(None, None, None, js=press(ask_id), api_visibility="private")


def _answered(workspace: Workspace, text: str, k: int) -> Updates:
    """Return what the result and the notice above it show, and what the result rests on."""
    try:
        view = answer(workspace, text, k)
    except sc.SearchCoreError as error:
        problem = gr.update(value=error_notice(error), visible=True)
        return gr.skip(), problem, gr.skip()
    labels = workspace.work.hit_labels.of_query(text)
    serving = workspace.serving
    shown = result_html(view, serving.reason, labels, lacks_score=serving.reads_texts_and_scores)
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
    view = view_search(workspace.engine, calibrator, query, k, grades, _prior(workspace))
    fit = workspace.serving_view
    verdict = view.verdict
    is_low = verdict.answer == "nothing" and verdict.evidence == "calibrator"
    return replace(view, standing=standing_among(view, fit)) if is_low and fit else view


def _prior(workspace: Workspace) -> sc.Prior | None:
    """Return what other collections teach of these texts; None where labels say more."""
    if not _has_guesses(workspace):
        return None
    share = workspace.work.known_share
    return share.prior if share else sc.load_prior()


_WHOSE_LABELS: Mapping[Reason, str] = {
    "sample": "the sample’s labels",
    "fitted": "your labels",
    "imported": "the labels of your calibrator",
    "none": "the labels",
}


def result_html(
    view: SearchView,
    reason: Reason = "sample",
    labels: Mapping[str, bool] = MappingProxyType({}),
    *,
    lacks_score: bool = False,
) -> Markup:
    """Return the finding, the strip chart, the hits and what stands beside them.

    Parameters
    ----------
    view:
        The answer.
    reason:
        Why its calibrator counts, which says whose labels it was fitted on.
    labels:
        Whether texts were marked as right or wrong for this question, where they were.
    lacks_score:
        Whether the calibrator in use also reads a score that a question typed here does not have.
    """
    cosines = [hit.cosine for hit in view.hits]
    return render(
        "search_result.html",
        view=view,
        whose=_WHOSE_LABELS[reason],
        labels=labels,
        lacks_score=lacks_score,
        chart=strip(
            view.background, cosines, view.finding, view.relevant, view.verdict.unrelated_below
        ),
        shown_characters=sc.PUBLIC.shown_characters,
        pooling=sc.pooling_words(view.model),
        chance_words=sc.chance_words,
        elsewhere=[
            (label, sc.from_cosine(view.best.cosine, key), sc.ENGINES[key].higher_is_better)
            for key, label in ELSEWHERE
        ],
    )
