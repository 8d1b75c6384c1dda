"""How fast a collection is embedded, in float32, beside what one would use instead.

    python -m benchmarks.encoder [--data FOLDER] [--pairs N] [--quick]

Both sides embed the same texts, which neither has seen: passages as long as an abstract (about 240
tokens) and short sentences (about 10), put together at random from the sample collection or from
FOLDER/corpus.csv. Peers: sentence-transformers with its default batch of 32, and the loop of many
tutorials, one text at a time through AutoModel. First both sides must give the same vectors to
1e-6. A ratio of 1.8 says that this encoder embeds 1.8 texts while the peer embeds one.

The last row compares with the machine itself: the share of the measured peak of float32 products
on all cores that the encoder's linear layers reach while a collection is embedded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.interleaved import Goal, Side, in_pairs, machine, row, timed
from benchmarks.table import HEADER
from benchmarks.texts import ABSTRACT, SENTENCE, options, passages, source_texts

WORK = {"abstracts": (ABSTRACT, 64), "short sentences": (SENTENCE, 800)}
GOALS = {
    ("abstracts", "sentence-transformers"): Goal(1.8, is_speed=True),
    ("short sentences", "sentence-transformers"): Goal(1.8, is_speed=True),
    ("abstracts", "classic loop"): Goal(1.5, is_speed=True),
    ("short sentences", "classic loop"): Goal(6.0, is_speed=True),
}
PEERS = {"sentence-transformers": peers.sentence_transformers, "classic loop": peers.classic_loop}
HIDDEN, INNER, LAYERS = 384, 1536, 6
FLOP_A_TOKEN = 2 * LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)  # the linear layers alone
TOLERANCE = 1e-6


def fresh(texts: Sequence[str], kind: str, pairs: int, quick: bool) -> Iterator[list[str]]:
    words, count = WORK[kind]
    for seed in range(pairs):
        yield passages(texts, words, count // 8 if quick else count, seed)


def check_same_vectors(ours: Side, peer: Side, texts: Sequence[str]) -> float:
    """Return the largest difference of a component; end the benchmark if it is above 1e-6."""
    tasks = [*passages(texts, ABSTRACT, 20, 1000), *passages(texts, SENTENCE, 100, 1001), ""]
    difference = float(np.abs(ours.run(tasks)[1] - peer.run(tasks)[1]).max())
    if not difference <= TOLERANCE:
        raise SystemExit(f"The vectors differ by {difference:.1e}; speeds do not compare.")
    return difference


def peak() -> Callable[[float], float]:
    """Return what measures the FLOP a second of float32 products, one worker a core."""
    import torch

    from search_core.encoder.linear import choose_kernel
    from search_core.encoder.workers import in_turns, usable_cores

    x = torch.rand(1024, HIDDEN)
    layer = choose_kernel().linear(torch.rand(INNER, HIDDEN), torch.rand(INNER), "none")
    products = 20

    def work(_job: int) -> None:
        for _ in range(products):
            layer(x)

    def measure(seconds: float) -> float:
        jobs, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            jobs += len(list(in_turns(work, range(8 * usable_cores()))))
        flop = jobs * products * 2 * 1024 * HIDDEN * INNER
        return flop / (time.perf_counter() - started)

    return measure


def token_counter() -> Callable[[Sequence[str]], int]:
    """Return what counts the tokens that the encoder reads, with the two special ones."""
    import search_core as sc

    encoder = sc.load_encoder()
    return lambda texts: sum(
        min(count + 2, encoder.max_tokens) for count in encoder.token_counts(texts)
    )


def arithmetic(ours: Side, tasks: Iterator[list[str]], seconds: float) -> str:
    """Return the row on the share of the peak."""
    count = token_counter()
    with Side(peak) as machine_itself:
        pairs = in_pairs(
            lambda texts: ours.run(texts)[0],
            # The seconds that the same products would take at the peak.
            lambda texts: count(texts) * FLOP_A_TOKEN / machine_itself.run(seconds)[1],
            tasks,
            (ours.pid, machine_itself.pid),
        )
    return row("arithmetic, abstracts", "float32 peak", pairs, Goal(0.85, is_speed=True))


def main() -> None:
    chosen: Any = options(__doc__)
    texts = source_texts(chosen.data)
    pairs = 2 if chosen.quick else chosen.pairs
    print(machine(), HEADER, sep="\n\n", flush=True)
    differences = {}
    with Side(peers.ours) as ours:
        for name, make in PEERS.items():
            with Side(make) as peer:
                differences[name] = check_same_vectors(ours, peer, texts)
                for kind in WORK:
                    found = timed(ours, peer, fresh(texts, kind, pairs, chosen.quick))
                    goal = GOALS[kind, name]
                    print(row(f"ingest, {kind}", name, found, goal), flush=True)
        tasks = fresh(texts, "abstracts", pairs, chosen.quick)
        print(arithmetic(ours, tasks, 0.2 if chosen.quick else 1.0))
    largest = ", ".join(f"{value:.1e} ({name})" for name, value in differences.items())
    print(f"\nLargest difference of a vector's component: {largest}.")


if __name__ == "__main__":
    main()
