"""The loss of the default calibrator on unseen queries, against the usual curves.

    python -m benchmarks.calibration --data FOLDER [--sets NAME ...] [--sizes 50 200 1000 5000]

Rows are each judged query's judged documents and first 20 hits; what is unjudged counts as not
relevant. Whole queries are drawn at random until a number of rows is reached; all other queries are
the test. The peers are fitted on the same rows, on the cosine, and the best of them is chosen in
hindsight for each set and size. Loss is log-loss less the labels' own entropy. Venn-Abers takes
part where the package `venn-abers` is installed and the labels are binary.

The prior that the blend starts from is learnt anew for each set, without it and without what is of
the same making or source.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from unittest import mock

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression

from benchmarks.judged_data import JudgedSet, asked_pairs, data_folder, labelled_pairs, load_sets
from benchmarks.learnt_prior import first_hits, learn_without
from search_core.calibrate import blend
from search_core.calibrate.fit import CalibrationResult, fit_calibrator
from search_core.calibrate.thresholds import row_threshold
from search_core.evaluate.judged import rows_by_query
from search_core.evaluate.measures import auc
from search_core.evaluate.reliability import debiased_ece, excess_loss, label_entropy
from search_core.pairs import ScoredPairs

try:
    from venn_abers import VennAbers
except ImportError:
    VennAbers = None

Floats = npt.NDArray[np.float64]
Curve = Callable[[Floats], Floats]

SEEDS = MappingProxyType({50: 4, 200: 3, 1000: 2, 5000: 1})
LEFT_FOR_TEST = 0.2  # of the queries, at least
TARGETS = (0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Trial:
    """One split of one set: losses on the test queries, and what the fit said about itself."""

    name: str
    size: int
    blend: float
    peers: Mapping[str, float]
    ece: float
    ece_platt: float
    estimate: float
    covered: bool | None
    cuts: int
    broken: int
    nonsense_auc: float
    nonsense_share: float
    seconds: float


def logistic(x: Floats, y: Floats) -> Curve:
    """Logistic regression without penalty on columns x; y in [0, 1] as weights of doubled rows."""
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-12)
    rows = np.concatenate([x[y > 0], x[y < 1]])
    target = np.repeat([1, 0], [(y > 0).sum(), (y < 1).sum()])
    weight = np.concatenate([y[y > 0], 1 - y[y < 1]])
    model = LogisticRegression(C=np.inf, max_iter=5000)
    model.fit((rows - mean) / scale, target, sample_weight=weight)
    return lambda z: model.predict_proba((z - mean) / scale)[:, 1]


def platt(c: Floats, y: Floats) -> Curve:
    curve = logistic(c[:, None], y)
    return lambda z: curve(z[:, None])


def quadratic(c: Floats, y: Floats) -> Curve:
    """Log-odds of second degree in the cosine."""
    curve = logistic(np.column_stack([c, c**2]), y)
    return lambda z: curve(np.column_stack([z, z**2]))


def isotonic(c: Floats, y: Floats) -> Curve:
    return IsotonicRegression(out_of_bounds="clip").fit(c, y).predict


def linear(c: Floats, y: Floats) -> Curve:
    model = LinearRegression().fit(c[:, None], y)
    return lambda z: np.clip(model.predict(z[:, None]), 0.0, 1.0)


def beta(c: Floats, y: Floats) -> Curve:
    """Kull and others 2017, on s = (1 + c)/2; a column with a negative slope is dropped."""

    def columns(z: Floats) -> Floats:
        s = np.clip((1 + z) / 2, 1e-6, 1 - 1e-6)
        return np.column_stack([np.log(s), -np.log(1 - s)])

    kept = [i for i in (0, 1) if _slope(columns(c), y, i) >= 0] or [0]
    curve = logistic(columns(c)[:, kept], y)
    return lambda z: curve(columns(z)[:, kept])


def _slope(x: Floats, y: Floats, column: int) -> float:
    step = np.zeros((2, x.shape[1])) + x.mean(axis=0)
    step[1, column] += x[:, column].std()
    low, high = logistic(x, y)(step)
    return float(high - low)


def histogram(c: Floats, y: Floats) -> Curve:
    """Up to 15 bins of equal count, at least 10 rows each."""
    bins = int(np.clip(len(c) // 10, 2, 15))
    edges = np.quantile(c, np.linspace(0, 1, bins + 1)[1:-1])
    place = np.searchsorted(edges, c)
    level = np.array(
        [y[place == b].mean() if (place == b).any() else y.mean() for b in range(bins)]
    )
    return lambda z: level[np.searchsorted(edges, z)]


def venn_abers(c: Floats, y: Floats) -> Curve:
    """Inductive Venn-Abers on s = (1 + c)/2, its two probabilities merged for log-loss."""
    pair = lambda z: np.column_stack([(1 - z) / 2, (1 + z) / 2])  # noqa: E731
    model = VennAbers()
    model.fit(pair(c), y.astype(int))
    return lambda z: model.predict_proba(pair(z))[0][:, 1]


PEERS: Mapping[str, Callable[[Floats, Floats], Curve]] = MappingProxyType(
    {
        "platt": platt,
        "quadratic": quadratic,
        "isotonic": isotonic,
        "beta": beta,
        "linear": linear,
        "histogram": histogram,
        **({"venn-abers": venn_abers} if VennAbers else {}),
    }
)


def peer_values(train: ScoredPairs, test: ScoredPairs) -> dict[str, Floats]:
    """Return what each peer states for the test rows."""
    c, y = train.features[:, 0], train.relevance
    names = [name for name in PEERS if name != "venn-abers" or not train.graded]
    return {name: PEERS[name](c, y)(test.features[:, 0]) for name in names}


def split(pairs: ScoredPairs, size: int, seed: int) -> tuple[ScoredPairs, ScoredPairs] | None:
    """Whole queries until `size` rows are reached, and the rest; None if too little is left."""
    rows = rows_by_query(pairs.queries)
    groups = [rows[query] for query in dict.fromkeys(pairs.queries)]  # as the collection has them
    order = np.random.default_rng([seed, size]).permutation(len(groups))
    reached = np.cumsum([len(groups[n]) for n in order])
    taken = int(np.searchsorted(reached, size)) + 1
    if taken < 2 or len(groups) - taken < max(3, LEFT_FOR_TEST * len(groups)):
        return None
    inside = np.concatenate([groups[n] for n in order[:taken]])
    train = pairs.take(np.sort(inside))
    if train.relevance.min() == train.relevance.max():
        return None
    return train, pairs.take(np.setdiff1d(np.arange(len(pairs)), inside))


def broken_guarantees(
    result: CalibrationResult, train: ScoredPairs, test: ScoredPairs
) -> list[bool]:
    """Tell, for each target with a cut, whether the test rows above it fall short of it."""
    y, p = train.relevance >= 0.5, result.out_of_fold
    stated, truth = result.calibrator.predict(test), test.relevance >= 0.5
    cuts = [row_threshold(p, y.astype(float), train.queries, target) for target in TARGETS]
    return [
        bool(truth[stated >= cut.value].mean() < cut.target)
        for cut in cuts
        if cut.value is not None and (stated >= cut.value).any()
    ]


def best_by_query(p: Floats, queries: Sequence[str]) -> Floats:
    return np.array([p[rows].max() for rows in rows_by_query(queries).values()])


def run_trial(
    name: str, size: int, train: ScoredPairs, test: ScoredPairs, nonsense: ScoredPairs
) -> Trial:
    start = time.perf_counter()
    result = fit_calibrator(train, seed=0)
    seconds = time.perf_counter() - start
    stated, y = result.calibrator.predict(test), test.relevance
    peers = peer_values(train, test)
    entropy = label_entropy(train.relevance)
    ends = result.report.intervals.get("log_loss")  # none with fewer than five queries
    loss, broken = excess_loss(y, stated), broken_guarantees(result, train, test)
    asked = best_by_query(result.calibrator.predict(nonsense), nonsense.queries)
    answered = best_by_query(stated, test.queries)
    told_apart = auc(
        np.arange(len(asked) + len(answered)) >= len(asked), np.append(asked, answered)
    )
    return Trial(
        name=name,
        size=size,
        blend=loss,
        peers={peer: excess_loss(y, p) for peer, p in peers.items()},
        ece=debiased_ece(y, stated),
        ece_platt=debiased_ece(y, peers["platt"]),
        estimate=result.report.excess_loss,
        covered=None if ends is None else ends[0] <= loss + entropy <= ends[1],
        cuts=len(broken),
        broken=sum(broken),
        nonsense_auc=told_apart or math.nan,
        nonsense_share=float(np.median(asked) / np.median(answered)),
        seconds=seconds,
    )


def nonsense_queries(judged: JudgedSet, others: Iterable[JudgedSet]) -> list[str]:
    """Keyboard noise, word salad, and queries that were asked of other collections; fixed seed."""
    rng = np.random.default_rng(11)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    noise = ["".join(rng.choice(letters, rng.integers(4, 12))) for _ in range(20)]
    asked = [query for other in others if other is not judged for query in other.queries]
    words = sorted({word for query in asked for word in query.lower().split() if word.isalpha()})
    if not words:
        return noise
    salad = [" ".join(rng.choice(words, rng.integers(5, 9))) for _ in range(20)]
    return list(dict.fromkeys([*noise, *salad, *rng.choice(asked, 30).tolist()]))


def geometric_mean(values: Iterable[float]) -> float:
    return math.exp(float(np.mean(np.log(list(values)))))


def mean_of(trials: Sequence[Trial], value: Callable[[Trial], float]) -> float:
    return float(np.mean([value(trial) for trial in trials]))


def cells(trials: Sequence[Trial], size: int) -> dict[str, list[Trial]]:
    """Return the trials of one size, by set."""
    here = [trial for trial in trials if trial.size == size]
    return {
        name: [t for t in here if t.name == name] for name in dict.fromkeys(t.name for t in here)
    }


def best_peer(trials: Sequence[Trial]) -> tuple[str, float]:
    losses = {
        peer: float(np.mean([trial.peers[peer] for trial in trials])) for peer in trials[0].peers
    }
    return min(losses.items(), key=lambda item: item[1])


def ratio(trials: Sequence[Trial]) -> float:
    return mean_of(trials, lambda t: t.blend) / best_peer(trials)[1]


def print_tables(trials: Sequence[Trial]) -> None:
    sizes = sorted({trial.size for trial in trials})
    print("\n| labels | set | best peer | its loss | blend | ratio | nonsense AUC | seconds |")
    print("| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for size in sizes:
        for name, some in cells(trials, size).items():
            peer, loss = best_peer(some)
            ours, seconds = mean_of(some, lambda t: t.blend), mean_of(some, lambda t: t.seconds)
            apart = mean_of(some, lambda t: t.nonsense_auc)
            print(
                f"| {size} | {name} | {peer} | {loss:.4f} | {ours:.4f} "
                f"| {ratio(some):.2f} | {apart:.3f} | {seconds:.1f} |"
            )
    print(
        "\n| labels | sets | ratio | worst | ECE | ECE of Platt | estimate ÷ truth | covered "
        "| guarantees broken | nonsense AUC | its median share |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in sizes:
        print(summary(size, cells(trials, size)))


def summary(size: int, by_set: Mapping[str, Sequence[Trial]]) -> str:
    ratios = [ratio(some) for some in by_set.values()]
    every = [trial for some in by_set.values() for trial in some]
    estimates = geometric_mean(trial.estimate / trial.blend for trial in every)
    covered = [trial.covered for trial in every if trial.covered is not None]
    cuts, broken = sum(t.cuts for t in every), sum(t.broken for t in every)
    apart = min(mean_of(some, lambda t: t.nonsense_auc) for some in by_set.values())
    share = max(mean_of(some, lambda t: t.nonsense_share) for some in by_set.values())
    return (
        f"| {size} | {len(by_set)} | {geometric_mean(ratios):.2f} | {max(ratios):.2f} "
        f"| {mean_of(every, lambda t: t.ece):.3f} | {mean_of(every, lambda t: t.ece_platt):.3f} "
        f"| {estimates:.2f} | {sum(covered)}/{len(covered)} | {broken}/{cuts} "
        f"| {apart:.3f} | {share:.2f} |"
    )


def trials_of(
    judged: JudgedSet,
    everything: Sequence[JudgedSet],
    pairs: ScoredPairs,
    sizes: Sequence[int],
) -> list[Trial]:
    print(f"{judged.name}: {len(pairs)} pairs")
    nonsense = asked_pairs(judged, nonsense_queries(judged, everything))
    found = []
    for size in sizes:
        for seed in range(SEEDS.get(size, 1)):
            parts = split(pairs, size, seed)
            if parts:
                found.append(run_trial(judged.name, size, *parts, nonsense))
                print(f"  {size} labels, draw {seed + 1}: {ratio(found[-1:]):.2f}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="*", default=())
    parser.add_argument("--sizes", nargs="*", type=int, default=list(SEEDS))
    given = parser.parse_args()
    everything = load_sets(data_folder(given.data))
    chosen = [judged for judged in everything if not given.sets or judged.name in given.sets]
    if VennAbers is None:
        print("Venn-Abers is left out: the package venn-abers is not installed.")
    pairs = {judged.name: labelled_pairs(judged) for judged in everything}
    hits = {name: first_hits(name, each) for name, each in pairs.items()}
    trials: list[Trial] = []
    for judged in chosen:
        prior = learn_without(judged.name, hits)
        with mock.patch.object(blend, "load_prior", lambda prior=prior: prior):
            trials += trials_of(judged, everything, pairs[judged.name], given.sizes)
    print_tables(trials)


if __name__ == "__main__":
    main()
