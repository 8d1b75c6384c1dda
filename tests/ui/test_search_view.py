"""What is computed for the page, on the real model and the sample."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from search_ui.rendering import number
from search_ui.sample import (
    EXAMPLES,
    OPENING_QUERY,
    read_grades,
    read_opening,
    write_opening,
)
from search_ui.tabs.normalize import SECOND_QUERY
from search_ui.tabs.search import answer
from search_ui.views.readings import (
    FIRST,
    LOOKS_AT,
    NONSENSE,
    TIE,
    alike_but_crowded,
    card_html,
    comparison_html,
    crowd_html,
    depths_html,
    more_readings_html,
    read_every_way,
    readings_html,
    surroundings,
    telling_score,
)
from search_ui.views.search import APART, SearchView, risen_ranks, tied_ranks, view_search
from search_ui.visit.visits import Page
from tests.ui.pages import CANARY, HIT, read, text_of, view

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def calibrator() -> sc.Calibrator:
    """The calibrator stored beside the sample."""
    return sc.load_calibrator((EXAMPLES / "calibrator.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def fresh(sample_engine: sc.SearchEngine, calibrator: sc.Calibrator) -> SearchView:
    """The first view, computed now."""
    grades = read_grades(EXAMPLES / "judgements.csv")
    return view_search(sample_engine, calibrator, OPENING_QUERY, 6, grades)


@pytest.fixture(scope="module")
def nasty_engine(encoder: sc.Encoder) -> sc.SearchEngine:
    """A small collection with a document that would like to be a script."""
    return sc.SearchEngine.build(sc.Corpus.from_texts([CANARY, "A cat.", "A dog."]), encoder)


def test_the_stored_first_view_is_what_a_fresh_search_shows(fresh: SearchView) -> None:
    """To what the page shows: kernels of other machines differ in the sixth digit."""
    stored, computed = _flat(asdict(read_opening())), _flat(asdict(fresh))
    assert stored.keys() == computed.keys()
    for name, value in computed.items():
        if isinstance(value, float):
            assert stored[name] == pytest.approx(value, abs=5e-3), name
        else:
            assert stored[name] == value, name


def _flat(value: object, name: str = "view") -> dict[str, object]:
    """Lay nested values out by their path."""
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, tuple | list):
        parts = list(enumerate(value))
    else:
        return {name: value}
    return {
        path: leaf for key, part in parts for path, leaf in _flat(part, f"{name}.{key}").items()
    }


def test_a_first_view_survives_its_file(fresh: SearchView, tmp_path: Path) -> None:
    path = tmp_path / "view.json"
    write_opening(fresh, path)
    assert read_opening(path) == fresh


def test_where_nothing_is_relevant_it_tells_how_the_judged_queries_fare(page: Page) -> None:
    fresh = page.workspace(None)
    shown = answer(fresh, "How old was the first cat that crossed an ocean?", 5)
    assert shown.nothing_relevant
    assert re.fullmatch(r"lower than \d+% of the labelled queries", shown.standing)
    answered = answer(fresh, OPENING_QUERY, 5)
    assert (answered.verdict.answer, answered.standing) == ("relevant", "")


def test_the_page_opens_on_a_tie_that_only_judgements_break(fresh: SearchView) -> None:
    tied = tied_ranks(fresh)
    assert tied is not None
    one, two = (fresh.hits[rank - 1] for rank in tied)
    assert number(one.cosine) == number(two.cosine)
    assert one.answers != two.answers
    assert fresh.verdict.answer == "relevant"


def test_the_page_opens_on_a_later_hit_that_is_clearly_likelier(fresh: SearchView) -> None:
    places = risen_ranks(fresh)
    assert places is not None
    earlier, later = (fresh.hits[rank - 1].calibrated or 0.0 for rank in places)
    assert places[0] < places[1]
    assert later - earlier >= APART


def test_what_moved_a_value_adds_up_with_the_average_to_the_value(
    fresh: SearchView, sample_engine: sc.SearchEngine, calibrator: sc.Calibrator
) -> None:
    pairs = sample_engine.score_texts(OPENING_QUERY, [hit.text for hit in fresh.hits])
    for hit, parts in zip(fresh.hits, calibrator.explain(pairs), strict=True):
        assert sum(value for _, value in hit.moved) == pytest.approx(sum(parts.values()), abs=1e-6)
        sizes = [abs(value) for _, value in hit.moved]
        assert sizes == sorted(sizes, reverse=True)


def test_without_a_calibrator_nonsense_finds_nothing_and_a_clear_question_an_answer(
    sample_engine: sc.SearchEngine,
) -> None:
    asked = (NONSENSE, "How do I descale a kettle?")
    answers = [view_search(sample_engine, None, each, 5).verdict.answer for each in asked]
    assert answers == ["nothing", "relevant"]


def test_hits_that_tie_but_calibrate_alike_are_no_tie_to_tell() -> None:
    twin = replace(HIT, rank=2, id="b", cosine=HIT.cosine - 0.001)
    assert tied_ranks(view(HIT, twin)) is None
    assert tied_ranks(view(HIT, replace(twin, calibrated=0.1))) == (1, 2)
    assert tied_ranks(view(HIT, replace(twin, calibrated=None))) is None


def test_every_reading_stands_under_what_it_looks_at() -> None:
    names = [name for group in LOOKS_AT.values() for name in group]
    assert sorted(names) == sorted(sc.NORMALIZERS)
    assert len(LOOKS_AT) == 4


def test_every_reading_is_in_the_first_table_or_among_those_that_unfold(
    sample_engine: sc.SearchEngine,
) -> None:
    readings = read_every_way(sample_engine, OPENING_QUERY, 10)
    nonsense = read_every_way(sample_engine, NONSENSE, 10)
    first = readings_html(readings, nonsense, "minmax")
    more = more_readings_html(readings, nonsense, "minmax")
    for name in sc.NORMALIZERS:
        assert first.count(f'data-reading="{name}"') == (7 if name in FIRST else 0)
        assert more.count(f'data-reading="{name}"') == (0 if name in FIRST else 7)


def test_the_table_of_the_chosen_reading_is_open(sample_engine: sc.SearchEngine) -> None:
    readings = read_every_way(sample_engine, OPENING_QUERY, 10)
    assert "<details open>" in more_readings_html(readings, readings, "csls")
    assert "<details open>" not in more_readings_html(readings, readings, "minmax")


def test_a_card_keeps_what_a_reading_looks_at_and_which_way_it_runs(
    sample_engine: sc.SearchEngine,
) -> None:
    readings = read_every_way(sample_engine, OPENING_QUERY, 5)
    markup = readings_html(readings, readings, "minmax")
    assert 'data-name="Raw score ↓"' in markup
    assert 'data-name="Percentile ↑"' in markup
    for words in ("this pair alone", "the list of hits", "all documents"):
        assert f'<td class="whole group" aria-hidden="true">{words}</td>' in markup


def test_the_table_shows_what_the_library_reads(sample_engine: sc.SearchEngine) -> None:
    readings = read_every_way(sample_engine, OPENING_QUERY, 5)
    nonsense = read_every_way(sample_engine, NONSENSE, 5)
    said = text_of(more_readings_html(readings, nonsense, "csls"))
    best = readings.hits.ids[0]
    csls = sc.normalize(readings.hits, "csls", background=readings.background)
    assert readings.value("csls", best) == float(csls.scores[csls.ids.index(best)])
    assert f"{csls.scores.max():.2f}" in said
    assert f"Best hit of a nonsense query: “{NONSENSE}”" in said


def test_the_card_of_a_reading_that_reorders_names_the_hits_that_moved(
    sample_engine: sc.SearchEngine,
) -> None:
    readings = read_every_way(sample_engine, OPENING_QUERY, 10)
    after = readings.read["csls"]
    moves = [
        f"{readings.hits.ids.index(hit) + 1} → {place}"
        for place, hit in enumerate(after.ids, start=1)
        if readings.hits.ids[place - 1] != hit
    ]
    said = text_of(card_html(sc.NORMALIZERS["csls"], readings))
    assert moves
    assert all(move in said for move in moves)
    assert "Order unchanged" in text_of(card_html(sc.NORMALIZERS["minmax"], readings))


def test_two_hits_of_one_cosine_are_found_whose_crowds_differ(
    sample_engine: sc.SearchEngine,
) -> None:
    hits = sample_engine.search("A feline relaxes.", k=30)
    pair = alike_but_crowded(surroundings(hits, sample_engine.background("A feline relaxes.")))
    assert pair is not None
    crowded, lonely = pair
    assert abs(crowded.cosine - lonely.cosine) < TIE
    assert crowded.crowd > lonely.crowd + 0.1
    assert crowded.csls < lonely.csls


def test_the_score_that_two_queries_share_is_ranked_as_their_searches_rank_it(
    sample_engine: sc.SearchEngine,
) -> None:
    common, rare = OPENING_QUERY, SECOND_QUERY
    shared = telling_score(*map(sample_engine.background, (common, rare)))
    for query, rank in zip((common, rare), shared.ranks, strict=True):
        cosines = sample_engine.search(query, k=50).cosines()
        assert int((cosines >= shared.cosine - 1e-6).sum()) == rank
    assert not shared.is_alike
    markup = comparison_html(sample_engine, common, rare)
    assert "is the best hit for one query and hit 17 for the other" in markup
    for words in ("hit 17", "the best hit"):
        assert markup.count(f">{words}</text>") == 2  # wide and narrow


def test_two_queries_whose_scores_differ_by_rounding_are_alike(
    sample_engine: sc.SearchEngine,
) -> None:
    one = sample_engine.background(OPENING_QUERY)
    other = replace(one, cosines=one.cosines - np.float32(1e-7))
    for pair in ((one, other), (other, one)):
        shared = telling_score(*pair)
        assert shared.ranks[0] == shared.ranks[1]


def test_two_queries_that_are_alike_are_said_to_be(sample_engine: sc.SearchEngine) -> None:
    markup = comparison_html(sample_engine, OPENING_QUERY, f"{OPENING_QUERY} ")
    assert "These two queries are alike" in markup
    assert "for both" in markup


def test_no_user_text_of_the_normalize_tab_is_markup(nasty_engine: sc.SearchEngine) -> None:
    readings = read_every_way(nasty_engine, CANARY, 3)
    markup = (
        readings_html(readings, read_every_way(nasty_engine, NONSENSE, 3), "minmax")
        + more_readings_html(readings, readings, "csls")
        + depths_html(nasty_engine, CANARY, 5)
        + crowd_html(nasty_engine, CANARY, 3)
    )
    reader = read(markup)
    assert not {"script", "img"} & set(reader.tags)
    assert not any(name.startswith("on") for name in reader.attributes)
    assert "alert(1)" in "".join(reader.words)
