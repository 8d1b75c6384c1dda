"""How often a watch over a threshold gives a false alarm, and after how many labels a right one.

    python -m benchmarks.watch [--runs 2000]

Labels are drawn for a threshold that guarantees 80%; looked at after each of 1,000 labels. In the
last part the promise holds for 500 labels before it breaks. The second table is of the watch of
rarity: 200 questions, of which 80% find something rare, say what is usual, drawn anew in each run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

import search_core as sc
from search_core.calibrate.betting import Bet
from search_core.calibrate.watch import FALSE_ALARMS

TARGET, LABELS, GOOD_LABELS, GOOD = 0.8, 1_000, 500, 0.85
PRECISIONS = (0.9, 0.8, 0.75, 0.7, 0.6, 0.4)
USUAL, USUAL_QUESTIONS, SHARES = 0.8, 200, (0.8, 0.7, 0.6, 0.4, 0.95)
RARE, COMMON = 0.01, 0.5
LOOKED_AFTER = 10  # questions


def labels_until_alarm(outcomes: np.ndarray) -> int | None:
    """Return after how many labels the promise is called broken; None if it never is."""
    bet = Bet(TARGET)
    for count, outcome in enumerate(outcomes, start=1):
        bet = bet.after(float(outcome))
        if bet.peak >= 1.0 / FALSE_ALARMS:
            return count
    return None


def delays(precision: float, runs: int, good: int) -> list[int | None]:
    """Return the labels until an alarm in each run, counted from where the promise breaks."""
    rng = np.random.default_rng(0)
    found = (
        labels_until_alarm(
            np.concatenate([rng.random(good) < GOOD, rng.random(LABELS) < precision])
        )
        for _ in range(runs)
    )
    return [None if each is None else each - good for each in found]


def rows(runs: int) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| precision | alarm | labels until then: median, 90% | after 500 good labels |"
    yield "| --- | --- | --- | --- |"
    for precision in PRECISIONS:
        first, later = (delays(precision, runs, good) for good in (0, GOOD_LABELS))
        alarms = [each for each in first if each is not None]
        right = [each for each in later if each is not None and each > 0]
        yield (
            f"| {precision:.0%} | {len(alarms) / runs:.1%} | {_words(alarms, runs)} | "
            f"{_words(right, runs)} |"
        )


def questions_until_change(share: float, rng: np.random.Generator) -> int | None:
    """Return after how many questions the watch of rarity says "changed"; None if it never does."""

    def rarities(of: float, count: int) -> np.ndarray:
        return np.where(rng.random(count) < of, RARE, COMMON)

    watch = sc.watch_rarity(rarities(USUAL, USUAL_QUESTIONS))
    for count in range(LOOKED_AFTER, LABELS + 1, LOOKED_AFTER):
        watch = watch.after_rows(rarities(share, LOOKED_AFTER))
        if watch.traffic_changed:
            return count
    return None


def rarity_rows(runs: int) -> Iterator[str]:
    """Yield the lines of the table of the watch of rarity."""
    yield "| share that finds something rare | changed | questions until then: median, 90% |"
    yield "| --- | --- | --- |"
    rng = np.random.default_rng(0)
    for share in SHARES:
        found = [questions_until_change(share, rng) for _ in range(runs)]
        changed = [each for each in found if each is not None]
        yield f"| {share:.0%} | {len(changed) / runs:.1%} | {_words(changed, runs)} |"


def _words(found: list[int], runs: int) -> str:
    """Return median and 90% of the delays where most runs have one."""
    if len(found) < 0.9 * runs:
        return "–"
    middle, late = np.quantile(found + [LABELS] * (runs - len(found)), [0.5, 0.9])
    return f"{middle:.0f}, {late:.0f}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2_000)
    runs = parser.parse_args().runs
    for line in [*rows(runs), "", *rarity_rows(runs)]:
        print(line, flush=True)


if __name__ == "__main__":
    main()
