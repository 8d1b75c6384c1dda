"""What other collections suggest of hits without labels, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import search_core as sc

FIRST_HITS = 10  # of a question: what the share of right ones is about
MOST_QUESTIONS = 20
WHOLE_RANGE = 0.95  # a 90% band of so much of what is possible excludes next to nothing


@dataclass(frozen=True)
class SuggestedHit:
    """A hit, its value, and the 90% band around it, in words.

    `excludes` is whether the band leaves anything out: one from 0 to 1 is no guess at all.
    """

    rank: int
    text: str
    value: str
    band: str
    excludes: bool


@dataclass(frozen=True)
class PriorView:
    """What other collections suggest of a question's hits.

    Attributes
    ----------
    question:
        What was asked.
    hits:
        Its first hits, in the order of the search.
    sentence:
        Where the values come from.
    knows_share:
        Whether somebody said how many hits are right.
    """

    question: str
    hits: tuple[SuggestedHit, ...]
    sentence: str
    knows_share: bool

    @property
    def guessed(self) -> int:
        """Of how many hits something is excluded, so that there is a guess."""
        return sum(hit.excludes for hit in self.hits)


@dataclass(frozen=True, eq=False)
class KnownShare:
    """How many of the first ten hits a visitor finds right, and what other collections then say."""

    right_of_ten: float
    prior: sc.Prior


def view_prior(
    engine: sc.SearchEngine, questions: Sequence[str], right_of_ten: float | None
) -> PriorView:
    """Return what other collections suggest of the first hits of the first question.

    Parameters
    ----------
    engine:
        Searches the visitor's texts.
    questions:
        Usual ones, which `right_of_ten` is about.
    right_of_ten:
        How many of their first ten hits are right, on average; None if nobody knows.

    Raises
    ------
    QueryError
        A question is blank.
    CalibrationError
        The collection has fewer than ten documents, or more than ten of ten hits are right.
    """
    hits = engine.search_many(questions, FIRST_HITS)
    prior = prior_with(right_of_ten, engine.score_hits(hits))
    return view_hits(engine, hits[0], prior)


def view_hits(engine: sc.SearchEngine, hits: sc.Hits, prior: sc.Prior) -> PriorView:
    """Return what a prior says of each hit of one question.

    Raises
    ------
    CalibrationError
        The collection has fewer than ten documents.
    """
    values = prior.predict(engine.score_hits([hits]))
    found = tuple(
        SuggestedHit(
            row + 1,
            text,
            f"{values.mean[row]:.2f}",
            f"{values.low[row]:.2f}–{values.high[row]:.2f}",
            bool(values.high[row] - values.low[row] < WHOLE_RANGE),
        )
        for row, text in enumerate(hits.texts)
    )
    return PriorView(hits.query, found, prior.sentence, knows_share=prior.base_rate is not None)


def can_suggest(engine: sc.SearchEngine) -> bool:
    """Whether the collection has texts enough to be compared with others."""
    return engine.collection.features.usual_cosine is not None


def known_share(
    engine: sc.SearchEngine, questions: Sequence[str], right_of_ten: float | None
) -> KnownShare | None:
    """Return the prior once a visitor said how many hits are right; None where none was said.

    Parameters and errors as for `view_prior`.
    """
    if right_of_ten is None:
        return None
    pairs = engine.score_hits(engine.search_many(questions, FIRST_HITS))
    return KnownShare(right_of_ten, prior_with(right_of_ten, pairs))


def prior_with(right_of_ten: float | None, pairs: sc.ScoredPairs) -> sc.Prior:
    """Return the prior, with how many of ten such pairs are right where somebody said.

    Raises
    ------
    CalibrationError
        It is no number from 0 to 10.
    """
    prior = sc.load_prior()
    if right_of_ten is None:
        return prior
    if not 0 <= right_of_ten <= FIRST_HITS:
        raise sc.CalibrationError(
            f"{right_of_ten:g} of the first ten hits are said to be right; give a number from 0 "
            "to 10, or leave it out."
        )
    return prior.with_base_rate(right_of_ten / FIRST_HITS, pairs)
