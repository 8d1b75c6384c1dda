"""A plan as a table: what is written into its CSV, and how it is read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from search_core.errors import LabelsError
from search_core.files.decoding import Source
from search_core.files.tables import Table, read_table
from search_core.judging.estimates import Round
from search_core.judging.pool import Pool
from search_core.labels.inclusion import COLUMNS as HOW_CHOSEN, share_in
from search_core.labels.labels import query_key
from search_core.labels.meanings import propose

COLUMNS = ("query", "text", "relevance", *HOW_CHOSEN)
UNSURE = "unsure"  # a label that every reader of labels leaves out
_ESCAPED = ("'=", "'+", "'-", "'@", "'\t", "'\r")  # as `write_table` keeps spreadsheets from acting


@dataclass(frozen=True)
class _Row:
    """One pair of a file: where it stands there, and what the file says of it."""

    number: int
    query: str
    text: str
    label: str
    inclusion: str
    round: str


@dataclass(frozen=True)
class KeptPlan:
    """What a file holds of a plan.

    Attributes
    ----------
    rows:
        Its pairs, in the order in which they were asked about.
    """

    rows: tuple[_Row, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions of the plan, as the file has them, those alike once."""
        first = {query_key(row.query): row.query for row in reversed(self.rows)}
        return tuple(first[key] for key in dict.fromkeys(query_key(r.query) for r in self.rows))

    def on(self, pool: Pool) -> tuple[tuple[Round, ...], Mapping[int, float | None]]:
        """Return the rounds, and the answers, as numbers of a pool.

        Raises
        ------
        LabelsError
            A pair is not in the pool, stands there twice, or its round, probability or label
            cannot be read.
        """
        rounds: dict[int, dict[int, float]] = {}
        answers: dict[int, float | None] = {}
        words = _words(row.label for row in self.rows)
        for row in self.rows:
            if not row.round:
                continue
            number = _number_in(pool, row)
            drawn = rounds.setdefault(_round(row), {})
            if any(number in each for each in rounds.values()):
                raise _fault(row, "text", "this pair stands in the file twice; remove one row")
            drawn[number] = _probability(row)
            if row.label:
                answers[number] = words[row.label] if row.label in words else _grade(row)
        found = tuple(
            Round(np.array(list(each), dtype=np.intp), np.array(list(each.values())))
            for _, each in sorted(rounds.items())
        )
        return found, MappingProxyType(answers)


def read_plan(source: Source) -> KeptPlan:
    """Read the CSV of a plan.

    Raises
    ------
    LabelsError
        It is no table, or lacks a column of a plan.
    """
    table = read_table(source, error=LabelsError)
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise LabelsError(
            f"The file has no column '{missing[0]}', and a plan has {', '.join(COLUMNS)}; give the "
            "CSV that was downloaded while judging.",
            column=missing[0],
        )
    return KeptPlan(tuple(_rows(table)))


def _rows(table: Table) -> Sequence[_Row]:
    query, text, label, inclusion, turn, _pool = (table.column(name) for name in COLUMNS)
    cells = zip(table.rows, query, text, label, inclusion, turn, strict=True)
    return [
        _Row(row, _plain(asked), _plain(given), label.strip(), share.strip(), each.strip())
        for row, asked, given, label, share, each in cells
    ]


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith(_ESCAPED) else cell


def _number_in(pool: Pool, row: _Row) -> int:
    number = pool.number_of.get((query_key(row.query), row.text))
    if number is None:
        raise _fault(
            row, "text", "this text is none of the pairs of its question here; search the texts "
            "that the plan was made on, by the same model, or read the file as labels, which stay "
            "good where texts were added or removed",
        )  # fmt: skip
    return number


def _words(labels: Iterable[str]) -> dict[str, float | None]:
    """Return what labels in words mean, in [0, 1], as a spreadsheet may write them: TRUE, yes.

    None for one that leaves its pair out; words without a meaning are not in it.
    """
    found = propose(each for each in set(labels) if each and np.isnan(share_in(each)))
    best = found.highest or 1.0
    return {
        word: None if grade is None else grade / best
        for word, grade in found.grades.items()
        if grade is None or 0 <= grade <= best
    }


def _round(row: _Row) -> int:
    number = share_in(row.round)  # a frame writes 1.0
    if not (number >= 1 and number.is_integer()):
        raise _fault(row, "round", f"'{row.round[:40]}' is no whole number; write one such as 1")
    return int(number)


def _probability(row: _Row) -> float:
    value = share_in(row.inclusion)
    if not 0 < value <= 1:
        raise _no_share(row, "inclusion", row.inclusion)
    return value


def _grade(row: _Row) -> float:
    value = share_in(row.label)
    if not 0 <= value <= 1:
        raise _no_share(row, "relevance", row.label)
    return value


def _no_share(row: _Row, column: str, cell: str) -> LabelsError:
    return _fault(
        row, column, f"'{cell[:40]}' was given, and a number from 0 to 1 was expected; correct it"
    )


def _fault(row: _Row, column: str, words: str) -> LabelsError:
    return LabelsError(
        f"Row {row.number}, column '{column}': {words}.", row=row.number, column=column
    )
