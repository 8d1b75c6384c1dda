"""Which engine does a number come from: the cosine behind a score, and the score of a cosine.

The same pair of texts shows 0.46 in one system, 0.73 in the next and 1.08 in a third. `ENGINES`
holds what each of them computes, from its own source or documentation at the version named; the
rows are in ``engines.csv`` beside this file, the formulas in `search_core.normalizers.engine_maps`.
Everything holds for unit vectors, so a score outside a setting's bounds says that the vectors are
not unit or that the setting is another one.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from numbers import Real
from types import MappingProxyType

from search_core.errors import InputError
from search_core.normalizers.engine_maps import MAPS, ScoreMap
from search_core.scale import ROUNDING, refuse_filling

SUGGESTIONS = 3


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
