"""The server goes and comes back: what visitors see who still have the page open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SEARCH, wait_until_ready
from tests.browser.serving import free_port, served
from tests.browser.test_search import PASTED, ask, use_pasted

LOADING_MS = 90_000  # until a server that was started anew has loaded its model
QUESTION = "How do I descale a kettle?"


@pytest.fixture
def port() -> int:
    """Where each server of a test listens."""
    return free_port()


@pytest.fixture
def left(browser: Browser, port: int) -> Iterator[Page]:
    """The page with the visitor's own texts in use, after its server has gone."""
    page = browser.new_page()
    with served(port=port) as address:
        page.goto(address + SEARCH)
        wait_until_ready(page)
        use_pasted(page, PASTED)
        expect(page.locator("#result .foot")).to_contain_text("12 documents")
    yield page
    page.close()


def test_a_question_asked_while_the_server_is_away_is_answered_when_it_is_back(
    left: Page, port: int
) -> None:
    ask(left, QUESTION)
    told = left.get_by_text("Connection to the server was lost")
    expect(told).to_be_visible()
    with served(port=port):
        best = left.locator("ol.hits li").first
        expect(best).to_contain_text("descale", ignore_case=True, timeout=LOADING_MS)
        expect(left.locator("#query input")).to_have_value(QUESTION)
        expect(told).to_have_count(0)
        left.close()  # before its server goes


def test_what_a_server_took_with_it_is_named_and_can_be_given_again(left: Page, port: int) -> None:
    gone = left.locator("#gone section")
    expect(gone).to_be_hidden()
    with served(port=port):
        ask(left, QUESTION)
        expect(gone).to_contain_text("no longer here", timeout=LOADING_MS)
        expect(gone.get_by_text("paste or upload your texts")).to_be_visible()
        expect(gone.get_by_text("upload your labels CSV")).to_be_hidden()
        expect(left.locator("#result .foot")).to_contain_text("432 documents")
        gone.get_by_role("button", name="your texts").click()
        left.locator("#pasted textarea").fill(PASTED)
        left.locator("#use-collection").click()
        expect(left.locator("#result .foot")).to_contain_text("12 documents")
        expect(gone).to_be_hidden()
        left.close()


def test_the_banner_stays_over_a_reload_until_it_is_dismissed(left: Page, port: int) -> None:
    gone = left.locator("#gone section")
    with served(port=port):
        for _ in range(2):
            left.reload()
            wait_until_ready(left)
            expect(gone).to_be_visible()
        gone.get_by_role("button", name="Dismiss").click()
        expect(gone).to_be_hidden()
        left.reload()
        wait_until_ready(left)
        expect(left.locator("#result .foot")).to_contain_text("432 documents")
        expect(gone).to_be_hidden()
        left.close()
