"""What the page shows of a comparison of indexes: every number computed once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import search_core as sc


@dataclass(frozen=True)
class Cut:
    """From which value on a hit is shown.

    Attributes
    ----------
    value, is_calibrated:
        The value, and whether it is a calibrated one and not a cosine.
    words:
        Where it comes from, in a sentence.
    """

    value: float
    is_calibrated: bool
    words: str


@dataclass(frozen=True, eq=False)
class IndexComparison:
    """Indexes tried on one collection.

    Attributes
    ----------
    whose:
        Which collection and which questions, in words.
    corpus, queries:
        The collection, and what was asked.
    cut:
        What decides.
    trials:
        One index each, Flat first.
    name:
        Tells one comparison from another.
    """

    whose: str
    corpus: sc.Corpus
    queries: tuple[str, ...]
    cut: Cut
    trials: tuple[sc.IndexTrial, ...]
    name: str = field(default_factory=secrets.token_hex)

    def trial(self, name: str) -> sc.IndexTrial:
        """Return the index of this name; the most telling one where there is none."""
        known = {trial.spec.name: trial for trial in self.trials}
        return known.get(name) or self.most_telling

    @property
    def most_telling(self) -> sc.IndexTrial:
        """The index for which exact re-scoring does most: for decisions, then for scores."""
        return max(
            self.trials,
            key=lambda trial: (
                (trial.own.flips or 0) - (trial.rescored.flips or 0),
                trial.own.flips or 0,
                trial.spread,
            ),
        )

    def nbytes(self) -> int:
        """About how many bytes it takes beside the collection."""
        return sum(4 * trial.exact.nbytes for trial in self.trials)
