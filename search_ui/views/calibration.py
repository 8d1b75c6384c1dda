"""What the page shows of a fit: every number computed once, ready to be written out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

import search_core as sc

DECIMALS = 6  # of the values that are stored beside the sample: finer than a threshold's steps
STARTING_LEVEL: sc.Level = "query"
RECALL_TARGETS = (0.9, 0.8, 0.7, 0.5)  # the first that there are queries enough for
SURE_VALUES = 41  # whose intervals are at hand
SAMPLE_TARGET = 0.6  # what the sample's best hits can promise; a visitor's labels get the default

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class JudgedRow:
    """One labelled row, as a person reads it: its row in the file, and judged in [0, 1]."""

    row: int
    query: str
    text: str
    judged: float


@dataclass(frozen=True)
class SuspectRow:
    """A label that the calibrator, fitted without its query, finds hard to believe.

    `moved` names what moved the value most, in words, each with its share of the log-odds.
    """

    label: JudgedRow
    stated: float
    moved: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class ConflictRow:
    """Labels that cannot all be right: of one pair, or of texts that say the same."""

    labels: tuple[JudgedRow, ...]
    cosine: float


@dataclass(frozen=True)
class Audit:
    """Labels that deserve a second look, the most doubtful first."""

    suspects: tuple[SuspectRow, ...]
    contradictions: tuple[ConflictRow, ...] = ()
    near_duplicates: tuple[ConflictRow, ...] = ()


@dataclass(frozen=True)
class CalibrationView:
    """One fit.

    Attributes
    ----------
    of_sample:
        Whether the labels are the sample's.
    method, because:
        How it was fitted, and why so.
    can_restate:
        Whether its values can be re-stated for another share relevant.
    report, test_report:
        Its figures on queries that it never saw; and on rows marked "test", if there are any.
    stated, scores, relevance, queries:
        Of each row: the value by a fit without its query, the score (higher is better), the
        judgement, the number of its query.
    query_texts:
        Each query once, in the order of their numbers.
    sure:
        Some values of the fit from low to high, each with the ends of its 90% interval; none where
        labels are too few.
    abstention:
        How well predictions know which queries to leave unanswered; None where all best hits are
        alike.
    curve, by_curve:
        A calibrator on the score alone, fitted on the same labels, as JSON: the baseline for a
        blend, else the fit itself. And its values of the rows as in `stated`; none where it is the
        fit itself.
    worth:
        What each group of features is worth; empty where there is the score alone.
    audit:
        Labels that deserve a second look.
    comparison:
        The file's scores, the model's and both on the same labels; None where there is only one.
    reads_own_scores:
        Whether the fit reads texts and scores that only a file has.
    best_hits:
        Which rows are best hits, where a plan for judging drew the rows: a threshold for best hits
        counts these alone. Empty where all rows of a query are its hits.
    weights:
        How many pairs each row stands for, where a plan drew them; empty where all count alike.
    """

    of_sample: bool
    method: str
    because: str
    can_restate: bool
    report: sc.Report
    stated: tuple[float, ...]
    scores: tuple[float, ...]
    relevance: tuple[float, ...]
    queries: tuple[int, ...]
    query_texts: tuple[str, ...]
    sure: tuple[tuple[float, float, float], ...]
    abstention: sc.Abstention | None
    curve: str
    by_curve: tuple[float, ...]
    worth: tuple[sc.Worth, ...]
    audit: Audit
    test_report: sc.Report | None = None
    comparison: sc.ScoreComparison | None = None
    reads_own_scores: bool = False
    best_hits: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()

    def threshold(self, target: float, level: sc.Level) -> sc.Threshold:
        """Return the threshold from which on this share of rows, or of best hits, is relevant."""
        return self._threshold(self.stated, target, level)

    def _threshold(self, values: tuple[float, ...], target: float, level: sc.Level) -> sc.Threshold:
        p, y, scores, names = self._rows(values, level)
        if level == "row":
            return sc.row_threshold(p, y, names, target, weights=self._row_weights)
        return sc.query_threshold(p, y, names, target, scores=scores)

    def threshold_curve(self, level: sc.Level) -> tuple[Floats, Floats, Floats]:
        """Return thresholds with their precision and recall, counted as a level counts them."""
        p, y, scores, names = self._rows(self.stated, level)
        best_of = names if level == "query" else None
        return sc.threshold_curve(p, y, best_of, scores, self._row_weights)

    @property
    def _row_weights(self) -> Floats | None:
        return np.array(self.weights) if self.weights else None

    def _rows(
        self, values: tuple[float, ...], level: sc.Level
    ) -> tuple[Floats, Floats, Floats, list[str]]:
        """Return values, labels, scores and queries of the rows that a level counts."""
        rows = list(range(len(values)))
        if level == "query" and self.best_hits:
            rows = list(self.best_hits)
        p, y, scores = (np.array(each)[rows] for each in (values, self.relevance, self.scores))
        names = self.query_names
        return p, y, scores, [names[row] for row in rows]

    def recall_threshold(self) -> sc.RecallThreshold | None:
        """Return the threshold that keeps most of what is relevant, as far as can be promised.

        None for rows that a plan drew: it draws best hits more often, which are kept most easily.
        """
        if self.weights:
            return None
        p, y, names = np.array(self.stated), np.array(self.relevance), self.query_names
        found = [sc.recall_threshold(p, y, names, target) for target in RECALL_TARGETS]
        return next((each for each in found if each.value is not None), found[-1])

    def groups(self, threshold: sc.Threshold) -> sc.GroupCheck | None:
        """Return a threshold's precision in the usual groups of queries.

        None without a value, and for rows that a plan drew: too few of a group stand for it.
        """
        if threshold.value is None or (self.weights and threshold.level == "row"):
            return None
        p, y, scores, names = self._rows(self.stated, threshold.level)
        divisions = sc.usual_divisions(names, scores)
        return sc.check_groups(threshold, p, y, names, divisions, scores)

    def sure_near(self, value: float) -> tuple[float, float, float] | None:
        """Return the value of the fit that is nearest to one, with the ends of its interval."""
        return min(self.sure, key=lambda each: abs(each[0] - value), default=None)

    def on_the_score(self, threshold: sc.Threshold, share: float | None = None) -> sc.Calibrator:
        """Return the calibrator on the score alone, as the visitor has set the fit.

        Parameters
        ----------
        threshold:
            Of the fit; the curve gets its own for the same target and level.
        share:
            Another share of relevant rows that values are re-stated for.
        """
        calibrator = sc.load_calibrator(self.curve)
        if share is not None:
            return calibrator.at_base_rate(share)
        if self.by_curve:
            threshold = self._threshold(self.by_curve, threshold.target, threshold.level)
        return calibrator.with_threshold(threshold)

    def opened(self, calibrator: sc.Calibrator) -> sc.Calibrator:
        """Return the sample's calibrator with the threshold that the page opens on."""
        return calibrator.with_threshold(self.opening_threshold)

    @property
    def opening_threshold(self) -> sc.Threshold:
        """The threshold that is shown first."""
        return self.threshold(self.opening_target(STARTING_LEVEL), STARTING_LEVEL)

    @property
    def query_names(self) -> list[str]:
        """The query of each row."""
        return [self.query_texts[query] for query in self.queries]

    def opening_target(self, level: sc.Level) -> float:
        """Return the target that is offered first at a level."""
        return SAMPLE_TARGET if self.of_sample else sc.default_target(level, self.report.queries)

    @property
    def can_search(self) -> bool:
        """Whether texts were judged, so that the fit can state values of live hits."""
        return bool(self.worth) and not self.reads_own_scores

    @property
    def suffices_simple(self) -> bool:
        """Whether the verdict is that the simple curve will do."""
        return self.report.verdict.kind == "no gain"


