"""Labels given in Search: kept with their collection, counted honestly, fitted like any others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_ui.tabs.calibrate.fit import verdict_html
from search_ui.tabs.hit_labels import line_html
from search_ui.visit.hit_labels import (
    FIT,
    STAGES,
    HitLabels,
    amount_words,
    enough_words,
    progress_words,
)
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace
from tests.properties import tried
from tests.ui.events import Events
from tests.ui.pages import CANARY, read, text_of
from tests.ui.work import ferries, fit, paste, read as read_labels

QUESTIONS = st.sampled_from(["ferry", "Ferry ", "island", "bread"])
CLICKS = st.lists(
    st.tuples(QUESTIONS, st.sampled_from("abc"), st.sampled_from([True, False, None]))
)


def marked(*rows: tuple[str, str, bool | None]) -> HitLabels:
    labels = HitLabels()
    for row in rows:
        labels = labels.with_label(*row)
    return labels


def many(rows: int, questions: int) -> HitLabels:
    """Return labels of which every other one is right."""
    return marked(*((f"question {n % questions}", f"text {n}", n % 2 == 0) for n in range(rows)))


# The value


@given(CLICKS)
@tried(100)
def test_the_last_click_on_a_pair_counts_and_no_pair_has_two_labels(
    clicks: list[tuple[str, str, bool | None]],
) -> None:
    labels = marked(*clicks)
    last = {(sc.query_key(query), text): is_right for query, text, is_right in clicks}
    kept = {(sc.query_key(row.query), row.text): row.is_right for row in labels.rows}
    assert kept == {pair: is_right for pair, is_right in last.items() if is_right is not None}
    assert len(labels) == len(kept)


def test_a_question_has_its_labels_however_its_case_and_blanks_are() -> None:
    labels = marked(("Where is the ferry?", "a", True), ("Other", "a", False))
    assert labels.of_query(" where is  the FERRY?") == {"a": True}


@given(CLICKS.filter(lambda clicks: any(click[2] is not None for click in clicks)))
@tried(100)
def test_the_download_is_a_file_that_calibrate_reads(
    clicks: list[tuple[str, str, bool | None]],
) -> None:
    labels = marked(*clicks)
    if not len(labels):
        return
    there = sc.read_labels(labels.to_csv().encode())
    assert there.queries == labels.labels().queries
    assert there.texts == labels.labels().texts
    assert there.relevance.tolist() == labels.labels().relevance.tolist()


def test_a_formula_in_a_download_does_not_run() -> None:
    assert "'=1+1" in marked(("=1+1", "text", True)).to_csv()


def test_no_more_labels_are_kept_than_a_public_page_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sc, "PUBLIC", replace(sc.PUBLIC, label_rows=3))
    full = many(3, 1)
    assert len(full.with_label("question 0", "text 0", is_right=False)) == 3
    with pytest.raises(sc.LabelsError, match="3 labels already"):
        full.with_label("question 0", "one more", is_right=True)


def test_what_is_missing_is_said_step_by_step() -> None:
    assert amount_words(marked(("a", "b", True))) == "1 label on 1 question"
    assert progress_words(marked(("a", "b", True))) == (
        "A first fit needs 19 more labels, 1 more question and 1 more wrong hit."
    )
    assert (
        progress_words(many(34, 12)) == "Enough for a first fit. A threshold needs 16 more labels."
    )
    assert progress_words(many(60, 12)) == (
        "Enough for a threshold. A check that can be relied on needs 8 more questions."
    )
    assert progress_words(many(100, 25)) == "Enough for a check that can be relied on."


def fitted_on(labels: HitLabels) -> sc.Calibrator:
    """Fit on scores that rise with the label, one row of them a label."""
    rows = [
        {"query": row.query, "score": n % 7 + 5 * row.is_right, "relevance": row.is_right}
        for n, row in enumerate(labels.rows)
    ]
    return sc.fit_calibrator(
        sc.score_pairs(sc.labels_of(rows), sc.BROUGHT_SCALES["bm25"])
    ).calibrator


def test_the_library_fits_from_the_first_stage_on_and_gives_thresholds_from_the_second_on() -> None:
    assert fitted_on(many(FIT.rows, FIT.questions)).thresholds == ()
    with pytest.raises(sc.CalibrationError, match="at least 20"):
        fitted_on(many(FIT.rows - 1, FIT.questions))
    with pytest.raises(sc.CalibrationError, match="one query"):
        fitted_on(many(FIT.rows, FIT.questions - 1))
    second = STAGES[1]
    assert fitted_on(many(second.rows, second.questions)).thresholds
    assert fitted_on(many(second.rows - 1, second.questions)).thresholds == ()
    assert fitted_on(many(second.rows, second.questions - 1)).thresholds == ()


def test_how_many_labels_are_enough_is_said_of_every_stage_as_the_library_asks_for_them() -> None:
    said = enough_words()
    for stage in STAGES:
        assert stage.name in said
        assert f"{stage.rows} " in said
    assert said.startswith(f"{sc.LABEL_ROWS_MINIMUM} labels on 2 questions are enough")


def test_the_line_counts_hands_out_and_offers_a_fit_once_it_can_be_made() -> None:
    none, few, enough = (
        text_of(line_html(each)) for each in (HitLabels(), many(5, 2), many(20, 2))
    )
    assert none.startswith("Mark hits as right or wrong: 20 labels on 2 questions are enough")
    assert "This is the sample; use your own texts to label those." in none
    assert "the sample" not in text_of(line_html(HitLabels(), of_sample=False))
    assert "5 labels on 2 questions" in few
    assert "Check and fit" not in few
    assert "Download CSV" in few
    assert "Check and fit" in enough
    shown = read(line_html(marked((CANARY, CANARY, True))))
    assert not {"script", "img"} & set(shown.tags)


# In a visitor's work


@pytest.fixture(scope="module")
def fresh(page: Page) -> Workspace:
    """The work of a visitor who has just come."""
    return page.workspace(None)


def judge(workspace: Workspace, questions: int = 12) -> Workspace:
    """Mark the first five hits of some questions: right where the number is the question's."""
    for n in range(questions):
        hits = workspace.engine.search(f"ferries {n}", k=5)
        for name, text in zip(hits.ids, hits.texts, strict=True):
            workspace = workspace.with_hit_label(hits.query, name, text.endswith(f" {n}"))
    return workspace


