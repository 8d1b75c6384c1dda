"""A visitor's FAISS index with its texts: taken without FAISS, and not embedded anew."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import pytest

import search_core as sc
from search_ui.visit.own_index import indexed
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace

pytestmark = pytest.mark.model

TEXTS = [
    "The harbour ferry takes bicycles on its upper deck.",
    "Soak chickpeas overnight before you cook them.",
    "The museum is free on the first Sunday of the month.",
    "Bleed the radiators before the cold season.",
    "Our choir rehearses in the old fire station.",
]
IDS = np.array([904, 17, 333, 58, 1200])


@pytest.fixture
def workspace(page: Page) -> Workspace:
    return page.workspace(None)


def written(encoder: sc.Encoder, factory: str, ids: Any = None, scale: float = 1.0) -> bytes:
    vectors = encoder.encode_documents(TEXTS) * np.float32(scale)
    index: Any = faiss.index_factory(encoder.dim, factory)
    index.add(vectors) if ids is None else index.add_with_ids(vectors, ids)
    return bytes(faiss.serialize_index(index).tobytes())


def lines(texts: list[str]) -> bytes:
    return "\n".join(texts).encode()


def test_texts_in_order_get_the_ids_of_the_index(workspace: Workspace, encoder: sc.Encoder) -> None:
    engine = indexed(workspace, written(encoder, "IDMap,Flat", IDS), lines(TEXTS))
    hits = engine.search("How do I prepare chickpeas?", 2)
    assert hits.ids[0] == "17"
    assert hits.texts[0] == TEXTS[1]
    assert engine.vectors == pytest.approx(encoder.encode_documents(TEXTS), abs=1e-6)


def test_a_csv_with_ids_may_stand_in_another_order_and_hold_more(
    workspace: Workspace, encoder: sc.Encoder
) -> None:
    rows = [f"{name},{text}" for name, text in zip(IDS, TEXTS, strict=True)]
    table = lines(["id,text", *rows[::-1], "77,Nothing of the index."])
    engine = indexed(workspace, written(encoder, "IDMap,HNSW8", IDS), table)
    assert engine.search("When is the museum free?", 1).ids == ("333",)
    assert any("1 text is not in the index" in note for note in engine.corpus.notes)


def test_only_a_few_texts_are_embedded(
    workspace: Workspace, encoder: sc.Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = written(encoder, "Flat")
    seen: list[int] = []

    def counting(vectors: Any, corpus: sc.Corpus, given: sc.Encoder) -> None:
        seen.append(len(corpus))

    monkeypatch.setattr(sc, "check_belong_together", counting)
    monkeypatch.setattr(
        type(encoder), "encode_documents", lambda *_: pytest.fail("texts were embedded anew")
    )
    indexed(workspace, index, lines(TEXTS))
    assert seen == [len(TEXTS)]


def other_model(dim: int) -> bytes:
    vectors = np.random.default_rng(0).standard_normal((len(TEXTS), dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index: Any = faiss.IndexFlatIP(dim)
    index.add(vectors)
    return bytes(faiss.serialize_index(index).tobytes())


def test_what_does_not_fit_is_named(workspace: Workspace, encoder: sc.Encoder) -> None:
    def refused(index: bytes | None, texts: bytes | None, words: str) -> None:
        with pytest.raises(sc.SearchCoreError, match=words):
            indexed(workspace, index, texts)

    index = written(encoder, "Flat")
    refused(None, lines(TEXTS), "no index file yet; add it")
    refused(index, None, "no file with the texts yet")
    refused(b"a,b\n", lines(TEXTS), "no index file of FAISS")
    refused(index, lines(TEXTS[:4]), "holds 5 vectors, and 4 texts were given")
    refused(index, lines(TEXTS[::-1]), "give the texts in the order of the index")
    refused(other_model(384), lines(TEXTS), "not made by this model")
    refused(
        other_model(768), lines(TEXTS), "vectors of 768 numbers, and all-MiniLM-L6-v2 makes 384"
    )
    refused(written(encoder, "Flat", scale=3.0), lines(TEXTS), "Vector 0 has length 3")
    refused(b"IxPq" + index[4:], lines(TEXTS), "IxPq")


def test_more_vectors_than_a_public_page_takes_are_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, encoder: sc.Encoder
) -> None:
    monkeypatch.setattr(sc, "PUBLIC", sc.Limits(documents=4))
    with pytest.raises(sc.CorpusError, match="holds 5 vectors; at least 1 and at most 4"):
        indexed(workspace, written(encoder, "Flat"), lines(TEXTS))
