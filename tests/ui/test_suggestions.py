"""Suggested questions: made of a visitor's own words, never a whole text, the same each time."""

from __future__ import annotations

import random

from hypothesis import given, strategies as st

from search_ui.joining_words import JOINING
from search_ui.suggestions import CHARACTERS, LONGEST, MOST, suggested_questions
from search_ui.tabs.search import chips_html
from tests.properties import tried
from tests.ui.pages import read, text_of

PIECES = (
    "ferry island kettle vinegar bread museum the of at 7 Straße l'église naïve 渡轮 面包 เรือ "
    "고양이가 बिल्ली <b> & a@b.example https://example.org/x"
)
WORDS = st.sampled_from(PIECES.split())
TEXT = st.one_of(st.text(min_size=1, max_size=120), st.lists(WORDS, min_size=1).map(" ".join))
TEXTS = st.lists(TEXT, max_size=30)

NOTES = [
    "The ferry to the northern island leaves at noon.",
    "Tickets for the island ferry are sold at the harbour office.",
    "Sourdough bread needs a strong starter and a long night.",
    "Vinegar removes limescale from taps and kettles.",
    "The museum closes on public holidays.",
]


def folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


@given(TEXTS)
@tried(300)
def test_a_suggestion_is_a_short_part_of_a_text_and_never_the_whole_of_one(
    texts: list[str],
) -> None:
    found = suggested_questions(texts)
    assert len(found) <= MOST
    assert len(set(found)) == len(found)
    whole = {folded(text) for text in texts if len(text) <= CHARACTERS}
    for question in found:
        assert 0 < len(question.strip()) == len(question) <= LONGEST
        assert folded(question)
        assert folded(question) not in whole
        assert any(question in " ".join(text.split()) for text in texts)


@given(TEXTS)
@tried(100)
def test_the_same_texts_give_the_same_suggestions(texts: list[str]) -> None:
    assert suggested_questions(texts) == suggested_questions(list(texts))


@given(TEXTS)
@tried(100)
def test_suggestions_are_written_as_text(texts: list[str]) -> None:
    found = suggested_questions(texts)
    markup = chips_html([(question, question) for question in found], are_own=True)
    reader = read(markup)
    assert reader.tags.count("button") == len(found)
    assert set(reader.tags) <= {"div", "span", "button"}
    assert all(" ".join(question.split()) in text_of(markup) for question in found)


def test_suggestions_come_from_different_texts_and_share_no_long_word() -> None:
    found = suggested_questions(NOTES)
    assert len(found) == MOST
    long = [word for question in found for word in question.split() if len(word) > 5]
    assert len(set(long)) == len(long)


def test_function_words_numbers_and_addresses_neither_begin_nor_end_a_suggestion() -> None:
    texts = [
        *NOTES,
        "See https://example.org/harbour or ask anna@harbour.example, room 12 upstairs.",
    ]
    for question in suggested_questions(texts):
        assert not {"the", "to", "at", "a", "and", "on"} & {
            question.split()[0],
            question.split()[-1],
        }
        assert not any(letter in question for letter in "0123456789@/:")


def test_words_need_no_blanks_between_them() -> None:
    ferries = ["渡轮中午从码头出发，前往北方的岛屿。", "面包要在凉爽的厨房里发酵一夜，早上再烤。"]
    assert set(suggested_questions(ferries)) <= {
        "渡轮中午从码头出发", "前往北方的岛屿", "面包要在凉爽的厨房里发酵一夜", "早上再烤",
    }  # fmt: skip
    assert len(suggested_questions(ferries)) == 2
    assert "高血压" in suggested_questions(
        ["高血压患者应少吃盐", "高血压可以通过运动改善", "感冒时多喝水"]
    )


def test_nothing_is_suggested_where_nothing_sensible_can_be_made() -> None:
    assert suggested_questions([]) == ()
    assert suggested_questions(["cat", "dog"]) == ()
    assert suggested_questions(["12:30", "https://example.org", "+49 30 1234"]) == ()
    assert suggested_questions(["แมวนั่งบนเสื่อ"]) == ()


def test_a_large_collection_is_looked_at_from_its_beginning_to_its_end() -> None:
    words = [f"{a}{b}{c}ing" for a in "bdfglmnprst" for b in "aeiou" for c in "bdfglmnprst"]
    drawn = random.Random(0)
    texts = [" ".join(drawn.sample(words, 6)) for _ in range(2_000)]
    found = suggested_questions(texts)
    assert len(found) == MOST
    assert all(any(question in text for text in texts) for question in found)


def test_a_short_sentence_is_asked_whole() -> None:
    found = suggested_questions(
        [
            "Lost your season ticket? Show your receipt at the desk, and we print another.",
            "Replacing a worn chain\nTurn the bicycle over and open the master link.",
            "The pool is heated to twenty degrees and cleaned each morning.",
        ]
    )
    assert set(found[:2]) == {"Lost your season ticket?", "Replacing a worn chain"}


def test_a_clause_is_asked_whole_and_a_part_of_one_ends_where_something_else_begins() -> None:
    bikes = ["Bikes left outside the marked zone cost an extra four pounds."]
    assert suggested_questions(bikes) == ("Bikes left outside the marked zone",)
    oven = ["Sourdough bread needs a strong starter and a long night in a cool kitchen."]
    assert suggested_questions(oven) == ("Sourdough bread needs a strong starter",)
    tickets = ["Vouchers are valid for a year, and season tickets renew themselves, as told."]
    assert suggested_questions(tickets) == ("Vouchers are valid for a year",)


def test_long_words_that_only_join_others_end_no_suggestion() -> None:
    texts = [
        "Call the workshop between eight and six, and use the chat at other times.",
        "Hornea las magdalenas despacio hasta que suban y se doren por encima.",
        "Asa los pimientos enteros cuando estén maduros, y pélalos templados.",
    ]
    ends = {word.casefold() for each in suggested_questions(texts) for word in each.split()[-1:]}
    assert ends
    assert not ends & JOINING


def test_the_bullet_of_a_list_and_a_dash_stand_in_no_suggestion() -> None:
    texts = ["- The ferry leaves at noon from pier 4.", "Plum cake - bake it slowly until brown."]
    found = suggested_questions(texts)
    assert found
    assert not any("-" in each.split() for each in found)
