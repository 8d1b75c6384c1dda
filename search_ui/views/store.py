"""What the page shows of a search over a store of somebody's own, ready to be written out."""

from __future__ import annotations

from dataclasses import dataclass

import search_core as sc


@dataclass(frozen=True, eq=False)
class ServedStore:
    """A store that the page searches, read-only.

    Attributes
    ----------
    engine:
        Searches it.
    calibrator:
        Reads its scores; None where labels of other collections must do.
    """

    engine: sc.StoreEngine
    calibrator: sc.Calibrator | None = None


@dataclass(frozen=True)
class StoreView:
    """One query's answer over a store.

    Attributes
    ----------
    found:
        The hits with what their scores say, the likeliest first.
    cosines:
        Of the hits, in the same order.
    rarity_words:
        How many unrelated questions find as good a best hit, or why that is not known.
    """

    found: sc.PredictedHits
    cosines: tuple[float, ...]
    rarity_words: str


def view_store(store: ServedStore, query: str, k: int) -> StoreView:
    """Search a store, and read its scores.

    Raises
    ------
    QueryError
        The query is blank, or k is no whole number of 1 or more.
    StoreError
        The store cannot be reached any more.
    """
    hits = store.engine.search(query, k)
    found = sc.meaningful(hits, store.calibrator, within=store.engine)
    cosines = hits.cosines().tolist()
    return StoreView(
        found,
        tuple(cosines[hit.position] for hit in found),
        store.engine.background_of(hits).rarity_sentence,
    )
