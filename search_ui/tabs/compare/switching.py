"""Another model for one visitor: compared with theirs, and taken into use."""

from __future__ import annotations

from dataclasses import replace

import search_core as sc
from search_ui.page import Page
from search_ui.sample import Sample
from search_ui.server.fits import fit_apart
from search_ui.sessions import Session
from search_ui.tabs.calibrate.fitting import fit_labels, reads_own_scores
from search_ui.tabs.calibrate.reading import has_texts
from search_ui.tabs.compare.model_samples import sample_trial, sample_under

_MOVES = ("sample", "engine", "pairs", "result", "view", "own", "calibrator")


def compare_with(
    page: Page, session: Session, name: str, progress: sc.Progress
) -> tuple[sc.ModelTrial, sc.ModelTrial]:
    """Try the visitor's model and another one on what the visitor judged, or on the sample.

    Raises
    ------
    EncoderError
        The other model is the one in use, or cannot be had.
    LabelsError
        The visitor has a collection of their own and nothing judged on it.
    CalibrationError
        The judgements cannot be fitted.
    """
    here = page.sample_of(session)
    if name == here.encoder.name:
        raise sc.EncoderError(f"'{name}' is the model in use; choose another to compare it with.")
    labels = _own_labels(session)
    there = sample_under(page, name, progress)
    if labels is None:
        trials = sample_trial(here, progress), sample_trial(there, progress)
    else:
        engine = page.engine(session)
        other = _under(engine, there, progress)
        trials = (
            sc.try_model(engine, labels, progress, fit_apart),
            sc.try_model(other, labels, progress, fit_apart),
        )
    session.trials = trials
    return trials


def use_model(page: Page, session: Session, name: str, progress: sc.Progress) -> None:
    """Search, fit and apply under this model from now on; on a fault the session is as before.

    The collection is embedded again, judgements are scored again, and what was fitted on them is
    fitted again where they allow it. A calibrator that came from a file goes: it belongs to the
    other model's cosines.

    Raises
    ------
    EncoderError
        The model cannot be had, or is the one in use.
    CorpusError
        The collection is too large for this model.
    """
    if name == page.sample_of(session).encoder.name:
        raise sc.EncoderError(f"'{name}' is the model in use already; choose another.")
    sample = sample_under(page, name, progress)
    draft = replace(session, sample=None if sample is page.sample() else sample)
    if session.engine is not None:
        draft.engine = _under(session.engine, sample, progress)
        draft.engine.background(draft.engine.corpus.texts[0])  # so that nobody waits for it
    draft.calibrator = None  # it reads cosines, and those of another model
    if draft.own is not None and not reads_own_scores(draft.own):
        draft.own = None
    _recalibrate(page, draft, progress)
    for part in _MOVES:
        setattr(session, part, getattr(draft, part))
    session.indexes = None
    session.accepts_other_collection, session.shown_is_old = False, True


def _own_labels(session: Session) -> sc.Labels | None:
    """Return the visitor's judgements; None where the sample's serve."""
    if session.labels is not None and has_texts(session.labels):
        return session.labels
    if session.engine is None:
        return None
    raise sc.LabelsError(
        "Your collection has no judgements yet, and without them a score means nothing under any "
        "model; bring some in Calibrate, or choose the sample in Search."
    )


def _under(engine: sc.SearchEngine, sample: Sample, progress: sc.Progress) -> sc.SearchEngine:
    """Embed the collection of an engine with the model of a sample."""
    if engine.corpus is sample.engine.corpus:
        return sample.engine
    sc.check_tokens(engine.corpus, sample.encoder, sc.PUBLIC)
    return sc.SearchEngine.build(engine.corpus, encoder=sample.encoder, progress=progress)


def _recalibrate(page: Page, draft: Session, progress: sc.Progress) -> None:
    """Score the visitor's judgements anew, and fit as they were fitted before."""
    labels, before, fitted = draft.labels, draft.pairs, draft.result
    if labels is None or before is None or not has_texts(labels):
        return
    pairs = page.engine(draft).score_labels(labels, progress)
    draft.pairs = replace(pairs, corpus_from_labels=before.corpus_from_labels)
    draft.result = draft.view = None
    if fitted is not None:
        method = fitted.calibrator.method
        try:
            fit_labels(page, draft, "auto" if method == "blend" else method, progress)
        except sc.CalibrationError:
            return  # such labels have no fit under this model; Calibrate says so
