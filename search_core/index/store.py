"""What every store of vectors can do, and what it may be given."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from search_core.errors import IndexSpecError, QueryError

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

_ROUNDING = 1e-4  # a length this far from 1 is no rounding


class VectorStore(Protocol):
    """Finds the nearest of some unit vectors, each by its position; never changes.

    A store may be approximate: what it returns are candidates, whose scores are computed again
    from the vectors that `fetch` hands back (`search_core.index.rescoring`).
    """

    @property
    def metric(self) -> str:
        """The function that the index ranks by."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes that it takes beside the vectors that it was given."""
        ...

    def search(self, vectors: Vectors, k: int) -> tuple[Scores, Positions]:
        """Return scores and positions, both (n, k), best first; -1 where fewer were found."""
        ...

    def fetch(self, positions: Positions) -> Vectors:
        """Return the exact vectors at these positions, in their order."""
        ...

    def with_vectors(self, vectors: Vectors) -> VectorStore:
        """Return a store of other vectors, shape (n, dim), trained as this one is.

        Raises
        ------
        IndexSpecError
            The index is of a kind that cannot be filled again.
        """
        ...

    def write(self, file: Path) -> None:
        """Write the index, without the vectors beside it, to a file."""
        ...

    def about(self) -> dict[str, Any]:
        """Return what the file of the index does not tell, as plain values."""
        ...

    def __len__(self) -> int: ...


def as_vectors(given: npt.ArrayLike, count: int, dim: int) -> Vectors:
    """Return vectors as a float32 array of shape (count, dim), which is copied only if it is none.

    Raises
    ------
    IndexSpecError
        They are not `count` rows of `dim` numbers.
    """
    try:
        with np.errstate(over="ignore"):  # what is too large for float32 has no unit length either
            vectors: Vectors = np.ascontiguousarray(given, dtype=np.float32)
    except (TypeError, ValueError, RuntimeError):  # the last by a tensor that learns
        raise IndexSpecError(
            f"{_expected(count, dim)}, and a {type(given).__name__} was given that is no array of "
            "numbers; give a NumPy array of float32."
        ) from None
    if vectors.shape != (count, dim):
        raise IndexSpecError(
            f"{_expected(count, dim)}, and an array of shape {np.shape(given)} was given; "
            "give one vector a text, as the encoder makes it."
        )
    return vectors


def unit_vectors(given: npt.ArrayLike, count: int, dim: int) -> Vectors:
    """Return what `as_vectors` does, of vectors whose inner products are cosines.

    Raises
    ------
    IndexSpecError
        As for `as_vectors`; also where one is not of unit length.
    """
    vectors = as_vectors(given, count, dim)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    wrong = np.flatnonzero(~(np.abs(lengths - 1.0) <= _ROUNDING))  # NaN is wrong, too
    if len(wrong):
        raise IndexSpecError(
            f"Vector {wrong[0]} has length {lengths[wrong[0]]:.4g}, and 1 was expected; give "
            "finite numbers, brought to unit length as faiss.normalize_L2 does."
        )
    return vectors


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


def _expected(count: int, dim: int) -> str:
    number, verb = ("1 vector", "was") if count == 1 else (f"{count} vectors", "were")
    return f"{number} of {dim} numbers {verb} expected"
