"""Judged collections for the benchmarks: folders of corpus.csv, queries.csv and qrels.csv.

The folder is given by `--data` or by the environment variable SCORE_SENSE_DATA; vectors are kept
in `.benchmark_cache/`, so that a collection is embedded once.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search_core.features import FEATURE_NAMES, FeatureSpace
from search_core.labels.labels import query_key
from search_core.pairs import ScoredPairs
from search_core.scale import COSINE

CACHE = Path(__file__).resolve().parents[1] / ".benchmark_cache"
MODEL = "all-MiniLM-L6-v2"
FIRST_HITS = 20
CLOSED = frozenset({"noveleval"})  # only a query's own candidates are judged: no hits are added

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class JudgedSet:
    """A collection, its queries, and what was judged.

    Attributes
    ----------
    texts, vectors:
        The documents; `vectors` float32 (n, d), unit norm.
    queries, query_vectors:
        The queries, likewise.
    relevance:
        For each query a mapping from a document's position to its relevance in [0, 1].
    """

    name: str
    texts: tuple[str, ...]
    vectors: Vectors
    queries: tuple[str, ...]
    query_vectors: Vectors
    relevance: tuple[Mapping[int, float], ...]

    @property
    def graded(self) -> bool:
        """Whether relevance takes values between 0 and 1."""
        return any(0 < value < 1 for judged in self.relevance for value in judged.values())

    @cached_property
    def space(self) -> FeatureSpace:
        """The collection, ready to place pairs in it."""
        return FeatureSpace.build(self.vectors, self.texts)


def data_folder(given: str | None) -> Path:
    """Return the folder of the sets, or end with a sentence that says how to name one."""
    folder = given or os.environ.get("SCORE_SENSE_DATA")
    if not folder:
        raise SystemExit("Name the folder of the judged sets: --data FOLDER or SCORE_SENSE_DATA.")
    return Path(folder)


def load_sets(folder: Path, names: Sequence[str] = ()) -> list[JudgedSet]:
    """Read the named sets, or every set in the folder."""
    found = sorted(path.parent.name for path in folder.glob("*/qrels.csv"))
    return [load_set(folder / name) for name in (names or found)]


def load_set(folder: Path) -> JudgedSet:
    """Read one set and embed what the cache does not hold."""
    documents, queries = _texts(folder / "corpus.csv"), _texts(folder / "queries.csv")
    place = {name: n for n, name in enumerate(documents)}
    judged: dict[str, dict[int, float]] = {name: {} for name in queries}
    rows = _rows(folder / "qrels.csv")
    highest = max(float(row["relevance"]) for row in rows)
    for row in rows:
        judged[row["query_id"]][place[row["doc_id"]]] = float(row["relevance"]) / highest
    texts, asked = tuple(documents.values()), tuple(queries.values())
    return JudgedSet(
        name=folder.name,
        texts=texts,
        vectors=embed(texts, f"{folder.name}.corpus"),
        queries=asked,
        query_vectors=embed(asked, f"{folder.name}.queries", queries=True),
        relevance=tuple(judged.values()),
    )


def labelled_pairs(judged: JudgedSet) -> ScoredPairs:
    """Return each query's judged documents and first 20 hits; what is unjudged is not relevant."""
    query_of: list[int] = []
    text_of: list[int] = []
    relevance: list[float] = []
    for number, known in enumerate(judged.relevance):
        chosen = dict(known)
        if known and judged.name not in CLOSED:
            for place in _first_hits(judged, judged.query_vectors[number]):
                chosen.setdefault(place, 0.0)
        query_of += [number] * len(chosen)
        text_of += chosen.keys()
        relevance += chosen.values()
    return scored(judged, query_of, text_of, np.array(relevance))


def scored(
    judged: JudgedSet,
    queries: Sequence[int],
    texts: Sequence[int],
    relevance: npt.NDArray[np.float64],
) -> ScoredPairs:
    """Return pairs of queries and documents, each by its position, with their relevance."""
    asked = [judged.queries[number] for number in queries]
    return _pairs(judged, asked, judged.query_vectors[list(queries)], texts, relevance)


def asked_pairs(judged: JudgedSet, queries: Sequence[str]) -> ScoredPairs:
    """Return the first 20 hits of queries that nobody judged."""
    vectors = embed(queries, f"{judged.name}.asked", queries=True)
    hits = [_first_hits(judged, vector) for vector in vectors]
    of = [number for number, places in enumerate(hits) for _ in places]
    places = [place for found in hits for place in found]
    unknown = np.full(len(places), np.nan)
    return _pairs(judged, [queries[number] for number in of], vectors[of], places, unknown)


def _first_hits(judged: JudgedSet, query_vector: Vectors) -> list[int]:
    order = np.argsort(-(judged.vectors @ query_vector), kind="stable")
    return [int(place) for place in order[:FIRST_HITS]]


def _pairs(
    judged: JudgedSet,
    queries: Sequence[str],
    query_vectors: Vectors,
    places: Sequence[int],
    relevance: npt.NDArray[np.float64],
) -> ScoredPairs:
    texts = [judged.texts[place] for place in places]
    features = judged.space.features(queries, query_vectors, texts, judged.vectors[list(places)])
    return ScoredPairs(
        queries=tuple(map(query_key, queries)),
        texts=tuple(texts),
        relevance=relevance,
        features=features,
        feature_names=FEATURE_NAMES,
        scale=COSINE,
        graded=judged.graded,
        rows=tuple(range(2, len(queries) + 2)),
        corpus_size=len(judged.texts),
        usual_cosine=judged.space.usual_cosine,
    )


def embed(texts: Sequence[str], name: str, *, queries: bool = False) -> Vectors:
    """Encode texts with the packaged model, or take their vectors from the cache."""
    digest = hashlib.sha256("\n".join((MODEL, *texts)).encode()).hexdigest()[:16]
    kept = CACHE / f"{name}.{digest}.npy"
    if kept.exists():
        vectors: Vectors = np.load(kept)
        return vectors
    from search_core.encoder import load_encoder

    encoder = load_encoder(MODEL)
    vectors = encoder.encode_queries(texts) if queries else encoder.encode_documents(texts)
    CACHE.mkdir(exist_ok=True)
    np.save(kept, vectors)
    return vectors


def _texts(path: Path) -> dict[str, str]:
    return {row["id"]: row["text"] for row in _rows(path)}


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
