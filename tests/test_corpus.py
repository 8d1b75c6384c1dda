from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.embedding import check_tokens
from search_core.files.tables import write_table
from search_core.limits import PUBLIC
from tests.properties import tried

TEXTS = st.lists(st.text(min_size=1, max_size=5).filter(str.strip), min_size=1, max_size=6)


def fault(content: bytes, **options: object) -> sc.CorpusError:
    """Return the error that a file is refused with."""
    with pytest.raises(sc.CorpusError) as caught:
        sc.read_corpus(content, **options)  # type: ignore[arg-type]
    return caught.value


# Texts given by a program


def test_documents_are_numbered_from_0_unless_they_have_ids() -> None:
    assert sc.Corpus.from_texts(["a", "b"]).ids == ("0", "1")
    assert sc.Corpus.from_texts(["a", "b"], ids=["x", "y"]).ids == ("x", "y")


def test_whole_numbers_may_be_ids_and_are_found_by_their_words() -> None:
    corpus = sc.Corpus.from_texts(["a", "b"], ids=[7, 8])  # type: ignore[list-item]
    assert corpus.position_of_id == {"7": 0, "8": 1}


@pytest.mark.parametrize(
    ("texts", "ids", "words"),
    [
        ([], None, "The collection is empty"),
        (["a", " \n"], None, "Text 2 is empty; leave it out"),
        (["a", None], None, "Text 2 is a NoneType; give texts alone"),
        (["a", float("nan")], None, "Text 2 is a float"),
        ("one text", None, "The texts came as a str; give a list of them, also of a single one"),
        (b"one text", None, "The texts came as a bytes"),
        (None, None, "The texts came as a NoneType"),
        ({"id1": "text one"}, None, "The texts came as a dict"),
        (["a", "b", "c"], "abc", "The ids came as a str"),
        (["a", "b"], ["x"], "1 ids were given for 2 texts"),
        (["a", "b"], ["x", "x"], "The id 'x' is given twice"),
    ],
)
def test_a_collection_that_cannot_be_is_refused(
    texts: list[str], ids: list[str] | None, words: str
) -> None:
    with pytest.raises(sc.CorpusError, match=words):
        sc.Corpus.from_texts(texts, ids)


@pytest.mark.parametrize(
    ("ids", "texts", "words"),
    [
        (("a",), ("one", "two"), "1 ids were given for 2 texts"),
        (("a", "a"), ("one", "two"), "The id 'a' is given twice"),
        (("a",), (" ",), "Text 1 is empty"),
        ((), (), "The collection is empty"),
    ],
)
def test_a_collection_put_together_by_hand_is_checked_too(
    ids: tuple[str, ...], texts: tuple[str, ...], words: str
) -> None:
    with pytest.raises(sc.CorpusError, match=words):
        sc.Corpus(ids, texts)


@given(TEXTS, st.randoms())
@tried(100)
def test_the_fingerprint_is_that_of_the_texts_in_any_order(texts: list[str], rng: object) -> None:
    shuffled = texts.copy()
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    fingerprint = sc.Corpus.from_texts(texts).fingerprint
    assert sc.Corpus.from_texts(shuffled).fingerprint == fingerprint
    assert sc.Corpus.from_texts([*texts, "one more"]).fingerprint != fingerprint


def test_a_lone_surrogate_has_a_fingerprint() -> None:
    assert len(sc.Corpus.from_texts(["\ud800"]).fingerprint) == 64


def test_a_text_that_stands_twice_is_found_at_its_first_place() -> None:
    assert sc.Corpus.from_texts(["a", "b", "a"]).position_of_text == {"a": 0, "b": 1}


# Files


def test_a_csv_gives_texts_and_ids_and_says_what_it_does_not_use() -> None:
    corpus = sc.read_corpus(b"Source; ID ;TEXT\nbook; d1 ;Caf\xc3\xa9\nweb;d2;Tea\n")
    assert corpus.ids == ("d1", "d2")
    assert corpus.texts == ("Café", "Tea")
    assert corpus.notes == ("Columns not used: Source.",)


def test_without_ids_the_rows_are_numbered_from_0() -> None:
    assert sc.read_corpus(b"text\n\nfirst\nsecond\n").ids == ("0", "1")


