"""What the Calibrate tab does to a visitor's session: all of a step, or nothing of it."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

import search_core as sc
from search_ui.page import Page
from search_ui.search_view import OtherCollection, view_search
from search_ui.sessions import Session, Stopped
from search_ui.tabs.calibrate.applying import (
    IN_SEARCH,
    apply_to_file,
    calibrator_in_use,
    import_calibrator,
    where_words,
)
from search_ui.tabs.calibrate.base_rate import share_of_hits, share_of_hits_words
from search_ui.tabs.calibrate.fitting import carry_cut, fit_labels, restate
from search_ui.tabs.calibrate.reading import (
    Given,
    findings_html,
    label_texts_words,
    read_given,
    require_labels,
)
from search_ui.tabs.search.result import result_html
from search_ui.wording import percent

pytestmark = pytest.mark.model


def _quiet(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def _csv(subject: str, scores: bool = False) -> bytes:
    """120 yes-or-no judgements of 12 queries; relevant texts name the query's number."""
    lines = ["query,score,relevance" if scores else "query,text,relevance"]
    for n in range(120):
        query, right = n % 12, n // 12 % 3 == 0
        text = f"note {n} on {subject} {query if right else query + 40}"
        cell = str(3 * right + n % 5) if scores else text
        lines.append(f"{subject} {query},{cell},{int(right)}")
    return "\n".join(lines).encode()


def _read(page: Page, session: Session, content: bytes, kind: str = "csv") -> None:
    given = Given(kind, content, scores_are="bm25")  # type: ignore[arg-type]
    read_given(page, session, given, _quiet)


def test_a_file_with_a_fault_changes_nothing(page: Page) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    before = vars(session).copy()
    for content in (b"", b"query,text\na,b\n", b'query,text,relevance\na,"b,1\n', None):
        with pytest.raises(sc.LabelsError):
            read_given(page, session, Given("csv", content), _quiet)
    assert vars(session) == before


def test_stopped_work_changes_nothing(page: Page) -> None:
    def stop(_done: int, _total: int) -> None:
        raise Stopped

    session = Session()
    with pytest.raises(Stopped):
        read_given(page, session, Given("csv", _csv("ferries")), stop)
    _read(page, session, _csv("ferries"))
    before = vars(session).copy()
    with pytest.raises(Stopped):
        fit_labels(page, session, "auto", stop)
    assert vars(session) == before


def test_texts_of_a_file_are_the_collection_until_the_next_file(page: Page) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    _read(page, session, _csv("lighthouses"))
    assert session.engine is not None
    assert all("lighthouses" in text for text in session.engine.corpus.texts)
    read_given(page, session, Given("sample"), _quiet)
    assert session.engine is None


def test_a_collection_of_the_visitors_own_stays(page: Page, encoder: sc.Encoder) -> None:
    corpus = sc.Corpus.from_texts([f"note {n} on ferries {n}" for n in range(30)])
    engine = sc.SearchEngine.build(corpus, encoder=encoder)
    session = Session(engine=engine)
    _read(page, session, _csv("ferries"))
    assert session.engine is engine
    assert session.pairs is not None
    assert session.pairs.corpus_fingerprint == corpus.fingerprint


def test_scores_without_texts_are_refused_where_texts_are_promised(page: Page) -> None:
    with pytest.raises(sc.LabelsError, match="Scores alone"):
        _read(page, Session(), _csv("ferries", scores=True))


def test_a_calibrator_of_brought_scores_never_reaches_search(page: Page) -> None:
    session = Session()
    _read(page, session, _csv("ferries", scores=True), "scores")
    fit_labels(page, session, "auto", _quiet)
    assert session.own is not None
    assert session.calibrator is None
    assert "Search keeps the calibrator from before" in where_words(page, session)


def test_another_share_restates_the_calibrator_and_back(page: Page) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    view = fit_labels(page, session, "platt", _quiet)
    fitted = session.calibrator
    assert restate(page, session, 0.01)
    assert session.calibrator is not None
    assert session.calibrator.base_rate == 0.01
    assert session.own is session.calibrator
    assert not restate(page, session, view.report.mean)
    assert session.calibrator is fitted


