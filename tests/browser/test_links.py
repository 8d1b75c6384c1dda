"""Links and the browser's history: what is asked can be sent, and Back leads to what was before."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from search_ui.links import TABS
from tests.browser.conftest import Open, wait_until_ready
from tests.browser.serving import WORK_MS, tab_name
from tests.browser.test_search import ask, use_pasted

FIRST = "How do I descale a kettle?"
SECOND = "A feline relaxes."


def open_tab(page: Page, tab: str) -> None:
    """Click on a tab."""
    page.get_by_role("tab", name=tab_name(tab), exact=True).click()


def expect_asked(page: Page, question: str, tab: str = "search") -> None:
    """Expect a tab to be open, with a question in its field, in its answer and in the address."""
    expect_noted(page, question, tab)
    expect(page.locator("#query input")).to_have_value(question)
    if tab == "normalize":
        expect(page.locator("#normalize-query input")).to_have_value(question)
    best = "descale" if question == FIRST else "cat"
    expect(page.locator("ol.hits li").first).to_contain_text(best, ignore_case=True)


def expect_noted(page: Page, question: str, tab: str) -> None:
    """Expect a tab to be open, and it and a question to stand in the address."""
    expect(page.get_by_role("tab", name=tab_name(tab))).to_have_attribute("aria-selected", "true")
    page.wait_for_function("q => address.opening && address.shown().q === q", arg=question)
    page.wait_for_function("tab => address.shown().tab === tab", arg=tab)  # it follows the tab


def entries(page: Page) -> int:
    """Count the entries of the history."""
    count: int = page.evaluate("history.length")
    return count


def address_of(page: Page) -> dict[str, str]:
    """Return the parameters of the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def requests_under_way(page: Page) -> set[Request]:
    """Return the requests that have begun from now on and not ended, kept up to date."""
    under_way: set[Request] = set()
    page.on("request", lambda request: under_way.add(request))
    page.on("requestfinished", lambda request: under_way.discard(request))
    page.on("requestfailed", lambda request: under_way.discard(request))
    return under_way


