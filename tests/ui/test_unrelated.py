"""A visitor's own unrelated questions: read, and compared with on the texts of their own."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest

import search_core as sc
from search_ui.sample import Sample, Shared, read_shared
from search_ui.tabs.unrelated import compared, read_unrelated, taken_words
from search_ui.visit.workspace import Workspace
from tests.own_encoder import HashingEncoder

FIFTY = "\n".join(f"question {n} about trains" for n in range(50))
TEXTS = ["Varnish dries in a day.", "The saw needs a new blade.", "Sand the oak before oiling it."]


def own_texts() -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(TEXTS), HashingEncoder())


@pytest.fixture(scope="module")
def fresh() -> Workspace:
    loading: Future[Sample] = Future()
    shared: Shared = read_shared(loading)
    return Workspace(shared)


def test_an_empty_box_brings_back_the_questions_that_come_with_the_page() -> None:
    assert read_unrelated(" \n ") is None


def test_too_few_or_too_many_questions_are_refused_with_a_sentence() -> None:
    with pytest.raises(sc.InputError, match=r"each counted once: 1\. At least 50"):
        read_unrelated("one question\none question")
    with pytest.raises(sc.InputError, match="at most 1,000 are taken here"):
        read_unrelated("a question\n" * 1_001)


def test_they_are_compared_with_on_the_visitors_texts(fresh: Workspace) -> None:
    workspace = replace(fresh, own_engine=own_texts())
    questions = read_unrelated(FIFTY)
    engine = compared(workspace, questions)
    assert engine is not None
    now = workspace.with_unrelated(questions, engine)
    assert now.basis != workspace.basis  # so that the answer on the page is asked for anew
    assert "(50 of your own)" in now.engine.background("a saw").rarity_sentence
    assert "your 50 unrelated questions" in taken_words(now)


def test_given_before_any_texts_they_wait(fresh: Workspace) -> None:
    questions = read_unrelated(FIFTY)
    assert compared(fresh, questions) is None
    now = fresh.with_unrelated(questions, None)
    assert now.basis == fresh.basis
    assert "once you search texts of your own" in taken_words(now)
