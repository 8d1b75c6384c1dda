"""Bare scores through a calibrator: any shape, from any engine that a cosine leads to."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import search_core as sc

SCORES = [0.1, 0.5, 0.4, 0.8]


def fitted(scale: sc.ScoreScale, method: str = "platt") -> sc.Calibrator:
    way = 1.0 if scale.higher_is_better else -1.0
    rows = [
        {"query": f"query {n // 4}", "score": way * SCORES[n % 4] + (way < 0), "relevance": n % 2}
        for n in range(80)
    ]
    return sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), scale), method).calibrator


ON_COSINES = fitted(sc.COSINE)


def pairs_of(scores: np.ndarray) -> sc.ScoredPairs:
    count = scores.size
    return sc.ScoredPairs(
        ("q",) * count, np.full(count, np.nan), scores.reshape(-1, 1), ("score",), sc.COSINE
    )


@given(arrays(np.float64, array_shapes(max_dims=3), elements=st.floats(-1.0, 1.0)))
def test_scores_of_any_shape_get_what_pairs_get(scores: np.ndarray) -> None:
    stated = ON_COSINES.predict_scores(scores)
    assert stated.shape == scores.shape
    assert stated.ravel().tolist() == ON_COSINES.predict(pairs_of(scores)).tolist()


@pytest.mark.parametrize(
    "key", ["faiss-l2", "chroma-cosine", "elasticsearch-cosine", "pgvector-ip"]
)
def test_scores_of_an_engine_get_what_their_cosines_get(key: str) -> None:
    cosines = np.linspace(-0.4, 1.0, 15).reshape(5, 3)
    shown = sc.from_cosine(cosines, key)
    expected = ON_COSINES.predict_scores(cosines)
    np.testing.assert_allclose(ON_COSINES.predict_scores(shown, key), expected, atol=1e-9)
    np.testing.assert_allclose(
        ON_COSINES.predict_scores(shown, sc.ENGINES[key]), expected, atol=1e-9
    )


def test_a_distance_is_turned_inside() -> None:
    near, far = ON_COSINES.predict_scores([0.2, 1.2], "chroma-cosine")
    assert near > 0.5 > far


def test_a_calibrator_of_an_engines_own_scores_takes_them_as_they_are() -> None:
    on_distances = fitted(sc.scale_of("distance"))
    assert on_distances.predict_scores(0.2, "qdrant-manhattan") > 0.5
    assert on_distances.predict_scores(0.2) == on_distances.predict_scores(0.2, "distance")


def test_one_score_gives_one_number() -> None:
    assert type(ON_COSINES.predict_scores(0.5)) is float


def test_gaps_stay_gaps_and_a_mask_stays_a_mask() -> None:
    stated = ON_COSINES.predict_scores([[0.5, None], [np.nan, 0.5]])
    assert np.isnan(stated).tolist() == [[False, True], [True, False]]
    masked = ON_COSINES.predict_scores(np.ma.array([0.5, 99.0], mask=[False, True]))
    assert isinstance(masked, np.ma.MaskedArray)
    assert masked.mask.tolist() == [False, True]


def test_decimals_of_a_database_and_arrow_arrays_with_gaps_are_numbers() -> None:
    assert ON_COSINES.predict_scores([Decimal("0.5")]) == [ON_COSINES.predict_scores(0.5)]
    pyarrow = pytest.importorskip("pyarrow")
    stated = ON_COSINES.predict_scores(pyarrow.array([0.5, None]))
    assert stated[0] == ON_COSINES.predict_scores(0.5)
    assert np.isnan(stated[1])


def test_no_scores_give_no_values() -> None:
    assert ON_COSINES.predict_scores([]).shape == (0,)
    assert ON_COSINES.predict_scores(np.empty((3, 0))).shape == (3, 0)


@pytest.mark.parametrize(
    ("scores", "engine", "words"),
    [
        ([[0.5], [1.5]], None, r"Score \[1, 0\]: 1.5 cannot be a score on the scale 'cosine'"),
        (1.5, None, "Score: 1.5 cannot be a score on the scale 'cosine'"),
        ([0.5, -np.inf], "faiss-l2", r"Score \[1\]: it is infinite"),
        ([0.5, 3.4028235e38], "faiss-l2", r"Score \[1\]: .* how FAISS fills an empty place"),
        (10**400, None, "an integer of more than 300 digits; give numbers that a float can hold"),
        ([0.5, 10**400], None, "an integer of more than 300 digits"),
        ("0.5", None, "Among the scores is .*'0.5'.*; give numbers"),
        ([0.5], "chrome-cosine", "the nearest are chroma-cosine"),
        ([0.3], "langchain-faiss-ip-relevance", "can mean two cosines each"),
    ],
)
def test_what_is_no_score_is_refused_with_its_place(
    scores: object, engine: str | None, words: str
) -> None:
    with pytest.raises(sc.InputError, match=words):
        ON_COSINES.predict_scores(scores, engine)  # type: ignore[call-overload]


def test_scores_that_no_cosine_stands_behind_are_on_another_scale() -> None:
    with pytest.raises(sc.ScaleMismatch, match=r"on the scale 'BM25'.* fitted on 'cosine'"):
        ON_COSINES.predict_scores([12.0], "bm25")


def test_a_blend_says_which_calibrator_takes_bare_scores(
    sample_result: sc.CalibrationResult,
) -> None:
    assert sample_result.calibrator.needs_engine
    with pytest.raises(sc.CalibrationError, match="the attribute 'simple' of this fit's result"):
        sample_result.calibrator.predict_scores([0.5])
    assert 0 < sample_result.simple.predict_scores(0.5, "faiss-l2") < 1
