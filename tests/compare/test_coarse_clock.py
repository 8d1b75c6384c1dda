"""What a comparison says where the clock is too coarse to see a search."""

from __future__ import annotations

import time

import pytest

import search_core as sc
from tests.own_encoder import HashingEncoder


def test_a_clock_that_stands_still_gives_equal_times_and_divides_nothing_by_nil(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "thread_time", lambda: 0.0)
    corpus = sc.Corpus.from_texts([f"text number {n}" for n in range(30)])
    specs = [sc.IndexSpec("Flat"), sc.IndexSpec("SQ8")]
    for trial in sc.compare_indexes(corpus, HashingEncoder(), specs, ["number 7"]):
        assert (trial.costs.build_ratio, trial.costs.query_ratio) == (1.0, 1.0)
