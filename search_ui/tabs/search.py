"""Search: ask a collection, and read the score in every usual way."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

import search_core as sc
from search_core.limits import PUBLIC
from search_core.normalizers.background import RARE
from search_ui.charts.strip import strip
from search_ui.page import Page
from search_ui.sessions import Session, Stopped
from search_ui.views import HitView, SearchView, tied_places, view_search
from search_ui.wording import count, error_notice, escaped, notice, number, percent, shortened

CHIPS = (
    ("an easy one", "How do I descale a kettle?"),
    ("no shared words", "My phone runs out of power too quickly."),
    ("the crowded corner", "A feline relaxes."),
    ("no answer here", "How old was the first cat that crossed an ocean?"),
)
ELSEWHERE = (
    ("faiss-l2", "FAISS, L2"),
    ("langchain-faiss-relevance", "LangChain on FAISS"),
    ("elasticsearch-cosine", "Elasticsearch, cosine"),
    ("pgvector-cosine", "pgvector <=>"),
    ("azure-cosine", "Azure AI Search"),
    ("scikit-learn-minkowski", "scikit-learn"),
)
CALIBRATED_WORDS = {
    "probability": "likely to be relevant",
    "expected_relevance": "expected relevance, 0 to 1",
}


@dataclass(frozen=True)
class SearchTab:
    """The parts of the tab that other tabs read or set."""

    query: gr.Textbox
    k: gr.Slider
    result: gr.HTML


def title_html(view: SearchView) -> str:
    """Return the page's title, with the best hit's own score in it."""
    return (
        '<div class="ss">'
        f"<h1>What does a score of {number(view.hits[0].cosine)} mean?</h1>"
        '<p class="sub">Search a collection, see where each score falls, and with a few judged '
        "examples turn it into a number you can act on.</p></div>"
    )


def result_html(view: SearchView) -> str:
    """Return the finding, the strip chart, the hits and what stands beside them."""
    title = _chart_title(view)
    cosines = [hit.cosine for hit in view.hits]
    chart = strip(view.background, cosines, view.chance_cut, view.documents, title=title)
    hits = "".join(_hit_html(hit, view) for hit in view.hits)
    return (
        f'<div class="ss grid"><div>{_finding_html(view)}<div class="card">{chart}</div>'
        f'<ol class="hits">{hits}</ol></div><aside>{_elsewhere_html(view)}{_warning_html()}'
        f'<p class="foot">{count(view.documents, "document")} · {escaped(view.model)} · '
        "FAISS Flat</p></aside></div>"
    )


def _finding_html(view: SearchView) -> str:
    best = number(view.hits[0].cosine)
    if view.nothing:
        return (
            f'<p class="find"><b>Nothing relevant here.</b> {best} is the best score, '
            f"{_rarity_words(view)}. Rank would still show a first hit, and min-max would "
            "still call it 1.00.</p>"
        )
    return (
        f'<p class="find"><b>{best} is {_goodness(view)} here</b>: {_chance_words(view)}.'
        f"{_tie_words(view)}</p>"
    )


def _goodness(view: SearchView) -> str:
    if view.expected is None:
        return "the best score"
    return "a good score" if view.expected < 1 else "a score that chance alone could reach"


def _chance_words(view: SearchView) -> str:
    documents = count(view.documents, "document")
    if view.expected is None:
        return f"with only {documents} there is too little to compare it with"
    if view.expected < 0.5:
        return f"by chance, not one of the {documents} would reach it"
    return f"by chance, about {max(1, round(view.expected))} of the {documents} would reach it"


def _rarity_words(view: SearchView) -> str:
    if view.rarity is None:
        return "and the judged examples say that hits like it seldom answer"
    if view.rarity > RARE:
        return (
            f"no better than an unrelated question does in this collection: {percent(view.rarity)} "
            "of them find a best hit as good"
        )
    return "and the judged examples say that hits like it seldom answer"


def _tie_words(view: SearchView) -> str:
    tied = tied_places(view)
    if tied is None:
        return ""
    one, two = (view.hits[rank - 1] for rank in tied)
    score = number(one.cosine)
    if one.grade is not None and two.grade is not None and (one.grade >= 2) != (two.grade >= 2):
        answering = one.rank if one.grade >= 2 else two.rank
        return (
            f" But {one.rank} and {two.rank} tie at {score}, and only {answering} answers. "
            "Rank cannot tell them apart; judged examples can."
        )
    return (
        f" {one.rank} and {two.rank} tie at {score}; judged examples tell them apart: "
        f"{number(one.calibrated)} and {number(two.calibrated)}."
    )


def _chart_title(view: SearchView) -> str:
    if view.chance_cut is None:
        return f"Where the {count(len(view.hits), 'hit')} fall"
    clear = sum(hit.cosine > view.chance_cut for hit in view.hits)
    if clear == 0:
        return "No hit stands clear of chance"
    stand = "stands" if clear == 1 else "stand"
    return f"{count(clear, 'hit')} {stand} clear of what chance would reach"


def _hit_html(hit: HitView, view: SearchView) -> str:
    good = hit.calibrated is not None and hit.calibrated >= 0.5
    readings = (
        ("squared L2", f"{number(hit.squared_l2)} ↓"),
        ("1/(1+D)", number(hit.inverse_distance)),
        ("min-max", number(hit.minmax)),
        ("above", f"{percent(hit.percentile, 1)} of the collection"),
    )
    shown = "".join(f"<span>{name} <b>{value}</b></span>" for name, value in readings)
    if hit.grade is not None:
        shown += f"<span>judged <b>{hit.grade} of 3</b></span>"
    text = escaped(shortened(hit.text, PUBLIC.shown_characters))
    width = 100 * max(0.0, min(1.0, hit.cosine))
    return (
        f'<li class="{"good" if good else "poor"}"><span class="rank">{hit.rank}</span>'
        f'<div class="text"><p>{text}</p><p class="readings">{shown}</p></div>'
        f'<div class="value"><b>{number(hit.cosine)}</b><small>cosine</small>'
        f'<span class="bar"><i style="width:{width:.0f}%"></i></span></div>'
        f"{_calibrated_html(hit, view)}</li>"
    )


def _calibrated_html(hit: HitView, view: SearchView) -> str:
    if hit.calibrated is None:
        return '<div class="value calibrated"><b>–</b><small>not calibrated</small></div>'
    is_chance = view.calibrated_name == "probability"
    shown = percent(hit.calibrated) if is_chance else number(hit.calibrated)
    words = CALIBRATED_WORDS[view.calibrated_name]
    return f'<div class="value calibrated"><b>{shown}</b><small>{words}</small></div>'


def _elsewhere_html(view: SearchView) -> str:
    cosine = view.hits[0].cosine
    rows = "".join(
        f'<tr><td>{escaped(label)}</td><td class="n"><b>'
        f"{number(sc.from_cosine(cosine, key))}</b> {_arrow(key)}</td></tr>"
        for key, label in ELSEWHERE
    )
    return (
        '<div class="card"><h3>The same hit elsewhere</h3><p class="soft">One pair of texts, '
        f"cosine {number(cosine)}. What other engines would show:</p><table>{rows}</table></div>"
    )


def _arrow(key: str) -> str:
    higher = sc.ENGINES[key].higher_is_better
    words = "higher is better" if higher else "lower is better"
    return f'<span title="{words}" aria-label="{words}">{"↑" if higher else "↓"}</span>'


def _warning_html() -> str:
    return (
        '<div class="notice">Min-max calls the best hit 1.00 for any query, also for one that '
        "nothing answers. Press “no answer here” above and look.</div>"
    )


def build_search_tab(page: Page, title: gr.HTML, key: gr.State) -> SearchTab:
    """Lay out the tab, opened on a finished example, and connect its events."""
    opening = page.opening
    with gr.Row(equal_height=True):
        query = gr.Textbox(
            opening.query, label="Your question", show_label=False, container=False, scale=6,
            placeholder="Ask the collection something", elem_classes="ask", elem_id="query",
            max_length=PUBLIC.query_characters, html_attributes=gr.InputHTMLAttributes(),
        )  # fmt: skip
        ask = gr.Button("Search", variant="primary", scale=1, min_width=120, elem_id="ask")
    with gr.Row(elem_classes="chips"):
        chips = [gr.Button(label, size="sm", elem_classes="chip") for label, _ in CHIPS]
    problem = gr.HTML(visible=False, apply_default_css=False)
    result = gr.HTML(result_html(opening), apply_default_css=False, elem_id="result")
    with gr.Accordion("Search your own texts, or change how many hits are shown", open=False):
        k = gr.Slider(1, PUBLIC.hits, value=len(opening.hits), step=1, label="Hits shown (k)")
        collection = _build_collection(page, key)

    def _ui_search(
        text: str, most: float, visitor: str
    ) -> tuple[dict[str, object], dict[str, object], dict[str, object]]:
        session = page.sessions.of(visitor)
        try:
            view = answer(page, session, text, int(most))
        except sc.SearchCoreError as error:
            return gr.update(), gr.update(), gr.update(value=error_notice(error), visible=True)
        return (
            gr.update(value=title_html(view)),
            gr.update(value=result_html(view)),
            gr.update(value="", visible=False),
        )

    asked = {
        "fn": _ui_search,
        "inputs": [query, k, key],
        "outputs": [title, result, problem],
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    ask.click(**asked)
    query.submit(**asked)
    k.release(**asked)
    for chip, (_, question) in zip(chips, CHIPS, strict=True):
        chip.click(
            lambda question=question: question, None, query, api_visibility="private",
            show_progress="hidden",
        ).then(**asked)  # fmt: skip
    collection.then(**asked)
    return SearchTab(query, k, result)


def answer(page: Page, session: Session, query: str, k: int) -> SearchView:
    """Search the visitor's collection, or the sample, with the calibrator that fits it."""
    sample = page.sample()
    if len(query) > PUBLIC.query_characters:
        raise sc.QueryError(
            f"The query has {len(query):,} characters; at most {PUBLIC.query_characters:,} are "
            "read here, so shorten it."
        )
    own = session.engine is not None
    engine = page.engine(session)
    calibrator = session.calibrator or (None if own else sample.calibrator)
    return view_search(engine, calibrator, query, k, {} if own else sample.grades)


