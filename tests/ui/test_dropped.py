"""Files dropped on the page: where each is opened, and what is said of those that fit nowhere."""

from __future__ import annotations

import base64
import json

import pytest

import search_core as sc
from search_ui.visit.dropped import MOST_FILES, opened
from tests.test_recognising import FILES, NOTHING, QRELS, RUN, index
from tests.ui.events import Events
from tests.ui.pages import CANARY, text_of

TEXTS = b"id,text\na,a cat\nb,a dog\n"


def heads(*files: tuple[str, bytes], before: int = 0) -> str:
    """Return files as the browser sends how they begin; the first few were dropped before."""
    sent = [
        {"name": name, "head": base64.b64encode(content[:16_384]).decode(), "before": n < before}
        for n, (name, content) in enumerate(files)
    ]
    return json.dumps(sent)


def fields(*files: tuple[str, bytes]) -> list[str]:
    """Return the field that each file goes into."""
    return [each.place.field for each in opened(heads(*files))]


@pytest.mark.parametrize(("name", "content", "kind"), FILES, ids=[each[0] for each in FILES])
def test_each_kind_has_its_place(name: str, content: bytes, kind: str) -> None:
    expected = {
        "calibrator": "import-file", "index": "index-file", "texts": "collection-file",
    }.get(kind, "label-file")  # fmt: skip
    assert fields((name, content)) == [expected]


@pytest.mark.parametrize(("name", "content", "said"), NOTHING, ids=[each[0] for each in NOTHING])
def test_what_fits_nowhere_is_told_of_on_the_page(
    events: Events, name: str, content: bytes, said: str
) -> None:
    found, places = events.ask("_ui_dropped", heads((name, content)))
    assert places == ""
    assert said in text_of(found)
    assert 'role="alert"' in found


def test_labels_take_queries_documents_and_a_run_along() -> None:
    queries = ("queries.tsv", b"301\twarm animals\n" * 9)
    files = (("qrels", QRELS), ("run", RUN), ("documents.csv", TEXTS), queries)
    assert fields(*files) == ["label-file"] * 4


def test_an_index_and_its_texts_go_into_the_two_fields_of_one_form() -> None:
    for pair in ((("i.faiss", index("Flat")), ("t.csv", TEXTS)),):
        assert fields(*pair) == ["index-file", "index-texts"]
        assert fields(*reversed(pair)) == ["index-texts", "index-file"]


CORPUS, QUERIES = ("corpus.csv", TEXTS), ("asked.tsv", b"301\twarm animals\n" * 9)
ASKED = ("queries.tsv", b"301\twarm animals\n" * 9)
LIST, RANKED, VECTORS = ("qrels", QRELS), ("run", RUN), ("i.faiss", index("Flat"))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([VECTORS], [CORPUS], ["index-file", "index-texts"]),
        ([CORPUS], [VECTORS], ["index-texts", "index-file"]),
        ([LIST], [CORPUS, QUERIES], ["label-file"] * 3),
        ([LIST, CORPUS], [QUERIES], ["label-file"] * 3),
        ([RANKED], [LIST], ["label-file"] * 2),
        ([], [ASKED], ["label-file"]),
        ([ASKED], [CORPUS, LIST], ["label-file"] * 3),
        ([ASKED], [CORPUS], ["label-file"] * 2),
        ([ASKED, CORPUS], [LIST], ["label-file"] * 3),
        ([VECTORS], [ASKED], ["index-file", "index-texts"]),
        ([ASKED, CORPUS, LIST], [CORPUS], ["collection-file"]),
        ([LIST, CORPUS, QUERIES], [CORPUS], ["collection-file"]),
        ([VECTORS, CORPUS], [CORPUS], ["collection-file"]),
        ([VECTORS], [VECTORS], ["index-file"]),
        ([LIST], [LIST], ["label-file"]),
        ([CORPUS], [CORPUS], ["collection-file"]),
    ],
)
def test_files_dropped_one_after_another_go_together_where_one_lacks_the_other(
    before: list[tuple[str, bytes]], now: list[tuple[str, bytes]], expected: list[str]
) -> None:
    found = opened(heads(*before, *now, before=len(before)))
    assert [each.place.field for each in found] == expected


def test_a_file_is_named_so_that_its_field_takes_it() -> None:
    (index_file,) = opened(heads(("dump", index("Flat"))))
    assert index_file.name == "dump.faiss"
    (notes,) = opened(heads(("notes.MD", b"a cat\na dog\n")))
    assert notes.name == "notes.MD.txt"
    (table,) = opened(heads(("Texts.CSV", TEXTS)))
    assert table.name == "Texts.CSV"


def test_scores_alone_are_opened_as_such() -> None:
    (found,) = opened(heads(("s.csv", b"query,score,relevance\na,0.5,1\n")))
    assert (found.place.step, found.place.choice) == ("labels", "scores")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("[]", "No file arrived"),
        ("", "did not arrive whole"),
        ("null", "did not arrive whole"),
        ('[{"name": "a"}]', "did not arrive whole"),
        ('[{"name": "a", "head": "é"}]', "did not arrive whole"),
        (heads(*[("a.csv", TEXTS)] * (MOST_FILES + 1)), "at most 10"),
        (heads(("a.csv", TEXTS), ("b.csv", TEXTS)), "don't go together"),
        (heads(("a", index("Flat")), ("q", QRELS)), "don't go together"),
    ],
)
def test_what_did_not_arrive_or_does_not_go_together_is_refused(given: str, said: str) -> None:
    with pytest.raises(sc.InputError, match=said):
        opened(given)


def test_a_name_of_a_file_is_escaped(events: Events) -> None:
    said, _ = events.ask("_ui_dropped", heads((CANARY, b"\x89PNG\r\n\x1a\n")))
    assert "<script" not in said
