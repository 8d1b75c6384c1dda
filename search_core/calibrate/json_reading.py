"""A calibrator from JSON text, read with suspicion: whoever wrote it is not known."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from search_core.calibrate.blend import Blend, Guard, Part
from search_core.calibrate.calibrator import Calibrator, FittedOn, Model
from search_core.calibrate.json_writing import CONSTANTS, FORMAT, MAPS, SCALE_NAME, checksum
from search_core.calibrate.members import Additive, Beta, Curve, Line, Logistic
from search_core.calibrate.thresholds import Threshold
from search_core.corpus import SKETCH_DIGITS, SKETCH_SIZE
from search_core.errors import CalibrationError
from search_core.features import FEATURE_VERSION
from search_core.limits import Limits
from search_core.pairs import EncodedBy
from search_core.scale import ScoreScale

MOST_MEMBERS = 64
MOST_NAMES = 64
DEEPEST = 20
LARGEST, SMALLEST = 1e12, 1e-12  # beyond these no number here makes sense, and sums could overflow

_MODELS: Mapping[str, type] = {
    "blend": Blend, "platt": Logistic, "linear": Line, "isotonic": Curve,
    "centred_isotonic": Curve, "beta": Beta,
}  # fmt: skip
_HASH = re.compile(f"[0-9a-f]{{{SKETCH_DIGITS}}}")
_NOT_ONE = "This is not a calibrator that Score Sense wrote"


def load_calibrator(source: str | bytes | Path, *, limits: Limits | None = None) -> Calibrator:
    """Read a calibrator from its JSON.

    Parameters
    ----------
    source:
        The JSON itself, as text or bytes, or the `Path` of its file. Text is never taken for a
        path: it may come from a stranger.
    limits:
        Caps for strangers' files; none if not given.

    Raises
    ------
    CalibrationError
        A file that is not there, too large, no JSON, another format or version, a checksum that
        does not fit, or any field that is not what it should be.
    """
    body = _parsed(_content(source, limits))
    if body.get("format") != FORMAT:
        found = str(body.get("format"))[:40]
        raise CalibrationError(
            f"The file's format is '{found}', and this version reads '{FORMAT}'; export the "
            "calibrator again with this version, or use a newer one."
        )
    if body.pop("checksum", None) != checksum(body):
        raise CalibrationError(
            "The calibrator's checksum does not fit its content: it was altered or cut; export it "
            "again."
        )
    try:
        return _calibrator(body)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise CalibrationError(f"{_NOT_ONE}: {_words(fault)}; export it again.") from None


def _content(source: str | bytes | Path, limits: Limits | None) -> bytes:
    content = _bytes_of(source)
    if limits is not None and len(content) > limits.calibrator_bytes:
        raise CalibrationError(
            f"The calibrator has more than {limits.calibrator_bytes:,} bytes, which is the most "
            "taken here."
        )
    return content


def _bytes_of(source: str | bytes | Path) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, Path):
        return _bytes_in(source)
    if not isinstance(source, str):
        raise CalibrationError(
            f"A {type(source).__name__} was given; give the JSON of a calibrator as text or bytes, "
            "or the Path of its file."
        )
    if not source.lstrip("\ufeff \t\r\n").startswith("{"):
        raise CalibrationError(
            f"{_NOT_ONE}: it does not begin as JSON does; give the text of the exported file, or a "
            "pathlib.Path if that is where the file is."
        )
    return source.encode("utf-8", "surrogatepass")


def _bytes_in(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as fault:
        raise CalibrationError(
            f"The file {file.name[:80]!r} cannot be read ({type(fault).__name__}); choose the "
            "exported file."
        ) from None


def _parsed(text: bytes) -> dict[str, Any]:
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
    _expect_keys(features, {"version", "names", "constants"})
    if features["version"] != FEATURE_VERSION:
        raise ValueError(
            f"its features are of version {features['version']}, this program's of version "
            f"{FEATURE_VERSION}"
        )
    if features["constants"] != CONSTANTS:
        raise ValueError("its features were computed with other constants than this program's")
    names = tuple(_text(name) for name in features["names"])
    if not 1 <= len(set(names)) == len(names) <= MOST_NAMES:
        raise ValueError(f"1 to {MOST_NAMES} features were expected, each named once")
    calibrator = Calibrator(
        method=_text(body["method"]),
        scale=_scale(body["scale"]),
        feature_names=names,
        model=_model(body["model"], names),
        fitted_on=_fitted_on(body["fitted_on"]),
        nothing_below=_optional(_unit)(body["nothing_below"]),
        thresholds=tuple(map(_threshold, body["thresholds"])),
        report=_plain_report(body["report"]),
        base_rate=_optional(_unit)(body["base_rate"]),
    )
    _check_method(calibrator)
    if calibrator.kind != body["kind"]:
        raise ValueError(f"it says that it states a {body['kind']}, which it does not")
    return calibrator


def _model(plain: Mapping[str, Any], names: tuple[str, ...]) -> Model:
    if plain["type"] != "blend":
        alone = _simple(plain, names)
        if isinstance(alone, Additive):
            raise ValueError("a sum of curves stands in a blend, never alone")
        return alone
    _expect_keys(plain, {"type", "members", "weights", "guard"})
    members = [_simple(member, names) for member in plain["members"]]
    weights = tuple(_unit(weight) for weight in plain["weights"])
    if not 1 <= len(members) <= MOST_MEMBERS or len(weights) != len(members):
        raise ValueError(f"a blend has 1 to {MOST_MEMBERS} members with one weight each")
    if abs(sum(weights) - 1) > 1e-9:
        raise ValueError("the weights of a blend must add up to 1")
    parts = tuple(member for member in members if isinstance(member, Part))
    if len(parts) != len(members):
        raise ValueError("the members of a blend must be logistic or additive")
    guard = None if plain["guard"] is None else _record(Guard, plain["guard"])
    if guard is not None and "cos" not in names:
        raise ValueError("its guard looks at the column 'cos', which is not among its features")
    return Blend(parts, weights, guard)


def _simple(plain: Mapping[str, Any], names: tuple[str, ...]) -> Part | Line | Curve | Beta:
    kind = MAPS.get(_text(plain["type"]))
    if kind is None:
        raise ValueError(f"'{plain['type']}' is no kind of map")
    member = _record(kind, {name: value for name, value in plain.items() if name != "type"})
    used = member.columns if isinstance(member, Part) else (member.column,)
    unknown = [name for name in used if name not in names]
    if unknown:
        raise ValueError(f"it uses the column '{unknown[0]}', which is not among its features")
    _check_shape(member)
    return member  # type: ignore[no-any-return]


def _check_shape(member: Part | Line | Curve | Beta) -> None:
    if isinstance(member, Logistic):
        _same_length(member.columns, member.mean, member.scale, member.coef)
        if min(member.scale) < SMALLEST:
            raise ValueError("the scale of a column must be above 0")
    if isinstance(member, Additive):
        _same_length(member.columns, member.knots, member.values)
        for x, y in zip(member.knots, member.values, strict=True):
            _ascending(x, y)
    if isinstance(member, Curve):
        _ascending(member.x, member.y)
        if min(member.y) < 0 or max(member.y) > 1:
            raise ValueError("a curve's values must lie between 0 and 1")
    if isinstance(member, Beta) and not member.lower < member.upper:
        raise ValueError("the bounds of a beta map must ascend")


def _same_length(*parts: Sequence[Any]) -> None:
    if not parts[0] or len({len(part) for part in parts}) != 1:
        raise ValueError("every part of a map must have one entry a column")


def _ascending(x: Sequence[float], y: Sequence[float]) -> None:
    rising = all(a < b for a, b in pairwise(x))
    if len(x) != len(y) or not x or not rising:
        raise ValueError("a curve needs ascending knots and one value for each")


def _check_method(calibrator: Calibrator) -> None:
    expected = _MODELS.get(calibrator.method)
    if expected is None or not isinstance(calibrator.model, expected):
        raise ValueError(f"its map is not what the method '{calibrator.method}' fits")
    if not isinstance(calibrator.model, Blend):
        _check_reads_the_score(calibrator.model, calibrator.feature_names)
    if not 0 <= calibrator.fitted_on.mean <= 1:
        raise ValueError("the mean of its labels must lie between 0 and 1")


def _check_reads_the_score(model: Logistic | Line | Curve | Beta, names: Sequence[str]) -> None:
    columns = model.columns if isinstance(model, Logistic) else (model.column,)
    if columns != tuple(names):
        raise ValueError("a map that is no blend reads the score alone")


def _plain_report(value: Any) -> dict[str, Any]:
    """Return a report whose leaves are short texts, flags, finite numbers or nothing."""
    if not isinstance(value, dict):
        raise ValueError("its report must be an object")
    level: list[Any] = list(value.values())
    while level:
        each = level.pop()
        if isinstance(each, dict | list):
            level += each.values() if isinstance(each, dict) else each
        elif isinstance(each, str):
            _text(each, 1_000)
        elif each is not None and not isinstance(each, bool):
            _real(each)
    return dict(value)


def _record(kind: type, plain: Mapping[str, Any]) -> Any:
    """Build a frozen record from plain values, each checked against the field's annotation."""
    known = {entry.name: str(entry.type) for entry in fields(kind)}
    _expect_keys(plain, set(known))
    return kind(**{name: _READERS[known[name]](value) for name, value in plain.items()})


