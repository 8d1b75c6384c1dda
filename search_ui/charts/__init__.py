"""Charts: figures in, SVG text out; no chart library, no state, nothing fetched."""

from search_ui.charts.feature_table import feature_worth
from search_ui.charts.figure import chart_css
from search_ui.charts.reliability import reliability
from search_ui.charts.score_shift import score_shift
from search_ui.charts.stability import k_stability
from search_ui.charts.strip import strip
from search_ui.charts.threshold import threshold_curve
from search_ui.charts.two_models import ModelScores, two_models
from search_ui.charts.two_queries import two_backgrounds

__all__ = [
    "ModelScores",
    "chart_css",
    "feature_worth",
    "k_stability",
    "reliability",
    "score_shift",
    "strip",
    "threshold_curve",
    "two_backgrounds",
    "two_models",
]
