from __future__ import annotations

import json
import math
import re
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.files.tables import write_table
from search_core.labels.labels import Contradictions
from search_core.limits import PUBLIC
from tests.properties import tried


def csv_of(relevance: list[object], name: str = "relevance") -> bytes:
    """Return a file of one query, with one text for each judgement."""
    rows = [("a question", f"text {n}", value) for n, value in enumerate(relevance)]
    return write_table(["query", "text", name], rows).encode()


def fault(content: bytes, **options: object) -> sc.LabelsError:
    """Return the error that a file is refused with."""
    with pytest.raises(sc.LabelsError) as caught:
        sc.read_labels(content, **options)  # type: ignore[arg-type]
    return caught.value


# The scale that people judged on


@pytest.mark.parametrize(
    ("judgements", "kind", "lowest", "highest"),
    [
        ([0, 1, 1], "binary", 0, 1),
        (["0.0", "1.0"], "binary", 0, 1),
        (["true", "FALSE", " Yes ", "no"], "binary", 0, 1),
        (["yes", 0, 1], "binary", 0, 1),
        ([1, 1], "binary", 0, 1),
        ([0, 0.5, 1], "graded", 0, 1),
        ([0, 1, 2], "graded", 0, 2),
        ([0, 2, 3], "graded", 0, 3),
        ([1, 2, 3], "graded", 1, 3),
        ([2, 3], "graded", 1, 3),
        ([1, 4], "graded", 1, 4),
        ([0.5, 4], "graded", 0, 4),
        ([1, 2, 5], "graded", 1, 5),
        ([0, 5], "graded", 0, 5),
        ([0, 7, 10], "graded", 0, 10),
        ([1, 10], "graded", 1, 10),
        ([20, 100], "graded", 1, 100),
        ([0, 55.5, 100], "graded", 0, 100),
        (["0%", "50 %", "80%"], "graded", 0, 100),
        (["0.5%", "1%"], "graded", 0, 100),
    ],
)
def test_the_scale_is_recognised(
    judgements: list[object], kind: str, lowest: float, highest: float
) -> None:
    labels = sc.read_labels(csv_of(judgements))
    reading = labels.reading
    assert (reading.kind, reading.lowest, reading.highest) == (kind, lowest, highest)
    expected = (labels.judgements - lowest) / (highest - lowest)
    assert labels.relevance.tolist() == expected.tolist()
    assert not reading.notes


@pytest.mark.parametrize(
    ("judgements", "lowest", "highest"),
    [([0, 3, 7], 0, 7), ([2, 6], 1, 6), ([0, 250], 0, 250)],
)
def test_an_unusual_scale_runs_up_to_the_highest_found_and_says_so(
    judgements: list[object], lowest: float, highest: float
) -> None:
    reading = sc.read_labels(csv_of(judgements)).reading
    assert (reading.lowest, reading.highest) == (lowest, highest)
    assert "no usual scale; give yours" in reading.notes[0]


@pytest.mark.parametrize(
    ("judgements", "scale", "relevance", "kind"),
    [
        ([0, 1], (0, 3), [0, 1 / 3], "graded"),
        ([0, 1], (0, 1), [0, 1], "binary"),
        ([-2, 0, 2], (-2, 2), [0, 0.5, 1], "graded"),
        ([7, 7], (0, 10), [0.7, 0.7], "graded"),
        (["50%", "100%"], (50, 100), [0, 1], "graded"),
    ],
)
def test_a_stated_scale_is_taken_as_stated(
    judgements: list[object], scale: tuple[float, float], relevance: list[float], kind: str
) -> None:
    labels = sc.read_labels(csv_of(judgements), scale=scale)
    assert labels.relevance.tolist() == pytest.approx(relevance)
    assert labels.reading.kind == kind


@pytest.mark.parametrize("name", ["relevance", "label", "score_human", " Relevance ", "LABEL"])
def test_the_column_of_judgements_has_several_names(name: str) -> None:
    assert sc.read_labels(csv_of([0, 1], name)).relevance.tolist() == [0, 1]


def test_relevance_comes_before_label_and_the_other_is_carried_along() -> None:
    labels = sc.read_labels(b"label,query,text,relevance\nfine,a,b,1\nbad,c,d,0\n")
    assert labels.relevance.tolist() == [1, 0]
    assert labels.extra == {"label": ("fine", "bad")}


