"""What each vector engine shows: its functions, and the score of a cosine in each.

The same pair of texts shows 0.46 in one system, 0.73 in the next and 1.08 in a third. `ENGINES`
holds what each of them computes, from its own source or documentation at the version named; the
rows are in ``engines.csv`` beside this file. Everything holds for unit vectors.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from math import acos, cos, exp, log, sqrt
from types import MappingProxyType

from search_core.errors import InputError
from search_core.mistakes import explain_mistakes
from search_core.scale import BROUGHT_SCALES, COSINE, INNER_PRODUCT, ScoreScale

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

    Examples
    --------
    >>> sc.ENGINES["faiss-l2"].map.formula, sc.ENGINES["faiss-l2"].map.forward(0.75)
    ('a squared L2 distance', 0.5)
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
    scale:
        What its scores mean: the scale that labels calibrate them on, with the bounds that unit
        vectors give it.

    Examples
    --------
    >>> sc.ENGINES["faiss-l2"].name
    'FAISS · IndexFlatL2.search (also IndexHNSWFlat, index_factory)'
    >>> sc.ENGINES["faiss-l2"].scale.words
    'squared L2 distance (lower is better)'
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
    scale: ScoreScale

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
        return self.scale.higher_is_better

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
        score_map, any_length = MAPS[row["map"]] if row["map"] else None, row["lengths"] == "any"
        yield Engine(
            key=row["key"],
            system=row["system"],
            function=row["function"],
            setting=row["setting"],
            version=row["version"],
            map=score_map,
            any_length=any_length,
            rule=row["rule"],
            trap=row["trap"],
            source=row["source"],
            scale=_mapped(score_map, any_length) if score_map else BROUGHT_SCALES[row["scale"]],
        )


def _mapped(score_map: ScoreMap, any_length: bool) -> ScoreScale:
    """Return the scale of a score with a map: one that is known by name, where there is one."""
    if score_map.key == "cosine":
        return COSINE if any_length else INNER_PRODUCT
    known = BROUGHT_SCALES.get(score_map.key)
    return known or ScoreScale(
        score_map.key,
        higher_is_better=score_map.higher_is_better,
        lower=score_map.lower,
        upper=score_map.upper,
    )


ENGINES: Mapping[str, Engine] = MappingProxyType({each.key: each for each in _read_engines()})
"""Every known function and setting by its key: libraries, frameworks, search engines, databases,
and at last scores without a way back to a cosine."""


@explain_mistakes
def engine_of(key: str) -> Engine:
    """Return the record of an engine.

    Parameters
    ----------
    key:
        A key of `ENGINES`.

    Raises
    ------
    InputError
        The engine is unknown; the message has the nearest names.

    Examples
    --------
    >>> sc.engine_of("annoy-dot").system
    'Annoy'
    """
    if isinstance(key, str) and key in ENGINES:
        return ENGINES[key]
    wanted = str(key).strip().lower()
    near = [known for known in ENGINES if wanted and wanted in known]
    near = [wanted] if wanted in ENGINES else near or get_close_matches(wanted, ENGINES)
    near = near[:SUGGESTIONS]
    hint = f"the nearest are {listed(near)}." if near else "the keys of ENGINES are the known ones."
    raise InputError(f"No engine is known by the name '{str(key)[:60]}'; {hint}")


def listed(names: list[str]) -> str:
    """Return names for a sentence: "a, b or c"."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
