"""How numbers are written: decimal point or comma, thousands set apart, digits of other scripts."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_core.errors import InputError
from search_core.mistakes import explain_mistakes

_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
_GROUPS = r"[1-9][0-9]{0,2}(?:%s[0-9]{3})+"  # "0,734" is no thousands: nobody writes them from 0
_LAKHS = r"[1-9][0-9]?(?:%s[0-9]{2})+%s[0-9]{3}"  # as India writes hundreds of thousands
_SPACES = " \u00a0\u2009\u202f'’"  # what is set between thousands beside a comma or a point
_SIGNS = str.maketrans("−–﹣－＋．，٫٬", "----+.,.,")
"""Signs and marks of other scripts and of word processors, each with the one of Python."""

_COPIED = re.compile(
    r"(?:[^\W\d][\w ]*[:=]\s*)?"  # "score: ", "distance = "
    r"(?:[^\W\d][\w.]*(?=[(\[]))?[(\[{\"'“„]*"  # "np.float32(", "tensor([["
    r"(?P<number>[^\s\w(\[{\"'“„]?[.,]?\d.*?)"
    r"[)\]]*(?:,\s*(?:dtype|device|requires_grad|grad_fn)=.*)?[)\]}\"'”“]*"
)
"""A number with what programs print around it."""

SHOWN = 40  # characters of what was written, in a message


@dataclass(frozen=True)
class NumberStyle:
    """A way to write numbers.

    Attributes
    ----------
    pattern:
        Matches a whole number of this style.
    decimal, thousands:
        The decimal mark, and the characters that may stand between thousands.
    words:
        What is unusual about it, after "has"; empty for the plain style.
    """

    pattern: re.Pattern[str]
    decimal: str
    thousands: str
    words: str

    def value(self, cell: str) -> float | None:
        """Return the number in a cell, which may be infinite; None where it is none."""
        text = _in_ascii(cell.strip())
        if not self.pattern.fullmatch(text):
            return None
        for mark in self.thousands:
            text = text.replace(mark, "")
        return float(text.replace(self.decimal, "."))


def _in_ascii(text: str) -> str:
    """Return a text with the digits and signs of other scripts as Python writes them."""
    if text.isascii():
        return text
    digits = (unicodedata.decimal(letter, None) for letter in text)
    return "".join(
        letter if digit is None else str(digit)
        for letter, digit in zip(text.translate(_SIGNS), digits, strict=True)
    )


def _plain(decimal: str, words: str) -> NumberStyle:
    mark = re.escape(decimal)
    pattern = rf"[+-]?(?:[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+){_EXPONENT}"
    return NumberStyle(re.compile(pattern), decimal, "", words)


def _grouped(decimal: str, thousands: str, words: str) -> NumberStyle:
    mark = f"[{re.escape(thousands)}]"
    groups = _GROUPS % mark
    if thousands == ",":
        groups = f"(?:{groups}|{_LAKHS % (mark, mark)})"
    mark = re.escape(decimal)
    pattern = rf"[+-]?(?:{groups}|[0-9]+)(?:{mark}[0-9]+)?"
    return NumberStyle(re.compile(pattern), decimal, thousands, words)


PLAIN = _plain(".", "")
"""Digits and a decimal point, as Python writes numbers."""

STYLES = (
    PLAIN,
    _plain(",", "decimal commas"),
    _grouped(".", ",", "commas between thousands"),
    _grouped(",", ".", "points between thousands and decimal commas"),
    _grouped(".", _SPACES, "gaps between thousands"),
    _grouped(",", _SPACES, "gaps between thousands and decimal commas"),
)
"""Every style that is read; of styles that read a column alike, the first counts."""


def has_number(cell: str) -> bool:
    """Whether a cell is a number in any style."""
    return any(style.value(cell) is not None for style in STYLES)


@explain_mistakes
def read_number(written: str) -> float:
    """Read one number that somebody typed, or copied from what a program printed.

    Decimal points and commas, gaps between thousands, digits of other scripts and what Python
    prints around a number are read, as far as they can mean one number only.

    Parameters
    ----------
    written:
        The text that holds the number.

    Raises
    ------
    InputError
        It is no number, more than one, not finite, or can be read as two.

    Examples
    --------
    >>> sc.read_number("0,83"), sc.read_number("np.float32(0.83)")
    (0.83, 0.83)
    """
    around = _COPIED.fullmatch(written.strip())
    number = around["number"].strip() if around else written
    styles = [PLAIN] if PLAIN.value(number) is not None else STYLES
    values = sorted({value for style in styles if (value := style.value(number)) is not None})
    shown = written.strip()[:SHOWN]
    if len(values) > 1:
        either = " or ".join(f"{value:.15g}" for value in values)
        raise InputError(
            f"{shown} can be {either}; write it with a decimal point, and nothing between "
            "thousands."
        )
    if not values or not math.isfinite(values[0]):
        raise InputError(f"“{shown}” {_no_number(shown)}")
    return values[0]


def _no_number(written: str) -> str:
    """Say after a text why it is no finite number, and what to write."""
    if re.search(r"\d[\s;,/]+[-+]?[.\d]", written):
        return "holds more than one number; write one of them, such as 0.83."
    return "is no finite number in digits; write one alone, such as 0.83."


@dataclass(frozen=True)
class Written:
    """How a column's numbers are written.

    Attributes
    ----------
    style:
        The style that reads most of its cells.
    unclear:
        A cell that another style reads as well, and as another number; empty where none is.
    """

    style: NumberStyle
    unclear: str = ""

    def note(self, column: str, cells: Iterable[str]) -> str:
        """Say how the numbers of a column are read; empty for the plain style."""
        shown = next((cell for cell in cells if PLAIN.value(cell) is None), "").strip()
        value = self.style.value(shown)
        if value is None or not self.style.words:
            return ""
        read = f"'{shown[:40]}' is read as {value:.15g}"
        return f"Column '{column[:40]}' has {self.style.words}: {read}."


def written(cells: Sequence[str], beside: Sequence[Sequence[str]] = ()) -> Written:
    """Return how the numbers of a column are written, as far as its cells tell.

    Parameters
    ----------
    cells:
        Of the column.
    beside:
        Other columns of numbers of the same file; they decide what this one leaves open, since a
        spreadsheet writes all its numbers one way.
    """
    likely = _likely(cells)
    unclear = _unclear(cells, likely)
    if not unclear:
        return Written(likely[0])
    for other in beside:
        settled = _likely(other)
        if not _unclear(other, settled) and settled[0] in likely and settled[0] is not PLAIN:
            return Written(settled[0])
    return Written(likely[0], unclear)


def _likely(cells: Sequence[str]) -> list[NumberStyle]:
    """Return the styles that read most cells; the plain one alone where it is one of them."""
    counts = Counter(cells)
    if all(PLAIN.value(cell) is not None for cell in counts):  # the usual table, read once
        return [PLAIN]
    readable = [
        sum(times for cell, times in counts.items() if style.value(cell) is not None)
        for style in STYLES
    ]
    best = [style for style, n in zip(STYLES, readable, strict=True) if n == max(readable)]
    return [PLAIN] if PLAIN in best else best


def _unclear(cells: Sequence[str], styles: Sequence[NumberStyle]) -> str:
    """Return a cell that the styles do not read as the same number; empty where there is none."""
    if len(styles) == 1:
        return ""
    for cell in dict.fromkeys(cells):
        if len({style.value(cell) for style in styles} - {None}) > 1:
            return cell
    return ""


def number_fault(cell: str, how: Written) -> str:
    """Say why a cell is no finite number; empty where it is one."""
    text = cell.strip()
    value = how.style.value(text)
    is_plain = PLAIN.value(text) is not None
    if value is not None and math.isfinite(value) and (is_plain or not how.unclear):
        return ""
    if not text:
        return "the cell is empty; write a number, or leave the row out."
    shown = text[:40]
    values = sorted({value for style in STYLES if (value := style.value(text)) is not None})
    if not values or not math.isfinite(values[0]):
        return f"'{shown}' is not a finite number; write one such as 0, 1 or 0.5."
    either = " or ".join(f"{value:.15g}" for value in values)
    if len(values) > 1:
        return (
            f"'{shown}' can be {either}; write numbers with a decimal point, and nothing between "
            "thousands."
        )
    return f"'{shown}' is written in another way than other rows; write {either}."
