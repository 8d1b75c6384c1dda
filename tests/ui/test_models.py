"""Another model for one visitor: what is compared, what a switch changes, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import search_core as sc
from search_core.compare.model_trials import finding
from search_core.encoder.models import MODELS
from search_ui.sample import EXAMPLES, Sample
from search_ui.stored import second_model
from search_ui.tabs.compare.models import (
    in_use_html,
    model_chart_html,
    model_figures_html,
    models_html,
    moved_html,
    of_another,
    unlabelled_html,
)
from search_ui.tabs.search import answer
from search_ui.visit.calibrating import apply_to_file, read_import
from search_ui.visit.comparing import (
    example_models,
    moved_threshold,
    suggested_questions,
    try_models,
    under_model,
)
from search_ui.visit.visits import Page, Stopped
from search_ui.visit.work import ModelComparison, ScoredLabels, UnlabelledModels, Upload, Work
from search_ui.visit.workspace import Workspace
from tests.ui.pages import text_of
from tests.ui.work import csv_of, fit, paste, quiet, read

pytestmark = [pytest.mark.model, pytest.mark.slow]

MEAN, CLS = "all-MiniLM-L6-v2", "all-MiniLM-L6-v2-cls"
INT8 = "all-MiniLM-L6-v2-int8"
QUESTION = "How do I descale a kettle?"


@pytest.fixture(scope="module")
def fresh(page: Page) -> Workspace:
    """The work of a visitor who has just come."""
    return page.workspace(None)


@pytest.fixture(scope="module")
def other(fresh: Workspace) -> Sample:
    """The sample under the wrong pooling; held, so that it is made once."""
    return fresh.shared.sample_under(CLS, quiet)


@pytest.fixture(scope="module")
def comparison(fresh: Workspace, other: Sample) -> ModelComparison:
    """Two models on the sample's labels."""
    return compare(fresh, other.encoder.name, quiet)


@pytest.fixture(scope="module")
def fitted(fresh: Workspace) -> Workspace:
    """Labels of the visitor's own, and a simple curve fitted on them."""
    return fit(read(fresh, csv_of("ferries")))


def compare(workspace: Workspace, name: str, progress: sc.Progress) -> ModelComparison:
    """Compare by labels, as a click does where there are some."""
    found = try_models(workspace, name, "", progress)
    assert isinstance(found, ModelComparison)
    return found


def _stop(_done: int, _total: int) -> None:
    raise Stopped


def test_two_models_are_compared_on_the_samples_labels(comparison: ModelComparison) -> None:
    trials = comparison.trials
    assert [trial.name for trial in trials] == [MEAN, CLS]
    assert trials[0].report.rows == trials[1].report.rows == 2274
    assert comparison.whose == "The sample: 2,274 labels on 149 queries"
    assert comparison.measured is None


def test_the_samples_trials_are_made_once_and_shared(
    fresh: Workspace, other: Sample, comparison: ModelComparison
) -> None:
    assert fresh.shared.sample_under(CLS, _stop) is other
    again = compare(fresh, CLS, _stop)
    assert again.trials[0] is comparison.trials[0]
    assert again.trials[1] is comparison.trials[1]
    assert fresh.shared.others.trial(fresh.sample, _stop) is comparison.trials[0]


def test_a_stored_model_is_compared_on_the_sample_without_being_on_this_machine(
    fresh: Workspace, comparison: ModelComparison
) -> None:
    stored = second_model()
    found = compare(fresh, stored.name, _stop)
    assert found.trials[0] is comparison.trials[0]
    assert found.trials[1] is stored.trial
    assert found.measured is stored.measured
    assert example_models(fresh.shared, _stop).trials == found.trials
    said = text_of(model_chart_html(found, 0.4))
    assert f"{stored.name} is not on this machine: its results are stored" in said
    assert f"measured with {stored.measured.by} on {stored.measured.day}" in said


