"""Pairs that a plan chooses, labelled on the page: kept with the collection, and fitted."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from search_core.judging.border import Border
from search_ui.tabs.calibrate.fit import threshold_html
from search_ui.tabs.calibrate.judging import (
    OF_LABELS,
    OF_SAMPLE,
    intro_html,
    pairs_html,
    progress_html,
)
from search_ui.visit.hit_labels import HitLabels
from search_ui.visit.judging import (
    Judging,
    amount_words,
    begin,
    bought_words,
    copies_words,
    ended_words,
)
from search_ui.visit.visits import Page
from tests.ui.events import Events, label_form
from tests.ui.pages import CANARY, text_of

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def questions(sample_labels: sc.Labels) -> list[str]:
    return list(dict.fromkeys(sample_labels.queries))[:30]


@pytest.fixture(scope="module")
def begun(sample_engine: sc.SearchEngine, questions: list[str]) -> Judging:
    return begin(sample_engine, "\n".join(questions), None, HitLabels(), is_graded=False)


def _answered(judging: Judging, count: int) -> Judging:
    for n in range(count):
        judging = judging.answered(judging.plan.next_pairs()[0].number, "yes" if n % 3 else "no")
    return judging


def test_an_answer_is_a_label_and_undo_takes_back_the_last(begun: Judging) -> None:
    two = _answered(begun, 2)
    assert amount_words(two) == "2 of 50 labels"
    assert two.without_last().plan.next_pairs()[0] == begun.plan.next_pairs()[1]
    assert begun.without_last() is begun


def test_after_fifty_labels_it_ends_and_says_what_to_do(begun: Judging) -> None:
    done = _answered(begun, 50)
    assert done.is_ended
    assert ended_words(done).startswith("Done: 50 labels.")
    assert "cosine" in bought_words(done)
    assert "Fit and get a threshold" in progress_html(done)


def _by_cosine(judging: Judging, count: int) -> Judging:
    """Answer so many pairs: the higher cosines are relevant, but for every fifth pair."""
    cosines = judging.plan.pool.cosines
    middle = float(np.median(cosines[[pair.number for pair in judging.plan.next_pairs()]]))
    for n in range(count):
        pair = judging.plan.next_pairs()[0]
        is_relevant = (cosines[pair.number] > middle) != (n % 5 == 0)
        judging = judging.answered(pair.number, "yes" if is_relevant else "no")
    return judging


def test_a_border_that_may_be_anywhere_is_not_named(begun: Judging) -> None:
    few = _by_cosine(begun, 8)
    anywhere = Border(score=0.41, lower=-1.0, upper=1.0, spread=0.4)
    few.plan.__dict__["border"] = anywhere  # what a plan computes once, it keeps there
    assert bought_words(few) == (
        "So far, your labels are too few to tell from which cosine hits are relevant."
    )


def test_who_goes_on_although_it_is_enough_is_asked_to_the_end(
    begun: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search_core.judging.plan.NARROW", 0.5)  # any border is known well enough
    enough = _by_cosine(begun, 25)
    assert enough.is_ended
    assert not enough.plan.is_done
    on = enough.going_on()
    assert (on.is_enough, on.is_ended) == (True, False)
    later = _answered(on, 5).without_last()
    assert (later.plan.labelled, later.is_ended) == (29, False)
    assert "Fit and get a threshold" in progress_html(on)
    assert "Go on labelling" not in pairs_html(on)
    assert "Go on labelling" in pairs_html(enough)


@pytest.mark.parametrize(("answer", "label"), [("0", 0.0), ("2", 2 / 3), ("3", 1.0)])
def test_grades_count_from_0_to_3(begun: Judging, answer: str, label: float) -> None:
    number = begun.plan.next_pairs()[0].number
    assert begun.answered(number, answer).plan.answers[number] == pytest.approx(label)


def test_another_answer_is_refused(begun: Judging) -> None:
    with pytest.raises(sc.LabelsError, match="press one of the buttons"):
        begun.answered(begun.plan.next_pairs()[0].number, "perhaps")


def test_hits_marked_in_search_are_not_asked_about_again(
    sample_engine: sc.SearchEngine, begun: Judging, questions: list[str]
) -> None:
    first = begun.plan.next_pairs()[0]
    known = HitLabels().with_label(first.query, first.text, True)
    judging = begin(sample_engine, "\n".join(questions), None, known, is_graded=False)
    assert judging.plan.labelled == 1
    assert first not in judging.plan.next_pairs()


@pytest.mark.parametrize(
    "content",
    ["question,count\n{},1", "{}", "text\n{}"],
    ids=["a column of questions", "one per line", "a column of texts"],
)
def test_questions_come_as_a_file_too(
    sample_engine: sc.SearchEngine, questions: list[str], content: str
) -> None:
    head, _, row = content.rpartition("\n")
    quoted = [f'"{each}"' if "," in each else each for each in questions]
    lines = [*([head] if head else []), *(row.format(each) for each in quoted)]
    judging = begin(sample_engine, "", "\n".join(lines).encode(), HitLabels(), is_graded=False)
    assert len(judging.plan.pool.questions) == len(questions)


def test_its_own_csv_goes_on_where_it_ended(sample_engine: sc.SearchEngine, begun: Judging) -> None:
    before = _answered(begun, 7)
    content = before.plan.to_csv().encode()
    after = begin(sample_engine, "", content, HitLabels(), is_graded=False)
    assert after.plan.labelled == 7
    left = [[(p.query, p.text) for p in each.plan.next_pairs()] for each in (before, after)]
    assert left[0] == left[1]


def test_a_file_with_grades_goes_on_with_grades(
    sample_engine: sc.SearchEngine, begun: Judging
) -> None:
    first = begun.plan.next_pairs()[0].number
    for answer, is_graded in (("2", True), ("3", False)):
        content = begun.answered(first, answer).plan.to_csv().encode()
        after = begin(sample_engine, "", content, HitLabels(), is_graded=False)
        assert after.is_graded == is_graded


def test_too_many_questions_are_refused(sample_engine: sc.SearchEngine) -> None:
    many = "\n".join(f"question {n}" for n in range(sc.PUBLIC.trial_queries + 1))
    with pytest.raises(sc.QueryError, match="at most 200 are asked here"):
        begin(sample_engine, many, None, HitLabels(), is_graded=False)


def test_questions_and_texts_are_escaped(encoder: sc.Encoder) -> None:
    texts = [f"{CANARY} text {n}" for n in range(30)]
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    asked = "\n".join(f"{CANARY} {n}?" for n in range(20))
    html = pairs_html(begin(engine, asked, None, HitLabels(), is_graded=True))
    assert CANARY not in html
    assert CANARY in text_of(html)


@pytest.mark.slow
def test_the_events_choose_label_undo_and_fit(
    page: Page, events: Events, questions: list[str]
) -> None:
    events.work("_ui_choose_pairs", "\n".join(questions), None, False)
    first = page.workspace(events.visitor).work.judging
    assert first is not None
    number = first.key(first.plan.next_pairs()[0].number)
    said, progress, _ = events.call("_ui_label_pair", number, "yes")
    assert (said, "1 of 50 labels" in progress) == ("", True)
    events.call("_ui_label_pair", "", "back")
    for n in range(50):
        judging = page.workspace(events.visitor).work.judging
        assert judging is not None
        pair = judging.plan.next_pairs()[0]
        events.call("_ui_label_pair", judging.key(pair.number), "yes" if n % 2 else "no")
    assert page.workspace(events.visitor).is_labelling
    assert "labels" in page.workspace(events.visitor).brought
    said, *_ = events.work("_ui_fit_pairs", "query")
    now = page.workspace(events.visitor)
    assert said == ""
    assert now.work.fit is not None
    assert len(now.labels) == 50
    assert not now.is_labelling
    assert now.view is not None
    assert len(now.view.best_hits) == 30
    assert now.view.recall_threshold() is None
    threshold = threshold_html(now.view, now.view.opening_threshold)
    assert "No guarantee: pairs that were chosen for labelling" in text_of(threshold)


def test_a_broken_answer_is_told_and_changes_nothing(
    page: Page, events: Events, questions: list[str]
) -> None:
    said, *_ = events.call("_ui_label_pair", "3", "yes")
    assert "choose pairs again" in said
    events.work("_ui_choose_pairs", "\n".join(questions), None, False)
    said, *_ = events.call("_ui_label_pair", "x", "yes")
    assert "Pairs were chosen anew" in said
    assert page.workspace(events.visitor).work.judging is not None


def test_another_collection_keeps_the_plan_for_its_return(
    page: Page, events: Events, questions: list[str], encoder: sc.Encoder
) -> None:
    events.work("_ui_choose_pairs", "\n".join(questions), None, False)
    other = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog"]), encoder)
    now = page.visits.update(events.visitor, lambda now: now.with_collection(other))
    assert now.work.judging is None
    back = page.visits.update(events.visitor, lambda now: now.with_collection(None))
    assert back.work.judging is not None


def test_labels_all_alike_are_not_offered_to_a_fit_that_would_refuse_them(begun: Judging) -> None:
    alike = begun
    while not alike.plan.is_done:
        alike = alike.answered(alike.plan.next_pairs()[0].number, "no")
    assert "a fit still needs labels of the other kind" in ended_words(alike)
    assert "change the questions" in progress_html(alike)
    assert "judging-fit" not in progress_html(alike)


def test_who_can_tell_of_no_pair_is_not_told_to_fit(encoder: sc.Encoder) -> None:
    engine = sc.SearchEngine.build(sc.Corpus.from_texts(["one text"]), encoder)
    asked = "\n".join(f"question {n}" for n in range(20))
    judging = begin(engine, asked, None, HitLabels(), is_graded=False)
    while not judging.plan.is_done:
        judging = judging.answered(judging.plan.next_pairs()[0].number, "unsure")
    assert ended_words(judging).startswith("No more pairs to label. There are 0 labels")
    assert "judging-fit" not in progress_html(judging)
    assert 'max="1"' in progress_html(judging)


def test_who_has_labels_of_both_kinds_may_stop_early_and_fit(begun: Judging) -> None:
    assert "judging-fit" not in progress_html(_answered(begun, 19))
    assert "Stop here and fit" in progress_html(_answered(begun, 20))


def test_other_questions_keep_the_labels_of_pairs_that_are_asked_about_again(
    sample_engine: sc.SearchEngine, begun: Judging, questions: list[str]
) -> None:
    twenty = _answered(begun, 20)
    before = twenty.answered(twenty.plan.next_pairs()[0].number, "unsure")
    asked = "\n".join([*questions, "When does the library close?"])
    after = begin(sample_engine, asked, None, HitLabels(), is_graded=False, before=before)
    kept = after.answers_by_pair
    assert before.answers_by_pair.items() <= kept.items()
    shared = {
        (sc.query_key(pair.query), pair.text) for pair in map(after.plan.pair, after.plan.answers)
    }
    assert shared
    assert shared <= before.answers_by_pair.keys()
    same = begin(
        sample_engine, "\n".join(questions), None, HitLabels(), is_graded=False, before=before
    )
    assert same.plan.answers == before.plan.answers


def test_questions_that_are_texts_are_warned_of(sample_engine: sc.SearchEngine) -> None:
    texts = list(dict.fromkeys(sample_engine.corpus.texts))[:3]
    asked = [*texts, *(f"What is number {n}?" for n in range(20))]
    judging = begin(sample_engine, "\n".join(asked), None, HitLabels(), is_graded=False)
    assert copies_words(judging).startswith("3 of your questions are texts of the collection")
    assert copies_words(judging) in text_of(progress_html(judging))


def test_an_answer_to_a_plan_that_was_replaced_in_another_window_is_not_taken(
    page: Page, events: Events, questions: list[str]
) -> None:
    events.work("_ui_choose_pairs", "\n".join(questions), None, False)
    old = page.workspace(events.visitor).work.judging
    assert old is not None
    key = old.key(old.plan.next_pairs()[0].number)
    other = "\n".join(f"Where can I find number {n}?" for n in range(20))
    events.work("_ui_choose_pairs", other, None, False)
    said, _, pairs = events.call("_ui_label_pair", key, "yes")
    assert "chosen anew, perhaps in another window" in said
    assert "Where can I find number" in pairs
    now = page.workspace(events.visitor).work.judging
    assert now is not None
    assert now.plan.answers == {}


def test_a_window_that_shows_an_earlier_round_gets_the_pairs_of_the_next(
    page: Page, events: Events, questions: list[str]
) -> None:
    events.work("_ui_choose_pairs", "\n".join(questions), None, False)
    first = page.workspace(events.visitor).work.judging
    assert first is not None
    for number in range(25):
        pair = first.plan.next_pairs()[number]
        events.call("_ui_label_pair", first.key(pair.number), "yes" if number % 2 else "no")
    again = first.key(first.plan.next_pairs()[3].number)
    *_, pairs = events.call("_ui_label_pair", again, "no")
    assert "data-pair" in pairs
    assert again not in pairs


def test_it_says_of_which_texts_questions_are_asked(
    page: Page, events: Events, encoder: sc.Encoder
) -> None:
    other = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog"]), encoder)
    own = page.visits.update(events.visitor, lambda now: now.with_collection(other))
    assert "Questions are asked of your 2 texts." in text_of(intro_html(own))
    back = page.visits.update(events.visitor, lambda now: now.with_collection(None))
    assert "Questions are asked of the sample's texts." in text_of(intro_html(back))


def _right_texts_alone(grades: tuple[int, ...] = (1,)) -> bytes:
    """Return a zip of qrels as BEIR has them, which name right texts alone, by these grades."""
    of = [f"the {subject} of town {n}" for subject in ("ferry", "kettle") for n in range(15)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("queries.tsv", "".join(f"q{n}\tWhere is {of[n]}?\n" for n in range(30)))
        files.writestr("corpus.tsv", "".join(f"d{n}\tAbout {of[n]}.\n" for n in range(30)))
        files.writestr(
            "qrels.txt",
            "".join(f"q{n} 0 d{n} {grades[n % len(grades)]}\n" for n in range(30)),
        )
    return packed.getvalue()


def test_labels_that_name_right_texts_alone_lead_to_hits_of_the_same_queries(
    page: Page, events: Events, tmp_path: Path
) -> None:
    path = tmp_path / "beir.zip"
    path.write_bytes(_right_texts_alone())
    said = events.named(
        "_ui_read_labels", events.work("_ui_read_labels", *label_form("csv", str(path)))
    )
    assert "No label says “not relevant”" in text_of(said["findings"])
    assert 'onclick="openPairs()"' in said["findings"]
    assert events.call("_ui_show_form_of_pairs")[1]["value"] == OF_LABELS
    asked = events.call("_ui_labelled_questions")
    assert asked.splitlines()[:2] == [
        "Where is the ferry of town 0?", "Where is the ferry of town 1?",
    ]  # fmt: skip
    events.work("_ui_choose_pairs", asked, None, False)
    judging = page.workspace(events.visitor).work.judging
    assert judging is not None
    known = {judging.plan.pair(number) for number in judging.plan.answers}
    assert known
    for pair in known:
        assert pair.query.removeprefix("Where is ").rstrip("?") in pair.text
    assert set(judging.plan.answers.values()) == {1.0}  # nothing else is taken for an answer


def test_grades_that_are_all_above_0_lead_there_too(events: Events, tmp_path: Path) -> None:
    path = tmp_path / "beir.zip"
    path.write_bytes(_right_texts_alone((1, 2)))
    said = events.named(
        "_ui_read_labels", events.work("_ui_read_labels", *label_form("csv", str(path)))
    )
    assert "No label says “not relevant”" in text_of(said["findings"])


def test_a_pair_that_a_file_labels_in_two_ways_is_asked_about(
    sample_engine: sc.SearchEngine, begun: Judging, questions: list[str]
) -> None:
    first, second = begun.plan.next_pairs()[:2]
    rows = [
        {"query": each.query, "text": each.text, "relevance": label}
        for each, label in ((first, 1), (first, 0), (second, 1))
    ]
    pairs = sample_engine.score_labels(sc.labels_of(rows))
    judging = begin(
        sample_engine, "\n".join(questions), None, HitLabels(), is_graded=False, labelled=pairs
    )
    assert judging.plan.answers == {second.number: 1.0}


def test_labels_of_both_kinds_lead_nowhere_else(page: Page, events: Events) -> None:
    assert not page.workspace(events.visitor).lacks_other_kind
    said = events.named(
        "_ui_read_labels", events.work("_ui_read_labels", *label_form("sample", None))
    )
    assert "No label says" not in said["findings"]
    assert events.call("_ui_show_form_of_pairs")[1]["value"] == OF_SAMPLE
