"""Queries, documents and labels that stand in files of their own, as BEIR and TREC have them.

Each file is recognised by what it holds. Two files of ids and texts are distinguished by the ids
that the labels name, and only where these tell nothing by their names.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Literal, TypeAlias

from search_core.corpus import Corpus
from search_core.errors import InputError, LabelsError, cap_words, reading_file
from search_core.files.decoding import FileText, read_text
from search_core.files.headers import candidates
from search_core.files.roles import folded, role_names
from search_core.files.tables import Table, is_number, scan_file, scan_table
from search_core.files.trec import read_trec, trec_kind
from search_core.labels.labels import Labels, labels_of_table
from search_core.labels.outline import LabelOutline, outline_of_table
from search_core.labels.stated import Stated
from search_core.limits import Limits
from search_core.mistakes import explain_mistakes

Files: TypeAlias = str | Path | bytes | Mapping[str, bytes] | Sequence[str | Path]
Kind = Literal["documents", "queries", "labels", "run", "texts", "scores"]

_ZIP, _WORKBOOK = b"PK\x03\x04", b"xl/workbook"
_MOST_FILES = 100  # of a folder that are looked at
_NAMED = 5  # ids that a sentence names
_DATA = (".json", ".jsonl", ".csv", ".tsv", ".txt", ".qrels", ".qrel", ".run", ".trec")
_QUERY_WORDS = ("quer", "topic", "question")
_WORDS: Mapping[Kind, str] = {
    "documents": "the documents",
    "queries": "the queries",
    "labels": "the labels",
    "run": "the scores of a run",
}


@dataclass(frozen=True, eq=False)
class JudgedFiles:
    r"""Labels with the collection that they are about.

    Attributes
    ----------
    labels:
        Their `queries` are texts and their `doc_ids` those of `corpus`; `scores` are those of a
        run, where there is one. Without texts they are scores alone, by ids of queries.
    corpus:
        The documents; None where qrels and a run came without texts.
    files:
        What each file was taken for, by name; "" for one that was not used.

    Examples
    --------
    >>> read = sc.read_judged_files({"qrels": b"7 0 a 1\n7 0 b 0", "run": b"7 Q0 a 1 0.9 mine"})
    >>> read.files["run"], read.labels.scores.tolist()
    ('the scores of a run', [0.9])
    """

    labels: Labels
    corpus: Corpus | None
    files: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class _Part:
    """One file that was recognised: its name, what it holds, its rows and their columns.

    "texts" are documents or queries, and "scores" labels or a run, until they are distinguished.
    `is_qrels` says that the grades of labels begin at 0, as those of TREC and BEIR do.
    """

    name: str
    kind: Kind
    table: Table
    columns: Mapping[str, str] = field(default_factory=dict)
    is_qrels: bool = False

    def cells(self, role: str) -> tuple[str, ...]:
        return tuple(cell.strip() for cell in self.table.column(self.columns[role]))

    def texts(self) -> dict[str, str]:
        """Return the texts by id; of one id the last counts. A title stands before its text."""
        texts = self.table.column(self.columns["text"])
        if "title" in self.columns:
            titles = self.table.column(self.columns["title"])
            texts = tuple(f"{a} {b}".strip() for a, b in zip(titles, texts, strict=True))
        return dict(zip(self.cells("id"), texts, strict=True))


@explain_mistakes
def read_judged_files(
    sources: Files,
    *,
    scale: tuple[float, float] | None = None,
    meanings: Mapping[str, float | None] | None = None,
    relevant_from: float | None = None,
    limits: Limits | None = None,
    skip_faulty: bool = False,
) -> JudgedFiles:
    r"""Read queries, documents and labels that stand in files of their own, and perhaps a run.

    Documents and queries are JSON Lines, CSV or TSV of ids and texts (BEIR's `corpus.jsonl` and
    `queries.jsonl`, or two columns without a header). Labels are TREC qrels, or a table of query
    ids, document ids and a label, which BEIR calls `score`. The scores of a run are joined to the
    labels. Several files of labels are read as one; those whose name says "test" are the rows to
    test on.

    Parameters
    ----------
    sources:
        A folder, a zip of one (its bytes or path), paths, or contents by name.
    scale, meanings, relevant_from, limits, skip_faulty:
        As in `read_labels`.

    Raises
    ------
    LabelsError
        Some of the files are missing (all of them named at once), a file cannot be read, or no
        label names a query and a document that are there.

    Examples
    --------
    >>> files = {"qrels": b"7 0 a 1\n7 0 b 0\n", "queries.tsv": b"7\twarm animals\n",
    ...          "corpus.tsv": b"a\tThe cat purrs.\nb\tA cold stone.\n"}
    >>> read = sc.read_judged_files(files)
    >>> read.labels.queries, read.labels.doc_ids, read.corpus.texts[0]
    (('warm animals', 'warm animals'), ('a', 'b'), 'The cat purrs.')
    """
    stated = Stated(scale, meanings, relevant_from)
    found = _recognised(sources, limits)
    table, notes = _joined(found)
    if stated == Stated():
        stated, from_zero = _from_zero(found.parts, table)
        notes += from_zero
    labels = labels_of_table(table, stated, skip_faulty=skip_faulty)
    labels = replace(labels, reading=replace(labels.reading, notes=(*notes, *labels.reading.notes)))
    return JudgedFiles(labels, _corpus(found.parts, limits), found.taken_for)


@explain_mistakes
def outline_judged_files(sources: Files, *, limits: Limits | None = None) -> LabelOutline:
    r"""Say what files seem to say, as `outline_labels` does for one.

    Parameters
    ----------
    sources:
        As for `read_judged_files`.
    limits:
        The caps on what is read; none if not given.

    Raises
    ------
    LabelsError
        As `read_judged_files`, but for what single labels mean.

    Examples
    --------
    >>> files = {"qrels": b"7 0 a 2\n7 0 b 0\n", "run": b"7 Q0 a 1 0.9 me\n7 Q0 b 2 0.1 me\n"}
    >>> sc.outline_judged_files(files).highest
    2.0
    """
    found = _recognised(sources, limits)
    table, notes = _joined(found)
    stated, from_zero = _from_zero(found.parts, table)
    outline = outline_of_table(table, stated)
    questions = (*notes, *from_zero, *outline.questions)
    return replace(outline, questions=questions, files=found.taken_for)


@explain_mistakes
def holds_files(content: bytes) -> bool:
    """Whether a content is a zip of files, and no workbook, which is one inside.

    Examples
    --------
    >>> sc.holds_files(b"query,text,label")
    False
    """
    return content.startswith(_ZIP) and _WORKBOOK not in content


@dataclass(frozen=True, eq=False)
class _Recognised:
    """The files of use among those given, and what each was taken for, by name.

    `notes` say what was left out of them, and which files could not be read.
    """

    parts: Sequence[_Part]
    taken_for: Mapping[str, str]
    notes: Sequence[str]


def _recognised(sources: Files, limits: Limits | None) -> _Recognised:
    """Return what files hold.

    Raises
    ------
    LabelsError
        They cannot be read, or some are missing.
    """
    contents = _contents(sources, limits)
    found: list[_Part] = []
    unused: dict[str, str] = {}
    for name, content in contents.items():
        try:
            part = _part(name, content, limits)
        except InputError as fault:
            unused[name] = f"'{name[:40]}' is not used: {fault}"
            continue
        if part is None:
            unused[name] = f"'{name[:40]}' is not used."
        else:
            found.append(part)
    parts = _distinguished(found)
    _check_complete(parts, list(unused.values()))
    notes = [words for name, words in unused.items() if name.casefold().endswith(_DATA)]
    for part in parts:
        notes += _left_out_rows(part)
    kinds = {part.name: _WORDS[part.kind] for part in parts}
    return _Recognised(parts, {name: kinds.get(name, "") for name in contents}, notes)


def _contents(sources: Files, limits: Limits | None) -> dict[str, bytes]:
    """Return the content of each file by its name."""
    most = None if limits is None else limits.upload_bytes
    if isinstance(sources, Mapping):
        contents = dict(sources)
    elif isinstance(sources, bytes):
        contents = _unzipped(sources, most)
    else:
        contents = _read_paths(_paths(sources), most)
    if most is not None and sum(map(len, contents.values())) > most:
        size = f"The files have more than {most:,} bytes together"
        raise LabelsError(cap_words(size, "some documents"))
    return contents


def _paths(sources: str | Path | Sequence[str | Path]) -> list[Path]:
    if not isinstance(sources, str | Path):
        return [Path(each) for each in sources]
    path = Path(sources)
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.rglob("*") if each.is_file())[:_MOST_FILES]


def _read_paths(paths: Sequence[Path], most: int | None) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for path in paths:
        with reading_file(path.name, "choose it again", LabelsError), path.open("rb") as file:
            content = file.read(-1 if most is None else most + 1)
        if content.startswith(_ZIP):
            contents |= _unzipped(content, most)
        else:
            contents[path.name if path.name not in contents else str(path)] = content
    return contents


def _unzipped(content: bytes, most: int | None) -> dict[str, bytes]:
    """Return the files within a zip, none of which is unpacked further than is taken."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()][:_MOST_FILES]
            if most is not None and sum(each.file_size for each in entries) > most:
                size = f"The zip holds more than {most:,} bytes"
                raise LabelsError(cap_words(size, "some documents"))
            return {each.filename: archive.read(each) for each in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise LabelsError(
            "The zip cannot be opened; make it again, without a password, or give its files."
        ) from None


def _part(name: str, content: bytes, limits: Limits | None) -> _Part | None:
    """Return what a file holds; None for one that holds nothing of use, such as a README.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    file = read_text(content, error=LabelsError, limits=limits)
    kind = trec_kind(file.text)
    if kind is not None:
        table = read_trec(file, kind, error=LabelsError, limits=limits)
        value = "relevance" if kind == "qrels" else "score"
        columns = {each: each for each in ("query_id", "doc_id", value)}
        is_qrels = kind == "qrels"
        return _Part(name, "labels" if is_qrels else "run", table, columns, is_qrels)
    found = _without_header(name, file, limits)
    if found is not None:
        return found
    table = scan_file(content, error=LabelsError, limits=limits)
    return _of_ids(name, table) or _of_texts(name, table)


def _one(table: Table, role: str) -> str | None:
    """Return the column of a role, where there is one alone."""
    found = candidates(table.columns, role)
    return found[0] if len(found) == 1 else None


def _of_ids(name: str, table: Table) -> _Part | None:
    """Return a file of labels or of scores, which have the ids of a query and of a document."""
    values = {role: _one(table, role) for role in ("relevance", "score")}
    found = {role: _one(table, role) for role in ("query_id", "doc_id")} | values
    columns = {role: column for role, column in found.items() if column is not None}
    if not {"query_id", "doc_id"} <= columns.keys() or not values.keys() & columns.keys():
        return None
    return _Part(name, "labels" if "relevance" in columns else "scores", table, columns)


def _of_texts(name: str, table: Table) -> _Part | None:
    """Return a file of ids and texts; that of the queries is known if it names these."""
    query, query_id = _one(table, "query"), _one(table, "query_id")
    id_, text = _one(table, "doc_id"), _one(table, "text")
    title = next((column for column in table.columns if column.casefold() == "title"), None)
    if query is not None and (query_id or id_):
        return _Part(name, "queries", table, {"id": query_id or id_ or "", "text": query})
    if text is None or not (query_id or id_):
        return None
    columns = {"id": id_ or query_id or "", "text": text}
    if query_id and not id_:
        return _Part(name, "queries", table, columns)
    return _Part(name, "texts", table, columns | ({"title": title} if title else {}))


def _without_header(name: str, file: FileText, limits: Limits | None) -> _Part | None:
    """Return a file of two columns parted by tabs, an id and a text, with no names above them."""
    first = file.text.lstrip().splitlines()[0]
    names = [folded(cell) for cell in first.split("\t")]
    if len(names) != 2 or role_names() >= set(names):
        return None
    with_names = FileText(f"id\ttext\n{file.text}", file.encoding)
    table = scan_table(with_names, error=LabelsError, limits=limits)
    rows = tuple(row - 1 for row in table.rows)  # the names stand above the first row
    return _Part(name, "texts", replace(table, rows=rows), {"id": "id", "text": "text"})


def _distinguished(parts: Sequence[_Part]) -> list[_Part]:
    """Return the parts with scores and labels, queries and documents distinguished."""
    parts = _split_scores(parts)
    open_ = [part for part in parts if part.kind == "texts"]
    named = {role: _ids(parts, role) for role in ("query_id", "doc_id")}
    open_.sort(key=lambda part: _likeness_to_queries(part, named), reverse=True)
    kinds: dict[str, Kind] = {part.name: "documents" for part in open_}
    if open_ and not any(part.kind == "queries" for part in parts):
        likeness = _likeness_to_queries(open_[0], named)
        if len(open_) > 1 or likeness[:2] > (0.0, False):
            kinds[open_[0].name] = "queries"
    return [replace(part, kind=kinds.get(part.name, part.kind)) for part in parts]


def _split_scores(parts: Sequence[_Part]) -> list[_Part]:
    """Return the parts with each table of scores known as labels, or as a run.

    Where nothing else is, scores are the labels, as BEIR has them: whole numbers before others.
    """
    open_ = [part for part in parts if part.kind == "scores"]
    whole = [part for part in open_ if all(map(_is_whole, part.cells("score")))]
    labels = [] if any(part.kind == "labels" for part in parts) else whole or open_[:1]
    recognised = []
    for part in parts:
        if part in labels:
            columns = {"relevance" if k == "score" else k: name for k, name in part.columns.items()}
            recognised.append(replace(part, kind="labels", columns=columns, is_qrels=part in whole))
        else:
            recognised.append(replace(part, kind="run") if part.kind == "scores" else part)
    return recognised


def _is_whole(cell: str) -> bool:
    return is_number(cell) and float(cell) % 1 == 0


def _ids(parts: Sequence[_Part], role: str) -> set[str]:
    return {cell for part in parts if part.kind in ("labels", "run") for cell in part.cells(role)}


def _likeness_to_queries(part: _Part, named: Mapping[str, set[str]]) -> tuple[float, bool, int]:
    """Return how much more a file's ids are those of the labels' queries than of its documents.

    A draw is decided by the file's name, then by its size: there are fewer queries.
    """
    ids = set(part.cells("id"))
    shares = [len(ids & named[role]) / max(1, len(named[role])) for role in ("query_id", "doc_id")]
    names_queries = any(word in part.name.casefold() for word in _QUERY_WORDS)
    return shares[0] - shares[1], names_queries, -len(ids)


def _left_out_rows(part: _Part) -> list[str]:
    """Say which rows of a file are left out: those that cannot be read, and ids that come again.

    Faulty rows of labels are reported with the other faults of the labels.
    """
    notes = []
    faults = part.table.faults if part.kind != "labels" else ()
    if faults:
        rows = "1 row" if len(faults) == 1 else f"{len(faults):,} rows"
        notes.append(f"Left out: {rows} of '{part.name[:40]}'. {faults[0].sentence}")
    if part.kind == "run":
        notes += _repeated(part, ("query_id", "doc_id"), "score", "pair", "scores")
    elif part.kind in ("queries", "documents"):
        notes += _repeated(part, ("id",), "text", "id", "texts")
    return notes


def _repeated(part: _Part, keys: Sequence[str], value: str, one: str, what: str) -> list[str]:
    """Say which keys have more than one value, of which the last counts."""
    first: dict[tuple[str, ...], str] = {}
    names = zip(*(part.cells(key) for key in keys), strict=True)
    again = {
        name: None
        for name, cell in zip(names, part.cells(value), strict=True)
        if first.setdefault(name, cell) != cell
    }
    if not again:
        return []
    named = ", ".join(f"'{' '.join(name)[:40]}'" for name in list(again)[:_NAMED])
    more = f" and {len(again) - _NAMED:,} more" if len(again) > _NAMED else ""
    have = f"1 {one} has" if len(again) == 1 else f"{len(again):,} {one}s have"
    return [
        f"In '{part.name[:40]}' {have} several {what}, of which the last counts: {named}{more}."
    ]


def _check_complete(parts: Sequence[_Part], unused: Sequence[str]) -> None:
    kinds = {part.kind for part in parts}
    missing = []
    if "labels" not in kinds:
        missing.append("labels (TREC qrels, or columns query_id, doc_id and relevance)")
    if "run" not in kinds or kinds & {"queries", "documents"}:
        absent = [kind for kind in ("queries", "documents") if kind not in kinds]
        missing += [f"the texts of the {kind} (an id and a text in each row)" for kind in absent]
    if not missing:
        return
    found = [f"'{part.name[:40]}' has {_WORDS[part.kind]}" for part in parts if part.kind in _WORDS]
    summary = "; ".join(found[:10]) or ("none is of use" if unused else "no file was given")
    raise LabelsError(
        " ".join(
            [f"The files lack {' and '.join(missing)}; add them. So far {summary}.", *unused[:5]]
        )
    )


def _corpus(parts: Sequence[_Part], limits: Limits | None) -> Corpus | None:
    documents = _texts(parts, "documents")
    if not documents:
        return None
    if limits is not None and len(documents) > limits.documents:
        raise LabelsError(
            f"The collection has {len(documents):,} documents; at most {limits.documents:,} are "
            "taken here, so leave some out or run Score Sense on your own machine."
        )
    return Corpus.from_texts(list(documents.values()), list(documents))


def _texts(parts: Sequence[_Part], kind: Kind) -> dict[str, str]:
    """Return the texts of all files of a kind by id, without empty ones."""
    texts: dict[str, str] = {}
    for part in parts:
        if part.kind == kind:
            texts |= {name: text for name, text in part.texts().items() if text.strip()}
    return texts


@dataclass(frozen=True)
class _Row:
    """One label of a file: its row there, the ids, the label, and whether it is to test on."""

    row: int
    query: str
    document: str
    label: str
    split: str


def _joined(found: _Recognised) -> tuple[Table, list[str]]:
    """Return the labels with the texts of their queries, and the scores of a run, as a table.

    With it come notes on what was left out, with how many ids are missing and which.
    """
    parts = found.parts
    rows = _label_rows(parts)
    queries, documents = _texts(parts, "queries"), _texts(parts, "documents")
    scores = _scores(parts)
    notes = [*found.notes]
    if documents:
        notes += _missing("queries", "query", {row.query for row in rows} - queries.keys())
        notes += _missing(
            "documents", "document", {row.document for row in rows} - documents.keys()
        )
        rows = [row for row in rows if row.query in queries and row.document in documents]
    if scores is not None:
        judged = {(row.query, row.document) for row in rows}
        notes += _unjudged(len(scores.keys() - judged), len(judged - scores.keys()))
        rows = [row for row in rows if (row.query, row.document) in scores]
    if not rows:
        raise LabelsError(
            "No label names a query and a document that the other files have; check that the ids "
            f"are written alike. {' '.join(notes)}".strip()
        )
    columns = ["query" if documents else "query_id", "doc_id", "relevance"]
    cells = [[queries.get(row.query, row.query), row.document, row.label] for row in rows]
    if any(row.split for row in rows):
        columns.append("split")
        cells = [[*each, row.split] for each, row in zip(cells, rows, strict=True)]
    if scores is not None:
        columns.append("score")
        cells = [
            [*each, scores[row.query, row.document]] for each, row in zip(cells, rows, strict=True)
        ]
    faults = [fault for part in parts if part.kind == "labels" for fault in part.table.faults]
    table = next(part.table for part in parts if part.kind == "labels")
    return replace(
        table,
        columns=tuple(columns),
        cells=tuple(map(tuple, cells)),
        rows=tuple(row.row for row in rows),
        faults=tuple(faults),
    ), notes


def _label_rows(parts: Sequence[_Part]) -> list[_Row]:
    judged = [part for part in parts if part.kind == "labels"]
    tests = ["test" in Path(part.name).stem.casefold() for part in judged]
    rows = []
    for part, is_test in zip(judged, tests, strict=True):
        split = ("test" if is_test else "train") if len(set(tests)) > 1 else ""
        cells = zip(
            part.table.rows, part.cells("query_id"), part.cells("doc_id"),
            part.cells("relevance"), strict=True,
        )  # fmt: skip
        rows += [_Row(*each, split) for each in cells]
    return rows


def _from_zero(parts: Sequence[_Part], table: Table) -> tuple[Stated, list[str]]:
    """Return the scale of qrels whose lowest grade is above 0, and a note that says so.

    Qrels often list what is relevant alone, and their lowest grade is then no "not relevant".
    """
    cells = {cell.strip() for cell in table.column("relevance")} - {""}
    is_of_qrels = all(part.is_qrels for part in parts if part.kind == "labels")
    if not (cells and is_of_qrels and all(map(_is_whole, cells))):
        return Stated(), []
    grades = sorted(map(float, cells))
    if grades[0] < 1 or grades[-1] == 1:
        return Stated(), []
    note = (
        f"Grades of qrels begin at 0, not relevant; the lowest here is {grades[0]:g}, and they are "
        f"read on 0–{grades[-1]:g}. If your scale is another, give it."
    )
    return Stated(scale=(0.0, grades[-1])), [note]


def _scores(parts: Sequence[_Part]) -> dict[tuple[str, str], str] | None:
    """Return the scores of a run, or of the labels themselves, by query and document."""
    with_scores = [part for part in parts if "score" in part.columns]
    if len(with_scores) > 1:
        names = " and ".join(f"'{part.name[:40]}'" for part in with_scores[:2])
        raise LabelsError(f"Both {names} have scores; give the run of one engine.")
    if not with_scores:
        return None
    (part,) = with_scores
    pairs = zip(part.cells("query_id"), part.cells("doc_id"), strict=True)
    return dict(zip(pairs, part.cells("score"), strict=True))


def _missing(what: str, one: str, ids: set[str]) -> list[str]:
    if not ids:
        return []
    named = ", ".join(f"'{each[:20]}'" for each in sorted(ids)[:_NAMED])
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    whose = f"1 {one} has" if len(ids) == 1 else f"{len(ids):,} {what} have"
    return [f"{whose} labels and no text, so these labels are left out: {named}{more}."]


def _unjudged(of_run: int, of_labels: int) -> list[str]:
    notes = []
    if of_run:
        notes.append(f"Left out: {of_run:,} of the run's pairs, which have no label.")
    if of_labels:
        notes.append(f"Left out: {of_labels:,} of the labels, which have no score in the run.")
    return notes