def test_a_stored_model_knows_no_other_labels_and_cannot_search(
    fresh: Workspace, fitted: Workspace
) -> None:
    name = second_model().name
    with pytest.raises(sc.EncoderError, match="only its results on the sample are stored"):
        compare(fitted, name, quiet)
    with pytest.raises(sc.EncoderError, match="cannot search here"):
        under_model(fresh, name, quiet)


def test_a_visitor_with_own_texts_is_told_that_the_chart_is_the_samples(
    fresh: Workspace, fitted: Workspace, comparison: ModelComparison
) -> None:
    own = paste(fresh, "one text", "another text")
    assert "This is the sample, not your texts" in of_another(own)
    assert "Press Compare for yours: without labels" in of_another(own)
    assert "press Compare for yours" in of_another(fitted)
    assert of_another(replace(fitted, models=comparison)) == ""
    assert of_another(fresh) == ""
    assert "not your texts" in text_of(model_chart_html(comparison, 0.4, of_another(own)))
    assert "The sample: 2,274 labels" in text_of(model_chart_html(comparison, 0.4))


@pytest.mark.slow
def test_what_int8_does_to_scores_and_decisions_is_shown_beside_float32(fresh: Workspace) -> None:
    found = compare(fresh, INT8, quiet)
    right, rounded = found.trials
    assert (right.name, rounded.name) == (MEAN, INT8)
    assert 0.0 < right.share_moved(rounded, sc.USUAL_CUT) < 0.2
    assert 0.5 < right.share_of_same_best(rounded) < 1.0
    said = text_of(model_figures_html(found, 0.4))
    assert "of the labelled pairs reach 0.70 under one of the two models alone" in said
    assert "of the queries have the same best labelled text under both" in said


def test_visitors_who_ask_at_once_get_the_same_sample(fresh: Workspace, other: Sample) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: fresh.shared.sample_under(CLS, quiet), range(8)))
    assert all(each is other for each in found)


def test_own_judgements_are_compared_where_there_are_some(fitted: Workspace, other: Sample) -> None:
    mine = compare(fitted, other.encoder.name, quiet)
    assert [trial.report.rows for trial in mine.trials] == [120, 120]
    assert mine.whose == "Your collection: 120 labels on 12 queries"
    assert replace(fitted, models=mine).nbytes - fitted.nbytes == mine.nbytes
    assert mine.nbytes >= sum(trial.cosines.nbytes for trial in mine.trials)


@pytest.fixture(scope="module")
def own(fresh: Workspace) -> Workspace:
    """Texts of the visitor's own, which nobody labelled."""
    return paste(fresh, *fresh.sample.engine.corpus.texts[:60])


@pytest.fixture(scope="module")
def unlabelled(own: Workspace, other: Sample) -> UnlabelledModels:
    """Two models on the visitor's own texts, and the questions that the page suggests."""
    found = try_models(own, other.encoder.name, suggested_questions(own.engine), quiet)
    assert isinstance(found, UnlabelledModels)
    return found


def test_own_texts_without_labels_are_asked_each_question_under_both_models(
    own: Workspace, unlabelled: UnlabelledModels
) -> None:
    assert unlabelled.names == (MEAN, CLS)
    assert unlabelled.whose == "Your collection: 60 documents, 20 questions"
    here, there = unlabelled.cosines
    assert here.shape == there.shape == (20, 60)
    asked = suggested_questions(own.engine).splitlines()
    hits = own.engine.search(asked[3], 60)
    assert here[3, hits.positions[5]] == pytest.approx(hits.cosines()[5], abs=1e-5)
    assert replace(own, models=unlabelled).nbytes - own.nbytes == unlabelled.nbytes == 2 * 4 * 1200


