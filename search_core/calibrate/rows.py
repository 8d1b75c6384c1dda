"""Which labelled rows are fitted on: checked, set apart for a test, sampled, ordered and dealt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from search_core.errors import CalibrationError, LabelsError, all_equal_words, check_kind
from search_core.evaluate.judged import rows_by_query
from search_core.limits import DEMO_ROWS, LABEL_ROWS_MINIMUM
from search_core.pairs import ScoredPairs
from search_core.vectors import Rows

MOST_ROWS = 20_000
MOST_WORK = 1_000_000  # rows times folds: a second or two for a blend
FEWEST_FOLDS = 20
ROUNDING = 1e-6  # of cosines, between one machine and another


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """Labelled rows by what they are for.

    Attributes
    ----------
    fitted:
        The rows to fit on, in an order that does not depend on the file's.
    given_rows:
        Which of the rows given each of them is; shape (n,).
    test:
        The rows marked for a test; often none.
    given:
        How many rows there were to fit on before whole queries were drawn.
    """

    fitted: ScoredPairs
    given_rows: Rows
    test: ScoredPairs
    given: int


def chosen_rows(pairs: ScoredPairs, seed: int) -> ChosenRows:
    """Check labelled rows and choose those to fit on.

    Raises
    ------
    CalibrationError
        Too few rows, labels or scores that are all equal, or a query marked train and test.
    LabelsError
        A value that is not finite, with its row and column.
    """
    check_kind(
        pairs, ScoredPairs, "make them by score_pairs or pairs_from_arrays, or by an engine's "
        "score_labels", CalibrationError,
    )  # fmt: skip
    _check_finite(pairs)
    train, test = _set_apart(pairs)
    _check_varied(pairs.take(train))
    drawn = train[_at_most(pairs.take(train), seed)]
    given_rows = drawn[_by_content(pairs.take(drawn))]
    return ChosenRows(pairs.take(given_rows), given_rows, pairs.take(test), len(train))


def query_folds(pairs: ScoredPairs, seed: int) -> list[Rows]:
    """Return the rows of each fold; a query is in one of them alone.

    Raises
    ------
    CalibrationError
        There is one query only.
    """
    folds = leave_out_folds(pairs.queries, seed)
    if len(folds) < 2:
        raise CalibrationError(
            "All rows belong to one query, so nothing can be checked on a new one; label at least "
            "two queries."
        )
    return folds


def leave_out_folds(queries: Sequence[str], seed: int) -> list[Rows]:
    """Return the rows of each fold; no query is in two.

    Every query is left out by itself where so many fits can be afforded, so that nothing depends
    on which were dealt together. Else queries are dealt by a digest of what they say, never by a
    computed number, so that every machine deals alike.

    Parameters
    ----------
    queries:
        The query of each row.
    seed:
        Of the deal.
    """
    groups, count = rows_by_query(queries), fold_count(queries)
    dealt = [groups[query] for query in _in_drawn_order(groups, seed)]
    return [np.sort(np.concatenate(dealt[fold::count])) for fold in range(count)]


def fold_count(queries: Sequence[str]) -> int:
    """Return how many folds the rows of these queries are dealt into."""
    return min(len(set(queries)), max(FEWEST_FOLDS, MOST_WORK // len(queries)))


def _in_drawn_order(queries: Iterable[str], seed: int) -> list[str]:
    """Return queries in an order that is random, and the same wherever they are the same."""
    return sorted(queries, key=lambda query: _digest(query, seed))


def _digest(query: str, seed: int) -> bytes:
    # Lone surrogates cannot be encoded as UTF-8; they still deserve a hash.
    return hashlib.sha256(f"{seed}\n{query}".encode("utf-8", "surrogatepass")).digest()


def _check_finite(pairs: ScoredPairs) -> None:
    for values, column in (
        (pairs.relevance[:, np.newaxis], "relevance"),
        (pairs.features, "score"),
    ):
        broken = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if len(broken):
            row = pairs.rows[broken[0]] if pairs.rows else int(broken[0])
            raise LabelsError(
                f"Row {row}, column '{column}' is not a finite number; correct it or leave the "
                "row out.",
                row=row,
                column=column,
            )


def _check_varied(pairs: ScoredPairs) -> None:
    if len(pairs) < LABEL_ROWS_MINIMUM:
        raise CalibrationError(
            f"{len(pairs)} labels were given; a fit needs at least {LABEL_ROWS_MINIMUM}, and "
            f"{DEMO_ROWS} to be checked."
        )
    if pairs.relevance.max() == pairs.relevance.min():
        raise CalibrationError(all_equal_words(float(pairs.relevance[0])))
    first = pairs.features[:, 0]
    # Vectors that are equal on one machine differ by rounding on another.
    rounding = ROUNDING if pairs.encoder else 0.0
    if first.max() - first.min() <= rounding:
        raise CalibrationError("All scores are equal; they cannot tell anything apart.")


def _set_apart(pairs: ScoredPairs) -> tuple[Rows, Rows]:
    """Return where the rows to fit on stand, and the rows to test on."""
    for_test = np.array([part == "test" for part in pairs.split] or [False] * len(pairs))
    asked = list(zip(pairs.queries, for_test.tolist(), strict=True))
    both = {query for query, test in asked if test} & {query for query, test in asked if not test}
    if both:
        raise CalibrationError(
            f"Rows of the query '{min(both)[:60]}' are marked train and test; mark all rows of a "
            "query alike, or nothing is tested on a query that was not seen."
        )
    return np.flatnonzero(~for_test), np.flatnonzero(for_test)


def _at_most(pairs: ScoredPairs, seed: int) -> Rows:
    """Return where the rows of whole queries stand, drawn at random where there are too many."""
    if len(pairs) <= MOST_ROWS:
        return np.arange(len(pairs))
    groups = rows_by_query(pairs.queries)
    kept: list[Rows] = []
    room = MOST_ROWS
    for query in _in_drawn_order(groups, seed):
        if len(groups[query]) <= room:
            kept.append(groups[query])
            room -= len(groups[query])
    if not kept:
        raise CalibrationError(
            f"Every query has more than {MOST_ROWS:,} rows; give fewer rows of more queries."
        )
    return np.sort(np.concatenate(kept))


def _by_content(pairs: ScoredPairs) -> Rows:
    """Return the order of rows by what they hold, so that a shuffled file gives the same sums."""
    texts = pairs.texts or ("",) * len(pairs)
    keys = zip(
        pairs.queries, texts, pairs.features[:, 0].tolist(), pairs.relevance.tolist(), strict=True
    )
    held = list(keys)
    return np.array(sorted(range(len(pairs)), key=held.__getitem__), dtype=np.intp)
