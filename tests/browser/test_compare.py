"""Index types in the Compare tab: the finished example, own collections, faults, and Cancel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, grave_faults
from tests.browser.serving import VARIANTS, WORK_MS, Variant

CANARY = '<img src=x onerror="window.hacked=1">${window.hacked=2}'
SUBJECTS = ("kettle", "ferry", "sofa", "violin", "glacier", "tax form", "beehive", "passport")
ACTS = ("is cleaned with vinegar", "leaves at noon", "was sold at a loss", "needs a new spring")


def _own_texts(count: int = 32) -> str:
    """Return texts that differ, one a line; the first one tries to run."""
    lines = [f"The {subject} {act}." for subject in SUBJECTS for act in ACTS]
    return "\n".join([CANARY, *lines[: count - 1]])


def _open(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#index-table table").first).to_be_visible(timeout=WORK_MS)


def _use_collection(page: Page, texts: str) -> None:
    page.get_by_role("tab", name="Search").click()
    page.get_by_role("button", name="Use my own texts").click()
    page.locator("#pasted textarea").fill(texts)
    page.locator("#use-collection").click()
    expect(page.locator("#collection-state")).to_contain_text("in use", timeout=WORK_MS)


def _compare(page: Page) -> None:
    page.locator("#index-compare").click()
    expect(page.locator("#index-state .notice")).to_contain_text("Compared", timeout=WORK_MS)


def _rows(page: Page) -> list[str]:
    return page.locator("#index-table table").first.locator("tbody th").all_inner_texts()


def test_the_tab_opens_on_the_samples_comparison_with_a_recommendation(page: Page) -> None:
    _open(page)
    finding = page.locator("#index-finding")
    expect(finding.locator(".find")).to_contain_text("Stay with Flat: it is exact")
    expect(finding).to_contain_text("432 documents, 149 labelled queries")
    expect(finding).to_contain_text("the threshold for 60% relevant on the Calibrate tab")
    assert _rows(page)[:2] == ["Flat", "HNSW32"]
    assert {"SQ8", "PQ48", "IVF16,Flat with 8 probes"} <= set(_rows(page))
    expect(page.locator("#index-shift figcaption")).to_contain_text("too high")
    expect(page.locator("#index-flips h3")).to_contain_text("decisions with its own scores")
    expect(page.locator("#index-flips")).to_contain_text("shown → hidden")


def test_a_link_opens_the_tab(visit: Open) -> None:
    page = visit("/?tab=compare")
    expect(page.locator("#index-table table").first).to_be_visible(timeout=WORK_MS)


def test_a_large_collection_is_shown_with_how_it_was_measured(page: Page) -> None:
    _open(page)
    large = page.locator("#many-documents")
    expect(large).to_contain_text("50,832 short texts")
    expect(large).to_contain_text("Stored results: measured with FAISS")
    expect(large.locator("table").first.locator("tbody tr")).to_have_count(9)
    expect(large.locator("table").first).to_contain_text("× faster")


def test_models_come_before_index_types(page: Page) -> None:
    _open(page)
    expect(page.locator("#models-result figure")).to_be_visible(timeout=WORK_MS)
    tops = [
        (page.locator(part).bounding_box() or {"y": 0.0})["y"]
        for part in ("#models-result", "#many-documents", "#index-table")
    ]
    assert tops == sorted(tops)


def test_each_index_shows_its_own_scores_and_flips(page: Page) -> None:
    _open(page)
    for name, figure, flips in (
        ("Flat", "Flat gives every hit its exact score", "Flat changes no decision"),
        ("IVF16,Flat with 1 probe", "gives every hit its exact score", "shown → not found"),
        ("PQ48", "PQ48 scores", "After exact re-scoring"),
    ):
        page.locator("#index-chosen input").click()
        page.get_by_role("option", name=name, exact=True).click()
        expect(page.locator("#index-shift figcaption")).to_contain_text(figure)
        expect(page.locator("#index-flips")).to_contain_text(flips)


def test_the_columns_are_explained(page: Page) -> None:
    _open(page)
    page.locator("#index-table").get_by_text("What the columns mean").click()
    said = page.locator("#index-table dl")
    expect(said).to_contain_text("Share of the ten best hits of exact search")
    for header in page.locator("#index-table thead th.n").all():
        assert header.get_attribute("title")


def test_an_own_index_joins_the_table_and_a_bad_one_gets_one_sentence(page: Page) -> None:
    _open(page)
    before = _rows(page)
    for factory, sentence in (
        ("HNSW0", "'HNSW0' is no index that can be built here"),
        ("IVF4000,Flat", "needs 4000 vectors to train on, and there are 432"),
        ("PQ7", "cuts a vector into 7 equal parts"),
    ):
        page.locator("#index-factory input").fill(factory)
        page.locator("#index-compare").click()
        expect(page.locator("#index-problem [role=alert]")).to_contain_text(
            sentence, timeout=WORK_MS
        )
        expect(page.locator("#index-compare")).to_be_enabled()
        assert _rows(page) == before
    page.locator("#index-factory input").fill("IVF8,SQ8")
    _compare(page)
    expect(page.locator("#index-problem [role=alert]")).to_have_count(0)
    assert _rows(page)[-1] == "IVF8,SQ8"


def test_the_metric_is_chosen_and_stands_in_the_title(page: Page) -> None:
    _open(page)
    expect(page.locator("#many-documents h3")).to_have_text("Indexes by squared L2 distance")
    expect(page.locator("#index-table h3")).to_have_text("Indexes by squared L2 distance")
    page.locator("#index-metric input").click()
    page.get_by_role("option", name="inner product").click()
    _compare(page)
    expect(page.locator("#index-table h3")).to_have_text("Indexes by inner product")
    expect(page.locator("#index-finding")).to_contain_text("indexes by inner product")


def test_an_own_collection_is_compared_on_its_questions_and_never_run(page: Page) -> None:
    _use_collection(page, _own_texts())
    _open(page)
    expect(page.locator("#index-what .notice")).to_contain_text("not your texts")
    questions = page.locator("#index-questions textarea")
    expect(questions).to_have_value(re.compile("The kettle is cleaned with vinegar"))
    assert len(questions.input_value().splitlines()) >= 10
    questions.fill("")
    page.locator("#index-compare").click()
    expect(page.locator("#index-state [role=alert]")).to_contain_text("There is no question")
    questions.fill(f"Who cleans the kettle?\nWhen does the ferry leave?\n{CANARY}")
    _compare(page)
    expect(page.locator("#index-finding")).to_contain_text(
        "Your collection: 32 documents, 3 questions"
    )
    expect(page.locator("#index-finding")).to_contain_text(
        re.compile("hits with a cosine of .* or more are shown")
    )
    expect(page.locator("#index-what .notice")).to_have_count(0)
    assert "PQ48" not in _rows(page)  # so few texts cannot train it
    assert "nDCG@10" not in page.locator("#index-table").inner_text()
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hacked") is None


def test_cancel_stops_and_keeps_what_was_there(page: Page) -> None:
    _open(page)
    finding = page.locator("#index-finding .ss")  # without the progress shown over it
    before = finding.inner_text()
    page.locator("#index-factory input").fill("PQ96")
    page.locator("#index-compare").click()
    page.locator("#index-cancel").click()
    expect(page.locator("#index-state")).to_contain_text(
        re.compile("nothing was changed", re.IGNORECASE), timeout=WORK_MS
    )
    expect(page.locator("#index-compare")).to_be_enabled()
    assert finding.inner_text() == before


def test_two_visitors_see_their_own_and_share_the_example(visit: Open) -> None:
    one, two = visit(), visit()
    _use_collection(one, _own_texts())
    _open(one)
    _compare(one)
    _open(two)
    expect(one.locator("#index-finding")).to_contain_text("Your collection: 32 documents")
    expect(two.locator("#index-finding")).to_contain_text("The sample: 432 documents")


@pytest.mark.parametrize("variant", [VARIANTS[0], VARIANTS[-1]], ids=lambda variant: variant.name)
def test_the_tab_fits_the_screen_and_axe_finds_no_fault(visit: Open, variant: Variant) -> None:
    page = visit(variant=variant)
    _open(page)
    page.locator("#index-table").get_by_text("What the columns mean").click()
    assert page.evaluate("document.documentElement.scrollWidth") == variant.width
    assert grave_faults(page) == []
