from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, strategies as st

import search_core as sc
from tests.properties import tried

SPEECH = (
    "query\ttext\tlabel\n"
    'night frost\t"Cover the beds before dusk.\t1\n'
    "slugs\tCopper tape keeps them off.\t1\n"
    'wilting\tWater them at the root."\t0\n'
)


def test_a_double_quote_in_a_tab_separated_file_is_a_letter_and_no_row_disappears() -> None:
    labels = sc.read_labels(SPEECH.encode())
    assert labels.texts[0] == '"Cover the beds before dusk.'
    assert (labels.relevance.tolist(), labels.rows) == ([1, 1, 0], (2, 3, 4))
    assert "Double quotes are read as letters" in labels.reading.notes[0]


def test_a_ragged_row_among_bare_quotes_is_named_and_swallows_nothing() -> None:
    with pytest.raises(sc.LabelsError) as caught:
        sc.read_labels((SPEECH + "short\trow\n").encode())
    assert [each.row for each in caught.value.faults] == [5]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('id\ttext\n1\t"He said ""no"" twice"\n2\tplain\n', ('He said "no" twice', "plain")),
        ('"id"\t"text"\n"1"\t"a"\n"2"\t"b"\n', ("a", "b")),
        ('id\ttext\n1\t"two\nlines"\n2\t"a\ttab"\n', ("two\nlines", "a\ttab")),
        ('id\ttext\n1\t"Yes"\n2\tno\n', ('"Yes"', "no")),
    ],
)
def test_quotes_enclose_cells_where_the_whole_file_is_quoted_as_programs_quote(
    content: str, texts: tuple[str, ...]
) -> None:
    assert sc.read_table(content.encode()).column("text") == texts


def test_a_row_of_a_csv_that_seems_to_have_swallowed_others_is_named() -> None:
    content = 'query,text,label\na,"Begins here.,1\nb,Ends here.",0\nc,d,1\n'
    labels = sc.read_labels(content.encode())
    assert "Row 2 spans lines that look like rows of their own" in labels.reading.notes[0]


def test_a_text_of_several_lines_is_no_swallowed_row() -> None:
    content = 'query,text,label\na,"First, a line.\nThen another.",0\nc,d,1\n'
    assert sc.read_table(content.encode()).notes == ()


@pytest.mark.parametrize("line", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n'])
def test_the_line_in_which_a_spreadsheet_names_its_delimiter_is_no_row(line: str) -> None:
    table = sc.read_table((line + "text;note, if any\na;b\n").encode())
    assert (table.columns, table.rows) == (("text", "note, if any"), (2,))
    assert table.delimiter == "semicolon"


def test_a_delimiter_that_is_only_stated_is_taken() -> None:
    assert sc.read_table(b"sep=|\na|b\n1|2\n").column("b") == ("2",)


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\t\r\n\x1c\x1d\x1e\x85"), max_size=9
)
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5)


@given(ROWS)
@tried(300)
def test_any_cells_come_back_as_they_are_from_a_file_with_a_bare_quote(
    rows: list[tuple[str, str]],
) -> None:
    rows = [('"opens and never ends', "x"), *rows]
    content = "\n".join(["\t".join(row) for row in [("first", "second"), *rows]])
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert list(sc.read_table(content.encode()).cells) == kept


@given(ROWS, st.sampled_from([",", ";"]), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
@tried(300)
def test_what_a_program_writes_is_read_back_whatever_the_delimiter(
    rows: list[tuple[str, str]], delimiter: str, quoting: int
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("first", "second"), ("a", "b"), *rows])
    kept = [("a", "b"), *(row for row in rows if any(cell.strip() for cell in row))]
    assert list(sc.read_table(file.getvalue().encode()).cells) == kept


@given(ROWS)
@tried(200)
def test_what_a_program_writes_with_tabs_and_every_cell_in_quotes_is_read_back(
    rows: list[tuple[str, str]],
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL).writerows([("first", "second"), *rows])
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    if kept:
        assert list(sc.read_table(file.getvalue().encode()).cells) == kept


# JSON


@pytest.mark.parametrize(
    "content",
    [
        '{"query": "a", "text": "t", "label": 1}\n{"query": "a", "text": "u", "label": 0}',
        '[{"query": "a", "text": "t", "label": true}, {"query": "a", "text": "u", "label": false}]',
        '{"query": ["a", "a"], "text": ["t", "u"], "label": [1, 0]}',
        '{"query": {"0": "a", "1": "a"}, "text": {"0": "t", "1": "u"}, "label": {"0": 1, "1": 0}}',
        '{"version": 2, "rows": [{"query": "a", "text": "t", "label": 1}, '
        '{"query": "a", "text": "u", "label": 0}]}',
        '{"data": [{"query": "a", "text": "t", "label": 1}, '
        '{"query": "a", "text": "u", "label": 0}]}',
        '[{"user_input": "a", "retrieved_contexts": ["t", "u"], "labels": [1, 0]}]',
        '[{"query": "a", "passages": [{"text": "t", "is_selected": 1}, '
        '{"text": "u", "is_selected": 0}]}]',
        '[{"data": {"query": "a", "text": "t"}, "annotations": [{"result": [{"value": '
        '{"choices": ["Relevant"]}}]}]}, {"data": {"query": "a", "text": "u"}, "annotations": '
        '[{"result": [{"value": {"choices": ["Irrelevant"]}}]}]}]',
        '[{"fields": {"query": "a", "text": "t"}, "responses": {"relevance": [{"value": "yes"}]}}, '
        '{"fields": {"query": "a", "text": "u"}, "responses": {"relevance": [{"value": "no"}]}}]',
        '{"query": "a", "text": "t", "label": ["Y"]}\n{"query": "a", "text": "u", "label": ["N"]}',
    ],
)
def test_labels_in_json_are_read_however_they_are_nested(content: str) -> None:
    labels = sc.read_labels(content.encode())
    assert (labels.queries, labels.texts) == (("a", "a"), ("t", "u"))
    assert labels.relevance.tolist() == [1, 0]


def test_a_list_that_is_no_text_and_no_label_is_kept_as_it_is() -> None:
    content = '[{"query": "a", "text": "t", "label": 1, "tags": ["x", "y"]}]'
    assert sc.read_labels(content.encode()).extra == {"tags": ('["x", "y"]',)}


def test_bars_part_cells_where_the_header_says_so_and_nowhere_else() -> None:
    labels = sc.read_labels(b"query|text|label\ntide, spring|It turns.|1\nebb|Gulls cry.|0\n")
    assert (labels.queries, labels.relevance.tolist()) == (("tide, spring", "ebb"), [1, 0])
    titles = b"Query | Text of the day\nTide | Text of the day\n"
    assert len(sc.read_corpus(titles)) == 2
    assert sc.read_corpus(titles).texts[1] == "Tide | Text of the day"


@pytest.mark.parametrize(
    ("row", "names"),
    [("7,d1,0.5", "query_id,doc_id,relevance"), ("so it is,it is,1", "query,text")],
)
def test_a_file_without_a_header_is_told_the_names_that_its_columns_seem_to_need(
    row: str, names: str
) -> None:
    with pytest.raises(sc.LabelsError, match=f"write a header above it: {names}"):
        sc.read_labels(f"{row}\n{row}\n".encode())
