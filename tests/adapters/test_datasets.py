from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.adapters import datasets
from tests.adapters.conftest import QUESTION, assert_as_expected

pytestmark = [pytest.mark.peers, pytest.mark.model]


def indexed(engine: sc.SearchEngine, kind: str) -> Any:
    """Return the sample as a dataset with a FAISS index."""
    faiss = pytest.importorskip("faiss")
    library = pytest.importorskip("datasets")
    columns = {"id": engine.corpus.ids, "text": engine.corpus.texts, "vector": engine.vectors}
    made = library.Dataset.from_dict({name: list(values) for name, values in columns.items()})
    metric = {"metric_type": faiss.METRIC_INNER_PRODUCT} if kind == "datasets-ip" else {}
    made.add_faiss_index("vector", **metric)
    return made


@pytest.mark.parametrize("kind", ["datasets-l2", "datasets-ip"])
def test_a_result_of_each_metric_gives_each_hit_the_value_that_its_cosine_has(
    kind: str,
    sample_engine: sc.SearchEngine,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    dataset = indexed(sample_engine, kind)
    result = dataset.get_nearest_examples("vector", np.array(asked, dtype=np.float32), k=8)
    assert_as_expected(sc.meaningful(result, fitted, query=QUESTION, engine=kind), expected)


def test_a_dataset_with_fewer_rows_than_were_asked_for_gives_those_that_it_has(
    encoder: sc.Encoder,
) -> None:
    few = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog"]), encoder)
    asked = encoder.encode_queries(["cat"])[0]
    result = indexed(few, "datasets-l2").get_nearest_examples("vector", asked, k=5)
    assert datasets.hits(result, "cat").ids == ("0", "1")


def test_what_cannot_be_read_get_one_sentence() -> None:
    with pytest.raises(sc.InputError, match="no column 'body'; give text=… as one of id, text"):
        datasets.hits(([0.1], {"id": ["a"], "text": ["a cat"]}), text="body")
    with pytest.raises(sc.InputError, match=r"A int was given where what dataset.get_nearest"):
        datasets.hits(3)
