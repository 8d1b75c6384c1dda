"""The page for those who listen to it, use the keyboard, or hold a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from search_ui.links import TABS
from tests.browser.conftest import Open, wait_until_ready
from tests.browser.serving import VARIANTS, Variant
from tests.browser.test_page import each_place

PHONE = VARIANTS[2]
NARROW = Variant("narrow", 320, 700, "light")
SCREENS = 12  # that a tab may be long on a phone, as it opens

# Notes what a screen reader is told by itself, in order.
LISTEN = """() => {
  window.heard = [];
  const last = new Map();
  new MutationObserver(() => {
    for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
      const text = region.textContent.trim();
      if (text && last.get(region) !== text) window.heard.push(text);
      last.set(region, text);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}"""
# Where the framework has no words it shows the name under which it looked for them.
KEYS = """() => {
  // Not the name of a file, though it looks alike.
  const keys = [], isKey = /^[a-z_]+([.](?!(py|csv|json|md|svg|txt|zip)$)[a-z_]+)+$/;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim();
    if (isKey.test(text) && !texts.currentNode.parentElement.closest("pre, code, script, style"))
      keys.push(text);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const each of document.querySelectorAll(`[${name}]`))
      if (isKey.test(each.getAttribute(name))) keys.push(each.getAttribute(name));
  return keys;
}"""
SMALL_TEXTS = """() => {
  const small = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, part = text.parentElement, range = document.createRange();
    range.selectNode(text);
    if (!text.data.trim() || !part.checkVisibility() || !range.getBoundingClientRect().width)
      continue;
    const svg = part.closest("svg");
    const drawn = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = parseFloat(getComputedStyle(part).fontSize) * drawn;
    // A size of nothing hides what a phone has no room for.
    if (size > 0 && size < 12) small.push(`${size}px: ${text.data.trim().slice(0, 60)}`);
  }
  return small;
}"""
# Wide tables may scroll within their card, and the row of tabs within its line; the page and its
# other parts may not stick out.
OUTSIDE = """() => [...document.querySelectorAll(".ss, button, input, .block")]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .filter(each => !each.closest(".wide-table, .numbers, #tabs > .tab-wrapper > [role=tablist]"))
  .map(each => each.outerHTML.slice(0, 120))"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter(each => each.checkVisibility())
  .map(each => [Number(each.tagName[1]), each.textContent.trim()])"""
ROWS = """() => [...document.querySelectorAll("#tabs > .tab-wrapper [role=tab]")]
  .map(each => Math.round(each.getBoundingClientRect().top))"""
OUT_OF_VIEW = """() => {
  const open = document.querySelector("#tabs [aria-selected=true]");
  const { left, right } = open.getBoundingClientRect();
  return left < 0 || right > innerWidth;
}"""
# How far the ring around what has the focus stands out of the row that holds it, above and below.
CUT_OFF = """() => {
  const each = document.activeElement, { outlineOffset, outlineWidth } = getComputedStyle(each);
  const around = parseFloat(outlineOffset) + parseFloat(outlineWidth);
  const ring = each.getBoundingClientRect();
  const row = each.closest("[role=tablist]").getBoundingClientRect();
  return Math.max(row.top - (ring.top - around), ring.bottom + around - row.bottom);
}"""


@dataclass(frozen=True)
class Place:
    """What a walk through the page on a phone found at a tab, or at a step of one."""

    name: str
    screens: float
    width: int
    headings: list[tuple[int, str]]
    keys: list[str]
    small_texts: list[str]
    outside: list[str]


@dataclass(frozen=True)
class Walk:
    """All places of the page, and what a screen reader was told on the way."""

    places: list[Place]
    heard: list[str]


@pytest.fixture(scope="module")
def walk(browser: Browser, address: str) -> Walk:
    """Walk through the page on a phone, once for all tests."""
    page = browser.new_page(viewport={"width": PHONE.width, "height": PHONE.height})
    page.goto(address)
    wait_until_ready(page)
    page.evaluate(LISTEN)
    places = [
        Place(
            name,
            page.evaluate("document.documentElement.scrollHeight") / PHONE.height,
            page.evaluate("document.documentElement.scrollWidth"),
            page.evaluate(HEADINGS),
            page.evaluate(KEYS),
            page.evaluate(SMALL_TEXTS),
            page.evaluate(OUTSIDE),
        )
        for name in each_place(page)
    ]
    # The framework's own word for the end of some work; it lacks one.
    page.wait_for_function("window.heard.includes('Done')")
    heard = page.evaluate("window.heard")
    page.close()
    return Walk(places, heard)


def tab(page: Page, name: str) -> None:
    """Open a tab, once the page has opened the one that its link names."""
    page.wait_for_function("address.opening !== null")
    opened = page.locator(f"#tabs [data-tab-id={name}]").first
    opened.click()
    expect(opened).to_have_attribute("aria-selected", "true")


def expect_open(page: Page, name: str) -> None:
    """Expect a tab to be open and to have the focus."""
    opened = page.locator(f"#tabs [data-tab-id={name}]").first
    expect(opened).to_have_attribute("aria-selected", "true")
    expect(opened).to_be_focused()


def test_arrow_keys_home_and_end_open_the_tabs(page: Page) -> None:
    page.locator(f"#tabs [data-tab-id={TABS[0]}]").first.focus()
    for key, name in (
        ("ArrowRight", TABS[1]), ("End", TABS[-1]), ("ArrowRight", TABS[0]),
        ("ArrowLeft", TABS[-1]), ("ArrowLeft", TABS[-2]), ("Home", TABS[0]),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect_open(page, name)


def test_the_tab_key_stops_once_at_a_row_of_tabs(page: Page) -> None:
    tab(page, "calibrate")
    expect(page.locator("#calibrate-path [role=tab]").first).to_be_visible()
    for row in page.get_by_role("tablist").all():
        reached = row.locator("[role=tab]:not([tabindex='-1'])")
        expect(reached).to_have_count(1)
        expect(reached).to_have_attribute("aria-selected", "true")


def test_the_ring_around_a_tab_is_not_cut_off_by_its_row(page: Page) -> None:
    page.locator(f"#tabs [data-tab-id={TABS[0]}]").first.focus()
    page.keyboard.press("End")
    expect_open(page, TABS[-1])
    assert page.evaluate(CUT_OFF) <= 0


def test_arrow_keys_in_a_field_stay_there(page: Page) -> None:
    tab(page, "search")
    page.locator("#query input").press("ArrowRight")
    expect(page.locator("#query input")).to_be_focused()
    expect(page.locator("#tabs [data-tab-id=search]").first).to_have_attribute(
        "aria-selected", "true"
    )


def test_the_page_has_a_banner_a_main_part_and_an_end(page: Page) -> None:
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("banner").get_by_role("link", name="Score Sense")).to_be_visible()
    foot = page.get_by_role("contentinfo")
    expect(foot).to_contain_text("Your texts are processed on this server only")
    foot.get_by_role("button", name="Papers").click()
    expect(page.get_by_role("heading", name="Papers")).to_be_in_viewport()


def test_links_of_the_footer_lead_somewhere(page: Page) -> None:
    for link in page.get_by_role("contentinfo").get_by_role("link").all():
        assert page.request.get(f"{page.url}{link.get_attribute('href')}").ok


def test_headings_follow_each_other_level_by_level(walk: Walk) -> None:
    for place in walk.places:
        levels = [level for level, _ in place.headings]
        assert (place.name, levels.count(1), levels[0]) == (place.name, 1, 1)
        skipped = [after for before, after in pairwise(place.headings) if after[0] > before[0] + 1]
        assert (place.name, skipped) == (place.name, [])


def test_an_answer_is_said_in_a_sentence_and_an_error_is_an_alert(page: Page) -> None:
    tab(page, "search")
    page.evaluate("document.getElementById('spoken').textContent = ''")
    page.locator("#query input").fill("How do I descale a kettle?")
    page.locator("#ask").click()
    expect(page.locator("#result ol.hits li").first).to_contain_text("Descale")
    expect(page.locator("#spoken")).not_to_be_empty()
    said = page.locator("#spoken").text_content() or "nothing"
    finding = page.locator("#result .find").text_content() or ""
    assert " ".join(finding.split()).startswith(said)
    assert said.endswith((".", "?"))
    page.locator("#query input").fill(" ")
    page.locator("#ask").click()
    expect(page.locator("#problem .notice[role=alert]")).to_be_visible()


def test_no_name_of_a_missing_word_is_shown_or_said(walk: Walk) -> None:
    assert {place.name: place.keys for place in walk.places if place.keys} == {}
    assert [said for said in walk.heard if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", said)] == []


@pytest.mark.parametrize("variant", [PHONE, NARROW], ids=lambda variant: variant.name)
def test_the_tabs_stand_on_one_line_and_the_open_one_is_in_view(
    visit: Open, variant: Variant
) -> None:
    page = visit(variant=variant)
    for name in reversed(TABS):
        tab(page, name)
        page.wait_for_timeout(200)
        assert len(set(page.evaluate(ROWS))) == 1
        assert not page.evaluate(OUT_OF_VIEW), name
        assert page.evaluate("document.documentElement.scrollWidth") == variant.width


def test_a_tab_is_at_most_twelve_screens_long_on_a_phone(walk: Walk) -> None:
    assert {place.name: place.screens for place in walk.places if place.screens > SCREENS} == {}


def test_no_text_on_a_phone_is_smaller_than_12_pixels(walk: Walk) -> None:
    assert {place.name: place.small_texts for place in walk.places if place.small_texts} == {}


def test_a_phone_never_scrolls_sideways(walk: Walk) -> None:
    assert {place.name: place.outside for place in walk.places if place.outside} == {}
    assert {place.name: place.width for place in walk.places if place.width != PHONE.width} == {}
