"""Fitting: choose a method, check it on queries that it never saw, and say what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, get_args

import numpy as np

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.in_use import FittedOn, most_likely_share
from search_core.calibrate.maps import Logistic, Map
from search_core.calibrate.methods import CALIBRATORS, METHODS, Training
from search_core.calibrate.models import CrossFit, cross_fit, logistic_design, platt_design
from search_core.calibrate.rows import chosen_rows, fold_count, query_folds
from search_core.calibrate.thresholds import (
    Level,
    Threshold,
    default_target,
    find_threshold,
    nothing_below,
)
from search_core.calibrate.value_intervals import value_intervals
from search_core.encoder import Progress
from search_core.errors import CalibrationError
from search_core.evaluate.audit import Suspect, suspects
from search_core.evaluate.judged import Judged, Stated
from search_core.evaluate.reliability import excess_loss, log_loss
from search_core.evaluate.report import Report, make_report
from search_core.features import FEATURES
from search_core.limits import DEMO_ROWS, is_demonstration
from search_core.mistakes import explain_mistakes
from search_core.pairs import OWN_SCORE, ScoredPairs
from search_core.vectors import Floats, Rows

FEW_DOCUMENTS = 50
NOT_STORED = ("curve", "relevant")  # figures of a report that no calibrator's file holds
CHECKS = 2  # steps after the fits: the report, and the thresholds with the test
NO_GAIN = "It gained nothing over the curve fitted to the score alone, “platt”; fit that instead."
MOST_APART = 1e9  # scores beyond it, or all within its inverse, a file could not hold


@explain_mistakes
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
    simple:
        The baseline as a calibrator: a curve fitted to the score alone on the same rows. Its code
        needs NumPy alone. Its report is empty, for its figures are in this one.
    test_report:
        Measured on the rows whose `split` is "test", which no fit saw; None without such rows.
    left_out:
        Maps that were fitted without each query, of many queries without some of them; the
        intervals of values are made of them.

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays(
    ...     [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    ... )
    >>> result = sc.fit_calibrator(pairs, "platt")
    >>> result.threshold(0.6).value
    0.8
    >>> result.out_of_fold.shape
    (80,)
    """

    calibrator: Calibrator
    report: Report
    out_of_fold: Floats
    out_of_fold_platt: Floats
    pairs: ScoredPairs
    chosen_because: str
    simple: Calibrator
    test_report: Report | None = None
    left_out: tuple[Map, ...] = ()

    def __repr__(self) -> str:
        return f"<CalibrationResult: {self.calibrator!r}; {self.report.verdict.sentence}>"

    def _repr_html_(self) -> str:
        return self.calibrator._repr_html_() + self.report._repr_html_()

    def plot(self, ax: Any = None) -> Any:
        """Draw the report's reliability diagram, as `Report.plot` does.

        Parameters
        ----------
        ax:
            The axes of matplotlib to draw in; new ones if not given.
        """
        return self.report.plot(ax)

    def threshold(self, target: float, level: Level = "row") -> Threshold:
        """Return the threshold above which a share of what is shown is relevant, guaranteed.

        Parameters
        ----------
        target:
            The share, inside (0, 1).
        level:
            "row" for all rows; "query" for the best hit of each query, of which no other is shown.

        Returns
        -------
        Threshold
            At 90% confidence, on values of fits that left the row's query out; its `value` is None
            where these labels promise none. `calibrator.with_threshold` lets it decide.

        Raises
        ------
        CalibrationError
            The share is not inside (0, 1), or the level is none.
        """
        if level not in get_args(Level):
            raise CalibrationError(f"level is {level!r:.40}; write 'row' or 'query'.")
        return find_threshold(_judged(self.pairs).stated(self.out_of_fold), level, target)

    def value_intervals(self, pairs: ScoredPairs) -> Floats | None:
        """Return the 90% interval of each pair's value, shape (n, 2).

        It says how far the value may be from the one that the same method would state with no end
        of labels: the jackknife over queries, a fit without each, in log-odds, with Student's t
        (Efron and Stein 1981; for clusters MacKinnon, Nielsen and Webb 2023). How likely a single
        hit is relevant is what the value says, not its interval.

        Parameters
        ----------
        pairs:
            As for `Calibrator.predict`, which also raises the errors.

        Returns
        -------
        ndarray or None
            None with labels for a demonstration only.
        """
        if self.report.is_demo:
            return None
        folds = fold_count(self.pairs.queries)
        return value_intervals(self.calibrator, self.left_out, folds, pairs)

    def suspects(self) -> tuple[Suspect, ...]:
        """Return the labels that deserve a second look, with what moved each value most."""
        stated = _judged(self.pairs).stated(self.out_of_fold)
        return suspects(stated, lambda rows: self.calibrator.explain(self.pairs.take(rows)))


