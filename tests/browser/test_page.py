"""The page as a whole: the first view, phones, the dark, the keyboard, links, other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from search_ui.links import TABS
from tests.browser.conftest import SEARCH, Open, grave_faults, wait_until_ready
from tests.browser.serving import VARIANTS, WORK_MS, Variant, served, tab_name

WIDE, DARK, PHONE, PHONE_DARK = VARIANTS
WATCH_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
MOVING = """() => [...document.querySelectorAll("*")]
  .filter(each => each.checkVisibility())
  .flatMap(each => [null, "::before", "::after"].map(part => [each, getComputedStyle(each, part)]))
  .filter(([, style]) => parseFloat(style.transitionDuration) > 0 || style.animationName !== "none")
  .map(([each]) => each.outerHTML.slice(0, 120))"""

# What has the focus: whether it shows that, and whether the walk has come round to it again.
FOCUSED = """() => {
  const each = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(each);
  const shows = outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
  // A list that closes as one leaves it takes a press with it: the page itself has the focus then.
  const nothing = each === document.body, again = !nothing && window.reached.has(each);
  window.reached.add(each);
  return { again, shows: shows || nothing, what: each.outerHTML.slice(0, 120) };
}"""
CONTROLS = """() => [...document.querySelectorAll(
    "a[href], button, input, textarea, summary, [tabindex='0']")]
  .filter(each => each.checkVisibility({ visibilityProperty: true }) && !each.disabled)
  .filter(each => each.tabIndex >= 0 && each.type !== "file")
  .filter(each => each.type !== "radio" || each.checked)
  .filter(each => !window.reached.has(each))
  .map(each => each.outerHTML.slice(0, 120))"""


def each_place(page: Page) -> Iterator[str]:
    """Open each tab and each step in turn, wait until it stands still, and name it."""
    for tab in TABS:
        page.get_by_role("tab", name=tab_name(tab), exact=True).click()
        if tab == "normalize":
            expect(page.locator("#readings table")).to_be_visible()
        if tab == "compare":
            expect(page.locator("#index-table table").first).to_be_visible(timeout=WORK_MS)
            expect(page.locator("#models-result figure")).to_be_visible(timeout=WORK_MS)
        for step in ("labels", "check", "fit", "use") if tab == "calibrate" else ("",):
            if step:
                page.locator(f"[data-tab-id={step}]").click()
                expect(page.locator(f"#step-{step}")).to_be_visible()
            page.wait_for_timeout(300)
            yield f"{tab} {step}".strip()


MODEL_HELD_BACK = """
import os, sys, time
from importlib.machinery import PathFinder

class HeldBack:
    def find_spec(self, name, path=None, target=None):
        if name != "faiss":  # which the sample's index is read with
            return None
        spec = PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module

        def load_late(module):
            while not os.path.exists(os.environ["MODEL_MAY_LOAD"]):
                time.sleep(0.05)
            load(module)

        spec.loader.exec_module = load_late
        return spec

sys.meta_path.insert(0, HeldBack())
"""


@contextmanager
def served_without_its_model(folder: Path) -> Iterator[tuple[str, Path]]:
    """Start the app; give its address, and the file that lets its model load once it exists."""
    (folder / "sitecustomize.py").write_text(MODEL_HELD_BACK, encoding="utf-8")
    may_load = folder / "may_load"
    with served({"PYTHONPATH": str(folder), "MODEL_MAY_LOAD": str(may_load)}) as fresh:
        yield fresh, may_load


@pytest.mark.parametrize("variant", [WIDE, PHONE], ids=lambda variant: variant.name)
def test_nothing_jumps_from_the_first_paint_until_the_model_is_ready(
    browser: Browser, variant: Variant, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": variant.width, "height": variant.height})
    page.add_init_script(WATCH_SHIFTS)
    with served_without_its_model(tmp_path) as (fresh, may_load):
        page.goto(fresh)
        expect(page.locator("#number-picture svg:visible")).to_have_count(1)
        expect(page.locator("h1")).to_contain_text("Is 0.83 a good similarity score?")
        expect(page.locator("#model-state")).to_contain_text("The model is loading")
        may_load.touch()
        wait_until_ready(page)
        page.wait_for_timeout(500)
        assert page.evaluate("window.shifted") < 0.05
        page.close()  # before its server goes


def test_a_page_that_is_never_complete_shows_what_there_is(page: Page) -> None:
    page.evaluate("document.getElementById('number-model').id = 'lost'")
    expect(page.locator("h1")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()


def test_nothing_moves_for_who_wants_no_motion(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    for place in each_place(page):
        assert (place, page.evaluate(MOVING)) == (place, [])


def test_the_keyboard_reaches_every_control_shows_where_it_is_and_is_never_trapped(
    page: Page,
) -> None:
    for place in each_place(page):
        page.locator("h1").click()  # the walk begins at the top
        assert (place, walk(page)) == (place, [])
        assert (place, page.evaluate(CONTROLS)) == (place, [])


def walk(page: Page) -> list[str]:
    """Press Tab until the focus comes round again; return what did not show that it had it."""
    page.evaluate("window.reached = new Set()")
    unseen: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["again"]:
            return unseen
        unseen += [] if focused["shows"] else [focused["what"]]
    pytest.fail("200 presses of Tab did not lead round the page.")


def test_a_question_asked_before_the_model_is_ready_waits_for_it(
    visit: Open, tmp_path: Path
) -> None:
    with served_without_its_model(tmp_path) as (fresh, may_load):
        page = visit(fresh + SEARCH, ready=False)
        expect(page.locator("#model-state")).to_contain_text("The model is loading")
        page.get_by_role("button", name="easy match").click()
        expect(page.locator("#problem")).to_contain_text("still loading")
        may_load.touch()
        expect(page.locator("ol.hits li").first).to_contain_text("descale", ignore_case=True)
        expect(page.locator("#problem .notice")).to_have_count(0)
        page.close()  # before its server goes


@pytest.mark.parametrize("variant", [DARK, PHONE_DARK], ids=lambda variant: variant.name)
def test_the_dark_follows_the_system(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 18, 32)"
    ink = page.locator("h1").evaluate("each => getComputedStyle(each).color")
    assert ink == "rgb(232, 237, 245)"


@pytest.mark.parametrize("variant", [WIDE, PHONE_DARK], ids=lambda variant: variant.name)
def test_axe_finds_no_serious_fault(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    for place in each_place(page):
        assert (place, grave_faults(page)) == (place, [])


def test_the_keyboard_alone_asks_a_question_and_opens_its_explanation(page: Page) -> None:
    query = page.locator("#query input")
    for _ in range(12):
        page.keyboard.press("Tab")
        if query.evaluate("each => each === document.activeElement"):
            break
    expect(query).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("How do I descale a kettle?")
    page.keyboard.press("Enter")
    expect(page.locator("ol.hits li").first).to_contain_text("descale", ignore_case=True)
    summary = page.locator("ol.hits summary").first
    for _ in range(20):
        page.keyboard.press("Tab")
        if summary.evaluate("each => each === document.activeElement"):
            break
    outline = summary.evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator("ol.hits .explain").first).to_be_visible()
