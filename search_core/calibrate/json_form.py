"""A calibrator as JSON: written with a checksum, read with suspicion."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from search_core.calibrate.blend import Blend, Guard
from search_core.calibrate.calibrator import Calibrator, FittedOn, Model
from search_core.calibrate.members import Beta, Curve, Line, Logistic
from search_core.calibrate.thresholds import Threshold
from search_core.errors import CalibrationError
from search_core.features import FEATURE_VERSION
from search_core.scale import ScoreScale

FORMAT = "score-calibrator/1"
MOST_BYTES = 5_000_000
MOST_MEMBERS = 64
DEEPEST = 20

_SIMPLE = {"logistic": Logistic, "line": Line, "curve": Curve, "beta": Beta}
_KIND = {record: name for name, record in _SIMPLE.items()}
_NOT_ONE = "This is not a calibrator that Score Sense wrote"


def write(calibrator: Calibrator) -> str:
    """Return the JSON text."""
    scale = {name: _no_infinity(value) for name, value in asdict(calibrator.scale).items()}
    body = {
        "format": FORMAT,
        "method": calibrator.method,
        "kind": calibrator.kind,
        "scale": scale,
        "features": {"version": FEATURE_VERSION, "names": list(calibrator.feature_names)},
        "model": _model_to_plain(calibrator.model),
        "fitted_on": asdict(calibrator.fitted_on),
        "nothing_below": calibrator.nothing_below,
        "thresholds": [asdict(threshold) for threshold in calibrator.thresholds],
        "report": dict(calibrator.report),
        "base_rate": calibrator.base_rate,
    }
    body["checksum"] = _checksum(body)
    return json.dumps(body, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"


def read(text: str | bytes) -> Calibrator:
    """Read JSON text.

    Raises
    ------
    CalibrationError
        Too large, no JSON, another format or version, a checksum that does not fit, or any field
        that is not what it should be.
    """
    body = _parsed(text)
    if body.get("format") != FORMAT:
        found = str(body.get("format"))[:40]
        raise CalibrationError(
            f"The file's format is '{found}', and this version reads '{FORMAT}'; export the "
            "calibrator again with this version, or use a newer one."
        )
    if body.pop("checksum", None) != _checksum(body):
        raise CalibrationError(
            "The calibrator's checksum does not fit its content: it was altered or cut; export it "
            "again."
        )
    try:
        return _calibrator(body)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise CalibrationError(f"{_NOT_ONE}: {_words(fault)}; export it again.") from None


def _parsed(text: str | bytes) -> dict[str, Any]:
    if len(text) > MOST_BYTES:
        raise CalibrationError(
            f"The file has {len(text):,} bytes; a calibrator has at most {MOST_BYTES:,}."
        )
    try:
        body = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise CalibrationError(
            f"{_NOT_ONE}: it is no valid JSON with finite numbers (perhaps it was cut off); choose "
            "the exported file."
        ) from None
    if not isinstance(body, dict):
        raise CalibrationError(f"{_NOT_ONE}: an object was expected, not a {type(body).__name__}.")
    if _depth(body) > DEEPEST:
        raise CalibrationError(f"{_NOT_ONE}: it is nested more than {DEEPEST} deep.")
    return body


def _calibrator(body: Mapping[str, Any]) -> Calibrator:
    _expect_keys(
        body,
        {"format", "method", "kind", "scale", "features", "model", "fitted_on", "nothing_below",
         "thresholds", "report", "base_rate"},
    )  # fmt: skip
    features = body["features"]
    if features["version"] != FEATURE_VERSION:
        raise ValueError(
            f"its features are of version {features['version']}, this program's of version "
            f"{FEATURE_VERSION}"
        )
    names = tuple(_text(name) for name in features["names"])
    calibrator = Calibrator(
        method=_text(body["method"]),
        scale=_scale(body["scale"]),
        feature_names=names,
        model=_model(body["model"], names),
        fitted_on=_record(FittedOn, body["fitted_on"]),
        nothing_below=_optional(_unit)(body["nothing_below"]),
        thresholds=tuple(_record(Threshold, each) for each in body["thresholds"]),
        report=dict(body["report"]),
        base_rate=_optional(_unit)(body["base_rate"]),
    )
    if calibrator.kind != body["kind"]:
        raise ValueError(f"it says that it states a {body['kind']}, which it does not")
    return calibrator


def _model_to_plain(model: Model) -> dict[str, Any]:
    if isinstance(model, Blend):
        return {
            "type": "blend",
            "members": [_model_to_plain(member) for member in model.members],
            "weights": list(model.weights),
            "guard": asdict(model.guard) if model.guard else None,
        }
    return {"type": _KIND[type(model)], **asdict(model)}


def _model(plain: Mapping[str, Any], names: tuple[str, ...]) -> Model:
    if plain["type"] != "blend":
        return _simple(plain, names)
    _expect_keys(plain, {"type", "members", "weights", "guard"})
    members = [_simple(member, names) for member in plain["members"]]
    weights = tuple(_unit(weight) for weight in plain["weights"])
    if not 1 <= len(members) <= MOST_MEMBERS or len(weights) != len(members):
        raise ValueError(f"a blend has 1 to {MOST_MEMBERS} members with one weight each")
    if abs(sum(weights) - 1) > 1e-9:
        raise ValueError("the weights of a blend must add up to 1")
    logistic = tuple(member for member in members if isinstance(member, Logistic))
    if len(logistic) != len(members):
        raise ValueError("the members of a blend must be logistic")
    guard = None if plain["guard"] is None else _record(Guard, plain["guard"])
    return Blend(logistic, weights, guard)


def _simple(plain: Mapping[str, Any], names: tuple[str, ...]) -> Logistic | Line | Curve | Beta:
    kind = _SIMPLE.get(plain["type"])
    if kind is None:
        raise ValueError(f"'{str(plain['type'])[:40]}' is no kind of map")
    member = _record(kind, {name: value for name, value in plain.items() if name != "type"})
    _check_member(member, names)
    return member  # type: ignore[no-any-return]


def _check_member(member: Any, names: tuple[str, ...]) -> None:
    used = member.columns if isinstance(member, Logistic) else (member.column,)
    unknown = [name for name in used if name not in names]
    if unknown:
        raise ValueError(f"it uses the column '{unknown[0]}', which is not among its features")
    if isinstance(member, Logistic):
        lengths = {len(used), len(member.mean), len(member.scale), len(member.coef)}
        if len(lengths) != 1 or not used:
            raise ValueError("a logistic map needs one mean, scale and coefficient a column")
        if min(member.scale) <= 0:
            raise ValueError("the scale of a column must be above 0")
    if isinstance(member, Curve):
        rising = all(a < b for a, b in zip(member.x, member.x[1:], strict=False))
        if len(member.x) != len(member.y) or not member.x or not rising:
            raise ValueError("a curve needs ascending x and as many y")
        if min(member.y) < 0 or max(member.y) > 1:
            raise ValueError("a curve's values must lie between 0 and 1")
    if isinstance(member, Beta) and not member.lower < member.upper:
        raise ValueError("the bounds of a beta map must ascend")


def _record(kind: type, plain: Mapping[str, Any]) -> Any:
    """Build a frozen record from plain values, each checked against the field's annotation."""
    known = {entry.name: str(entry.type) for entry in fields(kind)}
    _expect_keys(plain, set(known))
    return kind(**{name: _READERS[known[name]](value) for name, value in plain.items()})