def _fitted_on(plain: Any) -> FittedOn:
    """Read what it was fitted on; files from before collections were sketched have no sketch."""
    if isinstance(plain, dict):
        plain = {"corpus_sketch": [], **plain}
    fitted_on: FittedOn = _record(FittedOn, plain)
    sketch = fitted_on.corpus_sketch
    if len(sketch) > SKETCH_SIZE or not all(a < b for a, b in pairwise(sketch)):
        raise ValueError(f"a sketch has at most {SKETCH_SIZE} hashes, ascending")
    if not all(_HASH.fullmatch(text) for text in sketch):
        raise ValueError(f"the hashes of a sketch have {SKETCH_DIGITS} digits each")
    return fitted_on


def _threshold(plain: Any) -> Threshold:
    """Read a threshold; files from before its steadiness was measured say nothing of it."""
    if isinstance(plain, dict):
        plain = {"found_again": None, "share_lower": None, "share_upper": None, **plain}
    threshold: Threshold = _record(Threshold, plain)
    return threshold


def _scale(plain: Mapping[str, Any]) -> ScoreScale:
    _expect_keys(plain, {entry.name for entry in fields(ScoreScale)})
    unbounded = {name: 0.0 for name in ("lower", "upper") if plain[name] is None}
    scale: ScoreScale = _record(ScoreScale, {**plain, **unbounded})
    if not SCALE_NAME.fullmatch(scale.name):  # it is written into code
        raise ValueError(f"a scale has a name of small letters, not {scale.name[:40]!r}")
    return replace(
        scale,
        lower=-math.inf if plain["lower"] is None else scale.lower,
        upper=math.inf if plain["upper"] is None else scale.upper,
    )


