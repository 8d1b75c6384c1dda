"""A calibrator in use: on hits, in a collection that has changed, at another share relevant."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import scipy

from search_core.calibrate.maps import expit, logit
from search_core.corpus import SKETCH_SIZE, Corpus
from search_core.engine import SearchEngine
from search_core.errors import CalibrationError, CollectionChangedWarning
from search_core.hits import Hits
from search_core.limits import is_demonstration
from search_core.mistakes import explain_mistakes
from search_core.pairs import EncodedBy
from search_core.scale import (
    BROUGHT_SCALES,
    METRIC_SCALES,
    ScoreScale,
)
from search_core.stores.engine import StoreEngine
from search_core.stores.sample import GROWN
from search_core.vectors import Floats

Kind = Literal["none", "measured", "beyond what was measured", "unknown"]

UNINFORMED = 1e-9  # a slope of the likelihood per row that rounding alone can leave

_L2 = BROUGHT_SCALES["l2"]
_OF_UNIT_VECTORS = {**METRIC_SCALES, _L2.name: _L2}


def engine_of(
    engine: SearchEngine | StoreEngine | None, hits: Sequence[Hits]
) -> SearchEngine | StoreEngine:
    """Return the engine whose collection has these hits; of a store they are fetched by id."""
    if engine is None:
        raise CalibrationError(
            "A blend looks at more than the score; give the engine that found these hits."
        )
    if isinstance(engine, StoreEngine):
        return engine
    corpus = engine.corpus
    for each in hits:
        positions = [corpus.position_of_id.get(name) for name in each.ids]
        there = tuple([corpus.texts[position] for position in positions if position is not None])
        if there != each.texts:
            raise CalibrationError(
                "These hits are not of this engine's collection as it is now, and a blend looks at "
                "their neighbours there; give the engine that found them, or search again."
            )
    return engine


def levelled(values: Floats) -> Floats:
    """Keep values from rising down a list."""
    level: Floats = scipy.optimize.isotonic_regression(values, increasing=False).x
    return level


def scores_on(scale: ScoreScale, hits: Hits) -> Floats:
    """Return the hits' scores on a scale, shape (k,).

    Scores on that very scale stay as they are. Metrics of unit vectors are one another through the
    cosine: D = 2 − 2c for squared L2, and its root for L2. Encoders are not compared here.

    Raises
    ------
    ScaleMismatch
        The hits are on another scale, and one of the two is no metric of unit vectors.
    """
    check_converts(scale, hits)
    if hits.scale.from_source(scale.source) == scale:
        return hits.scores
    return _from_cosines(_cosines(hits), scale.name)


def check_converts(scale: ScoreScale, hits: Hits) -> None:
    """Raise `ScaleMismatch` where the hits' scores have no equals on a scale; see `scores_on`."""
    given = hits.scale.from_source(scale.source)
    if not (given == scale or (_is_of_unit_vectors(scale) and _is_of_unit_vectors(given))):
        scale.require(given)


def _is_of_unit_vectors(scale: ScoreScale) -> bool:
    known = _OF_UNIT_VECTORS.get(scale.name)
    return known is not None and known.from_source(scale.source) == scale


def _cosines(hits: Hits) -> Floats:
    if hits.scale.name == _L2.name:
        return np.clip(1.0 - hits.scores**2 / 2.0, -1.0, 1.0)
    return hits.cosines()


def _from_cosines(cosines: Floats, name: str) -> Floats:
    squared = 2.0 - 2.0 * cosines
    if name == "squared_l2":
        return squared
    return np.sqrt(squared) if name == _L2.name else cosines


# By `python -m benchmarks.living`, on eight collections: within this range a blend lost up to 0.011
# of log-loss against itself on the collection of the fit, under 0.001 on average, and nothing on
# average against one fitted anew. With as many new documents as old ones it lost up to 0.14.
MOST_ADDED, MOST_REMOVED = 0.1, 0.1
MOST_LOST = 0.011


@dataclass(frozen=True)
class FittedOn:
    """What a calibrator was fitted on.

    Attributes
    ----------
    rows, queries:
        How many.
    mean:
        Mean relevance, in [0, 1].
    graded:
        Whether relevance took values between 0 and 1.
    judged_from, judged_to:
        The scale that labels are on.
    corpus_fingerprint, corpus_size:
        Of the collection; empty and 0 for scores without one.
    corpus_sketch:
        A sample of its texts' hashes, as `Corpus.sketch` has it; empty where it was not taken.
    corpus_from_labels:
        Whether the collection was made from the texts of the label file.
    seed:
        What the report's band was drawn with.
    encoder:
        What embedded the texts; None for scores without texts.

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays(
    ...     [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    ... )
    >>> fitted = sc.fit_calibrator(pairs, "platt").calibrator.fitted_on
    >>> fitted.rows, fitted.queries, fitted.mean, fitted.is_demo
    (80, 20, 0.5, False)
    """

    rows: int
    queries: int
    mean: float
    graded: bool
    judged_from: float = 0.0
    judged_to: float = 1.0
    corpus_fingerprint: str = ""
    corpus_size: int = 0
    corpus_sketch: tuple[str, ...] = field(default=(), repr=False)
    corpus_from_labels: bool = False
    seed: int = 0
    encoder: EncodedBy | None = None

    @property
    def is_demo(self) -> bool:
        """Whether there were too few labels for anything that can be checked."""
        return is_demonstration(self.rows, self.queries)


