"""What the Compare tab says of made-up trials, and what it compares for a visitor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import search_core as sc
from search_core.compare.index_answers import Answers, Flip
from search_core.compare.index_trials import Costs
from search_core.limits import PUBLIC
from search_ui.tabs.compare.indexes import (
    _what_html,
    flips_html,
    index_finding_html,
    index_table_html,
    shift_html,
)
from search_ui.views.indexes import index_rows
from search_ui.visit.comparing import SampleExample, suggested_questions, try_indexes
from search_ui.visit.visits import Page, Stopped
from search_ui.visit.work import DecisionThreshold, IndexComparison
from search_ui.visit.workspace import Workspace
from tests.ui.pages import CANARY, read as read_markup, text_of
from tests.ui.work import csv_of, fit, paste, quiet, read

HIDDEN = Flip(CANARY, 0, 0.62, 0.55, 0.71, 0.48, shown=False, threshold=0.5)
MISSED = Flip("two", 1, 0.61, None, 0.70, None, shown=False, threshold=0.5)
SHOWN = Flip("two", 2, 0.40, 0.52, 0.30, 0.55, shown=True, threshold=0.5)
PAST = Flip("two", 0, 0.58, 0.58, 0.66, 0.66, shown=True, threshold=0.5)


def trial(factory: str, own: Answers, rescored: Answers, shift: float = 0.0) -> sc.IndexTrial:
    exact = np.array([0.62, 0.40])
    return sc.IndexTrial(
        spec=sc.IndexSpec(factory),
        vectors=3,
        k=10,
        costs=Costs(
            bytes_per_vector=391.4,
            build_ms=1234.0,
            build_ratio=9.0,
            query_ms=0.05,
            flat_query_ms=0.04,
            query_ratio=1.25,
        ),
        bias=shift,
        spread=shift / 2,
        moved=0.031,
        own=own,
        rescored=rescored,
        queries=np.array([0, 1]),
        positions=np.array([0, 2]),
        approximate=exact + shift,
        exact=exact,
    )


FLAT = trial("Flat", Answers(1.0, 0.8, (), 0.02), Answers(1.0, 0.8, (), 0.02))
PQ = trial(
    "PQ48",
    Answers(0.7, 0.78, (HIDDEN, MISSED, SHOWN, PAST), 0.031),
    Answers(0.91, 0.79, (MISSED,), 0.02),
    shift=0.042,
)


ROWS = index_rows((FLAT, PQ))


def comparison(*trials: sc.IndexTrial, calibrated: bool = True) -> IndexComparison:
    corpus = sc.Corpus.from_texts([f"{CANARY} kept", "second text", "third text"])
    threshold = DecisionThreshold(0.5, calibrated, "A hit is shown from 0.50 on.")
    return IndexComparison("The sample", corpus, (CANARY, "two"), threshold, trials or (FLAT, PQ))


def test_the_finding_leads_with_the_recommendation_and_says_what_rescoring_brings_back() -> None:
    said = text_of(index_finding_html(comparison()))
    assert "Stay with Flat: it is exact, and a search takes 0.04 ms at 3 documents." in said
    assert (
        "With its own approximate scores, PQ48 changes 4 show/hide decisions; after exact "
        "re-scoring, 1 still differs." in said
    )
    assert "A hit is shown from 0.50 on." in said
    assert "No index changes a show/hide decision here." in index_finding_html(comparison(FLAT))


def test_what_an_index_missed_is_not_said_to_come_back() -> None:
    lost = trial("SQ8", Answers(0.5, flipped=(MISSED,)), Answers(0.5, flipped=(MISSED,)))
    assert "brings none back" in index_finding_html(comparison(FLAT, lost))


def test_a_row_shows_each_figure_before_and_after_rescoring() -> None:
    said = " ".join(read_markup(index_table_html(ROWS, "squared_l2")).words)
    for figure in (
        "70% → 91%", "0.78 → 0.79", "391", "1.2 s", "about the same", "+0.042 ± 0.021",
        "3%", "4 → 1", "3.1% → 2.0%", "100%", "none",
    ):  # fmt: skip
        assert figure in said


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (1.1, "about the same"),
        (0.7, "about the same"),
        (1.8, "0.05 ms, 1.8× slower"),
        (14.2, "0.05 ms, 14× slower"),
        (0.5, "0.05 ms, 2× faster"),
        (0.0412, "0.05 ms, 24× faster"),
    ],
)
def test_a_time_beside_flats_is_no_finer_than_the_clock(ratio: float, said: str) -> None:
    assert replace(ROWS[1], query_ratio=ratio).time_words == said


def test_flat_is_not_compared_with_itself() -> None:
    assert replace(ROWS[0], query_ratio=0.4).time_words == "0.05 ms"


def test_without_labels_their_columns_are_left_out() -> None:
    bare = trial("Flat", Answers(1.0), Answers(1.0))
    said = index_table_html(index_rows([bare]), "cosine")
    for name in ("nDCG@10", "calibration error", "decisions changed"):
        assert name not in said
    assert "recall@10" in said


def test_each_kind_of_flip_is_told_by_example_and_nothing_in_it_runs() -> None:
    html = flips_html(comparison(), PQ)
    found = read_markup(html)
    said = " ".join(found.words)
    for decision in ("shown → hidden", "shown → not found", "hidden → shown"):
        assert decision in said
    assert "not in the top ten → shown" in said
    assert "predicted 0.71" in said
    assert "script" not in found.tags
    assert "img" not in found.tags
    assert "predicted 0.71" not in flips_html(comparison(calibrated=False), PQ)


def test_without_flips_the_tab_says_so() -> None:
    assert "Flat changes no decision" in flips_html(comparison(), FLAT)


def test_many_flips_unfold_and_the_list_ends_somewhere() -> None:
    many = trial("PQ48", Answers(0.7, flipped=(SHOWN,) * 300), Answers(0.7, flipped=()))
    html = flips_html(comparison(), many)
    assert html.count("hidden → shown") == 40
    assert "changes 300 decisions" in html
    assert "After exact re-scoring, none." in html


def test_only_a_cosine_threshold_is_drawn_into_the_chart() -> None:
    assert "shown above 0.500" not in shift_html(comparison(), PQ)
    assert "shown above 0.500" in shift_html(comparison(calibrated=False), PQ)


@pytest.fixture(scope="module")
def own(page: Page) -> Workspace:
    """The work of a visitor with a collection of their own."""
    texts = [f"Note {n} on ferries and their captains." for n in range(60)]
    return paste(page.workspace(None), *texts)


@pytest.mark.model
@pytest.mark.slow
def test_the_example_is_made_once_for_everybody(page: Page) -> None:
    example, steps = SampleExample(page.shared), []
    made = example.made(lambda done, total: steps.append(done / total))
    assert steps[-1] == 1.0
    assert example.made(lambda _done, _total: pytest.fail("made again")) is made
    assert made.threshold.is_calibrated
    assert "60% relevant" in made.threshold.words
    assert len(made.trials) <= PUBLIC.trial_indexes
    assert made.trial("PQ48").own.flips
    assert made.trial("PQ48").own.calibration_error is not None
    assert made.trial("unknown") is made.most_telling


@pytest.mark.model
def test_an_own_collection_is_compared_by_cosine_on_its_own_questions(own: Workspace) -> None:
    asked = suggested_questions(own.engine)
    assert 10 <= len(asked.splitlines()) <= 20
    found = try_indexes(own, asked, "IVF4,SQ8", quiet)
    assert not found.threshold.is_calibrated
    assert found.trials[0].own.ndcg is None
    assert found.trials[-1].spec.factory == "IVF4,SQ8"
    assert "Your collection: 60 documents" in found.whose
    assert found.nbytes > 0
    assert replace(own, indexes=found).nbytes > own.nbytes


@pytest.mark.model
def test_what_indexes_rank_by_can_be_chosen_and_stands_in_every_title(own: Workspace) -> None:
    asked = suggested_questions(own.engine)
    found = try_indexes(own, asked, "IVF4,SQ8", quiet, "inner_product")
    assert {each.spec.metric for each in found.trials} == {"inner_product"}
    table = index_table_html(index_rows(found.trials), found.metric)
    assert "Indexes by inner product" in read_markup(table).words
    assert "indexes by inner product" in index_finding_html(found)
    with pytest.raises(sc.IndexSpecError, match="no metric 'angle'"):
        try_indexes(own, asked, "", quiet, "angle")


@pytest.mark.model
def test_the_form_says_what_a_click_compares_on_and_that_the_example_is_another(
    page: Page, own: Workspace
) -> None:
    form = read_markup(_what_html(own))
    assert form.tags == ["div", "div", "p"]  # a notice, and a line
    assert "This is the sample under" in "".join(form.words)
    assert "Compare uses your collection (60 documents, " in "".join(form.words)
    assert "This is the sample" not in _what_html(page.workspace(None))


@pytest.mark.model
def test_own_labels_bring_their_queries_and_a_fit_its_threshold(page: Page) -> None:
    judged = read(page.workspace(None), csv_of("ferries"))
    found = try_indexes(judged, "", "", quiet)
    assert found.queries == tuple(f"ferries {n}" for n in range(12))
    assert found.trials[0].own.ndcg is not None
    assert not found.threshold.is_calibrated
    fitted = fit(judged)
    view = fitted.view
    assert view is not None
    assert fitted.work.fit is not None
    chosen = replace(view.threshold(0.5, "query"), value=0.125)
    fitted = fitted.with_threshold(chosen, of=fitted.work.fit.result)
    found = try_indexes(fitted, "", "", quiet)
    assert found.threshold.value == 0.125
    assert "the threshold for 50% relevant on the Calibrate tab" in found.threshold.words


@pytest.mark.model
def test_a_threshold_that_cannot_be_promised_is_the_middle_and_says_so(
    page: Page, own: Workspace
) -> None:
    bare = replace(page.sample().calibrator, thresholds=())
    imported = own.with_imported(bare, accepts_change=True)
    found = try_indexes(imported, "Who is the captain?", "", quiet)
    assert found.threshold.value == 0.5
    assert "has no guaranteed threshold" in found.threshold.words


@pytest.mark.model
@pytest.mark.parametrize(
    ("questions", "factory", "error", "said"),
    [
        (" \n ", "", sc.QueryError, "There is no question"),
        ("\n".join(map(str, range(201))), "", sc.QueryError, "at most 200 are asked"),
        ("x" * 1001, "", sc.QueryError, "1,001 characters"),
        ("a", "HNSW0", sc.IndexSpecError, "HNSW0"),
        ("a", "IVF61,Flat", sc.IndexSpecError, "61 vectors to train on"),
        ("a", "Flat; rm", sc.IndexSpecError, "no index that can be built here"),
    ],
)
def test_what_cannot_be_compared_gets_one_sentence(
    own: Workspace, questions: str, factory: str, error: type[sc.SearchCoreError], said: str
) -> None:
    with pytest.raises(error, match=said):
        try_indexes(own, questions, factory, quiet)


@pytest.mark.model
def test_cancel_stops_a_comparison(page: Page, own: Workspace) -> None:
    step = page.visits.progress("a", "compare", lambda _share: None)
    page.visits.cancel("a", "compare")
    with pytest.raises(Stopped):
        try_indexes(own, "Who?", "", step)
