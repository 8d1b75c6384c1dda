"""The table of models: what is in it, and that a fingerprint tells models apart."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import search_core as sc
from search_core.encoder.models import MODELS, ModelRecord, model_record, writable


def test_an_unknown_model_is_answered_with_the_names_that_there_are() -> None:
    with pytest.raises(sc.EncoderError) as caught:
        sc.load_encoder("all-MiniLM-L12")
    message = str(caught.value)
    assert "'all-MiniLM-L12'" in message
    assert all(name in message for name in MODELS)
    assert "\n" not in message


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_pinned_to_a_commit(name: str) -> None:
    assert re.fullmatch("[0-9a-f]{40}", MODELS[name].revision)
    assert MODELS[name].name == name


def test_the_table_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        MODELS["another"] = MODELS["all-MiniLM-L6-v2"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("name", "another"),
        ("revision", "another"),
        ("pooling", "cls"),
        ("max_tokens", 128),
        ("query_prefix", "query: "),
        ("document_prefix", "passage: "),
    ],
)
def test_the_fingerprint_changes_with_every_part(part: str, value: object) -> None:
    record = model_record("all-MiniLM-L6-v2")
    changed: ModelRecord = replace(record, **{part: value})  # type: ignore[arg-type]
    assert changed.fingerprint != record.fingerprint


def test_the_fingerprint_does_not_depend_on_where_the_files_are_or_what_is_said_of_them() -> None:
    record = model_record("all-MiniLM-L6-v2")
    changed = replace(record, package="", remark="Another remark.", sha256="")
    assert changed.fingerprint == record.fingerprint


def test_no_two_models_share_a_fingerprint() -> None:
    assert len({record.fingerprint for record in MODELS.values()}) == len(MODELS)


def test_the_wrong_pooling_differs_from_the_default_in_name_and_pooling_alone() -> None:
    right, wrong = model_record("all-MiniLM-L6-v2"), model_record("all-MiniLM-L6-v2-cls")
    assert replace(wrong, name=right.name, pooling="mean", remark=right.remark) == right
    assert (right.pooling_words, wrong.pooling_words) == ("mean pooling", "CLS pooling")


def test_the_default_record_says_what_the_packaged_files_say(default_folder: Path) -> None:
    record = model_record("all-MiniLM-L6-v2")
    pooling = json.loads((default_folder / "1_Pooling/config.json").read_text())
    cut = json.loads((default_folder / "sentence_bert_config.json").read_text())
    steps = [step["type"] for step in json.loads((default_folder / "modules.json").read_text())]
    assert (record.pooling == "mean") == pooling["pooling_mode_mean_tokens"]
    assert (record.pooling == "cls") == pooling["pooling_mode_cls_token"]
    assert record.max_tokens == cut["max_seq_length"]
    assert steps[-1].endswith("Normalize")


def test_prefixes_stand_before_queries_and_documents() -> None:
    e5 = model_record("e5-small-v2")
    assert e5.as_query("cats") == "query: cats"
    assert e5.as_document("cats") == "passage: cats"
    bge = model_record("bge-small-en-v1.5")
    assert bge.as_query("cats").endswith("relevant passages: cats")
    assert bge.as_document("cats") == "cats"


def test_what_cannot_be_written_as_utf8_is_replaced_and_the_rest_kept() -> None:
    assert writable("a\ud800b") == "a?b"
    assert writable("Ένα 猫 😺") == "Ένα 猫 😺"
