"""A tripwire that needs no labels: how many questions find what unrelated ones rarely find."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binom

import search_core as sc

RUNS, QUESTIONS, USUAL = 400, 300, 0.8


def rarities(share: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return rarities of questions of which a share finds a rare hit."""
    return np.where(rng.random(count) < share, 0.01, 0.5)


def share_of_alarms(share: float) -> float:
    """Return how many of many runs end in an alarm, of a watch that began with the usual share."""
    rng = np.random.default_rng(0)
    start = sc.watch_rarity(rarities(USUAL, 200, rng), 0.1)
    runs = (start.after_rows(rarities(share, QUESTIONS, rng)) for _ in range(RUNS))
    return float(np.mean([run.traffic_changed for run in runs]))


def test_usual_questions_raise_no_more_alarms_than_allowed() -> None:
    assert share_of_alarms(USUAL) <= binom.ppf(0.999, RUNS, 0.1) / RUNS


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_another_share_of_finds_is_a_change_in_either_direction(share: float) -> None:
    assert share_of_alarms(share) > 0.95


def test_questions_at_once_count_as_one_by_one() -> None:
    start, found = sc.watch_rarity([0.01] * 45 + [0.4] * 5), [0.02, 0.4, 0.05, 1.0]
    one_by_one = start
    for rarity in found:
        one_by_one = one_by_one.seen(rarity)
    assert start.after_rows(found) == one_by_one
    assert one_by_one.fewer.total == 2


def test_a_watch_goes_on_from_its_file_as_if_nothing_had_been() -> None:
    watch = sc.watch_rarity([0.01] * 30).seen(0.4)
    assert sc.load_watch(watch.to_json()) == watch


@pytest.mark.parametrize("change", [{"format": "another/1"}, {"false_alarms": 2}, {"fewer": {}}])
def test_a_file_that_is_no_watch_is_refused_in_a_sentence(change: dict[str, object]) -> None:
    body = json.loads(sc.watch_rarity([0.01] * 30).to_json()) | change
    with pytest.raises(sc.CalibrationError, match="This is no watch"):
        sc.load_watch(json.dumps(body))


def test_what_does_not_say_what_is_usual_is_named() -> None:
    with pytest.raises(sc.InputError, match="3 rarities do not say what is usual"):
        sc.watch_rarity([0.1] * 3)
    with pytest.raises(sc.InputError, match="The rarity 2 was given"):
        sc.watch_rarity([2.0] * 30)