# Judgements that cannot be read: row, column, what stood there, what to do


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("inf", "'inf' is not a finite number"),
        ("-Infinity", "'-Infinity' is not a finite number"),
        ("1e400", "'1e400' is not a finite number"),
        ("fine", "'fine' is not a finite number; write one such as 0, 1 or 0.5, or say what it"),
        ("good", "'good' is a word among grades; write a number, or say what it means"),
        ("1  000", "'1  000' is not a finite number"),
        ("0x1", "'0x1' is not a finite number"),
        ("yes", "'yes' is a word among grades; write a number"),
        ("50%", "some rows have a percent sign and some do not; write all of them one way"),
        ("-9", "-9 lies outside the scale 0–5; correct it, or give the scale"),
    ],
)
def test_a_judgement_that_cannot_be_read_is_named_with_row_and_remedy(
    cell: str, words: str
) -> None:
    rows = [("q", f"text {n}", n) for n in range(6)] + [("two\nlines", "text", cell)]
    error = fault(write_table(["query", "text", "Relevance"], rows).replace("'-", "-").encode())
    assert (error.row, error.column) == (8, "Relevance")
    assert str(error).startswith("Row 8, column 'Relevance': ")
    assert words in str(error)


def test_a_grade_above_a_stated_scale_is_named_with_its_row() -> None:
    error = fault(csv_of([0, 5, 7]), scale=(0, 5))
    assert (error.row, error.column) == (4, "relevance")
    assert "7 lies outside the scale 0–5" in str(error)


def test_a_percentage_above_100_is_named_with_its_row() -> None:
    assert fault(csv_of(["50%", "120%"])).row == 3


@pytest.mark.parametrize("scale", [(5, 0), (3, 3), (0, math.nan), (-math.inf, 1)])
def test_a_stated_scale_must_rise(scale: tuple[float, float]) -> None:
    assert "give its lowest value, then its highest" in str(fault(csv_of([0, 1]), scale=scale))


@pytest.mark.parametrize("scale", [(0,), (0, 1, 2), 3, ("a", "b"), "03", (0, 10**400)])
def test_a_stated_scale_is_two_numbers(scale: object) -> None:
    assert "give its lowest value, then its highest" in str(fault(csv_of([0, 1]), scale=scale))


@pytest.mark.parametrize(
    ("judgements", "scale"),
    [([1e308, -1e308], None), ([0, 1.7e308, 1.6e308], None), ([0, 1], (-1e308, 1e308))],
)
def test_grades_too_far_apart_to_be_told_apart_are_refused(
    judgements: list[object], scale: tuple[float, float] | None
) -> None:
    error = fault(csv_of(judgements), scale=scale, contradictions="mean")
    assert "too wide a scale" in str(error)


@pytest.mark.parametrize("value", [7, 8])
def test_one_value_alone_on_an_unknown_scale_is_refused_and_says_why(value: float) -> None:
    content = b"query,text,relevance\na,b,%g\nc,d,%g\n" % (value, value)
    assert f"Every label is {value:g}, so there is nothing to learn" in str(fault(content))


# Columns and shapes


def test_a_query_with_a_text() -> None:
    labels = sc.read_labels("relevance,text,query\n1,Bär,où ?\n".encode())
    assert (labels.queries, labels.texts, labels.doc_ids) == (("où ?",), ("Bär",), ())
    assert labels.scores is None
    assert labels.rows == (2,)


def test_a_query_with_the_id_of_a_document() -> None:
    labels = sc.read_labels(b"query;doc_id;relevance\na; d7 ;1\n")
    assert (labels.texts, labels.doc_ids) == ((), ("d7",))
    assert labels.reading.delimiter == "semicolon"


@pytest.mark.parametrize("name", ["query", "query_id"])
def test_scores_alone(name: str) -> None:
    labels = sc.read_labels(f"{name},score,relevance\nq1,-0.25,1\nq1,1e3,0\n".encode())
    assert labels.scores is not None
    assert labels.scores.tolist() == [-0.25, 1000.0]
    assert (labels.queries, labels.texts, labels.doc_ids) == (("q1", "q1"), (), ())


