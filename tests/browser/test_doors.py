"""The three doors beneath the first view, walked from the opening of the page to an answer."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, WORK_MS

PHONE = VARIANTS[2]
SUBJECTS = ("ferry", "kettle", "museum", "bakery", "bicycle", "garden", "piano", "library")
FACTS = (
    "opens at nine on weekdays",
    "needs cleaning with vinegar twice a year",
    "was repaired by the neighbours",
    "costs four coins for children",
)
TEXTS = [f"The {subject} {fact}." for subject in SUBJECTS for fact in FACTS]
FINGER = 44  # pixels that one needs


@pytest.fixture
def page(visit: Open) -> Page:
    """The page as it opens on a wide, light screen, with the model loaded."""
    return visit("/")


def paste(page: Page, *texts: str) -> None:
    """Go through the first door and give texts."""
    page.get_by_role("button", name="Try my texts").click()
    expect(page.locator("#pasted textarea")).to_be_focused()
    page.keyboard.insert_text("\n".join(texts))
    page.get_by_role("button", name="Search my texts").click()
    expect_searched(page, len(texts))


def expect_searched(page: Page, texts: int) -> None:
    """Wait until an answer out of so many texts is shown."""
    expect(page.locator("#result .foot")).to_have_text(re.compile(rf"^\s*{texts} documents"))


def mark_hits(page: Page) -> None:
    """Go through the third door, and from there to the hits of Search."""
    page.get_by_role("button", name="I have no labels").click()
    expect(page.locator("#judging-questions textarea")).to_be_focused()
    page.get_by_role("button", name="mark hits in Search").click()


def right(page: Page, hit: int) -> Locator:
    """Return the button that marks a hit as right."""
    return page.locator("ol.hits li").nth(hit).get_by_role("button", name="Right", exact=True)


def wrong(page: Page, hit: int) -> Locator:
    """Return the button that marks a hit as wrong."""
    return page.locator("ol.hits li").nth(hit).get_by_role("button", name="Wrong", exact=True)


def ask(page: Page, question: str) -> None:
    """Ask a question of one's own texts, and wait for its hits."""
    page.locator("#query input").fill(question)
    page.locator("#ask").click()
    shown = page.locator("ol.hits .label-hit").first
    expect(shown).to_have_attribute("data-query", question)


