"""Intervals: what they are made of, and how often they cover the figure of fresh queries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import t as student_t
from sklearn.metrics import roc_auc_score

from search_core.calibrate.fit import CalibrationResult, fit_calibrator
from search_core.evaluate import measures
from search_core.evaluate.intervals import (
    LOSS,
    SAVED,
    SPREAD_OF_SCORES,
    Interval,
    auc_interval,
    auc_within_interval,
    design_effect,
    mean_interval,
    most_explained,
    ratio_interval,
    share_interval,
    sums_interval,
    telling_queries,
)
from search_core.evaluate.judged import Judged, Stated, query_numbers
from search_core.evaluate.measures import MEASURES, auc, auc_within
from search_core.evaluate.reliability import debiased_ece, ece_interval, log_loss, r_squared
from search_core.pairs import ScoredPairs
from search_core.scale import BROUGHT_SCALES
from search_core.vectors import Floats

pytestmark = pytest.mark.usefixtures("few_draws")

QUERIES = ["a", "b", "a", "c", "c", "c", "b", "d", "e", "e"]
NUMBERS = query_numbers(QUERIES)
VALUES = np.array([0.1, 0.9, 0.4, 0.2, 0.2, 0.7, 1.0, 0.5, 0.3, 0.6])
LABELS = np.array([1, 0, 0, 1, 1, 0, 1, 1, 0, 1])


def without_each_query(figure: Callable[[np.ndarray], float]) -> np.ndarray:
    """A figure of the rows that are left without each query, one query at a time."""
    return np.array([figure(np.flatnonzero(query != NUMBERS)) for query in range(5)])


def reach(without: np.ndarray, telling: float = 5) -> float:
    """Half a width by hand: the jackknife's error, Student's t, and half as much for fresh ones."""
    moved = without - without.mean()
    error = np.sqrt(4 / 5 * (moved**2).sum())
    effective = min(telling, np.abs(moved).sum() ** 2 / (moved**2).sum())
    return float(student_t.ppf(0.95, effective - 1) * np.sqrt(1.5) * error)


def test_a_mean_has_the_jackknifes_error_with_each_query_left_out() -> None:
    half = reach(without_each_query(lambda rows: VALUES[rows].mean()))
    assert mean_interval(VALUES, NUMBERS) == pytest.approx(
        (VALUES.mean() - half, VALUES.mean() + half)
    )


def test_a_loss_is_taken_on_the_logarithmic_scale_and_stays_above_0() -> None:
    half = reach(without_each_query(lambda rows: np.log(VALUES[rows].mean())))
    low, high = mean_interval(VALUES, NUMBERS, LOSS) or (0, 0)
    assert (low, high) == pytest.approx(VALUES.mean() * np.exp([-half, half]))
    wild = np.where(NUMBERS == 3, 30.0, 0.1)
    assert (mean_interval(wild, NUMBERS, LOSS) or (0, 0))[0] > 0
    assert (mean_interval(wild, NUMBERS) or (1, 1))[0] < 0


def test_a_figure_that_one_query_moves_is_told_by_few() -> None:
    even, lone = np.tile([0.0, 1.0], 10), np.append(np.zeros(19), 1.0)
    widths = [
        np.ptp(mean_interval(values, np.arange(20)) or (0, 0)) / values.std()
        for values in (even, lone)
    ]
    assert widths[1] > 1.3 * widths[0]


def test_a_share_that_is_saved_stays_below_1() -> None:
    own, theirs = 0.1 * VALUES, np.ones(10)
    columns = np.column_stack([own, theirs])
    ends = sums_interval(columns, lambda sums: 1 - sums[0] / sums[1], NUMBERS, SAVED)
    assert ends is not None
    assert ends[0] < 1 - 0.1 * VALUES.mean() < ends[1] < 1


def test_an_auc_has_the_error_of_the_aucs_with_each_query_left_out() -> None:
    y = LABELS.astype(bool)
    share = float(roc_auc_score(y, VALUES))
    half = reach(without_each_query(lambda rows: roc_auc_score(y[rows], VALUES[rows])), 4)
    low, high = auc_interval(y, VALUES, NUMBERS) or (0, 0)
    assert telling_queries(y, NUMBERS) == 4  # four have an irrelevant row
    # At each end the distance is what the error is there, were the share the one at this end.
    counted = 3 / (1 / 6 + 1 / 4)
    smoothed = (share * counted + 0.5) / (counted + 1)
    weight = max(1.5 * student_t.ppf(0.95, 4) ** 2 / counted, half**2 / (smoothed * (1 - smoothed)))
    for end in (low, high):
        assert (share - end) ** 2 == pytest.approx(weight * end * (1 - end))


def test_an_r2_of_nearly_nothing_ends_where_its_error_reaches_down_to_it() -> None:
    y, queries = np.tile([0.0, 1.0], 25), np.arange(50) // 10  # queries alike: rows count in full
    for found in (-0.04, 0.0, 0.2):
        end = most_explained(found, y, queries)
        error = 2 * np.sqrt(end) * (1 - end) / np.sqrt(50)  # of R² on 50 rows, were it this end
        assert end > found + 0.05
        assert end - found == pytest.approx(1.645 * np.sqrt(1.5) * error, rel=1e-3)


def test_an_r2_far_below_that_of_the_mean_label_has_no_such_end() -> None:
    assert most_explained(-3.0, np.tile([0.0, 1.0], 25), np.arange(50) // 10) == -3.0


def test_rows_count_less_where_labels_of_a_query_are_alike() -> None:
    alone, alike = np.tile([0.0, 1.0], 25), np.repeat([0.0, 1.0, 0.0, 1.0, 0.0], 10)
    queries = np.arange(50) // 10
    assert design_effect(alone, queries) == 1
    assert design_effect(alike, queries) == pytest.approx(10 * 5 / 4)  # ten rows say what one does
    assert most_explained(0.0, alike, queries) > 2 * most_explained(0.0, alone, queries)


def test_predictions_that_hardly_vary_may_explain_more_than_they_show() -> None:
    # Left out one by one, these queries tell of an R² that is known to 0.01 and is not.
    y, queries = np.tile([1.0, 0.0, 0.0, 1.0, 0.0], 10), np.arange(50) // 5
    p = np.tile([0.41, 0.39, 0.40, 0.41, 0.40], 10) + np.linspace(0, 0.01, 50)
    low, high = r2_interval(Judged(y, queries, p).stated(p)) or (0, 0)
    assert high - low > 0.1


def test_an_order_that_no_fit_gave_is_surer_than_out_of_fold_values() -> None:
    rng = np.random.default_rng(8)
    y, order, queries = rng.random(60) < 0.4, rng.random(60), np.arange(60) // 5
    for interval in (auc_interval, auc_within_interval):
        fitted = np.ptp(interval(y, order, queries) or (0, 0))
        score = np.ptp(interval(y, order, queries, SPREAD_OF_SCORES) or (0, 0))
        assert 0.8 * fitted < score < 0.98 * fitted


def test_a_perfect_order_has_an_interval_with_width() -> None:
    y = np.tile([True, False], 6)
    queries = np.arange(12) // 2
    for interval in (auc_interval, auc_within_interval):
        low, high = interval(y, y.astype(float), queries) or (0, 0)
        assert low < 0.9
        assert high == 1.0


def test_an_order_turned_round_has_the_mirrored_interval() -> None:
    y = LABELS.astype(bool)
    for interval in (auc_interval, auc_within_interval):
        low, high = interval(y, VALUES, NUMBERS) or (0, 0)
        assert interval(y, -VALUES, NUMBERS) == pytest.approx((1 - high, 1 - low))


def test_a_share_of_rows_that_hang_together_is_less_sure_than_one_of_independent_rows() -> None:
    relevant = np.repeat([1.0, 1.0, 0.0, 1.0, 0.0, 1.0], 10)
    ones = np.ones(60)
    together = ratio_interval(relevant, ones, np.arange(60) // 10) or (0, 0)
    alone = ratio_interval(relevant, ones, np.arange(60)) or (0, 0)
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


@pytest.mark.parametrize("count", [1, 2, 4])
def test_fewer_than_five_queries_give_no_interval(count: int) -> None:
    queries = np.arange(40) % count
    y, p = np.arange(40) % 3 == 0, np.linspace(0.1, 0.9, 40)
    stated = Judged(y.astype(float), queries, p).stated(p)
    assert mean_interval(p, queries) is None
    assert ratio_interval(p, np.ones(40), queries) is None
    assert share_interval(0.5, np.full(count, 0.5), 40.0, count) is None
    assert [
        name for name, each in MEASURES.items() if each.interval and each.interval(stated)
    ] == []


def test_a_ratio_of_nothing_has_no_interval() -> None:
    assert ratio_interval(VALUES, np.zeros(10), NUMBERS) is None
    assert auc_interval(np.ones(10, dtype=bool), VALUES, NUMBERS) is None


def test_rows_that_are_all_alike_differ_by_nothing() -> None:
    assert mean_interval(np.zeros(10), NUMBERS) == (0.0, 0.0)
    assert mean_interval(np.zeros(10), NUMBERS, LOSS) == (0.0, 0.0)


def test_intervals_do_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(2)
    y, p, queries = rng.random(90) < 0.4, rng.random(90), rng.integers(0, 9, 90)
    some = Judged(y.astype(float), queries, p).stated(p, is_out_of_fold=True)
    order = rng.permutation(90)
    other = Judged(y[order].astype(float), queries[order], p[order]).stated(
        p[order], is_out_of_fold=True
    )
    for measure in MEASURES.values():
        if measure.interval:
            assert measure.interval(some) == pytest.approx(measure.interval(other), abs=1e-9)


def drawn(
    rng: np.random.Generator, queries: int, rows: int, base: float = -1.0, slope: float = 1.2
) -> ScoredPairs:
    """Labels with log-odds that rise with the score, and a shift that rows of a query share."""
    scores = rng.normal(size=(queries, rows))
    odds = base + slope * scores + rng.normal(0, 0.8, (queries, 1))
    relevant = rng.random((queries, rows)) < 1 / (1 + np.exp(-odds))
    return ScoredPairs(
        queries=tuple(f"query {row // rows:05}" for row in range(queries * rows)),
        relevance=relevant.ravel().astype(np.float64),
        features=scores.reshape(-1, 1),
        feature_names=("score",),
        scale=BROUGHT_SCALES["higher_is_better"],
    )


def true_figures(result: CalibrationResult, fresh: ScoredPairs) -> dict[str, float | None]:
    y, p = fresh.relevance, result.calibrator.predict(fresh)
    judged = Judged.of(y, fresh.queries, fresh.similarities)
    return {
        "log_loss": log_loss(y, p),
        "auc": auc(judged.relevant, p),
        "auc_within": auc_within(judged.stated(p)),
        "r2": r_squared(y, p),
        "ece": debiased_ece(y, p),
    }


@pytest.mark.slow
@pytest.mark.parametrize(("queries", "rows"), [(10, 5), (25, 8)])
def test_intervals_cover_the_figures_of_the_fitted_calibrator_on_fresh_queries(
    queries: int, rows: int
) -> None:
    rng = np.random.default_rng(queries)
    covered: dict[str, list[bool]] = {}
    for _ in range(200):
        result = fit_calibrator(drawn(rng, queries, rows), "platt")
        fresh = drawn(rng, 2 * queries, rows)  # as many as intervals are for
        for name, figure in true_figures(result, fresh).items():
            ends = result.report.intervals.get(name)
            if ends and figure is not None:
                covered.setdefault(name, []).append(ends[0] <= figure <= ends[1])
    shares = {name: float(np.mean(found)) for name, found in covered.items()}
    # Chance alone moves a share of 200 draws by 4%.
    assert min(shares.values()) > 0.85, shares
    # The greater of two ends is R²'s, and upper ends of two parts are added up in the calibration
    # error's, which is more than it takes.
    exact = [share for name, share in shares.items() if name not in ("r2", "ece")]
    assert max(exact) < 0.97, shares
    assert shares["r2"] < 0.98, shares


@pytest.mark.slow
def test_an_r2_told_by_weak_scores_is_covered_as_often_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Fits without a query predict next to nothing, and the last fit does more than they show.
    rng = np.random.default_rng(9)
    covered: dict[str, list[bool]] = {"both": [], "jackknife": []}
    for _ in range(200):
        pairs = drawn(rng, 10, 5, slope=0.7)
        if np.ptp(pairs.relevance) == 0:
            continue
        result, fresh = fit_calibrator(pairs, "platt"), drawn(rng, 20, 5, slope=0.7)
        truth = r_squared(fresh.relevance, result.calibrator.predict(fresh))
        judged = Judged.of(result.pairs.relevance, result.pairs.queries)
        stated = judged.stated(result.out_of_fold, is_out_of_fold=True)
        ends = {"both": r2_interval(stated)}
        with monkeypatch.context() as patch:
            patch.setattr(measures, "most_explained", lambda found, *_: found)
            ends["jackknife"] = r2_interval(stated)
        for name, found in ends.items():
            if found and truth is not None:
                covered[name].append(found[0] <= truth <= found[1])
    assert 0.86 < np.mean(covered["both"]) < 0.96
    assert np.mean(covered["jackknife"]) < 0.8


def r2_interval(stated: Stated) -> Interval | None:
    interval = MEASURES["r2"].interval
    assert interval is not None
    return interval(stated)


@pytest.mark.slow
def test_rows_taken_as_independent_would_cover_less() -> None:
    rng = np.random.default_rng(5)
    queries, alone = np.arange(600) // 10, np.arange(600)
    found: dict[str, list[Interval | None]] = {"queries": [], "rows": []}
    for _ in range(300):
        values = np.repeat(rng.normal(size=60), 10) + rng.normal(size=600)
        found["queries"].append(mean_interval(values, queries))
        found["rows"].append(mean_interval(values, alone))
    covered = {
        name: np.mean([low <= 0 <= high for low, high in filter(None, ends)])
        for name, ends in found.items()
    }
    assert 0.92 <= covered["queries"] <= 0.98  # √1.5 × 1.65 standard errors: 95.6%
    assert covered["rows"] < 0.8


@pytest.mark.slow
def test_out_of_fold_values_are_compared_on_one_level() -> None:
    # One level for all would order by the score alone; each query left out moves it against its
    # own labels, and pooled rows of two queries stand the wrong way round.
    rng = np.random.default_rng(3)
    differences: list[Floats] = []
    for _ in range(60):
        pairs = drawn(rng, 8, 5)
        if np.ptp(pairs.relevance) == 0:
            continue
        result = fit_calibrator(pairs, "platt")
        report, raw = result.report, auc(result.pairs.relevance >= 0.5, result.out_of_fold)
        assert report.auc is not None
        assert report.auc_score is not None
        assert raw is not None
        differences.append(np.array([report.auc - report.auc_score, raw - report.auc_score]))
    levelled, raw_bias = np.mean(differences, axis=0)
    assert raw_bias < -0.03
    assert abs(levelled) < abs(raw_bias) / 2


def test_the_calibration_error_on_fresh_queries_is_not_told_by_out_of_fold_gaps_alone() -> None:
    rng = np.random.default_rng(4)
    p = rng.uniform(0.1, 0.9, 200)
    queries = np.arange(200) // 10
    judged = Judged((rng.random(200) < p).astype(float), queries, p)
    told, unseen = (
        ece_interval(judged.stated(p)),
        ece_interval(judged.stated(p, is_out_of_fold=True)),
    )
    assert told is not None
    assert unseen is not None
    assert unseen[0] == told[0]
    assert unseen[1] > told[1]
