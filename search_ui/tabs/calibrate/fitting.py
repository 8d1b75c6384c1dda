"""The fit, and another share of relevant rows, in the visitor's session."""

from __future__ import annotations

from dataclasses import replace

import search_core as sc
from search_ui.calibration_view import CalibrationView, view_calibration
from search_ui.page import Page
from search_ui.server.fits import fit_apart
from search_ui.sessions import Session
from search_ui.tabs.calibrate.base_rate import is_moved
from search_ui.tabs.calibrate.reading import Given, has_texts, read_given

SAMPLE_WORDS = "The sample's judgements"
OWN_WORDS = "Your judgements"


def fit_labels(page: Page, session: Session, method: str, progress: sc.Progress) -> CalibrationView:
    """Fit on the labels in use, the sample's where the visitor has none, and keep the result.

    Raises
    ------
    CalibrationError
        The labels cannot be fitted, or not by this method.
    """
    if session.pairs is None or session.labels is None:
        read_given(page, session, Given("sample"), progress)
    labels, pairs = session.labels, session.pairs
    assert labels is not None  # noqa: S101 - reading has set both
    assert pairs is not None  # noqa: S101
    result = fit_apart(pairs, method, progress)
    engine = page.engine(session) if has_texts(labels) and pairs.texts else None
    from_sample = session.engine is None and bool(labels.doc_ids)
    words = SAMPLE_WORDS if from_sample else OWN_WORDS
    view = view_calibration(result, labels, engine, words, progress)
    session.result, session.view = result, view
    take_into_use(page, session, result.calibrator)
    return view


def take_into_use(page: Page, session: Session, calibrator: sc.Calibrator) -> None:
    """Make a calibrator the visitor's own; Search shows its values where it reads cosines."""
    session.own, session.accepts_other_collection = calibrator, False
    session.calibrator = calibrator if reads_cosines(page, session, calibrator) else None


def carry_cut(session: Session, cut: sc.Threshold) -> None:
    """Let the visitor's calibrator carry a cut in place of the one for the target offered first.

    What may be shown as relevant is not called nothing, so the value for that moves down with it.
    """
    own, result = session.own, session.result
    if own is None or result is None or not own.thresholds:  # no promise, or the share is moved
        return
    kept = tuple(cut if each.level == cut.level else each for each in own.thresholds)
    nothing = result.calibrator.nothing_below
    if nothing is not None:
        shown = [each.value for each in kept if each.level == "query" and each.value is not None]
        nothing = min([nothing, *shown])
    carrying = replace(own, thresholds=kept, nothing_below=nothing)
    if session.calibrator is own:
        session.calibrator = carrying
    session.own = carrying


def reads_cosines(page: Page, session: Session, calibrator: sc.Calibrator) -> bool:
    """Whether it was made for what Search finds: cosines of the visitor's model."""
    return calibrator.scale == sc.COSINE.from_source(page.sample_of(session).encoder.fingerprint)


def reads_own_scores(calibrator: sc.Calibrator) -> bool:
    """Whether it was made for scores that a file brings."""
    return sc.BROUGHT_SCALES.get(calibrator.scale.name) == calibrator.scale


def restate(page: Page, session: Session, share: float) -> bool:
    """Re-state the visitor's fit for another share of relevant rows; say whether it is moved."""
    if session.result is None or session.view is None:
        return False
    moved = is_moved(session.view, share)
    fitted = session.result.calibrator
    take_into_use(page, session, fitted.at_base_rate(share) if moved else fitted)
    return moved
