"""What index types do to the answers and to the scores, and what they cost.

    python -m benchmarks.indexes [--data FOLDER] [--set NAME] [--vectors N] [--queries N]

Two tables in Markdown. The first, on a judged collection: every type by its own scores, and with
exact re-scoring. The second, on generated unit vectors: clusters whose sizes follow Zipf's law,
rotated at random (without the rotation a product quantizer looks far worse than it is); CPU of one
thread a query, as a share of Flat's over the same queries, in turns.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import faiss
import numpy as np
import numpy.typing as npt

import search_core as sc
from benchmarks.judged_data import JudgedSet, data_folder, load_set
from search_core.engine import exact_cosines
from search_core.evaluate.index_trials import compare_indexes
from search_core.index.faiss_store import FaissStore
from search_core.index.spec import IndexSpec, default_specs
from search_core.labels import LabelReading, Labels

Vectors = npt.NDArray[np.float32]

DIM = 384
K = 10
CLUSTER = 333  # vectors a cluster, on the average
SPREAD = 0.9  # length of what sets a vector apart from its cluster's centre, of length 1


def judged_table(judged: JudgedSet, most: int) -> None:
    answered = [n for n, known in enumerate(judged.relevance) if known][:most]
    queries = [judged.queries[n] for n in answered]
    corpus = sc.Corpus.from_texts(judged.texts)
    specs = default_specs(len(corpus), DIM)
    long = tuple(replace(spec, shortlist=100) for spec in specs if spec.parts)
    trials = compare_indexes(
        corpus,
        sc.load_encoder(),
        specs + long,
        queries,
        K,
        labels=_labels(judged, answered),
        threshold=0.5,
        vectors=judged.vectors,
    )
    print(
        f"{judged.name}: {len(corpus):,} documents, {len(queries)} queries, k = {K}; decisions at"
    )
    print("cosine 0.5. Own: by the index's own scores. Re-scored: as the engine gives them.\n")
    print(
        "| index | bytes a vector | time/Flat | recall own | re-scored | nDCG@10 own | re-scored "
        "| bias | spread | flips own | re-scored |\n|---|" + "---:|" * 10
    )
    for trial in trials:
        own, rescored = trial.own, trial.rescored
        print(
            f"| {trial.spec.name} | {trial.bytes_per_vector:.0f} | {trial.query_ratio:.2f} "
            f"| {own.recall:.3f} | {rescored.recall:.3f} | {own.ndcg:.3f} | {rescored.ndcg:.3f} "
            f"| {trial.bias:+.4f} | {trial.spread:.4f} | {own.flips} | {rescored.flips} |",
            flush=True,
        )


def _labels(judged: JudgedSet, asked: list[int]) -> Labels:
    rows = [(n, place, value) for n in asked for place, value in judged.relevance[n].items()]
    relevance = np.array([value for _, _, value in rows])
    return Labels(
        queries=tuple(judged.queries[n] for n, _, _ in rows),
        texts=(),
        doc_ids=tuple(str(place) for _, place, _ in rows),
        scores=None,
        judgements=relevance,
        relevance=relevance,
        split=(),
        rows=tuple(range(2, len(rows) + 2)),
        extra={},
        reading=LabelReading(kind="graded" if judged.graded else "binary", lowest=0, highest=1),
    )


def clustered(n: int, seed: int) -> Vectors:
    """Return unit vectors in Zipf-sized clusters, rotated at random; float32 (n, DIM)."""
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
        vectors[start : start + len(part)] = (centres[part] + noise).astype(np.float32) @ rotation
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def large_specs(n: int) -> tuple[IndexSpec, ...]:
    lists = 2 ** round(np.log2(n) / 2)
    probes = [number for number in (8, 32, 64) if number <= lists]
    forms = (("Flat", None), ("SQ8", 100), ("PQ48", 100), ("PQ48", 400))
    return tuple(
        IndexSpec(f"IVF{lists},{codes}", nprobe=number, shortlist=shortlist)
        for codes, shortlist in forms
        for number in probes
    )


def large_table(n: int, queries: int) -> None:
    everything = clustered(n + queries, seed=0)
    order = np.random.default_rng(1).permutation(len(everything))
    vectors, asked = everything[order[:n]], everything[order[n:]]
    faiss.omp_set_num_threads(1)  # of this thread: CPU time is that of one
    flat = _filled(IndexSpec(), vectors)
    exact = [set(flat.search(query[np.newaxis], K)[1][0].tolist()) for query in asked]
    print(
        f"\n{n:,} generated vectors of {DIM} numbers, {queries} queries one at a time, one thread,"
    )
    print("candidates re-scored exactly.\n")
    print("| index | recall@10 | CPU/Flat | bytes a vector |\n|---|---:|---:|---:|")
    for spec in large_specs(n):
        store = _filled(spec, vectors)
        recall, ratio = _measured(store, spec.shortlist or K, flat, asked, exact)
        size = store.index_bytes / n
        print(f"| {spec.name} | {recall:.3f} | {ratio:.3f} | {size:.0f} |", flush=True)


def _filled(spec: IndexSpec, vectors: Vectors) -> FaissStore:
    store = FaissStore(spec, DIM)
    store.add(np.arange(len(vectors), dtype=np.int64), vectors)
    return store


def _measured(
    store: FaissStore, depth: int, flat: FaissStore, asked: Vectors, exact: list[set[int]]
) -> tuple[float, float]:
    found, ratios = 0, []
    for query, best in zip(asked, exact, strict=True):
        start = time.thread_time()
        flat.search(query[np.newaxis], K)
        middle = time.thread_time()
        ids = store.search(query[np.newaxis], depth)[1][0]
        ids = ids[ids >= 0]
        first = ids[np.argsort(-exact_cosines(store.fetch(ids), query), kind="stable")[:K]]
        ratios.append((time.thread_time() - middle) / (middle - start))
        found += len(best & set(first.tolist()))
    return found / (K * len(asked)), float(np.median(ratios))


def main() -> None:
    parser = argparse.ArgumentParser(description="Index types: answers, scores and costs.")
    parser.add_argument("--data", help="folder of the judged sets")
    parser.add_argument("--set", default="scifact_train", help="judged set of the first table")
    parser.add_argument("--vectors", type=int, default=100_000, help="generated; 0 for none")
    parser.add_argument("--queries", type=int, default=300, help="at most, of each table")
    given = parser.parse_args()
    judged_table(load_set(data_folder(given.data) / given.set), given.queries)
    if given.vectors:
        large_table(given.vectors, given.queries)


if __name__ == "__main__":
    main()