def test_own_texts_lead_to_an_answer_of_a_question_that_is_made_of_them(page: Page) -> None:
    paste(page, *TEXTS)
    question = page.locator("#query input").input_value()
    assert question not in TEXTS
    assert any(question in text for text in TEXTS)
    expect(page.locator("ol.hits li").first).to_contain_text(question)
    expect(page.get_by_role("tab", name="Search")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#result .find")).to_be_in_viewport()
    expect(page.locator("#pasted textarea")).to_be_hidden()
    page.locator("#own .unfold").click()
    expect(page.locator("#pasted textarea")).to_have_value("")
    chips = page.locator(".chips button")
    assert question == chips.first.inner_text()
    chips.last.click()
    expect(page.locator("#query input")).to_have_value(chips.last.inner_text())


def test_a_question_made_of_own_texts_stays_out_of_the_address(page: Page) -> None:
    paste(page, *TEXTS)
    page.locator(".chips button").last.click()
    expect(page.locator("ol.hits .label-hit").first).to_have_attribute(
        "data-query", page.locator(".chips button").last.inner_text()
    )
    page.get_by_role("tab", name="Normalize").click()
    page.wait_for_url("**/*tab=normalize*")
    assert "q=" not in page.url


def test_a_file_is_searched_as_soon_as_it_is_dropped_and_faulty_rows_can_be_skipped(
    page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "notes.csv"
    rows = "".join(f"{n},{text}\n" for n, text in enumerate(TEXTS))
    path.write_text(f"id,text\n{rows}0,The first id once more.\n", "utf-8")
    page.get_by_role("button", name="Try my texts").click()
    page.locator("#collection-file input[type=file]").set_input_files(path)
    skip = page.get_by_role("button", name="Skip these rows")
    expect(page.locator("#collection-state .notice.error")).to_contain_text("Row 34")
    skip.click()
    expect_searched(page, len(TEXTS))
    expect(page.locator("#collection-file")).to_be_hidden()


def test_scores_find_their_form_ready(page: Page) -> None:
    page.get_by_role("button", name="I have scores").click()
    expect(page.get_by_role("tab", name="Calibrate")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Scores alone")).to_be_checked()
    expect(page.locator("#label-example")).to_contain_text("query,score,relevance")
    expect(page.locator("#label-file")).to_be_visible()
    page.wait_for_url("**/*tab=calibrate*")


def test_a_mark_is_kept_taken_back_and_changed_and_the_list_stays_where_it_is(page: Page) -> None:
    mark_hits(page)
    line = page.locator("#hit-labels")
    expect(line).to_contain_text("Mark hits as right or wrong: 20 labels on 2 questions")
    expect(right(page, 0)).to_be_focused()
    expect(line).to_be_in_viewport()
    expect(page.locator("#query input")).to_be_in_viewport()
    page.locator("ol.hits summary").nth(2).click()
    wrong(page, 2).click()
    before = page.evaluate("scrollY")
    expect(line).to_contain_text("1 label on 1 question")
    right(page, 2).press("Enter")
    expect(right(page, 2)).to_have_attribute("aria-pressed", "true")
    expect(wrong(page, 2)).to_have_attribute("aria-pressed", "false")
    expect(line).to_contain_text("1 label on 1 question")
    expect(page.locator("ol.hits .explain").nth(2)).to_be_visible()
    assert abs(page.evaluate("scrollY") - before) < FINGER
    right(page, 2).press("Space")
    expect(line).to_contain_text("Mark hits as right or wrong")
    expect(right(page, 2)).to_have_attribute("aria-pressed", "false")


def test_marks_outlive_another_question_another_tab_and_the_way_back(page: Page) -> None:
    paste(page, *TEXTS)
    ask(page, "When does the museum open?")
    right(page, 0).click()
    wrong(page, 1).click()
    expect(page.locator("#hit-labels")).to_contain_text("2 labels on 1 question")
    for tab in ("Learn", "Search"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_url(f"**/*tab={tab.lower()}*")
    expect(right(page, 0)).to_have_attribute("aria-pressed", "true")
    ask(page, "Who repaired the piano?")
    expect(right(page, 0)).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#hit-labels")).to_contain_text("2 labels on 1 question")
    page.go_back()
    expect(page.locator("#query input")).to_have_value("When does the museum open?")
    expect(right(page, 0)).to_have_attribute("aria-pressed", "true")
    expect(wrong(page, 1)).to_have_attribute("aria-pressed", "true")


def test_a_step_that_is_clicked_before_calibrate_has_caught_up_stays_open(page: Page) -> None:
    paste(page, *TEXTS)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", slow)
    page.get_by_role("tab", name="Calibrate").click()
    page.locator("#calibrate-path [data-tab-id=use]").click()
    first = page.locator("#calibrate-path [data-tab-id=labels]")
    expect(first).to_contain_text("none for your texts yet", timeout=WORK_MS)
    expect(page.locator("#calibrate-path [data-tab-id=use]")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(first).to_have_attribute("aria-selected", "false")


def test_no_labels_become_a_predicted_relevance(page: Page) -> None:
    paste(page, *TEXTS)
    page.get_by_role("tab", name="Calibrate").click()
    expect(page.locator("[data-tab-id=labels]")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-tab-id=labels]")).to_contain_text("none for your texts yet")
    page.get_by_role("tab", name="Search").click()
    line, fit = page.locator("#hit-labels"), page.get_by_role("button", name="Check and fit")
    for number, subject in enumerate(SUBJECTS[:5], start=1):
        ask(page, f"Is the {subject} clean?")
        expect(fit).to_have_count(0)
        for hit in range(4):
            told = page.locator("ol.hits li").nth(hit).locator(".text").inner_text()
            (right if f"{subject} needs" in told else wrong)(page, hit).click()
        expect(line).to_contain_text(re.compile(f"{4 * number} labels on {number} question"))
    expect(line).to_contain_text("Enough for a first fit. A threshold needs 30 more labels.")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download CSV").click()
    with Path(saved.value.path()).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert {row["query"] for row in rows} == {f"Is the {each} clean?" for each in SUBJECTS[:5]}
    assert {row["relevance"] for row in rows} == {"0", "1"}
    fit.click()
    expect(page.locator("#findings")).to_contain_text("20", timeout=WORK_MS)
    page.locator("#fit").click()
    expect(page.locator("#verdict")).to_be_visible(timeout=WORK_MS)
    page.get_by_role("tab", name="Search").click()
    expect(page.locator("ol.hits li").first).to_contain_text("predicted relevance")
    expect(page.locator("ol.hits li").first.locator(".calibrated b")).to_have_text(
        re.compile(r"\d+%")
    )


def test_a_finger_finds_the_buttons_of_a_hit_and_the_chips(visit: Open) -> None:
    page = visit("/", PHONE)
    mark_hits(page)
    for button in (right(page, 0), wrong(page, 0), page.locator(".chips button").first):
        box = button.bounding_box()
        assert box is not None
        assert min(box["height"], box["width"]) >= FINGER
    right(page, 0).click()
    expect(page.locator("#hit-labels")).to_contain_text("1 label on 1 question")
    expect(page.locator("#hit-labels")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE.width
    assert grave_faults(page) == []
