"""The code of docs/scale.md runs where its libraries are installed, and gives what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs_code import blocks, parts, run_section, title_of

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "scale.md"
_, SECTIONS = parts(DOCUMENT)
NEEDED = {
    "Qdrant": ["qdrant_client"],
    "Milvus": ["pymilvus", "milvus_lite"],
    "LangChain": ["langchain_core"],
}


WITH_CODE = [each for each in SECTIONS if any(b.language == "python" for b in blocks(f"## {each}"))]


@pytest.mark.peers
@pytest.mark.model
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("section", WITH_CODE, ids=title_of)
def test_the_code_of_each_store_runs_as_printed(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in NEEDED[title_of(section)]:
        pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    assert run_section(DOCUMENT, section, tmp_path) > 2


def test_every_store_with_code_names_what_it_needs() -> None:
    assert [title_of(each) for each in WITH_CODE] == list(NEEDED)
