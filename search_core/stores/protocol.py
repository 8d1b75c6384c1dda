"""What a vector store does for a search, in two levels, and the values that it returns.

Level 1 shows scores alone, which its row of `ENGINES` turns into cosines. Level 2 hands out vectors
as well, so its candidates are scored again exactly, and one calibrator serves every such store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from search_core.errors import InputError, StoreError
from search_core.hits import Hits
from search_core.mistakes import explain_mistakes
from search_core.scale import ScoreScale
from search_core.vectors import Floats, Vectors

Asked: TypeAlias = Vectors | Sequence[str]
"""Queries as unit vectors, float32 (n, dim); as texts for a store that embeds them itself."""

Ability = Literal["texts", "vectors", "range", "sample", "exact", "filter", "write"]

MOST_WITHIN = 10_000  # hits above a score that are returned; more are counted, not listed

ABILITIES: dict[Ability, str] = {
    "texts": "embeds what it is asked",
    "vectors": "hands out the vectors that it stores",
    "range": "finds all hits above a score",
    "sample": "draws some of its rows",
    "exact": "searches without an approximate index",
    "filter": "searches part of its rows",
    "write": "takes rows in",
}
"""What some stores do and others do not."""


@dataclass(frozen=True)
class StoreFingerprint:
    """Which collection of which store it is, and how it is searched.

    Attributes
    ----------
    engine:
        What shows its scores; a key of `ENGINES`.
    version, collection, metric, index, quantisation:
        As the store names them; empty where it does not say.
    dim, count:
        Numbers of a vector, and how many rows there are; 0 where the store does not say.
    model:
        The fingerprint of the encoder, where the collection's metadata keep it.

    Examples
    --------
    >>> sc.StoreFingerprint("qdrant-cosine", "1.19", "docs", "Cosine", 384, 1_000_000).words
    "'docs' (qdrant-cosine, 1,000,000 rows of 384 numbers)"
    """

    engine: str
    version: str
    collection: str
    metric: str
    dim: int
    count: int
    index: str = ""
    quantisation: str = ""
    model: str = ""

    @property
    def words(self) -> str:
        """The collection, as a sentence names it."""
        return f"'{self.collection}' ({self.engine}, {self.count:,} rows of {self.dim} numbers)"


@dataclass(frozen=True, eq=False)
class StoreRows:
    """Rows of a store.

    Attributes
    ----------
    ids, texts:
        Of each row; a text is empty where the store has none.
    vectors:
        float32, shape (n, dim).
    how:
        How they were drawn: "uniform", "by segment" or "first rows"; empty where they were asked
        for by id.

    Examples
    --------
    >>> len(sc.StoreRows(("a", "b"), ("a cat", "a dog"), np.eye(2, dtype=np.float32)))
    2
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Vectors
    how: str = ""

    def __repr__(self) -> str:
        return f"<StoreRows: {len(self):,}{f', {self.how}' if self.how else ''}>"

    def __len__(self) -> int:
        return len(self.ids)


@explain_mistakes
@dataclass(frozen=True, eq=False)
class StoreHits:
    """The hits of several queries, each best first.

    Attributes
    ----------
    ids, texts, scores:
        Of each query's hits; scores float64, shape (k,).
    scale:
        What the scores mean: cosines where they were computed again from stored vectors, else the
        store's own.
    vectors:
        Of each query's hits, float32 (k, dim); empty where the store hands out none.
    is_complete:
        Whether these are all that there are above the score asked for.

    Examples
    --------
    >>> found = sc.StoreHits((("b",),), (("a cat",),), (np.array([0.9]),), sc.COSINE)
    >>> found.hits(0, "cat").ids
    ('b',)
    """

    ids: tuple[tuple[str, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    scores: tuple[Floats, ...]
    scale: ScoreScale
    vectors: tuple[Vectors, ...] = ()
    is_complete: bool = True

    def __repr__(self) -> str:
        return f"<StoreHits of {len(self):,} queries on the scale '{self.scale.name}'>"

    def __len__(self) -> int:
        return len(self.ids)

    def hits(self, row: int, query: str = "") -> Hits:
        """Return the hits of the query in this row of those asked, from 0.

        Parameters
        ----------
        row:
            Of the query among those asked.
        query:
            Its text, where it has one.

        Raises
        ------
        InputError
            There is no such query.
        """
        if not 0 <= row < len(self):
            raise InputError(f"Of {len(self):,} queries, row {row} was asked for; count from 0.")
        return Hits(query, (), self.ids[row], self.texts[row], self.scores[row], self.scale)


class ScoredStore(Protocol):
    """A collection in a vector store, which others fill; safe to use from several threads.

    A query is a unit vector, or a text where the store embeds it ("texts" in `can`). `where` is a
    filter in the store's own language and is passed on as it is. Every method raises `StoreError`
    where the store cannot be reached, does not answer in time, lacks the collection, or cannot do
    what is asked (`can`).

    Examples
    --------
    >>> store: sc.ScoredStore = sc.LocalStore(sc.VectorEngine.of(np.eye(3, 4)))
    >>> store.count(), sorted(store.can)
    (3, ['exact', 'range', 'sample', 'vectors'])
    """

    @property
    def scale(self) -> ScoreScale:
        """What the scores of its hits mean."""

    @property
    def can(self) -> frozenset[Ability]:
        """What it does beside searching; keys of `ABILITIES`."""

    @property
    def fingerprint(self) -> StoreFingerprint:
        """Which collection it is, and how it is searched, as of now."""

    def search(self, asked: Asked, k: int, where: Any = None, exact: bool = False) -> StoreHits:
        """Return the k best hits of each query.

        Parameters
        ----------
        asked:
            The queries, as the store takes them.
        k:
            How many of each.
        where:
            Which rows count, in the store's own language; all without it.
        exact:
            Whether to pass over an approximate index.
        """

    def within(
        self, asked: Asked, score: float, where: Any = None, limit: int = MOST_WITHIN
    ) -> StoreHits:
        """Return the hits of one query at a score or better.

        Parameters
        ----------
        asked:
            The query alone, of shape (1, dim), or one text.
        score:
            On `scale`.
        where:
            As for `search`.
        limit:
            How many hits at most.
        """

    def sample(self, n: int, seed: int, where: Any = None) -> StoreRows:
        """Return n random rows by `seed`, all where `where` leaves fewer; `how` says how."""

    def fetch(self, ids: Sequence[str]) -> StoreRows:
        """Return the rows of these ids that are there, in any order."""

    def count(self, where: Any = None) -> int:
        """Return how many rows there are, of those that `where` leaves."""


class WritableStore(ScoredStore, Protocol):
    """A store that takes rows in ("write" in `can`).

    Examples
    --------
    >>> "write" in sc.LocalStore(sc.VectorEngine.of(np.eye(3, 4))).can
    False
    """

    def add(self, ids: Sequence[str], vectors: Vectors, texts: Sequence[str] = ()) -> None:
        """Put rows in, those of an id that is there in its place: twice is as good as once.

        Parameters
        ----------
        ids, texts:
            Of each row; without texts the store keeps none.
        vectors:
            Of unit norm, float32 (n, dim).
        """


def require(store: ScoredStore, ability: Ability, remedy: str) -> None:
    """Refuse what a store cannot do.

    Raises
    ------
    StoreError
        What it would have to do, and what to do instead.
    """
    if ability not in store.can:
        raise StoreError(
            f"This needs a store that {ABILITIES[ability]}, and a {type(store).__name__} does not; "
            f"{remedy}."
        )
