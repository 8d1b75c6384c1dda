from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

import search_core as sc
from search_core.calibrate.rows import MOST_ROWS
from search_core.limits import Limits

CAPS = [cap.name for cap in fields(Limits)]
CONTENT = b"query,text,relevance\na,b,1\n"


@pytest.mark.parametrize("name", CAPS)
def test_every_cap_is_set_by_its_own_variable_and_by_no_other(name: str) -> None:
    raised = Limits.from_environment({f"SCORE_SENSE_{name.upper()}": "123456789"})
    assert raised == replace(Limits(), **{name: 123_456_789})


@pytest.mark.parametrize("value", ["", "0", "-5", "many", "1e9", "10_000", "²", "٣", "5\n", " 5"])
def test_what_is_no_number_above_0_leaves_a_cap_as_it_is(value: str) -> None:
    assert Limits.from_environment({"SCORE_SENSE_DOCUMENTS": value}) == Limits()


def test_without_variables_the_caps_are_those_of_a_public_page() -> None:
    assert Limits.from_environment({}) == Limits()


def test_the_variables_of_the_process_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORE_SENSE_HITS", "77")
    assert Limits.from_environment().hits == 77


def test_a_cap_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Limits().hits = 9  # type: ignore[misc]


@pytest.mark.parametrize("room", [0, 1])
def test_a_file_up_to_the_cap_is_read(room: int) -> None:
    limits = replace(Limits(), upload_bytes=len(CONTENT) + room)
    assert len(sc.read_labels(CONTENT, limits=limits)) == 1


def test_a_file_of_one_byte_more_is_refused_with_the_cap() -> None:
    limits = replace(Limits(), upload_bytes=len(CONTENT) - 1)
    with pytest.raises(sc.LabelsError, match="more than 26 bytes, which is the most taken here"):
        sc.read_labels(CONTENT, limits=limits)


def test_of_a_file_too_long_no_more_is_read_than_shows_it() -> None:
    class Endless:
        asked = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0, "a file without end was read to its end"
            self.asked = size
            return b"x" * size

    file = Endless()
    with pytest.raises(sc.LabelsError, match="more than 1,000 bytes"):
        sc.read_labels(file, limits=replace(Limits(), upload_bytes=1_000))  # type: ignore[arg-type]
    assert file.asked == 1_001


@pytest.mark.parametrize("columns", [49, 50])
def test_columns_up_to_the_cap_are_read(columns: int) -> None:
    names = ["query", "text", "relevance", *(f"c{n}" for n in range(columns - 3))]
    row = ["a", "b", "1", *("x" for _ in range(columns - 3))]
    content = f"{','.join(names)}\n{','.join(row)}\n".encode()
    assert len(sc.read_labels(content, limits=Limits()).extra) == columns - 3


def test_51_columns_are_refused_with_both_numbers() -> None:
    names = ",".join(f"c{n}" for n in range(51)).encode()
    with pytest.raises(sc.LabelsError, match="has 51 columns; at most 50 are taken here"):
        sc.read_labels(names + b"\n" + names, limits=Limits())


@pytest.mark.parametrize("rows", [9_999, 10_000])
def test_labelled_rows_up_to_the_cap_are_read(rows: int) -> None:
    content = b"query,text,relevance\n" + b"".join(b"q,t%d,1\n" % n for n in range(rows))
    assert len(sc.read_labels(content, limits=Limits())) == rows


def test_10_001_labelled_rows_are_refused_with_the_cap() -> None:
    content = b"query,text,relevance\n" + b"".join(b"q,t%d,1\n" % n for n in range(10_001))
    with pytest.raises(sc.LabelsError, match="more than 10,000 rows, which is the most taken"):
        sc.read_labels(content, limits=Limits())


def test_the_rows_that_a_fit_takes_are_named_where_the_caps_are() -> None:
    most = f"{MOST_ROWS:,} rows"
    root = Path(__file__).resolve().parent.parent
    for name in ("README.md", "docs/space.md", "search_core/limits.py"):
        assert most in (root / name).read_text(encoding="utf-8")


def test_the_caps_do_not_bind_the_library() -> None:
    content = b"query,text,relevance\n" + b"".join(b"q,t%d,1\n" % n for n in range(10_001))
    assert len(sc.read_labels(content)) == 10_001
    assert len(sc.read_corpus(b"".join(b"line %d\n" % n for n in range(2_001)))) == 2_001
