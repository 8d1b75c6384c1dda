"""Your number: what is said of it, by whose labels, and what else could be meant."""

from __future__ import annotations

from concurrent.futures import Future
from itertools import pairwise
from urllib.parse import parse_qs

import pytest

import search_core as sc
from search_ui.links import read_link
from search_ui.sample import Sample, read_sample_hills, read_shared
from search_ui.tabs.number import COMMON, ENGINES
from search_ui.views.number import (
    OTHER_MODEL,
    Question,
    answer,
    answer_html,
    opening_question,
    picture_html,
    read_number,
    title_html,
)
from search_ui.visit.visits import Page, Visits
from tests.engines.formulas import engines_with_a_map
from tests.ui.events import Events, LaidOut
from tests.ui.pages import text_of

HILLS = read_sample_hills()
DEFAULT, SECOND = (each.model for each in HILLS[:2])
WITH_MAP = [key for key, record in sc.ENGINES.items() if record.map]
WITHOUT_MAP = [key for key, record in sc.ENGINES.items() if not record.map]


@pytest.fixture(scope="module")
def loading() -> Events:
    """The page to a visitor who came while the model was loading."""
    shared = read_shared(Future[Sample]())
    return Events(LaidOut(Page(shared, Visits(shared))))


def said(number: float, engine: str, model: str = DEFAULT) -> str:
    """Return the answer as a visitor reads it."""
    return text_of(answer_html(answer(Question(number, engine, model), HILLS)))


def test_the_example_says_direction_cosine_and_how_often_such_pairs_were_relevant() -> None:
    found = answer(opening_question(HILLS), HILLS)
    near = HILLS[0].near(0.585)
    start = (
        "Smaller is better. 0.83 is a squared L2 distance; it equals a cosine of 0.585 if your "
        "vectors have length 1. About 5 in 10 pairs near that cosine were relevant. "
        f"{near.relevant} of our {near.pairs} labelled pairs with a cosine between"
    )
    assert text_of(answer_html(found)).startswith(start)
    assert "our sample of 432 household texts with our own labels; yours will differ" in text_of(
        answer_html(found)
    )


def test_the_same_number_runs_the_other_way_by_the_other_function() -> None:
    assert "Smaller is better." in said(0.83, "langchain-faiss-score")
    assert "Higher is better." in said(0.83, "langchain-faiss-relevance")


def test_lengths_are_spoken_of_only_where_they_matter() -> None:
    assert "if your vectors have length 1" in said(0.7, "qdrant-dot")
    assert "if your vectors have length 1" not in said(0.7, "qdrant-cosine")


@pytest.mark.parametrize("key", engines_with_a_map())
def test_every_function_is_converted_there_and_back(key: str) -> None:
    score = sc.from_cosine(0.6, key)
    found = answer(Question(score, key, DEFAULT), HILLS)
    assert 0.6 in [round(each, 6) for each in found.cosines]
    text = text_of(answer_html(found))
    for other in WITH_MAP:
        assert sc.ENGINES[other].name in text


def test_a_score_with_two_sources_names_both() -> None:
    assert "a cosine of 0.730 or −0.270" in said(0.27, "langchain-faiss-ip-relevance")


@pytest.mark.parametrize("key", WITHOUT_MAP)
def test_a_score_without_a_way_back_says_why_and_how_it_is_made(key: str) -> None:
    text = said(0.5, key)
    assert "No cosine can be worked out" in text
    assert sc.ENGINES[key].trap in text
    assert sc.ENGINES[key].rule in text
    assert "Calibrate" in text


def test_numbers_of_longer_vectors_get_a_way_on() -> None:
    text = said(312.5, "langchain-faiss-score")
    assert "your vectors are not normalized" in text
    assert "faiss.normalize_L2(vectors)" in text
    assert "Calibrate" in text


def test_a_number_that_lengths_cannot_explain_is_not_told_to_normalize() -> None:
    text = said(7, "elasticsearch-cosine")
    assert "cannot come from Elasticsearch · knn _score (similarity cosine, default)" in text
    assert "normalize" not in text


def test_a_cosine_that_no_labelled_pair_has_is_told_as_such() -> None:
    text = said(0.83, "langchain-faiss-score", SECOND)
    assert "No labelled pair of ours has such a cosine. Of the 30 nearest" in text
    assert "pairs near that cosine" not in text
    assert "none were relevant" in text
    assert "Every unrelated pair has a higher cosine." in text


def test_another_model_gets_what_each_known_one_says_and_no_verdict() -> None:
    found = answer(Question(0.83, "langchain-faiss-score", OTHER_MODEL), HILLS)
    assert [each.hills.model for each in found.under] == [DEFAULT, SECOND]
    text = text_of(answer_html(found))
    assert f"Under {DEFAULT}: about 5 in 10." in text
    assert f"Under {SECOND}: No labelled pair of ours has such a cosine." in text
    assert "pairs near that cosine were relevant." not in text
    assert "label some of your own hits" in text