def test_a_run_file_without_the_words_of_its_queries_is_scores_alone() -> None:
    labels = sc.read_labels(b"query_id,doc_id,score,relevance\nq1,d1,3,1\nq1,d2,2,0\n")
    assert labels.doc_ids == ()
    assert labels.extra == {"doc_id": ("d1", "d2")}


def test_text_is_used_where_both_text_and_doc_id_stand_and_nothing_is_lost() -> None:
    labels = sc.read_labels(b"query_id,query,doc_id,text,relevance\n1,a,d1,b,1\n")
    assert (labels.texts, labels.doc_ids) == (("b",), ())
    assert labels.extra == {"query_id": ("1",), "doc_id": ("d1",)}
    assert "the text is used" in labels.reading.notes[0]


def test_other_columns_are_carried_through_untouched() -> None:
    labels = sc.read_labels(b",query, Judge ,text,relevance\n0,a, Ann ,b,1\n1,a,=1+1,c,0\n")
    assert labels.extra == {"column 1": ("0", "1"), "Judge": (" Ann ", "=1+1")}


def test_the_split_is_read_whatever_its_case() -> None:
    labels = sc.read_labels(b"query,text,relevance,Split\na,b,1,Train\na,c,0,test\na,d,0,\n")
    assert labels.split == ("train", "test", "")


def test_a_split_of_another_name_is_refused_with_its_row() -> None:
    error = fault(b"query,text,relevance,Split\na,b,1,train\na,c,0,dev\n")
    assert (error.row, error.column) == (3, "Split")
    assert "'dev' is neither train nor test; write one, or nothing" in str(error)


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("subject,text,relevance", ["'query' (or question, search, prompt, q)"]),
        ("query_id,text,relevance", ["'query'"]),
        ("query,reply,relevance", ["'text', 'doc_id' or 'score' (or document, passage, content"]),
        ("query,text,opinion", ["'relevance' (or label, rating, grade, relevant, judgement)"]),
        ("subject,reply,opinion", ["'query'", " and none 'text'", " and none 'relevance'"]),
    ],
)
def test_missing_columns_are_named_at_once_beside_those_that_were_found(
    header: str, missing: list[str]
) -> None:
    error = fault(header.encode() + b"\na,b,1\n")
    found = header.replace(",", ", ")
    assert str(error).startswith("There is no column ")
    assert all(words in str(error) for words in missing)
    assert f"name one so in the header; the columns found are: {found}." in str(error)


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (
            "question,passage,rating",
            {"query": "question", "text": "passage", "relevance": "rating"},
        ),
        (
            "Search Query,Document,is-relevant",
            {"query": "Search Query", "text": "Document", "relevance": "is-relevant"},
        ),
        ("q,answer,judgment", {"query": "q", "text": "answer", "relevance": "judgment"}),
        ("query,corpus-id,grade", {"doc_id": "corpus-id", "relevance": "grade"}),
        ("prompt,distance,y", {"query": "prompt", "score": "distance", "relevance": "y"}),
        ("query,text,label", {}),
        ("query,text,score_human", {}),
        (" QUERY ,Doc ID,Relevance", {}),
    ],
)
def test_usual_names_of_columns_are_read_and_told_of(header: str, columns: dict[str, str]) -> None:
    labels = sc.read_labels(f"{header}\n a cat,1,1\na dog,2,0\n".encode())
    assert labels.relevance.tolist() == [1, 0]
    assert labels.queries == (" a cat", "a dog")
    assert labels.reading.columns == columns
    said = [each.sentence for each in sc.diagnose(labels)]
    assert [each for each in said if "is read as the" in each] == list(sc.column_words(columns))


def test_an_exact_name_wins_over_a_usual_one_and_nothing_is_told() -> None:
    labels = sc.read_labels(b"question,query,answer,text,rating,relevance\nno,q,no,t,5,1\n")
    assert (labels.queries, labels.texts, labels.relevance.tolist()) == (("q",), ("t",), [1])
    assert labels.extra == {"question": ("no",), "answer": ("no",), "rating": ("5",)}
    assert labels.reading.columns == {}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("query,passage,context,label", "Both 'passage' and 'context' could hold the text"),
        ("question,prompt,text,label", "Both 'question' and 'prompt' could hold the query"),
        ("query,text,Rating,grade", "Both 'Rating' and 'grade' could hold the label"),
        ("query,doc-id,doc_id,label", "Both 'doc-id' and 'doc_id' could hold the id of the doc"),
    ],
)
def test_of_two_columns_that_could_be_the_same_one_is_to_be_renamed(
    header: str, words: str
) -> None:
    message = str(fault(header.encode() + b"\na,b,c,1\n"))
    assert message.startswith(words)
    assert "; rename the column that does to '" in message


