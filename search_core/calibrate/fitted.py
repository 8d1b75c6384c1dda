"""What a fit found: a map of scores, what it was fitted on, its thresholds and its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from search_core.calibrate.in_use import FittedOn, restated
from search_core.calibrate.maps import Map
from search_core.calibrate.thresholds import Level, Threshold
from search_core.calibrate.watch import FALSE_ALARMS, Watch
from search_core.errors import CalibrationError
from search_core.mistakes import explain_mistakes
from search_core.scale import ScoreScale
from search_core.vectors import Floats

Kind = Literal["probability", "expected_relevance"]

SAME_SHARE = 0.0005  # shares of relevant rows that are closer than this are one


@explain_mistakes
@dataclass(frozen=True)
class Fitted:
    """The parts of a `Calibrator`, whose docstring names them, and what follows from them."""

    method: str
    scale: ScoreScale
    feature_names: tuple[str, ...]
    model: Map
    fitted_on: FittedOn
    nothing_below: float | None = None
    thresholds: tuple[Threshold, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    base_rate: float | None = None
    own_scale: ScoreScale | None = None
    score_scales: tuple[ScoreScale, ...] = ()

    @property
    def scales(self) -> dict[str, ScoreScale]:
        """What each score that it reads means, by the score's name."""
        return dict(zip(self.feature_names, self.score_scales or (self.scale,), strict=False))

    @property
    def promises(self) -> tuple[str, ...]:
        """What each of its thresholds guarantees, in a sentence."""
        return tuple(each.promise for each in self.thresholds if each.value is not None)

    @property
    def kind(self) -> Kind:
        """What comes out: a probability for yes-or-no labels, else an expected relevance."""
        is_probability = self.model.states_probability and not self.fitted_on.graded
        return "probability" if is_probability else "expected_relevance"

    @property
    def needs_engine(self) -> bool:
        """Whether it looks at more than scores, so that hits need their engine."""
        return self.model.needs_engine and not self.score_scales

    @property
    def is_of_one_score(self) -> bool:
        """Whether it looks at a single score and nothing else."""
        return not self.model.needs_engine

    @property
    def can_restate(self) -> bool:
        """Whether values can be re-stated for another share of relevant rows.

        Only a probability can, and only where there were labels enough to check it.
        """
        return self.kind == "probability" and not self.fitted_on.is_demo

    def is_restated_by(self, share: float) -> bool:
        """Whether re-stating for this share of relevant rows would make a difference."""
        return self.can_restate and abs(share - self.fitted_on.mean) > SAME_SHARE

    def deciding_threshold(self, level: Level | None = None) -> Threshold | None:
        """Return the threshold that decides what is shown; None where none holds.

        Parameters
        ----------
        level:
            The one to look at; None takes that of best hits, and that of all rows where best hits
            have none.
        """
        wanted = (level,) if level else ("query", "row")
        valued = {each.level: each for each in self.thresholds if each.value is not None}
        return next((valued[each] for each in wanted if each in valued), None)

    def watch(self, false_alarms: float = FALSE_ALARMS) -> Watch:
        """Return a watch over the deciding threshold in production, which has seen nothing yet.

        Parameters
        ----------
        false_alarms:
            As for `Threshold.watch`.

        Raises
        ------
        CalibrationError
            It guarantees no threshold, or the probability is out of range.
        """
        threshold = self.deciding_threshold()
        if threshold is None:
            raise CalibrationError(
                "This calibrator guarantees no threshold, so there is no promise to watch; label "
                "more queries and fit again."
            )
        return threshold.watch(false_alarms)

    def values(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the calibrated value of each row, shape (n,), from the columns that it reads."""
        values = self.model.predict(columns)
        if self.base_rate is None:
            return values
        return restated(values, self.fitted_on.mean, self.base_rate)
