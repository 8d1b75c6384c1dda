"""A visitor's work as a value: what rests on what, and which calibrator counts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest

import search_core as sc
from search_ui.rendering import percent
from search_ui.tabs.calibrate import code, use
from search_ui.tabs.calibrate.check import findings_html, searched_words
from search_ui.tabs.calibrate.code import TakeHome
from search_ui.tabs.calibrate.fit import (
    answer_words,
    audit_html,
    figures_html,
    share_of_hits_words,
    verdict_html,
    worth_html,
)
from search_ui.tabs.calibrate.use import IN_SEARCH, NONE_YET, where_words
from search_ui.tabs.search import answer, result_html
from search_ui.visit.calibrating import (
    UNCHECKED,
    apply_to_file,
    read_import,
    share_of_hits,
    take_home_zip,
)
from search_ui.visit.visits import Page, Stopped
from search_ui.visit.work import OtherCollection
from search_ui.visit.workspace import Workspace
from tests.ui.pages import text_of
from tests.ui.work import csv_of, ferries, fit, paste, quiet, read

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def fresh(page: Page) -> Workspace:
    """The work of a visitor who has just come."""
    return page.workspace(None)


@pytest.fixture(scope="module")
def on_texts(fresh: Workspace) -> Workspace:
    """Labels read whose texts are the collection, and a simple curve fitted on them."""
    return fit(read(fresh, csv_of("ferries")))


@pytest.fixture(scope="module")
def on_sample(fresh: Workspace) -> Workspace:
    """A simple curve fitted on the sample's labels."""
    return fit(fresh, kind="sample")


@pytest.fixture(scope="module")
def blended(fresh: Workspace) -> Workspace:
    """The visitor's own collection, labels of it, and a blend."""
    return fit(read(paste(fresh, *ferries()), csv_of("ferries")), "blend")


# Labels


def test_a_file_with_a_fault_gives_no_workspace(fresh: Workspace) -> None:
    for content in (b"", b"query,text\na,b\n", b'query,text,relevance\na,"b,1\n', None):
        with pytest.raises(sc.LabelsError):
            read(fresh, content)


