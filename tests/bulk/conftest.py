"""Ray, and texts in files, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import search_core as sc
from tests.bulk.texts import IDS, TEXTS


@pytest.fixture(scope="module")
def started() -> Iterator[None]:
    """Ray, started by the caller; what has not, is started and stopped by each call."""
    ray = pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_raylet_start_wait_time_s", "120")
        ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
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
