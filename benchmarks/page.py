"""How long a visitor waits from the click to the answer on the screen, beyond the search itself.

    python -m benchmarks.page [--pairs N] [--quick]

The app is started and asked in Chromium, over 127.0.0.1, by one visitor; every question is new.
The time runs in the browser, from the click to the second frame after the hits were put in. The
search itself is the engine's over the same documents, in a process of its own on the same
questions; a pair compares the medians of a run of questions. What is between them is the page's:
the way there and back, the readings of a score, the calibrator, the words and the drawing.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

from benchmarks import peers
from benchmarks.interleaved import Pair, Side, in_pairs, machine
from benchmarks.table import HEADER, line, verdict
from benchmarks.texts import SENTENCE, options, passages, source_texts
from tests.browser.serving import chromium, served_process, started_by

IN_A_RUN = 10
GOAL_MS = 100.0

CLICK = """
best => new Promise((shown, failed) => {
  const first = () => document.querySelector("#result ol.hits li")?.textContent ?? "";
  const frame = () => new Promise(requestAnimationFrame);
  const observer = new MutationObserver(async () => {
    if (!first().includes(best)) return;
    observer.disconnect();
    await frame();
    await frame();
    shown(performance.now() - clicked);
  });
  if (first().includes(best)) failed(new Error("The answer was there before the question."));
  observer.observe(document.body, {childList: true, characterData: true, subtree: true});
  setTimeout(() => failed(new Error("No answer came in a minute.")), 60000);
  const clicked = performance.now();
  document.querySelector("#ask").click();
})
"""
Question = tuple[str, str]
"""What is asked, and the text of the best hit, by which its answer is known."""


def questions(engine: Side, texts: Sequence[str], count: int, seed: int) -> list[Question]:
    """Return new questions; no two that follow each other have the same best hit."""
    asked = passages(texts, SENTENCE, 2 * count, seed)
    best = [texts[found[0]] for found in engine.run(asked)[1][0]]
    differ = [n for n in range(len(asked)) if not n or best[n] != best[n - 1]]
    return [(asked[n], best[n]) for n in differ[:count]]


def shown(page: Page, asked: Sequence[Question]) -> float:
    """Return the median milliseconds from click to shown."""
    waits = []
    for question, best in asked:
        page.locator("#query input").fill(question)
        page.wait_for_timeout(200)  # a visitor's hand goes from the keyboard to the button
        waits.append(float(page.evaluate(CLICK, best)))
    return statistics.median(waits)


def measured(engine: Side, texts: Sequence[str], count: int, runs: int) -> list[Pair]:
    """Return pairs of milliseconds: from click to shown, and of the search itself."""
    with served_process() as (address, _app), chromium() as browser:
        page = browser.new_page()
        page.goto(address)
        page.locator("#result ol.hits").wait_for()
        shown(page, questions(engine, texts, 3, seed=1000))  # loads what the first answers load
        return in_pairs(
            lambda asked: shown(page, asked),
            lambda asked: 1000 * engine.run([question for question, _ in asked])[1][1],
            [questions(engine, texts, count, seed) for seed in range(runs)],
            sorted(started_by(os.getpid())),
        )


def main() -> None:
    chosen: Any = options(__doc__)
    texts = source_texts(None)
    print(machine(), flush=True)
    with Side(peers.our_search, texts) as engine:
        pairs = (
            measured(engine, texts, 3, 2)
            if chosen.quick
            else measured(engine, texts, IN_A_RUN, chosen.pairs)
        )
    clean = [pair for pair in pairs if pair.clean]
    beyond = [pair.ours - pair.peers for pair in clean or pairs]
    median = statistics.median(beyond)
    figure = f"{median:.0f} ms more ({min(beyond):.0f}–{max(beyond):.0f})"
    met = verdict(median <= GOAL_MS, decided=bool(clean))
    of = f"{len(clean)} of {len(pairs)}"
    print("", HEADER, sep="\n")
    print(line("click to shown", "the search itself", figure, f"≤ {GOAL_MS:g} ms", met, of))


if __name__ == "__main__":
    main()
