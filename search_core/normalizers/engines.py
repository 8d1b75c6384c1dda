"""Which engine does a number come from: the cosine behind a score, and the score of a cosine.

The same pair of texts shows 0.46 in one system, 0.73 in the next and 1.08 in a third. `ENGINES`
holds what each of them computes, from its own source or documentation at the version named; the
rows are in ``engines.csv`` beside this file. Everything holds for unit vectors, so a score outside
a function's bounds says that the vectors are not unit or that another function showed it.
"""

from __future__ import annotations

import csv
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from math import acos, cos, exp, log, sqrt
from numbers import Real
from types import MappingProxyType

from search_core.errors import ImplausibleScoreWarning, InputError
from search_core.normalizers import score_kinds
from search_core.normalizers.score_kinds import ScoreKind
from search_core.scale import ROUNDING, refuse_filling, rounding_at

SUGGESTIONS = 3


@dataclass(frozen=True)
class ScoreMap:
    """One way to write the cosine of two unit vectors as a score.

    The squared L2 distance of unit vectors is 2 - 2 · cosine, their inner product is the cosine.

    Attributes
    ----------
    key:
        Name of the map.
    formula:
        What the score is, as text: a noun, or a formula.
    inverse_formula:
        The cosine from the score, as text.
    forward:
        The score of a cosine in [-1, 1].
    inverse:
        The cosines that a score within the bounds can stand for, the largest first; rounding may
        carry them past -1 and 1.
    reach:
        Least and greatest score of vectors of any length, where the system does not normalize.
    """

    key: str
    formula: str
    inverse_formula: str
    forward: Callable[[float], float]
    inverse: Callable[[float], tuple[float, ...]]
    reach: tuple[float, float] = (-math.inf, math.inf)

    @property
    def lower(self) -> float:
        """Least score of two unit vectors: every map reaches it at one end of [-1, 1]."""
        return min(self.forward(-1.0), self.forward(1.0))

    @property
    def upper(self) -> float:
        """Greatest score of two unit vectors."""
        return max(self.forward(-1.0), self.forward(1.0))

    @property
    def higher_is_better(self) -> bool:
        """Whether an identical pair scores above an opposite one."""
        return self.forward(1.0) > self.forward(-1.0)


def _squared_distance(c: float) -> float:
    return 2.0 - 2.0 * c


def _distance(c: float) -> float:
    return sqrt(2.0 - 2.0 * c)