@explain_mistakes
def fit_calibrator(
    pairs: ScoredPairs,
    method: str = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> CalibrationResult:
    """Fit a calibrator on labelled pairs and check it by query.

    Parameters
    ----------
    pairs:
        From `SearchEngine.score_labels`, or from `score_pairs` for scores alone. Rows whose `split`
        is "test" are never fitted on; they get a report of their own.
    method:
        "auto", or one of linear, platt, isotonic, centred_isotonic, beta, blend.
    seed:
        Draws the report's band, and the queries that are left out or sampled together where there
        are too many for each by itself; else it moves no value and no threshold.
    progress:
        Called with (steps done, steps in all); may raise to stop.

    Raises
    ------
    CalibrationError
        An unknown method, too few rows, labels that are all equal, one query only, scores that are
        too large or too close together, or a method that these labels cannot carry.
    LabelsError
        A value that is not finite, with its row and column.

    Examples
    --------
    >>> scores = [0.1, 0.5, 0.4, 0.8] * 20
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": score, "relevance": n % 2}
    ...     for n, score in enumerate(scores)
    ... ]
    >>> result = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "platt")
    >>> result.calibrator
    <Calibrator: platt on 'cosine', fitted on 80 rows of 20 queries; states probability>
    >>> result.report.verdict.kind, result.report.are_few, result.report.rival.kind
    ('helps', False, 'constant')
    """
    _check_method(method)
    rows = chosen_rows(pairs, seed)
    pairs = rows.fitted
    _check_magnitude(pairs)
    chosen, because = _choose(pairs, method)
    steps = _Steps(progress)
    training = Training(pairs, query_folds(pairs, seed))
    fit = CALIBRATORS[chosen].fit(training, steps.fitted)
    stated = _judged(pairs).stated(fit.held_out, is_out_of_fold=True)
    platt = stated.judged.stated(training.simple.held_out(), is_out_of_fold=True)
    report = _report(training, stated, platt, _notes(pairs, chosen, rows.given), seed)
    steps.checked(1)
    calibrator = _calibrator(chosen, fit.map, stated, _stored_figures(report), pairs, seed)
    simple = calibrator
    if chosen != "platt":
        simple = _calibrator("platt", training.simple.map, platt, {}, pairs, seed)
    test_report = _test_report(calibrator, training, rows.test, seed) if len(rows.test) else None
    steps.checked(2)
    if report.verdict.kind == "no gain":
        because += f" {NO_GAIN}"
    given = np.argsort(rows.given_rows)  # back to the order of the rows given
    return CalibrationResult(
        calibrator, report, stated.values[given], platt.values[given], pairs.take(given), because,
        simple, test_report, fit.left_out,
    )  # fmt: skip


def _report(
    training: Training, stated: Stated, platt: Stated, notes: tuple[str, ...], seed: int
) -> Report:
    """Measure out-of-fold values beside the simple curve's and the average label."""
    pairs = training.pairs
    return make_report(
        stated,
        platt,
        stated.judged.stated(_means_of_others(pairs.relevance, training.folds)),
        graded=pairs.graded,
        demo_only=_is_demo(pairs),
        notes=notes,
        seed=seed,
        scale=pairs.scale,
        score=_score_words(pairs),
    )


def _stored_figures(report: Report) -> dict[str, Any]:
    """Return the figures that a calibrator's file holds."""
    return {name: figure for name, figure in report.as_dict().items() if name not in NOT_STORED}


def _judged(pairs: ScoredPairs) -> Judged:
    return Judged.of(
        pairs.relevance, pairs.queries, pairs.similarities, pairs.texts, pairs.inclusion
    )


def _score_words(pairs: ScoredPairs) -> str:
    """Name the score that the baseline is fitted to: beside the file's own it is the cosine."""
    if pairs.score_scales:
        return f"the score '{pairs.feature_names[0]}'"
    return "the score" if pairs.own_scale is None else "the cosine"


def _is_demo(pairs: ScoredPairs) -> bool:
    return is_demonstration(len(pairs), len(set(pairs.queries)))


def _calibrator(
    method: str,
    fitted: Map,
    stated: Stated,
    figures: Mapping[str, Any],
    pairs: ScoredPairs,
    seed: int,
) -> Calibrator:
    fitted_on = _fitted_on(pairs, seed)
    thresholds = () if fitted_on.is_demo else default_thresholds(stated)
    return Calibrator(
        method=method,
        scale=pairs.scale,
        feature_names=pairs.feature_names if fitted.needs_engine else pairs.feature_names[:1],
        model=fitted,
        fitted_on=fitted_on,
        nothing_below=nothing_below(stated, thresholds[1]) if thresholds else None,
        thresholds=thresholds,
        report=figures,
        own_scale=pairs.own_scale if fitted.needs_engine else None,
        score_scales=pairs.score_scales if fitted.needs_engine else (),
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


def _test_report(
    calibrator: Calibrator, training: Training, test: ScoredPairs, seed: int
) -> Report:
    judged, fitted = _judged(test), training.pairs
    one_kind = test.relevance.max() == test.relevance.min()  # nothing there to tell apart
    return make_report(
        judged.stated(calibrator.predict(test)),
        judged.stated(training.simple.map.predict(test.columns())),
        judged.stated(np.full(len(test), fitted.relevance.mean())),
        graded=test.graded,
        demo_only=_is_demo(fitted) or _is_demo(test) or bool(one_kind),
        seed=seed,
        scale=fitted.scale,
        score=_score_words(fitted),
    )


def default_thresholds(stated: Stated) -> tuple[Threshold, ...]:
    """Return the thresholds for the targets that are offered first, for rows and for queries."""
    count = stated.judged.query_count
    levels: tuple[Level, ...] = ("row", "query")
    return tuple(find_threshold(stated, level, default_target(level, count)) for level in levels)


@dataclass(frozen=True)
class Worth:
    """What the columns up to and with one group are worth: loss on unseen queries.

    Attributes
    ----------
    group:
        What was added last.
    log_loss, excess_loss:
        With everything up to it; the latter without what graded labels alone add.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> baseline, rank, *_others = sc.feature_worth(engine.score_labels(sc.labels_of(rows)))
    >>> baseline.group, rank.group
    ('score alone', '+ rank among the hits')
    """

    group: str
    log_loss: float
    excess_loss: float


GROUP_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "score": "score alone",
        "list": "+ rank among the hits",
        "neighbours": "+ similar good hits",
        "words": "+ shared words",
        "numbers_negation": "+ numbers and negation",
        OWN_SCORE: "+ your file's score",
    }
)


