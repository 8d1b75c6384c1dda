from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given, settings, strategies as st

import search_core as sc
from search_core.scale import BROUGHT_SCALES, COSINE, METRIC_SCALES, PROBABILITY, SQUARED_L2

SCALES = st.builds(
    sc.ScoreScale,
    name=st.sampled_from(["cosine", "bm25", "squared_l2"]),
    higher_is_better=st.booleans(),
    lower=st.sampled_from([-math.inf, -1.0, 0.0]),
    upper=st.sampled_from([1.0, 4.0, math.inf]),
    source=st.sampled_from(["", "a" * 64, "b" * 64]),
)


@given(SCALES, SCALES)
@settings(deadline=None, max_examples=200)
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
