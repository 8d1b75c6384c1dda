"""What a visit holds, counted truly: the cap on all visits' memory is worth what the count is."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

import search_core as sc
from search_ui.tabs.search import answer
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace
from tests.ui.work import fit, paste, read

pytestmark = pytest.mark.model

SUBJECTS = ("ferries", "bread", "clocks", "gardens", "bridges", "kites", "glaciers", "violins")
MB = 1_000_000


def _texts() -> list[str]:
    """2,000 texts, as many as a public page takes, of some 60 letters."""
    words = np.random.default_rng(1).integers(0, len(SUBJECTS), (sc.PUBLIC.documents, 6))
    return [f"note {n} on {' and '.join(SUBJECTS[w] for w in row)}" for n, row in enumerate(words)]


def _judged(texts: list[str]) -> bytes:
    rows = [
        f"{SUBJECTS[n % 8]} {n % 12},{text},{int(SUBJECTS[n % 8] in text.lower().split()[:4])}"
        for n, text in enumerate(texts[:240])
    ]
    return "\n".join(["query,text,relevance", *rows]).encode()


def _used(fresh: Workspace, texts: list[str]) -> Workspace:
    """Search a collection, judge it, fit on it and ask it, as a visitor does."""
    workspace = fit(read(paste(fresh, *texts), _judged(texts)), "blend")
    for n in range(20):
        answer(workspace, f"Which {SUBJECTS[n % 8]} are there, number {n}?", 10)
    return workspace


@pytest.mark.slow
def test_a_visit_with_2000_texts_holds_at_most_10_mb_and_is_counted_truly(page: Page) -> None:
    fresh, texts = page.workspace(None), _texts()
    _used(fresh, texts[:100])  # what the program itself keeps from its first work on
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        workspace = _used(fresh, list(map(str.upper, texts)))
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held < 10 * MB
    assert workspace.nbytes == pytest.approx(held, rel=0.15)
