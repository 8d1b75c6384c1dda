"""Learn: the classic example, live, and where its snippets go wrong; the words; the papers."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
import numpy as np
from markupsafe import Markup

import search_core as sc
from search_core import classic
from search_ui.rendering import render
from search_ui.tabs.events import heading
from search_ui.views.readings import NONSENSE
from search_ui.visit.visits import Page

OPPOSITES = (
    ("The museum is open on Mondays.", "The museum is not open on Mondays."),
    ("You may take the dog on the train.", "You may not take the dog on the train."),
    ("This glue is waterproof.", "This glue isn't waterproof."),
)
OPENING = (
    "Many tutorials start with these five sentences and two queries, and turn distances into "
    "relevance with three snippets. All three go wrong. They usually run on bert-base-uncased, "
    "which was never trained to compare sentences; here they run on the model of this page."
)
READINGS = ("cosine", "squared L2 distance ↓", "1 − min-max", "1/(1 + z)", "z of the cosine")


@dataclass(frozen=True)
class Snippet:
    """Code as it is usually written, and code that is right.

    Each goes on where the one before it ends.
    """

    usual: str
    here: str


SNIPPETS = (
    Snippet(
        """
def embed(texts):
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModel.from_pretrained(name)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    hidden = model(**batch).last_hidden_state
    return hidden.mean(dim=1).detach().numpy()

vectors = embed(sentences)
index = faiss.IndexFlatL2(vectors.shape[1])
index.add(vectors)
D, I = index.search(embed([query]), 5)
for rank in range(5):
    print(rank + 1, sentences[I[0][rank]], D[0][rank])
""",
        """
import search_core as sc

encoder = sc.load_encoder()
corpus = sc.Corpus.from_texts(sentences)
engine = sc.SearchEngine.build(corpus, encoder=encoder)
hits = engine.search(query, k=5)
for text, score in zip(hits.texts, hits.scores):
    print(f"{hits.scale.name} {score:.2f}  {text}")
""",
    ),
    Snippet(
        """
column = D[0].reshape(-1, 1)
minmax = 1 - MinMaxScaler().fit_transform(column)
z = StandardScaler().fit_transform(column)
relevance = 1 / (1 + z)
""",
        """
background = engine.background(query)
above = sc.normalize(hits, "percentile", background=background)
z = sc.normalize(hits, "zscore")
bars = sc.normalize(hits, "minmax")
""",
    ),
    Snippet(
        """
labels = [[0.9, 0.2, 0.05, 0.8, 0.1], [0.1, 0.85, 0.1, 0.2, 0.9]]
D, I = index.search(embed([query, other]), 5)
X, y = D.T, np.array(labels).T
X_train, X_test, y_train, y_test = train_test_split(X, y)
model = LinearRegression().fit(X_train, y_train)
predicted = model.predict(D.T)[0]
""",
        """
labels = sc.read_labels("judgements.csv")
result = sc.fit_calibrator(engine.score_labels(labels))
print(result.report.verdict.sentence)
calibrated = result.calibrator.apply(hits, engine)
""",
    ),
)


@dataclass(frozen=True)
class FittedLines:
    """What the third snippet fits, and what it would fit with rows that belong together.

    Attributes
    ----------
    by_rank, by_sentence:
        By how much the relevance falls for each unit of squared L2 distance, distances taken in the
        order of the ranks as the snippet does, or in that of the labelled sentences.
    at_zero:
        What the second line predicts at a distance of 0.
    """

    by_rank: float
    by_sentence: float
    at_zero: float


def fitted_lines(hits: list[sc.Hits]) -> FittedLines:
    """Fit the third snippet's line to the hits of the classic queries, and the right one."""
    by_rank = [found.scores for found in hits]
    by_sentence = [found.scores[np.argsort(found.positions)] for found in hits]
    wrong, _ = classic.fitted_line(by_rank, classic.MADE_UP_RELEVANCE)
    right, start = classic.fitted_line(by_sentence, classic.MADE_UP_RELEVANCE)
    return FittedLines(-wrong, -right, start)


def snippets_html(lines: FittedLines | None = None) -> Markup:
    """Return the three snippets, each beside what to write instead; the lines are the third's."""
    return render("learn_snippets.html", snippets=SNIPPETS, lines=lines)


def readings_html(hits: sc.Hits) -> Markup:
    """Return the five sentences under the snippets' readings and under the right ones."""
    scaled, inverse = (
        formula(hits.scores) for formula in (classic.one_minus_minmax, classic.one_over_one_plus_z)
    )
    cosines, z = hits.cosines(), sc.normalize(hits, "zscore").scores
    columns = (cosines, hits.scores, scaled, inverse, z)
    return render(
        "learn_readings.html",
        names=READINGS,
        rows=list(zip(hits.texts, zip(*columns, strict=True), strict=True)),
        cosine=cosines[0],
        inverse=inverse[0],
        first_by_inverse=int(np.nanargmax(inverse)) + 1,
    )


def opposites_html(encoder: sc.Encoder) -> Markup:
    """Return sentences with their negations, and the cosine of each pair."""
    first, second = (encoder.encode_documents(side) for side in zip(*OPPOSITES, strict=True))
    cosines = (first.astype(np.float64) * second).sum(axis=1)
    pairs = [(*pair, cosine) for pair, cosine in zip(OPPOSITES, cosines, strict=True)]
    return render("learn_opposites.html", pairs=pairs)


def lists_html() -> Markup:
    """Return the words, how to read the charts, and the papers."""
    return render("learn_lists.html")


def build_learn_tab(page: Page, tab: gr.Tab) -> None:
    """Lay out the tab; its live parts are computed when it is opened."""
    heading("The classic example", OPENING)
    query = gr.Radio(
        [*classic.QUERIES, NONSENSE], value=classic.QUERIES[0], label="Query",
        elem_id="classic-query",
    )  # fmt: skip
    readings = gr.HTML(
        '<p class="ss soft">The numbers appear once the model has loaded.</p>',
        apply_default_css=False, elem_id="classic",
    )  # fmt: skip
    snippets = gr.HTML(snippets_html(), apply_default_css=False, elem_id="snippets")
    opposites = gr.HTML(visible=False, apply_default_css=False, elem_id="opposites")
    gr.HTML(lists_html(), apply_default_css=False)

    def classic_engine() -> sc.SearchEngine:
        corpus = sc.Corpus.from_texts(classic.SENTENCES)
        return sc.SearchEngine.build(corpus, encoder=page.sample().encoder)

    def _ui_ask(text: str) -> Markup:
        return readings_html(classic_engine().search(text, k=len(classic.SENTENCES)))

    def _ui_open(text: str) -> tuple[Markup, Markup, dict[str, object]]:
        hits = classic_engine().search_many(classic.QUERIES, k=len(classic.SENTENCES))
        pairs = gr.update(value=opposites_html(page.sample().encoder), visible=True)
        return _ui_ask(text), snippets_html(fitted_lines(hits)), pairs

    hidden = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(_ui_open, query, [readings, snippets, opposites], **hidden)
    query.input(_ui_ask, query, readings, **hidden)
