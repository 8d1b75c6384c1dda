"""What a visitor's work consists of, as values: judged rows, a fit, the calibrator that serves."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

import search_core as sc
from search_ui.stored import Measured
from search_ui.views.calibration import STARTING_LEVEL, CalibrationView
from search_ui.views.prior import KnownShare
from search_ui.visit.hit_labels import HitLabels
from search_ui.visit.judging import Judging

ROW_BYTES = 100  # of a row of labels, beside its texts and features
FLOAT_BYTES = 32  # of a Python float, and the reference to it

Cosines = npt.NDArray[np.float32]
Reason = Literal["fitted", "imported", "sample", "none"]


class MovedOn(sc.SearchCoreError):
    """A piece of work ended after what it rests on had changed; nothing was done."""


class OtherCollection(sc.CalibrationError):
    """A blend meets another collection than its own; the visitor may apply it all the same."""


@dataclass(frozen=True, eq=False)
class ScoredLabels:
    """Labels with their scores.

    Attributes
    ----------
    labels, pairs:
        What was judged, and the same rows with features or with scores that a file brought.
    of_sample:
        Whether they are the sample's own.
    beside:
        The same rows with features and the scores of the file, where it has both and they are to
        be compared; `pairs` are fitted on.
    of_hits:
        The labels given in Search that they were read from; None for those of a file.
    name:
        Tells these labels from others.
    """

    labels: sc.Labels
    pairs: sc.ScoredPairs
    of_sample: bool = False
    beside: sc.ScoredPairs | None = None
    of_hits: HitLabels | None = None
    name: str = field(default_factory=secrets.token_hex)

    @property
    def has_texts(self) -> bool:
        """Whether texts were scored by the model; else a file brought the scores."""
        return bool(self.pairs.scale.source)


@dataclass(frozen=True, eq=False)
class Reading:
    """Labels that were read, and the collection that they are on.

    `engine` is the visitor's own, or None for the sample; `is_of_labels` says whether it was made
    of the texts of the label file.
    """

    judged: ScoredLabels
    engine: sc.SearchEngine | None
    is_of_labels: bool = False


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit as the visitor has set it.

    Attributes
    ----------
    result, view:
        The fit, and what the page shows of it.
    share:
        Another share of relevant rows that its values are re-stated for; None for the labels' own.
    thresholds, level:
        The threshold that was chosen last at each level, in place of the one found by the fit; and
        the level that decides what is shown.
    name:
        Tells this fit from others, whatever is set.
    """

    result: sc.CalibrationResult
    view: CalibrationView
    share: float | None = None
    thresholds: Mapping[sc.Level, sc.Threshold] = field(default_factory=dict)
    level: sc.Level = STARTING_LEVEL
    name: str = field(default_factory=secrets.token_hex)

    @cached_property
    def calibrator(self) -> sc.Calibrator:
        """The calibrator with these settings; re-stated values carry no threshold."""
        calibrator = self.result.calibrator
        if self.share is not None:
            return calibrator.at_base_rate(self.share)
        for threshold in self.thresholds.values():
            calibrator = calibrator.with_threshold(threshold)
        return calibrator

    def with_share(self, share: float) -> Fit:
        """Re-state the values for another share relevant, or state them as fitted again."""
        moved = self.result.calibrator.is_restated_by(share)
        return replace(self, share=share if moved else None)

    def with_threshold(self, threshold: sc.Threshold) -> Fit:
        """Let the calibrator carry a threshold in place of the one found at that level."""
        chosen = MappingProxyType({**self.thresholds, threshold.level: threshold})
        return replace(self, thresholds=chosen, level=threshold.level)

    @property
    def threshold(self) -> sc.Threshold:
        """The threshold that the page shows: the one chosen, or else that for the first target."""
        chosen = self.thresholds.get(self.level)
        return chosen or self.view.threshold(self.view.opening_target(self.level), self.level)


@dataclass(frozen=True, eq=False)
class Work:
    """What was judged and learnt on one collection, or on scores that a file brought.

    Attributes
    ----------
    judged, fit:
        The labels, and the fit on them.
    imported:
        A calibrator that came from a file; it serves until the next fit.
    accepts_change:
        Whether the visitor chose to apply a blend to a collection that has changed since its fit
        by more than was measured.
    hit_labels:
        The hits that were marked in Search; they are among `judged` once they are read there.
    judging:
        The pairs that are labelled as a plan chooses them; None where none was begun.
    known_share:
        How many of the first ten hits are right, and what follows; None where it was not said.
    """

    judged: ScoredLabels | None = None
    fit: Fit | None = None
    imported: sc.Calibrator | None = None
    accepts_change: bool = False
    hit_labels: HitLabels = field(default_factory=HitLabels)
    judging: Judging | None = None
    known_share: KnownShare | None = None

    @property
    def calibrator(self) -> sc.Calibrator | None:
        """The calibrator that this work has led to."""
        return self.imported or (self.fit.calibrator if self.fit else None)

    @property
    def is_outdated(self) -> bool:
        """Whether labels were given or taken back in Search since it was fitted on those there."""
        of_hits = self.judged.of_hits if self.judged and self.fit else None
        return of_hits is not None and of_hits != self.hit_labels

    def serves(self, engine: sc.SearchEngine) -> bool:
        """Whether its calibrator was fitted on these texts, or nearly these, under this model."""
        calibrator = self.calibrator
        if calibrator is None or calibrator.scale.source != engine.encoder.fingerprint:
            return False
        return calibrator.collection_change(engine).is_measured

    @cached_property
    def nbytes(self) -> int:
        """About how many bytes it holds."""
        judged = 0
        if self.judged is not None:
            labels, pairs = self.judged.labels, self.judged.pairs
            texts = (*labels.queries, *labels.texts, *pairs.texts)
            judged = pairs.features.nbytes + sum(map(sys.getsizeof, texts)) + ROW_BYTES * len(pairs)
            judged += self.judged.beside.features.nbytes if self.judged.beside else 0
        stated = len(self.fit.view.stated) * 4 * FLOAT_BYTES if self.fit else 0
        imported = len(self.imported.to_json()) if self.imported else 0
        drawn = self.judging.nbytes if self.judging else 0
        return judged + stated + imported + self.hit_labels.nbytes + drawn


