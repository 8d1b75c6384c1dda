"""Rows as psycopg and SQLAlchemy return them; the server is not needed to read them."""

from __future__ import annotations

import math
import sqlite3
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest

import search_core as sc
from search_core.adapters import pgvector
from tests.adapters.conftest import QUESTION, assert_as_expected

Row = namedtuple("Row", ["id", "text", "distance"])
OPERATORS: dict[str, Callable[[float], float]] = {
    "pgvector-cosine": lambda cosine: 1 - cosine,
    "pgvector-l2": lambda cosine: math.sqrt(2 - 2 * cosine),
    "pgvector-ip": lambda cosine: -cosine,
}


def by_sqlite(rows: list[Row]) -> list[Any]:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.execute("CREATE TABLE ours (id TEXT, text TEXT, distance REAL)")
    connection.executemany("INSERT INTO ours VALUES (?, ?, ?)", rows)
    return connection.execute("SELECT * FROM ours ORDER BY distance").fetchall()


def by_sqlalchemy(rows: list[Row]) -> list[Any]:
    library = pytest.importorskip("sqlalchemy")
    engine = library.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE ours (id TEXT, text TEXT, distance REAL)")
        connection.exec_driver_sql("INSERT INTO ours VALUES (?, ?, ?)", list(map(tuple, rows)))
        found: list[Any] = connection.execute(library.text("SELECT * FROM ours")).all()
    return found


def by_sqlalchemy_mappings(rows: list[Row]) -> list[Any]:
    return [row._mapping for row in by_sqlalchemy(rows)]


FORMS: list[Callable[[list[Row]], list[Any]]] = [
    lambda rows: [row._asdict() for row in rows],  # psycopg.rows.dict_row
    list,  # psycopg.rows.namedtuple_row
    by_sqlite,
    by_sqlalchemy,
    by_sqlalchemy_mappings,
]


@pytest.mark.model
@pytest.mark.parametrize("engine", OPERATORS)
@pytest.mark.parametrize("form", FORMS)
def test_rows_of_each_operator_give_each_hit_the_value_that_its_cosine_has(
    form: Callable[[list[Row]], list[Any]],
    engine: str,
    sample_engine: sc.SearchEngine,
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    hits = sample_engine.search(QUESTION, 8)
    distances = map(OPERATORS[engine], hits.cosines().tolist())
    rows = form(list(map(Row, hits.ids, hits.texts, distances)))
    found = sc.meaningful(rows, fitted, query=QUESTION, engine=engine)
    assert_as_expected(found, expected)
    assert found[0].text == hits.texts[0]


def test_columns_of_other_names_are_read() -> None:
    rows = [{"key": 7, "body": "a cat", "away": 0.2}]
    hits = pgvector.hits(rows, distance="away", text="body", id="key")
    assert (hits.ids, hits.texts, hits.scores.tolist()) == (("7",), ("a cat",), [0.2])


def test_what_cannot_be_read_gets_one_sentence() -> None:
    with pytest.raises(sc.InputError, match=r"rows with names of columns, such as .*dict_row"):
        pgvector.hits([(7, "a cat", 0.2)])
    with pytest.raises(sc.InputError, match=r"no column 'distance'; .* as one of id, away"):
        pgvector.hits([{"id": 7, "away": 0.2}])
    rows = [{"id": 7, "distance": 0.2}]
    with pytest.raises(sc.InputError, match="such as 'pgvector-cosine' or 'pgvector-l2'"):
        sc.meaningful(rows, _curve())


def _curve() -> sc.Calibrator:
    rows = [{"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": n % 2} for n in range(80)]
    pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
    return sc.fit_calibrator(pairs, "platt").calibrator
