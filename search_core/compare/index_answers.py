"""What the hits of an index are worth: how many are right, and what is decided by their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from search_core.corpus import Corpus
from search_core.engine import SearchEngine
from search_core.evaluate.measures import RANKS, ndcg
from search_core.evaluate.reliability import debiased_ece
from search_core.labels.labels import Labels, query_key
from search_core.vectors import Floats, Mask, Positions, Rows, Vectors, exact_cosines

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import Calibrator


@dataclass(frozen=True, eq=False)
class Ranked:
    """Hits of several queries, a row each, best first; arrays of shape (queries, k).

    Attributes
    ----------
    positions:
        int64; -1 where nothing more was found.
    cosines:
        float64; NaN there.
    """

    positions: Positions
    cosines: Floats

    @classmethod
    def stack(cls, rows: Sequence[tuple[Floats, Positions]], k: int) -> Ranked:
        """Put together the cosines and positions, up to k, of each query's hits."""
        positions = np.full((len(rows), k), -1, dtype=np.int64)
        cosines = np.full((len(rows), k), np.nan)
        for row, (found, where) in enumerate(rows):
            positions[row, : len(where)], cosines[row, : len(found)] = where, found
        return cls(positions, cosines)

    @property
    def found(self) -> Mask:
        """Where there is a hit; shape (queries, k)."""
        return self.positions >= 0


@dataclass(frozen=True, eq=False)
class Questions:
    """What every index is asked: texts, their vectors (queries, dim), and how many hits of each."""

    texts: Sequence[str]
    vectors: Vectors
    k: int


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
    threshold:
        From which value on a hit is shown.

    Examples
    --------
    >>> flip = sc.Flip("a cat", 3, 0.52, 0.47, 0.52, 0.47, shown=False, threshold=0.5)
    >>> flip.kind
    'hidden'
    """

    query: str
    position: int
    exact: float
    approximate: float | None
    exact_value: float
    value: float | None
    shown: bool
    threshold: float

    @property
    def kind(self) -> Literal["missed", "hidden", "shown", "moved up"]:
        """What the index did to it.

        Of hits that exact search shows: "missed" where the index does not find it, and "hidden"
        where it scores it below the threshold. Of others: "shown" where only the index scores it
        high enough, and "moved up" where its exact value is high enough, too, but the index alone
        counts it among the first k.
        """
        if not self.shown:
            return "missed" if self.approximate is None else "hidden"
        return "moved up" if self.exact_value >= self.threshold else "shown"


@dataclass(frozen=True)
class Answers:
    """How good the first k hits of an index are, on one kind of score.

    Attributes
    ----------
    recall:
        Index recall@k: share of the exact first k that are among them, in [0, 1].
    ndcg:
        nDCG@10 of these hits by the labels, in [0, 1]; what has no label gains nothing. None
        without labels.
    flipped:
        The pairs that are shown at or above the threshold here and not under exact search, or the
        other way round: a score that moved, or a hit that was missed. None without a threshold.
    calibration_error:
        Debiased ECE of the calibrated values over the labelled hits, its own and those of exact
        search: one that it misses counts as predicted 0, because nobody gets to see it. None
        without a calibrator, or where no hit is labelled.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> (trial,) = sc.compare_indexes(corpus, encoder, [sc.IndexSpec("HNSW8")], ["cat"], k=2)
    >>> trial.own.recall, trial.own.ndcg
    (1.0, None)
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


