"""What a notebook may hand a plan by mistake is answered in a sentence, and changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import search_core as sc
from tests.judging.worlds import judged, made_up


@pytest.fixture(scope="module")
def plan() -> sc.JudgingPlan:
    pool, _ = made_up(20)
    return sc.JudgingPlan.on(pool)


@pytest.fixture(scope="module")
def full() -> sc.JudgingPlan:
    pool, labels = made_up(20)
    return judged(sc.JudgingPlan.on(pool), labels)


@pytest.mark.parametrize("engine", [None, ["a text"], "a text"])
def test_what_is_no_engine_is_named(engine: Any) -> None:
    with pytest.raises(sc.InputError, match="where SearchEngine was expected"):
        sc.JudgingPlan.of(engine, [f"question {n}" for n in range(20)])


@pytest.mark.parametrize("seed", [None, 1.5, -1, True, "7"])
def test_a_seed_that_draws_nothing_is_refused(plan: sc.JudgingPlan, seed: Any) -> None:
    with pytest.raises(sc.InputError, match="whole number of 0 or more"):
        sc.JudgingPlan.on(plan.pool, seed=seed)


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        (0.5, "A float was given to score pairs; give a function"),
        (lambda _q, texts: ["yes"] * len(texts), "Among the scores returned is 'yes'"),
        (lambda _q, _t: None, "return one for each"),
        (lambda _q, texts: [None] * len(texts), "The score nan was returned for pair 0"),
    ],
)
def test_a_judge_that_scores_nothing_is_refused(
    plan: sc.JudgingPlan, judge: Any, words: str
) -> None:
    with pytest.raises(sc.InputError, match=words):
        sc.JudgingPlan.on(plan.pool, judge)


def test_a_judge_may_say_yes_and_no(plan: sc.JudgingPlan) -> None:
    flags = [number % 2 == 0 for number in range(len(plan.pool))]
    as_list = sc.JudgingPlan.on(plan.pool, lambda _q, _t: flags)
    as_array = sc.JudgingPlan.on(plan.pool, lambda _q, _t: np.array(flags))
    assert as_list.expected.tolist() == as_array.expected.tolist() == [float(n) for n in flags]


@pytest.mark.parametrize("answers", [None, [True, False], True, "yes"])
def test_answers_without_their_pairs_are_refused(plan: sc.JudgingPlan, answers: Any) -> None:
    with pytest.raises(sc.LabelsError, match="give a dict of pairs' numbers and answers"):
        plan.read(answers)


def test_a_number_that_is_not_whole_names_no_pair(plan: sc.JudgingPlan) -> None:
    number = plan.next_pairs()[0].number
    asked: list[Any] = [float(number), str(number), plan.next_pairs()[0]]
    for given in asked:
        with pytest.raises(sc.LabelsError, match="was not asked about"):
            plan.read({given: True})
    answered: list[Any] = [float(number), [number], None]
    for given in answered:
        with pytest.raises(sc.LabelsError, match="has no answer"):
            plan.read({number: True}).without(given)
    none: list[Any] = [-1, len(plan.pool), 1.0, None]
    for given in none:
        with pytest.raises(sc.LabelsError, match="There is no pair"):
            plan.pair(given)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1.0, 2.0],), r"figures have shape \(2,\); give one for each of the"),
        ((1.0,), r"figures have shape \(\)"),
        ((np.nan,), "has a label and no figure"),
        ((1.0, [1.0]), r"expectations have shape \(1,\)"),
        ((1.0, None, [True]), r"came as bool of shape \(1,\)"),
        ((1.0, None, [0, 3, 4]), r"came as int64 of shape \(3,\); give True or False"),
    ],
)
def test_figures_that_do_not_fit_the_pool_are_refused(
    full: sc.JudgingPlan, arguments: tuple[Any, ...], words: str
) -> None:
    figures, *rest = arguments
    is_for_all = np.isscalar(figures) and words.startswith(("has", "exp", "came"))
    given = np.full(len(full.pool), figures) if is_for_all else figures
    with pytest.raises(sc.CalibrationError, match=words):
        full.estimate(given, *rest)


def test_words_are_no_figures_and_yes_and_no_are(full: sc.JudgingPlan) -> None:
    with pytest.raises(sc.InputError, match="Among the figures is 'a'"):
        full.estimate(["a"] * len(full.pool))
    assert full.estimate([True] * len(full.pool)).value == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("label", [True, False])
def test_a_share_is_never_beyond_0_and_1(label: bool) -> None:
    for seed in range(5):
        pool, _ = made_up(30, seed)
        plan = judged(sc.JudgingPlan.on(pool, seed=seed), np.full(len(pool), float(label)))
        found = plan.share_relevant()
        assert found.lower is not None
        assert found.upper is not None
        assert 0 <= found.lower <= found.value <= found.upper <= 1
