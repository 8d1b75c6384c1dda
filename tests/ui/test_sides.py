"""The threshold that is dragged: counts, what changes sides, and the labels nearest to it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import search_core as sc
from search_ui.sample import EXAMPLES
from search_ui.tabs.calibrate.sides import sides_html
from search_ui.views.calibration import CalibrationView, read_view
from search_ui.views.sides import NEAREST, view_sides
from search_ui.visit.threshold_sides import sides_of
from tests.ui.events import Events
from tests.ui.pages import CANARY, text_of
from tests.ui.test_two_works import OWN, fit, read_labels, use_texts

MOST_BYTES = 8_000  # of one step over the wire


@pytest.fixture(scope="module")
def view() -> CalibrationView:
    """The sample's own fit."""
    return read_view(EXAMPLES / "calibration.json")


def texts(row: int) -> tuple[str, str]:
    return f"query of {row}", f"text of {row}"


@pytest.mark.parametrize("value", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_every_row_is_on_one_of_four_sides(view: CalibrationView, value: float) -> None:
    sides = view_sides(view, value, view.threshold(0.5, "row"), texts)
    p, relevant = np.array(view.stated), np.array(view.relevance) >= 0.5
    assert sides.shown_right == ((p >= value) & relevant).sum()
    assert sides.shown_wrong == ((p >= value) & ~relevant).sum()
    assert sides.missed == ((p < value) & relevant).sum()
    assert sides.hidden_right == ((p < value) & ~relevant).sum()


def test_for_best_hits_each_query_counts_once(view: CalibrationView) -> None:
    sides = view_sides(view, 0.5, view.threshold(0.6, "query"), texts)
    counts = (sides.shown_right, sides.shown_wrong, sides.missed, sides.hidden_right)
    assert sum(counts) == len(view.query_texts)


def test_at_the_threshold_in_force_precision_and_recall_are_those_of_its_promise(
    view: CalibrationView,
) -> None:
    for level, target in (("row", 0.57), ("query", 0.5)):
        in_force = view.threshold(target, level)  # type: ignore[arg-type]
        assert in_force.value is not None
        sides = view_sides(view, in_force.value, in_force, texts)
        assert sides.shown_right + sides.shown_wrong == in_force.count
        assert sides.precision == pytest.approx(in_force.precision, abs=0.01)
        assert sides.recall == pytest.approx(in_force.recall, abs=0.01)
        assert sides.now_shown == sides.now_hidden == (0, 0)
        assert not any(row.has_changed for row in sides.near)


def test_what_changes_sides_is_what_lies_between_the_two_thresholds(view: CalibrationView) -> None:
    in_force = view.threshold(0.57, "row")
    start, p = in_force.value or 0.0, np.array(view.stated)
    higher = view_sides(view, start + 0.2, in_force, texts)
    assert sum(higher.now_hidden) == ((p >= start) & (p < start + 0.2)).sum() > 0
    assert higher.now_shown == (0, 0)
    lower = view_sides(view, start - 0.2, in_force, texts)
    assert sum(lower.now_shown) == ((p < start) & (p >= start - 0.2)).sum() > 0


def test_the_ten_nearest_are_nearer_than_all_others_and_stand_in_order(
    view: CalibrationView,
) -> None:
    sides = view_sides(view, 0.4, view.threshold(0.57, "row"), texts)
    near = [row.predicted for row in sides.near]
    assert len(near) == NEAREST
    assert near == sorted(near, reverse=True)
    apart = np.sort(np.abs(np.array(view.stated) - 0.4))
    assert max(abs(value - 0.4) for value in near) == pytest.approx(apart[NEAREST - 1])
    assert [row.is_shown for row in sides.near] == [value >= 0.4 for value in near]


def test_where_nothing_can_be_guaranteed_it_starts_in_the_middle(view: CalibrationView) -> None:
    in_force = view.threshold(0.99, "row")
    sides = view_sides(view, 0.5, in_force, texts)
    assert (sides.start, sides.is_guaranteed) == (0.5, False)
    said = text_of(sides_html(sides))
    assert "Compared with 0.500: no change." in said
    assert "threshold in use" not in said


def test_a_step_takes_little_and_escapes_what_people_wrote(view: CalibrationView) -> None:
    in_force = view.threshold(0.57, "row")
    drawn = sides_html(view_sides(view, 0.4, in_force, lambda _row: (CANARY * 9, "wörter " * 900)))
    assert "<script" not in drawn
    assert len(json.dumps({"data": [drawn]})) < MOST_BYTES


@pytest.mark.model
def test_the_page_begins_at_the_threshold_in_force_and_follows_the_slider(events: Events) -> None:
    workspace = events.page.workspace(events.visitor)
    in_force = workspace.sample_view.opening_threshold
    value, shown = events.call("_ui_begin_drag")
    assert value == in_force.value
    said = text_of(shown)
    assert "the threshold in use: no change." in said
    assert "The 10 labels nearest to it" in said
    assert "→" in said
    moved = text_of(events.call("_ui_drag", value + 0.3))
    assert "fewer shown (" in moved
    assert "not guaranteed" in moved
    assert events.page.workspace(events.visitor) is workspace  # nothing is taken into use


@pytest.mark.model
def test_rows_near_the_threshold_are_the_visitors_own(events: Events) -> None:
    use_texts(events, OWN)
    read_labels(events)
    assert "no fit of these labels yet" in events.call("_ui_drag", 0.5)
    fit(events)
    shown = text_of(events.call("_ui_begin_drag")[1])
    assert "ferries" in shown
    assert "→ note" in shown
    events.call("_ui_share", 20.0, 80, "query")
    assert "move the share back" in events.call("_ui_drag", 0.5)


@pytest.mark.model
def test_without_a_fit_there_is_nothing_to_drag(events: Events) -> None:
    use_texts(events, OWN)
    read_labels(events)
    with pytest.raises(sc.CalibrationError, match="no fit of these labels yet"):
        sides_of(events.page.workspace(events.visitor), 0.5)
