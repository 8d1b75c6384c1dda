"""What other collections suggest of a visitor's texts, before there is a label."""

from __future__ import annotations

import pytest

import search_core as sc
from search_ui.tabs.calibrate.prior import prior_html
from search_ui.views.prior import MOST_QUESTIONS, view_prior
from search_ui.views.search import read_questions
from tests.own_encoder import HashingEncoder
from tests.ui.pages import CANARY, text_of

SUBJECTS = [
    "varnish", "saws", "oak", "glue", "nails", "sandpaper", "chisels", "clamps", "drills", "planes",
    "hinges",
]  # fmt: skip
TEXTS = [f"What a beginner should know about {subject}." for subject in SUBJECTS]
QUESTIONS = ("What should I know about glue?", "Which chisels does a beginner need?")


def own_texts(texts: list[str]) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(texts), HashingEncoder())


def test_every_hit_of_the_first_question_has_a_value_and_a_range() -> None:
    engine = own_texts(TEXTS)
    view = view_prior(engine, QUESTIONS, None)
    assert view.question == QUESTIONS[0]
    assert [hit.text for hit in view.hits] == list(engine.search(QUESTIONS[0], 10).texts)
    values = sc.load_prior().predict(engine.score_hits([engine.search(QUESTIONS[0], 10)]))
    assert [hit.words for hit in view.hits] == [values.words(row) for row in range(10)]


def test_how_many_are_right_is_taken_over_the_hits_of_all_questions() -> None:
    engine = own_texts(TEXTS)
    pairs = engine.score_hits(engine.search_many(QUESTIONS, 10))
    prior = sc.load_prior().with_base_rate(0.2, pairs)
    expected = prior.predict(engine.score_hits([engine.search(QUESTIONS[0], 10)]))
    view = view_prior(engine, QUESTIONS, 2)
    assert [hit.words for hit in view.hits] == [expected.words(row) for row in range(10)]


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
