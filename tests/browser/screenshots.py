"""Pictures of every tab and state, in four variants: `make screenshots` writes `screenshots/`.

`python -m tests.browser.screenshots compare learn` takes those of these states alone.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, expect

from search_ui.links import TABS
from tests.browser.conftest import SEARCH
from tests.browser.serving import (
    ROOT,
    TIMEOUT_MS,
    VARIANTS,
    WORK_MS,
    Variant,
    chromium,
    served,
    tab_name,
)
from tests.browser.test_drop import drop

FOLDER = ROOT / "screenshots"


def main() -> None:
    """Start the app, go through every state in every variant, and write the pictures."""
    states = {name: STATES[name] for name in sys.argv[1:] or STATES}
    expect.set_options(timeout=TIMEOUT_MS)
    FOLDER.mkdir(exist_ok=True)
    with served() as address, chromium() as browser:
        for variant in VARIANTS:
            for name, reach in states.items():
                picture(browser, address, variant, name, reach)
    print(f"{len(states) * len(VARIANTS)} pictures in {FOLDER}")


def picture(
    browser: Browser, address: str, variant: Variant, name: str, reach: Callable[[Page], None]
) -> None:
    """Bring a fresh page into a state and take its picture, as long as it is."""
    context = browser.new_context(
        viewport={"width": variant.width, "height": variant.height}, color_scheme=variant.scheme
    )
    page = context.new_page()
    page.goto(address + SEARCH)
    expect(page.locator("#model-state")).to_contain_text("The model is ready", timeout=60_000)
    reach(page)
    page.wait_for_timeout(800)
    page.screenshot(path=Path(FOLDER) / f"{name}-{variant.name}.png", full_page=True)
    context.close()


def _tab(name: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.get_by_role("tab", name=tab_name(name), exact=True).click()
        if name == "normalize":
            expect(page.locator("#readings table")).to_be_visible()
        if name == "learn":
            expect(page.locator("#classic table")).to_be_visible()
        if name == "compare":
            expect(page.locator("#index-table table").first).to_be_visible()

    return reach


def _explained(page: Page) -> None:
    page.locator("ol.hits summary").first.click()


def _mapped(page: Page) -> None:
    page.locator("details.hit-map summary").click()
    expect(page.locator("details.hit-map svg:visible")).to_be_visible()


def _dropped(page: Page) -> None:
    drop(page, "photo.png", b"\x89PNG\r\n\x1a\n")
    expect(page.locator("#drop-state .notice")).to_be_visible()
    drop(page, "photo.png", b"", event="dragover")


def _dragged(page: Page) -> None:
    _tab("calibrate")(page)
    page.locator("#drag .unfold").click()
    expect(page.locator("#sides ol.near")).to_be_visible()


def _labelled(page: Page) -> None:
    hits = page.locator("ol.hits li")
    hits.nth(0).get_by_role("button", name="Right", exact=True).click()
    hits.nth(1).get_by_role("button", name="Wrong", exact=True).click()
    expect(page.locator("#hit-labels")).to_contain_text("2 labels on 1 question")


def _nothing(page: Page) -> None:
    page.get_by_role("button", name="no match").click()
    expect(page.locator("#result .find")).to_contain_text("Nothing relevant")


def _empty_question(page: Page) -> None:
    page.locator("#query input").fill("")
    page.locator("#ask").click()
    expect(page.locator("#problem .notice")).to_be_visible()


def _paste(page: Page) -> None:
    page.locator("#own .unfold").click()
    page.locator("#pasted textarea").fill("The ferry leaves at noon.\nBread rises overnight.")


def _pasted(page: Page) -> None:
    _paste(page)
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("2 documents embedded and in use")


def _upload(page: Page) -> None:
    page.locator("#own .unfold").click()
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state .notice.error")).to_be_visible()


def _embedding(page: Page) -> None:
    page.locator("#own .unfold").click()
    lines = "\n".join(f"{n} {'words that take a while to embed ' * 20}" for n in range(1000))
    file = FilePayload(name="long.txt", mimeType="text/plain", buffer=lines.encode())
    page.locator("#collection-file input[type=file]").set_input_files(file)
    expect(page.locator("#cancel-collection")).to_be_visible()
    page.wait_for_timeout(1500)


def _nonsense(page: Page) -> None:
    _tab("normalize")(page)
    page.locator("#nonsense").click()
    expect(page.locator("#readings .find")).to_contain_text("This is nonsense")


def _elsewhere(page: Page) -> None:
    _tab("number")(page)
    page.locator("#number-answer summary").click()
    expect(page.locator("#number-answer tbody tr").first).to_be_visible()


def _unnormalized(page: Page) -> None:
    _tab("number")(page)
    page.locator("#number input").fill("312.5")
    expect(page.locator("#number-answer")).to_contain_text("your vectors are not normalized")


def _step(name: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        _tab("calibrate")(page)
        page.locator(f"[data-tab-id={name}]").click()

    return reach


def _no_labels(page: Page) -> None:
    _step("pairs")(page)
    expect(page.locator("#judging-questions textarea")).to_be_visible()


def _labelling(page: Page) -> None:
    _no_labels(page)
    subjects = ("ferry", "kettle", "museum", "bakery", "bicycle", "garden", "piano", "library")
    questions = "\n".join(
        question.format(subject)
        for subject in subjects
        for question in ("When does the {} open?", "Who looks after the {}?", "cleaning the {}")
    )
    page.locator("#judging-questions textarea").fill(questions)
    page.get_by_role("button", name="Choose pairs").click()
    pair = page.locator("#judging-pairs article:not([hidden])")
    expect(pair).to_be_visible(timeout=WORK_MS)
    for key in "jkkjk":
        page.keyboard.press(key)
    expect(page.locator("#judging-progress b").first).to_have_text("5 of 50 labels")


def _languages(page: Page) -> None:
    _step("use")(page)
    for summary in page.locator(".languages summary:visible").all()[:2]:
        summary.click()


def _own_labels(page: Page, content: bytes) -> None:
    _step("labels")(page)
    page.wait_for_timeout(500)  # what a step holds is drawn when it is first opened
    page.get_by_label("A file with texts", exact=True).check()
    file = FilePayload(name="judged.csv", mimeType="text/csv", buffer=content)
    page.locator("#label-file input[type=file]").set_input_files(file)
    expect(page.locator("#label-file a[download]")).to_have_attribute("download", "judged.csv")
    page.locator("#read-labels").click()


def _bad_labels(page: Page) -> None:
    _own_labels(page, b"query,text\nkettle,Boil vinegar in it.\n")
    expect(page.locator("#label-state [role=alert]")).to_be_visible()


def _read_labels(page: Page) -> None:
    _own_labels(page, _yes_or_no())
    expect(page.locator("#fit")).to_be_visible()


def _not_fitted(page: Page) -> None:
    _read_labels(page)
    page.locator("[data-tab-id=fit]").click()
    expect(page.locator("#verdict .notice")).to_be_visible()


def _own_fit(page: Page) -> None:
    _read_labels(page)
    page.locator("#fit").click()
    expect(page.locator("#verdict .find")).to_be_visible(timeout=WORK_MS)


def _restated(page: Page) -> None:
    _own_fit(page)
    page.get_by_role("button", name="If another share is relevant in use").click()
    page.locator("#estimate").click()
    expect(page.locator("#estimate-state .notice")).to_be_visible(timeout=WORK_MS)


def _yes_or_no() -> bytes:
    """Return the sample's labels of 30 queries as yes-or-no labels with texts."""
    texts = {row["id"]: row["text"] for row in _rows("documents.csv")}
    judged = _rows("judgements.csv")
    kept = list(dict.fromkeys(row["query"] for row in judged))[:30]
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("query", "text", "relevance"))
    for row in judged:
        if row["query"] in kept:
            writer.writerow((row["query"], texts[row["doc_id"]], int(int(row["relevance"]) >= 2)))
    return table.getvalue().encode()


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "examples" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _compared(page: Page) -> None:
    _tab("compare")(page)
    expect(page.locator("#models-result figure")).to_be_visible(timeout=WORK_MS)