def _text(value: Any, longest: int = 200) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"a short text was expected, not {str(value)[:40]!r}")
    return value


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"a number was expected, not {str(value)[:40]!r}")
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(f"a number is beyond {LARGEST:g}")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
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


def _level(value: Any) -> str:
    if value not in ("row", "query"):
        raise ValueError(f"a threshold is for rows or for queries, not {str(value)[:40]!r}")
    return str(value)


def _each(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"a list was expected, not {str(value)[:40]!r}")
        return tuple(reader(each) for each in value)

    return read_all


def _optional(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "str": _text,
    "float": _real,
    "int": _whole,
    "bool": _flag,
    "Level": _level,
    "float | None": _optional(_real),
    "int | None": _optional(_whole),
    "EncodedBy | None": _optional(lambda plain: _record(EncodedBy, plain)),
    "tuple[float, ...]": _each(_real),
    "tuple[str, ...]": _each(_text),
    "tuple[tuple[float, ...], ...]": _each(_each(_real)),
}


def _expect_keys(plain: Any, expected: set[str]) -> None:
    if not isinstance(plain, dict):
        raise ValueError(f"an object was expected, not {str(plain)[:40]!r}")
    missing, extra = sorted(expected - set(plain)), sorted(set(plain) - expected)
    if missing:
        raise ValueError(f"the field '{missing[0]}' is missing")
    if extra:
        raise ValueError(f"the field '{extra[0][:40]}' is not known")


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
