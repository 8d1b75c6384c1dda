"""What the page shows of a search: every number computed once, ready to be written out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import search_core as sc
from search_ui.calibration_view import CalibrationView

TIE = 0.01  # hits closer than this in cosine cannot be told apart by it
APART = 0.15  # calibrated values further apart than this tell two hits apart
ANSWERS = 2  # the least grade, of 3, of a text that answers
GOOD = 0.5  # a calibrated value from here on is a good one
NOT_ONE = 0.5  # documents expected by chance: fewer round to none
SMALL = 0.05  # log-odds: less than this moves a chance of one half by about one percent


_GROUP_OF = {feature.name: feature.group for feature in sc.FEATURES}


@dataclass(frozen=True)
class HitView:
    """One hit as the page shows it; scores as in the glossary, None where there is none.

    Attributes
    ----------
    rank, id, text:
        Its place in the list, from 1, and what was found.
    cosine, squared_l2, inverse_distance, minmax, percentile, chance:
        Its score under the readings of these names.
    calibrated:
        What the calibrator makes of it.
    grade:
        What people judged, from 0 to 3.
    shared:
        Words of the query that the text has, too.
    hub_count:
        Among the ten nearest of how many other documents it stands.
    moved:
        What moved the calibrated value, by group of features: log-odds against the average
        judged pair, the largest first.
    """

    rank: int
    id: str
    text: str
    cosine: float
    squared_l2: float
    inverse_distance: float
    minmax: float
    percentile: float
    chance: float | None
    calibrated: float | None
    grade: int | None
    shared: tuple[str, ...]
    hub_count: int
    moved: tuple[tuple[str, float], ...]

    @property
    def answers(self) -> bool | None:
        """Whether people judged that it answers; None where nobody did."""
        return None if self.grade is None else self.grade >= ANSWERS

    @property
    def is_good(self) -> bool:
        """Whether its calibrated value is a good one."""
        return self.calibrated is not None and self.calibrated >= GOOD

    @property
    def angle(self) -> int:
        """The angle between query and text in whole degrees."""
        return round(math.degrees(math.acos(max(-1.0, min(1.0, self.cosine)))))

    @property
    def movers(self) -> tuple[tuple[str, float], ...]:
        """What moved the calibrated value by more than can be overlooked, as in `moved`."""
        return tuple((group, part) for group, part in self.moved if abs(part) >= SMALL)


@dataclass(frozen=True)
class Tie:
    """Two hits of about one cosine, and which of them alone answers, where people judged so."""

    one: HitView
    two: HitView
    answering: HitView | None


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
    standing:
        Where the best calibrated value falls among those of the judged queries, in words; empty
        where that is not known.
    notes:
        What to bear in mind of the calibrated values, in sentences.
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
    standing: str = ""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> HitView:
        """The hit of the highest cosine."""
        return self.hits[0]

    @property
    def best_calibrated(self) -> float:
        """The highest calibrated value; there must be one."""
        return max(hit.calibrated for hit in self.hits if hit.calibrated is not None)

    @property
    def by_chance(self) -> int | None:
        """How many documents would reach the best cosine by chance; None where that is unknown."""
        if self.expected is None:
            return None
        return 0 if self.expected < NOT_ONE else max(1, round(self.expected))

    @property
    def is_common(self) -> bool:
        """Whether unrelated questions find as good a best hit often enough to be named."""
        return self.rarity is not None and self.rarity > sc.RARE

    @property
    def states_chances(self) -> bool:
        """Whether calibrated values are probabilities, not expected relevance."""
        return self.calibrated_name == "probability"

    @property
    def tie(self) -> Tie | None:
        """The first two neighbours that tie in cosine and that judged examples tell apart."""
        places = tied_places(self)
        if places is None:
            return None
        one, two = (self.hits[rank - 1] for rank in places)
        is_told = None not in (one.answers, two.answers) and one.answers != two.answers
        return Tie(one, two, (one if one.answers else two) if is_told else None)

    @property
    def risen(self) -> tuple[HitView, HitView] | None:
        """The two hits whose calibrated values run most against their order, the earlier first."""
        places = risen_places(self)
        return places and (self.hits[places[0] - 1], self.hits[places[1] - 1])


def check_query(query: str) -> None:
    """Raise `QueryError` for a query longer than a public page takes."""
    if len(query) > sc.PUBLIC.query_characters:
        raise sc.QueryError(
            f"The query has {len(query):,} characters; at most {sc.PUBLIC.query_characters:,} are "
            "read here, so shorten it."
        )


def view_search(
    engine: sc.SearchEngine,
    calibrator: sc.Calibrator | None,
    query: str,
    k: int,
    grades: Mapping[tuple[str, str], int] | None = None,
) -> SearchView:
    """Search, and read every score in every way that the Search tab shows.

    Raises
    ------
    QueryError
        The query is blank, or k is no whole number of 1 or more.
    ScaleMismatch, CalibrationError
        The calibrator does not fit these hits.
    """
    hits, background = engine.search(query, k=k), engine.background(query)
    answer = calibrator.apply(hits, engine) if calibrator else None
    calibrated = dict(zip(answer.ids, answer.scores.tolist(), strict=True)) if answer else {}
    rows = _hit_views(engine, calibrator, hits, background, calibrated, grades or {})
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
        nothing=_nothing_relevant(background, calibrator, calibrated),
        notes=answer.notes if answer else (),
    )


def _hit_views(
    engine: sc.SearchEngine,
    calibrator: sc.Calibrator | None,
    hits: sc.Hits,
    background: sc.Background,
    calibrated: Mapping[str, float],
    grades: Mapping[tuple[str, str], int],
) -> tuple[HitView, ...]:
    inverse, minmax, percentile = (
        sc.normalize(hits, name, background=background).scores.tolist()
        for name in ("inverse_distance", "minmax", "percentile")
    )
    cosines = hits.cosines().tolist()
    moved = _moved(engine, calibrator, hits)
    hubs = background.collection.hub_counts
    return tuple(
        HitView(
            rank=place + 1,
            id=name,
            text=hits.texts[place],
            cosine=cosines[place],
            squared_l2=2.0 - 2.0 * cosines[place],
            inverse_distance=inverse[place],
            minmax=minmax[place],
            percentile=percentile[place],
            chance=background.chance(cosines[place]),
            calibrated=calibrated.get(name),
            grade=grades.get((hits.query, name)),
            shared=sc.shared_words(hits.query, hits.texts[place]),
            hub_count=int(hubs[hits.positions[place]]),
            moved=moved[place],
        )
        for place, name in enumerate(hits.ids)
    )


def _moved(
    engine: sc.SearchEngine, calibrator: sc.Calibrator | None, hits: sc.Hits
) -> Sequence[tuple[tuple[str, float], ...]]:
    """Sum what moved each hit's calibrated value by group of features."""
    if calibrator is None:
        return [()] * len(hits)
    explained = calibrator.explain(engine.score_texts(hits.query, hits.texts))
    return [_by_group(parts) for parts in explained]


