"""A plan asks for fifty labels, goes on from its file, and weighs the answers."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.calibrate.models import logistic_design
from search_core.labels.inclusion import MOST_WEIGHT
from tests.judging.worlds import judged, made_up

TEXTS = [
    f"{subject} {action}."
    for subject in ("The cat", "A heron", "My neighbour", "The old lighthouse", "Every bus", "Rice")
    for action in (
        "waits by the river", "turns green in spring", "needs water twice a week",
        "is loud at night", "costs more than last year", "stands near the station",
    )
]  # fmt: skip
QUESTIONS = [
    f"{start} {subject}?"
    for start in ("Where is", "What happens to", "How expensive is", "Who looks after")
    for subject in ("the cat", "the bird at the water", "the bus", "the tower", "the food")
] + ["=1+1 of what?"]


@pytest.fixture(scope="module")
def engine(encoder: sc.Encoder) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(TEXTS), encoder)


@pytest.fixture(scope="module")
def plan(engine: sc.SearchEngine) -> sc.JudgingPlan:
    return sc.JudgingPlan.of(engine, QUESTIONS)


def _answered(plan: sc.JudgingPlan, count: int) -> sc.JudgingPlan:
    """Answer so many pairs one after another, alike texts alike."""
    for _ in range(count):
        pair = plan.next_pairs()[0]
        plan = plan.read({pair.number: len(pair.text) % 3 == 0})
    return plan


def test_the_pool_has_the_first_hits_of_each_question_and_two_others(
    engine: sc.SearchEngine, plan: sc.JudgingPlan
) -> None:
    pool = plan.pool
    assert len(pool) == 22 * len(QUESTIONS)
    for number, question in enumerate(QUESTIONS):
        rows = np.flatnonzero(pool.question_of == number)
        hits = engine.search(question, 20)
        assert pool.positions[rows[:20]].tolist() == list(hits.positions)
        assert pool.is_best[rows].tolist() == [True] + 21 * [False]
        assert pool.is_far[rows].tolist() == 20 * [False] + 2 * [True]
        assert len(set(pool.positions[rows].tolist())) == 22


def test_two_rounds_of_25_ask_for_the_best_hit_of_every_second_question_first(
    plan: sc.JudgingPlan,
) -> None:
    first = plan.next_pairs()
    best = [pair for pair in first if plan.pool.is_best[pair.number]]
    assert (len(first), len(best)) == (25, 11)
    after = plan.read({pair.number: False for pair in first})
    assert len(after.next_pairs()) == 25
    assert not {p.number for p in first} & {p.number for p in after.next_pairs()}


def test_fifty_labels_are_enough_and_pairs_that_nobody_can_tell_are_replaced(
    plan: sc.JudgingPlan,
) -> None:
    plan = plan.read({pair.number: "can't tell" for pair in plan.next_pairs()[:4]})
    plan = _answered(plan, 46)
    assert not plan.is_done
    plan = _answered(plan, 4)
    assert (plan.labelled, plan.is_done, plan.next_pairs()) == (50, True, ())


def test_what_is_asked_does_not_depend_on_the_order_of_the_questions(
    engine: sc.SearchEngine, plan: sc.JudgingPlan
) -> None:
    turned = sc.JudgingPlan.of(engine, QUESTIONS[::-1])
    known = set(zip(plan.pool.pairs.queries, plan.pool.pairs.texts, strict=True))
    assert set(zip(turned.pool.pairs.queries, turned.pool.pairs.texts, strict=True)) == known


def test_an_answer_is_taken_back_and_asked_again(plan: sc.JudgingPlan) -> None:
    three = _answered(plan, 3)
    last = plan.next_pairs()[2]
    before = three.without(last.number)
    assert before.labelled == 2
    assert before.next_pairs()[0] == last


def test_taking_back_the_last_answer_of_a_round_draws_the_next_one_anew(
    plan: sc.JudgingPlan,
) -> None:
    last = plan.next_pairs()[24]
    full = _answered(plan, 25)
    assert len(full.rounds) == 2
    before = full.without(last.number)
    assert (len(before.rounds), before.next_pairs()) == (1, (last,))


def test_labels_are_read_back_with_their_weights(
    engine: sc.SearchEngine, plan: sc.JudgingPlan
) -> None:
    plan = _answered(plan.read({plan.next_pairs()[5].number: "can't tell"}), 30)
    labels = sc.read_labels(plan.to_csv().encode())
    assert len(labels) == len(plan.labels()) == 30
    pairs, own = engine.score_labels(labels), plan.scored()
    assert pairs.inclusion is not None
    assert own.inclusion is not None
    assert pairs.inclusion.weights == pytest.approx(own.inclusion.weights, rel=1e-6)
    assert pairs.inclusion.is_best.tolist() == own.inclusion.is_best.tolist()
    assert pairs.relevance.tolist() == own.relevance.tolist()


@pytest.mark.parametrize("count", [0, 7, 25, 31, 50])
def test_a_plan_goes_on_from_its_file(
    engine: sc.SearchEngine, plan: sc.JudgingPlan, count: int
) -> None:
    before = _answered(plan, count)
    after = sc.JudgingPlan.resumed(engine, before.to_csv().encode())
    asked = [(pair.query, pair.text) for pair in before.next_pairs()]
    assert [(pair.query, pair.text) for pair in after.next_pairs()] == asked
    assert (after.labelled, after.is_done) == (before.labelled, before.is_done)
    assert sorted(after.weights) == pytest.approx(sorted(before.weights), rel=1e-6)


def test_a_fit_weighs_labels_by_how_they_were_drawn() -> None:
    pool, labels = made_up()
    pairs = judged(sc.JudgingPlan.on(pool), labels).scored()
    weights = pairs.inclusion.weights if pairs.inclusion else np.ones(len(pairs))
    assert weights.max() <= MOST_WEIGHT
    assert weights.max() / weights.min() > 1.5
    alike = sc.fit_calibrator(replace(pairs, inclusion=None), "platt")
    weighed = sc.fit_calibrator(pairs, "platt")
    assert not np.allclose(alike.out_of_fold, weighed.out_of_fold, atol=1e-3)


def test_a_row_of_weight_two_counts_as_that_row_twice() -> None:
    pool, labels = made_up()
    pairs = judged(sc.JudgingPlan.on(pool), labels).scored()
    times = np.where(np.arange(50) < 25, 2, 1)
    copies = np.repeat(np.arange(50), times)
    design = logistic_design(("cos",), pairs.features[:, :1], 1.0)
    by_weight = design.fit(pairs.relevance, times.astype(np.float64))
    by_copies = replace(design, rows=design.rows[copies]).fit(pairs.relevance[copies])
    assert by_weight.coef == pytest.approx(by_copies.coef, abs=1e-6)


def test_the_threshold_for_best_hits_counts_best_hits_alone() -> None:
    pool, labels = made_up()
    result = judged(sc.JudgingPlan.on(pool), labels).fit()
    by_query = result.calibrator.thresholds[1]
    assert by_query.level == "query"
    assert result.pairs.inclusion is not None
    assert by_query.count / by_query.share == pytest.approx(30)
    assert result.pairs.inclusion.is_best.sum() == 30
    assert any("A plan drew" in note for note in result.report.notes)


def test_a_method_that_counts_all_rows_alike_is_refused() -> None:
    pool, labels = made_up()
    plan = judged(sc.JudgingPlan.on(pool), labels)
    with pytest.raises(sc.CalibrationError, match="choose platt or blend"):
        plan.fit("linear")


def test_a_judge_takes_the_place_of_what_is_expected_and_narrows_the_estimate() -> None:
    pool, labels = made_up()
    rng = np.random.default_rng(3)
    scores = np.clip(0.8 * labels + 0.1 + rng.normal(0, 0.05, len(labels)), 0, 1)
    judge = sc.JudgingPlan.on(pool, lambda _queries, _texts: scores)
    with_judge = judged(judge, labels).share_relevant()
    without = judged(sc.JudgingPlan.on(pool), labels).share_relevant()
    assert abs(with_judge.value - labels.mean()) < 0.02
    assert _width(with_judge) < 0.5 * _width(without)
    assert "judge" in judge.to_csv().splitlines()[0]


def _width(estimate: sc.Estimate) -> float:
    assert estimate.lower is not None
    assert estimate.upper is not None
    return estimate.upper - estimate.lower


def test_the_border_is_where_relevant_and_not_are_as_likely() -> None:
    pool, labels = made_up(80)
    found = [judged(sc.JudgingPlan.on(pool, seed=seed), labels).border for seed in range(30)]
    borders = [each for each in found if each is not None]
    assert len(borders) >= 27
    assert abs(np.median([each.score for each in borders]) - 0.5) < 0.03
    assert all(each.lower <= each.score <= each.upper for each in borders)


def test_grades_are_labels_too(plan: sc.JudgingPlan) -> None:
    numbers = [pair.number for pair in plan.next_pairs()]
    graded = plan.read({n: grade / 3 for n, grade in zip(numbers, [0, 1, 2, 3] * 6, strict=False)})
    assert graded.scored().graded
    read = sc.read_labels(graded.to_csv().encode(), scale=(0, 1))
    assert read.relevance == pytest.approx(graded.scored().relevance)


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        (QUESTIONS[:19], "19 different questions were given, and at least 20"),
        (["Where?", " where? "] * 20, "1 different questions"),
        ("Where is the cat?", "give a list of them"),
        ([*QUESTIONS, " "], "a text was expected"),
    ],
)
def test_too_few_questions_are_refused_in_a_sentence(
    engine: sc.SearchEngine, questions: Any, words: str
) -> None:
    with pytest.raises(sc.QueryError, match=words):
        sc.JudgingPlan.of(engine, questions)


@pytest.mark.parametrize("answer", [True, "relevant", 1, np.True_, np.float32(1)])
def test_yes_is_said_in_several_ways(plan: sc.JudgingPlan, answer: Any) -> None:
    number = plan.next_pairs()[0].number
    assert plan.read({number: answer}).answers == {number: 1.0}


@pytest.mark.parametrize("answer", ["perhaps", 2, -0.1, float("nan"), None])
def test_an_answer_that_is_none_is_refused(plan: sc.JudgingPlan, answer: Any) -> None:
    with pytest.raises(sc.LabelsError, match="answer True, False, a grade from 0 to 1"):
        plan.read({plan.next_pairs()[0].number: answer})


def test_an_answer_to_what_was_not_asked_is_refused(plan: sc.JudgingPlan) -> None:
    with pytest.raises(sc.LabelsError, match="was not asked about"):
        plan.read({10**6: True})
    with pytest.raises(sc.LabelsError, match="has no answer"):
        plan.without(plan.next_pairs()[0].number)


@pytest.mark.parametrize(
    ("scores", "words"),
    [([0.5], "return one for each"), (None, "and one from 0 to 1 was expected")],
)
def test_a_judge_that_gives_no_shares_is_refused(scores: Any, words: str) -> None:
    pool, _ = made_up(20)
    with pytest.raises(sc.InputError, match=words):
        sc.JudgingPlan.on(pool, lambda _q, texts: scores or [7.0] * len(texts))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("inclusion", "chance", "no column 'inclusion'"),
        (",1,best", ",first,best", "no whole number"),
        (",1,best", ",,best", ""),
        ("The cat", "A fox", "none of the pairs of its question here"),
    ],
)
def test_a_file_that_is_no_plan_of_this_collection_is_refused(
    engine: sc.SearchEngine, plan: sc.JudgingPlan, old: str, new: str, words: str
) -> None:
    content = _answered(plan, 5).to_csv().replace(old, new).encode()
    if not words:
        assert sc.JudgingPlan.resumed(engine, content).labelled <= 5
        return
    with pytest.raises(sc.LabelsError, match=words):
        sc.JudgingPlan.resumed(engine, content)


@pytest.mark.parametrize("cell", ["0", "1.5", "often", "nan", ""])
def test_a_probability_that_is_none_is_refused_with_its_row(
    engine: sc.SearchEngine, cell: str
) -> None:
    content = f"query,text,relevance,inclusion,round,pool\na,b,1,0.5,1,best\na,c,0,{cell},1,hit\n"
    with pytest.raises(sc.LabelsError, match="Row 3, column 'inclusion'") as caught:
        engine.score_labels(sc.read_labels(content.encode()))
    assert (caught.value.row, caught.value.column) == (3, "inclusion")


def test_a_file_of_a_plan_without_labels_can_be_scored(
    engine: sc.SearchEngine, plan: sc.JudgingPlan
) -> None:
    rows = sc.read_labels(plan.to_csv().encode(), judged=False)
    assert engine.score_labels(rows).inclusion is None


def _edited(content: str, **of: Any) -> bytes:
    """Return a plan's CSV as a spreadsheet of another country saves it.

    Semicolons, decimal commas, a byte order mark, columns in another order, a blank row; `of` gives
    what is done to the cells of a column.
    """
    rows = list(csv.DictReader(io.StringIO(content)))
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0])[::-1], delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for number, row in enumerate(rows):
        numbers = {name: row[name].replace(".", ",") for name in ("relevance", "inclusion")}
        changed = {name: change(row[name]) for name, change in of.items()}
        writer.writerow({**row, **numbers, **changed})
        if number == 3:
            writer.writerow(dict.fromkeys(row, ""))
    return f"\ufeff{file.getvalue()}".encode()


@pytest.mark.parametrize(
    "of",
    [
        {},
        {"relevance": lambda cell: {"1": "TRUE", "0": "FALSE"}.get(cell, cell)},
        {"relevance": lambda cell: {"1": "relevant", "0": "not relevant"}.get(cell, cell)},
        {"round": lambda cell: cell and f"{cell}.0"},
    ],
    ids=["numbers", "flags", "words", "rounds of a frame"],
)
def test_a_plan_goes_on_from_its_file_after_a_spreadsheet_saved_it(
    engine: sc.SearchEngine, plan: sc.JudgingPlan, of: dict[str, Any]
) -> None:
    before = _answered(plan.read({plan.next_pairs()[3].number: "can't tell"}), 30)
    content = _edited(before.to_csv(), **of)
    after = sc.JudgingPlan.resumed(engine, content)
    asked = [[(pair.query, pair.text) for pair in each.next_pairs()] for each in (before, after)]
    assert asked[0] == asked[1]
    assert _labels(after) == _labels(before)
    if not of:
        pairs, own = engine.score_labels(sc.read_labels(content)), before.scored()
        assert pairs.inclusion is not None
        assert own.inclusion is not None
        assert pairs.inclusion.weights == pytest.approx(own.inclusion.weights, rel=1e-6)


def _labels(plan: sc.JudgingPlan) -> dict[tuple[str, str], float | None]:
    """Return a plan's answers by what they are about."""
    pairs = map(plan.pair, plan.answers)
    return {(pair.query, pair.text): plan.answers[pair.number] for pair in pairs}


def test_words_that_mean_nothing_are_refused_with_their_row(
    engine: sc.SearchEngine, plan: sc.JudgingPlan
) -> None:
    content = _edited(_answered(plan, 5).to_csv(), relevance=lambda cell: cell and "zebra")
    with pytest.raises(sc.LabelsError, match="Row 2, column 'relevance': 'zebra' was given"):
        sc.JudgingPlan.resumed(engine, content)


def test_where_texts_were_changed_it_says_what_becomes_of_the_labels(
    plan: sc.JudgingPlan, encoder: sc.Encoder
) -> None:
    content = _answered(plan, 20).to_csv().encode()
    fewer = sc.SearchEngine.build(sc.Corpus.from_texts(TEXTS[:24]), encoder)
    with pytest.raises(sc.LabelsError, match="or read the file as labels, which stay good"):
        sc.JudgingPlan.resumed(fewer, content)
