from __future__ import annotations

import math
from dataclasses import replace

import faiss
import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.scale import COSINE, INNER_PRODUCT, METRIC_SCALES, SQUARED_L2
from tests.properties import tried

FINITE = st.floats(-1e6, 1e6)


def hits(scores: list[float], scale: sc.ScoreScale = COSINE) -> sc.Hits:
    n = len(scores)
    return sc.Hits(
        query="a question",
        positions=tuple(range(n)),
        ids=tuple(f"d{place}" for place in range(n)),
        texts=tuple(f"text {place}" for place in range(n)),
        scores=np.array(scores),
        scale=scale,
    )


def unbounded(higher: bool) -> sc.ScoreScale:
    return sc.ScoreScale("up" if higher else "down", higher_is_better=higher)


@given(st.lists(FINITE, max_size=8), st.booleans())
@tried(200)
def test_hits_stand_best_first_or_are_refused(scores: list[float], higher: bool) -> None:
    in_order = sorted(scores, reverse=higher) == scores
    if in_order:
        assert hits(scores, unbounded(higher)).scores.tolist() == scores
        return
    with pytest.raises(sc.InputError, match="do not stand best first"):
        hits(scores, unbounded(higher))


@given(st.lists(FINITE, min_size=1, max_size=8), st.booleans())
@tried(200)
def test_other_scores_sort_the_hits_and_every_hit_keeps_its_own(
    scores: list[float], higher: bool
) -> None:
    before = hits([0.5] * len(scores))
    after = before.rescored(scores, unbounded(higher))
    given_to = dict(zip(before.ids, scores, strict=True))
    assert [given_to[name] for name in after.ids] == after.scores.tolist()
    assert after.scores.tolist() == sorted(scores, reverse=higher)
    assert after.texts == tuple(f"text {place}" for place in after.positions)


@pytest.mark.parametrize("higher", [True, False])
def test_equal_scores_keep_the_order_that_was_there(higher: bool) -> None:
    after = hits([0.9, 0.5, 0.1]).rescored([7.0, 7.0, 7.0], unbounded(higher))
    assert after.ids == ("d0", "d1", "d2")


def test_rescoring_leaves_the_first_hits_as_they_were() -> None:
    before = hits([0.9, 0.5])
    before.rescored([1.0, 2.0], unbounded(True))
    assert before.scores.tolist() == [0.9, 0.5]
    assert before.scale == COSINE


@pytest.mark.parametrize("scores", [[0.1], [0.1, 0.2, 0.3], [[0.1, 0.2]]])
def test_rescoring_needs_one_score_a_hit(scores: list[float]) -> None:
    with pytest.raises(sc.InputError, match="were given for 2 hits; give one per hit"):
        hits([0.9, 0.5]).rescored(scores, COSINE)


@pytest.mark.parametrize("scores", [[math.nan], [0.9, math.nan], [math.inf, 1.0], [0.9, -math.inf]])
def test_a_score_that_is_no_finite_number_is_refused(scores: list[float]) -> None:
    with pytest.raises(sc.InputError, match="is no finite number"):
        hits(scores)
    with pytest.raises(sc.InputError, match="is no finite number"):
        hits([0.5] * len(scores)).rescored(scores, COSINE)


@pytest.mark.parametrize(
    ("score", "scale"),
    [(57.3, INNER_PRODUCT), (1.001, COSINE), (-1.1, COSINE), (-0.2, SQUARED_L2), (4.1, SQUARED_L2)],
)
def test_a_score_outside_the_bounds_of_its_scale_is_refused(
    score: float, scale: sc.ScoreScale
) -> None:
    sentence = rf"{score:g} cannot be a score on the scale '{scale.label}', which lies between"
    with pytest.raises(sc.InputError, match=sentence):
        hits([score], scale)
    with pytest.raises(sc.InputError, match=sentence):
        hits([0.5]).rescored([score], scale)


def test_what_float32_rounded_past_a_bound_is_brought_back_to_it() -> None:
    assert hits([1.0000002, 0.5]).scores.tolist() == [1.0, 0.5]
    assert hits([-2e-7, 1.0], SQUARED_L2).scores.tolist() == [0.0, 1.0]
    after = hits([0.9, 0.5]).rescored([1.0, 1.0000001], COSINE)
    assert (after.ids, after.scores.tolist()) == (("d0", "d1"), [1.0, 1.0])  # equal keep the order


