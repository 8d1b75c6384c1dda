"""How labelled rows were chosen: with which probability each, and which are best hits.

A plan for judging (`search_core.judging`) draws pairs with known probabilities. They travel with
the labels, in columns of their own, so that a fit can weigh each label by what it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search_core.errors import LabelsError
from search_core.labels.labels import Labels
from search_core.vectors import Floats, Mask, Rows

COLUMNS = ("inclusion", "round", "pool")
BEST, HIT, FAR = "best", "hit", "far"
MOST_WEIGHT = 10.0  # of a row, in mean weights: no label decides a fit by itself


@dataclass(frozen=True, eq=False)
class Inclusion:
    """How each row of labels was chosen.

    Attributes
    ----------
    probability:
        With which it was drawn in its round, in (0, 1]; float64, shape (n,).
    is_best:
        Whether it is the best hit of its query; shape (n,). Best hits are drawn apart.
    turn:
        The number of that round; shape (n,).
    """

    probability: Floats
    is_best: Mask
    turn: Rows

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def weights(self) -> Floats:
        """What each row counts in a fit, mean about 1; shape (n,)."""
        return fit_weights(self.probability)

    @property
    def stands_for(self) -> Floats:
        """How many pairs each row stands for, but for one factor: mean 1, shape (n,).

        Every round draws from all pairs, best hits and others apart, so 1/π is right in each; the
        rounds are averaged by how many rows they have of a kind.
        """
        weights = 1.0 / self.probability
        for kind in (self.is_best, ~self.is_best):
            for turn in np.unique(self.turn[kind]):
                drawn = kind & (self.turn == turn)
                weights[drawn] *= drawn.sum() / kind.sum()
        whole: Floats = weights / weights.mean()
        return whole

    def take(self, rows: Rows | Mask) -> Inclusion:
        """Return that of the chosen rows, in that order."""
        return Inclusion(self.probability[rows], self.is_best[rows], self.turn[rows])


def fit_weights(probability: Floats) -> Floats:
    """Return √(1/π) / mean, at most 10; shape (n,).

    Whole weights 1/π are right for any model, and vary much; equal ones vary least, and are right
    where the model is. The root is half-way between them on a logarithmic scale, and lost least on
    labelled collections. Trimming (Potter 1990) keeps a single label from deciding a fit.

    >>> from search_core.labels.inclusion import fit_weights
    >>> fit_weights(np.array([0.64, 0.16])).round(2).tolist()
    [0.67, 1.33]
    """
    if not len(probability):
        return np.empty(0)
    weights = np.sqrt(1.0 / probability)
    trimmed: Floats = np.minimum(weights / weights.mean(), MOST_WEIGHT)
    return trimmed


def inclusion_of(labels: Labels) -> Inclusion | None:
    """Return how labels were chosen; None without labels, or without all columns of a plan.

    Raises
    ------
    LabelsError
        A probability that is not in (0, 1], with its row.
    """
    if not set(COLUMNS) <= labels.extra.keys() or np.isnan(labels.relevance).all():
        return None
    cells = labels.extra["inclusion"]
    probability = np.array([share_in(cell) for cell in cells], dtype=np.float64)
    for index in np.flatnonzero(~((probability > 0) & (probability <= 1)))[:1]:
        row = labels.rows[index]
        raise LabelsError(
            f"Row {row}, column 'inclusion': '{cells[index][:40]}' was given, and a probability "
            "above 0 and up to 1 was expected; correct it, or remove the columns 'inclusion', "
            "'round' and 'pool' to count all rows alike.",
            row=row,
            column="inclusion",
        )
    is_best = np.array([cell.strip() == BEST for cell in labels.extra["pool"]], dtype=np.bool_)
    _, turn = np.unique([cell.strip() for cell in labels.extra["round"]], return_inverse=True)
    return Inclusion(probability, is_best, turn)


def share_in(cell: str) -> float:
    """Return the number in a cell of a share from 0 to 1, NaN where there is none.

    A comma is a decimal one, as spreadsheets of many countries write it: a share has no thousands.

    >>> from search_core.labels.inclusion import share_in
    >>> share_in("0,25"), share_in("0.25")
    (0.25, 0.25)
    """
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return float("nan")
