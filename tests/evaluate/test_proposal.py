"""What the scores of a file may be, from their column's name, their range and the labels."""

from __future__ import annotations

import numpy as np
import pytest

import search_core as sc


def labels_with(scores: list[float], column: str = "score", better: str = "higher") -> sc.Labels:
    """Return labels whose relevant half has the higher scores, or the lower ones."""
    order = np.argsort(np.argsort(scores))
    relevant = order >= len(scores) / 2 if better == "higher" else order < len(scores) / 2
    lines = [
        f"q{n % 9},{score!r},{int(each)}"
        for n, (score, each) in enumerate(zip(scores, relevant, strict=True))
    ]
    return sc.read_labels("\n".join([f"query,{column},relevance", *lines]).encode())


def spread(low: float, high: float) -> list[float]:
    return np.linspace(low, high, 60).tolist()


@pytest.mark.parametrize(
    ("low", "high", "better", "scale"),
    [
        (0.12, 0.93, "higher", "cosine"),
        (-9.5, 7.25, "higher", "reranker_logit"),
        (-6.5, -0.25, "higher", "higher_is_better"),
        (1.5, 27.0, "higher", "higher_is_better"),
        (0.1, 1.4, "lower", "distance"),
        (13.0, 512.0, "lower", "distance"),
        (-17.5, -0.5, "lower", "negative_bm25"),
        (-3.0, 4.0, "lower", "lower_is_better"),
    ],
)
def test_range_and_labels_propose_a_scale_that_has_to_be_asked_for(
    low: float, high: float, better: str, scale: str
) -> None:
    found = sc.propose_scale(labels_with(spread(low, high), better=better))
    assert found.scale == sc.BROUGHT_SCALES[scale]
    assert not found.is_named
    assert found.better_by_labels == better
    assert f"{better.capitalize()} ones were labelled relevant more often." in found.sentence
    assert f"(60 values, {low:.4g} to {high:.4g})" in found.sentence


@pytest.mark.parametrize(
    ("column", "low", "high", "scale"),
    [
        ("distance", 0.1, 1.4, "distance"),
        ("similarity", 0.1, 0.9, "cosine"),
        ("bm25", 0.5, 23.0, "bm25"),
        ("bm25", -23.0, -0.5, "negative_bm25"),
        ("cosine_similarity", 0.1, 0.9, "cosine"),
        ("maxsim", 4.5, 27.0, "maxsim"),
        ("@search.rerankerScore", 0.2, 3.4, "zero_to_four"),
        ("rerankerScore", 0.2, 3.4, "zero_to_four"),
        ("logprob", -6.5, -0.25, "log_probability"),
        ("Ähnlichkeit", 0.1, 0.9, "cosine"),
    ],
)
def test_a_columns_name_tells_the_scale_even_where_labels_tell_nothing(
    column: str, low: float, high: float, scale: str
) -> None:
    scores = spread(low, high)
    rows = [{"query": f"q{n}", column: score, "relevance": n % 2} for n, score in enumerate(scores)]
    found = sc.propose_scale(sc.labels_of(rows))
    assert found.scale == sc.BROUGHT_SCALES[scale]
    assert found.is_named
    assert found.better_by_labels is None
    assert "don't tell" in found.sentence


def test_nothing_is_proposed_where_neither_name_nor_labels_tell() -> None:
    rows = [{"query": f"q{n}", "score": n / 7, "relevance": n % 2} for n in range(60)]
    found = sc.propose_scale(sc.labels_of(rows))
    assert found.scale is None
    assert found.better_by_labels is None


def test_rows_without_labels_say_nothing_of_the_direction() -> None:
    labels = sc.read_labels(b"query,score\na,0.5\nb,0.25\n", judged=False)
    assert sc.propose_scale(labels).better_by_labels is None


def test_two_labels_tell_no_direction() -> None:
    labels = sc.read_labels(b"query,score,relevance\na,0.5,1\nb,1.5,0\n")
    assert sc.propose_scale(labels).better_by_labels is None


def test_every_proposal_holds_all_scores() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        low, high = np.sort(rng.normal(0, 10 ** rng.uniform(-2, 3), 2)).tolist()
        for better in ("higher", "lower"):
            scale = sc.propose_scale(labels_with(spread(low, high), better=better)).scale
            assert scale is not None
            assert not scale.outside([low, high]).any()
            assert scale.higher_is_better is (better == "higher")


def test_labels_without_scores_are_refused() -> None:
    labels = sc.read_labels(b"query,text,relevance\na,b,1\na,c,0\n")
    with pytest.raises(sc.LabelsError, match="no column 'score'"):
        sc.propose_scale(labels)
