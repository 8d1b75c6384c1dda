"""How far it is from opening the page to what a visitor came for: seconds, clicks and fields.

    python -m benchmarks.walks

The app is started and walked in Chromium, over 127.0.0.1, without pauses to read or think: what is
counted is the page's own share. Each walk begins with an empty tab, after the model has loaded.
The labels of the second walk are the sample's first 30 queries, as a file of a visitor's own.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect

import search_core as sc
from benchmarks.interleaved import machine
from search_ui.sample import EXAMPLES, read_sample_labels
from tests.browser.serving import WORK_MS, chromium, served

QUERIES = 30
ENGINE = "Elasticsearch · knn _score"


@dataclass
class Hand:
    """A visitor's hand on a page: it counts what it does."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def click(self, part: Locator) -> None:
        """Click a part of the page."""
        part.click()
        self.clicks += 1

    def fill(self, part: Locator, text: str) -> None:
        """Write into a field."""
        part.fill(text)
        self.fields += 1


def number(hand: Hand) -> None:
    """From the opened page to what 0.83 of another engine means."""
    hand.fill(hand.page.locator("#number input"), "0.83")
    hand.fill(hand.page.locator("#number-engine input"), ENGINE)
    hand.click(hand.page.get_by_role("option", name=ENGINE).first)
    expect(hand.page.locator("#number-answer .find")).to_contain_text("a cosine of 0.660")


def threshold(hand: Hand) -> None:
    """From the opened page to a threshold on own labels."""
    page = hand.page
    hand.click(page.get_by_role("tab", name="Calibrate"))
    hand.click(page.locator("[data-tab-id=labels]"))
    hand.click(page.get_by_label("A file with texts", exact=True))
    file = {"name": "labels.csv", "mimeType": "text/csv", "buffer": own_labels()}
    page.locator("#label-file input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    hand.fields += 1
    expect(page.locator("#label-file a[download]")).to_have_attribute("download", "labels.csv")
    hand.click(page.locator("#read-labels"))
    expect(page.locator("#fit")).to_be_visible(timeout=WORK_MS)
    hand.click(page.locator("#fit"))
    expect(page.locator("#threshold figcaption")).to_be_visible(timeout=WORK_MS)


def code(hand: Hand) -> None:
    """From the opened page to code that has run: the threshold, and the code beside it."""
    threshold(hand)
    shown = "\n".join(hand.page.locator("#code .cm-line").all_inner_texts())
    hand.clicks += 1  # on the button that copies it
    done = subprocess.run(
        [sys.executable, "-c", shown], capture_output=True, text=True, check=True, timeout=60
    )
    assert "predicted relevance" in done.stdout


def own_labels() -> bytes:
    """Return the labels of the sample's first queries, with texts, as a CSV of yes and no."""
    texts = dict(zip(*_documents(), strict=True))
    labels = read_sample_labels()
    kept = list(dict.fromkeys(labels.queries))[:QUERIES]
    rows = zip(labels.queries, labels.doc_ids, labels.relevance, strict=True)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("query", "text", "relevance"))
    writer.writerows(
        (query, texts[document], int(grade >= 0.5))
        for query, document, grade in rows
        if query in kept
    )
    return table.getvalue().encode()


def _documents() -> tuple[tuple[str, ...], tuple[str, ...]]:
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    return corpus.ids, corpus.texts


WALKS: tuple[tuple[str, Callable[[Hand], None]], ...] = (
    ("“my 0.83 means …”", number),
    ("a threshold on own labels", threshold),
    ("code that runs", code),
)


def walked(browser: Browser, address: str, walk: Callable[[Hand], None]) -> tuple[float, Hand]:
    """Walk with an empty tab; return the seconds it took, and the hand."""
    page = browser.new_page()
    begun = time.perf_counter()
    page.goto(address)
    expect(page.locator("#number-answer .find")).to_be_visible()
    hand = Hand(page)
    walk(hand)
    took = time.perf_counter() - begun
    page.close()
    return took, hand


def main() -> None:
    """Walk every way, and print a table."""
    expect.set_options(timeout=WORK_MS)
    print(f"{machine()}\n")
    print("| from opening the page to | seconds | clicks | fields |")
    print("| --- | ---: | ---: | ---: |")
    with served() as address, chromium() as browser:
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("#model-state")).to_contain_text("The model is ready")
        page.close()
        for name, walk in WALKS:
            seconds, hand = walked(browser, address, walk)
            print(f"| {name} | {seconds:.1f} | {hand.clicks} | {hand.fields} |")


if __name__ == "__main__":
    main()
