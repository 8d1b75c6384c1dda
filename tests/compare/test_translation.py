"""A threshold under another model: the value that does there what the old one did here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import binom

import search_core as sc
from tests.properties import tried

DRAWS, QUERIES, EACH = 200, 40, 30


def drawn(rng: np.random.Generator, queries: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw old scores, new scores and the query of each pair; queries differ under both models."""
    numbers = np.repeat(np.arange(queries), EACH)
    easy, odd = rng.normal(0, 0.5, queries), rng.normal(0, 0.5, queries)
    shared = rng.normal(size=queries * EACH)
    old = easy[numbers] + shared
    new = 0.5 * (easy + odd)[numbers] + 0.8 * shared + 0.3 * rng.normal(size=queries * EACH)
    return old, new, numbers


@pytest.mark.slow
def test_the_interval_holds_the_value_of_all_queries_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    old, new, numbers = drawn(rng, 20_000)
    truth = sc.translate_scores(1.2, old, new, numbers).value
    held = 0
    for _ in range(DRAWS):
        found = sc.translate_scores(1.2, *drawn(rng, QUERIES))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert binom.ppf(0.001, DRAWS, 0.9) <= held <= binom.ppf(0.999, DRAWS, 0.9)


@pytest.mark.slow
def test_with_labels_the_interval_holds_the_value_of_the_same_precision() -> None:
    rng = np.random.default_rng(1)

    def labelled(queries: int) -> sc.Translation:
        old, new, numbers = drawn(rng, queries)
        relevance = rng.random(len(old)) < 1 / (1 + np.exp(-2 * old))
        return sc.translate_scores(0.8, old, new, numbers, relevance=relevance)

    truth = labelled(4_000).value
    found = [labelled(QUERIES) for _ in range(DRAWS)]
    held = sum(each.low <= truth <= each.high for each in found)  # type: ignore[operator]
    assert held >= binom.ppf(0.001, DRAWS, 0.9)
    assert np.median([each.value for each in found]) == pytest.approx(truth, abs=0.15)


@tried(100)
@given(st.lists(st.floats(-1, 1), min_size=8, max_size=60, unique=True), st.data())
def test_as_many_pairs_are_let_through_as_before(scores: list[float], data: st.DataObject) -> None:
    old = np.array(scores)
    value = data.draw(st.sampled_from(sorted(scores)[1:]))
    new = np.tanh(old * 0.7) + 3  # the same order
    spread = np.unique(new)
    if len(spread) < len(new):
        return
    found = sc.translate_scores(value, old, new, np.arange(len(old)) % 7)
    assert found.share_of(new) == found.share == np.mean(old >= value)


def test_a_model_that_only_stretches_the_scores_has_the_stretched_threshold() -> None:
    rng = np.random.default_rng(2)
    old, _, numbers = drawn(rng, QUERIES)
    found = sc.translate_scores(1.0, old, 0.2 * old - 0.1, numbers)
    assert found.value == pytest.approx(0.1, abs=0.01)
    assert found.low is not None
    assert found.low <= found.value
    assert found.carried_over is None
    assert "would let nothing through" in found.words


def test_queries_may_be_numbers_or_words() -> None:
    old, new, numbers = drawn(np.random.default_rng(3), QUERIES)
    by_number = sc.translate_scores(1.0, old, new, 7 * numbers - 20)
    by_word = sc.translate_scores(1.0, old, new, [f"query {each:03}" for each in numbers])
    assert by_number == by_word


def test_few_queries_give_no_interval() -> None:
    found = sc.translate_scores(0.5, [0.1, 0.9, 0.8, 0.2], [1, 9, 8, 2], ["a", "a", "b", "b"])
    assert (found.value, found.low, found.high) == (5.0, None, None)


