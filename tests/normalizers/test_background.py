"""The background of a query: rarity, chance and the words for them, against theory."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from search_core.normalizers.background import (
    FEWEST_DOCUMENTS,
    RARE,
    RAREST,
    Background,
    CollectionBackground,
    chance_words,
    rarity_words,
)
from tests.normalizers.worlds import World, unit
from tests.properties import tried

Floats = npt.NDArray[np.float64]
NOBODY = World.of_seed(0).background().collection


def with_scores(cosines: Floats) -> Background:
    """A query with these cosines; its collection plays no part in the chance."""
    return Background(NOBODY, np.asarray(cosines, dtype=np.float64), NOBODY.unrelated)


def exponential_scores(seed: int, count: int, decay: float = 0.06) -> Floats:
    rng = np.random.default_rng(seed)
    return np.minimum(rng.exponential(decay, count) - 0.1, 1.0)


def test_the_rarity_is_the_share_of_questions_with_as_good_a_best_hit() -> None:
    for seed in range(30):
        world = World.of_seed(seed)
        best = [max(float(np.dot(question, d)) for d in world.documents)
                for question in world.questions]  # fmt: skip
        as_good = sum(each >= world.cosines.max() for each in best)
        rarity = world.background().rarity
        assert rarity == pytest.approx((1 + as_good) / (len(best) + 1))


def test_a_background_question_itself_is_as_good_as_itself() -> None:
    world = World.of_seed(3)
    best = (world.questions @ world.documents.T).max(axis=1)
    top = World(world.documents, world.questions, world.questions[int(best.argmax())])
    assert top.background().rarity == pytest.approx(2 / 61)


def test_the_rarity_of_unrelated_questions_is_uniform() -> None:
    # The theorem of the permutation test: P(rarity <= a) = a for a query of the same kind.
    rarities = []
    for seed in range(400):
        world = World.of_seed(seed, documents=30, questions=99)
        rarity = world.background().rarity
        assert rarity is not None
        rarities.append(rarity)
    assert stats.kstest(rarities, "uniform").pvalue > 0.01


def test_with_few_questions_no_rarity_is_given() -> None:
    few = World.of_seed(1, questions=49).background()
    assert few.rarity is None
    assert few.nothing_relevant is None
    assert World.of_seed(1, questions=50).background().rarity is not None


@given(seed=st.integers(0, 1000))
@tried(30)
def test_nothing_is_relevant_exactly_above_the_cut(seed: int) -> None:
    background = World.of_seed(seed).background()
    assert background.rarity is not None
    assert background.nothing_relevant == (background.rarity > RARE)
    assert ("nothing relevant" in rarity_words(background.rarity)) == background.nothing_relevant


def test_the_rarity_does_not_depend_on_the_size_of_the_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World.of_seed(9)
    whole = world.background()
    monkeypatch.setattr("search_core.normalizers.background._BLOCK_CELLS", 200)
    cut = world.background()
    assert cut.rarity == whole.rarity
    assert cut.collection.hub_counts.tolist() == whole.collection.hub_counts.tolist()
    assert cut.collection.neighbours == pytest.approx(whole.collection.neighbours)
    assert cut.unrelated.document_mean == pytest.approx(whole.unrelated.document_mean)
    assert cut.unrelated.document_std == pytest.approx(whole.unrelated.document_std)


@pytest.mark.parametrize(("documents", "within"), [(50, 0.6), (200, 0.25), (1000, 0.25)])
def test_the_stated_chance_of_exponential_scores_is_the_true_one(
    documents: int, within: float
) -> None:
    decay, threshold = 0.06, 0.06 * np.log(1000) - 0.1  # one in 1,000 truly exceeds it
    stated = [
        with_scores(exponential_scores(seed, documents, decay)).chance(threshold)
        for seed in range(300)
    ]
    # The median over draws: one draw knows the decay only roughly.
    assert np.median(np.array(stated, dtype=float)) == pytest.approx(0.001, rel=within)


def test_twenty_relevant_documents_do_not_disturb_the_chance() -> None:
    scores = np.sort(exponential_scores(4, 500))
    related = np.concatenate([scores[:-20], np.full(20, 0.95)])
    for cosine in (0.15, 0.2, 0.3):
        assert with_scores(related).chance(cosine) == with_scores(scores).chance(cosine)


@pytest.mark.parametrize("documents", [200, 431, 1000])
def test_the_tail_goes_through_the_upper_tenth_and_the_upper_quarter(documents: int) -> None:
    scores = exponential_scores(5, documents)
    tenth, quarter = np.quantile(scores, [0.9, 0.75])
    decay = (tenth - quarter) / np.log(2.5)
    for cosine in tenth + np.array([0.05, 0.1, 0.2]):
        expected = 0.1 * np.exp(-(cosine - tenth) / decay)
        assert with_scores(scores).chance(cosine) == pytest.approx(expected, rel=0.15)


@given(seed=st.integers(0, 1000), documents=st.integers(FEWEST_DOCUMENTS, 300))
@tried(30)
def test_the_chance_falls_as_the_score_rises_and_claims_nothing_too_rare(
    seed: int, documents: int
) -> None:
    background = with_scores(exponential_scores(seed, documents))
    cosines = np.concatenate([np.linspace(-1, 1, 400), background.cosines])
    cosines.sort()
    chances = background.chances(cosines)
    assert (np.diff(chances) <= 0).all()
    assert chances.max() == 1.0
    assert chances.min() >= RAREST
    assert background.chance(1.0) == chances[-1]


def test_among_the_common_scores_the_chance_is_counted() -> None:
    scores = exponential_scores(6, 400)
    background = with_scores(scores)
    for cosine in np.quantile(scores, [0.1, 0.5, 0.85]):
        assert background.chance(cosine) == pytest.approx(np.mean(scores >= cosine - 1e-6))


def test_the_expected_count_is_one_at_the_chance_cut() -> None:
    background = with_scores(exponential_scores(7, 400))
    assert background.chance_cut is not None
    assert background.expected_count(background.chance_cut) == pytest.approx(1.0)


def test_the_chance_cut_is_a_cosine_even_where_scores_are_spread_wide() -> None:
    assert with_scores(np.linspace(-1, 1, 60)).chance_cut == 1.0


def test_no_chance_is_estimated_from_few_or_equal_scores() -> None:
    for scores in (exponential_scores(8, FEWEST_DOCUMENTS - 1), np.full(100, 0.4)):
        background = with_scores(scores)
        assert background.chance(0.5) is None
        assert background.chance_cut is None
        assert background.expected_count(0.5) is None
        assert np.isnan(background.chances(np.array([0.1, 0.5]))).all()


def test_a_cosine_that_no_document_has_is_compared_with_all_of_them() -> None:
    background = World.of_seed(2).background()
    second, best = np.sort(background.cosines)[-2:]
    amount = len(background.cosines)
    assert background.percentile((second + best) / 2) == (amount - 1) / amount
    assert background.percentile(second) == (amount - 2) / (amount - 1)
    assert background.percentile(best) == background.percentile(best + 0.01) == 1.0


def test_one_percentile_is_that_of_many() -> None:
    background = World.of_seed(2).background()
    cosines = np.array([-0.3, 0.0, 0.5])
    assert [background.percentile(each) for each in cosines] == pytest.approx(
        background.percentiles(cosines).tolist()
    )
    assert World.of_seed(2, documents=1).background().percentile(0.1) == 1.0


def test_two_builds_are_the_same() -> None:
    world = World.of_seed(2, documents=2100)
    one, two = world.background().collection, world.background().collection
    assert one.sample.tolist() == two.sample.tolist()
    assert one.unrelated.best.tolist() == two.unrelated.best.tolist()
    other = CollectionBackground.build(world.documents, world.questions, seed=1)
    assert other.sample.tolist() != one.sample.tolist()


def test_a_hub_makes_the_counts_lean() -> None:
    documents = unit(np.random.default_rng(0), 300, dim=40, centre=1.0)
    middle = documents.mean(axis=0)
    documents[0] = middle / np.linalg.norm(middle)  # near to everything
    world = World(documents, World.of_seed(0, dim=40).questions, documents[5])
    collection = world.background().collection
    assert collection.hub_counts.argmax() == 0
    assert collection.hub_counts[0] > 200
    without = replace(collection, vectors=documents[1:])
    assert collection.hub_skewness > without.hub_skewness + 1


def test_equal_hub_counts_do_not_lean() -> None:
    copies = np.array([[1.0, 0.0]] * 3, dtype=np.float32)
    assert CollectionBackground.build(copies, copies).hub_skewness == 0.0


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (None, "too few documents"),
        (RAREST, "fewer than 1 in a billion"),
        (1 / 41_234, "about 1 in 41,000 unrelated documents"),
        (0.25, "about 1 in 4 unrelated documents"),
        (0.8, "most unrelated documents"),
    ],
)
def test_a_chance_is_said_in_words(chance: float | None, words: str) -> None:
    assert words in chance_words(chance)


@pytest.mark.parametrize(
    ("rarity", "words"),
    [
        (None, "not known"),
        (0.5, "nothing relevant here"),
        (0.2, "about 1 in 5 unrelated questions"),
        (1 / 221, "about 1 in 220 unrelated questions"),
    ],
)
def test_a_rarity_is_said_in_words(rarity: float | None, words: str) -> None:
    assert words in rarity_words(rarity)


def test_no_words_claim_more_than_two_digits() -> None:
    for value in np.geomspace(1e-8, 0.19, 50):
        for words in (chance_words(value), rarity_words(value)):
            found = re.search(r"1 in ([\d,]+)", words)
            assert found
            assert len(found.group(1).replace(",", "").rstrip("0")) <= 2
