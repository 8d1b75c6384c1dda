"""The README's picture of the page: `python -m tests.browser.readme_picture` writes it anew."""

from __future__ import annotations

from playwright.sync_api import expect

from search_ui import VERSION
from tests.browser.serving import ROOT, chromium, served

PICTURE = ROOT / "docs" / f"score-sense-{VERSION}.png"


def main() -> None:
    """Start the app, wait for the model, and take the first screen as a visitor sees it."""
    with served() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 960}, color_scheme="light")
        page.goto(address)
        expect(page.locator("#model-state")).to_contain_text("The model is ready", timeout=60_000)
        page.wait_for_timeout(800)
        page.screenshot(path=PICTURE)
    print(f"Wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
