"""All hits above a score: those that were listed, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

import scipy

from search_core.hits import Hits
from search_core.normalizers.unrelated_scores import CONFIDENCE
from search_core.stores.protocol import StoreRows
from search_core.vectors import Vectors, exact_cosines


@dataclass(frozen=True, eq=False)
class StoreRange:
    """All hits of a query from a cosine on.

    Attributes
    ----------
    hits:
        Those that were listed, best first.
    cosine:
        From which on.
    count, low, high:
        How many rows there are, and the 90% interval of that; all the same where they were counted.
        `high` is None where nothing bounds it.
    how:
        How they were counted, in words.

    Examples
    --------
    >>> store = sc.LocalStore(sc.VectorEngine.of(np.eye(3, 4, dtype=np.float32)))
    >>> sample = sc.StoreSample.draw(store, background_queries=None, encoder=encoder)
    >>> engine = sc.StoreEngine(store, sample)
    >>> engine.within(np.eye(1, 4)[0], 0.5).words
    '1 hit, counted'
    """

    hits: Hits
    cosine: float
    count: int
    low: int
    high: int | None
    how: str

    @property
    def words(self) -> str:
        """How many there are, as in "about 12,400 hits (11,000–14,000), …"."""
        noun = "hit" if self.count == 1 else "hits"
        if self.low == self.high:
            return f"{self.count:,} {noun}, {self.how}"
        upto = f"–{self.high:,}" if self.high is not None else " or more"
        return f"about {self.count:,} {noun} ({self.low:,}{upto}), {self.how}"


def range_of(
    hits: Hits,
    cosine: float,
    is_complete: bool,
    is_exact: bool,
    rows: StoreRows | None,
    query: Vectors | None,
    total: int,
    *,
    has_all: bool,
) -> StoreRange:
    """Return the hits with how many there are.

    Parameters
    ----------
    hits, cosine:
        Those listed, and from which cosine on.
    is_complete, is_exact:
        Whether the store found no more, and whether it compared every vector.
    rows, query, total, has_all:
        Rows drawn from the same store under the same filter, None for none; the query's vector; how
        many rows the store has by now; and whether those drawn are all of them.
    """
    listed = len(hits)
    if is_complete and is_exact:
        return StoreRange(hits, cosine, listed, listed, listed, "counted")
    if rows is None or query is None or not len(rows):
        return StoreRange(hits, cosine, listed, listed, None, "as far as the store lists them")
    reaching = int((exact_cosines(rows.vectors, query) >= cosine).sum())
    if has_all:
        return StoreRange(hits, cosine, reaching, reaching, reaching, "counted")
    low, high = (round(total * end) for end in share_interval(reaching, len(rows)))
    if is_complete:
        return StoreRange(
            hits, cosine, listed, listed, max(listed, high), "by an index that may miss some"
        )
    estimate = max(listed, round(total * reaching / len(rows)))
    how = f"estimated from {len(rows):,} rows"
    return StoreRange(hits, cosine, estimate, max(listed, low), max(estimate, high), how)


def share_interval(reaching: int, drawn: int) -> tuple[float, float]:
    """Return the 90% interval of a share, by Clopper and Pearson (1934).

    Parameters
    ----------
    reaching, drawn:
        How many of so many rows, each as likely to be drawn as any other.
    """
    beyond = (1.0 - CONFIDENCE) / 2.0
    quantile = scipy.special.betaincinv
    low = quantile(reaching, drawn - reaching + 1, beyond) if reaching else 0.0
    high = quantile(reaching + 1, drawn - reaching, 1.0 - beyond) if reaching < drawn else 1.0
    return float(low), float(high)