def test_a_threshold_without_labels_keeps_the_share_of_pairs_that_it_shows(
    unlabelled: UnlabelledModels,
) -> None:
    here, there = unlabelled.cosines
    moved = moved_threshold(unlabelled, 0.3)
    assert moved.by_precision is None
    found = moved.by_share
    assert (found.basis, found.pairs, found.queries) == ("selectivity", 1200, 20)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    assert (there >= found.value).mean() == pytest.approx((here >= 0.3).mean(), abs=1e-3)
    assert found.carried_over == pytest.approx((there >= 0.3).mean(), abs=1e-3)
    said = text_of(moved_html(unlabelled, "0.3"))
    assert said.startswith(f"0.300 under {MEAN} is {found.value:.3f} under {CLS} (")
    assert "it shows the same" in said
    assert "Kept as it is, 0.300 would show" in said
    assert "90% intervals by query" in said
    assert "labelled" not in said


def test_without_labels_the_page_says_whose_texts_and_what_cannot_be_known(
    unlabelled: UnlabelledModels,
) -> None:
    said = text_of(unlabelled_html(unlabelled))
    assert f"{MEAN} and {CLS} on your texts, without labels" in said
    assert "60 documents, 20 questions: each question with each text, 1,200 pairs" in said
    assert "but not its precision" in said


def test_few_questions_give_no_interval_and_the_page_says_so(own: Workspace, other: Sample) -> None:
    found = try_models(own, other.encoder.name, own.engine.corpus.texts[0], quiet)
    said = text_of(moved_html(found, "0.3"))
    assert f"under {CLS}: it shows" in said
    assert "Five questions or more give a 90% interval" in said


def test_labels_that_come_later_are_offered_to_compare_by(
    own: Workspace, unlabelled: UnlabelledModels, fitted: Workspace
) -> None:
    made = replace(own, models=unlabelled)
    assert of_another(made) == ""
    labelled = replace(made, work=fitted.work)
    assert "has labels by now" in text_of(unlabelled_html(unlabelled, of_another(labelled)))


def test_a_comparison_stays_with_a_switch_and_goes_with_its_texts(
    own: Workspace, unlabelled: UnlabelledModels, other: Sample
) -> None:
    made = replace(own, models=unlabelled)
    assert made.under(under_model(made, other.encoder.name, quiet)).models is unlabelled
    assert paste(made, "one text", "another text").models is None


@pytest.mark.parametrize(
    ("name", "questions", "words"),
    [
        (CLS, " ", "There is no question"),
        (CLS, "\n".join(map(str, range(sc.PUBLIC.trial_queries + 1))), "questions were given"),
        (second_model().name, "kettle", "Choose another model for your texts"),
        (MEAN, "kettle", "is the model in use"),
    ],
)
def test_what_cannot_be_compared_without_labels_is_one_sentence(
    own: Workspace, name: str, questions: str, words: str
) -> None:
    with pytest.raises(sc.SearchCoreError, match=words):
        try_models(own, name, questions, _stop)


def test_a_comparison_without_labels_can_be_stopped(own: Workspace, other: Sample) -> None:
    with pytest.raises(Stopped):
        try_models(own, other.encoder.name, "kettle", _stop)


@pytest.mark.parametrize("work", [compare, under_model])
def test_the_model_in_use_is_no_second_one(fresh: Workspace, work: Callable[..., object]) -> None:
    with pytest.raises(sc.EncoderError, match="is the model in use"):
        work(fresh, MEAN, quiet)


