"""From which value on a hit is shown: the cut in use, with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.index_view import Cut
from search_ui.sessions import Session
from search_ui.tabs.calibrate.layout import OPENING_TARGET, STARTING_LEVEL
from search_ui.wording import number, percent

MIDDLE = 0.5  # where nothing better is known


def calibrated_cut(
    calibrator: sc.Calibrator, session: Session, sample_view: CalibrationView
) -> Cut:
    """Return the cut of a calibrator: what the Calibrate tab promises of it, or its middle.

    Parameters
    ----------
    calibrator:
        The one in use.
    session, sample_view:
        The visitor's fit, if any, and that of the sample.
    """
    found = (
        None if calibrator.base_rate is not None else _promised(calibrator, session, sample_view)
    )
    if found is None:
        words = (
            f"A hit is shown from a calibrated value of {number(MIDDLE)} on; no cut can be "
            "promised for this calibrator."
        )
        return Cut(MIDDLE, True, words)
    value, target = found
    words = (
        f"A hit is shown from a calibrated value of {number(value, 3)} on: the cut that promises "
        f"{percent(target)} relevant on the Calibrate tab."
    )
    return Cut(value, True, words)


def _promised(
    calibrator: sc.Calibrator, session: Session, sample_view: CalibrationView
) -> tuple[float, float] | None:
    """Return a cut and the share that it promises."""
    if session.own is None:
        return _of_view(sample_view, OPENING_TARGET)
    if session.view is not None:
        target = sc.default_target(STARTING_LEVEL, session.view.report.queries)
        return None if session.view.is_demo else _of_view(session.view, target)
    kept = [(cut.value, cut.target) for cut in calibrator.thresholds if cut.value is not None]
    return kept[-1] if kept else None


def _of_view(view: CalibrationView, target: float) -> tuple[float, float] | None:
    cut = view.cut(target, "query")
    return None if cut.value is None else (cut.value, target)


def cosine_cut(engine: sc.SearchEngine, queries: Sequence[str]) -> Cut:
    """Return the cosine that one document reaches by chance, for the middle one of the queries."""
    engine.query_vectors(queries)  # embedded together
    chance = [engine.background(query).chance_cut for query in queries]
    known = [value for value in chance if value is not None]
    if not known:
        words = f"No calibrator holds here, so a hit is shown from a cosine of {number(MIDDLE)} on."
        return Cut(MIDDLE, False, words)
    value = float(np.median(known))
    words = (
        f"No calibrator holds here, so a hit is shown from a cosine of {number(value)} on: what "
        "one document of the collection reaches by chance, for the middle one of these questions."
    )
    return Cut(value, False, words)
