"""An engine whose collection changes, and one that is saved and loaded."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.normalizers.unrelated import shipped_questions
from tests.properties import tried

Vectors = npt.NDArray[np.float32]

DIM = 16
TEXTS = [f"text {n}" for n in range(300)]
FACTORIES = ("Flat", "HNSW8", "SQ8", "PQ4", "RaBitQfs", "IVF8,Flat", "IVF8,PQ4", "IVF8,RaBitQfs")


def unit(text: str) -> Vectors:
    """Return a direction that the text alone decides."""
    seed = int.from_bytes(text.encode("utf-8", "surrogatepass"), "big") % 2**32
    vector = np.random.default_rng(seed).standard_normal(DIM)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@dataclass
class Drawing:
    """An encoder that draws a direction for each text, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list)
    name: str = "drawing"
    dim: int = DIM
    max_tokens: int = 256
    query_prefix: str = ""
    fingerprint: str = "drawing"

    def encode_documents(self, texts: Iterable[str], progress: Any = None) -> Vectors:
        return self.encode_queries(texts)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        wanted = list(texts)
        self.asked += wanted
        return np.array([unit(text) for text in wanted])

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        return [1 for _ in texts]


def engine_of(texts: Iterable[str] = TEXTS, factory: str = "Flat") -> sc.SearchEngine:
    spec = sc.IndexSpec(factory, nprobe=8 if factory.startswith("IVF") else None, shortlist=50)
    return sc.SearchEngine.build(sc.Corpus.from_texts(texts), Drawing(), spec)


def answers(engine: sc.SearchEngine, k: int = 20) -> list[tuple[Any, ...]]:
    found = engine.search_many([f"question {n}" for n in range(5)], k)
    return [(hits.ids, hits.texts, hits.positions, hits.scores.tolist()) for hits in found]


@pytest.mark.parametrize("factory", FACTORIES)
def test_added_documents_are_found_under_every_index_and_only_they_are_embedded(
    factory: str,
) -> None:
    engine = engine_of(factory=factory)
    asked: list[str] = engine.encoder.asked  # type: ignore[attr-defined]
    asked.clear()
    assert engine.add(["new", "text 7", "newer"]) == ("300", "301", "302")
    assert asked == ["new", "newer"]
    assert engine.search("new", 1).ids == ("300",)
    assert engine.search("text 7", 2).ids == ("7", "301")


@pytest.mark.parametrize("factory", FACTORIES)
def test_removed_documents_are_found_no_more_and_the_others_keep_their_ids(factory: str) -> None:
    engine = engine_of(factory=factory)
    engine.encoder.asked.clear()  # type: ignore[attr-defined]
    engine.remove(["3", "299"])
    assert engine.encoder.asked == []  # type: ignore[attr-defined]
    assert len(engine.corpus) == len(engine.vectors) == len(engine.store) == 298
    hits = engine.search("text 4", 1)
    assert (hits.ids, hits.positions) == (("4",), (3,))
    assert "3" not in engine.search("text 3", 298).ids


# But for a graph: one that several threads build is not the same twice.
@pytest.mark.parametrize("factory", [each for each in FACTORIES if each != "HNSW8"])
def test_what_is_added_and_removed_again_leaves_the_answers_as_they_were(factory: str) -> None:
    engine = engine_of(factory=factory)
    before = answers(engine)
    engine.remove(engine.add(["new", "newer"]))
    assert answers(engine) == before


@tried(30)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=12))
def test_any_sequence_of_changes_finds_what_a_fresh_engine_finds(
    steps: list[tuple[bool, int]],
) -> None:
    engine = engine_of(TEXTS[:5])
    for is_new, number in steps:
        if is_new:
            engine.add([f"added {number}"])
        elif len(engine.corpus) > 1:
            engine.remove([engine.corpus.ids[number % len(engine.corpus)]])
    corpus = engine.corpus
    fresh = sc.SearchEngine.build(sc.Corpus.from_texts(corpus.texts, corpus.ids), Drawing())
    assert answers(engine) == answers(fresh)
    pairs = [each.score_texts("question", ["text 1", "other"]) for each in (engine, fresh)]
    assert np.array_equal(pairs[0].features, pairs[1].features)
    assert pairs[0].corpus_fingerprint == pairs[1].corpus_fingerprint


