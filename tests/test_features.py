"""Features: every column against its definition, one pair at a time and without shortcuts."""

from __future__ import annotations

import math
import re
from hashlib import sha1
from statistics import fmean, pstdev
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from search_core import features
from search_core.features import COHORT, FEATURE_NAMES, FEATURES, LIST, TIE, FeatureSpace

NEGATIONS = frozenset(
    ("no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot")
)
SUBJECTS = (
    "cats",
    "dogs",
    "glass",
    "press",
    "3.5",
    "12",
    "don't",
    "cannot",
    "Straße",
    "不",
    "as",
    "no",
)
World = tuple[NDArray[np.float32], list[str], tuple[Any, ...]]


def unit(rng: Generator, rows: int, dim: int = 12, centre: float = 0.8) -> NDArray[np.float32]:
    """Directions around a common centre, so that cosines are spread over (0, 1)."""
    vectors = rng.normal(size=(rows, dim)) + centre
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def sentences(rng: Generator, rows: int, tag: str) -> list[str]:
    return [f"{tag}{i} " + " ".join(rng.choice(SUBJECTS, size=5)) for i in range(rows)]


@pytest.fixture(scope="module")
def world() -> World:
    """A collection of 150 documents with copies, and 60 pairs: documents, copies and outsiders."""
    rng = np.random.default_rng(7)
    vectors, texts = unit(rng, 150), sentences(rng, 150, "d")
    vectors[3], texts[3] = vectors[90], texts[90]  # the same text twice
    vectors[4] = vectors[91]  # another text, the same vector
    query_vectors, queries = unit(rng, 8), sentences(rng, 8, "q")
    queries[6] = "?!"
    asked = rng.integers(0, 8, 60)
    chosen = rng.integers(0, 150, 60)
    chosen[:4] = 3, 90, 4, 91
    pair_texts = [texts[i] for i in chosen]
    pair_vectors = vectors[chosen].copy()
    pair_texts[50:] = sentences(rng, 10, "elsewhere ")
    pair_vectors[50:] = unit(rng, 10)
    pair_vectors[55] = vectors[10]  # an outsider that stands where a document stands
    pairs = ([queries[i] for i in asked], query_vectors[asked], pair_texts, pair_vectors)
    return vectors, texts, pairs


def words_of(text: str) -> set[str]:
    found = re.findall(r"[^\W_]+", text.lower())
    return {
        w[:-1] if len(w) >= 4 and w.endswith("s") and not w.endswith("ss") else w for w in found
    }


def pieces_of(text: str) -> set[str]:
    padded = " " + text.lower() + " "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def is_negated(text: str) -> bool:
    return bool(set(re.findall(r"[a-z]+", text.lower())) & set(NEGATIONS)) or "n't" in text.lower()


