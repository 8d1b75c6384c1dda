"""Numbers and words as the page writes them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.evaluate.report import Evidence, Kind, judge
from search_ui.rendering import (
    count,
    error,
    error_notice,
    listed,
    milliseconds,
    notice,
    number,
    one_in,
    percent,
    render,
    shortened,
    signed,
    thousands,
)
from search_ui.sample import STORED_VIEW, read_sample_labels
from search_ui.tabs.calibrate import check, code, fit, labels as label_step, use
from search_ui.tabs.calibrate.code import TakeHome
from search_ui.views.calibration import Audit, CalibrationView, read_view
from search_ui.visit.calibrating import Applied
from search_ui.visit.hit_labels import enough_words
from tests.browser.serving import ROOT
from tests.properties import tried
from tests.riddles import prose, riddles, spoken_by
from tests.ui.pages import CANARY, read, text_of

WORDS_OF_OTHERS = ("meanings.py", "roles.py")  # what people write into their files
SPEAKS = sorted(
    path
    for folder in ("search_core", "search_ui")
    for path in (ROOT / folder).rglob("*.*")
    if path.suffix in (".py", ".html") and path.name not in WORDS_OF_OTHERS
)
READ = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "examples" / "README.md"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.734, "0.73"), (-0.5, "−0.50"), (-0.001, "0.00"), (None, "–"), (math.nan, "–")],
)
def test_a_number_has_two_digits_and_a_true_minus(value: float | None, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [
        (0.5, 0, "50%"),
        (0.0, 0, "0%"),
        (1.0, 1, "100.0%"),
        (0.9996, 0, "99.9%"),
        (0.99996, 1, "99.9%"),
        (0.001, 0, "<1%"),
        (0.0001, 1, "<0.1%"),
        (None, 0, "–"),
    ],
)
def test_a_percentage_never_rounds_to_all_or_nothing(
    share: float | None, digits: int, said: str
) -> None:
    assert percent(share, digits) == said


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.9, "0.90"),
        (0.01, "1 in 100"),
        (1 / 20_846_162, "1 in 21 million"),
        (1e-9, "1 in 1 billion"),
        (1 / 1234, "1 in 1,200"),
    ],
)
def test_a_chance_has_two_digits(chance: float, said: str) -> None:
    assert one_in(chance) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0.04, "0.04 ms"), (0.96, "1 ms"), (3.2, "3 ms"), (127.0, "127 ms"), (1234.0, "1.2 s")],
)
def test_a_time_is_written_with_few_digits(amount: float, said: str) -> None:
    assert milliseconds(amount) == said


def test_a_calibration_error_is_never_written_as_none() -> None:
    assert (error(0.0), error(0.0004), error(0.012)) == ("below 0.1%", "below 0.1%", "1.2%")


def test_a_change_has_its_sign() -> None:
    assert (signed(0.7), signed(-0.7), signed(0.001)) == ("+0.70", "−0.70", "0.00")


def test_amounts_and_lists_read_as_sentences_do() -> None:
    assert count(1, "query", "queries") == "1 query"
    assert count(1200, "query", "queries") == "1,200 queries"
    assert thousands(1234.6) == "1,235"
    assert listed(["2", "3", "5"]) == "2, 3 and 5"
    assert listed(["2", "3"], last="or") == "2 or 3"
    assert listed(["2"]) == "2"


@given(st.text(max_size=200), st.integers(1, 60))
@tried(50)
def test_a_shortened_text_is_short_and_says_that_it_is_cut(text: str, most: int) -> None:
    shown = shortened(text, most)
    assert len(shown) <= most + 2
    assert shown == text or shown.endswith(" …")


def test_a_notice_is_text_and_an_error_is_announced() -> None:
    reader = read(notice(CANARY, "error"))
    assert reader.tags == ["div"]
    assert 'role="alert"' in notice("x", "error")
    assert "role" not in notice("x", "done")
    assert CANARY in text_of(notice(CANARY))


def test_an_error_names_its_row_once() -> None:
    fault = sc.LabelsError("The relevance is missing.", row=7)
    assert text_of(error_notice(fault)) == "Row 7: The relevance is missing."
    named = sc.LabelsError("Row 7, column 'relevance' is empty.", row=7)
    assert text_of(error_notice(named)) == "Row 7, column 'relevance' is empty."


def test_nothing_that_the_page_says_is_a_riddle() -> None:
    found = {path.name: riddles(" · ".join(spoken_by(path))) for path in SPEAKS}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_no_document_speaks_in_riddles(path: Path) -> None:
    assert riddles(prose(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "not one of the 432 documents would reach it by chance",
        "Three hits stand beyond the others",
        "bytes a vector",
        "shown from 0.50 on",
        "119 judgements of 12 queries",
        "the expected relevance of this hit",
        "where judgement and calibrator differ",
    ],
)
def test_a_riddle_is_found(text: str) -> None:
    assert riddles(text)


@pytest.mark.parametrize(
    "text", ["`judgements.csv` has the labels", "A hit stands out", "```\nexpected relevance\n```"]
)
def test_plain_words_and_code_are_no_riddles(text: str) -> None:
    assert riddles(prose(text)) == []


NONE = Audit(())  # texts of the sample may hold any word
RIDDLES = (
    "judg", "stated", " states", "promise", "by chance", "chance alone", "chance taken off",
    "stands", "means it", "meant it", "One other model", "by one other model", "the rarer side",
    "re-stated", "expected relevance", "calibrated value", "withdrawn", "let through", "steady",
    "the same with", "overlap of", "cells apart", "a few hundred of them", "!",
)  # fmt: skip
"""What Calibrate said once, and a reader had to read twice."""


def _calibrate_says(view: CalibrationView) -> str:
    """Return all that the steps of Calibrate say of a fit, as text."""
    calibrator = sc.load_calibrator(view.curve)
    levels: tuple[sc.Level, ...] = ("query", "row")
    thresholds = [view.threshold(target, level) for level in levels for target in (0.6, 0.99)]
    labels = read_sample_labels()
    parts = [
        fit.verdict_html(view), fit.verdict_html(view, is_example=True), fit.figures_html(view),
        fit.reliability_html(view), fit.worth_html(view), fit.audit_html(replace(view, audit=NONE)),
        fit.base_rate_html(view, 0.5), fit.NOT_FITTED, fit.share_of_hits_words(0.5),
        *(fit.threshold_html(view, each) for each in thresholds),
        fit.threshold_html(view, thresholds[0], moved=True),
        *(TakeHome.of_view(view, each).text for each in thresholds),
        code.words_html(TakeHome.of_view(view, thresholds[0])),
        use.use_html(calibrator, use.IN_SEARCH), use.json_html(calibrator), use.zip_html(b"zip"),
        use.WAITING, use.NONE_YET, use.NOT_FITTED,
        use.applied_html(Applied("", "probability", thresholds[0], "", False)),
        use.applied_html(Applied("", "probability", None, "It changed.", True)),
        check.findings_html(labels), check.check_words(labels),
        label_step.labels_words(labels), label_step.example_html("csv"),
        render("calibrate_bring.html", enough=enough_words()), render("calibrate_privacy.html"),
    ]  # fmt: skip
    return " ".join(re.sub(r"<!?[-\w/][^>]*>", " ", str(part)) for part in parts)


@pytest.mark.parametrize("kind", ["helps", "no gain"])
def test_calibrate_speaks_of_labels_and_predictions_and_sets_no_riddles(kind: Kind) -> None:
    view = read_view(STORED_VIEW)
    verdict = replace(view.report.verdict, kind=kind)
    said = _calibrate_says(replace(view, report=replace(view.report, verdict=verdict)))
    assert [riddle for riddle in RIDDLES if riddle in said] == []
    for term in ("labels", "precision", "recall", "threshold", "predicted"):
        assert term in said


def test_verdicts_set_no_riddles_either() -> None:
    intervals = {
        "saved_over_constant": (0.2, 0.5), "saved_over_platt": (0.05, 0.25), "auc": (0.8, 0.9),
        "auc_within": (0.75, 0.9), "auc_score": (0.7, 0.8), "auc_within_score": (0.7, 0.8),
    }  # fmt: skip
    cases: list[dict[str, tuple[float, float]]] = [
        {}, {"saved_over_platt": (-0.1, 0.1)}, {"saved_over_constant": (-0.1, 0.1)},
        {"saved_over_constant": (-0.1, 0.1), "auc": (0.4, 0.6)}, {"auc_within": (0.4, 0.6)},
        {"saved_over_constant": (-0.1, 0.1), "auc": (0.4, 0.6), "auc_score": (0.4, 0.6)},
        {"auc_within": (0.4, 0.6), "auc": (0.4, 0.6), "auc_score": (0.4, 0.6)},
        {"auc_score": (0.1, 0.2), "auc_within_score": (0.1, 0.2)},
    ]  # fmt: skip
    aucs = {"auc": 0.85, "auc_score": 0.75}
    said = {
        judge(Evidence(0.3, 0.36, 0.6, {**intervals, **case}, 40, False, aucs)).sentence
        for case in cases
    }
    assert len(said) == len(cases) - 1  # an AUC of the score tells as much as one of the values
    assert [(each, sentence) for sentence in said for each in RIDDLES if each in sentence] == []
