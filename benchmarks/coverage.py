"""How often the 90% intervals of a report hold the figure on fresh queries, and how wide they are.

    python -m benchmarks.coverage --data FOLDER [--sets NAME ...] [--draws 30] [--fits FOLDER]

Queries are drawn at random, with up to `LABELS_A_QUERY` rows each, until 50, 200 or 1,000 labels
are reached; the default calibrator is fitted on them. The truth is the figure of this very
calibrator on the queries that were not drawn; there are at least two of them for each one drawn.
Beside each interval stands the one from before: the percentiles of 200 draws of whole queries
(Field and Welsh 2007), as wide as few queries ask for (Hesterberg 2015). The method was chosen on
other draws of `CHOSEN_ON`; the last column has the other collections alone.

The prior that the blend starts from is learnt anew for each collection, without it and without what
is of the same making or source. Draws with one kind of label can't be fitted and are drawn anew, so
labels at hand hold more of the rarer kind than fresh rows do. What of the stated log-loss is due to
that shows in two ways, on the same draws: how the average label fares, and the loss of the same
calibrator on samples of the fresh rows that were drawn and, with one kind of label, refused alike.

With `--fits` what was drawn and fitted is kept in a folder and read again from there, so that an
interval can be changed and measured in a minute. Empty it when a fit changes.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from unittest import mock

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtrit

from benchmarks.interleaved import machine
from benchmarks.judged_data import data_folder, labelled_pairs, load_sets
from benchmarks.learnt_prior import first_hits, learn_without
from search_core.calibrate import blend
from search_core.calibrate.fit import CalibrationResult, fit_calibrator
from search_core.evaluate.intervals import Interval
from search_core.evaluate.judged import Judged, rows_by_query
from search_core.evaluate.measures import auc
from search_core.evaluate.reliability import debiased_ece, log_loss, r_squared, row_excess
from search_core.evaluate.report import Report, make_report
from search_core.pairs import ScoredPairs

Floats = npt.NDArray[np.float64]

CHOSEN_ON = frozenset(
    ("banking77", "cisi", "cnil_faq", "cosqa", "cqa_ql", "liveqa_med", "scifact_train", "stackfaq")
)
LABELS_A_QUERY = MappingProxyType({50: 5, 200: 20, 1000: 20})  # of a query, by the number of labels
FRESH_ROWS = 20
FRESH_QUERIES = 2  # for each one drawn, at least
FEWEST_QUERIES = 5
DRAWS = 30
RESAMPLED = 200
ALIKE = 100  # samples of fresh rows


@dataclass(frozen=True)
class Rows:
    """Labels, and what two fits, the average label and the score state of them."""

    y: Floats
    queries: npt.NDArray[np.intp]
    p: Floats
    platt: Floats
    average: Floats
    scores: Floats

    def take(self, rows: npt.NDArray[np.intp]) -> Rows:
        """Return the rows at these places."""
        return Rows(*(values[rows] for values in vars(self).values()))


def saved(rows: Rows) -> float:
    """Return the share of the simple curve's excess loss that is gone."""
    own, theirs = (row_excess(rows.y, p).sum() for p in (rows.p, rows.platt))
    return float(1 - own / theirs)


