"""scikit-learn; see `search_core.adapters.sklearn`."""

from search_core.adapters.sklearn import ScoreCalibrator as ScoreCalibrator
