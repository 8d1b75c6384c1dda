"""What a file is, told by how it begins."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress

import faiss
import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.recognising import HEAD
from search_ui.sample import EXAMPLES

ROWS = [{"query": "how?", "text": f"text {n}", "relevance": n % 2} for n in range(2_000)]
QRELS = b"".join(b"301 0 d%d %d\n" % (n, n % 2) for n in range(2_000))
RUN = b"".join(b"301 Q0 d%d %d %f mine\n" % (n, n + 1, 9 - n / 500) for n in range(2_000))


def index(kind: str) -> bytes:
    """Return the file of an index."""
    made = faiss.index_factory(16, kind)
    vectors = np.random.default_rng(0).normal(size=(400, 16)).astype(np.float32)
    made.train(vectors)
    made.add(vectors)
    return bytes(faiss.serialize_index(made).tobytes())


def zipped(**files: bytes) -> bytes:
    """Return files as a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def curve() -> bytes:
    """Return a small calibrator."""
    pairs = sc.pairs_from_arrays(
        [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    )
    return sc.fit_calibrator(pairs, "platt").calibrator.to_json().encode()


FILES = [
    ("calibrator.json", (EXAMPLES / "calibrator.json").read_bytes(), "calibrator"),
    ("noname", curve(), "calibrator"),
    ("compact.json", json.dumps(json.loads(curve())).encode(), "calibrator"),
    ("index.faiss", index("Flat"), "index"),
    ("hnsw.txt", index("HNSW8"), "index"),
    ("ivf.bin", index("IVF4,Flat"), "index"),
    ("judgements.csv", (EXAMPLES / "judgements.csv").read_bytes(), "labels"),
    ("rows.json", json.dumps(ROWS).encode(), "labels"),
    ("rows.jsonl", "\n".join(map(json.dumps, ROWS)).encode(), "labels"),
    ("semicolons.csv", b"Frage;Text;relevance\nwie?;so;1\n".replace(b"Frage", b"query"), "labels"),
    ("utf16.csv", "query,text,relevance\nwie?,schön,1\n".encode("utf-16"), "labels"),
    (
        "long16.csv",
        ("query,text,relevance\n" + "wie?,schön,1\n" * 9_000).encode("utf-16"),
        "labels",
    ),
    ("beir.zip", zipped(qrels__test_tsv=QRELS, corpus_jsonl=b"{}"), "labels"),
    ("scores.csv", b"query,score,relevance\nhow?,0.5,1\n", "scores"),
    ("qrels.txt", QRELS, "qrels"),
    ("test.tsv", b"query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n", "qrels"),
    ("qrels.csv", b"query_id,doc_id,relevance\nq1,d1,1\nq1,d2,0\n", "qrels"),
    ("short.txt", b"q1 d1 1\nq1 d2 0\n", "qrels"),
    ("spaced.tsv", b"query-id corpus-id score\nabc def 1\n", "qrels"),
    ("named.txt", b"topic iteration document relevancy\n" + QRELS, "qrels"),
    ("remarks.txt", b"# made by three people\n" + QRELS, "qrels"),
    ("qrels.jsonl", b'{"qid": "q1", "docid": "d1", "label": 1}\n', "qrels"),
    ("bm25.run", RUN, "run"),
    ("tabs.run", RUN.replace(b" ", b"\t"), "run"),
    ("documents.csv", (EXAMPLES / "documents.csv").read_bytes(), "texts"),
    ("corpus.jsonl", b'{"_id": "a", "title": "", "text": "a cat"}\n' * 900, "texts"),
    ("list.json", json.dumps(["a cat", "a dog"] * 3_000).encode(), "texts"),
    ("notes.md", "Die Fähre fährt um zwölf.\n".encode() * 2_000, "texts"),
    ("passages.tsv", b"301\twarm animals\n302\tcold stones\n", "texts"),
    ("topics.csv", b"topic_id,text\n1,warm animals\n1,cold stones\n", "texts"),
    ("ids.csv", b"query_id,text\n1,warm animals\n2,cold stones\n", "queries"),
    ("ids.tsv", b"qid\tquestion\n1\twarm animals\n", "queries"),
    ("id.csv", b"id,query\n1,warm animals\n", "queries"),
    ("ids.jsonl", b'{"query_id": 1, "query": "warm animals"}\n', "queries"),
    ("pairs.csv", b"query_id,query,text\n1,warm animals,a cat\n", "texts"),
    ("films.txt", b"Rocky part 2\nRocky part 3\n", "texts"),
    ("films.md", b"# Films\nRocky part 2\nRocky part 3\n", "texts"),
    ("planes.txt", b"Boeing 747 1\nAirbus A320 2\n", "texts"),
    ("one line.txt", b"4K HDR10 1\n", "texts"),
    ("Item prices.txt", b"Item one costs more than it did.\nItem two does not.\n", "texts"),
]


@pytest.mark.parametrize(("name", "content", "kind"), FILES, ids=[each[0] for each in FILES])
def test_each_kind_is_told_by_its_content_whatever_the_name(
    name: str, content: bytes, kind: str
) -> None:
    assert sc.recognise_file(name, content) == kind
    assert sc.recognise_file("upload", content[:HEAD]) == kind


@pytest.mark.parametrize(("name", "content", "kind"), FILES, ids=[each[0] for each in FILES])
def test_a_file_that_is_cut_off_is_still_told_so_that_its_reader_says_what_is_wrong(
    name: str, content: bytes, kind: str
) -> None:
    if len(content) > 2_000:
        assert sc.recognise_file(name, content[: len(content) * 9 // 10]) == kind


NAMED = [
    ("queries.jsonl", b'{"_id": "1", "text": "warm animals", "metadata": {}}\n'),
    ("queries.dev.small.tsv", b"301\twarm animals\n302\tcold stones\n"),
    ("test_queries.csv", b"id,text,kind\n1,warm animals,easy\n"),
]


@pytest.mark.parametrize(("name", "content"), NAMED, ids=[each[0] for each in NAMED])
def test_ids_and_texts_alone_are_queries_where_the_name_says_so(name: str, content: bytes) -> None:
    assert sc.recognise_file(name, content) == "queries"
    assert sc.recognise_file("corpus.txt", content) == "texts"


def test_a_name_makes_no_queries_of_what_has_more_or_less_than_ids_and_texts() -> None:
    titled = b'{"_id": "1", "title": "Cats", "text": "Cats are warm."}\n'
    assert sc.recognise_file("queries.jsonl", titled) == "texts"
    assert sc.recognise_file("queries.txt", b"warm animals\ncold stones\n") == "texts"
    assert sc.recognise_file("queries.csv", b"query,text,relevance\na,b,1\n") == "labels"


NOTHING = [
    ("nothing.csv", b"", "is empty"),
    ("blank.txt", b" \n\n\t ", "is empty"),
    ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "a PNG"),
    ("paper.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
    ("book.xlsx", zipped(**{"[Content_Types].xml": b"<a/>", "xl__workbook.xml": b"<b/>"}), "Excel"),
    ("page.html", b"<!doctype html><html><body>hello</body></html>", "an HTML page"),
    ("noise.bin", np.random.default_rng(1).bytes(5_000), "can't be read as a calibrator"),
    ("numbers.csv", b"a,b,c\n1,2,3\n4,5,6\n7,8,9\n", "can't be read as a calibrator"),
    ("config.json", b'{"debug": true, "port": 8080}', "without a field 'text'"),
    ("vectors.npy", b"\x93NUMPY\x01\x00v\x00" + bytes(600), "can't be read as a calibrator"),
]


@pytest.mark.parametrize(("name", "content", "said"), NOTHING, ids=[each[0] for each in NOTHING])
def test_what_is_nothing_that_is_read_here_is_refused_in_a_sentence(
    name: str, content: bytes, said: str
) -> None:
    with pytest.raises(sc.InputError) as refused:
        sc.recognise_file(name, content)
    message = str(refused.value)
    assert name in message
    assert said in message
    assert "\n" not in message
    assert len(message) < 500


def test_of_a_huge_file_the_beginning_alone_is_looked_at() -> None:
    content = b"query,text,relevance\n" + b"how?,so,1\n" * 5_000_000
    assert sc.recognise_file("huge.csv", content) == "labels"
    with pytest.raises(sc.InputError):
        sc.recognise_file("zeros", bytes(50_000_000))


def test_a_letter_that_is_cut_at_the_end_of_the_beginning_does_no_harm() -> None:
    for shift in range(4):
        line = "x" * shift + "é漢🙂" * 9_000
        assert sc.recognise_file("one line", line.encode()) == "texts"


@given(st.binary(max_size=300), st.text(max_size=20))
def test_no_bytes_end_in_anything_but_a_kind_or_a_sentence(content: bytes, name: str) -> None:
    for each in (content, b"IxFI" + content, b"{" + content, b"PK\x03\x04" + content):
        with suppress(sc.InputError):
            assert sc.recognise_file(name, each)
