"""Stored comparisons: they say what a fresh computation says, or how to make them again."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from examples.many_documents import large_corpus, measure as measure_indexes
from examples.second_model import BATCH, PACKAGE, SmallE5
from search_core.labels.labels import query_key
from search_core.normalizers.unrelated import shipped_questions
from search_ui.sample import (
    EXAMPLES,
    StaleExamplesError,
    read_sample_hills,
    read_sample_labels,
)
from search_ui.stored import (
    Measured,
    StoredModel,
    many_documents,
    read_indexes,
    read_model,
    second_model,
    write_indexes,
    write_model,
)
from search_ui.tabs.compare.indexes import many_documents_html
from tests.ui.pages import text_of

ROUNDED = 0.00005  # half of the last digit that is stored
KERNELS = 0.02  # cosines of another processor's arithmetic on 4-bit weights


@pytest.mark.parametrize(
    ("read", "command"), [(read_model, "second_model"), (read_indexes, "many_documents")]
)
@pytest.mark.parametrize("content", ["", "{", "[]", '{"of": "another version"}'])
def test_results_that_cannot_be_read_name_the_command(
    tmp_path: Path, read: Callable[[Path], object], command: str, content: str
) -> None:
    path = tmp_path / "stored.json"
    path.write_text(content, encoding="utf-8")
    remedy = rf"make it again with `python -m examples\.{command}`"
    with pytest.raises(StaleExamplesError, match=rf"stored\.json.*{remedy}"):
        read(path)


def test_the_stored_model_was_tried_on_the_samples_labels_as_they_are() -> None:
    trial, labels = second_model().trial, read_sample_labels()
    assert list(trial.queries) == [query_key(query) for query in labels.queries]
    assert trial.relevance.tolist() == pytest.approx(labels.relevance.tolist(), abs=ROUNDED)
    assert trial.report.rows == len(labels)
    assert len(trial.background) == len(shipped_questions("en")) * 432
    assert (np.diff(trial.background) >= 0).all()
    assert (np.abs(trial.cosines) <= 1).all()


def test_under_the_stored_model_070_means_nothing() -> None:
    trial = second_model().trial
    assert trial.meaning(0.7).near.share < 0.01
    assert trial.meaning(0.7).unrelated > 0.9
    assert trial.report.auc_score is not None
    assert trial.report.auc_score > 0.8  # it ranks well all the same


@pytest.mark.parametrize("cosine", [0.7, 0.8, 0.85])
def test_compare_and_your_number_say_the_same_of_a_cosine(cosine: float) -> None:
    stored = second_model()
    (hills,) = (each for each in read_sample_hills() if each.model == stored.name)
    there, here = hills.near(cosine), stored.trial.meaning(cosine).near
    assert here.share == pytest.approx(there.share, abs=0.01)  # stored with four decimals


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.usefixtures("few_draws")
def test_a_model_is_read_as_it_was_written(
    tmp_path: Path, sample_engine: sc.SearchEngine, sample_labels: sc.Labels
) -> None:
    trial = sc.try_model(sample_engine, sample_labels)
    written = StoredModel(trial, Measured("a test", "2026-01-01", "make test"))
    path = tmp_path / "model.json"
    write_model(written, path)
    found = read_model(path)
    assert found.measured == written.measured
    assert found.trial.report == trial.report
    assert found.trial.curve == trial.curve
    for name in ("cosines", "background", "nearby"):
        stored, fresh = getattr(found.trial, name), getattr(trial, name)
        assert stored.dtype == fresh.dtype
        assert np.abs(stored - fresh).max() <= ROUNDED * 1.01


@pytest.mark.peers
@pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed")
def test_the_stored_cosines_are_those_of_the_model() -> None:
    model, labels, trial = SmallE5(), read_sample_labels(), second_model().trial
    texts = sc.read_corpus(EXAMPLES / "documents.csv")
    judged = [texts.texts[texts.position_of_id[name]] for name in labels.doc_ids[:BATCH]]
    documents = model.encode_documents(judged)
    queries = model.encode_queries(labels.queries[:BATCH])
    assert np.linalg.norm(documents, axis=1) == pytest.approx(1.0, abs=1e-5)
    cosines = (documents * queries).sum(axis=1)
    assert cosines == pytest.approx(trial.cosines[:BATCH], abs=KERNELS)


def test_the_large_collection_is_as_large_as_the_stored_results_say() -> None:
    stored, corpus = many_documents(), large_corpus()
    assert len(corpus) == stored.documents >= 50_000
    assert len(set(corpus.texts)) == len(corpus)
    assert stored.queries == len(set(read_sample_labels().queries))


def test_the_stored_indexes_miss_hits_and_only_flat_has_to_be_exact() -> None:
    flat, *others = many_documents().rows
    assert flat.is_exact
    assert flat.own.recall == flat.rescored.recall == 1.0
    assert flat.bytes_per_vector == pytest.approx(4 * 384, rel=0.01)
    assert len(others) >= 6
    for row in others:
        assert row.own.recall <= row.rescored.recall <= 1.0
        assert row.query_ratio < 1.0
    assert min(row.rescored.recall for row in others) < 0.9


@pytest.mark.slow
@pytest.mark.model
def test_indexes_are_read_as_they_were_written(tmp_path: Path, encoder: sc.Encoder) -> None:
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    measured = measure_indexes(corpus, encoder)
    path = tmp_path / "indexes.json"
    write_indexes(measured, path)
    assert read_indexes(path) == measured
    assert measured.documents == 432
    assert [row.name for row in measured.rows[1:3]] == ["HNSW32", "HNSW32 with 128 candidates"]


def test_the_page_says_how_the_stored_results_were_made() -> None:
    stored = many_documents()
    said = text_of(many_documents_html(stored))
    assert stored.recommendation.partition(":")[2].strip() in said
    assert "50,832 short texts, 149 queries" in said
    assert f"Stored results: measured with {stored.measured.by}" in said
    assert stored.measured.command in said
    assert "bytes per vector" in said