def _scale(plain: Mapping[str, Any]) -> ScoreScale:
    bounds = {"lower": -math.inf, "upper": math.inf}
    filled = {n: bounds[n] if n in bounds and v is None else v for n, v in plain.items()}
    scale: ScoreScale = _record(ScoreScale, filled)
    return scale


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError(f"a short text was expected, not {str(value)[:40]!r}")
    return value


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise ValueError(f"a number was expected, not {str(value)[:40]!r}")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**12:
        raise ValueError(f"a whole number was expected, not {str(value)[:40]!r}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false was expected, not {str(value)[:40]!r}")
    return value


def _unit(value: Any) -> float:
    if not 0 <= _real(value) <= 1:
        raise ValueError(f"a number between 0 and 1 was expected, not {value}")
    return float(value)


def _optional(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "str": _text,
    "float": _real,
    "int": _whole,
    "bool": _flag,
    "Level": _text,
    "float | None": _optional(_real),
    "int | None": _optional(_whole),
    "tuple[float, ...]": lambda value: tuple(_real(each) for each in value),
    "tuple[str, ...]": lambda value: tuple(_text(each) for each in value),
}


def _expect_keys(plain: Mapping[str, Any], expected: set[str]) -> None:
    missing, extra = sorted(expected - set(plain)), sorted(set(plain) - expected)
    if missing:
        raise ValueError(f"the field '{missing[0]}' is missing")
    if extra:
        raise ValueError(f"the field '{extra[0][:40]}' is not known")


def _checksum(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _no_infinity(value: Any) -> Any:
    return None if isinstance(value, float) and math.isinf(value) else value


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(digits)
    return value


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level and deepest <= DEEPEST:
        deepest += 1
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return deepest


def _words(fault: Exception) -> str:
    if isinstance(fault, KeyError):
        return f"the field {fault} is missing"
    return str(fault) if isinstance(fault, ValueError) else "a field has the wrong shape"
