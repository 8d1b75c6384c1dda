"""Links: what can be used of an address, and what is left aside."""

from __future__ import annotations

import pytest

from search_core.limits import PUBLIC
from search_ui.links import Link, read_link

MODELS = ("all-MiniLM-L6-v2", "another model")


def test_a_number_with_its_engine_and_model_is_read() -> None:
    asked = {"n": "-0.83", "engine": "faiss-l2", "model": "another model"}
    link = read_link(asked, MODELS)
    assert link == Link(number=-0.83, engine="faiss-l2", model="another model")


def test_a_link_with_a_question_and_no_tab_opens_search() -> None:
    assert read_link({"q": "Is 0.73 good?"}, MODELS).tab == "search"


def test_a_whole_link_is_read() -> None:
    link = read_link({"q": " Is 0.73 good? ", "k": "7", "tab": "normalize", "norm": "csls"}, MODELS)
    assert link == Link("Is 0.73 good?", 7, "normalize", "csls")


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"q": "  "},
        {"q": "x" * (PUBLIC.query_characters + 1)},
        {"k": "0"},
        {"k": "-3"},
        {"k": "51"},
        {"k": "1e3"},
        {"k": "٣"},
        {"k": "9" * 5000},
        {"k": "0000000059999"},
        {"tab": "admin"},
        {"norm": "<script>"},
        {"theme": "dark"},
        {"n": "nan"},
        {"n": "1e999"},
        {"n": "2,000"},
        {"n": "<script>"},
        {"engine": "FAISS"},
        {"model": "<script>"},
    ],
)
def test_what_cannot_be_used_is_left_aside(parameters: dict[str, str]) -> None:
    assert read_link(parameters, MODELS) == Link()