def test_an_id_or_a_similarity_beside_a_text_is_carried_along() -> None:
    labels = sc.read_labels(b"query,text,relevance,id,similarity\na,b,1,7,\n")
    assert (labels.doc_ids, labels.scores) == ((), None)
    assert labels.extra == {"id": ("7",), "similarity": ("",)}
    assert labels.reading.columns == {}
    assert labels.reading.notes == (
        "Column 'similarity' is not used as the score: some of its cells are no numbers.",
    )


def test_scores_beside_texts_are_read_by_their_usual_names_too() -> None:
    labels = sc.read_labels(b"query,text,rerank_score,label\na,b,3.5,1\na,c,-2,0\n")
    assert labels.scores is not None
    assert labels.scores.tolist() == [3.5, -2]
    assert labels.reading.columns == {"score": "rerank_score"}


def test_of_two_scores_beside_texts_neither_is_guessed() -> None:
    labels = sc.read_labels(b"query,text,bm25,cosine,label\na,b,3.5,1,1\na,c,-2,0,0\n")
    assert labels.scores is None
    assert "Both 'cosine' and 'bm25' could be scores" in labels.reading.notes[0]


def test_a_table_of_pairs_is_read_as_query_and_text() -> None:
    labels = sc.read_labels(b"sentence1,sentence2,label\na cat,a dog,0\n")
    assert (labels.queries, labels.texts) == (("a cat",), ("a dog",))
    assert sc.column_words(labels.reading.columns) == (
        "Column 'sentence1' is read as the query.",
        "Column 'sentence2' is read as the text.",
    )


@pytest.mark.parametrize("name", ["score", "similarity_score"])
def test_a_score_that_could_be_the_label_is_asked_about_and_never_guessed(name: str) -> None:
    message = str(fault(f"query,text,{name}\na,b,0.5\n".encode()))
    assert "There is no column 'relevance'" in message
    assert f"If people gave the numbers in '{name}', rename it to 'relevance'" in message


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("relevant", "not relevant"),
        ("Relevant", "Not_Relevant"),
        ("relevant", "irrelevant"),
        ("yes", "no"),
        ("Y", "N"),
        ("good", "bad"),
        ("right", "wrong"),
        ("correct", "incorrect"),
        ("match", "no-match"),
    ],
)
def test_words_for_relevant_and_not_are_read(yes: str, no: str) -> None:
    labels = sc.read_labels(csv_of([yes, no]))
    assert labels.relevance.tolist() == [1, 0]
    assert labels.reading.kind == "binary"


def test_a_grade_among_words_is_at_fault_where_most_rows_are_words() -> None:
    error = fault(csv_of(["yes", "no", "yes", 7, 1]))
    assert error.row == 5
    assert "'7' is a number among words such as yes and no; write one of these" in str(error)


# Every fault at once, and the file without them


FAULTY = (
    b"query,text,relevance\n"
    b"a,x,1\n"
    b",y,0\n"
    b"a,z\n"
    b"b,,1\n"
    b"b,u,maybe\n"
    b"b,v,0\n"
)  # fmt: skip


def test_every_fault_of_a_file_is_told_at_once() -> None:
    error = fault(FAULTY)
    assert [(each.row, each.column) for each in error.faults] == [
        (3, "query"),
        (4, None),
        (6, "relevance"),
    ]
    assert (error.row, error.column) == (3, "query")
    assert str(error).startswith("Row 3, column 'query': the cell is empty; fill it in")
    assert str(error).endswith(" Rows 4 and 6 have faults, too.")


def test_the_one_fault_of_a_file_is_told_as_its_sentence() -> None:
    error = fault(b"query,text,relevance\na,b,1\na,c,maybe\n")
    (found,) = error.faults
    assert str(error) == found.sentence


