"""Arrays by name, and unit vectors: what may be one, and the exact cosine of two."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from search_core.errors import IndexSpecError, QueryError

Vectors = npt.NDArray[np.float32]
"""What an encoder makes, shape (n, dim), or one of them, shape (dim,)."""

Floats = npt.NDArray[np.float64]
"""Scores, values and features."""

Positions = npt.NDArray[np.int64]
"""Where documents stand in a collection, and counts of them."""

Rows = npt.NDArray[np.intp]
"""Which rows of an array."""

Mask = npt.NDArray[np.bool_]
"""Which rows hold for something."""

UNIT_ROUNDING = 1e-4
"""How far a length may be from 1 and still count as rounded."""


def unit_vectors(given: npt.ArrayLike, count: int, dim: int) -> Vectors:
    """Return unit vectors as float32, shape (count, dim), copied only if they are of another type.

    Raises
    ------
    IndexSpecError
        They are not `count` rows of `dim` numbers, or one is not of unit length.
    """
    number, verb = ("1 vector", "was") if count == 1 else (f"{count} vectors", "were")
    expected = f"{number} of {dim} numbers {verb} expected"
    try:
        with np.errstate(over="ignore"):  # what is too large for float32 is not finite there
            vectors: Vectors = np.ascontiguousarray(given, dtype=np.float32)
    except (TypeError, ValueError, RuntimeError):  # the last by a tensor that learns
        raise IndexSpecError(
            f"{expected}, and a {type(given).__name__} was given that is no array of numbers; give "
            "a NumPy array of float32."
        ) from None
    if vectors.shape != (count, dim):
        raise IndexSpecError(
            f"{expected}, and an array of shape {np.shape(given)} was given; give one vector a "
            "text, as the encoder makes it."
        )
    lengths = lengths_of(vectors)
    right = np.abs(lengths - 1.0) <= UNIT_ROUNDING  # an overflow is wrong, and so is NaN
    if right.all():
        return vectors
    check_finite(vectors)
    wrong = int(np.argmin(right))
    raise IndexSpecError(
        f"Vector {wrong} has length {lengths[wrong]:.4g}, and 1 was expected; bring vectors to "
        "unit length as faiss.normalize_L2 does."
    )


def check_finite(vectors: Vectors) -> None:
    """Raise `IndexSpecError` that names the first vector with a number that is not finite."""
    finite = np.isfinite(vectors)
    if finite.all():
        return
    row = int(np.flatnonzero(~finite.all(axis=1))[0])
    value = vectors[row][~finite[row]][0]
    raise IndexSpecError(
        f"Vector {row} holds a number that is not finite ({value} in float32; vectors count from "
        "0); embed that text again, or leave it out."
    )


def lengths_of(vectors: Vectors) -> Vectors:
    """Return the Euclidean length of each vector, float32, shape (n,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths: Vectors = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return lengths


def unit_query(given: npt.ArrayLike, dim: int) -> Vectors:
    """Return a vector that is searched with, as `unit_vectors` does; shape (dim,).

    Raises
    ------
    QueryError
        It is no vector of `dim` numbers and of unit length.
    """
    try:
        rows: Any = [given]
        vector: Vectors = unit_vectors(rows, 1, dim)[0]
    except IndexSpecError as fault:
        raise QueryError(f"The vector cannot be searched with: {fault}") from None
    return vector


def exact_cosines(vectors: Vectors, query: Vectors) -> Floats:
    """Return the canonical scores: inner products in float64 of float32 unit vectors.

    Parameters
    ----------
    vectors, query:
        Shapes (n, dim), and (dim,) or (n, dim) for pairs.

    Returns
    -------
    float64 in [-1, 1], shape (n,).
    """
    # Row by row, so that the sum does not depend on which other rows are asked about.
    products = vectors.astype(np.float64) * query.astype(np.float64)
    cosines: Floats = np.clip(products.sum(axis=1), -1.0, 1.0)
    return cosines


def evenly(count: int, most: int) -> list[int]:
    """Return the indexes of at most `most` of `count` things, evenly taken."""
    indexes: list[int] = np.linspace(0, count - 1, min(most, count)).round().astype(int).tolist()
    return indexes
