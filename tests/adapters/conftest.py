"""The sample with its real encoder, and what its calibrator says of one question."""

from __future__ import annotations

import numpy as np
import pytest

import search_core as sc

QUESTION = "How do I descale a kettle?"
UNRELATED = "Which treaty ended the war of the Spanish succession?"


@pytest.fixture(scope="session")
def fitted(sample_pairs: sc.ScoredPairs) -> sc.CalibrationResult:
    """A curve of the cosine alone, which a score of any store can be read by."""
    return sc.fit_calibrator(sample_pairs, "platt")


@pytest.fixture(scope="session")
def calibrator(fitted: sc.CalibrationResult) -> sc.Calibrator:
    """The same without what its report is made of."""
    return fitted.calibrator


@pytest.fixture(scope="session")
def expected(sample_engine: sc.SearchEngine, calibrator: sc.Calibrator) -> dict[str, float]:
    """The predicted relevance of the question's first eight hits, by id, best first."""
    hits = calibrator.apply(sample_engine.search(QUESTION, 8))
    return dict(zip(hits.ids, hits.scores.tolist(), strict=True))


@pytest.fixture(scope="session")
def asked(encoder: sc.Encoder) -> list[float]:
    """The question's vector."""
    vector: list[float] = encoder.encode_queries([QUESTION])[0].tolist()
    return vector


def assert_as_expected(found: sc.PredictedHits, expected: dict[str, float]) -> None:
    """Compare what was read from a store's result with what the engine itself says."""
    assert [hit.id for hit in found] == list(expected)
    np.testing.assert_allclose([hit.value for hit in found], list(expected.values()), atol=1e-5)
