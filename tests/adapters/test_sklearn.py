from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sklearn
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import search_core as sc
from search_core.adapters.sklearn import ScoreCalibrator

pytestmark = pytest.mark.usefixtures("few_draws")


@dataclass(frozen=True)
class World:
    """Cosine and BM25 of 240 pairs of 40 queries, and whether each is relevant."""

    cosine: npt.NDArray[np.float64]
    bm25: npt.NDArray[np.float64]
    relevant: npt.NDArray[np.intp]
    queries: npt.NDArray[np.str_]

    @property
    def both(self) -> npt.NDArray[np.float64]:
        return np.column_stack([self.cosine, self.bm25])


@pytest.fixture(scope="module")
def world() -> World:
    random = np.random.default_rng(5)
    relevant = random.integers(0, 2, 240)
    cosine = np.clip(0.35 + 0.2 * relevant + 0.15 * random.normal(size=240), -1, 1)
    bm25 = np.maximum(0, 8 + 5 * relevant + 5 * random.normal(size=240))
    return World(cosine, bm25, relevant, np.repeat([f"query {n}" for n in range(40)], 6))


@pytest.fixture
def routing() -> Iterator[None]:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_it_passes_all_checks_of_the_library() -> None:
    done = check_estimator(ScoreCalibrator(), on_skip=None)
    assert len(done) > 50
    assert {each["status"] for each in done} <= {"passed", "skipped"}


def test_its_probabilities_are_those_of_fit_calibrator(world: World) -> None:
    model = ScoreCalibrator("cosine")
    model.fit(world.cosine[:, None], world.relevant, groups=world.queries)
    pairs = sc.pairs_from_arrays(world.cosine, world.relevant, world.queries, scale="cosine")
    theirs = sc.fit_calibrator(pairs)
    shown = model.predict_proba(world.cosine[:, None])
    np.testing.assert_array_equal(shown[:, 1], theirs.calibrator.predict(pairs))
    np.testing.assert_allclose(shown.sum(axis=1), 1)
    assert model.result_ is not None
    assert model.result_.report == theirs.report


def test_a_distance_runs_the_other_way(world: World) -> None:
    asked = [[0.2], [0.9]]
    by_cosine = ScoreCalibrator("cosine").fit(world.cosine[:, None], world.relevant)
    by_distance = ScoreCalibrator("chroma-cosine").fit(1 - world.cosine[:, None], world.relevant)
    np.testing.assert_allclose(
        by_cosine.predict_proba(asked), by_distance.predict_proba(1 - np.array(asked)), atol=1e-6
    )


def test_several_scores_in_one_fit_lose_less_than_the_best_of_them(world: World) -> None:
    both = ScoreCalibrator(["cosine", "bm25"]).fit(world.both, world.relevant, world.queries)
    one = ScoreCalibrator("cosine").fit(world.cosine[:, None], world.relevant, world.queries)
    assert both.result_ is not None
    assert one.result_ is not None
    assert both.result_.report.log_loss < one.result_.report.log_loss
    assert both.calibrator_.score_scales == (sc.COSINE, sc.BROUGHT_SCALES["bm25"])
    assert both.predict_proba(world.both[:3]).shape == (3, 2)


def test_labels_of_any_kind_come_back_and_the_greater_one_is_relevant(world: World) -> None:
    named = np.array(["bad", "good"])[world.relevant]
    model = ScoreCalibrator("cosine").fit(world.cosine[:, None], named)
    assert model.classes_.tolist() == ["bad", "good"]
    assert model.predict([[-0.9], [0.99]]).tolist() == ["bad", "good"]


def test_a_whole_weight_is_as_many_rows_alike(world: World) -> None:
    weights = np.random.default_rng(2).integers(0, 4, len(world.relevant))
    model = ScoreCalibrator("cosine", method="isotonic")
    weighted = clone(model).fit(
        world.cosine[:, None], world.relevant, world.queries, sample_weight=weights
    )
    many = np.repeat(np.arange(len(weights)), weights)
    repeated = clone(model).fit(world.cosine[many, None], world.relevant[many], world.queries[many])
    asked = np.linspace(0, 1, 20)[:, None]
    np.testing.assert_allclose(weighted.predict_proba(asked), repeated.predict_proba(asked))