@pytest.mark.parametrize(
    "content", [b'text\n"a, b"\n', b'"text"\n"a, b"\n', b"\xef\xbb\xbftext\na b\n"]
)
def test_a_first_line_that_names_text_makes_it_a_table(content: bytes) -> None:
    assert len(sc.read_corpus(content)) == 1


@pytest.mark.parametrize(
    "first", ["The text, of a letter", '"my, text",x', "texts", "a;b,text;c;d"]
)
def test_any_other_first_line_is_a_text_itself(first: str) -> None:
    corpus = sc.read_corpus(f"{first}\nsecond\n".encode())
    assert corpus.texts == (first, "second")
    assert corpus.notes == ("Read as one text per line.",)


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("title,summary\nA,hello there\nB,bye\n", "title, summary"),
        ("Title;Notes\r\nA;hello, there\r\n", "Title, Notes"),
        ("id\tdescription\n1\tA cat sat.\n\n2\tIt slept.", "id, description"),
        ('"id","Message"\n"1","hello, there\nand more"\n', "id, Message"),
        ("sku,product_name,long_description\n7,cup,A cup.", "sku, product_name, long_description"),
        ("query,doc_id,relevance\ncats,d1,1\n", "query, doc_id, relevance"),
        (",message\n0,A cat sat.\n1,It slept.\n", "column 1, message"),
        ("Review,Sentiment\nFine.,good\n", "Review, Sentiment"),
        ("sentence1,sentence2,score\nA,B,3\n", "sentence1, sentence2, score"),
        ("name,price,description of it\ncup,3,A cup.", "name, price, description of it"),
    ],
)
def test_a_table_without_a_column_text_is_not_taken_for_texts(content: str, columns: str) -> None:
    error = str(fault(content.encode()))
    assert error.startswith("There is no column 'text'; name the one that holds the texts so")
    assert error.endswith(f"the columns found are: {columns}.")


@pytest.mark.parametrize(
    "lines",
    [
        ["Yes, it is.", "No, it is not."],
        ["Paris,France", "Berlin,Germany"],
        ["red,green", "blue,yellow"],
        ["body,mind", "heart,soul"],
        ["Title, content", "A, hello there"],
        ["Name, please", "Date, please"],
        ["title,content"],
        ["title,content", "Hello, Mr. Smith, and welcome."],
        ["title,content", 'He said "yes" and left', "so did I, too"],
        ["title", "content"],
        ["Note; the title; is missing", "Here; as well; it is"],
        ["1,id", "2,title"],
        [",", ","],
        [",then the rest of it", "so,it went on"],
        ["A title,some content and more than forty characters of it,id,body", "a,b,c,d"],
    ],
)
def test_texts_with_commas_in_them_are_texts(lines: list[str]) -> None:
    assert sc.read_corpus("\n".join(lines).encode()).texts == tuple(lines)


PROSE = st.from_regex(r"[A-Z][a-z]{0,8}( [a-z]{1,9}){0,6}[.!?]?", fullmatch=True)


@given(st.lists(st.tuples(PROSE, PROSE), min_size=1, max_size=6), st.sampled_from([", ", "; "]))
@tried(200)
def test_sentences_that_each_hold_one_comma_are_texts(
    halves: list[tuple[str, str]], comma: str
) -> None:
    lines = [comma.join(each) for each in halves]
    assert sc.read_corpus("\n".join(lines).encode()).texts == tuple(lines)


NAMES = st.sampled_from(["id", "Title", "summary", "NOTES", "url", "doc_id", "question"])
CELLS = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=12)


@given(
    st.lists(NAMES, min_size=2, max_size=5, unique=True),
    st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=4),
)
@tried(200)
def test_a_well_written_table_of_other_columns_is_refused_whatever_it_holds(
    names: list[str], rows: list[list[str]]
) -> None:
    table = write_table(names, [["x", *row][: len(names)] for row in rows])
    assert "the columns found are: " + ", ".join(names) in str(fault(table.encode()))


def test_empty_lines_are_left_out_and_counted() -> None:
    corpus = sc.read_corpus(b"first\n\n  \r\nsecond  \n")
    assert corpus.texts == ("first", "second")
    assert corpus.notes == ("Read as one text per line.", "2 empty lines were left out.")


