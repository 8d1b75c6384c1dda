"""The Calibrate tab, as visitors walk it: the sample, own files, bad files, and home again."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, WORK_MS, Variant

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CANARY = '<img src=x onerror="window.hacked=1">${window.hacked=2}'
PROBABILITY = re.compile(r"\d%\s*predicted relevance")  # in percent where labels are yes or no
SOURCES = {"csv": "A file with texts", "scores": "Scores alone"}
ANSWER_BYTES = """performance.getEntriesByType("resource")
  .filter((each) => each.name.includes("/gradio_api/")).map((each) => each.decodedBodySize)"""
TWO_FRAMES = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"

Rows = Sequence[Sequence[object]]


def _table(path: Path, header: Sequence[str], rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def _judged(queries: int) -> list[tuple[str, str, int]]:
    """Return query, text and grade of the sample's first queries."""
    with (EXAMPLES / "documents.csv").open(encoding="utf-8", newline="") as file:
        text = {row["id"]: row["text"] for row in csv.DictReader(file)}
    with (EXAMPLES / "judgements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = list(dict.fromkeys(row["query"] for row in rows))[:queries]
    return [
        (row["query"], text[row["doc_id"]], int(row["relevance"]))
        for row in rows
        if row["query"] in kept
    ]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Yes-or-no labels with texts of 30 queries; a column of the visitor's own."""
    rows = [(q, t, int(grade >= 2), "mine") for q, t, grade in _judged(30)]
    header = ("query", "text", "relevance", "note")
    return _table(tmp_path_factory.mktemp("good") / "good.csv", header, rows)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grades from 0 to 3, with texts."""
    path = tmp_path_factory.mktemp("graded") / "graded.csv"
    return _table(path, ("query", "text", "relevance"), _judged(25))


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BM25-like scores without texts, higher where a text is relevant."""
    rows = [
        (query, 5 + 4 * (grade >= 2) + n % 7, int(grade >= 2))
        for n, (query, _, grade) in enumerate(_judged(30))
    ]
    path = tmp_path_factory.mktemp("scores") / "scores.csv"
    return _table(path, ("query", "score", "relevance"), rows)


def _open(page: Page, step: str) -> None:
    """Open the tab, and one of its four steps."""
    page.get_by_role("tab", name="Calibrate").click()
    page.locator(f"[data-tab-id={step}]").click()
    expect(page.locator(f"#step-{step}")).to_be_visible()
    # The framework draws a step when it is first opened, and sets it once more a frame later.
    page.evaluate(TWO_FRAMES)


def _choose_file(page: Page, kind: str, path: Path) -> None:
    _open(page, "labels")
    page.get_by_label(SOURCES[kind], exact=True).check()
    _upload(page, path)


def _upload(page: Page, path: Path) -> None:
    page.locator("#label-file input[type=file]").set_input_files(path)
    expect(page.locator("#label-file a[download]")).to_have_attribute("download", path.name)


def _read(page: Page) -> None:
    page.locator("#read-labels").click()
    expect(page.locator("#fit")).to_be_visible(timeout=WORK_MS)


def _fit(page: Page) -> None:
    page.locator("#fit").click()
    expect(page.locator("#verdict")).to_be_visible(timeout=WORK_MS)


def _use_two_texts(page: Page) -> None:
    """Search two texts of one's own; the tab then opens at its first step, to ask for labels."""
    page.get_by_role("tab", name="Search").click()
    page.locator("#own .unfold").click()
    page.locator("#pasted textarea").fill("The ferry leaves at noon.\nBread rises overnight.")
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state")).to_have_text(
        re.compile(r"^\s*2 documents embedded and in use")
    )
    page.get_by_role("tab", name="Calibrate").click()
    expect(page.locator("[data-tab-id=labels]")).to_have_attribute("aria-selected", "true")


def _stone(page: Page, step: str) -> str:
    return page.locator(f"[data-tab-id={step}]").inner_text()


def _saved(page: Page, link: str) -> str:
    """Click a download link and return what was saved."""
    with page.expect_download() as started:
        page.get_by_role("link", name=link).click()
    download: Download = started.value
    return Path(download.path()).read_text(encoding="utf-8")