def test_of_very_many_faults_few_rows_are_named() -> None:
    error = fault(csv_of([0, 9, *[50] * 1_000]), scale=(0, 9))
    assert len(error.faults) == 1_000
    assert str(error).endswith(
        "Rows 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 989 more have faults, too."
    )


def test_faulty_rows_are_left_out_when_asked_for_and_told_of() -> None:
    labels = sc.read_labels(FAULTY, skip_faulty=True)
    assert labels.rows == (2, 7)
    assert labels.texts == ("x", "v")
    assert labels.reading.notes == (
        "1 row is left out: column 'text' is empty there.",
        "3 faulty rows were left out: rows 3, 4 and 6.",
    )


def test_a_file_without_faults_is_the_same_with_and_without_skipping() -> None:
    content = b"query,text,relevance\na,x,1\na,y,0\n"
    assert sc.read_labels(content, skip_faulty=True).reading == sc.read_labels(content).reading


@pytest.mark.parametrize("content", [csv_of(["?", "??"]), b"query,text,relevance\na,b\n"])
def test_a_file_of_faults_alone_is_refused_also_when_they_may_be_skipped(content: bytes) -> None:
    assert fault(content, skip_faulty=True).faults == fault(content).faults != ()
    assert not fault(content).is_skippable


@pytest.mark.parametrize(
    "content", [b"query,text\na,b\n", b'query,text,relevance\na,"b,1\n', b"query,text,relevance\n"]
)
def test_what_is_wrong_with_the_whole_file_is_no_fault_of_a_row(content: bytes) -> None:
    assert fault(content, skip_faulty=True).faults == ()


def test_a_scale_is_recognised_without_the_rows_that_are_left_out() -> None:
    labels = sc.read_labels(csv_of(["=?", 1, 2, 5]), skip_faulty=True)
    assert (labels.reading.lowest, labels.reading.highest) == (1, 5)
    assert labels.relevance.tolist() == [0, 0.25, 1]


SOUND_ROW = st.tuples(
    st.sampled_from(["a", "b", "c d"]),
    st.sampled_from(["x", "y", "1", "yes"]),
    st.sampled_from(["0", "1", "2", "5", "0.5", "yes", "no", "50%", "100%"]),
    st.sampled_from(["0.25", "-3", "1e2"]),
    st.sampled_from(["train", "test", ""]),
)
FAULTY_ROW = st.sampled_from(
    [
        ("", "x", "1", "0.5", ""),
        ("a", "x", "?", "0.5", ""),
        ("a", "x", "1", "nan", ""),
        ("a", "x", "1", "0.5", "dev"),
        ("a", "x", "-9", "0.5", ""),
        ("a", "x", "1"),
        ("a", "x", "1", "0.5", "", "more"),
    ]
)


def file_of(rows: list[tuple[str, ...]]) -> bytes:
    lines = [",".join(row) for row in [("query", "text", "relevance", "score", "split"), *rows]]
    return "\n".join(lines).encode()


@given(st.lists(st.one_of(SOUND_ROW, FAULTY_ROW), min_size=1, max_size=12), st.booleans())
@tried(400)
def test_skipping_faulty_rows_reads_the_file_as_it_would_be_without_them(
    rows: list[tuple[str, ...]], is_declared: bool
) -> None:
    scale = (0.0, 5.0) if is_declared else None
    try:
        sc.read_labels(file_of(rows), scale=scale)
        return
    except sc.LabelsError as error:
        faulty = {each.row for each in error.faults}
    sound = [row for number, row in enumerate(rows, start=2) if number not in faulty]
    if not faulty or not sound:
        return
    try:
        plain = sc.read_labels(file_of(sound), scale=scale)
    except sc.LabelsError as error:  # the sound rows alone are no labels either
        with pytest.raises(sc.LabelsError, match=re.escape(str(error))):
            sc.read_labels(file_of(rows), scale=scale, skip_faulty=True)
        return
    skipped = sc.read_labels(file_of(rows), scale=scale, skip_faulty=True)
    for name in ("queries", "texts", "doc_ids", "split", "extra"):
        assert getattr(skipped, name) == getattr(plain, name)
    for name in ("scores", "judgements", "relevance"):
        assert getattr(skipped, name).tolist() == getattr(plain, name).tolist()
    assert skipped.reading.kind == plain.reading.kind
    assert skipped.reading.lowest == plain.reading.lowest
    assert skipped.reading.highest == plain.reading.highest
    assert skipped.rows == tuple(n for n in range(2, len(rows) + 2) if n not in faulty)
    assert any(f"{len(faulty)} faulty row" in note for note in skipped.reading.notes)


