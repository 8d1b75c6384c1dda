"""The doctor for label files: what a file is like, and what that means for a fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from search_core.errors import all_equal_words
from search_core.files.headers import column_words
from search_core.files.tables import is_number
from search_core.labels.labels import LabelReading, Labels, differing, query_key, rows_of_pairs
from search_core.labels.stated import meaning_words
from search_core.limits import (
    CAUTION_QUERIES,
    CAUTION_ROWS,
    DEMO_QUERIES,
    DEMO_ROWS,
    LABEL_ROWS_MINIMUM,
    is_demonstration,
)
from search_core.mistakes import explain_mistakes

_CONTRADICTIONS_SHOWN = 5
_UNUSED_SHOWN = 6


@dataclass(frozen=True)
class Finding:
    r"""One thing that the doctor says of a label file.

    Examples
    --------
    >>> labels = sc.read_labels(b"query,text,relevance\ncat,a cat,1\ncat,a dog,0\n")
    >>> sc.diagnose(labels)[0]
    Finding(severity='error', sentence='2 labels on 1 query: at least 20 are needed for a fit.')
    """

    severity: Literal["error", "warning", "fine"]
    sentence: str


@explain_mistakes
def diagnose(labels: Labels) -> tuple[Finding, ...]:
    r"""Say in plain sentences what a label file is like, and what that means for a fit.

    Examples
    --------
    >>> labels = sc.read_labels(b"query,text,relevance\ncat,a cat,1\ncat,a dog,0\n")
    >>> sc.diagnose(labels)[0].sentence
    '2 labels on 1 query: at least 20 are needed for a fit.'
    """
    return (
        *_size_findings(labels),
        *_relevance_findings(labels),
        *_repeat_findings(labels),
        *(Finding("fine", sentence) for sentence in unused_words(labels)),
        *_both_findings(labels),
        *(Finding("warning", note) for note in labels.reading.notes),
    )


@explain_mistakes
def unused_words(labels: Labels) -> tuple[str, ...]:
    """Say which columns of a file are not used.

    Parameters
    ----------
    labels:
        Labels that were read from a file.

    Examples
    --------
    >>> sc.unused_words(sc.labels_of([{"query": "a", "text": "b", "relevance": 1, "page": 3}]))
    ("Column 'page' is not used.",)
    """
    if not labels.extra:
        return ()
    names = [f"'{name[:40]}'" for name in labels.extra]
    if len(names) == 1:
        return (f"Column {names[0]} is not used.",)
    more = len(names) - _UNUSED_SHOWN
    shown = names if more <= 0 else [*names[:_UNUSED_SHOWN], f"{more} more"]
    return (f"Columns {', '.join(shown[:-1])} and {shown[-1]} are not used.",)


def _both_findings(labels: Labels) -> Iterable[Finding]:
    if labels.scores is None or not (labels.texts or labels.doc_ids):
        return
    low, high = labels.scores.min(), labels.scores.max()
    yield Finding(
        "fine",
        f"There are texts and scores ({len(labels.scores):,}, {low:.4g} to {high:.4g}): fit on "
        "the scores, on the texts, or on both.",
    )


def _size_findings(labels: Labels) -> Iterable[Finding]:
    rows, queries = len(labels), len(set(map(query_key, labels.queries)))
    of_rows, of_queries = "label" if rows == 1 else "labels", "query" if queries == 1 else "queries"
    words = f"{rows:,} {of_rows} on {queries:,} {of_queries}"
    if rows < LABEL_ROWS_MINIMUM:
        yield Finding("error", f"{words}: at least {LABEL_ROWS_MINIMUM} are needed for a fit.")
    elif is_demonstration(rows, queries):
        yield Finding(
            "warning",
            f"{words}: enough for a demonstration only; to check a fit takes {DEMO_ROWS} labels "
            f"on {DEMO_QUERIES} queries.",
        )
    elif queries < CAUTION_QUERIES:
        yield Finding("warning", f"{words}: too few to trust single figures; look at the ranges.")
    else:
        yield Finding("fine", f"{words}.")
    reading = labels.reading
    if reading.delimiter != "none":  # labels that come as JSON, or were given on the page
        yield Finding("fine", f"{reading.encoding}, {reading.delimiter}-separated.")
    yield from (Finding("fine", sentence) for sentence in column_words(reading.columns))


def _relevance_findings(labels: Labels) -> Iterable[Finding]:
    reading = labels.reading
    if reading.relevant_from is None and reading.kind == "binary":
        yield Finding("fine", "Relevance is yes or no, read as 1 and 0.")
    elif reading.relevant_from is None:
        yield Finding("fine", f"Relevance is {reading.lowest:g}–{reading.highest:g}, read as 0–1.")
    yield from (Finding("fine", each) for each in _meaning_words(reading) if each)
    relevant = int((labels.relevance >= 0.5).sum())
    rarer = min(relevant, len(labels) - relevant)
    share = f"{relevant:,} of {len(labels):,} labels are relevant"
    if len(set(labels.relevance.tolist())) == 1:
        yield Finding("error", all_equal_words(float(labels.relevance[0])))
    else:
        few = rarer < CAUTION_ROWS
        also = f"; only {rarer} of the rarer kind" if few else ""
        yield Finding("warning" if few else "fine", f"{share}{also}.")
        yield from _one_sided_findings(labels)
    if labels.scores is not None and len(set(labels.scores.tolist())) == 1:
        yield Finding("error", "All scores are equal; they cannot tell anything apart.")


def _meaning_words(reading: LabelReading) -> tuple[str, str]:
    """Say what words were read as, and that numbers could be read on another scale as well."""
    words = {
        label: grade
        for label, grade in reading.meanings.items()
        if not is_number(label) or grade is None or grade != float(label)
    }
    listed = ", ".join(f"{label[:30]} = {meaning_words(grade)}" for label, grade in words.items())
    return f"Labels are read as {listed}." if listed else "", reading.caveat


def _one_sided_findings(labels: Labels) -> Iterable[Finding]:
    relevant: dict[str, set[bool]] = {}
    for query, value in zip(labels.queries, labels.relevance, strict=True):
        relevant.setdefault(query_key(query), set()).add(bool(value >= 0.5))
    one_sided = sum(len(kinds) == 1 for kinds in relevant.values())
    if one_sided > len(relevant) / 2:
        yield Finding(
            "warning",
            f"{one_sided:,} of {len(relevant):,} queries have labels of one kind only; a query "
            "teaches most when it has both.",
        )


def _repeat_findings(labels: Labels) -> Iterable[Finding]:
    reading = labels.reading
    for each in reading.contradictions[:_CONTRADICTIONS_SHOWN]:
        rows = ", ".join(map(str, each.rows))
        values = ", ".join(f"{value:g}" for value in each.judgements)
        yield Finding(
            "warning", f"Rows {rows} label one pair differently ({values}): “{each.query[:60]}”."
        )
    more = len(reading.contradictions) - _CONTRADICTIONS_SHOWN
    if more > 0:
        yield Finding("warning", f"{more:,} more pairs are labelled differently.")
    yield from _folded_findings(labels)


def _folded_findings(labels: Labels) -> Iterable[Finding]:
    documents = labels.texts or labels.doc_ids
    if not documents:
        return
    pairs = rows_of_pairs(labels.queries, [query_key(each) for each in documents])
    # Pairs that are written alike were reported before.
    written = ({documents[row] for row in rows} for rows in differing(pairs, labels.relevance))
    found = sum(len(texts) > 1 for texts in written)
    if found:
        yield Finding(
            "warning",
            "1 pair that differs only in case or blanks has different labels."
            if found == 1
            else f"{found:,} pairs that differ only in case or blanks have different labels.",
        )