def test_the_tab_opens_on_what_the_sample_taught_before_the_model_is_there(visit: Open) -> None:
    page = visit(ready=False)
    page.get_by_role("tab", name="Calibrate").click()
    expect(page.locator("#verdict .find")).to_contain_text("more accurate (log-loss")
    expect(page.locator("#verdict .whose")).to_contain_text("The sample's labels")
    expect(page.locator("#reliability figure svg").first).to_be_attached()
    expect(page.locator("#code")).to_contain_text("if p >= threshold:")
    expect(page.locator("#audit table.suspects tbody tr").first).to_be_hidden()
    page.locator("#audit summary").first.click()
    expect(page.locator("#audit table.suspects tbody tr").first).to_be_visible()
    assert [_stone(page, step).split("\n")[0] for step in ("labels", "check", "fit", "use")] == [
        "1 Labels ✓", "2 Check ✓", "3 Fit ✓", "4 Use",
    ]  # fmt: skip


def test_the_sample_is_read_checked_fitted_and_its_threshold_moves(page: Page) -> None:
    _open(page, "labels")
    _read(page)
    expect(page.locator("#findings")).to_contain_text("2,274 labels on 149 queries")
    assert _stone(page, "labels").endswith("2,274 labels, 149 queries, read as 0–3")
    _fit(page)
    expect(page.locator("#verdict .find")).to_contain_text("more accurate (log-loss")
    expect(page.locator("#threshold figcaption")).to_contain_text(
        "at least 60% of the best hits shown"
    )
    _set_target(page, 50)
    expect(page.locator("#threshold figcaption")).to_contain_text(
        "at least 50% of the best hits shown"
    )
    page.get_by_label("every hit").check()
    expect(page.locator("#threshold figcaption")).to_contain_text("at least 50% of the hits shown")
    _set_target(page, 99)
    expect(page.locator("#threshold figcaption")).to_contain_text("No threshold guarantees 99%")
    expect(page.locator("#code")).to_contain_text("No threshold is guaranteed")
    expect(page.locator("#another-share")).to_be_hidden()


def test_the_threshold_follows_its_slider_however_it_is_moved(page: Page) -> None:
    _open(page, "fit")
    said, number = page.locator("#threshold figcaption"), page.locator("#target input[type=number]")
    slider = page.locator("#target input[type=range]")
    expect(said).to_contain_text("at least 60% of the best hits")
    for _ in range(5):
        slider.press("ArrowLeft")
    expect(said).to_contain_text("at least 55% of the best hits")
    number.fill("58")
    number.press("Tab")
    expect(said).to_contain_text("at least 58% of the best hits")
    for given, kept in (("200", "99"), ("7", "50"), ("", "50")):
        number.fill("58")
        expect(said).to_contain_text("58%")
        number.fill(given)
        number.press("Tab")
        expect(number).to_have_value(kept)
        expect(said).to_contain_text(f"{kept}%")
    expect(page.locator(".toast-wrap")).not_to_contain_text("Error")


def _set_target(page: Page, percent: int) -> None:
    field = page.locator("#target input[type=number]")
    field.fill(str(percent))
    field.press("Enter")
    field.blur()


def test_yes_or_no_labels_are_fitted_used_in_search_and_restated(page: Page, good: Path) -> None:
    _choose_file(page, "csv", good)
    expect(page.locator("#step-labels .privacy")).to_contain_text(
        "processed on this server only, seen by no other visitor"
    )
    _read(page)
    expect(page.locator("#findings")).to_contain_text("Relevance is yes or no")
    assert "30 queries, read as yes or no" in _stone(page, "labels")
    assert "✓" not in _stone(page, "fit")
    page.locator("[data-tab-id=fit]").click()
    expect(page.locator("#verdict")).to_contain_text("These labels have no fit yet")
    expect(page.locator("#fitted")).to_be_hidden()
    page.locator("[data-tab-id=check]").click()
    _fit(page)
    expect(page.locator("#verdict .whose")).to_have_text("Your labels, blend")
    expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(0)  # one without words
    expect(page.locator("#reliability summary").first).to_contain_text("When it predicts")
    page.get_by_role("button", name="If another share is relevant in use").click()
    share = page.locator("#share input[type=number]")
    page.locator("#estimate").click()
    expect(page.locator("#estimate-state")).to_contain_text("first 10 hits of each of your queries")
    expect(page.locator("#base-rate")).to_contain_text("Predictions are as fitted")
    share.fill("1")
    share.blur()
    expect(page.locator("#base-rate")).to_contain_text("adjusted to 1.0%")
    expect(page.locator("#threshold")).to_contain_text("No threshold while the share is changed")
    page.locator("#to-use").click()
    expect(page.locator("#use-state")).to_contain_text("of your label file")
    expect(page.locator("#use-state")).to_contain_text("adjusted to 1.0% relevant")
    page.get_by_role("tab", name="Search").click()
    page.locator("#ask").click()
    expect(page.locator("ol.hits .value.calibrated").first).to_have_text(PROBABILITY)


