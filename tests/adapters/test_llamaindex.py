from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import search_core as sc
from tests.adapters.conftest import QUESTION, UNRELATED

pytest.importorskip("llama_index.core", reason="llama-index-core is not installed")

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.postprocessor import SimilarityPostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from search_core.adapters.llamaindex import RelevancePostprocessor

pytestmark = [pytest.mark.peers, pytest.mark.model]
FAISS_L2 = "llamaindex-faiss-l2"


class EncoderEmbedding(BaseEmbedding):
    """The real encoder, as LlamaIndex asks for vectors."""

    encoder: Any = None

    def _get_query_embedding(self, query: str) -> list[float]:
        vector: list[float] = self.encoder.encode_queries([query])[0].tolist()
        return vector

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        vector: list[float] = self.encoder.encode_documents([text])[0].tolist()
        return vector


@pytest.fixture(scope="module")
def retriever(sample_engine: sc.SearchEngine, encoder: sc.Encoder) -> Any:
    """A FAISS index by squared L2, as the library's own example has it."""
    faiss = pytest.importorskip("faiss")
    stores = pytest.importorskip("llama_index.vector_stores.faiss")
    from llama_index.core import StorageContext, VectorStoreIndex

    corpus, vectors = sample_engine.corpus, sample_engine.vectors
    nodes = [
        TextNode(id_=name, text=text, embedding=vector)
        for name, text, vector in zip(corpus.ids, corpus.texts, vectors.tolist(), strict=True)
    ]
    store = stores.FaissVectorStore(faiss_index=faiss.IndexFlatL2(vectors.shape[1]))
    index = VectorStoreIndex(
        nodes,
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=EncoderEmbedding(encoder=encoder),
    )
    return index.as_retriever(similarity_top_k=8)


def test_the_library_s_own_postprocessor_drops_the_best_and_this_one_keeps_it(
    retriever: Any, calibrator: sc.Calibrator, expected: dict[str, float]
) -> None:
    nodes = retriever.retrieve(QUESTION)
    best = next(iter(expected))
    theirs = SimilarityPostprocessor(similarity_cutoff=0.5).postprocess_nodes(nodes)
    assert best not in [each.node.node_id for each in theirs]
    ours = RelevancePostprocessor(calibrator=calibrator, engine=FAISS_L2, threshold=0.5)
    kept = ours.postprocess_nodes(nodes, query_str=QUESTION)
    assert [each.node.node_id for each in kept] == [n for n, v in expected.items() if v >= 0.5]
    np.testing.assert_allclose(
        [each.score for each in kept], [v for v in expected.values() if v >= 0.5], atol=1e-5
    )
    # Behind it, their own one does what it says.
    again = SimilarityPostprocessor(similarity_cutoff=0.5).postprocess_nodes(kept)
    assert [each.node.node_id for each in again] == [each.node.node_id for each in kept]


def test_nothing_relevant_is_told(retriever: Any, calibrator: sc.Calibrator) -> None:
    nodes = retriever.retrieve(UNRELATED)
    silent = RelevancePostprocessor(calibrator=calibrator, engine=FAISS_L2)
    assert silent.postprocess_nodes(nodes, query_str=UNRELATED) == []
    telling = silent.model_copy(update={"nothing_text": "Nothing relevant was found."})
    (told,) = telling.postprocess_nodes(nodes, query_str=UNRELATED)
    assert (told.node.get_content(), told.score) == ("Nothing relevant was found.", 0.0)


def test_it_works_within_a_query_engine(retriever: Any, calibrator: sc.Calibrator) -> None:
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    engine = RetrieverQueryEngine.from_args(
        retriever,
        llm=MockLLM(),
        node_postprocessors=[RelevancePostprocessor(calibrator=calibrator, engine=FAISS_L2)],
    )
    assert engine.query(QUESTION).source_nodes
    assert not engine.query(UNRELATED).source_nodes


def test_a_collection_scores_nodes_that_have_no_score(
    sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult, retriever: Any
) -> None:
    nodes = [NodeWithScore(node=each.node) for each in retriever.retrieve(QUESTION)]
    blend = RelevancePostprocessor(calibrator=sample_result, within=sample_engine)
    kept = blend.postprocess_nodes(nodes, QueryBundle(QUESTION))
    hits = sample_result.calibrator.apply(sample_engine.search(QUESTION, 8), sample_engine)
    assert kept[0].score == pytest.approx(hits.scores[0])


def test_results_of_a_retriever_are_read_in_one_line(
    retriever: Any, fitted: sc.CalibrationResult, expected: dict[str, float]
) -> None:
    nodes = retriever.retrieve(QUESTION)
    found = sc.meaningful(nodes, fitted, query=QUESTION, engine=FAISS_L2)
    assert [hit.id for hit in found] == list(expected)
    with pytest.raises(sc.InputError, match="such as 'llamaindex-faiss-l2'"):
        sc.meaningful(nodes, fitted)


def test_plain_mistakes_get_one_sentence(calibrator: sc.Calibrator) -> None:
    with pytest.raises(sc.CalibrationError, match="There is no calibrator"):
        RelevancePostprocessor(engine=FAISS_L2)
    with pytest.raises(sc.InputError, match="not said where the scores come from"):
        RelevancePostprocessor(calibrator=calibrator)
    made = RelevancePostprocessor(calibrator=calibrator, engine=FAISS_L2)
    with pytest.raises(sc.InputError, match="Hit 1 has the score None"):
        made.postprocess_nodes([NodeWithScore(node=TextNode(text="a cat"))], query_str="cat")
