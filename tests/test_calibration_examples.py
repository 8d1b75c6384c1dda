"""The examples in the docstrings of what calibrates and evaluates run as they are shown."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import search_core.calibrate
import search_core.evaluate

MODULES = [
    *(
        f"{package.__name__}.{each.name}"
        for package in (search_core.calibrate, search_core.evaluate)
        for each in pkgutil.iter_modules(package.__path__)
    ),
    "search_core.labels",
    "search_core.label_doctor",
    "search_core.pairs",
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