def test_only_line_ends_part_lines() -> None:
    assert len(sc.read_corpus("one\u2028still one\x0band\x85so on\ntwo".encode())) == 2


def test_pasted_text_with_a_lone_surrogate_is_read() -> None:
    assert sc.read_corpus(io.StringIO("fine\nhalf \ud83d emoji")).texts[1] == "half ? emoji"


def test_repeated_texts_are_kept_and_said() -> None:
    corpus = sc.read_corpus(b"text\na\nb\na\na\n")
    assert len(corpus) == 4
    assert "2 texts are duplicates; all copies are kept." in corpus.notes


def test_one_document_is_a_collection() -> None:
    assert len(sc.read_corpus(b"A single line without an end")) == 1


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b'Text,id\n"two\nlines",1\n ,2\nlast,3\n', ("two\nlines", "last")),
        (b'{"text": "first"}\n{"text": null}\n{"text": "last"}', ("first", "last")),
        (b'["first", " ", "last"]', ("first", "last")),
    ],
)
def test_empty_texts_are_left_out_and_counted(content: bytes, texts: tuple[str, ...]) -> None:
    corpus = sc.read_corpus(content)
    assert corpus.texts == texts
    assert any("left out" in note and note[0] == "1" for note in corpus.notes)


def test_a_table_whose_texts_are_all_empty_is_refused() -> None:
    assert "'text' is empty in every row; fill it in" in str(fault(b"text,id\n ,1\n,2\n"))


def test_an_empty_id_is_named_with_its_row() -> None:
    error = fault(b"text,id\na,1\nb,\n")
    assert (error.row, error.column) == (3, "id")
    assert "give every document an id, or none" in str(error)


def test_an_id_given_twice_is_named_with_both_rows() -> None:
    error = fault(b"id,text\nx,a\ny,b\n x ,c\n")
    assert (error.row, error.column) == (4, "id")
    assert "'x' is the id of row 2 already; give every document its own" in str(error)


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (b"title,content\nA,hello\nB,bye\n", "content"),
        (b"id,Body\n1,hello\n2,bye\n", "Body"),
        (b",passage\n0,hello\n1,bye\n", "passage"),
        (b'{"content": "hello", "url": "a"}\n{"content": "bye"}', "content"),
    ],
)
def test_texts_under_another_usual_name_are_read_and_told_of(content: bytes, column: str) -> None:
    corpus = sc.read_corpus(content)
    assert corpus.texts == ("hello", "bye")
    assert f"Column '{column}' is read as the text." in corpus.notes


@pytest.mark.parametrize("content", [b"content,body\na,b\n", b'[{"content": "a", "body": "b"}]'])
def test_of_two_columns_that_could_hold_the_texts_one_is_to_be_renamed(content: bytes) -> None:
    assert str(fault(content)) == (
        "Both 'content' and 'body' could hold the text; rename the column that does to 'text'."
    )


def test_ids_under_another_usual_name_are_read_where_they_name_each_document() -> None:
    corpus = sc.read_corpus(b"doc_id,text\nd1,a\nd2,b\n")
    assert corpus.ids == ("d1", "d2")
    assert corpus.notes == ("Column 'doc_id' is read as the id.",)


@pytest.mark.parametrize("content", [b"doc_id,text\nd1,a\nd1,b\n", b"doc_id,text\nd1,a\n,b\n"])
def test_a_column_that_names_no_document_is_no_id(content: bytes) -> None:
    corpus = sc.read_corpus(content)
    assert corpus.ids == ("0", "1")
    assert corpus.notes == ("Columns not used: doc_id.",)


FAULTY = b"id,text\nx,a\ny, \nz\n,c\nx,d\nw,e\n"


def test_every_fault_of_a_collection_is_told_at_once() -> None:
    error = fault(FAULTY)
    assert [(each.row, each.column) for each in error.faults] == [
        (4, None),
        (5, "id"),
        (6, "id"),
    ]
    assert str(error).endswith("Rows 5 and 6 have faults, too.")


def test_faulty_rows_of_a_collection_are_left_out_when_asked_for_and_told_of() -> None:
    corpus = sc.read_corpus(FAULTY, skip_faulty=True)
    assert (corpus.ids, corpus.texts) == (("x", "w"), ("a", "e"))
    assert corpus.notes == (
        "1 row is left out: column 'text' is empty there.",
        "3 faulty rows were left out: rows 4, 5 and 6.",
    )


