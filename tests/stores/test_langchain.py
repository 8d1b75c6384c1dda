from __future__ import annotations

from typing import Any

import pytest

import search_core as sc
from search_core.stores.langchain import LangChainStore
from tests.stores.worlds import ENCODER, IDS, QUESTIONS, TEXTS, collection

pytestmark = pytest.mark.peers
vectorstores = pytest.importorskip("langchain_core.vectorstores")


class OurEmbeddings:
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return ENCODER.encode_documents(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        return ENCODER.encode_queries([text])[0].tolist()


@pytest.fixture(scope="module")
def vector_store() -> Any:
    made = vectorstores.InMemoryVectorStore(OurEmbeddings())
    made.add_texts(TEXTS, ids=IDS)
    return made


@pytest.fixture(scope="module")
def store(vector_store: Any) -> LangChainStore:
    return LangChainStore(vector_store, "cosine")


@pytest.fixture(scope="module")
def here(store: LangChainStore) -> sc.StoreEngine:
    questions = sc.UnrelatedQuestions.of_kinds(["en"]).questions
    return sc.StoreEngine.open(store, ENCODER, background_queries=questions)


def test_scores_alone_give_the_calibrated_values_of_the_collection_itself(
    here: sc.StoreEngine, by_score: sc.Calibrator
) -> None:
    engine = collection()
    for question in QUESTIONS:
        expected = by_score.apply(engine.search(question, 8))
        found = by_score.apply(here.search(question, 8))
        assert found.ids == expected.ids
        assert found.scores == pytest.approx(expected.scores, abs=1e-5)


def test_hits_above_a_score_are_found_for_one_text_at_a_time(store: LangChainStore) -> None:
    with pytest.raises(sc.StoreError, match="2 queries were given, and all hits above a score"):
        store.within(QUESTIONS[:2], 0.5)


def test_rarity_is_that_of_the_collection_itself(here: sc.StoreEngine) -> None:
    engine = collection().compared_with(sc.UnrelatedQuestions.of_kinds(["en"]).questions)
    for question in QUESTIONS:
        assert here.background(question).rarity == engine.background(question).rarity
    assert here.sample.sentence == "No rows were drawn: this store shows scores alone."


def test_one_line_says_what_its_hits_are_worth(
    here: sc.StoreEngine, by_score: sc.Calibrator
) -> None:
    answer = sc.meaningful(here.search(QUESTIONS[0], 5), by_score, within=here)
    assert answer[0].text == "The cat eats a cake at night."
    assert all(hit.rarity is not None for hit in answer)


def test_what_needs_vectors_is_refused_with_what_to_do(
    here: sc.StoreEngine, by_features: sc.Calibrator
) -> None:
    hits = here.search(QUESTIONS[0], 5)
    with pytest.raises(sc.StoreError, match="a calibrator of the score alone can be used"):
        by_features.apply(hits, here)
    with pytest.raises(sc.StoreError, match="a calibrator of the score alone can be used"):
        sc.meaningful(hits, within=here)


def test_without_questions_of_ones_own_there_is_no_rarity_and_a_reason(
    store: LangChainStore,
) -> None:
    found = sc.StoreEngine.open(store, ENCODER).background(QUESTIONS[0])
    assert found.rarity is None
    assert "hands out no texts" in found.rarity_sentence


def test_all_hits_above_a_score_are_those_of_the_first_so_many(here: sc.StoreEngine) -> None:
    expected = [
        cosine for cosine in collection().search(QUESTIONS[0], 200).cosines() if cosine > 0.6
    ]
    found = here.within(QUESTIONS[0], 0.6)
    assert len(found.hits) == len(expected)
    assert found.high is None


def test_a_filter_is_passed_on(here: sc.StoreEngine) -> None:
    hits = here.search(QUESTIONS[0], 3, where=lambda document: "fox" in document.page_content)
    assert all("fox" in text for text in hits.texts)
    assert any("passed a filter" in note for note in hits.notes)


def test_a_score_without_a_cosine_behind_it_and_a_store_without_scores_are_refused(
    vector_store: Any,
) -> None:
    with pytest.raises(sc.StoreError, match="No cosine stands behind BM25"):
        LangChainStore(vector_store, "bm25")
    with pytest.raises(sc.StoreError, match="A dict has no similarity_search_with_score"):
        LangChainStore({}, "cosine")
    with pytest.raises(sc.StoreError, match="A vector was given to a store that embeds"):
        LangChainStore(vector_store, "cosine").search(ENCODER.encode_queries(["a cat"]), 1)