@explain_mistakes
def feature_worth(
    pairs: ScoredPairs, seed: int = 0, progress: Progress | None = None
) -> tuple[Worth, ...]:
    """Return the loss on unseen queries as groups of features are added one by one.

    It starts at the baseline, the curve fitted to the score alone; from there on one ridge-logistic
    regression throughout, so that only the columns differ.

    Parameters
    ----------
    pairs:
        From `SearchEngine.score_labels`.
    seed:
        Draws which queries are left out together, where there are too many for each by itself.
    progress:
        Called with (steps done, steps in all); may raise to stop.

    Raises
    ------
    CalibrationError
        The pairs have no features beyond the score, or cannot be fitted at all.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> baseline, *_others = sc.feature_worth(engine.score_labels(sc.labels_of(rows)))
    >>> baseline.group
    'score alone'
    """
    if len(pairs.feature_names) == 1:
        raise CalibrationError("These pairs hold the score alone; there is nothing to compare.")
    pairs = chosen_rows(pairs, seed).fitted
    y, columns, folds = pairs.relevance, pairs.columns(), query_folds(pairs, seed)
    worth: list[Worth] = []
    names: tuple[str, ...] = ()
    groups = {
        group: tuple(each.name for each in FEATURES if each.group == group)
        for group in GROUP_LABELS
    }
    groups[OWN_SCORE] = (OWN_SCORE,)
    there = {group: found for group, found in groups.items() if set(found) <= columns.keys()}
    for n, (group, found) in enumerate(there.items()):
        names, label = names + found, GROUP_LABELS[group]
        fit = _with_columns(names, columns, y, folds)
        p = fit.held_out()
        worth.append(Worth(label, log_loss(y, p), excess_loss(y, p)))
        if progress is not None:
            progress(n + 1, len(there))
    return tuple(worth)


