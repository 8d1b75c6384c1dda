"""Calibrators that were fitted on the collection itself, not on a store."""

from __future__ import annotations

import pytest

import search_core as sc
from tests.stores.worlds import collection, labels


@pytest.fixture(scope="session")
def labelled() -> sc.ScoredPairs:
    return collection().score_labels(labels())


@pytest.fixture(scope="session")
def by_score(labelled: sc.ScoredPairs) -> sc.Calibrator:
    """A curve of the cosine alone."""
    return sc.fit_calibrator(labelled, "platt").calibrator


@pytest.fixture(scope="session")
def by_features(labelled: sc.ScoredPairs) -> sc.Calibrator:
    """A blend, which looks at the list of hits, at neighbours and words."""
    return sc.fit_calibrator(labelled, "blend").calibrator
