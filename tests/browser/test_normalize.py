"""Normalize, as a visitor does it: readings side by side, nonsense, two queries."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

import search_core as sc
from search_ui.views.readings import FIRST, NONSENSE
from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, Variant

CUT_BY = """label => {
  const cutting = [], { left, top } = label.getBoundingClientRect();
  for (let box = label.parentElement; box; box = box.parentElement) {
    const style = getComputedStyle(box), corner = box.getBoundingClientRect();
    const radius = parseFloat(style.borderTopLeftRadius);
    const inside = left - corner.left < radius && top - corner.top < radius;
    if (style.overflow !== "visible" && inside) cutting.push(box.id || box.className);
  }
  return cutting;
}"""
"""Names what clips to a rounded corner that reaches over the label's own."""


@pytest.fixture
def normalize(page: Page) -> Page:
    """The page, on the Normalize tab, with the readings there."""
    page.get_by_role("tab", name="Normalize").click()
    expect(page.locator("#readings table")).to_be_visible()
    return page


def first_minmax(page: Page) -> Locator:
    """The third hit's min-max in the first table."""
    return page.locator("#readings tbody tr").nth(2).locator("[data-reading=minmax]")


def choose(page: Page, box: str, option: str) -> None:
    """Choose from a drop-down list."""
    page.locator(f"{box} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def test_the_main_readings_stand_beside_each_other_and_the_others_unfold(normalize: Page) -> None:
    rows = normalize.locator("#readings tbody tr")
    expect(rows).to_have_count(7)  # six hits, and nonsense
    expect(rows.first.locator("[data-reading]")).to_have_count(len(FIRST))
    expect(rows.first.locator("td.chosen")).to_have_text("1.00")
    expect(rows.last.locator("td.chosen")).to_have_text("1.00")
    expect(normalize.locator("#readings .find")).to_contain_text("Min-max gives the best hit 1.00")
    more = normalize.locator("#more-readings")
    expect(more.locator("table").first).to_be_hidden()
    more.get_by_text("More normalizations").click()
    first_rows = more.locator("tbody tr:first-child [data-reading]")
    expect(first_rows).to_have_count(len(sc.NORMALIZERS) - len(FIRST))
    expect(first_rows.last).to_be_visible()


def test_the_slider_changes_min_max_at_once_and_leaves_the_cosine(normalize: Page) -> None:
    before = first_minmax(normalize).inner_text()
    raw = normalize.locator("#readings [data-reading=raw]").all_inner_texts()
    slider = normalize.locator("#depth input[type=range]")
    slider.focus()
    slider.press("End")
    slider.dispatch_event("pointerup")
    expect(first_minmax(normalize)).not_to_have_text(before)
    expect(normalize.locator("#stability svg:visible")).to_contain_text("k = 50")
    assert normalize.locator("#readings [data-reading=raw]").all_inner_texts() == raw
    expect(normalize.locator("#readings tbody tr")).to_have_count(7)


def test_another_reading_is_explained_and_highlighted(normalize: Page) -> None:
    choose(normalize, "#normalizer", "CSLS")
    card = normalize.locator("#reading-card")
    expect(card).to_contain_text("mean of the query's 10 best")
    expect(card).to_contain_text("moved")
    chosen = normalize.locator("#more-readings td.chosen").first
    expect(chosen).to_be_visible()
    expect(chosen).to_have_attribute("data-name", "CSLS ↑")


def test_the_temperature_of_softmax_makes_it_sharper_or_flatter(normalize: Page) -> None:
    choose(normalize, "#normalizer", "Softmax")
    share = normalize.locator("#more-readings [data-reading=softmax]").first
    expect(share).to_be_visible()
    usual = float(share.inner_text())
    normalize.locator("#temperature input").fill("1")
    expect(share).not_to_have_text(f"{usual:.2f}")
    assert float(share.inner_text()) < usual
    normalize.locator("#temperature input").fill("0")
    normalize.locator("#read").click()
    expect(normalize.locator("#normalize-problem")).to_contain_text("give a number above 0")


def test_one_click_asks_nonsense(normalize: Page) -> None:
    normalize.locator("#nonsense").click()
    expect(normalize.locator("#normalize-query input")).to_have_value(NONSENSE)
    expect(normalize.locator("#readings .find")).to_contain_text(
        "Min-max and 1/rank still give it 1.00"
    )
    expect(normalize.locator("#readings .find")).to_contain_text("What gives it away")


def test_readings_are_followed_from_5_hits_to_50(normalize: Page) -> None:
    chart = normalize.locator("#stability figure")
    expect(chart.locator("figcaption")).to_contain_text("Ask for more hits and the same hit moves")
    chart.locator("summary").click()
    numbers = [cell.strip() for cell in chart.locator("tbody td:first-child").all_inner_texts()]
    assert numbers == ["5", "10", "20", "35", "50"]


def test_the_crowd_around_each_hit_is_shown(normalize: Page) -> None:
    expect(normalize.locator("#crowd")).to_contain_text("CSLS takes this into account")
    normalize.locator("#crowd").get_by_text("Neighbours of each hit").click()
    expect(normalize.locator("#crowd .foot")).to_contain_text("is a top-10 neighbour of")


def test_the_same_score_is_the_best_hit_of_one_query_and_a_late_one_of_another(
    normalize: Page,
) -> None:
    expect(normalize.locator("#compared figcaption")).to_contain_text(
        "is the best hit for one query and hit 17 for the other"
    )


def test_two_queries_are_compared_over_one_axis(normalize: Page) -> None:
    normalize.locator("#second-query input").fill("How do I descale a kettle?")
    normalize.locator("#compare").click()
    expect(normalize.locator("#compared svg:visible")).to_contain_text("descale a kettle")
    expect(normalize.locator("#compared svg:visible path.ground")).to_have_count(2)


def test_an_empty_second_query_gets_a_notice_where_it_is(normalize: Page) -> None:
    normalize.locator("#second-query input").fill(" ")
    normalize.locator("#compare").click()
    expect(normalize.locator("#compared .notice.error")).to_contain_text("empty")
    expect(normalize.locator("#readings table")).to_be_visible()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_no_rounded_corner_cuts_the_first_letter_of_a_label(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    page.get_by_role("tab", name="Normalize").click()
    for box in ("#normalizer",):
        label = page.locator(f"{box} [data-testid=block-info]")
        expect(label).to_be_visible()
        assert label.evaluate(CUT_BY) == []


def test_the_question_comes_over_from_the_search(page: Page) -> None:
    page.locator("#query input").fill("A feline relaxes.")
    page.locator("#ask").click()
    page.get_by_role("tab", name="Normalize").click()
    expect(page.locator("#normalize-query input")).to_have_value("A feline relaxes.")
    expect(page.locator("#readings tbody tr").first).to_contain_text("1.")


def test_a_collection_too_small_for_a_reading_shows_a_dash(visit: Open) -> None:
    page = visit()
    page.locator("#own .unfold").click()
    page.locator("#pasted textarea").fill("A lone sentence.")
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("1 document embedded")
    page.get_by_role("tab", name="Normalize").click()
    expect(page.locator("#more-readings [data-reading=chance]").first).to_have_text("–")
    expect(page.locator("#crowd")).to_contain_text("One document has no neighbours")


@pytest.mark.parametrize("variant", VARIANTS[1:3], ids=lambda variant: variant.name)
def test_the_tab_fits_the_screen_and_axe_finds_no_fault(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    page.get_by_role("tab", name="Normalize").click()
    expect(page.locator("#readings table")).to_be_visible()
    page.get_by_text("More normalizations").click()
    assert page.evaluate("document.documentElement.scrollWidth") == variant.width
    assert grave_faults(page) == []


def test_a_card_on_a_phone_keeps_groups_and_directions_within_twelve_screens(visit: Open) -> None:
    phone = VARIANTS[2]
    page = visit(variant=phone)
    page.get_by_role("tab", name="Normalize").click()
    card = page.locator("#readings tbody tr").first
    expect(card.locator(".group")).to_have_text(
        ["this pair alone", "the list of hits", "all documents"]
    )
    expect(card.locator(".group").first).to_be_visible()
    expect(card.locator("[data-reading=raw]")).to_have_attribute("data-name", "Raw score ↓")
    expect(page.locator("#compared figure")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * phone.height