ROWS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["", "x", "y", "z"]), st.sampled_from(["a", "b"])),
        st.sampled_from([("x",), ("x", "a", "b")]),
    ),
    min_size=1,
    max_size=8,
)


@given(ROWS)
@tried(300)
def test_skipping_faulty_rows_reads_a_collection_as_it_would_be_without_them(
    rows: list[tuple[str, ...]],
) -> None:
    def file_of(some: list[tuple[str, ...]]) -> bytes:
        return "\n".join(["id,text", *map(",".join, some)]).encode()

    try:
        sc.read_corpus(file_of(rows))
        return
    except sc.CorpusError as error:
        faulty = {each.row for each in error.faults}
    sound = [row for number, row in enumerate(rows, start=2) if number not in faulty]
    if faulty and any(map(any, sound)):
        assert sc.read_corpus(file_of(rows), skip_faulty=True) == replace(
            sc.read_corpus(file_of(sound)),
            notes=sc.read_corpus(file_of(rows), skip_faulty=True).notes,
        )


@pytest.mark.parametrize("content", [b"", b"\n \n", b"text,id\n"])
def test_nothing_to_search_is_refused(content: bytes) -> None:
    assert "empty" in str(fault(content)) or "no rows" in str(fault(content))


def test_an_empty_file_of_texts_is_not_asked_for_a_header() -> None:
    assert str(fault(b"")) == "The file is empty; choose another, or write something in it."


def test_a_bad_byte_is_named_with_its_line_or_its_row() -> None:
    lines = b'a "quote never closed\n"and another\ncaf\xe9\n'
    table = b'text\n"one\ntwo"\ncaf\xe9\n'
    assert fault(lines).row == 3
    assert fault(table).row == 3


@pytest.mark.parametrize("count", [1_999, 2_000])
def test_documents_up_to_the_cap_are_read(count: int) -> None:
    content = b"".join(b"line %d\n" % n for n in range(count))
    assert len(sc.read_corpus(content, limits=PUBLIC)) == count


def test_2001_documents_are_refused_with_both_numbers() -> None:
    content = b"".join(b"line %d\n" % n for n in range(2_001))
    assert "has 2,001 documents; at most 2,000 are taken" in str(fault(content, limits=PUBLIC))


@given(
    st.one_of(st.binary(max_size=60), st.binary(max_size=40).map(lambda rest: b"text,id\n" + rest))
)
@tried(300)
def test_any_bytes_give_a_collection_or_an_error_in_words(content: bytes) -> None:
    try:
        corpus = sc.read_corpus(content, limits=PUBLIC)
    except sc.CorpusError:
        return
    assert len(set(corpus.ids)) == len(corpus.ids) == len(corpus.texts) > 0
    assert all(text.strip() for text in corpus.texts)


# JSON

BEIR = """\
{"_id": "d1", "title": "Cats", "text": "They purr.", "metadata": {"url": ["a", "b"]}}
{"_id": "d2", "title": "", "text": "Dogs bark."}
"""


def test_json_lines_as_beir_has_them_give_ids_and_titles_before_texts() -> None:
    corpus = sc.read_corpus(BEIR.encode())
    assert corpus.ids == ("d1", "d2")
    assert corpus.texts == ("Cats They purr.", "Dogs bark.")
    assert corpus.notes == (
        "Read as JSON objects.",
        "Each title was put before its text, as BEIR does.",
        "Columns not used: metadata.",
    )


