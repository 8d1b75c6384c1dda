"""What a calibrated search costs over a store, beside the store's own, and how much is held here.

    python -m benchmarks.stores [--count N] [--stores faiss qdrant milvus] [--queries N]

Vectors of 384 numbers around a thousand centres, with short texts. Each query is asked both ways in
turn: ten hits by the store's own client, with their texts; and ten hits through a `StoreEngine`,
scored again from stored vectors, with a calibrator's values and rarity. The goal is 1.3 times the
store's own time. What is held here beside the store, the rows drawn and what unrelated questions
found, is measured as Python allocates it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import search_core as sc
from benchmarks.indexes import DIM, clustered
from benchmarks.interleaved import machine
from benchmarks.table import HEADER, line, verdict
from search_core.stores.milvus import MilvusStore
from search_core.stores.qdrant import QdrantStore
from search_core.vectors import Vectors

HITS, AT_ONCE, QUESTIONS, MOST = 10, 1_000, 100, 1.3
NAME = "texts"

Bare = Callable[[Vectors], Any]


def _embed(texts: list[str]) -> list[list[float]]:
    """Stand in for a model: what it costs to embed a query is left out on both sides."""
    return [np.random.default_rng(len(text)).standard_normal(DIM).tolist() for text in texts]


def fill(store: Any, vectors: Vectors) -> None:
    for start in range(0, len(vectors), AT_ONCE):
        rows = vectors[start : start + AT_ONCE]
        numbers = range(start, start + len(rows))
        store.add([str(n) for n in numbers], rows, [f"This is text number {n}." for n in numbers])


@contextmanager
def faiss_store(vectors: Vectors, _folder: str) -> Iterator[tuple[sc.ScoredStore, Bare]]:
    engine = sc.VectorEngine.of(vectors, spec=sc.IndexSpec("Flat", "inner_product"))
    yield sc.LocalStore(engine), lambda query: engine.store.search(query[np.newaxis], HITS)


@contextmanager
def qdrant_store(vectors: Vectors, _folder: str) -> Iterator[tuple[sc.ScoredStore, Bare]]:
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")  # a folder takes 25 ms to write each vector
    store = QdrantStore.create(client, NAME, DIM)
    fill(store, vectors)
    yield store, lambda query: client.query_points(NAME, query=query.tolist(), limit=HITS)
    client.close()


@contextmanager
def milvus_store(vectors: Vectors, folder: str) -> Iterator[tuple[sc.ScoredStore, Bare]]:
    from pymilvus import MilvusClient

    client = MilvusClient(str(Path(folder) / "texts.db"))
    store = MilvusStore.create(client, NAME, DIM)
    fill(store, vectors)
    yield (
        store,
        lambda query: client.search(
            NAME, data=query[np.newaxis], limit=HITS, output_fields=["text"]
        ),
    )
    client.close()


STORES = {"faiss": faiss_store, "qdrant": qdrant_store, "milvus": milvus_store}


def calibrator() -> sc.Calibrator:
    rng = np.random.default_rng(1)
    cosines = rng.uniform(0.0, 1.0, 400)
    relevant = rng.uniform(size=400) < 1.0 / (1.0 + np.exp(-12.0 * (cosines - 0.6)))
    pairs = sc.pairs_from_arrays(cosines, relevant, np.arange(400) // 4, scale="cosine")
    return sc.fit_calibrator(pairs, "platt").calibrator


def medians(ways: dict[str, Bare], queries: Vectors) -> dict[str, float]:
    """Return the median milliseconds of each way; each is the first to ask every other query."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for place, query in enumerate(queries):
        for name, ask in list(ways.items())[:: 1 if place % 2 else -1]:
            start = time.perf_counter()
            ask(query)
            taken[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(each) for name, each in taken.items()}


def held(store: sc.ScoredStore, encoder: sc.Encoder) -> tuple[sc.StoreEngine, float, float]:
    """Return the engine over a store, the megabytes that it keeps, and the seconds it took."""
    questions = sc.UnrelatedQuestions.of_kinds(["en"]).questions[:QUESTIONS]
    tracemalloc.start()
    start = time.perf_counter()
    sample = sc.StoreSample.draw(store, encoder, background_queries=questions)
    engine = sc.StoreEngine(store, sample, encoder)
    taken = time.perf_counter() - start
    kept = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    return engine, kept, taken


def measured(name: str, vectors: Vectors, queries: Vectors) -> Iterator[str]:
    encoder = sc.encoder_from(_embed, name="none")
    fitted = calibrator()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with STORES[name](vectors, folder) as (store, bare):
            filled = time.perf_counter() - start
            engine, kept, drawn = held(store, encoder)

            def calibrated(query: Vectors) -> sc.PredictedHits:
                return sc.meaningful(engine.search(query, HITS), fitted, within=engine)

            found = medians({"bare": bare, "calibrated": calibrated}, queries)
            size = f"{len(vectors):,} vectors"
            disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    ratio = found["calibrated"] / found["bare"]
    yield line(
        f"calibrated search, {size}", name, f"{ratio:.2f}", f"≤ {MOST}", verdict(ratio <= MOST)
    )
    for what in ("bare", "calibrated"):
        yield line(f"{what} search, {size}, p50", name, f"{found[what]:.1f} ms")
    yield line(f"held here beside {size}", name, f"{kept:.1f} MB")
    yield line(f"rows and {QUESTIONS} questions, drawn once, {size}", name, f"{drawn:.1f} s")
    yield line(f"filled with {size}", name, f"{filled:.0f} s")
    if disk:
        yield line(f"on disk, {size}", name, f"{disk / len(vectors):,.0f} bytes a vector")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--stores", nargs="+", choices=list(STORES), default=list(STORES))
    chosen = parser.parse_args()
    everything = clustered(chosen.count + chosen.queries, seed=0)
    vectors, queries = everything[: chosen.count], everything[chosen.count :]
    print(machine(), flush=True)
    print(f"\n{HEADER}", flush=True)
    for name in chosen.stores:
        for found in measured(name, vectors, queries):
            print(found, flush=True)


if __name__ == "__main__":
    main()
