"""How much memory a process needs at most while it embeds a collection.

    python -m benchmarks.memory [--data FOLDER] [--quick]

Each figure is the peak of a new process that embeds passages as long as an abstract, as the
operating system counts it (resident set, with the libraries). Peer: sentence-transformers. Other
programs do not change it, so every pair counts.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.interleaved import Goal, Pair, Side, machine, row
from benchmarks.table import HEADER
from benchmarks.texts import ABSTRACT, options, passages, source_texts

TEXTS = 1000
BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024


def measured(make: Callable[[], peers.Encode]) -> Callable[[Sequence[str]], Any]:
    """Return what embeds texts and tells their vectors and the peak of the process in bytes."""
    encode = make()

    def work(texts: Sequence[str]) -> tuple[peers.Vectors, int]:
        vectors = encode(texts)
        return vectors, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_A_UNIT

    return work


def one_pair(texts: Sequence[str]) -> tuple[Pair, float]:
    """Return the two peaks, in MB, and the largest difference of a component."""
    results = []
    for make in (peers.ours, peers.sentence_transformers):
        with Side(measured, make) as side:
            results.append(side.run(texts)[1])
    (our_vectors, our_peak), (their_vectors, their_peak) = results
    difference = float(np.abs(our_vectors - their_vectors).max())
    return Pair(our_peak / 1e6, their_peak / 1e6, others=0.0), difference


def main() -> None:
    chosen: Any = options(__doc__)
    count = 60 if chosen.quick else TEXTS
    texts = source_texts(chosen.data)
    found = [
        one_pair(passages(texts, ABSTRACT, count, seed)) for seed in range(1 if chosen.quick else 2)
    ]
    pairs = [pair for pair, _ in found]
    print(machine(), HEADER, sep="\n\n")
    question = f"peak memory, ingest of {count:,} abstracts"
    print(row(question, "sentence-transformers", pairs, Goal(0.55)))
    print(f"\nPeaks: {pairs[-1].ours:,.0f} MB and {pairs[-1].peers:,.0f} MB.")
    print(f"Largest difference of a vector's component: {max(d for _, d in found):.1e}.")


if __name__ == "__main__":
    main()
