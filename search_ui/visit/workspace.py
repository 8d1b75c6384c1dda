"""One visitor's work as an immutable value: model, collection, labels, fit, calibrator in use.

Each rests on the one before. A method `with_…` returns the next workspace, without whatever rested
on what changed; what was done on a collection comes back with it. `visits` keeps the workspaces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import search_core as sc
from search_ui.sample import Sample, Shared
from search_ui.views.calibration import CalibrationView
from search_ui.views.prior import KnownShare
from search_ui.views.search import check_query
from search_ui.visit.hit_labels import HitLabels
from search_ui.visit.judging import Judging
from search_ui.visit.work import (
    Fit,
    IndexComparison,
    ModelComparison,
    MovedOn,
    Reading,
    Reason,
    ScoredLabels,
    Serving,
    UnlabelledModels,
    Upload,
    Work,
)

LOWEST_OF_RELEVANT = 0.25  # the lowest of four grades above "not relevant"
EARLIER = 2  # other collections whose work waits for their return

Part = Literal["model", "collection", "labels", "fit", "scores", "imported", "imported scores"]
UploadKind = Literal["pasted", "collection", "labels", "calibrator", "index", "index texts"]
Brought = Literal["collection", "labels", "calibrator", "model"]

_PART_WORDS: Mapping[Part, str] = MappingProxyType(
    {
        "model": "the model",
        "collection": "the collection",
        "labels": "the labels",
        "fit": "the fit",
        "scores": "the labels",
        "imported": "the calibrator",
        "imported scores": "the calibrator",
    }
)


@dataclass(frozen=True, eq=False)
class Workspace:
    """One visitor's work.

    Attributes
    ----------
    shared:
        What all visitors share: the sample and what is stored beside it.
    other_model:
        The sample under the visitor's model; None under the default one.
    own_engine, is_of_labels:
        The visitor's collection, None for the sample; and whether it was made of the texts of a
        label file.
    work:
        What was judged and learnt on this collection.
    scores:
        The same on scores that a file brought, which rest on no collection.
    shows_scores:
        Whether Calibrate shows the latter.
    earlier:
        The work on other collections under this model, the latest first.
    indexes, models:
        The comparisons of indexes and of models on this collection, made last.
    uploads:
        Files that may be read again.
    sample_threshold:
        The threshold that was chosen on the sample's own fit; None for the one it opens on.
    unrelated:
        The visitor's own unrelated questions, which their collections are compared with; None
        where shipped ones serve.
    """

    shared: Shared
    other_model: Sample | None = None
    own_engine: sc.SearchEngine | None = None
    is_of_labels: bool = False
    work: Work = field(default_factory=Work)
    scores: Work = field(default_factory=Work)
    shows_scores: bool = False
    earlier: tuple[tuple[str, Work], ...] = ()
    indexes: IndexComparison | None = None
    models: ModelComparison | UnlabelledModels | None = None
    uploads: Mapping[UploadKind, Upload] = field(default_factory=dict)
    sample_threshold: sc.Threshold | None = None
    unrelated: tuple[str, ...] | None = None

    # What is there

    @property
    def sample(self) -> Sample:
        """The sample under the visitor's model, waited for where it is still loading."""
        return self.other_model or self.shared.sample()

    @property
    def engine(self) -> sc.SearchEngine:
        """The collection that is searched."""
        return self.own_engine or self.sample.engine

    @property
    def is_on_sample(self) -> bool:
        """Whether the sample is searched."""
        return self.own_engine is None

    @property
    def brought(self) -> tuple[Brought, ...]:
        """What the visitor would have to bring again if it were lost."""
        works = (self.work, self.scores, *dict(self.earlier).values())
        found: dict[Brought, bool] = {
            "collection": self.has_chosen_collection,
            "labels": any(
                (each.judged and not each.judged.of_sample) or len(each.hit_labels) or each.judging
                for each in works
            ),
            "calibrator": any(each.calibrator for each in works),
            "model": self.other_model is not None,
        }
        return tuple(part for part, is_there in found.items() if is_there)

    @property
    def is_untouched(self) -> bool:
        """Whether the visitor has neither another model nor texts or labels of their own."""
        return self.other_model is None and self.is_on_sample and self.work.judged is None

    @property
    def has_chosen_collection(self) -> bool:
        """Whether the visitor brought a collection; one made of label texts is none."""
        return self.own_engine is not None and not self.is_of_labels

    @property
    def shown(self) -> Work:
        """The work that Calibrate shows: an imported calibrator alone has no labels to show."""
        shows_scores = self.shows_scores and self.scores.judged is not None
        return self.scores if shows_scores else self.work

    @property
    def labels(self) -> sc.Labels:
        """The labels that Calibrate shows: the visitor's, or the sample's."""
        judged = self.shown.judged
        return judged.labels if judged else self.shared.fit.labels

    @property
    def view(self) -> CalibrationView | None:
        """What Calibrate shows of the fit on these labels; None where there is none yet."""
        judged, fit = self.shown.judged, self.shown.fit
        if fit is None and (judged is None or judged.of_sample):
            return self.sample_view
        return fit.view if fit else None

    @property
    def sample_view(self) -> CalibrationView:
        """What the page shows of the sample's own fit."""
        model = self.other_model
        return model.view if model and model.view else self.shared.fit.view

    @property
    def shown_name(self) -> str:
        """Name what Calibrate shows; empty for the sample as the page opens on it."""
        judged, fit = self.shown.judged, self.shown.fit
        model = self.other_model.encoder.fingerprint if self.other_model else ""
        reason, chosen = self._reason(), self.sample_threshold
        parts = (
            model,
            self._collection,
            judged.name if judged else "",
            fit.name if fit else "",
            "" if reason == "sample" else reason,
            "scores" if self.shows_scores else "",
            "labelling" if self.is_labelling else "",
            "outdated" if self.is_outdated else "",
            "" if chosen is None else f"{chosen.level} {chosen.target}",
        )
        return "\n".join(parts) if any(parts) else ""

    @property
    def is_labelling(self) -> bool:
        """Whether pairs are labelled as a plan chooses them, and none have been fitted yet."""
        return self.work.judging is not None and self.work.judged is None

    @property
    def labelled(self) -> ScoredLabels | None:
        """The visitor's own labels of texts that are searched; None without any."""
        judged = self.work.judged
        return judged if judged is not None and not judged.of_sample else None

    @property
    def lacks_other_kind(self) -> bool:
        """Whether the labels that Calibrate shows are of searched texts, and all say relevant."""
        judged = self.labelled
        if judged is None or self.shown.judged is not judged:
            return False
        return bool(judged.labels.relevance.min() >= LOWEST_OF_RELEVANT)

    @property
    def shows_example(self) -> bool:
        """Whether Calibrate shows the sample's fit although another collection is searched."""
        return self.shown.judged is None and not self.is_on_sample

    @property
    def is_outdated(self) -> bool:
        """Whether the labels in Search are others by now than those of the fit that is shown."""
        return self.shown.is_outdated

    @property
    def serving(self) -> Serving:
        """Which calibrator counts here, and why."""
        own, reason = self.work.calibrator, self._reason()
        on_texts = self._sample_calibrator if reason == "sample" else own
        calibrator = (self.scores.calibrator if self.shows_scores else None) or on_texts
        in_search = None if on_texts and on_texts.own_scale else on_texts
        served = self.scores if calibrator is self.scores.calibrator else self.work
        level = served.fit.level if served.fit and not served.imported else None
        if reason == "sample" and calibrator is on_texts and self.sample_threshold:
            level = self.sample_threshold.level
        return Serving(calibrator, in_search, reason, self.work.accepts_change, level)

    @property
    def _sample_calibrator(self) -> sc.Calibrator:
        calibrator, chosen = self.sample.calibrator, self.sample_threshold
        return calibrator.with_threshold(chosen) if chosen else calibrator

    def _reason(self) -> Reason:
        if self.work.imported:
            return "imported"
        if self.work.fit:
            return "fitted"
        return "sample" if self.is_on_sample else "none"

    @property
    def scores_served(self) -> tuple[float, ...] | None:
        """The scores that the calibrator in use was fitted on, where they are known."""
        calibrator, fit = self.serving.calibrator, self.shown.fit
        if fit is not None and not self.shown.imported:
            return fit.view.scores
        is_samples = (
            calibrator is not None and not self.shown.imported and self._reason() == "sample"
        )
        return self.sample_view.scores if is_samples else None

    @property
    def serving_view(self) -> CalibrationView | None:
        """The fit behind the values that Search shows, where it is known."""
        if self._reason() == "sample":
            return self.sample_view
        return self.work.fit.view if self._reason() == "fitted" and self.work.fit else None

    @property
    def basis(self) -> str:
        """Name what an answer of Search rests on: another name, another answer.

        Equal ones have equal names, also after the server was started anew; the empty name is that
        of the sample as the page opens on it.
        """
        own, chosen = self.work.calibrator, self.sample_threshold
        parts = (
            self.other_model.encoder.fingerprint if self.other_model else "",
            self.own_engine.corpus.fingerprint if self.own_engine else "",
            "\n".join(self.unrelated or ()) if self.own_engine else "",
            replace(own, report={}).to_json() if own else "",  # the report bears on no answer
            "" if chosen is None else f"{chosen.level} {chosen.value}",
            "anyway" if self.work.accepts_change else "",
            f"{self.work.known_share.right_of_ten:g} of ten" if self.work.known_share else "",
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest() if any(parts) else ""

    @property
    def nbytes(self) -> int:
        """About how many bytes the visitor's own data takes."""
        engine = self.own_engine.nbytes if self.own_engine else 0
        works = {id(each): each for each in (self.work, self.scores, *dict(self.earlier).values())}
        indexes = self.indexes.nbytes if self.indexes else 0
        # Models tried on the sample are shared: they are no visitor's own.
        models = self.models.nbytes if self.models and self.own_engine else 0
        files = sum(len(each.content) for each in self.uploads.values())
        return engine + sum(each.nbytes for each in works.values()) + indexes + models + files

    # What follows

    def with_collection(
        self, engine: sc.SearchEngine | None, *, is_of_labels: bool = False
    ) -> Workspace:
        """Search another collection, None for the sample; comparisons stay with the old one.

        The same texts again are no other collection. What was done on a collection, or on one that
        has changed since by no more than was measured, comes back with it; else the labels given
        in Search stay with those texts that it has, too.
        """
        if self._is_in_use(engine):
            chosen = self.is_of_labels and not is_of_labels  # now as the visitor's own
            return replace(self, own_engine=engine, is_of_labels=False) if chosen else self
        waiting = ((self._collection, self.work), *self.earlier)
        changed = replace(self, own_engine=engine, is_of_labels=is_of_labels)
        found = _found(waiting, changed)
        others = tuple(
            (name, work) for name, work in waiting if name != changed._collection and _is_kept(work)
        )
        return replace(
            changed,
            work=found or Work(hit_labels=self._hit_labels_on(engine)),
            shows_scores=self.shows_scores and found is None,
            earlier=others[:EARLIER],
            indexes=None,
            models=None,
        )

    def with_unrelated(
        self, questions: tuple[str, ...] | None, engine: sc.SearchEngine | None
    ) -> Workspace:
        """Compare with these unrelated questions, None for shipped ones, now and from now on.

        Parameters
        ----------
        questions:
            50 or more.
        engine:
            The visitor's collection, compared with them; None where there is none.
        """
        return replace(self, unrelated=questions, own_engine=engine)

    def with_model(self, sample: Sample | None, engine: sc.SearchEngine | None) -> Workspace:
        """Work under another model, None for the default, on the same texts embedded by it.

        What was fitted on cosines goes; what rests on scores that a file brought stays, and so do
        the labels given in Search.
        """
        return replace(
            self,
            other_model=sample,
            own_engine=engine,
            work=Work(hit_labels=self.work.hit_labels),
            earlier=tuple(
                (name, Work(hit_labels=work.hit_labels))
                for name, work in self.earlier
                if len(work.hit_labels)
            ),
            indexes=None,
            models=None,
            sample_threshold=None,
        )

    def under(self, other: Workspace) -> Workspace:
        """Take model, collection and the work on it from another workspace; scores alone stay.

        So does a comparison of models, which is of the same texts and names both models.
        """
        work = replace(other.work, hit_labels=self.work.hit_labels)
        changed = self.with_model(other.other_model, other.own_engine)
        return replace(changed, work=work, models=self.models)

    def with_labels(self, reading: Reading) -> Workspace:
        """Take labels, and their collection, in place of those before; a fit on the others goes."""
        judged = reading.judged
        if not judged.has_texts:
            return self._with_work(Work(judged, imported=self.scores.imported), of_scores=True)
        on_them = self.with_collection(reading.engine, is_of_labels=reading.is_of_labels)
        work = replace(on_them.work, judged=judged, fit=None)
        return on_them._with_work(work, of_scores=False)

    def with_fit(self, judged: ScoredLabels, fit: Fit) -> Workspace:
        """Take a fit on these labels, and its calibrator, into use."""
        of_scores = not judged.has_texts
        work = self.scores if of_scores else self.work
        fitted = replace(work, judged=judged, fit=fit, imported=None, accepts_change=False)
        return self._with_work(fitted, of_scores)

    def with_hit_label(self, query: str, doc_id: str, is_right: bool | None) -> Workspace:
        """Take the label of a hit: right, wrong, or None to take it back.

        Raises
        ------
        QueryError
            The question is blank or longer than a public page takes.
        LabelsError
            The collection has no such document, or there are too many labels.
        """
        check_query(query)
        if not query.strip():
            raise sc.QueryError("The question is blank; ask something, then mark its hits.")
        corpus = self.engine.corpus
        position = corpus.position_of_id.get(doc_id)
        if position is None:
            raise sc.LabelsError("This hit is not in the collection any more; ask once more.")
        labels = self.work.hit_labels.with_label(query, corpus.texts[position], is_right)
        return replace(self, work=replace(self.work, hit_labels=labels))

    def with_judging(self, judging: Judging) -> Workspace:
        """Take the pairs that are labelled as a plan chooses them, or what was answered."""
        return replace(self, work=replace(self.work, judging=judging))

    def with_known_share(self, share: KnownShare | None) -> Workspace:
        """Take how many of the first ten hits are right; None takes it back."""
        return replace(self, work=replace(self.work, known_share=share))

    def with_imported(self, calibrator: sc.Calibrator, *, accepts_change: bool) -> Workspace:
        """Take a calibrator from a file into use, on this collection or on scores of a file."""
        of_scores = not calibrator.scale.source
        work = self.scores if of_scores else self.work
        taken = replace(work, imported=calibrator, accepts_change=accepts_change)
        return self._with_work(taken, of_scores).with_upload("calibrator", None)

    def with_share(self, share: float) -> Workspace:
        """Re-state the fit that is shown for another share relevant; nothing without a fit."""
        fit = self.shown.fit
        return self._with_shown(fit.with_share(share)) if fit else self

    def with_threshold(self, threshold: sc.Threshold, of: sc.CalibrationResult | None) -> Workspace:
        """Let a fit carry a threshold where it is still the one shown; None for the sample's."""
        fit = self.shown.fit
        if fit is None and of is None:
            return replace(self, sample_threshold=threshold)
        if fit is None or fit.result is not of:
            return self
        return self._with_shown(fit.with_threshold(threshold))

    def with_fit_in_use(self) -> Workspace:
        """Let the fit that is shown serve in place of a calibrator from a file; if there is one."""
        judged, fit = self.shown.judged, self.shown.fit
        if judged is None or fit is None or self.shown.imported is None:
            return self
        return self.with_fit(judged, fit)

    def with_upload(self, kind: UploadKind, upload: Upload | None) -> Workspace:
        """Hold a file in place of the one before; None for no file."""
        files = {name: file for name, file in self.uploads.items() if name != kind}
        if upload is not None:
            files[kind] = upload
        return replace(self, uploads=MappingProxyType(files))

    def require_unmoved(self, before: Workspace, *parts: Part) -> None:
        """Raise `MovedOn` where a part has changed since work began on the workspace `before`."""
        held: dict[Part, tuple[object, object]] = {
            "model": (self.other_model, before.other_model),
            "collection": (self.own_engine, before.own_engine),
            "labels": (self.work.judged, before.work.judged),
            "fit": (self.work.fit, before.work.fit),
            "scores": (self.scores.judged, before.scores.judged),
            "imported": (self.work.imported, before.work.imported),
            "imported scores": (self.scores.imported, before.scores.imported),
        }
        for part in parts:
            now, then = held[part]
            if now is not then:
                raise MovedOn(
                    f"You changed {_PART_WORDS[part]} while this was at work, so it changed "
                    "nothing; start it once more if you still want it."
                )

    def _with_shown(self, fit: Fit) -> Workspace:
        changed = replace(self.shown, fit=fit)
        if self.shown is self.scores:
            return replace(self, scores=changed)
        return replace(self, work=changed)

    def _with_work(self, work: Work, of_scores: bool) -> Workspace:
        """Replace the work on this collection, or on scores that a file brought, and show it."""
        if of_scores:
            return replace(self, scores=work, shows_scores=True)
        return replace(self, work=work, shows_scores=False)

    def _hit_labels_on(self, engine: sc.SearchEngine | None) -> HitLabels:
        """Return the labels given in Search on texts that another collection has, too."""
        if engine is None or not len(self.work.hit_labels):
            return HitLabels()
        return self.work.hit_labels.of_texts(engine.corpus.position_of_text)

    @property
    def _collection(self) -> str:
        """Name the collection that is searched."""
        return self.own_engine.corpus.fingerprint if self.own_engine else ""

    def _is_in_use(self, engine: sc.SearchEngine | None) -> bool:
        if engine is None or self.own_engine is None:
            return engine is self.own_engine
        one, other = engine.corpus, self.own_engine.corpus
        return one.ids == other.ids and one.texts == other.texts


def _found(waiting: tuple[tuple[str, Work], ...], workspace: Workspace) -> Work | None:
    """Return the work on this collection, or else one that holds for it, too."""
    for name, work in waiting:
        if name == workspace._collection:
            return work
    if workspace.own_engine is None:
        return None
    return next((work for _, work in waiting if work.serves(workspace.own_engine)), None)


def _is_kept(work: Work) -> bool:
    return bool(
        work.judged or work.imported or len(work.hit_labels) or work.judging or work.known_share
    )
