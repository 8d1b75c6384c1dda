"""The fast encoder against AutoModel, against itself, and on threads."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st

import search_core as sc
from search_core.encoder import linear, packed, workers
from search_core.encoder.linear import KERNELS, ONEDNN, PLAIN, Kernel, choose_kernel
from search_core.encoder.packed import PackedEncoder
from search_core.encoder.reference import ReferenceEncoder
from search_core.encoder.workers import usable_cores
from search_core.vectors import Vectors
from tests.encoder.yardstick import Yardstick, largest_difference
from tests.properties import tried

ROOT = Path(__file__).resolve().parents[2]
MANY = ["The cat sleeps on the warm windowsill while it rains outside."] * 400

pytestmark = pytest.mark.model

bit_exact = pytest.mark.skipif(
    choose_kernel() is PLAIN, reason="torch's own kernel does not promise the last bit"
)


@pytest.fixture(scope="module")
def expected(by_the_book: Yardstick, texts_of_all_lengths: list[str]) -> Vectors:
    return by_the_book.mean_vectors(texts_of_all_lengths)


@pytest.fixture(scope="module")
def together(encoder: sc.Encoder, texts_of_all_lengths: list[str]) -> Vectors:
    return encoder.encode_documents(texts_of_all_lengths)


def test_the_default_model_takes_the_fast_path(encoder: sc.Encoder) -> None:
    assert isinstance(encoder, PackedEncoder)
    assert (encoder.name, encoder.dim, encoder.max_tokens) == ("all-MiniLM-L6-v2", 384, 256)


@pytest.mark.slow
def test_200_texts_have_the_vectors_of_automodel(together: Vectors, expected: Vectors) -> None:
    assert together.shape == (200, 384)
    assert largest_difference(together, expected) <= 1e-6


@pytest.mark.slow
def test_the_reference_encoder_has_the_vectors_of_automodel(
    reference: ReferenceEncoder, texts_of_all_lengths: list[str], expected: Vectors
) -> None:
    assert largest_difference(reference.encode_documents(texts_of_all_lengths), expected) <= 1e-6


@pytest.mark.parametrize("words", [253, 254, 255, 2000])
def test_a_text_is_cut_where_automodel_cuts_it(
    words: int, encoder: sc.Encoder, by_the_book: Yardstick
) -> None:
    text = "word " * (words - 1) + "end"
    vectors = encoder.encode_documents([text])
    assert encoder.token_counts([text]) == [min(words, 255)]
    assert largest_difference(vectors, by_the_book.mean_vectors([text])) <= 1e-6


@pytest.mark.slow
@bit_exact
def test_a_text_has_the_same_bits_alone_and_in_any_company(
    encoder: sc.Encoder, texts_of_all_lengths: list[str], together: Vectors
) -> None:
    some = range(0, 200, 5)
    alone = np.vstack([encoder.encode_documents([texts_of_all_lengths[n]]) for n in some])
    assert np.array_equal(alone, together[list(some)])


@pytest.mark.slow
@bit_exact
def test_a_text_has_the_same_bits_in_any_order_and_any_job(
    encoder: sc.Encoder,
    texts_of_all_lengths: list[str],
    together: Vectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = np.random.default_rng(0).permutation(200)[:80]
    for tokens in (256, 4096):
        monkeypatch.setattr(packed, "JOB_TOKENS", tokens)
        shuffled = encoder.encode_documents([texts_of_all_lengths[n] for n in order])
        assert np.array_equal(shuffled, together[order])


def test_queries_and_documents_of_this_model_are_embedded_alike(encoder: sc.Encoder) -> None:
    texts = ["A feline relaxes.", ""]
    assert np.array_equal(encoder.encode_queries(texts), encoder.encode_documents(texts))


def test_vectors_have_unit_length(together: Vectors) -> None:
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def gone(_weight: torch.Tensor, _bias: torch.Tensor, _activation: str) -> Any:
    raise AttributeError("no such operator")


def another_gelu(weight: torch.Tensor, bias: torch.Tensor, _activation: str) -> Any:
    layer = PLAIN.linear(weight, bias, "none")
    return lambda x: torch.nn.functional.gelu(layer(x), approximate="tanh")


def in_bfloat16(weight: torch.Tensor, bias: torch.Tensor, activation: str) -> Any:
    layer = PLAIN.linear(weight.bfloat16(), bias.bfloat16(), activation)
    return lambda x: layer(x.bfloat16()).float()


def depends_on_its_company(weight: torch.Tensor, bias: torch.Tensor, activation: str) -> Any:
    layer = PLAIN.linear(weight, bias, activation)
    return lambda x: layer(x) * (1 + len(x) * 1e-9 // 1e-8 * 2e-7)


def adds_nothing(weight: torch.Tensor, bias: torch.Tensor) -> Any:
    layer = PLAIN.linear(weight, bias, "none")
    return lambda x, _to: layer(x)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
@pytest.mark.parametrize(
    "wrong",
    [
        {"linear": gone},
        {"linear": another_gelu},
        {"linear": in_bfloat16},
        {"linear": depends_on_its_company},
        {"added": adds_nothing},
    ],
    ids=lambda wrong: next(iter(wrong.values())).__name__,
)
def test_a_kernel_that_is_gone_or_wrong_is_replaced_with_one_line_in_the_log(
    kernel: Kernel,
    wrong: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(linear, "KERNELS", (kernel._replace(**wrong),))
    with caplog.at_level(logging.WARNING, logger="search_core"):
        assert choose_kernel() is PLAIN
    assert len(caplog.records) == 1
    assert "torch's own layers serve" in caplog.text


@pytest.mark.parametrize("wrong", [gone, depends_on_its_company])
def test_the_next_kernel_serves_where_the_first_is_gone_or_wrong(
    wrong: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    usable = choose_kernel()
    monkeypatch.setattr(linear, "KERNELS", (usable._replace(linear=wrong), usable))
    assert choose_kernel() is usable


@bit_exact
def test_a_kernel_that_is_clearly_slower_than_another_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usable = choose_kernel()

    def slowly(weight: torch.Tensor, bias: torch.Tensor, activation: str) -> Any:
        layer = usable.linear(weight, bias, activation)
        return lambda x: [layer(x) for _ in range(4)][-1]

    slow = usable._replace(name="slow", linear=slowly)
    for kernels in ((slow, usable), (usable, slow)):
        monkeypatch.setattr(linear, "KERNELS", kernels)
        assert choose_kernel() is usable


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [*KERNELS, PLAIN], ids=lambda kernel: kernel.name)
def test_every_kernel_has_the_vectors_of_automodel(
    kernel: Kernel,
    texts_of_all_lengths: list[str],
    expected: Vectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(linear, "KERNELS", [kernel] if kernel in KERNELS else [])
    encoder = sc.load_encoder()
    assert isinstance(encoder, PackedEncoder)
    assert largest_difference(encoder.encode_documents(texts_of_all_lengths), expected) <= 1e-6


@bit_exact
@pytest.mark.parametrize("is_idle", [True, False])
def test_a_text_has_the_same_bits_on_any_number_of_threads(
    is_idle: bool,
    encoder: sc.Encoder,
    texts_of_all_lengths: list[str],
    together: Vectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "has_idle_core", lambda: is_idle)
    some = range(0, 200, 9)
    alone = [encoder.encode_documents([texts_of_all_lengths[n]])[0] for n in some]
    assert np.array_equal(np.vstack(alone), together[list(some)])


def test_the_tokenizer_neither_pads_nor_cuts_early(
    encoder: PackedEncoder, by_the_book: Yardstick, texts_of_all_lengths: list[str]
) -> None:
    expected = by_the_book.tokenizer(texts_of_all_lengths, truncation=True, max_length=256)
    assert encoder._tokenizer.ids(texts_of_all_lengths) == expected["input_ids"]


def test_a_text_of_five_million_characters_has_the_vector_of_its_first_tokens(
    encoder: sc.Encoder,
) -> None:
    words = "the cat sat on the mat, "
    long, short = encoder.encode_documents([words * (5_000_000 // len(words)), words * 40])
    assert np.array_equal(long, short)


@pytest.mark.slow
def test_two_threads_at_once_get_the_vectors_that_each_gets_alone(
    encoder: sc.Encoder, texts_of_all_lengths: list[str], together: Vectors
) -> None:
    found: dict[int, Vectors] = {}

    def encode(n: int) -> None:
        found[n] = encoder.encode_documents(texts_of_all_lengths[n::2])

    threads = [threading.Thread(target=encode, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(2):
        assert largest_difference(found[n], together[n::2]) <= 1e-6


def test_progress_is_told_in_the_callers_thread(encoder: sc.Encoder) -> None:
    threads: set[int] = set()
    encoder.encode_documents(MANY, lambda done, total: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_what_progress_raises_stops_the_work(
    encoder: PackedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    network: Callable[..., Vectors] = encoder._bert

    def counted(texts: Any) -> Vectors:
        vectors = network(texts)
        computed.append(len(texts))
        return vectors

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(encoder, "_bert", counted)
    with pytest.raises(KeyboardInterrupt):
        encoder.encode_documents(MANY * 5, stop)
    at_stop = sum(computed)
    assert at_stop < len(MANY)
    assert encoder.encode_documents(MANY[:1]).shape == (1, 384)
    assert sum(computed) == at_stop + 1


@given(lengths=st.lists(st.integers(2, 1500), max_size=60), tokens=st.integers(1, 2000))
@tried(60)
def test_jobs_hold_every_row_once_longest_first_and_not_much_too_large(
    lengths: list[int], tokens: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed, "JOB_TOKENS", tokens)
        jobs = [job.tolist() for job in packed._jobs(lengths)]
    rows = [row for job in jobs for row in job]
    assert sorted(rows) == list(range(len(lengths)))
    assert [lengths[row] for row in rows] == sorted(lengths, reverse=True)
    for job in jobs:
        assert job
        assert sum(lengths[row] for row in job[1:]) <= tokens
    if sum(lengths) <= tokens:
        assert len(jobs) <= 1


FRESH_PROCESS = """
import json, sys, threading
from pathlib import Path