def test_features_and_background_follow_the_collection_and_its_questions_are_embedded_once() -> (
    None
):
    engine = engine_of(TEXTS[:60])
    before = engine.background("question").cosines
    asked: list[str] = engine.encoder.asked  # type: ignore[attr-defined]
    asked.clear()
    engine.add(["new"])
    after = engine.background("question")
    assert len(after.cosines) == len(before) + 1 == len(after.collection.vectors)
    assert not set(shipped_questions("en")) & set(asked)
    assert engine.score_texts("question", ["new"]).corpus_size == 61


def test_ids_are_numbered_on_and_given_ones_are_kept() -> None:
    engine = engine_of(TEXTS[:3])
    engine.remove(["1"])
    assert engine.add(["new"]) == ("3",)
    assert engine.add(["newer"], ids=["of my own"]) == ("of my own",)
    assert engine.add(["newest"]) == ("4",)
    assert engine.corpus.ids == ("0", "2", "3", "of my own", "4")
    engine.remove(["4"])
    assert engine.add(["newest"]) == ("5",)
    assert engine.add([]) == ()


def test_changes_that_cannot_be_made_are_refused_and_leave_the_collection_as_it_was() -> None:
    engine = engine_of(TEXTS[:3])
    before = answers(engine)
    refused: list[tuple[Any, str]] = [
        (lambda: engine.add(["new"], ids=["1"]), "id '1' is in the collection already"),
        (lambda: engine.add(["new", "newer"], ids=["a", "a"]), "id 'a' is given twice"),
        (lambda: engine.add(["new"], ids=["a", "b"]), "2 ids were given for 1 text;"),
        (lambda: engine.add("new"), "texts came as a str"),
        (lambda: engine.add([" "]), "Text 1 is empty"),
        (lambda: engine.remove("1"), "ids came as a str"),
        (lambda: engine.remove(["9"]), "no document '9' in this collection of 3"),
        (lambda: engine.remove(["1", "1"]), "id '1' is given twice"),
        (lambda: engine.remove(["0", "1", "2"]), "one must be left"),
    ]
    for change, words in refused:
        with pytest.raises(sc.CorpusError, match=words):
            change()
    assert answers(engine) == before


@pytest.mark.parametrize("factory", ["Flat", "IDMap,Flat", "HNSW8", "IVF4,Flat", "SQ8,RFlat"])
def test_an_index_that_was_handed_in_never_changes(factory: str) -> None:
    vectors = np.array([unit(text) for text in TEXTS])
    index: Any = faiss.index_factory(DIM, factory)
    index.train(vectors)
    if "IDMap" in factory:
        index.add_with_ids(vectors, np.arange(300))
    else:
        index.add(vectors)
    written = faiss.serialize_index(index).tobytes()
    engine = sc.SearchEngine.from_faiss(index, TEXTS, Drawing())
    engine.add(["new"])
    engine.remove(["0"])
    assert engine.search("new", 1).ids == ("300",)
    assert faiss.serialize_index(index).tobytes() == written


def test_a_trained_index_is_not_trained_again() -> None:
    engine = engine_of(factory="IVF8,Flat")
    centres = engine.store._index.quantizer.reconstruct_n(0, 8)  # type: ignore[attr-defined]
    engine.add([f"other {n}" for n in range(100)])
    engine.remove(engine.corpus.ids[:300])
    after = engine.store._index.quantizer.reconstruct_n(0, 8)  # type: ignore[attr-defined]
    assert np.array_equal(after, centres)