def test_of_very_many_columns_only_the_first_are_listed() -> None:
    names = ",".join(f"column_{n}" for n in range(1_000))
    assert len(str(fault(f"{names}\n{names}\n".encode()))) < 400
    assert "and 988 more" in str(fault(f"{names}\n{names}\n".encode()))


@pytest.mark.parametrize("column", ["query", "doc_id"])
def test_an_empty_cell_that_is_needed_is_named_with_its_row(column: str) -> None:
    other = "text" if column == "query" else "query"
    error = fault(f"{other},{column},relevance\na,b,1\na, ,0\n".encode())
    assert (error.row, error.column) == (3, column)
    assert "the cell is empty; fill it in, or leave the row out" in str(error)


@pytest.mark.parametrize("cell", ["yes", "50%", "", "nan", "1e999", '"0,5"'])
def test_a_score_is_a_number_and_nothing_else(cell: str) -> None:
    error = fault(f"query,score,relevance\na,0.5,1\na,{cell},0\n".encode())
    assert (error.row, error.column) == (3, "score")


def test_a_fault_of_the_file_is_an_error_of_the_labels_with_its_row() -> None:
    error = fault(b"query,text,relevance\na,b,1\na,caf\xe9,0\n")
    assert error.row == 3
    assert "0xE9" in str(error)


# Rows that say the same, or the contrary


REPEATS = (
    b"query,text,relevance,note\n"
    b"a,x,1,first\n"
    b"a,x,1,again\n"
    b"a,y,0,\n"
    b"a,y,1,contrary\n"
    b"a,X,0,other case\n"
    b"b,x,0,other query\n"
)


def test_repeated_and_contradicting_rows_all_count_and_are_told_of() -> None:
    labels = sc.read_labels(REPEATS)
    assert labels.rows == (2, 3, 4, 5, 6, 7)
    assert labels.relevance.tolist() == [1, 1, 0, 1, 0, 0]
    assert labels.reading.kind == "binary"
    assert labels.reading.duplicates == 1
    (found,) = labels.reading.contradictions
    assert (found.query, found.document) == ("a", "y")
    assert (found.rows, found.judgements) == ((4, 5), (0.0, 1.0))
    (note,) = labels.reading.notes
    assert note.startswith("4 rows label 2 pairs more than once, 1 of them differently")


def test_a_log_of_clicks_keeps_every_impression() -> None:
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, 80, 20_000)
    clicked = (rng.random(20_000) < 0.02 + 0.003 * pairs).astype(int)
    lines = [f"q{p // 4},text {p},{c}" for p, c in zip(pairs.tolist(), clicked, strict=True)]
    labels = sc.read_labels("\n".join(["query,text,relevance", *lines]).encode())
    assert len(labels) == 20_000
    assert labels.relevance.mean() == clicked.mean()
    assert labels.reading.duplicates == 20_000 - 160
    assert "20,000 rows label 80 pairs more than once, 80 of them" in labels.reading.notes[0]


def test_contradicting_rows_are_left_out_and_listed_when_asked_for() -> None:
    labels = sc.read_labels(REPEATS, contradictions="leave_out")
    (found,) = labels.reading.contradictions
    assert (found.rows, found.judgements) == ((4, 5), (0.0, 1.0))
    assert labels.rows == (2, 6, 7)
    assert labels.reading.duplicates == 1
    assert labels.extra["note"] == ("first", "other case", "other query")
    assert labels.reading.kind == "binary"


def test_contradicting_rows_become_their_mean_when_asked_for() -> None:
    labels = sc.read_labels(REPEATS, contradictions="mean")
    assert labels.rows == (2, 4, 6, 7)
    assert labels.relevance.tolist() == [1, 0.5, 0, 0]
    assert labels.reading.kind == "graded"
    assert labels.reading.duplicates == 1
    assert len(labels.reading.contradictions) == 1


@pytest.mark.parametrize("way", ["foo", "Mean", "", None, True])
def test_another_way_to_settle_contradictions_is_refused(way: object) -> None:
    message = str(fault(REPEATS, contradictions=way))
    assert message == f"contradictions is {way!r}; choose one of count, leave_out, mean, refuse."