@pytest.mark.parametrize("name", ["bge-small-en-v1.5", "e5-small-v2", "bert-base-uncased"])
def test_a_model_that_cannot_be_had_is_one_sentence(
    fresh: Workspace, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    for work in (compare, under_model):
        with pytest.raises(sc.EncoderError, match="could not be fetched") as caught:
            work(fresh, name, quiet)
        assert "\n" not in str(caught.value)


def test_a_switch_changes_what_is_found(fresh: Workspace, other: Sample) -> None:
    before = answer(fresh, QUESTION, 5)
    switched = answer(under_model(fresh, other.encoder.name, quiet), QUESTION, 5)
    assert switched.model == CLS
    assert switched.hits[0].calibrated is not None
    assert switched.hits[0].cosine != pytest.approx(before.hits[0].cosine, abs=0.01)


def test_the_way_back_leads_to_the_same_answer(fresh: Workspace, other: Sample) -> None:
    there = under_model(fresh, other.encoder.name, quiet)
    back = under_model(there, MEAN, quiet)
    assert back.other_model is None
    assert answer(back, QUESTION, 5) == answer(fresh, QUESTION, 5)


def test_a_switch_scores_and_fits_own_judgements_again(fitted: Workspace, other: Sample) -> None:
    there = under_model(fitted, other.encoder.name, quiet)
    assert there.engine.encoder.name == CLS
    assert there.work.judged is not None
    assert there.work.judged.pairs.corpus_from_labels
    assert there.work.fit is not None
    assert there.work.fit is not fitted.work.fit
    calibrator = there.serving.in_search
    assert calibrator is there.work.fit.result.calibrator
    assert calibrator.method == "platt"
    assert calibrator.scale.source == MODELS[CLS].fingerprint
    assert there.shown_name != fitted.shown_name
    assert there.is_of_labels
    shown = answer(there, "ferries 3", 3)
    assert shown.model == CLS
    assert shown.hits[0].calibrated is not None


def test_new_texts_are_embedded_with_the_visitors_model(fresh: Workspace, other: Sample) -> None:
    there = paste(under_model(fresh, other.encoder.name, quiet), "one text", "another text")
    assert there.engine.encoder.name == CLS
    judged = read(there, csv_of("ferries")).work.judged
    assert judged is not None
    assert judged.pairs.scale.source == MODELS[CLS].fingerprint


def test_a_calibrator_of_one_model_is_refused_under_the_other(
    fresh: Workspace, other: Sample
) -> None:
    there = under_model(fresh, other.encoder.name, quiet)
    stored = (EXAMPLES / "calibrator.json").read_bytes()
    with pytest.raises(sc.ScaleMismatch, match=f"fitted on cosines of '{MEAN}'"):
        read_import(there, stored, anyway=False)
    with pytest.raises(sc.ScaleMismatch):
        fresh.sample.calibrator.apply(other.engine.search(QUESTION), other.engine)
    assert there.serving.calibrator is other.calibrator
    exported = other.calibrator.to_json()
    read_import(there, exported, anyway=False)
    with pytest.raises(sc.ScaleMismatch, match=f"fitted on cosines of '{CLS}'"):
        read_import(fresh, exported, anyway=False)


def test_an_imported_calibrator_goes_with_its_model(fresh: Workspace, other: Sample) -> None:
    stored = read_import(fresh, (EXAMPLES / "calibrator.json").read_bytes(), anyway=False)
    imported = fresh.with_imported(stored, accepts_change=False)
    there = under_model(imported, other.encoder.name, quiet)
    assert there.serving.calibrator is other.calibrator
    values = apply_to_file(there, b"query,text\nkettle,Boil vinegar in it.\n", quiet)
    assert "expected_relevance" in values.content


def test_a_calibrator_of_scores_alone_stays_whatever_the_model(
    fresh: Workspace, other: Sample
) -> None:
    alone = fit(read(fresh, csv_of("ferries", scores=True), "scores"))
    there = under_model(alone, other.encoder.name, quiet)
    assert there.serving.calibrator is alone.serving.calibrator
    assert there.view is alone.view


def test_what_came_during_a_switch_is_kept(fresh: Workspace, other: Sample) -> None:
    changed = under_model(fresh, other.encoder.name, quiet)
    meanwhile = read(fresh, csv_of("ferries", scores=True), "scores")
    meanwhile = meanwhile.with_upload("collection", Upload("texts.csv", b"text"))
    there = meanwhile.under(changed)
    assert there.other_model is other
    assert there.scores is meanwhile.scores
    assert there.uploads is meanwhile.uploads


def test_a_stopped_switch_gives_no_workspace(fitted: Workspace, other: Sample) -> None:
    with pytest.raises(Stopped):
        under_model(fitted, other.encoder.name, _stop)


def test_judgements_that_allow_no_fit_are_kept_without_one(
    fitted: Workspace, other: Sample
) -> None:
    judged = fitted.work.judged
    assert judged is not None
    alike = replace(judged.labels, relevance=np.ones(len(judged.labels)))
    work = Work(ScoredLabels(alike, judged.pairs), fitted.work.fit)
    there = under_model(replace(fitted, work=work), other.encoder.name, quiet)
    assert there.work.judged is not None
    assert there.work.judged.pairs.scale.source == MODELS[CLS].fingerprint
    assert (there.work.fit, there.serving.in_search) == (None, None)


def test_the_comparison_says_what_a_score_means_and_what_an_old_threshold_would_do(
    comparison: ModelComparison,
) -> None:
    mean, cls = comparison.trials
    chart = text_of(model_chart_html(comparison, 0.4))
    assert finding(comparison.trials).rstrip(".") in chart
    assert "mean pooling" in chart
    assert "CLS pooling" in chart
    threshold = mean.cut(0.4)
    assert threshold is not None
    assert threshold.value is not None
    kept = cls.relevant_from(threshold.value)
    assert kept is not None
    said = text_of(model_figures_html(comparison, 0.4))
    assert (
        f"Keep the threshold of {threshold.value:.3f} and change the model: {kept:.0%} of what is "
        f"shown is relevant, instead of {threshold.precision:.0%}."
    ) in said
    assert "threshold for 40% relevant" in said
    assert f"{cls.report.ndcg_before:.3f}" in said


def test_a_share_that_no_threshold_reaches_is_said_to_be_out_of_reach(
    comparison: ModelComparison,
) -> None:
    said = text_of(model_figures_html(comparison, 0.95))
    assert f"Under {MEAN} no threshold can be guaranteed for 95% relevant" in said
    assert "none" in said


def test_every_model_is_listed_with_how_it_is_read_and_where_it_is(encoder: sc.Encoder) -> None:
    said = text_of(models_html())
    assert all(name in said and record.remark in said for name, record in MODELS.items())
    assert "on this machine" in said
    assert MODELS["e5-small-v2"].query_prefix in said
    in_use = f"In use: {MEAN}, mean pooling, 384 numbers per vector. Its score passport"
    assert text_of(in_use_html(encoder)) == in_use


def test_a_threshold_of_the_model_in_use_is_moved_to_the_other_by_precision_and_by_share(
    comparison: ModelComparison,
) -> None:
    moved = moved_threshold(comparison, 0.5)
    first, second = comparison.trials
    assert (moved.old, moved.new) == (first.name, second.name)
    assert moved.by_precision is not None
    shown = (second.cosines >= moved.by_share.value).mean()
    assert shown == pytest.approx((first.cosines >= 0.5).mean(), abs=1e-3)
    told = text_of(moved_html(comparison, " 0,5 "))
    assert told.startswith(f"0.500 under {first.name} is {moved.by_precision.value:.3f} under")
    assert f"take {moved.by_share.value:.3f}" in told


def test_a_threshold_that_shows_nothing_or_is_none_is_answered_in_a_sentence(
    comparison: ModelComparison,
) -> None:
    assert moved_html(comparison, "  ") == ""
    assert "lets nothing through" in moved_html(comparison, "0.999")
    assert 'role="alert"' in moved_html(comparison, "high")


def test_models_with_a_passport_lead_to_it(fresh: Workspace) -> None:
    address = "passports/all-minilm-l6-v2.html"
    assert address in in_use_html(fresh.sample.encoder)
    assert address in models_html()
