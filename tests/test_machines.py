"""The same labels give the same answer on any machine: rounding decides nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import search_core as sc
from search_core.calibrate.rows import leave_out_folds
from search_core.features import FEATURE_NAMES, FeatureSpace
from tests.machine_probe import figures

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {
    "torch's plain kernel, MKL without its newer paths": (
        ["--plain"],
        {"MKL_CBWR": "COMPATIBLE", "OMP_NUM_THREADS": "2"},
    ),
    "MKL, oneDNN and OpenBLAS as on a processor without AVX-512": (
        [],
        {
            "MKL_CBWR": "AVX2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENBLAS_CORETYPE": "Haswell",
            "OMP_NUM_THREADS": "1",
        },
    ),
}

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def here() -> dict[str, Any]:
    return figures()


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_another_processor_gives_the_same_calibrator(setting: str, here: dict[str, Any]) -> None:
    options, variables = SETTINGS[setting]
    done = subprocess.run(
        [sys.executable, "-m", "tests.machine_probe", *options],
        cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert_alike(json.loads(done.stdout), json.loads(json.dumps(here)))


def assert_alike(found: Any, expected: Any, name: str = "") -> None:
    """Texts and counts are equal, and numbers to a ten-thousandth."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_alike(found[key], expected[key], f"{name}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), name
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_alike(one, other, f"{name}[{place}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-4), name
    else:
        assert found == expected, name


@pytest.mark.slow
@pytest.mark.parametrize("noise", [1e-12, 1e-7])
@pytest.mark.parametrize("threads", [1, 2])
def test_vectors_of_another_machine_in_another_order_give_the_same_calibrator(
    noise: float,
    threads: int,
    sample_engine: sc.SearchEngine,
    sample_labels: sc.Labels,
    sample_result: sc.CalibrationResult,
) -> None:
    """Every number of every vector is off by up to so much of itself, as kernels differ."""
    rng = np.random.default_rng(round(threads - np.log10(noise)))
    order = rng.permutation(len(sample_labels))
    queries = [sample_labels.queries[row] for row in order]
    texts = [sample_engine.corpus.texts[place] for place in _places(sample_engine, sample_labels)]
    asked = sample_engine.query_vectors(queries).astype(np.float64)
    documents = sample_engine.vectors.astype(np.float64)
    documents *= 1 + noise * rng.uniform(-1, 1, documents.shape)
    _, first, which = np.unique(queries, return_index=True, return_inverse=True)
    asked = (asked[first] * (1 + noise * rng.uniform(-1, 1, asked[first].shape)))[which]
    space = FeatureSpace.build(documents, sample_engine.corpus.texts)
    chosen = [texts[row] for row in order]
    with threadpool_limits(threads):
        features = space.features(queries, asked, chosen, documents[:1].repeat(len(order), axis=0))
        given = sample_result.pairs.take(order)
        assert given.feature_names == FEATURE_NAMES
        moved = sc.fit_calibrator(replace(given, features=features))
    report, expected = moved.report.as_dict(), sample_result.report.as_dict()
    for part in (report, expected):  # the number of its points is not a figure
        part.pop("curve")
    assert_alike(report, expected)
    assert moved.calibrator.method == sample_result.calibrator.method
    np.testing.assert_allclose(moved.out_of_fold, sample_result.out_of_fold[order], atol=1e-3)
    for target in (0.4, 0.5, 0.6, 0.7):
        one, other = (
            sc.row_threshold(each.out_of_fold, each.pairs.relevance, each.pairs.queries, target)
            for each in (moved, sample_result)
        )
        assert one.value == other.value
        assert one.found_again == other.found_again


def _places(engine: sc.SearchEngine, labels: sc.Labels) -> list[int]:
    return [engine.corpus.position_of_id[name] for name in labels.doc_ids]


def test_no_number_deals_queries_to_folds(sample_result: sc.CalibrationResult) -> None:
    queries = sample_result.pairs.queries
    assert len(leave_out_folds(queries, 0)) == len(set(queries))
