"""Files of texts go through workers of Ray, and come out as vectors: all of them, each once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc
from score_sense.command_line import main
from tests.own_encoder import HashingEncoder

ray = pytest.importorskip("ray")
pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
pytestmark = [pytest.mark.peers, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = ("ferry", "tomato", "piano", "interest", "aspirin", "kettle")
TEXTS = [f"The {SUBJECTS[n % 6]} of number {n} is old. " * (1 + n % 7) for n in range(300)]
IDS = [f"{n:03}" for n in range(300)]


@pytest.fixture(scope="module")
def started() -> Iterator[None]:
    """Ray, started by the caller; what has not, is started and stopped by each call."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_raylet_start_wait_time_s", "120")
        ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield
        assert ray.is_initialized()
        ray.shutdown()


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with three files of a hundred texts, one of each form."""
    folder = tmp_path / "texts"
    folder.mkdir()
    rows = list(zip(IDS, TEXTS, strict=True))
    (folder / "a.csv").write_text(sc.write_table(["id", "text"], rows[:100]))
    columns: dict[str, list[str]] = {"id": IDS[100:200], "text": TEXTS[100:200]}
    parquet.write_table(pa.table(columns), folder / "b.parquet")
    lines = [f'{{"id": "{name}", "text": "{text}"}}\n' for name, text in rows[200:]]
    (folder / "c.jsonl").write_text("".join(lines))
    return folder


def vectors_in(folder: Path) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Return all ids and vectors of a folder, in the order of its files."""
    tables = [parquet.read_table(path) for path in sorted(folder.glob("*.parquet"))]
    whole = pa.concat_tables([table.replace_schema_metadata() for table in tables])
    numbers = whole.column("vector").combine_chunks().flatten().to_numpy()
    return whole.column("id").to_pylist(), numbers.reshape(len(whole), -1)


@dataclass(frozen=True)
class Dies:
    """Loads an encoder whose process ends at the first batch that any worker gets."""

    once: Path

    def __call__(self) -> sc.Encoder:
        return DyingEncoder(self.once)


class DyingEncoder(HashingEncoder):
    def __init__(self, once: Path) -> None:
        self._once = once

    def encode_documents(
        self, texts: Iterable[str], progress: sc.Progress | None = None
    ) -> npt.NDArray[np.float32]:
        try:
            self._once.touch(exist_ok=False)
        except FileExistsError:
            return super().encode_documents(texts, progress)
        os._exit(1)


class FailingEncoder(HashingEncoder):
    def encode_documents(self, texts: Iterable[str], progress: Any = None) -> Any:
        raise ValueError("the model is tired")


