"""Indexes that programs hold: ids of a database, shards, transforms, codes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc

Vectors = npt.NDArray[np.float32]

DIM, COUNT = 16, 300
TEXTS = [f"parcel {n}" for n in range(COUNT)]
IDS = np.arange(COUNT)[::-1] * 7 + 2000  # falling, with gaps, as a database gives them


class Lookup:
    """An encoder that knows its texts, each with its vector."""

    name, max_tokens, query_prefix, fingerprint = "lookup", 256, "", "10c4"
    dim = DIM

    def __init__(self, texts: Iterable[str], vectors: Vectors) -> None:
        self.known = dict(zip(texts, vectors, strict=True))

    def encode_documents(
        self, texts: Iterable[str], progress: sc.Progress | None = None
    ) -> Vectors:
        return np.array([self.known[text] for text in texts], dtype=np.float32)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        return self.encode_documents(texts)

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def unit_vectors(n: int = COUNT, seed: int = 0, dim: int = DIM) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((n, dim))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


VECTORS = unit_vectors()
ENCODER = Lookup(TEXTS, VECTORS)


def filled(
    factory: str, ids: npt.NDArray[np.int64] | None = None, metric: int = faiss.METRIC_L2
) -> Any:
    index: Any = faiss.index_factory(DIM, factory, metric)
    index.train(VECTORS)
    index.add(VECTORS) if ids is None else index.add_with_ids(VECTORS, ids)
    return index


def best(engine: sc.SearchEngine, number: int) -> tuple[str, str]:
    hits = engine.search(TEXTS[number], 3)
    assert hits.cosines()[0] == pytest.approx(1.0, abs=1e-5)
    return hits.ids[0], hits.texts[0]


@pytest.mark.parametrize("factory", ["IDMap,Flat", "IDMap2,Flat", "IDMap,HNSW8"])
@pytest.mark.parametrize("metric", [faiss.METRIC_L2, faiss.METRIC_INNER_PRODUCT])
def test_hits_of_a_map_of_ids_carry_the_ids_of_the_database(factory: str, metric: int) -> None:
    engine = sc.SearchEngine.from_faiss(filled(factory, IDS, metric), TEXTS, ENCODER)
    for number in (0, 17, 299):
        assert best(engine, number) == (str(IDS[number]), TEXTS[number])
    flat = sc.SearchEngine.from_vectors(sc.Corpus.from_texts(TEXTS), ENCODER, VECTORS)
    hits, expected = engine.search(TEXTS[40], 20), flat.search(TEXTS[40], 20)
    assert hits.texts == expected.texts
    assert hits.cosines() == pytest.approx(expected.cosines(), abs=1e-12)


def test_ids_tell_which_text_belongs_to_which_vector_in_any_order() -> None:
    shuffled = np.random.default_rng(3).permutation(COUNT)
    engine = sc.SearchEngine.from_faiss(
        filled("IDMap,Flat", IDS), [TEXTS[n] for n in shuffled], ENCODER,
        ids=[int(IDS[n]) for n in shuffled],
    )  # fmt: skip
    assert best(engine, 17) == (str(IDS[17]), TEXTS[17])


def test_names_of_ones_own_stand_for_the_vectors_in_order() -> None:
    names = [f"SKU-{n}" for n in range(COUNT)]
    engine = sc.SearchEngine.from_faiss(filled("IDMap,Flat", IDS), TEXTS, ENCODER, ids=names)
    assert best(engine, 17) == ("SKU-17", TEXTS[17])


@pytest.mark.parametrize("factory", ["IDMap,Flat", "IDMap2,Flat", "IVF4,Flat"])
def test_texts_that_were_removed_from_the_index_are_left_out_with_a_note(factory: str) -> None:
    index = filled(factory, IDS)
    index.remove_ids(IDS[[0, 5, 299]])
    if factory.startswith("IVF"):
        index.nprobe = 4
    engine = sc.SearchEngine.from_faiss(index, TEXTS, ENCODER, ids=list(map(str, IDS)))
    assert len(engine.corpus) == COUNT - 3
    assert engine.corpus.notes == ("3 texts are not in the index and were left out.",)
    assert best(engine, 17) == (str(IDS[17]), TEXTS[17])
    assert TEXTS[5] not in engine.search(TEXTS[5], COUNT).texts


def test_numbered_texts_find_their_vectors_after_some_were_removed() -> None:
    index = filled("IVF4,Flat")
    index.remove_ids(np.array([2, 3]))
    index.nprobe = 4
    engine = sc.SearchEngine.from_faiss(index, TEXTS, ENCODER)
    assert best(engine, 17) == ("17", TEXTS[17])


def test_a_flat_index_moves_up_what_stands_behind_a_removed_vector() -> None:
    index = filled("Flat")
    index.remove_ids(np.array([0]))
    with pytest.raises(sc.CorpusError, match="299 vectors, and 300 texts"):
        sc.SearchEngine.from_faiss(index, TEXTS, ENCODER)
    engine = sc.SearchEngine.from_faiss(index, TEXTS[1:], ENCODER, ids=TEXTS[1:])
    assert best(engine, 17) == (TEXTS[17], TEXTS[17])


def shards(successive: bool) -> Any:
    library: Any = faiss
    index = library.IndexShards(DIM, False, successive)
    for start in (0, 100, 200):
        part: Any = faiss.IndexFlatIP(DIM)
        rows = slice(start, start + 100)
        if successive:
            part.add(VECTORS[rows])
        else:
            part = faiss.IndexIDMap(part)
            part.add_with_ids(VECTORS[rows], IDS[rows])
        index.add_shard(part)
    return index


@pytest.mark.parametrize(("successive", "expected"), [(True, "217"), (False, str(IDS[217]))])
def test_shards_are_one_collection(successive: bool, expected: str) -> None:
    engine = sc.SearchEngine.from_faiss(shards(successive), TEXTS, ENCODER)
    assert best(engine, 217) == (expected, TEXTS[217])
    assert engine.scale.name == "inner_product"
    assert engine.nbytes > VECTORS.nbytes


def test_a_collection_in_shards_says_that_it_cannot_change_or_be_saved(tmp_path: Path) -> None:
    engine = sc.SearchEngine.from_faiss(shards(True), TEXTS, ENCODER)
    with pytest.raises(sc.IndexSpecError, match="This IndexShards cannot be copied"):
        engine.remove(["3"])
    with pytest.raises(sc.IndexSpecError, match="cannot write an index of the kind IndexShards"):
        engine.save(tmp_path / "engine")


@pytest.mark.parametrize("factory", ["RR16,Flat", "OPQ4,Flat", "PCAR16,Flat", "L2norm,Flat"])
def test_a_transform_that_can_be_undone_gives_the_vectors_back(factory: str) -> None:
    engine = sc.SearchEngine.from_faiss(filled(factory), TEXTS, ENCODER)
    assert np.allclose(engine.vectors, VECTORS, atol=1e-5)
    assert best(engine, 17) == ("17", TEXTS[17])


@pytest.mark.parametrize("factory", ["PCA8,Flat", "PQ4np", "SQ8", "IVF4,PQ4np", "HNSW8,SQ8", "LSH"])
def test_an_index_without_its_exact_vectors_serves_once_they_are_given(factory: str) -> None:
    index = filled(factory)
    with pytest.raises(sc.IndexSpecError, match=r"not give its exact vectors back.* vectors="):
        sc.SearchEngine.from_faiss(index, TEXTS, ENCODER)
    engine = sc.SearchEngine.from_faiss(index, TEXTS, ENCODER, vectors=VECTORS)
    engine.shortlist = 100
    assert engine.vectors.tolist() == VECTORS.tolist()
    assert best(engine, 17) == ("17", TEXTS[17])


def test_vectors_that_are_given_stand_beside_their_texts_not_beside_the_ids() -> None:
    index: Any = faiss.IndexIDMap(faiss.index_factory(DIM, "SQ8"))
    index.train(VECTORS)
    index.add_with_ids(VECTORS, IDS)
    back = slice(None, None, -1)
    engine = sc.SearchEngine.from_faiss(
        index, TEXTS[back], ENCODER, ids=IDS[back], vectors=VECTORS[back]
    )
    assert best(engine, 17) == (str(IDS[17]), TEXTS[17])


@pytest.mark.parametrize("factory", ["SQ8,RFlat", "IVF4,Flat,RFlat", "IVF4,PQ4np,RFlat"])
def test_a_refined_index_has_its_exact_vectors(factory: str) -> None:
    engine = sc.SearchEngine.from_faiss(filled(factory), TEXTS, ENCODER)
    assert engine.vectors.tolist() == VECTORS.tolist()


@pytest.mark.parametrize("factory", ["IDMap,Flat", "IVF4,Flat"])
def test_a_collection_with_ids_of_a_database_goes_on_living(factory: str) -> None:
    index = filled(factory, IDS)
    if factory.startswith("IVF"):
        index.nprobe = 4
    order = np.argsort(IDS) if factory.startswith("IVF") else np.arange(COUNT)
    engine = sc.SearchEngine.from_faiss(index, [TEXTS[n] for n in order], ENCODER)
    engine.remove([str(IDS[3])])
    engine.add([TEXTS[3]])
    assert best(engine, 17) == (str(IDS[17]), TEXTS[17])
    assert best(engine, 3) == (str(IDS.max() + 1), TEXTS[3])


@pytest.mark.parametrize("removed", [(), (2, 3)])
def test_what_is_added_to_lists_with_ids_of_a_database_is_found(removed: tuple[int, ...]) -> None:
    index = filled("IVF4,Flat", np.arange(COUNT) * 5 + 40)
    index.remove_ids(np.array([n * 5 + 40 for n in removed], dtype=np.int64))
    index.nprobe = 4
    kept = [text for n, text in enumerate(TEXTS) if n not in removed]
    encoder = Lookup([*TEXTS, "late"], np.concatenate([VECTORS, unit_vectors(1, seed=9)]))
    engine = sc.SearchEngine.from_faiss(index, kept, encoder)
    (late,) = engine.add(["late"])
    assert best(engine, 17) == (str(17 * 5 + 40), TEXTS[17])
    assert engine.search("late", 1).ids == (late,)


def test_a_saved_engine_knows_the_ids_of_the_database_again(tmp_path: Path) -> None:
    engine = sc.SearchEngine.from_faiss(filled("IDMap,Flat", IDS), TEXTS, ENCODER)
    engine.save(tmp_path / "engine")
    again = sc.SearchEngine.load(tmp_path / "engine", ENCODER)
    assert best(again, 17) == (str(IDS[17]), TEXTS[17])


def twice() -> Any:
    index = filled("IDMap,Flat", IDS)
    index.add_with_ids(VECTORS[:1], IDS[4:5])
    return index


def below_zero() -> Any:
    return filled("IDMap,Flat", np.arange(COUNT) - 5)


def shifted_inside() -> Any:
    index: Any = faiss.IndexIDMap(faiss.index_factory(DIM, "IVF4,Flat"))
    index.train(VECTORS)
    index.add_with_ids(VECTORS, IDS)
    index.index.remove_ids(np.array([1]))
    index.ntotal = index.index.ntotal
    return index


def with_a_hole(value: float) -> Callable[[], Any]:
    def index() -> Any:
        vectors = VECTORS.copy()
        vectors[5, 3] = value
        return holding(vectors)

    return index


def holding(vectors: Vectors, index: Any = None) -> Any:
    index = index or faiss.IndexFlatIP(DIM)
    index.add(vectors)
    return index


def with_a_vector_that_lists_leave_out() -> Any:
    index: Any = faiss.index_factory(DIM, "IVF4,Flat")
    index.train(VECTORS)
    vectors = VECTORS.copy()
    vectors[5, 3] = np.nan
    return holding(vectors, index)


class Store:
    """A vector store of a framework, around its index."""

    index = filled("Flat")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (with_a_vector_that_lists_leave_out, "300 vectors and holds 299 ids.* is not finite"),
        (Store, r"This Store is no FAISS index of float vectors; give its \.index"),
        (twice, f"the id {IDS[4]} more than once"),
        (below_zero, "the id -5, and FAISS marks an empty place by -1"),
        (shifted_inside, "not numbered 0, 1, 2"),
        (with_a_hole(np.nan), "Vector 5 holds a number that is not finite"),
        (with_a_hole(-np.inf), "Vector 5 holds a number that is not finite"),
        (lambda: holding(VECTORS * 3), "length 3, .* puts long vectors first"),
        (lambda: holding(VECTORS * 0), "length 0, and 300 of 300"),
        (lambda: holding(VECTORS * 3, faiss.IndexFlatL2(DIM)), "squared L2 distance also measures"),
        (lambda: faiss.IndexBinaryFlat(64), "Hamming distance"),
        (lambda: faiss.IndexBinaryIDMap(faiss.IndexBinaryFlat(64)), "Hamming distance"),
        (lambda: holding(VECTORS, faiss.IndexFlat(DIM, faiss.METRIC_L1)), "ranks by METRIC_L1"),
        (lambda: "index.faiss", "is no FAISS index"),
    ],
)
def test_what_is_wrong_with_an_index_is_named(made: Callable[[], Any], words: str) -> None:
    with pytest.raises(sc.IndexSpecError, match=words):
        sc.SearchEngine.from_faiss(made(), TEXTS, ENCODER)


def test_an_id_without_a_text_is_named() -> None:
    index = filled("IDMap,Flat", IDS)
    with pytest.raises(sc.CorpusError, match=f"under the id {IDS[0]}, and no text has that id"):
        sc.SearchEngine.from_faiss(index, TEXTS[1:], ENCODER, ids=IDS[1:])
    with pytest.raises(sc.CorpusError, match="300 texts and 299 ids were given"):
        sc.SearchEngine.from_faiss(index, TEXTS, ENCODER, ids=IDS[1:])


def test_vectors_of_another_model_are_told_from_texts_in_another_order() -> None:
    index = filled("Flat")
    with pytest.raises(sc.EncoderError, match="give the texts in the order of the index"):
        sc.SearchEngine.from_faiss(index, TEXTS[::-1], ENCODER)
    other = Lookup(TEXTS, unit_vectors(seed=9))
    with pytest.raises(sc.EncoderError, match="not made by this model"):
        sc.SearchEngine.from_faiss(index, TEXTS, other)


def test_places_that_faiss_leaves_empty_never_become_hits() -> None:
    index = filled("IVF16,Flat", IDS)  # looks into one list of sixteen
    texts = [TEXTS[n] for n in np.argsort(IDS)]
    engine = sc.SearchEngine.from_faiss(index, texts, ENCODER)
    for hits in engine.search_many(TEXTS[:20], 200):
        assert 0 < len(hits) < 200
        assert hits.scores.max() <= 4.0
