"""The cosine behind a score of an engine, and the score of a cosine.

Everything holds for unit vectors, so a score outside a function's bounds says that the vectors are
not unit or that another function showed it.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from numbers import Number, Real
from typing import TypeGuard, overload

import numpy as np

from search_core.arrays import Numbers, floats_of, keeping_gaps, position_words
from search_core.engines import score_kinds
from search_core.engines.records import ENGINES, SUGGESTIONS, Engine, ScoreMap, engine_of, listed
from search_core.engines.score_kinds import ScoreKind
from search_core.errors import ImplausibleScoreWarning, InputError
from search_core.mistakes import explain_mistakes
from search_core.scale import ROUNDING, refuse_filling, rounding_at
from search_core.vectors import Floats, Mask, Positions

_LOOKED_AT = 20  # of many scores, which all are fused or none is


@dataclass(frozen=True)
class ScoreReading:
    """What a score of an engine stands for.

    Attributes
    ----------
    cosines:
        The cosines that can stand behind it, the largest first: one, or two where the engine gives
        two pairs the same number.
    caution:
        Why it may be no vector score at all, in a sentence; else empty.

    Examples
    --------
    >>> sc.read_score(0.0164, "elasticsearch-cosine").caution[:49]
    'A cosine of -0.97 is implausible for two texts: 0'
    """

    cosines: tuple[float, ...]
    caution: str


@explain_mistakes
def read_score(score: float, engine: str) -> ScoreReading:
    """Return the cosines that can stand behind a score, and a caution where they are implausible.

    Parameters
    ----------
    score:
        The number that the engine showed for one pair.
    engine:
        A key of `ENGINES`, such as ``"elasticsearch-cosine"``.

    Raises
    ------
    InputError
        If the engine is unknown or its scores lead to no cosine, or if no pair of unit vectors has
        this score, as where FAISS found nothing and shows 3.4e38; what shows such numbers is named.

    Examples
    --------
    >>> sc.read_score(0.5, "faiss-l2")
    ScoreReading(cosines=(0.75,), caution='')
    """
    record = engine_of(engine)
    value = _finite(score, "score")
    score_map = _map_of(record)
    cosines = _cosines(value, score_map)
    if not cosines:
        raise InputError(_why_impossible(value, record, score_map))
    return ScoreReading(cosines, _caution(value, cosines))


@overload
def to_cosine(score: Real | float, engine: str) -> tuple[float, ...]: ...
@overload
def to_cosine(score: Numbers, engine: str) -> Floats: ...
@explain_mistakes
def to_cosine(score: Real | float | Numbers, engine: str) -> tuple[float, ...] | Floats:
    """Return the cosines that can stand behind a score, the largest first; or behind many scores.

    Warns with `ImplausibleScoreWarning` where texts hardly have such a cosine, or where rank fusion
    shows just this number, or all of these; `read_score` returns that caution instead.

    Parameters
    ----------
    score:
        The number that the engine showed for one pair; or many of them, in any shape, where None,
        NaN and what is masked say that there is none.
    engine:
        As for `read_score`.

    Returns
    -------
    tuple of float, or float64
        Of one score: a cosine in [-1, 1], or two where the engine gives two pairs the same number.
        Of many: an array of their shape, NaN and masked as they were.

    Raises
    ------
    InputError
        As for `read_score`, with the place of the score; also where one of many scores has two
        cosines, of which no array can hold both.

    Examples
    --------
    >>> sc.to_cosine(0.5, "faiss-l2")
    (0.75,)
    >>> sc.to_cosine([[0.5, 0.2], [None, 0.0]], "faiss-l2").tolist()
    [[0.75, 0.9], [nan, 1.0]]
    """
    if not _is_single(score):
        record = engine_of(engine)
        given, score_map = floats_of(score, "scores"), _map_of(record)
        cosines = keeping_gaps(given, lambda known: _all_cosines(known, given, record, score_map))
        _warn_of_implausible(given, cosines)
        return cosines
    reading = read_score(score, engine)
    if reading.caution:
        warnings.warn(reading.caution, ImplausibleScoreWarning, stacklevel=3)
    return reading.cosines


@overload
def from_cosine(cosine: Real | float, engine: str) -> float: ...
@overload
def from_cosine(cosine: Numbers, engine: str) -> Floats: ...
@explain_mistakes
def from_cosine(cosine: Real | float | Numbers, engine: str) -> float | Floats:
    """Return the score that an engine shows for a pair of unit vectors with this cosine.

    Parameters
    ----------
    cosine:
        One, or many in any shape, as for `to_cosine`.
    engine:
        A key of `ENGINES`.

    Raises
    ------
    InputError
        If the engine is unknown or its scores lead to no cosine, or if a cosine is not within
        [-1, 1].

    Examples
    --------
    >>> sc.from_cosine(0.75, "faiss-l2")
    0.5
    >>> sc.from_cosine([0.75, np.nan], "faiss-l2").tolist()
    [0.5, nan]
    """
    score_map = _map_of(engine_of(engine))
    if _is_single(cosine):
        return score_map.forward(_cosine(cosine))
    given = floats_of(cosine, "cosines")
    return keeping_gaps(given, lambda known: _all_scores(known, given, score_map))


def _is_single(given: object) -> TypeGuard[float]:
    """Whether a number was given, not several; a flag or a text is refused as a number is."""
    return isinstance(given, Number | str | bytes) or given is None


def _all_cosines(known: Floats, given: Floats, record: Engine, score_map: ScoreMap) -> Floats:
    """Return the cosine of each known score; an error names the position of one without."""
    cosines = np.empty(len(known))
    for index, score in enumerate(known.tolist()):
        try:
            found = _cosines(_finite(score, "score"), score_map)
        except InputError as fault:
            raise InputError(f"Score{position_words(given, index)}: {fault}") from None
        if not found:
            why = _why_impossible(score, record, score_map)
            raise InputError(f"Score{position_words(given, index)}: {why}")
        if len(found) > 1:
            raise InputError(
                f"{score:.6g} of {record.name} can mean two cosines, {found[0]:.4g} or "
                f"{found[1]:.4g}, and an array has room for one; take the scores of another "
                "function, or read one score at a time."
            )
        cosines[index] = found[0]
    return cosines


def _all_scores(known: Floats, given: Floats, score_map: ScoreMap) -> Floats:
    scores = np.empty(len(known))
    for index, cosine in enumerate(known.tolist()):
        try:
            scores[index] = score_map.forward(_cosine(cosine))
        except InputError as fault:
            raise InputError(f"Cosine{position_words(given, index)}: {fault}") from None
    return scores


def _warn_of_implausible(given: Floats, cosines: Floats) -> None:
    """Warn of the first score whose cosine texts hardly have; or of fused ones, where all are."""
    known = np.ma.getdata(cosines)
    is_known = np.isfinite(known) & ~np.ma.getmaskarray(cosines)
    odd = np.flatnonzero((known < score_kinds.IMPLAUSIBLE) & is_known)
    if not len(odd):
        odd = _fused_places(np.ma.getdata(given), is_known)
    if len(odd):
        score, cosine = (float(np.ma.getdata(each).flat[odd[0]]) for each in (given, cosines))
        # From here by to_cosine and its decorator to whoever called that.
        warnings.warn(_caution(score, (cosine,)), ImplausibleScoreWarning, stacklevel=4)


def _fused_places(scores: Floats, is_known: Mask) -> Positions:
    """Return the places of top hits of rank fusion, where all known scores are fused; else none."""
    places: Positions = np.flatnonzero(is_known)[:_LOOKED_AT]
    first = scores.ravel()[places].tolist()
    if not all(map(score_kinds.fused_ranks, first)):
        return places[:0]
    is_top: Mask = np.array([bool(score_kinds.top_fused_words(each)) for each in first], dtype=bool)
    top: Positions = places[is_top]
    return top


def cosines_behind(scores: Floats, score_map: ScoreMap) -> Floats:
    """Return the cosine of each score, shape (n,); all lie within the bounds of the map.

    Raises
    ------
    InputError
        The map gives two cosines the same score.
    """
    found = [_cosines(score, score_map) for score in scores.tolist()]
    if any(len(each) > 1 for each in found):
        raise InputError(
            f"Scores made as {score_map.formula} can mean two cosines each, so they cannot be "
            "turned into others; take the scores of another function of this engine."
        )
    return np.array([each[0] for each in found])


def scores_showing(cosines: Floats, score_map: ScoreMap) -> Floats:
    """Return the score of each cosine, shape (n,)."""
    return np.array([score_map.forward(cosine) for cosine in cosines.tolist()])


@explain_mistakes
def everywhere(cosine: float) -> tuple[tuple[str, float], ...]:
    """Return what every engine shows for one pair: (key, score), in the order of `ENGINES`.

    Scores without a map are left out: they are not functions of the pair's cosine.

    Raises
    ------
    InputError
        If the cosine is not within [-1, 1].

    Examples
    --------
    >>> dict(sc.everywhere(0.75))["faiss-l2"]
    0.5
    """
    value = _cosine(cosine)
    return tuple((each.key, each.map.forward(value)) for each in ENGINES.values() if each.map)


@explain_mistakes
def possible_engines(score: float, like: str) -> tuple[Engine, ...]:
    """Return functions that can show a score for unit vectors: one for each formula.

    Those of the same system as the engine `like` come first; it is not among them itself. None for
    a score that no function shows.

    Raises
    ------
    InputError
        If the engine is unknown, or the score is no finite number.

    Examples
    --------
    >>> sc.possible_engines(1.3, "faiss-ip")[0].key
    'faiss-l2'
    """
    record, value = engine_of(like), _finite(score, "score")
    possible = [
        each
        for each in ENGINES.values()
        if each.map and each.map is not record.map and _cosines(value, each.map)
    ]
    possible.sort(key=lambda each: each.system != record.system)
    one_a_map: dict[str, Engine] = {}
    for each in possible:
        one_a_map.setdefault(each.formula, each)
    return tuple(one_a_map.values())


def _cosines(score: float, score_map: ScoreMap) -> tuple[float, ...]:
    lower, upper = score_map.lower, score_map.upper
    slack = rounding_at(lower, upper)
    if not lower - slack <= score <= upper + slack:
        return ()
    within = min(max(score, lower), upper)
    return tuple(min(max(cosine, -1.0), 1.0) for cosine in score_map.inverse(within))


def _caution(score: float, cosines: tuple[float, ...]) -> str:
    """Return why a score may be no vector score, though some pair of vectors has it."""
    best = max(cosines)
    if best >= score_kinds.IMPLAUSIBLE:
        return score_kinds.top_fused_words(score)
    start = f"A cosine of {best:.2f} is implausible for two texts"
    kind = score_kinds.fused_kind(score)
    if kind is None:
        return f"{start}; check which function showed {score:.6g}."
    return f"{start}: {score:.6g} looks like {kind.words}. {kind.remedy}"


def _why_impossible(score: float, record: Engine, score_map: ScoreMap) -> str:
    """Say why a score is none of unit vectors, what shows such a number, and what to do."""
    lower, upper = score_map.lower + 0.0, score_map.upper + 0.0  # and no minus zero
    least, greatest = record.reach or (lower, upper)
    others = [each.name for each in possible_engines(score, record.key)[:SUGGESTIONS]]
    shown_by = f", for instance {listed(others)}" if others else ""
    kind = _kind(score, record, score_map)
    if not least <= score <= greatest:
        start = (
            f"{score:.6g} cannot come from {record.name}, which shows {lower:.4g} to {upper:.4g}"
        )
        if kind is not None and not (others and kind.is_any_size):
            return f"{start}. It looks like {kind.words}. {kind.remedy}"
        choose = f"{start}; choose the function that showed it{shown_by}."
        return choose if kind is None else f"{choose} {_maybe(kind)}"
    size, bound = ("larger", upper) if score > upper else ("smaller", lower)
    start = (
        f"{score:.6g} is {size} than any score of {record.name} for vectors of length 1 "
        f"({'max.' if score > upper else 'min.'} {bound:.4g})"
    )
    if others:
        reason = (
            f"{start}: either your vectors are not normalized, and no cosine can be worked out "
            f"from this number alone, or it comes from another function{shown_by}."
        )
    else:
        reason = (
            f"{start}: your vectors are not normalized, so no cosine can be worked out from this "
            "number alone. Normalize documents and queries."
        )
    return reason if kind is None else f"{reason} {_maybe(kind)}"


def _maybe(kind: ScoreKind) -> str:
    return f"It may also be {kind.words}. {kind.remedy}"


def _kind(score: float, record: Engine, score_map: ScoreMap) -> ScoreKind | None:
    """Return the kind of score that shows such numbers; None where none is known.

    A distance that is too large is that of long vectors, where lengths count.
    """
    fused = score_kinds.fused_kind(score)
    if fused is not None:
        return fused
    may_be_text = score_map.higher_is_better or record.any_length
    if may_be_text and score > max(1.0, score_map.upper):
        return score_kinds.text_kind(score, record.system)
    # From -1 on, a negative number is rather a cosine, or one with a minus sign.
    if score < min(-1.0, score_map.lower) - ROUNDING:
        return score_kinds.NEGATIVE
    return None


def _map_of(record: Engine) -> ScoreMap:
    if record.map is None:
        raise InputError(
            f"No cosine can be worked out from {record.name}. {record.trap} "
            "Labels can calibrate such scores as your own."
        )
    return record.map


def _finite(value: float, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"The {name} must be a single number, not {type(value).__name__}.")
    try:
        number = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        number = math.inf
    if not math.isfinite(number):
        raise InputError(f"The {name} is {number}; give a finite number.")
    refuse_filling(number)
    return number


def _cosine(value: float) -> float:
    number = _finite(value, "cosine")
    if abs(number) > 1.0 + ROUNDING:
        raise InputError(
            f"{number:.6g} is not a cosine, which lies between -1 and 1; "
            "if another engine showed it, turn it into a cosine with to_cosine first."
        )
    return min(max(number, -1.0), 1.0)
