"""How much memory a process needs at most while it embeds a collection, or only searches one.

    python -m benchmarks.memory [--data FOLDER] [--quick]

Each figure is the peak of a new process, as the operating system counts it (resident set, with the
libraries): one that embeds passages as long as an abstract, and one that loads an index of 1,000
passages, embedded before, and searches it. Peer: sentence-transformers, with FAISS for the search.
Other programs do not change it, so every pair counts.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.interleaved import Goal, Pair, Side, Work, machine, row
from benchmarks.table import HEADER
from benchmarks.texts import ABSTRACT, options, passages, source_texts

TEXTS = 1000
QUERIES = 20
BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024


def measured(make: Callable[..., Work], *arguments: Any) -> Work:
    """Return what does a task and tells its result and the peak of the process in bytes."""
    work = make(*arguments)

    def run(task: Any) -> tuple[Any, int]:
        result = work(task)
        return result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_A_UNIT

    return run


def one_pair(
    ours: tuple[Any, ...], theirs: tuple[Any, ...], task: Any
) -> tuple[Pair, tuple[Any, Any]]:
    """Return the two peaks, in MB, and both results; a side is a function and its arguments."""
    results = []
    for side in (ours, theirs):
        with Side(measured, *side) as process:
            results.append(process.run(task)[1])
    (our_result, our_peak), (their_result, their_peak) = results
    return Pair(our_peak / 1e6, their_peak / 1e6, others=0.0), (our_result, their_result)


def our_search(folder: Path) -> Callable[[Sequence[str]], list[list[int]]]:
    """Return a search in an engine that was saved."""
    import search_core as sc

    engine = sc.SearchEngine.load(folder, sc.load_encoder())
    return lambda queries: [list(engine.search(query).positions) for query in queries]


def peer_search(folder: Path) -> Callable[[Sequence[str]], list[list[int]]]:
    """Return a search in the same index by sentence-transformers and FAISS."""
    import faiss

    encode = peers.sentence_transformers()
    (file,) = folder.glob("index-*.faiss")
    index: Any = faiss.read_index(str(file))
    return lambda queries: [index.search(encode([each]), 10)[1][0].tolist() for each in queries]


def embedding(folder: Path) -> Callable[[Sequence[str]], None]:
    """Return what embeds, indexes and saves texts, for processes that only search."""
    import search_core as sc

    encoder = sc.load_encoder()
    return lambda texts: sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder).save(folder)


def main() -> None:
    chosen: Any = options(__doc__)
    count = 60 if chosen.quick else TEXTS
    texts = source_texts(chosen.data)
    ingest = [
        one_pair(
            (peers.ours,),
            (peers.sentence_transformers,),
            passages(texts, ABSTRACT, count, seed),
        )
        for seed in range(1 if chosen.quick else 2)
    ]
    with TemporaryDirectory() as name:
        # In a process of its own: one that is started counts the peak of its parent as its own.
        with Side(embedding, Path(name)) as side:
            side.run(passages(texts, ABSTRACT, count, 0))
        queries = passages(texts, (8, 3), QUERIES, 9)
        search, (our_hits, their_hits) = one_pair(
            (our_search, Path(name)), (peer_search, Path(name)), queries
        )
    if our_hits != their_hits:
        raise SystemExit("The answers differ; peaks do not compare.")
    print(machine(), HEADER, sep="\n\n")
    peer = "sentence-transformers"
    pairs = [pair for pair, _ in ingest]
    print(row(f"peak memory, ingest of {count:,} abstracts", peer, pairs, Goal(0.55)))
    question = f"peak memory of a process that only searches, {count:,} abstracts"
    print(row(question, f"{peer} + faiss", [search], Goal(0.3)))
    print(f"\nPeaks: {_megabytes(pairs[-1])}; {_megabytes(search)} of a search.")
    difference = max(float(np.abs(ours - theirs).max()) for _, (ours, theirs) in ingest)
    print(f"Largest difference of a vector's component: {difference:.1e}.")


def _megabytes(pair: Pair) -> str:
    return f"{pair.ours:,.0f} MB and {pair.peers:,.0f} MB"


if __name__ == "__main__":
    main()
