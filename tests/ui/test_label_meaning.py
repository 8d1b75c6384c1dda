"""The card that says what a label file holds, and what becomes of what the visitor corrects."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

import search_core as sc
from search_ui.visit.label_meaning import LabelMeaning, proposed
from search_ui.visit.workspace import Workspace
from tests.ui.events import Events
from tests.ui.pages import text_of

pytestmark = pytest.mark.model

TASKS = ("mend a net", "tar a hull", "splice a rope", "trim a sail", "read a chart")
TEXTS = ("Knot the mesh.", "Warm the pitch.", "Tuck the strands.", "Ease the sheet.", "Find north.")
WORDS = ("superb", "so so", "poor")


def uploads(files: dict[str, str]) -> list[str]:
    folder = Path(tempfile.mkdtemp())
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [str(folder / name) for name in files]


def csv_of(words: tuple[str, ...]) -> dict[str, str]:
    rows = [
        f"{task},{text},{words[(a - b) % len(words)]}"
        for a, task in enumerate(TASKS)
        for b, text in enumerate(TEXTS)
    ]
    return {"labels.csv": "\n".join(["query,text,label", *rows])}


def qrels() -> dict[str, str]:
    return {
        "corpus.tsv": "\n".join(f"d{n}\t{text}" for n, text in enumerate(TEXTS)),
        "queries.tsv": "\n".join(f"q{n}\t{task}" for n, task in enumerate(TASKS)),
        "judged.qrels": "\n".join(
            f"q{a} 0 d{b} {2 if a == b else 0}" for a in range(5) for b in range(5)
        ),
    }


def read(events: Events, paths: list[str], *meaning: Any) -> tuple[str, Workspace]:
    """Press “Read and check” with these fields; return what is said, and the workspace."""
    form = ("csv", paths, *meaning, "count", "ours", None, None, False)
    said, *_ = events.work("_ui_read_labels", *form)
    return text_of(said), events.page.workspace(events.visitor)


def test_a_chosen_file_shows_its_columns_its_labels_and_what_they_may_mean(events: Events) -> None:
    paths = uploads(csv_of(("yes", "no", "partly")))
    said, _skip, card, words, meanings, lowest, highest, cut = events.call("_ui_show_file", paths)
    assert (said, card["visible"], cut) == ("", True, None)
    assert (lowest, highest) == (0, 2)
    assert meanings == "yes = 2, partly = 1, no = 0"
    assert "queryquery texttext labellabel" in " ".join(text_of(words).split())


def test_what_nobody_knows_is_asked_for_in_the_field_and_taken_from_there(events: Events) -> None:
    paths = uploads(csv_of(WORDS))
    *_, meanings, lowest, highest, cut = events.call("_ui_show_file", paths)
    assert meanings == "poor = ?, so so = ?, superb = ?"
    said, _ = read(events, paths, meanings, lowest, highest, cut)
    assert "superb = ? (9 rows)" in said
    said, workspace = read(events, paths, "superb = 2, so so = 1, poor = 0", None, None, None)
    assert said == ""
    assert workspace.labels.reading.meanings == {"superb": 2, "so so": 1, "poor": 0}


def test_a_range_and_the_label_that_counts_are_taken_from_their_fields(events: Events) -> None:
    paths = uploads(csv_of(("0", "1", "2")))
    _, workspace = read(events, paths, "", 0, 4, None)
    assert workspace.labels.relevance.max() == 0.5
    _, workspace = read(events, paths, "", 0, 2, 1)
    assert sorted(set(workspace.labels.relevance.tolist())) == [0, 1]
    assert workspace.labels.reading.kind == "binary"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (("superb is 2", None, None, None), "write label = number, such as good = 2, poor = 0"),
        (("superb = high", None, None, None), "“superb = high” gives no number"),
        (("superb = 1, so so = 1, poor = 0", 0, None, None), "Give both the lowest and the"),
    ],
)
def test_a_field_that_cannot_be_read_says_what_to_write(
    events: Events, fields: tuple[Any, ...], words: str
) -> None:
    said, _ = read(events, uploads(csv_of(WORDS)), *fields)
    assert words in said


def test_several_files_are_read_as_one_and_bring_their_collection(events: Events) -> None:
    paths = uploads(qrels())
    *_, words, meanings, lowest, highest, cut = events.call("_ui_show_file", paths)
    shown = " ".join(text_of(words).split())
    assert "corpus.tsvthe documents queries.tsvthe queries judged.qrelsthe labels" in shown
    said, workspace = read(events, paths, meanings, lowest, highest, cut)
    assert said == ""
    assert workspace.has_chosen_collection
    assert workspace.engine.corpus.ids == ("d0", "d1", "d2", "d3", "d4")
    assert len(workspace.labels) == 25


def test_qrels_alone_say_which_files_go_with_them(events: Events) -> None:
    said, _skip, card, *_ = events.call("_ui_show_file", uploads({"q": qrels()["judged.qrels"]}))
    assert "add the files with the texts of the queries and of the documents" in text_of(said)
    assert not card["visible"]


def test_queries_alone_say_what_they_are_and_which_files_go_with_them(events: Events) -> None:
    paths = uploads({"queries.tsv": qrels()["queries.tsv"]})
    said, _skip, card, *_ = events.call("_ui_show_file", paths)
    assert "The files lack labels" in text_of(said)
    assert "and the texts of the documents" in text_of(said)
    assert "'queries.tsv' has the queries" in text_of(said)
    assert not card["visible"]


def test_a_file_that_is_cleared_takes_its_card_away(events: Events) -> None:
    events.call("_ui_show_file", uploads(csv_of(WORDS)))
    _said, _skip, card, words, meanings, *_ = events.call("_ui_show_file", None)
    assert (card["visible"], words, meanings) == (False, "", "")
    assert not events.page.workspace(events.visitor).uploads


def test_labels_of_a_stranger_are_shown_as_text(events: Events) -> None:
    paths = uploads(csv_of(("<b>yes</b>", "no")))
    *_, words, _meanings, _low, _high, _cut = events.call("_ui_show_file", paths)
    assert "&lt;b&gt;yes&lt;/b&gt;" in words


# What the field says


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("", None),
        ("E = 3, S = 2", {"E": 3, "S": 2}),
        ("a, b = 1; c=0\nd = none", {"a, b": 1, "c": 0, "d": None}),
        ("-1 = 0, 1 = 1,", {"-1": 0, "1": 1}),
        ("good = 0.5, great = ?", {"good": 0.5}),
    ],
)
def test_meanings_are_written_as_people_write_them(
    text: str, stated: dict[str, float | None] | None
) -> None:
    assert LabelMeaning(text).stated == stated


def test_what_the_card_proposes_can_be_read_again() -> None:
    content = b"query,text,label\na,b,E\na,c,I\na,d,n/a\na,e,S\n"
    meaning = proposed(sc.outline_labels(content))
    stated = sc.read_labels(content, scale=meaning.scale, meanings=meaning.stated)
    assert stated.relevance.tolist() == sc.read_labels(content).relevance.tolist()
