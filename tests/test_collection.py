"""A collection: one matrix, what is learned from it, and what all of it weighs."""

from __future__ import annotations

import gc
import pickle
import random
import tracemalloc
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc
from tests.own_encoder import HashingEncoder

MOST_BYTES = 10_000_000  # of a visit with as many documents as a public instance takes
LABELS = sc.read_labels(
    b"query,text,relevance\ncat,a cat,1\ncat,a dog,0\ndog,a dog,1\ndog,a cat,0\n"
)


class Drawn(HashingEncoder):
    """As long vectors as the default model makes, each drawn anew."""

    dim = 384

    def encode_documents(
        self, texts: Iterable[str], progress: sc.Progress | None = None
    ) -> npt.NDArray[np.float32]:
        count = len(list(texts))
        rows = np.random.default_rng(count).standard_normal((count, self.dim))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def documents(count: int) -> list[str]:
    """Texts of about 100 tokens, of a vocabulary as a real collection has it."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(20_000)]
    common = [min(int(draw.paretovariate(0.25)), 20_000) - 1 for _ in range(75 * count)]
    return [" ".join(words[n] for n in common[75 * i : 75 * (i + 1)]) for i in range(count)]


def used(engine: sc.SearchEngine, texts: Sequence[str]) -> None:
    """Ask an engine for everything that it keeps."""
    for n in range(300):
        hits = engine.search(f"query {n}")
    assert len(engine.background("query 1").collection.hub_counts) == len(texts)
    engine.score_hits([hits])
    engine.score_labels(
        sc.labels_of([{"query": "q", "text": text, "relevance": 1} for text in texts[:50]])
    )
    engine.remove(engine.add(["one more"]))
    assert len(engine.background("query 2").collection.neighbours) == len(texts)
    engine.score_texts("q", texts[:5])


@pytest.mark.slow
def test_a_visit_holds_what_it_says_and_a_fraction_of_what_it_may() -> None:
    count = sc.PUBLIC.documents
    used(sc.SearchEngine.build(sc.Corpus.from_texts(["a", "b"]), Drawn()), ["a", "b"])
    stored = pickle.dumps(documents(count))
    gc.collect()
    tracemalloc.start()
    try:
        texts = pickle.loads(stored)  # noqa: S301 - the test's own
        engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), Drawn())
        fresh = engine.nbytes
        used(engine, texts)
        del texts
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert engine.nbytes == pytest.approx(held, rel=0.03)
    assert fresh < engine.nbytes < MOST_BYTES
    assert engine.nbytes == engine.collection.nbytes  # Flat searches in the vectors themselves


def test_an_index_with_vectors_of_its_own_counts_with_them() -> None:
    corpus = sc.Corpus.from_texts(documents(300))
    flat, packed = (
        sc.SearchEngine.build(corpus, Drawn(), sc.IndexSpec(factory))
        for factory in ("Flat", "HNSW8")
    )
    assert packed.nbytes - flat.nbytes > packed.vectors.nbytes


def test_all_views_stand_on_one_matrix() -> None:
    vectors = Drawn().encode_documents(["a", "b", "c"])
    engine = sc.SearchEngine.from_vectors(sc.Corpus.from_texts(["a", "b", "c"]), Drawn(), vectors)
    for view in (
        engine.vectors,
        engine.collection.vectors,
        engine.collection_background.vectors,
        engine.collection.features.vectors,
    ):
        assert view is vectors
    assert not vectors.flags.writeable


def test_pairs_of_an_engine_for_labels_say_so(tmp_path: Path) -> None:
    engine = sc.SearchEngine.for_labels(LABELS, HashingEncoder())
    engine.save(tmp_path)
    loaded = sc.SearchEngine.load(tmp_path, HashingEncoder())
    for each in (engine, engine.collection, loaded):
        assert each.score_labels(LABELS).corpus_from_labels
    of_texts = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog"]), HashingEncoder())
    assert not of_texts.score_labels(LABELS).corpus_from_labels


def test_a_collection_is_searched_under_any_index() -> None:
    collection = sc.Collection.build(sc.Corpus.from_texts(["a cat", "a dog"]), HashingEncoder())
    for spec in (None, sc.IndexSpec("HNSW8")):
        assert sc.SearchEngine.of(collection, spec).search("a dog", 1).texts == ("a dog",)
    assert len(collection) == 2
    assert repr(collection) == "<Collection: 2 documents by 'our-own/encoder'>"


def test_a_collection_that_grows_is_another() -> None:
    collection = sc.Collection.build(sc.Corpus.from_texts(["a cat", "a dog"]), HashingEncoder())
    more = collection.with_added(["the sun"])
    assert (len(collection), len(more), len(more.without(["0"]))) == (2, 3, 2)
    assert collection.with_added([]) is collection
    assert more.without([]) is more


def test_labels_without_texts_make_no_collection() -> None:
    scores = sc.read_labels(b"query,score,relevance\na,0.5,1\n")
    with pytest.raises(sc.LabelsError, match="These labels have no texts"):
        sc.Collection.of_labels(scores, HashingEncoder())


def test_weights_of_labels_with_texts_are_kept() -> None:
    columns = {"query": ["a", "a"], "text": ["a cat", "a dog"], "relevance": [1, 0], "w": [2.0, 1]}
    labels = sc.Labels.from_frame(columns, weight="w")
    pairs = sc.SearchEngine.for_labels(labels, HashingEncoder()).score_labels(labels)
    assert pairs.weights is not None
    assert pairs.weights.tolist() == [2.0, 1.0]
