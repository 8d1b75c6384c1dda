"""The map of an answer's hits, as the page draws it when it is opened."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import search_core as sc
from search_ui.tabs.hit_map import mapped
from search_ui.views.hit_map import view_map
from search_ui.views.search import view_search
from tests.ui.events import Events
from tests.ui.pages import text_of
from tests.ui.test_two_works import OWN, use_texts

pytestmark = pytest.mark.model

QUESTION = "How do I descale a kettle?"


def test_each_hit_is_as_far_away_as_its_cosine_says(events: Events) -> None:
    workspace = events.page.workspace(events.visitor)
    view = mapped(workspace, QUESTION, 8)
    hits = workspace.engine.search(QUESTION, 8)
    assert [point.text for point in view.points] == list(hits.texts)
    assert [point.distance for point in view.points] == pytest.approx(1 - hits.cosines())
    assert view.points[0].is_relevant
    assert 0 < view.explained <= 1


def test_rings_are_quantiles_of_the_other_texts_and_what_the_score_alone_predicts(
    events: Events,
) -> None:
    workspace = events.page.workspace(events.visitor)
    view = mapped(workspace, QUESTION, 8)
    rings = {ring.words: ring.distance for ring in view.rings}
    assert [each.distance for each in view.rings] == sorted(rings.values())
    hits = workspace.engine.search(QUESTION, 8)
    others = np.delete(workspace.engine.background(QUESTION).cosines, hits.positions)
    middle = rings["half of the other texts lie outside"]
    assert 1 - middle == pytest.approx(np.quantile(others, 0.5), abs=1e-4)
    curve = sc.load_calibrator(workspace.sample_view.curve)
    reached = curve.score_reaching(0.8)
    assert reached is not None
    assert rings["80% predicted"] == pytest.approx(1 - reached)
    assert rings["80% predicted"] < rings["50% predicted"]


def test_without_a_calibrator_and_with_few_texts_there_are_no_rings(
    sample_engine: sc.SearchEngine,
) -> None:
    few = sc.SearchEngine.build(
        sc.Corpus.from_texts(sample_engine.corpus.texts[:40]), sample_engine.encoder
    )
    view = view_map(few, view_search(few, None, QUESTION, 5), None, None)
    assert view.rings == ()
    assert len(view.points) == 5


def test_the_page_draws_the_map_and_says_how_to_read_it(events: Events) -> None:
    drawn = events.call("_ui_map", QUESTION, 6)
    assert len(ElementTree.fromstring(drawn).findall(".//svg")) == 2  # noqa: S314
    said = text_of(drawn)
    assert "6 hits around your question" in said
    assert "Distance from the middle is exact: 1 − cosine." in said
    assert "Solid rings: the relevance that the score alone predicts." in said


def test_own_texts_without_labels_have_a_map_without_predicted_rings(events: Events) -> None:
    use_texts(events, OWN)
    said = text_of(events.call("_ui_map", "Which ferry leaves?", 5))
    assert "5 hits around your question" in said
    assert "Solid rings" not in said


@pytest.mark.parametrize("query", ["", "  ", "x" * 5_000])
def test_what_is_no_question_has_no_map_but_a_sentence(events: Events, query: str) -> None:
    assert "<svg" not in events.call("_ui_map", query, 5)


def test_of_however_many_hits_are_asked_for_as_many_are_drawn_as_the_page_shows(
    events: Events,
) -> None:
    said = text_of(events.call("_ui_map", QUESTION, 10**6))
    assert f"{sc.PUBLIC.hits} hits around" in said
