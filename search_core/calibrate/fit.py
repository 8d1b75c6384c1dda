"""Fitting: choose a method, check it on queries that it never saw, and say what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from search_core.calibrate.blend import fit_blend
from search_core.calibrate.calibrator import Calibrator, Model
from search_core.calibrate.fitted_on import FittedOn
from search_core.calibrate.leave_out import (
    Rows,
    held_out_odds,
    left_out_coefficients,
    out_of_fold,
)
from search_core.calibrate.members import Columns, Logistic, expit
from search_core.calibrate.models import (
    Design,
    fit_beta,
    fit_centred_isotonic,
    fit_isotonic,
    fit_line,
    logistic_design,
    platt_design,
)
from search_core.calibrate.rows import chosen_rows, is_demo, query_folds
from search_core.calibrate.thresholds import (
    Threshold,
    default_target,
    nothing_below,
    query_threshold,
    row_threshold,
)
from search_core.errors import CalibrationError
from search_core.evaluate.audit import Suspect, suspects
from search_core.evaluate.reliability import log_loss
from search_core.evaluate.report import Report, make_report
from search_core.features import FEATURES
from search_core.limits import DEMO_ROWS
from search_core.pairs import ScoredPairs
from search_core.scale import ScoreScale

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

STEP_ROWS = 300  # isotonic methods need this many
FEW_DOCUMENTS = 50
CHECKS = 2  # steps after the fits: the report, and the cuts with the test
NO_GAIN = (
    "On unseen queries it gained nothing over the simple curve, “platt”; fit that one instead."
)
METHODS = ("auto", "linear", "platt", "isotonic", "centred_isotonic", "beta", "blend")


@dataclass(frozen=True, eq=False)
class CalibrationResult:
    """A calibrator, and what it is worth.

    Attributes
    ----------
    calibrator:
        Fitted on all labelled rows, less those set apart for a test.
    report:
        Measured on out-of-fold values: every row by a fit that saw no row of its query.
    out_of_fold, out_of_fold_platt:
        Those values, and the simple curve's; float64, shape (n,), row by row those of `pairs`.
    pairs:
        The rows that it was fitted on, in the order in which they were given. They are all of them
        unless some are set apart for a test, or there were too many.
    chosen_because:
        Why this method, and whether a simpler one would do, in a sentence or two.
    test_report:
        Measured on the rows whose `split` is "test", which no fit saw; None without such rows.
    """

    calibrator: Calibrator
    report: Report
    out_of_fold: Floats
    out_of_fold_platt: Floats
    pairs: ScoredPairs
    chosen_because: str
    test_report: Report | None = None

    def __repr__(self) -> str:
        return f"<CalibrationResult: {self.calibrator!r}; {self.report.verdict.sentence}>"

    def suspects(self) -> tuple[Suspect, ...]:
        """Return the labels that deserve a second look, with what moved each value most."""
        return suspects(
            self.out_of_fold,
            self.pairs.relevance,
            lambda rows: self.calibrator.explain(self.pairs.take(rows)),
        )


def fit_calibrator(
    pairs: ScoredPairs,
    method: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> CalibrationResult:
    """Fit a calibrator on judged pairs and check it by query.

    Parameters
    ----------
    pairs:
        From `SearchEngine.score_labels`, or from `score_pairs` for scores alone. Rows whose `split`
        is "test" are never fitted on; they get a report of their own.
    method:
        "auto", or one of linear, platt, isotonic, centred_isotonic, beta, blend.
    seed:
        Draws the queries of the report's intervals, and those that are left out or sampled together
        where there are too many for each by itself; else it moves no value and no threshold.
    progress:
        Called with (steps done, steps in all); may raise to stop.

    Raises
    ------
    CalibrationError
        An unknown method, too few rows, labels that are all equal, one query only, or a method
        that these labels cannot carry.
    LabelsError
        A value that is not finite, with its row and column.
    """
    _check_method(method)
    rows = chosen_rows(pairs, seed)
    pairs, test = rows.fitted, rows.test
    chosen, because = _choose(pairs, method)
    folds = query_folds(pairs, seed)
    steps = _Steps(progress)
    model, stated = _fitted(chosen, pairs, folds, steps.fitted)
    y = pairs.relevance
    platt = stated if chosen == "platt" else _held_out(_platt(pairs), y, folds)
    report = make_report(
        y, stated, platt, _means_of_others(y, folds), pairs.similarities, pairs.queries,
        texts=pairs.texts, graded=pairs.graded,
        demo_only=is_demo(pairs), notes=_notes(pairs, chosen, rows.given),
        seed=seed,
    )  # fmt: skip
    steps.checked(1)
    calibrator = _calibrator(chosen, model, stated, report, pairs, seed)
    test_report = _test_report(calibrator, pairs, test, seed) if len(test) else None
    steps.checked(2)
    if report.verdict.kind == "no gain":
        because += f" {NO_GAIN}"
    given = np.argsort(rows.places)  # back to the order of the rows given
    return CalibrationResult(
        calibrator, report, stated[given], platt[given], pairs.take(given), because, test_report
    )


def _calibrator(
    method: str, model: Model, stated: Floats, report: Report, pairs: ScoredPairs, seed: int
) -> Calibrator:
    thresholds: tuple[Threshold, ...] = ()
    nothing = None
    if not is_demo(pairs):
        thresholds = default_thresholds(stated, pairs)
        nothing = nothing_below(
            stated, pairs.relevance, pairs.queries, thresholds[1], scores=pairs.similarities
        )
    return Calibrator(
        method=method,
        scale=pairs.scale,
        feature_names=pairs.feature_names if method == "blend" else pairs.feature_names[:1],
        model=model,
        fitted_on=_fitted_on(pairs, seed),
        nothing_below=nothing,
        thresholds=thresholds,
        report={name: value for name, value in report.as_dict().items() if name != "curve"},
    )


class _Steps:
    """Passes progress on, with the checks after the fits counted as steps, too."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress or _unheard
        self._fits = 0

    def fitted(self, done: int, total: int) -> None:
        self._fits = total
        self._progress(done, total + CHECKS)

    def checked(self, done: int) -> None:
        self._progress(self._fits + done, self._fits + CHECKS)