class Judge:
    """Compares what indexes found with exact search, and with what labels say.

    A (query, document) pair goes by one whole number, query · documents + position, so that pairs
    sort as queries do, and within one as positions do.
    """

    def __init__(
        self,
        flat: SearchEngine,
        asked: Questions,
        exact: Ranked,
        found: Sequence[Ranked],
        *,
        labels: Labels | None,
        calibrator: Calibrator | None,
        threshold: float | None,
    ) -> None:
        """Work out once what several indexes share.

        Parameters
        ----------
        flat, asked, exact:
            Exact search, what it was asked, and what it found.
        found:
            All that is to be judged.
        labels, calibrator, threshold:
            As for `compare_indexes`.
        """
        self._asked, self._exact = asked, exact
        self._documents = len(flat.corpus)
        self._threshold, self._calibrator = threshold, calibrator
        self._judged = None if labels is None else _judged(labels, flat.corpus, asked.texts)
        self._pairs = np.unique(np.concatenate([self._numbers(each) for each in (exact, *found)]))
        queries, positions = np.divmod(self._pairs, self._documents)
        by_query = np.split(positions, np.searchsorted(queries, np.arange(1, len(asked.texts))))
        self._cosines = np.concatenate(
            [
                exact_cosines(flat.vectors[those], vector)
                for those, vector in zip(by_query, asked.vectors, strict=True)
            ]
        )
        if calibrator is not None:
            self._scored = flat.score_texts(
                [asked.texts[query] for query in queries],
                [flat.corpus.texts[position] for position in positions],
            )

    def exact_cosines(self, found: Ranked) -> Floats:
        """Return the exact cosine of each hit, query after query; shape (hits,)."""
        return self._cosines[self._rows(self._numbers(found))]

    def answers(self, found: Ranked) -> Answers:
        """Judge the hits of one index."""
        values = np.full(found.cosines.shape, np.nan)
        values[found.found] = self._values(self._numbers(found), found.cosines[found.found])
        among = (self._exact.positions[:, :, None] == found.positions[:, None, :]).any(axis=2)
        relevance = None if self._judged is None else self._relevance(found, self._judged)
        return Answers(
            recall=float(among.mean()),
            ndcg=None if relevance is None else self._ndcg(found, relevance),
            flipped=(
                None if self._threshold is None else self._flipped(found, values, self._threshold)
            ),
            calibration_error=None if relevance is None else self._error(found, relevance, values),
        )

    def _numbers(self, found: Ranked) -> Positions:
        """Return the number of each pair that was found; shape (hits,)."""
        rows = np.arange(len(found.positions))[:, np.newaxis] * self._documents
        numbers: Positions = (rows + found.positions)[found.found]
        return numbers

    def _rows(self, numbers: Positions) -> Rows:
        return np.searchsorted(self._pairs, numbers)

    def _values(self, numbers: Positions, cosines: Floats) -> Floats:
        """Return calibrated values of pairs, or the cosines themselves without a calibrator.

        Of a blend only the cosine is the index's; its other features are exact under every index.
        """
        if self._calibrator is None or not len(numbers):
            return cosines
        pairs = self._scored.take(self._rows(numbers))
        features = pairs.features.copy()
        features[:, pairs.feature_names.index("cos")] = cosines
        return self._calibrator.predict(replace(pairs, features=features))

    def _flipped(self, found: Ranked, values: Floats, threshold: float) -> tuple[Flip, ...]:
        """Return the decisions that differ, the strongest by exact value first."""
        numbers = self._numbers(found)
        cosines, values = found.cosines[found.found], values[found.found]
        exact = self._numbers(self._exact)
        exact_values = self._values(exact, self._exact.cosines[self._exact.found])
        shown = numbers[values >= threshold]
        differing = np.setxor1d(shown, exact[exact_values >= threshold])
        known = self._cosines[self._rows(differing)]
        cosine_of = dict(zip(numbers.tolist(), cosines.tolist(), strict=True))
        value_of = dict(zip(numbers.tolist(), values.tolist(), strict=True))
        flips = [
            Flip(
                query=self._asked.texts[number // self._documents],
                position=number % self._documents,
                exact=cosine,
                approximate=cosine_of.get(number),
                exact_value=value,
                value=value_of.get(number),
                shown=is_shown,
                threshold=threshold,
            )
            for number, cosine, value, is_shown in zip(
                differing.tolist(), known.tolist(), self._values(differing, known).tolist(),
                np.isin(differing, shown).tolist(), strict=True,
            )
        ]  # fmt: skip
        return tuple(sorted(flips, key=lambda flip: -flip.exact_value))

    def _relevance(self, found: Ranked, judged: Sequence[Mapping[int, float]]) -> Floats:
        """Return what labels say of each hit, NaN where there is none; shape (queries, k)."""
        rows = zip(judged, found.positions.tolist(), strict=True)
        return np.array([[known.get(each, np.nan) for each in hits] for known, hits in rows])

    def _ndcg(self, found: Ranked, relevance: Floats) -> float | None:
        """nDCG@10 of the hits; what is relevant and missing counts in the ideal order alone."""
        names = [query_key(text) for text in self._asked.texts]
        # No missing document moves up into a gap, nor into one after the last hit.
        gains = np.zeros((len(names), max(self._asked.k, RANKS)))
        gains[:, : relevance.shape[1]] = np.nan_to_num(relevance)
        missing = [
            (name, value)
            for name, known, hits in zip(names, self._judged or (), found.positions, strict=True)
            for position, value in known.items()
            if position not in hits
        ]
        return ndcg(
            np.concatenate([gains.ravel(), [value for _, value in missing]]),
            np.concatenate(
                [
                    np.tile(-np.arange(gains.shape[1], dtype=np.float64), len(names)),
                    np.full(len(missing), -np.inf),
                ]
            ),
            [*np.repeat(names, gains.shape[1]).tolist(), *(name for name, _ in missing)],
        )

    def _error(self, found: Ranked, relevance: Floats, values: Floats) -> float | None:
        """Return the calibration error over the hits and those that were missed."""
        if self._calibrator is None:
            return None
        missed = np.array(self._missed(found))
        every = np.concatenate([relevance.ravel(), missed])
        predicted = np.concatenate([values.ravel(), np.zeros(len(missed))])
        judged = ~np.isnan(every)
        return debiased_ece(every[judged], predicted[judged]) if judged.any() else None

    def _missed(self, found: Ranked) -> list[float]:
        """Return the relevance of the labelled hits of exact search that are not among these."""
        rows = zip(self._judged or (), self._exact.positions, found.positions, strict=True)
        return [
            known[position]
            for known, exact, hits in rows
            for position in exact.tolist()
            if position in known and position not in hits
        ]


def _judged(labels: Labels, corpus: Corpus, texts: Sequence[str]) -> list[Mapping[int, float]]:
    """Return what labels say of each query by position; texts of no document are left out."""
    named = labels.texts or labels.doc_ids
    positions = corpus.position_of_text if labels.texts else corpus.position_of_id
    judged: dict[str, dict[int, float]] = {}
    for query, name, value in zip(labels.queries, named, labels.relevance.tolist(), strict=False):
        if name in positions:
            judged.setdefault(query_key(query), {})[positions[name]] = value
    return [judged.get(query_key(text), {}) for text in texts]