def test_same_text_means_exactly_the_same_and_same_query_what_a_fit_takes_for_one() -> None:
    labels = sc.read_labels(b"query,text,relevance\na,x,1\na,x ,0\nA ,x,0\n")
    assert len(labels) == 3
    (found,) = labels.reading.contradictions
    assert found.rows == (2, 4)


@pytest.mark.parametrize("way", ["count", "mean", "leave_out"])
def test_a_row_to_test_on_is_never_settled_with_one_to_fit_on(way: Contradictions) -> None:
    content = b"query,text,relevance,split\na,x,1,train\na,x,0,test\nb,x,1,train\nb,y,0,train\n"
    labels = sc.read_labels(content, contradictions=way)
    assert labels.split == ("train", "test", "train", "train")
    assert labels.relevance.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(("way", "words"), [("mean", "averaged"), ("leave_out", "left out")])
def test_what_is_dropped_is_told(way: Contradictions, words: str) -> None:
    labels = sc.read_labels(REPEATS, contradictions=way)
    gone = 6 - len(labels)
    assert labels.reading.notes[-1].startswith(f"{gone} of 6 rows are gone")
    assert labels.reading.notes[-1].endswith(f"pairs with more than one label (1) were {words}.")


def test_two_equal_scores_are_two_observations() -> None:
    labels = sc.read_labels(b"query,score,relevance\na,0.5,1\na,0.5,1\na,0.5,0\n")
    assert len(labels) == 3
    assert labels.reading.duplicates == 0


def test_where_everything_contradicts_nothing_is_left_and_that_is_said() -> None:
    assert "Every pair has contradicting labels" in str(
        fault(b"query,text,relevance\na,b,1\na,b,0\n", contradictions="leave_out")
    )


def test_ten_thousand_identical_rows_are_one_when_pairs_have_one_label() -> None:
    labels = sc.read_labels(
        b"query,text,relevance\n" + b"a,b,1\n" * 10_000, limits=PUBLIC, contradictions="leave_out"
    )
    assert len(labels) == 1
    assert labels.reading.duplicates == 9_999


# A file that a calibrator is applied to


def test_a_file_to_apply_to_needs_no_judgements() -> None:
    labels = sc.read_labels(b"query,text\na,b\n", judged=False)
    assert math.isnan(labels.relevance[0])
    assert math.isnan(labels.judgements[0])


def test_a_file_to_apply_to_keeps_every_row_and_carries_its_judgements_along() -> None:
    content = b"query,text,relevance,split\na,b,?,dev\na,b,7,\na,c,,x\n"
    labels = sc.read_labels(content, judged=False)
    assert labels.rows == (2, 3, 4)
    assert labels.extra == {"relevance": ("?", "7", ""), "split": ("dev", "", "x")}


PIECES = st.sampled_from(
    [b"query", b"text", b"doc_id", b"relevance", b"label", b"score", b"split", b"q", b"train",
     b",", b",", b",", b";", b"\n", b"\n", b'"', b"0", b"1", b"-1", b"5", b"0.5", b"yes", b"no",
     b"50%", b"1e400", b"1e308", b"-1e308", b"nan", b" ", b"\xe9", "é".encode()]
)  # fmt: skip
WITH_HEADER = st.tuples(
    st.sampled_from([b"query,text,relevance\n", b"query;score;label;x\n", b"query_id,score\n"]),
    st.lists(PIECES, max_size=30).map(b"".join),
).map(b"".join)


@given(
    st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=40).map(b"".join), WITH_HEADER),
    st.sampled_from([None, (0.0, 5.0)]),
    st.booleans(),
)
@tried(300)
def test_any_bytes_give_labels_between_0_and_1_or_an_error_in_words(
    content: bytes, scale: tuple[float, float] | None, judged: bool
) -> None:
    labels = None
    try:
        labels = sc.read_labels(content, scale=scale, judged=judged, limits=PUBLIC)
    except sc.LabelsError as error:
        message = str(error)
    if labels is None:
        assert message.endswith(".")
        return
    columns = [labels.rows, *labels.extra.values()]
    assert {len(cells) for cells in columns} == {len(labels)}
    assert labels.judgements.shape == labels.relevance.shape == (len(labels),)
    if judged:
        assert ((labels.relevance >= 0) & (labels.relevance <= 1)).all()


