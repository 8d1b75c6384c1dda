from __future__ import annotations

import pytest

import search_core as sc
from search_core.files.tables import write_table


def outline(labels: list[object]) -> sc.LabelOutline:
    rows = [("a", f"text {n}", label, "x") for n, label in enumerate(labels)]
    content = write_table(["question", "text", "rating", "page"], rows).replace(",'-", ",-")
    return sc.outline_labels(content.encode())


def test_an_outline_says_what_each_column_is_taken_for() -> None:
    columns = {each.name: each.taken_for for each in outline([0, 1]).columns}
    assert columns == {"question": "query", "text": "text", "rating": "label", "page": ""}


@pytest.mark.parametrize(
    ("labels", "proposed", "scale"),
    [
        (["E", "S", "E", "I"], [("E", 2, 3), ("S", 1, 2), ("I", 1, 0)], (0, 3)),
        (["up", "down"], [("up", 1, 1), ("down", 1, 0)], (0, 1)),
        ([0, 2, 2], [("2", 2, 2), ("0", 1, 0)], (0, 2)),
        ([-1, 1], [("1", 1, 1), ("-1", 1, 0)], (0, 1)),
        ([-1, 0, 1], [("1", 1, 1), ("-1", 1, 0), ("0", 1, None)], (0, 1)),
        (["50%", "80%"], [("80%", 1, 80), ("50%", 1, 50)], (0, 100)),
    ],
)
def test_an_outline_proposes_a_meaning_for_each_label_and_their_scale(
    labels: list[object], proposed: list[tuple[str, int, float]], scale: tuple[float, float]
) -> None:
    found = outline(labels)
    assert [(each.label, each.rows, each.meaning) for each in found.labels] == proposed
    assert (found.lowest, found.highest) == scale


def test_an_outline_shows_labels_that_nobody_knows_and_refuses_none() -> None:
    found = outline(["great", "great", "good"])
    assert [(each.label, each.is_known) for each in found.labels] == [
        ("good", True),
        ("great", False),
    ]


def test_an_outline_asks_what_it_cannot_tell() -> None:
    assert "Thumbs: -1 = 0, 0 = none, 1 = 1" in outline([-1, 0, 1]).questions[0]
    between = outline(["up", 0, "down"])
    assert [(each.label, each.meaning) for each in between.labels] == [
        ("up", 1.0),
        ("down", 0.0),
        ("0", None),
    ]
    assert "Label 0 beside up and down can mean two things" in between.questions[0]
    assert "such as 0–4, give it" in outline([0, 1, 3]).questions[0]
    assert outline(["yes", "no"]).questions == ()


def test_very_many_labels_are_measurements_and_are_not_listed() -> None:
    found = outline([n / 100 for n in range(60)])
    assert (found.labels, found.rows, found.highest) == ((), 60, 1)


@pytest.mark.parametrize("content", [b"query,text\na,b\n", b"q1 0 d1 1\n", b""])
def test_a_file_without_labels_has_no_outline(content: bytes) -> None:
    with pytest.raises(sc.LabelsError):
        sc.outline_labels(content)


def test_a_file_in_which_nobody_labelled_anything_has_an_outline_that_says_so() -> None:
    assert "No row has a label" in outline(["n/a", "n/a"]).questions[0]


def test_what_is_proposed_reads_the_file_as_it_is_read_without() -> None:
    content = b"query,text,label\na,b,exact\na,c,partial\na,d,irrelevant\n"
    found = sc.outline_labels(content)
    assert found.lowest is not None
    assert found.highest is not None
    stated = sc.read_labels(
        content,
        meanings={each.label: each.meaning for each in found.labels},
        scale=(found.lowest, found.highest),
    )
    assert stated.relevance.tolist() == sc.read_labels(content).relevance.tolist()


def test_labels_that_nobody_can_read_are_not_called_missing() -> None:
    outline = sc.outline_labels(b"query,text,label\na,b,A\na,c,C\n")
    assert [each.is_known for each in outline.labels] == [False, False]
    assert outline.questions == (
        "None of these labels has a known meaning; give each a number, or none to leave its rows "
        "out.",
    )
