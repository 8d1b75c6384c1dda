"""The code of docs/scale.md runs where its libraries are installed, and gives what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs_code import blocks, run

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "scale.md"
START, *SECTIONS = re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
NEEDED = {
    "Qdrant": ["qdrant_client"],
    "Milvus": ["pymilvus", "milvus_lite"],
    "LangChain": ["langchain_core"],
}


def title_of(section: str) -> str:
    return section.partition("\n")[0]


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
    (tmp_path / "examples").symlink_to(DOCUMENT.parent.parent / "examples")
    monkeypatch.chdir(tmp_path)
    part = tmp_path / "scale.md"
    part.write_text(f"{START}\n## {section}", encoding="utf-8")
    assert run(part) > 2


def test_every_store_with_code_names_what_it_needs() -> None:
    assert [title_of(each) for each in WITH_CODE] == list(NEEDED)
