from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.files.tables import is_number, json_rows, read_table, table_of, write_table
from search_core.labels.labels import labels_of
from search_core.limits import PUBLIC
from tests.properties import tried

HEADER = b"query,text,relevance\n"


def fault(content: bytes, **options: object) -> sc.InputError:
    """Return the error that a file is refused with."""
    with pytest.raises(sc.InputError) as caught:
        read_table(content, **options)  # type: ignore[arg-type]
    return caught.value


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "x")
    return file.getvalue()


# How a file is read


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with BOM"), ("utf-16", "UTF-16")],
)
def test_an_encoding_is_known_by_its_mark_and_said(encoding: str, words: str) -> None:
    table = read_table("wörter,číslo\nüber,1\n".encode(encoding))
    assert table.columns == ("wörter", "číslo")
    assert table.cells == (("über", "1"),)
    assert table.encoding == words


def test_utf_16_of_either_byte_order_is_read() -> None:
    text = "a,b\nж,1\n"
    big_endian = b"\xfe\xff" + text.encode("utf-16-be")
    assert read_table(big_endian).cells == read_table(text.encode("utf-16")).cells


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("a,b", "comma"),
        ("a;b", "semicolon"),
        ("a\tb", "tab"),
        ("a", "comma"),
        ('"a,b,c";d', "semicolon"),  # commas inside quotes part no cells
        ("a,b;c", "comma"),  # as many of each: the comma
    ],
)
def test_the_delimiter_is_taken_from_the_header_and_said(header: str, words: str) -> None:
    row = header.replace("a", "1").encode()
    assert read_table(header.encode() + b"\n" + row).delimiter == words


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(end: str) -> None:
    table = read_table(f"a,b{end}1,2{end}{end}3,4{end}".encode())
    assert table.cells == (("1", "2"), ("3", "4"))
    assert table.rows == (2, 4)


def test_a_path_bytes_and_open_files_are_read_alike(tmp_path: Path) -> None:
    content = "a,b\nü,1\n".encode()
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    cells = read_table(content).cells
    assert read_table(path).cells == cells
    assert read_table(str(path)).cells == cells
    assert read_table(io.BytesIO(content)).cells == cells
    with path.open(encoding="utf-8") as file:
        assert read_table(file).cells == cells


def test_an_open_text_file_is_decoded_already_whatever_encoding_is_named() -> None:
    assert read_table(io.StringIO("a\nü\n"), encoding="latin-1").cells == (("ü",),)


def test_latin_1_is_read_only_when_it_is_asked_for() -> None:
    content = "a,b\ncafé,1\n".encode("latin-1")
    table = read_table(content, encoding="latin-1")
    assert table.cells == (("café", "1"),)
    assert table.encoding == "latin-1"
    assert fault(content).row == 2


def test_a_row_with_line_breaks_in_quotes_is_one_row_as_in_a_spreadsheet() -> None:
    table = read_table(b'a,b\n"one\ntwo\n\nthree",1\nx,2\n')
    assert table.rows == (2, 3)
    assert table.column("a") == ("one\ntwo\n\nthree", "x")


def test_empty_rows_are_left_out_but_counted() -> None:
    assert read_table(b"a,b\n\n1,2\n,\n3,4\n").rows == (3, 5)


def test_names_lose_the_blanks_around_them_and_keep_their_capitals() -> None:
    assert read_table(b"  Query , TEXT\n1,2\n").columns == ("Query", "TEXT")


def test_a_column_without_a_name_is_called_by_its_number() -> None:
    assert read_table(b",query,\n0,a,\n").columns == ("column 1", "query", "column 3")


@pytest.mark.parametrize(
    "cell",
    [
        "مرحبا بالعالم",  # right to left
        "👩‍👩‍👧‍👦 family",  # joined emoji
        "e\u0301a\u0308",  # combining marks
        "zero\u200bwidth\ufeff",
        "line\u2028separator\x85",
    ],
)
def test_unusual_text_comes_through_untouched(cell: str) -> None:
    assert read_table(f"a,b\n{cell},1\n".encode()).column("a") == (cell,)


def test_a_lone_surrogate_in_text_becomes_a_question_mark() -> None:
    assert read_table(io.StringIO("a,b\nx\ud800y,1\n")).column("a") == ("x?y",)


