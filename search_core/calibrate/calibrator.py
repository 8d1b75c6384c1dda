"""A fitted calibrator: from a score to a number that was checked against judgements."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from search_core.arguments import check_kind, several
from search_core.calibrate.blend import Blend, Part
from search_core.calibrate.collection_change import CollectionChange, change_since
from search_core.calibrate.fitted_on import FittedOn
from search_core.calibrate.hit_scores import scores_on
from search_core.calibrate.json_writing import written
from search_core.calibrate.members import Beta, Curve, Line, Logistic, expit, logit
from search_core.calibrate.thresholds import Threshold
from search_core.engine import SearchEngine
from search_core.errors import (
    CalibrationError,
    CollectionChangedWarning,
    InputError,
    ScaleMismatch,
)
from search_core.hits import Hits
from search_core.pairs import ScoredPairs
from search_core.scale import EXPECTED_RELEVANCE, PROBABILITY, ScoreScale

Floats = npt.NDArray[np.float64]
Model = Logistic | Line | Curve | Beta | Blend

FAR = 1e9  # as far as scores without bounds are looked for
HALVINGS = 100  # of an interval that wide: to neighbouring floats


@dataclass(frozen=True)
class Calibrator:
    """Maps pairs, or hits, to a probability or to an expected relevance.

    Attributes
    ----------
    method:
        How it was fitted: platt, linear, isotonic, centred_isotonic, beta or blend.
    scale:
        What its first column means, and which encoder made it.
    feature_names:
        The columns that it knows.
    model:
        The fitted map.
    fitted_on:
        What it was fitted on.
    nothing_below:
        A best hit whose value lies under this means "nothing relevant here"; None where it was
        not measured.
    thresholds:
        Cuts that were found, with their guarantee.
    report:
        The figures of its report, as plain values.
    base_rate:
        The share relevant that it is re-stated for; None leaves the labels' own.
    """

    method: str
    scale: ScoreScale
    feature_names: tuple[str, ...]
    model: Model
    fitted_on: FittedOn
    nothing_below: float | None = None
    thresholds: tuple[Threshold, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    base_rate: float | None = None

    def __repr__(self) -> str:
        fitted = self.fitted_on
        return (
            f"<Calibrator: {self.method} on '{self.scale.name}', fitted on {fitted.rows:,} rows of "
            f"{fitted.queries:,} queries; states {self.kind.replace('_', ' ')}>"
        )

    @property
    def kind(self) -> Literal["probability", "expected_relevance"]:
        """What comes out: a probability for yes-or-no labels, else an expected relevance."""
        graded = self.fitted_on.graded or self.method == "linear"
        return "expected_relevance" if graded else "probability"

    @property
    def needs_engine(self) -> bool:
        """Whether it looks at more than the score, so that hits need their engine."""
        return isinstance(self.model, Blend)

    def predict(self, pairs: ScoredPairs) -> Floats:
        """Return the calibrated value of each pair, float64 in [0, 1], shape (n,).

        Raises
        ------
        ScaleMismatch
            The pairs are on another scale, or were embedded by another encoder.
        CalibrationError
            The pairs lack a column that it was fitted on.
        """
        return self._values(self._columns(pairs))

    def apply(
        self,
        hits: Hits,
        engine: SearchEngine | None = None,
        *,
        keep_order: bool = False,
        other_corpus: Literal["accept", "refuse"] = "accept",
    ) -> Hits:
        """Return the hits on the calibrated scale, best first.

        Parameters
        ----------
        hits:
            As the search returned them, on the scale of the fit or, of unit vectors, under any
            metric.
        engine:
            The one whose collection they were found in; only the blend needs it.
        keep_order:
            Keep the engine's order: values are levelled down the list where they would rise.
        other_corpus:
            Whether a blend may serve a collection that has changed since the fit ("refuse" if not),
            where its list and neighbour features have moved. The hits then carry a note, and beyond
            what was measured (see `collection_change`) there is a warning as well.

        Raises
        ------
        ScaleMismatch
            The hits are on a scale that does not convert to that of the fit (normalized or
            calibrated already, perhaps), or come from another encoder.
        CalibrationError
            The blend was given no engine, or one that did not find these hits; or the collection
            changed, and `other_corpus` refuses that.

        Warns
        -----
        CollectionChangedWarning
            The collection changed more than was measured.
        """
        (answer,) = self._applied([hits], engine, keep_order, other_corpus)
        return answer

    def apply_many(
        self,
        hits: Iterable[Hits],
        engine: SearchEngine | None = None,
        *,
        keep_order: bool = False,
        other_corpus: Literal["accept", "refuse"] = "accept",
    ) -> list[Hits]:
        """Return the hits of many queries, each as `apply` does, embedded and scored together.

        Parameters
        ----------
        hits:
            As `SearchEngine.search_many` returned them.
        engine, keep_order, other_corpus:
            As for `apply`.

        Raises
        ------
        ScaleMismatch, CalibrationError
            As for `apply`.
        InputError
            The hits are no list.

        Warns
        -----
        CollectionChangedWarning
            As for `apply`.
        """
        given = several(hits, "hits", InputError)
        return self._applied(given, engine, keep_order, other_corpus)

    def collection_change(self, engine: SearchEngine) -> CollectionChange:
        """Return what came and went in this engine's collection since the fit.

        Only a blend looks at the collection; a map of the score alone states the same in any.
        """
        return change_since(self.fitted_on, engine.corpus)

    def score_reaching(self, value: float) -> float | None:
        """Return the score from which on the calibrated value reaches `value`.

        On the labels' scale: at or above it where higher is better, at or below it otherwise; the
        worst score there is, perhaps infinite, where every score reaches the value. None where no
        score does, for a curve that falls, and for a blend, which looks at more.
        """
        if self.needs_engine:
            return None
        way = 1.0 if self.scale.higher_is_better else -1.0
        ends = (max(-FAR, self.scale.lower), min(FAR, self.scale.upper))
        low, high = sorted(way * end for end in ends)
        if not self._at(low) <= self._at(high) >= value:
            return None
        if self._at(low) >= value:
            return way * low if abs(low) < FAR else -way * math.inf
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._at(middle) >= value else (middle, high)
        return way * high

    def at_base_rate(self, share: float) -> Calibrator:
        """Return the calibrator re-stated for another share of relevant rows.

        logit p′ = logit p + logit π′ − logit π (Saerens, Latinne and Decaestecker 2002). It holds
        where only the share differs, not what relevant texts look like. The thresholds' guarantee
        does not move along, so they are withdrawn.

        Raises
        ------
        CalibrationError
            Graded labels, or a share outside (0, 1).
        """
        if self.kind != "probability":
            raise CalibrationError(
                "Only a probability can be re-stated for another share of relevant rows; this "
                "calibrator states an expected relevance."
            )
        if not 0 < share < 1:
            raise CalibrationError(f"The share is {share:g}; it must lie between 0 and 1.")
        if share == self.fitted_on.mean:
            return replace(self, base_rate=None)
        return replace(self, base_rate=share, thresholds=(), nothing_below=None)

    def explain(self, pairs: ScoredPairs) -> tuple[dict[str, float], ...]:
        """Return what each column added to the log-odds of each pair.

        A column's parts are 0 on average over the rows that were fitted on. So the parts of a pair
        add up to logit p less a baseline, which is the same for every pair: the intercept, and the
        shift of `at_base_rate`. For a blend, parts and intercepts are the members', by their
        weights, and what its guard takes off counts to the cosine; a member surer than 1 in 10,000
        is levelled there in logit p, and not in its parts. A map that is neither (a line, a curve,
        beta) has one entry: logit p less the log-odds of the average label.

        Raises
        ------
        ScaleMismatch, CalibrationError
            As from `predict`.
        """
        columns = self._columns(pairs)
        if isinstance(self.model, Line | Curve | Beta):
            share = self.fitted_on.mean if self.base_rate is None else self.base_rate
            alone = logit(self._values(columns)) - logit(np.array([share]))
            return tuple({self.feature_names[0]: value} for value in alone.tolist())
        total = dict.fromkeys(self.feature_names, np.zeros(len(pairs)))
        for member, weight in _weighed(self.model):
            for name, part in zip(member.columns, member.parts(columns).T, strict=True):
                total[name] = total[name] + weight * part
        if isinstance(self.model, Blend) and self.model.guard:
            total["cos"] = self.model.guard.lowered(total["cos"], columns["cos"])
        return tuple(
            {name: float(part[n]) for name, part in total.items()} for n in range(len(pairs))
        )

    def require(self, scale: ScoreScale) -> None:
        """Raise `ScaleMismatch` unless scores are on the labels' scale, from the same encoder."""
        made = self.fitted_on.encoder
        is_elsewhere = scale.source not in ("", self.scale.source)
        if made and is_elsewhere and scale.from_source(self.scale.source) == self.scale:
            raise ScaleMismatch(
                f"This calibrator was fitted on cosines of '{made.name}', and these scores come "
                "from another encoder; encode with that model, or fit a calibrator on this one's "
                "scores."
            )
        self.scale.require(scale)

    def to_json(self) -> str:
        """Return the calibrator as JSON text, with a checksum; never a pickle."""
        return written({**vars(self), "kind": self.kind})

    def _at(self, score: float) -> float:
        """Return the value of one score, higher being better."""
        return float(self._values({self.feature_names[0]: np.array([score])})[0])

    def _columns(self, pairs: ScoredPairs) -> dict[str, Floats]:
        """Return the columns that the map reads; the score of one column may have another name."""
        self.require(pairs.scale)
        if not self.needs_engine:
            return {self.feature_names[0]: pairs.similarities}
        missing = [name for name in self.feature_names if name not in pairs.feature_names]
        if missing:
            raise CalibrationError(
                f"These pairs lack the column {', '.join(missing)}; score them with an engine, as "
                "the labels were."
            )
        return pairs.columns()

    def _values(self, columns: Mapping[str, Floats]) -> Floats:
        values = self.model.predict(columns)
        if self.base_rate is None:
            return values
        moved = logit(np.array([self.base_rate])) - logit(np.array([self.fitted_on.mean]))
        return expit(logit(values) + moved)

    def _applied(
        self, hits: Sequence[Hits], engine: SearchEngine | None, keep_order: bool, other_corpus: str
    ) -> list[Hits]:
        if other_corpus not in ("accept", "refuse"):
            raise InputError(f"other_corpus is {other_corpus!r}; write 'accept' or 'refuse'.")
        for each in hits:
            check_kind(
                each, Hits, "give those of one search to apply, a list to apply_many", InputError
            )
        if engine is not None:
            check_kind(engine, SearchEngine, "give the one that found these hits", InputError)
        scores = [self._scores_of(each) for each in hits]
        notes: tuple[str, ...] = ()
        if not hits:
            return []
        if self.needs_engine:
            found_by = _finder(engine, hits)
            notes = self._notes(found_by, other_corpus)
            values = self.predict(found_by.score_hits(hits))
        else:
            oriented = np.concatenate(scores) * (1.0 if self.scale.higher_is_better else -1.0)
            values = self._values({self.feature_names[0]: oriented})
        ends = np.cumsum([len(each) for each in hits])[:-1]
        scale = PROBABILITY if self.kind == "probability" else EXPECTED_RELEVANCE
        return [
            replace(
                each.rescored(_levelled(part) if keep_order else part, scale.from_source(source)),
                notes=(*each.notes, *notes),
            )
            for each, part in zip(hits, np.split(values, ends), strict=True)
            for source in [each.scale.source]
        ]

    def _scores_of(self, hits: Hits) -> Floats:
        """Return the hits' scores on the scale of the fit; what knows no encoder takes any."""
        scores = scores_on(self.scale, hits)
        if self.scale.source:
            self.require(self.scale.from_source(hits.scale.source))
        return scores

    def _notes(self, engine: SearchEngine, other_corpus: str) -> tuple[str, ...]:
        """Return what to say of a collection that has changed, if it may have."""
        change = self.collection_change(engine)
        if not change.sentence:
            return ()
        if other_corpus == "refuse":
            raise CalibrationError(
                f"{change.sentence} A changed collection was to be refused; "
                "other_corpus='accept' serves it with a note."
            )
        if not change.is_measured:
            # From here by _applied and apply to whoever called that.
            warnings.warn(change.sentence, CollectionChangedWarning, stacklevel=4)
        return (change.sentence,)


def _finder(engine: SearchEngine | None, hits: Sequence[Hits]) -> SearchEngine:
    """Return the engine whose collection has these hits."""
    if engine is None:
        raise CalibrationError(
            "A blend looks at more than the score; give the engine that found these hits."
        )
    corpus = engine.corpus
    for each in hits:
        places = [corpus.position_of_id.get(name) for name in each.ids]
        there = tuple(corpus.texts[place] for place in places if place is not None)
        if there != each.texts:
            raise CalibrationError(
                "These hits are not of this engine's collection as it is now, and a blend looks at "
                "their neighbours there; give the engine that found them, or search again."
            )
    return engine


def _levelled(values: Floats) -> Floats:
    """Keep values from rising down a list."""
    level: Floats = isotonic_regression(values, increasing=False).x
    return level


def _weighed(model: Logistic | Blend) -> Sequence[tuple[Part, float]]:
    """Return the members and their weights; a map that is no blend is its own only member."""
    if isinstance(model, Logistic):
        return [(model, 1.0)]
    return list(zip(model.members, model.weights, strict=True))