@pytest.mark.model
def test_labels_of_search_are_fitted_and_search_then_predicts_by_them(fresh: Workspace) -> None:
    judged = judge(paste(fresh, *ferries()))
    assert judged.serving.in_search is None
    held = judged.work.hit_labels
    there = read_labels(judged, None, "search")
    assert there.work.judged is not None
    assert there.own_engine is judged.own_engine
    assert len(there.labels) == len(held) == 60
    fitted = fit(there, kind="search")
    assert fitted.serving.reason == "fitted"
    assert fitted.work.hit_labels is held
    assert not fitted.shows_example


@pytest.mark.model
def test_a_fit_is_marked_once_the_labels_of_search_are_others_by_now(fresh: Workspace) -> None:
    there = read_labels(judge(paste(fresh, *ferries())), None, "search")
    assert not there.is_outdated
    fitted = fit(there, kind="search")
    assert not fitted.is_outdated
    first = fitted.work.hit_labels.rows[0]
    name = fitted.engine.corpus.ids[fitted.engine.corpus.position_of_text[first.text]]
    taken_back = fitted.with_hit_label(first.query, name, None)
    assert taken_back.is_outdated
    assert taken_back.shown_name != fitted.shown_name  # so that Calibrate is drawn anew
    assert taken_back.view is not None
    said = text_of(verdict_html(taken_back.view, is_outdated=taken_back.is_outdated))
    assert "labels in Search changed since this fit" in said
    again = fit(read_labels(taken_back, None, "search"), kind="search")
    assert not again.is_outdated


@pytest.mark.model
def test_labels_of_the_sample_may_be_given_too(fresh: Workspace) -> None:
    marked_there = fresh.with_hit_label("a cat", fresh.engine.corpus.ids[0], is_right=True)
    there = read_labels(marked_there, None, "search")
    assert there.is_on_sample
    assert there.labels.texts == (fresh.engine.corpus.texts[0],)


@pytest.mark.model
def test_without_any_label_the_visitor_is_told_where_to_give_some(fresh: Workspace) -> None:
    with pytest.raises(sc.LabelsError, match="marked no hits of this collection yet"):
        read_labels(fresh, None, "search")


