"""The Learn tab shows what the classic snippets give, from real distances."""

from __future__ import annotations

import re

import pytest

import search_core as sc
from search_core import classic
from search_ui.tabs.learn import (
    lists_html,
    opposites_html,
    readings_html,
    snippets_html,
)


@pytest.fixture(scope="module")
def engine(encoder: sc.Encoder) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(classic.SENTENCES), encoder=encoder)


@pytest.mark.model
@pytest.mark.parametrize("query", classic.QUERIES)
def test_every_sentence_stands_in_the_table_best_first(engine: sc.SearchEngine, query: str) -> None:
    hits = engine.search(query, k=5)
    shown = re.findall(r'<td class="whole">\d\. (.*?)</td>', readings_html(hits))
    assert shown == list(hits.texts)


@pytest.mark.model
def test_the_finding_names_the_sentence_that_the_z_snippet_would_put_first(
    engine: sc.SearchEngine,
) -> None:
    html = readings_html(engine.search("A feline relaxes.", k=5))
    assert "1/(1 + z) gives it −1.99 and would put sentence 2 first." in html


@pytest.mark.model
def test_a_sentence_and_its_negation_are_close_by_cosine(encoder: sc.Encoder) -> None:
    cosines = [float(found) for found in re.findall(r"<b>(0\.\d+)</b>", opposites_html(encoder))]
    assert len(cosines) == 3
    assert min(cosines) > 0.7


def test_all_three_snippets_say_what_is_done_here_instead() -> None:
    assert snippets_html().count("<b>Here:</b>") == 3


def test_the_references_are_named() -> None:
    html = lists_html()
    for name in ("Johnson", "Vaswani", "Manning", "Guo", "Platt", "Zadrozny", "Radovanović"):
        assert name in html
