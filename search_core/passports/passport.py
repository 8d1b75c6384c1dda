"""The score passport of a model: which cosines it gives to texts whose relation is known.

Forty texts come with the program, each with a paraphrase, its negation, and a text of mostly the
same words that means something else (`texts.csv`): that is enough for where a model's cosines lie.
What a cosine says of relevance takes labels. Where there are some, each collection has a logistic
curve of its own, and the spread between collections is shown, not hidden in one curve.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType

import msgspec
import numpy as np

from search_core.calibrate.maps import expit
from search_core.calibrate.models import platt_design
from search_core.embedding import embed_documents, embed_queries
from search_core.encoder import Encoder
from search_core.encoder.models import MODELS
from search_core.engines.reading import everywhere
from search_core.errors import CalibrationError, InputError, shortened
from search_core.evaluate.judged import RELEVANT
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.scale import COSINE
from search_core.vectors import Floats

FORMAT = "score-passport/1"
DECIMALS = 4
COSINE_COLUMN = "cos"  # of pairs that were scored by their texts
TARGET = 0.8  # the precision that thresholds are for
FEWEST_SHOWN = 10  # pairs that a precision is of
FEWEST_COLLECTIONS = 3  # that a spread is of, where there are so many
OUTER = 0.05  # of a collection's cosines at either end, where its curve would be a guess
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
class Passport:
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

    def __repr__(self) -> str:
        return f"<Passport: {shortened(self.model)}, {len(self.curves)} labelled collections>"

    def _repr_html_(self) -> str:
        return self.to_svg()

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

    def to_json(self) -> str:
        """Return the passport as JSON text, which `load_passport` reads, with engines' numbers."""
        engines = [{"engines": keys, "numbers": numbers} for keys, numbers in self.engine_values()]
        body = {"format": FORMAT} | msgspec.to_builtins(self) | {"engine_numbers": engines}
        return json.dumps(body, indent=1, ensure_ascii=False) + "\n"

    def to_svg(self) -> str:
        """Return a card with both charts, which shows in light and dark."""
        from search_core.passports.card import svg

        return svg(self)

    def to_html(self) -> str:
        """Return a page of its own: the card, its figures, and the numbers of every engine."""
        from search_core.passports.documents import html

        return html(self)

    def to_markdown(self) -> str:
        """Return a section for the model's card."""
        from search_core.passports.documents import markdown

        return markdown(self)


def _spread(found: list[float | None], fewest: int = 1) -> Spread | None:
    known = [each for each in found if each is not None]
    if len(known) < max(fewest, 1):
        return None
    return Spread(min(known), float(np.median(known)), max(known), len(known))


@explain_mistakes
def passport_of(encoder: Encoder, labelled: Mapping[str, ScoredPairs] | None = None) -> Passport:
    """Measure the passport of a model.

    Parameters
    ----------
    encoder:
        The model.
    labelled:
        Labelled pairs with cosines of this model, by the name of their collection, such as from
        `SearchEngine.score_labels`; without them nothing is said of relevance.

    Raises
    ------
    InputError
        Pairs without cosines.
    CalibrationError
        Labels that cannot be fitted; see `fit_calibrator`.

    Examples
    --------
    >>> sc.passport_of(encoder).band("unrelated").pairs
    1560
    """
    record = MODELS.get(encoder.name)
    curves = () if labelled is None else labelled.items()
    return Passport(
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        dim=encoder.dim,
        max_tokens=encoder.max_tokens,
        pooling=record.pooling if record else "",
        query_prefix=encoder.query_prefix,
        document_prefix=record.document_prefix if record else "",
        bands=_bands(encoder),
        curves=tuple(_curve(name, pairs) for name, pairs in curves),
    )


