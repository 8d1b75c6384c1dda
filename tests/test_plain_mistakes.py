"""A plain mistake gets one sentence with what was given and what to give, never a raw fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import search_core as sc

ROWS = [{"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": n % 2} for n in range(80)]
LABELS: Any = sc.labels_of(ROWS)
RESULT: Any = sc.fit_calibrator(sc.score_pairs(LABELS, sc.COSINE), "platt")
CALIBRATOR: Any = RESULT.calibrator
HITS: Any = sc.Hits("q", (), ("a",), ("a",), np.array([0.5]), sc.COSINE)
LIBRARY: Any = sc


def hits(**given: Any) -> sc.Hits:
    parts = {"query": "q", "scores": np.array([0.5]), "scale": sc.COSINE, **given}
    return sc.Hits(positions=(), ids=("a",), texts=("a",), **parts)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: LIBRARY.fit_calibrator(LABELS), "A Labels was given where ScoredPairs"),
        (lambda: LIBRARY.fit_calibrator(None), "A NoneType was given where ScoredPairs"),
        (lambda: CALIBRATOR.predict([0.5]), "A list was given .* bare scores to predict_scores"),
        (lambda: CALIBRATOR.predict(HITS), "A Hits was given .* hits to apply"),
        (lambda: CALIBRATOR.explain(LABELS), "A Labels was given where ScoredPairs"),
        (lambda: RESULT.value_intervals([0.5]), "A list was given where ScoredPairs"),
        (lambda: CALIBRATOR.score_reaching("high"), "The value is 'high'; give a number"),
        (lambda: CALIBRATOR.at_base_rate("half"), "The share is 'half'; give a number"),
        (lambda: CALIBRATOR.with_threshold(0.5), "A float was given where Threshold"),
        (lambda: CALIBRATOR.predict_frame(3), "A int was given where a table was expected"),
        (
            lambda: CALIBRATOR.predict_frame({"score": [0.5]}, columns="score"),
            "A str was given where Mapping",
        ),
        (lambda: CALIBRATOR.save(None), "A NoneType was given where str or Path"),
        (lambda: LIBRARY.Calibrator.load(3), "A int was given where str or Path"),
        (lambda: LIBRARY.Calibrator.from_pretrained(None), "A NoneType was given where str or"),
        (lambda: CALIBRATOR.push_to_hub(None), "A NoneType was given where str"),
        (lambda: LIBRARY.take_home_snippet(None), "A NoneType was given where Calibrator"),
        (lambda: hits(scale="cosine"), "A str was given where ScoreScale .* scale_of"),
        (lambda: hits(scores=["high"]), "Among the scores of hits is .*'high'"),
        (lambda: hits(query=None), "A NoneType was given where str"),
        (lambda: HITS.rescored(["x"], sc.COSINE), "Among the scores is .*'x'"),
        (lambda: LIBRARY.Labels.from_frame(ROWS, score=3), "The scores came as a int"),
    ],
)
def test_one_sentence_names_what_was_given(mistake: Callable[[], Any], words: str) -> None:
    with pytest.raises(sc.SearchCoreError, match=words):
        mistake()
