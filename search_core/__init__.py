"""Score Sense: what does a similarity score mean?

Every public name is here and is loaded when it is first used, so that importing the package
loads neither torch nor faiss.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import Calibrator, load_calibrator
    from search_core.calibrate.fit import CalibrationResult, fit_calibrator
    from search_core.corpus import Corpus
    from search_core.encoder import Encoder, load_encoder
    from search_core.engine import SearchEngine
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
    from search_core.index.spec import IndexSpec
    from search_core.labels import Labels, read_labels
    from search_core.normalize.engines import ENGINES, from_cosine, to_cosine
    from search_core.normalize.registry import NORMALIZERS, normalize
    from search_core.pairs import ScoredPairs
    from search_core.scale import ScoreScale
    from search_core.tables import read_corpus

_HOMES = {
    "Calibrator": "calibrate.calibrator",
    "load_calibrator": "calibrate.calibrator",
    "CalibrationResult": "calibrate.fit",
    "fit_calibrator": "calibrate.fit",
    "score_pairs": "labels",
    "Corpus": "corpus",
    "Encoder": "encoder",
    "load_encoder": "encoder",
    "SearchEngine": "engine",
    "CalibrationError": "errors",
    "CorpusError": "errors",
    "EncoderError": "errors",
    "IndexSpecError": "errors",
    "InputError": "errors",
    "LabelsError": "errors",
    "QueryError": "errors",
    "ScaleMismatch": "errors",
    "SearchCoreError": "errors",
    "Hits": "hits",
    "IndexSpec": "index.spec",
    "Labels": "labels",
    "read_labels": "labels",
    "ENGINES": "normalize.engines",
    "from_cosine": "normalize.engines",
    "to_cosine": "normalize.engines",
    "NORMALIZERS": "normalize.registry",
    "normalize": "normalize.registry",
    "ScoredPairs": "pairs",
    "ScoreScale": "scale",
    "read_corpus": "tables",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - one list, not two


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'search_core' has no attribute '{name}'")
    value = getattr(import_module(f"search_core.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
