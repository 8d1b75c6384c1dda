"""What many tests share: the real encoder, the sample collection and the real app, made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import search_core as sc
from tests.browser.serving import served
from tests.properties import QUICK

settings.register_profile("quick", max_examples=QUICK)  # for `make check`

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.fixture(scope="session")
def encoder() -> sc.Encoder:
    """The default model."""
    return sc.load_encoder()


@pytest.fixture(scope="session")
def sample_corpus() -> sc.Corpus:
    """The sample's documents."""
    return sc.read_corpus(EXAMPLES / "documents.csv")


@pytest.fixture(scope="session")
def sample_engine(encoder: sc.Encoder) -> sc.SearchEngine:
    """The sample's documents in a Flat index by squared L2, stored as the page has them."""
    return sc.SearchEngine.load(EXAMPLES / "engine", encoder)


@pytest.fixture(scope="session")
def sample_labels() -> sc.Labels:
    """The sample's judgements, grades from 0 to 3."""
    return sc.read_labels(EXAMPLES / "judgements.csv", scale=(0, 3))


@pytest.fixture(scope="session")
def sample_pairs(sample_engine: sc.SearchEngine, sample_labels: sc.Labels) -> sc.ScoredPairs:
    """The sample's judgements with their features."""
    return sample_engine.score_labels(sample_labels)


@pytest.fixture(scope="session")
def sample_result(sample_pairs: sc.ScoredPairs) -> sc.CalibrationResult:
    """The default calibrator, fitted on the sample's judgements."""
    return sc.fit_calibrator(sample_pairs, seed=0)


@pytest.fixture(scope="module")
def few_draws() -> Iterator[None]:
    """Draw a fit's queries anew four times instead of a hundred, in files about something else.

    The draws say how steady each threshold is, and nothing else; they take most of a fit's time.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search_core.calibrate.thresholds.DRAWS", 4)
        yield


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the real app answers, in a process of its own; for tests that leave it as it was."""
    with served() as found:
        yield found
