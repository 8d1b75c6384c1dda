"""LangChain: a document compressor that states predicted relevance and passes what is relevant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search_core.adapters.frameworks import ItemReader, cosines_by
from search_core.adapters.results import facts_of
from search_core.adapters.versions import library
from search_core.predicted import PredictedHit
from search_core.scale import COSINE

with library("langchain"):
    from langchain_core.documents import BaseDocumentCompressor, Document
    from pydantic import ConfigDict


class RelevanceCompressor(BaseDocumentCompressor):
    """Passes on what reaches the threshold, best first, with "predicted_relevance" in metadata.

    Attributes
    ----------
    calibrator, within, threshold:
        As for `meaningful`; blends need `within`, which brings scores as well.
    embeddings:
        The LangChain embeddings of the store: they embed query and documents for their cosines.
    engine, score_key:
        Without `embeddings`, what showed the scores that a retriever left in the metadata, such as
        "langchain-faiss-score", and under which key.
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
        self._reader()

    def compress_documents(
        self,
        documents: Sequence[Document],
        query: str,
        callbacks: Any = None,  # noqa: ARG002
    ) -> Sequence[Document]:
        """Return copies of the documents that reach the threshold, with predicted relevance."""
        texts = [each.page_content for each in documents]
        scores: list[Any] = [each.metadata.get(self.score_key) for each in documents]
        if self.embeddings is not None:
            scores = cosines_by(self.embeddings, query, texts)
        found = list(zip(documents, texts, scores, strict=True))
        text, facts = self.nothing_text, {"nothing_relevant": True}
        nothing = None if text is None else Document(text, metadata=facts)
        return self._reader().relevant(query, found, _marked, nothing)[0]

    def _reader(self) -> ItemReader:
        engine = self.engine if self.embeddings is None else COSINE
        return ItemReader(self.calibrator, engine, self.within, self.threshold)


def _marked(document: Document, hit: PredictedHit) -> Document:
    return document.model_copy(update={"metadata": {**document.metadata, **facts_of(hit)}})
