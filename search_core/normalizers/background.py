"""Background: where a score falls among scores that mean nothing.

Two fixed things stand for "no relation": for one query, the collection's other documents; for
one collection, unrelated questions of its kind (`unrelated`). What is the same for every query is
computed once (`CollectionBackground`); what belongs to one query costs one product with the
vectors (`Background`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from search_core.mistakes import explain_mistakes
from search_core.normalizers.unrelated import FEWEST_QUERIES
from search_core.normalizers.unrelated_scores import ROUNDING, UnrelatedScores, percent_words
from search_core.vectors import Floats, Positions, Vectors, unit_query

LEFT_OUT = 20  # a query's first hits, which may be relevant, are no background
FEWEST_DOCUMENTS = LEFT_OUT + 30  # a smaller collection gives no tail and no deviation
TAIL_SHARES = (0.1, 0.25)  # of the collection: the tail is drawn through these upper quantiles
RAREST = 1e-9  # nothing rarer is claimed: no tail is known that far out
SAMPLE = 2_000  # background documents of Z-norm
CSLS_NEIGHBOURS = 10
SCALING_NEIGHBOURS = 7
HUB_DEPTH = 10
RARE = 0.2
"""A best hit that a greater share of unrelated questions reaches says nothing."""
SAME_PAIR = 1e-4  # cosines further apart than this are those of different pairs
_BLOCK_CELLS = 4_000_000  # of a product held at once, so that no n by n matrix ever is


@explain_mistakes
@dataclass(frozen=True, eq=False)
class CollectionBackground:
    """What the background of every query of one collection shares.

    Attributes
    ----------
    vectors:
        float32 unit vectors of the documents, shape (n, dim).
    unrelated:
        How well unrelated questions of the collection's kind do in it.
    sample:
        Positions of the background documents of Z-norm, ascending.

    Examples
    --------
    >>> background = sc.CollectionBackground.build(np.eye(3, dtype="f4"), np.eye(3, dtype="f4"))
    >>> background.hub_counts.tolist()
    [2, 2, 2]
    """

    vectors: Vectors
    unrelated: UnrelatedScores
    sample: Positions

    def __repr__(self) -> str:
        return (
            f"<CollectionBackground: {len(self.vectors):,} documents, "
            f"{len(self.unrelated.best):,} unrelated questions>"
        )

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        query_vectors: Vectors,
        seed: int = 0,
        *,
        words: str = "",
        why_none: str = "",
    ) -> CollectionBackground:
        """Compare the collection with unrelated questions.

        Parameters
        ----------
        vectors:
            float32 unit vectors of the documents, shape (n, dim).
        query_vectors:
            float32 unit vectors of the unrelated questions, shape (m, dim).
        seed:
            Chooses the background documents of Z-norm.
        words, why_none:
            What the unrelated questions are, or why there are none; see `UnrelatedScores`.
        """
        unrelated = unrelated_scores(vectors, query_vectors, words, why_none)
        sample = np.random.default_rng(seed).permutation(len(vectors))[:SAMPLE].astype(np.int64)
        return cls(vectors, unrelated, np.sort(sample))

    def of_query(
        self, query_vector: Vectors, unrelated: UnrelatedScores | None = None
    ) -> Background:
        """Return the background of one query.

        Parameters
        ----------
        query_vector:
            Its unit vector, shape (dim,).
        unrelated:
            How questions like this one do, where it is of another kind than the collection.

        Raises
        ------
        QueryError
            It is no vector of that length and of unit norm.
        """
        asked = unit_query(query_vector, self.vectors.shape[1])
        cosines = np.clip(self.vectors @ asked, -1.0, 1.0).astype(np.float64)
        return Background(self, cosines, unrelated or self.unrelated)

    @property
    def neighbours(self) -> Floats:
        """Cosine of each document with its nearest others, best first; shape (n, up to 10).

        Computed for the whole collection when first asked for: n² products, in blocks.
        """
        return self._nearest[0]

    @property
    def hub_counts(self) -> Positions:
        """In how many other documents' ten nearest each document stands; shape (n,).

        N_k of Radovanović, Nanopoulos and Ivanović (2010).
        """
        return self._nearest[1]

    @property
    def hub_skewness(self) -> float:
        """Skewness of the hub counts: well above 0 where a few documents answer everything."""
        deviation = self.hub_counts - self.hub_counts.mean()
        spread = float(np.sqrt(np.mean(deviation**2)))
        return float(np.mean(deviation**3)) / spread**3 if spread > 0 else 0.0

    @cached_property
    def _nearest(self) -> tuple[Floats, Positions]:
        """Cosines of each document's nearest others, and how often each document is one."""
        count = len(self.vectors)
        depth = min(HUB_DEPTH, count - 1)
        cosines = np.empty((count, depth))
        times = np.zeros(count, dtype=np.int64)
        if not depth:
            return cosines, times
        for block in _blocks(count, count):
            found = self.vectors[block] @ self.vectors.T
            itself = np.arange(count)[block]
            found[np.arange(len(itself)), itself] = -np.inf
            best = np.argpartition(-found, depth - 1, axis=1)[:, :depth]
            values = np.take_along_axis(found, best, axis=1)
            order = np.argsort(-values, axis=1, kind="stable")
            cosines[block] = np.take_along_axis(values, order, axis=1)
            times += np.bincount(best.ravel(), minlength=count)
        return np.clip(cosines, -1.0, 1.0, out=cosines), times


