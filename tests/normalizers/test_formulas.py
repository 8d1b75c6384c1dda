"""Every formula against another library, or against a plain loop over the definition."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st
from scipy import special, stats
from sklearn.metrics import pairwise
from sklearn.preprocessing import minmax_scale

from search_core.engines.reading import from_cosine
from search_core.normalizers.background import FEWEST_DOCUMENTS
from search_core.normalizers.registry import NORMALIZERS, normalize
from search_core.normalizers.unrelated import SHIPPED, shipped_questions
from search_core.scale import BROUGHT_SCALES, METRIC_SCALES
from tests.normalizers.worlds import World, hits_of, unit
from tests.properties import tried

Floats = npt.NDArray[np.float64]
COSINE = METRIC_SCALES["cosine"]
FUSED = BROUGHT_SCALES["fused"]
# Scores whose range is not lost in rounding, so that two ways of computing agree.
spread_scores = st.lists(st.integers(-1000, 1000).map(lambda n: n / 100), min_size=2, max_size=20)
worlds = st.builds(
    World.of_seed,
    seed=st.integers(0, 10_000),
    documents=st.integers(12, 60),
    copies=st.sampled_from([0, 2, 9]),
)
large_worlds = st.builds(
    World.of_seed,
    seed=st.integers(0, 10_000),
    documents=st.integers(FEWEST_DOCUMENTS, 80),
    copies=st.sampled_from([0, 2, 9, 60]),
)
few = tried(30)


@given(scores=spread_scores.filter(lambda scores: max(scores) > min(scores)))
@few
def test_min_max_is_that_of_scikit_learn(scores: list[float]) -> None:
    hits = hits_of(scores, FUSED)
    assert normalize(hits, "minmax").scores == pytest.approx(minmax_scale(hits.scores))


@given(scores=spread_scores.filter(lambda scores: max(scores) > min(scores)))
@few
def test_z_is_that_of_scipy(scores: list[float]) -> None:
    hits = hits_of(scores, FUSED)
    assert normalize(hits, "zscore").scores == pytest.approx(stats.zscore(hits.scores))


@given(scores=spread_scores, temperature=st.sampled_from([0.05, 1.0, 20.0]))
@few
def test_softmax_is_that_of_scipy_and_sums_to_one(scores: list[float], temperature: float) -> None:
    hits = hits_of(scores, FUSED)
    shares = normalize(hits, "softmax", temperature=temperature).scores
    assert shares == pytest.approx(special.softmax(hits.scores / temperature))
    assert shares.sum() == pytest.approx(1.0)


@given(scores=st.lists(st.integers(-1000, 1000), min_size=1, max_size=20, unique=True))
@few
def test_the_reciprocal_rank_is_one_over_the_rank_of_scipy(scores: list[int]) -> None:
    hits = hits_of(scores, FUSED)
    ranks = stats.rankdata(-hits.scores)
    assert normalize(hits, "reciprocal_rank").scores == pytest.approx(1.0 / ranks)


@pytest.mark.parametrize("metric", sorted(METRIC_SCALES))
def test_readings_of_the_distance_are_those_of_scikit_learn_on_the_vectors(metric: str) -> None:
    world = World.of_seed(8)
    hits = world.hits(80, metric)
    near = world.documents[list(hits.positions)].astype(np.float64)
    true = pairwise.euclidean_distances(world.query[np.newaxis].astype(np.float64), near)[0]
    assert normalize(hits, "inverse_distance").scores == pytest.approx(1 / (1 + true**2), abs=1e-6)
    assert normalize(hits, "inverse_root_distance").scores == pytest.approx(
        1 / (1 + true), abs=1e-6
    )
    # Kahan's angle between vectors, which needs no arccos of a rounded cosine.
    apart = np.linalg.norm(near - world.query, axis=1)
    together = np.linalg.norm(near + world.query, axis=1)
    angle = 2 * np.arctan2(apart, together)
    assert normalize(hits, "angular").scores == pytest.approx(1 - angle / np.pi, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("inverse_distance", "elasticsearch-l2-norm"),
        ("inverse_root_distance", "vespa-euclidean"),
    ],
)
def test_the_two_inverse_distances_are_those_of_the_engines_named_on_their_cards(
    name: str, engine: str
) -> None:
    hits = World.of_seed(8).hits(20)
    shown = [from_cosine(float(cosine), engine) for cosine in hits.cosines()]
    assert normalize(hits, name).scores == pytest.approx(shown)


def test_the_card_of_the_inverse_distance_shows_both_at_one_cosine() -> None:
    hits = hits_of([0.8], COSINE)
    names = ("inverse_distance", "inverse_root_distance")
    shown = [f"{normalize(hits, name).scores[0]:.2f}" for name in names]
    assert f"{shown[1]} instead of {shown[0]}" in NORMALIZERS["inverse_distance"].loses


def test_the_root_reads_lower_above_a_cosine_of_one_half_and_higher_below() -> None:
    hits = hits_of([0.9, 0.5, 0.1], COSINE)
    squared = normalize(hits, "inverse_distance").scores
    rooted = normalize(hits, "inverse_root_distance").scores
    assert np.sign(np.round(rooted - squared, 12)).tolist() == [-1, 0, 1]


def test_a_distance_that_rounding_made_negative_is_none() -> None:
    hits = hits_of([-3e-7, 0.4], METRIC_SCALES["squared_l2"])
    for name in ("inverse_distance", "inverse_root_distance", "angular"):
        assert normalize(hits, name).scores[0] == 1.0


@pytest.mark.parametrize("equal", [[0.3] * 4, [0.1 + 0.2] * 7, [1e308] * 3, [5e-324] * 3, [0.0]])
def test_equal_hits_are_all_one_half_by_min_max_and_zero_by_z(equal: list[float]) -> None:
    hits = hits_of(equal, FUSED)
    assert set(normalize(hits, "minmax").scores) == {0.5}
    assert set(normalize(hits, "zscore").scores) == {0.0}


def test_the_next_number_is_another_score_however_small_the_deviation() -> None:
    hits = hits_of([np.nextafter(0.7, 1.0), 0.7, 0.7], FUSED)
    assert normalize(hits, "minmax").scores.tolist() == [1.0, 0.0, 0.0]
    assert normalize(hits, "zscore").scores == pytest.approx([math.sqrt(2), *[-math.sqrt(0.5)] * 2])


@given(world=worlds)
@few
def test_the_percentile_is_that_of_scipy_with_the_document_itself_left_out(world: World) -> None:
    hits = world.hits(12)
    read = normalize(hits, "percentile", background=world.background()).scores
    rounded = np.round(world.cosines, 5)  # copies of one text differ by rounding alone
    for place, value in zip(hits.positions, read, strict=True):
        others = np.delete(rounded, place)
        expected = stats.percentileofscore(others, rounded[place], kind="mean") / 100
        assert value == pytest.approx(expected, abs=2 / len(rounded) if _crowded(world) else 1e-9)


def _crowded(world: World) -> bool:
    """Whether two different texts come closer than rounding can tell."""
    gaps = np.diff(np.sort(world.cosines))
    return bool(((gaps > 1e-6) & (gaps < 2e-5)).any())


@given(world=large_worlds)
@few
def test_z_norm_measures_against_the_documents_beyond_the_first_twenty(world: World) -> None:
    hits = world.hits(5)
    read = normalize(hits, "background_z", background=world.background()).scores
    others = np.sort(world.cosines)[::-1][20:]
    expected = (
        (hits.cosines() - np.mean(others)) / np.std(others)
        if len(others) and np.ptp(others) > 1e-6
        else np.zeros(5)
    )
    assert read == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_z_norm_of_a_large_collection_measures_against_two_thousand_documents() -> None:
    world = World.of_seed(5, documents=5000)
    background = world.background()
    sample = background.collection.sample
    assert len(set(sample.tolist())) == 2000
    first = set(np.argsort(-world.cosines)[:20].tolist())
    others = world.cosines[[place for place in sample if place not in first]]
    hits = world.hits(5)
    read = normalize(hits, "background_z", background=background).scores
    assert read == pytest.approx((hits.cosines() - others.mean()) / others.std(), abs=1e-4)


@given(world=large_worlds)
@few
def test_t_and_s_norm_measure_each_document_against_the_questions(world: World) -> None:
    hits, background = world.hits(5), world.background()
    expected = {}
    for place, cosine in zip(hits.positions, hits.cosines(), strict=True):
        usual = [float(np.dot(question, world.documents[place])) for question in world.questions]
        expected[str(place)] = (cosine - stats.tmean(usual)) / stats.tstd(usual, ddof=0)
    t = normalize(hits, "t_norm", background=background)
    assert dict(zip(t.ids, t.scores, strict=True)) == pytest.approx(expected, abs=1e-4)
    z = normalize(hits, "background_z", background=background)
    of_query = dict(zip(z.ids, z.scores, strict=True))
    s = normalize(hits, "s_norm", background=background)
    both = {name: (value + of_query[name]) / 2 for name, value in expected.items()}
    assert dict(zip(s.ids, s.scores, strict=True)) == pytest.approx(both, abs=1e-4)


def nearest(world: World, place: int) -> list[float]:
    """Cosines of one document with the others, best first, one product at a time."""
    mine = world.documents[place].astype(float)
    others = [n for n in range(len(world.documents)) if n != place]
    cosines = [float(np.dot(world.documents[n].astype(float), mine)) for n in others]
    return sorted(cosines, reverse=True)


@given(world=worlds)
@few
def test_csls_is_the_definition(world: World) -> None:
    hits = world.hits(5)
    around_query = np.mean(np.sort(world.cosines)[::-1][:10])
    expected = {
        str(place): 2 * cosine - around_query - np.mean(nearest(world, place)[:10])
        for place, cosine in zip(hits.positions, hits.cosines(), strict=True)
    }
    read = normalize(hits, "csls", background=world.background())
    assert dict(zip(read.ids, read.scores, strict=True)) == pytest.approx(expected, abs=1e-5)


@given(world=worlds)
@few
def test_local_scaling_is_the_definition(world: World) -> None:
    hits = world.hits(5)
    of_query = math.sqrt(2 - 2 * np.sort(world.cosines)[::-1][6])
    expected = {}
    for place, cosine in zip(hits.positions, hits.cosines(), strict=True):
        of_document = math.sqrt(max(0.0, 2 - 2 * nearest(world, place)[6]))
        width = of_document * of_query if of_document > 1e-3 else 0.0
        expected[str(place)] = math.exp(-(2 - 2 * cosine) / width) if width else 0.0
    read = normalize(hits, "local_scaling", background=world.background())
    assert dict(zip(read.ids, read.scores, strict=True)) == pytest.approx(expected, abs=1e-5)


def test_with_few_documents_the_neighbours_are_those_there_are() -> None:
    world = World.of_seed(6, documents=4)
    hits, background = world.hits(4), world.background()
    csls = normalize(hits, "csls", background=background)
    scaled = normalize(hits, "local_scaling", background=background)
    place = csls.positions[0]
    others = nearest(world, place)
    cosine = world.cosines[place]
    assert csls.scores[0] == pytest.approx(
        2 * cosine - world.cosines.mean() - np.mean(others), abs=1e-5
    )
    width = math.sqrt(2 - 2 * world.cosines.min()) * math.sqrt(2 - 2 * others[-1])
    value = scaled.scores[scaled.positions.index(place)]
    assert value == pytest.approx(math.exp(-(2 - 2 * cosine) / width), abs=1e-5)


def test_in_a_crowd_of_copies_only_the_text_itself_is_near() -> None:
    world = World.of_seed(6, documents=40, copies=40)
    far = normalize(world.hits(3), "local_scaling", background=world.background())
    assert set(far.scores) == {0.0}
    itself = World(world.documents, world.questions, world.documents[0])
    near = normalize(itself.hits(3), "local_scaling", background=itself.background())
    assert set(near.scores) == {1.0}


@given(world=worlds)
@few
def test_hub_counts_are_counted_one_document_at_a_time(world: World) -> None:
    collection = world.background().collection
    count = [0] * len(world.documents)
    cosines = world.documents.astype(float) @ world.documents.T.astype(float)
    safe = True
    for place in range(len(world.documents)):
        others = [n for n in range(len(world.documents)) if n != place]
        others.sort(key=lambda n: -cosines[place, n])
        tenth, next_one = (cosines[place, others[n]] for n in (9, 10))
        safe = safe and tenth - next_one > 1e-6  # else which of two equal ones counts is open
        for other in others[:10]:
            count[other] += 1
    assert collection.hub_counts.sum() == 10 * len(world.documents)
    if safe:
        assert collection.hub_counts.tolist() == count
        assert collection.hub_skewness == pytest.approx(stats.skew(count))


@pytest.mark.parametrize("kind", SHIPPED)
def test_the_shipped_questions_of_every_kind_are_a_hundred_and_differ(kind: str) -> None:
    asked = shipped_questions(kind)
    assert len(asked) >= 100
    assert len({question.casefold() for question in asked}) == len(asked)


def test_the_shipped_questions_are_prose_and_keywords() -> None:
    asked = shipped_questions("en")
    keywords = [question for question in asked if question.split()[0] not in QUESTION_WORDS]
    assert len(keywords) > 40
    assert len(asked) - len(keywords) > 80


QUESTION_WORDS = {"how", "what", "why", "who", "when", "where", "which", "can", "is", "are", "do",
                  "does"}  # fmt: skip


def test_t_norm_holds_for_documents_that_all_questions_see_alike() -> None:
    rng = np.random.default_rng(1)
    alike = World(unit(rng, 30, 6), unit(rng, 60, 6, centre=20.0), unit(rng, 1, 6)[0])
    collection = alike.background().collection
    assert collection.unrelated.document_std.max() < 0.05
    hits = alike.hits(5)
    places = list(hits.positions)
    usual = alike.documents[places].astype(float) @ alike.questions.T.astype(float)
    expected = (hits.cosines() - usual.mean(axis=1)) / usual.std(axis=1)
    read = normalize(hits, "t_norm", background=alike.background())
    assert sorted(read.scores) == pytest.approx(sorted(expected), rel=1e-3)


@given(scores=spread_scores, shift=st.integers(-50, 50), factor=st.sampled_from([0.01, 0.5, 3, 20]))
@few
def test_softmax_knows_differences_of_scores_and_only_beside_its_temperature(
    scores: list[float], shift: int, factor: float
) -> None:
    def shares(values: Floats, temperature: float) -> list[float]:
        found: list[float] = normalize(
            hits_of(values.tolist(), FUSED), "softmax", temperature=temperature
        ).scores.tolist()
        return found

    given_scores = np.array(scores)
    usual = shares(given_scores, 1.0)
    assert sum(usual) == pytest.approx(1.0)
    assert shares(given_scores + shift, 1.0) == pytest.approx(usual)
    assert shares(given_scores * factor, factor) == pytest.approx(usual)


def test_a_low_temperature_gives_all_to_the_best_and_a_high_one_the_same_to_all() -> None:
    hits = hits_of([5.1, 4.0, -2.0], BROUGHT_SCALES["reranker_logit"])
    assert normalize(hits, "softmax", temperature=0.01).scores == pytest.approx([1, 0, 0])
    assert normalize(hits, "softmax", temperature=1e6).scores == pytest.approx(
        [1 / 3] * 3, abs=1e-4
    )
    logits = np.array([5.1, 4.0, -2.0])
    own = normalize(hits, "softmax", temperature=1.0).scores
    assert own == pytest.approx(special.softmax(logits))


def test_cards_of_softmax_name_the_temperature_of_a_reranker() -> None:
    record = NORMALIZERS["softmax"]
    assert "0.05 for cosines" in record.when
    assert "1 for a reranker's logits" in record.when
    assert "T = 0.05 unless set" in record.formula
