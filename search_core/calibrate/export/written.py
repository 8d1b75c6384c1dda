"""The text of a stored calibrator: JSON with a checksum over all of it; `stored` reads it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from search_core.calibrate.fitted import Fitted
from search_core.errors import CalibrationError
from search_core.features import COHORT, FEATURE_VERSION, LIST, SAME, TAU
from search_core.scale import ScoreScale

FORMAT = "score-calibrator/1"
CONSTANTS = {"list": LIST, "cohort": COHORT, "tau": TAU, "same": SAME}
"""What the features were computed with."""
SCALE_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)  # it is written into code
# What stands for these in a file is null: JSON knows no infinity.
NO_BOUND = {"lower": -math.inf, "upper": math.inf}


def written(fitted: Fitted) -> str:
    """Return a calibrator as JSON text, with a checksum over all of it.

    Raises
    ------
    CalibrationError
        A number is not finite, or a scale has a name that cannot be written.
    """
    body: dict[str, Any] = {
        "format": FORMAT,
        "kind": fitted.kind,
        "scale": written_scale(fitted.scale),
        "features": {
            "version": FEATURE_VERSION,
            "names": list(fitted.feature_names),
            "constants": CONSTANTS,
        },
        "report": dict(fitted.report),
    }
    as_they_are = (
        "method", "model", "fitted_on", "nothing_below", "thresholds", "base_rate"
    )  # fmt: skip
    body |= {name: msgspec.to_builtins(getattr(fitted, name)) for name in as_they_are}
    if fitted.own_scale is not None:  # a file without it is as those of earlier versions
        body["own_scale"] = written_scale(fitted.own_scale)
    if fitted.score_scales:
        body["score_scales"] = [written_scale(each) for each in fitted.score_scales]
    try:
        body["checksum"] = checksum(body)
    except ValueError:
        raise CalibrationError(
            "A figure of this calibrator is not finite, and a file must hold finite numbers only; "
            "fit it again."
        ) from None
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def checksum(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a body without its checksum; no two forms of the same one differ."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def written_scale(scale: ScoreScale) -> dict[str, Any]:
    """Return a scale as JSON holds it; a bound that is infinite is null."""
    if not SCALE_NAME.fullmatch(scale.name):
        raise CalibrationError(
            f"The scale is named {scale.name[:40]!r}, and a file takes a name of small letters, "
            "digits and underscores, such as 'my_score'; fit again on such a scale."
        )
    plain_scale: dict[str, Any] = msgspec.to_builtins(scale)
    open_ends = {end: None for end, no_end in NO_BOUND.items() if plain_scale[end] == no_end}
    return plain_scale | open_ends