@pytest.mark.parametrize("ranked", ["L2", "inner product"])
@pytest.mark.parametrize("bounded", [True, False])
def test_the_places_that_faiss_fills_where_it_found_nothing_are_refused_by_name(
    ranked: str, bounded: bool
) -> None:
    index = faiss.IndexFlatL2(2) if ranked == "L2" else faiss.IndexFlatIP(2)
    index.add(np.eye(2, dtype=np.float32))
    scores, positions = index.search(np.eye(2, dtype=np.float32)[:1], 4)
    scale = METRIC_SCALES["squared_l2" if ranked == "L2" else "inner_product"]
    if not bounded:
        scale = replace(scale, lower=-math.inf, upper=math.inf)
    names = tuple("abcd")
    found = {"query": "", "ids": names, "texts": names, "scores": scores[0], "scale": scale}
    with pytest.raises(sc.InputError, match=r"position -1.* is how FAISS fills an empty place"):
        sc.Hits(positions=tuple(positions[0].tolist()), **found)
    with pytest.raises(sc.InputError, match=r"3.4028235e\+38, how FAISS fills an empty place"):
        sc.Hits(positions=(0, 1, 2, 3), **found)


def test_huge_scores_are_scores_where_a_scale_has_no_bounds() -> None:
    assert hits([1e300, -1e39], unbounded(True)).scores.tolist() == [1e300, -1e39]


def test_parts_of_different_length_are_refused_with_all_lengths() -> None:
    with pytest.raises(sc.InputError, match="2 positions, 1 ids, 2 texts and 2 scores"):
        replace(hits([0.9, 0.5]), ids=("d0",))


def test_the_scores_cannot_be_changed_in_place_nor_through_the_array_given() -> None:
    given_scores = np.array([0.9, 0.5])
    found = replace(hits([0.9, 0.5]), scores=given_scores)
    given_scores[0] = -1.0
    assert found.scores.tolist() == [0.9, 0.5]
    with pytest.raises(ValueError, match="read-only"):
        found.scores[0] = 1.0


def test_no_hit_at_all_is_an_answer() -> None:
    assert len(hits([])) == 0
    assert hits([]).cosines().shape == (0,)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6))
@tried(100)
def test_squared_l2_and_cosine_of_unit_vectors_tell_the_same_cosine(cosines: list[float]) -> None:
    best_first = sorted(cosines, reverse=True)
    distances = hits([2.0 - 2.0 * c for c in best_first], SQUARED_L2)
    np.testing.assert_allclose(distances.cosines(), hits(best_first).cosines(), atol=1e-12)


@pytest.mark.parametrize("scale", METRIC_SCALES.values())
def test_more_similar_is_more_on_every_metric(scale: sc.ScoreScale) -> None:
    best_first = [1.0, 0.5] if scale.higher_is_better else [0.5, 1.0]
    first, second = hits(best_first, scale).similarities
    assert first > second


@pytest.mark.parametrize(
    "scale",
    [
        sc.ScoreScale("minmax", lower=0.0, upper=1.0),
        replace(SQUARED_L2, upper=math.inf),
        replace(INNER_PRODUCT, lower=-math.inf, upper=math.inf),
    ],
)
def test_no_cosine_is_made_up_where_none_stands_behind_the_scores(scale: sc.ScoreScale) -> None:
    with pytest.raises(sc.ScaleMismatch, match=f"'{scale.name}', which has no cosine"):
        hits([0.5], scale).cosines()


def elsewhere(scores: list[float]) -> sc.Hits:
    """Hits of which nobody knows where they stand in a collection."""
    return replace(hits(scores), positions=())


def test_hits_of_another_library_have_no_positions_and_keep_their_ids_when_sorted() -> None:
    after = elsewhere([0.9, 0.5]).rescored([0.2, 0.7], COSINE)
    assert (after.positions, after.ids) == ((), ("d1", "d0"))


def test_hits_without_positions_still_need_one_text_and_score_each() -> None:
    with pytest.raises(sc.InputError, match="0 positions, 2 ids, 1 texts and 2 scores"):
        replace(elsewhere([0.9, 0.5]), texts=("a",))


def test_a_reading_that_needs_positions_says_so_where_there_are_none() -> None:
    background = sc.CollectionBackground.build(np.eye(3, dtype="f4"), np.eye(3, dtype="f4"))
    asked = background.of_query(np.eye(3, dtype="f4")[0])
    with pytest.raises(sc.InputError, match="not known where these hits stand"):
        sc.normalize(elsewhere([0.9, 0.5]), "percentile", background=asked)
