"""The report on a calibrator: what it is worth on queries that it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from search_core import display
from search_core.evaluate import diagram
from search_core.evaluate.diagram import Curve
from search_core.evaluate.intervals import FEWEST_QUERIES, Interval, mean_interval
from search_core.evaluate.judged import RELEVANT, Judged, Stated
from search_core.evaluate.measures import MEASURES, ndcg_gains, saved_interval
from search_core.evaluate.reliability import (
    corp,
    excess_loss,
    log_loss,
    null_band,
    null_ece,
)
from search_core.limits import CAUTION_QUERIES, CAUTION_ROWS
from search_core.mistakes import explain_mistakes
from search_core.scale import ScoreScale, opposite

CHANCE = 0.5  # AUC of a coin
FAIR = (
    0.75  # halfway from there to a perfect order: an interval that holds both decides nothing yet
)
CLEAR = 1e-6  # an interval whose end comes closer to 0 or to a coin holds it: rounding is no proof
UNKNOWN: Interval = (float("-inf"), float("inf"))
HISTOGRAM_BINS = 20
SAME_LEVEL = 1e-9  # shares of rows that differ by less are one level, summed in another order
SAME_CURVE = 1e-9

Kind = Literal[
    "helps",
    "no gain",
    "separates",
    "not separable",
    "unclear",
    "too few labels",
    "runs against relevance",
]


@dataclass(frozen=True)
class Verdict:
    """What to make of it all.

    Attributes
    ----------
    kind:
        One of the seven answers. "separates": relevant rows get higher values than others, and the
        labels are too few to show that more is gained by that. "not separable" is said only where
        the 90% intervals of AUC, of the values and of the score, hold chance and end below 0.75;
        where they hold both, it is "unclear".
    sentence:
        The answer with its figures, in plain words; what stands before the colon is its gist.

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays(
    ...     [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    ... )
    >>> verdict = sc.fit_calibrator(pairs, "platt").report.verdict
    >>> verdict.kind, verdict.sentence.partition(":")[0]
    ('helps', 'Worth using')
    """

    kind: Kind
    sentence: str


@dataclass(frozen=True)
class Rival:
    """What a calibrator's log-loss is compared with.

    Attributes
    ----------
    kind:
        "platt", a curve fitted to the score alone, or "constant", always the average label.
    label:
        The same in a word or two.
    log_loss, excess_loss:
        On the same unseen queries; the latter without what graded labels alone add to it.

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays(
    ...     [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    ... )
    >>> rival = sc.fit_calibrator(pairs, "platt").report.rival
    >>> rival.kind, round(rival.log_loss, 2)
    ('constant', 0.69)
    """

    kind: Literal["platt", "constant"]
    label: str
    log_loss: float
    excess_loss: float


@explain_mistakes
@dataclass(frozen=True)
class Report:
    """Figures on unseen queries; None where a figure is not defined.

    Attributes
    ----------
    log_loss, excess_loss, d2, brier, ece, smooth_ece, r2, auc, auc_within, ndcg_after:
        Of the calibrated values, as `MEASURES` says; so are miscalibration, discrimination and
        uncertainty, the parts of the Brier score.
    log_loss_constant, log_loss_platt, excess_loss_constant, excess_loss_platt:
        Of always predicting the average label, and of a curve fitted to the score alone, which is
        the baseline of every comparison.
    auc_score, auc_within_score, ndcg_before:
        Of the score alone.
    ece_null:
        What the `ece` of a perfect calibrator of this size stays under.
    intervals:
        90% intervals by name of the figure, for twice as many fresh queries as were labelled; left
        out where a figure is not defined, and all of them with fewer than five queries. Beside
        figures above: saved_over_platt and saved_over_constant (the share of the other's excess
        loss that is gone) and ndcg_gain (after − before), all paired.
    verdict, curve, notes:
        The answer, the diagram, and cautions.
    rows, queries, mixed_queries, mean, graded, relevant, cut:
        What was labelled; how many queries have both relevant and irrelevant rows; how many rows
        count as relevant, and from which relevance on.

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays(
    ...     [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    ... )
    >>> report = sc.fit_calibrator(pairs, "platt").report
    >>> round(report.auc, 2), round(report.log_loss, 2), report.intervals["auc"]
    (1.0, 0.11, (0.9304510998998728, 1.0))
    """

    log_loss: float
    log_loss_constant: float
    log_loss_platt: float
    excess_loss: float
    excess_loss_constant: float
    excess_loss_platt: float
    d2: float | None
    brier: float
    ece: float
    ece_null: float
    smooth_ece: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    r2: float | None
    auc: float | None
    auc_score: float | None
    auc_within: float | None
    auc_within_score: float | None
    ndcg_before: float | None
    ndcg_after: float | None
    intervals: Mapping[str, Interval]
    verdict: Verdict
    curve: Curve
    notes: tuple[str, ...]
    rows: int
    queries: int
    mixed_queries: int
    mean: float
    graded: bool
    relevant: int
    cut: float = RELEVANT

    def __repr__(self) -> str:
        return (
            f"<Report on {self.rows:,} rows of {self.queries:,} queries: ECE {self.ece:.3f}, "
            f"excess loss {self.excess_loss:.3f}; {self.verdict.sentence}>"
        )

    def _repr_html_(self) -> str:
        rows = [
            (each.label, getattr(self, each.name), _ends(self.intervals.get(each.name)))
            for each in MEASURES.values()
            if getattr(self, each.name) is not None
        ]
        return "".join(
            [
                display.sentence(self.verdict.sentence, strong=True),
                display.sentence(f"On {self.rows:,} rows of {self.queries:,} queries, unseen."),
                display.table(["", "figure", "90% interval"], rows),
                diagram.svg(self.curve),
                display.notes(self.notes),
            ]
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the reliability diagram with matplotlib, and return its axes.

        Parameters
        ----------
        ax:
            Axes to draw on; new ones if not given.

        Raises
        ------
        InputError
            matplotlib is not installed, or these are no axes.
        """
        return diagram.draw(self.curve, ax)

    @property
    def is_demo(self) -> bool:
        """Whether there are too few labels for anything that can be checked."""
        return self.verdict.kind == "too few labels"

    @property
    def are_few(self) -> bool:
        """Whether labels are so few that an interval says more than its figure."""
        rarer = min(self.relevant, self.rows - self.relevant)
        return self.is_demo or self.queries < CAUTION_QUERIES or rarer < CAUTION_ROWS

    @property
    def rival(self) -> Rival:
        """The baseline: a curve fitted to the score alone, unless that is what was fitted."""
        if abs(self.log_loss - self.log_loss_platt) < SAME_CURVE:
            return Rival(
                "constant", "average label", self.log_loss_constant, self.excess_loss_constant
            )
        return Rival("platt", "score alone", self.log_loss_platt, self.excess_loss_platt)

    @property
    def saved(self) -> float | None:
        """The share of the baseline's excess loss that is gone; None where it has none."""
        theirs = self.rival.excess_loss
        return 1 - self.excess_loss / theirs if theirs > 0 else None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain finite values, lists and mappings, as JSON holds them."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["intervals"] = {name: list(ends) for name, ends in self.intervals.items()}
        plain["verdict"] = dict(vars(self.verdict))
        plain["curve"] = {name: list(values) for name, values in vars(self.curve).items()}
        plain["notes"] = list(self.notes)
        return plain


def _ends(interval: Interval | None) -> str:
    return "" if interval is None else "{:.3g} to {:.3g}".format(*interval)


def make_report(
    stated: Stated,
    platt: Stated,
    constant: Stated,
    *,
    graded: bool = False,
    demo_only: bool = False,
    notes: Sequence[str] = (),
    seed: int = 0,
    scale: ScoreScale | None = None,
    score: str = "the score",
) -> Report:
    """Measure calibrated values on queries that they were not fitted on.

    Parameters
    ----------
    stated, platt, constant:
        What the calibrator, the simple curve and the mean state of the same labelled rows, each
        fitted without the row's own query.
    graded:
        Whether labels take values between 0 and 1.
    demo_only:
        Whether there are too few labels for a verdict.
    notes:
        Cautions that stand in the report beside its own.
    seed:
        Of the band that a perfect calibrator would stay in.
    scale:
        What the score means, so that a score that runs the wrong way can be named; optional.
    score:
        What a sentence calls the score, as "the cosine" where there are two.
    """
    judged = stated.judged
    by_score = Stated(judged, judged.scores)
    figures: dict[str, Any] = {name: each.compute(stated) for name, each in MEASURES.items()}
    figures |= {
        each.of_score: each.compute(by_score) for each in MEASURES.values() if each.of_score
    }
    y = judged.relevance
    intervals = _intervals(stated, platt, constant, by_score)
    evidence = Evidence(
        figures["excess_loss"],
        excess_loss(y, platt.values),
        excess_loss(y, constant.values),
        intervals,
        judged.mixed_queries,
        bool(np.abs(stated.values - platt.values).max() < SAME_CURVE),
        {name: figures[name] for name in ("auc", "auc_score") if figures[name] is not None},
        scale,
        score,
    )
    return Report(
        **figures,
        log_loss_constant=log_loss(y, constant.values),
        log_loss_platt=log_loss(y, platt.values),
        excess_loss_constant=evidence.constant_loss,
        excess_loss_platt=evidence.platt_loss,
        ece_null=null_ece(stated, seed),
        intervals=intervals,
        verdict=TOO_FEW if demo_only else judge(evidence),
        curve=_curve(stated, seed),
        notes=(*_cautions(judged), *notes),
        rows=len(judged),
        queries=judged.query_count,
        mixed_queries=judged.mixed_queries,
        mean=float(y.mean()),
        graded=graded,
        relevant=int(judged.relevant.sum()),
    )


def _intervals(
    stated: Stated, platt: Stated, constant: Stated, by_score: Stated
) -> dict[str, Interval]:
    """Return every interval that can be given, by the name of its figure."""
    gain = ndcg_gains(stated) - ndcg_gains(by_score)
    found = {
        "saved_over_platt": saved_interval(stated, platt),
        "saved_over_constant": saved_interval(stated, constant),
        "ndcg_gain": mean_interval(gain, np.arange(len(gain))) if len(gain) else None,
    }
    for each in MEASURES.values():
        if each.interval:
            found[each.name] = each.interval(stated)
            if each.of_score:
                found[each.of_score] = each.interval(by_score)
    return {name: ends for name, ends in found.items() if ends is not None}


def _cautions(judged: Judged) -> tuple[str, ...]:
    notes = []
    asked, relevant = judged.query_count, int(judged.relevant.sum())
    advice = "look at the ranges, single figures can't be trusted yet."
    if asked < FEWEST_QUERIES:
        advice = (
            f"figures can't be trusted yet, and a range takes {FEWEST_QUERIES} queries or more."
        )
    if asked < CAUTION_QUERIES:
        notes.append(f"Only {asked} {'query' if asked == 1 else 'queries'}: {advice}")
    rarer = min(relevant, len(judged) - relevant)
    if rarer < CAUTION_ROWS:
        kind = "relevant" if relevant == rarer else "not relevant"
        notes.append(
            f"Only {rarer} {'row is' if rarer == 1 else 'rows are'} labelled {kind}: {advice}"
        )
    return tuple(notes)


def _curve(stated: Stated, seed: int) -> Curve:
    parts, band = corp(stated.relevance, stated.values), null_band(stated, seed)
    step = np.diff(parts.judged) > SAME_LEVEL
    # What lies inside a level adds nothing to the drawn line.
    ends = np.append(True, step) | np.append(step, True)
    histogram = np.histogram(stated.values, bins=HISTOGRAM_BINS, range=(0.0, 1.0))[0]
    return Curve(
        tuple(parts.stated[ends].tolist()),
        tuple(parts.judged[ends].tolist()),
        tuple(band.stated.tolist()),
        tuple(band.lower.tolist()),
        tuple(band.upper.tolist()),
        tuple(histogram.tolist()),
    )


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on, all of it on unseen queries.

    Attributes
    ----------
    loss, platt_loss, constant_loss:
        Excess log-loss of the calibrator, of the simple curve and of always stating the mean.
    intervals:
        90% intervals: saved_over_platt, saved_over_constant (shares of the other's excess loss),
        auc, auc_within (of the calibrated values), auc_score, auc_within_score (of the score).
    mixed_queries:
        Queries that have both relevant and irrelevant rows.
    is_platt:
        Whether the calibrator is the simple curve itself.
    aucs:
        The figures auc and auc_score themselves, where they are defined.
    scale:
        What the score means; None where nothing says.
    score:
        What a sentence calls the score.
    """

    loss: float
    platt_loss: float
    constant_loss: float
    intervals: Mapping[str, Interval]
    mixed_queries: int
    is_platt: bool
    aucs: Mapping[str, float] = field(default_factory=dict)
    scale: ScoreScale | None = None
    score: str = "the score"

    def interval(self, name: str) -> Interval:
        """Return an interval, without ends where the figure is not defined."""
        return self.intervals.get(name, UNKNOWN)


TOO_FEW = Verdict(
    "too few labels",
    "Too few labels: this fit is a demonstration; its predictions can't be checked.",
)


def judge(evidence: Evidence) -> Verdict:
    """Turn figures into one sentence; a difference counts only beyond its 90% interval."""
    if _runs_against(evidence):
        return Verdict("runs against relevance", _against_words(evidence.scale))
    if evidence.interval("saved_over_constant")[0] <= CLEAR:
        return _no_better(evidence)
    blind = _blind(evidence)
    if blind is not None:
        return blind
    if evidence.is_platt:
        return Verdict("helps", _saved_words(evidence, "constant", "always predicting the average"))
    if evidence.interval("saved_over_platt")[0] > CLEAR:
        return Verdict(
            "helps", _saved_words(evidence, "platt", f"a curve fitted to {evidence.score} alone")
        )
    return Verdict(
        "no gain",
        "No clear gain: on unseen queries its log-loss is "
        f"{evidence.loss:.3f}, and {evidence.platt_loss:.3f} with a curve fitted to "
        f"{evidence.score} alone. Use that curve, “platt”.",
    )


def _against_words(scale: ScoreScale | None) -> str:
    """Say that the score runs the wrong way, and which scale may be meant."""
    gist = "The score runs the wrong way"
    if scale is None or scale.source:  # our own cosines run as they run
        return (
            f"{gist}: hits with better scores were labelled less relevant. Check which way the "
            "score runs, and the labels."
        )
    better, worse = ("higher", "lower") if scale.higher_is_better else ("lower", "higher")
    other = opposite(scale)
    return (
        f"{gist}: on the scale '{scale.label}' {better} is better, but {worse} ones were labelled "
        f"relevant. Choose '{other.label}', where {worse} is better, or check the labels."
    )


def _no_better(evidence: Evidence) -> Verdict:
    """Say that the average label does as well; that nothing is told apart only where AUC has it."""
    apart = _apart_words(evidence)
    if not apart and max(evidence.interval(name)[1] for name in ("auc_score", "auc")) >= FAIR:
        return Verdict("unclear", _unclear_words(evidence))
    if not apart:
        return Verdict(
            "not separable",
            "Can't tell relevant from irrelevant: on unseen queries, always predicting the average "
            "label is about as accurate.",
        )
    return Verdict(
        "separates",
        f"They separate ({apart}), but labels are too few to show a gain: on unseen queries, "
        "predictions are not yet clearly more accurate than always predicting the average label.",
    )


def _unclear_words(evidence: Evidence) -> str:
    """Say that the score may order at random or well, with its AUC where that has an interval."""
    if "auc_score" not in evidence.intervals or "auc_score" not in evidence.aucs:
        return (
            "Can't tell yet: on unseen queries, predictions are not clearly more accurate than "
            "always predicting the average label. Label more queries."
        )
    low, high = evidence.interval("auc_score")
    return (
        f"Can't tell yet: the score's AUC is {evidence.aucs['auc_score']:.2f}, 90% interval "
        f"{low:.2f} to {high:.2f}; guessing gives 0.5, a perfect order 1. Label more queries."
    )


def _apart_words(evidence: Evidence) -> str:
    """Name an AUC whose interval lies above chance, the score's before the values'; else ""."""
    for name, whose in (("auc_score", "the score's"), ("auc", "the predictions'")):
        low, high = evidence.interval(name)
        if low > CHANCE + CLEAR and name in evidence.aucs:
            return f"{whose} AUC {evidence.aucs[name]:.2f}, 90% interval {low:.2f} to {high:.2f}"
    return ""


def _runs_against(evidence: Evidence) -> bool:
    """Tell whether the score's order is reversed, over all rows and, where known, inside queries.

    Both, because either one alone lies below one half by chance in one of twenty sets of labels
    that mean nothing at all.
    """
    inside = evidence.intervals.get("auc_within_score")
    reversed_inside = inside is None or inside[1] < CHANCE - CLEAR
    return evidence.interval("auc_score")[1] < CHANCE - CLEAR and reversed_inside


def _blind(evidence: Evidence) -> Verdict | None:
    """Say so where the values order nothing: inside queries, if enough queries can tell."""
    inside = evidence.mixed_queries >= CAUTION_QUERIES
    ends = evidence.intervals.get("auc_within" if inside else "auc")
    # Grades that are all relevant, or none, leave nothing to order; the loss alone decides.
    if ends is None or ends[0] > CHANCE + CLEAR:
        return None
    low, high = ends
    apart = _apart_words(evidence)
    if apart:
        return Verdict("separates", _across_words(inside, low, high, apart))
    gist = "Can't rank the hits of a query" if inside else "Can't tell relevant from irrelevant"
    where = "of two texts for one query" if inside else "of two rows"
    words = (
        f"{where}, the relevant one gets the higher prediction in {low:.0%} to {high:.0%} of "
        "cases; guessing gives 50%."
    )
    if high >= FAIR:
        return Verdict("unclear", f"Can't tell yet: {words} Label more queries.")
    return Verdict("not separable", f"{gist}: {words}")


def _across_words(inside: bool, low: float, high: float, apart: str) -> str:
    """Say what tells rows apart although the values, or those of one query, may be in any order."""
    if not inside:
        return (
            f"The score separates ({apart}), these predictions may not: their AUC is {low:.2f} to "
            f"{high:.2f}. Fit the score alone, “platt”, or label more."
        )
    return (
        f"Can't rank the hits of a query, though all rows together separate ({apart}): of two "
        f"texts for one query, the relevant one gets the higher prediction in {low:.0%} to "
        f"{high:.0%} of cases; guessing gives 50%."
    )


def _saved_words(evidence: Evidence, name: Literal["platt", "constant"], words: str) -> str:
    other = evidence.platt_loss if name == "platt" else evidence.constant_loss
    low, high = evidence.interval(f"saved_over_{name}")
    return (
        f"Worth using: on unseen queries its predictions are {1 - evidence.loss / other:.0%} more "
        f"accurate (log-loss; 90% interval {low:.0%} to {high:.0%}) than {words}."
    )
