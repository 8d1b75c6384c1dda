"""A file dropped anywhere on the page is opened where it belongs."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from search_ui.sample import EXAMPLES
from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, WORK_MS, Variant
from tests.test_recognising import index
from tests.ui.work import csv_of

DROP = """([selector, name, content, type]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  const over = { bubbles: true, cancelable: true, dataTransfer };
  document.querySelector(selector).dispatchEvent(new DragEvent(type, over));
}"""

SIZES = [VARIANTS[0], VARIANTS[-1]]


def drop(page: Page, name: str, content: bytes, on: str = "#title", event: str = "drop") -> None:
    """Drop a file on a part of the page, or only drag it over."""
    page.evaluate(DROP, [on, name, base64.b64encode(content).decode(), event])


@pytest.mark.parametrize("variant", SIZES, ids=lambda variant: variant.name)
def test_labels_texts_and_a_calibrator_are_opened_at_their_steps(
    visit: Open, variant: Variant
) -> None:
    page = visit("/", variant)
    drop(page, "labels.csv", csv_of("ferries"))
    expect(page.locator("#label-file")).to_contain_text("labels")
    expect(page.get_by_label("A file with texts")).to_be_checked()
    page.locator("#read-labels").click()
    expect(page.locator("#findings")).to_contain_text("120 ", timeout=WORK_MS)
    drop(page, "mine", (EXAMPLES / "calibrator.json").read_bytes())
    expect(page.locator("#import-state")).to_contain_text("another collection", timeout=WORK_MS)
    drop(page, "texts.md", b"The ferry leaves at noon.\nBread rises overnight.\n")
    expect(page.locator("#collection-state")).to_contain_text("2 documents", timeout=WORK_MS)
    expect(page.locator("#drop-state .notice")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_index_is_put_into_its_form_in_place_of_an_earlier_one(page: Page) -> None:
    for kind in ("first", "second"):
        drop(page, kind, index("Flat"))
        expect(page.locator("#index-file")).to_contain_text(kind)
    expect(page.locator("#index-file")).not_to_contain_text("first")
    expect(page.locator("#use-index")).to_be_visible()


def test_files_that_lack_others_take_along_what_is_dropped_next(page: Page) -> None:
    drop(page, "test.tsv", b"query-id\tcorpus-id\tscore\nq\ta\t1\nq\tb\t0\n")
    expect(page.locator("#label-file")).to_contain_text("test")
    expect(page.locator("#step-labels")).to_contain_text("add the files with the texts")
    expect(page.locator("#step-labels .unfold").first).to_have_attribute("aria-expanded", "false")
    drop(page, "corpus.csv", b"id,text\na,It turns.\nb,Gulls cry.\n", on="#label-file td")
    expect(page.locator("#step-labels")).to_contain_text("lack the texts of the queries")
    drop(page, "queries.tsv", b"q\ttide\n")
    expect(page.locator("#label-file")).to_contain_text("queries")
    expect(page.locator("#step-labels")).to_contain_text("What your file says")


def test_what_fits_nowhere_is_told_of_and_nothing_is_opened(page: Page) -> None:
    drop(page, "photo.png", b"\x89PNG\r\n\x1a\n" + bytes(99))
    said = page.locator("#drop-state .notice.error")
    expect(said).to_contain_text("'photo.png' can't be read as a calibrator")
    expect(said).to_be_in_viewport()
    expect(page.locator("#pasted")).to_be_hidden()
    assert grave_faults(page) == []


def test_what_is_dragged_over_the_page_is_told_where_it_may_go(page: Page) -> None:
    hint = page.locator(".drop-here")
    expect(hint).to_be_hidden()
    drop(page, "labels.csv", b"", event="dragover")
    expect(hint).to_be_visible()
    drop(page, "labels.csv", b"", event="dragleave")
    expect(hint).to_be_hidden()


def test_a_field_for_files_takes_what_is_dropped_on_it_itself(page: Page, tmp_path: Path) -> None:
    page.locator("#own .unfold").click()
    zone = "#collection-file button"
    drop(page, "texts.csv", b"", on=zone, event="dragover")
    expect(page.locator(".drop-here")).to_be_hidden()
    drop(page, "texts.csv", b"text\none cat\none dog\n", on=zone)
    expect(page.locator("#collection-state")).to_contain_text("2 documents", timeout=WORK_MS)


def test_the_keyboard_reaches_the_fields_that_a_drop_fills(page: Page) -> None:
    page.locator("#own .unfold").focus()
    page.keyboard.press("Enter")
    field = page.locator("#collection-file button").first
    expect(field).to_be_visible()
    field.focus()
    expect(field).to_be_focused()
    assert field.evaluate("each => [each.tagName, each.tabIndex]") == ["BUTTON", 0]