def by_hand(
    vectors: Any, texts: list[str], query: str, q: Any, text: str, t: Any
) -> dict[str, float]:
    """The 16 features of one pair, from the definitions."""
    vectors = np.asarray(vectors, dtype=float)
    n = len(texts)
    own = texts.index(text) if text in texts else None
    t = vectors[own] if own is not None else np.asarray(t, dtype=float)
    q = np.asarray(q, dtype=float)
    c = float(q @ t)
    others = [i for i in range(n) if i != own]
    listed = sorted(((float(vectors[i] @ q), -i) for i in others), reverse=True)[:LIST]
    o = [score for score, _ in listed]
    towards = [float(vectors[-i] @ t) for _, i in listed]
    weights = [math.exp(score / 0.05) for score in o[:20]]
    near3 = fmean(towards[:3])
    nearw = sum(w * s for w, s in zip(weights, towards, strict=False)) / sum(weights)
    cohort = sorted(
        range(n), key=lambda i: sha1(texts[i].encode(), usedforsecurity=False).digest()
    )[:COHORT]
    usual = [s for s in (float(vectors[i] @ t) for i in cohort) if s <= 0.9999]
    around = sorted(((float(vectors[i] @ t), -i) for i in others), reverse=True)
    around = [(s, -i) for s, i in around if s <= 0.9999]

    def weight(words: set[str]) -> float:
        counts = [sum(word in words_of(other) for other in texts) for word in words]
        return sum(math.log(1 + (n - df + 0.5) / (df + 0.5)) for df in counts)

    qw, tw, qp, tp = words_of(query), words_of(text), pieces_of(query), pieces_of(text)
    total, missing = weight(qw), weight(qw - tw)
    numbers = re.findall(r"\d+(?:\.\d+)?", query)
    has_all = set(numbers) <= set(re.findall(r"\d+(?:\.\d+)?", text))
    return {
        "cos": c,
        "top": max(*o, c),
        "lsm": (c - o[0]) / 0.05 - math.log(sum(math.exp((s - o[0]) / 0.05) for s in o)),
        "lrank": math.log(1 + sum(s > c + 1.5 * TIE for s in o)),
        "near3": near3,
        "nearw": nearw,
        "znear": (nearw - fmean(usual)) / max(pstdev(usual), 0.001),
        "nbr": fmean(float(q @ vectors[i]) for _, i in around[:5]),
        "hub": fmean(s for s, _ in around[:10]),
        "cover": (total - missing) / total if qw else 0.0,
        "gram": len(qp & tp) / len(qp) if qw else 0.0,
        "dice": 2 * len(qp & tp) / (len(qp) + len(tp)) if qw else 0.0,
        "num": 0.0 if not numbers else 1.0 if has_all else -1.0,
        "neg": float(is_negated(query) != is_negated(text)),
        "unq": math.log(1 + missing),
        "und": math.log(1 + weight(tw - qw)),
    }


@pytest.fixture(scope="module")
def expected(world: World) -> list[dict[str, float]]:
    vectors, texts, pairs = world
    return [by_hand(vectors, texts, *pair) for pair in zip(*pairs, strict=True)]


@pytest.mark.parametrize("name", FEATURE_NAMES)
def test_a_feature_is_what_its_definition_says(
    world: World, expected: list[dict[str, float]], name: str
) -> None:
    vectors, texts, pairs = world
    found = FeatureSpace.build(vectors, texts).features(*pairs)[:, FEATURE_NAMES.index(name)]
    np.testing.assert_allclose(found, [pair[name] for pair in expected], rtol=1e-9, atol=1e-9)
    assert len(set(found)) > 1


def test_a_pair_has_the_same_features_alone_and_in_a_batch(world: World) -> None:
    vectors, texts, pairs = world
    space = FeatureSpace.build(vectors, texts)
    together = space.features(*pairs)
    for row in range(0, len(together), 7):
        alone = space.features(*(column[row : row + 1] for column in pairs))
        np.testing.assert_allclose(alone[0], together[row], rtol=0, atol=1e-12)


def test_what_is_remembered_of_documents_changes_no_feature(world: World) -> None:
    vectors, texts, pairs = world
    space = FeatureSpace.build(vectors, texts)
    first = space.features(*pairs)
    assert space.remembered_bytes > 0
    np.testing.assert_allclose(space.features(*pairs), first, rtol=0, atol=1e-12)


def test_no_more_is_remembered_of_documents_than_there_is_room_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 2_000  # bytes: for two or three of these documents
    monkeypatch.setattr(features, "REMEMBERED_BYTES", room)
    vectors, texts, _ = world
    space = FeatureSpace.build(vectors, texts)
    asked, rows = ["a cat"] * 4, vectors[:4]
    alone = [
        space.features(["a cat"], rows[:1], [text], row[None])
        for text, row in zip(texts[:4], rows, strict=True)
    ]
    again = space.features(asked, np.repeat(rows[:1], 4, axis=0), texts[:4], rows)
    np.testing.assert_allclose(np.vstack(alone), again, rtol=0, atol=1e-12)
    assert 0 < space._around.nbytes <= room
    assert 0 <= space._written.nbytes <= room


