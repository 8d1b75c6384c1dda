"""Charts: figures in, a figure of HTML and SVG out; no chart library, no state, nothing fetched."""

from search_ui.charts.calibration import feature_worth, reliability, threshold_curve
from search_ui.charts.cosines import (
    NO_THRESHOLD,
    ModelScores,
    share_of_documents,
    strip,
    two_backgrounds,
    two_models,
)
from search_ui.charts.figure import chart_css
from search_ui.charts.hills import Line, ModelHills, Ruler, movable_hills
from search_ui.charts.shifts import k_stability, score_shift

__all__ = [
    "NO_THRESHOLD",
    "Line",
    "ModelHills",
    "ModelScores",
    "Ruler",
    "chart_css",
    "feature_worth",
    "k_stability",
    "movable_hills",
    "reliability",
    "score_shift",
    "share_of_documents",
    "strip",
    "threshold_curve",
    "two_backgrounds",
    "two_models",
]
