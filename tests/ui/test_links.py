"""Links: what can be used of an address, and what is left aside."""

from __future__ import annotations

import pytest

from search_core.limits import PUBLIC
from search_ui.links import Link, read_link


def test_a_whole_link_is_read() -> None:
    link = read_link({"q": " Is 0.73 good? ", "k": "7", "tab": "normalize", "norm": "csls"})
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
    ],
)
def test_what_cannot_be_used_is_left_aside(parameters: dict[str, str]) -> None:
    assert read_link(parameters) == Link()
