"""A small collection that every store is filled with, and what is asked of it."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

import search_core as sc
from search_core.vectors import Vectors
from tests.own_encoder import HashingEncoder


class WordEncoder(HashingEncoder):
    """Adds up a direction for each word, so that no two texts of the collection are one vector."""

    fingerprint = "7c2e"

    def _counts(self, text: str) -> npt.NDArray[np.float64]:
        words = text.lower().strip(".").split()
        return np.sum([self._direction(word) for word in words], axis=0)

    def _direction(self, word: str) -> npt.NDArray[np.float64]:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).standard_normal(self.dim)


ENCODER = WordEncoder()
_WHO = ["cat", "dog", "bird", "fox", "owl", "horse", "cow"]
_DOES = ["sees", "eats", "hears", "wants", "draws"]
_WHAT = ["fish", "mouse", "worm", "seed", "leaf", "cake", "rope"]
TEXTS = [f"The {who} {does} a {what} at night." for who in _WHO for does in _DOES for what in _WHAT]
IDS = [f"doc-{place}" for place in range(len(TEXTS))]
VECTORS: Vectors = ENCODER.encode_documents(TEXTS)
QUESTIONS = ["the cat eats cake", "a horse draws rope", "which bird hears worms", "owl"]
ASKED: Vectors = ENCODER.encode_queries(QUESTIONS)


def exact(query: Vectors) -> dict[str, float]:
    """Return the cosine of a query with every row, by id."""
    cosines = VECTORS.astype(np.float64) @ query.astype(np.float64)
    return dict(zip(IDS, cosines.tolist(), strict=True))


def collection() -> sc.SearchEngine:
    """Return the same rows as a collection of this library."""
    corpus = sc.Corpus.from_texts(TEXTS, ids=IDS)
    return sc.SearchEngine.from_vectors(corpus, ENCODER, VECTORS)


def labels() -> sc.Labels:
    """Return labels: a text answers where it has all words of the question."""
    rows = [
        {
            "query": f"{who} {does} {what}",
            "doc_id": name,
            "relevance": int(who in text and what in text),
        }
        for who, does, what in zip(_WHO * 3, _DOES * 5, _WHAT[::-1] * 3, strict=False)
        for name, text in list(zip(IDS, TEXTS, strict=True))[::7]
        if who in text or what in text
    ]
    return sc.labels_of(rows)