@dataclass(frozen=True)
class CollectionChange:
    """What came and went in a collection since the fit.

    Attributes
    ----------
    added, removed:
        New documents, and documents that are gone, as shares of the collection that was fitted on;
        None where the calibrator does not know its texts. Exact where nothing was removed or the
        collections are small, else estimated from a sample of up to 256 texts, to 0.03.
    sentence:
        All of it in words; empty where nothing changed.
    kind:
        "none" where nothing changed, "measured" and "beyond what was measured" where it did, and
        "unknown" where the calibrator kept no sample of its texts.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> calibrator = sc.fit_calibrator(engine.score_labels(sc.labels_of(rows)), "blend").calibrator
    >>> _names = engine.add(["the moon"])
    >>> change = calibrator.collection_change(engine)
    >>> change.added, change.removed, change.is_measured
    (0.33333333333333326, 0.0, False)
    """

    added: float | None
    removed: float | None
    sentence: str
    kind: Kind

    @property
    def is_measured(self) -> bool:
        """Whether so much change was measured: what a blend states is worth what its report says.

        True where nothing changed.
        """
        return self.kind in ("none", "measured")


def change_since(fitted_on: FittedOn, corpus: Corpus) -> CollectionChange:
    """Compare a collection with the one of a fit."""
    if corpus.fingerprint == fitted_on.corpus_fingerprint:
        return CollectionChange(0.0, 0.0, "", "none")
    if not fitted_on.corpus_sketch or not fitted_on.corpus_size:
        return CollectionChange(None, None, _UNKNOWN, "unknown")
    growth = len(corpus) / fitted_on.corpus_size
    removed = max(_share_gone(fitted_on.corpus_sketch, corpus.sketch), 1.0 - growth)
    added = max(0.0, growth - (1.0 - removed))
    is_measured = added <= MOST_ADDED and removed <= MOST_REMOVED
    words = _words(added, removed, is_measured)
    kind: Kind = "measured" if is_measured else "beyond what was measured"
    return CollectionChange(added, removed, words, kind)


def _change_of_store(fitted_on: FittedOn, engine: StoreEngine) -> CollectionChange:
    """Compare a store, whose texts nobody lists, with the collection of a fit, by their sizes."""
    size, count = fitted_on.corpus_size, engine.sample.count
    if not count or abs(count - size) <= GROWN * size:
        return CollectionChange(None, None, "", "none")
    words = (
        f"This was fitted on a collection of {size:,} documents, and the store has {count:,} rows: "
        "a list of hits is another one there, so its predictions here are unchecked."
    )
    return CollectionChange(None, None, words, "unknown")


_UNKNOWN = (
    "This was fitted on a collection of other texts and kept no sample of them, so how much has "
    "changed is unknown and its predictions here are unchecked."
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
        f"The collection has changed since the fit: {_percent(added)} new documents, "
        f"{_percent(removed)} of the old ones gone"
    )
    if is_measured:
        return f"{change}. In tests so much change cost up to {MOST_LOST:g} of log-loss."
    return (
        f"{change}. That is more than was tested ({MOST_ADDED:.0%} of each), so its predictions "
        "here are unchecked; label examples from the collection as it is now."
    )


def _percent(share: float) -> str:
    return "under 1%" if 0 < share < 0.01 else f"{share:.0%}"


def notes_on_change(
    fitted_on: FittedOn, engine: SearchEngine | StoreEngine, other_corpus: str
) -> tuple[str, ...]:
    """Return what to say of a collection that has changed since the fit.

    Raises
    ------
    CalibrationError
        It changed, and `other_corpus` is "refuse".

    Warns
    -----
    CollectionChangedWarning
        It changed more than was measured.
    """
    if isinstance(engine, StoreEngine):
        change = _change_of_store(fitted_on, engine)
    else:
        change = change_since(fitted_on, engine.corpus)
    if change.kind == "none":
        return ()
    if other_corpus == "refuse":
        raise CalibrationError(
            f"{change.sentence} A changed collection was to be refused; "
            "other_corpus='accept' serves it with a note."
        )
    if not change.is_measured:
        # From here by _calibrated, apply and its decorator to whoever called that.
        warnings.warn(change.sentence, CollectionChangedWarning, stacklevel=5)
    return (change.sentence,)


@explain_mistakes
def restated(p: Floats, labelled: float, share: float) -> Floats:
    """Return probabilities re-stated for another share of relevant rows.

    logit p′ = logit p + logit π′ − logit π (Saerens, Latinne and Decaestecker 2002). It holds where
    only the share differs, not what relevant texts look like.

    Parameters
    ----------
    p:
        Probabilities at the labels' own share.
    labelled, share:
        The share relevant among the labels, and in use; both inside (0, 1).

    Examples
    --------
    >>> sc.restated(np.array([0.1, 0.5, 0.9]), labelled=0.5, share=0.1).round(3).tolist()
    [0.012, 0.1, 0.5]
    """
    moved = logit(np.array([share])) - logit(np.array([labelled]))
    return expit(logit(p) + moved)


def most_likely_share(p: Floats, labelled: float) -> float:
    """Return the share of relevant rows under which values `p` are likeliest, inside (0, 1).

    `labelled` is the share that they were fitted at; see `estimate_base_rate`.
    """
    relevant, irrelevant = p / labelled, (1 - p) / (1 - labelled)

    def slope(share: float) -> float:
        mixture = share * relevant + (1 - share) * irrelevant
        return float(((relevant - irrelevant) / mixture).mean())

    # The likelihood is concave, so its slope falls and is 0 once at most.
    if abs(slope(labelled)) <= UNINFORMED:
        return labelled
    edge = 0.5 / (len(p) + 1)
    if slope(edge) <= 0:
        return edge
    if slope(1 - edge) >= 0:
        return 1 - edge
    return float(scipy.optimize.brentq(slope, edge, 1 - edge, xtol=1e-12))
