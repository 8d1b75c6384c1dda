"""`meaningful` on what searches: it is asked with a query, and says what its hits' scores mean."""

from __future__ import annotations

from typing import Any

import pytest

import search_core as sc
from tests.adapters.conftest import QUESTION, UNRELATED, assert_as_expected

pytestmark = pytest.mark.model


def test_a_function_that_searches_becomes_one_that_says_what_its_hits_mean(
    sample_engine: sc.SearchEngine, fitted: sc.CalibrationResult, expected: dict[str, float]
) -> None:
    def search(query: str) -> dict[str, Any]:
        hits = sample_engine.search(query, 8)
        return {"ids": [hits.ids], "distances": [hits.scores], "documents": [hits.texts]}

    ask = sc.meaningful(search, fitted, engine="chroma-l2")
    assert_as_expected(ask(QUESTION), expected)
    assert ask(QUESTION).query == QUESTION
    assert ask(UNRELATED).nothing_relevant


def test_a_search_engine_is_asked_and_a_threshold_is_kept(
    sample_engine: sc.SearchEngine, fitted: sc.CalibrationResult
) -> None:
    ask = sc.meaningful(sample_engine, fitted, within=sample_engine, threshold=0.3)
    found = ask(QUESTION)
    assert found.threshold == 0.3
    assert [hit.passes for hit in found] == [hit.value >= 0.3 for hit in found]
    assert found[0].rarity is not None


def test_without_a_calibrator_other_collections_suggest_values(
    sample_engine: sc.SearchEngine,
) -> None:
    found = sc.meaningful(sample_engine, within=sample_engine)(QUESTION)
    assert found.evidence == "other collections"
    assert found[0].low is not None


def test_a_store_and_a_retriever_of_langchain_are_asked(
    sample_engine: sc.SearchEngine, encoder: sc.Encoder, fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:  # fmt: skip
    stores = pytest.importorskip("langchain_community.vectorstores")
    embeddings = pytest.importorskip("langchain_core.embeddings")

    class Ours(embeddings.Embeddings):  # type: ignore[name-defined]
        def embed_documents(self, texts: list[str]) -> Any:
            return encoder.encode_documents(texts).tolist()

        def embed_query(self, text: str) -> Any:
            return encoder.encode_queries([text])[0].tolist()

    corpus = sample_engine.corpus
    store = stores.FAISS.from_texts(list(corpus.texts), Ours(), ids=list(corpus.ids))
    key = "langchain-faiss-score"
    retriever = store.as_retriever(search_kwargs={"k": 8})
    assert_as_expected(sc.meaningful(retriever, fitted, engine=key)(QUESTION), expected)
    assert len(sc.meaningful(store, fitted, engine=key)(QUESTION)) == 4  # its own number
    with pytest.raises(sc.InputError, match=r"give engine=… .* such as 'langchain-faiss-score'"):
        sc.meaningful(store, fitted)(QUESTION)


def test_documents_that_a_retriever_of_langchain_returns_without_scores_are_scored(
    sample_engine: sc.SearchEngine, fitted: sc.CalibrationResult, expected: dict[str, float]
) -> None:
    retrievers = pytest.importorskip("langchain_core.retrievers")
    documents = pytest.importorskip("langchain_core.documents")

    class Ours(retrievers.BaseRetriever):  # type: ignore[name-defined]
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> Any:
            hits = sample_engine.search(query, 8)
            rows = zip(hits.ids, hits.texts, strict=True)
            return [documents.Document(text, id=name) for name, text in rows]

    ask = sc.meaningful(Ours(), fitted, within=sample_engine)
    assert_as_expected(ask(QUESTION), expected)
    with pytest.raises(sc.InputError, match="whose first item is a Document"):
        sc.meaningful(Ours(), fitted)(QUESTION)


def test_an_index_and_a_retriever_of_llamaindex_are_asked(
    sample_engine: sc.SearchEngine, encoder: sc.Encoder, fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:  # fmt: skip
    core = pytest.importorskip("llama_index.core")
    stores = pytest.importorskip("llama_index.vector_stores.faiss")
    faiss = pytest.importorskip("faiss")
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.schema import TextNode

    class Ours(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> Any:
            return encoder.encode_queries([query])[0].tolist()

        async def _aget_query_embedding(self, query: str) -> Any:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> Any:
            return encoder.encode_documents([text])[0].tolist()

    corpus = sample_engine.corpus
    nodes = [
        TextNode(id_=name, text=text, embedding=vector)
        for name, text, vector in zip(
            corpus.ids, corpus.texts, sample_engine.vectors.tolist(), strict=True
        )
    ]
    store = stores.FaissVectorStore(faiss_index=faiss.IndexFlatL2(encoder.dim))
    context = core.StorageContext.from_defaults(vector_store=store)
    index = core.VectorStoreIndex(nodes, storage_context=context, embed_model=Ours())
    retriever = index.as_retriever(similarity_top_k=8)
    key = "llamaindex-faiss-l2"
    assert_as_expected(sc.meaningful(retriever, fitted, engine=key)(QUESTION), expected)
    assert len(sc.meaningful(index, fitted, engine=key)(QUESTION)) == 2  # its own number


def test_a_retriever_of_haystack_is_asked_with_a_query_or_with_its_vector(
    sample_engine: sc.SearchEngine, fitted: sc.CalibrationResult, expected: dict[str, float]
) -> None:
    haystack = pytest.importorskip("haystack")
    from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store, corpus = InMemoryDocumentStore(), sample_engine.corpus
    rows = zip(corpus.ids, corpus.texts, sample_engine.vectors.tolist(), strict=True)
    store.write_documents(
        [haystack.Document(id=name, content=text, embedding=each) for name, text, each in rows]
    )
    by_vector = InMemoryEmbeddingRetriever(store, top_k=8)
    key = "haystack-dot-product"
    ask = sc.meaningful(by_vector, fitted, engine=key, within=sample_engine)
    assert_as_expected(ask(QUESTION), expected)
    with pytest.raises(sc.InputError, match="is asked with a vector; give within=engine"):
        sc.meaningful(by_vector, fitted, engine=key)
    by_words = sc.meaningful(InMemoryBM25Retriever(store), within=sample_engine, engine="bm25")
    assert by_words("kettle")[0].low is not None


def test_a_collection_of_chroma_is_asked_and_tells_its_space(
    sample_engine: sc.SearchEngine, encoder: sc.Encoder, fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:  # fmt: skip
    chromadb = pytest.importorskip("chromadb")

    class Ours(chromadb.EmbeddingFunction):  # type: ignore[name-defined]
        def __init__(self) -> None:
            pass

        def __call__(self, input: Any) -> Any:
            return list(encoder.encode_queries(input))

    collection = chromadb.EphemeralClient().get_or_create_collection(
        "asked", configuration={"hnsw": {"space": "cosine"}}, embedding_function=Ours()
    )
    corpus = sample_engine.corpus
    collection.upsert(list(corpus.ids), sample_engine.vectors, documents=list(corpus.texts))
    found = sc.meaningful(collection, fitted)(QUESTION)
    assert [hit.id for hit in found][:8] == list(expected)


def test_what_is_wrong_is_said_before_anything_is_asked(fitted: sc.CalibrationResult) -> None:
    with pytest.raises(sc.CalibrationError, match="There is no calibrator"):
        sc.meaningful(lambda query: [])
    with pytest.raises(sc.InputError, match="known by the name 'chroma-cosin'"):
        sc.meaningful(lambda query: [], fitted, engine="chroma-cosin")
    with pytest.raises(sc.InputError, match="or a retriever, a store, or a function"):
        sc.meaningful(3, fitted)
