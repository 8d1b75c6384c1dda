"""Search, as a visitor does it: questions, chips, own texts, mistakes, and what a hit explains."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import search_core as sc
from search_ui.sample import EXAMPLES
from search_ui.tabs.search import CHIPS
from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, Variant

PASTED = "\n".join(f"Note {n}: the ferry to island {n} leaves at noon." for n in range(12))
ANSWERS = {"easy match": "Probably relevant:", "no match": "Nothing relevant here:"}
"""What is said of the chips that leave no doubt."""

CANARY = '<img src=x onerror="window.hacked=1">${window.hacked=2}{{value}}</script>'


def ask(page: Page, query: str) -> None:
    """Type a question and ask it."""
    page.locator("#query input").fill(query)
    page.locator("#ask").click()


def use_pasted(page: Page, texts: str) -> None:
    """Paste texts and search them."""
    page.locator("#own .unfold").click()
    page.locator("#pasted textarea").fill(texts)
    page.locator("#use-collection").click()


def use_file(page: Page, path: Path) -> None:
    """Choose a file of texts, which are searched at once."""
    page.locator("#own .unfold").click()
    page.locator("#collection-file input[type=file]").set_input_files(path)


def test_a_question_brings_its_hits_and_a_finding(page: Page) -> None:
    ask(page, "How do I descale a kettle?")
    best = page.locator("ol.hits li").first
    expect(best).to_contain_text("descale", ignore_case=True)
    score = best.locator(".value b").first.inner_text()
    found = page.locator("#result .find")
    expect(found).to_contain_text("Probably relevant:")
    expect(found).to_contain_text(score)


@pytest.mark.parametrize(("chip", "question"), CHIPS)
def test_a_chip_asks_its_question_with_one_click(page: Page, chip: str, question: str) -> None:
    page.get_by_role("button", name=chip).click()
    expect(page.locator("#query input")).to_have_value(question)
    shown = page.locator("ol.hits .label-hit").first
    expect(shown).to_have_attribute("data-query", question)
    if chip in ANSWERS:
        expect(page.locator("#result .find b")).to_have_text(ANSWERS[chip])


def test_a_click_on_a_hit_explains_its_score(page: Page) -> None:
    hit = page.locator("ol.hits li").nth(1)
    card = hit.locator(".explain")
    expect(card).to_be_hidden()
    hit.locator("summary").click()
    expect(card).to_contain_text("of the other texts")
    expect(card).to_contain_text("What moved its predicted relevance")
    expect(card.locator("table.moved tr").first).to_contain_text("+")


def test_the_slider_changes_how_many_hits_are_shown_by_keyboard_too(page: Page) -> None:
    control = page.get_by_role("button", name="Show 6 hits")
    control.click()
    slider = page.get_by_label("range slider for Hits shown (k)")
    for _ in range(3):
        slider.press("ArrowLeft")
    expect(page.locator("ol.hits li")).to_have_count(3)
    expect(slider).to_have_value("3")
    expect(page.locator("#hits-shown .unfold")).to_have_text("Show 3 hits")


def test_the_form_for_own_texts_opens_and_closes_by_keyboard(page: Page) -> None:
    button = page.get_by_role("button", name="Use my own texts")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_label("One text per line")).to_be_hidden()
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_label("One text per line")).to_be_visible()
    button.press("Enter")
    expect(page.get_by_label("One text per line")).to_be_hidden()


def test_a_pasted_collection_is_searched_without_the_samples_calibrator(page: Page) -> None:
    use_pasted(page, PASTED)
    expect(page.locator("#collection-state")).to_contain_text("12 documents embedded and in use")
    ask(page, "When does the ferry to island 7 leave?")
    expect(page.locator("ol.hits li").first).to_contain_text("island 7")
    expect(page.locator("ol.hits")).not_to_contain_text("a guess")
    expect(page.locator("#result")).to_contain_text("No predictions yet.")
    expect(page.locator("#result .foot")).to_contain_text("12 documents")


def test_own_texts_have_chips_of_their_own_and_open_calibrate_at_its_first_step(page: Page) -> None:
    chips = page.locator(".chips").first.get_by_role("button")
    expect(chips).to_have_count(len(CHIPS))
    use_pasted(page, PASTED)
    expect(chips).to_have_text(["leaves at noon"])
    page.get_by_role("tab", name="Calibrate").click()
    first = page.locator("[data-tab-id=labels]")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(first).to_contain_text("none for your texts yet")
    expect(page.get_by_label("A file with texts")).to_be_checked()


INDEXED = ["The ferry to the island leaves at nine.", "Soak the beans overnight.", "Tune the harp."]


def use_index(page: Page, folder: Path, encoder: sc.Encoder, texts: list[str]) -> None:
    """Search an index of three vectors with a file of these texts."""
    index: Any = faiss.IndexIDMap(faiss.IndexFlatIP(encoder.dim))
    index.add_with_ids(encoder.encode_documents(INDEXED), np.array([70, 71, 72]))
    faiss.write_index(index, str(folder / "mine.faiss"))
    (folder / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    page.locator("#own-index .unfold").click()
    for place, name in (("index-file", "mine.faiss"), ("index-texts", "texts.txt")):
        page.locator(f"#{place} input[type=file]").set_input_files(folder / name)
        expect(page.locator(f"#{place}")).to_contain_text(name.partition(".")[0])
    page.locator("#use-index").click()


def test_a_faiss_index_is_searched_with_its_texts(
    page: Page, tmp_path: Path, encoder: sc.Encoder
) -> None:
    use_index(page, tmp_path, encoder, INDEXED)
    state = page.locator("#collection-state")
    expect(state).to_contain_text("3 vectors of your index in use, searched exactly.")
    expect(page.locator("#use-index")).to_be_hidden()
    ask(page, "When does the boat go?")
    expect(page.locator("ol.hits li").first).to_contain_text("ferry")
    expect(page.locator("ol.hits > li")).to_have_count(3)


def test_texts_in_another_order_than_the_index_change_nothing(
    page: Page, tmp_path: Path, encoder: sc.Encoder
) -> None:
    use_index(page, tmp_path, encoder, INDEXED[::-1])
    state = page.locator("#collection-state [role=alert]")
    expect(state).to_contain_text("give the texts in the order of the index")
    ask(page, "How do I descale a kettle?")
    expect(page.locator("ol.hits li").first).to_contain_text("descale", ignore_case=True)


def test_an_answer_that_another_tab_has_made_old_is_asked_again_as_the_field_says(
    page: Page,
) -> None:
    use_pasted(page, PASTED)
    expect(page.locator("#result")).to_contain_text("No predictions yet.")
    page.locator("#query input").fill("When does the ferry to island 7 leave?")
    page.get_by_role("tab", name="Calibrate").click()
    expect(page.locator("[data-tab-id=labels]")).to_have_attribute("aria-selected", "true")
    page.locator("[data-tab-id=use]").click()
    page.locator("#import-file input[type=file]").set_input_files(EXAMPLES / "calibrator.json")
    page.locator("#anyway").click()
    expect(page.locator("#import-state")).to_contain_text("The calibrator is in use")
    page.get_by_role("tab", name="Search").click()
    expect(page.locator("ol.hits li").first).to_contain_text("predicted relevance")
    expect(page.locator("ol.hits li").first).to_contain_text("island 7")
    expect(page.locator("#query input")).to_have_value("When does the ferry to island 7 leave?")
    assert page.evaluate("address.shown().q") == "When does the ferry to island 7 leave?"


def test_an_answer_that_still_holds_is_not_asked_again_and_keeps_what_is_typed(page: Page) -> None:
    ask(page, "How do I descale a kettle?")
    expect(page.locator("ol.hits li").first).to_contain_text("descale", ignore_case=True)
    page.get_by_role("tab", name="Learn").click()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "queue/join" in sent.url else None)
    with page.expect_response("**/run/**"):
        page.get_by_role("tab", name="Search").click()
    page.locator("#query input").press("End")
    page.locator("#query input").press_sequentially(" And the pan?")
    page.wait_for_timeout(500)
    assert asked == []
    expect(page.locator("#query input")).to_have_value("How do I descale a kettle? And the pan?")


def test_one_click_leads_back_to_the_sample_and_to_its_chips(page: Page) -> None:
    back = page.get_by_role("button", name="Back to the sample")
    expect(back).to_be_hidden()
    use_pasted(page, PASTED)
    expect(page.locator("#result .foot")).to_contain_text("12 documents")
    expect(page.locator("#whose-texts")).to_contain_text("Searching 12 texts of your own.")
    back.click()
    expect(page.locator("#result .foot")).to_contain_text("432 documents")
    expect(page.get_by_role("button", name="easy match")).to_be_visible()
    expect(back).to_be_hidden()
    expect(page.locator("#whose-texts")).to_be_empty()


def test_a_csv_is_searched(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("id,text\na,The museum opens at nine.\nb,Bread rises overnight.\n", "utf-8")
    use_file(page, path)
    expect(page.locator("#collection-state")).to_have_text(re.compile(r"^\s*2 documents embedded"))
    ask(page, "When can I visit the museum?")
    expect(page.locator("ol.hits li").first).to_contain_text("museum opens at nine")


def test_a_bad_csv_gets_a_notice_at_the_field_and_the_collection_stays(
    page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("id,text\na,The museum opens at nine.\na,It closes at six.\n", "utf-8")
    use_file(page, path)
    said = page.locator("#collection-state .notice.error")
    expect(said).to_contain_text("Row 3, column 'id': 'a' is the id of row 2 already")
    expect(page.locator("#result .foot")).to_contain_text("432 documents")
    assert "Traceback" not in page.inner_text("body")


def test_an_empty_question_gets_a_notice_and_the_answer_stays(page: Page) -> None:
    ask(page, "   ")
    expect(page.locator("#problem .notice.error")).to_contain_text("The query is empty")
    expect(page.locator("ol.hits li")).to_have_count(6)
    ask(page, "How do I descale a kettle?")
    expect(page.locator("#problem .notice")).to_have_count(0)


def test_nothing_that_is_typed_or_uploaded_runs_as_a_script(page: Page) -> None:
    use_pasted(page, f"{CANARY}\nAn ordinary line.\nAnother one.")
    expect(page.locator("#result .foot")).to_contain_text("3 documents")
    ask(page, CANARY)
    expect(page.locator("ol.hits li").first).to_contain_text('onerror="window.hacked=1"')
    expect(page.locator("ol.hits li").first).to_contain_text("${window.hacked=2}{{value}}")
    page.locator("ol.hits summary").first.click()
    page.get_by_role("tab", name="Normalize").click()
    expect(page.locator("#compared")).to_contain_text("onerror")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_cancel_stops_the_embedding_and_keeps_the_collection(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    lines = (f"{n} {'words that take a while to embed ' * 20}" for n in range(1000))
    path.write_text("\n".join(lines), "utf-8")
    use_file(page, path)
    expect(page.locator("#collection-state .progress-text")).to_be_visible()
    page.locator("#cancel-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("Stopped")
    expect(page.locator("#use-collection")).to_be_enabled()
    expect(page.locator("#cancel-collection")).to_be_hidden()
    expect(page.locator("#result .foot")).to_contain_text("432 documents")


def test_two_visitors_never_see_each_others_texts(visit: Open) -> None:
    first, second = visit(), visit()
    use_pasted(first, PASTED)
    expect(first.locator("#result .foot")).to_contain_text("12 documents")
    ask(second, "When does the ferry to island 7 leave?")
    expect(second.locator("#result .find")).not_to_contain_text("0.77")
    expect(second.locator("#result .foot")).to_contain_text("432 documents")
    assert "island 7" not in second.locator("ol.hits").inner_text()


@pytest.mark.parametrize("variant", [VARIANTS[0], VARIANTS[-1]], ids=lambda each: each.name)
def test_the_map_of_the_hits_is_drawn_when_it_is_opened(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    opened = page.locator("details.hit-map")
    expect(opened.locator("svg")).to_have_count(0)
    opened.locator("summary").press("Enter")
    drawn = opened.locator("svg:visible")
    expect(drawn).to_have_count(1)
    expect(drawn.locator("circle.hit, circle.miss")).to_have_count(6)
    text = page.locator("ol.hits .text").first.inner_text().split("\n")[0]
    expect(drawn.locator("circle.hit title").last).to_contain_text(text)
    opened.get_by_text("Show numbers").click()
    cosine = page.locator("ol.hits .value b").first.inner_text()
    row = opened.locator("tbody tr").first
    expect(row).to_contain_text(text[:40])
    assert float(row.locator("td").nth(2).inner_text()) == pytest.approx(float(cosine), abs=0.005)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_faults(page) == []
    ask(page, "How do I descale a kettle?")
    expect(page.locator("ol.hits li").first).to_contain_text("descale", ignore_case=True)
    expect(page.locator("details.hit-map svg")).to_have_count(0)
