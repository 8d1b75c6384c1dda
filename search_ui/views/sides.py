"""What a threshold does to the labelled rows: which it shows, and which are near to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import search_core as sc
from search_ui.views.calibration import CalibrationView

NEAREST = 10  # labelled rows that are shown
EVEN = 0.5  # where the threshold starts when none can be guaranteed
RELEVANT = 0.5  # grades from here on count as relevant, as they do in every guarantee


@dataclass(frozen=True)
class NearRow:
    """A labelled row near the threshold.

    `has_changed` says that the threshold in force has it on the other side.
    """

    query: str
    text: str
    predicted: float
    is_relevant: bool
    is_shown: bool
    has_changed: bool


@dataclass(frozen=True)
class Sides:
    """What a threshold does to labelled rows, by predictions of fits without the row's query.

    Attributes
    ----------
    value, level:
        The threshold, and whether it counts every row or each query's best one.
    start, is_guaranteed:
        The threshold that it is compared with, and whether that is the one in force.
    shown_right, shown_wrong, missed, hidden_right:
        How many rows are shown and relevant, shown and not, hidden and relevant, hidden and not.
    now_shown, now_hidden:
        How many rows, relevant and not, have changed sides since the start.
    near:
        The rows nearest to the threshold, from the highest prediction down.
    """

    value: float
    level: sc.Level
    start: float
    is_guaranteed: bool
    shown_right: int
    shown_wrong: int
    missed: int
    hidden_right: int
    now_shown: tuple[int, int]
    now_hidden: tuple[int, int]
    near: tuple[NearRow, ...]

    @property
    def precision(self) -> float | None:
        """Of what is shown, the share that is relevant; None where nothing is."""
        shown = self.shown_right + self.shown_wrong
        return self.shown_right / shown if shown else None

    @property
    def recall(self) -> float | None:
        """Of what is relevant, the share that is shown; None where nothing is relevant."""
        relevant = self.shown_right + self.missed
        return self.shown_right / relevant if relevant else None


def view_sides(
    view: CalibrationView,
    value: float,
    in_force: sc.Threshold,
    text_of: Callable[[int], tuple[str, str]],
) -> Sides:
    """Return what a threshold does to the labelled rows of a fit.

    Parameters
    ----------
    view, value:
        The fit, and the threshold in [0, 1].
    in_force:
        The threshold that the page shows, whose level counts.
    text_of:
        Query and text of a row, by its number.
    """
    rows = _decided(view, in_force)
    predicted, relevant = np.array(view.stated)[rows], np.array(view.relevance)[rows] >= RELEVANT
    start = EVEN if in_force.value is None else in_force.value
    shown, before = predicted >= value, predicted >= start
    near = np.argsort(np.abs(predicted - value), kind="stable")[:NEAREST]

    def counted(which: np.ndarray) -> tuple[int, int]:
        return int((which & relevant).sum()), int((which & ~relevant).sum())

    (right, wrong), (missed, hidden) = counted(shown), counted(~shown)
    return Sides(
        value=value,
        level=in_force.level,
        start=start,
        is_guaranteed=in_force.value is not None,
        shown_right=right,
        shown_wrong=wrong,
        missed=missed,
        hidden_right=hidden,
        now_shown=counted(shown & ~before),
        now_hidden=counted(~shown & before),
        near=tuple(
            NearRow(
                *text_of(int(rows[n])), float(predicted[n]), bool(relevant[n]), bool(shown[n]),
                bool(shown[n] != before[n]),
            )
            for n in near[np.argsort(-predicted[near], kind="stable")]
        ),
    )  # fmt: skip


def _decided(view: CalibrationView, threshold: sc.Threshold) -> np.ndarray:
    """Return the numbers of the rows that a threshold decides on: all, or each query's best."""
    rows = np.arange(len(view.stated))
    if threshold.level == "row":
        return rows
    if view.best_hits:
        return np.array(view.best_hits)
    every = replace(threshold, value=0.0)
    best = sc.shown_rows(every, np.array(view.stated), view.query_names, np.array(view.scores))
    return rows[best]
