"""What the page shows of a search: every number computed once, ready to be written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

import search_core as sc
from search_core.normalizers.background import RARE

TIE = 0.01  # hits closer than this in cosine cannot be told apart by it


@dataclass(frozen=True)
class HitView:
    """One hit as the page shows it; scores as in the glossary, None where there is none."""

    rank: int
    id: str
    text: str
    cosine: float
    squared_l2: float
    inverse_distance: float
    minmax: float
    percentile: float
    calibrated: float | None
    grade: int | None


@dataclass(frozen=True)
class SearchView:
    """One query's answer.

    Attributes
    ----------
    query, model:
        What was asked, and the encoder that embedded it.
    hits:
        Best first.
    background:
        Cosine of the query with every document that is not a hit.
    chance_cut:
        The cosine that one document in the whole collection would reach by chance, if known.
    expected:
        How many documents would reach the best hit's cosine by chance, if known.
    rarity:
        Share of unrelated questions whose best hit is as good as this one's, if known.
    documents:
        Size of the collection.
    calibrated_name:
        "probability", "expected_relevance", or empty without a calibrator.
    nothing:
        Whether the page should say that nothing relevant is here.
    """

    query: str
    model: str
    hits: tuple[HitView, ...]
    background: tuple[float, ...]
    chance_cut: float | None
    expected: float | None
    rarity: float | None
    documents: int
    calibrated_name: str
    nothing: bool


def view_search(
    engine: sc.SearchEngine,
    calibrator: sc.Calibrator | None,
    query: str,
    k: int,
    grades: Mapping[tuple[str, str], int] | None = None,
) -> SearchView:
    """Search, and read every score in every way that the Search tab shows."""
    hits = engine.search(query, k=k)
    background = engine.background(query)
    readings = {
        name: sc.normalize(hits, name, background=background).scores
        for name in ("inverse_distance", "minmax", "percentile")
    }
    calibrated = _calibrated_by_id(engine, calibrator, hits)
    cosines = hits.cosines()
    rows = tuple(
        HitView(
            rank=place + 1,
            id=hits.ids[place],
            text=hits.texts[place],
            cosine=float(cosines[place]),
            squared_l2=float(2.0 - 2.0 * cosines[place]),
            inverse_distance=float(readings["inverse_distance"][place]),
            minmax=float(readings["minmax"][place]),
            percentile=float(readings["percentile"][place]),
            calibrated=calibrated.get(hits.ids[place]),
            grade=(grades or {}).get((query, hits.ids[place])),
        )
        for place in range(len(hits))
    )
    others = np.delete(background.cosines, hits.positions)
    return SearchView(
        query=query,
        model=engine.encoder.name,
        hits=rows,
        background=tuple(np.round(others, 4).tolist()),
        chance_cut=background.chance_cut,
        expected=background.expected_count(rows[0].cosine),
        rarity=background.rarity,
        documents=len(engine.corpus),
        calibrated_name=calibrator.kind if calibrator else "",
        nothing=_nothing_relevant(background.rarity, calibrator, calibrated),
    )


def _calibrated_by_id(
    engine: sc.SearchEngine, calibrator: sc.Calibrator | None, hits: sc.Hits
) -> dict[str, float]:
    if calibrator is None:
        return {}
    answer = calibrator.apply(hits, engine)
    return dict(zip(answer.ids, answer.scores.tolist(), strict=True))


def _nothing_relevant(
    rarity: float | None, calibrator: sc.Calibrator | None, calibrated: Mapping[str, float]
) -> bool:
    if calibrator is not None and calibrator.nothing_below is not None:
        return max(calibrated.values()) < calibrator.nothing_below
    return rarity is not None and rarity > RARE


def tied_places(view: SearchView) -> tuple[int, int] | None:
    """Return the first two neighbouring hits that tie in cosine but not in calibrated value."""
    for one, two in zip(view.hits, view.hits[1:], strict=False):
        if one.calibrated is None or two.calibrated is None:
            continue
        apart = abs(one.calibrated - two.calibrated) >= 0.15
        if one.cosine - two.cosine < TIE and apart:
            return one.rank, two.rank
    return None
