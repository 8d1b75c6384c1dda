"""The six functions as they are called in the process."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

import search_core as sc
from search_ui.api.functions import Api
from search_ui.page import Page, read_opening
from search_ui.sample import EXAMPLES, Sample, read_grades
from search_ui.sessions import Sessions


@pytest.fixture(scope="session")
def api(sample_engine: sc.SearchEngine, encoder: sc.Encoder) -> Api:
    """The functions, over the sample."""
    calibrator = sc.load_calibrator((EXAMPLES / "calibrator.json").read_text(encoding="utf-8"))
    grades = read_grades(EXAMPLES / "judgements.csv")
    loading: Future[Sample] = Future()
    loading.set_result(Sample(encoder, sample_engine, calibrator, grades))
    return Api(Page(loading, Sessions(), read_opening()))
