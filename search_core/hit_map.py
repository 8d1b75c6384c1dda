"""A map of hits around their query: its distances are exact, its angles what the hits differ in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_core.errors import IndexSpecError
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, exact_cosines, unit_query, unit_vectors

SAME = 1e-3  # as long a difference from the query as the rounding of float32 makes
FLAT = 1e-6  # what lies as near to the middle has no angle of its own


@dataclass(frozen=True, eq=False)
class HitMap:
    """Where hits lie around their query, which is in the middle.

    Maps of all pairs of texts distort all distances. Here the one that a search ranks by is exact,
    and only the rest is pressed into an angle: seen from the query each hit lies in some direction,
    and the angle is taken in the plane of the two principal directions of these.

    Attributes
    ----------
    cosines:
        Exact cosine of each hit with the query; float64, shape (k,).
    angles:
        In radians, from -π to π, shape (k,). The first hit is at 0 and the next one that is not on
        a line with it at a positive angle, so that a rotated or mirrored space has the same map.
    explained:
        The share of the variance between the directions that the angle explains, from 0 to 1.

    Examples
    --------
    >>> found = sc.HitMap.of([1, 0, 0], [[0.8, 0.6, 0], [0.6, -0.8, 0], [0.6, 0, 0.8]])
    >>> found.distances.round(2).tolist(), np.degrees(found.angles).round().tolist()
    ([0.2, 0.4, 0.4], [0.0, 143.0, -108.0])
    """

    cosines: Floats
    angles: Floats
    explained: float

    def __repr__(self) -> str:
        share = f"{self.explained:.0%} of their differences explained"
        return f"<HitMap: {len(self.cosines)} hits, {share}>"

    @property
    def distances(self) -> Floats:
        """The cosine distance of each hit to the query, 1 - cosine; shape (k,)."""
        distances: Floats = 1.0 - self.cosines
        return distances

    @classmethod
    @explain_mistakes
    def of(cls, query: npt.ArrayLike, vectors: npt.ArrayLike) -> HitMap:
        """Return the map of a query's hits.

        Parameters
        ----------
        query:
            The query's unit vector, shape (dim,), as `Hits.query_vector`.
        vectors:
            Unit vectors of the hits, best first, shape (k, dim).

        Raises
        ------
        IndexSpecError
            The vectors of the hits are no rows of numbers, or one is not of unit length.
        QueryError
            The query's vector has another length than these, or is not of unit length.

        Examples
        --------
        >>> sc.HitMap.of([1, 0], [[0.6, 0.8]]).cosines.round(2).tolist()
        [0.6]
        """
        shape = np.shape(vectors)
        if len(shape) != 2:
            raise IndexSpecError(
                f"Vectors of hits were expected, one a row, and an array of shape {shape} was "
                "given; give engine.vectors[list(hits.positions)]."
            )
        hits = unit_vectors(vectors, *shape)
        asked = unit_query(query, shape[1])
        cosines = exact_cosines(hits, asked)
        directions = _directions(hits.astype(np.float64), asked.astype(np.float64), cosines)
        plane, explained = _principal_plane(directions)
        return cls(cosines, _turned(plane), explained)


def _directions(hits: Floats, query: Floats, cosines: Floats) -> Floats:
    """Return the unit vector from the query towards each hit; zero for what is the query itself."""
    apart = hits - cosines[:, np.newaxis] * query
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    directions: Floats = np.where(lengths > SAME, apart / np.maximum(lengths, SAME), 0.0)
    return directions


def _principal_plane(directions: Floats) -> tuple[Floats, float]:
    """Return coordinates on the two principal directions, shape (k, 2), and their share of all."""
    plane = np.zeros((len(directions), 2))
    if not len(directions):
        return plane, 1.0
    left, sizes, _ = np.linalg.svd(directions - directions.mean(axis=0), full_matrices=False)
    plane[:, : min(2, len(sizes))] = (left * sizes)[:, :2]
    total = float(np.sum(sizes**2))
    return plane, float(np.sum(sizes[:2] ** 2)) / total if total > FLAT**2 else 1.0


def _turned(plane: Floats) -> Floats:
    """Return the angles, turned and mirrored so that they do not hang on how the plane came."""
    off = np.hypot(*plane.T) > FLAT
    angles = np.arctan2(plane[:, 1], plane[:, 0])
    if not off.any():
        return np.zeros(len(plane))
    turned = angles - angles[off][0]
    turned = np.where(off, np.arctan2(np.sin(turned), np.cos(turned)), 0.0)
    to_a_side = turned[np.abs(np.sin(turned)) > FLAT]
    mirrored: Floats = turned * (np.sign(to_a_side[0]) if len(to_a_side) else 1.0)
    # Opposite is π, never -π: a last bit must not decide on which side it is written.
    return np.where(np.pi - np.abs(mirrored) < FLAT, np.pi, mirrored + 0.0)  # no -0
