"""A calibrator as JSON text, written with a checksum and read with suspicion.

Whoever wrote a file is not known. So it is read by a schema, which is the records' own: what is
missing, unknown or of another type is refused with its place, and so is what does not fit together.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields
from functools import reduce
from itertools import pairwise
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from search_core.calibrate.export.written import CONSTANTS, FORMAT, NO_BOUND, SCALE_NAME, checksum
from search_core.calibrate.fitted import Fitted, Kind
from search_core.calibrate.in_use import FittedOn
from search_core.calibrate.maps import Map
from search_core.calibrate.methods import CALIBRATORS
from search_core.calibrate.thresholds import Threshold
from search_core.corpus import SKETCH_DIGITS, SKETCH_SIZE
from search_core.errors import CalibrationError, reading_file
from search_core.features import FEATURE_VERSION
from search_core.limits import Limits
from search_core.pairs import OWN_SCORE, EncodedBy
from search_core.scale import ROUNDING, ScoreScale

MOST_NAMES = 64
DEEPEST = 20
LARGEST = 1e12  # beyond this no number here makes sense, and sums could overflow
LONGEST = 1_000  # characters of a text

_HASH = re.compile(f"[0-9a-f]{{{SKETCH_DIGITS}}}")
_NOT_ONE = "This is not a calibrator that Score Sense wrote"

if TYPE_CHECKING:
    _AnyMap = Map
else:
    _AnyMap = reduce(or_, {each.map for each in CALIBRATORS.values()})  # each with its own tag

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Features(msgspec.Struct, forbid_unknown_fields=True):
    """The columns, and what they were computed with."""

    version: int
    names: tuple[str, ...]
    constants: dict[str, float]


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    """What a file holds, less its checksum."""

    format: str
    method: str
    kind: Kind
    scale: ScoreScale
    features: _Features
    model: _AnyMap
    fitted_on: FittedOn
    nothing_below: Share | None
    thresholds: tuple[Threshold, ...]
    report: dict[str, Any]
    base_rate: Share | None
    own_scale: ScoreScale | None = None
    score_scales: tuple[ScoreScale, ...] = ()


_SHARES_OF_THRESHOLD = (
    "value", "share", "precision", "bound", "recall", "recall_lower", "recall_upper",
    "found_again", "share_lower", "share_upper",
)  # fmt: skip

_ADDED_LATER: Mapping[type, frozenset[str]] = {
    FittedOn: frozenset({"corpus_sketch"}),
    Threshold: frozenset({"found_again", "share_lower", "share_upper"}),
}
"""Fields that files of earlier versions lack; there they take their defaults."""


def read_fitted(source: str | bytes | Path, limits: Limits | None = None) -> Fitted:
    """Return what a fit found from a calibrator's JSON; see `load_calibrator`."""
    body = _parsed(_content(source, limits))
    if "format" not in body:
        raise CalibrationError(
            "This is not a calibrator that Score Sense wrote: it lacks 'format'; choose the "
            "exported file."
        )
    if body["format"] != FORMAT:
        found = str(body["format"])[:40]
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
        _check_leaves(body)
        return _fitted(_document(body))
    except msgspec.ValidationError as fault:
        raise CalibrationError(f"{_NOT_ONE}: {_in_words(str(fault))}; export it again.") from None
    except ValueError as fault:
        raise CalibrationError(f"{_NOT_ONE}: {fault}; export it again.") from None


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
    with reading_file(file.name, "choose the exported file", CalibrationError):
        return file.read_bytes()


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
    return body


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(digits)
    return value


def _check_leaves(body: dict[str, Any]) -> None:
    """Refuse what is nested too deep, and texts and numbers beyond all measure."""
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict | list):
                inner += each.values() if isinstance(each, dict) else each
            elif isinstance(each, str) and len(each) > LONGEST:
                raise ValueError(f"a text has more than {LONGEST:,} characters: {each[:40]!r}")
            elif isinstance(each, int | float) and not -LARGEST <= each <= LARGEST:
                raise ValueError(f"a number is beyond {LARGEST:g}")
        level = inner
    if level:
        raise ValueError(f"it is nested more than {DEEPEST} deep")


def _document(body: dict[str, Any]) -> _Document:
    """Read a body by its schema, every field of which must be there."""
    scales = {name: body[name] for name in ("scale", "own_scale") if name in body}
    body = {**body, **{name: _bounded(scale) for name, scale in scales.items()}}
    several = body.get("score_scales")
    if isinstance(several, list):
        body["score_scales"] = [_bounded(scale) for scale in several]
    document = msgspec.convert(body, _Document)
    # A data class takes a default for what is missing, and lets pass what it does not know.
    for scale in (body["scale"], body.get("own_scale"), *body.get("score_scales", ())):
        if scale is not None:
            _check_fields(ScoreScale, scale)
    _check_fields(FittedOn, body["fitted_on"])
    if body["fitted_on"]["encoder"] is not None:
        _check_fields(EncodedBy, body["fitted_on"]["encoder"])
    for threshold in body["thresholds"]:
        _check_fields(Threshold, threshold)
    return document


def _bounded(scale: Any) -> Any:
    """Return a scale with infinity where a file has null for a bound."""
    if not isinstance(scale, dict):
        return scale
    return scale | {end: no_end for end, no_end in NO_BOUND.items() if scale.get(end, 0) is None}


def _check_fields(record: type, plain: Mapping[str, Any]) -> None:
    known = {field.name for field in fields(record)}
    for name in sorted(known - _ADDED_LATER.get(record, frozenset()) - plain.keys()):
        raise ValueError(f"the field '{name}' is missing")
    for name in sorted(plain.keys() - known):
        raise ValueError(f"the field {name[:40]!r} is not known")


