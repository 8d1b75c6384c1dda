"""The maps by which search systems turn the cosine of two unit vectors into a score.

Throughout, c is the cosine, D = 2 - 2c the squared and sqrt(D) the true Euclidean distance, and
arccos c the angle in radians; on unit vectors the inner product is c. Which system uses which map,
and where that is documented, is told by `search_core.normalizers.engines`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import acos, cos, exp, log, sqrt
from types import MappingProxyType


@dataclass(frozen=True)
class ScoreMap:
    """One way to write a cosine as a score.

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
