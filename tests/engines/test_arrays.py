"""Scores of any shape through engines and scales: there and back, gaps kept, places named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import search_core as sc
from search_core.engines.scales import converter

ONE_ANSWER = [
    key
    for key, each in sc.ENGINES.items()
    if each.map and not each.map.key.startswith("langchain_ip")
]
COSINES = arrays(np.float64, array_shapes(max_dims=3), elements=st.floats(-0.4, 1.0))


@given(COSINES, st.sampled_from(ONE_ANSWER))
def test_an_array_of_cosines_comes_back_in_its_shape(cosines: np.ndarray, key: str) -> None:
    back = sc.to_cosine(sc.from_cosine(cosines, key), key)
    assert back.shape == cosines.shape
    np.testing.assert_allclose(back, cosines, atol=1e-6)


@given(COSINES, st.sampled_from(ONE_ANSWER))
def test_an_array_holds_what_each_number_gives_alone(cosines: np.ndarray, key: str) -> None:
    alone = [sc.from_cosine(float(cosine), key) for cosine in cosines.flat]
    assert sc.from_cosine(cosines, key).ravel().tolist() == alone


def test_what_is_missing_or_masked_stays_so() -> None:
    distances = np.ma.array([[0.5, np.nan], [99.0, 0.0]], mask=[[False, False], [True, False]])
    cosines = sc.to_cosine(distances, "faiss-l2")
    assert isinstance(cosines, np.ma.MaskedArray)
    assert cosines.mask.tolist() == [[False, False], [True, False]]
    assert np.isnan(cosines[0, 1])
    assert (cosines[0, 0], cosines[1, 1]) == (0.75, 1.0)


def test_a_column_of_a_frame_may_have_gaps() -> None:
    pandas = pytest.importorskip("pandas")
    column = pandas.Series([0.5, pandas.NA, None])
    assert sc.to_cosine(column, "faiss-l2")[:1].tolist() == [0.75]
    assert np.isnan(sc.to_cosine(column, "faiss-l2")[1:]).all()


def test_a_tensor_that_learns_is_read() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.tensor([[0.5], [1.0]], dtype=torch.bfloat16, requires_grad=True)
    assert sc.to_cosine(tensor, "faiss-l2").tolist() == [[0.75], [0.5]]


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([[0.5, 0.5], [0.5, 4.2]], r"Score \[1, 1\]: 4.2 is larger than any score"),
        ([0.5, 3.4028235e38], r"Score \[1\]: .* how FAISS fills an empty place"),
        ([0.5, np.inf], r"Score \[1\]: .* give a finite number"),
        ([None, "0.5"], "Among the scores is '0.5', a str; give numbers"),
        (["a", "b"], "Among the scores is .*'a'.*; give numbers"),
        ([True, False], "Among the scores is .*True.*; give numbers"),
        ([[0.5], [0.5, 0.6]], "came as a list that is no array of numbers"),
    ],
)
def test_a_score_that_cannot_be_is_named_by_its_place(scores: list[object], words: str) -> None:
    with pytest.raises(sc.InputError, match=words):
        sc.to_cosine(scores, "faiss-l2")


def test_an_array_has_no_room_for_two_cosines() -> None:
    with pytest.raises(sc.InputError, match=r"can mean two cosines, 0\.7 or -0\.3"):
        sc.to_cosine([0.3], "langchain-faiss-ip-relevance")


def test_implausible_cosines_are_warned_of_once() -> None:
    with pytest.warns(sc.ImplausibleScoreWarning) as warned:
        sc.to_cosine([0.0164, 0.0161], "elasticsearch-cosine")
    assert len(warned) == 1
    assert warned[0].filename == __file__


@pytest.mark.parametrize("key", sc.ENGINES)
def test_the_scale_of_an_engine_runs_as_its_scores_do(key: str) -> None:
    engine = sc.ENGINES[key]
    assert engine.scale.higher_is_better == engine.higher_is_better
    if engine.map:
        assert (engine.scale.lower, engine.scale.upper) == pytest.approx(engine.bounds)
        assert converter(engine.scale, sc.COSINE) is not None
    else:
        assert engine.scale is sc.BROUGHT_SCALES[engine.scale.name]


def test_one_vocabulary_names_engines_and_scales() -> None:
    assert sc.scale_of("chroma-cosine") is sc.BROUGHT_SCALES["cosine_distance"]
    assert sc.scale_of("cosine distance") is sc.scale_of(sc.ENGINES["chroma-cosine"])
    assert sc.scale_of("sqlite-fts5") is sc.scale_of("negative_bm25")
    assert sc.scale_of(sc.COSINE) is sc.COSINE
    for name in sc.ENGINES.keys() & sc.BROUGHT_SCALES.keys():
        assert sc.ENGINES[name].scale is sc.BROUGHT_SCALES[name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("chroma", "the nearest are chroma-l2, chroma-cosine or chroma-ip"),
        ("cosin distance", "the nearest are cosine_distance"),
        ("", "the keys of ENGINES and BROUGHT_SCALES"),
        (0.5, "A float was given where a scale was expected"),
        (None, "A NoneType was given where a scale was expected"),
    ],
)
def test_a_name_that_nothing_has_gets_the_nearest(name: object, words: str) -> None:
    with pytest.raises(sc.InputError, match=words):
        sc.scale_of(name)  # type: ignore[arg-type]


def test_scores_without_a_cosine_behind_them_turn_into_nothing_else() -> None:
    assert converter(sc.scale_of("bm25"), sc.COSINE) is None
    assert converter(sc.scale_of("dot_product"), sc.COSINE) is None
    assert converter(sc.ScoreScale("cosine"), sc.COSINE) is None  # without the bounds it is another