def _with_columns(
    names: tuple[str, ...], columns: Mapping[str, Floats], y: Floats, folds: Sequence[Rows]
) -> CrossFit[Logistic]:
    """Fit on some columns: on the score alone as the baseline is."""
    if len(names) == 1:
        return cross_fit(platt_design(names[0], columns[names[0]]), y, folds)
    rows = np.column_stack([columns[name] for name in names])
    return cross_fit(logistic_design(names, rows, 0.1), y, folds)


def _check_magnitude(pairs: ScoredPairs) -> None:
    """Refuse scores for which a file could not hold the fit."""
    largest, apart = np.abs(pairs.similarities).max(), np.ptp(pairs.similarities)
    if largest <= MOST_APART and (apart == 0 or apart >= 1 / MOST_APART):
        return
    what = f"reach {largest:.3g}" if largest > MOST_APART else f"differ by {apart:.3g} at most"
    raise CalibrationError(
        f"The scores {what}; expected are scores up to {MOST_APART:g} that differ by more than "
        f"{1 / MOST_APART:g}. Multiply them all by a constant and fit again."
    )


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise CalibrationError(
            f"There is no method '{method[:60]}'; choose one of {', '.join(METHODS)}."
        )


def _notes(pairs: ScoredPairs, method: str, given: int) -> tuple[str, ...]:
    """Return what to bear in mind of the rows and of the collection."""
    notes = []
    if len(pairs) < given:
        notes.append(
            f"{given:,} rows were given; {len(pairs):,} of them, whole queries drawn at random, "
            "were used."
        )
    if method != "blend" and pairs.own_scale is not None:
        notes.append(
            f"{CALIBRATORS[method].label} looks at the cosine alone, so your file's score was not "
            "used; the blend uses both."
        )
    if pairs.inclusion is not None:
        notes.append(
            "A plan drew the labelled pairs, best hits and close calls more often than others. The "
            "figures are about pairs drawn like this, the thresholds about all pairs."
        )
    if pairs.weights is not None:
        notes.append("Weights count in the fit; the figures count every row alike.")
    if method == "blend" and pairs.corpus_from_labels:
        notes.append("The collection was made of the texts in your label file.")
    if method != "blend" and pairs.score_scales:
        notes.append(
            f"{CALIBRATORS[method].label} looks at '{pairs.feature_names[0]}' alone; the blend "
            "uses all scores."
        )
    if method == "blend" and not pairs.score_scales and pairs.corpus_size < FEW_DOCUMENTS:
        notes.append(
            f"The collection has only {pairs.corpus_size} documents, so rank and neighbours say "
            "little."
        )
    return tuple(notes)


