"""Docstrings of public names say what they take and what they raise."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import search_core as sc


def public_callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield each public function, and each public method of a public class, by its name."""
    for name in dir(sc):
        value = getattr(sc, name)
        if not str(getattr(value, "__module__", "")).startswith("search_core."):
            continue
        if inspect.isfunction(value):
            yield name, value
        elif isinstance(value, type):
            for own, member in vars(value).items():
                inner = getattr(member, "__func__", member)
                if inspect.isfunction(inner) and not own.startswith("_"):
                    yield f"{name}.{own}", inner


CALLABLES = dict(public_callables())


def raised_by(function: Callable[..., Any]) -> set[str]:
    """Return the names of the errors that a function raises itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    raised = (each.exc for each in ast.walk(tree) if isinstance(each, ast.Raise))
    called = (each.func if isinstance(each, ast.Call) else each for each in raised)
    return {each.id for each in called if isinstance(each, ast.Name) and each.id[0] != "_"}


@pytest.mark.parametrize("name", CALLABLES)
def test_a_docstring_names_every_parameter(name: str) -> None:
    function = CALLABLES[name]
    taken = [each for each in inspect.signature(function).parameters if each not in ("self", "cls")]
    said = inspect.getdoc(function) or ""
    if taken:
        assert [each for each in taken if not re.search(rf"\b{each}\b", said)] == []


@pytest.mark.parametrize("name", CALLABLES)
def test_a_docstring_names_every_error_that_is_raised(name: str) -> None:
    _, _, section = (inspect.getdoc(CALLABLES[name]) or "").partition("\nRaises\n------\n")
    assert sorted(each for each in raised_by(CALLABLES[name]) if each not in section) == []