OBJECTS = [{"text": "first, with a comma", "id": 7}, {"text": "second\nline", "id": 8}]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(OBJECTS),
        json.dumps(OBJECTS, indent=2),
        "\r\n\r\n".join(map(json.dumps, OBJECTS)) + "\r\n",
        "\n".join(json.dumps(each, indent=1) for each in OBJECTS),
    ],
)
def test_objects_in_json_are_read_however_they_are_laid_out(content: str, tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text(content, encoding="utf-8")
    data = content.encode()
    marked = (b"\xef\xbb\xbf" + data, content.encode("utf-16"))
    for source in (file, data, io.BytesIO(data), io.StringIO(content), *marked):
        corpus = sc.read_corpus(source)
        assert corpus.ids == ("7", "8")
        assert corpus.texts == ("first, with a comma", "second\nline")


@pytest.mark.parametrize(
    "content",
    ['["a", "text", "b"]', '["a","text","b"]', '[\n "a",\n "text",\n "b"\n]', '"a"\n"text"\n"b"'],
)
def test_texts_in_json_are_read_without_their_quotes(content: str) -> None:
    corpus = sc.read_corpus(content.encode())
    assert corpus.texts == ("a", "text", "b")
    assert corpus.notes == ("Read as JSON strings.",)


def test_one_object_is_a_collection_of_one_and_of_two_ids_the_plain_one_is_used() -> None:
    corpus = sc.read_corpus(b'{"Text": "alone", "_id": "x", "id": "y"}')
    assert (corpus.texts, corpus.ids) == (("alone",), ("y",))
    assert corpus.notes[-1] == "Columns not used: _id."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            '{"note": "a", "n": 1}\n{"note": "b"}',
            r"nor objects with a 'text'.*found are: note, n\.",
        ),
        ('[{"note": "a"}]', r"the names found are: note\."),
        ('{"d1": "a text", "d2": "another"}', r"the names found are: d1, d2\."),
        ("[[1, 2], [3]]", "no names were found"),
        ("[]", "no names were found"),
        ('["a", {"text": "b"}]', "Row 1 is no object"),
        ('{"text": "a"}\n"b"', "Row 2 is no object"),
        ('{"text": "a"}\n{"text": ["b"]}', "Row 2, column 'text' holds a list"),
        ('{"text": "a", "text": "b"}', "has the key 'text' twice"),
        ('{"text": "a", "Text": "b"}', "both a column 'text' and a column 'Text'"),
        ('{"text": "a", "id": "x"}\n{"text": "b", "id": "x"}', "'x' is the id of row 1 already"),
        ('{"text": "a"}\n{"text": "b"', r"line 2 is none \(.*\); give one object or text a line"),
        ('{"text": "a"}\nand prose', "line 2 is none"),
        ('{"text": "a"},\n{"text": "b"}', "line 1 has a comma too many; give one"),
        ('["a",\n "b",\n]', "line 3 has a comma too many"),
        ('{"text": "a",}\n{"text": "b"}', "line 1 has a comma too many"),
        ('[{"text": "a"},\n {"text": "b"}, ]', "line 2 has a comma too many"),
        ("[0.1, 0.2]", "neither texts nor objects with a 'text'"),
        ('["a", 7]', "neither texts nor objects with a 'text'"),
        ('{"text": "a"}{"text": "b"}', "line 1 is none"),
        ('[{"text": "a"},\n {"text": "b"}', "line 2 is none"),
        ('["a",\n "b",\n "c"', "line 3 is none"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_json_that_holds_no_texts_or_breaks_off_is_refused_and_never_read_as_lines(
    content: str, words: str
) -> None:
    assert re.search(words, str(fault(content.encode())))


@pytest.mark.parametrize(
    "lines",
    [
        ["{x} is a set.", "So is {y}."],
        ["{} is empty.", "It is a set."],
        ['{"a": 1} is an object in JSON.', "So is {}."],
        ["[1] See there.", "[2] And there."],
        ["[Laughter] He sat down.", "She did not."],
        ['"No," she said.', '"Yes," said he.'],
        ['"Catch" 22', '"Catch" 23'],
        ["{{ name }} is filled in.", "[ ] to do"],
    ],
)
def test_prose_that_only_begins_with_a_brace_a_bracket_or_a_quote_is_prose(
    lines: list[str],
) -> None:
    assert sc.read_corpus("\n".join(lines).encode()).texts == tuple(lines)


@given(st.lists(st.text(min_size=1, max_size=9).filter(str.strip), min_size=1, max_size=5))
@tried(200)
def test_what_json_lines_hold_is_read_as_it_is(texts: list[str]) -> None:
    lines = "\n".join(json.dumps({"text": text}) for text in texts)
    assert sc.read_corpus(lines.encode()).texts == tuple(texts)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<!DOCTYPE html>\n<p>A cat.</p>", "an HTML page"),
        ("\n<html lang='en'>\n<body>", "an HTML page"),
        ("<?xml version='1.0'?>\n<doc/>", "an XML file"),
        ("{\\rtf1\\ansi A cat.}", "a rich text"),
        ("- id: 1\n  text: A cat.\n- id: 2\n  text: A dog.\n", "a YAML file"),
        ("---\r\n- text: A cat.\r\n  id: 1\r\n", "a YAML file"),
    ],
)
def test_a_file_whose_marks_would_be_embedded_is_refused_by_its_kind(
    content: str, kind: str
) -> None:
    assert f"The file is {kind}" in str(fault(content.encode()))
    assert "as JSON Lines, or one per line" in str(fault(content.encode("utf-16")))


