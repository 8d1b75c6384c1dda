"""LangChain: a document compressor that states predicted relevance and passes what is relevant.

For a store that takes a `relevance_score_fn` nothing of this module is needed:
`Calibrator.relevance_score_fn` makes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from search_core.adapters.frameworks import check_source, scored
from search_core.adapters.results import facts_of
from search_core.adapters.versions import library
from search_core.hits import Hits
from search_core.predicted import check_arguments, predicted
from search_core.scale import COSINE

with library("langchain"):
    from langchain_core.documents import BaseDocumentCompressor, Document
    from pydantic import ConfigDict


class RelevanceCompressor(BaseDocumentCompressor):
    """Passes documents on that reach the threshold, best first, with predicted relevance.

    Each has it in its metadata as "predicted_relevance", with "predicted_relevance_interval" and
    "rarity" where they are known.

    Attributes
    ----------
    calibrator:
        A `Calibrator`, or a `CalibrationResult`, which knows the intervals; None reads by what
        other collections taught, and needs `within`.
    embeddings:
        The LangChain embeddings of the store: they embed query and documents for their cosines.
    engine, score_key:
        Instead of `embeddings`, what showed the scores that a retriever left in the metadata, such
        as "langchain-faiss-score", and under which key.
    within:
        A `SearchEngine` that holds the collection, as blends need; it brings scores as well.
    threshold:
        From which predicted relevance on a document is passed; the calibrator's own without it.
    nothing_text:
        The text of a single document that is passed where none reaches the threshold, such as
        "Nothing relevant was found."; without it, none is.

    Raises
    ------
    SearchCoreError
        When it is made: no calibrator where one is needed, an unknown engine, or nothing that
        brings scores. When it is used: a document without its score.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    calibrator: Any = None
    embeddings: Any = None
    engine: Any = None
    score_key: str = "score"
    within: Any = None
    threshold: Any = None
    nothing_text: str | None = None

    def model_post_init(self, context: Any, /) -> None:
        """Refuse what cannot work, before a document comes."""
        super().model_post_init(context)
        check_arguments(self.calibrator, self.within, self.threshold)
        check_source(self.engine, self.within, self.embeddings)

    def compress_documents(
        self,
        documents: Sequence[Document],
        query: str,
        callbacks: Any = None,  # noqa: ARG002 - LangChain passes it
    ) -> Sequence[Document]:
        """Return copies of the documents that reach the threshold, with predicted relevance."""
        hits = self._hits(documents, query)
        found = predicted(hits, self.calibrator, within=self.within, threshold=self.threshold)
        passed = [
            documents[int(hit.id)].model_copy(
                update={"metadata": {**documents[int(hit.id)].metadata, **facts_of(hit)}}
            )
            for hit in found.passing
        ]
        if not passed and self.nothing_text is not None:
            return [Document(self.nothing_text, metadata={"nothing_relevant": True})]
        return passed

    def _hits(self, documents: Sequence[Document], query: str) -> Hits:
        """Return the documents as hits whose ids are their places."""
        texts = [each.page_content for each in documents]
        if self.embeddings is not None:
            cosines = self._cosines(query, texts)
            return scored(query, texts, cosines, COSINE, self.within)
        shown = [each.metadata.get(self.score_key) for each in documents]
        return scored(query, texts, shown, self.engine, self.within)

    def _cosines(self, query: str, texts: list[str]) -> list[float]:
        if not texts:
            return []
        asked = np.array(self.embeddings.embed_query(query))
        vectors = np.array(self.embeddings.embed_documents(texts))
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(asked)
        cosines: list[float] = (vectors @ asked / lengths).tolist()
        return cosines