def test_stopped_work_gives_no_workspace(fresh: Workspace) -> None:
    def stop(_done: int, _total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        read(fresh, csv_of("ferries"), progress=stop)
    with pytest.raises(Stopped):
        fit(read(fresh, csv_of("ferries")), progress=stop)


def test_label_texts_with_too_many_tokens_are_refused(fresh: Workspace) -> None:
    rows = "".join(f"a,{n} {'word ' * 250},{n % 2}\n" for n in range(900))
    with pytest.raises(sc.CorpusError, match="more than 200,000 tokens"):
        read(fresh, f"query,text,relevance\n{rows}".encode())


def test_texts_of_a_file_are_the_collection_until_the_next_file(on_texts: Workspace) -> None:
    assert not on_texts.has_chosen_collection
    on_lighthouses = read(on_texts, csv_of("lighthouses"))
    assert all("lighthouses" in text for text in on_lighthouses.engine.corpus.texts)
    assert on_lighthouses.work.fit is None
    assert read(on_lighthouses, None, "sample").is_on_sample


def test_a_collection_of_the_visitors_own_stays(blended: Workspace) -> None:
    judged = blended.work.judged
    assert judged is not None
    assert blended.has_chosen_collection
    assert judged.pairs.corpus_fingerprint == blended.engine.corpus.fingerprint


def test_scores_without_texts_are_refused_where_texts_are_promised(fresh: Workspace) -> None:
    with pytest.raises(sc.LabelsError, match="Scores alone"):
        read(fresh, csv_of("ferries", scores=True))


def test_ids_are_looked_up_in_the_sample_after_a_file_of_texts(
    fresh: Workspace, on_texts: Workspace
) -> None:
    ids = fresh.engine.corpus.ids
    rows = [f"question {n % 12},{ids[n]},{n % 2}" for n in range(60)]
    by_id = read(on_texts, "\n".join(["query,doc_id,relevance", *rows]).encode())
    assert by_id.is_on_sample
    assert searched_words(by_id) == ""
    assert by_id.work.judged is not None
    assert not by_id.work.judged.of_sample


def test_reading_labels_says_which_texts_are_searched_from_now_on(
    fresh: Workspace, on_texts: Workspace
) -> None:
    assert searched_words(fresh) == ""
    said = searched_words(on_texts)
    assert said.startswith("Search now looks through the 120 texts of your label file")
    assert said in findings_html(on_texts.labels, said)


def test_labels_that_are_gone_are_asked_for_again_and_never_replaced_by_the_samples(
    fresh: Workspace, on_sample: Workspace, on_texts: Workspace
) -> None:
    assert on_sample.is_on_sample
    with pytest.raises(sc.LabelsError, match="Read and check"):
        fit(fresh, kind="csv")
    with pytest.raises(sc.LabelsError, match="change of collection"):
        fit(on_texts.with_collection(None), kind="csv")
    with pytest.raises(sc.LabelsError, match="collection has no labels yet"):
        fit(paste(fresh, "one text", "another"), kind="sample")


# Which calibrator counts


def test_new_labels_take_the_fit_on_the_old_ones_away(on_texts: Workspace) -> None:
    again = read(on_texts, csv_of("ferries"))
    assert again.own_engine is on_texts.own_engine
    assert again.serving.in_search is None
    assert again.serving.reason == "none"


def test_a_calibrator_of_brought_scores_never_reaches_search_which_keeps_what_it_had(
    fresh: Workspace, on_texts: Workspace
) -> None:
    scores = csv_of("ferries", scores=True)
    both = fit(read(on_texts, scores, "scores"))
    assert both.serving.calibrator is both.scores.calibrator
    assert both.serving.in_search is on_texts.serving.in_search is not None
    assert "Search is unaffected" in where_words(both)
    alone = fit(read(fresh, scores, "scores"))
    assert alone.serving.in_search is fresh.sample.calibrator
    assert "Search is unaffected" in where_words(alone)


def test_scores_alone_rest_on_no_collection(fresh: Workspace) -> None:
    alone = fit(read(fresh, csv_of("ferries", scores=True), "scores"))
    elsewhere = paste(alone, "one text", "another")
    assert elsewhere.view is alone.view is not None
    assert elsewhere.serving.calibrator is alone.serving.calibrator
    assert elsewhere.serving.in_search is None
    assert "Search is unaffected" in where_words(elsewhere)


def test_an_own_calibrator_does_not_serve_a_collection_chosen_later(blended: Workspace) -> None:
    elsewhere = paste(blended, *(f"recipe {n}" for n in range(20)))
    assert elsewhere.serving.calibrator is None
    assert where_words(elsewhere) == NONE_YET
    with pytest.raises(sc.CalibrationError, match="no calibrator for your collection"):
        apply_to_file(elsewhere, b"query,text\na,b\n", quiet)


def test_all_steps_show_one_work_after_a_swap_and_on_the_way_back(
    fresh: Workspace, blended: Workspace
) -> None:
    on_sample = blended.with_collection(None)
    assert on_sample.view is fresh.view
    assert on_sample.labels is fresh.labels
    assert on_sample.serving.calibrator is fresh.sample.calibrator
    assert on_sample.shown_name == fresh.shown_name == ""
    back = paste(on_sample, *ferries())
    assert back.view is blended.view
    assert back.labels is blended.labels
    assert back.serving.in_search is blended.serving.in_search
    assert where_words(back) == IN_SEARCH
    assert back.shown_name == blended.shown_name


def test_a_collection_without_labels_shows_the_sample_as_an_example_and_says_so(
    fresh: Workspace,
) -> None:
    own = paste(fresh, "one text", "another")
    assert own.shows_example
    assert own.view is fresh.view
    assert "your own collection has none yet" in searched_words(own)
    assert own.shown_name != ""


def test_the_same_texts_again_are_no_other_collection(blended: Workspace) -> None:
    again = paste(blended, *ferries())
    assert again.own_engine is blended.own_engine
    assert again.work is blended.work


def test_a_few_more_texts_keep_the_work_and_search_says_what_changed(blended: Workspace) -> None:
    more = paste(blended, *ferries(more=3))
    assert more.work is blended.work
    calibrator = more.serving.in_search
    assert calibrator is not None
    change = calibrator.collection_change(more.engine)
    assert change.is_measured
    view = answer(more, "ferries", 3)
    assert view.notes == (change.sentence,)
    assert change.sentence in result_html(view)
    assert fit(more).own_engine is more.own_engine


def test_comparisons_and_consent_belong_to_their_collection(blended: Workspace) -> None:
    made = replace(blended, indexes=object(), models=object())  # type: ignore[arg-type]
    allowed = made.with_imported(_blend(blended), accepts_change=True)
    for other in (allowed.with_collection(None), read(allowed.with_collection(None), csv_of("x"))):
        assert (other.indexes, other.models) == (None, None)
        assert not other.serving.accepts_change


def test_labels_whose_texts_become_the_collection_swap_it_like_any_other(
    fresh: Workspace,
) -> None:
    compared = replace(fresh, indexes=object(), models=object())  # type: ignore[arg-type]
    swapped = read(compared, csv_of("ferries"))
    assert (swapped.indexes, swapped.models) == (None, None)


def test_scores_that_stand_beside_texts_are_still_scores_alone(fresh: Workspace) -> None:
    lines = csv_of("ferries").decode().splitlines()
    both = [f"{line},{n % 7 / 7:.3f}" for n, line in enumerate(lines[1:])]
    content = "\n".join([f"{lines[0]},score", *both]).encode()
    alone = fit(read(fresh, content, "scores"))
    assert alone.scores.fit is not None
    assert alone.work.fit is None
    assert answer(alone, "ferries", 3) == answer(fresh, "ferries", 3)


def test_a_calibrator_of_scores_from_a_file_hides_no_labels(
    fresh: Workspace, on_texts: Workspace
) -> None:
    of_scores = fit(read(fresh, csv_of("ferries", scores=True), "scores")).serving.calibrator
    assert of_scores is not None
    imported = on_texts.with_imported(of_scores, accepts_change=False)
    assert imported.labels is on_texts.labels
    assert imported.view is on_texts.view
    assert imported.serving.calibrator is of_scores
    assert fit(imported).serving.reason == "fitted"


@pytest.mark.slow
def test_work_survives_a_way_over_a_near_collection(
    fresh: Workspace, on_sample: Workspace, blended: Workspace
) -> None:
    near = read(paste(blended, *ferries(more=1)), csv_of("boats"))
    assert near.work.fit is None
    assert paste(near, *ferries()).work.fit is blended.work.fit
    same = sc.Corpus.from_texts(fresh.engine.corpus.texts)
    own = on_sample.with_collection(
        sc.SearchEngine.from_vectors(same, fresh.sample.encoder, fresh.engine.vectors)
    )
    assert own.work is on_sample.work
    assert own.with_collection(None).work.fit is on_sample.work.fit


def test_label_texts_chosen_as_a_collection_are_no_longer_of_labels(on_texts: Workspace) -> None:
    chosen = paste(on_texts, *on_texts.engine.corpus.texts)
    assert chosen.has_chosen_collection
    assert chosen.work is on_texts.work
    judged = read(chosen, csv_of("ferries")).work.judged
    assert judged is not None
    assert not judged.pairs.corpus_from_labels


def test_thresholds_are_promised_no_more_where_a_blend_is_applied_anyway(
    fresh: Workspace, blended: Workspace
) -> None:
    calibrator = _blend(blended)
    anyway = fresh.with_imported(calibrator, accepts_change=True)
    state, json, _column, code, snippet, *_ = use.drawn(anyway)
    caution = calibrator.collection_change(fresh.engine).sentence
    for part in (state, json, code):
        assert caution in text_of(part)
    assert "confidence" not in text_of(state)
    assert f"# CAUTION: {caution}" in text_of(snippet)
    assert anyway.serving.threshold is None


def test_a_csv_scored_anyway_says_so_in_the_note_and_in_every_row(
    fresh: Workspace, blended: Workspace
) -> None:
    calibrator = _blend(blended)
    anyway = fresh.with_imported(calibrator, accepts_change=True)
    applied = apply_to_file(anyway, b"query,text\na,b\nc,d\n", quiet)
    table = sc.read_table(applied.content.encode(), error=sc.LabelsError)
    assert table.columns[-1] == "caution"
    assert [row[-1] for row in table.cells] == [UNCHECKED] * 2
    assert "show" not in table.columns
    said = text_of(use.applied_html(applied))
    assert calibrator.collection_change(fresh.engine).sentence in said
    assert "no threshold is guaranteed here" in said


@pytest.mark.parametrize("level", ["row", "query"])
def test_a_csv_says_which_rows_the_threshold_in_force_shows(
    on_texts: Workspace, level: sc.Level
) -> None:
    fitted = on_texts.work.fit
    assert fitted is not None
    threshold = replace(fitted.view.threshold(0.5, level), value=0.4)
    chosen = on_texts.with_threshold(threshold, of=fitted.result)
    rows = [(n % 3, f"note {n} on ferries {n % 3}") for n in range(30)]
    lines = ["query,text", *(f"ferries {query},{text}" for query, text in rows)]
    applied = apply_to_file(chosen, "\n".join(lines).encode(), quiet)
    table = sc.read_table(applied.content.encode(), error=sc.LabelsError)
    assert table.columns[-1] == "show"
    values = np.array([float(row[-2]) for row in table.cells])
    shown = [row[-1] for row in table.cells]
    best = {query: max(range(30), key=lambda n: (n % 3 == query, values[n])) for query in range(3)}
    kept = (
        values >= 0.4
        if level == "row"
        else [n in best.values() for n in range(30)] & (values >= 0.4)
    )
    assert shown == ["yes" if each else "no" for each in kept]
    assert {"yes", "no"} == set(shown)
    of_best = "for a query's best row from 0.400 (at least 50% relevant"
    said = text_of(use.applied_html(applied))
    assert (of_best if level == "query" else "yes from 0.400 (at least 50% relevant") in said


def rounded(code: str) -> str:
    """Return code with its numbers as every machine computes them."""
    return re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.5g}", code)


