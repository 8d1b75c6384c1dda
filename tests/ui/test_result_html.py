"""What the Search tab writes: the finding, the hits, the card of a hit, and never a script."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

import search_core as sc
from search_core.verdict import Answer
from search_ui.tabs.search import CHIPS, ELSEWHERE, chips_html, result_html
from search_ui.views.search import HitView
from tests.ui.pages import CANARY, HIT, read, text_of, view

TIED = (
    HIT,
    replace(HIT, rank=2, id="b", cosine=0.662, calibrated=0.41, grade=3),
    replace(HIT, rank=3, id="c", cosine=0.661, calibrated=0.24, grade=0),
)


def test_user_text_is_written_as_text() -> None:
    hit = replace(HIT, text=CANARY, shared=(CANARY,))
    reader = read(result_html(view(hit, query=CANARY, model=CANARY)))
    assert not {"script", "img"} & set(reader.tags)
    assert not any(name.startswith("on") for name in reader.attributes)
    assert CANARY in "".join(reader.words)


LABELLED = sc.HitVerdict("relevant", "calibrator", "a", 0.59, 0.5, 0.2)
UNLABELLED = sc.HitVerdict("relevant", "other collections", "a", unrelated_below=0.5)
BARE = replace(HIT, calibrated=None, grade=None, moved=())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"answer": "relevant"},
            "Probably relevant: hit 1 scores 0.77, for which the sample’s labels predict a "
            "relevance of 59%.",
        ),
        (
            {"answer": "unclear", "value": 0.4},
            "0.77 may or may not be a match: the sample’s labels predict a relevance of 40% for "
            "hit 1, and only from 50% on is a hit called relevant.",
        ),
        (
            {"answer": "nothing", "value": 0.1},
            "Nothing relevant here: the sample’s labels predict a relevance of 10% at best.",
        ),
    ],
)
def test_what_labels_say_is_told_with_the_predicted_relevance(
    changes: dict[str, Any], said: str
) -> None:
    hit = replace(HIT, calibrated=changes.get("value", 0.59))
    shown = text_of(result_html(view(hit, verdict=replace(LABELLED, **changes))))
    assert shown.startswith(said)


def test_the_visitors_own_labels_are_not_called_the_samples() -> None:
    said = text_of(result_html(view(), "fitted"))
    assert "for which your labels predict" in said
    assert "sample" not in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            "relevant",
            "Probably relevant: 0.77 is far more than unrelated questions score here. This rule "
            "was learnt on other collections.",
        ),
        ("unclear", "0.77 may or may not be a match: the score alone can’t tell."),
        (
            "nothing",
            "Nothing relevant here: the best hit scores 0.77, no more than hits of unrelated "
            "questions do.",
        ),
    ],
)
def test_without_labels_the_evidence_is_named_and_no_probability(answer: Answer, said: str) -> None:
    verdict = replace(UNLABELLED, answer=answer)
    shown = text_of(result_html(view(BARE, calibrated_name="", verdict=verdict)))
    assert shown.startswith(said)
    assert "Mark hits as right or wrong to get a probability here." in shown


def test_a_later_hit_that_is_likelier_is_the_one_that_is_spoken_of() -> None:
    verdict = replace(LABELLED, id="2", value=0.9)
    said = text_of(result_html(view(*_valued(0.3, 0.9), verdict=verdict)))
    assert said.startswith("Probably relevant: hit 2 scores 0.60, for which")


def test_a_tie_that_labels_break_is_told() -> None:
    said = "Hits 2 and 3 have the same score (0.66), but people labelled only hit 2 as an answer."
    assert said in text_of(result_html(view(*TIED)))


def test_a_tie_that_nobody_labelled_tells_what_is_predicted() -> None:
    unlabelled = [replace(hit, grade=None) for hit in TIED]
    said = "(0.66), but not the same predicted relevance: 41% and 24%."
    assert said in text_of(result_html(view(*unlabelled)))


def test_nothing_relevant_is_said_with_where_the_value_falls_among_labelled_queries() -> None:
    standing = "lower than 97% of the judged queries"
    nothing = replace(LABELLED, answer="nothing", value=0.1)
    shown = text_of(result_html(view(verdict=nothing, standing=standing)))
    assert f"predict a relevance of 10% at best, {standing}." in shown


def test_a_hit_shows_its_score_under_every_usual_reading() -> None:
    said = text_of(result_html(view()))
    for words in (
        "squared L2 distance 0.46 ↓",
        "1/(1+D) 0.69 ↑",
        "min-max 1.00 ↑",
        "above 99.9%",
        "labelled 3 of 3",
    ):
        assert words in said
    assert "59%predicted relevance" in said


def test_an_expected_relevance_is_no_percentage() -> None:
    said = text_of(result_html(view(calibrated_name="expected_relevance")))
    assert "0.59predicted relevance" in said
    assert "59%" not in said


def test_without_a_calibrator_the_hit_says_so_and_what_is_missing() -> None:
    bare = replace(HIT, calibrated=None, grade=None, moved=())
    said = text_of(result_html(view(bare, calibrated_name="")))
    assert "not calibrated" in said
    assert "No predicted relevance yet: it needs labels of these texts." in said
    assert "labelled 3" not in said


def test_with_a_calibrator_nobody_is_asked_to_mark_hits_for_a_probability() -> None:
    assert "Mark hits" not in text_of(result_html(view()))


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        (
            (0.6, 0.05, 0.21),
            "probability",
            "hit 3 (21%) would come before hit 2 (5%)",
        ),
        (
            (0.6, 0.05, 0.21),
            "expected_relevance",
            "hit 3 (0.21) would come before hit 2 (0.05)",
        ),
        ((0.3, 0.1, 0.9), "probability", "hit 3 (90%) would come before hit 2 (10%)"),
        ((0.1, 0.1, 0.9), "probability", "hit 3 (90%) would come before hit 2 (10%)"),
    ],
)
def test_values_that_run_against_the_order_of_the_hits_are_told(
    values: tuple[float, ...], name: str, said: str
) -> None:
    verdict = replace(LABELLED, id="1")
    shown = text_of(result_html(view(*_valued(*values), calibrated_name=name, verdict=verdict)))
    assert f"Hits are in cosine order. By predicted relevance, {said}." in shown


@pytest.mark.parametrize("values", [(0.9, 0.5, 0.1), (0.9, 0.2, 0.34), (0.5,)])
def test_values_that_follow_the_order_or_hardly_differ_are_not_remarked_on(
    values: tuple[float, ...],
) -> None:
    shown = view(*_valued(*values), verdict=replace(LABELLED, id="1"))
    assert "Hits are in cosine order" not in text_of(result_html(shown))


def _valued(*values: float) -> list[HitView]:
    return [
        replace(HIT, rank=rank, id=str(rank), cosine=0.8 - rank / 10, calibrated=value)
        for rank, value in enumerate(values, start=1)
    ]


def test_the_other_engines_show_what_the_library_computes() -> None:
    said = text_of(result_html(view()))
    for key, label in ELSEWHERE:
        assert f"{label}{sc.from_cosine(0.77, key):.2f}" in said


def test_the_card_tells_what_moved_the_value_and_leaves_out_what_did_not() -> None:
    markup = result_html(view())
    said = text_of(markup)
    assert "the cosine itself+2.70" in said
    assert "shared words−1.50" in said
    assert "similar texts" not in said
    assert markup.count('class="up"') == markup.count('class="down"') == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shared": ()}, "none; the model compares meaning"),
        ({"shared": ("cat",)}, "Shared wordscat"),
        ({"hub_count": 0}, "a top-10 neighbour of no other text"),
        ({"hub_count": 1}, "a top-10 neighbour of 1 other text"),
        ({"chance": None}, "too few documents to tell how unrelated ones score"),
        ({"cosine": 1.0000001}, "Angle0°"),
    ],
)
def test_the_card_says_it_in_words(change: dict[str, object], said: str) -> None:
    assert said in text_of(result_html(view(replace(HIT, **change))))  # type: ignore[arg-type]


def test_a_hit_has_two_buttons_that_tell_what_it_was_marked_as() -> None:
    second = replace(HIT, rank=2, id="b", text="Another text.")
    markup = result_html(view(HIT, second), labels={HIT.text: False})
    pressed = re.findall(r'value="(\w+)" aria-pressed="(\w+)"', markup)
    assert pressed == [
        ("right", "false"),
        ("wrong", "true"),
        ("right", "false"),
        ("wrong", "false"),
    ]
    assert 'aria-label="Does hit 2 answer the question?"' in markup


def test_a_question_and_an_id_of_a_visitor_stay_inside_their_attributes() -> None:
    reader = read(result_html(view(replace(HIT, id=CANARY), query=CANARY)))
    assert not {"script", "img"} & set(reader.tags)
    assert {name for name in reader.attributes if name.startswith("data-")} <= {
        "data-query", "data-hit", "data-name",
    }  # fmt: skip


def test_chips_of_own_texts_are_written_as_text_and_marked_as_own() -> None:
    markup = chips_html([(CANARY, CANARY)], are_own=True)
    reader = read(markup)
    assert set(reader.tags) == {"div", "span", "button"}
    assert CANARY in text_of(markup)
    assert "data-own" in reader.attributes
    assert "data-own" not in read(chips_html(CHIPS)).attributes
    assert chips_html([]) == ""
