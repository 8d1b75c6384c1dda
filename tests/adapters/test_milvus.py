from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import search_core as sc
from search_core.adapters import milvus
from tests.adapters.conftest import QUESTION, assert_as_expected

pytestmark = [pytest.mark.peers, pytest.mark.model]
METRICS = ["COSINE", "IP", "L2"]


@pytest.fixture(scope="module")
def client(sample_engine: sc.SearchEngine, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store in a file with one collection a metric."""
    library = pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    file: Path = tmp_path_factory.mktemp("milvus") / "sample.db"
    made, corpus = library.MilvusClient(str(file)), sample_engine.corpus
    for metric in METRICS:
        made.create_collection(
            metric, sample_engine.vectors.shape[1], metric_type=metric, id_type="string",
            max_length=20,
        )  # fmt: skip
        rows = zip(corpus.ids, corpus.texts, sample_engine.vectors.tolist(), strict=True)
        made.insert(metric, [{"id": n, "text": text, "vector": each} for n, text, each in rows])
    return made


@pytest.mark.parametrize("metric", METRICS)
def test_a_result_of_each_metric_gives_each_hit_the_value_that_its_cosine_has(
    metric: str,
    client: Any,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
    sample_corpus: sc.Corpus,
) -> None:
    result = client.search(metric, data=[asked], limit=8, output_fields=["text"])
    engine = milvus.engine_of(client, metric)
    found = sc.meaningful(result, fitted, query=QUESTION, engine=engine)
    assert_as_expected(found, expected)
    assert found[0].text == sample_corpus.texts[sample_corpus.position_of_id[found[0].id]]
    assert_as_expected(sc.meaningful(result[0], fitted, engine=engine), expected)
    plain = [dict(hit) for hit in result[0]]
    assert_as_expected(sc.meaningful([plain], fitted, engine=engine), expected)


def test_a_key_and_a_text_of_other_names_are_read(client: Any, asked: list[float]) -> None:
    library = pytest.importorskip("pymilvus")
    kinds, schema = library.DataType, client.create_schema()
    schema.add_field("number", kinds.INT64, is_primary=True)
    schema.add_field("body", kinds.VARCHAR, max_length=20)
    schema.add_field("place", kinds.FLOAT_VECTOR, dim=len(asked))
    index = client.prepare_index_params()
    index.add_index("place", index_type="FLAT", metric_type="IP")
    client.create_collection("others", schema=schema, index_params=index)
    client.insert("others", [{"number": 7, "body": "a cat", "place": asked}])
    result = client.search("others", data=[asked], limit=1, output_fields=["body"])
    hits = milvus.hits(result, text="body")
    assert (hits.ids, hits.texts) == (("7",), ("a cat",))
    assert milvus.engine_of(client, "others", "place") == "milvus-ip"


def test_what_cannot_be_read_gets_one_sentence(client: Any, asked: list[float]) -> None:
    with pytest.raises(sc.InputError, match="the result of 2 queries; ask one at a time"):
        milvus.hits(client.search("COSINE", data=[asked, asked], limit=2))
    with pytest.raises(sc.InputError, match=r"A int was given where what client.search returned"):
        milvus.hits(3)
    with pytest.raises(sc.InputError, match="whose collection 'COSINE' has a dense index 'vector'"):
        milvus.engine_of(3, "COSINE")
