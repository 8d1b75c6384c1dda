"""What the page shows of the map of a question's hits: points at exact distances, and rings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import search_core as sc
from search_ui.charts import MapPoint, MapRing
from search_ui.rendering import count, percent
from search_ui.views.calibration import CalibrationView
from search_ui.views.search import SearchView

PREDICTED = (0.5, 0.8)  # predicted relevance that has a ring
SHARES = (
    (0.5, "half of the other texts lie outside"),
    (0.99, "99% of the other texts lie outside"),
)
FEWEST = 100  # other texts, of which 1% is one


@dataclass(frozen=True)
class MapView:
    """The map of a question's hits.

    Attributes
    ----------
    points, rings:
        What is drawn; the rings from the middle out.
    explained:
        The share of the differences between the hits that the angle shows.
    """

    points: tuple[MapPoint, ...]
    rings: tuple[MapRing, ...]
    explained: float

    @property
    def finding(self) -> str:
        """What the map shows, in words."""
        return f"{count(len(self.points), 'hit')} around your question"

    @property
    def has_predicted(self) -> bool:
        """Whether there are rings of predicted relevance."""
        return any(ring.is_predicted for ring in self.rings)


def view_map(
    engine: sc.SearchEngine,
    view: SearchView,
    calibrator: sc.Calibrator | None,
    fit: CalibrationView | None,
) -> MapView:
    """Return the map of an answer.

    Parameters
    ----------
    engine, view:
        The collection, and what it answered.
    calibrator, fit:
        The calibrator that Search shows, and the fit behind it where that is known: it has the
        curve of the score alone where the calibrator reads more.
    """
    positions = [engine.corpus.position_of_id[hit.id] for hit in view.hits]
    found = sc.HitMap.of(engine.query_vector(view.query), engine.vectors[positions])
    points = tuple(
        MapPoint(hit.rank, hit.text, distance, angle, hit.rank in view.relevant)
        for hit, distance, angle in zip(
            view.hits, found.distances.tolist(), found.angles.tolist(), strict=True
        )
    )
    rings = [*_background_rings(view), *_predicted_rings(calibrator, fit)]
    return MapView(points, tuple(sorted(rings, key=lambda ring: ring.distance)), found.explained)


def _background_rings(view: SearchView) -> Iterator[MapRing]:
    if len(view.background) < FEWEST:
        return
    for share, words in SHARES:
        cosine = float(np.quantile(view.background, share))
        yield MapRing(1.0 - cosine, words, is_predicted=False)


def _predicted_rings(
    calibrator: sc.Calibrator | None, fit: CalibrationView | None
) -> Iterator[MapRing]:
    if calibrator is None:
        return
    on_the_score = calibrator
    if calibrator.needs_engine:
        if fit is None:
            return
        on_the_score = sc.load_calibrator(fit.curve)
    if on_the_score.scale.name != "cosine":
        return
    for value in PREDICTED:
        cosine = on_the_score.score_reaching(value)
        if cosine is not None and -1.0 < cosine < 1.0:
            yield MapRing(1.0 - cosine, f"{percent(value)} predicted", is_predicted=True)
