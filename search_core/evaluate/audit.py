"""Labels that deserve a second look. Nothing here changes a label."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_core.evaluate.judged import Stated, query_numbers, rows_by_query
from search_core.evaluate.reliability import row_excess
from search_core.labels.labels import differing, query_key, rows_of_pairs
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Rows

Explain = Callable[[Rows], Sequence[Mapping[str, float]]]

SHARE, MOST = 0.05, 50  # what a person looks through in one sitting
ALIKE = 0.98  # cosine from which two texts say the same
APART = 0.5  # more than this between two labels is a contradiction
REASONS = 3
BLOCK = 1_000  # rows compared at once, so that one huge query stays small in memory


@dataclass(frozen=True)
class Suspect:
    """A label that the calibrator, fitted without it, finds hard to believe.

    Attributes
    ----------
    row:
        Its position, from 0.
    judged, stated:
        The label, and the calibrated value.
    loss:
        The row's excess log-loss.
    reasons:
        The columns that moved the value most and by how much, in log-odds, largest first.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text and n > 0)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> result = sc.fit_calibrator(engine.score_labels(sc.labels_of(rows)), "platt")
    >>> worst = result.suspects()[0]
    >>> worst.judged, worst.stated > 0.5
    (0.0, True)
    """

    row: int
    judged: float
    stated: float
    loss: float
    reasons: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Contradiction:
    """Rows whose labels cannot all be right.

    Attributes
    ----------
    rows:
        Their positions, from 0, ascending.
    judged:
        The label of each.
    cosine:
        How alike the texts are; 1 where they differ in case and blanks at most.

    Examples
    --------
    >>> texts, y = ["red boots", "Red  boots"], np.array([1.0, 0.0])
    >>> (found,) = sc.contradictions(["shoes", "Shoes"], texts, y)
    >>> found.rows, found.judged
    ((0, 1), (1.0, 0.0))
    """

    rows: tuple[int, ...]
    judged: tuple[float, ...]
    cosine: float = 1.0


def suspects(stated: Stated, explain: Explain | None = None) -> tuple[Suspect, ...]:
    """Return the rows with the largest excess loss: the first 5%, at most 50, worst first.

    Parameters
    ----------
    stated:
        Calibrated values fitted without the row's own query. The loss is less the label's own
        entropy, so that a half-relevant label is not suspect as such.
    explain:
        Takes row numbers and returns what each column added to each row's log-odds.
    """
    y, p = stated.relevance, stated.values
    losses = row_excess(y, p)
    # Rows that are alike to six digits stay in their order: no last digit sorts them.
    worst = np.argsort(-losses.round(6), kind="stable")[: min(MOST, math.ceil(SHARE * len(y)))]
    parts = explain(worst) if explain is not None else [{} for _ in worst]
    return tuple(
        Suspect(int(row), float(y[row]), float(p[row]), float(losses[row]), _largest(added))
        for row, added in zip(worst, parts, strict=True)
    )


def _largest(added: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    moved = sorted(added.items(), key=lambda part: -abs(part[1]))[:REASONS]
    return tuple((name, value) for name, value in moved if value != 0.0)


@explain_mistakes
def contradictions(
    queries: Sequence[str], texts: Sequence[str], y: Floats
) -> tuple[Contradiction, ...]:
    """Return the pairs that stand more than once, case and blanks folded, with unequal labels.

    Parameters
    ----------
    queries, texts:
        Of each row; length n.
    y:
        Labels, shape (n,).

    Examples
    --------
    >>> sc.contradictions(["shoes", "Shoes"], ["red boots", "Red  boots"], np.array([1.0, 0.0]))
    (Contradiction(rows=(0, 1), judged=(1.0, 0.0), cosine=1.0),)
    """
    pairs = rows_of_pairs(queries, [query_key(text) for text in texts])
    return tuple(
        Contradiction(tuple(rows), tuple(y[rows].tolist())) for rows in differing(pairs, y)
    )


@explain_mistakes
def near_duplicates(
    queries: Sequence[str], texts: Sequence[str], vectors: npt.NDArray[np.float32], y: Floats
) -> tuple[Contradiction, ...]:
    """Return texts of one query that say the same and whose labels differ by more than one half.

    At most 50, most alike first. Pairs of texts that differ in case and blanks only are left to
    `contradictions`.

    Parameters
    ----------
    queries, texts:
        Of each row; length n.
    vectors:
        Unit vector of each row's text; shape (n, dim).
    y:
        Labels, shape (n,).

    Examples
    --------
    >>> vectors = np.array([[1.0, 0.0], [0.999, 0.0447]], dtype=np.float32)
    >>> texts, y = ["A kettle.", "The kettle."], np.array([1.0, 0.0])
    >>> (found,) = sc.near_duplicates(["q", "q"], texts, vectors, y)
    >>> found.rows, found.judged, round(found.cosine, 3)
    ((0, 1), (1.0, 0.0), 0.999)
    """
    text = query_numbers([query_key(each) for each in texts])
    found: list[Contradiction] = []
    for rows in rows_by_query([query_key(query) for query in queries]).values():
        for begin in range(0, len(rows), BLOCK):
            found += _most_alike(rows[begin : begin + BLOCK], rows[begin:], vectors, y, text)
    return tuple(sorted(found, key=lambda pair: (-pair.cosine, pair.rows))[:MOST])


def _most_alike(
    first: Rows, second: Rows, vectors: npt.NDArray[np.float32], y: Floats, text: Rows
) -> list[Contradiction]:
    """Compare the rows of `first` with those of `second`, which holds them, too."""
    cosines = vectors[first] @ vectors[second].T
    at_odds = cosines > ALIKE
    at_odds &= np.abs(y[first][:, np.newaxis] - y[second]) > APART
    at_odds &= text[first][:, np.newaxis] != text[second]
    at_odds &= first[:, np.newaxis] < second
    near, far = np.nonzero(at_odds)
    best = np.argsort(-cosines[near, far], kind="stable")[:MOST]
    return [
        Contradiction(
            (int(first[one]), int(second[other])),
            (float(y[first[one]]), float(y[second[other]])),
            min(1.0, float(cosines[one, other])),
        )
        for one, other in zip(near[best], far[best], strict=True)
    ]
