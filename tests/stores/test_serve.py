"""The app on one's own machine over one's own store, asked over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import search_core as sc
from search_core.stores.qdrant import QdrantStore
from tests.browser.serving import served_process

pytestmark = [pytest.mark.peers, pytest.mark.model, pytest.mark.slow]
library = pytest.importorskip("qdrant_client")

SEARCH = "/api/v1/search-store"


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, sample_engine: sc.SearchEngine, encoder: sc.Encoder
) -> Path:
    """A folder of Qdrant with the sample's documents, their texts under "body"."""
    made: Path = tmp_path_factory.mktemp("qdrant")
    client = library.QdrantClient(path=str(made))
    corpus = sample_engine.corpus
    store = QdrantStore.create(client, "sample", encoder.dim, text="body")
    store.add(corpus.ids, sample_engine.vectors, corpus.texts)
    client.close()
    return made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "sample.json"


@pytest.fixture(scope="module")
def address(folder: Path, kept: Path, sample_pairs: sc.ScoredPairs) -> Iterator[str]:
    calibrator = sc.fit_calibrator(sample_pairs, "platt").calibrator.save(kept.with_name("c.json"))
    command = (
        sys.executable, "-m", "score_sense", "serve", "--store", f"qdrant://{folder}?text=body",
        "--calibrator", str(calibrator), "--sample", str(kept),
    )  # fmt: skip
    with served_process(command=command) as (found, _):
        yield found


def asked(address: str, query: str) -> dict[str, Any]:
    answer = httpx.post(f"{address}{SEARCH}", json={"query": query, "k": 5}, timeout=60)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_search_over_http_gives_what_the_calibrator_says_of_the_collection(
    address: str, sample_engine: sc.SearchEngine, sample_pairs: sc.ScoredPairs
) -> None:
    question = "How do I descale a kettle?"
    calibrator = sc.fit_calibrator(sample_pairs, "platt").calibrator
    expected = calibrator.apply(sample_engine.search(question, 5))
    found = asked(address, question)
    assert (found["collection"], found["rows"]) == ("sample", 432)
    assert [hit["id"] for hit in found["hits"]] == list(expected.ids)
    values = [hit["predicted_relevance"] for hit in found["hits"]]
    assert values == pytest.approx(expected.scores.tolist(), abs=1e-6)
    assert found["hits"][0]["text"] == expected.texts[0]
    assert found["answer"] == "relevant"


def test_nothing_relevant_is_told(address: str) -> None:
    found = asked(address, "Which treaty ended the war of the Spanish succession?")
    assert found["answer"] == "nothing"
    assert found["sampled"] == "All 432 rows were looked at."


def test_what_cannot_be_searched_gets_a_sentence(address: str) -> None:
    answer = httpx.post(f"{address}{SEARCH}", json={"query": " "}, timeout=60)
    assert answer.status_code == 400
    assert (
        answer.json()["error"]["message"] == "The query is empty; write what you are looking for."
    )


def test_the_page_says_what_it_searches_and_that_it_writes_nothing(
    address: str, kept: Path
) -> None:
    told = httpx.get(f"{address}/config", timeout=60).text
    assert "Searches <b>sample</b>, 432 rows, where it is. Nothing is written to it." in told
    assert sc.StoreSample.load(kept).count == 432