def choose_method(pairs: ScoredPairs) -> str:
    """Return the method that "auto" takes for these labels."""
    # With more than one column the blend from few queries on: on judged collections it lost less
    # than any one curve with 50 rows of three queries, too few to check it by.
    has_more = len(pairs.feature_names) > 1
    return "blend" if has_more and len(pairs) >= DEMO_ROWS else "platt"


def _choose(pairs: ScoredPairs, method: str) -> tuple[str, str]:
    """Return the method, and why."""
    if method != "auto":
        CALIBRATORS[method].require(pairs)
        return method, f"You chose {method.replace('_', ' ')}."
    chosen = choose_method(pairs)
    if len(pairs.feature_names) == 1:
        return chosen, "The fit is on scores without texts, so the model looks at the score alone."
    if pairs.score_scales and chosen == "blend":
        return chosen, f"You have {len(pairs.score_scales)} scores, and the model looks at all."
    if chosen == "platt":
        return chosen, f"With under {DEMO_ROWS} rows the model looks at the score alone."
    beside = ", shared words and your file's score" if pairs.own_scale else " and shared words"
    return (
        chosen,
        "You have texts and enough labels, so the model also looks at rank, neighbouring texts"
        f"{beside}.",
    )


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


@explain_mistakes
def estimate_base_rate(calibrator: Calibrator, pairs: ScoredPairs) -> float:
    """Return the share of relevant rows that explains unlabelled pairs best, if only it differs.

    The maximum of Σ ln(π′ p/π + (1 − π′)(1 − p)/(1 − π)) over π′, p being the calibrated values and
    π the labels' own share: where the EM of Saerens, Latinne and Decaestecker (2002) comes to rest.
    As there, it holds under label shift alone: relevant pairs look in use as they do among the
    labels, and so do irrelevant ones, but the two are mixed otherwise, as where the labels were
    made half relevant by design. Values that tell nothing leave the labels' own share.

    It does not hold for the hits of a search. Those are chosen by their score, and what is chosen
    so looks otherwise in both kinds, while a pair's probability given its score stays what it was.
    There the values hold as they stand, re-stating makes them wrong, and the share that is relevant
    is estimated by their mean, ``calibrator.predict(pairs).mean()``.

    Parameters
    ----------
    calibrator:
        Of yes-or-no labels; a share that it is re-stated for already makes no difference.
    pairs:
        As in use, not chosen by their score; for instance from `SearchEngine.score_texts`.

    Returns
    -------
    float
        Inside (0, 1), half a row away from either end at least, as `Calibrator.at_base_rate` takes
        it.

    Raises
    ------
    CalibrationError
        Graded labels, or no pairs.
    ScaleMismatch
        The pairs are on another scale than the labels were.

    Examples
    --------
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    ...     for n in range(80)
    ... ]
    >>> pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
    >>> calibrator = sc.fit_calibrator(pairs, "platt").calibrator
    >>> low = pairs.take(pairs.similarities < 0.45)
    >>> round(sc.estimate_base_rate(calibrator, low), 2) < 0.5
    True
    """
    if calibrator.kind != "probability":
        raise CalibrationError(
            "The share of relevant rows can be estimated from probabilities only, and this "
            "calibrator was fitted on grades; fit platt or the blend on yes-or-no labels."
        )
    if not len(pairs):
        raise CalibrationError("No pairs were given; the share is estimated from at least one.")
    p = replace(calibrator, base_rate=None).predict(pairs)
    return most_likely_share(p, calibrator.fitted_on.mean)