def _fitted(
    method: str, pairs: ScoredPairs, folds: Sequence[Rows], step: Progress
) -> tuple[Model, Floats]:
    """Return the model fitted on all rows, and the out-of-fold values."""
    if method == "blend":
        return fit_blend(pairs.columns(), pairs.relevance, folds, step)
    model, stated = _fitted_curve(method, pairs, folds)
    step(1, 1)
    return model, stated


def _fitted_curve(method: str, pairs: ScoredPairs, folds: Sequence[Rows]) -> tuple[Model, Floats]:
    y = pairs.relevance
    if method == "platt":
        return _platt(pairs).fit(y), _held_out(_platt(pairs), y, folds)
    fit, columns = _curve(method, pairs), pairs.columns()
    return fit(columns, y), out_of_fold(fit, columns, y, folds)


def _platt(pairs: ScoredPairs) -> Design[Logistic]:
    return platt_design(pairs.feature_names[0], pairs.similarities)


def _held_out(design: Design[Logistic], y: Floats, folds: Sequence[Rows]) -> Floats:
    return expit(held_out_odds(design, left_out_coefficients(design, y, folds), folds))


def _test_report(
    calibrator: Calibrator, pairs: ScoredPairs, test: ScoredPairs, seed: int
) -> Report:
    platt = _platt(pairs).fit(pairs.relevance)
    one_kind = test.relevance.max() == test.relevance.min()  # nothing there to tell apart
    return make_report(
        test.relevance,
        calibrator.predict(test),
        platt.predict(test.columns()),
        np.full(len(test), pairs.relevance.mean()),
        test.similarities,
        test.queries,
        texts=test.texts,
        graded=test.graded,
        demo_only=is_demo(pairs) or is_demo(test) or bool(one_kind),
        seed=seed,
    )


def default_thresholds(stated: Floats, pairs: ScoredPairs) -> tuple[Threshold, ...]:
    """Return the cuts for the targets that are offered first, for rows and for queries."""
    y, queries = pairs.relevance, pairs.queries
    count = len(set(queries))
    return (
        row_threshold(stated, y, queries, default_target("row", count)),
        query_threshold(
            stated, y, queries, default_target("query", count), scores=pairs.similarities
        ),
    )


@dataclass(frozen=True)
class Worth:
    """What the columns up to and with one group are worth: log-loss on unseen queries."""

    group: str
    log_loss: float


GROUP_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "score": "score alone",
        "list": "+ its place in the query's list",
        "neighbours": "+ its likeness to other good hits",
        "words": "+ shared words",
        "numbers_negation": "+ numbers and negation",
    }
)


def feature_worth(
    pairs: ScoredPairs, seed: int = 0, progress: Progress | None = None
) -> tuple[Worth, ...]:
    """Return the log-loss on unseen queries as groups of features are added one by one.

    One ridge-logistic regression throughout, so that only the columns differ.

    Raises
    ------
    CalibrationError
        The pairs have no features beyond the score, or cannot be fitted at all.
    """
    if len(pairs.feature_names) == 1:
        raise CalibrationError("These pairs hold the score alone; there is nothing to compare.")
    pairs = chosen_rows(pairs, seed).fitted
    y, columns, folds = pairs.relevance, pairs.columns(), query_folds(pairs, seed)
    worth: list[Worth] = []
    names: tuple[str, ...] = ()
    for n, (group, label) in enumerate(GROUP_LABELS.items()):
        names += tuple(feature.name for feature in FEATURES if feature.group == group)
        design = logistic_design(names, np.column_stack([columns[name] for name in names]), 0.1)
        worth.append(Worth(label, log_loss(y, _held_out(design, y, folds))))
        if progress is not None:
            progress(n + 1, len(GROUP_LABELS))
    return tuple(worth)


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise CalibrationError(
            f"There is no method '{method}'; choose one of {', '.join(METHODS)}."
        )


