"""Which engine does a number come from: the cosine behind a score, and the score of a cosine.

The same pair of texts shows 0.46 in one system, 0.73 in the next and 1.08 in a third. `ENGINES`
holds what each of them computes, from its own source or documentation at the version named; the
rows are in ``engines.csv`` beside this file. Everything holds for unit vectors, so a score outside
a setting's bounds says that the vectors are not unit or that the setting is another one.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from math import acos, cos, exp, log, sqrt
from numbers import Real
from types import MappingProxyType

from search_core.errors import InputError
from search_core.scale import ROUNDING, refuse_filling

SUGGESTIONS = 3


@dataclass(frozen=True)
class ScoreMap:
    """One way to write the cosine c of two unit vectors as a score.

    In the formulas D is the squared and √D the true Euclidean distance, D = 2 - 2c; the inner
    product of unit vectors is c.

    Attributes
    ----------
    key:
        Name of the map.
    formula, inverse_formula:
        The score from the cosine, and the cosine from the score (there called s), as text.
    forward:
        The score of a cosine in [-1, 1].
    inverse:
        The cosines that a score within the bounds can stand for, the largest first; rounding may
        carry them past -1 and 1.
    """

    key: str
    formula: str
    inverse_formula: str
    forward: Callable[[float], float]
    inverse: Callable[[float], tuple[float, ...]]

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
    ScoreMap("cosine", "c", "s", lambda c: c, lambda s: (s,)),
    ScoreMap("squared_l2", "D", "1 − s/2", _squared_distance, lambda s: (1 - s / 2,)),
    ScoreMap("l2", "√D", "1 − s²/2", _distance, lambda s: (1 - s * s / 2,)),
    ScoreMap("neg_l2", "−√D", "1 − s²/2", lambda c: -_distance(c), lambda s: (1 - s * s / 2,)),
    ScoreMap("cosine_distance", "1 − c", "1 − s", lambda c: 1 - c, lambda s: (1 - s,)),
    ScoreMap("neg_inner_product", "−c", "−s", lambda c: -c, lambda s: (-s,)),
    ScoreMap("half_cosine", "(1 + c)/2", "2s − 1", lambda c: (1 + c) / 2, lambda s: (2 * s - 1,)),
    ScoreMap(
        "inv_1p_squared",
        "1/(1 + D)",
        "1 − (1/s − 1)/2",
        lambda c: 1 / (1 + _squared_distance(c)),
        lambda s: (1 - (1 / s - 1) / 2,),
    ),
    ScoreMap(
        "inv_1p_l2",
        "1/(1 + √D)",
        "1 − (1/s − 1)²/2",
        lambda c: 1 / (1 + _distance(c)),
        lambda s: (1 - (1 / s - 1) ** 2 / 2,),
    ),
    ScoreMap("angle", "arccos c, in radians", "cos s", acos, lambda s: (cos(s),)),
    ScoreMap(
        "inv_1p_angle",
        "1/(1 + arccos c)",
        "cos(1/s − 1)",
        lambda c: 1 / (1 + acos(c)),
        lambda s: (cos(1 / s - 1),),
    ),
    ScoreMap(
        "inv_1p_cosdist", "1/(2 − c)", "2 − 1/s", lambda c: 1 / (2 - c), lambda s: (2 - 1 / s,)
    ),
    ScoreMap(
        "max_inner_product",
        "1 + c, but 1/(1 − c) below c = 0",
        "s − 1, but 1 − 1/s below s = 1",
        lambda c: 1 + c if c >= 0 else 1 / (1 - c),
        lambda s: (s - 1 if s >= 1 else 1 - 1 / s,),
    ),
    ScoreMap("one_plus_cosine", "1 + c", "s − 1", lambda c: 1 + c, lambda s: (s - 1,)),
    ScoreMap(
        "langchain_l2",
        "1 − D/√2",
        "1 − (1 − s)/√2",
        lambda c: 1 - _squared_distance(c) / sqrt(2),
        lambda s: (1 - (1 - s) / sqrt(2),),
    ),
    ScoreMap(
        "langchain_l2_rooted",
        "1 − √D/√2",
        "1 − (1 − s)²",
        lambda c: 1 - sqrt(1 - c),
        lambda s: (1 - (1 - s) ** 2,),
    ),
    ScoreMap(
        "langchain_cosine_on_l2",
        "1 − D = 2c − 1",
        "(1 + s)/2",
        lambda c: 2 * c - 1,
        lambda s: ((1 + s) / 2,),
    ),
    # In the next two every score has two sources, one on each side of c = 0. At the ends of the
    # range one of them is a limit only, which a score that was rounded can still stand for.
    ScoreMap(
        "langchain_ip",
        "1 − c, but −c from c = 0 down",
        "1 − s or −s",
        lambda c: 1 - c if c > 0 else -c,
        lambda s: (1 - s, -s),
    ),
    ScoreMap(
        "langchain_ip_negated",
        "c, but 1 + c below c = 0",
        "s or s − 1",
        lambda c: c if c >= 0 else 1 + c,
        lambda s: (s, s - 1),
    ),
    ScoreMap(
        "langchain_mongodb", "(1 − c)/2", "1 − 2s", lambda c: (1 - c) / 2, lambda s: (1 - 2 * s,)
    ),
    ScoreMap(
        "exp_squared",
        "exp(−D)",
        "1 + ln(s)/2",
        lambda c: exp(-_squared_distance(c)),
        lambda s: (1 + log(s) / 2,),
    ),
    ScoreMap(
        "exp_cosdist", "exp(c − 1)", "1 + ln s", lambda c: exp(c - 1), lambda s: (1 + log(s),)
    ),
    ScoreMap(
        "sigmoid_100",
        "1/(1 + exp(−c/100))",
        "100·ln(s/(1 − s))",
        lambda c: 1 / (1 + exp(-c / 100)),
        lambda s: (100 * log(s / (1 - s)),),
    ),
    ScoreMap("redis_hybrid_ip", "1 − c/2", "2 − 2s", lambda c: 1 - c / 2, lambda s: (2 - 2 * s,)),
)

MAPS: Mapping[str, ScoreMap] = MappingProxyType({each.key: each for each in _TABLE})
"""Every map, by its key."""


@dataclass(frozen=True)
class Engine:
    """One setting of one system, and the score that it shows.

    Attributes
    ----------
    key:
        Engine and setting in lower case, such as ``"faiss-l2"``.
    system, version, setting:
        The system, the version whose source or documentation was read, and the option chosen.
    map:
        The formula as functions; None for fused scores, which have no way back to a cosine.
    formula:
        The score in words of c (cosine) and D (squared distance, 2 − 2c); a fused score's rule.
    trap:
        How the number is misread; for a fused score, why nothing leads back from it.
    source:
        Where the formula is written down.

    Examples
    --------
    >>> sc.ENGINES["faiss-l2"].inverse
    '1 − s/2'
    """

    key: str
    system: str
    version: str
    setting: str
    map: ScoreMap | None
    formula: str
    trap: str
    source: str

    @property
    def inverse(self) -> str:
        """The cosine from the score s, as text; empty where there is no way back."""
        return self.map.inverse_formula if self.map else ""

    @property
    def higher_is_better(self) -> bool:
        """Whether a more alike pair gets the higher score; fused scores always run that way."""
        return self.map.higher_is_better if self.map else True

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Least and greatest score of unit vectors; None for fused scores."""
        return (self.map.lower, self.map.upper) if self.map else None


