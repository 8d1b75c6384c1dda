"""Normalize, as a visitor does it: readings side by side, nonsense, two queries."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

import search_core as sc
from search_ui.readings_view import NONSENSE
from tests.browser.conftest import Open
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


def choose(page: Page, box: str, option: str) -> None:
    """Choose from a drop-down list."""
    page.locator(f"{box} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def test_every_reading_stands_beside_the_others(normalize: Page) -> None:
    rows = normalize.locator("#readings tbody tr")
    expect(rows).to_have_count(7)  # six hits, and nonsense
    expect(rows.first.locator("td")).to_have_count(len(sc.NORMALIZERS))
    expect(rows.first.locator("td.chosen")).to_have_text("1.00")
    expect(rows.last.locator("td.chosen")).to_have_text("1.00")
    expect(normalize.locator("#readings .find")).to_contain_text("Min-max calls the best hit 1.00")


def test_another_reading_is_explained_and_highlighted(normalize: Page) -> None:
    choose(normalize, "#normalizer", "CSLS")
    card = normalize.locator("#reading-card")
    expect(card).to_contain_text("mean of the query's 10 best")
    expect(card).to_contain_text("moved")
    chosen = normalize.locator("#readings tbody tr").first.locator("td.chosen")
    expect(chosen).to_have_attribute("data-name", "CSLS")


def test_one_click_asks_nonsense(normalize: Page) -> None:
    normalize.locator("#nonsense").click()
    expect(normalize.locator("#normalize-query input")).to_have_value(NONSENSE)
    expect(normalize.locator("#readings .find")).to_contain_text(
        "Min-max and 1/rank still say 1.00"
    )
    expect(normalize.locator("#readings .find")).to_contain_text("The honest sign")


def test_readings_are_followed_from_5_hits_to_50(normalize: Page) -> None:
    chart = normalize.locator("#stability figure")
    expect(chart.locator("figcaption")).to_contain_text("by how many hits you ask for")
    chart.locator("summary").click()
    numbers = [cell.strip() for cell in chart.locator("tbody td:first-child").all_inner_texts()]
    assert numbers == ["5", "10", "20", "35", "50"]


def test_the_crowd_around_each_hit_is_shown(normalize: Page) -> None:
    expect(normalize.locator("#crowd")).to_contain_text("CSLS reads")
    expect(normalize.locator("#crowd")).to_contain_text("among the ten nearest of")


def test_two_queries_are_compared_over_one_axis(normalize: Page) -> None:
    normalize.locator("#second-query input").fill("How do I descale a kettle?")
    normalize.locator("#compare").click()
    expect(normalize.locator("#compared tbody tr").nth(1)).to_contain_text("descale")
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
    first = page.locator("#readings tbody tr").first
    expect(first.locator('td[data-name="Chance of one hit"]')).to_have_text("–")
    expect(page.locator("#crowd")).to_contain_text("One document has no neighbours")