def test_rows_up_to_the_cap_are_read_and_one_more_is_refused() -> None:
    three = replace(PUBLIC, label_rows=3)
    assert len(sc.read_labels(csv_of([0, 1]), limits=three)) == 2
    assert len(sc.read_labels(csv_of([0, 1, 1]), limits=three)) == 3
    assert "more than 3 rows" in str(fault(csv_of([0, 1, 1, 0]), limits=three))


# Logs of systems that answer questions from texts


def log(**columns: object) -> bytes:
    return json.dumps({"question": "When do swifts leave?", **columns}).encode()


def test_of_an_answer_and_the_texts_behind_it_the_texts_are_read() -> None:
    read = sc.read_labels(
        log(answer="In August.", contexts=["Swifts leave early.", "Owls stay."],
            scores=[0.8, 0.3], labels=[1, 0])
    )  # fmt: skip
    assert read.texts == ("Swifts leave early.", "Owls stay.")
    assert read.scores is not None
    assert read.scores.tolist() == [0.8, 0.3]
    assert "answer" in read.extra


def test_one_label_for_a_list_of_texts_is_told_of() -> None:
    read = sc.read_labels(log(contexts=["Swifts leave early.", "Owls stay."], label=1))
    (note,) = [note for note in read.reading.notes if "several texts" in note]
    assert note.startswith("Column 'label' has one label for several texts")
    outline = sc.outline_labels(log(contexts=["Swifts leave early.", "Owls stay."], label=1))
    assert note in outline.questions


def test_lists_of_different_lengths_are_refused_with_what_to_do() -> None:
    with pytest.raises(sc.LabelsError, match=r"holds a list of 2; .* lists of one length"):
        sc.read_labels(log(contexts=["Swifts leave early.", "Owls stay."], labels=[1, 0, 0]))


def test_answers_of_several_people_are_one_row_each() -> None:
    record = {
        "fields": {"query": "swifts", "text": "Swifts leave early."},
        "responses": {"relevance": [{"value": 1, "user": "a"}, {"value": 0, "user": "b"}]},
    }
    assert sc.read_labels(json.dumps([record]).encode()).relevance.tolist() == [1, 0]


@pytest.mark.parametrize("content", [b"[]", b"{}", b"[{}]"])
def test_json_without_rows_is_called_so(content: bytes) -> None:
    with pytest.raises(sc.LabelsError, match=r"empty.*; give"):
        sc.read_labels(content)


def test_scores_with_percent_signs_are_percentages() -> None:
    read = sc.read_labels(b"query,text,similarity,label\nswifts,a,85 %,1\nswifts,b,12.5%,0\n")
    assert read.scores is not None
    assert read.scores.tolist() == [85, 12.5]
    scale = sc.propose_scale(read).scale
    assert scale is not None
    assert scale.name == "percent"
    with pytest.raises(sc.LabelsError, match=r"Row 3, column 'score': '12%'"):
        sc.read_labels(b"query,text,score,label\nswifts,a,85,1\nswifts,b,12%,0\n")


@pytest.mark.parametrize(
    "header",
    [
        "Frage;Antwort;Ähnlichkeit;Urteil", "Question;Réponse;Similarité;Évaluation",
        "クエリ;テキスト;スコア;評価", "问题;文本;相似度;评分", "Вопрос;Ответ;Score;Оценка",
        unicodedata.normalize("NFD", "Requête;Réponse;Similarité;Étiquette"),
    ],
)  # fmt: skip
def test_headers_of_other_languages_are_known(header: str) -> None:
    read = sc.read_labels(f"{header}\nswifts;a;0,85;1\nswifts;b;0,5;0\n".encode())
    assert read.scores is not None
    assert read.scores.tolist() == [0.85, 0.5]
    assert read.texts == ("a", "b")


def test_rows_can_be_skipped_only_where_others_are_left_that_can_be_read() -> None:
    header = b"query,text,relevance,score\n"
    good = b"a,b,1,0.5\na,c,0,0.2\n"
    assert fault(header + good + b"a,d,1,x\n").is_skippable
    assert not fault(header + b"a,b,1,x\na,c,0,y\n").is_skippable  # none is left
