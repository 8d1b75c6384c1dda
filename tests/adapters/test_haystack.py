from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import search_core as sc
from tests.adapters.conftest import QUESTION, UNRELATED

pytest.importorskip("haystack", reason="haystack-ai is not installed")

from haystack import Document, Pipeline
from haystack.components.retrievers import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore

from search_core.adapters.haystack import RelevanceRanker

pytestmark = [pytest.mark.peers, pytest.mark.model]
DOT = "haystack-dot-product"


@pytest.fixture
def retriever(sample_engine: sc.SearchEngine) -> InMemoryEmbeddingRetriever:
    store = InMemoryDocumentStore()
    corpus = sample_engine.corpus
    store.write_documents(
        [
            Document(id=name, content=text, embedding=vector)
            for name, text, vector in zip(
                corpus.ids, corpus.texts, sample_engine.vectors.tolist(), strict=True
            )
        ]
    )
    return InMemoryEmbeddingRetriever(store, top_k=8)


def vector_of(encoder: sc.Encoder, question: str) -> list[float]:
    vector: list[float] = encoder.encode_queries([question])[0].tolist()
    return vector


def run(pipeline: Pipeline, encoder: sc.Encoder, question: str) -> dict[str, Any]:
    given = {
        "retriever": {"query_embedding": vector_of(encoder, question)},
        "ranker": {"query": question},
    }
    answer: dict[str, Any] = pipeline.run(given)["ranker"]
    return answer


def pipeline_of(retriever: InMemoryEmbeddingRetriever, ranker: RelevanceRanker) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("retriever", retriever)
    pipeline.add_component("ranker", ranker)
    pipeline.connect("retriever.documents", "ranker.documents")
    return pipeline


def test_a_pipeline_passes_documents_with_their_predicted_relevance_and_says_when_there_are_none(
    retriever: InMemoryEmbeddingRetriever,
    encoder: sc.Encoder,
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    pipeline = pipeline_of(retriever, RelevanceRanker(fitted, DOT, threshold=0.5))
    answer = run(pipeline, encoder, QUESTION)
    passing = {name: value for name, value in expected.items() if value >= 0.5}
    assert [each.id for each in answer["documents"]] == list(passing)
    np.testing.assert_allclose(
        [each.score for each in answer["documents"]], list(passing.values()), atol=1e-5
    )
    assert answer["documents"][0].meta["retrieval_score"] > 0
    assert not answer["nothing_relevant"]
    nothing = run(pipeline, encoder, UNRELATED)
    assert nothing["documents"] == []
    assert nothing["nothing_relevant"]
    assert nothing["sentence"].startswith("Nothing relevant was found")


def test_a_pipeline_is_stored_and_read_again_with_its_calibrator(
    retriever: InMemoryEmbeddingRetriever, encoder: sc.Encoder, fitted: sc.CalibrationResult
) -> None:
    made = RelevanceRanker(fitted, DOT)
    again = RelevanceRanker.from_dict(made.to_dict())
    assert again.to_dict() == made.to_dict()
    found = retriever.run(query_embedding=vector_of(encoder, QUESTION))["documents"]
    first, second = (each.run(QUESTION, found)["documents"] for each in (made, again))
    assert [each.score for each in first] == [each.score for each in second]
    stored = pipeline_of(retriever, made).dumps()
    read = Pipeline.loads(stored, allowed_modules=["search_core"])
    assert read.get_component("ranker").to_dict() == made.to_dict()


def test_a_ranker_that_holds_a_collection_is_not_stored(
    sample_engine: sc.SearchEngine, retriever: InMemoryEmbeddingRetriever, encoder: sc.Encoder
) -> None:
    ranker = RelevanceRanker(within=sample_engine, threshold=0.0)
    found = retriever.run(query_embedding=vector_of(encoder, QUESTION))["documents"]
    assert ranker.run(QUESTION, found)["documents"][0].meta["rarity"] < 0.05
    with pytest.raises(sc.InputError, match=r"save that with engine.save\(folder\)"):
        ranker.to_dict()


def test_results_of_a_retriever_are_read_in_one_line(
    retriever: InMemoryEmbeddingRetriever,
    encoder: sc.Encoder,
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    result = retriever.run(query_embedding=vector_of(encoder, QUESTION))
    found = sc.meaningful(result, fitted, query=QUESTION, engine=DOT)
    assert [hit.id for hit in found] == list(expected)
    with pytest.raises(sc.InputError, match="such as 'haystack-"):
        sc.meaningful(result, fitted)


def test_plain_mistakes_get_one_sentence(calibrator: sc.Calibrator) -> None:
    with pytest.raises(sc.CalibrationError, match="There is no calibrator"):
        RelevanceRanker(engine=DOT)
    with pytest.raises(sc.InputError, match="not said where the scores come from"):
        RelevanceRanker(calibrator)
    with pytest.raises(sc.InputError, match="The threshold is 50"):
        RelevanceRanker(calibrator, DOT, threshold=50)
    with pytest.raises(sc.InputError, match="Hit 1 has the score None"):
        RelevanceRanker(calibrator, DOT).run("cat", [Document(content="a cat")])
