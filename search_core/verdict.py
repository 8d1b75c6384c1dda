"""What is said of a query's best hit: probably relevant, unclear, or nothing relevant.

One answer from the best evidence there is. A calibrator knows the collection's own labels. Without
one, what labels of other collections taught has to do; it is a weaker witness, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from search_core.calibrate.calibrator import Calibrator
from search_core.errors import InputError, ScaleMismatch
from search_core.hits import Hits
from search_core.normalizers.background import Background

Answer = Literal["relevant", "unclear", "nothing"]
Evidence = Literal["calibrator", "other collections"]

RELEVANT_FROM = 0.5  # a calibrated value from here on is relevant, unless a threshold says better
SAME = 1e-9  # values closer than this are one: the earlier hit is named
CLEAR = 2.5  # standard deviations above what unrelated questions find: they rarely get there
SURE = 0.2  # cosine above that line


@dataclass(frozen=True)
class HitVerdict:
    """What is said of a query's best hit.

    Attributes
    ----------
    answer:
        "relevant", "unclear" or "nothing".
    evidence:
        "calibrator", fitted on labels of this collection, or "other collections": none of the
        labels is of this one.
    id:
        The hit that it speaks of: the one likeliest to be relevant.
    value:
        The hit's predicted relevance in [0, 1]; None where there is no calibrator.
    relevant_from, nothing_below:
        From which predicted relevance on the answer is "relevant", and under which it is "nothing";
        None where there is no calibrator.
    unrelated_below:
        The cosine that unrelated questions rarely find in this collection; None where a calibrator
        knows better.
    """

    answer: Answer
    evidence: Evidence
    id: str
    value: float | None = None
    relevant_from: float | None = None
    nothing_below: float | None = None
    unrelated_below: float | None = None


def best_hit_verdict(
    hits: Hits, background: Background, calibrator: Calibrator | None = None
) -> HitVerdict:
    """Say of a query's best hit whether it is relevant, from the best evidence there is.

    Parameters
    ----------
    hits:
        As the calibrator returned them; as the search returned them where there is none.
    background:
        Where the query's scores fall in the collection; a calibrator does without.
    calibrator:
        The collection's own. Its word alone counts where there is one.

    Raises
    ------
    InputError
        There are no hits.
    ScaleMismatch
        The hits are on another scale than the calibrator's values, or, without one, on a scale
        that has no cosine.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> hits = engine.search("a cat", k=2)
    >>> sc.best_hit_verdict(hits, engine.background("a cat")).answer
    'relevant'
    """
    if not len(hits):
        raise InputError("There are no hits to read; search with an index that finds some.")
    if calibrator is None:
        return _by_other_collections(hits, background)
    if hits.scale.name != calibrator.kind:
        raise ScaleMismatch(
            f"These hits are on the scale '{hits.scale.name}'; give those that "
            "calibrator.apply(hits, engine) returns."
        )
    first = int(np.argmax(hits.scores > hits.scores[0] - SAME))
    return _by_calibrator(calibrator, hits.ids[first], float(hits.scores[first]))


def _by_calibrator(calibrator: Calibrator, name: str, value: float) -> HitVerdict:
    relevant_from = _relevant_from(calibrator)
    nothing_below = min(calibrator.nothing_below or 0.0, relevant_from)
    if value >= relevant_from:
        answer: Answer = "relevant"
    else:
        answer = "nothing" if value < nothing_below else "unclear"
    return HitVerdict(answer, "calibrator", name, value, relevant_from, nothing_below)


def _relevant_from(calibrator: Calibrator) -> float:
    """Return the threshold for best hits where one is promised, else one half."""
    found = [
        each.value
        for each in calibrator.thresholds
        if each.level == "query" and each.value is not None
    ]
    return found[-1] if found else RELEVANT_FROM


def _by_other_collections(hits: Hits, background: Background) -> HitVerdict:
    best = float(hits.cosines()[0])
    others = background.collection.best_scores
    line = float(others.mean() + CLEAR * others.std())
    answer: Answer = "unclear"
    if best < line:
        answer = "nothing"
    elif best >= line + SURE:
        answer = "relevant"
    return HitVerdict(answer, "other collections", hits.ids[0], unrelated_below=line)