def _fitted(document: _Document) -> Fitted:
    """Return what a fit found, whose parts fit together."""
    _check_features(document.features)
    _check_sketch(document.fitted_on)
    for scale in (document.scale, document.own_scale, *document.score_scales):
        if scale is not None and not SCALE_NAME.fullmatch(scale.name):
            raise ValueError(f"a scale has a name of small letters, not {scale.name[:40]!r}")
    if (OWN_SCORE in document.features.names) != (document.own_scale is not None):
        raise ValueError("a score of the file's own is named with its scale, or not at all")
    _check_score_scales(document)
    if not 0 <= document.fitted_on.mean <= 1:
        raise ValueError("the mean of its labels must lie between 0 and 1")
    _check_model(document)
    for threshold in document.thresholds:
        _check_threshold(threshold)
    _check_base_rate(document)
    fitted = Fitted(
        method=document.method,
        scale=document.scale,
        feature_names=document.features.names,
        model=document.model,
        fitted_on=document.fitted_on,
        nothing_below=document.nothing_below,
        thresholds=document.thresholds,
        report=document.report,
        base_rate=document.base_rate,
        own_scale=document.own_scale,
        score_scales=document.score_scales,
    )
    if fitted.kind != document.kind:
        raise ValueError(f"its kind is given as {document.kind}, which it is not")
    return fitted


def _check_features(features: _Features) -> None:
    if features.version != FEATURE_VERSION:
        raise ValueError(
            f"its features are of version {features.version}, this program's of version "
            f"{FEATURE_VERSION}"
        )
    if features.constants != CONSTANTS:
        raise ValueError("its features were computed with other constants than this program's")
    if not 1 <= len(set(features.names)) == len(features.names) <= MOST_NAMES:
        raise ValueError(f"1 to {MOST_NAMES} features were expected, each named once")


def _check_sketch(fitted_on: FittedOn) -> None:
    sketch = fitted_on.corpus_sketch
    if len(sketch) > SKETCH_SIZE or not all(a < b for a, b in pairwise(sketch)):
        raise ValueError(f"a sketch has at most {SKETCH_SIZE} hashes, ascending")
    if not all(_HASH.fullmatch(text) for text in sketch):
        raise ValueError(f"the hashes of a sketch have {SKETCH_DIGITS} digits each")


def _check_model(document: _Document) -> None:
    model, names = document.model, document.features.names
    method = CALIBRATORS.get(document.method)
    if method is None or not isinstance(model, method.map):
        raise ValueError(f"its map is not what the method '{document.method[:40]}' fits")
    model.check()
    for name in model.reads():
        if name not in names:
            raise ValueError(f"it uses the column '{name[:40]}', which is not among its features")
    if not model.needs_engine and model.reads() != names:
        raise ValueError("a map that is no blend reads the score alone")


def _check_score_scales(document: _Document) -> None:
    """Refuse several scores of which not every one has its scale, or that a score map has."""
    scales = document.score_scales
    if not scales:
        return
    if len(scales) != len(document.features.names) or len(scales) < 2:
        raise ValueError("several scores have one scale each")
    if scales[0] != document.scale or not document.model.needs_engine:
        raise ValueError("the scales of several scores do not fit its map")


def _check_threshold(threshold: Threshold) -> None:
    """Refuse shares that are none, and a threshold that nothing could reach."""
    for name in ("target", "confidence"):
        if not 0 < getattr(threshold, name) < 1:
            raise ValueError(f"the {name} of a threshold must lie between 0 and 1")
    for name in _SHARES_OF_THRESHOLD:
        share = getattr(threshold, name)
        if share is not None and not -ROUNDING <= share <= 1 + ROUNDING:
            raise ValueError(f"the {name} of a threshold must lie between 0 and 1")


def _check_base_rate(document: _Document) -> None:
    """Refuse a share that values cannot be re-stated for, and guarantees that it withdraws."""
    if document.base_rate is None:
        return
    if not 0 < document.base_rate < 1:
        raise ValueError("its base rate must lie between 0 and 1, and be neither")
    if document.thresholds or document.nothing_below is not None:
        raise ValueError("thresholds do not hold at another base rate than that of the labels")


_KINDS = {
    "float": "a number", "int": "a whole number", "str": "a text", "bool": "true or false",
    "object": "an object", "array": "a list", "null": "nothing", "NoneType": "nothing",
}  # fmt: skip


# What msgspec says, and what is said instead.
_PHRASES = {
    "Object missing required field (.*)": r"the field \1 is missing",
    "Object contains unknown field (.*)": r"the field \1 is not known",
    "Invalid (?:enum )?value (.*)": r"\1 is none of the words allowed",
    "<= ": "of at most ",
    ">= ": "of at least ",
}


def _in_words(fault: str) -> str:
    """Return in plain words what the schema found, and where."""
    what, _, path = fault.partition(" - at `$.")
    words = " ".join(re.sub("`([^`]*)`", _kinds_in_words, what).split())[:120]
    for theirs, ours in _PHRASES.items():
        words = re.sub(theirs, ours, words)
    where = f" at '{path.rstrip('`')[:80]}'" if path else ""
    return f"{words[:1].lower()}{words[1:]}{where}"


def _kinds_in_words(quoted: re.Match[str]) -> str:
    kinds = quoted[1].split(" | ")
    known = all(kind in _KINDS for kind in kinds)
    return " or ".join(_KINDS[kind] for kind in kinds) if known else f"'{quoted[1]}'"
