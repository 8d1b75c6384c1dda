"""The collection that is searched: texts with ids, and how a file of them is read."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from numbers import Integral

from search_core.errors import CorpusError, Fault, several, shortened
from search_core.files.decoding import LINE_END, Source, line_after, read_text
from search_core.files.delimited import row_after
from search_core.files.headers import candidates, find_column
from search_core.files.json_records import flat_records
from search_core.files.roles import folded, role_names
from search_core.files.tables import (
    Number,
    Table,
    cell_fault,
    empty_cells,
    json_rows,
    listed,
    sifted,
    table_of,
    without_empty,
)
from search_core.files.text_tables import names_text, table_of_texts
from search_core.files.trec import trec_kind
from search_core.limits import Limits
from search_core.mistakes import explain_mistakes

_JSON_NAMES = ("text", "title", "id", "_id")
_COUNTED = re.compile(r"[0-9]{1,40}")  # an id that is a number, as `from_texts` gives them

SKETCH_SIZE = 256  # a share is known from so many to 0.03, and +1 document of any number exactly
SKETCH_DIGITS = 16


@explain_mistakes
@dataclass(frozen=True)
class Corpus:
    """Texts with ids, in a fixed order.

    Attributes
    ----------
    ids, texts:
        One id and one text a document; length n.
    notes:
        What was noticed while reading, in sentences (columns ignored, empty lines left out …).
    next_number:
        The id of the next document that is given none: above every number that a document of this
        collection has, or had before it was removed.

    Raises
    ------
    CorpusError
        No text, a text that is empty or no text at all, fewer or more ids than texts, or one id
        given twice.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog"], ids=["c", "d"])
    >>> corpus.with_added(["the sun"]).ids
    ('c', 'd', '0')
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    notes: tuple[str, ...] = ()
    next_number: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.texts:
            raise CorpusError("The collection is empty; give at least one text.")
        _check_documents(self.ids, self.texts)
        numbers = [int(name) + 1 for name in self.ids if _COUNTED.fullmatch(name)]
        object.__setattr__(self, "next_number", max(self.next_number, *numbers, 0))

    @classmethod
    def from_texts(cls, texts: Iterable[str], ids: Sequence[str] | None = None) -> Corpus:
        """Make a collection; without `ids` the documents are numbered from 0.

        Raises
        ------
        CorpusError
            As for `Corpus`; also texts or ids that are no list.
        """
        texts = tuple(several(texts, "texts", CorpusError))
        return cls(_names(ids, 0, len(texts)), texts)

    def with_added(self, texts: Iterable[str], ids: Sequence[str] | None = None) -> Corpus:
        """Return the collection with more documents at its end.

        Without `ids` they are numbered from `next_number` on.

        Raises
        ------
        CorpusError
            As for `Corpus`; also an id that the collection has already, or texts or ids that are
            no list.
        """
        new = tuple(several(texts, "texts", CorpusError))
        names = _names(ids, self.next_number, len(new))
        _check_documents(names, new)
        for name in names:
            if name in self.position_of_id:
                raise CorpusError(
                    f"The id '{name[:40]}' is in the collection already; give every document its "
                    "own, or remove the old one first."
                )
        return replace(self, ids=(*self.ids, *names), texts=(*self.texts, *new))

    def without(self, ids: Iterable[str]) -> Corpus:
        """Return the collection without some documents; the rest keeps its order and its ids.

        Raises
        ------
        CorpusError
            An id that the collection does not have, one given twice, all of them, or no list.
        """
        gone = list(map(str, several(ids, "ids", CorpusError)))
        for name in gone:
            if name not in self.position_of_id:
                raise CorpusError(
                    f"There is no document '{name[:40]}' in this collection of {len(self)}; name "
                    "ids that it has."
                )
        repeated = _first_repeated(gone)
        if repeated is not None:
            raise CorpusError(
                f"The id '{gone[repeated][:40]}' is given twice; name every document once."
            )
        if len(gone) == len(self):
            raise CorpusError(
                "These are all documents of the collection, and one must be left; build another "
                "engine instead."
            )
        removed = set(gone)
        kept = [pair for pair in zip(self.ids, self.texts, strict=True) if pair[0] not in removed]
        return replace(
            self, ids=tuple(name for name, _ in kept), texts=tuple(text for _, text in kept)
        )

    def __repr__(self) -> str:
        return f"<Corpus of {len(self):,} documents, the first {shortened(self.texts[0])}>"

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the sorted SHA-256 of the texts: the same for any order of documents."""
        hashes = sorted(_sha256(text) for text in self.texts)
        return _sha256("\n".join(hashes))

    @cached_property
    def sketch(self) -> tuple[str, ...]:
        """The smallest 256 of the documents' hashes, ascending: a sample drawn by the texts.

        Whatever else is in a collection, a text is in its sketch or not by its hash alone, so two
        sketches tell how much two collections have in common (Broder 1997). A hash is the first 16
        digits of the SHA-256; a second copy of a text has one of its own, and so on.
        """
        copies: Counter[str] = Counter()
        hashes = []
        for text in self.texts:
            before = copies[text]
            copies[text] += 1
            hashes.append(_sha256(f"{before}\n{text}" if before else text)[:SKETCH_DIGITS])
        return tuple(sorted(hashes)[:SKETCH_SIZE])

    @cached_property
    def characters(self) -> int:
        """Characters of all texts."""
        return sum(map(len, self.texts))

    @cached_property
    def position_of_id(self) -> dict[str, int]:
        """Where each id stands."""
        return {name: position for position, name in enumerate(self.ids)}

    @cached_property
    def position_of_text(self) -> dict[str, int]:
        """Where each text stands first."""
        return {text: n for n, text in reversed(list(enumerate(self.texts)))}


def _sha256(text: str) -> str:
    # Lone surrogates cannot be encoded as UTF-8; they still deserve a hash.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@explain_mistakes
def read_corpus(
    source: Source,
    *,
    encoding: str | None = None,
    limits: Limits | None = None,
    skip_faulty: bool = False,
) -> Corpus:
    r"""Read a collection: a CSV with a column `text`, JSON Lines, a JSON array, or a text per line.

    It is a CSV where the first line names a column `text` (and perhaps `id`); case and blanks do
    not matter, and other usual names, such as content or doc_id, are read, which a note says. JSON
    holds texts, or objects with `text` and perhaps `id` or `_id`; a `title` is put before the text,
    as BEIR does. What is a CSV or JSON without texts by all appearances, HTML, XML or YAML is
    refused, and never read as texts; how the file was read stands in the notes.

    Parameters
    ----------
    source:
        A path, the bytes, or an open file.
    encoding:
        Only where the file is neither UTF-8 nor marked UTF-16, such as "latin-1".
    limits:
        Caps for strangers' collections; none if not given.
    skip_faulty:
        Whether to leave out rows of a table that cannot be read, and say so in the notes.

    Raises
    ------
    CorpusError
        The file cannot be read, holds no text, is a table or JSON without `text`, or is larger than
        `limits` allow; `faults` has every row of a table that cannot be read.

    Examples
    --------
    >>> sc.read_corpus(b"id,text\nc,a cat\nd,a dog\n").texts
    ('a cat', 'a dog')
    """
    file = read_text(
        source, error=CorpusError, encoding=encoding, limits=limits, row_after=_row_after
    )
    if kind := trec_kind(file.text):
        raise CorpusError(f"The file is a TREC {kind} file, which has ids only; choose the texts.")
    # A table may quote its one column, and then every line of it is JSON, too.
    quoted = file.text.lstrip().startswith('"') and names_text(file.text)
    rows = None if quoted else json_rows(file.text, error=CorpusError)
    if rows is not None:
        corpus = _from_json(rows, skip_faulty)
    elif found := table_of_texts(file):
        corpus = _from_table(found.table, found.text, skip_faulty=skip_faulty)
    else:
        corpus = _from_lines(file.text)
    if limits is not None and len(corpus) > limits.documents:
        raise CorpusError(
            f"The collection has {len(corpus):,} documents; at most {limits.documents:,} are "
            "taken here, so leave some out or run Score Sense on your own machine."
        )
    return corpus


def _row_after(before: str) -> int:
    return row_after(before) if names_text(before) else line_after(before)


def _from_json(rows: Sequence[object], skip_faulty: bool) -> Corpus:
    if rows and all(isinstance(row, str) and not isinstance(row, Number) for row in rows):
        texts = [str(row) for row in rows if str(row).strip()]
        empty = len(rows) - len(texts)
        left_out = [f"{empty:,} of {len(rows):,} texts are empty and left out."] if empty else []
        return _with_notes(texts, None, ["Read as JSON strings.", *left_out])
    if not candidates(_json_names(rows), "text"):
        flat = flat_records(rows, role_names())
        rows = rows if flat is None else list[object](flat.rows)
    found = _json_names(rows)
    named = candidates(found, "text")
    used = [name for name in found if name in named or name.strip().casefold() in _JSON_NAMES]
    if not named:
        names = f"the names found are: {listed(found)}" if found else "no names were found"
        raise CorpusError(
            "The rows of this JSON are neither texts nor objects with a 'text'; name what holds "
            f"the texts so; {names}."
        )
    # What is not used may be nested, which no table is.
    kept = [
        {name: row[name] for name in used if name in row} if isinstance(row, dict) else row
        for row in rows
    ]
    ignored = [name for name in found if name not in used]
    table = table_of(kept, error=CorpusError)
    notes = ["Read as JSON objects."]
    return _from_table(table, None, ignored, notes, is_json=True, skip_faulty=skip_faulty)


def _json_names(rows: Sequence[object]) -> list[str]:
    """Return the names in the objects of some rows, each once."""
    return list(dict.fromkeys(chain.from_iterable(row for row in rows if isinstance(row, dict))))


def _from_table(
    table: Table,
    text: str | None = None,
    ignored: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    is_json: bool = False,
    skip_faulty: bool = False,
) -> Corpus:
    """Return the collection that a table holds.

    Parameters
    ----------
    table:
        With a column of texts.
    text:
        That column, where its name does not tell.
    ignored, notes:
        What else the file has, and what was noticed so far.
    is_json:
        Whether the table was made of JSON, of which titles are read, too.
    skip_faulty:
        Whether to leave out rows that cannot be read.
    """
    used = _columns(table, text, is_json)
    of_table = table.notes
    table, emptied = without_empty(table, used["text"], CorpusError)
    table, left_out = sifted(
        table, lambda rows: _faults(rows, used), error=CorpusError, skip_faulty=skip_faulty
    )
    notes = [*notes, *of_table, *_notes_of(used), *emptied]
    texts = table.column(used["text"])
    if "title" in used:
        titles = table.column(used["title"])
        texts = tuple(f"{title} {text}".strip() for title, text in zip(titles, texts, strict=True))
        notes.append("Each title was put before its text, as BEIR does.")
    ignored = [*ignored, *(column for column in table.columns if column not in used.values())]
    if ignored:
        notes.append(f"Columns not used: {listed(ignored)}.")
    ids = [cell.strip() for cell in table.column(used["id"])] if "id" in used else None
    return _with_notes(texts, ids, [*notes, *left_out])


def _columns(table: Table, text: str | None, is_json: bool) -> dict[str, str]:
    """Return the columns of text, id and title."""
    own = {column.casefold(): column for column in table.columns}
    text = text or find_column(table.columns, "text", CorpusError)
    id_ = own.get("id") or (own.get("_id") if is_json else _usual_ids(table))
    found = {"text": text, "id": id_, "title": own.get("title") if is_json else None}
    return {name: column for name, column in found.items() if column is not None}


def _usual_ids(table: Table) -> str | None:
    """Return a column that names each document, such as doc_id; one that names none is no id."""
    found = candidates(table.columns, "doc_id")
    if len(found) != 1:
        return None
    ids = [cell.strip() for cell in table.column(found[0])]
    return found[0] if all(ids) and len(set(ids)) == len(ids) else None


def _notes_of(used: Mapping[str, str]) -> list[str]:
    """Say which columns were read by another name than their own."""
    return [
        f"Column '{used[name][:40]}' is read as the {name}."
        for name, own in (("text", ("text",)), ("id", ("id", "_id")))
        if name in used and folded(used[name]) not in own
    ]


def _faults(table: Table, used: Mapping[str, str]) -> list[Fault]:
    """Return rows without an id; where there are none, those with the id of another."""
    if "id" not in used:
        return []
    faults = empty_cells(table, used["id"], "give every document an id, or none")
    return faults or _repeated_ids(table, used["id"])


def _repeated_ids(table: Table, column: str) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for row, cell in zip(table.rows, table.column(column), strict=True):
        name = cell.strip()
        if first.setdefault(name, row) != row:
            words = f"'{name[:40]}' is the id of row {first[name]} already; give every document "
            faults.append(cell_fault(row, column, f"{words}its own."))
    return faults


def _from_lines(text: str) -> Corpus:
    lines = [line.strip() for line in LINE_END.split(text)]
    kept = [line for line in lines if line]
    empty = len(lines) - len(kept) - (not lines[-1])  # the end of the last line opens no new one
    notes = [f"{empty} empty lines were left out."] if empty > 0 else []
    return _with_notes(kept, None, ["Read as one text per line.", *notes])


def _with_notes(texts: Sequence[str], ids: Sequence[str] | None, notes: list[str]) -> Corpus:
    repeated = len(texts) - len(set(texts))
    if repeated:
        notes.append(f"{repeated} texts are duplicates; all copies are kept.")
    return replace(Corpus.from_texts(texts, ids), notes=tuple(notes))


def _names(ids: Sequence[str] | None, first: int, count: int) -> tuple[str, ...]:
    """Return ids as texts; numbers from `first` on where none are given."""
    if ids is None:
        return tuple(map(str, range(first, first + count)))
    names = several(ids, "ids", CorpusError)
    for number, name in enumerate(names, start=1):
        if isinstance(name, bool) or not isinstance(name, str | Integral):
            raise CorpusError(
                f"Id {number} is a {type(name).__name__}; give texts or whole numbers, or no ids."
            )
    return tuple(map(str, names))


def _check_documents(ids: Sequence[str], texts: Sequence[object]) -> None:
    """Refuse texts that are none, and ids that are not one a text, each of its own."""
    for number, text in enumerate(texts, start=1):
        if not isinstance(text, str):
            raise CorpusError(f"Text {number} is a {type(text).__name__}; give texts alone.")
        if not text.strip():
            raise CorpusError(f"Text {number} is empty; leave it out or write something in it.")
    if len(ids) != len(texts):
        what = "1 text" if len(texts) == 1 else f"{len(texts)} texts"
        raise CorpusError(f"{len(ids)} ids were given for {what}; give one each.")
    repeated = _first_repeated(ids)
    if repeated is not None:
        raise CorpusError(
            f"The id '{ids[repeated][:40]}' is given twice; give every document its own."
        )


def _first_repeated(ids: Sequence[str]) -> int | None:
    """Return where an id stands that stood before."""
    seen: set[str] = set()
    for position, name in enumerate(ids):
        if name in seen:
            return position
        seen.add(name)
    return None
