"""What the Compare tab says of made-up trials, and what it compares for a visitor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import search_core as sc
from search_core.compare.index_answers import Answers, Flip
from search_core.compare.index_trials import Costs
from search_core.limits import PUBLIC
from search_ui.index_view import Cut, IndexComparison
from search_ui.page import Page
from search_ui.sessions import Session, Stopped
from search_ui.tabs.calibrate.reading import Given, SampleFit, read_given, read_sample_fit
from search_ui.tabs.compare.flips import flips_html, shift_html
from search_ui.tabs.compare.index_comparing import SampleExample, compare, suggested
from search_ui.tabs.compare.index_table import finding_html, milliseconds, table_html
from tests.ui.pages import CANARY, read, text_of

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


def comparison(*trials: sc.IndexTrial, calibrated: bool = True) -> IndexComparison:
    corpus = sc.Corpus.from_texts([f"{CANARY} kept", "second text", "third text"])
    cut = Cut(0.5, calibrated, "A hit is shown from 0.50 on.")
    return IndexComparison("The sample", corpus, (CANARY, "two"), cut, trials or (FLAT, PQ))


def test_the_finding_leads_with_the_recommendation_and_says_what_rescoring_brings_back() -> None:
    said = text_of(finding_html(comparison()))
    assert "Stay with Flat: it is exact, and a search takes 0.04 ms at 3 documents." in said
    assert (
        "PQ48 flips 4 decisions by its own scores; scored again exactly, 1 stays flipped." in said
    )
    assert "A hit is shown from 0.50 on." in said
    assert "No index flips a decision here." in finding_html(comparison(FLAT))


def test_what_an_index_missed_is_not_said_to_come_back() -> None:
    lost = trial("SQ8", Answers(0.5, flipped=(MISSED,)), Answers(0.5, flipped=(MISSED,)))
    assert "brings none back" in finding_html(comparison(FLAT, lost))


def test_a_row_shows_each_figure_before_and_after_rescoring() -> None:
    said = " ".join(read(table_html(comparison())).words)
    for figure in (
        "70% → 91%", "0.78 → 0.79", "391", "1.2 s", "0.05 ms, 1.2×", "+0.042 ± 0.021", "3%",
        "4 → 1", "3.1% → 2.0%", "100%", "none",
    ):  # fmt: skip
        assert figure in said


def test_without_labels_their_columns_are_left_out() -> None:
    bare = trial("Flat", Answers(1.0), Answers(1.0))
    said = table_html(comparison(bare))
    for name in ("nDCG@10", "calibration error", "decisions flipped"):
        assert name not in said
    assert "recall@10" in said


def test_each_kind_of_flip_is_told_by_example_and_nothing_in_it_runs() -> None:
    html = flips_html(comparison(), PQ)
    found = read(html)
    said = " ".join(found.words)
    for decision in ("shown → hidden", "shown → not found", "hidden → shown"):
        assert decision in said
    assert "past the tenth → shown" in said
    assert "value 0.71" in said
    assert "script" not in found.tags
    assert "img" not in found.tags
    assert "value 0.71" not in flips_html(comparison(calibrated=False), PQ)


def test_without_flips_the_tab_says_so() -> None:
    assert "Flat flips no decision" in flips_html(comparison(), FLAT)


def test_many_flips_unfold_and_the_list_ends_somewhere() -> None:
    many = trial("PQ48", Answers(0.7, flipped=(SHOWN,) * 300), Answers(0.7, flipped=()))
    html = flips_html(comparison(), many)
    assert html.count("hidden → shown") == 40
    assert "flips 300 decisions" in html
    assert "Scored again exactly, none." in html


def test_only_a_cosine_cut_is_drawn_into_the_chart() -> None:
    assert "show from 0.50" not in shift_html(comparison(), PQ)
    assert "show from 0.50" in shift_html(comparison(calibrated=False), PQ)


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0.04, "0.04 ms"), (0.96, "1 ms"), (3.2, "3 ms"), (127.0, "127 ms"), (1234.0, "1.2 s")],
)
def test_a_time_is_written_with_few_digits(amount: float, said: str) -> None:
    assert milliseconds(amount) == said


@pytest.fixture(scope="module")
def fit() -> SampleFit:
    return read_sample_fit()


@pytest.fixture(scope="module")
def own_engine(encoder: sc.Encoder) -> sc.SearchEngine:
    corpus = sc.Corpus.from_texts(f"Note {n} on ferries and their captains." for n in range(60))
    return sc.SearchEngine.build(corpus, encoder=encoder)


def _quiet(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


@pytest.mark.model
@pytest.mark.slow
def test_the_example_is_made_once_for_everybody(page: Page, fit: SampleFit) -> None:
    example, steps = SampleExample(page, fit), []
    made = example.made(lambda done, total: steps.append(done / total))
    assert steps[-1] == 1.0
    assert example.made(lambda _done, _total: pytest.fail("made again")) is made
    assert made.cut.is_calibrated
    assert "60% relevant" in made.cut.words
    assert len(made.trials) <= PUBLIC.trial_indexes
    assert made.trial("PQ48").own.flips
    assert made.trial("PQ48").own.calibration_error is not None
    assert made.trial("unknown") is made.most_telling


@pytest.mark.model
def test_an_own_collection_is_compared_by_cosine_on_its_own_questions(
    page: Page, fit: SampleFit, own_engine: sc.SearchEngine
) -> None:
    session = Session(engine=own_engine)
    asked = suggested(own_engine)
    assert 10 <= len(asked.splitlines()) <= 20
    found = compare(page, fit, session, asked, "IVF4,SQ8", _quiet)
    assert not found.cut.is_calibrated
    assert found.trials[0].own.ndcg is None
    assert found.trials[-1].spec.factory == "IVF4,SQ8"
    assert "Your collection: 60 documents" in found.whose
    assert found.nbytes() > 0


@pytest.mark.model
def test_own_labels_bring_their_queries(page: Page, fit: SampleFit) -> None:
    lines = [f"ferry {n % 6},note {n} on ferry {n % 9},{int(n % 6 == n % 9)}" for n in range(60)]
    session = Session()
    content = "\n".join(["query,text,relevance", *lines]).encode()
    read_given(page, session, Given("csv", content), _quiet)
    found = compare(page, fit, session, "", "", _quiet)
    assert found.queries == tuple(f"ferry {n}" for n in range(6))
    assert found.trials[0].own.ndcg is not None


@pytest.mark.model
def test_a_cut_that_cannot_be_promised_is_the_middle_and_says_so(
    page: Page, fit: SampleFit, own_engine: sc.SearchEngine
) -> None:
    bare = replace(page.sample().calibrator, thresholds=())
    session = Session(own=bare, calibrator=bare, accepts_other_collection=True, engine=own_engine)
    found = compare(page, fit, session, "Who is the captain?", "", _quiet)
    assert found.cut.value == 0.5
    assert "no cut can be promised" in found.cut.words


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
    page: Page,
    fit: SampleFit,
    own_engine: sc.SearchEngine,
    questions: str,
    factory: str,
    error: type[sc.SearchCoreError],
    said: str,
) -> None:
    with pytest.raises(error, match=said):
        compare(page, fit, Session(engine=own_engine), questions, factory, _quiet)


@pytest.mark.model
def test_cancel_stops_a_comparison(page: Page, fit: SampleFit, own_engine: sc.SearchEngine) -> None:
    session = Session(engine=own_engine)
    session.stopping.set()
    with pytest.raises(Stopped):
        compare(page, fit, session, "Who?", "", session.progress(lambda _share: None))


def test_another_collection_forgets_the_comparison() -> None:
    session = Session(indexes=comparison())
    assert session.nbytes() > 0
    session.use_engine(None)
    assert session.indexes is None
