"""What comments in code to take home say: what was fitted, what goes in, and what comes out."""

from __future__ import annotations

import re

from search_core.calibrate.fitted import Fitted
from search_core.calibrate.methods import CALIBRATORS
from search_core.errors import CalibrationError
from search_core.scale import LABELS, ScoreScale

UNSET = "No threshold is guaranteed with these labels: set your own."

_NAME_CHARACTERS = 80  # of an encoder's name
_KIND = {
    "probability": "predicted relevance, the probability that a hit is relevant (0 to 1)",
    "expected_relevance": "predicted relevance, the average label to expect (0 to 1)",
}


def fitted_words(calibrator: Fitted) -> str:
    """Say how a calibrator was fitted, without a full stop."""
    fitted, label = calibrator.fitted_on, CALIBRATORS[calibrator.method].label
    return f"{label}, fitted on {fitted.rows:,} labels of {fitted.queries:,} queries"


def scale_words(scale: ScoreScale) -> str:
    """Return a scale's name, and which way is better."""
    way = "higher" if scale.higher_is_better else "lower"
    # A name may come from a stranger's file, and this becomes a comment.
    name = scale.label if scale.name in LABELS else name_words(scale.label)
    return f"{name}, {way} is better"


def kind_words(calibrator: Fitted) -> str:
    """Say what comes out."""
    return _KIND[calibrator.kind]


def name_words(name: str) -> str:
    """Return a stranger's name without what could end a comment or a quoted text."""
    return re.sub(r"[^\w ./:@+-]", "?", name, flags=re.ASCII)[:_NAME_CHARACTERS]


def refuse_several(calibrator: Fitted) -> None:
    """Refuse a calibrator of several scores: a blend of these is in this library alone.

    Raises
    ------
    CalibrationError
        It looks at several scores of a table.
    """
    if calibrator.score_scales:
        raise CalibrationError(
            "This calibrator looks at several scores, for which there is no code to take home; "
            "keep its JSON, and give a table to predict_frame."
        )
