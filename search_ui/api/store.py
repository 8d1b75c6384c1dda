"""The function for programs that searches a store, on the page that its owner serves."""

from __future__ import annotations

from pydantic import Field

import search_core as sc
from search_ui.api.functions import Function
from search_ui.api.models import Answer, Notes, Query, Request, Sentence, Shown
from search_ui.server.queue_limits import QUICK_WORK
from search_ui.views.store import ServedStore, StoreView, view_store


class StoreSearchRequest(Request):
    """A query for the store."""

    query: Query = Field(description="The query.")
    k: int = Field(default=10, ge=1, le=sc.PUBLIC.hits, description="How many hits.")


class StoreHit(Answer):
    """One hit, with what its score says."""

    id: str
    text: Shown
    cosine: float
    predicted_relevance: float
    low: float | None = Field(description="The lower end of its 90% interval, if known.")
    high: float | None = Field(description="The upper end.")
    rarity: float | None = Field(
        description="Share of unrelated questions whose best hit has at least this cosine."
    )
    passes: bool = Field(description="Whether it reaches the threshold.")


class StoreSearchAnswer(Answer):
    """The hits of a query, the likeliest to be relevant first."""

    collection: str
    rows: int = Field(description="How many the collection had when its sample was drawn.")
    sampled: Sentence = Field(description="Which rows the background rests on.")
    answer: str = Field(
        description='Of the best hit: "relevant" (probably), "unclear" or "nothing".'
    )
    evidence: str = Field(description='"calibrator", or "other collections".')
    sentence: Sentence
    hits: list[StoreHit]
    notes: Notes


class StoreApi:
    """The function over one store."""

    def __init__(self, store: ServedStore) -> None:
        self._store = store

    def functions(self) -> tuple[Function, ...]:
        """Return every function that programs may call."""
        return (Function(self.search_store, QUICK_WORK),)

    def search_store(self, asked: StoreSearchRequest) -> StoreSearchAnswer:
        """Search the store that this page serves, and say what the scores mean.

        Returns the hits, the likeliest to be relevant first, each with its cosine, predicted
        relevance and rarity. Nothing is written to the store.
        """
        return _answer(self._store, view_store(self._store, asked.query, asked.k))


def _answer(store: ServedStore, view: StoreView) -> StoreSearchAnswer:
    sample, found = store.engine.sample, view.found
    return StoreSearchAnswer(
        collection=sample.fingerprint.collection,
        rows=sample.count,
        sampled=sample.sentence,
        answer=found.answer,
        evidence=found.evidence,
        sentence=found.sentence,
        hits=[
            StoreHit(
                id=hit.id, text=hit.text, cosine=cosine, predicted_relevance=hit.value,
                low=hit.low, high=hit.high, rarity=hit.rarity, passes=hit.passes,
            )
            for hit, cosine in zip(found, view.cosines, strict=True)
        ],
        notes=list(found.notes),
    )  # fmt: skip
