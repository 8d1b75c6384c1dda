"""The sample's pairs by their cosine, under each model that was measured.

They are stored with the examples: a `StoredHills` is what the file holds of one model, and `Hills`
joins it with the sample's labels. Neither needs the model, so that the page opens with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

import search_core as sc

Floats = npt.NDArray[np.float64]
Cosines = npt.NDArray[np.floating]
Counts = npt.NDArray[np.int64]

BINS = 400
STEP = 2.0 / BINS
DECIMALS = 4  # of a stored cosine
ROUNDING = 1e-9  # so that a cosine at the end of a bin counts as reaching it


@dataclass(frozen=True)
class StoredHills:
    """One model on the sample's pairs.

    Attributes
    ----------
    model:
        Its name.
    remark:
        How it was measured, where that was not by this program; else empty.
    questions, documents:
        How many the sample has.
    labelled:
        Cosines of the labelled pairs, in the order of the labels.
    every, unrelated:
        How many pairs there are in each of 400 equal bins of the cosine from -1 to 1: of every
        question of the sample with every document, and of the shipped unrelated questions with
        every document.
    """

    model: str
    remark: str
    questions: int
    documents: int
    labelled: tuple[float, ...]
    every: tuple[int, ...]
    unrelated: tuple[int, ...]


def measure(
    model: str, labelled: Cosines, every: Cosines, unrelated: Cosines, remark: str = ""
) -> StoredHills:
    """Count a model's cosines.

    Parameters
    ----------
    model, remark:
        As `StoredHills` has them.
    labelled:
        Of the labelled pairs, in the order of the labels; shape (n,).
    every:
        Of the sample's questions with its documents; shape (questions, documents).
    unrelated:
        Of unrelated questions with the documents, in any shape.
    """
    questions, documents = every.shape
    return StoredHills(
        model=model,
        remark=remark,
        questions=questions,
        documents=documents,
        labelled=tuple(np.round(labelled, DECIMALS).tolist()),
        every=_counted(every),
        unrelated=_counted(unrelated),
    )


def _counted(cosines: Cosines) -> tuple[int, ...]:
    bins = np.floor((np.round(cosines, DECIMALS) + 1.0) / STEP + ROUNDING).astype(int)
    return tuple(np.bincount(np.clip(bins.ravel(), 0, BINS - 1), minlength=BINS).tolist())


@dataclass(frozen=True, eq=False)
class Hills:
    """What a model makes of the sample's labelled and unrelated pairs.

    Attributes
    ----------
    stored:
        Its cosines.
    judged:
        The labels with these cosines.
    """

    stored: StoredHills
    judged: sc.Judged

    @property
    def model(self) -> str:
        """The model's name."""
        return self.stored.model

    @property
    def relevant(self) -> Floats:
        """Cosines of the pairs labelled relevant."""
        return self.judged.scores[self.judged.relevant]

    @property
    def irrelevant(self) -> Floats:
        """Cosines of the pairs labelled not relevant."""
        return self.judged.scores[~self.judged.relevant]

    @cached_property
    def unrelated(self) -> Floats:
        """Cosines of the unrelated pairs, ascending: those of a bin lie evenly within it."""
        counts = np.array(self.stored.unrelated)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        within = (np.arange(counts.sum()) - first + 0.5) / np.repeat(counts, counts)
        return np.repeat(EDGES[:-1], counts) + STEP * within

    @cached_property
    def shown(self) -> Counts:
        """How many of all pairs have a cosine of `EDGES[i]` or more; none at the last, 1."""
        return np.append(np.cumsum(self.stored.every[::-1])[::-1], 0)

    @cached_property
    def found(self) -> Counts:
        """How many relevant pairs have a cosine of `EDGES[i]` or more; none at the last, 1."""
        return np.append((self.relevant[:, None] >= EDGES[:-1] - ROUNDING).sum(axis=0), 0)

    def near(self, cosine: float) -> sc.Nearby:
        """Return the labelled pairs around a cosine."""
        return sc.relevance_near(cosine, self.judged)

    def share_unrelated_below(self, cosine: float) -> float:
        """Return the share of unrelated pairs whose cosine is less than this one."""
        return float(np.mean(self.unrelated < cosine))


EDGES: Floats = np.round(np.arange(BINS + 1) * STEP - 1.0, DECIMALS)
"""The ends of the bins, ascending, from -1 to 1."""


def write_stored(every: list[StoredHills], path: Path) -> None:
    """Store what was measured, a line for each model."""
    lines = ",\n".join(msgspec.json.encode(each).decode() for each in every)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def read_stored(path: Path) -> list[StoredHills]:
    """Read what was measured.

    Raises
    ------
    OSError, msgspec.DecodeError
        It is not there, or not of this version.
    """
    return msgspec.json.decode(path.read_bytes(), type=list[StoredHills])


def read_hills(path: Path, labels: sc.Labels) -> tuple[Hills, ...]:
    """Read every model's hills and join them with the labels, the default model first.

    Raises
    ------
    OSError, msgspec.DecodeError, CalibrationError
        What is stored is not there, or not of this version, or not of these labels.
    """
    return tuple(
        Hills(each, sc.Judged.of(labels.relevance, labels.queries, each.labelled))
        for each in read_stored(path)
    )
