"""The functions as they are called in the process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import search_core as sc
from search_ui.api.functions import Api, Function
from tests.ui.pages import shared_sample


class Called:
    """Calls functions by name with plain arguments, and returns answers as JSON holds them."""

    def __init__(self, api: Api) -> None:
        self.functions = {each.name: each for each in api.functions()}

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        function: Function = self.functions[name]

        def call(*given: Any, **named: Any) -> dict[str, Any]:
            by_name = dict(zip(function.request.model_fields, given, strict=False)) | named
            return function.answer_to(by_name).model_dump()

        return call


@pytest.fixture(scope="session")
def api(sample_engine: sc.SearchEngine, encoder: sc.Encoder) -> Called:
    """The functions, over the sample."""
    return Called(Api(shared_sample(sample_engine, encoder).loading))
