"""Score Sense tells what a similarity score means.

Every public name is here, and each is loaded when it is first used: importing the package takes
next to no time, and loads neither torch nor faiss nor scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search_core.calibrate.base_rate import estimate_base_rate
    from search_core.calibrate.calibrator import Calibrator
    from search_core.calibrate.collection_change import CollectionChange
    from search_core.calibrate.fit import CalibrationResult, fit_calibrator
    from search_core.calibrate.json_reading import load_calibrator
    from search_core.calibrate.snippet import take_home_snippet
    from search_core.calibrate.thresholds import query_threshold, row_threshold
    from search_core.compare.index_choice import recommend_index
    from search_core.compare.index_trials import IndexTrial, compare_indexes
    from search_core.compare.model_trials import ModelTrial, compare_models
    from search_core.corpus import Corpus, read_corpus
    from search_core.encoder import Encoder, Progress, load_encoder
    from search_core.engine import SearchEngine
    from search_core.errors import (
        CalibrationError,
        CollectionChangedWarning,
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
    from search_core.normalizers.background import rarity_words
    from search_core.normalizers.engines import ENGINES, from_cosine, to_cosine
    from search_core.normalizers.registry import NORMALIZERS, moved, normalize
    from search_core.pairs import ScoredPairs, score_pairs
    from search_core.scale import BROUGHT_SCALES, COSINE, ScoreScale

_HOME = {
    "BROUGHT_SCALES": "scale",
    "COSINE": "scale",
    "ENGINES": "normalizers.engines",
    "NORMALIZERS": "normalizers.registry",
    "CalibrationError": "errors",
    "CalibrationResult": "calibrate.fit",
    "Calibrator": "calibrate.calibrator",
    "CollectionChange": "calibrate.collection_change",
    "CollectionChangedWarning": "errors",
    "Corpus": "corpus",
    "CorpusError": "errors",
    "Encoder": "encoder",
    "EncoderError": "errors",
    "Hits": "hits",
    "IndexSpec": "index.spec",
    "IndexSpecError": "errors",
    "IndexTrial": "compare.index_trials",
    "InputError": "errors",
    "Labels": "labels",
    "LabelsError": "errors",
    "ModelTrial": "compare.model_trials",
    "Progress": "encoder",
    "QueryError": "errors",
    "ScaleMismatch": "errors",
    "ScoreScale": "scale",
    "ScoredPairs": "pairs",
    "SearchCoreError": "errors",
    "SearchEngine": "engine",
    "compare_indexes": "compare.index_trials",
    "compare_models": "compare.model_trials",
    "default_specs": "index.spec",
    "estimate_base_rate": "calibrate.base_rate",
    "fit_calibrator": "calibrate.fit",
    "from_cosine": "normalizers.engines",
    "load_calibrator": "calibrate.json_reading",
    "load_encoder": "encoder",
    "moved": "normalizers.registry",
    "normalize": "normalizers.registry",
    "query_threshold": "calibrate.thresholds",
    "rarity_words": "normalizers.background",
    "read_corpus": "corpus",
    "read_labels": "labels",
    "recommend_index": "compare.index_choice",
    "row_threshold": "calibrate.thresholds",
    "score_pairs": "pairs",
    "take_home_snippet": "calibrate.snippet",
    "to_cosine": "normalizers.engines",
}

__all__ = [
    "BROUGHT_SCALES",
    "COSINE",
    "ENGINES",
    "NORMALIZERS",
    "CalibrationError",
    "CalibrationResult",
    "Calibrator",
    "CollectionChange",
    "CollectionChangedWarning",
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
    "moved",
    "normalize",
    "query_threshold",
    "rarity_words",
    "read_corpus",
    "read_labels",
    "recommend_index",
    "row_threshold",
    "score_pairs",
    "take_home_snippet",
    "to_cosine",
]


if not TYPE_CHECKING:  # a type checker that saw it would let every name pass

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(_unknown(name))
        value = getattr(import_module(f"search_core.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, __all__, 1)
    hint = f"did you mean '{near[0]}'?" if near else "dir(search_core) shows what there is."
    return f"search_core has no attribute '{name}'; {hint}"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