# How a file is refused


@pytest.mark.parametrize("content", [b"", b"  \n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert "The file is empty; choose another" in str(fault(content))


@pytest.mark.parametrize("content", [b"a,b\n", b"a,b", b"a,b\n\n , \n"])
def test_a_header_alone_is_refused(content: bytes) -> None:
    assert "has a header but no rows; add at least one" in str(fault(content))


@pytest.mark.parametrize("content", [b"\na,b\n1,2\n", b",,\n1,2,3\n"])
def test_an_empty_header_is_refused(content: bytes) -> None:
    error = fault(content)
    assert "Row 1 is empty; write the names" in str(error)
    assert error.row == 1


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("table.csv"), "a zip archive"),
        (zipped("xl/workbook.xml"), "an Excel workbook (.xlsx)"),
        (b"PK\x05\x06" + b"\0" * 18, "an empty zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_another_kind_of_file_is_called_what_it_is(content: bytes, kind: str) -> None:
    assert f"The file is {kind}, not a CSV; open it and save" in str(fault(content))


def test_a_byte_that_is_not_utf_8_is_named_with_its_row_and_a_remedy() -> None:
    error = fault(HEADER + b'"two\nlines",b,1\na,caf\xe9,0\n')
    assert error.row == 3
    assert "Row 3 holds the byte 0xE9, which is not UTF-8" in str(error)
    assert "save the file as “CSV UTF-8”" in str(error)


def test_the_encoding_that_a_program_can_name_is_told_as_a_program_names_it() -> None:
    content = HEADER + b"a,caf\xe9,0\n"
    assert "a program can name another encoding, such as latin-1" in str(fault(content))
    assert read_table(content, encoding="latin-1").column("text") == ("café",)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG picture"),
        (b"GIF89a\x01\0\x01\0", "a GIF picture"),
    ],
)
def test_a_picture_is_called_what_it_is(content: bytes, kind: str) -> None:
    assert f"The file is {kind}, not a text; choose a CSV" in str(fault(content))


@pytest.mark.parametrize("content", [b"\x4f\xcd\0\x31\xfe", "a,b\nü,1\n".encode("utf-16-le")])
def test_bytes_that_are_neither_utf_8_nor_free_of_nul_are_called_no_text(content: bytes) -> None:
    error = fault(content)
    assert "The file is no text: it holds NUL bytes; choose a CSV or a text file" in str(error)
    assert error.row is None


def test_half_a_character_of_utf_16_is_named_with_its_row() -> None:
    error = fault("a,b\n1,2\n".encode("utf-16") + b"\x31")
    assert error.row == 3
    assert "not UTF-16" in str(error)


def test_a_nul_byte_is_named_with_its_row_and_a_remedy() -> None:
    error = fault(HEADER + b'"two\nlines",b,1\na,b\0,1\n')
    assert error.row == 3
    assert "Row 3 holds a NUL byte, which no text does; save the table" in str(error)


def test_utf_16_without_its_mark_is_refused_for_its_nul_bytes() -> None:
    assert "NUL" in str(fault("a,b\n1,2\n".encode("utf-16-le")))


def test_a_quote_that_is_never_closed_is_named_with_the_row_that_opens_it() -> None:
    error = fault(HEADER + b'a,b,1\n"a\nb",c,1\n"d,e,0\nf,g,1\n')
    assert error.row == 4
    assert "Row 4 opens a double quote that is never closed; close it" in str(error)


def test_text_after_a_closing_quote_is_refused_with_its_row() -> None:
    error = fault(HEADER + b'a,"b" c,1\n')
    assert error.row == 2
    assert 'write the inner quote as ""' in str(error)


@pytest.mark.parametrize(
    ("row", "cells"), [(b"a,b", 2), (b"a,b,1,extra", 4), (b"one, two, three,four,1", 5)]
)
def test_a_ragged_row_is_refused_with_its_number_and_both_counts(row: bytes, cells: int) -> None:
    error = fault(HEADER + b"a,b,1\n\n" + row + b"\n")
    assert error.row == 4
    assert f"Row 4 has {cells} cells, but the header has 3; put texts" in str(error)