def test_the_share_among_live_hits_is_the_mean_of_their_values_and_restates_nothing(
    page: Page,
) -> None:
    session = Session()
    with pytest.raises(sc.CalibrationError, match="no fit of your own labels"):
        share_of_hits(page, session)
    _read(page, session, _csv("ferries"))
    fit_labels(page, session, "platt", _quiet)
    calibrator = session.calibrator
    assert calibrator is not None
    assert session.labels is not None
    engine = page.engine(session)
    found = engine.search_many(list(dict.fromkeys(session.labels.queries)), 10)
    values = np.concatenate([calibrator.apply(hits, engine).scores for hits in found])
    share = share_of_hits(page, session)
    assert share == pytest.approx(values.mean(), abs=1e-6)
    assert session.calibrator is calibrator
    restate(page, session, 0.01)
    assert share_of_hits(page, session) == share  # of the values as fitted
    assert f"{percent(share, 1)} of the first 10 hits" in share_of_hits_words(share)


def test_a_csv_keeps_its_columns_and_gets_values_as_search_shows_them(page: Page) -> None:
    session = Session()
    hits = page.sample().engine.search("How do I descale a kettle?", k=5)
    shown = page.sample().calibrator.apply(hits, page.sample().engine)
    lines = ["expected_relevance,text,query", *(f'x,"{text}",{hits.query}' for text in hits.texts)]
    saved = apply_to_file(page, session, "\n".join(lines).encode(), _quiet)
    rows = list(csv.DictReader(saved.splitlines()))
    assert list(rows[0]) == ["expected_relevance", "text", "query", "new_expected_relevance"]
    values = {row["text"]: float(row["new_expected_relevance"]) for row in rows}
    expected = dict(zip(shown.texts, shown.scores.tolist(), strict=True))
    assert values == pytest.approx(expected, abs=1e-6)


def test_a_blend_meets_another_collection_only_when_told_to(page: Page) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    fit_labels(page, session, "blend", _quiet)
    assert session.own is not None
    exported = session.own.to_json()
    fresh = Session()
    with pytest.raises(OtherCollection, match="another collection"):
        import_calibrator(page, fresh, exported)
    assert fresh.own is None
    import_calibrator(page, fresh, exported, anyway=True)
    assert fresh.calibrator is not None
    assert calibrator_in_use(page, fresh).fitted_on.queries == 12
    assert apply_to_file(page, fresh, b"query,text\na,b\n", _quiet).startswith("query,text,proba")


def test_calibrators_of_another_encoder_or_scale_are_refused(page: Page) -> None:
    sample = page.sample().calibrator
    other = replace(sample, scale=replace(sample.scale, source="0" * 64))
    session = Session()
    with pytest.raises(sc.ScaleMismatch, match="another encoder"):
        import_calibrator(page, session, other.to_json())
    unknown = replace(sample, scale=replace(sample.scale, source="", name="mood"))
    with pytest.raises(sc.CalibrationError, match="'mood', which is none"):
        import_calibrator(page, session, unknown.to_json())
    assert session.own is None


def test_an_own_calibrator_does_not_serve_a_collection_chosen_later(
    page: Page, encoder: sc.Encoder
) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    fit_labels(page, session, "blend", _quiet)
    corpus = sc.Corpus.from_texts([f"recipe {n}" for n in range(20)])
    session.use_engine(sc.SearchEngine.build(corpus, encoder=encoder))
    assert "another collection" in where_words(page, session)
    with pytest.raises(OtherCollection):
        apply_to_file(page, session, b"query,text\na,b\n", _quiet)


def test_the_same_texts_again_are_no_other_collection(page: Page, encoder: sc.Encoder) -> None:
    corpus = sc.Corpus.from_texts([f"note {n} on ferries {n}" for n in range(30)])
    session = Session(engine=sc.SearchEngine.build(corpus, encoder=encoder))
    _read(page, session, _csv("ferries"))
    fit_labels(page, session, "blend", _quiet)
    before = vars(session).copy()
    session.use_engine(sc.SearchEngine.build(corpus, encoder=encoder))
    assert vars(session) == before


