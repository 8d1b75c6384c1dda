"""Print the pairs of the sample collection that want a judgement, query by query.

    python -m examples.pool              # every pooled pair, with its grade if it has one
    python -m examples.pool --unjudged   # only the pairs that nobody has judged yet

A pair is pooled when one of two different rankers puts the document near the top for the query:
the first twelve by cosine, the first eight by BM25. Pairs that have a grade stay in the pool. The
documents of a query are printed in the order of the file and without scores, so that the judge
reads the pair and not the ranking.

To extend the collection: add lines to ``documents.csv`` or ``queries.csv``, run this script with
``--unjudged``, and add one line to ``judgements.csv`` for every pair it prints.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

import search_core as sc

Floats = npt.NDArray[np.float64]

HERE = Path(__file__).parent
COSINE_DEPTH = 12
BM25_DEPTH = 8
# Words that say nothing about the subject; BM25 would pool half the collection for them.
STOP_WORDS = """
    a an and are at be but by can do does for from get how i if in is it its may me my not of off on
    or out s should so t that the to was what when where which who why with you your
"""
STOP = frozenset(STOP_WORDS.split())


def read(name: str) -> list[dict[str, str]]:
    """Read the rows of a CSV file that lies beside this script."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(text: str) -> list[str]:
    """Split a text into lower-case words, without stop words and without a plural s."""
    found = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in STOP]
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found]


def bm25(queries: list[str], documents: list[str], k1: float = 1.2, b: float = 0.75) -> Floats:
    """Score every document for every query with BM25 (Robertson and Zaragoza, 2009).

    Returns an array of shape (queries, documents); 0 where no word is shared.
    """
    counts = [Counter(words(text)) for text in documents]
    lengths = np.array([sum(count.values()) for count in counts])
    damping = k1 * (1 - b + b * lengths / lengths.mean())
    scores = np.zeros((len(queries), len(documents)))
    for row, query in enumerate(queries):
        for word in sorted(set(words(query))):
            tf = np.array([count[word] for count in counts])
            found = int((tf > 0).sum())
            idf = math.log(1 + (len(documents) - found + 0.5) / (found + 0.5))
            scores[row] += idf * tf * (k1 + 1) / (tf + damping)
    return scores


def best(scores: Floats, depth: int) -> set[int]:
    """Return the places of the highest scores above 0; equal ones go to the earlier document."""
    return {int(place) for place in np.argsort(-scores, kind="stable")[:depth] if scores[place] > 0}


def pools(queries: list[str], documents: list[str]) -> list[set[int]]:
    """Return for each query the places of the documents that one of the two rankers finds."""
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(documents), encoder=sc.load_encoder())
    hits = engine.search_many(queries, k=COSINE_DEPTH)
    lexical = bm25(queries, documents)
    return [
        set(found.positions) | best(row, BM25_DEPTH)
        for found, row in zip(hits, lexical, strict=True)
    ]


def main() -> None:
    """Print the pool."""
    parser = argparse.ArgumentParser(description="Print the pairs that want a judgement.")
    parser.add_argument("--unjudged", action="store_true", help="leave out judged pairs")
    unjudged_only = parser.parse_args().unjudged

    documents, queries = read("documents.csv"), read("queries.csv")
    grades = {(row["query"], row["doc_id"]): row["relevance"] for row in read("judgements.csv")}
    found = pools([row["text"] for row in queries], [row["text"] for row in documents])

    pairs = 0
    for query, pool in zip(queries, found, strict=True):
        lines = []
        for place, document in enumerate(documents):
            grade = grades.get((query["text"], document["id"]))
            # A judged pair stays, also when a changed collection has pushed it out of the pool.
            if (grade is None and place in pool) or (grade is not None and not unjudged_only):
                lines.append(f"  {grade or '?'}  {document['id']}  {document['text']}")
        if lines:
            print(f"\n{query['id']} [{query['kind']}] {query['text']}", *lines, sep="\n")
        pairs += len(lines)
    print(f"\n{pairs} pairs")


if __name__ == "__main__":
    main()
