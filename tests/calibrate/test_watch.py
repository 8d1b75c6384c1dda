"""A threshold in production: alarms by betting, with a bound on false ones."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from scipy.stats import binom

import search_core as sc
from tests.properties import tried

RUNS, LABELS = 400, 300


@pytest.fixture(scope="module")
def threshold() -> sc.Threshold:
    """Return a threshold for best hits at 80%, which half of them reach."""
    rng = np.random.default_rng(0)
    p = np.concatenate([np.full(200, 0.9), np.full(200, 0.1)])
    y = np.concatenate([rng.random(200) < 0.95, rng.random(200) < 0.1]).astype(np.float64)
    found = sc.query_threshold(p, y, [str(n) for n in range(400)], 0.8)
    assert found.value is not None
    return found


def labelled(watch: sc.Watch, outcomes: np.ndarray) -> sc.Watch:
    """Return the watch after labels of hits that were shown."""
    for relevant in outcomes:
        watch = watch.judged(1.0, relevant)
    return watch


def share_of_alarms(threshold: sc.Threshold, precision: float, seed: int = 1) -> float:
    """Return how many of many runs end in an alarm."""
    rng = np.random.default_rng(seed)
    start = threshold.watch(0.1)
    runs = (labelled(start, rng.random(LABELS) < precision) for _ in range(RUNS))
    return float(np.mean([run.promise_broken for run in runs]))


@pytest.mark.slow
def test_a_promise_that_just_holds_is_called_broken_no_more_often_than_allowed(
    threshold: sc.Threshold,
) -> None:
    allowed = binom.ppf(0.999, RUNS, 0.1) / RUNS
    assert share_of_alarms(threshold, threshold.target) <= allowed


@pytest.mark.slow
def test_a_broken_promise_is_found_out(threshold: sc.Threshold) -> None:
    assert share_of_alarms(threshold, threshold.target - 0.2) > 0.95


def test_a_change_after_a_good_time_is_found_as_well(threshold: sc.Threshold) -> None:
    rng = np.random.default_rng(2)
    good = labelled(threshold.watch(), rng.random(1_000) < 0.9)
    assert not good.promise_broken
    assert labelled(good, rng.random(100) < 0.4).promise_broken


@tried(100)
@given(
    st.floats(0.05, 0.95),
    st.lists(st.floats(0, 1), max_size=30),
)
def test_the_money_does_not_grow_on_average_where_the_mean_is_what_is_doubted(
    least: float, outcomes: list[float]
) -> None:
    bet = sc.Bet(least)
    for outcome in outcomes:
        bet = bet.after(outcome)
    assume(max(bet.money) < 1e10)  # far below the most that is counted, where it stops to grow
    before = worth(bet)
    average = least * worth(bet.after(1.0)) + (1 - least) * worth(bet.after(0.0))
    assert average == pytest.approx(before)


def worth(bet: sc.Bet) -> float:
    """Return what is bet and what is kept for later bets."""
    return float(np.mean(bet.money)) + math.log(2) / math.log(bet.count + 2)


@tried(100)
@given(st.floats(0.05, 0.95), st.lists(st.booleans(), max_size=20))
def test_money_never_falls_below_nothing_and_more_success_never_brings_more(
    least: float, outcomes: list[bool]
) -> None:
    bet, better = sc.Bet(least), sc.Bet(least)
    for outcome in outcomes:
        bet, better = bet.after(float(outcome)), better.after(1.0)
    assert min(bet.money) >= 0
    assert better.peak <= bet.peak + 1e-12


def test_an_alarm_stays_after_better_times(threshold: sc.Threshold) -> None:
    broken = labelled(threshold.watch(), np.zeros(40))
    assert broken.promise_broken
    assert labelled(broken, np.ones(500)).promise_broken


def test_what_lies_under_the_threshold_was_not_promised(threshold: sc.Threshold) -> None:
    watch = threshold.watch()
    assert watch.judged(0.0, False) == watch


@pytest.mark.parametrize(("shown", "changes"), [(0.5, False), (0.1, True), (0.95, True)])
def test_without_labels_another_share_of_hits_above_the_threshold_is_a_change(
    threshold: sc.Threshold, shown: float, changes: bool
) -> None:
    rng = np.random.default_rng(3)
    watch = threshold.watch()
    for is_shown in rng.random(300) < shown:
        watch = watch.seen(float(is_shown))
    assert watch.traffic_changed == changes
    assert ("something has changed" in watch.words) == changes
    assert not watch.promise_broken


def test_what_was_seen_is_said_in_words(threshold: sc.Threshold) -> None:
    watch = threshold.watch()
    assert watch.words == "Nothing has been seen yet."
    assert labelled(watch, np.ones(20)).words == (
        "Of 20 labelled hits that it showed, 100% were relevant: no sign against the 80% that were "
        "guaranteed."
    )


def test_a_watch_goes_on_from_its_file_as_if_nothing_had_been(threshold: sc.Threshold) -> None:
    watch = labelled(threshold.watch(), np.array([True, False, True])).seen(0.4)
    again = sc.load_watch(watch.to_json())
    assert again == watch
    assert again.judged(1.0, False) == watch.judged(1.0, False)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another/1"},
        {"target": "high"},
        {"false_alarms": 2},
        {"precision": {"least": 0.8, "count": 1, "total": 3, "money": [0.0] * 5, "peak": 1}},
        {"precision": {"least": 0.8, "count": 1, "total": 1, "money": [], "peak": 1}},
        {"precision": {"least": 0.8, "count": 1, "total": 1, "money": [-1.0] * 5, "peak": 1}},
        {"precision": {"least": 0.8, "count": 1, "total": 1, "money": [9.0] * 5, "peak": 1}},
        {"precision": {"least": 0.8, "count": 0, "total": 0, "money": [0.0] * 5, "peak": -1}},
        {"precision": {"least": 0.2, "count": 0, "total": 0, "money": [0.0] * 5, "peak": 1}},
        {"fewer": {"least": 0.4, "count": 9, "total": 4, "money": [0.0] * 5, "peak": 1}},
        {"target": 1.5},
        {"value": -2},
    ],
)
def test_a_file_that_is_no_watch_is_refused_in_a_sentence(
    threshold: sc.Threshold, change: dict[str, object]
) -> None:
    body = json.loads(threshold.watch().to_json()) | change
    with pytest.raises(sc.CalibrationError, match="This is no watch"):
        sc.load_watch(json.dumps(body))


def test_values_and_labels_that_are_none_are_named(threshold: sc.Threshold) -> None:
    watch = threshold.watch()
    with pytest.raises(sc.InputError, match="The value is 'high'; give a number"):
        watch.seen("high")  # type: ignore[arg-type]
    with pytest.raises(sc.InputError, match="The value is 5; give a predicted relevance, which"):
        watch.seen(5.0)
    with pytest.raises(sc.InputError, match=r"The value is -0\.2; give a predicted relevance"):
        watch.judged(-0.2, True)
    with pytest.raises(sc.InputError, match="The label is 3; give True or False"):
        watch.judged(0.9, 3)
    with pytest.raises(sc.CalibrationError, match="probability of a false alarm is 2"):
        threshold.watch(2)


@tried(20)
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0, math.nan])), max_size=20))
def test_a_log_counts_as_its_rows_one_by_one(
    threshold: sc.Threshold, rows: list[tuple[float, float]]
) -> None:
    assume(any(math.isnan(label) for _, label in rows))
    one_by_one = threshold.watch()
    for value, label in rows:
        one_by_one = one_by_one.seen(value)
        one_by_one = one_by_one if math.isnan(label) else one_by_one.judged(value, label)
    values, labels = zip(*rows, strict=True)
    assert threshold.watch().after_rows(values, labels) == one_by_one


def test_a_file_of_labels_alone_says_nothing_of_how_many_hits_reach_the_threshold(
    threshold: sc.Threshold,
) -> None:
    watch = threshold.watch().after_rows([0.95, 0.95], [True, False])
    assert (watch.precision.count, watch.fewer.count) == (2, 0)


def test_a_watch_over_best_hits_takes_the_best_row_of_each_query(threshold: sc.Threshold) -> None:
    assert threshold.level == "query"
    watch = threshold.watch().after_rows([0.1, 0.95, 0.2], queries=["a", "a", "b"])
    assert (watch.fewer.count, watch.fewer.total) == (2, 1)


def test_another_number_of_labels_than_values_is_named(threshold: sc.Threshold) -> None:
    with pytest.raises(sc.InputError, match="There are 2 values and another number of labels"):
        threshold.watch().after_rows([0.5, 0.6], [1])


def test_a_threshold_without_a_value_cannot_be_watched() -> None:
    none = sc.query_threshold(np.full(20, 0.5), np.zeros(20), [str(n) for n in range(20)], 0.9)
    with pytest.raises(sc.CalibrationError, match="has no value"):
        none.watch()


@pytest.mark.parametrize("gap", [None, math.nan, " "])
def test_hits_without_a_query_are_not_taken_for_hits_of_one(
    threshold: sc.Threshold, gap: object
) -> None:
    with pytest.raises(sc.InputError, match="A hit has no query"):
        threshold.watch().after_rows([0.9, 0.1], None, [gap, gap])  # type: ignore[list-item]


def test_queries_are_given_as_a_list(threshold: sc.Threshold) -> None:
    with pytest.raises(sc.InputError, match="The queries came as a str; give a list"):
        threshold.watch().after_rows([0.9, 0.1], None, "ab")
