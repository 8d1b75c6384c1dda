"""How far a collection has moved from the one that a calibrator was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from search_core.corpus import SKETCH_SIZE, Corpus

if TYPE_CHECKING:
    from search_core.calibrate.fitted_on import FittedOn

# By `python -m benchmarks.living`, on eight collections: within this range a blend lost up to 0.011
# of log-loss against itself on the collection of the fit, under 0.001 on average, and nothing on
# average against one fitted anew. With as many new documents as old ones it lost up to 0.14.
MOST_ADDED, MOST_REMOVED = 0.1, 0.1
MOST_LOST = 0.011


@dataclass(frozen=True)
class CollectionChange:
    """What came and went in a collection since the fit.

    Attributes
    ----------
    added, removed:
        New documents, and documents that are gone, as shares of the collection that was fitted on;
        None where the calibrator does not know its texts. Exact where nothing was removed or the
        collections are small, else estimated from a sample of up to 256 texts, to 0.03.
    is_measured:
        Whether so much change was measured: what a blend states is then worth nearly what its
        report says. True where nothing changed.
    sentence:
        All of it in words; empty where nothing changed.
    """

    added: float | None
    removed: float | None
    is_measured: bool
    sentence: str


def change_since(fitted_on: FittedOn, corpus: Corpus) -> CollectionChange:
    """Compare a collection with the one of a fit."""
    if corpus.fingerprint == fitted_on.corpus_fingerprint:
        return CollectionChange(0.0, 0.0, True, "")
    if not fitted_on.corpus_sketch or not fitted_on.corpus_size:
        return CollectionChange(None, None, False, _UNKNOWN)
    growth = len(corpus) / fitted_on.corpus_size
    removed = max(_share_gone(fitted_on.corpus_sketch, corpus.sketch), 1.0 - growth)
    added = max(0.0, growth - (1.0 - removed))
    is_measured = added <= MOST_ADDED and removed <= MOST_REMOVED
    return CollectionChange(added, removed, is_measured, _words(added, removed, is_measured))


_UNKNOWN = (
    "This was fitted on a collection of other texts, of which it kept no sample, so how much has "
    "changed is not known and what it states here is unchecked."
)


def _share_gone(old: Sequence[str], new: Sequence[str]) -> float:
    """Estimate the share of old texts that are no longer there, from two sketches.

    Up to the lower of the two ends, each sketch holds every hash of its collection; a sketch that
    is not full holds them all.
    """
    ends = [sketch[-1] for sketch in (old, new) if len(sketch) == SKETCH_SIZE]
    compared = [text for text in old if not ends or text <= min(ends)]
    still = set(new).intersection(compared)
    return 1.0 - len(still) / len(compared) if compared else 1.0


def _words(added: float, removed: float, is_measured: bool) -> str:
    change = (
        "The collection has changed since the fit: new documents make up "
        f"{_percent(added)} of its former size, and {_percent(removed)} of the old ones are gone"
    )
    if is_measured:
        return f"{change}; in tests so much change cost up to {MOST_LOST:g} of log-loss."
    return (
        f"{change}. That is more than was tested ({MOST_ADDED:.0%} of each), so what is stated "
        "here is unchecked; judge examples of the collection as it is now."
    )


def _percent(share: float) -> str:
    return "under 1%" if 0 < share < 0.01 else f"{share:.0%}"
