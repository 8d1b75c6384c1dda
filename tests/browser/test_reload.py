"""A page that is loaded again: what its visitor had is there, and nobody else gets at it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, wait_until_ready
from tests.browser.serving import WORK_MS
from tests.browser.test_search import PASTED, ask, use_pasted
from tests.ui.work import csv_of

QUESTION = "When does the ferry to island 7 leave?"


@pytest.fixture
def page(visit: Open) -> Page:
    """The page, open at Search."""
    return visit("/?tab=search")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """A file of labels with texts."""
    path = tmp_path / "labels.csv"
    path.write_bytes(csv_of("ferries"))
    return path


def open_step(page: Page, step: str) -> None:
    """Open a step of Calibrate."""
    page.get_by_role("tab", name="Calibrate").click()
    page.locator(f"#calibrate-path [data-tab-id={step}]").click()


def read_labels(page: Page, path: Path) -> None:
    """Upload a file of labels and read it."""
    open_step(page, "labels")
    page.get_by_label("A file with texts").check()
    page.locator("#label-file input[type=file]").set_input_files(path)
    expect(page.locator("#label-file")).to_contain_text(path.stem)
    page.locator("#read-labels").click()


def kept(page: Page) -> dict[str, object]:
    """Return what the browser keeps of the visit."""
    found: dict[str, object] = page.evaluate("JSON.parse(sessionStorage.getItem('visit'))")
    return found


def wait_for_memo(page: Page, *brought: str) -> None:
    """Wait until the browser knows what the server holds."""
    page.wait_for_function(
        "brought => visit.memo.brought.join() === brought", arg=",".join(brought)
    )


def reload(page: Page) -> None:
    """Load the page again."""
    page.reload()
    wait_until_ready(page)


def reload_at_work(page: Page) -> None:
    """Load the page again while an answer is awaited, of which the framework complains."""
    page.evaluate("console.error = () => {}")
    reload(page)


def test_a_reload_keeps_own_texts_and_asks_the_question_of_them(page: Page) -> None:
    use_pasted(page, PASTED)
    expect(page.locator("#result .foot")).to_contain_text("12 documents")
    ask(page, QUESTION)
    expect(page.locator("ol.hits li").first).to_contain_text("island 7")
    wait_for_memo(page, "collection")
    reload(page)
    expect(page.locator("#result .foot")).to_contain_text("12 documents")
    expect(page.locator("ol.hits li").first).to_contain_text("island 7")
    expect(page.locator("#gone section")).to_be_hidden()


def test_a_reload_keeps_own_texts_also_where_the_address_asks_nothing(page: Page) -> None:
    use_pasted(page, PASTED)
    expect(page.locator("#result .foot")).to_contain_text("12 documents")
    wait_for_memo(page, "collection")
    page.goto(page.url.split("?")[0] + "?tab=search")
    wait_until_ready(page)
    expect(page.locator("#result .foot")).to_contain_text("12 documents")


def test_own_texts_are_asked_a_question_of_their_own_after_a_reload_and_on_the_way_back(
    page: Page,
) -> None:
    use_pasted(page, PASTED)
    question = page.locator(".chips button[data-own]").first.inner_text()
    expect(page.locator("#query input")).to_have_value(question)
    wait_for_memo(page, "collection")
    reload(page)
    expect(page.locator("#query input")).to_have_value(question)
    expect(page.locator("ol.hits .label-hit").first).to_have_attribute("data-query", question)
    assert "q=" not in page.url
    page.get_by_role("tab", name="Normalize").click()
    page.wait_for_url("**/*tab=normalize*")
    page.go_back()
    expect(page.locator("#query input")).to_have_value(question)


def test_a_reload_keeps_labels_and_fit(page: Page, labels: Path) -> None:
    read_labels(page, labels)
    expect(page.locator("#findings")).to_contain_text("120 ", timeout=WORK_MS)
    page.locator("#fit").click()
    expect(page.locator("#calibrate-path")).not_to_contain_text("not fitted yet", timeout=WORK_MS)
    verdict = page.locator("#verdict")
    expect(verdict).to_be_visible(timeout=WORK_MS)
    wait_for_memo(page, "labels", "calibrator")
    said = verdict.inner_text()
    page.get_by_label("every hit").check()
    expect(page.locator("#threshold")).to_contain_text("of the hits shown", timeout=WORK_MS)
    reload(page)
    expect(page.locator("#verdict")).to_have_text(said, use_inner_text=True)
    expect(page.get_by_label("every hit")).to_be_checked()
    open_step(page, "check")
    expect(page.locator("#findings")).to_contain_text("120 ")
    page.get_by_role("tab", name="Search").click()
    expect(page.locator("#result .foot")).to_contain_text("120 documents")


def test_the_key_stands_in_the_session_storage_alone(page: Page) -> None:
    use_pasted(page, PASTED)
    wait_for_memo(page, "collection")
    key = str(kept(page)["key"])
    assert len(key) == 32
    assert key not in page.url
    assert key not in page.evaluate("JSON.stringify(localStorage) + document.cookie")
    assert set(kept(page)) == {"key", "visit", "brought", "gone"}


def test_another_browser_and_a_key_of_ones_own_making_get_nothing(visit: Open) -> None:
    first, second = visit("/?tab=search"), visit("/?tab=search")
    use_pasted(first, PASTED)
    wait_for_memo(first, "collection")
    assert kept(second)["key"] != kept(first)["key"]
    for planted in ("f" * 32, "", "x"):
        memo = json.dumps({"key": planted, "brought": [], "gone": []})
        second.evaluate("memo => sessionStorage.setItem('visit', memo)", memo)
        reload(second)
        second.wait_for_function("visit.memo.key.length === 32")
        assert kept(second)["key"] not in (planted, kept(first)["key"])
        expect(second.locator("#result .foot")).to_contain_text("432 documents")


def test_what_is_no_memo_of_ours_does_no_harm(page: Page) -> None:
    for planted in ("no JSON", "[1]", '{"key": 7}', "null"):
        page.evaluate("planted => sessionStorage.setItem('visit', planted)", planted)
        reload(page)
        page.wait_for_function("typeof visit.memo.key === 'string' && visit.memo.key.length === 32")
        expect(page.locator("#gone section")).to_be_hidden()


def test_rows_that_cannot_be_read_are_listed_and_may_be_skipped(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "faulty.csv"
    path.write_bytes(csv_of("ferries") + b"\n,a text,1\nferries 1,another,maybe\n")
    read_labels(page, path)
    said = page.locator("#label-state .notice.error")
    expect(said.locator("li")).to_have_count(2, timeout=WORK_MS)
    expect(said).to_contain_text("2 rows of the file can’t be read")
    expect(said).to_contain_text("Row 123, column 'relevance': 'maybe' is a word among grades")
    page.locator("#skip-label-rows").click()
    expect(page.locator("#findings")).to_contain_text(
        "2 faulty rows were left out: rows 122 and 123", timeout=WORK_MS
    )
    page.locator("#calibrate-path [data-tab-id=labels]").click()
    expect(page.locator("#skip-label-rows")).to_be_hidden()


def test_a_reload_while_pasted_texts_are_embedded_loses_none_of_them(page: Page) -> None:
    texts = "\n".join(f"{n} {'words that take a while to embed ' * 20}" for n in range(500))
    use_pasted(page, texts)
    expect(page.locator("#collection-state .progress-text")).to_be_visible()
    reload_at_work(page)
    expect(page.locator("#pasted textarea")).to_have_value(texts)
    expect(page.locator("#result .foot")).to_contain_text("500 documents", timeout=WORK_MS)
    expect(page.locator("#collection-state")).to_contain_text("500 documents embedded and in use")
    expect(page.locator("#pasted textarea")).to_have_value("")


def test_texts_whose_embedding_was_cancelled_stand_in_the_field_after_a_reload(page: Page) -> None:
    texts = "\n".join(f"{n} {'words that take a while to embed ' * 20}" for n in range(1000))
    use_pasted(page, texts)
    expect(page.locator("#collection-state .progress-text")).to_be_visible()
    page.locator("#cancel-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("Stopped")
    reload_at_work(page)
    expect(page.locator("#pasted textarea")).to_have_value(texts)
    expect(page.locator("#result .foot")).to_contain_text("432 documents")
