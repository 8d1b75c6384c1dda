"""What the usual snippets do with k distances, and that the readings here do not.

Each test computes what the snippet gives, shows that it is wrong, and that ours differs there.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from search_core.hits import Hits
from search_core.normalizers.registry import NORMALIZERS, normalize
from search_core.scale import METRIC_SCALES
from tests.normalizers.worlds import World, hits_of
from tests.properties import tried

Floats = npt.NDArray[np.float64]
DISTANCE = METRIC_SCALES["squared_l2"]
distances = st.lists(
    st.integers(0, 400).map(lambda n: n / 100), min_size=3, max_size=12, unique=True
)
quick = tried(40)


def snippet_z(scores: Floats) -> Floats:
    """1/(1 + z), z being the standard score of the distances."""
    z = StandardScaler().fit_transform(scores.reshape(-1, 1)).ravel()
    with np.errstate(divide="ignore"):
        inverse: Floats = 1.0 / (1.0 + z)
    return inverse


def snippet_min_max(scores: Floats) -> Floats:
    """1 minus the min-max of the distances, by hand, as it is usually written."""
    with np.errstate(invalid="ignore"):
        shares: Floats = 1.0 - (scores - scores.min()) / (scores.max() - scores.min())
    return shares


def test_one_over_one_plus_z_divides_by_zero_and_z_itself_does_not() -> None:
    hits = hits_of([0.5, 1.5], DISTANCE)  # z = -1 and +1
    assert np.isinf(snippet_z(hits.scores)[0])
    assert normalize(hits, "zscore").scores.tolist() == [1.0, -1.0]


@given(scores=distances)
@quick
def test_one_over_one_plus_z_calls_the_best_hit_the_worst_where_z_goes_below_minus_one(
    scores: list[float],
) -> None:
    hits = hits_of(scores, DISTANCE)
    z = StandardScaler().fit_transform(hits.scores.reshape(-1, 1)).ravel()
    if z[0] < -1.0 - 1e-9:  # the nearest hit, and with it the others beyond the pole
        snippet = snippet_z(hits.scores)
        assert snippet[0] < 0 < snippet[-1]
    ours = normalize(hits, "zscore").scores
    assert ours[0] == ours.max()
    assert ours == pytest.approx(-z, abs=1e-9)  # z of the similarity, never of the distance


def test_no_reading_puts_z_into_one_over_one_plus_z() -> None:
    hits = World.of_seed(1).hits(10, "squared_l2")
    snippet = snippet_z(hits.scores)
    background = World.of_seed(1).background()
    for name in NORMALIZERS:
        read = normalize(hits, name, background=background)
        assert not np.allclose(np.sort(read.scores), np.sort(snippet))
    assert "never as 1/(1+z)" in NORMALIZERS["zscore"].when


def test_equal_distances_are_nothing_over_nothing_and_a_defined_reading_here() -> None:
    hits = hits_of([0.7] * 5, DISTANCE)
    assert np.isnan(snippet_min_max(hits.scores)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert normalize(hits, "minmax").scores.tolist() == [0.5] * 5
        assert normalize(hits, "zscore").scores.tolist() == [0.0] * 5


def test_a_deviation_that_is_not_quite_zero_does_not_blow_rounding_up() -> None:
    scores = np.array([0.1] * 3)
    assert scores.std() > 0  # of three equal numbers
    assert not np.allclose((scores - scores.mean()) / scores.std(), 0.0)
    assert normalize(hits_of(scores, DISTANCE), "zscore").scores.tolist() == [0.0] * 3


@given(scores=distances)
@quick
def test_min_max_calls_the_best_of_any_list_one_and_so_it_must_not_decide(
    scores: list[float],
) -> None:
    hits = hits_of(scores, DISTANCE)
    read = normalize(hits, "minmax")
    scaled = 1.0 - MinMaxScaler().fit_transform(hits.scores.reshape(-1, 1)).ravel()
    assert read.scores == pytest.approx(scaled, abs=1e-9)
    assert read.scores[0] == 1.0
    assert not read.scale.comparable_across_queries
    assert "nonsense" in NORMALIZERS["minmax"].loses
    assert "never to decide" in NORMALIZERS["minmax"].when


def test_min_max_of_a_hit_changes_with_the_number_of_hits_and_its_cosine_does_not() -> None:
    world = World.of_seed(2)
    few, many = world.hits(5, "squared_l2"), world.hits(50, "squared_l2")
    assert few.scores[2] == many.scores[2]
    read = [normalize(hits, "minmax").scores[2] for hits in (few, many)]
    assert read[1] > read[0] + 0.1


def test_the_square_that_faiss_returns_is_named_and_is_not_the_distance() -> None:
    world = World.of_seed(3)
    hits = world.hits(10, "squared_l2")
    true = np.linalg.norm(world.documents[list(hits.positions)] - world.query, axis=1)
    assert hits.scale.name == "squared_l2"
    assert hits.scores == pytest.approx(true**2, abs=1e-5)
    assert not np.allclose(1 / (1 + true), normalize(hits, "inverse_distance").scores, atol=0.01)
    assert normalize(hits, "inverse_root_distance").scores == pytest.approx(
        1 / (1 + true), abs=1e-5
    )
    assert "squared" in NORMALIZERS["inverse_distance"].formula


def test_a_similarity_put_where_a_distance_belongs_would_turn_the_order_and_cannot() -> None:
    hits = World.of_seed(4).hits(10, "inner_product")
    snippet = 1.0 / (1.0 + hits.scores)
    assert np.all(np.diff(snippet) > 0)  # the best hit reads lowest
    ours = normalize(hits, "inverse_distance").scores
    assert np.all(np.diff(ours) < 0)


@given(seed=st.integers(0, 1000), name=st.sampled_from(sorted(NORMALIZERS)))
@quick
def test_every_reading_is_the_same_whichever_metric_the_index_ranks_by(
    seed: int, name: str
) -> None:
    world = World.of_seed(seed)
    if name == "raw":
        return
    read = [
        normalize(world.hits(10, metric), name, background=world.background())
        for metric in sorted(METRIC_SCALES)
    ]
    for other in read[1:]:
        assert _by_id(other) == pytest.approx(_by_id(read[0]), abs=1e-9)


def _by_id(hits: Hits) -> dict[str, float]:
    return dict(zip(hits.ids, hits.scores.tolist(), strict=True))