@pytest.mark.parametrize("header", [b"a,a", b"Query, query ", b"b,x,B"])
def test_a_name_given_twice_is_refused_whatever_its_case_and_blanks(header: bytes) -> None:
    error = fault(header + b"\n" + b",".join(b"1" for _ in header.split(b",")))
    assert error.row == 1
    assert "twice; rename one of them" in str(error)


def test_a_file_that_is_not_there_is_called_by_its_name_but_not_its_folder(tmp_path: Path) -> None:
    with pytest.raises(sc.InputError, match=r"'gone.csv' cannot be read \(FileNotFound") as caught:
        read_table(tmp_path / "gone.csv")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("problem", [OSError("gone"), ValueError("I/O operation on closed file")])
def test_a_file_that_vanishes_half_way_is_refused(problem: Exception) -> None:
    class Vanishing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise problem

    with pytest.raises(sc.InputError, match=r"cannot be read .* choose it again"):
        read_table(Vanishing())


def test_what_is_no_file_at_all_is_refused() -> None:
    with pytest.raises(sc.InputError, match="A NoneType was given; give a path"):
        read_table(None)  # type: ignore[arg-type]


def test_an_unknown_encoding_is_refused() -> None:
    assert "There is no encoding 'klingon'" in str(fault(b"a\n1\n", encoding="klingon"))


def test_the_fault_is_raised_as_the_kind_that_was_asked_for() -> None:
    assert type(fault(b"", error=sc.CorpusError)) is sc.CorpusError


# Large files: the message comes without the file being parsed to its end


@pytest.mark.parametrize("length", [99_999, 100_000])
def test_a_line_up_to_the_cap_is_read(length: int) -> None:
    row = b"a,b," + b"1" * (length - 4)
    assert read_table(HEADER + row, limits=PUBLIC).rows == (2,)


def test_a_longer_line_is_refused_with_its_row() -> None:
    error = fault(HEADER + b'"c\nd",e,1\na,b,' + b"1" * 99_997, limits=PUBLIC)
    assert error.row == 3
    assert "Row 3 has 100,001 characters in one line; at most 100,000" in str(error)


def test_a_line_of_10_mb_is_read_where_nothing_is_capped_and_refused_where_it_is() -> None:
    content = HEADER + b"a," + b"x" * 10_000_000 + b",1\n"
    assert len(read_table(content).column("text")[0]) == 10_000_000
    assert "more than 5,000,000 bytes" in str(fault(content, limits=PUBLIC))


@pytest.mark.parametrize(
    "content",
    [
        b"a" + b"," * 1_000_000 + b"\n1\n",
        HEADER + b"," * 1_000_000 + b"x",
        b"a" + b'"",' * 300_000 + b"\n1\n",
    ],
)
def test_a_million_commas_are_refused(content: bytes) -> None:
    assert isinstance(fault(content), sc.InputError)
    assert fault(content, limits=PUBLIC).row in (1, 2)


def test_a_long_name_is_cut_in_a_message() -> None:
    assert len(str(fault(b"n" * 90_000 + b"," + b"n" * 90_000 + b"\n1,2\n"))) < 300


@pytest.mark.parametrize("cell", [b"1" * 200_000 + b"x", b"-" * 200_000, b"1e" * 100_000])
def test_a_long_cell_that_is_nearly_a_number_is_decided_without_trying_every_split(
    cell: bytes,
) -> None:
    assert not is_number(cell.decode())


# Writing


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "-"]
)
def test_a_cell_that_a_spreadsheet_might_run_gets_an_apostrophe(cell: str) -> None:
    ((_, written),) = list(csv.reader(io.StringIO(write_table(["a", "b"], [("x", cell)]), "")))[1:]
    assert written == "'" + cell


@pytest.mark.parametrize("cell", ["-1", "+0.5", "-1e-05", "-.5", -3, -0.25, "1", "a=b", "a-b", ""])
def test_a_number_and_harmless_text_are_written_as_they_are(cell: object) -> None:
    written = write_table(["a", "b"], [("x", cell)])
    assert list(csv.reader(io.StringIO(written)))[1] == ["x", str(cell)]


def test_a_name_of_a_column_is_made_safe_too() -> None:
    assert write_table(["=1+1"], [("x",)]).startswith("'=1+1")


