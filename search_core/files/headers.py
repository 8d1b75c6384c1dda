"""Which column of a file holds what: by its exact name, else by a name that people usually give."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from search_core.errors import InputError, LabelsError
from search_core.files.number_styles import has_number
from search_core.files.roles import PAIRS, ROLES, folded
from search_core.files.tables import Table, is_number, listed
from search_core.mistakes import explain_mistakes

_NAMES_SHOWN = 4  # of other names that are read, too
_IDS_AND_NUMBER = 3  # cells of a row: query, document, grade


IDS_ONLY = (
    "These labels have ids only, as TREC qrels and BEIR do; add the files with the texts of the "
    "queries and of the documents."
)


@dataclass(frozen=True)
class Header:
    """What the columns of a file hold.

    Attributes
    ----------
    used:
        The file's own name of the column, by role.
    notes:
        What is unusual, in sentences.
    """

    used: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def renamed(self) -> Mapping[str, str]:
        """The columns that have another name than their role's own, by role."""
        return {
            name: column
            for name, column in self.used.items()
            if folded(column) not in ROLES[name].exact
        }


def find_column(columns: Sequence[str], name: str, error: type[InputError]) -> str | None:
    """Return the column that holds a role: by an exact name, else by a usual one; None without.

    Raises
    ------
    InputError
        Two columns have usual names of this role, and none has its own.
    """
    found, role = candidates(columns, name), ROLES[name]
    if len(found) > 1:
        raise error(
            f"Both '{found[0][:40]}' and '{found[1][:40]}' could hold the {role.words}; rename the "
            f"column that does to '{role.exact[0]}'."
        )
    return found[0] if found else None


def candidates(columns: Sequence[str], name: str) -> list[str]:
    """Return the columns that could hold a role: those of an exact name, else of usual ones.

    A name that only counts otherwise is looked at last.
    """
    own, role = _by_folded_name(columns), ROLES[name]
    exact = next((own[each] for each in role.exact if each in own), [])
    usual = [column for each in role.usual for column in own.get(each, [])]
    return exact or usual or [column for each in role.otherwise for column in own.get(each, [])]


@explain_mistakes
def column_words(columns: Mapping[str, str]) -> tuple[str, ...]:
    """Say as what columns are read that have another name than their role's own.

    Examples
    --------
    >>> sc.column_words({"relevance": "rating"})
    ("Column 'rating' is read as the label.",)
    """
    return tuple(
        f"Column '{column[:40]}' is read as the {ROLES[name].words}."
        for name, column in columns.items()
    )


def label_header(columns: Sequence[str], *, judged: bool) -> Header:
    """Find what the columns of a file of labels hold.

    Parameters
    ----------
    columns:
        The names in the header.
    judged:
        Whether there must be labels; a column of them is left alone otherwise.

    Raises
    ------
    LabelsError
        A column that is needed is missing, or two could be the same one.
    """
    used = _queries_and_texts(columns)
    if "query" not in used:
        used |= _found(columns, "query_id")
    used |= _exact_or(columns, "doc_id", usual="text" not in used)
    has_texts = bool({"text", "doc_id"} & used.keys())
    scores, remarks = _scores_beside(columns) if has_texts else (_found(columns, "score"), ())
    used |= scores
    if judged:
        used |= _found(columns, "relevance", "split")
        used, read_as_labels = _judged_pairs(columns, used)
        remarks += read_as_labels
    _check_complete(columns, used, judged)
    spare, notes = _spare(used)
    used = {name: column for name, column in used.items() if name not in spare}
    return Header(MappingProxyType(used), (*remarks, *notes))


def named_header(
    columns: Sequence[str], roles: Mapping[str, str], scores: Sequence[str], *, judged: bool
) -> Header:
    """Find what columns hold where a caller named some of them.

    Parameters
    ----------
    columns, judged:
        As for `label_header`, which finds the columns of other roles by their names.
    roles:
        The columns that were named, by role; all are there.
    scores:
        All columns of scores that were named; of several, none but the first is `score`.

    Raises
    ------
    LabelsError
        As for `label_header`.
    """
    own = {column: ROLES[role].exact[0] for role, column in roles.items()}
    taken = {*own.values(), *(each for role in roles for each in ROLES[role].exact)}
    # Another column of such a name, or another score, is none of these, whatever it is called.
    stand_in = [
        own.get(column)
        or (f"column {n}" if column in scores or folded(column) in taken else column)
        for n, column in enumerate(columns, start=1)
    ]
    found = label_header(stand_in, judged=judged)
    named = dict(zip(stand_in, columns, strict=True))
    return Header({role: named[name] for role, name in found.used.items()}, found.notes)


def without_broken_scores(header: Header, table: Table, *, is_named: bool = False) -> Header:
    """Return a header without scores beside texts that only their column's name makes scores.

    A column that is named "similarity" and has cells that are no numbers is carried along, and
    said to be; one that is named "score", or that a caller named (`is_named`), is meant, and its
    cells are to be mended.
    """
    column = header.renamed.get("score")
    if is_named or column is None or not {"text", "doc_id"} & header.used.keys():
        return header
    if all(has_number(cell.strip().removesuffix("%")) for cell in table.column(column)):
        return header
    kept = {name: each for name, each in header.used.items() if name != "score"}
    note = f"Column '{column[:40]}' is not used as the score: some of its cells are no numbers."
    return Header(MappingProxyType(kept), (*header.notes, note))


