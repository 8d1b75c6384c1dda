"""The label audit: it finds flips and contradictions, and changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from search_core.evaluate import audit
from search_core.evaluate.audit import (
    Contradiction,
    Suspect,
    contradictions,
    near_duplicates,
    suspects,
)
from search_core.evaluate.judged import Judged


def doubtful(p: Any, y: Any, explain: audit.Explain | None = None) -> tuple[Suspect, ...]:
    judged = Judged.of(y, [f"q{row}" for row in range(len(y))])
    return suspects(judged.stated(p), explain)


def test_the_rows_of_largest_loss_are_listed_worst_first() -> None:
    y = np.array([1.0] * 50 + [0.0] * 50)
    p = np.concatenate([np.linspace(0.02, 0.98, 50), np.full(50, 0.01)])
    found = doubtful(p, y)
    assert [suspect.row for suspect in found] == [0, 1, 2, 3, 4]
    assert found[0].judged == 1
    assert found[0].stated == pytest.approx(0.02)
    assert found[0].loss == pytest.approx(-np.log(0.02))


def test_at_most_fifty_are_listed_and_one_of_a_few() -> None:
    rng = np.random.default_rng(0)
    assert len(doubtful(rng.uniform(size=5_000), rng.choice([0.0, 1.0], 5_000))) == 50
    assert len(doubtful(rng.uniform(size=3), np.array([0.0, 1.0, 1.0]))) == 1


def test_a_half_relevant_label_is_not_suspect_as_such() -> None:
    y, p = np.array([0.5] * 20 + [1.0]), np.array([0.5] * 20 + [0.6])
    assert doubtful(p, y)[0].row == 20


def test_most_flipped_labels_are_among_as_many_suspects() -> None:
    rng = np.random.default_rng(1)
    truth = rng.choice([0.0, 1.0], 1_000)
    p = np.clip(0.5 + (truth - 0.5) * 0.8 + rng.normal(0, 0.1, 1_000), 0.01, 0.99)
    flipped = rng.choice(1_000, 50, replace=False)
    y = truth.copy()
    y[flipped] = 1 - y[flipped]
    found = {suspect.row for suspect in doubtful(p, y)}
    assert len(found & set(flipped.tolist())) >= 0.9 * 50


def test_a_suspect_names_the_columns_that_moved_it_most() -> None:
    def explain(rows: npt.NDArray[np.intp]) -> list[dict[str, float]]:
        return [{"cos": 0.1, "top": -3.0, "dice": 0.0, "num": 0.5, "neg": 2.0} for _ in rows]

    (only,) = doubtful(np.array([0.1, 0.2]), np.array([1.0, 0.0]), explain)
    assert only.reasons == (("top", -3.0), ("neg", 2.0), ("num", 0.5))


def test_a_pair_judged_twice_is_found_whatever_its_case_and_blanks() -> None:
    found = contradictions(
        ["Shoes", " shoes ", "shoes", "hats"],
        ["Red  boots", "red boots", "red boots", "red boots"],
        np.array([1.0, 0.0, 1.0, 0.0]),
    )
    assert found == (Contradiction((0, 1, 2), (1.0, 0.0, 1.0)),)


def test_a_pair_judged_twice_alike_is_no_contradiction() -> None:
    assert contradictions(["a", "a"], ["t", "T"], np.array([0.5, 0.5])) == ()


def unit(angle: float) -> list[float]:
    return [np.cos(angle), np.sin(angle)]


def test_texts_that_say_the_same_under_one_query_are_compared() -> None:
    vectors = np.array([unit(0), unit(0.1), unit(0.15), unit(1), unit(0.1)], dtype=np.float32)
    y = np.array([1.0, 0.0, 0.4, 0.0, 0.0])
    found = near_duplicates(["q", "q", "q", "q", "other"], list("abcde"), vectors, y)
    # Row 3 is far off, row 4 is of another query; 1 and 2 do not differ by more than one half.
    assert [pair.rows for pair in found] == [(0, 1), (0, 2)]
    assert found[0].judged == (1.0, 0.0)
    assert found[0].cosine == pytest.approx(np.cos(0.1), abs=1e-6)


def test_texts_equal_but_for_case_are_left_to_the_other_list() -> None:
    vectors = np.array([unit(0), unit(0)], dtype=np.float32)
    assert near_duplicates(["q", "q"], ["A b", "a B"], vectors, np.array([1.0, 0.0])) == ()


def test_one_huge_query_is_compared_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    vectors = np.array([unit(angle) for angle in rng.uniform(0, 1, 60)], dtype=np.float32)
    y, texts = rng.choice([0.0, 1.0], 60), [str(row) for row in range(60)]
    monkeypatch.setattr(audit, "MOST", 10_000)
    whole = near_duplicates(["q"] * 60, texts, vectors, y)
    monkeypatch.setattr(audit, "BLOCK", 7)
    assert near_duplicates(["q"] * 60, texts, vectors, y) == whole
    assert len(whole) > 50
