"""Files of texts go through workers of Ray, and come out as vectors: all of them, each once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc
from score_sense.command_line import main
from tests.bulk.failing import Dies, FailingEncoder
from tests.bulk.texts import IDS, TEXTS, embedded_by_command
from tests.own_encoder import HashingEncoder

ray = pytest.importorskip("ray")
pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
pytestmark = [pytest.mark.peers, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def vectors_in(folder: Path) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Return all ids and vectors of a folder, in the order of its files."""
    tables = [parquet.read_table(path) for path in sorted(folder.glob("*.parquet"))]
    whole = pa.concat_tables([table.replace_schema_metadata() for table in tables])
    numbers = whole.column("vector").combine_chunks().flatten().to_numpy()
    return whole.column("id").to_pylist(), numbers.reshape(len(whole), -1)


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


def test_the_command_ends_with_a_sentence_where_its_input_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("id,words\n1,a\n")
    arguments = ["embed", str(tmp_path / "a.csv"), "-o", str(tmp_path / "vectors"), "--text"]
    assert main([*arguments, "body"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"score-sense: '{tmp_path / 'a.csv'}' has no column 'body'; the columns")
