from __future__ import annotations

import math
import re
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.scale import BROUGHT_SCALES, COSINE, METRIC_SCALES, PROBABILITY, SQUARED_L2
from tests.properties import tried

SCALES = st.builds(
    sc.ScoreScale,
    name=st.sampled_from(["cosine", "bm25", "squared_l2"]),
    higher_is_better=st.booleans(),
    lower=st.sampled_from([-math.inf, -1.0, 0.0]),
    upper=st.sampled_from([1.0, 4.0, math.inf]),
    source=st.sampled_from(["", "a" * 64, "b" * 64]),
)


@given(SCALES, SCALES)
@tried(200)
def test_a_scale_is_taken_for_itself_alone(one: sc.ScoreScale, other: sc.ScoreScale) -> None:
    if one == other:
        one.require(other)
        return
    with pytest.raises(sc.ScaleMismatch):
        one.require(other)


def test_another_name_is_refused_by_both_names() -> None:
    with pytest.raises(sc.ScaleMismatch, match=r"on the scale 'squared_l2', but 'cosine' was"):
        COSINE.require(SQUARED_L2)


def test_another_encoder_is_refused_by_the_start_of_its_fingerprint() -> None:
    with pytest.raises(sc.ScaleMismatch, match=r"another encoder .* bbbbbbbbbbbb, expected aaaaaa"):
        COSINE.from_source("a" * 64).require(COSINE.from_source("b" * 64))


def test_scores_of_an_unknown_encoder_are_no_match_for_a_known_one() -> None:
    known = COSINE.from_source("a" * 64)
    with pytest.raises(sc.ScaleMismatch, match="not known which encoder made these 'cosine'"):
        known.require(COSINE)
    with pytest.raises(sc.ScaleMismatch, match=r"whose encoder is not known.*from_source\(enc"):
        COSINE.require(known)


def test_one_name_for_two_directions_is_refused() -> None:
    with pytest.raises(sc.ScaleMismatch, match="differ in direction or bounds"):
        COSINE.require(replace(COSINE, higher_is_better=False))


def test_binding_a_scale_to_an_encoder_changes_nothing_else() -> None:
    assert replace(COSINE.from_source("a"), source="") == COSINE


def test_a_scale_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        COSINE.name = "distance"  # type: ignore[misc]


def test_squared_l2_runs_from_0_to_4_and_lower_is_better_on_unit_vectors() -> None:
    assert (SQUARED_L2.lower, SQUARED_L2.upper, SQUARED_L2.higher_is_better) == (0.0, 4.0, False)


@pytest.mark.parametrize("scale", [*METRIC_SCALES.values(), *BROUGHT_SCALES.values()])
def test_no_score_of_an_index_claims_to_be_a_probability(scale: sc.ScoreScale) -> None:
    assert not scale.is_probability
    assert not scale.comparable_across_queries


def test_only_a_probability_says_that_it_is_one() -> None:
    assert PROBABILITY.is_probability
    assert PROBABILITY.comparable_across_queries


@pytest.mark.parametrize(("name", "scale"), [*METRIC_SCALES.items(), *BROUGHT_SCALES.items()])
def test_a_scale_stands_under_its_own_name(name: str, scale: sc.ScoreScale) -> None:
    assert scale.name == name
    assert scale.lower < scale.upper