def _notes(pairs: ScoredPairs, method: str, given: int) -> tuple[str, ...]:
    """Return what to bear in mind of the rows and of the collection."""
    notes = []
    if len(pairs) < given:
        notes.append(
            f"{given:,} rows were given; {len(pairs):,} of them, whole queries drawn at random, "
            "were used."
        )
    if method == "blend" and pairs.corpus_from_labels:
        notes.append("The collection was made from the texts of the label file.")
    if method == "blend" and pairs.corpus_size < FEW_DOCUMENTS:
        notes.append(
            f"The collection has {pairs.corpus_size} documents: what is read off a query's list "
            "and a text's neighbours rests on few."
        )
    return tuple(notes)


def _choose(pairs: ScoredPairs, method: str) -> tuple[str, str]:
    """Return the method, and why."""
    if method != "auto":
        _check_carries(pairs, method)
        return method, f"You chose {method.replace('_', ' ')}."
    if len(pairs.feature_names) == 1:
        return (
            "platt",
            "Scores without texts leave one thing to go by: a simple curve on the score.",
        )
    if len(pairs) < DEMO_ROWS:
        return "platt", f"With under {DEMO_ROWS} rows only a simple curve is shown."
    # From few queries on: on judged collections the blend lost less than any one curve with 50
    # rows of three queries, too few to check it by.
    return (
        "blend",
        "There are texts and enough labels, so the score is read beside its list, its neighbours "
        "and its words; how much each counts was decided on queries left out.",
    )


def _check_carries(pairs: ScoredPairs, method: str) -> None:
    if method == "blend" and len(pairs.feature_names) == 1:
        raise CalibrationError(
            "A blend needs texts, and these pairs hold scores alone; choose platt or isotonic."
        )
    if method == "beta" and not np.isfinite([pairs.scale.lower, pairs.scale.upper]).all():
        raise CalibrationError(
            f"Beta calibration needs a bounded score, and '{pairs.scale.name}' has no bounds; "
            "choose platt or isotonic."
        )
    if method in ("isotonic", "centred_isotonic") and len(pairs) < STEP_ROWS:
        raise CalibrationError(
            f"{method.replace('_', ' ').capitalize()} regression needs {STEP_ROWS} rows, and there "
            f"are {len(pairs)}; choose platt."
        )


def _curve(method: str, pairs: ScoredPairs) -> Callable[[Columns, Floats], Model]:
    first = pairs.feature_names[0]
    lower, upper = _oriented_bounds(pairs.scale)
    fits: dict[str, Callable[[Columns, Floats], Model]] = {
        "linear": lambda columns, y: fit_line(first, columns[first], y),
        "isotonic": lambda columns, y: fit_isotonic(first, columns[first], y),
        "centred_isotonic": lambda columns, y: fit_centred_isotonic(first, columns[first], y),
        "beta": lambda columns, y: fit_beta(first, columns[first], y, lower, upper),
    }
    return fits[method]


def _oriented_bounds(scale: ScoreScale) -> tuple[float, float]:
    """Bounds of the column, which always runs higher-is-better."""
    return (scale.lower, scale.upper) if scale.higher_is_better else (-scale.upper, -scale.lower)


def _unheard(_done: int, _total: int) -> None:
    """Nobody asked for progress."""


def _means_of_others(y: Floats, folds: Sequence[Rows]) -> Floats:
    """Return the mean outside each row's fold: what "always the average" would state."""
    stated = np.empty(len(y))
    for held in folds:
        stated[held] = (y.sum() - y[held].sum()) / (len(y) - len(held))
    return stated


def _fitted_on(pairs: ScoredPairs, seed: int) -> FittedOn:
    return FittedOn(
        rows=len(pairs),
        queries=len(set(pairs.queries)),
        mean=float(pairs.relevance.mean()),
        graded=pairs.graded,
        judged_from=pairs.judged_from,
        judged_to=pairs.judged_to,
        corpus_fingerprint=pairs.corpus_fingerprint,
        corpus_size=pairs.corpus_size,
        corpus_sketch=pairs.corpus_sketch,
        corpus_from_labels=pairs.corpus_from_labels,
        seed=seed,
        encoder=pairs.encoder,
    )