@pytest.mark.parametrize(
    "lines",
    [["# Cats", "- They purr: always.", "- They sleep."], ["<b>Cats</b> purr.", "<p>Dogs bark."]],
)
def test_markdown_and_single_marks_are_texts(lines: list[str]) -> None:
    assert sc.read_corpus("\n".join(lines).encode()).texts == tuple(lines)


# What it costs to embed


@pytest.mark.model
@pytest.mark.parametrize("cap", [8, 9])
def test_tokens_up_to_the_cap_are_taken(encoder: sc.Encoder, cap: int) -> None:
    corpus = sc.Corpus.from_texts(["the cat sat", "the dog ran far away"])
    assert sum(encoder.token_counts(corpus.texts)) == 8
    assert check_tokens(corpus, encoder, replace(PUBLIC, corpus_tokens=cap)) == corpus


@pytest.mark.model
def test_one_token_more_is_refused_with_the_cap(encoder: sc.Encoder) -> None:
    corpus = sc.Corpus.from_texts(["the cat sat", "the dog ran far away"])
    with pytest.raises(sc.CorpusError, match=r"more than 7 tokens .* leave some texts out"):
        check_tokens(corpus, encoder, replace(PUBLIC, corpus_tokens=7))


@pytest.mark.model
def test_a_text_of_100_000_words_counts_as_far_as_it_is_read_and_that_is_said(
    encoder: sc.Encoder,
) -> None:
    corpus = sc.read_corpus(b"short\n" + b"word " * 100_000, limits=PUBLIC)
    checked = check_tokens(corpus, encoder, replace(PUBLIC, corpus_tokens=300))
    assert checked.texts == corpus.texts
    assert checked.notes[-1].startswith("1 text is longer than the 256 tokens")
    assert checked.notes[-1].endswith(
        "that all-MiniLM-L6-v2 reads; what comes after them is not searched."
    )


@pytest.mark.model
def test_what_is_said_to_be_cut_off_has_no_part_in_the_vector(encoder: sc.Encoder) -> None:
    just_fits, too_long = "word " * 254, "word " * 254 + "banana"
    assert check_tokens(sc.Corpus.from_texts([just_fits]), encoder, PUBLIC).notes == ()
    assert check_tokens(sc.Corpus.from_texts([too_long]), encoder, PUBLIC).notes
    first, second = encoder.encode_documents([just_fits, too_long])
    assert first.tolist() == pytest.approx(second.tolist(), abs=1e-6)


def test_a_collection_counts_the_characters_of_its_texts() -> None:
    assert sc.Corpus.from_texts(["abc", "de"]).characters == 5


def test_copies_of_a_text_are_documents_of_their_own_in_a_sketch() -> None:
    copies = sc.Corpus.from_texts(["same"] * 100 + [f"text {n}" for n in range(100)])
    assert len(copies.sketch) == 200
    without = sc.Corpus.from_texts([*copies.texts[100:], *(f"new {n}" for n in range(100))])
    assert len(set(copies.sketch) & set(without.sketch)) == 100


@pytest.mark.parametrize("name", [None, 1.5, True, b"x"])
def test_an_id_that_is_no_text_and_no_whole_number_is_refused(name: Any) -> None:
    with pytest.raises(sc.CorpusError, match=r"Id 2 is a \w+; give texts or whole numbers"):
        sc.Corpus.from_texts(["a", "b"], ["x", name])
    with pytest.raises(sc.CorpusError, match="Id 1 is a"):
        sc.Corpus.from_texts(["a"]).with_added(["b"], [name])
    assert sc.Corpus.from_texts(["a", "b"], [np.int64(7), 8]).ids == ("7", "8")  # type: ignore[list-item]