def shared_words(header: Header, shared: Collection[str]) -> tuple[str, ...]:
    """Say that a label or a score stands once in a file and counts for several texts.

    Parameters
    ----------
    header:
        Of the file.
    shared:
        The columns in which one cell of the file stands in several rows.
    """
    return tuple(
        f"Column '{column[:40]}' has one {what} for several texts, and each of them gets it; if it "
        f"is about an answer or the whole list, give each text a {what} of its own."
        for role, what in (("relevance", "label"), ("score", "score"))
        if (column := header.used.get(role)) in shared and column is not None
    )


def _scores_beside(columns: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the column of scores beside texts; of several usual ones none, and what to do."""
    found = candidates(columns, "score")
    if len(found) < 2:
        return dict.fromkeys(("score",), found[0]) if found else {}, ()
    names = " and ".join(f"'{column[:40]}'" for column in found[:2])
    return {}, (f"Both {names} could be scores, so neither is used; name one 'score'.",)


def _judged_pairs(
    columns: Sequence[str], used: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Let the score of a table of pairs be the label where no other column is: STS has it so."""
    scores = candidates(columns, "score")
    if "relevance" in used or not _pair(columns) or len(scores) != 1:
        return dict(used), ()
    kept = {name: column for name, column in used.items() if name != "score"}
    note = (
        f"Column '{scores[0][:40]}' is taken for people's labels, as in files of sentence pairs; "
        "if an engine gave these numbers, they are no labels."
    )
    return {**kept, "relevance": scores[0]}, (note,)


def _spare(used: Mapping[str, str]) -> tuple[set[str], tuple[str, ...]]:
    """Return the roles of which nothing is used beside the others, and what to say of it."""
    if "query" not in used:  # without its words nothing can be embedded: scores alone
        if "text" not in used:
            return {"doc_id"} & used.keys(), ()
        return {"text", "doc_id"}, (
            "The file has no queries in words, so its texts are not used, its scores are.",
        )
    if {"text", "doc_id"} <= used.keys():
        return {"doc_id"}, ("The file has both 'text' and 'doc_id'; the text is used.",)
    return set(), ()


def _queries_and_texts(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns of query and text; of a table of pairs the first and the second."""
    used = _found(columns, "query", "text")
    pair = _pair(columns)
    return used if used or pair is None else {"query": pair[0], "text": pair[1]}


def _pair(columns: Sequence[str]) -> tuple[str, str] | None:
    """Return the two columns of a table of pairs."""
    own = _by_folded_name(columns)
    found = next((pair for pair in PAIRS if own.keys() >= set(pair)), None)
    return None if found is None else (own[found[0]][0], own[found[1]][0])


def _found(columns: Sequence[str], *names: str) -> dict[str, str]:
    found = {name: find_column(columns, name, LabelsError) for name in names}
    return {name: column for name, column in found.items() if column is not None}


def _exact_or(columns: Sequence[str], name: str, *, usual: bool) -> dict[str, str]:
    """Return the column of a role; by a usual name only where there is need of one."""
    exact = any(folded(column) in ROLES[name].exact for column in columns)
    return _found(columns, name) if exact or usual else {}


def _check_complete(columns: Sequence[str], used: Mapping[str, str], judged: bool) -> None:
    has_ids_only = {"query_id", "doc_id"} <= used.keys() and not {"query", "text"} & used.keys()
    if judged and has_ids_only and not {"relevance", "score"} <= used.keys():
        raise LabelsError(IDS_ONLY)
    missing = []
    if "query" not in used and not {"query_id", "score"} <= used.keys():
        missing.append(f"'query' (or {_usual_names('query')})")
    if not {"text", "doc_id", "score"} & used.keys():
        missing.append(f"'text', 'doc_id' or 'score' (or {_usual_names('text')})")
    if judged and "relevance" not in used:
        missing.append(f"'relevance' (or label, {_usual_names('relevance')})")
    if not missing:
        return
    raise LabelsError(
        f"There is no column {' and none '.join(missing)}; name one so in the header; the columns "
        f"found are: {listed(columns)}.{_hint(columns, used, judged)}"
    )


def _hint(columns: Sequence[str], used: Mapping[str, str], judged: bool) -> str:
    """Say what may be behind missing columns: no header, or a score that people gave."""
    if any(is_number(column.strip()) for column in columns):
        are_ids = len(columns) == _IDS_AND_NUMBER and not any(map(_has_blank, columns))
        names = "query_id,doc_id,relevance" if are_ids else "query,text,relevance"
        return f" The first row seems to hold data; write a header above it: {names}."
    return _score_or_label(columns, used, judged)


def _has_blank(cell: str) -> bool:
    return len(cell.split()) > 1


def _usual_names(name: str) -> str:
    return ", ".join(ROLES[name].usual[:_NAMES_SHOWN])


def _score_or_label(columns: Sequence[str], used: Mapping[str, str], judged: bool) -> str:
    """Say what to do with a column of scores where one of labels is missing: nobody can tell."""
    scores = [column for column in columns if folded(column) in ROLES["score"].names]
    if not judged or "relevance" in used or not scores:
        return ""
    return (
        f" If people gave the numbers in '{scores[0][:40]}', rename it to 'relevance'; if an "
        "engine did, they are no labels."
    )


def _by_folded_name(columns: Sequence[str]) -> dict[str, list[str]]:
    own: dict[str, list[str]] = {}
    for column in columns:
        own.setdefault(folded(column), []).append(column)
    return own