def test_a_documents_stored_vector_is_used_whatever_vector_comes_with_its_text(
    world: World,
) -> None:
    vectors, texts, (queries, query_vectors, pair_texts, pair_vectors) = world
    space = FeatureSpace.build(vectors, texts)
    inside = np.array([text in texts for text in pair_texts])
    moved = np.where(inside[:, None], -pair_vectors, pair_vectors)
    np.testing.assert_array_equal(
        space.features(queries, query_vectors, pair_texts, moved),
        space.features(queries, query_vectors, pair_texts, pair_vectors),
    )


def test_the_order_of_the_collection_does_not_matter(world: World) -> None:
    vectors, texts, pairs = world
    order = np.random.default_rng(1).permutation(len(texts))
    np.testing.assert_allclose(
        FeatureSpace.build(vectors[order], [texts[i] for i in order]).features(*pairs),
        FeatureSpace.build(vectors, texts).features(*pairs),
        atol=1e-9,
    )


def test_documents_that_are_in_no_list_leave_the_list_as_it_was(world: World) -> None:
    vectors, texts, pairs = world
    far = -unit(np.random.default_rng(2), 40, centre=20.0)
    before = FeatureSpace.build(vectors, texts).features(*pairs)
    more = FeatureSpace.build(np.vstack([far, vectors]), [f"far {i}" for i in range(40)] + texts)
    after = more.features(*pairs)
    unchanged = [FEATURE_NAMES.index(f) for f in ("cos", "top", "lsm", "lrank", "near3", "nearw")]
    np.testing.assert_allclose(after[:, unchanged], before[:, unchanged], atol=1e-12)
    assert not np.allclose(after[:, FEATURE_NAMES.index("znear")], before[:, 6])


@pytest.mark.parametrize("size", [1, 2, 3, 20])
@pytest.mark.parametrize("copies", [False, True])
def test_a_tiny_collection_gives_finite_features(world: World, size: int, copies: bool) -> None:
    vectors, texts, pairs = world
    vectors, texts = vectors[:size], texts[:size]
    if copies:
        vectors, texts = np.repeat(vectors[:1], size, axis=0), texts[:1] * size
    inside = (["a query 12"] * size, pairs[1][:size], texts, vectors)
    space = FeatureSpace.build(vectors, texts)
    for given in (pairs, inside):
        found = space.features(*given)
        assert found.shape == (len(given[0]), 16)
        assert np.isfinite(found).all()


def test_the_only_document_is_its_own_list() -> None:
    vectors = unit(np.random.default_rng(3), 2)
    space = FeatureSpace.build(vectors[:1], ["alone"])
    found = space.features(["q"], vectors[1:], ["alone"], vectors[:1])[0]
    row = dict(zip(FEATURE_NAMES, found, strict=True))
    assert row["top"] == row["cos"]
    assert [row[f] for f in ("lsm", "lrank", "near3", "nearw", "znear", "nbr", "hub")] == [0.0] * 7


def test_a_copy_of_the_text_stands_in_its_list_but_not_above_it(world: World) -> None:
    vectors, texts, _ = world
    row = FeatureSpace.build(vectors, texts).features(["q"], vectors[3:4], [texts[3]], vectors[3:4])
    found = dict(zip(FEATURE_NAMES, row[0], strict=True))
    assert found["top"] == pytest.approx(found["cos"])
    assert found["lrank"] == 0.0
    assert found["hub"] < 0.9999


