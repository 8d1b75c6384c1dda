from __future__ import annotations

import pytest

import search_core as sc
from search_core.files.tables import write_table
from search_core.labels.doctor import diagnose


def labels(queries: int, rows_each: int, relevant_each: int = 1) -> sc.Labels:
    rows = [
        (f"query {q}", f"text {n}", int(n < relevant_each))
        for q in range(queries)
        for n in range(rows_each)
    ]
    return sc.read_labels(write_table(["query", "text", "relevance"], rows).encode())


def said(found: sc.Labels, severity: str) -> str:
    return " ".join(each.sentence for each in diagnose(found) if each.severity == severity)


def test_a_good_file_has_neither_errors_nor_warnings() -> None:
    found = labels(queries=25, rows_each=4)
    assert said(found, "error") == said(found, "warning") == ""
    assert "100 labels on 25 queries." in said(found, "fine")
    assert "25 of 100 labels are relevant." in said(found, "fine")
    assert "UTF-8, comma-separated." in said(found, "fine")


@pytest.mark.parametrize(
    ("queries", "rows_each", "severity", "words"),
    [
        (19, 1, "error", "at least 20 are needed for a fit"),
        (5, 4, "warning", "enough for a demonstration only"),
        (7, 7, "warning", "enough for a demonstration only"),
        (1, 60, "warning", "60 labels on 1 query: enough for a demonstration only"),
        (4, 20, "warning", "enough for a demonstration only"),
        (5, 10, "warning", "too few to trust single figures; look at the ranges"),
        (19, 10, "warning", "too few to trust single figures; look at the ranges"),
        (20, 10, "fine", "200 labels on 20 queries."),
    ],
)
def test_the_size_says_what_can_be_done(
    queries: int, rows_each: int, severity: str, words: str
) -> None:
    assert words in said(labels(queries, rows_each), severity)


def test_queries_are_counted_with_case_and_blanks_folded() -> None:
    content = b"query,text,relevance\nShoes,a,1\nshoes ,b,0\n"
    assert "2 labels on 1 query" in said(sc.read_labels(content), "error")


@pytest.mark.parametrize(
    ("relevant_each", "remedy"),
    [
        (0, "Add labels of the other kind: relevant and not relevant"),
        (4, "a text without a label is not known to be wrong: label hits of the same queries"),
    ],
)
def test_one_class_alone_is_an_error_that_says_why(relevant_each: int, remedy: str) -> None:
    found = labels(queries=20, rows_each=4, relevant_each=relevant_each)
    assert remedy in said(found, "error")


def test_few_rows_of_the_rarer_class_are_a_warning() -> None:
    rows = [(f"q{n}", f"t{n}", int(n < 9)) for n in range(60)]
    found = sc.read_labels(write_table(["query", "text", "relevance"], rows).encode())
    assert "9 of 60 labels are relevant; only 9 of the rarer kind" in said(found, "warning")


def test_equal_scores_are_an_error() -> None:
    rows = [(f"q{n}", 0.5, n % 2) for n in range(60)]
    found = sc.read_labels(write_table(["query", "score", "relevance"], rows).encode())
    assert "All scores are equal" in said(found, "error")


def test_queries_with_labels_of_one_kind_are_counted() -> None:
    rows = [(f"query {q}", f"text {n}", q % 2) for q in range(25) for n in range(2)]
    found = sc.read_labels(write_table(["query", "text", "relevance"], rows).encode())
    assert "25 of 25 queries have labels of one kind only" in said(found, "warning")


def test_equal_labels_are_said_once() -> None:
    rows = [(f"q{n}", f"t{n}", 1) for n in range(60)]
    found = sc.read_labels(write_table(["query", "text", "relevance"], rows).encode())
    assert "All labels are equal" in said(found, "error")
    assert "one kind only" not in said(found, "warning")


@pytest.mark.parametrize(
    ("judgements", "words"),
    [
        ("01", "Relevance is yes or no, read as 1 and 0."),
        ("135", "Relevance is 1–5, read as 0–1."),
        ("03", "Relevance is 0–3, read as 0–1."),
    ],
)
def test_the_scale_is_shown_as_it_was_read(judgements: str, words: str) -> None:
    rows = [("q", f"t{value}", value) for value in judgements]
    found = sc.read_labels(write_table(["query", "text", "relevance"], rows).encode())
    assert words in said(found, "fine")


def test_an_unusual_scale_is_a_warning() -> None:
    content = b"query,text,relevance\na,b,0\na,c,7\n"
    assert "no usual scale" in said(sc.read_labels(content), "warning")


def test_repeats_and_contradictions_are_told_by_row_and_the_rest_is_counted() -> None:
    rows = [("same", "text", 1)] * 3
    rows += [(f"q{n}", "text", value) for n in range(7) for value in (0, 1)]
    found = sc.read_labels(write_table(["query", "text", "relevance"], rows).encode())
    assert "counted once" not in said(found, "fine")
    assert "17 rows label 8 pairs more than once" in said(found, "warning")
    assert "case or blanks" not in said(found, "warning")
    warnings = said(found, "warning")
    assert "Rows 5, 6 label one pair differently (0, 1): “q0”." in warnings
    assert warnings.count("label one pair differently") == 5
    assert "2 more pairs are labelled differently." in warnings


def test_pairs_that_differ_in_case_or_blanks_alone_are_compared_too() -> None:
    content = b"query,text,relevance\nShoes,Red shoes,1\nshoes ,red  shoes,0\nshoes,x,0\n"
    assert "1 pair that differs only in case or blanks has" in said(
        sc.read_labels(content), "warning"
    )