def test_searches_see_the_collection_as_it_was_or_as_it_is_and_never_a_mixture() -> None:
    engine = engine_of(TEXTS[:40])
    done = threading.Event()

    def look() -> int:
        looks = 0
        while not done.is_set() or not looks:
            hits = engine.search("question", 60)
            assert len(hits) in (40, 50)
            assert [TEXTS[int(name)] for name in hits.ids] == list(hits.texts)
            assert len(set(hits.ids)) == len(hits)
            pairs = engine.score_texts("question", hits.texts[:3])
            assert pairs.corpus_size in (40, 50)
            looks += 1
        return looks

    with ThreadPoolExecutor(3) as pool:
        looking = [pool.submit(look) for _ in range(3)]
        try:
            for _ in range(10):
                engine.remove(engine.add(TEXTS[40:50], ids=[str(n) for n in range(40, 50)]))
        finally:
            done.set()
        assert all(each.result() for each in looking)


def test_two_who_change_a_collection_at_once_lose_nothing() -> None:
    engine = engine_of(TEXTS[:3])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: engine.add([f"new {n}"], ids=[f"id {n}"]), range(40)))
    assert sorted(engine.corpus.ids[3:]) == sorted(f"id {n}" for n in range(40))
    assert engine.search("new 17", 1).ids == ("id 17",)


@pytest.mark.parametrize("factory", FACTORIES)
def test_a_loaded_engine_answers_as_the_saved_one_to_the_last_bit(
    tmp_path: Path, factory: str
) -> None:
    engine = engine_of([*TEXTS, "a lone \ud800 surrogate"], factory)
    engine.add(["an emoji 🙂"])
    engine.save(tmp_path / "kept")
    loaded = sc.SearchEngine.load(tmp_path / "kept", Drawing())
    assert answers(loaded) == answers(engine)
    assert loaded.corpus == engine.corpus
    assert loaded.shortlist == engine.shortlist
    assert loaded.encoder.asked == [f"question {n}" for n in range(5)]  # type: ignore[attr-defined]
    assert loaded.add(["new"]) == ("302",)
    assert loaded.search("new", 1).ids == ("302",)