@pytest.mark.model
def test_an_engine_that_shows_distances_gets_the_distance_of_the_same_pairs(
    encoder: sc.Encoder, sample_corpus: sc.Corpus
) -> None:
    asked = ["How do I descale a kettle?", "opening hours", "lost card", "refund", "water leak"]
    found = sc.translate_threshold(
        0.2, encoder, encoder, sample_corpus, asked, new_scores="faiss-l2"
    )
    assert found.value == pytest.approx(1.6, abs=0.01)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    assert found.words.startswith("0.2 becomes ")


@pytest.mark.model
def test_texts_among_themselves_are_compared_with_every_other_one(
    encoder: sc.Encoder, sample_corpus: sc.Corpus
) -> None:
    texts = sample_corpus.texts[:60]
    found = sc.translate_threshold(0.4, encoder, encoder, texts)
    assert (found.pairs, found.queries) == (60 * 59, 60)
    assert found.value == pytest.approx(0.4, abs=0.02)
    assert found.low == pytest.approx(found.high, abs=0.02)


@pytest.mark.model
def test_labels_keep_the_precision(
    encoder: sc.Encoder, sample_corpus: sc.Corpus, sample_labels: sc.Labels
) -> None:
    found = sc.translate_threshold(0.5, encoder, encoder, sample_corpus, labels=sample_labels)
    assert found.basis == "precision"
    assert found.precision == found.carried_over
    assert found.value == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            (2.0, [0.1, 0.2], [1, 2], ["a", "b"]),
            "lets nothing through of 2 pairs, whose scores lie between 0.1 and 0.2",
        ),
        ((0.0, [0.1, 0.2], [1, 2], ["a", "b"]), "lets everything through"),
        ((0.1, [0.1, 0.2], [1], ["a", "b"]), "2 old, 1 new, 2 queries were given"),
        (("0.5", [0.1, 0.9], [1, 2], ["a", "b"]), "The threshold is '0.5'; give a number"),
        ((float("nan"), [0.1, 0.9], [1, 2], ["a", "b"]), "The threshold is nan; give a number"),
        ((0.5, [0.1, 0.9], [1, 1], ["a", "b"]), "nearest lets through 100.00%"),
        ((0.1, [0.1, None], [1, 2], ["a", "b"]), "old scores have the shape"),
        ((0.1, [[0.1, 0.2]], [1, 2], ["a", "b"]), "give one number for each"),
    ],
)
def test_what_cannot_be_translated_is_refused_in_a_sentence(
    given: tuple[object, ...], words: str
) -> None:
    with pytest.raises(sc.InputError, match=words):
        sc.translate_scores(*given)  # type: ignore[arg-type]


@pytest.mark.model
def test_scores_without_a_cosine_are_refused(encoder: sc.Encoder) -> None:
    with pytest.raises(sc.InputError, match="give both scores of your pairs to translate_scores"):
        sc.translate_threshold(12.0, encoder, encoder, ["one", "two"], old_scores="bm25")


def test_of_equal_scores_the_nearer_side_is_taken() -> None:
    old, queries = np.linspace(0, 1, 100), np.repeat(np.arange(10), 10)
    new = np.where(old > 0.5, old, 0.3)
    found = sc.translate_scores(0.49, old, new, queries)
    assert 0.3 < found.value < 0.51


def test_a_precision_that_the_new_scores_never_reach_is_refused() -> None:
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=400) < 0.3).astype(np.float64)
    old, new = y + rng.uniform(0, 0.5, 400), rng.uniform(size=400)
    with pytest.raises(sc.InputError, match="No threshold on the new scores is as precise"):
        sc.translate_scores(0.9, old, new, np.repeat(np.arange(40), 10), relevance=y)


def test_labels_of_another_length_are_named() -> None:
    with pytest.raises(sc.InputError, match="2 queries, 1 relevance were given"):
        sc.translate_scores(0.15, [0.1, 0.2], [1, 2], ["a", "b"], relevance=[1])


