"""Fifty pairs, labelled by keyboard alone, from the opening of the page to a threshold."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import search_core as sc
from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, WORK_MS, Variant

WIDE, PHONE = VARIANTS[0], VARIANTS[3]
SUBJECTS = ("ferry", "kettle", "museum", "bakery", "bicycle", "garden", "piano", "library")
QUESTIONS = [
    question.format(subject)
    for subject in SUBJECTS
    for question in ("When does the {} open?", "Who looks after the {}?", "cleaning the {}")
]


def pair(page: Page) -> Locator:
    """Return the pair that is to be labelled."""
    return page.locator("#judging-pairs article:not([hidden])")


def amount(page: Page) -> Locator:
    return page.locator("#judging-progress b").first


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the button of this name has the focus."""
    for _ in range(60):
        if page.evaluate("document.activeElement?.textContent?.trim() ?? ''").startswith(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach “{name}”.")


def begin(page: Page, questions: list[str]) -> None:
    """Go through the door for who has no labels, with the keyboard, and give questions."""
    tab_to(page, "I have no labels")
    page.keyboard.press("Enter")
    expect(page.locator("#judging-questions textarea")).to_be_focused()
    page.keyboard.insert_text("\n".join(questions))
    tab_to(page, "Choose pairs")
    page.keyboard.press("Enter")
    expect(page.locator("#judging-pairs section")).to_be_focused(timeout=WORK_MS)


@pytest.mark.parametrize("variant", [WIDE, PHONE], ids=lambda variant: variant.name)
def test_the_walk_from_questions_to_a_fit_needs_no_mouse(visit: Open, variant: Variant) -> None:
    page = visit("/", variant)
    begin(page, QUESTIONS)
    assert page.evaluate("document.documentElement.scrollWidth") == variant.width
    assert grave_faults(page) == []
    for number in range(50):
        shown = pair(page).get_attribute("data-pair")
        page.keyboard.press("j" if number % 3 == 0 else "k")
        if number < 49:
            expect(page.locator(f"#judging-pairs article[data-pair='{shown}']")).to_be_hidden()
            expect(pair(page)).to_be_visible()
    expect(amount(page)).to_have_text("50 of 50 labels")
    expect(page.locator("#judging-progress .notice.done")).to_contain_text("Done: 50 labels")
    tab_to(page, "Fit and get a threshold")
    page.keyboard.press("Enter")
    expect(page.locator("#step-fit")).to_be_visible(timeout=WORK_MS)
    expect(page.locator("[data-tab-id=labels]")).to_contain_text("50 labels")
    assert page.evaluate("document.documentElement.scrollWidth") == variant.width


def test_an_answer_shows_at_once_is_undone_and_outlives_a_reload(
    visit: Open, tmp_path: Path
) -> None:
    page = visit("/")
    begin(page, QUESTIONS)
    first = pair(page).get_attribute("data-pair")
    page.keyboard.press("j")
    assert pair(page).get_attribute("data-pair") != first
    page.keyboard.press("l")
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(pair(page)).to_have_attribute("data-pair", str(first))
    expect(amount(page)).to_have_text("0 of 50 labels")
    for key in "jkkl":
        page.keyboard.press(key)
    expect(amount(page)).to_have_text("3 of 50 labels")
    shown = pair(page).inner_text()
    page.reload()
    expect(pair(page)).to_be_visible(timeout=WORK_MS)
    assert pair(page).inner_text() == shown
    expect(amount(page)).to_have_text("3 of 50 labels")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download CSV").click()
    path = tmp_path / "pairs.csv"
    saved.value.save_as(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["relevance"] for row in rows if row["relevance"]] == ["1", "0", "0", "unsure"]
    another = visit("/?tab=calibrate")
    another.locator("#calibrate-path [data-tab-id=pairs]").click()
    another.locator("#judging-file input[type=file]").set_input_files(path)
    another.get_by_role("button", name="Choose pairs").click()
    expect(amount(another)).to_have_text("3 of 50 labels", timeout=WORK_MS)
    assert pair(another).inner_text() == shown


def test_a_letter_outside_of_the_card_is_a_letter(visit: Open) -> None:
    page = visit("/")
    begin(page, QUESTIONS)
    page.get_by_role("button", name="Change questions").click()
    page.keyboard.type("jkl")
    expect(page.locator("#judging-questions textarea")).to_have_value(re.compile("jkl"))
    expect(amount(page)).to_have_text("0 of 50 labels")


def test_other_questions_keep_labels_and_fold_the_form_away(visit: Open) -> None:
    page = visit("/?tab=calibrate", PHONE)
    page.locator("#calibrate-path [data-tab-id=pairs]").click()
    field = page.locator("#judging-questions textarea")
    field.fill("\n".join(QUESTIONS))
    page.get_by_role("button", name="Choose pairs").click()
    expect(pair(page)).to_be_visible(timeout=WORK_MS)
    expect(field).to_be_hidden()
    page.locator("#judging-pairs section").focus()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(amount(page)).to_have_text("2 of 50 labels")
    page.get_by_role("button", name="Change questions").click()
    expect(page.locator("#judging-form")).to_contain_text("download the CSV to keep all of them")
    field.fill("one question")
    page.get_by_role("button", name="Choose pairs").click()
    expect(page.locator("#judging-state")).to_contain_text("at least 20 are needed")
    expect(field).to_be_visible()
    field.fill("\n".join(QUESTIONS))
    page.get_by_role("button", name="Choose pairs").click()
    expect(field).to_be_hidden(timeout=WORK_MS)
    expect(amount(page)).to_have_text("2 of 50 labels")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE.width


def test_a_second_window_labels_the_pairs_that_are_asked_about_now(visit: Open) -> None:
    page = visit("/")
    begin(page, QUESTIONS)
    second = page.context.new_page()
    second.goto(page.url)
    second.evaluate(
        "memo => sessionStorage.setItem('visit', memo)",
        page.evaluate("sessionStorage.getItem('visit')"),
    )
    second.reload()
    expect(pair(second)).to_be_visible(timeout=WORK_MS)
    page.get_by_role("button", name="Change questions").click()
    others = [f"{question} today" for question in QUESTIONS]
    page.locator("#judging-questions textarea").fill("\n".join(others))
    page.get_by_role("button", name="Choose pairs").click()
    expect(pair(page)).to_contain_text("today", timeout=WORK_MS)
    second.locator("#judging-pairs section").focus()
    second.keyboard.press("j")
    expect(second.locator("#judging-state")).to_contain_text("chosen anew")
    expect(pair(second)).to_contain_text("today")
    expect(amount(second)).to_have_text("0 of 50 labels")


def test_the_next_pair_is_read_out(visit: Open) -> None:
    page = visit("/")
    begin(page, QUESTIONS)
    page.keyboard.press("k")
    question, text = (part.strip() for part in pair(page).inner_text().split("\n", 1))
    expect(page.locator("#spoken")).to_have_text(f"{question}. {text}")


def test_too_few_questions_are_answered_in_a_sentence(visit: Open) -> None:
    page = visit("/?tab=calibrate")
    page.locator("#calibrate-path [data-tab-id=pairs]").click()
    page.locator("#judging-questions textarea").fill("one question")
    page.get_by_role("button", name="Choose pairs").click()
    expect(page.locator("#judging-state")).to_contain_text("at least 20 are needed")


def enough(engine: sc.SearchEngine) -> sc.JudgingPlan:
    """Return a plan whose grades follow the cosine, until its border is known well."""
    plan = sc.JudgingPlan.of(engine, QUESTIONS)
    middle = float(np.median(plan.pool.cosines[plan.pool.is_best]))
    while not plan.is_narrow:
        pair = plan.next_pairs()[0]
        share = 1 / (1 + np.exp(-12 * (plan.pool.cosines[pair.number] - middle)))
        plan = plan.read({pair.number: round(3 * share) / 3})
    assert not plan.is_done
    return plan


def test_who_has_enough_goes_on_with_grades_after_a_file_and_over_a_reload(
    visit: Open, sample_engine: sc.SearchEngine, tmp_path: Path
) -> None:
    plan = enough(sample_engine)
    path = tmp_path / "pairs.csv"
    path.write_text(plan.to_csv(), encoding="utf-8", newline="")
    page = visit("/?tab=calibrate", PHONE)
    page.locator("#calibrate-path [data-tab-id=pairs]").click()
    page.locator("#judging-file input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Choose pairs").click()
    expect(amount(page)).to_have_text(f"{plan.labelled} of 50 labels", timeout=WORK_MS)
    notice = page.locator("#judging-progress .notice.done")
    expect(notice).to_contain_text("labels are enough")
    expect(page.locator("#spoken")).to_contain_text("labels are enough")
    expect(pair(page)).to_have_count(0)
    page.get_by_role("button", name="Go on labelling").focus()
    page.keyboard.press("Enter")
    expect(pair(page)).to_be_visible()
    expect(page.locator("#judging-pairs section")).to_be_focused()
    expect(page.locator("#judging-pairs button[data-key='3']")).to_be_visible()
    page.keyboard.press("2")
    expect(amount(page)).to_have_text(f"{plan.labelled + 1} of 50 labels")
    expect(pair(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE.width
    page.reload()
    expect(pair(page)).to_be_visible(timeout=WORK_MS)
    expect(amount(page)).to_have_text(f"{plan.labelled + 1} of 50 labels")


def test_going_back_leaves_the_labels_where_they_are(visit: Open) -> None:
    page = visit("/")
    begin(page, QUESTIONS)
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(amount(page)).to_have_text("2 of 50 labels")
    shown = pair(page).inner_text()
    page.get_by_role("tab", name="Search").click()
    expect(page.locator("#query input")).to_be_visible()
    page.go_back()
    expect(pair(page)).to_be_visible(timeout=WORK_MS)
    assert pair(page).inner_text() == shown
    expect(amount(page)).to_have_text("2 of 50 labels")
