"""What the page shows of a search: every number computed once, ready to be written out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import search_core as sc
from search_ui.rendering import count, number
from search_ui.views.calibration import CalibrationView
from search_ui.views.prior import PriorView, view_hits

APART = 0.15  # calibrated values further apart than this tell two hits apart
ANSWERS = 2  # the least grade, of 3, of a text that answers
SMALL = 0.05  # log-odds: less than this moves a chance of one half by about one percent


_GROUP_OF = {feature.name: feature.group for feature in sc.FEATURES}


@dataclass(frozen=True)
class HitView:
    """One hit as the page shows it; scores as in the glossary, None where there is none.

    Attributes
    ----------
    rank, id, text:
        Its rank, from 1, and what was found.
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
    def angle(self) -> int:
        """The angle between query and text in whole degrees."""
        return round(math.degrees(math.acos(max(-1.0, min(1.0, self.cosine)))))

    @property
    def movers(self) -> tuple[tuple[str, float], ...]:
        """What moved the calibrated value by more than can be overlooked, as in `moved`."""
        return tuple((group, part) for group, part in self.moved if abs(part) >= SMALL)


@dataclass(frozen=True)
class Tie:
    """Two hits of one score, and which of them alone answers, where people judged so."""

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
    documents:
        Size of the collection.
    calibrated_name:
        "probability", "expected_relevance", or empty without a calibrator.
    verdict:
        What is said of the best hit; all that is shown of the answer derives from it.
    standing:
        Where the best calibrated value falls among those of the judged queries, in words; empty
        where that is not known.
    notes:
        What to bear in mind of the scores and the calibrated values, in sentences.
    rarity, rarity_bound, rarity_words:
        How many unrelated questions find as good a best hit, the most that this is with 90%
        confidence, and both in a sentence, or why they are not known.
    suggested:
        What other collections suggest of each hit; None where labels of this one say more.
    """

    query: str
    model: str
    hits: tuple[HitView, ...]
    background: tuple[float, ...]
    documents: int
    calibrated_name: str
    verdict: sc.HitVerdict
    standing: str = ""
    notes: tuple[str, ...] = ()
    rarity: float | None = None
    rarity_bound: float | None = None
    rarity_words: str = ""
    suggested: PriorView | None = None

    @property
    def best(self) -> HitView:
        """The hit of the highest cosine."""
        return self.hits[0]

    @property
    def likeliest(self) -> HitView:
        """The hit that the verdict speaks of."""
        return next(hit for hit in self.hits if hit.id == self.verdict.id)

    @property
    def nothing_relevant(self) -> bool:
        """Whether the verdict is that nothing relevant is here."""
        return self.verdict.answer == "nothing"

    @property
    def relevant(self) -> tuple[int, ...]:
        """The ranks of the hits that are said to be relevant."""
        if not self.calibrated_name:
            return (self.likeliest.rank,) if self.verdict.answer == "relevant" else ()
        least = self.verdict.relevant_from
        return tuple(
            hit.rank
            for hit in self.hits
            if least is not None and hit.calibrated is not None and hit.calibrated >= least
        )

    @property
    def finding(self) -> str:
        """What the chart of the scores shows, in words."""
        score = number(self.best.cosine)
        match self.verdict.answer:
            case "relevant":
                amount = count(len(self.relevant), "hit is", "hits are")
                return f"{amount} probably relevant"
            case "unclear":
                return f"{score} is the best score: it may or may not be a match"
            case "nothing":
                return f"{score} is the best score, and no hit seems relevant"

    @property
    def states_chances(self) -> bool:
        """Whether calibrated values are probabilities, not expected relevance."""
        return self.calibrated_name == "probability"

    @property
    def tie(self) -> Tie | None:
        """The first two neighbours of one score that the calibrator tells apart."""
        ranks = tied_ranks(self)
        if ranks is None:
            return None
        one, two = (self.hits[rank - 1] for rank in ranks)
        differs = None not in (one.answers, two.answers) and one.answers != two.answers
        return Tie(one, two, (one if one.answers else two) if differs else None)

    @property
    def risen(self) -> tuple[HitView, HitView] | None:
        """The two hits whose calibrated values run most against their order, the earlier first."""
        ranks = risen_ranks(self)
        return ranks and (self.hits[ranks[0] - 1], self.hits[ranks[1] - 1])


def check_query(query: str) -> None:
    """Raise `QueryError` for a query longer than a public page takes."""
    if len(query) > sc.PUBLIC.query_characters:
        raise sc.QueryError(
            f"The query has {len(query):,} characters; at most {sc.PUBLIC.query_characters:,} are "
            "read here, so shorten it."
        )


def read_questions(text: str, most: int) -> tuple[str, ...]:
    """Read questions, one a line, each once.

    Raises
    ------
    QueryError
        There are none, more than `most`, or one is too long.
    """
    questions = checked_questions(text.splitlines(), most)
    if not questions:
        raise sc.QueryError("There is no question; write at least one, one per line.")
    return questions


def checked_questions(lines: Iterable[str], most: int) -> tuple[str, ...]:
    """Return questions without blanks around them, each once.

    Raises
    ------
    QueryError
        There are more than `most`, or one is too long.
    """
    questions = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if len(questions) > most:
        raise sc.QueryError(
            f"{len(questions):,} questions were given; at most {most} are asked here, so leave "
            "some out."
        )
    for each in questions:
        check_query(each)
    return questions


def view_search(
    engine: sc.SearchEngine,
    calibrator: sc.Calibrator | None,
    query: str,
    k: int,
    grades: Mapping[tuple[str, str], int] | None = None,
    prior: sc.Prior | None = None,
) -> SearchView:
    """Search, and read every score in every way that the Search tab shows.

    `prior` says what other collections suggest of each hit, where no label of this one says more.

    Raises
    ------
    QueryError
        The query is blank, or k is no whole number of 1 or more.
    ScaleMismatch, CalibrationError
        The calibrator does not fit these hits.
    """
    hits, background = engine.search(query, k=k), engine.background(query)
    answer = calibrator.apply(hits, engine) if calibrator else None
    verdict = sc.best_hit_verdict(answer or hits, engine, calibrator)
    notes = (*hits.notes, *(answer.notes if answer else ()))
    calibrated = dict(zip(answer.ids, answer.scores.tolist(), strict=True)) if answer else {}
    rows = _hit_views(engine, calibrator, hits, background, calibrated, grades or {})
    others = np.delete(background.cosines, hits.positions)
    return SearchView(
        query=query,
        model=engine.encoder.name,
        hits=rows,
        background=tuple(np.round(others, 4).tolist()),
        documents=len(engine.corpus),
        calibrated_name=calibrator.kind if calibrator else "",
        verdict=verdict,
        notes=tuple(note for note in notes if note != verdict.reason),
        rarity=background.rarity,
        rarity_bound=background.rarity_bound,
        rarity_words=background.rarity_sentence,
        suggested=None if prior is None else view_hits(engine, hits, prior),
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
            rank=index + 1,
            id=name,
            text=hits.texts[index],
            cosine=cosines[index],
            squared_l2=2.0 - 2.0 * cosines[index],
            inverse_distance=inverse[index],
            minmax=minmax[index],
            percentile=percentile[index],
            chance=background.chance(cosines[index]),
            calibrated=calibrated.get(name),
            grade=grades.get((hits.query, name)),
            shared=sc.shared_words(hits.query, hits.texts[index]),
            hub_count=int(hubs[hits.positions[index]]),
            moved=moved[index],
        )
        for index, name in enumerate(hits.ids)
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


def standing_among(view: SearchView, fit: CalibrationView) -> str:
    """Say where the best calibrated value falls among those of the queries of a fit."""
    values = [hit.calibrated for hit in view.hits if hit.calibrated is not None]
    queries = [str(query) for query in fit.queries]
    return sc.standing(max(values), np.array(fit.stated), queries) if values else ""


def risen_ranks(view: SearchView) -> tuple[int, int] | None:
    """Return the two hits whose calibrated values run most against their order, the earlier first.

    None where no later hit's value is higher by enough to tell the two apart.
    """
    values = [(hit.calibrated, hit.rank) for hit in view.hits if hit.calibrated is not None]
    rises = [
        (later - earlier, (one, two))
        for index, (earlier, one) in enumerate(values)
        for later, two in values[index + 1 :]
    ]
    most, ranks = max(rises, default=(0.0, (0, 0)))
    return ranks if most >= APART else None


def tied_ranks(view: SearchView) -> tuple[int, int] | None:
    """Return the first two neighbouring hits that show one score but not one calibrated value."""
    for one, two in zip(view.hits, view.hits[1:], strict=False):
        if one.calibrated is None or two.calibrated is None:
            continue
        apart = abs(one.calibrated - two.calibrated) >= APART
        if number(one.cosine) == number(two.cosine) and apart:
            return one.rank, two.rank
    return None