def wait_for_answers(page: Page, under_way: set[Request]) -> None:
    """Wait until nothing has been under way for a while; the page's heartbeat never ends."""
    for _ in range(WORK_MS // 500):
        page.wait_for_timeout(500)
        if not under_way:
            return
    pytest.fail(f"Still under way: {[request.url for request in under_way]}")


def test_back_and_forward_lead_through_questions_and_tabs(page: Page) -> None:
    start = entries(page)
    opening = page.locator("#query input").input_value()
    ask(page, FIRST)
    expect_asked(page, FIRST)
    ask(page, SECOND)
    expect_asked(page, SECOND)
    open_tab(page, "normalize")
    expect_asked(page, SECOND, "normalize")
    expect(page.locator("#readings table")).to_be_visible()
    assert entries(page) == start + 3
    page.go_back()
    expect_asked(page, SECOND)
    page.go_back()
    expect_asked(page, FIRST)
    page.go_forward()
    expect_asked(page, SECOND)
    page.go_forward()
    expect_asked(page, SECOND, "normalize")
    for _ in range(3):
        page.go_back()
    expect_asked(page, opening)
    assert entries(page) == start + 3


def test_quick_steps_back_end_where_they_should_and_add_no_entry(page: Page) -> None:
    start = entries(page)
    for question in (FIRST, SECOND):
        ask(page, question)
        expect_asked(page, question)
        open_tab(page, "normalize")
        expect_asked(page, question, "normalize")
        open_tab(page, "search")
        expect_asked(page, question)
    assert entries(page) == start + 6
    for _ in range(4):
        page.evaluate("history.back()")
        page.wait_for_timeout(50)
    expect_asked(page, FIRST, "normalize")
    page.wait_for_timeout(1_000)
    expect_asked(page, FIRST, "normalize")
    expect(page.locator("#readings tbody tr").first).to_contain_text("descale", ignore_case=True)
    assert entries(page) == start + 6


def test_the_number_of_hits_and_the_reading_change_the_entry_and_add_none(page: Page) -> None:
    ask(page, FIRST)
    expect_asked(page, FIRST)
    start = entries(page)
    page.get_by_role("button", name="Show 6 hits").click()
    page.get_by_label("range slider for Hits shown (k)").press("ArrowLeft")
    expect(page.locator("ol.hits li")).to_have_count(5)
    open_tab(page, "normalize")
    expect(page.locator("#readings table")).to_be_visible()
    page.get_by_label("range slider for k: how many hits are normalized").press("End")
    expect(page.locator("#stability svg:visible")).to_contain_text("k = 50")
    page.locator("#normalizer input").click()
    page.get_by_role("option", name="CSLS", exact=True).click()
    expect(page.locator("#reading-card h2")).to_have_text("CSLS")
    page.wait_for_url("**/*norm=csls*")
    assert entries(page) == start + 1  # the tab
    assert address_of(page)["k"] == "5"  # that of Search; how many are normalized is not noted
    page.go_back()
    expect(page.locator("ol.hits li")).to_have_count(5)
    assert address_of(page)["k"] == "5"
    assert address_of(page)["q"] == FIRST


def test_a_question_that_is_typed_and_not_asked_adds_no_entry(page: Page) -> None:
    start = entries(page)
    page.locator("#query input").press_sequentially(" And the chair?")
    page.wait_for_timeout(300)
    assert entries(page) == start
    assert address_of(page) == {"tab": "search"}  # as it was opened


def test_asking_the_same_again_adds_no_entry(page: Page) -> None:
    ask(page, FIRST)
    expect_asked(page, FIRST)
    start = entries(page)
    page.locator("#ask").click()
    page.locator("#query input").press("Enter")
    page.wait_for_timeout(500)
    assert entries(page) == start


def test_back_keeps_the_visitors_own_texts(page: Page) -> None:
    use_pasted(page, "Bread rises overnight.\nThe ferry leaves at noon.\nA kettle is descaled.")
    expect(page.locator("#result .foot")).to_contain_text("3 documents")
    ask(page, FIRST)
    expect(page.locator("ol.hits li").first).to_contain_text("kettle")
    ask(page, "When does the ferry leave?")
    expect(page.locator("ol.hits li").first).to_contain_text("ferry")
    page.go_back()
    expect(page.locator("ol.hits li").first).to_contain_text("kettle")
    expect(page.locator("#result .foot")).to_contain_text("3 documents")


@pytest.mark.parametrize("tab", TABS)
def test_a_reload_keeps_question_and_tab(page: Page, tab: str) -> None:
    under_way = requests_under_way(page)
    ask(page, SECOND)
    expect_asked(page, SECOND)
    if tab != "search":
        open_tab(page, tab)
        page.wait_for_url(f"**/*tab={tab}*")
    wait_for_answers(page, under_way)  # the framework complains of answers cut off
    page.reload()
    wait_until_ready(page)
    expect_noted(page, SECOND, tab)
    if tab == "normalize":
        expect(page.locator("#normalize-query input")).to_have_value(SECOND)
    open_tab(page, "search")
    expect_asked(page, SECOND)


def test_back_after_a_reload_leads_to_what_was_before_it(page: Page) -> None:
    ask(page, FIRST)
    expect_asked(page, FIRST)
    ask(page, SECOND)
    expect_asked(page, SECOND)
    page.reload()
    wait_until_ready(page)
    expect_asked(page, SECOND)
    page.go_back()
    expect_asked(page, FIRST)


def test_a_link_restores_question_number_of_hits_reading_and_tab(visit: Open) -> None:
    page = visit("/?q=A+feline+relaxes.&k=4&tab=normalize&norm=csls")
    expect(page.get_by_role("tab", name="Normalize")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#normalize-query input")).to_have_value(SECOND)
    expect(page.locator("#readings tbody tr").first).to_contain_text("cat")
    expect(page.locator("#reading-card h2")).to_have_text("CSLS")
    open_tab(page, "search")
    expect(page.locator("#query input")).to_have_value(SECOND)
    expect(page.locator("ol.hits li")).to_have_count(4)


def test_a_links_question_is_answered_however_late_search_is_opened(visit: Open) -> None:
    page = visit("/?q=A+feline+relaxes.&k=4&tab=calibrate")
    page.wait_for_timeout(12_000)
    open_tab(page, "search")
    expect_asked(page, SECOND)
    expect(page.locator("ol.hits li")).to_have_count(4)


def test_a_link_with_nonsense_in_it_opens_the_example_and_is_set_right(visit: Open) -> None:
    page = visit("/?q=&k=9999999999999&tab=elsewhere&norm=%3Cb%3E")
    expect(page.get_by_role("tab", name="Your number")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#number input")).to_have_value("0.83")
    page.wait_for_function("address.opening")
    assert address_of(page) == {"k": "6", "norm": "minmax"}


def test_the_address_follows_what_is_asked_and_carries_no_upload(visit: Open) -> None:
    page = visit()
    use_pasted(page, "A secret about the ferry.\nAnother secret.")
    expect(page.locator("#collection-state")).to_have_text(
        re.compile(r"^\s*2 documents embedded and in use")
    )
    ask(page, "Where is the ferry?")
    page.wait_for_url("**/*q=Where+is+the+ferry*")
    open_tab(page, "normalize")
    page.wait_for_url("**/*tab=normalize*")
    assert "secret" not in page.url
    assert set(address_of(page)) <= {"q", "k", "norm", "tab"}
    expect(page.locator("#readings table")).to_be_visible()
    page.reload()
    wait_until_ready(page)
    expect(page.locator("#normalize-query input")).to_have_value("Where is the ferry?")
    open_tab(page, "search")
    # The visit goes on with its own texts; who else opens the link asks the sample.
    expect(page.locator("#result .foot")).to_contain_text("2 documents")
    another = visit(page.url)
    expect(another.locator("#query input")).to_have_value("Where is the ferry?")
    expect(another.locator("#result .foot")).to_contain_text("432 documents")