def view_calibration(
    result: sc.CalibrationResult,
    labels: sc.Labels,
    engine: sc.SearchEngine | None,
    of_sample: bool,
    progress: sc.Progress | None = None,
    beside: sc.ScoredPairs | None = None,
) -> CalibrationView:
    """Compute everything that the Calibrate tab shows of a fit.

    Parameters
    ----------
    result, labels:
        The fit, and the labels it was fitted on.
    engine:
        The engine that scored them; None for scores without texts.
    of_sample:
        Whether the labels are the sample's.
    progress:
        Called with (fits done, fits in all); may raise to stop.
    beside:
        The labels with the file's scores and the model's, to compare them; None for one of them.
    """
    pairs, is_blend = result.pairs, result.calibrator.needs_engine
    has_texts = len(pairs.feature_names) > 1
    return CalibrationView(
        of_sample=of_sample,
        method=result.calibrator.method,
        because=result.chosen_because,
        can_restate=result.calibrator.can_restate,
        report=result.report,
        stated=tuple(result.out_of_fold.tolist()),
        scores=tuple(pairs.similarities.tolist()),
        relevance=tuple(pairs.relevance.tolist()),
        queries=tuple(sc.query_numbers(pairs.queries).tolist()),
        query_texts=tuple(sorted(set(pairs.queries))),
        sure=_sure(result),
        abstention=_abstention(result),
        curve=(result.simple if is_blend else result.calibrator).to_json(),
        by_curve=tuple(result.out_of_fold_platt.tolist()) if is_blend else (),
        worth=sc.feature_worth(pairs, progress=progress) if has_texts else (),
        audit=_audit(result, labels, engine),
        test_report=result.test_report,
        comparison=_compared(result, beside, progress),
        reads_own_scores=result.calibrator.own_scale is not None,
        best_hits=_best_hits(pairs),
        weights=() if pairs.inclusion is None else tuple(pairs.inclusion.stands_for.tolist()),
    )


