"""Hits: what a search returned, best first, with the meaning of its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from search_core import display
from search_core.arrays import floats_of
from search_core.errors import InputError, ScaleMismatch, check_kind, shortened
from search_core.frames import Backend, frame_of
from search_core.mistakes import explain_mistakes
from search_core.scale import EMPTY_PLACE, METRIC_SCALES, ScoreScale
from search_core.vectors import Floats, Vectors


class Hit(NamedTuple):
    """One of the hits of a query, as iterating over `Hits` gives it.

    Attributes
    ----------
    rank:
        1 for the best.
    id, text, score:
        Of the hit; the hits' `scale` says what the score means.

    Examples
    --------
    >>> hits = sc.Hits("cat", (), ("b",), ("a cat",), np.array([0.9]), sc.COSINE)
    >>> next(iter(hits))
    Hit(rank=1, id='b', text='a cat', score=0.9)
    """

    rank: int
    id: str
    text: str
    score: float


@explain_mistakes
@dataclass(frozen=True, eq=False)
class Hits:
    """The hits of one query.

    Attributes
    ----------
    query:
        The text that was asked.
    positions:
        Where each hit stands in the collection, counted from 0; length k. Empty where that is not
        known, as of hits that another library found.
    ids, texts:
        The hits' ids and texts; length k.
    scores:
        float64, shape (k,), best first; `scale` says which way "best" runs.
    scale:
        What the scores mean.
    notes:
        What to bear in mind of the scores, in sentences.
    query_vector:
        The query's unit vector, shape (dim,), so that nobody need embed it again; None where it
        is not known.

    Raises
    ------
    InputError
        The parts differ in length, a position is below 0, a score is no finite number or outside
        the bounds of the scale, or the best does not stand first. What FAISS fills an empty place
        with (position -1, a score of ±3.4e38) is refused by name; a score that float32 rounded past
        a bound is brought back to it.

    Examples
    --------
    >>> scores = np.array([0.9, 0.4])
    >>> hits = sc.Hits("cat", (1, 0), ("b", "a"), ("a cat", "a dog"), scores, sc.COSINE)
    >>> len(hits), hits.similarities.tolist()
    (2, [0.9, 0.4])
    """

    query: str
    positions: tuple[int, ...]
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    scores: Floats
    scale: ScoreScale
    notes: tuple[str, ...] = ()
    query_vector: Vectors | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_kind(self.query, str, "give the text that was asked", InputError)
        check_kind(
            self.scale, ScoreScale, "look it up by its name or its engine with scale_of", InputError
        )
        scores = floats_of(self.scores, "scores of hits")
        parts = (len(self.positions), len(self.ids), len(self.texts), scores.size)
        needed = parts if self.positions else parts[1:]
        if scores.ndim != 1 or len(set(needed)) > 1:
            raise InputError(
                "Hits were given {} positions, {} ids, {} texts and {} scores; give one of each a "
                "hit, or no positions at all.".format(*parts)
            )
        first = min(self.positions, default=0)
        if first < 0:
            raise InputError(
                f"A hit has position {first}, and positions count from 0; -1 is {EMPTY_PLACE}."
            )
        scores = self.scale.bring_within(scores)
        scores.flags.writeable = False
        object.__setattr__(self, "scores", scores)
        falling = scores if self.scale.higher_is_better else -scores
        if (falling[1:] > falling[:-1]).any():
            raise InputError(
                f"These hits do not stand best first on the scale '{self.scale.name}'; sort them."
            )

    def __repr__(self) -> str:
        asked, ends = shortened(self.query), ""
        if len(self):
            ends = f", from {self.scores[0]:.4g} to {self.scores[-1]:.4g}"
        return f"<Hits of {asked}: {len(self)} on the scale '{self.scale.name}'{ends}>"

    def _repr_html_(self) -> str:
        rows = [(hit.rank, hit.score, hit.text) for hit in self]
        return "".join(
            [
                display.sentence(self.query, strong=True),
                display.table(["rank", self.scale.label, "text"], rows),
                display.notes(self.notes),
            ]
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Hit]:
        rows = zip(self.ids, self.texts, self.scores.tolist(), strict=True)
        return (Hit(rank, *row) for rank, row in enumerate(rows, start=1))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each hit as a dict with rank, id, text and score, best first."""
        return [hit._asdict() for hit in self]

    def to_frame(self, backend: Backend = "pandas") -> Any:
        """Return the hits as a frame of pandas, polars or pyarrow, with the columns of `to_dicts`.

        Parameters
        ----------
        backend:
            "pandas", "polars" or "pyarrow".

        Raises
        ------
        InputError
            The library is none of these, or not installed.
        """
        rows = list(self)
        columns = {name: [getattr(hit, name) for hit in rows] for name in Hit._fields}
        return frame_of(columns, backend)

    @property
    def similarities(self) -> Floats:
        """Cosine of each hit where the scale has one, else the score turned so that more is better.

        Shape (k,). Squared L2 on unit vectors is 2 - 2c, hence c = 1 - D/2.
        """
        if self.scale.name == "squared_l2" and self.scale.upper == 4.0:
            return 1.0 - self.scores / 2.0
        return self.scores if self.scale.higher_is_better else -self.scores

    def cosines(self) -> Floats:
        """Cosine of each hit, shape (k,).

        Raises
        ------
        ScaleMismatch
            Where no cosine stands behind the scores (a normalized or calibrated scale, or a metric
            without the bounds that unit vectors give it).
        """
        own = METRIC_SCALES.get(self.scale.name)
        if own is None or (own.lower, own.upper) != (self.scale.lower, self.scale.upper):
            raise ScaleMismatch(
                f"These hits are on the scale '{self.scale.name}', which has no cosine; "
                "use the hits as a search of unit vectors returned them."
            )
        return np.clip(self.similarities, -1.0, 1.0)

    def rescored(self, scores: npt.ArrayLike, scale: ScoreScale) -> Hits:
        """Return these hits with other scores, in the order that those scores give.

        Parameters
        ----------
        scores:
            One new score for each hit, in the present order; shape (k,). Equal scores keep the
            present order.
        scale:
            What the new scores mean.

        Raises
        ------
        InputError
            There are more or fewer scores than hits, or one cannot be on this scale.
        """
        check_kind(scale, ScoreScale, "look it up with scale_of", InputError)
        values = floats_of(scores, "scores")
        if values.shape != (len(self),):
            raise InputError(
                f"Scores of shape {values.shape} were given for {len(self)} hits; give one per hit."
            )
        values = scale.bring_within(values)
        order = np.argsort(-values if scale.higher_is_better else values, kind="stable").tolist()
        return Hits(
            query=self.query,
            positions=_taken(self.positions, order) if self.positions else (),
            ids=_taken(self.ids, order),
            texts=_taken(self.texts, order),
            scores=values[order],
            scale=scale,
        )


def _taken(items: Sequence, order: list[int]) -> tuple:  # type: ignore[type-arg]
    return tuple([items[index] for index in order])
