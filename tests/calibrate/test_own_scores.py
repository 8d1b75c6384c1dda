"""Scores that a file brings beside its texts: used alone, beside the cosine, and compared."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import search_core as sc
from search_core.calibrate.fit import fit_calibrator
from search_core.features import FEATURE_NAMES
from tests.own_encoder import HashingEncoder

TOPICS = ("kettle", "roses", "garlic", "router", "tyre", "sofa", "piano", "passport", "egg", "tie")
LOGITS = sc.BROUGHT_SCALES["reranker_logit"]
DISTANCES = sc.BROUGHT_SCALES["distance"]


def log_of_a_search(seed: int = 3, slope: float = 2.0, lower: bool = False) -> sc.Labels:
    """Return labels of questions, passages and a score that tells relevant ones mostly apart."""
    rng = np.random.default_rng(seed)
    rows = []
    for query in TOPICS:
        for place, text in enumerate(TOPICS):
            relevant = int(rng.random() < (0.8 if query == text else 0.25))
            score = rng.normal(slope * (relevant - 0.5), 1.0)
            rows.append(
                {
                    "query": f"what about the {query}",
                    "text": f"chapter {place} on the {text}",
                    "score": 30 - 5 * score if lower else score,
                    "relevance": relevant,
                }
            )
    return sc.labels_of(rows)


@pytest.fixture(scope="module")
def engine() -> sc.SearchEngine:
    return sc.SearchEngine.for_labels(log_of_a_search(), HashingEncoder())


@pytest.fixture(scope="module")
def both(engine: sc.SearchEngine) -> sc.ScoredPairs:
    return engine.score_labels(log_of_a_search(), own=LOGITS)


@pytest.fixture(scope="module")
def fitted(both: sc.ScoredPairs) -> sc.CalibrationResult:
    return fit_calibrator(both, "blend")


def test_the_files_score_is_one_more_column_beside_the_models(
    engine: sc.SearchEngine, both: sc.ScoredPairs
) -> None:
    labels = log_of_a_search()
    assert both.feature_names == (*FEATURE_NAMES, sc.OWN_SCORE)
    assert both.columns()[sc.OWN_SCORE].tolist() == pytest.approx(labels.scores)
    assert both.own_scale == LOGITS
    assert np.array_equal(both.features[:, :-1], engine.score_labels(labels).features)


def test_a_distance_is_turned_so_that_more_is_better_and_comes_back_as_it_was(
    engine: sc.SearchEngine,
) -> None:
    labels = log_of_a_search(lower=True)
    pairs = engine.score_labels(labels, own=DISTANCES)
    alone = sc.score_pairs(labels, DISTANCES)
    assert pairs.columns()[sc.OWN_SCORE].tolist() == alone.similarities.tolist()
    assert pairs.own_scores_alone().features.tolist() == alone.features.tolist()
    assert pairs.own_scores_alone().scale == DISTANCES


def test_each_part_of_both_is_what_it_would_be_alone(
    engine: sc.SearchEngine, both: sc.ScoredPairs
) -> None:
    labels = log_of_a_search()
    alone, ours = both.own_scores_alone(), both.without_own_scores()
    expected = sc.score_pairs(labels, LOGITS)
    assert alone.features.tolist() == expected.features.tolist()
    assert (alone.queries, alone.rows, alone.scale) == (
        expected.queries, expected.rows, expected.scale,
    )  # fmt: skip
    assert np.array_equal(ours.features, engine.score_labels(labels).features)
    assert ours.without_own_scores() is ours


def test_without_a_scale_the_files_score_is_left_alone(engine: sc.SearchEngine) -> None:
    pairs = engine.score_labels(log_of_a_search())
    assert pairs.own_scale is None
    with pytest.raises(sc.LabelsError, match="no scores of their own file"):
        pairs.own_scores_alone()


def test_a_blend_learns_from_both_and_says_what_each_gave(
    fitted: sc.CalibrationResult, both: sc.ScoredPairs
) -> None:
    ours = fit_calibrator(both.without_own_scores(), "blend")
    assert fitted.report.excess_loss < ours.report.excess_loss - 0.02
    parts = fitted.calibrator.explain(both)
    assert max(abs(each[sc.OWN_SCORE]) for each in parts) > 0.3
    assert sc.feature_worth(both)[-1].group == "+ your file's score"
    assert "your file's score" in fit_calibrator(both).chosen_because


def test_rows_with_a_better_score_of_their_own_get_a_higher_prediction(
    fitted: sc.CalibrationResult, both: sc.ScoredPairs
) -> None:
    higher = both.features.copy()
    higher[:, -1] += 3.0
    raised = fitted.calibrator.predict(replace(both, features=higher))
    assert (raised >= fitted.calibrator.predict(both)).all()


def test_a_method_on_one_score_says_that_the_other_was_not_used(both: sc.ScoredPairs) -> None:
    result = fit_calibrator(both, "platt")
    assert result.calibrator.own_scale is None
    assert any("your file's score was not used" in note for note in result.report.notes)


def test_a_calibrator_of_both_goes_to_a_file_and_back(
    fitted: sc.CalibrationResult, both: sc.ScoredPairs
) -> None:
    calibrator = fitted.calibrator
    again = sc.load_calibrator(calibrator.to_json())
    assert again == calibrator
    assert again.own_scale == LOGITS
    assert np.array_equal(again.predict(both), calibrator.predict(both))
    assert "own_scale" not in json.loads(fitted.simple.to_json())


def test_a_file_that_names_the_column_without_its_scale_is_refused(
    fitted: sc.CalibrationResult,
) -> None:
    broken = replace(fitted.calibrator, own_scale=None)
    with pytest.raises(sc.CalibrationError, match="named with its scale"):
        sc.load_calibrator(broken.to_json())


def test_rows_without_a_score_or_on_another_scale_are_refused_in_words(
    fitted: sc.CalibrationResult, engine: sc.SearchEngine
) -> None:
    labels = log_of_a_search()
    with pytest.raises(sc.CalibrationError, match=r"reads the file's own score, reranker logit"):
        fitted.calibrator.predict(engine.score_labels(labels))
    other = engine.score_labels(labels, own=sc.BROUGHT_SCALES["higher_is_better"])
    with pytest.raises(sc.ScaleMismatch, match="'higher_is_better'"):
        fitted.calibrator.predict(other)


def test_a_search_which_has_no_such_score_is_refused_in_words(
    fitted: sc.CalibrationResult, engine: sc.SearchEngine
) -> None:
    with pytest.raises(sc.CalibrationError, match="which a search does not have"):
        fitted.calibrator.apply(engine.search("what about the sofa"), engine)


def test_the_comparison_is_on_the_same_labels_and_finds_the_better_score(
    both: sc.ScoredPairs,
) -> None:
    found = sc.compare_scores(both)
    yours, ours, joint = found.choices
    assert (yours.whose, ours.whose, joint.whose) == ("yours", "ours", "both")
    assert (yours.method, ours.method, joint.method) == ("platt", "blend", "blend")
    assert (found.labels, found.queries) == (100, 10)
    assert yours.excess_loss < ours.excess_loss
    assert (yours.auc or 0) > (ours.auc or 1)
    alone = fit_calibrator(both.own_scores_alone(), "platt").report
    assert yours.excess_loss == pytest.approx(alone.excess_loss)
    assert joint.log_loss == pytest.approx(fit_calibrator(both, "blend").report.log_loss)
    assert f"Lowest log-loss with {found.best.label}" in found.sentence
    assert re.search(r"your file's score 0\.\d{3}, the texts 0\.\d{3}", found.sentence)


def test_too_few_labels_are_not_compared(both: sc.ScoredPairs) -> None:
    with pytest.raises(sc.CalibrationError, match="at least 50 labels"):
        sc.compare_scores(both.take(np.arange(40)))


def test_the_code_of_a_calibrator_of_both_reads_a_file(fitted: sc.CalibrationResult) -> None:
    code = sc.take_home_snippet(fitted.calibrator)
    assert "# new.csv has the columns query, text and score: reranker logit, higher is" in code
    assert "own=calibrator.own_scale" in code
    compile(code, "run.py", "exec")
