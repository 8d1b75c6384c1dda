"""Any vector store of LangChain: its scores alone, by what it calls them in `ENGINES`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from search_core.engines.records import ENGINES
from search_core.engines.scales import Scores, converter, scale_of
from search_core.errors import StoreError
from search_core.scale import COSINE
from search_core.stores.faults import one_query, reaching
from search_core.stores.protocol import (
    MOST_WITHIN,
    Ability,
    Asked,
    StoreFingerprint,
    StoreHits,
    StoreRows,
)
from search_core.vectors import Floats

WITH_SCORES = "similarity_search_with_score"


class LangChainStore:
    """A vector store of LangChain, which embeds what it is asked and shows scores alone.

    Attributes
    ----------
    scale, can:
        As a `ScoredStore` has them; the scale is the cosine behind the store's own score.
    """

    scale = COSINE
    can: frozenset[Ability] = frozenset({"texts", "filter"})

    def __init__(self, store: Any, engine: Scores) -> None:
        """Take a store as it is.

        Parameters
        ----------
        store:
            A `langchain_core.vectorstores.VectorStore`.
        engine:
            What shows its scores: a key of `ENGINES` such as "langchain-chroma-cosine-score", whose
            function is the one that is called; or the name of a scale such as "cosine", for
            `similarity_search_with_score`.

        Raises
        ------
        StoreError
            No cosine stands behind the scores, or the store does not show them.
        InputError
            Nothing is known by this name.
        """
        self._own = scale_of(engine)
        record = ENGINES.get(engine) if isinstance(engine, str) else None
        self._function = record.function if record else WITH_SCORES
        self._engine = record.key if record else self._own.name
        to_cosine = converter(self._own, COSINE)
        if to_cosine is None:
            raise StoreError(
                f"No cosine stands behind {self._own.words}, so nothing can be said of a store "
                "that shows it; name the function that shows its vector score."
            )
        if not callable(getattr(store, self._function, None)):
            raise StoreError(
                f"A {type(store).__name__} has no {self._function}, which '{self._engine}' names; "
                "give a vector store of LangChain, and what shows its scores."
            )
        self._store, self._to_cosine = store, to_cosine

    @property
    def fingerprint(self) -> StoreFingerprint:
        """Which store it is; LangChain gives neither its size nor its index."""
        name = str(getattr(self._store, "collection_name", "") or type(self._store).__name__)
        return StoreFingerprint(self._engine, "", name, self._own.name, dim=0, count=0)

    def search(self, asked: Asked, k: int, where: Any = None, exact: bool = False) -> StoreHits:
        """Return the k best hits of each text; see `ScoredStore`."""
        if exact:
            raise StoreError("A store of LangChain cannot be searched exactly; leave exact out.")
        filtered = {} if where is None else {"filter": where}
        found = []
        for text in _texts(asked):
            with reaching("The store", self.fingerprint.collection):
                found.append(getattr(self._store, self._function)(text, k=k, **filtered))
        return self._hits(found)

    def within(
        self, asked: Asked, score: float, where: Any = None, limit: int = MOST_WITHIN
    ) -> StoreHits:
        """Return the hits of one text at this cosine or better, out of the first `limit`."""
        found = self.search(one_query(_texts(asked)), limit, where)
        kept = int((found.scores[0] >= score).sum())
        return StoreHits(
            (found.ids[0][:kept],), (found.texts[0][:kept],), (found.scores[0][:kept],), COSINE,
            is_complete=kept < limit,
        )  # fmt: skip

    def sample(self, n: int, seed: int, where: Any = None) -> StoreRows:  # noqa: ARG002
        """Refuse: no row can be drawn."""
        raise StoreError("A store of LangChain cannot be sampled; give background_queries.")

    def fetch(self, ids: Sequence[str]) -> StoreRows:
        """Return the texts of these ids; there are no vectors."""
        with reaching("The store", self.fingerprint.collection):
            found = self._store.get_by_ids(list(ids))
        names = tuple(str(each.id) for each in found)
        texts = tuple(each.page_content for each in found)
        return StoreRows(names, texts, np.empty((len(found), 0), dtype=np.float32))

    def count(self, where: Any = None) -> int:  # noqa: ARG002
        """Refuse: LangChain does not count."""
        raise StoreError("A store of LangChain does not tell how many rows it has.")

    def _hits(self, found: Sequence[Sequence[tuple[Any, float]]]) -> StoreHits:
        ids, texts, scores = [], [], []
        for pairs in found:
            cosines = self._cosines(np.array([score for _, score in pairs], dtype=np.float64))
            best = np.argsort(-cosines, kind="stable").tolist()
            documents = [pairs[at][0] for at in best]
            ids.append(tuple(str(each.id or rank) for rank, each in enumerate(documents)))
            texts.append(tuple(each.page_content for each in documents))
            scores.append(cosines[best])
        return StoreHits(tuple(ids), tuple(texts), tuple(scores), COSINE)

    def _cosines(self, scores: Floats) -> Floats:
        """Return the cosines behind the store's scores; what cannot be one is refused."""
        return COSINE.without_rounding(self._to_cosine(self._own.bring_within(scores)))


def _texts(asked: Asked) -> list[str]:
    texts = list(asked)
    if not all(isinstance(text, str) for text in texts):
        raise StoreError(
            "A vector was given to a store that embeds what it is asked; ask it in words."
        )
    return [str(text) for text in texts]
