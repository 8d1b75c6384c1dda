from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import search_core as sc
from tests.adapters.conftest import QUESTION, UNRELATED

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from search_core.adapters.langchain import RelevanceCompressor

pytestmark = [pytest.mark.peers, pytest.mark.model]


class EncoderEmbeddings(Embeddings):
    """The real encoder, as LangChain asks for vectors."""

    def __init__(self, encoder: sc.Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._encoder.encode_documents(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._encoder.encode_queries([text])[0].tolist()
        return vector


@pytest.fixture(scope="module")
def embeddings(encoder: sc.Encoder) -> EncoderEmbeddings:
    return EncoderEmbeddings(encoder)


def faiss_store(
    engine: sc.SearchEngine, embeddings: Embeddings, relevance: Any, **options: Any
) -> Any:
    stores = pytest.importorskip("langchain_community.vectorstores")
    pairs = list(zip(engine.corpus.texts, engine.vectors.tolist(), strict=True))
    ids = list(engine.corpus.ids)
    return stores.FAISS.from_embeddings(
        pairs, embeddings, ids=ids, relevance_score_fn=relevance, **options
    )


def chroma_store(engine: sc.SearchEngine, embeddings: Embeddings, relevance: Any) -> Any:
    library = pytest.importorskip("langchain_chroma")
    store = library.Chroma(
        "langchain-sample",
        embeddings,
        relevance_score_fn=relevance,
        collection_metadata={"hnsw:space": "cosine"},
    )
    corpus = engine.corpus
    store._collection.upsert(list(corpus.ids), engine.vectors, documents=list(corpus.texts))
    return store


def inner_product_store(engine: sc.SearchEngine, embeddings: Embeddings, relevance: Any) -> Any:
    utils = pytest.importorskip("langchain_community.vectorstores.utils")
    strategy = utils.DistanceStrategy.MAX_INNER_PRODUCT
    return faiss_store(engine, embeddings, relevance, distance_strategy=strategy)


STORES = {
    "langchain-faiss-score": faiss_store,
    "langchain-faiss-ip-score": inner_product_store,
    "langchain-chroma-cosine-score": chroma_store,
}


@pytest.fixture(params=list(STORES))
def store(
    request: pytest.FixtureRequest,
    sample_engine: sc.SearchEngine,
    embeddings: EncoderEmbeddings,
    calibrator: sc.Calibrator,
) -> Any:
    relevance = calibrator.relevance_score_fn(request.param)
    return STORES[request.param](sample_engine, embeddings, relevance)


def test_the_relevance_of_a_store_is_the_predicted_relevance(
    store: Any, expected: dict[str, float]
) -> None:
    found = store.similarity_search_with_relevance_scores(QUESTION, k=8)
    assert [document.id for document, _ in found] == list(expected)
    values = [value for _, value in found]
    np.testing.assert_allclose(values, list(expected.values()), atol=1e-5)


def test_a_score_threshold_keeps_what_it_says(
    store: Any, expected: dict[str, float], recwarn: pytest.WarningsRecorder
) -> None:
    kept = [name for name, value in expected.items() if value >= 0.5]
    assert 0 < len(kept) < len(expected)
    kwargs = {"k": 8, "score_threshold": 0.5}
    retriever = store.as_retriever(search_type="similarity_score_threshold", search_kwargs=kwargs)
    assert [document.id for document in retriever.invoke(QUESTION)] == kept
    assert retriever.invoke(UNRELATED) == []


def test_results_with_scores_are_read_in_one_line(
    sample_engine: sc.SearchEngine,
    embeddings: EncoderEmbeddings,
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    store = faiss_store(sample_engine, embeddings, None)
    result = store.similarity_search_with_score(QUESTION, k=8)
    found = sc.meaningful(result, fitted, query=QUESTION, engine="langchain-faiss-score")
    assert [hit.id for hit in found] == list(expected)
    with pytest.raises(sc.InputError, match=r"give engine=… .* such as 'langchain-faiss-score'"):
        sc.meaningful(result, fitted)
    with pytest.raises(sc.InputError, match="whose first item is a Document"):
        sc.meaningful([document for document, _ in result], fitted)


def documents_of(engine: sc.SearchEngine, question: str, k: int = 8) -> list[Document]:
    """Return what a retriever finds, with the score in the metadata."""
    hits = engine.search(question, k)
    return [
        Document(text, id=name, metadata={"score": score, "source": "sample"})
        for name, text, score in zip(hits.ids, hits.texts, hits.scores.tolist(), strict=True)
    ]


def test_the_compressor_embeds_what_a_retriever_found_and_passes_what_reaches_the_threshold(
    sample_engine: sc.SearchEngine,
    embeddings: EncoderEmbeddings,
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    retrievers = pytest.importorskip("langchain_classic.retrievers")
    retriever = retrievers.ContextualCompressionRetriever(
        base_compressor=RelevanceCompressor(
            calibrator=fitted, embeddings=embeddings, threshold=0.5
        ),
        base_retriever=faiss_store(sample_engine, embeddings, None).as_retriever(
            search_kwargs={"k": 8}
        ),
    )
    found = retriever.invoke(QUESTION)
    assert [each.id for each in found] == [name for name, v in expected.items() if v >= 0.5]
    for each in found:
        low, high = each.metadata["predicted_relevance_interval"]
        assert each.metadata["predicted_relevance"] == pytest.approx(expected[each.id], abs=1e-5)
        assert low <= each.metadata["predicted_relevance"] <= high
    assert retriever.invoke(UNRELATED) == []


def test_the_compressor_reads_scores_from_the_metadata_and_leaves_the_documents_as_they_were(
    sample_engine: sc.SearchEngine, calibrator: sc.Calibrator, expected: dict[str, float]
) -> None:
    given = documents_of(sample_engine, QUESTION)
    compressor = RelevanceCompressor(calibrator=calibrator, engine="faiss-l2", threshold=0.0)
    found = compressor.compress_documents(given, QUESTION)
    assert [each.id for each in found] == list(expected)
    assert [each.metadata["source"] for each in found] == ["sample"] * len(found)
    assert all("predicted_relevance" not in each.metadata for each in given)


def test_the_compressor_says_that_nothing_relevant_was_found(
    sample_engine: sc.SearchEngine, calibrator: sc.Calibrator
) -> None:
    compressor = RelevanceCompressor(
        calibrator=calibrator, engine="faiss-l2", nothing_text="Nothing relevant was found."
    )
    (told,) = compressor.compress_documents(documents_of(sample_engine, UNRELATED), UNRELATED)
    assert told.page_content == "Nothing relevant was found."
    assert told.metadata == {"nothing_relevant": True}
    assert compressor.compress_documents([], UNRELATED)[0] == told


def test_the_compressor_needs_a_collection_for_a_blend_and_without_a_calibrator(
    sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult
) -> None:
    given = documents_of(sample_engine, QUESTION)
    blend = RelevanceCompressor(calibrator=sample_result, within=sample_engine, threshold=0.5)
    best = blend.compress_documents(given, QUESTION)[0]
    hits = sample_result.calibrator.apply(sample_engine.search(QUESTION, 8), sample_engine)
    assert best.metadata["predicted_relevance"] == pytest.approx(hits.scores[0])
    assert 0 < best.metadata["rarity"] < 0.05
    prior = RelevanceCompressor(within=sample_engine, threshold=0.0)
    first = prior.compress_documents(given, QUESTION)[0]
    low, high = first.metadata["predicted_relevance_interval"]
    assert low < first.metadata["predicted_relevance"] < high
    with pytest.raises(sc.CalibrationError, match="looks at more than the score"):
        RelevanceCompressor(calibrator=sample_result, engine="faiss-l2")


def test_plain_mistakes_get_one_sentence_when_the_compressor_is_made_or_used(
    calibrator: sc.Calibrator,
) -> None:
    with pytest.raises(sc.CalibrationError, match="There is no calibrator"):
        RelevanceCompressor(engine="faiss-l2")
    with pytest.raises(sc.CalibrationError, match="A str was given where a calibrator"):
        RelevanceCompressor(calibrator="c.json", engine="faiss-l2")
    with pytest.raises(sc.InputError, match="not said where the scores come from"):
        RelevanceCompressor(calibrator=calibrator)
    with pytest.raises(sc.InputError, match="'faiss-l3'; the nearest are"):
        RelevanceCompressor(calibrator=calibrator, engine="faiss-l3")
    compressor = RelevanceCompressor(calibrator=calibrator, engine="faiss-l2")
    with pytest.raises(sc.InputError, match="Hit 1 has the score None"):
        compressor.compress_documents([Document("a cat")], "cat")
    with pytest.raises(sc.InputError, match="No engine and no scale is known by the name 'faiss'"):
        calibrator.relevance_score_fn("faiss")
    with pytest.raises(sc.ScaleMismatch):
        calibrator.relevance_score_fn("bm25")
