from __future__ import annotations

import pytest

import search_core as sc
from search_core.adapters import chroma
from tests.adapters.conftest import QUESTION, assert_as_expected

pytestmark = [pytest.mark.peers, pytest.mark.model]
SPACES = ["l2", "cosine", "ip"]


@pytest.fixture
def collection(request: pytest.FixtureRequest, sample_engine: sc.SearchEngine) -> object:
    chromadb = pytest.importorskip("chromadb")
    made = chromadb.EphemeralClient().get_or_create_collection(
        f"sample-{request.param}", configuration={"hnsw": {"space": request.param}}
    )
    corpus = sample_engine.corpus
    made.upsert(list(corpus.ids), sample_engine.vectors, documents=list(corpus.texts))
    return made


@pytest.mark.parametrize("collection", SPACES, indirect=True)
def test_a_result_of_each_space_gives_each_hit_the_value_that_its_cosine_has(
    collection: object,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
    sample_corpus: sc.Corpus,
) -> None:
    result = collection.query(query_embeddings=[asked], n_results=8)  # type: ignore[attr-defined]
    engine = chroma.engine_of(collection)
    found = sc.meaningful(result, fitted, query=QUESTION, engine=engine)
    assert_as_expected(found, expected)
    assert found[0].text == sample_corpus.texts[sample_corpus.position_of_id[found[0].id]]
    assert found.answer == "relevant"


@pytest.mark.parametrize("collection", ["cosine"], indirect=True)
def test_hits_keep_the_ids_and_distances_of_the_store_and_have_no_positions(
    collection: object, asked: list[float]
) -> None:
    result = collection.query([asked], n_results=3)  # type: ignore[attr-defined]
    hits = chroma.hits(result, QUESTION, "chroma-cosine")
    assert list(hits.ids) == result["ids"][0]
    assert hits.scores.tolist() == result["distances"][0]
    assert (hits.positions, hits.scale.higher_is_better) == ((), False)


@pytest.mark.parametrize("collection", ["cosine"], indirect=True)
def test_results_that_cannot_be_read_get_one_sentence(
    collection: object, asked: list[float]
) -> None:
    query = collection.query  # type: ignore[attr-defined]
    with pytest.raises(sc.InputError, match="no distances; put 'distances' into include"):
        chroma.hits(query([asked], n_results=2, include=["documents"]))
    with pytest.raises(sc.InputError, match="the result of 2 queries; query one at a time"):
        chroma.hits(query([asked, asked], n_results=2))
    with pytest.raises(sc.InputError, match=r"A list was given where a result of collection.query"):
        chroma.hits([asked])
    with pytest.raises(sc.InputError, match="A str was given where a collection of a client"):
        chroma.engine_of("sample")
