"""The classic example of reading scores, and what its three snippets make of them.

Five sentences about cats, dogs and the sun, two queries, a FAISS index by L2 that returns squared
distances D, and three ways to turn them into something that looks like a relevance. They are
written out here as they are usually written, mistakes and all, so that a page or a test can show
each mistake beside the number that is right.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search_core.errors import InputError
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats

SENTENCES = (
    "The cat sat on the mat.",
    "The dog chased the ball.",
    "The sun is shining brightly.",
    "A fluffy cat naps.",
    "The dog is running fast.",
)
QUERIES = ("A feline relaxes.", "A canine plays")
MADE_UP_RELEVANCE = ((0.9, 0.2, 0.05, 0.8, 0.1), (0.1, 0.85, 0.1, 0.2, 0.9))
"""What the third snippet takes for judgements: a row a query, in the order of the sentences."""


@explain_mistakes
def one_minus_minmax(distances: Floats) -> Floats:
    """Return 1 − (D − min)/(max − min), as the second snippet does; shape (k,).

    The nearest reads 1 and the farthest 0, whatever they are; NaN where all distances are equal.

    Examples
    --------
    >>> sc.classic.one_minus_minmax(np.array([0.5, 1.5])).tolist()
    [1.0, 0.0]
    """
    with np.errstate(invalid="ignore"):
        share: Floats = (distances - distances.min()) / (distances.max() - distances.min())
    return 1.0 - share


@explain_mistakes
def one_over_one_plus_z(distances: Floats) -> Floats:
    """Return 1/(1 + z), z the standardised distance, as the second snippet does; shape (k,).

    Meant for distances, which are never below 0; z is below 0 for every hit nearer than the mean,
    so the value grows without bound towards z = −1, and beyond it the best hits turn negative.

    Examples
    --------
    >>> sc.classic.one_over_one_plus_z(np.array([1.0, 3.0])).tolist()
    [inf, 0.5]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (distances - distances.mean()) / distances.std()
        value: Floats = 1.0 / (1.0 + z)
    return value


@explain_mistakes
def fitted_line(distances: npt.ArrayLike, relevance: npt.ArrayLike) -> tuple[float, float]:
    """Return slope and intercept of the least-squares line from distance to relevance.

    Parameters
    ----------
    distances, relevance:
        Of the same pairs, in the same order; any equal shapes. The third snippet gives distances
        by rank and relevance by document: then a row holds the distance of one pair and the
        relevance of another, and the line means nothing.

    Raises
    ------
    InputError
        Not one of each a pair.

    Examples
    --------
    >>> [round(each, 2) for each in sc.classic.fitted_line([0.0, 2.0], [1.0, 0.0])]
    [-0.5, 1.0]
    """
    if np.size(distances) != np.size(relevance):
        raise InputError(
            f"{np.size(distances)} distances and {np.size(relevance)} labels were given; give one "
            "of each a pair."
        )
    slope, intercept = np.polyfit(np.ravel(distances), np.ravel(relevance), 1)
    return float(slope), float(intercept)
