"""What is stored beside the sample may be old or damaged; then the program says what to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from search_core.vectors import Vectors
from search_ui.sample import (
    EXAMPLES,
    OPENING,
    OPENING_QUERY,
    StaleExamplesError,
    read_opening,
    read_sample_calibrator,
    read_sample_engine,
    read_sample_fit,
)
from tests.own_encoder import HashingEncoder

ROOT = EXAMPLES.parent
REMEDY = r"make it again with `python -m examples\.refresh`"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"hits": [{"rank": 1}]}'])
def test_an_opening_that_cannot_be_read_names_the_command(tmp_path: Path, content: str) -> None:
    path = tmp_path / "opening.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StaleExamplesError, match=rf"opening\.json.*{REMEDY}"):
        read_opening(path)


def test_an_opening_that_is_missing_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(StaleExamplesError, match=REMEDY):
        read_opening(tmp_path / OPENING.name)


@pytest.mark.parametrize(
    ("stored", "read"),
    [("STORED_CALIBRATOR", read_sample_calibrator), ("STORED_VIEW", read_sample_fit)],
)
def test_a_stored_fit_that_is_damaged_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: str, read: Callable[[], object]
) -> None:
    path = tmp_path / "stored.json"
    path.write_text('{"of": "another version"}', encoding="utf-8")
    monkeypatch.setattr(f"search_ui.sample.{stored}", path)
    with pytest.raises(StaleExamplesError, match=rf"stored\.json.*{REMEDY}"):
        read()


@pytest.fixture(scope="module")
def built(sample_corpus: sc.Corpus, encoder: sc.Encoder) -> sc.SearchEngine:
    """The sample's documents, embedded anew."""
    return sc.SearchEngine.build(sample_corpus, encoder=encoder)


@pytest.mark.model
@pytest.mark.slow
def test_the_stored_engine_is_the_samples_documents_under_the_default_model(
    encoder: sc.Encoder, built: sc.SearchEngine, sample_corpus: sc.Corpus
) -> None:
    stored = read_sample_engine(encoder)
    assert stored.corpus == sample_corpus
    assert np.abs(stored.vectors - built.vectors).max() <= 1e-6
    assert stored.scale == built.scale


@pytest.mark.model
@pytest.mark.slow
def test_the_stored_engine_knows_the_questions_that_its_texts_are_compared_with(
    encoder: sc.Encoder, built: sc.SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = built.background(OPENING_QUERY).unrelated.best
    asked: list[str] = []

    def encode(texts: Iterable[str]) -> Vectors:
        asked.extend(texts)
        return built.query_vectors(asked)

    stored = read_sample_engine(encoder)
    monkeypatch.setattr(encoder, "encode_queries", encode)
    assert np.abs(stored.background(OPENING_QUERY).unrelated.best - expected).max() <= 1e-6
    assert asked == [OPENING_QUERY]


def test_a_stored_engine_of_another_model_or_none_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(StaleExamplesError, match=rf"engine, .*{REMEDY}"):
        read_sample_engine(HashingEncoder())
    with pytest.raises(StaleExamplesError, match=rf"engine, .*{REMEDY}"):
        read_sample_engine(HashingEncoder(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["opening.json", "calibration.json", "calibrator.json"])
def test_the_app_ends_with_a_sentence_and_no_traceback(tmp_path: Path, name: str) -> None:
    for part in ("app.py", "search_core", "search_ui", "examples"):
        source, target = ROOT / part, tmp_path / part
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (tmp_path / "examples" / name).write_text('{"of": "another version"}', encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 1
    assert f"{name}, stored beside the sample" in ended.stderr
    assert "Traceback" not in ended.stderr
