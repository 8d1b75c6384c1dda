"""Docstrings of public names say what they take and what they raise."""

from __future__ import annotations

import ast
import inspect
import pydoc
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import score_sense
import search_core as sc

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


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


def test_help_begins_with_what_one_needs_first_in_the_order_of_the_reference() -> None:
    asked = pydoc.plain(pydoc.render_doc(score_sense))
    assert asked.index("read_score") < asked.index("to_sql")
    index = (REFERENCE / "index.md").read_text(encoding="utf-8")
    pages = [REFERENCE / f"{name}.md" for name in re.findall(r"^([a-z-]+)$", index, re.MULTILINE)]
    listed = re.findall(r"^(\S.+)\n    (.+)$", score_sense.__doc__ or "", re.MULTILINE)
    assert [title for title, _ in listed] == [
        page.read_text("utf-8")[2:].partition("\n")[0] for page in pages
    ]
    for (_, names), page in zip(listed, pages, strict=True):
        text = page.read_text("utf-8").replace(":: score_sense.", ":: ")
        described = re.findall(r"^\.\. auto\w+:: ([\w.]+)$", text, re.MULTILINE)
        assert [
            each for each in names.split(", ") if not any(d.startswith(each) for d in described)
        ] == ["CalibrationResult.threshold"] * (page.stem == "thresholds")
