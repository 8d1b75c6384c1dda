"""The report: it holds what the measures say, and nothing that JSON cannot."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.claims import contradicts, denies, reports
from search_core.errors import CalibrationError
from search_core.evaluate import reliability as measures
from search_core.evaluate.judged import Judged
from search_core.evaluate.measures import auc_within, ndcg
from search_core.evaluate.report import Report, make_report


def case(rows: int = 400, *, grades: bool = False, seed: int = 0) -> dict[str, Any]:
    """Rows of ten a query, with values that are right, a duller curve and a mean."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=rows)
    p = 1 / (1 + np.exp(-2 * scores))
    y = np.round(p, 1) if grades else (rng.random(rows) < p).astype(np.float64)
    return {
        "y": y,
        "p": p,
        "platt_p": 1 / (1 + np.exp(-0.5 * scores)),
        "constant_p": np.full(rows, y.mean()),
        "scores": scores,
        "queries": [f"q{row // 10}" for row in range(rows)],
        "graded": grades,
    }


def report_on(
    *, y: Any, p: Any, platt_p: Any, constant_p: Any, scores: Any, queries: Any, texts: Any = (),
    **more: Any,
) -> Report:  # fmt: skip
    judged = Judged.of(y, queries, scores, texts)
    return make_report(*(judged.stated(each) for each in (p, platt_p, constant_p)), **more)


@pytest.fixture(scope="module")
def report() -> Report:
    return report_on(**case())


def test_figures_are_those_of_the_measures(report: Report) -> None:
    given = case()
    y, p, queries = given["y"], given["p"], given["queries"]
    assert report.log_loss == measures.log_loss(y, p)
    assert report.excess_loss == report.log_loss  # yes-or-no labels have no entropy of their own
    assert report.brier == measures.brier(y, p)
    assert report.auc_within == auc_within(Judged.of(y, queries).stated(p))
    assert report.ndcg_after == ndcg(y, p, queries)
    assert report.ndcg_before == report.ndcg_after  # the same order
    assert report.intervals["ndcg_gain"] == (0.0, 0.0)


def test_every_figure_lies_in_its_own_interval(report: Report) -> None:
    for name in ("log_loss", "brier", "r2", "auc", "auc_within", "ndcg_after"):
        low, high = report.intervals[name]
        assert low < getattr(report, name) < high


def test_what_is_better_by_construction_is_found_to_help(report: Report) -> None:
    assert report.verdict.kind == "helps"
    low, high = report.intervals["saved_over_platt"]
    assert 0 < low < high < 1


def test_it_counts_what_was_judged(report: Report) -> None:
    assert (report.rows, report.queries, report.graded, report.cut) == (400, 40, False, 0.5)
    assert 0 < report.mixed_queries <= 40
    assert sum(report.curve.histogram) == 400


def test_the_curve_ascends(report: Report) -> None:
    assert list(report.curve.stated) == sorted(report.curve.stated)
    assert list(report.curve.judged) == sorted(report.curve.judged)


def test_grades_are_judged_by_what_their_own_entropy_leaves() -> None:
    report = report_on(**case(grades=True))
    assert report.graded
    assert report.excess_loss < 0.01 < report.log_loss


@pytest.mark.parametrize("rows", [1, 2, 15, 400])
@pytest.mark.parametrize("grades", [False, True])
def test_a_report_of_any_size_is_plain_finite_json(rows: int, grades: bool) -> None:
    plain = report_on(**case(rows, grades=grades)).as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False))["rows"] == rows


def test_one_class_leaves_out_what_needs_two() -> None:
    report = report_on(**{**case(), "y": np.ones(400), "constant_p": np.ones(400)})
    assert (report.auc, report.d2, report.r2, report.mixed_queries) == (None, None, None, 0)
    assert "auc" not in report.intervals
    json.dumps(report.as_dict(), allow_nan=False)


