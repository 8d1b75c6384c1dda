"""Where the weights come from, and that altered ones are refused."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi

import search_core as sc
from search_core.encoder import models as weights
from search_core.encoder.models import (
    MODELS,
    ModelRecord,
    find_weights,
    is_on_this_machine,
    model_record,
    verify,
)
from tests.encoder.yardstick import tiny_record


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network and an empty cache, whatever the machine has."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


def test_the_packaged_weights_have_the_hash_that_the_table_names(
    default_record: ModelRecord, default_folder: Path
) -> None:
    content = (default_folder / "model.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == default_record.sha256


def test_one_altered_byte_is_refused_and_both_hashes_are_named(
    default_record: ModelRecord,
    default_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    altered = tmp_path / "model.safetensors"
    shutil.copy(default_folder / "model.safetensors", altered)
    with altered.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)
        file.seek(50_000_000)
        file.write(bytes([byte[0] ^ 1]))
    monkeypatch.setattr(weights, "_packaged", lambda record: tmp_path)
    with pytest.raises(sc.EncoderError) as caught:
        sc.load_encoder()
    assert default_record.sha256 in str(caught.value)
    assert hashlib.sha256(altered.read_bytes()).hexdigest() in str(caught.value)


def test_a_file_with_the_right_hash_passes(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    verify(path, tiny_record(sha256=hashlib.sha256(b"weights").hexdigest()))


@pytest.mark.usefixtures("no_hub")
@pytest.mark.parametrize("name", ["bge-small-en-v1.5", "e5-small-v2", "bert-base-uncased"])
def test_a_model_that_cannot_be_had_is_one_sentence_that_says_what_to_do(name: str) -> None:
    with pytest.raises(sc.EncoderError) as caught:
        sc.load_encoder(name)
    message = str(caught.value)
    assert name in message
    assert "connect to the internet once" in message
    assert "\n" not in message
    assert caught.value.__cause__ is None


def _refuse(*_given: object, **_named: object) -> None:
    raise AssertionError("the network was asked")


@pytest.mark.usefixtures("no_hub")
def test_a_packaged_model_is_on_this_machine_and_one_of_an_empty_cache_is_not(
    default_record: ModelRecord,
) -> None:
    assert is_on_this_machine(default_record)
    assert not is_on_this_machine(model_record("bge-small-en-v1.5"))
    assert not is_on_this_machine(tiny_record(package="a_package_that_is_not_there"))


@pytest.mark.usefixtures("no_hub")
def test_a_model_in_the_hubs_cache_is_on_this_machine_at_the_pinned_commit_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = model_record("bge-small-en-v1.5")
    folder = tmp_path / "models--BAAI--bge-small-en-v1.5" / "snapshots"
    (folder / ("b" * 40)).mkdir(parents=True)
    (folder / ("b" * 40) / "model.safetensors").write_bytes(b"weights")
    assert not is_on_this_machine(record)
    (folder / record.revision).mkdir()
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        assert not is_on_this_machine(record)
        (folder / record.revision / name).write_bytes(b"{}")
    assert is_on_this_machine(record)
    monkeypatch.setattr(HfApi, "model_info", _refuse)
    assert find_weights(replace(record, sha256="")) == folder / record.revision


def test_asking_whether_a_model_is_on_this_machine_never_asks_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.socket.connect", _refuse)
    monkeypatch.setattr("socket.getaddrinfo", _refuse)
    for record in MODELS.values():
        is_on_this_machine(record)


def test_a_folder_without_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "_packaged", lambda record: tmp_path)
    with pytest.raises(sc.EncoderError, match=r"lack model\.safetensors; install"):
        find_weights(tiny_record())


@pytest.mark.usefixtures("no_hub")
def test_a_model_whose_package_is_not_installed_is_sought_on_the_hub() -> None:
    with pytest.raises(sc.EncoderError, match="could not be fetched from the Hugging Face Hub"):
        find_weights(tiny_record(package="a_package_that_is_not_there"))


def test_the_hub_is_asked_for_the_pinned_commit_and_its_files_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def look(_api: HfApi, hub_id: str, *, revision: str, **_rest: object) -> None:
        asked.append((hub_id, revision))

    def download(hub_id: str, *, revision: str, **_rest: object) -> str:
        asked.append((hub_id, revision))
        (tmp_path / "model.safetensors").write_bytes(b"weights")
        return str(tmp_path)

    monkeypatch.setattr(HfApi, "model_info", look)
    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    record = tiny_record(revision="a" * 40)
    assert find_weights(record) == tmp_path
    assert asked == [("nobody/tiny", "a" * 40)] * 2
    with pytest.raises(sc.EncoderError, match="SHA-256"):
        find_weights(replace(record, sha256="0" * 64))
