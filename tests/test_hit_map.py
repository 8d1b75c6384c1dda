"""The map of hits: exact distances, and angles that do not hang on how the space is turned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc


def unit(rows: np.ndarray) -> np.ndarray:
    """Return rows of unit length."""
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def space(seed: int, hits: int = 8, dim: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Return a query's vector and vectors of hits near it."""
    rng = np.random.default_rng(seed)
    query = unit(rng.normal(size=dim))
    # Some directions matter more than others, as in real collections.
    spread = rng.normal(size=(hits, dim)) * np.geomspace(1, 0.1, dim)
    return query, unit(query + spread)


def rotation(seed: int, dim: int = 24) -> np.ndarray:
    """Return an orthogonal matrix, which may mirror, too."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]


@given(st.integers(0, 10_000))
def test_the_radius_is_the_exact_cosine_distance(seed: int) -> None:
    query, hits = space(seed)
    found = sc.HitMap.of(query, hits)
    exact = 1 - hits.astype(float) @ query.astype(float)
    assert found.distances == pytest.approx(exact, abs=1e-12)


@given(st.integers(0, 10_000))
def test_a_rotated_or_mirrored_space_has_the_same_map(seed: int) -> None:
    query, hits = space(seed)
    turn = rotation(seed + 1)
    one = sc.HitMap.of(query, hits)
    other = sc.HitMap.of(unit(query @ turn), unit(hits @ turn))
    apart = np.angle(np.exp(1j * (one.angles - other.angles)))
    assert apart == pytest.approx(np.zeros(8), abs=1e-2)
    assert other.explained == pytest.approx(one.explained, abs=1e-4)


def test_hits_in_the_same_direction_have_the_same_angle_at_any_distance() -> None:
    query = np.eye(4)[0]
    hits = [[0.8, 0.6, 0, 0], [0.6, 0.8, 0, 0], [0.6, 0, 0.8, 0], [0.8, 0, 0, 0.6]]
    found = sc.HitMap.of(query, hits)
    assert found.angles[:2] == pytest.approx([0, 0], abs=1e-6)
    assert abs(found.angles[2]) > 1
    assert found.distances.tolist() == pytest.approx([0.2, 0.4, 0.4, 0.2])


def test_the_first_hit_is_ahead_and_the_next_one_to_a_side_is_at_a_positive_angle() -> None:
    for seed in range(20):
        angles = sc.HitMap.of(*space(seed)).angles
        assert angles[0] == 0
        assert angles[np.abs(np.sin(angles)) > 1e-6][0] > 0
        assert np.all((-np.pi < angles) & (angles <= np.pi))


def test_two_hits_lie_opposite_and_one_ahead() -> None:
    query, hits = space(3)
    assert sc.HitMap.of(query, hits[:1]).angles.tolist() == [0]
    assert sc.HitMap.of(query, hits[:2]).angles == pytest.approx([0, np.pi], abs=1e-6)
    assert sc.HitMap.of(query, hits[:2]).explained == pytest.approx(1)


def test_copies_of_one_text_and_the_query_itself_have_a_place_too() -> None:
    query, hits = space(4)
    same = sc.HitMap.of(query, np.repeat(hits[:1], 5, axis=0))
    assert same.angles == pytest.approx(np.zeros(5), abs=1e-6)
    assert same.explained == 1
    itself = sc.HitMap.of(query, np.vstack([query[np.newaxis], hits]))
    assert itself.distances[0] == pytest.approx(0, abs=1e-6)
    assert np.isfinite(itself.angles).all()


def test_no_hits_make_an_empty_map() -> None:
    found = sc.HitMap.of(np.eye(3)[0], np.zeros((0, 3)))
    assert (len(found.angles), len(found.distances), found.explained) == (0, 0, 1)


def test_what_is_no_vector_of_unit_length_is_refused_in_a_sentence() -> None:
    with pytest.raises(sc.IndexSpecError, match="one a row"):
        sc.HitMap.of([1, 0], [1, 0])
    with pytest.raises(sc.IndexSpecError, match="length 2, and 1 was expected"):
        sc.HitMap.of([1, 0], [[2, 0]])
    with pytest.raises(sc.QueryError, match="cannot be searched with"):
        sc.HitMap.of([1, 0, 0], [[0, 1]])
