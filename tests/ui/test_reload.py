"""A page that is opened again: whose visit goes on, and what the browser is told of it."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from search_ui.tabs.own_texts import EMBEDDING, broken_off as own_texts_broken_off
from search_ui.visit.visits import IDLE_SECONDS
from tests.ui.events import Events, label_form
from tests.ui.pages import text_of
from tests.ui.test_two_works import OWN, fit, read_labels, upload, use_texts
from tests.ui.test_visits import pass_time
from tests.ui.work import csv_of

pytestmark = pytest.mark.model


def opened(events: Events, kept: str | None) -> tuple[str, dict[str, Any]]:
    """Open the page with the key that a browser kept; return the key of the visit, and the memo."""
    key, memo = events.call("_ui_visit", kept)
    return key, json.loads(memo)


def opened_again(events: Events, kept: str | None) -> tuple[str, dict[str, Any]]:
    """Open the same page anew, as a reload does."""
    return opened(Events(events.laid_out), kept)


def test_a_first_page_has_a_key_of_its_own_and_nothing_brought(events: Events) -> None:
    key, memo = opened(events, "")
    assert key == events.visitor
    assert memo == {"key": key, "visit": "", "brought": []}


def test_a_reload_goes_on_with_the_visit_that_the_server_holds(events: Events) -> None:
    use_texts(events, OWN)
    read_labels(events)
    fit(events)
    before = events.page.workspace(events.visitor)
    key, memo = opened_again(events, events.visitor)
    assert key == events.visitor
    assert memo["brought"] == ["collection", "labels", "calibrator"]
    assert memo["visit"] == events.page.visits.name_of(key) != ""
    assert events.page.workspace(key) is before


@pytest.mark.parametrize(("scores", "source"), [(False, "csv"), (True, "scores")])
def test_after_a_reload_the_form_says_where_the_labels_came_from(
    events: Events, scores: bool, source: str
) -> None:
    path = upload(csv_of("ferries", scores=scores))
    events.work("_ui_read_labels", *label_form(source, path, "bm25"))
    for chosen, said in (("sample", source), ("search", gr.skip())):
        found, *_rest = events.call("_ui_catch_up", "", chosen)
        assert found == said


def test_after_a_reload_the_form_has_the_target_and_the_level_of_the_fit(events: Events) -> None:
    use_texts(events, OWN)
    read_labels(events)
    fit(events)
    events.call("_ui_threshold", 55, "row")
    found = events.named("_ui_catch_up", events.call("_ui_catch_up", "", "csv"))
    assert (found["target"]["value"], found["level"]) == (55, "row")
    assert "55%" in found["threshold"]


def test_after_a_reload_the_form_has_what_was_set_on_the_samples_fit(events: Events) -> None:
    events.call("_ui_threshold", 60, "row")
    found = events.named("_ui_catch_up", events.call("_ui_catch_up", "", "sample"))
    assert (found["target"]["value"], found["level"]) == (60, "row")


@pytest.mark.parametrize(
    "kept", ["", None, "0" * 32, "x", "../../etc/passwd", "[1]", "a" * 100_000]
)
def test_a_key_that_the_server_does_not_hold_is_never_taken(
    events: Events, kept: str | None
) -> None:
    key, memo = opened(events, kept)
    assert key == events.visitor != kept
    assert memo["key"] == key


def test_a_key_that_was_made_up_does_not_become_anybodys(events: Events) -> None:
    planted = "f" * 32
    key, _ = opened(events, planted)
    use_texts(events, OWN)
    assert events.page.visits.name_of(planted) == ""
    assert opened_again(events, planted)[1]["brought"] == []
    assert key != planted


def test_a_page_whose_own_visit_is_held_never_moves_to_another(events: Events) -> None:
    use_texts(events, OWN)
    other = Events(events.laid_out)
    use_texts(other, "a text\nanother")
    key, _ = opened(events, other.visitor)
    assert key == events.visitor


def test_what_is_lost_is_told_by_the_name_of_the_visit(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_texts(events, OWN)
    _, before = opened(events, events.visitor)
    pass_time(monkeypatch, IDLE_SECONDS + 1)
    key, memo = opened_again(events, events.visitor)
    assert key != events.visitor
    assert memo["visit"] == "" != before["visit"]
    assert memo["brought"] == []


def test_the_samples_own_labels_are_nothing_that_was_brought(events: Events) -> None:
    events.work("_ui_read_labels", *label_form("sample", None))
    assert opened(events, events.visitor)[1]["brought"] == []


FAULTY = b"question,answer,rating\nhow?,so,1\n,because,0\nwhen?,now\nwhere?,here,0\n"


def test_rows_of_a_label_file_that_cannot_be_read_are_listed_and_may_be_skipped(
    events: Events,
) -> None:
    path = upload(FAULTY)
    said, skip, *_ = events.work("_ui_read_labels", *label_form("csv", path))
    assert "2 rows of the file can’t be read:" in said
    assert "Row 3, column &#39;question&#39;: the cell is empty" in said
    assert "Row 4 has 2 cells, but the header has 3" in said
    assert skip["visible"]
    said, skip, *rest = events.work("_ui_read_labels", *label_form("csv", path, skip_faulty=True))
    assert (said, skip["visible"]) == ("", False)
    found = " ".join(str(each) for each in rest)
    assert "2 faulty rows were left out: rows 3 and 4." in found
    assert "Column &#39;rating&#39; is read as the label." in found
    assert len(events.page.workspace(events.visitor).labels) == 2


def test_where_the_whole_file_is_at_fault_there_is_nothing_to_skip(events: Events) -> None:
    form = label_form("csv", upload(b"subject,reply\na,b\n"))
    said, skip, *_ = events.work("_ui_read_labels", *form)
    assert "There is no column" in said
    assert not skip["visible"]


def broken_off(events: Events) -> tuple[Any, bool]:
    """Begin with pasted texts, have the page loaded again, return the field and what goes on."""
    page, visitor = events.page, events.visitor
    page.visits.begin(visitor, EMBEDDING)
    events.call("_ui_hold", OWN, None)
    (pasted, is_waiting) = own_texts_broken_off(page, visitor)
    return pasted, is_waiting


def test_texts_that_wait_to_be_embedded_outlive_a_reload(events: Events) -> None:
    assert broken_off(events) == (OWN, True)
    said, *_rest, is_taken = events.work("_ui_resume")
    assert "embedded and in use" in text_of(said)
    assert is_taken
    assert events.page.workspace(events.visitor).has_chosen_collection
    assert own_texts_broken_off(events.page, events.visitor) == (gr.skip(), False)


def test_a_dropped_file_that_waits_to_be_embedded_outlives_a_reload(events: Events) -> None:
    events.page.visits.begin(events.visitor, EMBEDDING)
    events.call("_ui_hold_file", upload(b"text\none cat\none dog\n", "texts.csv"))
    assert own_texts_broken_off(events.page, events.visitor) == (gr.skip(), True)
    said, *_rest = events.work("_ui_resume")
    assert "2 documents embedded" in text_of(said)


def test_texts_whose_embedding_was_cancelled_stand_in_the_field_and_wait(events: Events) -> None:
    broken_off(events)
    events.page.visits.cancel(events.visitor, EMBEDDING)
    assert own_texts_broken_off(events.page, events.visitor) == (OWN, False)


def test_what_ended_well_before_the_reload_is_not_embedded_again(events: Events) -> None:
    broken_off(events)
    use_texts(events, OWN)
    before = events.page.workspace(events.visitor)
    *_rest, is_taken = events.work("_ui_resume")
    assert not is_taken
    assert events.page.workspace(events.visitor) is before
