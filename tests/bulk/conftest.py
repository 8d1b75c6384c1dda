"""Ray, and texts in files, for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import search_core as sc
from search_core.bulk.workers import start_ray
from tests.bulk.texts import IDS, TEXTS

# Ray reads it when it is imported. RAY_AUTH_MODE must stay as it is: Ray keeps its first value, and
# under another one the servers of the next Ray refuse this process and end its actors before they
# run, since "all references to the actor were removed".
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


@pytest.fixture(scope="module")
def started() -> Iterator[None]:
    """Ray, started by the caller; what has not, is started and stopped by each call."""
    ray = pytest.importorskip("ray")
    start_ray(2)
    yield
    assert ray.is_initialized()
    ray.shutdown()


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with three files of a hundred texts, one of each form."""
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "texts"
    folder.mkdir()
    rows = list(zip(IDS, TEXTS, strict=True))
    (folder / "a.csv").write_text(sc.write_table(["id", "text"], rows[:100]))
    columns: dict[str, list[str]] = {"id": IDS[100:200], "text": TEXTS[100:200]}
    parquet.write_table(pa.table(columns), folder / "b.parquet")
    lines = [f'{{"id": "{name}", "text": "{text}"}}\n' for name, text in rows[200:]]
    (folder / "c.jsonl").write_text("".join(lines))
    return folder
