"""Vectors that enter: what an encoder returns, and what a caller searches with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc

Vectors = npt.NDArray[np.float32]

DIM = 8
TEXTS = ["a cat", "a dog", "the sun"]


def unit(text: str) -> Vectors:
    """Return a direction that the text alone decides."""
    seed = int.from_bytes(text.encode(), "big") % 2**32
    vector = np.random.default_rng(seed).standard_normal(DIM)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@dataclass
class Careless:
    """An encoder whose documents are right, and whose queries are spoilt on the way out."""

    spoil: Callable[[Vectors], Any] = lambda vectors: vectors
    spoil_documents: Callable[[Vectors], Any] = lambda vectors: vectors
    name: str = "careless"
    dim: int = DIM
    max_tokens: int = 256
    query_prefix: str = ""
    fingerprint: str = "careless"

    def encode_documents(self, texts: Iterable[str], progress: Any = None) -> Any:
        return self.spoil_documents(self._vectors(texts))

    def encode_queries(self, texts: Iterable[str]) -> Any:
        return self.spoil(self._vectors(texts))

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        return [1 for _ in texts]

    def _vectors(self, texts: Iterable[str]) -> Vectors:
        given = list(texts)
        assert given, "no encoder is asked for nothing"
        return np.array([unit(text) for text in given])


def engine_of(encoder: Careless) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(TEXTS), encoder)


SPOILT = {
    "not of unit length": (lambda vectors: 3 * vectors, "Vector 0 has length 3"),
    "not finite": (lambda vectors: np.nan * vectors, "Vector 0 holds a number that is not finite"),
    "too short": (lambda vectors: vectors[:, :4], r"an array of shape \(\d+, 4\) was given"),
    "too few": (lambda vectors: vectors[:0], r"an array of shape \(0, 8\) was given"),
    "no numbers": (lambda vectors: ["a"] * len(vectors), "no array of numbers"),
}


@pytest.mark.parametrize(("spoil", "words"), SPOILT.values(), ids=SPOILT)
def test_queries_that_an_encoder_spoils_are_refused_in_every_way_of_asking(
    spoil: Callable[[Vectors], Any], words: str
) -> None:
    engine = engine_of(Careless(spoil))
    asked: list[Callable[[], object]] = [
        lambda: engine.search("a cat"),
        lambda: engine.search_many(["a cat", "a dog"]),
        lambda: engine.background("a cat"),
        lambda: engine.collection_background,
        lambda: engine.score_texts("a cat", ["a dog"]),
        lambda: sc.compare_indexes(engine.corpus, engine.encoder, [sc.IndexSpec()], ["a cat"]),
    ]
    for ask in asked:
        with pytest.raises(sc.EncoderError, match=f"encoder 'careless' returned .*{words}"):
            ask()


@pytest.mark.parametrize(("spoil", "words"), SPOILT.values(), ids=SPOILT)
def test_documents_that_an_encoder_spoils_are_refused_wherever_they_enter(
    spoil: Callable[[Vectors], Any], words: str
) -> None:
    careless = Careless(spoil_documents=spoil)
    engine = engine_of(Careless())
    engine.encoder.spoil_documents = spoil  # type: ignore[attr-defined]
    index: Any = faiss.IndexFlatL2(DIM)
    index.add(engine.vectors)
    asked: list[Callable[[], object]] = [
        lambda: engine_of(careless),
        lambda: sc.SearchEngine.from_faiss(index, TEXTS, careless),
        lambda: engine.score_texts("a cat", ["a new text"]),
        lambda: engine.add(["a new text"]),
    ]
    for ask in asked:
        with pytest.raises(sc.EncoderError, match=f"encoder 'careless' returned .*{words}"):
            ask()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (3 * unit("a cat"), "Vector 0 has length 3"),
        (np.nan * unit("a cat"), "Vector 0 holds a number that is not finite"),
        (unit("a cat")[:4], r"1 vector of 8 numbers was expected"),
        (np.array([unit("a cat")]), r"shape \(1, 1, 8\) was given"),
        ("a cat", "no array of numbers"),
    ],
    ids=["too long", "not finite", "too short", "two-dimensional", "a text"],
)
def test_a_vector_that_cannot_be_searched_with_is_refused(given: Any, words: str) -> None:
    engine = engine_of(Careless())
    for ask in (
        lambda: engine.nearest(given, 1),
        lambda: engine.collection_background.of_query(given),
    ):
        with pytest.raises(sc.QueryError, match=f"cannot be searched with: .*{words}"):
            ask()


def test_a_vector_of_unit_length_is_searched_with_whatever_it_is_made_of() -> None:
    engine = engine_of(Careless())
    for given in (unit("a dog"), unit("a dog").astype(np.float64), unit("a dog").tolist()):
        cosines, positions = engine.nearest(given, 1)
        assert positions.tolist() == [1]
        assert cosines == pytest.approx([1.0], abs=1e-6)


class WithoutProgress(Careless):
    def encode_documents(self, texts: Iterable[str]) -> Any:  # type: ignore[override]
        return self._vectors(texts)


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (Careless(dim="8"), "dim is '8'; it must be a whole number"),  # type: ignore[arg-type]
        (Careless(dim=0), "dim is 0; it must be a whole number of 1 or more"),
        (Careless(name=None), "name is None; it must be a text"),  # type: ignore[arg-type]
        (Careless(fingerprint=7), "fingerprint is 7; it must be a text"),  # type: ignore[arg-type]
        (WithoutProgress(), r"'careless' does not take .* add progress=None to its parameters"),
    ],
    ids=["dim a text", "dim 0", "no name", "fingerprint a number", "no progress"],
)
def test_an_encoder_that_is_not_as_one_should_be_is_refused_in_a_sentence(
    encoder: Careless, words: str
) -> None:
    corpus, vectors = sc.Corpus.from_texts(TEXTS), np.array([unit(text) for text in TEXTS])
    index: Any = faiss.IndexFlatL2(DIM)
    index.add(vectors)
    for make in (
        lambda: engine_of(encoder),
        lambda: sc.SearchEngine.from_vectors(corpus, encoder, vectors),
        lambda: sc.SearchEngine.from_faiss(index, TEXTS, encoder),
        lambda: sc.compare_indexes(corpus, encoder, [sc.IndexSpec()], ["a cat"]),
    ):
        with pytest.raises(sc.EncoderError, match=words):
            make()


def test_an_encoder_is_never_asked_for_nothing() -> None:
    engine = engine_of(Careless())  # which fails where it is
    assert engine.search_many([]) == []
    assert engine.query_vectors([]).shape == (0, DIM)
    assert engine.score_texts("a cat", []).features.shape[0] == 0
    assert len(engine.score_texts("a cat", TEXTS)) == 3
    assert engine.add([]) == ()
    sc.SearchEngine.build(engine.corpus, engine.encoder, known=engine)
