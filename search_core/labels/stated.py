"""What a caller says of the labels of a file: their meanings, their scale, which are relevant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

from search_core.errors import LabelsError
from search_core.files.number_styles import PLAIN
from search_core.labels.meanings import fold

Meanings = Mapping[str, float | None]
"""The grade that each label stands for; None where its rows are left out."""


@dataclass(frozen=True)
class Stated:
    """What a caller says of the labels of a file.

    Attributes
    ----------
    scale:
        Lowest and highest relevance; recognised if None.
    meanings:
        The grade that each label stands for, by label; None leaves its rows out.
    relevant_from:
        The grade from which a label counts as relevant, all others as not; None keeps grades.

    Raises
    ------
    LabelsError
        One of them is not what it should be.
    """

    scale: tuple[float, float] | None = None
    meanings: Meanings | None = None
    relevant_from: float | None = None

    def __post_init__(self) -> None:
        if self.scale is not None:
            object.__setattr__(self, "scale", _rising(self.scale))
        if self.meanings is not None:
            object.__setattr__(self, "meanings", _checked_meanings(self.meanings))
        if self.relevant_from is not None and not _is_finite(self.relevant_from):
            raise LabelsError(
                f"relevant_from is {self.relevant_from!r:.40}; give the lowest label that counts "
                "as relevant, as a number."
            )

    def meaning(self, cell: str) -> tuple[float | None] | None:
        """Return what a cell is said to stand for, as a tuple of one; None where nothing is."""
        if self.meanings is None:
            return None
        key = _number_key(cell) or fold(cell)
        return (self.meanings[key],) if key in self.meanings else None


def meaning_words(meaning: float | None) -> str:
    """Return what a label stands for: a number, or "none" where its rows are left out."""
    return "none" if meaning is None else f"{meaning:g}"


def _rising(scale: Sequence[float]) -> tuple[float, float]:
    """Return a scale as its lowest and its highest value."""
    try:
        lowest, highest = map(float, scale)
        rises = -math.inf < lowest < highest < math.inf
    except (TypeError, ValueError, OverflowError):
        rises = False
    if isinstance(scale, str) or not rises:
        raise LabelsError(
            f"The scale {scale!r:.40} is none; give its lowest value, then its highest, "
            "such as (0, 3)."
        )
    return lowest, highest


def _checked_meanings(meanings: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return meanings by folded label, a number as the number that it is."""
    if not isinstance(meanings, Mapping) or not meanings:
        raise LabelsError(
            f"The meanings are {meanings!r:.40}; give a number for each label, such as "
            '{"yes": 1, "no": 0}.'
        )
    checked: dict[str, float | None] = {}
    for label, value in meanings.items():
        if value is not None and not _is_finite(value):
            raise LabelsError(
                f"The label {str(label)[:40]!r} is said to mean {value!r:.40}; give a number, or "
                "None to leave its rows out."
            )
        text = str(label)
        checked[_number_key(text) or fold(text)] = None if value is None else float(value)
    return checked


def _number_key(label: str) -> str | None:
    """Return one name for all ways to write a number; None where the label is none."""
    value = PLAIN.value(label)
    return None if value is None else f"{value:g}"


def _is_finite(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
