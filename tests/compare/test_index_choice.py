"""What is recommended of made-up trials: one test a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.compare.index_answers import Answers, Flip
from search_core.compare.index_trials import Costs

FLIP = Flip(
    "q", 0, exact=0.6, approximate=0.4, exact_value=0.6, value=0.4, shown=False, threshold=0.5
)


def trial(
    factory: str = "IVF16,Flat",
    *,
    ratio: float = 1.0,
    recall: float = 1.0,
    flips: int | None = 0,
    flat_ms: float = 5.0,
    vectors: int = 50_000,
    k: int = 10,
    **spec: Any,
) -> sc.IndexTrial:
    """Return a trial with these figures."""
    flipped = None if flips is None else (FLIP,) * flips
    return sc.IndexTrial(
        spec=sc.IndexSpec(factory, **spec),
        vectors=vectors,
        k=k,
        costs=Costs(
            bytes_per_vector=1536.0,
            build_ms=100.0,
            build_ratio=50.0,
            query_ms=ratio * flat_ms,
            flat_query_ms=flat_ms,
            query_ratio=ratio,
        ),
        bias=0.0,
        spread=0.0,
        moved=0.0,
        own=Answers(recall, flipped=flipped),
        rescored=Answers(recall, flipped=flipped),
        queries=np.zeros(0, dtype=np.int64),
        positions=np.zeros(0, dtype=np.int64),
        approximate=np.zeros(0),
        exact=np.zeros(0),
    )


def test_a_quick_exact_search_is_kept_however_fast_the_others_are() -> None:
    trials = [trial("Flat", flat_ms=0.1, vectors=432), trial(ratio=0.1, flat_ms=0.1, vectors=432)]
    assert sc.recommend_index(trials) == (
        "Stay with Flat: it is exact, and a search takes 0.1 ms at 432 documents."
    )
    alone = [trial("Flat", flat_ms=0.02, vectors=1)]
    assert sc.recommend_index(alone).endswith("takes 0.02 ms at 1 document.")


def test_the_fastest_of_those_that_find_enough_is_taken() -> None:
    trials = [
        trial("Flat"),
        trial("HNSW32", ratio=0.6, recall=1.0),
        trial(ratio=0.4, recall=0.992, nprobe=8),
        trial("SQ8", ratio=0.1, recall=0.9),
    ]
    assert sc.recommend_index(trials) == (
        "Take IVF16,Flat with 8 probes: it finds 99.2% of the exact first ten in 40% of "
        "Flat's time; after exact re-scoring, no decision changes."
    )


def test_of_times_that_the_clock_cannot_tell_apart_the_better_recall_wins() -> None:
    trials = [trial("Flat"), trial("HNSW32", ratio=0.42), trial(ratio=0.4, recall=0.99)]
    assert "Take HNSW32: it finds all of the exact first ten" in sc.recommend_index(trials)


@pytest.mark.parametrize(
    ("flips", "said"),
    [
        (None, "Flat's time."),
        (0, "after exact re-scoring, no decision changes."),
        (1, "after exact re-scoring, one decision changes."),
        (7, "after exact re-scoring, 7 decisions change."),
    ],
)
def test_the_decisions_that_change_are_told_where_there_is_a_threshold(
    flips: int | None, said: str
) -> None:
    assert sc.recommend_index([trial(ratio=0.3, flips=flips)]).endswith(said)


def test_what_is_fast_and_misses_too_much_is_not_taken() -> None:
    trials = [trial("Flat"), trial(ratio=0.2, recall=0.93), trial("PQ48", ratio=0.1, recall=0.8)]
    assert sc.recommend_index(trials) == (
        "Stay with Flat: it is exact, and what is faster misses too much; IVF16,Flat finds 93% of "
        "the exact first ten in 20% of Flat's time."
    )


def test_a_gain_that_could_be_noise_is_none() -> None:
    assert sc.recommend_index([trial("Flat"), trial("HNSW32", ratio=0.9)]) == (
        "Stay with Flat: it is exact, and no index tried is clearly faster; a search takes 5 ms at "
        "50,000 documents."
    )


def test_with_flat_alone_nothing_else_is_claimed() -> None:
    assert "no other index was tried" in sc.recommend_index([trial("Flat")])


def test_a_tiny_share_of_the_time_is_never_rounded_to_none() -> None:
    said = sc.recommend_index([trial(ratio=0.001)])
    assert "in under 1% of Flat's time" in said


def test_recall_is_never_rounded_to_all() -> None:
    said = sc.recommend_index([trial(ratio=0.3, recall=0.99996, k=5)])
    assert "99.9% of the exact first 5" in said


def test_without_trials_there_is_nothing_to_recommend() -> None:
    with pytest.raises(sc.IndexSpecError, match="No index was tried"):
        sc.recommend_index([])


@pytest.mark.parametrize(
    ("approximate", "exact_value", "shown", "kind"),
    [
        (None, 0.6, False, "missed"),
        (0.4, 0.6, False, "hidden"),
        (0.7, 0.4, True, "shown"),
        (0.6, 0.6, True, "moved up"),
        (0.5, 0.5, True, "moved up"),
    ],
)
def test_a_flip_says_of_which_kind_it_is(
    approximate: float | None, exact_value: float, shown: bool, kind: str
) -> None:
    flip = Flip("q", 0, exact_value, approximate, exact_value, approximate, shown, threshold=0.5)
    assert flip.kind == kind