@pytest.mark.slow
def test_a_fit_of_the_sample_gives_what_the_page_opened_with(fresh: Workspace) -> None:
    again = fit(fresh, "auto", kind="sample")
    opened, fitted = fresh.sample_view, again.view
    assert fitted is not None
    assert fitted.report.verdict == opened.report.verdict
    for level in ("query", "row"):
        target = opened.opening_target(level)
        found, first = fitted.threshold(target, level), opened.threshold(target, level)
        assert (found.value, found.count) == (first.value, first.count)
        assert answer_words(found) == answer_words(first)
    for part in (verdict_html, figures_html, worth_html, audit_html):
        assert part(fitted) == part(opened)
    code, code_again = TakeHome.of_view(opened, opened.opening_threshold), TakeHome.in_use(again)
    assert code_again is not None
    assert rounded(code_again.text) == rounded(code.text)
    first_use, use_again = use.drawn(fresh)[0], use.drawn(again)[0]
    assert use_again == first_use
    assert again.serving.threshold == fresh.serving.threshold is not None


def test_code_on_the_score_alone_is_offered_first_and_the_blend_as_a_zip(
    fresh: Workspace,
) -> None:
    taken = TakeHome.in_use(fresh)
    assert taken is not None
    assert "Needs NumPy alone" in taken.text
    assert "if p >= threshold:" in taken.text
    assert fresh.sample_view.report.saved is not None
    gain = percent(fresh.sample_view.report.saved)
    assert f"gives up the blend's {gain} gain" in text_of(code.words_html(taken))
    zipped = zipfile.ZipFile(io.BytesIO(take_home_zip(fresh)))
    assert "run.py" in zipped.namelist()
    documents = json.loads(zipped.read("documents.json"))
    assert tuple(documents["texts"]) == fresh.engine.corpus.texts