def _by_group(parts: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    total: dict[str, float] = {}
    for name, part in parts.items():
        group = _GROUP_OF.get(name, name)
        total[group] = total.get(group, 0.0) + part
    return tuple(sorted(total.items(), key=lambda item: -abs(item[1])))


def _nothing_relevant(
    background: sc.Background, calibrator: sc.Calibrator | None, calibrated: Mapping[str, float]
) -> bool:
    if calibrator is not None and calibrator.nothing_below is not None:
        return max(calibrated.values()) < calibrator.nothing_below
    return bool(background.nothing_relevant)


def standing_among(view: SearchView, fit: CalibrationView) -> str:
    """Say where the best calibrated value falls among those of the queries of a fit."""
    values = [hit.calibrated for hit in view.hits if hit.calibrated is not None]
    queries = [str(query) for query in fit.queries]
    return sc.standing(max(values), np.array(fit.stated), queries) if values else ""


def risen_places(view: SearchView) -> tuple[int, int] | None:
    """Return the two hits whose calibrated values run most against their order, the earlier first.

    None where no later hit's value is higher by enough to tell the two apart.
    """
    values = [(hit.calibrated, hit.rank) for hit in view.hits if hit.calibrated is not None]
    rises = [
        (later - earlier, (one, two))
        for place, (earlier, one) in enumerate(values)
        for later, two in values[place + 1 :]
    ]
    most, places = max(rises, default=(0.0, (0, 0)))
    return places if most >= APART else None


def tied_places(view: SearchView) -> tuple[int, int] | None:
    """Return the first two neighbouring hits that tie in cosine but not in calibrated value."""
    for one, two in zip(view.hits, view.hits[1:], strict=False):
        if one.calibrated is None or two.calibrated is None:
            continue
        apart = abs(one.calibrated - two.calibrated) >= APART
        if one.cosine - two.cosine < TIE and apart:
            return one.rank, two.rank
    return None
