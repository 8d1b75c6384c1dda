"""Another model for one visitor: what is compared, what a switch changes, and what it leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest

import search_core as sc
from search_core.compare.model_trials import finding
from search_core.encoder.models import MODELS
from search_ui.page import Page
from search_ui.sample import EXAMPLES, Sample
from search_ui.sessions import Session, Stopped
from search_ui.tabs.calibrate.applying import apply_to_file, calibrator_in_use, import_calibrator
from search_ui.tabs.calibrate.fitting import fit_labels
from search_ui.tabs.calibrate.reading import Given, read_given, read_sample_fit
from search_ui.tabs.compare.model_samples import sample_trial, sample_under
from search_ui.tabs.compare.model_table import comparison_html, in_use_html, models_html
from search_ui.tabs.compare.switching import compare_with, use_model
from search_ui.tabs.search.collection import use_collection
from search_ui.tabs.search.tab import answer
from tests.ui.pages import text_of

pytestmark = [pytest.mark.model, pytest.mark.slow]

SAMPLE_FIT = read_sample_fit().view
MEAN, CLS = "all-MiniLM-L6-v2", "all-MiniLM-L6-v2-cls"
QUESTION = "How do I descale a kettle?"


@pytest.fixture(scope="module")
def other(page: Page) -> Sample:
    """The sample under the wrong pooling; held, so that it is made once."""
    return sample_under(page, CLS, _quiet)


@pytest.fixture(scope="module")
def trials(page: Page, other: Sample) -> tuple[sc.ModelTrial, sc.ModelTrial]:
    return compare_with(page, Session(), other.encoder.name, _quiet)


def _quiet(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def _stop(_done: int, _total: int) -> None:
    raise Stopped


def _csv() -> bytes:
    """120 yes-or-no judgements of 12 queries; relevant texts name the query's number."""
    lines = ["query,text,relevance"]
    for n in range(120):
        query, right = n % 12, n // 12 % 3 == 0
        number = query if right else query + 40
        lines.append(f"ferries {query},note {n} on ferries {number},{int(right)}")
    return "\n".join(lines).encode()


def _fitted_on_own(page: Page) -> Session:
    session = Session()
    read_given(page, session, Given("csv", _csv()), _quiet)
    fit_labels(page, session, "platt", _quiet)
    return session


def _state(session: Session) -> dict[str, object]:
    return {each.name: getattr(session, each.name) for each in fields(session)}


def test_two_models_are_compared_on_the_samples_judgements(
    trials: tuple[sc.ModelTrial, sc.ModelTrial],
) -> None:
    assert [trial.name for trial in trials] == [MEAN, CLS]
    assert trials[0].report.rows == trials[1].report.rows == 2274


def test_the_samples_trials_are_made_once_and_shared(
    page: Page, other: Sample, trials: tuple[sc.ModelTrial, sc.ModelTrial]
) -> None:
    assert sample_under(page, CLS, _stop) is other
    again = compare_with(page, Session(), CLS, _stop)
    assert again[0] is trials[0]
    assert again[1] is trials[1]
    assert sample_trial(page.sample(), _stop) is trials[0]


def test_visitors_who_ask_at_once_get_the_same_sample(page: Page, other: Sample) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: sample_under(page, CLS, _quiet), range(8)))
    assert all(each is other for each in found)


def test_own_judgements_are_compared_where_there_are_some(page: Page, other: Sample) -> None:
    session = _fitted_on_own(page)
    mine = compare_with(page, session, other.encoder.name, _quiet)
    assert [trial.report.rows for trial in mine] == [120, 120]
    assert session.trials == mine
    assert session.nbytes() >= sum(trial.nbytes for trial in mine)


def test_a_collection_without_judgements_says_what_to_do(page: Page) -> None:
    session = Session()
    use_collection(page, session, "paste", "one text\nanother text", None, _quiet)
    with pytest.raises(sc.LabelsError, match="bring some in Calibrate, or choose the sample"):
        compare_with(page, session, CLS, _quiet)


@pytest.mark.parametrize("work", [compare_with, use_model])
def test_the_model_in_use_is_no_second_one(page: Page, work: object) -> None:
    session = Session()
    with pytest.raises(sc.EncoderError, match="is the model in use"):
        work(page, session, MEAN, _quiet)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["bge-small-en-v1.5", "e5-small-v2", "bert-base-uncased"])
