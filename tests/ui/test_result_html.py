"""What the Search tab writes: the finding, the hits, the card of a hit, and never a script."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import search_core as sc
from search_ui.search_view import HitView
from search_ui.tabs.search import CHIPS, ELSEWHERE, chips_html, result_html
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


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (0.2, "0.77 is a good score here: by chance, not one of the 432 documents would reach it"),
        (
            0.7,
            "0.77 is a score that chance alone could reach here: by chance, about 1 of the 432",
        ),
        (
            4.3,
            "0.77 is a score that chance alone could reach here: by chance, about 4 of the 432",
        ),
        (None, "0.77 is the best score here: with only 432 documents there is too little to"),
    ],
)
def test_the_finding_says_what_chance_would_do(expected: float | None, said: str) -> None:
    assert said in text_of(result_html(view(expected=expected)))


def test_a_tie_that_judgements_break_is_told() -> None:
    assert "But 2 and 3 tie at 0.66, and only 2 answers." in text_of(result_html(view(*TIED)))


def test_a_tie_without_judgements_tells_the_calibrated_values() -> None:
    unjudged = [replace(hit, grade=None) for hit in TIED]
    said = text_of(result_html(view(*unjudged)))
    assert "2 and 3 tie at 0.66; judged examples tell them apart: 0.41 and 0.24." in said


@pytest.mark.parametrize(
    ("rarity", "said"),
    [
        (0.5, "no better than unrelated questions get: 50% of them find as good a hit"),
        (0.01, "and the judged examples say that hits like it seldom answer"),
    ],
)
def test_nothing_relevant_is_said_with_its_reason(rarity: float, said: str) -> None:
    shown = text_of(result_html(view(nothing=True, rarity=rarity)))
    assert "Nothing relevant here. 0.77 is the best score, " + said in shown


def test_nothing_relevant_is_said_with_where_the_best_value_stands_among_the_judged() -> None:
    standing = "lower than 97% of the judged queries"
    shown = text_of(result_html(view(nothing=True, rarity=0.01, standing=standing)))
    assert f"The best calibrated value, 0.59, is {standing}. Rank would" in shown
    assert standing not in text_of(result_html(view(standing=standing)))


def test_a_hit_shows_its_score_under_every_usual_reading() -> None:
    said = text_of(result_html(view()))
    for words in (
        "squared L2 0.46 ↓",
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


def test_without_a_calibrator_one_click_leads_to_where_examples_are_judged() -> None:
    bare = replace(HIT, calibrated=None, grade=None, moved=())
    markup = result_html(view(bare, calibrated_name=""))
    assert "Judge some examples in Calibrate to get a probability here." in text_of(markup)
    assert "openTab('calibrate')" in markup
    assert "Judge some examples" not in text_of(result_html(view()))


def test_no_chip_of_the_sample_is_named_where_other_texts_are_searched() -> None:
    assert "Press “no match” above" in text_of(result_html(view()))
    own = text_of(result_html(view(), of_sample=False))
    assert "no match" not in own
    assert "Ask something that none of these texts answers" in own


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        (
            (0.6, 0.05, 0.21),
            "probability",
            "hit 3 is likelier to answer than hit 2: 21% against 5%",
        ),
        (
            (0.6, 0.05, 0.21),
            "expected_relevance",
            "hit 3 has a higher expected relevance than hit 2: 0.21 against 0.05",
        ),
        ((0.3, 0.1, 0.9), "probability", "hit 3 is likelier to answer than hit 2: 90% against 10%"),
        ((0.1, 0.1, 0.9), "probability", "hit 3 is likelier to answer than hit 2: 90% against 10%"),
    ],
)
def test_values_that_run_against_the_order_of_the_hits_are_told(
    values: tuple[float, ...], name: str, said: str
) -> None:
    shown = text_of(result_html(view(*_valued(*values), calibrated_name=name)))
    assert f"Hits stand by cosine; {said}." in shown


@pytest.mark.parametrize("values", [(0.9, 0.5, 0.1), (0.9, 0.2, 0.34), (0.5,)])
def test_values_that_follow_the_order_or_hardly_differ_are_not_remarked_on(
    values: tuple[float, ...],
) -> None:
    assert "Hits stand by cosine" not in text_of(result_html(view(*_valued(*values))))


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
        ({"chance": None}, "too few documents to say what chance would do"),
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