def test_few_queries_and_few_rows_of_a_kind_are_pointed_out() -> None:
    given = case(30)
    given["y"] = np.array([1.0] * 4 + [0.0] * 26)
    notes = report_on(**given, notes=["A note of the caller."]).notes
    assert notes[0].startswith("Only 3 queries")
    assert notes[1].startswith("Only 4 rows are labelled relevant")
    assert notes[2] == "A note of the caller."


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("p", np.full(400, 1.2), "Row 0: the prediction is 1.2"),
        ("y", np.append(np.zeros(399), np.nan), "Row 399: the label is nan"),
        ("scores", np.append(np.inf, np.zeros(399)), "Row 0: the score is inf"),
        ("queries", ["q"], "400 labels, 400 scores and 1 queries were given"),
    ],
)
def test_values_out_of_place_are_refused_in_a_sentence(name: str, value: Any, words: str) -> None:
    with pytest.raises(CalibrationError, match=words):
        report_on(**{**case(), name: value})


def test_a_text_that_was_shown_many_times_has_one_place_in_its_querys_order() -> None:
    rng = np.random.default_rng(0)
    queries = [f"q{row // 8}" for row in range(240)]
    texts = [f"text {row % 8}" for row in range(240)]
    p = rng.uniform(size=240)
    y = (rng.random(240) < p).astype(np.float64)
    shown = rng.integers(1, 30, 240)

    def order(rows: npt.NDArray[np.intp]) -> tuple[float | None, float | None]:
        again = [(queries[row], texts[row]) for row in rows]
        report = report_on(
            y=y[rows], p=p[rows], platt_p=p[rows], constant_p=np.full(len(rows), 0.5),
            scores=p[rows], queries=[query for query, _ in again],
            texts=[text for _, text in again],
        )  # fmt: skip
        return report.ndcg_before, report.ndcg_after

    assert order(np.repeat(np.arange(240), shown)) == pytest.approx(order(np.arange(240)))


def test_the_order_of_rows_moves_no_interval() -> None:
    given = case(200)
    order = np.random.default_rng(1).permutation(200)
    shuffled = {
        name: [value[row] for row in order] if name == "queries" else value[order]
        for name, value in given.items()
        if name != "graded"
    }
    one, other = report_on(**given).intervals, report_on(**shuffled).intervals
    assert one.keys() == other.keys()
    for name, ends in one.items():
        assert other[name] == pytest.approx(ends, abs=1e-9), name


def test_labels_are_few_where_either_kind_of_row_or_query_is(report: Report) -> None:
    assert not report.are_few
    assert not report.is_demo
    assert replace(report, queries=19).are_few
    assert replace(report, relevant=9).are_few
    assert replace(report, relevant=391).are_few
    demo = report_on(**case(), demo_only=True)
    assert demo.is_demo
    assert demo.are_few


def test_the_rival_is_the_simple_curve_unless_that_is_what_was_fitted(report: Report) -> None:
    assert (report.rival.kind, report.rival.log_loss) == ("platt", report.log_loss_platt)
    assert report.rival.excess_loss == report.excess_loss_platt
    given = case()
    own = report_on(**{**given, "platt_p": given["p"]})
    assert (own.rival.kind, own.rival.log_loss) == ("constant", own.log_loss_constant)


@pytest.mark.parametrize("grades", [False, True])
def test_the_share_in_the_verdict_is_that_of_the_two_losses_beside_it(grades: bool) -> None:
    report = report_on(**case(grades=grades))
    told = re.search(r"(\d+)% more accurate", report.verdict.sentence)
    assert told is not None
    assert report.saved == 1 - report.excess_loss / report.rival.excess_loss
    assert int(told[1]) == round(100 * report.saved)
    of_grades = report.log_loss - report.excess_loss
    assert report.log_loss_platt - report.excess_loss_platt == pytest.approx(of_grades)


@pytest.mark.slow
def test_scores_that_tell_relevant_rows_apart_are_hardly_ever_denied() -> None:
    found = reports(draws=30, seed=4)  # of 100 labels of 10 queries, AUC .74
    assert sum(map(denies, found)) <= 3
    assert not any(map(contradicts, found))
    assert {report.verdict.kind for report in found} >= {"helps", "separates"}