def mapped(name):
    "How many MB of a file are in memory, counted for every map of it."
    kilobytes, counts = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if not line.split()[0].endswith(":"):
            counts = line.endswith(name)
        elif counts and line.startswith("Rss:"):
            kilobytes += int(line.split()[1])
    return kilobytes / 1000

import torch
torch.set_num_threads(3)
import search_core.encoder.packed
facts = {"threads_after_import": threading.active_count()}

import search_core as sc
from search_core.encoder.workers import in_turns, usable_cores
before = torch.get_num_threads()
encoder = sc.load_encoder()
encoder.encode_queries(["one query"])
facts["megabytes_of_the_file"] = mapped("model.safetensors")
facts["threads_after_a_query"] = threading.active_count()
shape = encoder.encode_documents(["The cat sleeps on the windowsill."] * 500).shape

def look(job=None):
    torch.ones(300, 300) @ torch.ones(300, 300)
    seen.append((threading.current_thread().name, torch.get_num_threads()))

seen = []
later = threading.Thread(target=look)
later.start()
later.join()
later_count = seen.pop()[1]
list(in_turns(look, range(200)))
facts |= {
    "shape": shape,
    "caller": [before, torch.get_num_threads()],
    "later_thread": later_count,
    "workers": sorted(set(count for _, count in seen)),
    "worker_threads": [t.name for t in threading.enumerate() if t.name.startswith("encoder")],
    "cores": usable_cores(),
    "modules": [m for m in ("transformers", "sentence_transformers", "sklearn", "faiss", "gradio")
                if m in sys.modules],
}
print(json.dumps(facts))

