"""The counts that `benchmarks.size` prints, and the trail that `benchmarks.ways` follows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.size import (
    Module,
    Shared,
    definitions,
    function_lengths,
    import_lines,
    read_modules,
    report,
    shared_names,
    template_lines,
)
from benchmarks.ways import event, follow

SOURCE = '''"""A module."""

from os import (
    path,
)
import sys

A, (B, *C) = 1, (2, 3)
D: int = 4
table: dict[str, int] = {}
table["key"] = path


def one():
    import json

    def inner():
        return json

    return inner


class Two:
    E = sys
'''


def test_lines_of_imports_are_counted_wherever_they_stand() -> None:
    module = Module("m.py", SOURCE)
    assert module.lines == 24
    assert import_lines(module.tree) == 3 + 1 + 1


def test_names_are_those_that_a_module_defines_not_those_that_it_imports() -> None:
    assert [name for name, _ in definitions(Module("m.py", SOURCE).tree)] == [
        "A", "B", "C", "D", "table", "one", "Two",
    ]  # fmt: skip


def test_a_name_of_two_modules_is_found_and_one_that_is_set_twice_is_not() -> None:
    first = Module("a.py", "__all__ = []\nX = 1\nX = 2\nY = 1\nZ = 1\n")
    second = Module("b.py", "Y = 2\nZ  =  1  # the same\n")
    assert shared_names([first, second, Module("c.py", "__all__ = []\n")]) == [
        Shared("Y", ("a.py", "b.py"), is_copied=False),
        Shared("Z", ("a.py", "b.py"), is_copied=True),
    ]


def test_the_length_of_a_function_has_what_is_nested_in_it() -> None:
    assert list(function_lengths(Module("m.py", SOURCE))) == [(7, "m.py:one"), (2, "m.py:inner")]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout whose page calls its core twice a round."""
    files = {
        "search_core/__init__.py": "",
        "search_core/made_up.py": (
            "def double(x):\n    return 2 * x\n\n\ndef halve(x):\n    return x / 2\n"
        ),
        "search_ui/__init__.py": "",
        "search_ui/made_up.py": (
            "from search_core.made_up import double, halve\n\n\n"
            "def click(text):\n    yield from (halve(double(x)) for x in range(len(text)))\n"
        ),
        "search_ui/templates/part.html": "<p>\n</p>\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in [
        name for name in sys.modules if name.split(".")[0] in ("search_core", "search_ui")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_report_counts_a_checkout(checkout: Path) -> None:
    assert [each.path for each in read_modules(checkout, "search_ui")] == [
        "search_ui/__init__.py", "search_ui/made_up.py",
    ]  # fmt: skip
    assert template_lines(checkout) == 2
    said = list(report(checkout))
    assert "| search_ui | 2 | 5 | 20.0% |" in said
    assert "| both | 4 | 11 | 9.1% |" in said


def test_a_trail_counts_each_step_once_and_says_how_often_it_came_back(checkout: Path) -> None:
    def click(text: str) -> object:
        from search_ui.made_up import click  # type: ignore[import-not-found]

        return click(text)

    trail = follow(checkout, event({"click": click}, "click", text="four"))
    assert trail.files == ["search_ui/made_up.py", "search_core/made_up.py"]
    assert list(trail.steps) == [
        ("", "search_ui/made_up.py", "click"),
        ("search_ui/made_up.py", "search_core/made_up.py", "double"),
        ("search_ui/made_up.py", "search_core/made_up.py", "halve"),
    ]
    assert trail.returns == 1
