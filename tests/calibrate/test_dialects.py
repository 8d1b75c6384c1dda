"""A calibrator in SQL, JavaScript, Painless, Vespa and Lucene states what it states in Python."""

from __future__ import annotations

import json
import math
import re
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import playwright
import pytest

import search_core as sc
from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.export.dialects import SQL
from tests.calibrate.worlds import judged, scores_alone

pytestmark = pytest.mark.usefixtures("few_draws")

NODE = Path(playwright.__file__).parent / "driver" / "node"  # which Playwright brings
SIMPLE = ("platt", "linear", "isotonic", "centred_isotonic", "beta")
COSINES = scores_alone(judged(60, 10))
DISTANCES = replace(
    COSINES, features=2 - 2 * COSINES.features, scale=sc.BROUGHT_SCALES["squared_l2"]
)
GRID = [*np.linspace(-1, 1, 101).tolist(), *COSINES.features[:40, 0].tolist(), 0.123456789012345678]


PAIRS = {
    f"{method}, {pairs.scale.name}": pairs for method in SIMPLE for pairs in (COSINES, DISTANCES)
}
RESTATED = ("platt, cosine", "isotonic, squared_l2", "beta, cosine")
NAMES = [*PAIRS, *(f"{name}, re-stated" for name in RESTATED)]
each_calibrator = pytest.mark.parametrize("calibrator", NAMES, indirect=True)


@cache
def fitted(name: str) -> Calibrator:
    """Return a method's calibrator on one of the two scores, or that at another base rate."""
    if name.endswith(", re-stated"):
        return fitted(name.removesuffix(", re-stated")).at_base_rate(0.1)
    return sc.fit_calibrator(PAIRS[name], name.partition(",")[0]).calibrator


@pytest.fixture
def calibrator(request: pytest.FixtureRequest) -> Calibrator:
    return fitted(request.param)


def scores_of(calibrator: Calibrator) -> list[float]:
    return GRID if calibrator.scale.name == "cosine" else [2 - 2 * cosine for cosine in GRID]


def stated(calibrator: Calibrator) -> list[float]:
    """What the calibrator itself states."""
    scores = scores_of(calibrator)
    features = np.array(scores)[:, np.newaxis]
    queries = ("a query",) * len(scores)
    unknown = np.full(len(scores), np.nan)
    pairs = sc.ScoredPairs(queries, unknown, features, ("score",), calibrator.scale)
    values: list[float] = calibrator.predict(pairs).tolist()
    return values


def in_duckdb(sql: str, scores: list[float | None], kind: str = "DOUBLE") -> list[float | None]:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE hits (place INTEGER, score {kind})")
    connection.executemany("INSERT INTO hits VALUES (?, ?)", list(enumerate(scores)))
    found = connection.execute(f"SELECT {sql} AS p FROM hits ORDER BY place").fetchall()  # noqa: S608
    return [row[0] for row in found]


def in_sqlite(sql: str, scores: list[object]) -> list[float | None]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE hits (score)")
    connection.executemany("INSERT INTO hits VALUES (?)", [(score,) for score in scores])
    return [row[0] for row in connection.execute(f"SELECT {sql} AS p FROM hits")]  # noqa: S608


def in_node(program: str) -> list[float | None]:
    done = subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    values: list[float | None] = json.loads(done.stdout)
    return values


def in_javascript(code: str, scores: str) -> list[float | None]:
    """Run code that defines `calibrated` on scores, written as JavaScript has them."""
    return in_node(f"{code}\nconsole.log(JSON.stringify({scores}.map(calibrated)))")


@each_calibrator
@pytest.mark.parametrize("dialect", ["pgvector", "duckdb"])  # DuckDB reads PostgreSQL's SQL
def test_sql_states_what_the_calibrator_states(calibrator: Calibrator, dialect: str) -> None:
    sql = calibrator.to_sql(dialect)  # type: ignore[arg-type]
    assert in_duckdb(sql, list(scores_of(calibrator))) == pytest.approx(
        stated(calibrator), abs=1e-9
    )


@each_calibrator
def test_sqlite_states_what_the_calibrator_states(calibrator: Calibrator) -> None:
    sql = calibrator.to_sql("sqlite")
    assert in_sqlite(sql, list(scores_of(calibrator))) == pytest.approx(
        stated(calibrator), abs=1e-9
    )


