"""A file with texts and scores of its own: asked about, fitted on as chosen, compared, applied."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

import search_core as sc
from search_ui.tabs.calibrate import score_choice
from search_ui.tabs.calibrate.check import searched_words
from search_ui.tabs.calibrate.fit import verdict_html
from search_ui.tabs.calibrate.use import where_words
from search_ui.tabs.search import answer
from search_ui.visit.calibrating import Given, apply_to_file, read_given
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace
from tests.ui.events import Events
from tests.ui.pages import text_of
from tests.ui.test_two_works import upload
from tests.ui.work import csv_of, fit, quiet

pytestmark = pytest.mark.model


@pytest.fixture
def fresh(page: Page) -> Workspace:
    return page.workspace(page.visits.new_key())


def log_of(subject: str, column: str = "score", *, lower: bool = False) -> bytes:
    """Return 120 labelled rows of 12 queries with texts and a score that mostly tells them."""
    rows = list(csv.reader(io.StringIO(csv_of(subject).decode())))
    lines = [f"query,text,{column},relevance"]
    for n, (query, text, label) in enumerate(rows[1:]):
        score = 3 * int(label) - 4 + (n * 7 % 11) / 3
        lines.append(f"{query},{text},{20 - 3 * score if lower else score:.2f},{label}")
    return "\n".join(lines).encode()


def read(workspace: Workspace, whose: sc.Whose, scale: str, better: str = "") -> Workspace:
    given = Given("csv", log_of("ferries"), whose=whose, scores_are=scale, better=better)
    return workspace.with_labels(read_given(workspace, given, quiet))


def offered(events: Events, content: bytes) -> Any:
    """Return what is offered for the scores of a file that was just chosen."""
    return events.call("_ui_offer_scores", "csv", [upload(content)], "", None, None, None)


def test_a_file_with_scores_is_asked_about_with_what_its_labels_suggest(events: Events) -> None:
    card, words, whose, scale, better = offered(events, log_of("ferries"))
    assert (card["visible"], whose["visible"], whose["value"]) == (True, True, "yours")
    said = text_of(words)
    assert "a column score (120 values, −4 to 2.33)" in said
    assert "Higher ones were labelled relevant more often." in said
    assert (scale["value"], better["visible"]) == ("reranker_logit", False)
    card, *_ = offered(events, csv_of("ferries"))
    assert not card["visible"]
    card, *_ = events.call("_ui_offer_scores", "sample", None, "", None, None, None)
    assert not card["visible"]


def test_a_named_column_is_taken_at_its_name_and_one_of_no_known_kind_asks_for_the_direction() -> (
    None
):
    named = sc.read_labels(log_of("ferries", "distance", lower=True))
    _, words, _, scale, _ = score_choice.drawn(named, "csv")
    assert scale["value"] == "distance"
    assert "By its name it is distance, any length (lower is better)" in text_of(words)
    rows = [
        {"query": f"q{n % 9}", "score": n / 3 - 20, "relevance": int(n < 60)} for n in range(120)
    ]
    _, _, whose, scale, better = score_choice.drawn(sc.labels_of(rows), "scores")
    assert not whose["visible"]
    assert (scale["value"], better["value"], better["visible"]) == ("other", "lower", True)


@pytest.mark.parametrize(
    ("scale", "better", "said"),
    [("", "", "Choose what these scores are"), ("other", "", "Choose which scores are better")],
)
def test_nothing_is_guessed_where_scale_or_direction_was_not_chosen(
    fresh: Workspace, scale: str, better: str, said: str
) -> None:
    with pytest.raises(sc.LabelsError, match=said) as caught:
        read(fresh, "yours", scale, better)
    assert "Higher ones were labelled relevant more often." in str(caught.value)


def test_a_fit_on_the_files_score_leaves_search_alone_and_reads_scores_of_a_csv(
    fresh: Workspace,
) -> None:
    done = fit(read(fresh, "yours", "reranker_logit"), "auto")
    calibrator = done.serving.calibrator
    assert calibrator is not None
    assert calibrator.scale == sc.BROUGHT_SCALES["reranker_logit"]
    assert done.is_on_sample
    assert done.serving.in_search is done.sample.calibrator
    assert "its texts are not used" in searched_words(done)
    assert "reranker logit (higher is better)" in where_words(done)
    applied = apply_to_file(done, b"query,text,score\na,b,2.5\na,c,-3\n", quiet)
    values = [float(row["probability"]) for row in csv.DictReader(io.StringIO(applied.content))]
    assert values[0] > 0.5 > values[1]


def test_a_fit_on_both_serves_a_csv_with_scores_and_says_that_search_has_none(
    fresh: Workspace,
) -> None:
    done = fit(read(fresh, "both", "reranker_logit"), "auto")
    serving = done.serving
    assert serving.calibrator is not None
    assert serving.calibrator.own_scale == sc.BROUGHT_SCALES["reranker_logit"]
    assert serving.in_search is None
    assert "Search shows no predictions" in where_words(done)
    assert not answer(done, "ferries 3", 5).calibrated_name
    assert done.view is not None
    assert not done.view.can_search
    applied = apply_to_file(done, log_of("ferries"), quiet)
    assert len(applied.content.splitlines()) == 121
    with pytest.raises(sc.LabelsError, match="no column 'score'"):
        apply_to_file(done, b"query,text\na,b\n", quiet)


def test_a_fit_on_the_pages_cosine_says_that_the_files_score_is_not_used(fresh: Workspace) -> None:
    done = read(fresh, "ours", "")
    assert "your file's score is not used" in searched_words(done)
    assert done.work.judged is not None
    assert done.work.judged.pairs.own_scale is None


@pytest.mark.parametrize("whose", ["yours", "ours", "both"])
def test_the_report_compares_the_three_choices_whichever_was_taken(
    fresh: Workspace, whose: sc.Whose
) -> None:
    done = fit(read(fresh, whose, "reranker_logit"), "auto")
    assert done.view is not None
    said = text_of(verdict_html(done.view))
    assert "on the same 120 labels of 12 queries" in said
    for each in ("your file's score", "the texts", "both"):
        assert each in said


def test_labels_without_scores_of_their_own_are_not_compared(fresh: Workspace) -> None:
    given = Given("csv", csv_of("ferries"))
    done = fit(fresh.with_labels(read_given(fresh, given, quiet)))
    assert done.view is not None
    assert done.view.comparison is None


def test_a_prediction_in_a_csv_passes_the_threshold_if_and_only_if_it_is_shown(
    fresh: Workspace,
) -> None:
    done = fit(read(fresh, "yours", "reranker_logit"), "platt")
    applied = apply_to_file(done, log_of("ferries"), quiet)
    threshold = done.serving.threshold
    assert threshold is not None
    assert threshold.value is not None
    for row in csv.DictReader(io.StringIO(applied.content)):
        if row["show"] == "yes":
            assert float(row["probability"]) >= threshold.value
