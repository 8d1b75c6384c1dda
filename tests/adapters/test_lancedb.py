from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import search_core as sc
from search_core.adapters import lancedb
from tests.adapters.conftest import QUESTION, assert_as_expected

pytestmark = [pytest.mark.peers, pytest.mark.model]


@pytest.fixture(scope="module")
def table(sample_engine: sc.SearchEngine, tmp_path_factory: pytest.TempPathFactory) -> Any:
    library = pytest.importorskip("lancedb")
    folder: Path = tmp_path_factory.mktemp("lancedb")
    corpus = sample_engine.corpus
    rows = zip(corpus.ids, corpus.texts, sample_engine.vectors.tolist(), strict=True)
    return library.connect(folder).create_table(
        "sample", [{"id": name, "text": text, "vector": vector} for name, text, vector in rows]
    )


@pytest.mark.parametrize("distance", ["l2", "cosine", "dot"])
def test_a_result_of_each_distance_gives_each_hit_the_value_that_its_cosine_has(
    distance: str,
    table: Any,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    rows = table.search(asked).distance_type(distance).limit(8).to_list()
    found = sc.meaningful(rows, fitted, query=QUESTION, engine=f"lancedb-{distance}")
    assert_as_expected(found, expected)


@pytest.mark.parametrize("form", ["to_list", "to_arrow", "to_pandas"])
def test_every_form_of_a_result_is_read_alike(
    form: str,
    table: Any,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    result = getattr(table.search(asked).limit(8), form)()
    assert_as_expected(sc.meaningful(result, fitted), expected)


def test_rows_without_an_id_have_their_rank_as_id(table: Any, asked: list[float]) -> None:
    rows = table.search(asked).select(["text", "_distance"]).limit(2).to_list()
    assert lancedb.hits(rows).ids == ("0", "1")


def test_rows_that_cannot_be_read_get_one_sentence(table: Any) -> None:
    with pytest.raises(sc.InputError, match="no column '_distance'; search by a vector"):
        lancedb.hits(table.search().limit(2).to_list())
    with pytest.raises(sc.InputError, match=r"A int was given where what table.search"):
        lancedb.hits(3)