def test_the_fit_serves_again_where_it_is_to_be_used_in_place_of_a_file(
    blended: Workspace,
) -> None:
    imported = blended.with_imported(_blend(blended), accepts_change=False)
    assert imported.serving.reason == "imported"
    assert imported.with_fit_in_use().serving.in_search is blended.serving.in_search
    assert blended.with_fit_in_use() is blended


def test_what_the_sample_promises_travels_with_a_fit_on_it(on_sample: Workspace) -> None:
    view, calibrator = on_sample.view, on_sample.serving.calibrator
    assert view is not None
    assert calibrator is not None
    target = view.opening_target("query")
    assert target in [each.target for each in calibrator.thresholds if each.level == "query"]


# What is set after a fit


def test_another_share_restates_the_calibrator_and_back(on_texts: Workspace) -> None:
    view = on_texts.view
    assert view is not None
    moved = on_texts.with_share(0.01)
    assert moved.serving.in_search is not None
    assert moved.serving.in_search.base_rate == 0.01
    assert moved.serving.calibrator is moved.serving.in_search
    back = moved.with_share(view.report.mean)
    assert back.serving.in_search is on_texts.work.fit.result.calibrator  # type: ignore[union-attr]


def test_the_share_among_live_hits_is_the_mean_of_their_values_and_restates_nothing(
    fresh: Workspace, on_texts: Workspace
) -> None:
    with pytest.raises(sc.CalibrationError, match="no fit of your own labels"):
        share_of_hits(fresh)
    calibrator, engine = on_texts.serving.in_search, on_texts.engine
    assert calibrator is not None
    found = engine.search_many(list(dict.fromkeys(on_texts.labels.queries)), 10)
    values = [value for hits in found for value in calibrator.apply(hits, engine).scores]
    share = share_of_hits(on_texts)
    assert share == pytest.approx(sum(values) / len(values), abs=1e-6)
    assert share_of_hits(on_texts.with_share(0.01)) == share  # of the values as fitted
    assert f"{percent(share, 1)} of the first 10 hits" in share_of_hits_words(share)


