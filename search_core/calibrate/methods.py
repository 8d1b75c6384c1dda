"""The calibration methods, each a record: what it is called, what it needs, how it is fitted.

To add one, write its map in `maps`, its fit in `models`, and a record here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from search_core.calibrate.blend import fit_blend
from search_core.calibrate.maps import Beta, Blend, Columns, Curve, Line, Logistic, Map
from search_core.calibrate.models import (
    CheckedFit,
    CrossFit,
    cross_fit,
    fit_beta,
    fit_centred_isotonic,
    fit_isotonic,
    fit_line,
    out_of_fold,
    platt_design,
    some_folds,
)
from search_core.calibrate.several import fit_several
from search_core.encoder import Progress
from search_core.errors import CalibrationError
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.vectors import Floats, Rows

STEP_ROWS = 300  # isotonic methods need this many


@dataclass(frozen=True, eq=False)
class Training:
    """What a method is fitted on.

    Attributes
    ----------
    pairs:
        The labelled rows.
    folds:
        The rows that are left out together; no query in two folds.
    """

    pairs: ScoredPairs
    folds: Sequence[Rows]

    @cached_property
    def simple(self) -> CrossFit[Logistic]:
        """Platt's curve on the score, which every method is compared with."""
        design = platt_design(self.pairs.feature_names[0], self.pairs.similarities)
        return cross_fit(design, self.pairs.relevance, self.folds, self.weights)

    @property
    def weights(self) -> Floats:
        """What each row counts, by its weight and how it was drawn; mean 1, shape (n,)."""
        given, drawn = self.pairs.weights, self.pairs.inclusion
        relative = np.ones(len(self.pairs)) if given is None else given / given.mean()
        return relative if drawn is None else relative * drawn.weights


Fit = Callable[[Training, Progress], CheckedFit]


@explain_mistakes
@dataclass(frozen=True)
class CalibrationMethod:
    """One way from labelled rows to a map.

    Attributes
    ----------
    name, label:
        What it is called in code, and on the page.
    map:
        The kind of map that it fits.
    fit:
        Takes `Training` and a progress to call, and returns the map fitted on all rows, with what
        the fits without each fold state.
    needs_texts:
        Whether it looks at more columns than the score.
    needs_bounds:
        Whether the score must have a lowest and a highest value.
    fewest_rows:
        With fewer labelled rows than this it is refused.
    weighs_rows:
        Whether rows can count by how they were drawn.

    Examples
    --------
    >>> list(sc.CALIBRATORS)
    ['linear', 'platt', 'isotonic', 'centred_isotonic', 'beta', 'blend']
    >>> sc.CALIBRATORS["platt"].label
    'Logistic curve (Platt)'
    """

    name: str
    label: str
    map: type[Map]
    fit: Fit
    needs_texts: bool = False
    needs_bounds: bool = False
    fewest_rows: int = 0
    weighs_rows: bool = False

    def require(self, pairs: ScoredPairs) -> None:
        """Raise `CalibrationError` where these rows cannot carry the method.

        Parameters
        ----------
        pairs:
            The labelled rows of a fit.

        Raises
        ------
        CalibrationError
            There are too few rows or queries for it, or they lack what it looks at.
        """
        if self.needs_texts and len(pairs.feature_names) == 1:
            raise CalibrationError(
                f"{self.label} needs texts, and these pairs hold scores alone; choose platt or "
                "isotonic."
            )
        if self.needs_bounds and not np.isfinite([pairs.scale.lower, pairs.scale.upper]).all():
            raise CalibrationError(
                f"{self.label} needs a bounded score, and '{pairs.scale.name}' has no bounds; "
                "choose platt or isotonic."
            )
        if not self.weighs_rows and (pairs.inclusion is not None or pairs.weights is not None):
            what = (
                "were drawn with probabilities" if pairs.inclusion is not None else "have weights"
            )
            raise CalibrationError(
                f"{self.label} counts all rows alike, and these {what} of their own; choose platt "
                "or blend."
            )
        if len(pairs) < self.fewest_rows:
            raise CalibrationError(
                f"{self.label} needs {self.fewest_rows} rows, and there are {len(pairs)}; choose "
                "platt."
            )


def _fit_simple(training: Training, progress: Progress) -> CheckedFit:
    progress(1, 1)
    simple = training.simple
    left_out = tuple(map(simple.without, some_folds(len(training.folds))))
    return CheckedFit(simple.map, simple.held_out(), left_out)


def _fit_blend(training: Training, progress: Progress) -> CheckedFit:
    pairs = training.pairs
    if pairs.score_scales:
        progress(1, 1)
        return fit_several(pairs.columns(), pairs.relevance, training.folds, training.weights)
    return fit_blend(
        pairs.columns(), pairs.relevance, training.weights, training.folds, training.simple,
        pairs.usual_cosine, progress, graded=pairs.graded,
    )  # fmt: skip


def _on_the_score(fit: Callable[[str, Floats, Floats], Map]) -> Fit:
    """Return the fit, on all rows and once a fold, of a map of the score alone."""
    return lambda training, progress: _fit_again_a_fold(fit, training, progress)


def _fit_again_a_fold(
    fit: Callable[[str, Floats, Floats], Map], training: Training, progress: Progress
) -> CheckedFit:
    pairs = training.pairs
    y, score = pairs.relevance, pairs.feature_names[0]

    def fit_columns(columns: Columns, judged: Floats) -> Map:
        return fit(score, columns[score], judged)

    columns = {score: pairs.similarities}
    values, fits = out_of_fold(fit_columns, columns, y, training.folds)
    progress(1, 1)
    kept = tuple(fits[fold] for fold in some_folds(len(fits)))
    return CheckedFit(fit_columns(columns, y), values, kept)


def _fit_beta(training: Training, progress: Progress) -> CheckedFit:
    scale = training.pairs.scale
    # The column always runs higher-is-better.
    lower, upper = sorted(
        end if scale.higher_is_better else -end for end in (scale.lower, scale.upper)
    )

    def fit(column: str, x: Floats, y: Floats) -> Beta:
        return fit_beta(column, x, y, lower, upper)

    return _fit_again_a_fold(fit, training, progress)


_RECORDS = (
    CalibrationMethod("linear", "Linear regression", Line, _on_the_score(fit_line)),
    CalibrationMethod("platt", "Logistic curve (Platt)", Logistic, _fit_simple, weighs_rows=True),
    CalibrationMethod(
        "isotonic", "Isotonic regression", Curve, _on_the_score(fit_isotonic),
        fewest_rows=STEP_ROWS,
    ),
    CalibrationMethod(
        "centred_isotonic", "Centred isotonic", Curve, _on_the_score(fit_centred_isotonic),
        fewest_rows=STEP_ROWS,
    ),
    CalibrationMethod("beta", "Beta", Beta, _fit_beta, needs_bounds=True),
    CalibrationMethod(
        "blend", "Blend of score, list, neighbours and words", Blend, _fit_blend, needs_texts=True,
        weighs_rows=True,
    ),
)  # fmt: skip

CALIBRATORS: Mapping[str, CalibrationMethod] = MappingProxyType(
    {record.name: record for record in _RECORDS}
)
"""Every method by its name."""

AUTO_LABEL = "Choose for me"
"""What `"auto"` is called where methods are offered by their labels."""
METHODS = ("auto", *CALIBRATORS)
"""What `fit_calibrator` takes as a method."""
