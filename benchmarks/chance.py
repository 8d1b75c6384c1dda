"""How true the stated chance of one hit is: stated against observed shares of unrelated documents.

    python -m benchmarks.chance [--data FOLDER]

Every query is compared with every document that is not judged relevant to it; of the pairs with a
stated chance of at most 1 in 100 (1,000; 10,000), the table gives the share among all pairs,
divided by that chance. 1 is right, 5 means that such a score is five times as common as stated.
The peer is the textbook way: a normal tail of Fisher's artanh(c), its centre and width by the
median and the median absolute deviation of the scores beyond the first 20.

The sample is always measured; with a folder of judged sets, each of them is, with its own queries
and with those of the other sets.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.judged_data import Vectors, data_folder, embed, load_sets
from benchmarks.sample import UNANSWERABLE, read
from search_core.normalizers.background import LEFT_OUT, Background, CollectionBackground

Floats = npt.NDArray[np.float64]

LEVELS = (1e-2, 1e-3, 1e-4)
NO_QUESTIONS = np.zeros((1, 384), dtype=np.float32)  # the chance needs none


@dataclass(frozen=True, eq=False)
class Asked:
    """Queries asked of a collection, and which documents are relevant to each."""

    name: str
    documents: Vectors
    queries: Vectors
    relevant: Sequence[Iterable[int]]


def median_and_mad(cosines: Floats) -> Floats:
    """Return the textbook chance of every document's score."""
    z = np.arctanh(np.clip(cosines, -1 + 1e-12, 1 - 1e-12))
    others = np.sort(z)[:-LEFT_OUT]
    spread = stats.median_abs_deviation(others, scale="normal")
    tail: Floats = stats.norm.sf(z, np.median(others), spread)
    return tail


def ours(cosines: Floats, collection: CollectionBackground) -> Floats:
    return Background(collection, cosines, collection.unrelated).chances(cosines)


def ratios(asked: Asked) -> tuple[int, Floats, Floats]:
    """Return the number of pairs, and observed over stated share at each level, ours and theirs."""
    collection = CollectionBackground.build(asked.documents, NO_QUESTIONS)
    pairs, found = 0, np.zeros((2, len(LEVELS)))
    for vector, relevant in zip(asked.queries, asked.relevant, strict=True):
        cosines = collection.of_query(vector).cosines
        unrelated = np.ones(len(cosines), dtype=bool)
        unrelated[list(relevant)] = False
        pairs += int(unrelated.sum())
        for row, chances in enumerate((ours(cosines, collection), median_and_mad(cosines))):
            found[row] += [np.sum(chances[unrelated] <= level) for level in LEVELS]
    mine, theirs = found / pairs / np.array(LEVELS)
    return pairs, mine, theirs


def of_the_sample() -> Iterator[Asked]:
    rows = {row["id"]: place for place, row in enumerate(read("documents.csv"))}
    documents = embed([row["text"] for row in read("documents.csv")], "sample.corpus")
    queries = {row["text"]: row["kind"] for row in read("queries.csv")}
    vectors = embed(list(queries), "sample.queries", queries=True)
    relevant: dict[str, set[int]] = {query: set() for query in queries}
    for row in read("judgements.csv"):
        if int(row["relevance"]) > 0:
            relevant[row["query"]].add(rows[row["doc_id"]])
    kinds = np.array(list(queries.values()))
    groups = {
        "its own, answerable": ~np.isin(kinds, UNANSWERABLE),
        "of the dense corner": kinds == "dense",
        "hard": kinds == "hard",
        "another subject, gibberish": np.isin(kinds, ("foreign", "gibberish")),
    }
    for name, chosen in groups.items():
        judged = [relevant[q] for q, wanted in zip(queries, chosen, strict=True) if wanted]
        yield Asked(f"sample: {name}", documents, vectors[chosen], judged)


def of_the_sets(folder: str) -> Iterator[Asked]:
    sets = load_sets(data_folder(folder))
    for one in sets:
        for other in sets:
            if one is other:
                judged: Sequence[Iterable[int]] = [
                    [place for place, value in known.items() if value > 0]
                    for known in one.relevance
                ]
            else:
                judged = [()] * len(other.query_vectors)
            whose = "its own" if one is other else f"of {other.name}"
            yield Asked(f"{one.name}: {whose}", one.vectors, other.query_vectors, judged)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    folder = parser.parse_args().data or os.environ.get("SCORE_SENSE_DATA")
    levels = " | ".join(f"1 in {1 / level:,.0f}" for level in LEVELS)
    print(f"| collection: queries | pairs | ours: {levels} | median and MAD: {levels} |")
    print(f"| --- | ---: |{' ---: |' * 2 * len(LEVELS)}")
    for asked in (*of_the_sample(), *(of_the_sets(folder) if folder else ())):
        pairs, mine, theirs = ratios(asked)
        cells = " | ".join(f"{value:.2f}" for value in (*mine, *theirs))
        print(f"| {asked.name} | {pairs:,} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
