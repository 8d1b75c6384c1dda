"""Two models in the Compare tab: side by side, switched to and back, and one that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, WORK_MS, Variant, served

WIDE, *_, PHONE_DARK = VARIANTS  # both widths, and both schemes
MEAN, CLS = "all-MiniLM-L6-v2", "all-MiniLM-L6-v2-cls"
CANCELLED = re.compile("nothing was changed", re.IGNORECASE)
INT8 = "all-MiniLM-L6-v2-int8"
STORED = "multilingual-e5-small (4-bit)"


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app answers on a machine without network and without any other model."""
    cache: Path = tmp_path_factory.mktemp("hub")
    with served({"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(cache)}) as address:
        yield address


def _open(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#models-result figure")).to_be_visible(timeout=WORK_MS)


def _choose(page: Page, name: str) -> None:
    page.locator("#second-model input").click()
    page.get_by_role("option", name=f"{name} ·").click()


def _compare(page: Page, name: str = CLS) -> None:
    _open(page)
    _choose(page, name)
    page.locator("#compare-models").click()
    expect(page.locator("#models-figures thead th").last).to_have_text(name, timeout=WORK_MS)


def _switch(page: Page, button: str, name: str) -> None:
    page.locator(button).click()
    expect(page.locator("#models-state")).to_contain_text(f"now use {name}.", timeout=WORK_MS)
    expect(page.locator("#model-in-use")).to_contain_text(f"In use: {name},")


def _use_own_texts(page: Page) -> None:
    texts = [f"The ferry to the island leaves pier {n} at noon." for n in range(20)]
    texts += [f"Bread number {n} rises overnight." for n in range(20)]
    page.locator("#own .unfold").click()
    page.locator("#pasted textarea").fill("\n".join(texts))
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("in use", timeout=WORK_MS)


def test_a_threshold_that_is_typed_is_moved_to_the_other_model_at_once(page: Page) -> None:
    _open(page)
    field, moved = (
        page.locator("#own-threshold").get_by_role("textbox"),
        page.locator("#moved-threshold"),
    )
    field.fill("0,5")
    expect(moved).to_contain_text(f"0.500 under {MEAN} is 0.")
    expect(moved).to_contain_text("of the labelled pairs shown are relevant")
    field.fill("0.999")
    expect(moved.get_by_role("alert")).to_contain_text("lets nothing through")
    field.fill("")
    expect(moved).to_have_text("")


def test_two_models_stand_side_by_side_with_the_finding_on_top(page: Page) -> None:
    _compare(page)
    title = page.locator("#models-result figcaption")
    expect(title).to_contain_text("Of the labelled pairs nearest to a cosine of 0.70,")
    expect(title).to_contain_text("a threshold does not carry over to another model")
    figures = page.locator("#models-figures")
    assert figures.locator("thead").first.locator("th.n").all_inner_texts() == [MEAN, CLS]
    expect(figures).to_contain_text("threshold for 40% relevant")
    expect(figures).to_contain_text("and change the model:")
    expect(page.locator("#models-state")).to_be_empty()
    expect(page.locator("#compare-models")).to_be_enabled()


def test_the_tab_opens_on_a_second_real_model_whose_results_are_stored(page: Page) -> None:
    _open(page)
    result = page.locator("#models-result")
    expect(result).to_contain_text(f"{STORED} is not on this machine: its results are stored")
    expect(result.locator("figcaption")).to_contain_text(f"and 0% under {STORED}")
    expect(page.locator("#use-model")).to_be_hidden()  # it could only fail
    _choose(page, CLS)
    expect(page.locator("#use-model")).to_be_visible()


def test_own_texts_are_told_from_the_sample_that_the_chart_shows(page: Page) -> None:
    _use_own_texts(page)
    _open(page)
    expect(page.locator("#models-result .notice")).to_contain_text(
        "This is the sample, not your texts"
    )


def test_a_threshold_is_moved_by_own_texts_without_labels(page: Page) -> None:
    _open(page)
    questions = page.locator("#model-questions textarea")
    expect(questions).to_be_hidden()  # the sample has labels
    page.get_by_role("tab", name="Search").click()
    _use_own_texts(page)
    _open(page)
    expect(questions).to_have_value(re.compile("The ferry to the island"))
    expect(page.locator("#second-model input")).not_to_have_value(re.compile("stored results"))
    _choose(page, CLS)
    questions.fill(" ")
    page.locator("#compare-models").click()
    expect(page.locator("#models-state [role=alert]")).to_contain_text(
        "There is no question", timeout=WORK_MS
    )
    questions.fill("\n".join(f"When does boat {n} leave?" for n in range(5)))
    page.locator("#compare-models").click()
    result, moved = page.locator("#models-result"), page.locator("#moved-threshold")
    expect(result).to_contain_text("Your collection: 40 documents, 5 questions", timeout=WORK_MS)
    expect(page.locator("#models-target")).to_be_hidden()
    expect(page.locator("#models-figures")).to_have_text("")
    field = page.locator("#own-threshold").get_by_role("textbox")
    field.fill("0.3")
    expect(moved).to_contain_text(f"0.300 under {MEAN} is 0.")
    expect(moved).to_contain_text("Kept as it is, 0.300 would show")
    page.get_by_role("tab", name="Search").click()
    page.get_by_role("tab", name="Compare").click()
    expect(result).to_contain_text("Your collection: 40 documents, 5 questions")
    _switch(page, "#use-model", CLS)
    field.fill("0.31")  # still by what is shown
    expect(moved).to_contain_text(f"0.310 under {MEAN} is 0.")
    expect(moved).to_contain_text("of the pairs")
    assert grave_faults(page) == []


def test_another_share_moves_the_cuts_at_once(page: Page) -> None:
    _compare(page)
    page.locator("#models-target input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#models-target input[type=range]").dispatch_event("pointerup")
    expect(page.locator("#models-figures")).to_contain_text("threshold for 39% relevant")


def test_a_switch_is_seen_in_search_and_calibrate_and_can_be_taken_back(page: Page) -> None:
    best = page.locator("#result .value b").first
    before = best.inner_text()
    _open(page)
    _choose(page, CLS)
    _switch(page, "#use-model", CLS)
    page.get_by_role("tab", name="Search").click()
    expect(page.locator("#result .foot").last).to_contain_text(f"{CLS}, CLS pooling")
    expect(best).not_to_have_text(before)
    expect(page.locator("#result .calibrated b").first).to_be_visible()
    page.get_by_role("tab", name="Calibrate").click()
    expect(page.locator("#verdict")).to_contain_text("more accurate (log-loss; 90% interval")
    page.get_by_role("tab", name="Compare").click()
    _switch(page, "#model-back", MEAN)
    expect(page.locator("#model-back")).to_be_hidden()
    page.get_by_role("tab", name="Search").click()
    expect(best).to_have_text(before)
    expect(page.locator("#result .foot").last).to_contain_text(f"{MEAN}, mean pooling")


def test_one_visitors_model_is_no_other_visitors(visit: Open) -> None:
    one, other = visit(), visit()
    _open(one)
    _choose(one, CLS)
    _switch(one, "#use-model", CLS)
    other.locator("#ask").click()
    expect(other.locator("#result .foot").last).to_contain_text(f"{MEAN}, mean pooling")
    other.get_by_role("tab", name="Compare").click()
    expect(other.locator("#model-in-use")).to_contain_text(f"In use: {MEAN},")
    expect(other.locator("#model-back")).to_be_hidden()


@pytest.mark.parametrize("button", ["#compare-models", "#use-model"])
def test_a_model_that_cannot_be_had_is_one_sentence(visit: Open, offline: str, button: str) -> None:
    page = visit(offline)
    page.get_by_role("tab", name="Compare").click()
    page.locator("#second-model input").click()
    page.get_by_role("option", name="bert-base-uncased · fetched from the Hub").click()
    page.locator(button).click()
    notice = page.locator("#models-state .notice")
    expect(notice).to_contain_text("'bert-base-uncased' is not on this machine", timeout=WORK_MS)
    assert "\n" not in notice.inner_text()
    expect(page.locator(button)).to_be_enabled()
    expect(page.locator("#models-cancel")).to_be_hidden()
    expect(page.locator("#model-in-use")).to_contain_text(f"In use: {MEAN},")


def test_cancel_leaves_everything_as_it_was(page: Page) -> None:
    page.locator("#own .unfold").click()
    lines = "\n".join(f"{n} {'words that take a while to embed ' * 10}" for n in range(500))
    file = FilePayload(name="long.txt", mimeType="text/plain", buffer=lines.encode())
    page.locator("#collection-file input[type=file]").set_input_files(file)
    expect(page.locator("#collection-state")).to_contain_text("500 documents", timeout=WORK_MS)
    _open(page)
    _choose(page, CLS)
    page.locator("#use-model").click()  # the collection is embedded anew
    page.locator("#models-cancel").click()
    expect(page.locator("#models-state")).to_contain_text(CANCELLED, timeout=WORK_MS)
    expect(page.locator("#model-in-use")).to_contain_text(f"In use: {MEAN},")
    expect(page.locator("#use-model")).to_be_enabled()


def test_the_models_are_listed_with_where_they_are(visit: Open, offline: str) -> None:
    page = visit(offline)
    page.get_by_role("tab", name="Compare").click()
    page.get_by_text("All models").click()
    rows = page.locator("details:has-text('All models') tbody tr").all_inner_texts()
    where = {row.split()[0]: "on this machine" in row for row in rows}
    assert where.pop(MEAN)
    assert where.pop(CLS)
    assert where.pop(INT8)
    assert len(where) == 3
    assert not any(where.values())


@pytest.mark.parametrize("variant", [WIDE, PHONE_DARK], ids=lambda variant: variant.name)
def test_the_models_fit_the_screen_and_axe_finds_no_fault(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    _compare(page)
    expect(page.locator("#index-flips h3")).to_be_visible(timeout=WORK_MS)  # settled above, too
    page.get_by_text("All models").click()
    assert page.evaluate("document.documentElement.scrollWidth") == variant.width
    assert grave_faults(page) == []
