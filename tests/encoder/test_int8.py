"""The network in whole numbers of 8 bits, beside the one in float32."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

import search_core as sc
from search_core.encoder.int8 import rounded_input, rounded_weights
from tests.properties import tried

NAME = "all-MiniLM-L6-v2-int8"
TEXTS = ["A ferry leaves at noon.", "Descale the kettle with vinegar.", "Which cat sleeps?", ""]

matrices = arrays(np.float32, (6, 5), elements=st.floats(-100, 100, width=32))


@pytest.fixture(scope="module")
def int8() -> sc.Encoder:
    return sc.load_encoder(NAME)


@given(matrices)
@tried(50)
def test_weights_become_whole_steps_around_zero(weight: np.ndarray) -> None:
    step = np.abs(weight).max() / 127 or 1.0
    rounded = rounded_weights(weight)
    assert np.abs(rounded - weight).max() <= step * 0.501
    levels = rounded / step
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-3)
    assert np.abs(levels).max() <= 127.001


@given(matrices)
@tried(50)
def test_what_comes_in_becomes_one_of_256_levels_and_zero_stays(x: np.ndarray) -> None:
    step = (max(x.max(), 0) - min(x.min(), 0)) / 255 or 1.0
    rounded = rounded_input(x)
    assert (
        np.abs(rounded - x).max() <= step * 1.001
    )  # half a step, and half of one for zero's place
    assert len(np.unique(np.round(rounded / step))) <= 256
    assert np.all(rounded[x == 0] == 0)


def test_products_are_those_of_whole_numbers() -> None:
    rng = np.random.default_rng(0)
    weight, x = (rng.normal(size=size).astype(np.float32) for size in ((40, 384), (384, 9)))
    weight_step, step = np.abs(weight).max() / 127, (x.max() - x.min()) / 255
    zero = np.round(-x.min() / step).astype(np.int64)
    whole_weight = np.round(weight / weight_step).astype(np.int64)
    whole_x = np.clip(np.round(x / step).astype(np.int64) + zero, 0, 255)
    expected = (whole_weight @ (whole_x - zero)) * float(weight_step) * float(step)
    found = rounded_weights(weight) @ rounded_input(x)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.model
def test_vectors_are_near_those_in_float32_and_not_the_same(
    int8: sc.Encoder, encoder: sc.Encoder
) -> None:
    found, right = int8.encode_documents(TEXTS), encoder.encode_documents(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    cosines = (found * right).sum(axis=1)
    assert np.all((cosines > 0.85) & (cosines < 0.9999))


@pytest.mark.model
def test_a_text_has_the_same_vector_alone_and_as_a_query(int8: sc.Encoder) -> None:
    together = int8.encode_documents(TEXTS)
    assert np.array_equal(int8.encode_documents(TEXTS[:1]), together[:1])
    assert np.array_equal(int8.encode_queries(TEXTS), together)


@pytest.mark.model
def test_scores_of_both_networks_are_told_apart(int8: sc.Encoder, encoder: sc.Encoder) -> None:
    assert int8.fingerprint != encoder.fingerprint


@pytest.mark.model
def test_progress_counts_texts_and_may_stop(int8: sc.Encoder) -> None:
    steps: list[tuple[int, int]] = []
    int8.encode_documents(TEXTS, lambda done, total: steps.append((done, total)))
    assert steps == [(n, len(TEXTS)) for n in range(1, len(TEXTS) + 1)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        int8.encode_documents(TEXTS, stop)
