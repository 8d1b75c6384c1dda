"""What index types do to the answers and to the scores, and what they cost.

    python -m benchmarks.indexes [--data FOLDER] [--set NAME] [--vectors N] [--queries N]

Two tables in Markdown. The first, on a judged collection: every type by its own scores, and with
exact re-scoring; a Platt curve fitted on every other query decides, and the rest of the queries are
what is asked. The second, on generated unit vectors: CPU of one thread a query, as a share of raw
`IndexFlatL2`'s, with Flat in between. Each index is trained and filled once and searched with
several parameters. The best row for a goal of recall, which must reach it by two standard errors,
is chosen on one half of the queries and reported on the other. A million vectors take 5 GB.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import faiss
import numpy as np
import numpy.typing as npt

import search_core as sc
from benchmarks.interleaved import machine
from benchmarks.judged_data import JudgedSet, data_folder, load_set
from benchmarks.table import HEADER, line, verdict
from search_core.compare.index_trials import IndexTrial, compare_indexes
from search_core.index.spec import IndexSpec, default_specs
from search_core.index.store import FaissStore, filled_index, nearest_in
from search_core.labels.labels import LabelReading, Labels

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

DIM = 384
K = 10
JUDGED_QUERIES = 400  # at most
JUDGED_HITS = 50  # of a query: what nobody judged among its first hits counts as not relevant
SHOWN_FROM = 0.5  # calibrated value: as likely relevant as not

CLUSTER = 333  # vectors a cluster, on the average
SPREAD = 0.9  # length of what sets a vector apart from its cluster's centre, of length 1
TICK = time.get_clock_info("thread_time").resolution
FLAT_EVERY = 8  # queries: its cost does not depend on what is asked
GOALS_FROM = 1_000_000  # vectors
GOALS = ((0.95, 0.025), (0.99, 0.10))  # recall@10 of at least, CPU of at most that of Flat's


def judged_table(judged: JudgedSet) -> None:
    """Print the table on a judged collection."""
    answered = [number for number, known in enumerate(judged.relevance) if known]
    asked = answered[1::2][:JUDGED_QUERIES]
    corpus, encoder = sc.Corpus.from_texts(judged.texts), sc.load_encoder()
    engine = sc.SearchEngine.from_vectors(corpus, encoder, judged.vectors)
    pairs = engine.score_labels(_labels(judged, answered[::2]))
    calibrator = sc.fit_calibrator(pairs, method="platt").calibrator
    queries = [judged.queries[number] for number in asked]
    values = [calibrator.apply(hits).scores for hits in engine.search_many(queries, K)]
    trials = compare_indexes(
        corpus,
        encoder,
        _judged_specs(len(corpus)),
        queries,
        K,
        labels=_labels(judged, asked),
        calibrator=calibrator,
        threshold=SHOWN_FROM,
        vectors=judged.vectors,
    )
    print(
        f"{judged.name}: {len(corpus):,} documents, {len(asked)} queries, k = {K}; Platt's curve "
        f"fitted on {len(answered[::2])} others; from {SHOWN_FROM} exact search shows "
        f"{np.sum(np.concatenate(values) >= SHOWN_FROM)} hits. {machine()}\n\n"
        "| index | bytes a vector | build/Flat | query/Flat | bias | spread | moved | recall own "
        "| re-scored | nDCG@10 own | re-scored | flips own | re-scored | calibration error own "
        "| re-scored |\n|---|" + "---:|" * 14
    )
    for trial in trials:
        print(_judged_row(trial), flush=True)


def _judged_specs(n: int) -> tuple[IndexSpec, ...]:
    specs = (*default_specs(n, DIM), IndexSpec("RaBitQfs"))
    coarse = [spec for spec in specs if spec.parts or "RaBitQ" in spec.factory]
    return specs + tuple(replace(spec, shortlist=100) for spec in coarse)


def _judged_row(trial: IndexTrial) -> str:
    own, rescored, costs = trial.own, trial.rescored, trial.costs
    return (
        f"| {trial.spec.name} | {costs.bytes_per_vector:.0f} | {costs.build_ratio:.0f} "
        f"| {costs.query_ratio:.2f} "
        f"| {trial.bias:+z.4f} | {trial.spread:.4f} | {trial.moved:.1%} "
        f"| {own.recall:.3f} | {rescored.recall:.3f} | {own.ndcg:.3f} | {rescored.ndcg:.3f} "
        f"| {own.flips} | {rescored.flips} "
        f"| {own.calibration_error:.4f} | {rescored.calibration_error:.4f} |"
    )


def _labels(judged: JudgedSet, numbers: Sequence[int]) -> Labels:
    """Return these queries' judged documents and first hits, as a label file would hold them."""
    rows = []
    for number in numbers:
        first = np.argsort(-(judged.vectors @ judged.query_vectors[number]), kind="stable")
        known = dict.fromkeys(first[:JUDGED_HITS].tolist(), 0.0)
        known.update(judged.relevance[number])
        rows += [(judged.queries[number], str(place), value) for place, value in known.items()]
    relevance = np.array([value for _, _, value in rows])
    return Labels(
        queries=tuple(query for query, _, _ in rows),
        texts=(),
        doc_ids=tuple(name for _, name, _ in rows),
        scores=None,
        judgements=relevance,
        relevance=relevance,
        split=(),
        rows=tuple(range(2, len(rows) + 2)),
        extra={},
        reading=LabelReading(kind="graded" if judged.graded else "binary", lowest=0, highest=1),
    )


