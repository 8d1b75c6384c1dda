"""The code of docs/adapters.md runs where its libraries are installed, and gives what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search_core.adapters.versions import TESTED
from tests.docs_code import blocks, parts, run_section, title_of

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "adapters.md"
START, SECTIONS = parts(DOCUMENT)
NEEDED = {
    "Any result, in one line": ["chromadb"],
    "A retriever or a store": ["llama_index.core"],
    "LangChain: a store": ["langchain_community"],
    "LangChain: a compressor": ["langchain_community", "langchain_classic"],
    "LlamaIndex": ["llama_index.core", "llama_index.vector_stores.faiss"],
    "Haystack": ["haystack"],
    "sentence-transformers": ["sentence_transformers"],
    "A cross-encoder": ["sentence_transformers"],
    "Hugging Face datasets": ["datasets"],
    "Chroma": ["chromadb"],
    "Qdrant": ["qdrant_client"],
    "Milvus": ["pymilvus", "milvus_lite"],
    "LanceDB": ["lancedb"],
    "pgvector": [],
    "scikit-learn": [],
}


@pytest.mark.peers
@pytest.mark.model
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("section", SECTIONS, ids=title_of)
def test_the_code_of_each_door_runs_as_printed(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in NEEDED[title_of(section)]:
        pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    assert run_section(DOCUMENT, section, tmp_path) > 2


def test_the_table_has_every_door_with_its_lines_of_code() -> None:
    rows = re.findall(r"^\| \[(.+?)\]\(#(.+?)\) \| (\d+) \|", START, flags=re.MULTILINE)
    assert [name for name, _, _ in rows] == [title_of(each) for each in SECTIONS] == list(NEEDED)
    for (name, anchor, lines), section in zip(rows, SECTIONS, strict=True):
        assert anchor == re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-")
        door = [each.content for each in blocks(section) if each.language == "python"][1]
        assert len([line for line in door.splitlines() if line.strip()]) == int(lines), name


def test_the_table_names_a_version_of_every_library_that_the_adapters_were_tested_with() -> None:
    named = set(re.findall(r"([a-z-]+) \d+(?:\.\d+)+", START))
    assert {name for name, _ in TESTED.values()} <= named
