"""What other collections suggest of a visitor's texts, before there is a label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import search_core as sc
from search_ui.tabs.calibrate.prior import prior_html
from search_ui.tabs.search import result_html
from search_ui.views.prior import MOST_QUESTIONS, PriorView, SuggestedHit, view_prior
from search_ui.views.search import read_questions
from search_ui.visit.visits import Page
from tests.own_encoder import HashingEncoder
from tests.ui.events import Events
from tests.ui.pages import CANARY, HIT, text_of, view

SUBJECTS = [
    "varnish", "saws", "oak", "glue", "nails", "sandpaper", "chisels", "clamps", "drills", "planes",
    "hinges",
]  # fmt: skip
TEXTS = [f"What a beginner should know about {subject}." for subject in SUBJECTS]
QUESTIONS = ("What should I know about glue?", "Which chisels does a beginner need?")


def words_of(found: PriorView) -> list[str]:
    return [f"{hit.value} ({hit.band})" for hit in found.hits]


def own_texts(texts: list[str]) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(texts), HashingEncoder())


def test_every_hit_of_the_first_question_has_a_value_and_a_range() -> None:
    engine = own_texts(TEXTS)
    found = view_prior(engine, QUESTIONS, None)
    assert found.question == QUESTIONS[0]
    assert [hit.text for hit in found.hits] == list(engine.search(QUESTIONS[0], 10).texts)
    values = sc.load_prior().predict(engine.score_hits([engine.search(QUESTIONS[0], 10)]))
    assert words_of(found) == [values.words(row) for row in range(10)]


def test_how_many_are_right_is_taken_over_the_hits_of_all_questions() -> None:
    engine = own_texts(TEXTS)
    pairs = engine.score_hits(engine.search_many(QUESTIONS, 10))
    prior = sc.load_prior().with_base_rate(0.2, pairs)
    expected = prior.predict(engine.score_hits([engine.search(QUESTIONS[0], 10)]))
    found = view_prior(engine, QUESTIONS, 2)
    assert words_of(found) == [expected.words(row) for row in range(10)]


def test_nobody_can_take_a_value_for_a_measurement() -> None:
    shown = text_of(prior_html(view_prior(own_texts(TEXTS), QUESTIONS, None)))
    assert "none of them yours; nothing was measured on your texts" in shown
    assert "how many of ten hits are right" in shown
    narrowed = text_of(prior_html(view_prior(own_texts(TEXTS), QUESTIONS, 2)))
    assert "and on the share that you gave" in narrowed
    assert "how many of ten hits are right" not in narrowed


def test_what_a_visitor_writes_is_escaped() -> None:
    engine = own_texts([*TEXTS, CANARY])
    assert CANARY not in prior_html(view_prior(engine, [CANARY], None))


def test_questions_are_read_one_a_line_and_each_once() -> None:
    assert read_questions(" one? \n\ntwo?\none?", MOST_QUESTIONS) == ("one?", "two?")
    with pytest.raises(sc.QueryError, match="There is no question"):
        read_questions(" \n", MOST_QUESTIONS)
    with pytest.raises(sc.QueryError, match="21 questions were given; at most 20"):
        read_questions("\n".join(f"question {n}?" for n in range(21)), MOST_QUESTIONS)
    with pytest.raises(sc.QueryError, match="so shorten it"):
        read_questions("a" * 10_000, MOST_QUESTIONS)


def test_what_it_cannot_be_asked_is_refused_in_a_sentence() -> None:
    with pytest.raises(sc.CalibrationError, match="give a number from 0 to 10"):
        view_prior(own_texts(TEXTS), QUESTIONS, 11)
    with pytest.raises(sc.CalibrationError, match="fewer than 10 documents"):
        view_prior(own_texts(TEXTS[:3]), QUESTIONS, None)


def test_search_shows_guesses_for_own_texts_until_labels_say_more(
    page: Page, events: Events
) -> None:
    page.visits.update(events.visitor, lambda now: now.with_collection(own_texts(TEXTS)))
    shown = events.named("_ui_search", _last(events, QUESTIONS[0]))
    text = text_of(shown["result"])
    assert "a guess:" not in text  # any of them would range from 0.00 to 1.00
    assert text.count("could be anything from wrong to right") == 1
    assert shown["right-of-ten"]["visible"]
    events.call("_ui_tell_right", 9, QUESTIONS[0])
    text = text_of(events.named("_ui_search", _last(events, QUESTIONS[0]))["result"])
    assert text.count("a guess:") == 6
    assert "Guesses, not measurements." in text
    assert "none of them yours" in text
    assert "could be anything" not in text
    page.visits.update(events.visitor, lambda now: now.with_collection(None))
    shown = events.named("_ui_search", _last(events, QUESTIONS[0]))
    assert "guess" not in text_of(shown["result"]).lower()
    assert not shown["right-of-ten"]["visible"]


def test_hits_that_could_be_anything_have_no_guess_beside_those_that_have_one() -> None:
    hits = (
        SuggestedHit(1, "a", "0.40", "0.10–0.70", excludes=True),
        SuggestedHit(2, "b", "0.50", "0.00–1.00", excludes=False),
    )
    suggested = PriorView("q", hits, "Learnt elsewhere.", knows_share=False)
    shown = result_html(
        view(replace(HIT, calibrated=None), replace(HIT, rank=2, calibrated=None),
             calibrated_name="", suggested=suggested)
    )  # fmt: skip
    text = text_of(shown)
    assert "a guess: 0.10–0.70" in text
    assert "0.00–1.00" not in text
    assert "lies in the range given; a hit without one could be anything." in text


def test_one_number_narrows_the_guesses_and_is_kept_with_the_collection(
    page: Page, events: Events
) -> None:
    own = own_texts(TEXTS)
    page.visits.update(events.visitor, lambda now: now.with_collection(own))
    basis = page.workspace(events.visitor).basis
    assert events.call("_ui_tell_right", 9, QUESTIONS[0])["visible"] is False
    assert page.workspace(events.visitor).basis != basis
    shown = events.named("_ui_search", _last(events, QUESTIONS[0]))
    assert "and on the share that you gave" in text_of(shown["result"])
    assert shown["search-right"]["value"] == 9
    page.visits.update(events.visitor, lambda now: now.with_collection(None))
    page.visits.update(events.visitor, lambda now: now.with_collection(own))
    assert page.workspace(events.visitor).work.known_share is not None
    refused = events.call("_ui_tell_right", 11, QUESTIONS[0])
    assert "give a number from 0 to 10" in refused["value"]
    events.call("_ui_tell_right", None, QUESTIONS[0])
    assert page.workspace(events.visitor).work.known_share is None


def test_too_few_texts_for_a_guess_are_searched_without_one(page: Page, events: Events) -> None:
    page.visits.update(events.visitor, lambda now: now.with_collection(own_texts(TEXTS[:5])))
    shown = events.named("_ui_search", _last(events, QUESTIONS[0]))
    assert "a guess:" not in text_of(shown["result"])
    assert not shown["right-of-ten"]["visible"]


def _last(events: Events, question: str) -> Any:
    """Return what a search answers at last."""
    *_, answer = events.call("_ui_search", question, 6, "")
    return answer