def test_a_model_that_cannot_be_had_is_one_sentence_and_changes_nothing(
    page: Page, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    session = Session()
    before = _state(session)
    for work in (compare_with, use_model):
        with pytest.raises(sc.EncoderError, match="could not be fetched") as caught:
            work(page, session, name, _quiet)
        assert "\n" not in str(caught.value)
    assert _state(session) == before


def test_a_switch_changes_what_one_visitor_finds_and_no_other(page: Page, other: Sample) -> None:
    here, there = Session(), Session()
    before, _ = answer(page, there, QUESTION, 5, SAMPLE_FIT)
    use_model(page, here, other.encoder.name, _quiet)
    switched, warning = answer(page, here, QUESTION, 5, SAMPLE_FIT)
    assert (switched.model, warning) == (CLS, "")
    assert switched.hits[0].calibrated is not None
    assert switched.hits[0].cosine != pytest.approx(before.hits[0].cosine, abs=0.01)
    assert answer(page, there, QUESTION, 5, SAMPLE_FIT)[0] == before
    assert page.sample_of(there) is page.sample()


def test_the_way_back_leads_to_the_same_answer(page: Page, other: Sample) -> None:
    session = Session()
    before, _ = answer(page, session, QUESTION, 5, SAMPLE_FIT)
    use_model(page, session, other.encoder.name, _quiet)
    use_model(page, session, MEAN, _quiet)
    assert session.sample is None
    assert answer(page, session, QUESTION, 5, SAMPLE_FIT)[0] == before


def test_a_switch_scores_and_fits_own_judgements_again(page: Page, other: Sample) -> None:
    session = _fitted_on_own(page)
    before = session.result
    use_model(page, session, other.encoder.name, _quiet)
    assert session.engine is not None
    assert session.engine.encoder.name == CLS
    assert session.pairs is not None
    assert session.pairs.corpus_from_labels
    assert session.result is not None
    assert session.result is not before
    assert session.result.calibrator.method == "platt"
    assert session.calibrator is session.own is session.result.calibrator
    assert session.calibrator.scale.source == MODELS[CLS].fingerprint
    assert session.shown_is_old
    shown, warning = answer(page, session, "ferries 3", 3, SAMPLE_FIT)
    assert (shown.model, warning) == (CLS, "")
    assert shown.hits[0].calibrated is not None


def test_new_texts_are_embedded_with_the_visitors_model(page: Page, other: Sample) -> None:
    session = Session()
    use_model(page, session, other.encoder.name, _quiet)
    use_collection(page, session, "paste", "one text\nanother text", None, _quiet)
    assert page.engine(session).encoder.name == CLS
    read_given(page, session, Given("csv", _csv()), _quiet)
    assert session.pairs is not None
    assert session.pairs.scale.source == MODELS[CLS].fingerprint


def test_a_calibrator_of_one_model_is_refused_under_the_other(page: Page, other: Sample) -> None:
    session = Session()
    use_model(page, session, other.encoder.name, _quiet)
    stored = (EXAMPLES / "calibrator.json").read_bytes()
    with pytest.raises(sc.ScaleMismatch, match=f"fitted on cosines of '{MEAN}'"):
        import_calibrator(page, session, stored)
    with pytest.raises(sc.ScaleMismatch):
        page.sample().calibrator.apply(other.engine.search(QUESTION), other.engine)
    assert calibrator_in_use(page, session) is other.calibrator
    import_calibrator(page, session, other.calibrator.to_json())
    with pytest.raises(sc.ScaleMismatch, match=f"fitted on cosines of '{CLS}'"):
        import_calibrator(page, Session(), other.calibrator.to_json())


def test_an_imported_calibrator_goes_with_its_model(page: Page, other: Sample) -> None:
    session = Session()
    import_calibrator(page, session, (EXAMPLES / "calibrator.json").read_bytes())
    use_model(page, session, other.encoder.name, _quiet)
    assert session.own is None
    assert calibrator_in_use(page, session) is other.calibrator
    values = apply_to_file(page, session, b"query,text\nkettle,Boil vinegar in it.\n", _quiet)
    assert "expected_relevance" in values


def test_a_calibrator_of_scores_alone_stays_whatever_the_model(page: Page, other: Sample) -> None:
    session = Session()
    rows = [f"q{n % 12},{n % 7},{int(n % 7 > 3)}" for n in range(120)]
    content = "\n".join(["query,score,relevance", *rows]).encode()
    read_given(page, session, Given("scores", content, scores_are="bm25"), _quiet)
    fit_labels(page, session, "platt", _quiet)
    own, result, view = session.own, session.result, session.view
    use_model(page, session, other.encoder.name, _quiet)
    assert (session.own, session.result, session.view) == (own, result, view)


def test_a_stopped_switch_changes_nothing(page: Page, other: Sample) -> None:
    session = _fitted_on_own(page)
    before = _state(session)
    with pytest.raises(Stopped):
        use_model(page, session, other.encoder.name, _stop)
    assert _state(session) == before


def test_judgements_that_allow_no_fit_are_kept_without_one(page: Page, other: Sample) -> None:
    session = _fitted_on_own(page)
    assert session.labels is not None
    assert session.pairs is not None
    session.labels.relevance[:] = 1.0
    use_model(page, session, other.encoder.name, _quiet)
    assert session.pairs.scale.source == MODELS[CLS].fingerprint
    assert (session.result, session.view, session.calibrator) == (None, None, None)


def test_the_comparison_says_what_a_score_means_and_what_an_old_cut_would_do(
    trials: tuple[sc.ModelTrial, sc.ModelTrial],
) -> None:
    mean, cls = trials
    said = text_of(comparison_html(trials, 0.4))
    assert finding(trials).rstrip(".") in said
    cut = mean.cut(0.4)
    assert cut is not None
    assert cut.value is not None
    kept = cls.relevant_from(cut.value)
    assert kept is not None
    assert (
        f"Kept under {CLS}, the cut of {cut.value:.2f} would show judged pairs of which {kept:.0%} "
        f"are relevant, where under {MEAN} {cut.precision:.0%} were."
    ) in said
    assert "cut for 40% relevant" in said
    assert f"{cls.report.ndcg_before:.3f}" in said
    assert "2,274 judged pairs of 149 queries" in said
    assert "mean pooling" in said
    assert "CLS pooling" in said


def test_a_share_that_no_cut_reaches_is_said_to_be_out_of_reach(
    trials: tuple[sc.ModelTrial, sc.ModelTrial],
) -> None:
    said = text_of(comparison_html(trials, 0.95))
    assert f"Under {MEAN} no cut can be promised at that share with these labels." in said
    assert "none" in said


def test_every_model_is_listed_with_how_it_is_read_and_where_it_is(encoder: sc.Encoder) -> None:
    said = text_of(models_html())
    assert all(name in said and record.remark in said for name, record in MODELS.items())
    assert "on this machine" in said
    assert MODELS["e5-small-v2"].query_prefix in said
    line = text_of(in_use_html(encoder))
    assert line.startswith(f"In use: {MEAN}, mean pooling, unit vectors of 384 numbers")
    assert "squared L2" in line
