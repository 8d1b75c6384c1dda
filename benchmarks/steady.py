"""Whether a threshold stays what it is, and keeps what it promises.

    python -m benchmarks.steady [--data FOLDER] [--sets NAME ...] [--sizes 200 1000] [--draws 6]

Rows are drawn and split as `benchmarks.calibration` does; thresholds are for rows, at 60% to 90%
relevant. Three things are asked of them:

- other seeds: the same rows are fitted with 20 seeds. How far does the share of rows that the
  threshold lets through move, relative to its mean, and how often is the answer (a threshold, or
  none) another than that of most seeds?
- another machine: all vectors of the collection and of the queries are moved by a relative 1e-7,
  as another order of summation does. How far do the threshold and the log-loss move?
- the guarantee: in how many draws is less relevant than was promised among what a threshold lets
  through, of rows whose queries were not fitted on? At 90% confidence it may be a tenth of all
  draws, those without a threshold included. Draws of one set share queries, and test rows are few,
  so the figure is a rough one.

Seeds and noise take the first draw of each set and size. The sample always takes part, and the
judged collections where their folder is named.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmarks.calibration import split
from benchmarks.interleaved import machine
from benchmarks.judged_data import JudgedSet, Vectors, labelled_pairs
from benchmarks.living import chosen_sets
from benchmarks.table import HEADER, line, verdict
from search_core.calibrate.fit import CalibrationResult, fit_calibrator
from search_core.calibrate.thresholds import Threshold, row_threshold
from search_core.evaluate.judged import RELEVANT
from search_core.pairs import ScoredPairs

Floats = npt.NDArray[np.float64]

SETS = (
    "stackfaq", "cqa_ql", "noveleval", "med", "cnil_faq", "liveqa_med", "cacm", "cisi",
)  # fmt: skip
SIZES = (200, 1_000)
TARGETS = (0.6, 0.7, 0.8, 0.9)
SEEDS = 20
NOISES = 3
ROUNDING = 1e-7
MOST_MOVED = 0.1  # of the share that is let through
MOST_FLIPPED = 1  # of the seeds
MOST_BROKEN = 0.1


@dataclass(frozen=True)
class Moves:
    """How far refits move what one draw gives; by target, where it is a tuple.

    Attributes
    ----------
    share:
        Largest less smallest share at or above the threshold, over its mean; 0 where none is found.
    flips:
        Refits whose answer, a threshold or none, is that of the fewer.
    value:
        Largest less smallest threshold.
    loss:
        Largest less smallest log-loss of the report.
    """

    share: tuple[float, ...]
    flips: tuple[int, ...]
    value: tuple[float, ...]
    loss: float


@dataclass(frozen=True)
class Promise:
    """A threshold of one draw and target: whether one was found, and what the test rows say."""

    found: bool
    steady: bool
    broken: bool


@dataclass(frozen=True)
class Found:
    """All that was found of one set and size."""

    name: str
    size: int
    seeds: Moves
    noise: Moves
    promises: tuple[Promise, ...]


def thresholds(result: CalibrationResult) -> list[Threshold]:
    """Return the threshold for each target."""
    pairs = result.pairs
    return [
        row_threshold(result.out_of_fold, pairs.relevance, pairs.queries, target)
        for target in TARGETS
    ]


def moves(refits: Sequence[CalibrationResult]) -> Moves:
    """Compare fits that should all give the same."""
    by_target = list(zip(*map(thresholds, refits), strict=True))
    found = [[each for each in some if each.value is not None] for some in by_target]
    shares = [np.array([each.share for each in some]) for some in found]
    values = [np.array([each.value for each in some]) for some in found]
    return Moves(
        share=tuple(spread(some) / some.mean() if len(some) else 0.0 for some in shares),
        flips=tuple(min(len(some), len(refits) - len(some)) for some in found),
        value=tuple(map(spread, values)),
        loss=spread(np.array([result.report.log_loss for result in refits])),
    )


def spread(values: Floats) -> float:
    """Return the largest less the smallest; 0 where there are none."""
    return float(np.ptp(values)) if len(values) else 0.0


def shaken(judged: JudgedSet, seed: int) -> JudgedSet:
    """Return the set with every vector moved as rounding on another machine might."""
    rng = np.random.default_rng(seed)
    return replace(
        judged,
        vectors=_moved(judged.vectors, rng),
        query_vectors=_moved(judged.query_vectors, rng),
    )


def _moved(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    noise = ROUNDING * rng.standard_normal(vectors.shape)
    return (vectors * (1 + noise)).astype(np.float32)


def promises(result: CalibrationResult, test: ScoredPairs) -> list[Promise]:
    """Check the threshold for each target on rows of other queries."""
    stated, relevant = result.calibrator.predict(test), test.relevance >= RELEVANT
    return [
        Promise(
            found=each.value is not None,
            steady=each.is_steady,
            broken=each.value is not None and falls_short(relevant[stated >= each.value], each),
        )
        for each in thresholds(result)
    ]


def falls_short(relevant: npt.NDArray[np.bool_], threshold: Threshold) -> bool:
    """Tell whether less than was promised is relevant among what was let through."""
    return bool(len(relevant) and relevant.mean() < threshold.target)


def measured(judged: JudgedSet, size: int, draws: int) -> Found | None:
    """Fit again and again on rows of one set; None where it has too few."""
    pairs = labelled_pairs(judged)
    parts = [found for seed in range(draws) if (found := split(pairs, size, seed))]
    if not parts:
        return None
    train = parts[0][0]
    fitted_on = set(train.queries)
    again = [of_queries(labelled_pairs(shaken(judged, seed)), fitted_on) for seed in range(NOISES)]
    return Found(
        name=judged.name,
        size=size,
        seeds=moves([fit_calibrator(train, seed=seed) for seed in range(SEEDS)]),
        noise=moves([fit_calibrator(each) for each in (train, *again)]),
        promises=tuple(
            promise for some, test in parts for promise in promises(fit_calibrator(some), test)
        ),
    )


def of_queries(pairs: ScoredPairs, queries: set[str]) -> ScoredPairs:
    """Return the rows of these queries."""
    return pairs.take(np.array([query in queries for query in pairs.queries]))


def row(found: Found) -> str:
    """Return what was found of one set and size as a row."""
    seeds, noise = found.seeds, found.noise
    have = sum(each.found for each in found.promises)
    steady = sum(each.found and each.steady for each in found.promises)
    broken = sum(each.broken for each in found.promises)
    return (
        f"| {found.size} | {found.name} | {max(seeds.share):.3f} | {max(seeds.flips)} "
        f"| {max(noise.value):.3f} | {max(noise.flips)} | {noise.loss:.1e} "
        f"| {have}/{len(found.promises)} | {steady} | {broken} |"
    )


def summary(size: int, every: Sequence[Found]) -> list[str]:
    """Return the rows of one size that have a goal."""
    share = max(max(each.seeds.share) for each in every)
    flips = max(max(each.seeds.flips) for each in every)
    value = max(max(each.noise.value) for each in every)
    loss = max(each.noise.loss for each in every)
    turned = max(max(each.noise.flips) for each in every)
    promised = [promise for each in every for promise in each.promises]
    found = sum(promise.found for promise in promised)
    steady = [promise for promise in promised if promise.found and promise.steady]
    broken = sum(promise.broken for promise in promised)
    part = broken / len(promised)
    labels = f"{size:,} labels"
    return [
        line(
            f"what a threshold lets through moves over {SEEDS} seeds, {labels}", "",
            f"{share:.3f} of itself", f"≤ {MOST_MOVED:.2f}", verdict(share <= MOST_MOVED),
        ),
        line(
            f"seeds that find a threshold where others find none, or the reverse, {labels}", "",
            f"{flips} of {SEEDS}", f"≤ {MOST_FLIPPED} of {SEEDS}", verdict(flips <= MOST_FLIPPED),
        ),
        line(
            f"a threshold moves where all vectors move by {ROUNDING:g}, {labels}", "",
            f"{value:.3f}, {turned} of {NOISES + 1} flip; log-loss {loss:.1e}",
        ),
        line(
            f"draws whose threshold breaks its guarantee, {labels}", "",
            f"{part:.1%} ({broken} of {len(promised)}, in {found} of which one is found; of "
            f"{len(steady)} steady ones {sum(promise.broken for promise in steady)})",
            f"≤ {MOST_BROKEN:.0%}", verdict(part <= MOST_BROKEN),
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", default=os.environ.get("SCORE_SENSE_DATA"))
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--draws", type=int, default=6)
    given = parser.parse_args()
    print(
        "| labels | set | share moves, seeds | flips | threshold moves, noise | flips "
        "| log-loss moves | found | steady | broken |"
    )
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    every: list[Found] = []
    for name, judged in chosen_sets(given.data, given.sets).items():
        for size in given.sizes:
            if found := measured(judged, size, given.draws):
                every.append(replace(found, name=name))
                print(row(every[-1]), flush=True)
    print("", machine(), "", HEADER, sep="\n")
    for size in given.sizes:
        if here := [found for found in every if found.size == size]:
            print(*summary(size, here), sep="\n")


if __name__ == "__main__":
    main()