FIGURES: Mapping[str, Callable[[Rows], float | None]] = MappingProxyType(
    {
        "log_loss": lambda rows: log_loss(rows.y, rows.p),
        "auc": lambda rows: auc(rows.y >= 0.5, rows.p),
        "auc_score": lambda rows: auc(rows.y >= 0.5, rows.scores),
        "r2": lambda rows: r_squared(rows.y, rows.p),
        "ece": lambda rows: debiased_ece(rows.y, rows.p),
        "saved_over_platt": saved,
    }
)
LABELS = MappingProxyType(
    {
        "log_loss": "log-loss", "auc": "AUC", "auc_score": "AUC of the score", "r2": "R²",
        "ece": "calibration error", "saved_over_platt": "share saved over Platt",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Fitted:
    """One draw: its labels with their out-of-fold values, and fresh rows with the fit's values."""

    seen: Rows
    fresh: Rows


@dataclass(frozen=True)
class Trial:
    """One interval, the one from before, and the truth; an end is NaN where none is given."""

    name: str
    size: int
    figure: str
    truth: float
    ends: Interval
    before: Interval


@dataclass(frozen=True)
class Estimate:
    """The log-loss that a report states, and the true one; the same of the average label.

    `truth_alike` is the true one on samples that hold both kinds, as the labels do.
    """

    name: str
    size: int
    stated: float
    truth: float
    truth_alike: float
    average_stated: float
    average_truth: float


def draw(
    pairs: ScoredPairs, size: int, rng: np.random.Generator
) -> tuple[ScoredPairs, ScoredPairs] | None:
    """Return rows of drawn queries, and those of all others; None if these are too few."""
    groups = list(rows_by_query(pairs.queries).values())
    order = rng.permutation(len(groups))
    some = [rng.permutation(groups[n])[: LABELS_A_QUERY[size]] for n in order]
    taken = int(np.searchsorted(np.cumsum([len(rows) for rows in some]), size)) + 1
    if taken < FEWEST_QUERIES or len(groups) - taken < FRESH_QUERIES * taken:
        return None
    fresh = [rng.permutation(groups[n])[:FRESH_ROWS] for n in order[taken:]]
    train, test = np.sort(np.concatenate(some[:taken])), np.sort(np.concatenate(fresh))
    return pairs.take(train), pairs.take(test)


def seen_rows(result: CalibrationResult) -> Rows:
    """Return the labelled rows with their out-of-fold values."""
    pairs = result.pairs
    judged = Judged.of(pairs.relevance, pairs.queries, pairs.similarities)
    y, queries = judged.relevance, judged.queries
    sums, counts = np.bincount(queries, weights=y), np.bincount(queries)
    of_others = (sums.sum() - sums) / (counts.sum() - counts)
    return Rows(
        y, queries, result.out_of_fold, result.out_of_fold_platt, of_others[queries], judged.scores,
    )  # fmt: skip


def fresh_rows(result: CalibrationResult, test: ScoredPairs) -> Rows:
    """Return rows of fresh queries with what the fitted calibrators state."""
    judged = Judged.of(test.relevance, test.queries, test.similarities)
    return Rows(
        judged.relevance, judged.queries, result.calibrator.predict(test),
        result.simple.predict(test), np.full(len(test), result.report.mean), judged.scores,
    )  # fmt: skip


def reported(seen: Rows) -> Report:
    """Return the report on out-of-fold values, as a fit makes it."""
    judged = Judged(seen.y, seen.queries, seen.scores)
    values = (seen.p, seen.platt, seen.average)
    return make_report(*(judged.stated(each, is_out_of_fold=True) for each in values))


def resampled(rows: Rows, seed: int) -> dict[str, Interval]:
    """Return the percentiles of each figure over draws of whole queries."""
    groups = [np.flatnonzero(rows.queries == n) for n in range(int(rows.queries.max()) + 1)]
    count = len(groups)
    rng = np.random.default_rng(seed)
    draws = [
        rows.take(np.concatenate([groups[n] for n in rng.integers(0, count, count)]))
        for _ in range(RESAMPLED)
    ]
    t = stdtrit(count - 1, 0.95)
    tail = float(ndtr(-math.sqrt(count / (count - 1)) * t))
    found = {}
    for name, figure in FIGURES.items():
        values = np.array([figure(each) for each in draws], dtype=np.float64)
        defined = values[np.isfinite(values)]
        low, high = np.quantile(defined, [tail, 1 - tail]) if len(defined) else (math.nan, math.nan)
        found[name] = (float(low), float(high))
    return found


def fitted(name: str, pairs: ScoredPairs, size: int, draws: int) -> list[Fitted]:
    """Draw and fit as often as asked; labels of one kind are drawn anew."""
    found: list[Fitted] = []
    rng = np.random.default_rng([*name.encode(), size])
    while len(found) < draws:
        parts = draw(pairs, size, rng)
        if parts is None:
            break
        train, test = parts
        if np.ptp(train.relevance) > 0:
            result = fit_calibrator(train)
            found.append(Fitted(seen_rows(result), fresh_rows(result, test)))
    return found


def keep(path: Path, found: Sequence[Fitted]) -> None:
    """Write what was drawn and fitted to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {
        f"{number} {part} {column}": values
        for number, each in enumerate(found)
        for part, rows in vars(each).items()
        for column, values in vars(rows).items()
    }
    np.savez(path, count=len(found), **columns)


def kept(path: Path) -> list[Fitted]:
    """Read what `keep` wrote."""
    with np.load(path) as file:
        return [
            Fitted(
                *(
                    Rows(*(file[f"{number} {part.name} {column.name}"] for column in fields(Rows)))
                    for part in fields(Fitted)
                )
            )
            for number in range(int(file["count"]))
        ]


def fits(name: str, pairs: ScoredPairs, size: int, draws: int, folder: Path | None) -> list[Fitted]:
    """Return what the folder has of these draws, or fit them."""
    path = folder and folder / f"{name}.{size}.{draws}.npz"
    if path and path.exists():
        return kept(path)
    found = fitted(name, pairs, size, draws)
    if path:
        keep(path, found)
    return found


def loss_alike(fresh: Rows, size: int, seed: int) -> float:
    """Return the mean log-loss on samples of fresh queries that could have been fitted.

    Each is drawn as the labels were, and one with a single kind of label is left out as they are.
    """
    groups = [np.flatnonzero(fresh.queries == n) for n in range(int(fresh.queries.max()) + 1)]
    rng = np.random.default_rng(seed)
    losses = []
    for _ in range(ALIKE):
        rows: list[int] = []
        for query in rng.permutation(len(groups)):
            rows += rng.permutation(groups[query])[: LABELS_A_QUERY[size]].tolist()
            if len(rows) >= size:
                break
        some = fresh.take(np.array(rows))
        if np.ptp(some.y) > 0:
            losses.append(log_loss(some.y, some.p))
    return float(np.mean(losses))


def compared(name: str, size: int, found: Sequence[Fitted]) -> tuple[list[Trial], list[Estimate]]:
    """Return each draw's intervals beside the truth, and its log-loss beside the true one."""
    trials: list[Trial] = []
    estimates: list[Estimate] = []
    nothing = (math.nan, math.nan)
    for seed, each in enumerate(found):
        report, before, fresh = reported(each.seen), resampled(each.seen, seed), each.fresh
        estimates.append(
            Estimate(
                name, size, report.log_loss, log_loss(fresh.y, fresh.p),
                loss_alike(fresh, size, seed), report.log_loss_constant,
                log_loss(fresh.y, fresh.average),
            )
        )  # fmt: skip
        for figure, compute in FIGURES.items():
            truth = compute(fresh)
            if truth is not None:
                ends = report.intervals.get(figure, nothing)
                trials.append(Trial(name, size, figure, truth, ends, before[figure]))
    return trials, estimates


def covered(trials: Iterable[Trial], before: bool = False) -> float:
    """Return the share of the intervals given that hold the truth."""
    ends = [(each.before if before else each.ends, each.truth) for each in trials]
    return float(np.mean([low <= truth <= high for (low, high), truth in ends if low == low]))


def width(trials: Iterable[Trial], before: bool = False) -> float:
    """Return the median width of the intervals given."""
    return float(np.nanmedian([np.diff(t.before if before else t.ends) for t in trials]))


def print_tables(trials: Sequence[Trial], estimates: Sequence[Estimate]) -> None:
    """Print coverage and width of every figure, and how the stated log-loss compares."""
    print(
        "\n| labels | figure | draws | covered | by collection | width | not given "
        "| covered before | width before | covered, others alone |"
    )
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in dict.fromkeys(each.size for each in trials):
        for figure in FIGURES:
            cell = [each for each in trials if (each.size, each.figure) == (size, figure)]
            names = dict.fromkeys(each.name for each in cell)
            each_set = [covered([t for t in cell if t.name == name]) for name in names]
            others = [each for each in cell if each.name not in CHOSEN_ON]
            missing = np.mean([math.isnan(each.ends[0]) for each in cell])
            print(
                f"| {size:,} | {LABELS[figure]} | {len(cell)} | {covered(cell):.0%} "
                f"| {min(each_set):.0%} to {max(each_set):.0%} | {width(cell):.3f} "
                f"| {missing:.0%} | {covered(cell, before=True):.0%} "
                f"| {width(cell, before=True):.3f} "
                f"| {f'{covered(others):.0%}' if others else ''} |"
            )
    print(
        "\n| labels | draws | log-loss stated, over the true one | by collection "
        "| over that on samples with both kinds | of the average label, over the true one |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in dict.fromkeys(each.size for each in estimates):
        some = [each for each in estimates if each.size == size]
        names = dict.fromkeys(each.name for each in some)
        each_set = [ratio([e for e in some if e.name == name], "stated", "truth") for name in names]
        print(
            f"| {size:,} | {len(some)} | {ratio(some, 'stated', 'truth'):.3f} "
            f"| {min(each_set):.2f} to {max(each_set):.2f} "
            f"| {ratio(some, 'stated', 'truth_alike'):.3f} "
            f"| {ratio(some, 'average_stated', 'average_truth'):.3f} |"
        )


def ratio(estimates: Sequence[Estimate], above: str, below: str) -> float:
    """Return the sum of one field over that of another."""
    sums = [sum(getattr(each, name) for each in estimates) for name in (above, below)]
    return float(sums[0] / sums[1])


def main() -> None:
    """Draw from each collection, and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="*", default=())
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--fits", type=Path, help="keep draws and fits there, and read them again")
    given = parser.parse_args()
    trials: list[Trial] = []
    estimates: list[Estimate] = []
    pairs = {each.name: labelled_pairs(each) for each in load_sets(data_folder(given.data))}
    hits = {name: first_hits(name, each) for name, each in pairs.items()}
    for name in given.sets or pairs:
        prior = learn_without(name, hits)
        for size in LABELS_A_QUERY:
            with mock.patch.object(blend, "load_prior", lambda prior=prior: prior):
                drawn = fits(name, pairs[name], size, given.draws, given.fits)
            found, stated = compared(name, size, drawn)
            trials, estimates = trials + found, estimates + stated
            share = f"{ratio(stated, 'stated', 'truth'):.2f}" if stated else "no"
            print(
                f"{name}: {size} labels, {len(stated)} draws, {share} of the true log-loss",
                flush=True,
            )
    print(machine())
    print_tables(sorted(trials, key=lambda each: each.size), estimates)


if __name__ == "__main__":
    main()
