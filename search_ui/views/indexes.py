"""What Compare shows of an index: plain figures, of a trial made now or of one that was stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import search_core as sc
from search_ui.rendering import milliseconds

METRICS = {
    "squared_l2": "squared L2 distance",
    "inner_product": "inner product",
    "cosine": "cosine",
}
"""What indexes rank by, in words."""

ALIKE = 1.5  # times within this factor of Flat's are called about the same: the clock is no finer


@dataclass(frozen=True)
class AnswerFigures:
    """How good the first ten hits are, on one kind of score; as in `sc.Answers`.

    Attributes
    ----------
    recall, ndcg, calibration_error:
        Shares in [0, 1]; the last two are None where they are not known.
    flips:
        How many decisions differ from those of exact search; None without a threshold.
    """

    recall: float
    ndcg: float | None
    flips: int | None
    calibration_error: float | None


@dataclass(frozen=True)
class IndexRow:
    """One index, as one row of the table.

    Attributes
    ----------
    name, is_exact:
        The index, and whether it is Flat, which the others are measured against.
    bytes_per_vector, build_ms, query_ms:
        What it takes.
    query_ratio:
        Time of a search as a share of Flat's.
    bias, spread, moved:
        By how much its own scores miss the exact cosine, and the share of hits at another rank.
    own, rescored:
        Its hits by its own scores, and scored again exactly.
    """

    name: str
    is_exact: bool
    bytes_per_vector: float
    build_ms: float
    query_ms: float
    query_ratio: float
    bias: float
    spread: float
    moved: float
    own: AnswerFigures
    rescored: AnswerFigures

    @property
    def answers(self) -> tuple[AnswerFigures, AnswerFigures]:
        """Both kinds of answers."""
        return self.own, self.rescored

    @property
    def time_words(self) -> str:
        """The time of a search, and how it compares with Flat's; no finer than the clock is."""
        time = milliseconds(self.query_ms)
        if self.is_exact:
            return time
        if 1 / ALIKE <= self.query_ratio <= ALIKE:
            return "about the same"
        if self.query_ratio > 1:
            return f"{time}, {_two_digits(self.query_ratio)}× slower"
        return f"{time}, {_two_digits(1 / self.query_ratio)}× faster"


def _two_digits(times: float) -> str:
    return f"{float(f'{times:.2g}'):g}"


def index_rows(trials: Iterable[sc.IndexTrial]) -> tuple[IndexRow, ...]:
    """Return the row of each trial, in their order."""
    return tuple(
        IndexRow(
            name=trial.spec.name,
            is_exact=trial.spec.factory == "Flat",
            bytes_per_vector=trial.costs.bytes_per_vector,
            build_ms=trial.costs.build_ms,
            query_ms=trial.costs.query_ms,
            query_ratio=trial.costs.query_ratio,
            bias=trial.bias,
            spread=trial.spread,
            moved=trial.moved,
            own=_figures(trial.own),
            rescored=_figures(trial.rescored),
        )
        for trial in trials
    )


def _figures(answers: sc.Answers) -> AnswerFigures:
    return AnswerFigures(answers.recall, answers.ndcg, answers.flips, answers.calibration_error)