def _unlabelled(page: Page) -> None:
    page.locator("#own .unfold").click()
    texts = "\n".join(row["text"] for row in _rows("documents.csv")[::4])
    page.locator("#pasted textarea").fill(texts)
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("in use", timeout=WORK_MS)
    _compared(page)
    page.locator("#second-model input").click()
    page.get_by_role("option", name="all-MiniLM-L6-v2-cls ·").click()
    page.locator("#compare-models").click()
    expect(page.locator("#moved-threshold")).to_contain_text("it shows", timeout=WORK_MS)


def _bad_index(page: Page) -> None:
    _compared(page)
    page.locator("#index-factory input, #index-factory textarea").first.fill("HNSW0")
    page.locator("#index-compare").click()
    expect(page.locator("#index-problem .notice.error")).to_be_visible()


def _no_model(page: Page) -> None:
    _compared(page)
    page.locator("#second-model input").click()
    page.get_by_role("option", name="bge-small-en-v1.5").click()
    page.locator("#compare-models").click()
    expect(page.locator("#models-state .notice.error")).to_be_visible(timeout=WORK_MS)


def _learn_unfolded(page: Page) -> None:
    _tab("learn")(page)
    expect(page.locator("#classic table")).to_be_visible()
    for summary in page.locator("summary:visible").all():
        summary.click()


def _moved_threshold(page: Page) -> None:
    _tab("compare")(page)
    page.locator("#own-threshold input, #own-threshold textarea").fill("0.5")
    expect(page.locator("#moved-threshold")).to_contain_text("0.500 under")


STATES: dict[str, Callable[[Page], None]] = {
    **{tab: _tab(tab) for tab in TABS},
    "number-elsewhere": _elsewhere,
    "number-unnormalized": _unnormalized,
    "search-explained": _explained,
    "search-labelled": _labelled,
    "search-nothing": _nothing,
    "search-empty-question": _empty_question,
    "search-paste": _paste,
    "search-pasted": _pasted,
    "search-no-file": _upload,
    "search-embedding": _embedding,
    "search-map": _mapped,
    "search-dropped": _dropped,
    "normalize-nonsense": _nonsense,
    **{f"calibrate-{step}": _step(step) for step in ("labels", "check", "use")},
    "calibrate-no-labels": _no_labels,
    "calibrate-labelling": _labelling,
    "calibrate-languages": _languages,
    "calibrate-bad-labels": _bad_labels,
    "calibrate-not-fitted": _not_fitted,
    "calibrate-own-fit": _own_fit,
    "calibrate-dragged": _dragged,
    "calibrate-restated": _restated,
    "compare-moved-threshold": _moved_threshold,
    "compare-unlabelled": _unlabelled,
    "compare-bad-index": _bad_index,
    "compare-no-model": _no_model,
    "learn-unfolded": _learn_unfolded,
}
"""Every state that a visitor can meet, by the name of its picture, and the way there."""

if __name__ == "__main__":
    main()
