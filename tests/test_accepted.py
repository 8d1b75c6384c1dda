"""The tables of files and labels in docs/accepted.md: each row is run."""

from __future__ import annotations

import ast
import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

import search_core as sc
from search_core.files.tables import write_table
from search_ui.visit.dropped import opened

PAGE = Path(__file__).resolve().parent.parent / "docs" / "accepted.md"
CODE = re.compile(r"`([^`]+)`")


def rows_of(section: str) -> list[list[str]]:
    """Return the cells of each row of the table in a section."""
    text = PAGE.read_text(encoding="utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def examples(cell: str) -> list[str]:
    """Return what stands in backticks in a cell, with its line ends and tabs."""
    return [each.replace("\\n", "\n").replace("\\t", "\t") for each in CODE.findall(cell)]


def named(section: str) -> pytest.MarkDecorator:
    rows = rows_of(section)
    assert len(rows) > 4
    return pytest.mark.parametrize("row", rows, ids=[row[0].strip("`") for row in rows])


@named("Collections")
def test_a_collection_is_read_as_the_table_says(row: list[str]) -> None:
    (example,) = examples(row[1])
    assert list(sc.read_corpus(example.encode()).texts) == examples(row[2])


@named("Label files")
def test_a_label_file_is_read_as_the_table_says(row: list[str]) -> None:
    (example,) = examples(row[1])
    labels = sc.read_labels(example.encode())
    assert labels.queries == ("tide", "tide")
    assert labels.relevance.tolist() == [1, 0]
    if labels.texts:
        assert [re.sub('"', "", each) for each in labels.texts] == ["It turns.", "Gulls cry."]


@named("Several files")
def test_several_files_are_read_as_the_table_says(row: list[str]) -> None:
    files = {}
    for each in examples(row[1]):
        name, _, content = each.partition(": ")
        files[name] = content.encode()
    read = sc.read_judged_files(files)
    assert read.labels.relevance.tolist() == [1, 0]
    assert "" not in read.files.values()
    if read.corpus is None:
        assert read.labels.queries == ("q", "q")
    else:
        assert read.corpus.texts == ("It turns.", "Gulls cry.")
        assert read.labels.queries == ("tide", "tide")
    if "run" in files:
        assert read.labels.scores is not None
        assert read.labels.scores.tolist() == [9.5, 1.5]


@named("Labels")
def test_labels_are_read_as_the_table_says(row: list[str]) -> None:
    labels, stated, relevance = row
    rows = [("a", f"text {n}", label) for n, label in enumerate(examples(labels))]
    content = write_table(["query", "text", "label"], rows).replace(",'-", ",-")
    options = {}
    for each in examples(stated):
        name, _, value = each.partition("=")
        options[name] = ast.literal_eval(value)
    found = sc.read_labels(content.encode(), **options).relevance.tolist()
    assert found == pytest.approx([float(each) for each in relevance.split()], abs=1e-3)


@named("Files dropped on the page")
def test_a_file_that_is_dropped_is_opened_where_the_table_says(row: list[str]) -> None:
    begins, kind, place = row
    (content,) = examples(begins)
    head = ast.literal_eval(f"b'''{content}'''") if "\\x" in content else content.encode()
    assert sc.recognise_file("a file", head) == kind
    sent = [{"name": "a file", "head": b64encode(head).decode()}]
    (found,) = opened(json.dumps(sent))
    assert found.place.tab.capitalize() == place.split(",")[0]
    assert (found.place.choice == "scores") == ("scores alone" in place)
    if found.place.step:
        assert found.place.step.capitalize() in place