@cache
def paired_texts() -> Mapping[str, tuple[str, ...]]:
    """Return the texts of each column of `texts.csv`; a row belongs together."""
    content = files("search_core.passports").joinpath("texts.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(StringIO(content)))
    return MappingProxyType({name: tuple(row[name] for row in rows) for name in rows[0]})


def _bands(encoder: Encoder) -> tuple[CosineBand, ...]:
    texts = paired_texts()
    queries = embed_queries(encoder, texts["text"]).astype(np.float64)
    others = {kind: embed_documents(encoder, texts[kind]) for kind in list(KINDS)[1:]}
    every = queries @ others["paraphrase"].astype(np.float64).T
    unrelated = every[~np.eye(len(queries), dtype=np.bool_)]
    bands = [_band("unrelated", unrelated, 0.01)]
    for kind, vectors in others.items():
        bands.append(_band(kind, (queries * vectors).sum(axis=1), 0.1))
    return tuple(bands)


def _band(kind: str, cosines: Floats, tail: float) -> CosineBand:
    ends = np.quantile(cosines, [tail, 0.5, 1.0 - tail])
    return CosineBand(kind, len(cosines), tail, *(round(float(each), DECIMALS) for each in ends))


def _curve(name: str, pairs: ScoredPairs) -> RelevanceCurve:
    columns, y = pairs.columns(), (pairs.relevance >= RELEVANT).astype(np.float64)
    if COSINE_COLUMN not in columns and pairs.scale.name != COSINE.name:
        raise InputError(
            f"The pairs of '{name:.40}' have {pairs.scale.words}; give pairs with cosines."
        )
    cosines = columns.get(COSINE_COLUMN, pairs.similarities)
    if not 0 < y.sum() < len(y):
        raise CalibrationError(
            f"All {len(y):,} pairs of '{name:.40}' have the same label; give relevant and others."
        )
    fitted = platt_design(COSINE_COLUMN, cosines).fit(y)
    slope = fitted.coef[0] / fitted.scale[0]
    lowest, highest = np.quantile(cosines, [OUTER, 1.0 - OUTER])
    return RelevanceCurve(
        collection=name,
        queries=len(set(pairs.queries)),
        pairs=len(y),
        base_rate=round(float(y.mean()), DECIMALS),
        intercept=round(float(fitted.intercept - slope * fitted.mean[0]), DECIMALS),
        slope=round(float(slope), DECIMALS),
        lowest=round(float(lowest), DECIMALS),
        highest=round(float(highest), DECIMALS),
        threshold=_reaching(TARGET, cosines, y),
    )


def _reaching(target: float, cosines: Floats, y: Floats) -> float | None:
    """Return the lowest cosine at which the share that is relevant is as high as the target."""
    order = np.argsort(-cosines, kind="stable")
    falling, shares = cosines[order], np.cumsum(y[order]) / np.arange(1, len(y) + 1)
    is_last = np.append(falling[:-1] > falling[1:], True)  # all pairs of one cosine are shown
    found = np.flatnonzero((shares >= target) & is_last)
    found = found[found >= FEWEST_SHOWN - 1]
    return round(float(falling[found[-1]]), DECIMALS) if len(found) else None


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
to_json of a passport returned.
    """
    try:
        return _read(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError) as fault:
        raise InputError(
            f"This is no score passport ({fault}); give what to_json of a passport returned."
        ) from None


def _read(text: str | bytes) -> Passport:
    body = msgspec.json.decode(text, type=dict[str, object])
    if body.get("format") != FORMAT:
        raise ValueError(f"its format is {body.get('format')!r:.40}")
    found = msgspec.convert(body, Passport)
    if [each.kind for each in found.bands] != list(KINDS):
        raise ValueError("it lacks a kind of pairs")
    cosines = [each for band in found.bands for each in (band.low, band.middle, band.high)]
    if not all(-1.0 <= each <= 1.0 for each in cosines):
        raise ValueError("a cosine is outside -1 to 1")
    return found


@cache
def _shipped() -> Mapping[str, Passport]:
    folder = files("search_core.passports")
    texts = sorted(each.name for each in folder.iterdir() if each.name.endswith(".json"))
    found = [_read(folder.joinpath(name).read_bytes()) for name in texts]
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
