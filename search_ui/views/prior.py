"""What other collections suggest of hits that no label tells of, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import search_core as sc

FIRST_HITS = 10  # of a question: what the share of right ones is told of
MOST_QUESTIONS = 20


@dataclass(frozen=True)
class SuggestedHit:
    """A hit, and its value with the 90% band around it, in words."""

    rank: int
    text: str
    words: str


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
    told:
        Whether a share of right hits was told.
    """

    question: str
    hits: tuple[SuggestedHit, ...]
    sentence: str
    told: bool


def view_prior(
    engine: sc.SearchEngine, questions: Sequence[str], right_of_ten: float | None
) -> PriorView:
    """Return what other collections suggest of the first hits of the first question.

    Parameters
    ----------
    engine:
        Searches the visitor's texts.
    questions:
        Usual ones, which `right_of_ten` is told of.
    right_of_ten:
        How many of their first ten hits are right, on average; None if nobody told.

    Raises
    ------
    QueryError
        A question is blank.
    CalibrationError
        The collection has fewer than ten documents, or more than ten of ten hits are right.
    """
    hits = engine.search_many(questions, FIRST_HITS)
    pairs = engine.score_hits(hits)
    prior = prior_told(right_of_ten, pairs)
    first = hits[0]
    values = prior.predict(pairs.take(np.arange(len(first))))
    found = tuple(
        SuggestedHit(place + 1, text, values.words(place)) for place, text in enumerate(first.texts)
    )
    return PriorView(first.query, found, prior.sentence, told=prior.told is not None)


def prior_told(right_of_ten: float | None, pairs: sc.ScoredPairs) -> sc.Prior:
    """Return the prior, with how many of ten such pairs are right where somebody told.

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
