"""The answer to one query as the Search tab shows it: finding, chart, hits, other engines."""

from __future__ import annotations

from markupsafe import Markup

import search_core as sc
from search_ui.charts import strip
from search_ui.rendering import render
from search_ui.search_view import SearchView

ELSEWHERE = (
    ("faiss-l2", "FAISS, L2"),
    ("langchain-faiss-relevance", "LangChain on FAISS"),
    ("elasticsearch-cosine", "Elasticsearch, cosine"),
    ("pgvector-cosine", "pgvector <=>"),
    ("azure-cosine", "Azure AI Search"),
    ("scikit-learn-minkowski", "scikit-learn"),
)


def title_html(view: SearchView) -> Markup:
    """Return the page's title, with the best hit's own score in it."""
    return render("search_title.html", cosine=view.best.cosine)


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
