"""From what other libraries return to `Hits`: best first, with their own ids, without positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from search_core.engines.scales import scale_of
from search_core.errors import InputError
from search_core.hits import Hits
from search_core.predicted import PredictedHit
from search_core.scale import ScoreScale
from search_core.vectors import Floats

ScoredBy = str | ScoreScale
"""What showed the scores: a key of `ENGINES`, the name of a scale, or a scale of your own."""


Row = tuple[object, object, object]
"""Id, text and score of a hit."""


def hits_of(
    query: str,
    found: Iterable[Row],
    engine: ScoredBy,
    positions: Sequence[int] = (),
) -> Hits:
    """Return what a search of another library found as `Hits`.

    Parameters
    ----------
    query:
        What was asked; empty where it is not known.
    found:
        Id, text and score of each; an id of None becomes its rank, from 0, a text of None empty.
    engine:
        What showed the scores.
    positions:
        Where each stands in its collection, where the library says so.

    Raises
    ------
    InputError
        An unknown engine, no score, or one that this engine cannot show.
    """
    rows = list(found)
    scale = scale_of(engine)
    scores = scores_of([score for _, _, score in rows])
    order = best_first(scores, scale)
    named = [str(rank if rows[at][0] is None else rows[at][0]) for rank, at in enumerate(order)]
    texts = ["" if rows[at][1] is None else str(rows[at][1]) for at in order]
    places = tuple(positions[at] for at in order) if positions else ()
    return Hits(query, places, tuple(named), tuple(texts), scores[order], scale)


def best_first(scores: Floats, scale: ScoreScale) -> list[int]:
    """Return the order in which the best stand first; equal ones keep theirs."""
    falling = scores if scale.higher_is_better else -scores
    order: list[int] = np.argsort(-falling, kind="stable").tolist()
    return order


def scores_of(given: Sequence[object]) -> Floats:
    """Return scores as float64, shape (n,).

    Raises
    ------
    InputError
        One of them is none, with its number.
    """
    for number, score in enumerate(given, start=1):
        if score is None or isinstance(score, str | bytes):
            raise InputError(
                f"Hit {number} has the score {score!r:.40}; a number was expected, so let the "
                "search return scores."
            )
    return np.array([float(score) for score in given], dtype=np.float64)  # type: ignore[arg-type]


def facts_of(hit: PredictedHit) -> dict[str, Any]:
    """Return what is put beside a document of another library: plain values, those known."""
    facts: dict[str, Any] = {"predicted_relevance": hit.value}
    if hit.low is not None:
        facts["predicted_relevance_interval"] = [hit.low, hit.high]
    if hit.rarity is not None:
        facts["rarity"] = hit.rarity
    return facts


def rows_of(found: Any) -> list[Mapping[str, Any]] | None:
    """Return the rows of a list of dicts, an Arrow table or a frame; None for anything else."""
    for method in ("to_pylist", "to_dicts", "to_dict"):
        if hasattr(found, method):
            found = getattr(found, method)(*(["records"] if method == "to_dict" else []))
            break
    is_rows = isinstance(found, list | tuple) and all(isinstance(row, Mapping) for row in found)
    return list(found) if is_rows else None
