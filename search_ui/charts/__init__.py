"""Charts: figures in, a figure of HTML and SVG out; no chart library, no state, nothing fetched."""

from search_ui.charts.calibration import (
    feature_worth,
    reliability,
    reliability_finding,
    threshold_curve,
    worth_finding,
)
from search_ui.charts.cosines import (
    NO_THRESHOLD,
    ModelScores,
    hit_words,
    strip,
    two_backgrounds,
    two_models,
)
from search_ui.charts.figure import chart_css
from search_ui.charts.hills import Line, ModelHills, Ruler, movable_hills
from search_ui.charts.hit_map import MapPoint, MapRing, hit_map
from search_ui.charts.shifts import k_stability, score_shift

__all__ = [
    "NO_THRESHOLD",
    "Line",
    "MapPoint",
    "MapRing",
    "ModelHills",
    "ModelScores",
    "Ruler",
    "chart_css",
    "feature_worth",
    "hit_map",
    "hit_words",
    "k_stability",
    "movable_hills",
    "reliability",
    "reliability_finding",
    "score_shift",
    "strip",
    "threshold_curve",
    "two_backgrounds",
    "two_models",
    "worth_finding",
]