def embedded_by_command(*arguments: str) -> list[str]:
    """Run `score-sense embed` as people do, and return the lines of its notes."""
    done = subprocess.run(
        [sys.executable, "-m", "score_sense", "embed", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


@pytest.mark.model
def test_the_command_gives_the_vectors_of_the_encoder_bit_for_bit(
    texts: Path, tmp_path: Path, encoder: sc.Encoder
) -> None:
    output = tmp_path / "vectors"
    arguments = (str(texts), "-o", str(output), "--workers", "2")
    notes = embedded_by_command(*arguments)
    assert notes[-1] == "300 texts were embedded, 0 were there already."
    assert not any("Warning" in line for line in notes)
    ids, vectors = vectors_in(output)
    assert ids == IDS
    assert vectors.tobytes() == encoder.encode_documents(TEXTS).tobytes()
    assert embedded_by_command(*arguments) == ["0 texts were embedded, 300 were there already."]


@pytest.mark.usefixtures("started")
def test_what_was_interrupted_goes_on_with_the_files_that_are_not_whole(
    texts: Path, tmp_path: Path
) -> None:
    output = tmp_path / "vectors"
    first = sc.embed_files([texts], output, model=HashingEncoder, workers=1)
    assert (first.embedded, first.kept) == (300, 0)
    a, b, c = first.files
    a.unlink()
    b.write_bytes(b.read_bytes()[:1000])
    untouched = c.stat().st_mtime_ns
    again = sc.embed_files([texts], output, model=HashingEncoder, workers=1)
    assert (again.embedded, again.kept) == (200, 100)
    assert c.stat().st_mtime_ns == untouched
    ids, vectors = vectors_in(output)
    assert ids == IDS
    assert np.array_equal(vectors, HashingEncoder().encode_documents(TEXTS))


@pytest.mark.usefixtures("started")
def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(texts: Path, tmp_path: Path) -> None:
    output, died = tmp_path / "vectors", tmp_path / "died"
    done = sc.embed_files([texts], output, model=Dies(died), workers=2)
    assert died.exists()
    assert done.embedded == 300
    ids, vectors = vectors_in(output)
    assert ids == IDS
    assert np.array_equal(vectors, HashingEncoder().encode_documents(TEXTS))


@pytest.mark.usefixtures("started")
def test_an_encoder_that_fails_is_told_in_a_sentence_and_leaves_no_file(
    texts: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(sc.EncoderError) as fault:
        sc.embed_files([texts], tmp_path / "vectors", model=FailingEncoder, workers=1)
    assert str(fault.value) == (
        "Embedding stopped (ValueError: the model is tired); files that are whole are kept, so "
        "call again to go on."
    )
    assert list((tmp_path / "vectors").glob("*")) == []
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.usefixtures("started")
def test_whoever_follows_the_progress_may_stop_it_and_what_is_whole_is_kept(
    texts: Path, tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        assert total == 300
        if done >= 200:
            raise KeyboardInterrupt

    output = tmp_path / "vectors"
    with pytest.raises(KeyboardInterrupt):
        sc.embed_files([texts], output, model=HashingEncoder, workers=1, progress=stop)
    assert [each.name for each in output.iterdir()] == ["a.csv.parquet"]
    done = sc.embed_files([texts], output, model=HashingEncoder, workers=1)
    assert (done.embedded, done.kept) == (200, 100)


@pytest.mark.usefixtures("started")
def test_a_large_file_is_shared_by_the_workers_and_keeps_its_order(tmp_path: Path) -> None:
    many = [f"number {n} " + "word " * 200 for n in range(3_000)]
    parquet.write_table(pa.table({"text": many}), tmp_path / "many.parquet")
    told: list[int] = []
    output = tmp_path / "vectors"
    sc.embed_files(
        [tmp_path / "many.parquet"], output, model=HashingEncoder, workers=2,
        progress=lambda done, total: told.append(done),
    )  # fmt: skip
    ids, vectors = vectors_in(output)
    assert ids == [f"many.parquet:{n}" for n in range(1, 3_001)]
    assert np.array_equal(vectors, HashingEncoder().encode_documents(many))
    assert len(told) > 3
    assert told == sorted(told)


@pytest.mark.usefixtures("started")
def test_rows_go_into_a_store_too_and_a_second_call_adds_none(texts: Path, tmp_path: Path) -> None:
    library = pytest.importorskip("qdrant_client")
    from search_core.stores.qdrant import QdrantStore

    client = library.QdrantClient(":memory:")
    store = QdrantStore.create(client, "texts", HashingEncoder.dim, model="4b1d")
    output = tmp_path / "vectors"
    done = sc.embed_files([texts], output, model=HashingEncoder, workers=1, store=store)
    assert (done.stored, store.count()) == (300, 300)
    rows = store.fetch(["150"])
    assert rows.texts == (TEXTS[150],)
    again = sc.embed_files([texts], output, model=HashingEncoder, workers=1, store=store)
    assert (again.embedded, again.stored, store.count()) == (0, 0, 300)


def test_a_store_of_another_model_is_refused_before_anything_is_embedded(
    texts: Path, tmp_path: Path
) -> None:
    library = pytest.importorskip("qdrant_client")
    from search_core.stores.qdrant import QdrantStore

    store = QdrantStore.create(
        library.QdrantClient(":memory:"), "texts", HashingEncoder.dim, model="another"
    )
    with pytest.raises(sc.EncoderError, match="load the encoder that made them"):
        sc.embed_files([texts], tmp_path / "vectors", model=HashingEncoder, store=store)
    assert not (tmp_path / "vectors").exists()


def test_the_command_ends_with_a_sentence_where_its_input_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("id,words\n1,a\n")
    arguments = ["embed", str(tmp_path / "a.csv"), "-o", str(tmp_path / "vectors"), "--text"]
    assert main([*arguments, "body"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"score-sense: '{tmp_path / 'a.csv'}' has no column 'body'; the columns")
