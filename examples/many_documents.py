"""Measures index types on 50,832 texts, for the Compare tab: `python -m examples.many_documents`.

The texts are the sample's 432 and 50,400 more that are put together from `phrases.csv`: each
action with each thing and each detail of its subject, such as "Dry the kettle before the guests
arrive." They are grammatical, not always sensible, and many are near-duplicates, which is a hard
case for an index that packs its vectors. Asked are the sample's 149 queries.

Embedding them takes some minutes, and building the indexes as long again.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import faiss
import numpy.typing as npt

import search_core as sc
from search_ui.sample import EXAMPLES, read_sample_labels
from search_ui.stored import INDEXES_COMMAND, Measured, StoredIndexes, write_indexes
from search_ui.views.indexes import index_rows

THRESHOLD = 0.5  # of the sample's labelled pairs from this cosine on, about half are relevant
CAREFUL = 128  # candidates of HNSW: FAISS's own 16 are few among near-duplicates
PARTS = ("action", "thing", "detail")


def sentences(path: Path = EXAMPLES / "phrases.csv") -> list[str]:
    """Put together every sentence that the phrases of a subject allow."""
    phrases: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            phrases[row["subject"]][row["part"]].append(row["text"])
    return [
        f"{' '.join(chosen)}."
        for subject in phrases.values()
        for chosen in product(*(subject[part] for part in PARTS))
    ]


def large_corpus() -> sc.Corpus:
    """Return the sample's texts and all sentences."""
    sample = sc.read_corpus(EXAMPLES / "documents.csv")
    return sc.Corpus.from_texts([*sample.texts, *sentences()])


def measure(
    corpus: sc.Corpus, encoder: sc.Encoder, vectors: npt.ArrayLike | None = None
) -> StoredIndexes:
    """Try the default indexes on a collection with the sample's queries.

    `vectors` are the documents', if they are at hand; else they are embedded.
    """
    queries = list(dict.fromkeys(read_sample_labels().queries))
    flat, hnsw, *others = sc.default_specs(len(corpus), encoder.dim)
    specs = (flat, hnsw, replace(hnsw, ef_search=CAREFUL), *others)
    trials = sc.compare_indexes(
        corpus, encoder, specs, queries, threshold=THRESHOLD, vectors=vectors
    )
    return StoredIndexes(
        documents=len(corpus),
        queries=len(queries),
        threshold=THRESHOLD,
        model=encoder.name,
        recommendation=sc.recommend_index(trials),
        rows=index_rows(trials),
        measured=Measured(f"FAISS {faiss.__version__}", date.today().isoformat(), INDEXES_COMMAND),
    )


def main() -> None:
    """Write the results."""
    found = measure(large_corpus(), sc.load_encoder())
    write_indexes(found)
    print(found.recommendation)


if __name__ == "__main__":
    main()
