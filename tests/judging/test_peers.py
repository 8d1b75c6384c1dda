"""Estimates from labels, beside those of libraries for prediction-powered and survey estimates."""

from __future__ import annotations

import numpy as np
import pytest

import search_core as sc
from search_core.judging.estimates import Sample, estimate_mean
from search_core.vectors import Floats, Rows

pytestmark = pytest.mark.peers

PAIRS, LABELS = 4_000, 200


def drawn(probability: Floats, rows: Rows, question_of: Rows) -> Sample:
    """Return a sample of one round, all of its pairs labelled."""
    labelled = np.zeros(len(probability), dtype=np.bool_)
    labelled[rows] = True
    no_best = np.zeros(len(probability), dtype=np.bool_)
    return Sample([sc.Round(rows, probability[rows])], no_best, question_of, labelled)


def half(found: sc.Estimate) -> float:
    assert found.lower is not None
    assert found.upper is not None
    return (found.upper - found.lower) / 2


@pytest.mark.parametrize("seed", range(5))
def test_without_clusters_the_estimate_is_that_of_ppi_python(seed: int) -> None:
    ppi_py = pytest.importorskip("ppi_py")
    rng = np.random.default_rng(seed)
    expected = rng.uniform(0, 1, PAIRS)
    labels = (rng.random(PAIRS) < expected).astype(float)
    rows = rng.choice(PAIRS, LABELS, replace=False)
    sample = drawn(np.full(PAIRS, LABELS / PAIRS), rows, np.arange(PAIRS))
    found = estimate_mean(sample, labels, expected)
    given = (labels[rows], expected[rows], expected)
    oracle = ppi_py.ppi_mean_pointestimate(*given, lam=found.power)
    assert found.value == pytest.approx(float(np.squeeze(oracle)), abs=1e-9)
    low, high = ppi_py.ppi_mean_ci(*given, alpha=0.1, lam=found.power)
    # Its pool is itself a sample, and its quantile a normal one.
    assert half(found) == pytest.approx(float(np.squeeze(high - low)) / 2, rel=0.06)


@pytest.mark.parametrize("seed", range(5))
def test_a_precision_with_whole_questions_is_that_of_samplics(seed: int) -> None:
    estimation = pytest.importorskip("samplics.estimation")
    samplics = pytest.importorskip("samplics")
    rng = np.random.default_rng(seed)
    questions = rng.integers(0, 60, PAIRS)
    chance = np.clip(0.5 + rng.normal(0, 0.2, 60)[questions], 0.05, 0.95)
    labels = (rng.random(PAIRS) < chance).astype(float)
    probability = LABELS * (shares := 0.3 + chance) / shares.sum()
    rows = rng.choice(PAIRS, LABELS, replace=False, p=probability / probability.sum())
    everything = np.ones(PAIRS, dtype=np.bool_)
    sample = drawn(probability, rows, questions)
    found = estimate_mean(sample, labels, np.zeros(PAIRS), everything)
    oracle = estimation.TaylorEstimator(samplics.PopParam.mean)
    oracle.estimate(y=labels[rows], samp_weight=1 / probability[rows], psu=questions[rows])
    assert found.value == pytest.approx(oracle.point_est, abs=1e-9)
    # The jackknife and Taylor's expansion agree to the first order.
    error = half(found) / 1.671  # t of 59 degrees
    assert error == pytest.approx(oracle.stderror, rel=0.05)
