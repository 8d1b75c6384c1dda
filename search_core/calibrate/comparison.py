"""Which scores to fit on: those that a file brings, the model's cosine, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from search_core.calibrate.fit import choose_method
from search_core.calibrate.methods import CALIBRATORS, Training
from search_core.calibrate.rows import chosen_rows, query_folds
from search_core.encoder import Progress
from search_core.errors import CalibrationError
from search_core.evaluate.judged import Judged
from search_core.evaluate.measures import MEASURES
from search_core.evaluate.reliability import excess_loss, log_loss
from search_core.limits import DEMO_ROWS, is_demonstration
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs

Whose = Literal["yours", "ours", "both"]
"""Whose scores: those of the file, the model's cosine, or both."""

_LABELS: dict[Whose, str] = {
    "yours": "your file's score",
    "ours": "the texts",
    "both": "both",
}


@dataclass(frozen=True)
class ScoreWorth:
    """What predictions from one choice of scores are worth on unseen queries.

    Attributes
    ----------
    whose, label:
        The choice, and the same in words.
    method:
        What was fitted: the one that "auto" chooses.
    auc:
        Of the predictions; None where all rows are of one kind.
    log_loss, excess_loss:
        Of the predictions; the latter without what graded labels alone add to it.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "score": 9 - n, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> own = sc.BROUGHT_SCALES["higher_is_better"]
    >>> compared = sc.compare_scores(engine.score_labels(sc.labels_of(rows), own=own))
    >>> [(each.whose, each.auc) for each in compared.choices]
    [('yours', 0.5), ('ours', 1.0), ('both', 1.0)]
    """

    whose: Whose
    label: str
    method: str
    auc: float | None
    log_loss: float
    excess_loss: float


@dataclass(frozen=True)
class ScoreComparison:
    """The three choices, on the same labels and the same folds.

    Attributes
    ----------
    choices:
        "yours", "ours" and "both", in this order.
    labels, queries:
        How many were used.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "score": 9 - n, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> own = sc.BROUGHT_SCALES["higher_is_better"]
    >>> compared = sc.compare_scores(engine.score_labels(sc.labels_of(rows), own=own))
    >>> compared.best.whose, compared.queries
    ('ours', 36)
    """

    choices: tuple[ScoreWorth, ScoreWorth, ScoreWorth]
    labels: int
    queries: int

    @property
    def best(self) -> ScoreWorth:
        """The choice with the lowest loss; of those that are alike the first."""
        return min(self.choices, key=lambda each: round(each.excess_loss, 6))

    @property
    def sentence(self) -> str:
        """The answer in words."""
        losses = ", ".join(f"{each.label} {each.excess_loss:.3f}" for each in self.choices)
        return (
            f"Lowest log-loss with {self.best.label} ({losses}), on the same {self.labels:,} "
            f"labels of {self.queries:,} queries, each left out in turn."
        )


@explain_mistakes
def compare_scores(
    pairs: ScoredPairs, seed: int = 0, progress: Progress | None = None
) -> ScoreComparison:
    """Fit on a file's own scores, on the model's, and on both, and compare the predictions.

    Parameters
    ----------
    pairs:
        Labelled, from `SearchEngine.score_labels` with `own`. Rows whose `split` is "test" are
        left out, as they are of a fit.
    seed:
        As for `fit_calibrator`.
    progress:
        Called with (choices done, choices in all); may raise to stop.

    Raises
    ------
    CalibrationError
        The pairs have no scores of their own file, or too few labels to compare anything.

    Examples
    --------
    >>> rows = [{"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": n % 2} for n in range(80)]
    >>> sc.compare_scores(sc.score_pairs(sc.labels_of(rows), sc.COSINE))
    Traceback (most recent call last):
    search_core.errors.CalibrationError: There is nothing to compare: these pairs need texts and \
the scores of their own file; score them with own=.
    """
    if pairs.own_scale is None:
        raise CalibrationError(
            "There is nothing to compare: these pairs need texts and the scores of their own file; "
            "score them with own=."
        )
    rows = chosen_rows(pairs, seed).fitted
    queries = len(set(rows.queries))
    if is_demonstration(len(rows), queries):
        raise CalibrationError(f"To compare scores takes at least {DEMO_ROWS} labels.")
    folds = query_folds(rows, seed)
    parts: dict[Whose, ScoredPairs] = {
        "yours": rows.own_scores_alone(),
        "ours": rows.without_own_scores(),
        "both": rows,
    }
    worth = []
    for done, (whose, part) in enumerate(parts.items(), start=1):
        worth.append(_worth(whose, Training(part, folds)))
        if progress is not None:
            progress(done, len(parts))
    yours, ours, both = worth
    return ScoreComparison((yours, ours, both), len(rows), queries)


def _worth(whose: Whose, training: Training) -> ScoreWorth:
    pairs = training.pairs
    method = choose_method(pairs)
    y = pairs.relevance
    # A constant separates nothing, and no curve can be fitted.
    if np.ptp(pairs.features[:, 0]) == 0:
        raise CalibrationError(f"All scores of {_LABELS[whose]} are equal; compare others.")
    values = CALIBRATORS[method].fit(training, _unheard).held_out
    stated = Judged.of(y, pairs.queries, pairs.similarities, pairs.texts).stated(values)
    return ScoreWorth(
        whose=whose,
        label=_LABELS[whose],
        method=method,
        auc=MEASURES["auc"].compute(stated),
        log_loss=log_loss(y, values),
        excess_loss=excess_loss(y, values),
    )


def _unheard(_done: int, _total: int) -> None:
    """Tell nobody of the steps of one fit, which are too small."""