@dataclass(frozen=True)
class Serving:
    """Which calibrator counts, and where.

    Attributes
    ----------
    calibrator:
        What the step Use shows and a CSV is given the values of; None where there is none.
    in_search:
        The one whose values Search shows; None where it shows none, as for one that reads a file's
        own scores, which a question that is typed does not have.
    reason:
        Where `in_search` comes from.
    accepts_change:
        Whether `in_search` may serve a collection that changed more than was measured.
    level:
        The level whose threshold decides what is shown; None takes one that holds.
    """

    calibrator: sc.Calibrator | None
    in_search: sc.Calibrator | None
    reason: Reason
    accepts_change: bool = False
    level: sc.Level | None = None

    @property
    def reads_own_scores(self) -> bool:
        """Whether the calibrator reads scores that a file brings, and not those of Search."""
        return self.calibrator is not None and not self.calibrator.scale.source

    @property
    def reads_texts_and_scores(self) -> bool:
        """Whether it reads texts and a file's scores, which no question typed in Search has."""
        return self.calibrator is not None and self.calibrator.own_scale is not None

    @property
    def threshold(self) -> sc.Threshold | None:
        """The threshold in force; None where none holds, as on a collection not measured."""
        if self.calibrator is None or (self.accepts_change and not self.reads_own_scores):
            return None
        return self.calibrator.deciding_threshold(self.level)


@dataclass(frozen=True, eq=False)
class Upload:
    """A file that a visitor sent: where it was uploaded to, and its content."""

    path: str
    content: bytes


@dataclass(frozen=True)
class DecisionThreshold:
    """From which value on a hit is shown.

    Attributes
    ----------
    value, is_calibrated:
        The value, and whether it is a calibrated one and not a cosine.
    words:
        Where it comes from, in a sentence.
    """

    value: float
    is_calibrated: bool
    words: str


@dataclass(frozen=True, eq=False)
class IndexComparison:
    """Indexes tried on one collection.

    Attributes
    ----------
    whose:
        Which collection and which questions, in words.
    corpus, queries:
        The collection, and what was asked.
    threshold:
        What decides.
    trials:
        One index each, Flat first.
    name:
        Tells one comparison from another.
    """

    whose: str
    corpus: sc.Corpus
    queries: tuple[str, ...]
    threshold: DecisionThreshold
    trials: tuple[sc.IndexTrial, ...]
    name: str = field(default_factory=secrets.token_hex)

    @property
    def metric(self) -> str:
        """What all of the indexes rank by."""
        return self.trials[0].spec.metric

    def trial(self, name: str) -> sc.IndexTrial:
        """Return the index of this name; the most telling one where there is none."""
        known = {trial.spec.name: trial for trial in self.trials}
        return known.get(name) or self.most_telling

    @property
    def most_telling(self) -> sc.IndexTrial:
        """The index for which exact re-scoring does most: for decisions, then for scores."""
        return max(
            self.trials,
            key=lambda trial: (
                (trial.own.flips or 0) - (trial.rescored.flips or 0),
                trial.own.flips or 0,
                trial.spread,
            ),
        )

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes beside the collection."""
        return sum(4 * trial.exact.nbytes for trial in self.trials)


@dataclass(frozen=True, eq=False)
class UnlabelledModels:
    """Two models on the same questions and texts, which nobody labelled.

    Attributes
    ----------
    whose:
        Which collection, and how many questions, in words.
    names:
        Of the model in use, and of the other one.
    cosines:
        Of each question with each text under either; float32, of shape (questions, texts).
    """

    whose: str
    names: tuple[str, str]
    cosines: tuple[Cosines, Cosines]

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return sum(each.nbytes for each in self.cosines)


@dataclass(frozen=True, eq=False)
class ModelComparison:
    """Two models tried on the same labels.

    Attributes
    ----------
    whose:
        Which collection and which labels, in words.
    trials:
        Of the model in use, and of the other one.
    measured:
        How and when the other one's results were made, where they are stored; else None.
    """

    whose: str
    trials: tuple[sc.ModelTrial, sc.ModelTrial]
    measured: Measured | None = None

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two models."""
        return self.trials[0].name, self.trials[1].name

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return sum(trial.nbytes for trial in self.trials)
