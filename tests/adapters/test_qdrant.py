from __future__ import annotations

from typing import Any

import pytest

import search_core as sc
from search_core.adapters import qdrant
from tests.adapters.conftest import QUESTION, assert_as_expected

pytestmark = [pytest.mark.peers, pytest.mark.model]
DISTANCES = ["Cosine", "Dot", "Euclid"]


@pytest.fixture(scope="module")
def client(sample_engine: sc.SearchEngine) -> Any:
    """A store in memory with one collection a distance; ids are whole numbers there."""
    library = pytest.importorskip("qdrant_client")
    made, models = library.QdrantClient(":memory:"), library.models
    corpus = sample_engine.corpus
    for distance in DISTANCES:
        params = models.VectorParams(size=sample_engine.vectors.shape[1], distance=distance)
        made.create_collection(distance, vectors_config=params)
        points = [
            models.PointStruct(id=number, vector=vector.tolist(), payload={"text": text})
            for number, (vector, text) in enumerate(
                zip(sample_engine.vectors, corpus.texts, strict=True)
            )
        ]
        made.upsert(distance, points)
    return made


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_result_of_each_distance_gives_each_hit_the_value_that_its_cosine_has(
    distance: str,
    client: Any,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
    sample_corpus: sc.Corpus,
) -> None:
    result = client.query_points(distance, query=asked, limit=8)
    engine = qdrant.engine_of(client, distance)
    found = sc.meaningful(result, fitted, query=QUESTION, engine=engine)
    numbered = {str(sample_corpus.position_of_id[name]): value for name, value in expected.items()}
    assert_as_expected(found, numbered)
    assert found[0].text == sample_corpus.texts[int(found[0].id)]


def test_points_alone_are_read_as_well_and_a_text_from_another_key(client: Any) -> None:
    library = pytest.importorskip("qdrant_client")
    point = library.models.ScoredPoint(id=7, version=0, score=0.5, payload={"body": "a cat"})
    assert qdrant.hits([point], text="body").texts == ("a cat",)
    assert qdrant.hits([point]).ids == ("7",)


def test_what_is_no_result_get_one_sentence(client: Any) -> None:
    with pytest.raises(sc.InputError, match=r"A int was given where what client.query_points"):
        qdrant.hits(3)
    with pytest.raises(sc.InputError, match="'Dot' has a dense vector 'title' was expected"):
        qdrant.engine_of(client, "Dot", "title")