def test_graded_labels_become_an_expected_relevance(page: Page, graded: Path) -> None:
    _choose_file(page, "csv", graded)
    _read(page)
    expect(page.locator("#findings")).to_contain_text("Relevance is 0–3, read as 0–1")
    _fit(page)
    expect(page.locator("#reliability summary").first).to_contain_text("the average label is")
    expect(page.locator("#threshold")).to_contain_text(
        "Grades of at least half the scale count as relevant"
    )
    page.locator("#to-use").click()
    expect(page.locator("#use-code")).to_contain_text("the average label to expect")


def test_scores_alone_get_a_curve_that_a_csv_can_use_and_search_cannot(
    page: Page, scores: Path
) -> None:
    _choose_file(page, "scores", scores)
    expect(page.locator("#score-column")).to_contain_text("Your file has a column score")
    expect(page.locator("#whose-scores")).to_be_hidden()
    page.locator("#scores-are input").click()
    page.get_by_role("option", name="BM25 (higher is better)", exact=True).click()
    _read(page)
    _fit(page)
    expect(page.locator("#verdict .whose")).to_have_text("Your labels, platt")
    expect(page.locator("#worth details")).to_have_count(0)
    page.locator("#to-use").click()
    expect(page.locator("#use-state")).to_contain_text("Search is unaffected")
    expect(page.locator("#use-code")).to_contain_text("def calibrated(score)")
    page.locator("#apply-file input[type=file]").set_input_files(scores)
    expect(page.locator("#applied")).to_contain_text("is the predicted relevance", timeout=WORK_MS)
    table = list(csv.DictReader(_saved(page, "Download calibrated.csv").splitlines()))
    values = {float(row["score"]): float(row["probability"]) for row in table}
    ordered = [values[score] for score in sorted(values)]
    assert ordered == sorted(ordered)
    assert len(set(ordered)) > 5


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Queries, chunks, a score that is best when lowest, and labels: what a search writes down."""
    rows = [
        (query, text, round(40 - 12 * (grade >= 2) + n % 9, 2), int(grade >= 2))
        for n, (query, text, grade) in enumerate(_judged(20))
    ]
    path = tmp_path_factory.mktemp("log") / "log.csv"
    return _table(path, ("query", "chunk", "distance", "label"), rows)


def test_a_log_with_texts_and_scores_is_fitted_on_its_scores_and_compared_with_its_texts(
    page: Page, log: Path
) -> None:
    _choose_file(page, "csv", log)
    asked = page.locator("#score-column")
    expect(asked).to_contain_text("Your file has a column distance")
    expect(asked).to_contain_text("Lower ones were labelled relevant more often.")
    expect(page.locator("#scores-are input")).to_have_value(
        "distance, any length (lower is better)"
    )
    _read(page)
    expect(page.locator("#findings")).to_contain_text("its texts are not used")
    _fit(page)
    table = page.locator("#verdict table.choices")
    expect(table).to_contain_text("on the same")
    expect(table.locator("tbody tr")).to_have_count(3)
    expect(page.locator("#threshold .own-scores")).to_contain_text("and below")
    page.locator("#to-use").click()
    expect(page.locator("#use-code")).to_contain_text("distance, any length, lower is better")


BAD = {
    "empty": (b"", "csv", "The file is empty"),
    "nothing to read": (b"query,text\na,b\n", "csv", "There is no column 'relevance'"),
    "comma or thousands": (
        b'query;text;relevance\na;b;1,204\na;c;2,310\n', "csv", "'1,204' can be 1.204 or 1204",
    ),
    "words of one's own": (
        b"query,text,relevance\na,b,great\na,c,meh\n", "csv", "great = ? (1 row), meh = ? (1 row)",
    ),
    "broken zip": (b"PK\x03\x04rest", "csv", "The zip cannot be opened"),
    "unclosed quote": (b'query,text,relevance\na,"b,1\n', "csv", "Row 2 opens a double quote"),
    "workbook": (b"PK\x03\x04xl/workbook", "csv", "The file is an Excel workbook"),
    "out of its scale": (
        b"query,score,relevance\na,0.5,1\nb,1.5,0\n", "scores",
        "Choose what these scores are",
    ),
}  # fmt: skip


def test_the_button_that_reads_labels_is_in_view_however_long_the_form_is(
    visit: Open, good: Path
) -> None:
    page = visit("/", Variant("laptop", 1280, 800, "light"))
    _open(page, "labels")
    for name in SOURCES.values():
        page.get_by_label(name, exact=True).check()
        expect(page.locator("#label-file")).to_be_visible()
        expect(page.locator("#read-labels")).to_be_in_viewport(ratio=1)
    page.get_by_label(SOURCES["csv"], exact=True).check()
    _upload(page, good)
    expect(page.locator("#label-outline")).to_contain_text("What your file says")
    expect(page.locator("#read-labels")).to_be_in_viewport(ratio=1)


def test_each_bad_file_gets_its_sentence_and_nothing_is_lost(page: Page, tmp_path: Path) -> None:
    _open(page, "labels")
    before = _stone(page, "labels")
    for name, (content, kind, sentence) in BAD.items():
        path = tmp_path / f"{name.replace(' ', '-')}.csv"
        path.write_bytes(content)
        page.get_by_label(SOURCES[kind], exact=True).check()
        _upload(page, path)
        page.locator("#read-labels").click()
        notice = page.locator("#label-state [role=alert]")
        expect(notice).to_contain_text(sentence)
        assert "Traceback" not in notice.inner_text()
        expect(page.locator("#read-labels")).to_be_enabled()
        assert _stone(page, "labels") == before
        page.locator("#label-file").get_by_label("Clear").click()
    _open(page, "fit")
    expect(page.locator("#verdict .whose")).to_contain_text("The sample's labels")


def test_a_file_is_replaced_at_once_and_read_again_in_another_way(
    page: Page, good: Path, graded: Path
) -> None:
    _choose_file(page, "csv", graded)
    page.locator("#label-file").get_by_label("Clear").click()
    _upload(page, good)
    _read(page)
    assert "30 queries" in _stone(page, "labels")
    _open(page, "labels")  # the upload has left the disk by now
    _read(page)
    assert "30 queries" in _stone(page, "labels")


def test_a_collection_chosen_in_search_brings_the_samples_fit_back_as_an_example(
    page: Page, good: Path
) -> None:
    _choose_file(page, "csv", good)
    _read(page)
    _use_two_texts(page)
    assert "none for your texts yet" in _stone(page, "labels")
    _open(page, "fit")
    expect(page.locator("#verdict .whose")).to_contain_text("The sample's labels, as an example")
    expect(page.locator("#fitted")).to_be_visible()
    _open(page, "check")
    expect(page.locator("#findings")).to_contain_text("2,274 labels on 149 queries")


def test_cancel_stops_the_work_and_keeps_what_was_there(page: Page, tmp_path: Path) -> None:
    rows = [(f"query {n % 40}", f"{n} " + "words to embed " * 25, n % 2) for n in range(1_800)]
    _choose_file(page, "csv", _table(tmp_path / "many.csv", ("query", "text", "relevance"), rows))
    before = _stone(page, "labels")
    page.locator("#read-labels").click()
    expect(page.locator("#read-labels")).to_be_disabled()
    page.locator("#cancel-labels").click()
    expect(page.locator("#label-state")).to_contain_text("Stopped; nothing was changed")
    expect(page.locator("#read-labels")).to_be_enabled()
    assert _stone(page, "labels") == before


def test_labels_of_two_visitors_never_cross(visit: Open, good: Path) -> None:
    one, two = visit(), visit()
    _choose_file(one, "csv", good)
    _read(one)
    _open(two, "check")
    expect(two.locator("#findings")).to_contain_text("149 queries")
    _fit(two)
    expect(two.locator("#verdict .whose")).to_contain_text("The sample's labels")
    _open(two, "use")
    expect(two.locator("#use-state")).to_contain_text("149 queries")
    _open(one, "use")
    expect(one.locator("#use-state")).to_contain_text("Your labels have no fit yet")
    assert "30 queries" in _stone(one, "labels")


def test_a_calibrator_goes_out_as_json_and_comes_back(
    visit: Open, good: Path, tmp_path: Path
) -> None:
    page = visit()
    _choose_file(page, "csv", good)
    _read(page)
    _fit(page)
    page.locator("#to-use").click()
    expect(page.locator("#use-state")).to_contain_text("30 queries")
    text = _saved(page, "Download calibrator.json")
    assert json.loads(text)["fitted_on"]["queries"] == 30
    exported = tmp_path / "calibrator.json"
    exported.write_text(text, encoding="utf-8")
    fresh = visit()
    _open(fresh, "use")
    _import(fresh, exported)
    expect(fresh.locator("#import-state [role=alert]")).to_contain_text("another collection")
    expect(fresh.locator("#use-state")).to_contain_text("149 queries")
    fresh.locator("#anyway").click()
    expect(fresh.locator("#import-state")).to_contain_text("The calibrator is in use")
    expect(fresh.locator("#use-state")).to_contain_text("30 queries")
    for part in ("#use-state", "#json", "#use-code"):
        expect(fresh.locator(f"{part} .notice")).to_contain_text("predictions here are unchecked")
    fresh.get_by_role("tab", name="Search").click()
    fresh.locator("#ask").click()
    expect(fresh.locator("ol.hits .value.calibrated").first).to_have_text(PROBABILITY)


def _import(page: Page, path: Path) -> None:
    page.locator("#import-file input[type=file]").set_input_files(path)


def test_a_damaged_or_foreign_calibrator_is_refused_with_a_sentence(
    page: Page, tmp_path: Path
) -> None:
    body = (EXAMPLES / "calibrator.json").read_text(encoding="utf-8")
    damaged = tmp_path / "damaged.json"
    damaged.write_text(body.replace('"rows": 2', '"rows": 3'), encoding="utf-8")
    _open(page, "use")
    _import(page, damaged)
    expect(page.locator("#import-state [role=alert]")).to_contain_text("checksum")
    expect(page.locator("#anyway")).to_have_count(0)
    expect(page.locator("#use-state")).to_contain_text("149 queries")


def test_a_csv_comes_back_with_its_own_columns_the_prediction_and_what_to_show(
    page: Page, tmp_path: Path
) -> None:
    rows = [(text, "=1+1", query) for query, text, _ in _judged(2)]
    path = _table(tmp_path / "pairs.csv", ("text", "note", "query"), rows)
    _open(page, "use")
    page.locator("#apply-file input[type=file]").set_input_files(path)
    expect(page.locator("#applied")).to_contain_text("is the predicted relevance", timeout=WORK_MS)
    saved = list(csv.reader(_saved(page, "Download calibrated.csv").splitlines()))
    assert saved[0] == ["text", "note", "query", "expected_relevance", "show"]
    assert {row[4] for row in saved[1:]} <= {"yes", "no"}
    assert [row[:3] for row in saved[1:]] == [[t, "'" + note, q] for t, note, q in rows]
    assert all(0 <= float(row[3]) <= 1 for row in saved[1:])


def test_the_blend_comes_as_a_zip_with_its_texts(page: Page, tmp_path: Path) -> None:
    _open(page, "use")
    page.locator("#make-zip").click()
    expect(page.locator("#zip-state a")).to_be_visible(timeout=WORK_MS)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download score-sense-blend.zip").click()
    with zipfile.ZipFile(started.value.path()) as archive:
        assert {name for name in archive.namelist() if not name.startswith("search_core/")} == {
            "README.txt", "requirements.txt", "run.py", "calibrator.json", "documents.json",
        }  # fmt: skip


def test_the_code_of_a_fit_comes_in_the_language_that_is_chosen(visit: Open) -> None:
    page = visit()
    page.get_by_role("tab", name="Calibrate").click()
    languages = page.locator(".languages:visible")
    languages.get_by_text("DuckDB").click()
    expect(languages.locator("pre:visible")).to_contain_text("CASE WHEN")
    languages.get_by_text("Vespa").click()  # one at a time
    expect(languages.locator("pre:visible")).to_contain_text("function calibrated(score)")
    before = languages.locator("pre").first.text_content()
    page.get_by_label("every hit").check()
    expect(languages.locator("pre").first).not_to_have_text(before or "")


def test_on_a_phone_the_tab_is_at_most_twelve_screens_after_a_fit(visit: Open, good: Path) -> None:
    page = visit(variant=next(each for each in VARIANTS if each.width == 390))
    _choose_file(page, "csv", good)
    _read(page)
    _fit(page)
    expect(page.locator("#verdict .find")).to_be_visible(timeout=WORK_MS)
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 844
    for summary in page.locator("#fitted details.fold > summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 844
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_where_there_is_no_calibrator_nothing_is_headed_in_your_code(page: Page) -> None:
    _use_two_texts(page)
    _open(page, "use")
    expect(page.locator("#use-state")).to_contain_text("no calibrator for your collection")
    expect(page.locator("#use-code")).to_be_hidden()


def test_text_from_a_file_is_shown_and_never_run(page: Page, tmp_path: Path) -> None:
    rows = [(f"{CANARY} {n % 6}", f"{CANARY} text {n}", n % 3 == 0) for n in range(60)]
    rows[0] = (rows[0][0], rows[3][1], False)
    rows[6] = (rows[0][0], rows[3][1], True)
    path = _table(tmp_path / "canary.csv", ("query", "text", "relevance"), rows)
    _choose_file(page, "csv", path)
    _read(page)
    expect(page.locator("#findings")).to_contain_text("label one pair differently")
    expect(page.locator("#findings")).to_contain_text("<img src=x")
    _fit(page)
    page.locator("#audit summary").first.click()
    expect(page.locator("#audit")).to_contain_text("<img src=x")
    expect(page.locator("#figures .figures")).to_contain_text("measured")  # the interval leads
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_step_fits_the_screen(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    for step in ("labels", "check", "fit", "use"):
        _open(page, step)
        expect(page.locator(f"#step-{step}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == variant.width
    _open(page, "fit")
    page.mouse.wheel(0, 900)
    page.wait_for_function("scrollY > 500")
    path = page.locator("#calibrate-path > .tab-wrapper").bounding_box()
    assert path is not None
    assert 0 <= path["y"] < 5
    assert re.match("3 Fit", _stone(page, "fit"))


@pytest.mark.parametrize("variant", [VARIANTS[0], VARIANTS[-1]], ids=lambda each: each.name)
def test_the_threshold_is_dragged_and_the_labels_around_it_follow(
    visit: Open, variant: Variant
) -> None:
    page = visit("/?tab=calibrate", variant)
    page.locator("#drag .unfold").press("Enter")
    sides = page.locator("#sides")
    expect(sides).to_contain_text("the threshold in use: no change")
    expect(sides.locator("ol.near li")).to_have_count(10)
    before = page.locator("#threshold").inner_text()
    page.evaluate("performance.clearResourceTimings()")
    slider = page.locator("#dragged input[type=range]")
    for _ in range(10):
        slider.press("ArrowRight")
    expect(sides).to_contain_text("fewer shown")
    expect(sides.locator("ol.near li.shown + li.hidden")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert 0 < max(page.evaluate(ANSWER_BYTES)) <= 8_000
    assert page.locator("#threshold").inner_text() == before
    assert grave_faults(page) == []
    page.locator("#target input[type=range]").press("ArrowLeft")
    expect(sides).to_contain_text("the threshold in use: no change")