@pytest.mark.slow
@each_calibrator
def test_javascript_states_what_the_calibrator_states(calibrator: Calibrator) -> None:
    values = in_javascript(calibrator.to_javascript(), json.dumps(scores_of(calibrator)))
    assert values == pytest.approx(stated(calibrator), abs=1e-9)


@pytest.mark.slow
@each_calibrator
def test_painless_states_what_the_calibrator_states(calibrator: Calibrator) -> None:
    """Painless writes arithmetic, `Math` and choices as JavaScript does; its types are dropped."""
    script = re.sub(r"^double ", "let ", calibrator.to_painless("_score"), flags=re.MULTILINE)
    code = f"function calibrated(_score) {{\n{script}}}"
    values = in_javascript(code, json.dumps(scores_of(calibrator)))
    assert values == pytest.approx(stated(calibrator), abs=1e-9)


@pytest.mark.slow
@each_calibrator
def test_vespa_states_what_the_calibrator_states(calibrator: Calibrator) -> None:
    """Vespa's expressions are made of functions that JavaScript can be given."""
    inside = re.search(r"expression \{\n(.*)\n    \}\n\}", calibrator.to_vespa(), re.DOTALL)
    assert inside is not None
    expression = inside[1].replace("if (", "chosen(")
    for name in ("exp", "log", "min", "max"):
        expression = re.sub(rf"\b{name}\(", f"Math.{name}(", expression)
    code = (
        "const chosen = (is, yes, no) => is ? yes : no;\n"
        f"const calibrated = (score) => {expression};"
    )
    values = in_javascript(code, json.dumps(scores_of(calibrator)))
    assert values == pytest.approx(stated(calibrator), abs=1e-9)


@pytest.mark.parametrize("name", ["platt, cosine", "platt, cosine, re-stated"])
def test_lucene_gets_the_two_numbers_of_the_sigmoid(name: str) -> None:
    calibrator = fitted(name)
    alpha, beta = map(float, re.findall(r"\(float\) ([-\d.e]+)", calibrator.to_lucene()))
    values = [1 / (1 + math.exp(-alpha * (score - beta))) for score in scores_of(calibrator)]
    assert values == pytest.approx(stated(calibrator), abs=1e-9)


def test_lucene_takes_no_other_curve_and_no_distance() -> None:
    with pytest.raises(sc.CalibrationError, match=r"another \(isotonic\); fit .* 'platt'\.$"):
        fitted("isotonic, cosine").to_lucene()
    with pytest.raises(sc.CalibrationError, match=r"lower is better; fit one on Lucene's own"):
        fitted("platt, squared_l2").to_lucene()


@pytest.mark.parametrize("method", SIMPLE)
def test_what_is_no_score_has_no_value_in_sql(method: str) -> None:
    calibrator = fitted(f"{method}, cosine")
    gaps = [None, math.nan, 0.5]
    for dialect in ("pgvector", "duckdb"):
        none, nan, known = in_duckdb(calibrator.to_sql(dialect), gaps)
        assert (none, nan) == (None, None)
        assert known is not None
    assert in_sqlite(calibrator.to_sql("sqlite"), [None, "much", b"1"]) == [None] * 3


@pytest.mark.slow
@pytest.mark.parametrize("method", SIMPLE)
def test_what_is_no_score_has_no_value_in_javascript(method: str) -> None:
    code = fitted(f"{method}, cosine").to_javascript()
    values = in_javascript(code, '[null, undefined, "0.5", NaN, {}]')
    assert values == [None] * 5  # as JSON writes NaN


def test_scores_of_single_precision_and_whole_numbers_are_counted_as_doubles() -> None:
    calibrator = fitted("platt, cosine")
    expected = stated_at(calibrator, [float(np.float32(0.3)), 1.0])
    single = in_duckdb(calibrator.to_sql("duckdb"), [0.3, 1.0], "FLOAT")
    assert single == pytest.approx(expected, abs=1e-9)
    assert in_sqlite(calibrator.to_sql("sqlite"), [1]) == pytest.approx(expected[1:], abs=1e-9)


def stated_at(calibrator: Calibrator, scores: list[float]) -> list[float]:
    values: list[float] = calibrator.values_of_scores(np.array(scores)).tolist()
    return values