@pytest.mark.parametrize("key", [*WITH_MAP, *WITHOUT_MAP])
def test_no_sentence_names_an_engine_by_its_key(key: str) -> None:
    sentences = text_of(answer_html(answer(Question(9.5, key, DEFAULT), HILLS)))
    assert not [each for each in sc.ENGINES if "-" in each and each in sentences.split()]


@pytest.mark.parametrize("model", [DEFAULT, SECOND, OTHER_MODEL])
@pytest.mark.parametrize("key", ["langchain-faiss-score", "haystack-dot-product-scaled", "bm25"])
def test_the_picture_is_drawn_for_every_kind_of_answer(model: str, key: str) -> None:
    found = answer(Question(0.5, key, model), HILLS)
    text = text_of(picture_html(found, HILLS))
    where = "this line is 0.5." if found.cosines else "This line is a cosine of 0.50."
    assert where in text
    assert ("your model’s lie elsewhere" in text) == (model == OTHER_MODEL)
    assert ("measured with" in text) == (model == SECOND)


def test_the_line_has_the_digits_that_tell_the_engines_steps_apart() -> None:
    found = answer(Question(0.5011, "haystack-dot-product-scaled", DEFAULT), HILLS)
    scores = picture_html(found, HILLS).split('data-scores="')[1].split('"')[0].split(" ")
    assert len(set(scores[::2])) == len(scores[::2])


def test_the_title_carries_the_number_as_it_was_typed() -> None:
    assert text_of(title_html(-312.5)).startswith("Is −312.5 a good similarity score?")


def test_every_function_can_be_chosen_by_a_name_of_its_own_and_systems_stand_together() -> None:
    labels = [label for label, _ in ENGINES]
    assert len(set(labels)) == len(labels) == len(sc.ENGINES)
    systems = [sc.ENGINES[key].system for _, key in ENGINES]
    changes = sum(one != other for one, other in pairwise(systems))
    assert changes == len(set(systems)) - 1


def test_the_list_begins_with_the_systems_that_are_asked_about_most() -> None:
    systems = [sc.ENGINES[key].system for _, key in ENGINES]
    assert tuple(dict.fromkeys(systems))[: len(COMMON)] == COMMON
    others = list(dict.fromkeys(systems))[len(COMMON) :]
    assert others == sorted(others, key=str.casefold)


def test_the_copied_link_asks_the_same_question() -> None:
    question = Question(-0.25, "pgvector-ip", SECOND)
    parameters = {name: values[0] for name, values in parse_qs(question.link[1:]).items()}
    link = read_link(parameters, [DEFAULT, SECOND])
    assert Question(link.number or 0, link.engine or "", link.model or "") == question
    assert link.tab == "number"


def test_the_tab_answers_while_the_model_is_loading(loading: Events) -> None:
    assert loading.page.is_loading
    title, text, picture = loading.ask("_ui_tell", "0.5", "faiss-l2", DEFAULT)
    assert "Is 0.5 a good" in title
    assert "a cosine of 0.750" in text_of(text)
    assert "data-hills" in picture


@pytest.mark.parametrize(
    "written", ["", "  ", "nan", "--1", "1e400", "<b>", "3.4028235e38", "2,000"]
)
def test_what_is_no_number_gets_a_sentence_and_no_answer_of_the_number_before(
    loading: Events, written: str
) -> None:
    title, text, picture = loading.ask("_ui_tell", written, "faiss-l2", DEFAULT)
    assert "Is your number a good" in title
    assert picture == ""
    assert "notice" in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.83", 0.83),
        (" 0,83 ", 0.83),
        ("−0,5", -0.5),
        ("0,830", 0.83),
        ("1e-7", 1e-7),
        (".5", 0.5),
        ("np.float32(0.83)", 0.83),
        ("score: 0.73", 0.73),
    ],
)
def test_a_number_is_read_as_people_type_or_paste_it(written: str, value: float) -> None:
    assert read_number(written) == value


@pytest.mark.parametrize("written", ["73%", "73 %", "0,73 %"])
def test_a_percentage_is_told_how_to_write_it(written: str) -> None:
    with pytest.raises(sc.InputError, match=r"73% is 0\.73 on a scale that ends at 1"):
        read_number(written)


def test_a_number_that_can_be_two_is_asked_about() -> None:
    with pytest.raises(sc.InputError, match=r"2,000 can be 2 or 2000"):
        read_number("2,000")


def test_a_cosine_is_not_said_to_equal_itself() -> None:
    assert "0.7 is a cosine. About" in said(0.7, "sentence-transformers-cosine")
    assert "0.7 is an inner product; it equals a cosine of 0.700 if" in said(0.7, "faiss-ip")


def test_of_two_cosines_the_one_that_the_labels_are_of_is_named() -> None:
    assert "pairs near a cosine of 0.620 were relevant" in said(
        0.38, "langchain-faiss-ip-relevance"
    )


def test_all_unrelated_pairs_are_called_every_and_not_a_percentage() -> None:
    assert "Every unrelated pair has a lower cosine" in said(0.98, "faiss-ip")
