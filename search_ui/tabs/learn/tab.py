"""Learn: the classic example, live, and where its snippets go wrong; the words; the sources."""

from __future__ import annotations

import gradio as gr
import numpy as np

import search_core as sc
from search_core import classic
from search_ui.page import Page
from search_ui.tabs.learn.snippets import snippets_html
from search_ui.wording import escaped, number

NONSENSE = "purple ladder sings algebra to the wet spoon"
OPPOSITES = (
    ("The museum is open on Mondays.", "The museum is not open on Mondays."),
    ("You may take the dog on the train.", "You may not take the dog on the train."),
    ("This glue is waterproof.", "This glue isn't waterproof."),
)
WORDS = (
    ("relevance", "what a person judged"),
    ("score", "what an index returned, on a named scale"),
    ("metric", "the function an index ranks by: squared L2, inner product, cosine"),
    ("normalized score", "a score mapped without labels"),
    ("calibrated value", "what a calibrator states: a probability, or an expected relevance"),
    ("background", "scores that stand for “no relation”: this query against the collection, and "
     "unrelated questions against it"),
    ("hub", "a document that stands among the nearest of many others"),
    ("threshold", "the value from which a program acts"),
    ("base rate", "the share that is relevant before anything is known"),
    ("log-loss", "how much a stated probability is surprised by the judgement; lower is better"),
    ("calibration error", "how far stated values lie from judged shares, on average"),
    ("AUC", "how often a relevant text scores above an irrelevant one; a coin gives 0.5"),
    ("nDCG@10", "how well the first ten are ordered, 1 at best"),
)  # fmt: skip
CHARTS = (
    ("Strip", "Grey is where unrelated documents fall for this query; dots are hits. What matters "
     "is the gap between them, not the number on the axis."),
    ("Reliability", "Across: what was stated. Up: what people judged. On the diagonal both agree; "
     "inside the grey band nothing can be held against the calibrator."),
    ("Threshold", "One line is the share of what is shown that is right, the other the share of "
     "what is right that is shown. Move the cut and one is paid for with the other."),
    ("More hits asked for", "One hit, followed while k grows. A reading that moves says something "
     "about the list, not about the hit."),
    ("Two queries", "One score, two backgrounds: rare in the one, ordinary in the other."),
)  # fmt: skip
REFERENCES = (
    ("Johnson, Douze and Jégou 2017", "Billion-scale similarity search with GPUs: FAISS"),
    ("Vaswani and others 2017", "Attention is all you need: the encoder's architecture"),
    ("Manning, Raghavan and Schütze 2008", "Introduction to information retrieval: relevance and "
     "how rankings are measured"),
    ("Guo, Pleiss, Sun and Weinberger 2017", "On calibration of modern neural networks"),
    ("Platt 1999", "Probabilistic outputs for support vector machines: the logistic curve"),
    ("Zadrozny and Elkan 2002", "Transforming classifier scores into accurate multiclass "
     "probability estimates: the isotonic curve"),
    ("Radovanović, Nanopoulos and Ivanović 2010", "Hubs in space: why some documents are "
     "everybody's neighbours"),
)  # fmt: skip


