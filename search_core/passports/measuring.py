"""The score passport of a model: which cosines it gives to texts whose relation is known.

Forty texts come with the program, each with a paraphrase, its negation, and a text of mostly the
same words that means something else (`texts.csv`): that is enough for where a model's cosines lie.
What a cosine says of relevance takes labels. Where there are some, each collection has a logistic
curve of its own, and the spread between collections is shown, not hidden in one curve.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType

import numpy as np

from search_core.calibrate.models import platt_design
from search_core.embedding import embed_documents, embed_queries
from search_core.encoder import Encoder
from search_core.encoder.models import MODELS
from search_core.errors import CalibrationError, InputError
from search_core.evaluate.judged import RELEVANT
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.passports.measured import KINDS, CosineBand, RelevanceCurve
from search_core.passports.passport import Passport
from search_core.scale import COSINE
from search_core.vectors import Floats

DECIMALS = 4
COSINE_COLUMN = "cos"  # of pairs that were scored by their texts
TARGET = 0.8  # the precision that thresholds are for
FEWEST_SHOWN = 10  # pairs that a precision is of
OUTER = 0.05  # of a collection's cosines at either end, where its curve would be a guess


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
