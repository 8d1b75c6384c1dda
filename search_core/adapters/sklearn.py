"""scikit-learn: a classifier made of one score, or of several, and checked by query."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.in_use import FittedOn
from search_core.calibrate.models import platt_design
from search_core.calibrate.rows import MOST_ROWS
from search_core.engines.scales import Scores
from search_core.errors import SearchCoreError
from search_core.limits import LABEL_ROWS_MINIMUM
from search_core.pairs import ScoredPairs, pairs_from_arrays
from search_core.vectors import Floats, Rows
from search_core.verdict import RELEVANT_FROM


class ScoreCalibrator(ClassifierMixin, BaseEstimator):
    """A classifier whose columns are scores of (query, document) pairs.

    It fits by `fit_calibrator`, so probabilities are checked on queries that no fit saw, and
    `result_` has the report. It follows scikit-learn's rules: it is cloned, put into pipelines and
    searched over, and takes `groups` and `sample_weight` by metadata routing.

    Parameters
    ----------
    scale:
        What the scores mean, as `scale_of` takes it: the key of an engine, the name of a scale, or
        a `ScoreScale`. A list of these, one a column, where the columns differ.
    method:
        As for `fit_calibrator`.

    Attributes
    ----------
    classes_:
        The two labels, sorted; the second one is relevant.
    calibrator_:
        A `Calibrator`, to be stored by `to_json` or used elsewhere.
    result_:
        The `CalibrationResult`, with the report; None where there were fewer than 20 rows.
    n_features_in_:
        Columns seen in `fit`.

    Examples
    --------
    >>> from search_core.adapters.sklearn import ScoreCalibrator
    >>> scores = np.array([[0.1], [0.5], [0.4], [0.8]] * 20)
    >>> queries = np.repeat(np.arange(20), 4)
    >>> model = ScoreCalibrator("cosine").fit(scores, [0, 1, 0, 1] * 20, groups=queries)
    >>> bool(model.predict_proba([[0.9]])[0, 1] > 0.9)
    True
    """

    def __init__(
        self, scale: Scores | Sequence[Scores] = "higher_is_better", method: str = "auto"
    ) -> None:
        self.scale = scale
        self.method = method

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803 - scikit-learn's name
        y: npt.ArrayLike,
        groups: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Fit on scores and labels.

        Parameters
        ----------
        X:
            Scores, one column for each; shape (n, m). One curve looks at the first alone; several
            make a blend from 50 rows on.
        y:
            Two labels, the greater one being relevant; shape (n,).
        groups:
            The query of each row, shape (n,); each row is a query of its own without it.
        sample_weight:
            What each row counts, shape (n,). Whole numbers count as so many equal rows, up to
            20,000 in all; others count in relation to each other, for Platt's curve and blends.

        Raises
        ------
        ValueError
            Whatever else the library's errors would tell, as scikit-learn wants it.
        """
        scores, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        kind = type_of_target(labels, input_name="y")
        if kind != "binary":
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {kind}."
            )
        queries = np.arange(len(scores)) if groups is None else column_or_1d(groups)
        check_consistent_length(scores, queries)
        weights = _check_sample_weight(sample_weight, scores, ensure_non_negative=True)
        rows, weights = _counted(weights)
        self.classes_, relevance = np.unique(labels[rows], return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("All labels are of one class, and a fit needs two.")
        try:
            pairs = pairs_from_arrays(
                self._columns(scores[rows]), relevance, queries[rows],
                scale=self._scales(), weights=weights,
            )  # fmt: skip
            few = len(pairs) < LABEL_ROWS_MINIMUM
            self.result_ = None if few else fit_calibrator(pairs, self.method)
        except SearchCoreError as fault:
            raise ValueError(str(fault)) from fault
        self.calibrator_ = self.result_.calibrator if self.result_ else _unchecked(pairs)
        return self

    def predict_proba(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Return the probability of each class, shape (n, 2), for scores of shape (n, m).

        Raises
        ------
        ValueError
            A score that cannot be on its scale, or another number of columns than in `fit`.
        """
        check_is_fitted(self)
        scores = validate_data(self, X, dtype=np.float64, reset=False)
        columns = self._columns(scores)
        frame = columns if isinstance(columns, dict) else {"score": columns}
        try:
            relevant = self.calibrator_.predict_frame(frame)
        except SearchCoreError as fault:
            raise ValueError(str(fault)) from fault
        return np.column_stack([1 - relevant, relevant])

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:  # noqa: N803
        """Return the likelier class of each row, shape (n,)."""
        likelier = self.predict_proba(X)[:, 1] >= RELEVANT_FROM
        classes: npt.NDArray[Any] = self.classes_[likelier.astype(np.intp)]
        return classes

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def _columns(self, scores: Floats) -> Floats | dict[str, Floats]:
        """Return the score, or several by name."""
        if scores.shape[1] == 1:
            return scores[:, 0]
        return {f"score {number}": each for number, each in enumerate(scores.T, start=1)}

    def _scales(self) -> Scores | dict[str, Scores]:
        """Return the scale of the score, or of several by name."""
        count = self.n_features_in_
        given = self.scale
        scales = [given] * count if isinstance(given, Scores) else list(given)
        if len(scales) != count:
            raise ValueError(f"{len(scales)} scales were given for {count} columns; give one each.")
        if count == 1:
            return scales[0]
        return {f"score {number}": each for number, each in enumerate(scales, start=1)}


def _counted(weights: Floats) -> tuple[Rows, Floats | None]:
    """Return which rows count, whole numbers as often as they say, and what else they weigh."""
    whole = bool((weights == np.round(weights)).all()) and weights.sum() <= MOST_ROWS
    if whole:
        return np.repeat(np.arange(len(weights)), weights.astype(np.intp)), None
    rows = np.flatnonzero(weights)
    return rows, weights[rows]


def _unchecked(pairs: ScoredPairs) -> Calibrator:
    """Return Platt's curve of the first score on rows that are too few to check anything by."""
    warnings.warn(
        f"{len(pairs)} labels are too few to check a fit by; give at least {LABEL_ROWS_MINIMUM}.",
        UserWarning,
        stacklevel=3,
    )
    name = pairs.feature_names[0]
    curve = platt_design(name, pairs.similarities).fit(pairs.relevance)
    queries = len(set(pairs.queries))
    fitted_on = FittedOn(len(pairs), queries, float(pairs.relevance.mean()), graded=False)
    return Calibrator("platt", pairs.scale, (name,), curve, fitted_on)
