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


SEVERAL: Any = sc.fit_calibrator(
    sc.pairs_from_arrays(
        {"cosine": [n % 4 / 4 for n in range(80)], "words": [n % 5 for n in range(80)]},
        [n % 2 for n in range(80)],
        [f"q{n // 4}" for n in range(80)],
        scale={"cosine": "cosine", "words": "higher_is_better"},
    )
).calibrator


def hits(**given: Any) -> sc.Hits:
    parts: dict[str, Any] = {"query": "q", "positions": (), "scores": np.array([0.5])}
    return sc.Hits(ids=("a",), texts=("a",), **{**parts, "scale": sc.COSINE, **given})


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
        (
            lambda: CALIBRATOR.collection_change(None),
            "collection_change takes SearchEngine as 'engine'; a NoneType was given",
        ),
        (
            lambda: LIBRARY.check_groups(None, [], [], None, {}),
            "check_groups takes Threshold as 'threshold'; a NoneType",
        ),
        (
            lambda: LIBRARY.estimate_base_rate(CALIBRATOR, None),
            "estimate_base_rate takes ScoredPairs as 'pairs'; a NoneType",
        ),
        (lambda: LIBRARY.feature_worth(None), "feature_worth takes ScoredPairs as 'pairs'"),
        (lambda: LIBRARY.compare_scores(None), "compare_scores takes ScoredPairs as 'pairs'"),
        (lambda: LIBRARY.best_hit_verdict(None, None), "best_hit_verdict takes Hits as 'hits'"),
        (lambda: LIBRARY.Judged.of(["x"], ["q"]), "takes array of numbers as 'relevance'"),
        (
            lambda: LIBRARY.recall_threshold(["a"], ["b"], ["c"], target=0.9),
            r"recall_threshold takes array of numbers as 'p'; a list was given: \['a'\]",
        ),
        (lambda: LIBRARY.relevance_near(0.5, "x"), "relevance_near takes Judged as"),
        (lambda: RESULT.pairs.take("x"), "ScoredPairs.take takes array of numbers as 'chosen'"),
        (lambda: LIBRARY.normalize([0.3], "minmax"), "normalize takes Hits as 'hits'; a list"),
        (lambda: hits(positions=("first",)), "Hits takes list of int as 'positions'; a tuple"),
        (lambda: sc.COSINE.bring_within("a"), "bring_within takes array of numbers as 'scores'"),
        (lambda: CALIBRATOR.scores_reaching("a"), "The value is 'a'; give a number"),
        (
            lambda: CALIBRATOR.scores_reaching(0.5, ["a"]),
            "scores_reaching takes array of numbers or None as 'scores'",
        ),
        (lambda: LIBRARY.usual_divisions(["a", "b"], [0.5]), "1 values and 2 queries were given"),
        (lambda: sc.read_table(b"query\na\n").column("text"), "There is no column 'text'"),
        (
            lambda: LIBRARY.UnrelatedQuestions.of_kinds(["tax"]),
            "There are no questions of the kind 'tax'; there are those of",
        ),
        (lambda: sc.load_watch('{"format": ' + "[" * 100_000), "This is no watch .*recursion"),
        (lambda: sc.load_passport("[" * 100_000), "This is no score passport"),
        (lambda: LIBRARY.classic.fitted_line([1, 2], [1]), "2 distances and 1 labels were given"),
    ],
)
def test_one_sentence_names_what_was_given(mistake: Callable[[], Any], words: str) -> None:
    with pytest.raises(sc.SearchCoreError, match=words):
        mistake()


@pytest.mark.parametrize(
    "take",
    [
        lambda calibrator: sc.take_home_snippet(calibrator),
        lambda calibrator: sc.take_home_zip(calibrator, sc.Corpus.from_texts(["a cat"])),
        lambda calibrator: calibrator.to_sql("duckdb"),
        lambda calibrator: calibrator.to_lucene(),
    ],
)
def test_of_several_scores_one_sentence_says_that_there_is_no_code(
    take: Callable[[Any], object],
) -> None:
    with pytest.raises(sc.CalibrationError, match=r"several scores, .*; keep its JSON"):
        take(SEVERAL)
