"""The score passport of a model: which cosines it gives to texts whose relation is known.

`measuring.py` makes one; those of some models come with the program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from search_core.errors import InputError, shortened
from search_core.mistakes import explain_mistakes
from search_core.passports import card, documents
from search_core.passports.measured import KINDS, Measured
from search_core.stored_json import read_stored

FORMAT = "score-passport/1"


@explain_mistakes
@dataclass(frozen=True)
class Passport(Measured):
    """What the cosines of a model mean, on one page.

    Attributes
    ----------
    model, fingerprint, dim, max_tokens:
        The model.
    pooling, query_prefix, document_prefix:
        How it makes one vector of its tokens, and what is put before texts; pooling is empty
        where it is not known.
    bands:
        Where its cosines lie, of each kind of pairs in `KINDS`.
    curves:
        What they meant in labelled collections; empty where there were none.
    remark:
        How it was measured, in words; may be empty.

    Examples
    --------
    >>> passport = sc.passport_of(encoder)
    >>> len(passport.bands), passport.threshold, passport.relevance_at(0.7)
    (4, None, None)
    >>> sc.load_passport(passport.to_json()) == passport
    True
    """

    def __repr__(self) -> str:
        return f"<Passport: {shortened(self.model)}, {len(self.curves)} labelled collections>"

    def _repr_html_(self) -> str:
        return self.to_svg()

    def to_json(self) -> str:
        """Return the passport as JSON text, which `load_passport` reads, with engines' numbers."""
        engines = [{"engines": keys, "numbers": numbers} for keys, numbers in self.engine_values()]
        body = {"format": FORMAT} | msgspec.to_builtins(self) | {"engine_numbers": engines}
        return json.dumps(body, indent=1, ensure_ascii=False) + "\n"

    def to_svg(self) -> str:
        """Return a card with both charts, which shows in light and dark."""
        return card.svg(self)

    def to_html(self) -> str:
        """Return a page of its own: the card, its figures, and the numbers of every engine."""
        return documents.html(self)

    def to_markdown(self) -> str:
        """Return a section for the model's card."""
        return documents.markdown(self)


@explain_mistakes
def load_passport(text: str | bytes) -> Passport:
    """Return a passport from what `Passport.to_json` wrote.

    Parameters
    ----------
    text:
        The JSON itself.

    Raises
    ------
    InputError
        It is no such JSON, or a figure is missing.

    Examples
    --------
    >>> sc.load_passport("{}")
    Traceback (most recent call last):
    search_core.errors.InputError: This is no score passport (its format is None); give what \
to_json of a score passport returned.
    """
    return read_stored(text, {FORMAT: Passport}, _check, "score passport", InputError)


def _check(found: Passport) -> None:
    if [each.kind for each in found.bands] != list(KINDS):
        raise ValueError("it lacks a kind of pairs")
    ranges: list[tuple[float, ...]] = [(band.low, band.middle, band.high) for band in found.bands]
    ranges += [(curve.lowest, curve.highest) for curve in found.curves]
    ranges += [(each.threshold,) for each in found.curves if each.threshold is not None]
    if not all(-1.0 <= cosine <= 1.0 for each in ranges for cosine in each):
        raise ValueError("a cosine is outside -1 to 1")
    if any(list(each) != sorted(each) for each in ranges):
        raise ValueError("a range of cosines ends before it begins")


@cache
def _shipped() -> Mapping[str, Passport]:
    folder = files("search_core.passports")
    texts = sorted(each.name for each in folder.iterdir() if each.name.endswith(".json"))
    found = [load_passport(folder.joinpath(name).read_bytes()) for name in texts]
    return MappingProxyType({each.model: each for each in found})


@explain_mistakes
def shipped_passports() -> Mapping[str, Passport]:
    """Return the passports that come with the program, by the name of the model.

    Examples
    --------
    >>> sc.shipped_passports()[sc.DEFAULT_MODEL].pooling
    'mean'
    """
    return _shipped()
