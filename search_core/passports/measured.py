"""What was measured of a model, and what follows from it: the parts of a passport."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from search_core.calibrate.maps import expit
from search_core.engines.reading import everywhere
from search_core.errors import InputError
from search_core.mistakes import explain_mistakes

FEWEST_COLLECTIONS = 3  # that a spread is of, where there are so many
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "unrelated": "unrelated texts",
        "paraphrase": "paraphrases",
        "negation": "a text and its negation",
        "same_words": "same words, other meaning",
    }
)
"""The kinds of pairs, and what they are called."""


@explain_mistakes
@dataclass(frozen=True)
class CosineBand:
    """The cosines of one kind of pairs.

    Attributes
    ----------
    kind:
        A key of `KINDS`.
    pairs:
        How many there are.
    tail:
        The share of them below `low`, and above `high`: 1% of unrelated texts, of which there are
        many, and 10% of the others.
    low, middle, high:
        These quantiles, and the median.

    Examples
    --------
    >>> sc.CosineBand("paraphrase", 40, 0.1, 0.5, 0.7, 0.9).words
    'paraphrases: 0.70 (0.50 to 0.90)'
    """

    kind: str
    pairs: int
    tail: float
    low: float
    middle: float
    high: float

    @property
    def words(self) -> str:
        """What it is of, its median and its ends."""
        return f"{KINDS[self.kind]}: {self.middle:.2f} ({self.low:.2f} to {self.high:.2f})"


@explain_mistakes
@dataclass(frozen=True)
class RelevanceCurve:
    """What a cosine meant in one labelled collection.

    Attributes
    ----------
    collection:
        Its name.
    queries, pairs:
        How many were labelled.
    base_rate:
        The share of these pairs that is relevant.
    intercept, slope:
        Of the log-odds of relevance over the cosine.
    lowest, highest:
        Between these lie nine in ten of its cosines; the curve holds there.
    threshold:
        The lowest cosine at which 80% of what is shown was relevant, of ten pairs or more; None
        where there is none. As measured: it is no guarantee.

    Examples
    --------
    >>> curve = sc.RelevanceCurve("faq", 30, 300, 0.4, -5.0, 10.0, 0.2, 0.9, 0.7)
    >>> curve.at(0.5), curve.at(0.95)
    (0.5, None)
    """

    collection: str
    queries: int
    pairs: int
    base_rate: float
    intercept: float
    slope: float
    lowest: float
    highest: float
    threshold: float | None

    def at(self, cosine: float) -> float | None:
        """Return the chance that a hit with this cosine is relevant; None where few had one.

        Parameters
        ----------
        cosine:
            The cosine.
        """
        if not self.lowest <= cosine <= self.highest:
            return None
        return float(expit(np.array([self.intercept + self.slope * cosine]))[0])


@explain_mistakes
@dataclass(frozen=True)
class Spread:
    """Figures of several collections: the lowest, the median and the highest, and of how many.

    Examples
    --------
    >>> sc.Spread(0.5, 0.6, 0.9, 5).words
    '0.60 (0.50 to 0.90, 5 collections)'
    """

    low: float
    middle: float
    high: float
    collections: int

    @property
    def words(self) -> str:
        """The median, the ends, and of how many."""
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f}, {self.of})"

    @property
    def of(self) -> str:
        """Of how many collections."""
        return f"{self.collections} collection{'s' if self.collections != 1 else ''}"


@explain_mistakes
@dataclass(frozen=True)
class Measured:
    """The parts of a `Passport`, whose docstring names them, and what follows from them."""

    model: str
    fingerprint: str
    dim: int
    max_tokens: int
    pooling: str
    query_prefix: str
    document_prefix: str
    bands: tuple[CosineBand, ...]
    curves: tuple[RelevanceCurve, ...] = ()
    remark: str = ""

    @property
    def file_name(self) -> str:
        """The model's name as a file or an address has it, without an ending."""
        return re.sub(r"[^a-z0-9]+", "-", self.model.casefold()).strip("-") or "model"

    def band(self, kind: str) -> CosineBand:
        """Return the band of one kind of pairs.

        Parameters
        ----------
        kind:
            A key of `KINDS`.

        Raises
        ------
        InputError
            It is none of them.
        """
        found = next((each for each in self.bands if each.kind == kind), None)
        if found is None:
            raise InputError(f"There is no kind '{kind!s:.40}'; choose one of {', '.join(KINDS)}.")
        return found

    def relevance_at(self, cosine: float) -> Spread | None:
        """Return the chance that a hit with this cosine is relevant, over the collections.

        Parameters
        ----------
        cosine:
            The cosine.

        Returns
        -------
        None where fewer than three collections have hits around it, or not all of fewer.
        """
        fewest = min(FEWEST_COLLECTIONS, len(self.curves))
        return _spread([each.at(cosine) for each in self.curves], fewest)

    @property
    def threshold(self) -> Spread | None:
        """The cosine at which 80% of what is shown was relevant, where that was reached at all."""
        return _spread([each.threshold for each in self.curves])

    @property
    def threshold_words(self) -> str:
        """What is said of `threshold`, and in how many collections it was not reached."""
        found, count = self.threshold, len(self.curves)
        if found is None:
            return "80% of what is shown is relevant: not reached" if count else ""
        missed = count - found.collections
        rest = f"; not reached in {missed} of {count}" if missed else ""
        return f"80% of what is shown is relevant from {found.words}{rest}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What was measured and what was not, in sentences."""
        pairs = self.band("paraphrase").pairs
        of_texts = (
            f"Where cosines lie was measured on {pairs} short English texts, one of each pair as "
            "a query and one as a document; other texts and languages lie elsewhere."
        )
        if not self.curves:
            return of_texts, (
                "What a cosine says of relevance was not measured under this model, as that takes "
                "labels; nothing is carried over from other models."
            )
        names = ", ".join(each.collection for each in self.curves)
        return of_texts, (
            f"Relevance was measured on a part of each of {len(self.curves)} labelled collections "
            f"({names}): hits of some queries among a few hundred documents that share words with "
            "them, or the candidates that were labelled for each. Hits without a label count as "
            "not relevant. Your collection may lie outside this spread, so label some of your own."
        )

    def engine_values(self) -> tuple[tuple[tuple[str, ...], dict[str, float]], ...]:
        """Return the passport's cosines in the numbers of every engine.

        Returns
        -------
        Engines that show the same numbers together: their keys, and the number by what it is of,
        such as "unrelated, 99%" or "80% relevant".
        """
        shown = {what: dict(everywhere(cosine)) for what, cosine in self.landmarks.items()}
        groups: dict[tuple[float, ...], list[str]] = {}
        for key in next(iter(shown.values())):
            groups.setdefault(tuple(round(each[key], 6) for each in shown.values()), []).append(key)
        return tuple(
            (tuple(keys), dict(zip(shown, values, strict=True))) for values, keys in groups.items()
        )

    @property
    def landmarks(self) -> dict[str, float]:
        """The cosines to know of this model, by what they are of."""
        unrelated = self.band("unrelated")
        found = {
            "unrelated, 1%": unrelated.low,
            "unrelated, 50%": unrelated.middle,
            "unrelated, 99%": unrelated.high,
        } | {f"{KINDS[each.kind]}, median": each.middle for each in self.bands[1:]}
        return found if self.threshold is None else found | {"80% relevant": self.threshold.middle}


def _spread(found: list[float | None], fewest: int = 1) -> Spread | None:
    known = [each for each in found if each is not None]
    if len(known) < max(fewest, 1):
        return None
    return Spread(min(known), float(np.median(known)), max(known), len(known))
