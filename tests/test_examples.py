"""The sample collection keeps the shape that the page and the calibrator rely on."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import search_core as sc

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
UNANSWERABLE = {"gibberish", "foreign", "hard"}
CLASSIC = (
    "The cat sat on the mat.",
    "The dog chased the ball.",
    "The sun is shining brightly.",
    "A fluffy cat naps.",
    "The dog is running fast.",
)
# Words that carry no subject; every other word of a query counts as a content word.
STOP_WORDS = """
    a an after and are at be by can day do does every for from get has have how i if in is it its
    may me my not of off on or out should so t that the there to too up want was what when where
    which who why with without won you your
"""
STOP = frozenset(STOP_WORDS.split())
PETS = re.compile(r"\b(cats?|kittens?|dogs?|puppy|puppies|greyhound|sheepdog)\b", re.IGNORECASE)
TIE = 0.01


def read(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


DOCUMENTS = {row["id"]: row["text"] for row in read("documents.csv")}
KINDS = {row["text"]: row["kind"] for row in read("queries.csv")}
GRADES: dict[str, dict[str, int]] = defaultdict(dict)
for _row in read("judgements.csv"):
    GRADES[_row["query"]][_row["doc_id"]] = int(_row["relevance"])


def queries_of(*kinds: str) -> list[str]:
    return [query for query, kind in KINDS.items() if kind in kinds]


def content_words(text: str) -> set[str]:
    """Return the words of a text that are no stop words, cut to a rough stem."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {re.sub(r"(ing|ed|es|e|s)$", "", word) for word in words if word not in STOP}


def test_the_collection_is_large_enough_to_search() -> None:
    assert len(DOCUMENTS) >= 300
    assert len(KINDS) >= 80
    assert sum(len(judged) for judged in GRADES.values()) >= 1200


def test_three_kinds_of_queries_have_no_answer() -> None:
    count = Counter(KINDS.values())
    assert set(count) >= UNANSWERABLE
    assert sum(count[kind] for kind in UNANSWERABLE) >= 20
    assert count["hard"] >= 9


@pytest.mark.parametrize("name", ["documents.csv", "queries.csv"])
def test_no_id_and_no_text_stands_twice(name: str) -> None:
    rows = read(name)
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["text"].casefold() for row in rows}) == len(rows)


@pytest.mark.parametrize("name", ["documents.csv", "queries.csv", "judgements.csv"])
def test_the_files_are_plain_utf8_with_unix_line_ends(name: str) -> None:
    raw = (EXAMPLES / name).read_bytes()
    raw.decode("utf-8")
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw


def test_documents_are_one_or_two_short_sentences() -> None:
    assert all(3 < len(text.split()) <= 35 for text in DOCUMENTS.values())


def test_the_five_classic_sentences_stand_in_the_collection() -> None:
    assert set(CLASSIC) <= set(DOCUMENTS.values())


def test_the_dense_corner_holds_sixty_documents_about_cats_and_dogs() -> None:
    assert sum(bool(PETS.search(text)) for text in DOCUMENTS.values()) >= 60


def test_every_judgement_names_a_document_and_a_query_of_the_collection() -> None:
    ids = {row["text"]: row["id"] for row in read("queries.csv")}
    for row in read("judgements.csv"):
        assert row["doc_id"] in DOCUMENTS
        assert row["query_id"] == ids[row["query"]]


def test_grades_are_whole_numbers_from_0_to_3() -> None:
    assert {row["relevance"] for row in read("judgements.csv")} == {"0", "1", "2", "3"}


def test_no_pair_is_judged_twice() -> None:
    pairs = Counter((row["query"], row["doc_id"]) for row in read("judgements.csv"))
    assert max(pairs.values()) == 1


def test_every_query_has_at_least_ten_judgements() -> None:
    assert [query for query in KINDS if len(GRADES[query]) < 10] == []


def test_an_unanswerable_query_has_no_document_that_helps() -> None:
    assert [query for query in queries_of(*UNANSWERABLE) if max(GRADES[query].values()) > 1] == []


def test_a_meaningless_or_foreign_query_has_no_document_on_its_subject() -> None:
    for query in queries_of("gibberish", "foreign"):
        assert set(GRADES[query].values()) == {0}


def test_an_answerable_query_has_a_document_that_helps() -> None:
    answerable = queries_of(*(set(KINDS.values()) - UNANSWERABLE))
    assert [query for query in answerable if max(GRADES[query].values()) < 2] == []


def test_a_paraphrase_shares_no_content_word_with_the_documents_that_answer_it() -> None:
    for query in queries_of("paraphrase"):
        answers = [name for name, grade in GRADES[query].items() if grade == 3]
        assert answers
        for name in answers:
            assert not content_words(query) & content_words(DOCUMENTS[name]), (query, name)


def test_a_near_miss_shares_every_content_word_and_does_not_answer() -> None:
    for query in queries_of("near_miss"):
        wanted = content_words(query)
        misses = [
            name
            for name, grade in GRADES[query].items()
            if grade <= 1 and wanted <= content_words(DOCUMENTS[name])
        ]
        assert misses, (query, wanted)


def test_the_judgements_are_read_without_a_complaint() -> None:
    labels = sc.read_labels(EXAMPLES / "judgements.csv", scale=(0, 3))
    assert len(labels) == sum(len(judged) for judged in GRADES.values())


@pytest.mark.model
def test_two_hits_of_a_tie_query_score_alike_and_only_one_answers(
    sample_engine: sc.SearchEngine,
) -> None:
    for query in queries_of("tie"):
        hits = sample_engine.search(query, k=4)
        cosines = hits.cosines()
        helps = [GRADES[query].get(name, 0) >= 2 for name in hits.ids]
        assert any(
            cosines[rank] - cosines[rank + 1] < TIE and helps[rank] != helps[rank + 1]
            for rank in range(3)
        ), query


@pytest.mark.model
def test_the_page_opens_on_a_good_hit_and_a_tie_below_it(sample_engine: sc.SearchEngine) -> None:
    query = "How do I stop my cat from scratching the sofa?"
    hits = sample_engine.search(query, k=10)
    assert hits.texts[:3] == (
        "Offer a tall scratching post next to the sofa and praise the cat each time it uses it.",
        "Cover the arm of the couch with double-sided tape; most cats leave it alone within a "
        "week.",
        "To remove a scratch from a leather sofa, rub in a little matching cream and let it dry.",
    )
    assert hits.cosines()[:3] == pytest.approx([0.77, 0.66, 0.66], abs=0.005)
    assert [GRADES[query][name] for name in hits.ids[:3]] == [3, 3, 0]


@pytest.mark.model
def test_a_sentence_and_its_negation_score_nearly_alike(sample_engine: sc.SearchEngine) -> None:
    pairs = {
        "Which wood glue is not waterproof?": "Wood glue marked",
        "Can I give honey to a six-month-old baby?": "Honey is",
        "Can I get back photos that I deleted two months ago?": "Deleted photos",
    }
    for query, start in pairs.items():
        hits = sample_engine.search(query, k=2)
        assert all(text.startswith(start) for text in hits.texts)
        assert hits.cosines()[0] - hits.cosines()[1] < 0.02


@pytest.mark.model
def test_the_first_ten_hits_of_every_query_are_judged(sample_engine: sc.SearchEngine) -> None:
    for hits in sample_engine.search_many(list(KINDS), k=10):
        assert [name for name in hits.ids if name not in GRADES[hits.query]] == [], hits.query
