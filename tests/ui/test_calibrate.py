"""The Calibrate tab in HTML: what it says of every kind of fit, and that it never runs a text."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import search_core as sc
from search_core.evaluate.report import TOO_FEW, Kind, Verdict
from search_core.scale import BROUGHT_SCALES, COSINE
from search_ui.rendering import percent
from search_ui.sample import STORED_VIEW
from search_ui.tabs.calibrate import code as code_part
from search_ui.tabs.calibrate.check import findings_html
from search_ui.tabs.calibrate.code import TakeHome
from search_ui.tabs.calibrate.fit import (
    audit_html,
    base_rate_html,
    figures_html,
    reliability_html,
    suspects_csv,
    threshold_html,
    verdict_html,
    worth_html,
)
from search_ui.tabs.calibrate.tab import step_labels
from search_ui.tabs.calibrate.use import json_html, use_html
from search_ui.views.calibration import (
    Audit,
    CalibrationView,
    ConflictRow,
    JudgedRow,
    SuspectRow,
    read_view,
    view_calibration,
    write_view,
)
from tests.ui.pages import text_of

NASTY = "<script>alert('x')</script>"


def _labels(rows: int, queries: int, name: str = "q", highest: int = 1) -> sc.Labels:
    """Scores that are higher where the judgement is, with noise."""
    random = np.random.default_rng(3)
    judged = random.integers(0, highest + 1, rows)
    scores = judged / highest + random.normal(0, 0.4, rows)
    lines = [
        f"{name} {n % queries},{score:.4f},{grade}"
        for n, (score, grade) in enumerate(zip(scores, judged, strict=True))
    ]
    return sc.read_labels("\n".join(["query,score,relevance", *lines]).encode())


def _fit(labels: sc.Labels, method: str = "platt") -> sc.CalibrationResult:
    return sc.fit_calibrator(sc.score_pairs(labels, BROUGHT_SCALES["bm25"]), method)


def _view(labels: sc.Labels, method: str = "platt") -> CalibrationView:
    return view_calibration(_fit(labels, method), labels, None, of_sample=False)


@pytest.fixture(scope="module")
def binary() -> CalibrationView:
    """Yes-or-no labels, enough of them."""
    return _view(_labels(600, 60))


@pytest.fixture(scope="module")
def graded() -> CalibrationView:
    """Grades from 0 to 3."""
    return _view(_labels(600, 60, highest=3))


@pytest.fixture(scope="module")
def demo() -> CalibrationView:
    """Too few labels for anything but a demonstration."""
    return _view(_labels(40, 4))


def _told(view: CalibrationView, kind: Kind, sentence: str) -> CalibrationView:
    return replace(view, report=replace(view.report, verdict=Verdict(kind, sentence)))


@pytest.mark.parametrize(
    "kind", ["helps", "no gain", "not separable", "runs against relevance", "too few labels"]
)
def test_a_verdict_leads_with_its_gist(binary: CalibrationView, kind: Kind) -> None:
    shown = verdict_html(_told(binary, kind, "The gist: the <figures>."))
    assert "<b>The gist:</b> the &lt;figures&gt;." in shown
    assert _told(binary, kind, "").suffices_simple is (kind == "no gain")


def test_figures_lead_with_the_interval_where_labels_are_few(
    binary: CalibrationView, demo: CalibrationView
) -> None:
    few = replace(demo, report=replace(demo.report, intervals=binary.report.intervals))
    assert re.search(r"<b>0\.\d{3} to 0\.\d{3}</b><small>log-loss", figures_html(few))
    assert re.search(r"<b>0\.\d{3}</b><small>log-loss", figures_html(binary))


def test_a_figure_that_is_not_defined_is_a_dash(binary: CalibrationView) -> None:
    nothing: Mapping[str, tuple[float, float]] = MappingProxyType({})
    report = replace(binary.report, auc=None, ndcg_after=None, r2=None, intervals=nothing)
    shown = figures_html(replace(binary, report=report))
    assert shown.count("<b>–</b>") == 3
    assert not re.search(r"\b(nan|None)\b", shown)


@pytest.mark.parametrize(
    ("error", "shown"), [(0.0, "below 0.1%"), (0.0004, "below 0.1%"), (0.0005, "0.1%")]
)
def test_a_calibration_error_is_never_called_none_and_says_what_noise_alone_gives(
    binary: CalibrationView, error: float, shown: str
) -> None:
    report = replace(binary.report, ece=error, ece_null=0.111)
    said = text_of(figures_html(replace(binary, report=report)))
    words = "calibration error, sampling noise alone gives up to 11.1%"
    assert f"{shown}{words}" in said


def test_the_report_on_test_rows_of_the_visitors_own_is_told(binary: CalibrationView) -> None:
    assert "On your own" not in figures_html(binary)
    shown = figures_html(replace(binary, test_report=binary.report))
    assert "On your own 600 test rows of 60 queries" in shown


def test_a_cut_that_holds_is_named_with_its_promise(binary: CalibrationView) -> None:
    shown = threshold_html(binary, binary.threshold(0.7, "row"))
    assert re.search(
        r"Show hits from 0\.\d{3}: at least 70% of the hits shown are relevant \(90% conf", shown
    )
    assert "Recall is measured, not guaranteed" in shown
    assert "Grades" not in shown


@pytest.mark.parametrize("level", ["row", "query"])
def test_sentence_mark_and_curve_of_a_threshold_are_of_one_measure(
    graded: CalibrationView, level: sc.Level
) -> None:
    found = graded.threshold(0.6, level)
    assert found.value is not None
    assert found.recall is not None
    cuts, precision, recall = graded.threshold_curve(level)
    at = int(np.searchsorted(cuts, found.value))
    assert precision[at] == pytest.approx(found.precision)
    assert recall[at] == pytest.approx(found.recall)
    said = text_of(threshold_html(graded, found))
    assert f"precision {percent(found.precision)}, recall {percent(found.recall)}" in said
    chart = threshold_html(graded, found).partition("<figure")[2].partition("</figure>")[0]
    dots = [float(y) for y in re.findall(r"<circle[^>]* cy=\"([\d.]+)\"", chart)]
    assert dots == pytest.approx([264 - 250 * found.recall, 264 - 250 * found.precision], abs=0.1)


def test_a_cut_is_told_as_the_score_that_goes_into_a_program() -> None:
    calibrator, view = _fitted_on_cosines()
    cut = view.threshold(0.6, "row")
    said = text_of(threshold_html(view, cut, calibrator=calibrator))
    found = re.search(
        r"As a score: cosine ([\d.]+) and above, or squared L2 distance ([\d.]+) and below\.", said
    )
    assert found is not None
    cosine, distance = map(float, found.groups())
    assert cut.value is not None
    exact = calibrator.score_reaching(cut.value)
    assert exact is not None
    cosines = np.array(view.scores)
    assert (cosines >= cosine).tolist() == (cosines >= exact).tolist()
    assert (2 - 2 * cosines <= distance).tolist() == (cosines >= exact).tolist()
    assert "As a score" not in text_of(threshold_html(view, cut))
    carried = replace(calibrator, thresholds=(cut,))
    assert f"(cosine {found[1]} and above, or squared L2" in text_of(
        use_html(carried, "", scores=view.scores)
    )


def _fitted_on_cosines() -> tuple[sc.Calibrator, CalibrationView]:
    rng = np.random.default_rng(3)
    cosines = rng.random(600)
    y = (rng.random(600) < cosines).astype(int)
    rows = [f"q{n // 10},{cosines[n]:.17g},{y[n]}" for n in range(600)]
    labels = sc.read_labels("\n".join(["query,score,relevance", *rows]).encode())
    result = sc.fit_calibrator(sc.score_pairs(labels, COSINE))
    return result.calibrator, view_calibration(result, labels, None, of_sample=False)


def test_no_threshold_is_an_answer_and_says_what_would_help(binary: CalibrationView) -> None:
    shown = threshold_html(binary, binary.threshold(0.99, "query"))
    assert "No threshold guarantees 99% with these labels" in shown
    assert re.search(r"The best guarantee with 60 queries is \d+%", shown)
    assert re.search(
        r"label about [\d,]+ more queries|More labels alone won&#39;t reach 99%|won't reach 99%",
        shown,
    )


def test_a_threshold_says_how_often_it_is_found_again_and_what_it_lets_through(
    binary: CalibrationView,
) -> None:
    steady = replace(
        binary.threshold(0.7, "row"),
        found_again=0.97,
        share=0.15,
        share_lower=0.12,
        share_upper=0.18,
    )
    said = text_of(threshold_html(binary, steady))
    assert (
        "With your queries redrawn 100 times, a threshold was found 97 times and showed 12% to "
        "18% of the rows."
    ) in said
    assert "Not stable" not in said
    best_hits = replace(steady, level="query", share_lower=0.15, share_upper=0.15)
    assert "and showed 15% of the best hits." in text_of(threshold_html(binary, best_hits))


def test_a_threshold_that_is_not_steady_is_not_to_be_acted_on(binary: CalibrationView) -> None:
    rare = replace(binary.threshold(0.7, "row"), found_again=0.6)
    caution = "Not stable: with your queries redrawn 100 times, a threshold was found 60 times and "
    shown = threshold_html(binary, rare)
    assert '<p class="notice">Not stable: with your queries' in shown
    assert "Label more queries before you rely on it." in shown
    assert caution in text_of(shown)
    calibrator, _ = _fitted_on_cosines()
    assert caution in text_of(use_html(replace(calibrator, thresholds=(rare,)), ""))
    steady = replace(calibrator, thresholds=(replace(rare, found_again=None),))
    assert "redrawn" not in text_of(use_html(steady, ""))


def test_that_there_is_no_threshold_may_be_no_steady_answer_either(
    binary: CalibrationView,
) -> None:
    none = binary.threshold(0.99, "row")
    assert none.value is None
    border = text_of(threshold_html(binary, replace(none, found_again=0.4)))
    assert "Not settled: with your queries redrawn 100 times, a threshold was found 40" in border
    clear = text_of(threshold_html(binary, replace(none, found_again=0.02)))
    assert "a threshold was found 2 times." in clear
    assert "Not settled" not in clear


def test_a_threshold_of_an_older_file_says_nothing_of_draws(binary: CalibrationView) -> None:
    unmeasured = replace(
        binary.threshold(0.7, "row"), found_again=None, share_lower=None, share_upper=None
    )
    assert "redrawn" not in text_of(threshold_html(binary, unmeasured))


def _shown(view: CalibrationView, target: float) -> str:
    return threshold_html(view, view.threshold(target, "row"))


def test_a_higher_target_never_lowers_the_cut(binary: CalibrationView) -> None:
    found = [
        float(match.group(1))
        for target in (0.6, 0.7, 0.8)
        if (
            match := re.search(
                r"Show hits from (0\.\d{3})",
                threshold_html(binary, binary.threshold(target, "row")),
            )
        )
    ]
    assert len(found) >= 2
    assert found == sorted(found)


def test_grades_are_spoken_of_as_expected_relevance(graded: CalibrationView) -> None:
    assert "the average label is" in reliability_html(graded)
    assert "Grades of at least half the scale count as relevant" in threshold_html(
        graded, graded.threshold(0.7, "row")
    )
    assert not graded.can_restate


def test_a_demonstration_has_no_threshold_and_no_other_share(demo: CalibrationView) -> None:
    assert demo.report.verdict == TOO_FEW
    assert demo.report.is_demo
    assert "No threshold" in threshold_html(demo, demo.threshold(0.8, "query"))
    assert "<svg" not in threshold_html(demo, demo.threshold(0.8, "query"))
    assert not demo.can_restate


def test_thresholds_are_withdrawn_while_the_share_is_moved(binary: CalibrationView) -> None:
    assert "No threshold while the share is changed" in threshold_html(
        binary, binary.threshold(0.7, "row"), moved=True
    )


def test_the_table_of_restated_values_agrees_with_the_calibrator() -> None:
    labels = _labels(600, 60)
    result = _fit(labels)
    view = view_calibration(result, labels, None, of_sample=False)
    shown = base_rate_html(view, 0.01)
    moved = result.calibrator.at_base_rate(0.01).predict(result.pairs)
    stated = result.calibrator.predict(result.pairs)
    half = float(moved[np.argmin(np.abs(stated - 0.5))])
    cells = re.findall(r"<b>(\S+?)%</b></td>", shown.split("in use</th>")[1])
    assert float(cells[2].removeprefix("&lt;").removeprefix("<")) == pytest.approx(
        100 * half, abs=1
    )


def test_scores_alone_have_no_features_to_weigh(binary: CalibrationView) -> None:
    assert worth_html(binary) == ""


def test_the_path_says_what_was_done_and_what_is_open(binary: CalibrationView) -> None:
    labels = _labels(600, 60)
    done = step_labels(labels, binary)
    assert done[0] == "1 Labels ✓\n600 labels, 60 queries, read as yes or no"
    assert done[2].startswith("3 Fit ✓\nplatt")
    assert step_labels(labels, None)[2].startswith("3 Fit\n")


def test_texts_of_a_file_are_escaped_wherever_they_are_shown(binary: CalibrationView) -> None:
    row = JudgedRow(7, NASTY, NASTY, 1.0)
    audit = Audit(
        (SuspectRow(row, 0.01, (("the score", -2.0),)),),
        (ConflictRow((row, row), 1.0),),
        (ConflictRow((row, row), 0.99),),
    )
    shown = audit_html(replace(binary, audit=audit))
    assert NASTY not in shown
    assert "&lt;script&gt;" in shown
    assert "row 7" in shown
    assert NASTY not in figures_html(replace(binary, because=NASTY))
    text = f"query,text,relevance\n{NASTY},a,1\n{NASTY},a,0\nb,c,1".encode()
    assert NASTY not in findings_html(sc.read_labels(text))
    assert NASTY not in use_html(_fit(_labels(60, 6)).calibrator, NASTY)


def test_suspects_come_as_a_csv_that_runs_nothing(binary: CalibrationView) -> None:
    row = JudgedRow(3, "=1+1", "@cmd", 0.0)
    content = suspects_csv(Audit((SuspectRow(row, 0.9, (("the score", 1.5),)),)))
    (found,) = list(csv.DictReader(content.splitlines()))
    assert found["query"] == "'=1+1"
    assert found["text"] == "'@cmd"
    assert (found["row"], found["label"], found["predicted"]) == ("3", "0", "0.9000")


def test_the_worst_label_leads_the_audit() -> None:
    labels = _labels(600, 60)
    flipped = labels.relevance.copy()
    place = int(np.argmax(labels.scores if labels.scores is not None else []))
    flipped[place] = 0.0
    view = _view(replace(labels, relevance=flipped))
    assert view.audit.suspects[0].label.row == labels.rows[place]
    assert view.audit.suspects[0].stated > 0.9


def test_the_snippet_states_what_the_calibrator_states() -> None:
    result = _fit(_labels(200, 20))
    space: dict[str, object] = {}
    exec(sc.take_home_snippet(result.calibrator), space)  # noqa: S102 - our own code, which is the point
    stated = space["calibrated"](result.pairs.features[:, 0])  # type: ignore[operator]
    assert stated == pytest.approx(result.calibrator.predict(result.pairs), abs=1e-12)


def test_code_comes_in_every_language_that_can_say_it_with_the_threshold_that_decides(
    binary: CalibrationView,
) -> None:
    taken = TakeHome.of_view(binary, binary.opening_threshold)
    codes = dict(taken.others)
    labels = [language.label for language in sc.CODE_LANGUAGES.values()]
    assert [label for label in labels if label in codes or label == "Lucene"] == labels
    for label, code in codes.items():
        language = next(each for each in sc.CODE_LANGUAGES.values() if each.label == label)
        assert code.splitlines()[-1] == language.write(taken.calibrator, None).splitlines()[-1]
        assert f"{binary.opening_threshold.value!r}" in code
    shown = code_part.others_html(taken)
    assert all(label in shown for label in codes)


def test_where_the_code_decides_by_another_threshold_than_the_one_shown_it_is_said_beside_it() -> (
    None
):
    view = read_view(STORED_VIEW)
    shown = view.opening_threshold
    taken = TakeHome.of_view(view, shown)
    in_code = taken.calibrator.deciding_threshold(shown.level)
    assert in_code is not None
    assert shown.value is not None
    assert in_code.value != shown.value
    assert f"threshold = {in_code.value!r}" in taken.text
    said = f"for 60%: {in_code.value:.3f} in this code, {shown.value:.3f} for the blend."
    assert said in code_part.words_html(taken)


def test_a_threshold_that_the_blend_or_the_code_has_alone_is_said_to_be_its_own() -> None:
    view = read_view(STORED_VIEW)
    beyond = replace(view.threshold(0.5, "query"), target=0.95, value=0.4)
    words = TakeHome.of_view(view, beyond).own_threshold
    assert words.startswith("No threshold on its predictions guarantees 95%")
    of_code_alone = replace(view.opening_threshold, value=None)
    words = TakeHome.of_view(view, of_code_alone).own_threshold
    assert words.endswith("those of the blend have none that guarantees 60%.")


def test_nothing_is_said_of_thresholds_that_are_one_and_the_same_or_not_there(
    binary: CalibrationView,
) -> None:
    view = read_view(STORED_VIEW)
    for said in (
        TakeHome.of_view(binary, binary.opening_threshold),
        TakeHome.of_view(view, view.threshold(0.99, "query")),
    ):
        assert not said.own_threshold


def test_a_blend_of_texts_has_no_code_in_another_language(
    sample_result: sc.CalibrationResult,
) -> None:
    taken = TakeHome(sample_result.calibrator, None)
    assert taken.others == []
    assert not code_part.others_html(taken).strip()


def test_a_view_is_the_same_after_it_was_stored(binary: CalibrationView, tmp_path: Path) -> None:
    path = tmp_path / "view.json"
    write_view(binary, path)
    again = read_view(path)
    assert again.report == replace(binary.report, intervals=dict(binary.report.intervals))
    assert again.audit == binary.audit
    assert again.queries == binary.queries
    assert again.stated == pytest.approx(binary.stated, abs=1e-4)


@pytest.mark.model
@pytest.mark.slow
def test_the_stored_view_is_what_the_sample_gives_today(
    sample_result: sc.CalibrationResult, sample_labels: sc.Labels, sample_engine: sc.SearchEngine
) -> None:
    stored = read_view(STORED_VIEW)
    fresh = view_calibration(sample_result, sample_labels, sample_engine, of_sample=True)
    assert stored.report.verdict == fresh.report.verdict
    assert stored.report.log_loss == pytest.approx(fresh.report.log_loss, abs=1e-4)
    assert stored.stated == pytest.approx(fresh.stated, abs=1e-3)
    assert stored.queries == fresh.queries
    assert [each.label.row for each in stored.audit.suspects] == [
        each.label.row for each in fresh.audit.suspects
    ]
    assert stored.because == fresh.because


def test_beside_the_threshold_it_says_what_else_is_guaranteed_of_the_fit() -> None:
    view = read_view(STORED_VIEW)
    shown = str(threshold_html(view, view.opening_threshold))
    recall, check = view.recall_threshold(), view.groups(view.opening_threshold)
    assert recall is not None
    assert recall.value is not None
    assert f"show from <b>{recall.value:.3f}</b>" in shown
    assert check is not None
    assert check.worst is not None
    assert f"Lowest for {check.worst.group}" in shown
    assert "A prediction of" in shown
    assert "normalized AUC" in shown


def test_with_few_questions_it_says_how_many_a_guarantee_of_recall_needs() -> None:
    view = read_view(STORED_VIEW)
    none = replace(view, relevance=(0.0,) * len(view.relevance))
    shown = str(threshold_html(none, view.opening_threshold))
    assert "For a guarantee, label 1 question with something relevant; you have 0." in shown


def test_a_guaranteed_threshold_comes_with_the_lines_that_watch_it() -> None:
    scores = np.tile([0.2, 0.9], 60)
    pairs = sc.pairs_from_arrays(
        scores, (scores > 0.5).astype(float), np.repeat(np.arange(60), 2), scale="cosine"
    )
    fitted = sc.fit_calibrator(pairs, "platt").calibrator
    assert fitted.deciding_threshold() is not None
    assert "Watch its threshold in production" in json_html(fitted)
    bare = replace(fitted, thresholds=())
    assert "Watch its threshold in production" not in json_html(bare)
