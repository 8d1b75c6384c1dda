"""How hard the sample collection is for the plain encoder, by cosine alone.

    python -m benchmarks.sample

Prints nDCG@10 over the answerable queries (gain = grade; what is unjudged gains nothing), the AUC
of the cosine over all judged pairs (relevant = grade 2 or 3) and the AUC of the best hit's cosine
as a sign that a query can be answered, for each kind of query. Neither a trivial nor a hopeless
collection would show what a calibrator is worth.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

import search_core as sc
from search_core.evaluate.judged import Judged, Stated
from search_core.evaluate.measures import auc, ndcg_by_query

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
UNANSWERABLE = ("gibberish", "foreign", "hard")
RELEVANT = 2


def read(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scored_rows(
    queries: list[str],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_], list[str]]:
    """Score every document for every query: cosine, grade (0 if unjudged), judged, query."""
    documents = read("documents.csv")
    ids = [row["id"] for row in documents]
    corpus = sc.Corpus.from_texts([row["text"] for row in documents], ids=ids)
    engine = sc.SearchEngine.build(corpus, encoder=sc.load_encoder())
    grades = {
        (row["query"], row["doc_id"]): float(row["relevance"]) for row in read("judgements.csv")
    }
    cosines: list[float] = []
    gains: list[float] = []
    judged: list[bool] = []
    for hits in engine.search_many(queries, k=len(corpus)):
        cosines += hits.cosines().tolist()
        gains += [grades.get((hits.query, name), 0.0) for name in hits.ids]
        judged += [(hits.query, name) in grades for name in hits.ids]
    rows = [query for query in queries for _ in ids]
    return np.array(cosines), np.array(gains), np.array(judged), rows


def main() -> None:
    kinds = {row["text"]: row["kind"] for row in read("queries.csv")}
    queries = list(kinds)
    cosines, gains, judged, rows = scored_rows(queries)

    each = ndcg_by_query(Stated(Judged.of(gains / gains.max(), rows), cosines))
    ndcg = {
        query: value
        for query, value in zip(sorted(set(rows)), each, strict=True)
        if kinds[query] not in UNANSWERABLE and not np.isnan(value)
    }
    print(f"nDCG@10 of cosine, {len(ndcg)} answerable queries: {np.mean(list(ndcg.values())):.3f}")
    for kind in dict.fromkeys(kinds[query] for query in ndcg):
        values = [value for query, value in ndcg.items() if kinds[query] == kind]
        print(f"  {kind:<11}{np.mean(values):.3f}  {len(values)} queries")

    relevant = gains[judged] >= RELEVANT
    print(
        f"AUC of cosine, {judged.sum():,} judged pairs, {relevant.sum()} of them relevant: "
        f"{auc(relevant, cosines[judged]):.3f}"
    )

    best = cosines.reshape(len(queries), -1).max(axis=1)
    kind_of = np.array([kinds[query] for query in queries])
    answerable = ~np.isin(kind_of, UNANSWERABLE)
    print(f"AUC of the best cosine, answerable or not: {auc(answerable, best):.3f}")
    for kind in UNANSWERABLE:
        among = answerable | (kind_of == kind)
        print(f"  {kind:<11}{auc(answerable[among], best[among]):.3f}")


if __name__ == "__main__":
    main()