@pytest.mark.parametrize(
    ("name", "scores", "instead"),
    [
        ("cosine", [0.4, 1.3], "'inner product, any length' or 'cosine distance'"),
        ("cosine", [41.0, 12.5], "'inner product, any length' or 'distance, any length'"),
        ("squared_l2", [12.5, 4800.0], "'distance, any length'"),
        ("l2", [0.2, 3.1], "'squared L2 distance'"),
        ("l2", [0.2, 31.0], "'distance, any length'"),
        ("inner_product", [-7.5, 22.0], "'inner product, any length' or 'negative inner product'"),
        ("inner_product", [-41.0, -9.5], "'inner product, any length' or 'negative inner product'"),
        ("inner_product", [0.1, 1.4], "'inner product, any length' or 'cosine distance'"),
        ("inner_product", [0.1, 14.0], "'inner product, any length' or 'distance, any length'"),
        ("cosine", [-41.0, -9.5], "'inner product, any length' or 'negative inner product'"),
        ("cosine_distance", [0.2, 19.0], "'distance, any length'"),
        ("distance", [-0.9, -0.2], "'negative inner product' or 'cosine'"),
        ("squashed", [0.1, 87.0], "'percentage, 0–100'"),
        ("probability", [-3.2, -0.1], "'log-probability'"),
        ("zero_to_four", [3.1, 7.0], "'LLM score, 0–10'"),
        ("negative_bm25", [3.0, 11.2], "'BM25' or 'another score, lower is better'"),
        ("log_probability", [0.2, 0.9], "'probability, 0–1'"),
    ],
)
def test_scores_outside_their_bounds_are_told_which_scale_they_fit(
    name: str, scores: list[float], instead: str
) -> None:
    with pytest.raises(sc.InputError, match=f"such as {re.escape(instead)}"):
        BROUGHT_SCALES[name].bring_within(scores)


@pytest.mark.parametrize("scale", BROUGHT_SCALES.values(), ids=BROUGHT_SCALES)
def test_what_rounding_carried_past_a_bound_is_read_as_the_bound(scale: sc.ScoreScale) -> None:
    for bound, way in ((scale.lower, -1.0), (scale.upper, 1.0)):
        if math.isfinite(bound):
            past = bound + way * 5e-6 * (abs(bound) or 1.0)
            assert scale.bring_within([past]).tolist() == [bound]
            with pytest.raises(sc.InputError, match="cannot be a score on the scale"):
                scale.bring_within([bound + way * 1e-2 * max(1.0, abs(bound))])


@pytest.mark.parametrize(
    "printed", ["3.4028234663852886e+38", "3.402823e+38", "-3.40282e+38", "3.4028e38"]
)
def test_an_empty_place_of_faiss_is_known_however_many_digits_were_printed(printed: str) -> None:
    for scale in BROUGHT_SCALES.values():
        with pytest.raises(sc.InputError, match="how FAISS fills an empty place"):
            scale.bring_within([0.0, float(printed)])


def test_what_is_inside_its_bounds_is_left_to_the_last_bit() -> None:
    scores = [0.1 + 0.2, -0.9999999, 1.0]
    assert COSINE.bring_within(scores).tolist() == scores


@pytest.mark.parametrize(
    ("name", "direction", "found"),
    [
        ("bm25", None, "bm25"),
        ("bm25", "lower", "negative_bm25"),
        ("negative_bm25", "higher", "bm25"),
        ("cosine", "lower", "cosine_distance"),
        ("cosine distance", None, "cosine_distance"),
        ("inner product, any length", "lower", "negative_dot_product"),
        ("other", "higher", "higher_is_better"),
        ("other", "lower", "lower_is_better"),
    ],
)
def test_a_scale_is_found_by_its_name_or_its_words_and_a_direction(
    name: str, direction: str | None, found: str
) -> None:
    scale = sc.brought_scale(name, direction)
    assert scale.name == found
    assert direction in (None, "higher" if scale.higher_is_better else "lower")


@pytest.mark.parametrize(
    ("name", "direction", "words"),
    [
        ("other", None, "say which is better"),
        ("dot", None, "There is no scale 'dot'; choose 'other' or one of cosine"),
        ("cosine", "up", "write 'higher' or 'lower'"),
        ("percent", "lower", "choose 'another score, lower is better'"),
    ],
)
def test_a_scale_that_cannot_be_meant_is_refused_in_words(
    name: str, direction: str | None, words: str
) -> None:
    with pytest.raises(sc.InputError, match=words):
        sc.brought_scale(name, direction)


def test_the_opposite_of_a_scale_runs_the_other_way() -> None:
    for scale in BROUGHT_SCALES.values():
        assert sc.opposite(scale).higher_is_better is not scale.higher_is_better