def readings_html(hits: sc.Hits) -> str:
    """Return the five sentences under the snippets' readings and under the right ones."""
    scaled, inverse = (
        formula(hits.scores) for formula in (classic.one_minus_minmax, classic.one_over_one_plus_z)
    )
    cosines, z = hits.cosines(), sc.normalize(hits, "zscore").scores
    columns = ("cosine", "squared L2 ↓", "1 − min-max", "1/(1 + z)", "z of the cosine")
    head = "".join(f'<th class="n" scope="col">{name}</th>' for name in columns)
    rows = ""
    for place, text in enumerate(hits.texts):
        values = (cosines[place], hits.scores[place], scaled[place], inverse[place], z[place])
        cells = "".join(
            f'<td class="n" data-name="{name}">{number(float(value))}</td>'
            for name, value in zip(columns, values, strict=True)
        )
        rows += f'<tr><td class="whole">{place + 1}. {escaped(text)}</td>{cells}</tr>'
    return (
        f'<div class="ss"><p class="find">{_finding(hits, inverse)}</p>'
        '<div class="card wide-table"><table class="cards"><thead><tr>'
        f'<th scope="col">Sentence, best first</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def _finding(hits: sc.Hits, inverse: classic.Floats) -> str:
    best, most = number(float(inverse[0])), int(np.nanargmax(inverse))
    cosine = number(float(hits.cosines()[0]))
    return (
        f"<b>1 − min-max calls the best sentence 1.00</b>, with a cosine of {cosine}. "
        f"1/(1 + z) gives it {best} and would put sentence {most + 1} first."
    )


def line_html(hits: list[sc.Hits]) -> str:
    """Return what the third snippet fits, and what it would fit with rows that belong together."""
    by_rank = [found.scores for found in hits]
    by_sentence = [found.scores[np.argsort(found.positions)] for found in hits]
    wrong, _ = classic.fitted_line(by_rank, classic.MADE_UP_RELEVANCE)
    right, start = classic.fitted_line(by_sentence, classic.MADE_UP_RELEVANCE)
    return (
        f'<p class="soft">Here the snippet\'s line falls by {number(-wrong)} for each unit of '
        f"squared distance. Joined by sentence it falls by {number(-right)}, and at a distance of "
        f"0 it states {number(start)}, more than the most that can be true.</p>"
    )


def opposites_html(encoder: sc.Encoder) -> str:
    """Return sentences with their negations, and the cosine of each pair."""
    first, second = (encoder.encode_documents(side) for side in zip(*OPPOSITES, strict=True))
    cosines = (first.astype(np.float64) * second).sum(axis=1)
    rows = "".join(
        f'<tr><td>{escaped(one)}<br>{escaped(other)}</td><td class="n"><b>{number(float(c))}</b>'
        "</td></tr>"
        for (one, other), c in zip(OPPOSITES, cosines, strict=True)
    )
    return (
        '<div class="ss"><h2>A sentence and its negation</h2><p class="soft">No cut-off on the '
        "cosine tells these apart: they speak of the same things. Labels of such pairs help only "
        'where something beside the score can see the “not”.</p><div class="card"><table>'
        f'<thead><tr><th scope="col">pair</th><th class="n" scope="col">cosine</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def lists_html() -> str:
    """Return the words, how to read the charts, and the references."""
    return (
        '<div class="ss">'
        + _definitions("The words", WORDS)
        + _definitions("How to read the charts", CHARTS)
        + _definitions("Where it comes from", REFERENCES)
        + "</div>"
    )


def _definitions(title: str, entries: tuple[tuple[str, str], ...]) -> str:
    items = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(text)}</dd>" for name, text in entries)
    return (
        f'<section class="entry"><h2>{title}</h2><div class="card">'
        f'<dl class="stacked">{items}</dl></div></section>'
    )


def build_learn_tab(page: Page, tab: gr.Tab) -> None:
    """Lay out the tab; its live parts are computed when it is opened."""
    gr.HTML(
        '<div class="ss"><h2>The classic example</h2><p class="soft">Five sentences and two '
        "queries stand at the start of many a tutorial, with three snippets that turn distances "
        "into relevance. All three go wrong. It is usually run with bert-base-uncased, which was "
        "never trained to compare sentences; here it runs with the model of this page.</p></div>",
        apply_default_css=False,
    )
    query = gr.Radio(
        [*classic.QUERIES, NONSENSE], value=classic.QUERIES[0], label="Ask the five sentences",
        elem_id="classic-query",
    )  # fmt: skip
    readings = gr.HTML(
        '<p class="ss soft">The numbers appear as soon as the model is loaded.</p>',
        apply_default_css=False, elem_id="classic",
    )  # fmt: skip
    snippets = gr.HTML(snippets_html(), apply_default_css=False, elem_id="snippets")
    opposites = gr.HTML(visible=False, apply_default_css=False, elem_id="opposites")
    gr.HTML(lists_html(), apply_default_css=False)

    def classic_engine() -> sc.SearchEngine:
        corpus = sc.Corpus.from_texts(classic.SENTENCES)
        return sc.SearchEngine.build(corpus, encoder=page.sample().encoder)

    def _ui_ask(text: str) -> str:
        return readings_html(classic_engine().search(text, k=len(classic.SENTENCES)))

    def _ui_open(text: str) -> tuple[str, str, dict[str, object]]:
        hits = classic_engine().search_many(classic.QUERIES, k=len(classic.SENTENCES))
        pairs = gr.update(value=opposites_html(page.sample().encoder), visible=True)
        return _ui_ask(text), snippets_html(line_html(hits)), pairs

    hidden = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(_ui_open, query, [readings, snippets, opposites], **hidden)
    query.input(_ui_ask, query, readings, **hidden)
