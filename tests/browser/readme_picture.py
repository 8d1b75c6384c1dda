"""The README's picture of the page, and that of a shared link.

`python -m tests.browser.readme_picture` writes both anew.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

import search_core as sc
from search_ui.server.files import PREVIEW
from search_ui.server.sharing import PREVIEW_HEIGHT, PREVIEW_WIDTH
from tests.browser.serving import ROOT, chromium, served

PICTURE = ROOT / "docs" / f"score-sense-{sc.__version__}.png"
ENLARGED = 1.5  # a preview is shown at half its width and less, and its words are to be read there


def main() -> None:
    """Start the app, and take the first screen as a visitor sees it: whole, and as a preview."""
    with served() as address, chromium() as browser:
        take(browser, address, PICTURE, 1280, 960)
        width, height = round(PREVIEW_WIDTH / ENLARGED), round(PREVIEW_HEIGHT / ENLARGED)
        take(browser, address, PREVIEW, width, height, ENLARGED)


def take(
    browser: Browser, address: str, file: Path, width: int, height: int, enlarged: float = 1
) -> None:
    """Take a picture of so many pixels of the page, each drawn so much larger."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=enlarged,
        color_scheme="light",
    )
    page.goto(address)
    expect(page.locator("#model-state")).to_contain_text("The model is ready", timeout=60_000)
    page.wait_for_timeout(800)
    page.screenshot(path=file)
    page.close()
    print(f"Wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