@pytest.mark.parametrize("blank", [" ", None, float("nan")])
def test_a_pair_without_a_query_is_named(blank: object) -> None:
    with pytest.raises(sc.InputError, match="Pair 2 has no query"):
        sc.translate_scores(0.15, [0.1, 0.2], [1, 2], ["a", blank])


@pytest.mark.model
@pytest.mark.parametrize("value", [-1.0, 5.0])
def test_a_threshold_that_no_such_engine_shows_is_refused(
    encoder: sc.Encoder, value: float
) -> None:
    texts = ["a red ball", "a red car", "the tall tree"]
    with pytest.raises(sc.InputError, match="lie between 0 and 4"):
        sc.translate_threshold(value, encoder, encoder, texts, old_scores="faiss-l2")


@pytest.mark.parametrize("seed", range(5))
def test_scores_that_know_nothing_of_relevance_keep_no_precision(seed: int) -> None:
    rng = np.random.default_rng(seed)
    old, new = rng.uniform(0, 1, (2, 4000))
    y = (rng.uniform(size=4000) < old).astype(np.float64)
    with pytest.raises(sc.InputError, match="No threshold on the new scores is as precise"):
        sc.translate_scores(0.9, old, new, np.repeat(np.arange(100), 40), relevance=y)


def with_one_in_ten_misplaced(repeats: int) -> sc.Translation:
    """Translate a threshold at 90% to scores that cannot be more precise than 84%."""
    rng = np.random.default_rng(0)
    old = np.repeat([0.9, 0.1], 100 * repeats)
    y = rng.uniform(size=len(old)) < np.where(old > 0.5, 0.9, 0.3)
    new = np.where(rng.uniform(size=len(old)) < 0.9, old, 1.0 - old)
    queries = rng.permutation(np.arange(len(old)) % 50)
    return sc.translate_scores(0.5, old, new, queries, relevance=y)


def test_a_small_loss_of_precision_is_refused_where_it_is_more_than_chance() -> None:
    with pytest.raises(sc.InputError, match="No threshold on the new scores is as precise"):
        with_one_in_ten_misplaced(repeats=50)
    assert with_one_in_ten_misplaced(repeats=1).low is not None


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_labels_of_one_kind_say_nothing_of_a_threshold(label: float) -> None:
    old = np.linspace(0, 1, 100)
    with pytest.raises(sc.InputError, match="All 100 labels say the same"):
        sc.translate_scores(0.9, old, old, np.arange(100), relevance=np.full(100, label))


def test_a_threshold_that_shows_nothing_relevant_has_no_precision_to_keep() -> None:
    old = np.linspace(0, 1, 100)
    with pytest.raises(sc.InputError, match="Nothing that the old threshold shows is relevant, of"):
        sc.translate_scores(0.9, old, old, np.arange(100), relevance=old < 0.5)


@pytest.mark.parametrize("highest", [-1.0, 3.0])
def test_labels_beyond_0_to_1_are_refused(highest: float) -> None:
    old = np.linspace(0, 1, 100)
    with pytest.raises(sc.InputError, match="a label lies between 0 and 1; divide grades by the"):
        sc.translate_scores(0.9, old, old, np.arange(100), relevance=highest * (old > 0.5))


def test_between_neighbouring_floats_the_same_share_is_let_through() -> None:
    old = np.linspace(0, 1, 1001)
    new = 1.0 + np.arange(1001) * np.finfo(np.float64).eps
    found = sc.translate_scores(0.9, old, new, np.arange(1001))
    assert found.share_of(new) == found.share


@pytest.mark.model
def test_no_queries_and_blank_ones_are_refused(encoder: sc.Encoder) -> None:
    texts = ["a red ball", "a red car", "a tan ball"]
    with pytest.raises(sc.InputError, match="No queries were given; give some, or leave"):
        sc.translate_threshold(0.5, encoder, encoder, texts, [])
    with pytest.raises(sc.QueryError, match="The query is empty"):
        sc.translate_threshold(0.5, encoder, encoder, texts, [" "])
