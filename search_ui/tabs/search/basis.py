"""What an answer rests on, as a name that the browser can hold: another name, another answer."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import search_core as sc
from search_ui.sessions import Session


def basis_of(session: Session) -> str:
    """Name the model, the collection and the calibrator that this visitor is answered by.

    Equal ones have equal names, also after the server was started anew; the empty name is that of
    the sample as the page opens on it.
    """
    parts = (
        session.sample.encoder.fingerprint if session.sample else "",
        session.engine.corpus.fingerprint if session.engine else "",
        _values_of(session.calibrator) if session.calibrator else "",
        "anyway" if session.accepts_other_collection else "",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if any(parts) else ""


def _values_of(calibrator: sc.Calibrator) -> str:
    """Return all that bears on what a calibrator states; its thresholds and its report do not."""
    return replace(calibrator, thresholds=(), report={}).to_json()
