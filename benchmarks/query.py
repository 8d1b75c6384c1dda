"""How long one query takes, from its text to ten documents.

    python -m benchmarks.query [--data FOLDER] [--pairs N] [--quick]

Both sides hold the same documents in a flat index and answer the same queries one at a time, each
query new to them; a pair compares the medians of a run of queries. Peers: sentence-transformers
with a flat FAISS index, and the classic snippet as written, which loads the model again for every
query. First both sides must give the same ten documents for every query of the sample. Below 1 is
quicker than the peer.

The row on embedding alone tells how much of the time is the encoder's, and the last row what
everything else takes: FAISS, exact scores, order and texts.
"""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.interleaved import Goal, Side, in_pairs, machine, row
from benchmarks.table import HEADER, line, verdict
from benchmarks.texts import EXAMPLES, SENTENCE, options, passages, source_texts

IN_A_RUN = 30
RELOADING_IN_A_RUN = 2  # the snippet takes a second or more for each
DOCUMENTS = 1500
MOST_ADDED_MS = 1.5


def fresh(texts: Sequence[str], pairs: int, in_a_run: int, seed: int) -> Iterator[list[str]]:
    for pair in range(pairs):
        yield passages(texts, SENTENCE, in_a_run, seed + pair)


def sample_queries() -> list[str]:
    with (EXAMPLES / "queries.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def check_same_documents(ours: Side, peer: Side, queries: Sequence[str]) -> None:
    """End the benchmark unless both sides find the same documents in the same order."""
    found, expected = ours.run(queries)[1][0], peer.run(queries)[1][0]
    differ = sum(a != b for a, b in zip(found, expected, strict=True))
    print(f"\nSame ten documents: {len(queries) - differ} of {len(queries)} queries.", flush=True)
    if differ:
        raise SystemExit("The answers differ; times do not compare.")


def medians(ours: Side, peer: Side, tasks: Iterator[list[str]]) -> Any:
    return in_pairs(
        lambda queries: ours.run(queries)[1][1],
        lambda queries: peer.run(queries)[1][1],
        tasks,
        (ours.pid, peer.pid),
    )


def main() -> None:
    chosen: Any = options(__doc__)
    pairs = 2 if chosen.quick else chosen.pairs
    in_a_run = 8 if chosen.quick else IN_A_RUN
    texts = list(dict.fromkeys(source_texts(chosen.data)))[: 200 if chosen.quick else DOCUMENTS]
    lines = []
    print(machine(), flush=True)
    with Side(peers.our_search, texts) as ours:
        with Side(peers.sentence_transformers_and_faiss, texts) as peer:
            check_same_documents(ours, peer, sample_queries()[:: 5 if chosen.quick else 1])
            found = medians(ours, peer, fresh(texts, pairs, in_a_run, 0))
            name = "sentence-transformers + faiss"
            lines.append(row("one query, embed and search, p50", name, found, Goal(0.45)))
        with Side(peers.classic_snippet, texts) as peer:
            check_same_documents(ours, peer, sample_queries()[:3])
            found = medians(ours, peer, fresh(texts, pairs, RELOADING_IN_A_RUN, 1000))
            lines.append(row("one query", "classic snippet, reloads", found, Goal(0.05)))
    with Side(peers.our_encoder_alone) as encoder, Side(peers.peer_encoder_alone) as peer:
        alone = in_pairs(
            lambda queries: encoder.run(queries)[1],
            lambda queries: peer.run(queries)[1],
            fresh(texts, pairs, in_a_run, 3000),
            (encoder.pid, peer.pid),
        )
    lines.append(row("one query, embed only, p50", "sentence-transformers", alone, Goal()))
    with Side(peers.our_search_without_embedding, texts) as rest:
        seconds = [rest.run(queries)[1] for queries in fresh(texts, pairs, in_a_run, 4000)]
    added = 1000 * statistics.median(seconds)
    met = verdict(added <= MOST_ADDED_MS)
    question = "the engine's part of a query, beside embedding"
    lines.append(line(question, "", f"{added:.2f} ms", f"≤ {MOST_ADDED_MS:g} ms", met))
    print("", HEADER, *lines, sep="\n")


if __name__ == "__main__":
    main()
