"""What every encoder does: shown on a tiny random BERT, through both implementations."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import search_core as sc
from search_core.encoder import models as weights
from search_core.encoder.models import MODELS, ModelRecord
from search_core.encoder.packed import PackedEncoder
from search_core.encoder.reference import ReferenceEncoder
from search_core.encoder.torch_import import no_garbage_collection
from tests.encoder.yardstick import (
    largest_difference,
    open_tiny,
    tiny_record,
    write_tiny_model,
    yardstick,
)

TEXTS = ["cats", "a", "", "the quick brown fox jumps over a dog", "z" * 200, "dogs"]

both = pytest.mark.parametrize("kind", ["packed", "reference"])


@both
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_pooling_is_the_one_that_the_record_names(
    kind: str, pooling: str, tiny_folder: Path
) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record(pooling=pooling))
    automodel = yardstick(tiny_folder, 32)
    tokens = [automodel.token_vectors(text) for text in TEXTS]
    pooled = torch.stack([t[0] if pooling == "cls" else t.mean(dim=0) for t in tokens])
    expected = torch.nn.functional.normalize(pooled, dim=1).numpy()
    assert largest_difference(encoder.encode_documents(TEXTS), expected) <= 3e-6  # any kernel


@both
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_text_has_the_same_vector_alone_and_beside_a_long_one(
    kind: str, pooling: str, tiny_folder: Path
) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record(pooling=pooling))
    alone = np.vstack([encoder.encode_documents([text]) for text in TEXTS])
    assert largest_difference(encoder.encode_documents(TEXTS), alone) <= 1e-6


@both
@pytest.mark.parametrize("single", ["a text", {"a text": 1}])
def test_a_single_text_is_never_taken_letter_by_letter(
    kind: str, single: Any, tiny_folder: Path
) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record())
    for ask in (encoder.encode_documents, encoder.encode_queries, encoder.token_counts):
        with pytest.raises(sc.InputError, match=r"texts came as a \w+; give a list"):
            ask(single)


@both
@pytest.mark.parametrize("gap", [float("nan"), None, b"cats"])
def test_a_gap_among_the_texts_is_refused_in_a_sentence(
    kind: str, gap: Any, tiny_folder: Path
) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record())
    for ask in (encoder.encode_documents, encoder.encode_queries, encoder.token_counts):
        with pytest.raises(sc.InputError, match=r"A \w+ was given where str was expected; give te"):
            ask(["cats", gap])


@both
def test_the_two_poolings_are_not_the_same(kind: str, tiny_folder: Path) -> None:
    mean = open_tiny(kind, tiny_folder, tiny_record(pooling="mean")).encode_documents(TEXTS)
    cls = open_tiny(kind, tiny_folder, tiny_record(pooling="cls")).encode_documents(TEXTS)
    assert largest_difference(mean, cls) > 0.01


@both
def test_prefixes_are_put_before_queries_and_documents(kind: str, tiny_folder: Path) -> None:
    plain = open_tiny(kind, tiny_folder, tiny_record())
    prefixed = open_tiny(
        kind, tiny_folder, tiny_record(query_prefix="ask: ", document_prefix="tell: ")
    )
    asked = plain.encode_documents(["ask: cats"])
    told = plain.encode_documents(["tell: cats"])
    assert largest_difference(prefixed.encode_queries(["cats"]), asked) <= 1e-6
    assert largest_difference(prefixed.encode_documents(["cats"]), told) <= 1e-6
    assert largest_difference(asked, told) > 0.01
    assert prefixed.query_prefix == "ask: "


@both
def test_no_more_tokens_are_read_than_the_record_says(kind: str, tiny_folder: Path) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record(max_tokens=12))
    kept, tail = "abcdefghij", "klmno"  # ten letters and two special tokens
    assert largest_difference(
        encoder.encode_documents([kept + tail]), encoder.encode_documents([kept])
    ) == pytest.approx(0, abs=1e-6)
    assert (
        largest_difference(encoder.encode_documents([kept]), encoder.encode_documents([kept[:-1]]))
        > 1e-3
    )


@both
def test_no_more_tokens_are_read_than_the_model_has_positions(kind: str, tiny_folder: Path) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record(max_tokens=512))
    assert encoder.max_tokens == 48
    assert np.isfinite(encoder.encode_documents(["z" * 200])).all()


@both
def test_vectors_have_unit_length_in_float32(kind: str, tiny_folder: Path) -> None:
    vectors = open_tiny(kind, tiny_folder, tiny_record()).encode_documents(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@both
def test_no_texts_are_no_vectors(kind: str, tiny_folder: Path) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record())
    for vectors in (encoder.encode_documents([]), encoder.encode_queries(iter(()))):
        assert vectors.shape == (0, 32)
        assert vectors.dtype == np.float32
    assert encoder.token_counts([]) == []


@both
def test_texts_may_come_from_a_generator_and_the_same_text_twice(
    kind: str, tiny_folder: Path
) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record())
    vectors = encoder.encode_documents(text for text in ["cats", "dogs", "cats"])
    assert vectors.shape == (3, 32)
    assert largest_difference(vectors[0], vectors[2]) <= 1e-6


@both
def test_a_lone_surrogate_is_no_fault(kind: str, tiny_folder: Path) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record())
    assert encoder.encode_queries(["a \ud800 cat"]).shape == (1, 32)
    assert encoder.token_counts(["\ud800"]) == [1]


@both
def test_tokens_are_counted_without_special_ones_and_to_one_more_than_is_read(
    kind: str, tiny_folder: Path
) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record(max_tokens=32))
    assert encoder.token_counts(["", "abc", "z" * 30, "z" * 31, "z" * 90]) == [0, 3, 30, 31, 31]


@both
def test_the_prefix_of_a_document_is_counted_as_it_is_read(kind: str, tiny_folder: Path) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record(document_prefix="tell: "))
    assert encoder.token_counts(["", "abc"]) == [5, 8]


@both
def test_progress_counts_up_to_all_texts(kind: str, tiny_folder: Path) -> None:
    encoder = open_tiny(kind, tiny_folder, tiny_record())
    steps: list[tuple[int, int]] = []
    encoder.encode_documents(["cats and dogs"] * 500, lambda *step: steps.append(step))
    done = [step[0] for step in steps]
    assert len(steps) > 1
    assert done == sorted(set(done))
    assert done[-1] == 500
    assert {step[1] for step in steps} == {500}


@both
def test_an_encoder_tells_what_it_is(kind: str, tiny_folder: Path) -> None:
    record = tiny_record()
    encoder = open_tiny(kind, tiny_folder, record)
    assert (encoder.name, encoder.dim, encoder.max_tokens) == ("tiny", 32, 32)
    assert encoder.fingerprint == record.fingerprint


def serve(monkeypatch: pytest.MonkeyPatch, record: ModelRecord, folder: Path) -> None:
    """Let `load_encoder` know the record and find its files in the folder."""
    monkeypatch.setattr(
        "search_core.encoder.models.MODELS", {**MODELS, record.name: record}, raising=True
    )
    monkeypatch.setattr(weights, "_packaged", lambda record: folder)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, PackedEncoder),
        ({"hidden_act": "gelu_new"}, ReferenceEncoder),
        ({"hidden_act": "relu"}, ReferenceEncoder),
    ],
)
def test_a_model_that_is_not_computed_exactly_takes_the_general_path(
    changes: dict[str, str], kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path, **changes)
    serve(monkeypatch, tiny_record(), tmp_path)
    encoder = sc.load_encoder("tiny")
    assert type(encoder) is kind
    expected = yardstick(tmp_path, 32).mean_vectors(TEXTS)
    assert largest_difference(encoder.encode_documents(TEXTS), expected) <= 1e-6


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_files_that_are_no_model_are_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path)
    (tmp_path / name).write_bytes(b"\x00\x01 nothing")
    serve(monkeypatch, tiny_record(), tmp_path)
    with pytest.raises(sc.EncoderError, match=r"'tiny' cannot be read.*; install the model again"):
        sc.load_encoder("tiny")


def test_altered_weights_are_refused_though_they_are_hashed_beside_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path)
    serve(monkeypatch, tiny_record(sha256="0" * 64), tmp_path)
    with pytest.raises(sc.EncoderError, match="was altered or damaged"):
        sc.load_encoder("tiny")


@pytest.mark.parametrize("collects", [True, False])
def test_importing_torch_leaves_garbage_collection_as_it_was(
    collects: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "isenabled", lambda: collects)
    switched: list[str] = []
    monkeypatch.setattr(gc, "disable", lambda: switched.append("off"))
    monkeypatch.setattr(gc, "enable", lambda: switched.append("on"))
    with no_garbage_collection():
        assert switched == ["off"]
    assert switched == (["off", "on"] if collects else ["off"])
