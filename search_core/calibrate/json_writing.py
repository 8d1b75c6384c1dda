"""A calibrator as JSON text, with a checksum over all of it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from search_core.calibrate.blend import Blend
from search_core.calibrate.members import Additive, Beta, Curve, Line, Logistic
from search_core.errors import CalibrationError
from search_core.features import COHORT, FEATURE_VERSION, LIST, SAME, TAU

FORMAT = "score-calibrator/1"
CONSTANTS = {"list": LIST, "cohort": COHORT, "tau": TAU, "same": SAME}
"""What the features were computed with."""

MAPS: Mapping[str, type] = {
    "logistic": Logistic, "additive": Additive, "line": Line, "curve": Curve, "beta": Beta,
}  # fmt: skip
"""Every map but a blend, by its name in the file."""

SCALE_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
"""What a scale may be called in a file: its name is written into code."""

_NAME = {record: name for name, record in MAPS.items()}


def written(parts: Mapping[str, Any]) -> str:
    """Return the JSON text of a calibrator's fields and its `kind`.

    Raises
    ------
    CalibrationError
        A figure in it is not finite, or its scale has a name that no file may hold.
    """
    if not SCALE_NAME.fullmatch(parts["scale"].name):
        raise CalibrationError(
            f"The scale is named {parts['scale'].name[:40]!r}, and a file takes a name of small "
            "letters, digits and underscores, such as 'my_score'; fit again on such a scale."
        )
    body = {
        "format": FORMAT,
        "method": parts["method"],
        "kind": parts["kind"],
        "scale": {name: _no_infinity(value) for name, value in asdict(parts["scale"]).items()},
        "features": {
            "version": FEATURE_VERSION,
            "names": list(parts["feature_names"]),
            "constants": CONSTANTS,
        },
        "model": _plain_model(parts["model"]),
        "fitted_on": asdict(parts["fitted_on"]),
        "nothing_below": parts["nothing_below"],
        "thresholds": [asdict(threshold) for threshold in parts["thresholds"]],
        "report": dict(parts["report"]),
        "base_rate": parts["base_rate"],
    }
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


def _plain_model(model: Any) -> dict[str, Any]:
    if isinstance(model, Blend):
        return {
            "type": "blend",
            "members": [_plain_model(member) for member in model.members],
            "weights": list(model.weights),
            "guard": asdict(model.guard) if model.guard else None,
        }
    return {"type": _NAME[type(model)], **asdict(model)}


def _no_infinity(value: Any) -> Any:
    return None if isinstance(value, float) and math.isinf(value) else value
