"""What the hits of an index are worth: how many are right, and what is decided by their scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from search_core.compare.index_search import Found, Pair, Questions
from search_core.corpus import Corpus
from search_core.engine import SearchEngine, exact_cosines
from search_core.evaluate.ranking import RANKS, ndcg
from search_core.evaluate.reliability import debiased_ece
from search_core.labels import Labels, query_key
from search_core.pairs import ScoredPairs
from search_core.scale import COSINE

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import Calibrator

Floats = npt.NDArray[np.float64]
Judged = Mapping[str, Mapping[int, float]]
"""Relevance by folded query and position."""


@dataclass(frozen=True)
class Flip:
    """A pair that exact search and an index decide differently.

    Attributes
    ----------
    query, position:
        What was asked, and where the document stands in the collection.
    exact, approximate:
        Its cosine, and what the index takes it for; None where the index did not find it.
    exact_value, value:
        The same on the scale of the threshold.
    shown:
        Whether it is the index that shows it, and not exact search.
    """

    query: str
    position: int
    exact: float
    approximate: float | None
    exact_value: float
    value: float | None
    shown: bool


@dataclass(frozen=True)
class Answers:
    """How good the first k hits of an index are, on one kind of score.

    Attributes
    ----------
    recall:
        Index recall@k: share of the exact first k that are among them, in [0, 1].
    ndcg:
        nDCG@10 of these hits by the labels, in [0, 1]; what is not judged gains nothing. None
        without labels.
    flipped:
        The pairs that are shown at or above the threshold here and not under exact search, or the
        other way round: a score that moved, or a hit that was missed. None without a threshold.
    calibration_error:
        Debiased ECE of the calibrated values over the judged hits; None without a calibrator, or
        where no hit is judged.
    """

    recall: float
    ndcg: float | None = None
    flipped: tuple[Flip, ...] | None = None
    calibration_error: float | None = None

    def __repr__(self) -> str:
        ndcg = "" if self.ndcg is None else f", nDCG {self.ndcg:.3f}"
        flips = "" if self.flips is None else f", {self.flips:,} decisions flipped"
        return f"<Answers: recall {self.recall:.3f}{ndcg}{flips}>"

    @property
    def flips(self) -> int | None:
        """How many decisions are flipped; None without a threshold."""
        return None if self.flipped is None else len(self.flipped)


class Values:
    """Turns found cosines into what the threshold is compared with.

    The features of a pair are computed once, however many indexes find it. Of a blend only the
    cosine is the index's; its other features are exact under every index.
    """

    def __init__(
        self,
        flat: SearchEngine,
        asked: Questions,
        calibrator: Calibrator | None,
        found: Iterable[Found],
    ) -> None:
        """Make ready for the pairs in `found`."""
        self._calibrator = calibrator
        pairs = list(dict.fromkeys(pair for each in found for pair in each.pairs()))
        self._row = {pair: row for row, pair in enumerate(pairs)}
        queries = [asked.texts[number] for number, _ in pairs]
        if calibrator is not None and calibrator.needs_engine:
            texts = [flat.corpus.texts[place] for _, place in pairs]
            self._pairs = flat.score_texts(queries, texts)
        else:
            self._pairs = ScoredPairs(
                queries=tuple(map(query_key, queries)),
                relevance=np.full(len(pairs), np.nan),
                features=np.empty((len(pairs), 1)),
                feature_names=("cos",),
                scale=COSINE.from_source(flat.encoder.fingerprint),
            )

    @property
    def are_calibrated(self) -> bool:
        """Whether they are calibrated values, and not cosines."""
        return self._calibrator is not None

    def of(self, found: Found) -> Floats:
        """Return calibrated values, or the cosines themselves without a calibrator."""
        if self._calibrator is None or not len(found):
            return found.cosines
        rows = np.array([self._row[pair] for pair in found.pairs()], dtype=np.intp)
        pairs = self._pairs.take(rows)
        features = pairs.features.copy()
        features[:, pairs.feature_names.index("cos")] = found.cosines
        return self._calibrator.predict(replace(pairs, features=features))


@dataclass(frozen=True, eq=False)
class Judge:
    """Compares the hits of an index with the exact ones, and with what people judged.

    Attributes
    ----------
    flat, asked, exact:
        Exact search, what it was asked, and what it found.
    values:
        What is compared with the threshold.
    judged, threshold:
        None where there is none.
    """

    flat: SearchEngine
    asked: Questions
    exact: Found
    values: Values
    judged: Judged | None
    threshold: float | None

    def answers(self, found: Found) -> Answers:
        """Judge the hits of one index."""
        exact, pairs = set(self.exact.pairs()), set(found.pairs())
        return Answers(
            recall=len(exact & pairs) / len(exact),
            ndcg=None if self.judged is None else self._ndcg(found, self.judged),
            flipped=None if self.threshold is None else self._flipped(found, self.threshold),
            calibration_error=self._calibration_error(found),
        )

    def _flipped(self, found: Found, threshold: float) -> tuple[Flip, ...]:
        """Return the decisions that differ, the strongest by exact value first."""
        shown_exactly = _shown(self.exact, self.values.of(self.exact), threshold)
        values = self.values.of(found)
        cosine_of = dict(zip(found.pairs(), found.cosines.tolist(), strict=True))
        value_of = dict(zip(found.pairs(), values.tolist(), strict=True))
        shown = _shown(found, values, threshold)
        pairs = sorted(shown ^ shown_exactly)
        known = self._found_exactly(pairs)
        flips = (
            Flip(
                query=self.asked.texts[pair[0]],
                position=pair[1],
                exact=exact,
                approximate=cosine_of.get(pair),
                exact_value=exact_value,
                value=value_of.get(pair),
                shown=pair in shown,
            )
            for pair, exact, exact_value in zip(
                pairs, known.cosines.tolist(), self.values.of(known).tolist(), strict=True
            )
        )
        return tuple(sorted(flips, key=lambda flip: -flip.exact_value))

    def _found_exactly(self, pairs: Sequence[Pair]) -> Found:
        """Return any pairs with their exact cosines."""
        cosines = [
            exact_cosines(self.flat.vectors[[place]], self.asked.vectors[number])[0]
            for number, place in pairs
        ]
        numbers = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return Found(numbers[:, 0], numbers[:, 1], np.array(cosines, dtype=np.float64))

    def _calibration_error(self, found: Found) -> float | None:
        if self.judged is None or not self.values.are_calibrated:
            return None
        known = [
            self.judged.get(query_key(self.asked.texts[number]), {}).get(place)
            for number, place in found.pairs()
        ]
        rows = [row for row, relevance in enumerate(known) if relevance is not None]
        if not rows:
            return None
        relevance = np.array([known[row] for row in rows], dtype=np.float64)
        return debiased_ece(relevance, self.values.of(found)[rows])

    def _ndcg(self, found: Found, judged: Judged) -> float | None:
        """nDCG@10 of the hits; what is relevant and missing counts in the ideal order alone."""
        names: list[str] = []
        relevance: list[float] = []
        scores: list[float] = []
        for number, query in enumerate(map(query_key, self.asked.texts)):
            hits = found.positions[found.queries == number].tolist()
            of_query = judged.get(query, {})
            missing = [value for place, value in of_query.items() if place not in hits]
            empty = [0.0] * max(0, RANKS - len(hits))  # no missing document moves up into a gap
            gains = [of_query.get(place, 0.0) for place in hits] + empty
            names += [query] * (len(gains) + len(missing))
            relevance += gains + missing
            scores += [-float(rank) for rank in range(len(gains))] + [-np.inf] * len(missing)
        return ndcg(np.array(relevance), np.array(scores), names)


def judged_positions(labels: Labels, corpus: Corpus) -> Judged:
    """Return what people judged by position; texts that are no documents are left out."""
    named = labels.texts or labels.doc_ids
    place = corpus.position_of_text if labels.texts else corpus.position_of_id
    judged: dict[str, dict[int, float]] = {}
    for query, name, value in zip(labels.queries, named, labels.relevance.tolist(), strict=False):
        if name in place:
            judged.setdefault(query_key(query), {})[place[name]] = value
    return judged


def _shown(found: Found, values: Floats, threshold: float) -> set[Pair]:
    return {pair for pair, value in zip(found.pairs(), values, strict=True) if value >= threshold}
