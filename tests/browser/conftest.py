"""Visitors to the real page. Each fails its test if the page asks a foreign host or errs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.serving import TIMEOUT_MS, VARIANTS, WORK_MS, Variant, chromium

SEARCH = "/?tab=search"

Open = Callable[..., Page]
"""Opens the page for one more visitor: `visit(path=SEARCH, variant=VARIANTS[0], ready=True)`."""

expect.set_options(timeout=TIMEOUT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; closed after each file, since its event loop would disturb other tests' own."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def profile(browser: Browser) -> BrowserContext:
    """The profile of each test's first visitor, with the page's scripts as Chromium compiled them.

    To compile them takes longer than all else on the way to a page that is ready. Who is who is
    kept for each tab (`sessionStorage`), so that a tab of its own makes a visitor.
    """
    return _new_profile(browser)


def _new_profile(browser: Browser) -> BrowserContext:
    profile = browser.new_context(accept_downloads=True)
    profile.set_default_timeout(TIMEOUT_MS)
    return profile


@pytest.fixture
def visit(browser: Browser, profile: BrowserContext, address: str) -> Iterator[Open]:
    """Open the page as a fresh visitor, as often as asked; look afterwards what the page did.

    Each further visitor of a test has a profile of its own.
    """
    pages: list[Page] = []
    requested: list[str] = []
    errors: list[str] = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: requested.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

    def open_page(path: str = SEARCH, variant: Variant = VARIANTS[0], ready: bool = True) -> Page:
        page = (_new_profile(browser) if pages else profile).new_page()
        pages.append(page)
        page.set_viewport_size({"width": variant.width, "height": variant.height})
        page.emulate_media(color_scheme=variant.scheme)
        watch(page)
        page.goto(address + path if path.startswith("/") else path)
        if ready:
            wait_until_ready(page)
        return page

    yield open_page
    for page in pages:
        page.close()
        if page.context != profile:
            page.context.close()
    assert {urlsplit(url).hostname for url in requested if url.startswith("http")} <= {"127.0.0.1"}
    assert errors == []


@pytest.fixture
def page(visit: Open) -> Page:
    """The page on a wide, light screen, on the Search tab, with the model loaded."""
    return visit()


def wait_until_ready(page: Page) -> None:
    """Wait until the page says that the model is loaded, and has followed its link."""
    expect(page.locator("#model-state")).to_contain_text("The model is ready", timeout=WORK_MS)
    page.wait_for_function("() => address.opening !== null")


def grave_faults(page: Page) -> list[str]:
    """Return what axe finds that keeps people out."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})  # what passed takes longest
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