def test_a_calibrator_serves_again_where_its_collection_comes_back(
    page: Page, encoder: sc.Encoder
) -> None:
    corpus = sc.Corpus.from_texts([f"note {n} on ferries {n}" for n in range(30)])
    session = Session(engine=sc.SearchEngine.build(corpus, encoder=encoder))
    _read(page, session, _csv("ferries"))
    fit_labels(page, session, "blend", _quiet)
    session.use_engine(None)
    assert session.calibrator is None
    assert "the sample's own calibrator" in where_words(page, session)
    session.use_engine(sc.SearchEngine.build(corpus, encoder=encoder))
    assert session.own is not None
    assert session.calibrator is session.own
    assert where_words(page, session) == IN_SEARCH


def test_reading_labels_says_which_texts_are_searched_from_now_on(page: Page) -> None:
    session = Session()
    assert label_texts_words(session) == ""
    _read(page, session, _csv("ferries"))
    said = label_texts_words(session)
    assert said.startswith("Search now looks through the 120 texts of your label file")
    assert session.labels is not None
    assert said in findings_html(session.labels, said)


def test_ids_are_looked_up_in_the_sample_after_a_file_of_texts(page: Page) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    ids = page.sample().engine.corpus.ids
    rows = [f"question {n % 12},{ids[n]},{n % 2}" for n in range(60)]
    _read(page, session, "\n".join(["query,doc_id,relevance", *rows]).encode())
    assert session.engine is None
    assert label_texts_words(session) == ""


def test_the_cut_that_is_chosen_travels_with_the_calibrator(page: Page) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    view = fit_labels(page, session, "platt", _quiet)
    of_rows, of_best_hits = view.cut(0.5, "row"), view.cut(0.5, "query")
    carry_cut(session, of_rows)
    assert of_rows in calibrator_in_use(page, session).thresholds
    assert session.calibrator is session.own
    carry_cut(session, of_best_hits)
    carried = calibrator_in_use(page, session)
    assert carried.thresholds == (of_rows, of_best_hits)
    assert sc.load_calibrator(carried.to_json()).thresholds == carried.thresholds
    restate(page, session, 0.01)
    carry_cut(session, of_rows)
    assert calibrator_in_use(page, session).thresholds == ()


def test_what_a_chosen_cut_shows_is_never_called_nothing_whatever_is_chosen_next(
    page: Page,
) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    view = fit_labels(page, session, "platt", _quiet)
    low = replace(view.cut(0.5, "query"), value=0.01)
    carry_cut(session, low)
    assert calibrator_in_use(page, session).nothing_below == 0.01
    carry_cut(session, view.cut(0.5, "row"))
    assert calibrator_in_use(page, session).nothing_below == 0.01


def test_labels_that_are_gone_are_asked_for_again_and_never_replaced_by_the_samples(
    page: Page,
) -> None:
    session = Session()
    require_labels(session, "sample")
    with pytest.raises(sc.LabelsError, match="Read and check"):
        require_labels(session, "csv")
    _read(page, session, _csv("ferries"))
    require_labels(session, "csv")
    session.use_engine(None)
    with pytest.raises(sc.LabelsError, match="change of collection"):
        require_labels(session, "csv")


def test_search_shows_a_note_where_a_collection_changed_a_little_since_the_fit(
    page: Page, encoder: sc.Encoder
) -> None:
    session = Session()
    _read(page, session, _csv("ferries"))
    fit_labels(page, session, "blend", _quiet)
    assert session.engine is not None
    calibrator = session.own
    texts = session.engine.corpus.texts
    engine = sc.SearchEngine.build(sc.Corpus.from_texts([*texts, "one more"]), encoder=encoder)
    session.use_engine(engine)
    assert session.calibrator is calibrator is not None
    change = calibrator.collection_change(engine)
    assert change.is_measured
    view = view_search(engine, calibrator, "ferries", 3)
    assert view.notes == (change.sentence,)
    assert change.sentence in result_html(view)
