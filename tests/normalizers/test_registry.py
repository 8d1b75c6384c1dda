"""Every reading: its order, its bounds and its edges, whatever the hits."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from search_core.errors import InputError, ScaleMismatch
from search_core.hits import Hits
from search_core.normalizers.formulas import minmax
from search_core.normalizers.registry import (
    NORMALIZERS,
    Normalizer,
    at_depths,
    first,
    moved,
    normalize,
)
from search_core.scale import BROUGHT_SCALES, FILLING, METRIC_SCALES, PROBABILITY, ScoreScale
from tests.normalizers.worlds import World, hits_of
from tests.properties import tried

ALONE = [record for record in NORMALIZERS.values() if not record.needs_background]
WITH_BACKGROUND = [record for record in NORMALIZERS.values() if record.needs_background]
ANY_SCORE = ("raw", "minmax", "zscore", "softmax", "reciprocal_rank")  # these need no cosine
TINY, HUGE = 5e-324, 1.7e308
RISING, FALLING = BROUGHT_SCALES["fused"], ScoreScale("distance", higher_is_better=False)


def is_no_filling(score: float) -> bool:
    return not math.isclose(abs(score), FILLING, rel_tol=1e-7)


cosine_lists = st.lists(
    st.one_of(st.floats(-1.0, 1.0), st.sampled_from([-1.0, 0.0, TINY, 0.5, 1.0])), max_size=12
)
score_lists = st.lists(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False).filter(is_no_filling),
        st.sampled_from([-HUGE, -1.0, -TINY, 0.0, TINY, 2 * TINY, 1.0, HUGE]),
    ),
    max_size=12,
)
worlds = st.builds(
    World.of_seed,
    seed=st.integers(0, 10_000),
    documents=st.integers(50, 70),
    copies=st.sampled_from([0, 3, 12, 45]),
    dim=st.sampled_from([2, 6]),
)
metrics = st.sampled_from(sorted(METRIC_SCALES))


@contextmanager
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def assert_sound(before: Hits, after: Hits, record: Normalizer) -> None:
    scale, values = after.scale, after.scores
    assert sorted(after.ids) == sorted(before.ids)
    assert np.isfinite(values).all()
    assert ((scale.lower <= values) & (values <= scale.upper)).all()
    above, below = values[:-1], values[1:]
    assert (below <= above if scale.higher_is_better else below >= above).all()
    if record.keeps_order:
        assert after.ids == before.ids
        assert moved(before, after) == ()
    ranks = {name: rank for rank, name in enumerate(before.ids)}
    elsewhere = [name for rank, name in enumerate(after.ids) if ranks[name] != rank]
    assert list(moved(before, after)) == elsewhere


def assert_ties_stay_ties(before: Hits, after: Hits) -> None:
    tied = before.scores[1:] == before.scores[:-1]
    assert (after.scores[1:] == after.scores[:-1])[tied].all()


@pytest.mark.parametrize("record", ALONE, ids=lambda record: record.name)
@given(cosines=cosine_lists, metric=metrics)
@tried(60)
def test_a_reading_of_cosines_never_turns_the_order_nor_leaves_its_bounds(
    record: Normalizer, cosines: list[float], metric: str
) -> None:
    scores = 2.0 - 2.0 * np.array(cosines) if metric == "squared_l2" else cosines
    hits = hits_of(scores, METRIC_SCALES[metric])
    with no_warnings():
        after = normalize(hits, record.name)
    assert_sound(hits, after, record)
    if record.name != "reciprocal_rank":
        assert_ties_stay_ties(hits, after)


@pytest.mark.parametrize("name", ANY_SCORE)
@pytest.mark.parametrize("scale", [RISING, FALLING], ids=["rising", "falling"])
@given(scores=score_lists)
@tried(60)
def test_a_reading_of_any_numbers_never_turns_the_order_nor_breaks_on_their_size(
    name: str, scale: ScoreScale, scores: list[float]
) -> None:
    hits = hits_of(scores, scale)
    with no_warnings():
        after = normalize(hits, name)
    assert_sound(hits, after, NORMALIZERS[name])
    if name != "reciprocal_rank":
        assert_ties_stay_ties(hits, after)


@pytest.mark.parametrize("record", WITH_BACKGROUND, ids=lambda record: record.name)
@given(world=worlds, metric=metrics, k=st.integers(1, 50))
@tried(25)
def test_a_reading_with_a_background_turns_the_order_only_where_it_says_so(
    record: Normalizer, world: World, metric: str, k: int
) -> None:
    hits = world.hits(k, metric)
    background = world.background()
    if record.name == "chance" and background.chance_cut is None:
        return
    with no_warnings():
        after = normalize(hits, record.name, background=background)
    assert_sound(hits, after, record)


@pytest.mark.parametrize(
    "record", [r for r in WITH_BACKGROUND if not r.keeps_order], ids=lambda r: r.name
)
def test_a_reading_that_may_turn_the_order_does_turn_it_somewhere(record: Normalizer) -> None:
    turned = 0
    for seed in range(20):
        world = World.of_seed(seed)
        hits = world.hits(20)
        turned += bool(moved(hits, normalize(hits, record.name, background=world.background())))
    assert turned > 10


@pytest.mark.parametrize("record", NORMALIZERS.values(), ids=lambda record: record.name)
def test_every_reading_of_no_hits_is_no_hits(record: Normalizer) -> None:
    world = World.of_seed(1)
    after = normalize(world.hits(0), record.name, background=world.background())
    assert len(after) == 0


@pytest.mark.parametrize("record", NORMALIZERS.values(), ids=lambda record: record.name)
def test_every_reading_of_one_hit_has_a_value(record: Normalizer) -> None:
    world = World.of_seed(1)
    after = normalize(world.hits(1), record.name, background=world.background())
    assert np.isfinite(after.scores).all()
    alone = {"minmax": 0.5, "zscore": 0.0, "softmax": 1.0, "reciprocal_rank": 1.0}
    if record.name in alone:
        assert after.scores[0] == alone[record.name]


@pytest.mark.parametrize("record", NORMALIZERS.values(), ids=lambda record: record.name)
def test_every_reading_keeps_the_encoder_that_the_scores_come_from(record: Normalizer) -> None:
    world = World.of_seed(1)
    hits = world.hits(5)
    hits = replace(hits, scale=hits.scale.from_source("abc"))
    assert normalize(hits, record.name, background=world.background()).scale.source == "abc"


@pytest.mark.parametrize("record", NORMALIZERS.values(), ids=lambda record: record.name)
def test_every_reading_has_a_complete_card(record: Normalizer) -> None:
    assert NORMALIZERS[record.name] is record
    assert record.label
    assert record.formula
    assert record.source
    for told in (record.keeps, record.loses, record.when):
        assert len(told) > 20
        assert told.endswith(".")
    assert record.scale is None or record.scale.name == record.name


@pytest.mark.parametrize("way", [True, False])
def test_the_raw_reading_alone_has_no_scale_and_leaves_hits_on_their_own(way: bool) -> None:
    assert [name for name, each in NORMALIZERS.items() if each.scale is None] == ["raw"]
    scale = ScoreScale("given", higher_is_better=way)
    hits = hits_of([2.0, 1.0], scale)
    assert normalize(hits, "raw") is hits


def test_only_readings_that_may_turn_the_order_say_so() -> None:
    turning = {name for name, record in NORMALIZERS.items() if not record.keeps_order}
    assert turning == {"t_norm", "s_norm", "csls", "local_scaling"}
    assert all("order" in NORMALIZERS[name].loses for name in turning)


def test_no_reading_within_one_list_claims_to_compare_across_queries() -> None:
    across = {
        name
        for name, each in NORMALIZERS.items()
        if each.scale and each.scale.comparable_across_queries
    }
    assert across == {"chance", "background_z", "t_norm", "s_norm"}
    assert not any(each.scale and each.scale.is_probability for each in NORMALIZERS.values())


def test_the_records_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        NORMALIZERS["raw"] = NORMALIZERS["minmax"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        NORMALIZERS["raw"].keeps_order = False  # type: ignore[misc]


def test_a_formula_that_turned_the_order_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    upside_down = replace(NORMALIZERS["minmax"], function=lambda hits: 1 - minmax(hits))
    monkeypatch.setattr("search_core.normalizers.registry.NORMALIZERS", {"minmax": upside_down})
    with pytest.raises(InputError, match="best first"):
        normalize(World.of_seed(1).hits(5), "minmax")


def test_hits_that_moved_are_named_in_their_new_order() -> None:
    before = hits_of([0.9, 0.8, 0.7, 0.6], METRIC_SCALES["cosine"])
    after = before.rescored([4.0, 1.0, 2.0, 3.0], RISING)
    assert after.ids == ("0", "3", "2", "1")
    assert moved(before, after) == ("3", "1")


def test_raw_is_the_hits_themselves() -> None:
    hits = World.of_seed(1).hits(5, "squared_l2")
    assert normalize(hits, "raw") is hits


def test_an_unknown_reading_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no reading 'min-max'.*minmax"):
        normalize(World.of_seed(1).hits(5), "min-max")


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_that_is_not_above_zero_is_refused(temperature: float) -> None:
    with pytest.raises(InputError, match="above 0"):
        normalize(World.of_seed(1).hits(5), "softmax", temperature=temperature)


@pytest.mark.parametrize("record", WITH_BACKGROUND, ids=lambda record: record.name)
def test_a_reading_that_needs_a_background_asks_for_it(record: Normalizer) -> None:
    with pytest.raises(InputError, match=r"background=engine\.background\(query\)"):
        normalize(World.of_seed(1).hits(5), record.name)


@pytest.mark.parametrize("documents", [10, 80])
def test_the_background_of_another_query_or_collection_is_refused(documents: int) -> None:
    other = World.of_seed(2, documents=documents)
    with pytest.raises(InputError, match="another query or collection"):
        normalize(World.of_seed(1).hits(40), "percentile", background=other.background())


@pytest.mark.parametrize("name", ["inverse_distance", "inverse_root_distance", "angular"])
@pytest.mark.parametrize("scale", [RISING, PROBABILITY], ids=lambda scale: scale.name)
def test_a_reading_of_cosines_refuses_scores_without_one(name: str, scale: ScoreScale) -> None:
    with pytest.raises(ScaleMismatch, match=f"on the scale '{scale.name}'"):
        normalize(hits_of([0.9, 0.1], scale), name)


def test_a_reading_is_never_read_again_as_if_it_were_a_cosine() -> None:
    hits = World.of_seed(1).hits(5)
    for record in ALONE:
        after = normalize(hits, record.name)
        if record.name != "raw":
            with pytest.raises(ScaleMismatch):
                normalize(after, "inverse_distance")


@pytest.mark.parametrize(
    ("name", "fewest"),
    [("chance", 50), ("background_z", 50), ("s_norm", 50), ("csls", 2), ("local_scaling", 2)],
)
def test_too_small_a_collection_is_told_how_many_documents_are_needed(
    name: str, fewest: int
) -> None:
    enough, few = (World.of_seed(3, documents=n) for n in (fewest, fewest - 1))
    assert len(normalize(enough.hits(1), name, background=enough.background())) == 1
    with pytest.raises(InputError, match=f"at least {fewest} documents"):
        normalize(few.hits(1), name, background=few.background())


@pytest.mark.parametrize("record", WITH_BACKGROUND, ids=lambda record: record.name)
def test_a_collection_of_one_document_gives_a_value_or_a_reason(record: Normalizer) -> None:
    world = World.of_seed(3, documents=1)
    with no_warnings():
        if record.fewest_documents > 1:
            with pytest.raises(InputError, match="needs at least"):
                normalize(world.hits(1), record.name, background=world.background())
        else:
            after = normalize(world.hits(1), record.name, background=world.background())
            assert np.isfinite(after.scores).all()


@pytest.mark.parametrize("record", WITH_BACKGROUND, ids=lambda record: record.name)
def test_a_collection_of_copies_gives_a_value_or_a_reason(record: Normalizer) -> None:
    world = World.of_seed(3, documents=60, copies=60)
    with no_warnings():
        if record.name == "chance":
            with pytest.raises(InputError, match="all equal"):
                normalize(world.hits(5), record.name, background=world.background())
        else:
            after = normalize(world.hits(5), record.name, background=world.background())
            assert np.isfinite(after.scores).all()


@pytest.mark.parametrize("name", ["minmax", "zscore"])
def test_a_value_read_at_a_depth_is_that_of_the_shorter_list(name: str) -> None:
    world = World.of_seed(4)
    long = world.hits(50)
    read = at_depths(long, (5, 20, 90), name)
    assert list(read) == [5, 20, 90]
    for depth in (5, 20):
        short = normalize(world.hits(depth), name)
        assert read[depth] == dict(zip(short.ids, short.scores.tolist(), strict=True))
    assert read[90] == at_depths(long, (50,), name)[50]


def test_the_first_hits_are_those_of_a_shorter_search() -> None:
    world = World.of_seed(4)
    cut, short = first(world.hits(30), 7), world.hits(7)
    assert (cut.ids, cut.positions, cut.texts) == (short.ids, short.positions, short.texts)
    assert cut.scores.tolist() == short.scores.tolist()