@pytest.mark.slow
@pytest.mark.parametrize("score", [-1e6, -800.0, 800.0, 1e6])
def test_scores_far_out_neither_overflow_nor_fail(score: float) -> None:
    """PostgreSQL refuses exp(800), and exp(-800)."""
    own = replace(COSINES, scale=sc.BROUGHT_SCALES["higher_is_better"])
    calibrator = sc.fit_calibrator(own, "platt").calibrator
    expected = stated_at(calibrator, [score])
    for dialect in ("pgvector", "duckdb"):
        assert in_duckdb(calibrator.to_sql(dialect), [score]) == pytest.approx(expected, abs=1e-9)
    assert in_sqlite(calibrator.to_sql("sqlite"), [score]) == pytest.approx(expected, abs=1e-9)
    assert in_javascript(calibrator.to_javascript(), f"[{score}]") == pytest.approx(
        expected, abs=1e-9
    )


def test_an_expression_may_make_the_score() -> None:
    calibrator = fitted("platt, cosine")
    sql = calibrator.to_sql("duckdb", score="1 - score")
    assert in_duckdb(sql, [0.4]) == pytest.approx(stated_at(calibrator, [0.6]), abs=1e-9)
    turned = fitted("platt, squared_l2").to_sql("sqlite", score="score - 1")
    expected = stated_at(fitted("platt, squared_l2"), [0.5])
    assert in_sqlite(turned, [1.5]) == pytest.approx(expected, abs=1e-9)


def test_sql_has_no_sign_that_a_driver_takes_for_a_place_to_fill() -> None:
    for calibrator in map(fitted, NAMES):
        for dialect in SQL:
            sql = calibrator.to_sql(dialect)  # type: ignore[arg-type]
            assert not re.search(r"[%?;]|:\w", sql)


def test_code_says_what_goes_in_what_comes_out_and_what_is_guaranteed() -> None:
    calibrator = fitted("platt, cosine")
    fit, given, made, threshold = calibrator.to_sql("pgvector").splitlines()[:4]
    assert fit == "-- Logistic curve (Platt), fitted on 600 labels of 60 queries."
    assert given == "-- In: cosine, higher is better, such as 1 - (embedding <=> query)."
    assert made == "-- Out: predicted relevance, the probability that a hit is relevant (0 to 1)."
    assert re.match(
        r"-- Of .* with 0\.\d+ or more, at least \d+ percent are relevant \(gu", threshold
    )
    none = replace(calibrator, thresholds=()).to_javascript()
    assert "// No threshold is guaranteed with these labels: set your own.\n" in none


def test_elasticsearch_makes_the_score_on_the_scale_of_the_fit() -> None:
    assert "double x = (cosineSimilarity(params.query_vector, 'embedding'));" in (
        fitted("platt, cosine").to_painless()
    )
    own = replace(COSINES, scale=sc.BROUGHT_SCALES["bm25"], features=COSINES.features + 1)
    assert "double x = (_score);" in sc.fit_calibrator(own, "platt").calibrator.to_painless()


@cache
def fitted_blend() -> Calibrator:
    return sc.fit_calibrator(judged(30, 10), "blend").calibrator


@pytest.mark.parametrize(
    "write",
    [
        lambda blend: blend.to_sql("duckdb"),
        Calibrator.to_javascript,
        Calibrator.to_painless,
        Calibrator.to_vespa,
    ],
)
def test_a_blend_is_refused_with_what_to_fit_instead(write: Callable[[Calibrator], str]) -> None:
    blend = fitted_blend()
    with pytest.raises(sc.CalibrationError, match="only this library has; fit on the score alone"):
        write(blend)
    with pytest.raises(sc.CalibrationError, match=r"another \(blend\)"):
        blend.to_lucene()


def test_another_dialect_and_an_empty_column_are_told() -> None:
    calibrator = fitted("platt, cosine")
    with pytest.raises(sc.InputError, match=r"no SQL for 'oracle'; choose one of pgvector, duckdb"):
        calibrator.to_sql("oracle")  # type: ignore[arg-type]
    with pytest.raises(sc.InputError, match="The score's column is empty"):
        calibrator.to_sql("sqlite", score=" ")
