"""What a calibrator does elsewhere: on a CSV, and when it comes back as JSON."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

import search_core as sc
from search_ui.page import Page
from search_ui.search_view import require_measured
from search_ui.sessions import Session
from search_ui.tabs.calibrate.fitting import reads_cosines, reads_own_scores, take_into_use
from search_ui.tabs.calibrate.reading import label_texts_words
from search_ui.wording import shortened

IN_SEARCH = "Search shows its values beside every hit."


def calibrator_in_use(page: Page, session: Session) -> sc.Calibrator:
    """Return the visitor's own calibrator, or the sample's."""
    return session.own or page.sample_of(session).calibrator


def where_words(page: Page, session: Session) -> str:
    """Say where the calibrator in use serves."""
    calibrator = calibrator_in_use(page, session)
    if not reads_cosines(page, session, calibrator):
        return (
            f"It reads '{shortened(calibrator.scale.name, 40)}' scores that a file brings from "
            "elsewhere, and Search scores with this page's model, so Search keeps the calibrator "
            "from before. Apply this one to a CSV below, or take its code."
        )
    if session.own is not None and session.engine is None and session.calibrator is None:
        return "Search is on the sample, and shows the values of the sample's own calibrator."
    if session.calibrator is not session.own or (session.own is None and session.engine):
        return (
            "Search looks through another collection than it was fitted on, and shows no "
            "calibrated values until you judge examples of that collection."
        )
    return f"{IN_SEARCH} {label_texts_words(session)}".strip()


def apply_to_file(page: Page, session: Session, content: bytes, progress: sc.Progress) -> str:
    """Return the visitor's CSV with one more column: the calibrated value of each row.

    Raises
    ------
    LabelsError
        The file cannot be used, with row, column and remedy.
    CalibrationError
        The calibrator was fitted on another collection, or on one that has changed since by more
        than was measured.
    """
    calibrator = calibrator_in_use(page, session)
    pairs = _pairs(page, session, calibrator, content, progress)
    table = sc.read_table(content, error=sc.LabelsError, limits=sc.PUBLIC)
    return _with_values(table, calibrator.kind, calibrator.predict(pairs))


def _pairs(
    page: Page,
    session: Session,
    calibrator: sc.Calibrator,
    content: bytes,
    progress: sc.Progress,
) -> sc.ScoredPairs:
    labels = sc.read_labels(content, limits=sc.PUBLIC, judged=False)
    if not reads_cosines(page, session, calibrator):
        return sc.score_pairs(labels, calibrator.scale)
    engine = page.engine(session)
    if not session.accepts_other_collection:
        require_measured(calibrator, engine)
    return engine.score_labels(labels, progress)


def _with_values(table: sc.Table, name: str, values: npt.NDArray[np.float64]) -> str:
    """Return the table as CSV, every column carried through and the values last."""
    while name in table.columns:
        name = f"new_{name}"
    rows = [(*cells, f"{value:.6f}") for cells, value in zip(table.cells, values, strict=True)]
    return sc.write_table([*table.columns, name], rows)


def import_calibrator(
    page: Page, session: Session, content: str | bytes, anyway: bool = False
) -> sc.Calibrator:
    """Read an exported calibrator and take it into use; the session is as before on a fault.

    Parameters
    ----------
    page, session, content:
        Where to, and the JSON.
    anyway:
        Whether a blend may serve a collection that changed more than was measured.

    Raises
    ------
    CalibrationError
        It is no calibrator, or of an unknown scale; `OtherCollection` where a blend was fitted on
        another collection than the one in use.
    ScaleMismatch
        It was made with another encoder.
    """
    calibrator = sc.load_calibrator(content, limits=sc.PUBLIC)
    if calibrator.scale.source:
        fingerprint = page.sample_of(session).encoder.fingerprint
        calibrator.require(sc.COSINE.from_source(fingerprint))
        if not anyway:
            require_measured(calibrator, page.engine(session))
    elif not reads_own_scores(calibrator):
        raise sc.CalibrationError(
            f"The calibrator reads the scale '{shortened(calibrator.scale.name, 40)}', which is "
            "none that this page knows; import it where it was made."
        )
    take_into_use(page, session, calibrator)
    session.accepts_other_collection = anyway
    return calibrator