def test_other_weights_count_in_relation_to_each_other(world: World) -> None:
    weights = np.where(world.relevant == 1, 2.5, 0.5)
    asked = world.cosine[:5, None]
    values = [
        ScoreCalibrator("cosine")
        .fit(world.cosine[:, None], world.relevant, world.queries, sample_weight=each)
        .predict_proba(asked)[:, 1]
        for each in (None, weights, 7 * weights)
    ]
    assert (values[1] > values[0]).all()
    np.testing.assert_allclose(values[1], values[2])


@pytest.mark.slow
@pytest.mark.usefixtures("routing")
def test_queries_are_routed_to_the_fit_and_to_the_folds(world: World) -> None:
    model = ScoreCalibrator("cosine").set_fit_request(groups=True, sample_weight=True)
    scorer = get_scorer("neg_log_loss").set_score_request(sample_weight=True)
    given = {"groups": world.queries, "sample_weight": np.ones(len(world.queries))}
    scores = cross_val_score(
        model, world.cosine[:, None], world.relevant, cv=GroupKFold(4), params=given,
        scoring=scorer,
    )  # fmt: skip
    assert len(scores) == 4
    assert (scores > -0.69).all()
    piped = make_pipeline(model).fit(world.cosine[:, None], world.relevant, **given)
    assert piped[-1].calibrator_.fitted_on.queries == 40


@pytest.mark.slow
def test_methods_are_searched_over(world: World) -> None:
    search = GridSearchCV(
        ScoreCalibrator("cosine"), {"method": ["platt", "linear"]}, scoring="neg_log_loss", cv=2
    )
    search.fit(world.cosine[:, None], world.relevant)
    assert search.best_params_["method"] in ("platt", "linear")


@pytest.mark.peers
def test_it_is_drawn_by_the_library_s_own_display(world: World) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from sklearn.calibration import CalibrationDisplay

    model = ScoreCalibrator("cosine").fit(world.cosine[:, None], world.relevant)
    shown = CalibrationDisplay.from_estimator(
        model, world.cosine[:, None], world.relevant, n_bins=5
    )
    np.testing.assert_array_equal(shown.y_prob, model.predict_proba(world.cosine[:, None])[:, 1])


def test_fewer_rows_than_can_be_checked_are_fitted_with_a_warning(world: World) -> None:
    with pytest.warns(UserWarning, match="12 labels are too few to check a fit by"):
        model = ScoreCalibrator("cosine").fit(world.cosine[:12, None], world.relevant[:12])
    assert model.result_ is None
    assert model.predict([[1.0], [-1.0]]).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"scale": "cosin"}, "No engine and no scale is known by the name 'cosin'"),
        ({"scale": ["cosine", "bm25"]}, "2 scales were given for 1 columns"),
        ({"scale": "bm25", "method": "plat"}, "There is no method 'plat'"),
        ({"method": "blend"}, "Blend of score, list, neighbours and words needs"),
    ],
)
def test_plain_mistakes_are_value_errors_of_one_sentence(
    given: dict[str, Any], words: str, world: World
) -> None:
    with pytest.raises(ValueError, match=words):
        ScoreCalibrator(**given).fit(world.cosine[:, None], world.relevant)


def test_a_score_outside_its_scale_is_told_with_its_place(world: World) -> None:
    with pytest.raises(ValueError, match="5 cannot be a score on the scale 'cosine'"):
        ScoreCalibrator("cosine").fit(world.cosine[:, None] + 4.5, world.relevant)
    model = ScoreCalibrator("cosine").fit(world.cosine[:, None], world.relevant)
    with pytest.raises(ValueError, match=r"Score \[1\] .*: 5 cannot be a score"):
        model.predict_proba([[0.5], [5.0]])
