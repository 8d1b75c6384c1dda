"""The examples in docstrings run, and give what they show."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType

import numpy as np
import pytest

import search_core as sc
from tests.own_encoder import HashingEncoder

OF_LIBRARIES = {  # that may be absent; tests/adapters runs them
    f"search_core.adapters.{name}" for name in ("haystack", "langchain", "llamaindex")
}
MODULES = ["search_core"] + [
    each.name
    for each in pkgutil.walk_packages(sc.__path__, "search_core.")
    if each.name not in OF_LIBRARIES
]


class Finder(doctest.DocTestFinder):
    """Finds the examples of what `explain_mistakes` decorates, too."""

    def _from_module(self, module: ModuleType | None, object: object) -> bool:
        own: bool = super()._from_module(module, inspect.unwrap(object))  # type: ignore[misc, arg-type]
        return own


def examples(module: ModuleType) -> list[doctest.DocTest]:
    names = {"sc": sc, "np": np, "encoder": HashingEncoder()}
    return [each for each in Finder().find(module, globs=names) if each.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name: str) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for each in examples(importlib.import_module(name)):
        runner.run(each)
    assert runner.failures == 0


def test_every_public_function_and_class_has_an_example() -> None:
    shown = {
        each.name.rpartition(".")[2]
        for name in MODULES
        for each in examples(importlib.import_module(name))
    }
    public = {
        name
        for name in dir(sc)
        if callable(getattr(sc, name))
        and str(getattr(getattr(sc, name), "__module__", "")).startswith("search_core.")
        and not (isinstance(getattr(sc, name), type) and issubclass(getattr(sc, name), Exception))
    }
    assert public - shown == set()
