"""What the background of a query costs on top of the search.

    python -m benchmarks.background [--documents 2000]

The collection is made of the sample's texts, two by two. Each query of the sample is asked twice,
without and with its background, its rarity and every reading that needs a background; the two take
turns, and what is compared is the two times of one query. Query vectors are at hand in both, so
the model plays no part. What is computed once a collection is timed apart, and so is telling the
language of a query, beside a whole query: embedding and search.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import islice, product
from pathlib import Path

import numpy as np

import search_core as sc
from benchmarks.sample import read
from benchmarks.table import HEADER, line, verdict
from search_core.normalizers.background import CollectionBackground
from search_core.normalizers.kinds import foreign_language

HITS = 10
ROUNDS = 5
GOAL_MS = 1.0
READINGS = tuple(name for name, record in sc.NORMALIZERS.items() if record.needs_background)
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def build_engine(documents: int) -> sc.SearchEngine:
    texts = sc.read_corpus(EXAMPLES / "documents.csv").texts
    pairs = (f"{one} {other}" for one, other in product(texts, reversed(texts)))
    corpus = sc.Corpus.from_texts(islice(pairs, documents))
    return sc.SearchEngine.build(corpus, encoder=sc.load_encoder())


def search_and_read(engine: sc.SearchEngine, query: str) -> None:
    hits, background = engine.search(query, k=HITS), engine.background(query)
    for name in READINGS:
        sc.normalize(hits, name, background=background)
    assert background.rarity is not None
    assert background.chance_cut is not None


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - start)


def times(engine: sc.SearchEngine, queries: list[str]) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each search alone and of the same search with readings."""
    alone: list[float] = []
    read_too: list[float] = []
    for turn in range(ROUNDS):
        for query in queries:
            engine.query_vector(query)
            tasks = [
                (alone, lambda query=query: engine.search(query, k=HITS)),
                (read_too, lambda query=query: search_and_read(engine, query)),
            ]
            for kept, work in tasks if turn % 2 else reversed(tasks):
                kept.append(milliseconds(work))
    return alone, read_too


def once(engine: sc.SearchEngine) -> tuple[float, float]:
    """Return the milliseconds of comparing the questions, and of finding all neighbours."""
    asked = engine.encoder.encode_queries(engine.collection.unrelated_questions.questions)
    built: list[CollectionBackground] = []
    compare = milliseconds(lambda: built.append(CollectionBackground.build(engine.vectors, asked)))
    return compare, milliseconds(lambda: built[0].hub_counts)


def language_times(engine: sc.SearchEngine, queries: list[str]) -> tuple[float, float]:
    """Return the median milliseconds of telling a query's language, and its share of the query."""
    kinds = engine.collection.unrelated_questions.kinds
    foreign_language(queries[0], kinds)  # reads the classifier
    told, whole = [], []
    for query in queries:
        told.append(milliseconds(partial(foreign_language, query, kinds)))
        whole.append(milliseconds(partial(engine.search, f"{query} again", k=HITS)))
    return float(np.median(told)), float(np.median(np.divide(told, whole)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=2000)
    engine = build_engine(parser.parse_args().documents)
    size = f"{len(engine.corpus):,} documents"
    compare, neighbours = once(engine)
    asked = [row["text"] for row in read("queries.csv")]
    # Gibberish may be taken for a language without unrelated questions, and then has no rarity.
    queries = [query for query in asked if engine.background(query).rarity is not None]
    search_and_read(engine, queries[0])  # computes what is computed once
    alone, read_too = times(engine, queries)
    added = np.subtract(read_too, alone)
    low, middle, high = np.percentile(added, [10, 50, 90])
    print(HEADER)
    print(
        line(
            f"background and {len(READINGS)} readings of a query, {size}",
            f"the search alone, {np.median(alone):.2f} ms",
            f"{middle:.2f} ms more (80%: {low:.2f}–{high:.2f})",
            f"≤ {GOAL_MS:g} ms",
            verdict(bool(middle <= GOAL_MS)),
        )
    )
    told, share = language_times(engine, queries)
    whole = "the whole query, with embedding"
    print(line("telling the language of a query", whole, f"{told:.2f} ms, {share:.1%} of it"))
    once_asked = f"once a collection: {engine.collection.unrelated_questions.words}, {size}"
    print(line(once_asked, "", f"{compare:.0f} ms"))
    print(line(f"once a collection: neighbours and hubs, {size}", "", f"{neighbours:.0f} ms"))


if __name__ == "__main__":
    main()