def _best_hits(pairs: sc.ScoredPairs) -> tuple[int, ...]:
    """Return which rows are best hits, where a plan for judging drew them."""
    if pairs.inclusion is None:
        return ()
    return tuple(np.flatnonzero(pairs.inclusion.is_best).tolist())


def _sure(result: sc.CalibrationResult) -> tuple[tuple[float, float, float], ...]:
    """Return values of some rows, as evenly from 0 to 1 as they come, with their intervals."""
    values = result.calibrator.predict(result.pairs)
    apart = np.abs(values - np.linspace(0, 1, SURE_VALUES)[:, np.newaxis])
    pairs = result.pairs.take(np.unique(apart.argmin(axis=1)))
    ends = result.value_intervals(pairs)
    if ends is None:
        return ()
    rows = np.column_stack([result.calibrator.predict(pairs), ends])
    return tuple((value, low, high) for value, low, high in rows.tolist())


def _abstention(result: sc.CalibrationResult) -> sc.Abstention | None:
    pairs = result.pairs
    judged = sc.Judged.of(pairs.relevance, pairs.queries, pairs.similarities)
    return (
        None if result.report.is_demo else sc.measure_abstention(judged.stated(result.out_of_fold))
    )


def _compared(
    result: sc.CalibrationResult, beside: sc.ScoredPairs | None, progress: sc.Progress | None
) -> sc.ScoreComparison | None:
    """Compare the file's scores with the model's; None where there is one, or labels are few."""
    if beside is None or result.report.is_demo:
        return None
    return sc.compare_scores(beside, progress=progress)


def _audit(
    result: sc.CalibrationResult, labels: sc.Labels, engine: sc.SearchEngine | None
) -> Audit:
    pairs = result.pairs
    judged = _judged_rows(pairs, labels)
    doubtful = tuple(
        SuspectRow(judged[each.row], each.stated, _in_words(each.reasons))
        for each in result.suspects()
    )
    if engine is None or not pairs.texts:
        return Audit(doubtful)
    return Audit(
        doubtful,
        _conflicts(sc.contradictions(pairs.queries, pairs.texts, pairs.relevance), judged),
        _near_duplicates(pairs, engine, judged),
    )


def _judged_rows(pairs: sc.ScoredPairs, labels: sc.Labels) -> list[JudgedRow]:
    """Return the rows in the order of `pairs`, with queries and texts as the file writes them."""
    index_of = {row: n for n, row in enumerate(labels.rows)}
    return [
        JudgedRow(
            row=row,
            query=labels.queries[index_of[row]],
            text=pairs.texts[n] if pairs.texts else "",
            judged=float(pairs.relevance[n]),
        )
        for n, row in enumerate(pairs.rows)
    ]


def _in_words(reasons: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    words = {feature.name: feature.definition for feature in sc.FEATURES}
    words |= {"score": "the score", sc.OWN_SCORE: "your file's score"}
    return tuple((words.get(name, name), part) for name, part in reasons)


def _conflicts(
    found: tuple[sc.Contradiction, ...], judged: list[JudgedRow]
) -> tuple[ConflictRow, ...]:
    return tuple(
        ConflictRow(tuple(judged[row] for row in each.rows), each.cosine) for each in found
    )


def _near_duplicates(
    pairs: sc.ScoredPairs, engine: sc.SearchEngine, judged: list[JudgedRow]
) -> tuple[ConflictRow, ...]:
    """Compare the texts that the collection holds, whose vectors are there already."""
    position = engine.corpus.position_of_text
    known = np.array([n for n, text in enumerate(pairs.texts) if text in position], dtype=np.intp)
    if not len(known):
        return ()
    here = pairs.take(known)
    vectors = engine.vectors[[position[text] for text in here.texts]]
    found = sc.near_duplicates(here.queries, here.texts, vectors, here.relevance)
    return _conflicts(found, [judged[n] for n in known])


def write_view(view: CalibrationView, path: Path) -> None:
    """Store a view as JSON; `python -m examples.refresh` does it for the sample."""
    stated, by_curve, scores, relevance = (
        tuple(round(value, DECIMALS) for value in values)
        for values in (view.stated, view.by_curve, view.scores, view.relevance)
    )
    short = replace(view, stated=stated, by_curve=by_curve, scores=scores, relevance=relevance)
    path.write_bytes(msgspec.json.encode(short) + b"\n")


def read_view(path: Path) -> CalibrationView:
    """Read a stored view."""
    return msgspec.json.decode(path.read_bytes(), type=CalibrationView)
