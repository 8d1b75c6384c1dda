"""A query with no answer gets a low best value, from labels that hold no such query."""

from __future__ import annotations

import csv
import string

import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc
from search_core.calibrate.fit import fit_calibrator
from search_core.evaluate.measures import auc
from tests.conftest import EXAMPLES

Floats = npt.NDArray[np.float64]

UNANSWERABLE = ("gibberish", "foreign", "hard")
# The hard kind names things of the collection but asks what it does not answer: not nonsense.
SALAD = """
    purple ladder seventeen whisper quantum spoon election glacier tuba mortgage falcon velvet
    parliament neutron harbour saxophone tax orbit cathedral tundra
"""

pytestmark = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    """The kind of each of the sample's queries."""
    with (EXAMPLES / "queries.csv").open(encoding="utf-8", newline="") as file:
        return {row["text"]: row["kind"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def calibrator(
    sample_pairs: sc.ScoredPairs, sample_labels: sc.Labels, kinds: dict[str, str]
) -> sc.Calibrator:
    """The default, fitted on answerable queries alone."""
    answerable = np.array([kinds[query] not in UNANSWERABLE for query in sample_labels.queries])
    return fit_calibrator(sample_pairs.take(answerable)).calibrator


def nonsense(kinds: dict[str, str]) -> dict[str, list[str]]:
    rng = np.random.default_rng(0)
    keys, words = list(string.ascii_lowercase), SALAD.split()
    noise = ["".join(rng.choice(keys, 8)) + " " + "".join(rng.choice(keys, 5)) for _ in range(20)]
    salad = [" ".join(rng.choice(words, 4, replace=False)) for _ in range(20)]
    return {
        "keyboard noise": noise,
        "word salad": salad,
        "gibberish": [query for query, kind in kinds.items() if kind == "gibberish"],
        "off topic": [query for query, kind in kinds.items() if kind == "foreign"],
    }


def best_values(queries: list[str], engine: sc.SearchEngine, calibrator: sc.Calibrator) -> Floats:
    found = engine.search_many(queries, k=10)
    return np.array([calibrator.apply(hits, engine).scores[0] for hits in found])


def test_the_best_value_tells_nonsense_from_questions_with_an_answer(
    sample_engine: sc.SearchEngine, calibrator: sc.Calibrator, kinds: dict[str, str]
) -> None:
    asked = [query for query, kind in kinds.items() if kind not in UNANSWERABLE]
    answered = best_values(asked, sample_engine, calibrator)
    for queries in nonsense(kinds).values():
        without = best_values(queries, sample_engine, calibrator)
        answerable = np.repeat([True, False], [len(answered), len(without)])
        told = auc(answerable, np.concatenate([answered, without]))
        assert told is not None
        assert told >= 0.97
        assert np.median(without) <= 0.35 * np.median(answered)


def test_most_nonsense_is_called_nothing_relevant_and_few_questions_are(
    sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult, kinds: dict[str, str]
) -> None:
    calibrator = sample_result.calibrator
    assert calibrator.nothing_below is not None
    asked = [query for query, kind in kinds.items() if kind not in UNANSWERABLE]
    answered = best_values(asked, sample_engine, calibrator)
    assert (answered < calibrator.nothing_below).mean() < 0.15
    for queries in nonsense(kinds).values():
        without = best_values(queries, sample_engine, calibrator)
        assert (without < calibrator.nothing_below).mean() > 0.85
