"""Fifty labels: those that a plan asks for, against what people label without one.

    python -m benchmarks.judging --data FOLDER [--sets NAME ...] [--runs 20] [--estimates]
    python -m benchmarks.judging --stopwatch

A simulated visitor has the questions of one part of a set, answers what is asked from the set's
judgements (what is unjudged is not relevant), and fits. The pool is each question's first 20 hits
and two other documents; loss is measured on the pool of all other questions, as log-loss less the
labels' own entropy. "All" is a fit on every pair of the visitor's pool: no fifty labels can do
better. Where a choice has labels of one kind only, their smoothed share is predicted throughout.

Without a plan people label pairs drawn from the pool ("random"), all pairs of some queries
("queries"), the first ten hits of five queries ("top ten"), or a query and a document that are both
drawn at random ("blind"), which are hardly ever relevant.

Plans and fits start from the prior of other collections, learnt anew for each set without it.

The estimate is that of the pool's mean label, by known probabilities alone (λ = 0); "off" is how
far its mean over the runs is from the truth, in standard errors. `--estimates` makes these alone,
without fits. With `--stopwatch` the machine's time for a whole walk is measured on the sample, and
4 seconds are added for each label.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
import numpy.typing as npt

import search_core as sc
from benchmarks.judged_data import JudgedSet, data_folder, labelled_pairs, load_sets
from benchmarks.learnt_prior import first_hits, learn_without
from benchmarks.texts import EXAMPLES
from search_core.calibrate import blend
from search_core.evaluate.reliability import excess_loss
from search_core.features import FEATURE_NAMES
from search_core.judging import expected

Floats = npt.NDArray[np.float64]

LABELS = 50
QUESTIONS = 100  # of the visitor; at most two thirds of the set's
MOST_QUERIES = 400  # of a set: features of more take long and change little
FEWEST_QUERIES = 30
SECONDS_A_LABEL = 4.0
COLUMNS = (
    "set", "runs", "plan", "random", "queries", "top ten", "blind", "all", "plan/random",
    "plan/queries", "plan/top ten", "plan/blind", "alike/random", "estimate off", "interval holds",
)  # fmt: skip
ESTIMATE_COLUMNS = (
    "set", "runs", "share", "λ = 0", "off", "best λ", "off", "interval holds",
)  # fmt: skip
OTHERS = ("random", "queries", "top ten", "blind")  # what people label without a plan
TOP = 10  # hits of a query that people look through
GOAL = 0.80  # of the loss with random pairs


@dataclass(frozen=True)
class Run:
    """Losses of one visitor by how pairs were chosen, and how far the estimate was off."""

    losses: Mapping[str, float]
    error: float
    is_covered: bool


def asked_queries(judged: JudgedSet) -> list[int]:
    """Return the numbers of the queries that take part."""
    return [n for n, known in enumerate(judged.relevance) if known][:MOST_QUERIES]


def whole_pool(judged: JudgedSet, seed: int = 0) -> tuple[sc.Pool, Floats]:
    """Return the pool of a set's queries, and the relevance of each pair."""
    numbers = asked_queries(judged)
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, int]] = []
    for place, number in enumerate(numbers):
        order = np.argsort(-(judged.vectors @ judged.query_vectors[number]), kind="stable")
        chosen = [*order[:20].tolist(), *rng.choice(order[20:], 2, replace=False).tolist()]
        rows += [(place, text, rank) for rank, text in enumerate(chosen)]
    places, texts, ranks = (np.array(column) for column in zip(*rows, strict=True))
    known = pairs_of(judged, np.array(numbers)[places], texts)
    questions = tuple(judged.queries[number] for number in numbers)
    ids = tuple(map(str, texts))
    unknown = replace(known, relevance=np.full(len(known), np.nan))
    pool = sc.Pool(questions, places, texts, ranks == 0, ranks >= 20, ids, unknown)
    return pool, known.relevance


def blind_pairs(judged: JudgedSet, queries: npt.NDArray[np.intp], seed: int) -> sc.ScoredPairs:
    """Return pairs of a query and a document that are both drawn from all."""
    rng = np.random.default_rng(seed)
    asked = np.array(asked_queries(judged))[rng.choice(queries, LABELS)]
    return pairs_of(judged, asked, rng.integers(0, len(judged.texts), LABELS))


