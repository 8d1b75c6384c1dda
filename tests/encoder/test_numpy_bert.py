"""The network in NumPy, which serves queries until torch is there, against the fast encoder."""

from __future__ import annotations

import csv
import json
import math
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import search_core as sc
from search_core.encoder.bert import load_bert
from search_core.encoder.models import WEIGHTS, ModelRecord
from search_core.encoder.numpy_bert import NumpyBert, gelu, read_numpy_bert
from search_core.encoder.packed import NUMPY_TOKENS, PackedEncoder
from search_core.errors import MissingExtra
from search_core.vectors import Vectors
from tests.encoder.yardstick import largest_difference, write_tiny_model

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.model

ODD = [
    "",
    " \t\n ",
    "?",
    "🙂🙃 🇳🇱 👩‍👩‍👧",
    "\x00\u200b\ufeff",
    "\ud800 alone",
    "ſtraße İstanbul ﬁne №5 ½ ①",
    "a" * 600,
    "日本語の長い文章です。" * 60,
    "http://example.org/a?b=c&d=%20#e",
    "SELECT * FROM hits WHERE score >= 0.83; -- why?",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
    "Cómo evito que mi gato arañe el sofá?",
    "Wie halte ich meine Katze vom Sofa fern?",
    "Comment empêcher mon chat de griffer le canapé ?",
    "Как отучить кошку драть диван?",
    "كيف أمنع قطتي من خدش الأريكة؟",
    "猫がソファを引っかくのを止めるには？",
    "고양이가 소파를 긁지 못하게 하려면?",
    "怎样让猫不抓沙发？",
    "बिल्ली को सोफ़ा खरोंचने से कैसे रोकें?",
    "แมวข่วนโซฟา",
    "Hoe voorkom ik dat mijn kat aan de bank krabt?",
]  # fmt: skip


@pytest.fixture(scope="module")
def numpy_bert(default_folder: Path) -> NumpyBert:
    found = read_numpy_bert(default_folder, "mean")
    assert found is not None
    return found


@pytest.fixture
def starting(
    default_record: ModelRecord, default_folder: Path, numpy_bert: NumpyBert
) -> PackedEncoder:
    """The default model in a program that has no torch yet."""
    return PackedEncoder(default_record, default_folder, numpy_bert)


def has_torch(encoder: PackedEncoder) -> bool:
    return not isinstance(encoder._bert, NumpyBert)


def one_by_one(encoder: PackedEncoder, texts: Sequence[str]) -> Vectors:
    return np.vstack([encoder.encode_queries([text]) for text in texts])


def test_queries_of_all_lengths_and_languages_have_the_vectors_of_the_fast_encoder(
    starting: PackedEncoder, encoder: sc.Encoder, texts_of_all_lengths: list[str]
) -> None:
    texts = texts_of_all_lengths + ODD
    found = one_by_one(starting, texts)
    assert not has_torch(starting)
    assert largest_difference(found, encoder.encode_queries(texts)) <= 1e-6
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() <= 1e-6


def test_a_query_has_the_same_vector_to_the_last_bit_in_any_company(
    starting: PackedEncoder,
) -> None:
    together = starting.encode_queries(ODD)
    assert np.array_equal(one_by_one(starting, ODD), together)
    assert np.array_equal(starting.encode_queries(ODD[::-1])[::-1], together)
    assert not has_torch(starting)


def test_every_query_of_the_sample_has_the_same_ten_documents_in_the_same_order(
    starting: PackedEncoder, sample_engine: sc.SearchEngine
) -> None:
    with (ROOT / "examples" / "queries.csv").open(encoding="utf-8", newline="") as file:
        queries = [row["text"] for row in csv.DictReader(file)]
    assert len(queries) >= 100
    for query in queries:
        cosines, positions = sample_engine.nearest(starting.encode_queries([query])[0], 10)
        expected, same = sample_engine.nearest(sample_engine.query_vector(query), 10)
        assert positions.tolist() == same.tolist()
        assert np.abs(cosines - expected).max() <= 1e-6
    assert not has_torch(starting)


def test_the_vector_of_the_first_token_is_the_fast_encoders_too(default_folder: Path) -> None:
    numpy_bert, fast = read_numpy_bert(default_folder, "cls"), load_bert(default_folder, "cls")
    assert numpy_bert is not None
    assert fast is not None
    ids = [np.array([101, 7, 9, 102], dtype=np.int32)]
    assert largest_difference(numpy_bert(ids), fast(ids)) <= 1e-6


def test_gelu_is_the_erf_form_at_the_rounding_of_float32() -> None:
    x = np.linspace(-30, 30, 20001, dtype=np.float32)
    exact = np.array([v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x.astype(np.float64)])
    assert (np.abs(gelu(x) - exact) / np.maximum(1, np.abs(x))).max() <= 2e-7


def test_documents_go_through_torch_and_queries_after_them(
    starting: PackedEncoder, encoder: sc.Encoder
) -> None:
    before = starting.encode_queries(["a cat"])
    assert not has_torch(starting)
    documents = starting.encode_documents(["a cat", "a dog"])
    assert has_torch(starting)
    assert largest_difference(documents, encoder.encode_documents(["a cat", "a dog"])) <= 1e-6
    assert largest_difference(before, starting.encode_queries(["a cat"])) <= 1e-6
    assert starting.fingerprint == encoder.fingerprint