def _build_collection(page: Page, key: gr.State) -> gr.events.Dependency:
    kind = gr.Radio(
        [("The sample", "sample"), ("Paste texts", "paste"), ("A CSV file", "csv")],
        value="sample", label="Collection", elem_id="collection-kind",
    )  # fmt: skip
    pasted = gr.Textbox(
        lines=6, label="Your texts, one a line", visible=False, elem_id="pasted",
        placeholder="One text a line",
    )  # fmt: skip
    upload = gr.File(
        label="CSV with a column text and, if you like, id", file_types=[".csv", ".tsv", ".txt"],
        visible=False, elem_id="collection-file",
    )  # fmt: skip
    private = gr.HTML(
        '<p class="ss soft">Your texts stay in memory, in this visit alone, and are gone half an '
        "hour after your last click.</p>",
        apply_default_css=False,
        visible=False,
    )
    with gr.Row():
        use = gr.Button("Use this collection", variant="primary", elem_id="use-collection")
        cancel = gr.Button("Cancel", elem_id="cancel-collection")
    state = gr.HTML(apply_default_css=False, elem_id="collection-state")

    def _ui_show_inputs(chosen: str) -> tuple[object, object, object]:
        return (
            gr.update(visible=chosen == "paste"),
            gr.update(visible=chosen == "csv"),
            gr.update(visible=chosen != "sample"),
        )

    def _ui_use(
        chosen: str, text: str, path: str | None, visitor: str, progress: gr.Progress | None = None
    ) -> str:
        session = page.sessions.of(visitor)
        report = session.progress(progress or gr.Progress())
        try:
            return use_collection(page, session, chosen, text, path, report)
        except Stopped:
            return notice("Stopped; the collection from before is still in use.")
        except sc.SearchCoreError as error:
            return error_notice(error)

    def _ui_cancel(visitor: str) -> None:
        page.sessions.of(visitor).stopping.set()

    kind.change(
        _ui_show_inputs, kind, [pasted, upload, private], api_visibility="private",
        show_progress="hidden",
    )  # fmt: skip
    cancel.click(_ui_cancel, key, None, api_visibility="private", queue=False)
    used: gr.events.Dependency = use.click(
        _ui_use, [kind, pasted, upload, key], state, api_visibility="private",
        trigger_mode="once", concurrency_limit=2, concurrency_id="heavy",
    )  # fmt: skip
    return used


def use_collection(
    page: Page,
    session: Session,
    chosen: str,
    text: str,
    path: str | None,
    progress: sc.Progress,
) -> str:
    """Read and embed the chosen collection into the visitor's session; return what was done."""
    if chosen == "sample":
        session.engine = session.calibrator = None
        return notice("The sample collection is in use.", "done")
    if chosen == "csv" and path is None:
        raise sc.CorpusError("No file was chosen; choose a CSV with a column named text.")
    if chosen == "paste" and not (text or "").strip():
        raise sc.CorpusError("Nothing was pasted; write at least one text, one a line.")
    source = path if chosen == "csv" else text.encode("utf-8", "surrogatepass")
    corpus = sc.read_corpus(source, limits=PUBLIC)
    session.engine = sc.SearchEngine.build(corpus, encoder=page.sample().encoder, progress=progress)
    session.calibrator = session.result = session.pairs = session.labels = None
    noticed = " ".join(corpus.notes)
    return notice(f"{count(len(corpus), 'document')} embedded and in use. {noticed}", "done")
