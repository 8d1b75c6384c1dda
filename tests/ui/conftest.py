"""The page whose tabs are asked directly."""

from __future__ import annotations

import pytest

import search_core as sc
from search_ui.visit.visits import Page
from tests.ui.events import Events, LaidOut
from tests.ui.pages import page_of_sample


@pytest.fixture(scope="session")
def page(sample_engine: sc.SearchEngine, encoder: sc.Encoder) -> Page:
    """The page with the sample loaded; each test visits it under a key of its own."""
    return page_of_sample(sample_engine, encoder)


@pytest.fixture(scope="session")
def laid_out(page: Page) -> LaidOut:
    """The same page with its tabs, which take longer to lay out than most events to answer."""
    return LaidOut(page)


@pytest.fixture
def events(laid_out: LaidOut) -> Events:
    """The page as a new visitor has it."""
    return Events(laid_out)
