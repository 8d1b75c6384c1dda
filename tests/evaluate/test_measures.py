"""The records of measures: what a report holds, and which way is better."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import search_core as sc

RNG = np.random.default_rng(0)
CHANCES = RNG.uniform(0.02, 0.98, 1_200)
JUDGED = sc.Judged.of(
    (RNG.random(1_200) < CHANCES).astype(float),
    [f"q{row // 12}" for row in range(1_200)],
    scores=CHANCES,
)


@pytest.mark.parametrize("name", sc.MEASURES)
def test_a_measure_is_a_figure_of_the_report_and_says_what_it_is(name: str) -> None:
    measure = sc.MEASURES[name]
    assert measure.name == name
    assert name in {field.name for field in fields(sc.Report)}
    assert measure.label
    assert not measure.meaning.endswith(".")


@pytest.mark.parametrize("name", [n for n, each in sc.MEASURES.items() if each.better])
def test_values_nearer_the_truth_are_better_by_it(name: str) -> None:
    measure = sc.MEASURES[name]
    good = measure.compute(JUDGED.stated(CHANCES))
    bad = measure.compute(JUDGED.stated(np.clip(1.3 - CHANCES, 0, 1)))
    assert good is not None
    assert bad is not None
    assert good > bad if measure.better == "higher" else good < bad


@pytest.mark.parametrize("name", [n for n, each in sc.MEASURES.items() if each.interval])
def test_a_figure_lies_in_its_own_interval(name: str) -> None:
    measure, stated = sc.MEASURES[name], JUDGED.stated(CHANCES)
    assert measure.interval is not None
    ends = measure.interval(stated)
    figure = measure.compute(stated)
    assert ends is not None
    assert figure is not None
    assert ends[0] < figure < ends[1]
