"""The converter: from one engine's number to its cosine and everybody else's."""

from __future__ import annotations

import pytest

import search_core as sc
from search_ui.readings_view import converter_html
from search_ui.tabs.normalize import ENGINE_CHOICES
from tests.ui.pages import text_of

ENGINES = [key for key, record in sc.ENGINES.items() if record.map]


@pytest.mark.parametrize("key", ENGINES)
def test_every_engine_is_converted_there_and_back(key: str) -> None:
    score = sc.from_cosine(0.6, key)
    said = text_of(converter_html(score, key))
    assert "0.600" in said.split(".  ")[0]
    for other in ENGINES:
        assert sc.ENGINES[other].setting in said


@pytest.mark.parametrize("key", [key for key in sc.ENGINES if key not in ENGINES])
def test_a_fused_score_is_refused_with_the_reason(key: str) -> None:
    with pytest.raises(sc.InputError, match="Nothing leads"):
        converter_html(0.5, key)


def test_every_engine_can_be_chosen_by_its_own_name() -> None:
    labels = [label for label, _ in ENGINE_CHOICES]
    assert len(set(labels)) == len(labels) == len(sc.ENGINES)
