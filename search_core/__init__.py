"""Score Sense tells what a similarity score means.

Every public name is here and is loaded when it is first used, so that importing the package
loads neither torch nor faiss.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search_core.calibrate.calibrator import (
        Calibrator as Calibrator,
    )
    from search_core.calibrate.calibrator import (
        load_calibrator as load_calibrator,
    )
    from search_core.calibrate.fit import (
        CalibrationResult as CalibrationResult,
    )
    from search_core.calibrate.fit import (
        fit_calibrator as fit_calibrator,
    )
    from search_core.corpus import (
        Corpus as Corpus,
    )
    from search_core.encoder import (
        Encoder as Encoder,
    )
    from search_core.encoder import (
        Progress as Progress,
    )
    from search_core.encoder import (
        load_encoder as load_encoder,
    )
    from search_core.engine import (
        SearchEngine as SearchEngine,
    )
    from search_core.errors import (
        CalibrationError as CalibrationError,
    )
    from search_core.errors import (
        CorpusError as CorpusError,
    )
    from search_core.errors import (
        EncoderError as EncoderError,
    )
    from search_core.errors import (
        IndexSpecError as IndexSpecError,
    )
    from search_core.errors import (
        InputError as InputError,
    )
    from search_core.errors import (
        LabelsError as LabelsError,
    )
    from search_core.errors import (
        QueryError as QueryError,
    )
    from search_core.errors import (
        ScaleMismatch as ScaleMismatch,
    )
    from search_core.errors import (
        SearchCoreError as SearchCoreError,
    )
    from search_core.hits import (
        Hits as Hits,
    )
    from search_core.index.spec import (
        IndexSpec as IndexSpec,
    )
    from search_core.labels import (
        Labels as Labels,
    )
    from search_core.labels import (
        read_labels as read_labels,
    )
    from search_core.normalizers.engines import (
        ENGINES as ENGINES,
    )
    from search_core.normalizers.engines import (
        from_cosine as from_cosine,
    )
    from search_core.normalizers.engines import (
        to_cosine as to_cosine,
    )
    from search_core.normalizers.registry import (
        NORMALIZERS as NORMALIZERS,
    )
    from search_core.normalizers.registry import (
        normalize as normalize,
    )
    from search_core.pairs import (
        ScoredPairs as ScoredPairs,
    )
    from search_core.pairs import (
        score_pairs as score_pairs,
    )
    from search_core.scale import (
        ScoreScale as ScoreScale,
    )
    from search_core.tables import (
        read_corpus as read_corpus,
    )

_HOMES = {
    "Calibrator": "calibrate.calibrator",
    "load_calibrator": "calibrate.calibrator",
    "CalibrationResult": "calibrate.fit",
    "fit_calibrator": "calibrate.fit",
    "Corpus": "corpus",
    "Encoder": "encoder",
    "Progress": "encoder",
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
    "ENGINES": "normalizers.engines",
    "from_cosine": "normalizers.engines",
    "to_cosine": "normalizers.engines",
    "NORMALIZERS": "normalizers.registry",
    "normalize": "normalizers.registry",
    "ScoredPairs": "pairs",
    "score_pairs": "pairs",
    "ScoreScale": "scale",
    "read_corpus": "tables",
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
    "InputError",
    "Labels",
    "LabelsError",
    "Progress",
    "QueryError",
    "ScaleMismatch",
    "ScoreScale",
    "ScoredPairs",
    "SearchCoreError",
    "SearchEngine",
    "fit_calibrator",
    "from_cosine",
    "load_calibrator",
    "load_encoder",
    "normalize",
    "read_corpus",
    "read_labels",
    "score_pairs",
    "to_cosine",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'search_core' has no attribute '{name}'")
    value = getattr(import_module(f"search_core.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
