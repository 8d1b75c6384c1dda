"""What a model's vocabulary lacks is told: no text that it cannot read is a confident match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

import search_core as sc
from search_core.unread import unread_words
from tests.own_encoder import HashingEncoder

pytestmark = pytest.mark.model

FEELINGS = ["🤯", "🫠", "🦥🦥", "what a day 🥳", "the bus was late again"]


@pytest.fixture(scope="module")
def feelings(encoder: sc.Encoder) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(FEELINGS), encoder)


class TellingEncoder(HashingEncoder):
    """An encoder of one's own that tells wrong shares."""

    def unknown_shares(self, texts: Iterable[str]) -> Sequence[float]:
        return [2.0 for _ in texts]


@pytest.mark.parametrize(
    ("text", "share"),
    [("a cat", 0.0), ("🤯", 1.0), ("what a day 🥳", 0.25), ("\u200b", 1.0), ("x" * 101, 1.0)],
)
def test_the_unknown_share_counts_tokens_and_a_text_without_any_is_wholly_unread(
    text: str, share: float, encoder: sc.Encoder
) -> None:
    shares = sc.unknown_shares(encoder, [text])
    assert shares is not None
    assert shares.tolist() == [share]


def test_an_encoder_that_does_not_tell_is_taken_and_nothing_is_said() -> None:
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(FEELINGS), HashingEncoder())
    assert engine.search("🤯").notes == ()
    assert engine.collection.unread("🤯", FEELINGS) is None
    assert unread_words(HashingEncoder(), ["🤯"], ["🤯"]) == ""


class CountingEncoder(HashingEncoder):
    """An encoder of one's own that remembers of which texts it was asked the unknown share."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def unknown_shares(self, texts: Iterable[str]) -> Sequence[float]:
        self.asked += (listed := list(texts))
        return [float("?" in text) for text in listed]


def test_the_share_of_a_document_is_computed_once_and_that_of_a_query_each_time() -> None:
    encoder = CountingEncoder()
    collection = sc.Collection.build(sc.Corpus.from_texts(["a", "b ?", "c"]), encoder)
    first = collection.unread("d ?", ["b ?", "a", "e"])
    assert encoder.asked == ["d ?", "b ?", "a", "e"]
    assert collection.unread("d ?", ["b ?", "a", "e"]) == first
    assert encoder.asked[4:] == ["d ?", "e"]


def test_a_collection_that_grew_or_shrank_has_the_shares_of_its_own_documents() -> None:
    collection = sc.Collection.build(sc.Corpus.from_texts(["a", "b ?", "c"]), CountingEncoder())
    collection.unread("a", ["b ?", "c"])
    for other in (collection.with_added(["d ?"]), collection.without([collection.corpus.ids[0]])):
        for text in other.corpus.texts:
            unread = other.unread("a", [text])
            assert unread is not None
            assert unread.hits == (float("?" in text),)


def test_shares_that_are_none_are_the_encoders_fault() -> None:
    with pytest.raises(sc.EncoderError, match="a number from 0 to 1 for each text"):
        sc.unknown_shares(TellingEncoder(), ["a"])


def test_a_question_of_unknown_symbols_gets_a_sentence_and_no_confident_word(
    feelings: sc.SearchEngine,
) -> None:
    hits = feelings.search("🥶", 3)
    assert hits.cosines()[0] == pytest.approx(1.0)
    assert "knows none of the words or symbols in your question" in hits.notes[0]
    background = feelings.background("🥶")
    assert background.rarity is None
    verdict = sc.best_hit_verdict(hits, feelings)
    assert verdict.answer == "unclear"
    assert verdict.reason


@pytest.mark.slow
def test_texts_that_differ_in_unknown_symbols_alone_are_said_to_be_one_to_the_model(
    sample_corpus: sc.Corpus, encoder: sc.Encoder
) -> None:
    engine = sc.SearchEngine.build(sample_corpus.with_added(["what a day 🥳"]), encoder)
    hits = engine.search("what a day 😭", 2)
    assert hits.cosines()[0] == pytest.approx(1.0)
    assert any("Hit 1 differs from your question only in" in note for note in hits.notes)
    verdict = sc.best_hit_verdict(hits, engine)
    assert verdict.answer == "unclear"
    assert "can’t tell them apart" in verdict.reason
    assert engine.background("what a day 😭").rarity is None


def test_of_texts_that_are_mostly_unread_it_is_not_said_that_none_is_relevant(
    encoder: sc.Encoder,
) -> None:
    texts = [
        "早上八点有去北京的火车。",
        "学生可以打折。",
        "列车上有餐车。",
        "行李不能超过二十公斤。",
    ]
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    verdict = sc.best_hit_verdict(engine.search("火车几点出发？"), engine)
    assert verdict.answer == "unclear"
    assert "can’t read 57% of your question" in verdict.reason


@pytest.mark.slow
def test_the_very_text_is_found_without_that_caution(
    sample_corpus: sc.Corpus, encoder: sc.Encoder
) -> None:
    engine = sc.SearchEngine.build(sample_corpus.with_added(["what a day 🥳"]), encoder)
    unread = engine.collection.unread("What a  day 🥳", ["what a day 🥳"])
    assert unread is not None
    assert unread.same == ()


def test_hits_that_are_mostly_unknown_are_named_by_rank(feelings: sc.SearchEngine) -> None:
    notes = " ".join(feelings.search("the bus was late", 5).notes)
    assert "can’t read most of hits" in notes
    assert "1" not in notes.partition("hits")[2].partition(",")[0]  # the bus itself can be read


def test_a_calibrator_does_not_make_an_unread_best_hit_relevant(
    sample_corpus: sc.Corpus, encoder: sc.Encoder
) -> None:
    rows = [
        {"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": int(n % 4 > 1)} for n in range(80)
    ]
    pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
    fitted = sc.fit_calibrator(pairs, "platt").calibrator
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(["🤯", "the bus"]), encoder)
    found = engine.search("🫠", 2)
    values = sc.Hits(
        found.query, found.positions, found.ids, found.texts, found.cosines().clip(0, 1),
        sc.ScoreScale(fitted.kind, lower=0.0, upper=1.0, is_probability=True),
    )  # fmt: skip
    verdict = sc.best_hit_verdict(values, engine, fitted)
    assert verdict.value == pytest.approx(1.0)
    assert verdict.answer == "unclear"
    assert verdict.reason


def test_unread_rows_of_labels_are_counted(encoder: sc.Encoder) -> None:
    queries = ["how was it", "🤯", "how was it"]
    said = unread_words(encoder, queries, ["good", "good", "🫠"])
    assert "2 of 3 rows" in said
    assert unread_words(encoder, queries[:1], ["good"]) == ""
