"""Background: where a score falls among scores that mean nothing.

Two fixed things stand for "no relation": for one query, the collection's other documents; for
one collection, a list of unrelated questions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

LEFT_OUT = 20  # a query's first hits, which may be relevant, are no background
FEWEST_OTHERS = 30  # under this many scores no tail is estimated
FEWEST_QUERIES = 50  # under this many questions no rarity is given
RAREST = 1e-9  # nothing rarer is claimed: no tail is known that far out
SAMPLE = 2_000  # background documents of Z-norm
CSLS_NEIGHBOURS = 10
SCALING_NEIGHBOURS = 7
HUB_DEPTH = 10
RARE = 0.2  # a best hit that this share of unrelated questions reaches says nothing
ROUNDING = 1e-6  # the background is computed in float32, a hit's score in float64
_MAD_TO_STD = 1.482602218505602  # 1 / (3rd quartile of the standard normal)
_BLOCK_CELLS = 4_000_000


@cache
def background_queries() -> tuple[str, ...]:
    """Return the shipped list of unrelated questions and keyword queries."""
    text = files("search_core.normalizers").joinpath("background_queries.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line.strip())


@dataclass(frozen=True, eq=False)
class CollectionBackground:
    """What the background of every query of one collection shares.

    Attributes
    ----------
    vectors:
        float32 unit vectors of the documents, shape (n, dim).
    best_scores:
        The best cosine of each background query in this collection, ascending; shape (m,).
    document_mean, document_std:
        Mean and standard deviation of each document's cosines to the background queries;
        shape (n,).
    sample:
        Positions of the background documents of Z-norm.
    """

    vectors: Vectors
    best_scores: Floats
    document_mean: Floats
    document_std: Floats
    sample: Integers

    @classmethod
    def build(cls, vectors: Vectors, query_vectors: Vectors, seed: int = 0) -> CollectionBackground:
        """Compare the collection with the background queries.

        Parameters
        ----------
        vectors:
            float32 unit vectors of the documents, shape (n, dim).
        query_vectors:
            float32 unit vectors of the background queries, shape (m, dim).
        seed:
            Chooses the background documents of Z-norm.
        """
        cosines = np.clip(query_vectors @ vectors.T, -1.0, 1.0).astype(np.float64)
        count = len(vectors)
        sample = np.random.default_rng(seed).permutation(count)[:SAMPLE].astype(np.int64)
        return cls(
            vectors=vectors,
            best_scores=np.sort(cosines.max(axis=1)),
            document_mean=cosines.mean(axis=0),
            document_std=cosines.std(axis=0),
            sample=np.sort(sample),
        )

    def of_query(self, query_vector: Vectors) -> Background:
        """Return the background of one query, given its unit vector of shape (dim,)."""
        cosines = np.clip(self.vectors @ query_vector, -1.0, 1.0).astype(np.float64)
        return Background(collection=self, cosines=cosines)

    @cached_property
    def neighbours(self) -> Floats:
        """Cosine of each document with its nearest others, best first; shape (n, up to 10)."""
        return self._nearest[0]

    @cached_property
    def hub_counts(self) -> Integers:
        """In how many other documents' ten nearest each document stands; shape (n,).

        N_k of Radovanović, Nanopoulos and Ivanović (2010).
        """
        return np.bincount(self._nearest[1].ravel(), minlength=len(self.vectors)).astype(np.int64)

    @property
    def hub_skewness(self) -> float:
        """Skewness of the hub counts: well above 0 where a few documents answer everything."""
        deviation = self.hub_counts - self.hub_counts.mean()
        spread = float(np.sqrt(np.mean(deviation**2)))
        return float(np.mean(deviation**3)) / spread**3 if spread > 0 else 0.0

    @cached_property
    def _nearest(self) -> tuple[Floats, Integers]:
        """Cosines and positions of each document's nearest others, itself left out."""
        count = len(self.vectors)
        depth = min(HUB_DEPTH, count - 1)
        cosines = np.empty((count, depth))
        places = np.empty((count, depth), dtype=np.int64)
        block = max(1, _BLOCK_CELLS // max(count, 1))
        for start in range(0, count if depth else 0, block):
            rows = np.arange(start, min(start + block, count))
            found = self.vectors[rows] @ self.vectors.T
            found[np.arange(len(rows)), rows] = -np.inf
            best = np.argpartition(-found, depth - 1, axis=1)[:, :depth]
            values = np.take_along_axis(found, best, axis=1)
            order = np.argsort(-values, axis=1, kind="stable")
            cosines[rows] = np.take_along_axis(values, order, axis=1)
            places[rows] = np.take_along_axis(best, order, axis=1)
        return np.clip(cosines, -1.0, 1.0), places


@dataclass(frozen=True, eq=False)
class Background:
    """Where the scores of one query fall.

    Attributes
    ----------
    collection:
        What this query shares with every other one.
    cosines:
        Cosine of the query with every document of the collection; float64, shape (n,).
    """

    collection: CollectionBackground
    cosines: Floats

    @cached_property
    def _ascending(self) -> Floats:
        return np.sort(self.cosines)

    @cached_property
    def _tail(self) -> tuple[float, float] | None:
        """Centre and spread of Fisher's z over the documents beyond the first hits."""
        others = self._ascending[: max(0, len(self.cosines) - LEFT_OUT)]
        if len(others) < FEWEST_OTHERS:
            return None
        z = fisher_z(others)
        centre = float(np.median(z))
        spread = _MAD_TO_STD * float(np.median(np.abs(z - centre)))
        return (centre, spread) if spread > 0 else None

    def percentile(self, cosine: float) -> float:
        """Share of the collection's other documents below this one, ties counting half.

        (#{b < c} + ½ #{b = c}) / (N - 1), the document itself left out; 1.0 in a collection of one.
        """
        others = len(self.cosines) - 1
        if others < 1:
            return 1.0
        below = int(np.searchsorted(self._ascending, cosine - ROUNDING, side="left"))
        upto = int(np.searchsorted(self._ascending, cosine + ROUNDING, side="right"))
        ties = max(0, upto - below - 1)  # the document itself is one of those found
        return min(1.0, (below + 0.5 * ties) / others)

    def chance(self, cosine: float) -> float | None:
        """Estimate the chance that one unrelated document reaches this cosine.

        The tail of a normal distribution of Fisher's z = artanh(c), its centre and spread taken
        as median and MAD of this query's scores beyond its first 20 hits. Never under 1e-9; None
        with fewer than 30 such scores.
        """
        if self._tail is None:
            return None
        centre, spread = self._tail
        return max(RAREST, float(special.ndtr((centre - float(fisher_z(cosine))) / spread)))

    def expected_count(self, cosine: float) -> float | None:
        """Estimate how many documents of the collection would reach this cosine by chance."""
        chance = self.chance(cosine)
        return None if chance is None else chance * len(self.cosines)

    @property
    def chance_cut(self) -> float | None:
        """The cosine that one document of the whole collection would reach by chance."""
        if self._tail is None:
            return None
        centre, spread = self._tail
        return math.tanh(centre - spread * float(special.ndtri(1.0 / len(self.cosines))))

    @property
    def rarity(self) -> float | None:
        """Share of unrelated questions whose best hit here is as good as this query's.

        (1 + #{background queries whose best score ≥ this best score}) / (m + 1), a permutation
        p-value; None with fewer than 50 background queries.
        """
        best = self.collection.best_scores
        if len(best) < FEWEST_QUERIES:
            return None
        as_good = len(best) - int(np.searchsorted(best, self._ascending[-1], side="left"))
        return (1 + as_good) / (len(best) + 1)

    @property
    def nothing_relevant(self) -> bool | None:
        """Whether the best hit is no better than an unrelated question's; None if not known."""
        return None if self.rarity is None else self.rarity > RARE

    def z_norm(self, cosines: Floats) -> Floats:
        """(c - μ_q)/σ_q over the background documents, this query's first 20 hits left out."""
        sample = self.collection.sample
        first = np.argsort(-self.cosines, kind="stable")[:LEFT_OUT]
        others = self.cosines[np.setdiff1d(sample, first)]
        if len(others) == 0 or others.max() == others.min():
            return np.zeros_like(cosines)
        standard: Floats = (cosines - others.mean()) / others.std()
        return standard

    def t_norm(self, cosines: Floats, positions: npt.ArrayLike) -> Floats:
        """(c - μ_d)/σ_d over the background queries, for documents at these positions."""
        places = np.asarray(positions, dtype=np.int64)
        spread = self.collection.document_std[places]
        deviation = cosines - self.collection.document_mean[places]
        return np.divide(deviation, spread, out=np.zeros_like(deviation), where=spread > 1e-9)

    def csls(self, cosines: Floats, positions: npt.ArrayLike) -> Floats:
        """2c - r(q) - r(d), r being the mean cosine to the ten nearest documents (Conneau 2018)."""
        places = np.asarray(positions, dtype=np.int64)
        around_query = self._ascending[-CSLS_NEIGHBOURS:].mean()
        near = self.collection.neighbours[places]
        around_document = near.mean(axis=1) if near.shape[1] else np.zeros(len(places))
        scaled: Floats = 2.0 * cosines - around_query - around_document
        return scaled

    def local_scaling(self, cosines: Floats, positions: npt.ArrayLike) -> Floats:
        """exp(-D/(σ_q σ_d)), σ being the distance to the 7th nearest (Zelnik-Manor & Perona)."""
        places = np.asarray(positions, dtype=np.int64)
        near = self.collection.neighbours[places][:, :SCALING_NEIGHBOURS]
        farthest = near[:, -1] if near.shape[1] else np.ones(len(places))
        of_query = self._ascending[-min(SCALING_NEIGHBOURS, len(self.cosines))]
        widths = _distance(farthest) * _distance(of_query)
        squared = 2.0 - 2.0 * cosines
        exponent = np.divide(-squared, widths, out=np.full_like(squared, -np.inf), where=widths > 0)
        exponent[squared == 0] = 0.0
        return np.exp(exponent)


def chance_words(chance: float | None) -> str:
    """Say an estimated chance in words."""
    if chance is None:
        return "too few documents to say what chance would do"
    if chance <= RAREST:
        return "fewer than 1 in a billion documents would score this by chance"
    if chance > 0.5:
        return "most documents score this by chance"
    return f"about 1 in {_rounded(1.0 / chance):,} documents would score this by chance"


def fisher_z(cosines: npt.ArrayLike) -> Floats:
    """Fisher's z = artanh(c), with c kept just inside (-1, 1)."""
    return np.arctanh(np.clip(np.asarray(cosines, dtype=np.float64), -1 + 1e-12, 1 - 1e-12))


def _distance(cosine: npt.ArrayLike) -> Floats:
    return np.sqrt(np.maximum(0.0, 2.0 - 2.0 * np.asarray(cosine, dtype=np.float64)))


def _rounded(amount: float) -> int:
    """Two significant digits: an estimate has no more."""
    return int(float(f"{amount:.2g}"))
