"""Fitting: which method and why, what is refused, what is never seen, what is said of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc
from search_core.calibrate import rows
from search_core.calibrate.fit import feature_worth, fit_calibrator
from search_core.calibrate.maps import Columns, Logistic, Map
from search_core.calibrate.methods import METHODS
from search_core.calibrate.models import out_of_fold, platt_design
from search_core.calibrate.rows import leave_out_folds
from search_core.errors import CalibrationError, LabelsError
from search_core.evaluate.measures import ndcg
from search_core.evaluate.reliability import log_loss
from search_core.labels.labels import read_labels
from search_core.pairs import ScoredPairs, score_pairs
from search_core.scale import BROUGHT_SCALES, ScoreScale
from tests.calibrate.worlds import judged, scores_alone

pytestmark = pytest.mark.usefixtures("few_draws")

SIMPLE = [method for method in METHODS if method not in ("auto", "blend")]


def labelled(pairs: ScoredPairs, y: np.ndarray) -> ScoredPairs:
    return replace(pairs, relevance=np.asarray(y, dtype=np.float64))


@pytest.mark.slow
def test_auto_takes_the_blend_where_there_are_texts_and_enough_labels() -> None:
    result = fit_calibrator(judged(rest=8))
    assert result.calibrator.method == "blend"
    assert "also looks at rank, neighbouring texts and shared words" in result.chosen_because


def test_auto_takes_platt_for_scores_alone_and_for_too_few_labels() -> None:
    alone = fit_calibrator(scores_alone(judged()))
    few = fit_calibrator(judged(6, 8))
    assert alone.calibrator.method == few.calibrator.method == "platt"
    assert "scores without texts" in alone.chosen_because
    assert "under 50 rows" in few.chosen_because


def test_auto_takes_the_blend_from_few_queries_on_but_calls_it_a_demonstration() -> None:
    result = fit_calibrator(judged(3, 20, cosine=6, rest=12))
    assert result.calibrator.method == "blend"
    assert result.report.verdict.kind == "too few labels"
    assert result.calibrator.thresholds == ()


@pytest.mark.slow
def test_where_the_blend_gains_nothing_it_says_that_platt_is_to_be_fitted() -> None:
    result = fit_calibrator(judged(cosine=15, seed=3))  # nothing but the cosine tells anything
    assert result.report.verdict.kind == "no gain"
    assert result.calibrator.method == "blend"
    assert "“platt”; fit that instead" in result.chosen_because


@pytest.mark.slow
def test_where_the_other_features_tell_more_the_verdict_is_that_it_helps() -> None:
    result = fit_calibrator(judged(cosine=6, rest=12))
    assert result.report.verdict.kind == "helps"
    assert "instead" not in result.chosen_because


@pytest.mark.slow
def test_labels_of_a_coin_are_not_separable() -> None:
    assert fit_calibrator(judged(cosine=0)).report.verdict.kind == "not separable"


def test_reversed_scores_run_against_relevance() -> None:
    result = fit_calibrator(judged(cosine=-15), "platt")
    assert result.report.verdict.kind == "runs against relevance"


def test_fewer_than_five_queries_or_fifty_rows_are_a_demonstration() -> None:
    for pairs in (judged(4, 30), judged(7, 7)):
        result = fit_calibrator(pairs)
        assert result.report.verdict.kind == "too few labels"
        assert result.calibrator.thresholds == ()
        assert result.calibrator.nothing_below is None


def test_the_classic_pair_of_queries_is_a_demonstration_only() -> None:
    result = fit_calibrator(judged(2, 10))
    assert result.report.verdict.kind == "too few labels"
    assert result.report.notes[0].startswith("Only 2 queries")


@pytest.mark.slow
def test_shuffled_labels_show_a_gain_in_one_of_ten_runs_at_most() -> None:
    pairs = judged(rest=8)
    rng = np.random.default_rng(0)
    kinds = [
        fit_calibrator(labelled(pairs, rng.permutation(pairs.relevance))).report.verdict.kind
        for _ in range(40)
    ]
    assert kinds.count("helps") + kinds.count("no gain") <= 4
    # A chance order of scores or of predictions, each in a twentieth of all runs, is told as it is.
    assert kinds.count("not separable") >= 28


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("graded", [False, True])
def test_every_method_gives_one_value_a_row_in_0_to_1_for_any_query(
    method: str, graded: bool
) -> None:
    calibrator = fit_calibrator(judged(graded=graded), method).calibrator
    for count in (1, 2, 7):
        values = calibrator.predict(judged(1, count, seed=count))
        assert values.shape == (count,)
        assert np.all((values >= 0) & (values <= 1))


def test_a_line_is_clipped_and_called_expected_relevance() -> None:
    pairs = judged(cosine=30)
    calibrator = fit_calibrator(pairs, "linear").calibrator
    assert calibrator.kind == "expected_relevance"
    values = calibrator.predict(pairs)
    assert values.min() == 0
    assert values.max() == 1


def test_grades_give_an_expected_relevance_and_yes_or_no_a_probability() -> None:
    assert fit_calibrator(judged(graded=True), "platt").calibrator.kind == "expected_relevance"
    assert fit_calibrator(judged(), "platt").calibrator.kind == "probability"


def test_no_row_is_judged_by_a_fit_that_saw_its_query() -> None:
    pairs = judged(20, 10)
    result = fit_calibrator(pairs, "platt", seed=1)
    # Turning one query's labels over moves the values of other queries, never its own.
    first = np.array([query == "query 0" for query in result.pairs.queries])
    y = result.pairs.relevance.copy()
    y[first] = 1 - y[first]

    def platt(columns: Columns, labels: npt.NDArray[np.float64]) -> Map:
        return platt_design("cos", columns["cos"]).fit(labels)

    folds = leave_out_folds(result.pairs.queries, 1)
    turned = out_of_fold(platt, {"cos": result.pairs.features[:, 0]}, y, folds)[0]
    assert turned[first] == pytest.approx(result.out_of_fold[first], abs=1e-9)
    assert np.abs(turned - result.out_of_fold)[~first].max() > 1e-4


@pytest.mark.slow
def test_platt_finds_the_slope_that_the_labels_were_drawn_with() -> None:
    pairs = judged(2_000, 10, cosine=10, shift=1.0)
    model = fit_calibrator(pairs, "platt").calibrator.model
    assert isinstance(model, Logistic)
    assert model.coef[0] / model.scale[0] / 10 == pytest.approx(1, abs=0.1)


@pytest.mark.slow
def test_shuffled_rows_and_renamed_queries_give_the_same_values() -> None:
    pairs = judged(30, 10, rest=8)
    order = np.random.default_rng(0).permutation(len(pairs))
    renamed = replace(pairs, queries=tuple(f"z{query[::-1]}" for query in pairs.queries))
    fresh = judged(1, 50, seed=9)
    values = fit_calibrator(pairs).calibrator.predict(fresh)
    for other in (pairs.take(order), renamed):
        assert fit_calibrator(other).calibrator.predict(fresh) == pytest.approx(values, abs=1e-9)


def test_the_same_seed_gives_the_same_json() -> None:
    pairs = judged(30, 10, rest=8)
    assert fit_calibrator(pairs).calibrator.to_json() == fit_calibrator(pairs).calibrator.to_json()


def test_progress_steps_up_to_the_end() -> None:
    heard: list[tuple[int, int]] = []
    fit_calibrator(judged(20, 10), progress=lambda done, total: heard.append((done, total)))
    done = [each for each, _ in heard]
    assert done == sorted(done)
    assert heard[-1][0] == heard[-1][1]
    assert len(heard) > 4


@pytest.mark.parametrize("stop_at", [1, 4])
def test_progress_may_raise_to_stop(stop_at: int) -> None:
    heard: list[int] = []

    def stop(done: int, _total: int) -> None:
        heard.append(done)
        if len(heard) == stop_at:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fit_calibrator(judged(20, 10), progress=stop)
    assert len(heard) == stop_at


def marked(pairs: ScoredPairs, queries_for_test: int) -> ScoredPairs:
    kept = [f"query {n}" for n in range(queries_for_test)]
    return replace(pairs, split=tuple("test" if q in kept else "train" for q in pairs.queries))


def test_rows_marked_test_are_never_fitted_on_and_get_a_report_of_their_own() -> None:
    pairs = marked(judged(60, 10, rest=8), 20)
    result = fit_calibrator(pairs)
    assert result.report.rows == len(result.pairs) == 400
    assert result.test_report is not None
    assert result.test_report.rows == 200
    test = pairs.take(np.array([part == "test" for part in pairs.split]))
    stated = result.calibrator.predict(test)
    assert result.test_report.log_loss == log_loss(test.relevance, stated)
    y = pairs.relevance.copy()
    y[:200] = 1 - y[:200]  # other test labels
    again = fit_calibrator(labelled(pairs, y))
    assert again.calibrator.to_json() == result.calibrator.to_json()


def test_test_rows_of_one_kind_are_too_few_to_judge_by() -> None:
    pairs = judged(60, 10)
    y = np.where(np.arange(600) < 200, 1.0, pairs.relevance)
    report = fit_calibrator(marked(labelled(pairs, y), 20), "platt").test_report
    assert report is not None
    assert report.verdict.kind == "too few labels"
    json.dumps(report.as_dict(), allow_nan=False)


def test_a_query_marked_train_and_test_is_refused() -> None:
    pairs = judged(20, 10)
    halves = replace(pairs, split=tuple("test" if row % 2 else "train" for row in range(200)))
    with pytest.raises(CalibrationError, match="marked train and test"):
        fit_calibrator(halves)


def test_without_marks_there_is_no_test_report() -> None:
    assert fit_calibrator(judged(20, 10), "platt").test_report is None


def test_suspects_are_rows_of_the_result_with_reasons() -> None:
    result = fit_calibrator(judged(rest=8))
    worst = result.suspects()[0]
    assert result.pairs.relevance[worst.row] == worst.judged
    assert result.out_of_fold[worst.row] == worst.stated
    assert len(worst.reasons) == 3
    assert abs(worst.reasons[0][1]) >= abs(worst.reasons[1][1])


def test_more_rows_than_can_be_used_are_sampled_by_whole_queries_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 305)
    result = fit_calibrator(judged(60, 10), "platt")
    assert len(result.pairs) == 300
    assert len(set(result.pairs.queries)) == 30
    assert any(note.startswith("600 rows were given; 300") for note in result.report.notes)
    with pytest.raises(CalibrationError, match="Every query has more than"):
        fit_calibrator(judged(3, 400), "platt")


def test_which_queries_are_sampled_does_not_depend_on_the_order_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 305)
    pairs = judged(60, 10)
    shuffled = pairs.take(np.random.default_rng(8).permutation(len(pairs)))
    assert set(fit_calibrator(pairs, "platt").pairs.queries) == set(
        fit_calibrator(shuffled, "platt").pairs.queries
    )


def brought(scores: npt.NDArray[Any], y: npt.NDArray[Any], rows_a_query: int) -> ScoredPairs:
    """Scores that somebody brings, whole queries one after another."""
    lines = [
        f"q{n // rows_a_query},{s},{v:g}" for n, (s, v) in enumerate(zip(scores, y, strict=True))
    ]
    labels = read_labels("\n".join(["query,score,relevance", *lines]).encode())
    return score_pairs(labels, BROUGHT_SCALES["bm25"])


def test_scores_that_are_often_equal_rank_no_better_and_no_worse_than_chance_does() -> None:
    rng = np.random.default_rng(0)
    scores, y = rng.integers(0, 2, 600), rng.integers(0, 2, 600).astype(np.float64)
    report = fit_calibrator(brought(scores, y, 15)).report
    queries = [f"q{n // 15}" for n in range(600)]
    by_chance = [ndcg(y, scores + 0.5 * rng.random(600), queries) or 0.0 for _ in range(60)]
    assert report.ndcg_before == pytest.approx(float(np.mean(by_chance)), abs=0.02)


@pytest.mark.parametrize("method", ["isotonic", "centred_isotonic", "platt"])
def test_a_curve_on_the_score_leaves_the_order_of_hits_and_its_gain_as_they_were(
    method: str,
) -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 1, 900).round(1)
    y = (rng.random(900) < 1 / (1 + np.exp(-2 * scores))).astype(np.float64)
    report = fit_calibrator(brought(scores, y, 15), method).report
    assert report.ndcg_after == pytest.approx(report.ndcg_before, abs=1e-12)
    assert report.intervals["ndcg_gain"] == pytest.approx((0.0, 0.0), abs=1e-12)


def test_a_small_collection_and_one_made_of_the_labels_are_pointed_out() -> None:
    pairs = replace(judged(20, 10, rest=8), corpus_size=49, corpus_from_labels=True)
    notes = " ".join(fit_calibrator(pairs, "blend").report.notes)
    assert "49 documents" in notes
    assert "made of the texts in your label file" in notes
    assert "documents" not in " ".join(fit_calibrator(pairs, "platt").report.notes)


def test_each_group_of_features_is_worth_what_it_takes_off_the_loss() -> None:
    heard: list[int] = []
    worth = feature_worth(judged(rest=12), progress=lambda done, _total: heard.append(done))
    losses = {each.group: each.log_loss for each in worth}
    assert [each.excess_loss for each in worth] == [each.log_loss for each in worth]  # yes or no
    assert heard == [1, 2, 3, 4, 5]
    assert losses["+ rank among the hits"] < losses["score alone"] - 0.02
    with pytest.raises(CalibrationError, match="score alone"):
        feature_worth(scores_alone(judged()))


def test_what_features_are_worth_begins_at_the_baseline_of_the_verdict() -> None:
    pairs = judged(rest=12, graded=True)
    report, score_alone = fit_calibrator(pairs, "platt").report, feature_worth(pairs)[0]
    assert score_alone.log_loss == pytest.approx(report.log_loss_platt, abs=1e-12)
    assert score_alone.excess_loss == pytest.approx(report.excess_loss_platt, abs=1e-12)


def test_beside_a_blend_the_curve_on_the_score_alone_is_fitted_with_its_thresholds() -> None:
    pairs = judged(rest=8)
    result = fit_calibrator(pairs, "blend")
    platt = fit_calibrator(pairs, "platt")
    assert (result.simple.method, result.simple.report) == ("platt", {})
    assert result.simple.thresholds == platt.calibrator.thresholds
    assert np.array_equal(result.simple.predict(pairs), platt.calibrator.predict(pairs))
    assert platt.simple is platt.calibrator
    assert sc.load_calibrator(result.simple.to_json()).to_json() == result.simple.to_json()


@pytest.mark.parametrize("factor", [1e13, -1e13, 1e-13])
def test_scores_for_which_no_file_could_hold_the_fit_are_refused_with_a_remedy(
    factor: float,
) -> None:
    lines = [f"q{n // 5},{factor * (n % 5 + n % 3)!r},{int(n % 5 > 2)}" for n in range(100)]
    labels = sc.read_labels("\n".join(["query,score,relevance", *lines]).encode())
    pairs = sc.score_pairs(labels, sc.BROUGHT_SCALES["bm25"])
    with pytest.raises(CalibrationError, match="Multiply them all by a constant and fit again"):
        fit_calibrator(pairs, "platt")


@pytest.mark.parametrize("factor", [1e7, 1e-8])
@pytest.mark.parametrize("method", ["platt", "linear"])
def test_a_fit_on_scores_that_are_taken_goes_to_a_file_and_back(factor: float, method: str) -> None:
    lines = [f"q{n // 5},{factor * (n % 5 + n % 3)!r},{int(n % 5 > 2)}" for n in range(100)]
    labels = sc.read_labels("\n".join(["query,score,relevance", *lines]).encode())
    fitted = fit_calibrator(sc.score_pairs(labels, sc.BROUGHT_SCALES["bm25"]), method).calibrator
    assert sc.load_calibrator(fitted.to_json()).to_json() == fitted.to_json()


BROKEN = judged(20, 10)


@pytest.mark.parametrize(
    ("pairs", "method", "words"),
    [
        (BROKEN, "forest", "There is no method 'forest'"),
        (judged(1, 30), "auto", "All rows belong to one query"),
        (judged(1, 3), "auto", "3 labels were given"),
        (labelled(BROKEN, np.ones(200)), "auto", "label hits of the same queries, too"),
        (labelled(BROKEN, np.full(200, 0.4)), "platt", "Add labels of the other kind"),
        (replace(BROKEN, features=np.full((200, 16), 0.5)), "auto", "All scores are equal"),
        (scores_alone(BROKEN), "blend", "needs texts"),
        (replace(scores_alone(BROKEN), scale=ScoreScale("bm25")), "beta", "bounded score"),
        (BROKEN, "isotonic", "needs 300 rows"),
        (BROKEN, "centred_isotonic", "needs 300 rows"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(
    pairs: ScoredPairs, method: str, words: str
) -> None:
    with pytest.raises(CalibrationError, match=words):
        fit_calibrator(pairs, method)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused_with_its_row(value: float) -> None:
    features = BROKEN.features.copy()
    features[7, 0] = value
    with pytest.raises(LabelsError, match="Row 9, column 'score'") as refused:
        fit_calibrator(replace(BROKEN, features=features))
    assert (refused.value.row, refused.value.column) == (9, "score")
    y = BROKEN.relevance.copy()
    y[3] = value
    with pytest.raises(LabelsError, match="Row 5, column 'relevance'"):
        fit_calibrator(labelled(BROKEN, y))


def small(rows: int, seed: int) -> ScoredPairs:
    pairs = judged(5, rows, seed=seed, cosine=8)
    return labelled(pairs, np.where(np.arange(len(pairs)) % 3 == 0, 1.0, 0.0))


@pytest.mark.parametrize("method", ["auto", "platt", "linear", "beta", "blend"])
@pytest.mark.parametrize(
    "pairs",
    [
        small(4, 0),
        small(10, 1),
        judged(2, 10, cosine=200),  # one score separates them perfectly
        labelled(judged(10, 10), np.append(np.zeros(99), 1.0)),  # one relevant row
        labelled(judged(10, 10), np.repeat([0.0] * 9 + [1.0], 10)),  # all in one query
        judged(10, 10, graded=True, cosine=3, shift=-2),  # no grade reaches the cut
        replace(judged(10, 10), features=np.round(judged(10, 10).features, 1)),  # many ties
    ],
)
def test_hard_little_label_sets_give_a_result_without_nan(pairs: ScoredPairs, method: str) -> None:
    result = fit_calibrator(pairs, method)
    assert np.isfinite(result.out_of_fold).all()
    assert np.isfinite(result.calibrator.predict(pairs)).all()
    text = result.calibrator.to_json()
    json.loads(text)
    assert sc.load_calibrator(text) == result.calibrator
    assert "inf" not in result.report.verdict.sentence.split()


def test_platt_and_a_line_do_not_care_for_the_unit_of_the_score() -> None:
    pairs = replace(scores_alone(judged()), scale=ScoreScale("bm25"))
    other = replace(pairs, features=pairs.features * 37 + 5)
    for method in ("platt", "linear"):
        here = fit_calibrator(pairs, method).calibrator.predict(pairs)
        there = fit_calibrator(other, method).calibrator.predict(other)
        assert there == pytest.approx(here, abs=1e-6)


def test_scores_where_lower_is_better_are_turned_over() -> None:
    pairs = judged(40, 10, cosine=15)
    distance = ScoreScale("l2", higher_is_better=False, lower=0.0, upper=2.0)
    turned = replace(
        scores_alone(pairs), features=np.sqrt(2 - 2 * pairs.features[:, :1]), scale=distance
    )
    result = fit_calibrator(turned, "beta")
    assert np.corrcoef(result.out_of_fold, result.pairs.features[:, 0])[0, 1] < -0.8


@pytest.mark.parametrize("method", ["auto", "isotonic"])
def test_held_out_values_come_back_in_the_order_of_the_rows_given(method: str) -> None:
    pairs = judged(40, 10, rest=8)
    order = np.random.default_rng(3).permutation(len(pairs))
    plain, shuffled = fit_calibrator(pairs, method), fit_calibrator(pairs.take(order), method)
    assert plain.pairs.texts == pairs.texts
    assert shuffled.pairs.texts == pairs.take(order).texts
    np.testing.assert_array_equal(shuffled.out_of_fold, plain.out_of_fold[order])
    np.testing.assert_array_equal(shuffled.out_of_fold_platt, plain.out_of_fold_platt[order])


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("documents", [1, 2])
def test_a_collection_of_one_or_two_texts_gives_a_result(
    documents: int, encoder: sc.Encoder
) -> None:
    corpus = sc.Corpus.from_texts(["A cat sleeps.", "The sun shines."][:documents])
    engine = sc.SearchEngine.build(corpus, encoder=encoder)
    lines = ["query,text,relevance"]
    for n in range(10):
        lines += [f"Where is cat {n}?,A cat sleeps.,1", f"Where is cat {n}?,The sun shines.,0"]
        lines += [f"Where is cat {n}?,A  cat sleeps.,1", f"Where is cat {n}?,Rain {n},0"]
        lines += [f"Where is cat {n}?,a cat sleeps,0"]
    pairs = engine.score_labels(sc.read_labels("\n".join(lines).encode()))
    result = fit_calibrator(pairs)
    assert result.calibrator.method == "blend"
    hits = result.calibrator.apply(engine.search("Where is the cat?", k=2), engine)
    assert len(hits.scores) == documents
    assert np.isfinite(hits.scores).all()


@pytest.mark.slow
def test_a_log_of_clicks_gives_the_share_that_was_clicked() -> None:
    """Each pair was shown a hundred times; nothing but its share of clicks is known of it."""
    pairs = judged(30, 8, cosine=10)
    rng = np.random.default_rng(2)
    share = 1 / (1 + np.exp(-10 * (pairs.features[:, 0] - 0.6)))
    log = pairs.take(np.repeat(np.arange(len(pairs)), 100))
    log = labelled(log, rng.random(len(log)) < np.repeat(share, 100))
    result = fit_calibrator(log)
    assert result.report.rows == 24_000 or result.report.rows == rows.MOST_ROWS
    assert result.report.mean == pytest.approx(share.mean(), abs=0.03)
    assert np.abs(result.calibrator.predict(pairs) - share).mean() < 0.03
