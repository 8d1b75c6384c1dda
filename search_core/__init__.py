"""Score Sense tells what a similarity score means.

Every public name is here. Those that need faiss or scikit-learn are loaded when they are first
used, so that importing the package loads neither these nor torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from search_core.corpus import Corpus, read_corpus
from search_core.encoder import Encoder, Progress, load_encoder
from search_core.errors import (
    CalibrationError,
    CorpusError,
    EncoderError,
    IndexSpecError,
    InputError,
    LabelsError,
    QueryError,
    ScaleMismatch,
    SearchCoreError,
)
from search_core.hits import Hits
from search_core.index.spec import IndexSpec, default_specs
from search_core.labels import Labels, read_labels
from search_core.normalizers.engines import ENGINES, from_cosine, to_cosine
from search_core.normalizers.registry import NORMALIZERS, normalize
from search_core.pairs import ScoredPairs, score_pairs
from search_core.scale import ScoreScale

if TYPE_CHECKING:
    from search_core.calibrate.base_rate import estimate_base_rate
    from search_core.calibrate.calibrator import Calibrator, load_calibrator
    from search_core.calibrate.fit import CalibrationResult, fit_calibrator
    from search_core.calibrate.snippet import take_home_snippet
    from search_core.engine import SearchEngine
    from search_core.evaluate.index_choice import recommend_index
    from search_core.evaluate.index_trials import IndexTrial, compare_indexes
    from search_core.evaluate.model_trials import ModelTrial, compare_models

_LAZY = {
    "CalibrationResult": "calibrate.fit",
    "Calibrator": "calibrate.calibrator",
    "IndexTrial": "evaluate.index_trials",
    "ModelTrial": "evaluate.model_trials",
    "SearchEngine": "engine",
    "compare_indexes": "evaluate.index_trials",
    "compare_models": "evaluate.model_trials",
    "estimate_base_rate": "calibrate.base_rate",
    "fit_calibrator": "calibrate.fit",
    "load_calibrator": "calibrate.calibrator",
    "recommend_index": "evaluate.index_choice",
    "take_home_snippet": "calibrate.snippet",
}

__all__ = [
    "ENGINES",
    "NORMALIZERS",
    "CalibrationError",
    "CalibrationResult",
    "Calibrator",
    "Corpus",
    "CorpusError",
    "Encoder",
    "EncoderError",
    "Hits",
    "IndexSpec",
    "IndexSpecError",
    "IndexTrial",
    "InputError",
    "Labels",
    "LabelsError",
    "ModelTrial",
    "Progress",
    "QueryError",
    "ScaleMismatch",
    "ScoreScale",
    "ScoredPairs",
    "SearchCoreError",
    "SearchEngine",
    "compare_indexes",
    "compare_models",
    "default_specs",
    "estimate_base_rate",
    "fit_calibrator",
    "from_cosine",
    "load_calibrator",
    "load_encoder",
    "normalize",
    "read_corpus",
    "read_labels",
    "recommend_index",
    "score_pairs",
    "take_home_snippet",
    "to_cosine",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'search_core' has no attribute '{name}'")
    value = getattr(import_module(f"search_core.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