@explain_mistakes
@dataclass(frozen=True, eq=False)
class Background:
    """Where the scores of one query fall.

    Attributes
    ----------
    collection:
        What this query shares with every other one.
    cosines:
        Cosine of the query with every document of the collection; float64, shape (n,), exact to
        about 1e-7.
    unrelated:
        How well unrelated questions like this one do here.
    nearest:
        Where `cosines` are those of some documents, drawn at random: the best of all, descending,
        equal texts once; else None.
    documents:
        How many there are of which those were drawn; 0 where that is not known, or all were.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> background = engine.background("a cat")
    >>> background.percentile(1.0)
    1.0
    """

    collection: CollectionBackground
    cosines: Floats
    unrelated: UnrelatedScores
    nearest: Floats | None = None
    documents: int = 0

    def __repr__(self) -> str:
        return f"<Background of one query among {self.size:,} documents>"

    @property
    def size(self) -> int:
        """How many documents the query is compared with, by all or by some of them."""
        return self.documents or len(self.cosines)

    @property
    def best(self) -> float:
        """The cosine of the nearest document."""
        return float((self.cosines if self.nearest is None else self.nearest).max())

    def holds(self, positions: npt.ArrayLike, cosines: Floats) -> bool:
        """Tell whether the documents at these positions have these cosines with the query."""
        rows = np.asarray(positions, dtype=np.int64)
        if (rows >= len(self.cosines)).any():
            return False
        return bool((np.abs(self.cosines[rows] - cosines) <= SAME_PAIR).all())

    def percentile(self, cosine: float) -> float:
        """Share of the collection's other documents below one of cosine `cosine`.

        See `percentiles`.
        """
        return float(self.percentiles(np.array([cosine]))[0])

    def percentiles(self, cosines: Floats) -> Floats:
        """(#{b < c} + ½ #{b = c}) / (N - 1) over the other documents; shape as given.

        The document itself is left out; a cosine that no document has is compared with all N. 1.0
        in a collection of one.

        Parameters
        ----------
        cosines:
            Cosines to the query, any shape.
        """
        if len(self.cosines) < 2:
            return np.full(len(cosines), np.nan if self.nearest is not None else 1.0)
        below = np.searchsorted(self._ascending, cosines - ROUNDING, side="left")
        upto = np.searchsorted(self._ascending, cosines + ROUNDING, side="right")
        itself = np.minimum(1, upto - below)
        shares: Floats = (below + 0.5 * (upto - below - itself)) / (len(self.cosines) - itself)
        return shares

    def chance(self, cosine: float) -> float | None:
        """Estimate the chance that one unrelated document reaches this cosine; see `chances`."""
        return None if self._tail is None else float(self.chances(np.array([cosine]))[0])

    def chances(self, cosines: Floats) -> Floats:
        """Estimate the chance that one unrelated document reaches each cosine; shape as given.

        Up to the best tenth of the scores (20 documents at least) the share of documents that reach
        the cosine is counted; beyond, it falls exponentially (`_Tail`). Never under 1e-9; NaN where
        the collection is too small, or its scores too equal, for an estimate.

        Parameters
        ----------
        cosines:
            Cosines to the query, any shape.
        """
        if self._tail is None:
            return np.full(len(cosines), np.nan)
        count, tail = len(self.cosines), self._tail
        reached = count - np.searchsorted(self._ascending, cosines - ROUNDING, side="left")
        beyond = tail.share * np.exp(-np.maximum(0.0, cosines - tail.start) / tail.decay)
        inside = np.maximum(tail.share, reached / count)
        chances: Floats = np.where(cosines > tail.start, np.maximum(RAREST, beyond), inside)
        return chances

    def expected_count(self, cosine: float) -> float | None:
        """Estimate how many documents of the collection would reach this cosine by chance."""
        chance = self.chance(cosine)
        return None if chance is None else chance * self.size

    @property
    def chance_cut(self) -> float | None:
        """The cosine, at most 1, that one document of the whole collection reaches by chance."""
        if self._tail is None:
            return None
        documents = self._tail.share * self.size
        return min(1.0, self._tail.start + self._tail.decay * math.log(documents))

    @property
    def rarity(self) -> float | None:
        """Share of unrelated questions whose best hit here is as good as this query's.

        A conformal p-value (`UnrelatedScores.share`); None with fewer than 50 unrelated questions,
        or where none fits this query. The best of n scores is compared with the best of n, so the
        size of the collection counts in by itself.
        """
        return self.unrelated.share(self.best)

    @property
    def rarity_bound(self) -> float | None:
        """The most that this share is with 90% confidence; see `UnrelatedScores.bound`."""
        return self.unrelated.bound(self.best)

    @property
    def rarity_sentence(self) -> str:
        """What the rarity says, or why there is none, in a sentence."""
        share, bound = self.rarity, self.rarity_bound
        if share is None or bound is None:
            return self.unrelated.why_none
        return (
            f"Of unrelated questions like this one ({self.unrelated.words}), at most "
            f"{percent_words(share)} score this high here; with 90% confidence at most "
            f"{percent_words(bound)}."
        )

    @property
    def nothing_relevant(self) -> bool | None:
        """Whether the best hit is no better than an unrelated question's; None if not known."""
        return None if self.rarity is None else self.rarity > RARE

    def z_norm(self, cosines: Floats) -> Floats:
        """(c - μ_q)/σ_q over the background documents, this query's first 20 hits left out.

        0 everywhere where the background documents all score the same.

        Parameters
        ----------
        cosines:
            Cosines to the query, any shape.
        """
        mean, std = self._document_cohort
        return (cosines - mean) / std if std > 0 else np.zeros(len(cosines))

    def t_norm(self, cosines: Floats, positions: npt.ArrayLike) -> Floats:
        """(c - μ_d)/σ_d over the unrelated questions, for the documents at these positions.

        Parameters
        ----------
        cosines:
            Cosines to the query, shape (n,).
        positions:
            Of the n documents in their collection, from 0.
        """
        rows = np.asarray(positions, dtype=np.int64)
        spread = self.unrelated.document_std[rows]
        deviation = cosines - self.unrelated.document_mean[rows]
        return np.divide(deviation, spread, out=np.zeros(len(rows)), where=spread > ROUNDING)

    def csls(self, cosines: Floats, positions: npt.ArrayLike) -> Floats:
        """2c - r(q) - r(d), r being the mean cosine to the ten nearest documents.

        Conneau and others (2018), with documents as the neighbours of both sides. The document
        itself is none of its own neighbours; where there are fewer than ten, all of them count.

        Parameters
        ----------
        cosines:
            Cosines to the query, shape (n,).
        positions:
            Of the n documents in their collection, from 0.
        """
        rows = np.asarray(positions, dtype=np.int64)
        around_query = self._ascending[-CSLS_NEIGHBOURS:].mean()
        around_document = self.collection.neighbours[rows].mean(axis=1)
        scaled: Floats = 2.0 * cosines - around_query - around_document
        return scaled

    def local_scaling(self, cosines: Floats, positions: npt.ArrayLike) -> Floats:
        """exp(-D/(σ_q σ_d)), σ being the Euclidean distance to the 7th nearest document.

        Zelnik-Manor and Perona (2004). The document itself is none of its own neighbours; where
        there are fewer than seven, the farthest of them counts. Where σ_q σ_d = 0: 1 for D = 0,
        else 0.

        Parameters
        ----------
        cosines:
            Cosines to the query, shape (n,).
        positions:
            Of the n documents in their collection, from 0.
        """
        rows = np.asarray(positions, dtype=np.int64)
        of_document = self.collection.neighbours[rows][:, :SCALING_NEIGHBOURS][:, -1]
        of_query = self._ascending[-SCALING_NEIGHBOURS:][0]
        widths = np.sqrt(squared_distance(of_document) * squared_distance(of_query))
        squared = squared_distance(cosines)
        steps = np.divide(squared, widths, out=np.full(len(rows), np.inf), where=widths > 0)
        steps[squared == 0] = 0.0
        scaled: Floats = np.exp(-steps)
        return scaled

    @cached_property
    def _ascending(self) -> Floats:
        return np.sort(self.cosines)

    @cached_property
    def _document_cohort(self) -> tuple[float, float]:
        """Mean and standard deviation over the background documents; 0 where all are equal."""
        outside = np.ones(len(self.cosines), dtype=bool)
        outside[np.argpartition(-self.cosines, min(LEFT_OUT, len(outside)) - 1)[:LEFT_OUT]] = False
        rows = self.collection.sample
        others = self.cosines[rows[outside[rows]]]
        if len(others) == 0 or np.ptp(others) <= ROUNDING:
            return 0.0, 0.0
        return float(others.mean()), float(others.std())

    @cached_property
    def _tail(self) -> _Tail | None:
        count = len(self.cosines)
        if count < FEWEST_DOCUMENTS:
            return None
        upper = max(round(TAIL_SHARES[0] * count), LEFT_OUT)
        lower = min(round(upper * TAIL_SHARES[1] / TAIL_SHARES[0]), (count + upper) // 2)
        start, below = (float(self._ascending[count - rank - 1]) for rank in (upper, lower))
        decay = (start - below) / math.log(lower / upper)
        return _Tail(start, upper / count, decay) if decay > ROUNDING else None


@dataclass(frozen=True)
class _Tail:
    """The share of documents above a cosine c: share · exp(-(c - start)/decay), for c > start.

    Scores far out in a tail fall off like a generalized Pareto distribution (Pickands 1975), of
    which the exponential is the middle case. It is drawn through two upper quantiles, the tenth
    and the quarter; what scores highest, and may be relevant, has no say in it. The upper tail of
    cosines to real texts is longer than a normal one, which states chances that are many times
    too small.
    """

    start: float
    share: float
    decay: float


@explain_mistakes
def chance_words(chance: float | None) -> str:
    """Say an estimated chance in words.

    Examples
    --------
    >>> sc.chance_words(0.00012)
    'about 1 in 8,300 unrelated documents would score this high'
    """
    if chance is None:
        return "too few documents to tell how unrelated ones score"
    if chance <= RAREST:
        return "fewer than 1 in a billion unrelated documents would score this high"
    if chance > 0.5:
        return "most unrelated documents score this high"
    return f"about 1 in {_rounded(1.0 / chance):,} unrelated documents would score this high"


@explain_mistakes
def rarity_words(rarity: float | None) -> str:
    """Say in words how the best hit compares with the best hits of unrelated questions.

    Parameters
    ----------
    rarity:
        The share of unrelated questions whose best hit is at least as good; None where it is
        not known.

    Examples
    --------
    >>> sc.rarity_words(0.011)
    'about 1 in 91 unrelated questions finds as good a best hit here'
    """
    if rarity is None:
        return "how rare such a best hit is here is not known"
    if rarity > RARE:
        return "nothing relevant here: no better than an unrelated question does in this collection"
    return (
        f"about 1 in {_rounded(1.0 / rarity):,} unrelated questions finds as good a best hit here"
    )


def unrelated_scores(
    vectors: Vectors, query_vectors: Vectors, words: str = "", why_none: str = ""
) -> UnrelatedScores:
    """Compare documents, unit vectors (n, dim), with unrelated questions, unit vectors (m, dim)."""
    documents, questions = len(vectors), len(query_vectors)
    best = np.full(questions, -1.0)
    mean, std = np.zeros(documents), np.zeros(documents)
    for block in _blocks(documents, questions) if questions else ():
        cosines = np.clip(query_vectors @ vectors[block].T, -1.0, 1.0).astype(np.float64)
        best = np.maximum(best, cosines.max(axis=1))
        mean[block], std[block] = cosines.mean(axis=0), cosines.std(axis=0)
    words = words or f"{questions} given"
    if questions < FEWEST_QUERIES and not why_none:
        why_none = (
            f"A rarity needs {FEWEST_QUERIES} unrelated questions, and there are {questions}; give "
            "more."
        )
    return UnrelatedScores(np.sort(best), mean, std, words, why_none)


def squared_distance(cosines: npt.ArrayLike) -> Floats:
    """D = 2 - 2c between unit vectors; what is 0 but for rounding is 0."""
    squared = 2.0 - 2.0 * np.asarray(cosines, dtype=np.float64)
    return np.where(squared <= 2.0 * ROUNDING, 0.0, squared)


def _blocks(rows: int, columns: int) -> list[slice]:
    """Cut rows into slices whose product with `columns` vectors fits into memory."""
    height = max(1, _BLOCK_CELLS // max(columns, 1))
    return [slice(start, min(start + height, rows)) for start in range(0, rows, height)]


def _rounded(amount: float) -> int:
    """Two significant digits: an estimate has no more."""
    return int(float(f"{amount:.2g}"))
