"""Rows of files as they stand there, and every fault before anything is embedded."""

from __future__ import annotations

from pathlib import Path

import pytest

import search_core as sc
from search_core.bulk.checking import count_rows
from search_core.bulk.inputs import InputFile
from search_core.bulk.reading import TextFile, read_texts, with_columns

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

pytestmark = pytest.mark.peers


def opened(path: Path, text: str | None = None, id_: str | None = None) -> TextFile:
    return with_columns(InputFile(path, path.name), text, id_)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(source: TextFile) -> list[tuple[str, str]]:
    return [row for rows in read_texts(source) for row in zip(rows.ids, rows.texts, strict=True)]


def test_cells_of_a_csv_are_read_as_written(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", '\ufeffid,n,text\n007,1,NA\n8,2,"two\nlines, ""quoted"""\n')
    assert rows_of(opened(path)) == [("007", "NA"), ("8", 'two\nlines, "quoted"')]


def test_a_mark_of_inches_is_no_quote(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'id,text\n1,a 5" disk\n2,"an 8"" one\nand more"\n')
    assert rows_of(opened(path)) == [("1", 'a 5" disk'), ("2", 'an 8" one\nand more')]


def test_a_tsv_is_read_by_its_tabs(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "doc_id\tpassage\n1\ta cat, a dog\n")
    assert rows_of(opened(path)) == [("1", "a cat, a dog")]


def test_json_lines_hold_ids_that_are_numbers_or_texts_and_texts_that_look_like_dates(
    tmp_path: Path,
) -> None:
    lines = '{"id": 7, "text": "2024-01-01"}\n{"id": "07", "text": "a\\u2028b", "more": [1]}\n'
    path = written(tmp_path, "a.jsonl", lines)
    assert rows_of(opened(path)) == [("7", "2024-01-01"), ("07", "a\u2028b")]


def test_blank_lines_between_and_behind_json_lines_are_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '\n{"text": "a cat"}\n \n{"text": "a dog"}\n\n')
    assert rows_of(opened(path)) == [("a.jsonl:1", "a cat"), ("a.jsonl:2", "a dog")]


def test_columns_of_a_parquet_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"key": [1, 2], "text": ["x", "y"], "body": ["a", "b"]}), path)
    assert rows_of(opened(path, "body", "key")) == [("1", "a"), ("2", "b")]


def test_rows_without_ids_are_called_after_their_file_and_number_in_it(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "text\na cat\na dog\n")
    assert rows_of(opened(path)) == [("a.csv:2", "a cat"), ("a.csv:3", "a dog")]


def test_more_rows_than_are_read_at_once_keep_their_order(tmp_path: Path) -> None:
    table = pa.table({"id": list(range(2_345)), "text": [f"text {n}" for n in range(2_345)]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert rows_of(opened(tmp_path / "a.parquet")) == [(str(n), f"text {n}") for n in range(2_345)]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "a.csv",
            "id,words\n1,a\n",
            "has no column 'text'; say which one holds the texts; the col",
        ),
        ("a.csv", "id,text\n1,a\n2,\n", "Row 3, column 'text': the cell is empty; leave the row o"),
        ("a.csv", "id,text\n1,a\n,b\n", "Row 3, column 'id': the cell is empty; give a text or a "),
        ("a.csv", "id,text\n1,a\n2,b,c\n", "cannot be read as CSV (CSV parse error: Row #3: Expe"),
        ("a.csv", b"id,text\n1,caf\xe9\n", "cannot be read as CSV"),
        ("a.csv", "", "cannot be read as CSV (Empty CSV file); mend it, or leave it out."),
        ("a.csv", "id,text\n", "has no rows; leave it out."),
        ("a.csv", "id,text\n1,a\n1,b\n", "The id '1' stands twice in "),
        ("a.jsonl", '{"text": "a"}\n{"text": 5}\n', "Row 2, column 'text': 5 is no text; leave t"),
        ("a.jsonl", '{"id": 1, "text": "a"}\n{"text": "b"}\n', "Row 2, column 'id': the cell is e"),
        ("a.jsonl", '{"id": true, "text": "a"}\n', "Row 1, column 'id': True is no id; give a te"),
        ("a.jsonl", '{"text": "a"}\n{"text"\n', "cannot be read as JSONL (line 2: Expecting ':' "),
        ("a.jsonl", "[1]\n", "cannot be read as JSONL (line 1 holds a list in place of an object)"),
        (
            "a.csv",
            'id,text\n1,"a\n2,b\n3,c\n',
            'as CSV (a quote (") is opened and never closed); m',
        ),
        (
            "a.csv",
            'text,note\na,"x\nb,y\n',
            'as CSV (a quote (") is opened and never closed); mend',
        ),
        (
            "a.jsonl",
            '{"text": "a\\ud800"}\n',
            "Row 1, column 'text': '\\ud800' is half a character; wr",
        ),
        (
            "a.jsonl",
            '{"id": "\\ud800", "text": "a"}\n',
            "Row 1, column 'id': '\\ud800' is half a char",
        ),
        ("a.jsonl", '{"text": ' * 5_000, "cannot be read as JSONL (line 1 is nested too deep); m"),
        ("a.jsonl", b'{"text": "caf\xe9"}\n', "is not UTF-8; save it as UTF-8."),
        ("a.parquet", "no parquet", "cannot be read as Parquet (Parquet magic bytes not found in"),
    ],
)
def test_a_fault_is_one_sentence_with_the_file_and_the_row(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(sc.InputError) as fault:
        count_rows([opened(path)])
    assert told in str(fault.value)
    assert str(path) in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_column_that_is_named_and_missing_is_told_with_those_there_are(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,text\n1,a\n")
    with pytest.raises(sc.InputError, match="has no column 'body'; the columns are: id, text"):
        opened(path, "body")


def test_an_id_in_two_files_is_told_with_both(tmp_path: Path) -> None:
    first = opened(written(tmp_path, "a.csv", "id,text\n1,a\n2,b\n"))
    second = opened(written(tmp_path, "b.jsonl", '{"id": 3, "text": "c"}\n{"id": 2, "text": "d"}'))
    with pytest.raises(sc.InputError, match=r"The id '2' stands in '.*a\.csv' and in '.*b\.jsonl'"):
        count_rows([first, second])
    assert count_rows([first]) == [2]