@pytest.mark.parametrize(
    ("query", "text", "name", "value"),
    [
        ("Cats press classes", "cat PRESS classe", "cover", 1.0),
        ("gas", "ga", "cover", 0.0),
        ("", "anything", "cover", 0.0),
        ("?!", "?!", "dice", 0.0),
        ("ab", "ab", "gram", 1.0),
        ("ab", "ab", "dice", 1.0),
        ("room 3.5", "3.5 rooms", "num", 1.0),
        ("room 3.5", "3 or 5 rooms", "num", -1.0),
        ("room", "room 7", "num", 0.0),
        ("it works", "it doesn't work", "neg", 1.0),
        ("it works", "it doesn’t work", "neg", 1.0),
        ("nothing works", "it cannot work", "neg", 0.0),
        ("knot", "notes", "neg", 0.0),
        ("a b", "b a", "unq", 0.0),
        ("a b", "b a", "und", 0.0),
    ],
)
def test_words_numbers_and_negation(query: str, text: str, name: str, value: float) -> None:
    vectors = unit(np.random.default_rng(4), 3)
    space = FeatureSpace.build(vectors, ["a b", "b c", "something else"])
    found = space.features([query], vectors[:1], [text], vectors[1:2])
    assert found[0, FEATURE_NAMES.index(name)] == pytest.approx(value)


def test_no_pairs_give_no_rows() -> None:
    space = FeatureSpace.build(unit(np.random.default_rng(5), 3), ["a", "b", "c"])
    assert space.features([], np.empty((0, 12)), [], np.empty((0, 12))).shape == (0, 16)


def test_each_feature_is_described_once() -> None:
    assert len(FEATURES) == len(set(FEATURE_NAMES)) == 16
    assert {f.group for f in FEATURES} == {
        "score",
        "list",
        "neighbours",
        "words",
        "numbers_negation",
    }
    assert {f.sign for f in FEATURES} == {-1, 0, 1}


def test_documents_that_tie_at_a_border_share_it_whatever_their_last_digits() -> None:
    """Ten documents equally near the query: which ones are its first three is no one's to say."""
    rng = np.random.default_rng(6)
    directions = np.linalg.qr(rng.normal(size=(24, 24)))[0]
    query = directions[0]
    ring = 0.6 * query + 0.8 * directions[1:11]
    text = (directions[11] + 0.5 * ring[4]) / np.linalg.norm(directions[11] + 0.5 * ring[4])
    texts = [f"document {n}" for n in range(10)]

    def near(noise: float) -> NDArray[np.float64]:
        moved = ring + noise * rng.normal(size=ring.shape)
        space = FeatureSpace.build(moved, texts)
        return space.features(["q"], query[None], ["elsewhere"], text[None])[0]

    steady = near(0.0)
    for _ in range(20):
        np.testing.assert_allclose(near(1e-9), steady, rtol=0, atol=1e-3)


def test_of_many_documents_that_tie_the_same_ones_are_listed_in_any_batch_and_order() -> None:
    """More of them than a list has room for, as in a collection of templates."""
    rng = np.random.default_rng(8)
    directions = np.linalg.qr(rng.normal(size=(40, 40)))[0]
    kinds = 0.6 * directions[0] + 0.8 * directions[1:31]
    vectors = np.repeat(kinds, 10, axis=0)
    texts = [f"document {n}" for n in range(300)]
    asked = np.array([directions[0], directions[1], directions[2]])
    text = np.repeat((kinds[7] + directions[35])[None] / np.sqrt(2), 3, axis=0)
    given = (["a", "b", "c"], asked, ["elsewhere"] * 3, text)
    space = FeatureSpace.build(vectors, texts)
    together = space.features(*given)
    for row in range(3):
        alone = space.features(["a"], asked[row : row + 1], ["elsewhere"], text[:1])
        np.testing.assert_allclose(alone[0, :9], together[row, :9], rtol=0, atol=1e-9)
    order = rng.permutation(300)
    moved = vectors[order] * (1 + 1e-9 * rng.normal(size=vectors.shape))
    shuffled = FeatureSpace.build(moved, [texts[n] for n in order]).features(*given)
    np.testing.assert_allclose(shuffled, together, rtol=0, atol=1e-3)
