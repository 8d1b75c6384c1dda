"""What a visitor says of the labels of a file, as the page words it: meanings, scale, threshold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import search_core as sc

NONE, UNKNOWN = "none", "?"
_MEANING = re.compile(r"\s*(.+?)\s*=\s*([^=,;\n]*?)\s*(?:[,;\n]+|$)")


@dataclass(frozen=True)
class LabelMeaning:
    """What the fields of the card hold.

    Attributes
    ----------
    meanings:
        As "E = 3, S = 2"; empty where the labels speak for themselves.
    lowest, highest:
        Of the scale; None where the field is empty.
    relevant_from:
        The label from which a text counts as relevant; None keeps grades.
    """

    meanings: str = ""
    lowest: float | None = None
    highest: float | None = None
    relevant_from: float | None = None

    @property
    def scale(self) -> tuple[float, float] | None:
        """The scale that was given; None where it is to be recognised.

        Raises
        ------
        LabelsError
            One end of it alone was given.
        """
        if self.lowest is None and self.highest is None:
            return None
        if self.lowest is None or self.highest is None:
            raise sc.LabelsError("Give both the lowest and the highest label, or leave both empty.")
        return self.lowest, self.highest

    @property
    def stated(self) -> dict[str, float | None] | None:
        """The grade of each label that has one, None for rows to leave out; None without any.

        Raises
        ------
        LabelsError
            Something is not of the form "label = number".
        """
        found: dict[str, float | None] = {}
        position = 0
        while position < len(self.meanings.rstrip(" ,;\n")):
            meaning = _MEANING.match(self.meanings, position)
            if meaning is None:
                raise _unreadable(self.meanings[position:])
            if meaning[2] != UNKNOWN:
                found[meaning[1]] = _grade(meaning[1], meaning[2])
            position = meaning.end()
        return found or None


def proposed(outline: sc.LabelOutline) -> LabelMeaning:
    """Return what the card shows of a file; numbers that mean themselves are not listed."""
    listed = [label for label in outline.labels if not _means_itself(label)]
    words = ", ".join(f"{label.label} = {_written(label)}" for label in listed)
    return LabelMeaning(words, outline.lowest, outline.highest)


def column_words(columns: Sequence[sc.OutlinedColumn]) -> list[tuple[str, str]]:
    """Return each column beside what it is taken for; one that is not used says so."""
    return [(each.name, each.taken_for or "not used") for each in columns]


def meaning_words(label: sc.OutlinedLabel) -> str:
    """Say what a label stands for."""
    if not label.is_known:
        return "not known"
    return "left out" if label.meaning is None else f"{label.meaning:g}"


def _written(label: sc.OutlinedLabel) -> str:
    if not label.is_known:
        return UNKNOWN
    return NONE if label.meaning is None else f"{label.meaning:g}"


def _means_itself(label: sc.OutlinedLabel) -> bool:
    try:
        return label.is_known and label.meaning == float(label.label)
    except ValueError:
        return False


def _grade(label: str, given: str) -> float | None:
    if given.casefold() == NONE:
        return None
    try:
        return float(given)
    except ValueError:
        raise sc.LabelsError(
            f"“{label[:40]} = {given[:40]}” gives no number; write one, or none to leave its rows "
            "out."
        ) from None


def _unreadable(text: str) -> sc.LabelsError:
    return sc.LabelsError(
        f"“{text.strip()[:60]}” is no meaning of a label; write label = number, such as good = 2, "
        "poor = 0."
    )
