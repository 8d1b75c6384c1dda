"""What a file is, recognised by how it begins: a calibrator, an index, labels, a run, or texts."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

from search_core.corpus import read_corpus
from search_core.errors import InputError, check_kind, shortened
from search_core.files.decoding import FileText, read_text
from search_core.files.headers import candidates, label_header
from search_core.files.roles import folded, role_names
from search_core.files.tables import header_names
from search_core.files.trec import trec_kind
from search_core.mistakes import explain_mistakes

FileKind = Literal["calibrator", "index", "labels", "scores", "qrels", "run", "queries", "texts"]
"""What `recognise_file` distinguishes; "scores" are labels with scores and without texts.

"queries" are the ids and texts of queries, which are no collection to search.
"""

HEAD = 16_384  # bytes that are looked at
_ZIP, _OFFICE = b"PK\x03\x04", (b"[Content_Types].xml", b"xl/", b"mimetype")
# Four letters that FAISS begins with, and the number of dimensions, whose upper bytes are zero.
_INDEX = re.compile(rb"I[A-Za-z][A-Za-z0-9]{2}..\0\0", re.DOTALL)
_CALIBRATOR = re.compile(r'"format"\s*:\s*"score-calibrator/|"checksum"\s*:\s*"[0-9a-f]{64}"')
_KEY = re.compile(r'"((?:[^"\\]|\\.){1,80})"\s*:')
_MARKED = (b"\xff\xfe", b"\xfe\xff")  # UTF-16, whose lines end in two bytes
_READ = "a calibrator, a FAISS index, labels, qrels, a run or texts"
_QUERY_IDS = {"query_id", "qid"}  # other names, such as topic, may be those of a collection, too
_LETTERS = re.compile("[a-z]+")


@explain_mistakes
def recognise_file(name: str, content: bytes) -> FileKind:
    r"""Return what a file is, by how it begins; its reader says whether the rest can be used.

    Parameters
    ----------
    name:
        Names the file in a message. What it is hangs on its content; only ids and texts without
        more are queries or a collection by whether the name says "queries", as BEIR's does.
    content:
        The file, or its first 16 kB: no more is looked at. A zip counts as labels, which
        `read_judged_files` takes with the files of queries and documents.

    Raises
    ------
    InputError
        The file is empty, or nothing that is read here.

    Examples
    --------
    >>> sc.recognise_file("a.csv", b"query,text,relevance\nhow?,so,1\n")
    'labels'
    >>> sc.recognise_file("queries.jsonl", b'{"_id": "7", "text": "warm animals"}')
    'queries'
    >>> sc.recognise_file("b", b"301 Q0 d1 1 12.5 mine\n301 Q0 d2 2 11.0 mine\n")
    'run'
    """
    check_kind(content, bytes, "give the content of the file", InputError)
    head = content[:HEAD]
    if not head.strip():
        raise InputError(f"The file {shortened(str(name))} is empty; choose another one.")
    if _INDEX.match(head):
        return "index"
    if head.startswith(_ZIP) and not any(part in head for part in _OFFICE):
        return "labels"
    try:
        file = read_text(_whole_lines(head, len(content)), error=InputError)
    except InputError as fault:
        raise _unknown(name, str(fault)) from None
    if _is_json(file.text) and _CALIBRATOR.search(file.text):
        return "calibrator"
    known = trec_kind(file.text) or _labels(file.text)
    return known or ("queries" if _are_queries(name, file.text) else _texts(name, file))


def _whole_lines(head: bytes, size: int) -> bytes:
    """Return what there is of a file without a line, or else a letter, that is cut off."""
    if size < HEAD or head.startswith(_MARKED):
        return head
    lines = head[: head.rfind(b"\n") + 1]
    return lines or head.decode("utf-8", "ignore").encode()


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _columns(text: str) -> list[str]:
    """Return the names of the columns; of JSON, which may be cut off, all names in it."""
    if _is_json(text):
        return list(dict.fromkeys(_KEY.findall(text)))
    return header_names(text)


def _labels(text: str) -> FileKind | None:
    columns = _columns(text)
    try:
        used = label_header(columns, judged=True).used
    except InputError:
        return "qrels" if _are_qrels(columns) else None
    return "labels" if {"text", "doc_id"} & used.keys() else "scores"


def _are_qrels(columns: list[str]) -> bool:
    """Whether they are ids and a label alone, which BEIR's qrels call a score."""
    has_ids = all(candidates(columns, role) for role in ("query_id", "doc_id"))
    has_label = any(candidates(columns, role) for role in ("relevance", "score"))
    return has_ids and has_label and not candidates(columns, "text")


def _are_queries(name: str, text: str) -> bool:
    """Whether a file has ids and texts of queries, and nothing that they are searched in."""
    says_so = "queries" in _LETTERS.findall(PurePath(name).stem.casefold())
    if not _is_json(text) and _has_two_fields(text):
        return says_so
    columns = _columns(text)
    queries, texts, ids = (candidates(columns, role) for role in ("query", "text", "doc_id"))
    if len(queries) + len(texts) != 1:
        return False
    if not ids and _QUERY_IDS & set(map(folded, columns)):
        return True
    is_bare = bool(ids) and (len(columns) == 2 or says_so) and "title" not in columns
    return is_bare and (bool(queries) or says_so)


def _has_two_fields(text: str) -> bool:
    """Whether there are ids and texts without names above them, as MS MARCO has them."""
    fields = _first_fields(text)
    return len(fields) == 2 and not role_names() >= set(map(folded, fields))


def _first_fields(text: str) -> list[str]:
    """Return what tabs part in the first line that holds something."""
    return text.lstrip().split("\n", 1)[0].split("\t")


def _texts(name: str, file: FileText) -> FileKind:
    if _is_json(file.text):
        if not file.text.lstrip().startswith('["') and not candidates(_columns(file.text), "text"):
            raise _unknown(name, "It is JSON without a field 'text'; give each text one.")
        return "texts"
    if len(_first_fields(file.text)) == 2:
        return "texts"
    try:
        read_corpus(file.text.encode())
    except InputError as fault:
        raise _unknown(name, str(fault)) from None
    return "texts"


def _unknown(name: str, why: str) -> InputError:
    return InputError(f"The file {shortened(str(name))} can't be read as {_READ}. {why}")
