"""The six functions as they are called in the process, and the real app that serves them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

import search_core as sc
from search_ui.api.functions import Api
from search_ui.page import Page, read_opening
from search_ui.sample import EXAMPLES, Sample, read_grades
from search_ui.sessions import Sessions
from tests.browser.serving import served


@pytest.fixture(scope="session")
def api(sample_engine: sc.SearchEngine, encoder: sc.Encoder) -> Api:
    """The functions, over the sample."""
    calibrator = sc.load_calibrator((EXAMPLES / "calibrator.json").read_text(encoding="utf-8"))
    grades = read_grades(EXAMPLES / "judgements.csv")
    loading: Future[Sample] = Future()
    loading.set_result(Sample(encoder, sample_engine, calibrator, grades))
    return Api(Page(loading, Sessions(), read_opening()))


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the real app answers."""
    with served() as found:
        yield found
