"""JSON of strangers into rows: nested objects laid flat, lists of labelled texts laid out.

What labelling tools export is nested: a label stands within a result within an annotation. What RAG
systems log is one question with a list of texts. Both become one row a label.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from search_core.files.number_styles import PLAIN
from search_core.files.roles import PAIRS, ROLES, folded, role_names

_WRAPPERS = ("responses", "value", "values")  # around an answer, as Argilla has them
_MOST_ROWS_OF_ONE = 1_000  # that one object is laid out into: a list of texts, not an attack

Record = dict[str, object]


@dataclass(frozen=True)
class FlatRecords:
    """Rows without nesting.

    Attributes
    ----------
    rows:
        One mapping a row.
    shared:
        Names whose one value stands in several rows, since the object beside it held a list.
    """

    rows: list[Record]
    shared: frozenset[str] = frozenset()


def flat_records(values: Sequence[object], roles: Collection[str]) -> FlatRecords | None:
    """Return the rows that JSON holds as mappings without nesting; None where it holds no objects.

    Parameters
    ----------
    values:
        What a file holds, one value a row; or one object around all rows, by row or by column.
    roles:
        Folded names of columns that have a meaning. Lists under these names are laid out, one row
        an entry; any other list stays a text.
    """
    values = _unwrapped(values)
    if not values or not all(isinstance(each, Mapping) for each in values):
        return None
    parts = [_rows(each, roles) for each in values if isinstance(each, dict)]
    shared = frozenset(chain.from_iterable(part.shared for part in parts))
    return FlatRecords(list(chain.from_iterable(part.rows for part in parts)), shared)


def _unwrapped(values: Sequence[object]) -> Sequence[object]:
    """Return the rows that stand within one object: under one of its names, or by column."""
    if len(values) != 1 or not isinstance(values[0], dict):
        return values
    inside = values[0]
    within = [each for each in inside.values() if _is_list_of_objects(each)]
    if len(within) == 1 and any(_asks(each) for each in within[0]):
        return list(within[0])
    if judged := _by_query_and_document(inside):
        return judged
    columns = {name: _column(each) for name, each in inside.items()}
    lengths = {None if each is None else len(each) for each in columns.values()}
    if None in lengths or len(lengths) != 1 or lengths == {1} or lengths == {0}:
        return values
    cells = [each or [] for each in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]


def _asks(record: Mapping[str, object]) -> bool:
    """Whether an object has a query of its own, and is no text that one query found."""
    queries = (*ROLES["query"].names, *chain.from_iterable(PAIRS))
    return any(folded(name) in queries for name in _flat(record))


def _by_query_and_document(inside: Mapping[str, object]) -> list[Record]:
    """Return the rows of numbers by document by query, as BEIR and pytrec_eval hold qrels and runs.

    Their numbers are called scores, since either can be meant. Where all objects have the same
    names it is a table by column, as pandas writes it; where a name has a meaning it is one row.
    """
    found = {query: each for query, each in inside.items() if isinstance(each, dict) and each}
    if len(found) < len(inside) or len({tuple(each) for each in found.values()}) < len(found):
        return []
    rows: list[Record] = [
        {"query_id": query, "doc_id": document, "score": value}
        for query, each in found.items()
        for document, value in each.items()
    ]
    names = {folded(str(row[role])) for row in rows for role in ("query_id", "doc_id")}
    are_numbers = all(PLAIN.value(str(row["score"])) is not None for row in rows)
    return rows if are_numbers and not names & role_names() else []


def _column(value: object) -> list[object] | None:
    """Return the cells of a column, as a list or by number as pandas writes it."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and all(name.isdecimal() for name in value):
        return list(value.values())
    return None


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _rows(record: Mapping[str, object], roles: Collection[str]) -> FlatRecords:
    """Return the rows of one object: more than one where it holds lists of labelled texts."""
    flat = _flat(record)
    lists = {
        name: value
        for name, value in flat.items()
        if isinstance(value, list) and (_is_list_of_objects(value) or folded(name) in roles)
    }
    lengths = {len(value) for value in lists.values()}
    if len(lengths) != 1 or max(lengths) > _MOST_ROWS_OF_ONE:
        return FlatRecords([_as_cells(flat, set(lists))])
    beside = {name: value for name, value in flat.items() if name not in lists}
    rows = []
    for entries in zip(*lists.values(), strict=True):
        row = dict(beside)
        for name, entry in zip(lists, entries, strict=True):
            row |= _flat({name: entry}) if isinstance(entry, dict) else {name: entry}
        rows.append(_as_cells(row, ()))
    return FlatRecords(rows, frozenset(beside.keys()) if len(rows) > 1 else frozenset())


def _flat(record: Mapping[str, object]) -> Record:
    """Return an object with what is nested in it, by the last name of its path.

    Of two of one name the one that lies less deep has it, and the other is called by its path.
    """
    found = sorted(_paths(record, ()), key=lambda pair: len(pair[0])) if record else []
    flat: Record = {}
    for path, value in found:
        name = _name(path)
        flat[".".join(path) if name in flat else name] = value
    return flat


def _paths(value: object, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], object]]:
    if isinstance(value, list) and len(value) < 2:
        value = value[0] if value else None
    if isinstance(value, Mapping) and value:
        return list(
            chain.from_iterable(_paths(inner, (*path, str(name))) for name, inner in value.items())
        )
    return [(path, value)]


def _name(path: Sequence[str]) -> str:
    """Return the last name of a path that says what it holds: "relevance" of "relevance.value"."""
    names = list(chain.from_iterable(each.split(".") for each in path)) or [""]
    while len(names) > 1 and names[-1].casefold() in _WRAPPERS:
        names.pop()
    return names[-1]


def _as_cells(row: Record, kept: Collection[str]) -> Record:
    """Return a row in which whatever is still nested is written as JSON, but for names to keep."""
    return {
        name: json.dumps(value, ensure_ascii=False)
        if isinstance(value, list | dict) and name not in kept
        else value
        for name, value in row.items()
    }