def stop(done, total):
    raise SystemExit(7)

encoder.encode_documents(["The cat sleeps on the windowsill."] * 5000, stop)
"""


@pytest.fixture(scope="module")
def fresh_process() -> dict[str, Any]:
    """What a new process sees; it ends in the middle of a collection, with exit status 7."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 7, done.stderr
    assert done.stderr == ""
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


@pytest.mark.slow
def test_a_new_process_imports_no_large_library_to_encode(fresh_process: dict[str, Any]) -> None:
    assert fresh_process["shape"] == [500, 384]
    assert fresh_process["modules"] == []


@pytest.mark.slow
def test_no_thread_is_started_at_import_or_for_a_query(fresh_process: dict[str, Any]) -> None:
    assert fresh_process["threads_after_import"] == 1
    assert fresh_process["threads_after_a_query"] == 1


@pytest.mark.slow
def test_workers_have_one_torch_thread_and_everybody_else_keeps_the_default(
    fresh_process: dict[str, Any],
) -> None:
    assert fresh_process["caller"] == [3, 3]
    assert fresh_process["later_thread"] == 3
    assert fresh_process["workers"] == [1]
    assert len(fresh_process["worker_threads"]) == fresh_process["cores"] == usable_cores()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is in memory")
def test_the_layers_do_not_stay_in_memory_twice(fresh_process: dict[str, Any]) -> None:
    # 43 MB of layers, laid out anew, and 47 MB of words, of which a few rows were looked at.
    assert 0 < fresh_process["megabytes_of_the_file"] < 20


def test_a_few_numbers_of_rows_serve_all_jobs_with_few_rows_that_nobody_reads() -> None:
    """oneDNN compiles kernels for every number of rows and keeps them."""
    added = {tokens: ONEDNN.filler(tokens) for tokens in range(1, 2049)}
    assert len({tokens + more for tokens, more in added.items()}) <= 90
    assert all(0 <= more <= max(5, tokens / 8) for tokens, more in added.items())