def test_an_engine_on_an_index_of_ones_own_is_saved_with_its_search_parameters(
    tmp_path: Path,
) -> None:
    vectors = np.array([unit(text) for text in TEXTS])
    index: Any = faiss.index_factory(DIM, "IVF16,Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    index.nprobe = 3
    engine = sc.SearchEngine.from_faiss(index, TEXTS, Drawing())
    engine.save(str(tmp_path))
    loaded = sc.SearchEngine.load(str(tmp_path), Drawing())
    assert answers(loaded) == answers(engine)
    assert loaded.scale.name == "inner_product"


def test_saving_again_replaces_what_was_saved_and_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    engine = engine_of(TEXTS[:10])
    for _ in range(3):
        engine.add(["new"])
        engine.save(tmp_path)
    assert len(list(tmp_path.iterdir())) == 5
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert answers(sc.SearchEngine.load(tmp_path, Drawing())) == answers(engine)


@pytest.mark.parametrize("stopped_at", range(4))
def test_a_save_that_is_stopped_half_way_leaves_what_was_saved_before(
    tmp_path: Path, stopped_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_of(TEXTS[:10])
    engine.save(tmp_path)
    before = answers(engine)
    engine.add(["new"])
    replace = Path.replace
    replaced: list[Path] = []

    def crash(self: Path, target: Path) -> Path:
        if len(replaced) == stopped_at:
            raise KeyboardInterrupt
        replaced.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        engine.save(tmp_path)
    monkeypatch.undo()
    assert answers(sc.SearchEngine.load(tmp_path, Drawing())) == before
    engine.save(tmp_path)
    assert answers(sc.SearchEngine.load(tmp_path, Drawing())) == answers(engine)
    assert len(list(tmp_path.iterdir())) == 4


def test_unrelated_questions_that_were_embedded_are_not_again_after_loading(
    tmp_path: Path,
) -> None:
    engine = engine_of(TEXTS[:60])
    compared = engine.compared_with([f"unrelated {n}" for n in range(50)])
    expected = compared.background("a question")
    compared.save(tmp_path)
    encoder = Drawing()
    found = sc.SearchEngine.load(tmp_path, encoder).background("a question")
    assert encoder.asked == ["a question"]
    assert np.array_equal(found.unrelated.best, expected.unrelated.best)
    (file,) = tmp_path.glob("unrelated-*")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(sc.InputError, match=f"{file.name} .* is damaged"):
        sc.SearchEngine.load(tmp_path, encoder)
    engine.save(tmp_path)  # whose background nobody has asked for
    assert not list(tmp_path.glob("unrelated-*"))


def test_another_encoder_cannot_load_an_engine(tmp_path: Path) -> None:
    engine_of(TEXTS[:3]).save(tmp_path)
    with pytest.raises(sc.EncoderError, match="saved with 'drawing', and 'painting' has another"):
        sc.SearchEngine.load(tmp_path, Drawing(name="painting", fingerprint="painting"))
    with pytest.raises(sc.EncoderError, match="load one with load_encoder"):
        sc.SearchEngine.load(tmp_path, "drawing")  # type: ignore[arg-type]


@pytest.mark.parametrize("start", ["collection", "vectors", "index"])
def test_a_damaged_or_missing_file_is_told_by_its_name(tmp_path: Path, start: str) -> None:
    engine_of(TEXTS[:3]).save(tmp_path)
    (file,) = tmp_path.glob(f"{start}-*")
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(sc.InputError, match=f"{file.name} .* is damaged"):
        sc.SearchEngine.load(tmp_path, Drawing())
    file.unlink()
    with pytest.raises(sc.InputError, match=f"{file.name} .* cannot be read"):
        sc.SearchEngine.load(tmp_path, Drawing())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "score-sense-engine/9"}, "format is 'score-sense-engine/9'"),
        ({"files": {}}, "manifest.json .* is damaged"),
        ({"files": {"collection.json": "../../secret"}}, "manifest.json .* is damaged"),
        ({"files": None}, "manifest.json .* is damaged"),
    ],
)
def test_a_manifest_of_another_version_or_shape_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    engine_of(TEXTS[:3]).save(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(sc.InputError, match=words):
        sc.SearchEngine.load(tmp_path, Drawing())
    manifest.write_text("[" * 100_000)
    with pytest.raises(sc.InputError, match=r"manifest.json .* is damaged"):
        sc.SearchEngine.load(tmp_path, Drawing())


def test_where_nothing_is_saved_or_can_be_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(sc.InputError, match="No engine is saved in 'nowhere'"):
        sc.SearchEngine.load(tmp_path / "nowhere", Drawing())
    (tmp_path / "file").write_text("")
    with pytest.raises(sc.InputError, match="'file' cannot be written"):
        engine_of(TEXTS[:3]).save(tmp_path / "file")


def test_nothing_that_is_saved_is_a_pickle(tmp_path: Path) -> None:
    engine_of(TEXTS[:3]).save(tmp_path)
    endings = sorted(os.path.splitext(file)[1] for file in tmp_path.iterdir())
    assert endings == [".faiss", ".json", ".json", ".npy"]
    (file,) = tmp_path.glob("vectors-*")
    assert np.load(file, allow_pickle=False).shape == (3, DIM)


def test_the_number_of_a_removed_document_is_not_given_again_after_loading_either(
    tmp_path: Path,
) -> None:
    engine = engine_of(TEXTS[:3])
    engine.remove(["2"])
    engine.save(tmp_path)
    assert sc.SearchEngine.load(tmp_path, Drawing()).add(["new"]) == engine.add(["new"]) == ("3",)


@pytest.mark.parametrize("nothing", [None, 7, 1.5])
def test_a_folder_is_a_path(nothing: Any) -> None:
    with pytest.raises(sc.InputError, match="given where a folder was expected"):
        engine_of(TEXTS[:3]).save(nothing)
    with pytest.raises(sc.InputError, match="given where a folder was expected"):
        sc.SearchEngine.load(nothing, Drawing())