def test_the_threshold_that_is_chosen_travels_with_the_calibrator(on_texts: Workspace) -> None:
    view, fitted = on_texts.view, on_texts.work.fit
    assert view is not None
    assert fitted is not None
    of_rows, of_best = view.threshold(0.5, "row"), view.threshold(0.5, "query")
    chosen = on_texts.with_threshold(of_rows, of=fitted.result)
    chosen = chosen.with_threshold(of_best, of=fitted.result)
    carried = chosen.serving.calibrator
    assert carried is not None
    assert carried.thresholds == (of_rows, of_best)
    assert sc.load_calibrator(carried.to_json()).thresholds == carried.thresholds
    restated = chosen.with_share(0.01).serving.calibrator
    assert restated is not None
    assert restated.thresholds == ()
    assert on_texts.with_threshold(of_rows, of=object()) is on_texts  # type: ignore[arg-type]


def test_a_threshold_chosen_on_the_sample_is_the_one_in_use_and_search_answers_anew(
    fresh: Workspace,
) -> None:
    chosen = fresh.sample_view.threshold(0.6, "row")
    moved = fresh.with_threshold(chosen, None)
    assert moved.serving.threshold == chosen
    assert moved.basis != fresh.basis
    words = text_of(use.drawn(moved)[0])
    assert f"from {chosen.value:.3f}" in words
    assert TakeHome.in_use(moved) == TakeHome.of_view(moved.sample_view, chosen)


def test_what_is_said_of_a_threshold_does_not_depend_on_how_its_queries_are_named(
    on_sample: Workspace,
) -> None:
    view = on_sample.view
    assert view is not None
    result = on_sample.shown.fit.result  # type: ignore[union-attr]
    by_name = sc.query_threshold(
        result.out_of_fold, result.pairs.relevance, result.pairs.queries, 0.6,
        scores=result.pairs.similarities,
    )  # fmt: skip
    assert sc.steadiness_words(view.threshold(0.6, "query")) == sc.steadiness_words(by_name)


def test_what_a_chosen_threshold_shows_is_never_called_nothing_whatever_is_chosen_next(
    on_texts: Workspace,
) -> None:
    view, fitted = on_texts.view, on_texts.work.fit
    assert view is not None
    assert fitted is not None
    low = replace(view.threshold(0.5, "query"), value=0.01)
    chosen = on_texts.with_threshold(low, of=fitted.result)
    then = chosen.with_threshold(view.threshold(0.5, "row"), of=fitted.result)
    for each in (chosen, then):
        assert each.serving.calibrator is not None
        assert each.serving.calibrator.nothing_below == 0.01


def test_a_threshold_of_the_fit_never_changes_a_calibrator_from_a_file(
    blended: Workspace,
) -> None:
    calibrator = _blend(blended)
    imported = blended.with_imported(calibrator, accepts_change=False)
    assert imported.view is not None
    assert imported.work.fit is not None
    threshold = imported.view.threshold(0.5, "row")
    chosen = imported.with_threshold(threshold, of=imported.work.fit.result)
    assert chosen.serving.calibrator is calibrator
    assert "It came from a file." in where_words(chosen)