def test_queries_that_would_take_longer_than_importing_torch_go_through_it(
    starting: PackedEncoder,
) -> None:
    starting.encode_queries(["word " * 100] * (NUMPY_TOKENS // 102))
    assert not has_torch(starting)
    starting.encode_queries(["word " * 100] * (NUMPY_TOKENS // 102 + 1))
    assert has_torch(starting)


def test_nothing_to_embed_needs_no_torch(starting: PackedEncoder) -> None:
    assert starting.encode_documents([]).shape == (0, 384)
    assert starting.encode_queries([]).shape == (0, 384)
    assert not has_torch(starting)


def test_a_query_does_not_wait_while_torch_is_imported_for_a_collection(
    starting: PackedEncoder,
) -> None:
    found: list[Vectors] = []
    asking = threading.Thread(target=lambda: found.append(starting.encode_queries(["a cat"])))
    with starting._importing_torch:
        asking.start()
        asking.join(60)
        assert len(found) == 1


def test_several_threads_that_need_torch_load_it_once(starting: PackedEncoder) -> None:
    networks: list[object] = []
    threads = [
        threading.Thread(target=lambda: networks.append(starting._with_torch())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(networks) == 4
    assert len(set(map(id, networks))) == 1


def test_weights_that_are_gone_when_torch_wants_them_are_one_sentence(
    default_folder: Path, default_record: ModelRecord, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(default_folder, folder)
    found = read_numpy_bert(folder, "mean")
    assert found is not None
    encoder = PackedEncoder(default_record, folder, found)
    (folder / WEIGHTS).unlink()
    with pytest.raises(sc.EncoderError, match="were changed or removed since they were loaded"):
        encoder.encode_documents(["a cat"])
    assert encoder.encode_queries(["a cat"]).shape == (1, 384)  # what is mapped stays


def test_without_torch_queries_are_embedded_and_documents_name_the_extra(
    starting: PackedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "search_core.encoder.bert")
    with pytest.raises(MissingExtra, match=r"score-sense\[encoder\]"):
        starting.encode_documents(["a cat"])
    assert starting.encode_queries(["a cat"]).shape == (1, 384)


@pytest.mark.parametrize("changes", [{"hidden_act": "relu"}, {"hidden_act": "gelu_new"}])
def test_another_network_is_left_to_the_general_path(
    changes: dict[str, str], tmp_path: Path
) -> None:
    write_tiny_model(tmp_path, **changes)
    assert read_numpy_bert(tmp_path, "mean") is None


@pytest.mark.parametrize("prefix", ["", "bert.", "0.auto_model."])
def test_weights_are_found_under_the_names_that_files_give_them(
    prefix: str, tiny_folder: Path, tmp_path: Path
) -> None:
    folder = renamed(tiny_folder, tmp_path, prefix, torch.float32)
    ids = [np.array([2, 9, 11, 30, 3], dtype=np.int32)]
    here, fast = read_numpy_bert(folder, "mean"), load_bert(tiny_folder, "mean")
    assert here is not None
    assert fast is not None
    assert largest_difference(here(ids), fast(ids)) <= 1e-6


def test_weights_in_half_precision_are_left_to_torch(tiny_folder: Path, tmp_path: Path) -> None:
    assert read_numpy_bert(renamed(tiny_folder, tmp_path, "", torch.float16), "mean") is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 100, b"\x02" + bytes(7) + b"{}"])
def test_a_damaged_file_is_left_to_the_general_path(
    content: bytes, tiny_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / WEIGHTS).write_bytes(content)
    assert read_numpy_bert(tmp_path, "mean") is None


def renamed(source: Path, folder: Path, prefix: str, dtype: torch.dtype) -> Path:
    shutil.copytree(source, folder, dirs_exist_ok=True)
    weights = load_file(source / WEIGHTS)
    save_file(
        {prefix + name: weight.to(dtype) for name, weight in weights.items()}, folder / WEIGHTS
    )
    return folder


ONLY_SEARCHES = """
import json, sys
import search_core as sc
engine = sc.SearchEngine.load(sys.argv[1], sc.load_encoder())
hits = engine.search("How do I stop my cat from scratching the sofa?", 10)
engine.background("How do I stop my cat from scratching the sofa?")
heavy = ("torch", "transformers", "sentence_transformers", "sklearn", "gradio", "onnxruntime")
print(json.dumps({
    "positions": [int(n) for n in hits.positions],
    "heavy": [name for name in heavy if name in sys.modules],
}))
engine.add(["A cat that scratches the sofa wants a post."])
print(json.dumps("torch" in sys.modules))
"""


@pytest.mark.slow
@pytest.mark.parametrize("with_background", [False, True])
def test_a_process_that_only_searches_never_imports_torch(
    with_background: bool, sample_engine: sc.SearchEngine, tmp_path: Path
) -> None:
    engine = sc.SearchEngine.of(sample_engine.collection)
    if with_background:
        engine.background("a cat")
    engine.save(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", ONLY_SEARCHES, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    searched, added = map(json.loads, done.stdout.splitlines())
    query = "How do I stop my cat from scratching the sofa?"
    assert searched == {"positions": list(sample_engine.search(query, 10).positions), "heavy": []}
    assert added is True
