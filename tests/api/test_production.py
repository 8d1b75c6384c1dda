"""`translate_threshold` and `watch_threshold`: nothing is stored, and no model is needed."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_ui.api.functions import Api
from tests.api.conftest import Called

PAIRS = [
    {"query": f"q{n % 20}", "old": n / 200, "new": 0.5 + n / 400, "relevance": float(n > 100)}
    for n in range(200)
]


@pytest.fixture(scope="module")
def api() -> Called:
    """The functions, over a sample that never comes."""
    return Called(Api(Future()))


@pytest.fixture(scope="module")
def calibrator() -> str:
    """A calibrator that guarantees a threshold."""
    rng = np.random.default_rng(0)
    scores = np.tile([0.2, 0.9], 150)
    relevance = (rng.random(300) < np.where(scores > 0.5, 0.98, 0.02)).astype(float)
    pairs = sc.pairs_from_arrays(scores, relevance, np.repeat(np.arange(150), 2), scale="cosine")
    fitted = sc.fit_calibrator(pairs, "platt").calibrator
    assert fitted.deciding_threshold() is not None
    return fitted.to_json()


def message(answer: dict[str, Any]) -> str:
    """Return the sentence of an error."""
    sentence: str = answer["error"]["message"]
    return sentence


def without(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without a field."""
    return [{key: value for key, value in row.items() if key != name} for row in rows]


def test_a_threshold_moves_to_the_value_that_lets_through_as_many(api: Called) -> None:
    found = api.translate_threshold(0.8, without("relevance", PAIRS))
    assert found["value"] == pytest.approx(0.9, abs=0.01)
    assert (found["basis"], found["precision"]) == ("selectivity", None)
    assert found["low"] <= found["value"] <= found["high"]


def test_with_labels_the_precision_is_kept(api: Called) -> None:
    assert api.translate_threshold(0.3, PAIRS)["basis"] == "precision"


def test_labels_in_some_rows_alone_are_refused(api: Called) -> None:
    told = message(api.translate_threshold(0.8, [*PAIRS, *without("relevance", PAIRS[:1])]))
    assert told.startswith("200 of 201 rows have a relevance; ")


def test_a_watch_goes_on_from_the_state_that_was_sent_back(api: Called, calibrator: str) -> None:
    rows = [{"query": "a", "value": 0.99, "relevance": 1.0}]
    first = api.watch_threshold(None, rows, calibrator)
    assert first["promise_broken"] is False
    second = api.watch_threshold(first["state"], rows)
    watch = sc.load_watch(second["state"])
    assert isinstance(watch, sc.Watch)
    assert watch.precision.count == 2
    bad = [{"query": f"q{n}", "value": 0.99, "relevance": 0.0} for n in range(40)]
    assert api.watch_threshold(second["state"], bad)["promise_broken"] is True


def test_rarities_are_watched_without_a_calibrator(api: Called) -> None:
    first = api.watch_threshold(usual_rarities=[0.01] * 40)
    assert (first["promise_broken"], first["traffic_changed"]) == (None, False)
    later = api.watch_threshold(first["state"], [{"rarity": 0.7}] * 30)
    assert later["traffic_changed"] is True


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "There is nothing to watch; give the state, or begin with"),
        ({"state": "{}"}, "This is no watch"),
        ({"usual_rarities": [0.1]}, "1 rarities do not say what is usual"),
        ({"usual_rarities": [2.0]}, "Entry 1 of usual_rarities is 2.0; give a number from 0 to 1."),
        ({"usual_rarities": [0.1] * 30, "rows": [{"value": 0.5}]}, "Row 1 has no rarity"),
        ({"usual_rarities": [0.1] * 30, "false_alarms": 0.0}, "false_alarms is 0.0; give a number"),
        ({"calibrator": "{}"}, "This is not a calibrator"),
    ],
)
def test_what_cannot_be_watched_is_said_in_a_sentence(
    api: Called, asked: dict[str, Any], sentence: str
) -> None:
    assert sentence in message(api.watch_threshold(**asked))


def test_a_watch_begins_with_one_thing_or_goes_on(api: Called, calibrator: str) -> None:
    answer = api.watch_threshold(rows=[], calibrator=calibrator, usual_rarities=[0.01] * 30)
    assert "give one of them" in message(answer)


def test_a_damaged_state_is_named_as_what_it_is(api: Called) -> None:
    answer = api.watch_threshold(rows=[], state='{"format": "score-watch/1"}')
    assert message(answer).startswith("This is no watch (Object missing")