def pairs_of(
    judged: JudgedSet, asked: npt.NDArray[np.intp], texts: npt.NDArray[np.intp]
) -> sc.ScoredPairs:
    """Return pairs of queries and texts with what was judged; what was not is not relevant."""
    names = [f"{number} {judged.queries[number]}" for number in asked]  # two may be alike
    features = judged.space.features(
        names, judged.query_vectors[asked], [judged.texts[text] for text in texts],
        judged.vectors[texts],
    )  # fmt: skip
    known = [judged.relevance[n].get(text, 0.0) for n, text in zip(asked, texts, strict=True)]
    return sc.ScoredPairs(
        queries=tuple(names),
        texts=tuple(judged.texts[text] for text in texts),
        relevance=np.array(known),
        features=features,
        feature_names=FEATURE_NAMES,
        scale=sc.COSINE.from_source("the packaged model"),
        graded=judged.graded,
        rows=tuple(range(2, len(texts) + 2)),
        corpus_fingerprint=judged.name,
        corpus_size=len(judged.texts),
        usual_cosine=judged.space.usual_cosine,
    )


def part_of(pool: sc.Pool, questions: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the rows of some questions."""
    return np.flatnonzero(np.isin(pool.question_of, questions))


def taken(pool: sc.Pool, rows: npt.NDArray[np.intp]) -> sc.Pool:
    """Return a pool of some rows, which hold whole questions."""
    asked, numbers = np.unique(pool.question_of[rows], return_inverse=True)
    return sc.Pool(
        tuple(pool.questions[number] for number in asked), numbers, pool.positions[rows],
        pool.is_best[rows], pool.is_far[rows], tuple(pool.ids[row] for row in rows),
        pool.pairs.take(rows),
    )  # fmt: skip


def answered(pool: sc.Pool, relevance: Floats, seed: int) -> sc.JudgingPlan:
    """Return a plan with everything answered that it asks."""
    plan = sc.JudgingPlan.on(pool, seed=seed)
    while not plan.is_done:
        plan = plan.read({pair.number: float(relevance[pair.number]) for pair in plan.next_pairs()})
    return plan


def predicted(pairs: sc.ScoredPairs, test: sc.ScoredPairs) -> Floats:
    """Fit on labels, and return the values of other pairs."""
    if np.ptp(pairs.relevance) == 0:
        share = (pairs.relevance.sum() + 0.5) / (len(pairs) + 1)
        return np.full(len(test), share)
    return sc.fit_calibrator(pairs).calibrator.predict(test)


def one_run(
    judged: JudgedSet, pool: sc.Pool, relevance: Floats, seed: int, *, with_all: bool
) -> Run:
    """Let one visitor label, by the plan and otherwise."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pool.questions))
    count = min(QUESTIONS, len(order) * 2 // 3)
    rows, others = part_of(pool, order[:count]), part_of(pool, order[count:])
    mine, y = taken(pool, rows), relevance[rows]
    test, truth = pool.pairs.take(others), relevance[others]
    known = replace(mine.pairs, relevance=y)
    plan = answered(mine, y, seed)
    by_query = [np.flatnonzero(mine.question_of == number) for number in rng.permutation(count)]
    chosen = {
        "plan": plan.scored(),
        "plan, all alike": replace(plan.scored(), inclusion=None),
        "random": known.take(rng.permutation(len(y))[:LABELS]),
        "queries": known.take(np.concatenate(by_query)[:LABELS]),
        "top ten": known.take(np.concatenate([rows[:TOP] for rows in by_query])[:LABELS]),
        "blind": blind_pairs(judged, order[:count], seed),
    }
    if with_all:
        chosen["all"] = known
    losses = {name: excess_loss(truth, predicted(p, test)) for name, p in chosen.items()}
    found, full = plan.estimate(y), plan.share_relevant()
    low, high = full.lower, full.upper
    held = low is not None and high is not None and low <= y.mean() <= high
    return Run(losses, found.value - float(y.mean()), bool(held))


def estimates(name: str, pool: sc.Pool, relevance: Floats, runs: int) -> str:
    """Return how far a set's estimates are off over many plans, and how often intervals hold."""
    count = min(QUESTIONS, len(pool.questions) * 2 // 3)
    rows = part_of(pool, np.arange(count))
    mine, y = taken(pool, rows), relevance[rows]
    truth, plain, best, held = float(y.mean()), [], [], []
    for seed in range(runs):
        plan = answered(mine, y, seed)
        plain.append(plan.estimate(y).value)
        full = plan.share_relevant()
        best.append(plan.estimate(y, plan.expected).value)
        held.append((full.lower or 0.0) <= truth <= (1.0 if full.upper is None else full.upper))
    cells = [name, str(runs), f"{truth:.3f}"]
    for found in (plain, best):
        error = float(np.std(found, ddof=1))
        cells += [f"{np.mean(found):.3f}", f"{(np.mean(found) - truth) / (error / runs**0.5):+.1f}"]
    return f"| {' | '.join([*cells, f'{np.mean(held):.2f}'])} |"


def figures(name: str, runs: Iterable[Run]) -> str:
    """Return a set's row of the table."""
    found = list(runs)
    mean = {
        each: float(np.mean([run.losses[each] for run in found if each in run.losses]))
        for each in found[0].losses
    }
    errors = np.array([run.error for run in found])
    off = errors.mean() / (errors.std(ddof=1) / np.sqrt(len(errors)))
    covered = np.mean([run.is_covered for run in found])
    cells = (
        name, len(found), *(f"{mean[each]:.3f}" for each in ("plan", *OTHERS, "all")),
        *(f"{mean['plan'] / mean[each]:.2f}" for each in OTHERS),
        f"{mean['plan, all alike'] / mean['random']:.2f}", f"{off:+.1f}", f"{covered:.2f}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def stopwatch() -> str:
    """Time a walk from pasted texts to a threshold, and add the time that people take."""
    corpus, labels = sc.read_corpus(EXAMPLES / "documents.csv"), _sample_labels()
    questions = list(dict.fromkeys(query for query, _ in labels))[:40]
    encoder = sc.load_encoder()
    encoder.encode_queries(["warm"])
    began = time.perf_counter()
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(corpus.texts), encoder)
    plan = sc.JudgingPlan.of(engine, questions)
    chosen = time.perf_counter() - began
    slowest = 0.0
    while not plan.is_done:
        pair = plan.next_pairs()[0]
        start = time.perf_counter()
        plan = plan.read({pair.number: labels.get((pair.query, pair.text), 0.0) >= 0.5})
        slowest = max(slowest, time.perf_counter() - start)
    began = time.perf_counter()
    plan.fit()
    fitted = time.perf_counter() - began
    total = chosen + fitted + LABELS * SECONDS_A_LABEL
    return (
        f"{len(corpus)} texts and {len(questions)} questions: {chosen:.1f} s to the first pair, "
        f"{LABELS} labels at {SECONDS_A_LABEL:g} s (the slowest answer took {slowest:.2f} s of the "
        f"machine), {fitted:.1f} s to fit: {total:.0f} s in all."
    )


def _sample_labels() -> dict[tuple[str, str], float]:
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    labels = sc.read_labels(EXAMPLES / "judgements.csv", scale=(0, 3))
    texts = [corpus.texts[corpus.position_of_id[name]] for name in labels.doc_ids]
    return dict(zip(zip(labels.queries, texts, strict=True), labels.relevance, strict=True))


@contextmanager
def prior_without(name: str, hits: Mapping[str, sc.ScoredPairs]) -> Iterator[None]:
    """Let plans and fits start from what collections other than this one taught."""
    prior = learn_without(name, hits)
    with (
        mock.patch.object(blend, "load_prior", return_value=prior),
        mock.patch.object(expected, "load_prior", return_value=prior),
    ):
        yield


def print_sets(everything: Sequence[JudgedSet], given: argparse.Namespace) -> None:
    """Print a row a set, and the mean ratio to random pairs."""
    names = ESTIMATE_COLUMNS if given.estimates else COLUMNS
    print(f"| {' | '.join(names)} |\n|---|{'---:|' * (len(names) - 1)}")
    hits = {each.name: first_hits(each.name, labelled_pairs(each)) for each in everything}
    ratios: dict[str, list[float]] = {each: [] for each in OTHERS}
    for judged in everything:
        # A plan needs twenty queries, and ten are left to measure on.
        if len(judged.queries) < FEWEST_QUERIES or (given.sets and judged.name not in given.sets):
            continue
        pool, relevance = whole_pool(judged)
        with prior_without(judged.name, hits):
            if given.estimates:
                print(estimates(judged.name, pool, relevance, given.runs), flush=True)
                continue
            runs = [
                one_run(judged, pool, relevance, seed, with_all=seed < 2)
                for seed in range(given.runs)
            ]
        print(figures(judged.name, runs), flush=True)
        for other, found in ratios.items():
            plan, loss = (np.mean([run.losses[each] for run in runs]) for each in ("plan", other))
            found.append(float(plan / loss))
    if not given.estimates:
        print(f"\n{summary(ratios)}")


def summary(ratios: Mapping[str, Sequence[float]]) -> str:
    """Return the mean ratio to each other way to choose, and whether the goal was reached."""
    means = {each: float(np.exp(np.mean(np.log(found)))) for each, found in ratios.items()}
    words = ", ".join(f"{mean:.2f} of {each}" for each, mean in means.items())
    verdict = "reached" if means["random"] <= GOAL else "not reached"
    sets = len(ratios["random"])
    return f"Mean ratio over {sets} sets: {words}; goal {GOAL:.2f} of random, {verdict}."


def main() -> None:
    """Print a table, or the time that a walk takes."""
    parser = argparse.ArgumentParser(description="Fifty labels by a plan, against random pairs.")
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="*", default=[])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--stopwatch", action="store_true")
    parser.add_argument("--estimates", action="store_true", help="no fits: many more runs")
    given = parser.parse_args()
    if given.stopwatch:
        print(stopwatch())
    else:
        print_sets(load_sets(data_folder(given.data)), given)


if __name__ == "__main__":
    main()