_TABLE = (
    ScoreMap("cosine", "a cosine", "score", lambda c: c, lambda s: (s,)),
    ScoreMap(
        "squared_l2",
        "a squared L2 distance",
        "1 − score/2",
        _squared_distance,
        lambda s: (1 - s / 2,),
        reach=(0.0, math.inf),
    ),
    ScoreMap(
        "l2",
        "an L2 distance",
        "1 − score²/2",
        _distance,
        lambda s: (1 - s * s / 2,),
        reach=(0.0, math.inf),
    ),
    ScoreMap(
        "neg_l2",
        "minus an L2 distance",
        "1 − score²/2",
        lambda c: -_distance(c),
        lambda s: (1 - s * s / 2,),
        reach=(-math.inf, 0.0),
    ),
    ScoreMap("cosine_distance", "1 − cosine", "1 − score", lambda c: 1 - c, lambda s: (1 - s,)),
    ScoreMap("neg_inner_product", "minus a cosine", "−score", lambda c: -c, lambda s: (-s,)),
    ScoreMap(
        "half_cosine",
        "(1 + cosine)/2",
        "2 · score − 1",
        lambda c: (1 + c) / 2,
        lambda s: (2 * s - 1,),
    ),
    ScoreMap(
        "inv_1p_squared",
        "1/(1 + squared L2 distance)",
        "1 − (1/score − 1)/2",
        lambda c: 1 / (1 + _squared_distance(c)),
        lambda s: (1 - (1 / s - 1) / 2,),
        reach=(0.0, 1.0),
    ),
    ScoreMap(
        "inv_1p_l2",
        "1/(1 + L2 distance)",
        "1 − (1/score − 1)²/2",
        lambda c: 1 / (1 + _distance(c)),
        lambda s: (1 - (1 / s - 1) ** 2 / 2,),
        reach=(0.0, 1.0),
    ),
    ScoreMap("angle", "an angle in radians", "cos(score)", acos, lambda s: (cos(s),)),
    ScoreMap(
        "inv_1p_angle",
        "1/(1 + angle in radians)",
        "cos(1/score − 1)",
        lambda c: 1 / (1 + acos(c)),
        lambda s: (cos(1 / s - 1),),
    ),
    ScoreMap(
        "inv_1p_cosdist",
        "1/(2 − cosine)",
        "2 − 1/score",
        lambda c: 1 / (2 - c),
        lambda s: (2 - 1 / s,),
        reach=(0.0, 1.0),
    ),
    ScoreMap(
        "max_inner_product",
        "1 + cosine, or 1/(1 − cosine) where that is negative",
        "score − 1, or 1 − 1/score below 1",
        lambda c: 1 + c if c >= 0 else 1 / (1 - c),
        lambda s: (s - 1 if s >= 1 else 1 - 1 / s,),
        reach=(0.0, math.inf),
    ),
    ScoreMap("one_plus_cosine", "1 + cosine", "score − 1", lambda c: 1 + c, lambda s: (s - 1,)),
    ScoreMap(
        "langchain_l2",
        "1 − squared L2 distance/√2",
        "1 − (1 − score)/√2",
        lambda c: 1 - _squared_distance(c) / sqrt(2),
        lambda s: (1 - (1 - s) / sqrt(2),),
        reach=(-math.inf, 1.0),
    ),
    ScoreMap(
        "langchain_l2_rooted",
        "1 − L2 distance/√2",
        "1 − (1 − score)²",
        lambda c: 1 - sqrt(1 - c),
        lambda s: (1 - (1 - s) ** 2,),
        reach=(-math.inf, 1.0),
    ),
    ScoreMap(
        "langchain_cosine_on_l2",
        "1 − squared L2 distance",
        "(1 + score)/2",
        lambda c: 2 * c - 1,
        lambda s: ((1 + s) / 2,),
        reach=(-math.inf, 1.0),
    ),
    # In the next two every score has two sources, one on each side of c = 0. At the ends of the
    # range one of them is a limit only, which a score that was rounded can still stand for.
    ScoreMap(
        "langchain_ip",
        "1 − cosine, or −cosine where that is not positive",
        "1 − score or −score",
        lambda c: 1 - c if c > 0 else -c,
        lambda s: (1 - s, -s),
    ),
    ScoreMap(
        "langchain_ip_negated",
        "a cosine, or 1 + cosine where that is negative",
        "score or score − 1",
        lambda c: c if c >= 0 else 1 + c,
        lambda s: (s, s - 1),
    ),
    ScoreMap(
        "langchain_mongodb",
        "(1 − cosine)/2",
        "1 − 2 · score",
        lambda c: (1 - c) / 2,
        lambda s: (1 - 2 * s,),
    ),
    ScoreMap(
        "exp_squared",
        "exp(−squared L2 distance)",
        "1 + ln(score)/2",
        lambda c: exp(-_squared_distance(c)),
        lambda s: (1 + log(s) / 2,),
        reach=(0.0, 1.0),
    ),
    ScoreMap(
        "exp_cosdist",
        "exp(cosine − 1)",
        "1 + ln(score)",
        lambda c: exp(c - 1),
        lambda s: (1 + log(s),),
    ),
    ScoreMap(
        "sigmoid_100",
        "1/(1 + exp(−cosine/100))",
        "100 · ln(score/(1 − score))",
        lambda c: 1 / (1 + exp(-c / 100)),
        lambda s: (100 * log(s / (1 - s)),),
        reach=(0.0, 1.0),
    ),
    ScoreMap(
        "redis_hybrid_ip",
        "1 − cosine/2",
        "2 − 2 · score",
        lambda c: 1 - c / 2,
        lambda s: (2 - 2 * s,),
    ),
)

MAPS: Mapping[str, ScoreMap] = MappingProxyType({each.key: each for each in _TABLE})
"""Every map, by its key."""


