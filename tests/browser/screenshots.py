"""Pictures of every tab and state, in four variants: `make screenshots` writes `screenshots/`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, expect

from search_ui.links import TABS
from tests.browser.serving import ROOT, TIMEOUT_MS, VARIANTS, Variant, chromium, served

FOLDER = ROOT / "screenshots"


def main() -> None:
    """Start the app, go through every state in every variant, and write the pictures."""
    expect.set_options(timeout=TIMEOUT_MS)
    FOLDER.mkdir(exist_ok=True)
    with served() as address, chromium() as browser:
        for variant in VARIANTS:
            for name, reach in STATES.items():
                picture(browser, address, variant, name, reach)
    print(f"{len(STATES) * len(VARIANTS)} pictures in {FOLDER}")


def picture(
    browser: Browser, address: str, variant: Variant, name: str, reach: Callable[[Page], None]
) -> None:
    """Bring a fresh page into a state and take its picture, as long as it is."""
    context = browser.new_context(
        viewport={"width": variant.width, "height": variant.height}, color_scheme=variant.scheme
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#model-state")).to_contain_text("The model is ready", timeout=60_000)
    reach(page)
    page.wait_for_timeout(800)
    page.screenshot(path=Path(FOLDER) / f"{name}-{variant.name}.png", full_page=True)
    context.close()


def _tab(name: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.get_by_role("tab", name=name.capitalize(), exact=True).click()
        if name == "normalize":
            expect(page.locator("#readings table")).to_be_visible()
        if name == "compare":
            expect(page.locator("#index-table table")).to_be_visible()

    return reach


def _explained(page: Page) -> None:
    page.locator("ol.hits summary").first.click()


def _nothing(page: Page) -> None:
    page.get_by_role("button", name="no answer here").click()
    expect(page.locator("#result .find")).to_contain_text("Nothing relevant")


def _empty_question(page: Page) -> None:
    page.locator("#query input").fill("")
    page.locator("#ask").click()
    expect(page.locator("#problem .notice")).to_be_visible()


def _paste(page: Page) -> None:
    page.locator("#own .unfold").click()
    page.get_by_label("Paste texts").check()
    page.locator("#pasted textarea").fill("The ferry leaves at noon.\nBread rises overnight.")


def _pasted(page: Page) -> None:
    _paste(page)
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("2 documents embedded and in use")


def _upload(page: Page) -> None:
    page.locator("#own .unfold").click()
    page.get_by_label("A file").check()
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state .notice.error")).to_be_visible()


def _embedding(page: Page) -> None:
    page.locator("#own .unfold").click()
    page.get_by_label("A file").check()
    lines = "\n".join(f"{n} {'words that take a while to embed ' * 20}" for n in range(1000))
    file = FilePayload(name="long.txt", mimeType="text/plain", buffer=lines.encode())
    page.locator("#collection-file input[type=file]").set_input_files(file)
    expect(page.locator("#collection-file")).to_contain_text("long")
    page.locator("#use-collection").click()
    expect(page.locator("#cancel-collection")).to_be_visible()
    page.wait_for_timeout(1500)


def _nonsense(page: Page) -> None:
    _tab("normalize")(page)
    page.locator("#nonsense").click()
    expect(page.locator("#readings .find")).to_contain_text("This is nonsense")


def _converted(page: Page) -> None:
    _tab("normalize")(page)
    page.locator("#convert").click()
    page.locator("#converted summary").click()


def _refused(page: Page) -> None:
    _tab("normalize")(page)
    page.locator("#engine-score input").fill("7")
    page.locator("#convert").click()
    expect(page.locator("#converted .notice.error")).to_be_visible()


STATES: dict[str, Callable[[Page], None]] = {
    **{tab: _tab(tab) for tab in TABS},
    "search-explained": _explained,
    "search-nothing": _nothing,
    "search-empty-question": _empty_question,
    "search-paste": _paste,
    "search-pasted": _pasted,
    "search-no-file": _upload,
    "search-embedding": _embedding,
    "normalize-nonsense": _nonsense,
    "normalize-converted": _converted,
    "normalize-refused": _refused,
}
"""Every state that a visitor can meet, by the name of its picture, and the way there."""

if __name__ == "__main__":
    main()
