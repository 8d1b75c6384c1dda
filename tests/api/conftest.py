"""The six functions as they are called in the process."""

from __future__ import annotations

import pytest

import search_core as sc
from search_ui.api.functions import Api
from tests.ui.pages import page_of_sample


@pytest.fixture(scope="session")
def api(sample_engine: sc.SearchEngine, encoder: sc.Encoder) -> Api:
    """The functions, over the sample."""
    return Api(page_of_sample(sample_engine, encoder))