def _read_engines() -> Iterator[Engine]:
    text = files(__package__).joinpath("engines.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        score_map = MAPS[row["map"]] if row["map"] else None
        yield Engine(
            key=row["key"],
            system=row["system"],
            version=row["version"],
            setting=row["setting"],
            map=score_map,
            formula=score_map.formula if score_map else row["rule"],
            trap=row["trap"],
            source=row["source"],
        )


ENGINES: Mapping[str, Engine] = MappingProxyType({each.key: each for each in _read_engines()})
"""Every known setting by its key; the order is libraries, frameworks, engines, databases, fused."""


def to_cosine(score: float, engine: str) -> tuple[float, ...]:
    """Return the cosines that can stand behind a score, the largest first.

    Parameters
    ----------
    score:
        The number that the engine showed for one pair.
    engine:
        A key of `ENGINES`, such as ``"elasticsearch-cosine"``.

    Returns
    -------
    tuple of float
        One cosine in [-1, 1], or two where the engine gives two pairs the same number.

    Raises
    ------
    InputError
        If the engine is unknown or fuses ranks, or if no pair of unit vectors has this score, as
        where FAISS found nothing and shows 3.4e38.

    Examples
    --------
    >>> sc.to_cosine(0.5, "faiss-l2")
    (0.75,)
    """
    record = _engine(engine)
    value = _finite(score, "score")
    score_map = _map_of(record)
    cosines = _cosines(value, score_map)
    if not cosines:
        raise InputError(
            f"{engine} cannot show {value:.6g} for unit vectors, where it stays between "
            f"{score_map.lower:.4g} and {score_map.upper:.4g}: either the vectors are not unit "
            "length (normalize both sides), or the number comes from another setting"
            f"{_other_settings(value, record)}."
        )
    return cosines


def from_cosine(cosine: float, engine: str) -> float:
    """Return the score that an engine shows for a pair of unit vectors with this cosine.

    Raises
    ------
    InputError
        If the engine is unknown or fuses ranks, or if the cosine is not within [-1, 1].

    Examples
    --------
    >>> sc.from_cosine(0.75, "faiss-l2")
    0.5
    """
    score_map = _map_of(_engine(engine))
    return score_map.forward(_cosine(cosine))


def everywhere(cosine: float) -> tuple[tuple[str, float], ...]:
    """Return what every engine shows for one pair: (key, score), in the order of `ENGINES`.

    Fused scores are left out: they are not functions of the pair.

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


def _cosines(score: float, score_map: ScoreMap) -> tuple[float, ...]:
    lower, upper = score_map.lower, score_map.upper
    if not lower - ROUNDING <= score <= upper + ROUNDING:
        return ()
    within = min(max(score, lower), upper)
    return tuple(min(max(cosine, -1.0), 1.0) for cosine in score_map.inverse(within))


def _engine(key: str) -> Engine:
    if isinstance(key, str) and key in ENGINES:
        return ENGINES[key]
    wanted = str(key).strip().lower()
    near = [known for known in ENGINES if wanted and wanted in known]
    near = (near or get_close_matches(wanted, ENGINES))[:SUGGESTIONS]
    hint = f"did you mean {_listed(near)}?" if near else "the keys of ENGINES are the known ones."
    raise InputError(f"No engine is known by the name '{key}'; {hint}")


def _map_of(record: Engine) -> ScoreMap:
    if record.map is None:
        raise InputError(
            f"Nothing leads from a {record.key} score to a cosine and back. {record.trap} "
            "Use the score of the vector search alone."
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


def _other_settings(score: float, record: Engine) -> str:
    """Name settings that could show this score: the same system first, each formula once."""
    possible = [each for each in ENGINES.values() if each.map and _cosines(score, each.map)]
    possible.sort(key=lambda each: each.system != record.system)
    one_a_map: dict[str, str] = {}
    for each in possible:
        one_a_map.setdefault(each.formula, each.key)
    names = list(one_a_map.values())[:SUGGESTIONS]
    if not names:
        return " (no known one shows it for unit vectors)"
    return f" (it would be possible in {_listed(names)})"


def _listed(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
