"""Score Sense tells what a similarity score means: `import score_sense as sc`.

What you need first; the reference of the documentation has every name in the same order.

Read a number
    read_score, to_cosine, from_cosine, ENGINES, scale_of
Search texts
    load_encoder, encoder_from, read_corpus, SearchEngine, VectorEngine, Hits
Stores
    StoreEngine, open_store, fill_store, StoreSample, embed_files
Without labels
    meaningful, best_hit_verdict, load_prior, rarity_words, normalize
Labels
    read_labels, read_judged_files, Labels, pairs_from_arrays, score_pairs
Which pairs to label
    JudgingPlan
Fit a calibrator
    fit_calibrator, CalibrationResult, Calibrator, Report, load_calibrator
Thresholds and guarantees
    CalibrationResult.threshold, row_threshold, query_threshold, recall_threshold, check_groups
Compare indexes and models
    compare_indexes, recommend_index, compare_models, passport_of, translate_threshold
Other libraries
    adapters.langchain, adapters.llamaindex, adapters.haystack, adapters.sklearn, adapters.chroma
Tables and digits
    read_table, write_table
Errors and limits
    SearchCoreError, InputError, Limits

>>> sc.to_cosine(0.5, "faiss-l2")
(0.75,)

Every public name is listed in `__init__.pyi`, and each is loaded when it is first used: importing
the package takes next to no time, and loads neither torch nor faiss nor scikit-learn.
"""

from typing import Any

from lazy_loader import attach_stub

__version__ = "0.1.0"

_load, __dir__, __all__ = attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(_unknown(name))
    return _load(name)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, __all__, 1)
    hint = f"did you mean '{near[0]}'?" if near else "dir(search_core) shows what there is."
    return f"search_core has no attribute '{name}'; {hint}"