# Files and imports


def _blend(workspace: Workspace) -> sc.Calibrator:
    calibrator = workspace.serving.in_search
    assert calibrator is not None
    return sc.load_calibrator(calibrator.to_json())


def test_a_csv_keeps_its_columns_and_gets_values_as_search_shows_them(fresh: Workspace) -> None:
    hits = fresh.engine.search("How do I descale a kettle?", k=5)
    shown = fresh.sample.calibrator.apply(hits, fresh.engine)
    lines = ["expected_relevance,text,query", *(f'x,"{text}",{hits.query}' for text in hits.texts)]
    saved = apply_to_file(fresh, "\n".join(lines).encode(), quiet)
    table = sc.read_table(saved.content.encode(), error=sc.LabelsError)
    assert table.columns == (
        "expected_relevance", "text", "query", "new_expected_relevance", "show",
    )  # fmt: skip
    assert saved.column == "new_expected_relevance"
    values = {row[1]: float(row[3]) for row in table.cells}
    expected = dict(zip(shown.texts, shown.scores.tolist(), strict=True))
    assert values == pytest.approx(expected, abs=1e-6)


def test_a_blend_meets_another_collection_only_when_told_to(
    fresh: Workspace, blended: Workspace
) -> None:
    exported = _blend(blended).to_json()
    with pytest.raises(OtherCollection, match="another collection"):
        read_import(fresh, exported, anyway=False)
    calibrator = read_import(fresh, exported, anyway=True)
    allowed = fresh.with_imported(calibrator, accepts_change=True)
    assert allowed.serving.in_search is calibrator
    assert allowed.serving.reason == "imported"
    applied = apply_to_file(allowed, b"query,text\na,b\n", quiet)
    assert applied.content.startswith("query,text,probability,caution\r\n")


def test_calibrators_of_another_encoder_or_scale_are_refused(fresh: Workspace) -> None:
    sample = fresh.sample.calibrator
    other = replace(sample, scale=replace(sample.scale, source="0" * 64))
    with pytest.raises(sc.ScaleMismatch, match="another encoder"):
        read_import(fresh, other.to_json(), anyway=True)
    unknown = replace(sample, scale=replace(sample.scale, source=""))
    with pytest.raises(sc.CalibrationError, match="not by which model"):
        read_import(fresh, unknown.to_json(), anyway=True)


def test_a_calibrator_of_a_score_of_ones_own_is_taken_and_named_with_its_direction(
    fresh: Workspace,
) -> None:
    scale = sc.ScoreScale("edit_distance", higher_is_better=False, lower=0.0)
    rows = [{"query": f"q{n % 20}", "score": n / 4, "relevance": int(n < 70)} for n in range(120)]
    fitted = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), scale)).calibrator
    found = read_import(fresh, fitted.to_json(), anyway=False)
    assert found == fitted
    told = where_words(fresh.with_imported(found, accepts_change=False))
    assert "edit distance (lower is better)" in told


# What an answer rests on


def test_the_page_opens_on_the_basis_without_a_name(fresh: Workspace) -> None:
    assert fresh.basis == ""


def test_the_same_texts_have_one_name_and_others_another(fresh: Workspace) -> None:
    first, again, other = (
        paste(fresh, *texts).basis
        for texts in (("A cat.", "A dog."), ("A cat.", "A dog."), ("A cat.",))
    )
    assert first == again
    assert len({first, other, ""}) == 3


def test_another_model_has_another_name(fresh: Workspace) -> None:
    assert fresh.with_model(fresh.sample, None).basis != ""


def test_a_calibrator_counts_by_what_it_states(fresh: Workspace) -> None:
    calibrator = fresh.sample.calibrator

    def basis(imported: sc.Calibrator, accepts_change: bool = False) -> str:
        return fresh.with_imported(imported, accepts_change=accepts_change).basis

    name = basis(calibrator)
    assert name != ""
    assert basis(replace(calibrator, report={})) == name
    assert basis(replace(calibrator, thresholds=())) != name
    assert basis(sc.load_calibrator(calibrator.to_json())) == name
    assert basis(replace(calibrator, nothing_below=0.9)) != name
    assert basis(calibrator, accepts_change=True) != name
