"""The collections that a passport's curves are measured on: what words find, and what was judged.

Of each judged set some queries are taken, evenly, and of its documents those that share most words
with them (BM25) beside those judged relevant. So every model is asked about the same few hundred
documents, look-alikes among them, and none has chosen them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import search_core as sc
from benchmarks.judged_data import CACHE, _rows, _texts

SETS = ("banking77", "cosqa", "cqa_ql", "npl", "stackfaq")
CLOSED = frozenset({"cqa_ql"})  # only a query's own candidates are judged
MOST_QUERIES = 30
FOUND, RELEVANT = 10, 8  # documents of each query: found by words, and judged relevant
HITS = 10
K1, B = 1.2, 0.75  # of BM25, as Lucene sets them

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pool:
    """A part of a judged set.

    Attributes
    ----------
    texts, queries:
        The documents and the queries.
    relevance:
        For each query the documents that count for it, each with its relevance in [0, 1].
    is_closed:
        Whether only those count; else every other document counts as not relevant.
    """

    name: str
    texts: tuple[str, ...]
    queries: tuple[str, ...]
    relevance: tuple[Mapping[int, float], ...]
    is_closed: bool


def read_pool(folder: Path) -> Pool:
    """Draw the part of a judged set that is used."""
    documents, queries = _texts(folder / "corpus.csv"), _texts(folder / "queries.csv")
    rows = _rows(folder / "qrels.csv")
    highest = max(float(row["relevance"]) for row in rows)
    judged: dict[str, dict[str, float]] = {name: {} for name in queries}
    for row in rows:
        judged[row["query_id"]][row["doc_id"]] = float(row["relevance"]) / highest
    asked = _evenly([name for name in queries if judged[name]], MOST_QUERIES)
    is_closed = folder.name in CLOSED
    words = None if is_closed else _Words(documents)
    chosen = {name: _chosen(judged[name], words, queries[name]) for name in asked}
    kept = sorted({each for found in chosen.values() for each in found})
    place = {name: n for n, name in enumerate(kept)}
    return Pool(
        name=folder.name,
        texts=tuple(documents[name] for name in kept),
        queries=tuple(queries[name] for name in asked),
        relevance=tuple(
            {place[each]: grade for each, grade in judged[name].items() if each in place}
            for name in asked
        ),
        is_closed=is_closed,
    )


def _chosen(judged: Mapping[str, float], words: _Words | None, query: str) -> list[str]:
    if words is None:
        return list(judged)
    relevant = _evenly([each for each, grade in judged.items() if grade > 0], RELEVANT)
    return [*relevant, *words.find(query, FOUND)]


def _evenly(names: Sequence[str], most: int) -> list[str]:
    count = min(len(names), most)
    return [names[int(n * len(names) / count)] for n in range(count)]


class _Words:
    """The words of a collection, searched by BM25 (Robertson and Zaragoza 2009)."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._names = list(documents)
        counted = [Counter(_split(text)) for text in documents.values()]
        lengths = np.array([sum(each.values()) for each in counted], dtype=np.float64)
        self._norm = K1 * (1 - B + B * lengths / lengths.mean())
        self._postings: dict[str, list[tuple[int, int]]] = {}
        for n, words in enumerate(counted):
            for word, count in words.items():
                self._postings.setdefault(word, []).append((n, count))

    def find(self, query: str, most: int) -> list[str]:
        """Return the names of the documents with the highest scores."""
        scores = np.zeros(len(self._names))
        for word in set(_split(query)):
            for n, count in self._postings.get(word, ()):
                rare = math.log(1 + len(self._names) / len(self._postings[word]))
                scores[n] += rare * count * (K1 + 1) / (count + self._norm[n])
        best = np.argsort(-scores, kind="stable")[:most]
        return [self._names[n] for n in best if scores[n] > 0]


def _split(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def cosines(pool: Pool, encoder: sc.Encoder) -> Vectors:
    """Return the cosine of each query with each document, embedded once and kept."""
    kept = CACHE / f"passport.{pool.name}.{encoder.fingerprint[:12]}.npy"
    if kept.exists():
        found: Vectors = np.load(kept)
        return found
    found = encoder.encode_queries(pool.queries) @ encoder.encode_documents(pool.texts).T
    CACHE.mkdir(exist_ok=True)
    np.save(kept, found)
    return found


def scored(pool: Pool, encoder: sc.Encoder) -> sc.ScoredPairs:
    """Return each query's first ten hits, or its own candidates, with relevance by judgement."""
    found, rows = cosines(pool, encoder), []
    for number, known in enumerate(pool.relevance):
        places = (
            list(known)
            if pool.is_closed
            else np.argsort(-found[number], kind="stable")[:HITS].tolist()
        )
        rows += [(number, place, float(known.get(place, 0.0) >= 0.5)) for place in places]
    of, places, relevance = (np.array(each) for each in zip(*rows, strict=True))
    return sc.pairs_from_arrays(found[of, places], relevance, of, scale="cosine")
