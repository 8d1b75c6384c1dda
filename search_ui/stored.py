"""Comparisons that were measured once, on another machine perhaps, and are stored as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np

import search_core as sc
from search_ui.sample import EXAMPLES, reading_stored
from search_ui.views.indexes import IndexRow

SECOND_MODEL = EXAMPLES / "second_model.json"
MANY_DOCUMENTS = EXAMPLES / "many_documents.json"
MODEL_COMMAND = "python -m examples.second_model"
INDEXES_COMMAND = "python -m examples.many_documents"
DECIMALS = 4  # of a stored cosine


@dataclass(frozen=True)
class Measured:
    """How and when something was measured.

    Attributes
    ----------
    by:
        The program, with its version.
    day:
        As YYYY-MM-DD.
    command:
        What makes it again.
    """

    by: str
    day: str
    command: str


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A model that need not be on this machine, as it did on the sample's labels.

    Attributes
    ----------
    trial:
        What `sc.try_model` returned, with cosines of four decimals.
    measured:
        How and when.
    """

    trial: sc.ModelTrial
    measured: Measured

    @property
    def name(self) -> str:
        """The model's name."""
        return self.trial.name


@dataclass(frozen=True)
class StoredIndexes:
    """Index types on a collection that is too large to be embedded for a visitor.

    Attributes
    ----------
    documents, queries:
        How many there are.
    threshold:
        The cosine from which on a hit is shown.
    model:
        What embedded them.
    recommendation:
        What `sc.recommend_index` said.
    rows:
        One index each, Flat first.
    measured:
        How and when.
    """

    documents: int
    queries: int
    threshold: float
    model: str
    recommendation: str
    rows: tuple[IndexRow, ...]
    measured: Measured


def write_model(model: StoredModel, path: Path = SECOND_MODEL) -> None:
    """Store a model's results; `python -m examples.second_model` does it."""
    path.write_bytes(msgspec.json.encode(model, enc_hook=_plain) + b"\n")


def read_model(path: Path = SECOND_MODEL) -> StoredModel:
    """Read a model's stored results.

    Raises
    ------
    StaleExamplesError
        They are missing, damaged, or of another version.
    """
    with reading_stored(path.name, MODEL_COMMAND):
        return msgspec.json.decode(path.read_bytes(), type=StoredModel, dec_hook=_array)


def write_indexes(indexes: StoredIndexes, path: Path = MANY_DOCUMENTS) -> None:
    """Store what indexes did; `python -m examples.many_documents` does it."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(indexes), indent=1) + b"\n")


def read_indexes(path: Path = MANY_DOCUMENTS) -> StoredIndexes:
    """Read what indexes did on a large collection.

    Raises
    ------
    StaleExamplesError
        It is missing, damaged, or of another version.
    """
    with reading_stored(path.name, INDEXES_COMMAND):
        return msgspec.json.decode(path.read_bytes(), type=StoredIndexes)


@cache
def second_model() -> StoredModel:
    """Return the stored model, read once."""
    return read_model()


@cache
def many_documents() -> StoredIndexes:
    """Return the stored comparison of indexes, read once."""
    return read_indexes()


@dataclass(frozen=True)
class _Counts:
    """Many cosines, ascending: how many of each ten-thousandth there are, from the lowest on."""

    lowest: int
    counts: tuple[int, ...]


def _plain(array: Any) -> object:
    """Return an array as it is stored: labelled cosines one by one, distributions as counts.

    Distributions are the float32 arrays of a `ModelTrial`, which are sorted and long.
    """
    if array.dtype != np.float32:
        return [round(float(value), DECIMALS) for value in array]
    steps = np.rint(array.astype(np.float64) * 10**DECIMALS).astype(int)
    return _Counts(int(steps[0]), tuple(np.bincount(steps - steps[0]).tolist()))


def _array(kind: Any, stored: Any) -> Any:
    """Return the array that a field is annotated as, from what `_plain` stored."""
    (number,) = get_args(get_args(kind)[1])
    if number is not np.float32:
        return np.asarray(stored, dtype=number)
    found = msgspec.convert(stored, _Counts)
    steps = found.lowest + np.arange(len(found.counts))
    return np.repeat(steps / 10**DECIMALS, found.counts).astype(number)