@pytest.mark.model
def test_labels_stay_with_their_collection_and_its_texts(fresh: Workspace) -> None:
    own = paste(fresh, *ferries()).with_hit_label("ferries", "7", is_right=True)
    held = own.work.hit_labels
    on_sample = own.with_collection(None)
    assert len(on_sample.work.hit_labels) == 0
    assert paste(on_sample, *ferries()).work.hit_labels is held
    shifted = paste(own, "one more", *ferries())
    assert shifted.work.hit_labels.of_query("ferries") == {"note 7 on ferries 7": True}
    assert len(paste(own, "other texts", "alone").work.hit_labels) == 0


@pytest.mark.model
def test_labels_survive_a_change_of_the_model_a_new_fit_and_a_calibrator_from_a_file(
    fresh: Workspace,
) -> None:
    judged = judge(paste(fresh, *ferries()))
    held = judged.work.hit_labels
    assert judged.with_model(fresh.sample, judged.own_engine).work.hit_labels is held
    assert judged.under(fresh.with_model(fresh.sample, judged.own_engine)).work.hit_labels is held
    fitted = fit(read_labels(judged, None, "search"))
    calibrator = fitted.serving.in_search
    assert calibrator is not None
    assert fitted.with_imported(calibrator, accepts_change=False).work.hit_labels is held
    away = judged.with_collection(None).with_model(fresh.sample, None)
    assert away.earlier[0][1].hit_labels is held


@pytest.mark.model
@pytest.mark.parametrize(
    ("query", "doc_id", "said"),
    [
        ("x" * 1_001, "d001", "1,001 characters"),
        ("  ", "d001", "is blank"),
        ("a", "?", "not in the"),
    ],
)
def test_a_label_of_nothing_is_refused(
    fresh: Workspace, query: str, doc_id: str, said: str
) -> None:
    with pytest.raises(sc.SearchCoreError, match=said):
        fresh.with_hit_label(query, doc_id, is_right=True)


@pytest.mark.model
def test_labels_count_in_what_a_visit_holds(fresh: Workspace) -> None:
    assert judge(fresh, 2).nbytes > fresh.nbytes


# On the page


@pytest.mark.model
def test_a_click_becomes_a_label_and_another_one_takes_it_back(page: Page, events: Events) -> None:
    assert "1 label on 1 question" in text_of(
        events.call("_ui_label_hit", "cats", "d001", "wrong", "")
    )
    said = events.call("_ui_label_hit", "cats", "d001", "right", "")
    assert "1 label on 1 question" in text_of(said)
    text = page.sample().engine.corpus.texts[0]
    assert page.workspace(events.visitor).work.hit_labels.of_query("cats") == {text: True}
    shown, *_rest, basis = list(events.call("_ui_search", "cats", 50, ""))[-1]
    assert 'value="right" aria-pressed="true"' in shown
    assert basis == ""
    said = events.call("_ui_label_hit", "cats", "d001", "", "")
    assert text_of(said).startswith("Mark hits as right or wrong")


@pytest.mark.model
def test_a_click_on_an_earlier_answer_labels_nothing(page: Page, events: Events) -> None:
    events.work("_ui_use", "one cat\none dog", None)
    said = text_of(events.call("_ui_label_hit", "cats", "d001", "right", ""))
    assert "of an earlier answer, so nothing was labelled; ask once more" in said
    assert len(page.workspace(events.visitor).work.hit_labels) == 0
    said = text_of(events.call("_ui_label_hit", "cats", "0", "maybe", "?"))
    assert "nothing was labelled" in said


@pytest.mark.model
def test_own_texts_open_calibrate_at_its_first_step_with_the_form_that_fits(
    page: Page, events: Events
) -> None:
    source, found, path, *_rest = events.call("_ui_catch_up", "", "sample")
    assert "selected" not in path  # the sample's report, as the page opens on it
    events.work("_ui_use", "one cat\none dog", None)
    source, found, path, *words = events.call("_ui_catch_up", "", "sample")
    assert (source, path["selected"]) == ("csv", "labels")
    assert words[0]["label"] == "1 Labels\nnone for your texts yet"
    basis = page.workspace(events.visitor).basis
    events.call("_ui_label_hit", "cats", "0", "right", basis)
    source, found, path, *_rest = events.call("_ui_catch_up", "", "sample")
    assert source == "search"
    assert "1 label on 1 question" in text_of(found)
