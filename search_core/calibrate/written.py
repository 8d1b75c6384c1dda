"""The text of a stored calibrator: JSON with a checksum over all of it; `stored` reads it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from search_core.errors import CalibrationError
from search_core.features import COHORT, LIST, SAME, TAU
from search_core.scale import ScoreScale

FORMAT = "score-calibrator/1"
CONSTANTS = {"list": LIST, "cohort": COHORT, "tau": TAU, "same": SAME}
"""What the features were computed with."""
SCALE_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)  # it is written into code
# What stands for these in a file is null: JSON knows no infinity.
NO_BOUND = {"lower": -math.inf, "upper": math.inf}


def signed(body: Mapping[str, Any]) -> str:
    """Return a calibrator's fields as JSON text, with their checksum.

    Raises
    ------
    CalibrationError
        A number is not finite.
    """
    try:
        whole = {**body, "checksum": checksum(body)}
    except ValueError:
        raise CalibrationError(
            "A figure of this calibrator is not finite, and a file must hold finite numbers only; "
            "fit it again."
        ) from None
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


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