def clustered(n: int, seed: int) -> Vectors:
    """Return unit vectors in clusters whose sizes follow Zipf's law; float32 (n, DIM).

    They come in random order, and are rotated at random: without that they would keep their
    variance in the first coordinates, and a product quantizer would look far worse than it is.
    """
    rng = np.random.default_rng(seed)
    clusters = max(1, n // CLUSTER)
    share = 1.0 / np.arange(1, clusters + 1)
    axes = np.linspace(1.5, 0.5, DIM)  # text vectors, too, use some directions more than others
    centres = rng.standard_normal((clusters, DIM)) * axes
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    rotation = np.linalg.qr(rng.standard_normal((DIM, DIM)))[0].astype(np.float32)
    which = rng.choice(clusters, size=n, p=share / share.sum())
    vectors = np.empty((n, DIM), dtype=np.float32)
    for start in range(0, n, 50_000):
        part = which[start : start + 50_000]
        noise = rng.standard_normal((len(part), DIM)) * axes * (SPREAD / np.sqrt(DIM))
        made = (centres[part] + noise).astype(np.float32) @ rotation
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        vectors[start : start + len(part)] = made
    return vectors


class Beside:
    """Generated vectors under Flat, and queries from the same clusters; tries other indexes.

    Attributes
    ----------
    vectors, queries:
        float32 unit vectors (n, DIM) and (queries, DIM).
    flat, exact:
        Exact search, and what it finds: a row of K positions a query.
    """

    def __init__(self, n: int, queries: int) -> None:
        """Make the vectors, fill Flat with them, and ask it everything."""
        everything = clustered(n + queries, seed=0)
        self.vectors, self.queries = everything[:n], everything[n:]
        self.flat = filled(IndexSpec(), self.vectors)
        self.exact = self.flat.search(self.queries, K)[1]

    def trials(self, specs: Sequence[IndexSpec]) -> Iterable[Trial]:
        """Build one index and search it in the ways of `specs`, which differ in nothing else."""
        start = time.process_time()
        store = filled(specs[0], self.vectors)
        seconds, size = time.process_time() - start, store.nbytes
        for spec in specs:
            yield self._trial(store.searched_as(spec), spec, seconds, size)

    def _trial(self, store: FaissStore, spec: IndexSpec, build: float, size: int) -> Trial:
        found, seconds, flat = [], [], []
        for number, query in enumerate(self.queries):
            if number % FLAT_EVERY == 0:
                start = time.thread_time()
                self.flat.search(query[np.newaxis], K)
                flat.append(time.thread_time() - start)
            start = time.thread_time()
            positions = nearest_in(store, query, K, spec.shortlist or 0)[1]
            seconds.append(time.thread_time() - start)
            found.append(np.isin(self.exact[number], positions).mean())
        # A coarse clock shows 0 for what is quicker than its tick, and nothing is divided by that.
        return Trial(
            spec, np.array(found), np.maximum(seconds, TICK), np.maximum(flat, TICK),
            max(build, TICK), size,
        )  # fmt: skip


def filled(spec: IndexSpec, vectors: Vectors) -> FaissStore:
    """Return a store with an index of its own, also where it is Flat."""
    return FaissStore(spec, vectors, filled_index(spec, vectors))


@dataclass(frozen=True, eq=False)
class Trial:
    """One way to search one index.

    Attributes
    ----------
    spec:
        The index and its parameters.
    recall, seconds:
        Of each query: share of the exact first K found, and CPU with exact re-scoring.
    flat_seconds:
        CPU of raw exact search, measured in between.
    build_seconds, bytes:
        CPU of training and filling, and size of the index.
    """

    spec: IndexSpec
    recall: Floats
    seconds: Floats
    flat_seconds: Floats
    build_seconds: float
    bytes: int

    def half(self, which: int) -> Trial:
        """Return the trial on every other query; `which` is 0 or 1."""
        return replace(self, recall=self.recall[which::2], seconds=self.seconds[which::2])

    @property
    def cost(self) -> float:
        """CPU a query, as a share of Flat's."""
        return float(np.median(self.seconds) / np.median(self.flat_seconds))

    @property
    def error(self) -> float:
        """Standard error of the recall."""
        return float(self.recall.std(ddof=1) / np.sqrt(len(self.recall)))

    def surely(self, recall: float) -> bool:
        """Whether the recall stands two standard errors or more above this one."""
        return float(self.recall.mean()) - 2.0 * self.error >= recall


def large_specs(n: int) -> tuple[tuple[IndexSpec, ...], ...]:
    """Return the indexes worth trying on n vectors, each with the ways to search it."""
    lists = 2 ** round(np.log2(n) / 2)
    ways = {
        "Flat": ((32, None), (64, None)),
        "SQ8": ((32, 100), (48, 100), (64, 100)),
        "PQ48": ((32, 100), (64, 100), (32, 400), (64, 400)),
        "RaBitQfs": ((32, 400), (32, 500), (32, 600), (48, 600), (64, 800), (64, 1200)),
    }
    return tuple(
        tuple(
            IndexSpec(f"IVF{lists},{codes}", nprobe=min(probes, lists), shortlist=shortlist)
            for probes, shortlist in of_codes
        )
        for codes, of_codes in ways.items()
    )


def large_table(n: int, queries: int) -> None:
    """Print the table on generated vectors, and the best row for each goal."""
    faiss.omp_set_num_threads(1)  # of this thread, so that CPU time is all there is
    beside = Beside(n, queries)
    print(
        f"\n{n:,} generated vectors of {DIM} numbers, {queries} queries one at a time, one thread, "
        f"candidates re-scored exactly; ± is a standard error. {machine()}\n\n"
        "| index | recall@10 | CPU/Flat | bytes a vector | CPU to build, of that of IVF,Flat |\n"
        "|---|---:|---:|---:|---:|\n"
        f"| Flat | 1.000 | 1 | {4 * DIM} | |"
    )
    trials: list[Trial] = []
    for specs in large_specs(n):
        for trial in beside.trials(specs):
            trials.append(trial)
            build = trial.build_seconds / trials[0].build_seconds
            print(
                f"| {trial.spec.name} | {trial.recall.mean():.3f} ± {trial.error:.3f} "
                f"| {trial.cost:.3f} | {trial.bytes / n:.0f} | {build:.2f} |",
                flush=True,
            )
    if n >= GOALS_FROM:
        goals_table(trials)


def goals_table(trials: Sequence[Trial]) -> None:
    """Print the cheapest way that reaches each goal."""
    print(
        "\nThe cheapest that reaches the recall by two standard errors on half of the queries, and "
        f"what it does on the other half.\n\n{HEADER}"
    )
    for recall, cost in GOALS:
        print(_goal_row(trials, recall, cost))


def _goal_row(trials: Sequence[Trial], recall: float, cost: float) -> str:
    good = [trial for trial in trials if trial.half(0).surely(recall)]
    question, goal = f"CPU of a query that finds {recall:.0%} of the best ten", f"≤ {cost:g}"
    if not good:
        return line(question, "Flat", "none finds so many", goal, verdict(False))
    best = min(good, key=lambda trial: trial.half(0).cost)
    other = best.half(1)
    met = other.recall.mean() >= recall and other.cost <= cost
    found = f"{other.recall.mean():.3f} ± {other.error:.3f} found by {best.spec.name}"
    return line(question, "Flat", f"{other.cost:.3f}; {found}", goal, verdict(bool(met)))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Index types: answers, scores and costs.")
    parser.add_argument("--data", help="folder of the judged sets")
    parser.add_argument("--set", default="scifact_train", help="judged set of the first table")
    parser.add_argument("--vectors", type=int, default=1_000_000, help="generated; 0 for none")
    parser.add_argument("--queries", type=int, default=500, help="generated")
    given = parser.parse_args()
    if given.data or os.environ.get("SCORE_SENSE_DATA"):
        judged_table(load_set(data_folder(given.data) / given.set))
    if given.vectors:
        large_table(given.vectors, given.queries)


if __name__ == "__main__":
    main()