def test_nothing_is_written_as_an_empty_cell() -> None:
    assert write_table(["a", "b"], [("x", None)]) == "a,b\r\nx,\r\n"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("1", True), ("-1.5e+3", True), ("1.", True), (".5", True), ("1,5", False), ("", False),
     ("nan", False), ("inf", False), ("1e", False), (" 1", False), ("٣", False), ("0x1", False)],
)  # fmt: skip
def test_a_number_has_a_decimal_point_and_digits_alone(cell: str, expected: bool) -> None:
    assert is_number(cell) is expected


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
NAMES = st.text("abcxyz =+-@é", min_size=1, max_size=6).filter(str.strip).map(str.strip)


@st.composite
def tables(draw: Callable[..., object]) -> tuple[list[str], list[list[str]]]:
    columns = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold))
    assert isinstance(columns, list)
    row = st.lists(CELLS, min_size=len(columns), max_size=len(columns))
    rows = draw(
        st.lists(row.filter(lambda cells: any(map(str.strip, cells))), min_size=1, max_size=5)
    )
    assert isinstance(rows, list)
    return columns, rows


def unescaped(cell: str) -> str:
    inner = cell[1:]
    dangerous = inner.startswith(("=", "+", "-", "@", "\t", "\r"))
    return inner if cell.startswith("'") and dangerous and not is_number(inner) else cell


@given(tables())
@tried(100)
def test_what_is_written_is_read_back_but_for_the_apostrophes(
    table: tuple[list[str], list[list[str]]],
) -> None:
    columns, rows = table
    # A cell that already looked escaped cannot be told from one that was.
    expected = [tuple(unescaped(cell) for cell in row) for row in rows]
    read = read_table(write_table(columns, rows).encode())
    assert [unescaped(name) for name in read.columns] == [unescaped(name) for name in columns]
    assert [tuple(unescaped(cell) for cell in row) for row in read.cells] == expected


PIECES = st.sampled_from(
    [b"query", b"text", b"relevance", b"id", b"score", b",", b";", b"\t", b"\n", b"\r", b'"', b'""',
     b"0", b"1", b"1e400", b"yes", b"%", b"\0", b"\xe9", b"\xff\xfe", b"\xef\xbb\xbf",
     b"PK\x03\x04", "é".encode(), "\u202e".encode(), b"'", b" "]
)  # fmt: skip
ANY_BYTES = st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=40).map(b"".join))


@given(ANY_BYTES, st.sampled_from([None, "latin-1", "utf-16"]), st.booleans())
@tried(300)
def test_any_bytes_give_a_table_or_an_error_in_words(
    content: bytes, encoding: str | None, capped: bool
) -> None:
    limits = replace(PUBLIC, line_characters=20, columns=3, upload_bytes=60) if capped else None
    table, refused = None, None
    try:
        table = read_table(content, encoding=encoding, limits=limits)
    except sc.InputError as error:
        refused = error
    if table is None:
        assert str(refused).endswith(".")
        return
    assert all(len(row) == len(table.columns) for row in table.cells)
    assert len(table.rows) == len(table.cells) == len(set(table.rows))


# Rows in JSON


def test_json_lines_become_a_table_whose_cells_stand_as_they_were_written() -> None:
    text = '{"query": "a", "score": 0.50, "n": 1}\n\n{"query": "b", "n": null}\n'
    table = table_of(json_rows(text))
    assert table.columns == ("query", "score", "n")
    assert table.cells == (("a", "0.50", "1"), ("b", "", ""))
    assert table.rows == (1, 2)


def test_a_csv_is_no_json() -> None:
    assert json_rows("query,score\na,1\n") is None


def test_rows_of_texts_are_no_table_and_said_to_be_none() -> None:
    with pytest.raises(sc.InputError, match="Row 1 is no object"):
        table_of(json_rows('["a", "b"]'))


@pytest.mark.parametrize("other", ["query", " Query "])
def test_columns_that_differ_only_in_case_or_blanks_are_refused(other: str) -> None:
    sentence = f"both a column 'Query' and a column '{other}', which count as one; rename one"
    with pytest.raises(sc.InputError, match=sentence):
        table_of([{"Query": "a", other: "b"}])
    with pytest.raises(sc.InputError, match=sentence):
        table_of([{"Query": "a"}, {other: "b"}])
    with pytest.raises(sc.LabelsError, match=sentence):
        labels_of([{"Query": "a", other: "b", "text": "t", "relevance": 1}])