@dataclass(frozen=True)
class Engine:
    """One function of one system under one setting, and the score that it shows.

    Attributes
    ----------
    key:
        Engine and setting in lower case, such as ``"faiss-l2"``.
    system, function, setting:
        The system, the function that one calls there (or the field that one reads), and the option
        chosen; the setting is empty where there is no choice to name.
    version:
        The version whose source or documentation was read.
    map:
        The score as a function of the cosine; None for scores that have no way back to a cosine,
        such as fused ones.
    any_length:
        Whether the score depends on the vectors' directions alone. Else it stands for a cosine
        only where both vectors have length 1.
    rule:
        How a score without a map is made; else empty.
    trap:
        How the number is misread; without a map, why nothing leads back from it.
    source:
        Where the formula is written down.
    lowest_is_best:
        Whether a score without a map is the better the lower it is.

    Examples
    --------
    >>> sc.ENGINES["faiss-l2"].name
    'FAISS · IndexFlatL2.search (also IndexHNSWFlat, index_factory)'
    """

    key: str
    system: str
    function: str
    setting: str
    version: str
    map: ScoreMap | None
    any_length: bool
    rule: str
    trap: str
    source: str
    lowest_is_best: bool = False

    @property
    def call(self) -> str:
        """System and function, without the setting."""
        return f"{self.system} · {self.function}"

    @property
    def name(self) -> str:
        """What to call it: system, function and setting; no other has the same name."""
        return f"{self.call} ({self.setting})" if self.setting else self.call

    @property
    def formula(self) -> str:
        """What the score is, as text: of cosines where vectors of any length give the same."""
        if self.map is None:
            return self.rule
        formula = self.map.formula
        if self.any_length:
            return formula
        return formula.replace("a cosine", "an inner product").replace("cosine", "inner product")

    @property
    def inverse(self) -> str:
        """The cosine from the score, as text; empty where there is no way back."""
        return self.map.inverse_formula if self.map else ""

    @property
    def higher_is_better(self) -> bool:
        """Whether a better pair gets the higher score."""
        return self.map.higher_is_better if self.map else not self.lowest_is_best

    @property
    def reach(self) -> tuple[float, float] | None:
        """Least and greatest score of vectors of any length; None without a map."""
        if self.map is None or self.any_length:
            return self.bounds
        return self.map.reach

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Least and greatest score of unit vectors; None without a map."""
        return (self.map.lower, self.map.upper) if self.map else None


def _read_engines() -> Iterator[Engine]:
    text = files(__package__).joinpath("engines.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield Engine(
            key=row["key"],
            system=row["system"],
            function=row["function"],
            setting=row["setting"],
            version=row["version"],
            map=MAPS[row["map"]] if row["map"] else None,
            any_length=row["lengths"] == "any",
            rule=row["rule"],
            trap=row["trap"],
            source=row["source"],
            lowest_is_best=row["better"] == "lower",
        )


ENGINES: Mapping[str, Engine] = MappingProxyType({each.key: each for each in _read_engines()})
"""Every known function and setting by its key: libraries, frameworks, search engines, databases,
and at last scores without a way back to a cosine."""


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


def to_cosine(score: float, engine: str) -> tuple[float, ...]:
    """Return the cosines that can stand behind a score, the largest first.

    Warns with `ImplausibleScoreWarning` where texts hardly have such a cosine; `read_score` returns
    that caution instead.

    Parameters
    ----------
    score, engine:
        As for `read_score`.

    Returns
    -------
    tuple of float
        One cosine in [-1, 1], or two where the engine gives two pairs the same number.

    Raises
    ------
    InputError
        As for `read_score`.

    Examples
    --------
    >>> sc.to_cosine(0.5, "faiss-l2")
    (0.75,)
    """
    reading = read_score(score, engine)
    if reading.caution and max(reading.cosines) < score_kinds.IMPLAUSIBLE:
        warnings.warn(reading.caution, ImplausibleScoreWarning, stacklevel=2)
    return reading.cosines


def from_cosine(cosine: float, engine: str) -> float:
    """Return the score that an engine shows for a pair of unit vectors with this cosine.

    Raises
    ------
    InputError
        If the engine is unknown or its scores lead to no cosine, or if the cosine is not within
        [-1, 1].

    Examples
    --------
    >>> sc.from_cosine(0.75, "faiss-l2")
    0.5
    """
    score_map = _map_of(engine_of(engine))
    return score_map.forward(_cosine(cosine))


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
    shown_by = f", for instance {_listed(others)}" if others else ""
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


def engine_of(key: str) -> Engine:
    """Return the record of an engine.

    Raises
    ------
    InputError
        The engine is unknown; the nearest names are told.

    Examples
    --------
    >>> sc.engine_of("annoy-dot").system
    'Annoy'
    """
    if isinstance(key, str) and key in ENGINES:
        return ENGINES[key]
    wanted = str(key).strip().lower()
    near = [known for known in ENGINES if wanted and wanted in known]
    near = (near or get_close_matches(wanted, ENGINES))[:SUGGESTIONS]
    hint = (
        f"the nearest are {_listed(near)}." if near else "the keys of ENGINES are the known ones."
    )
    raise InputError(f"No engine is known by the name '{key}'; {hint}")


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


def _listed(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
