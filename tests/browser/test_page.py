"""The page as a whole: the first view, phones, the dark, the keyboard, links, other hosts."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_the_page_opens_on_a_finished_example(page: Page) -> None:
    expect(page.locator("h1")).to_contain_text("What does a score of")
    expect(page.locator("ol.hits li")).to_have_count(6)
