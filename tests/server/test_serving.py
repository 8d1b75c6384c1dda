"""What the server keeps of each visit."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import gradio as gr
import pytest

from search_ui.server.serving import Visits


def test_a_visit_keeps_its_own_state_and_no_copy_of_the_page() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        key = gr.State("none")
        for _ in range(3):
            gr.Textbox("a field")
    visits = Visits()
    visits.set_blocks(blocks)
    visits["one"][key._id] = "first"
    visits["two"][key._id] = "second"
    assert [visits[each][key._id] for each in ("one", "two", "three")] == [
        "first",
        "second",
        "none",
    ]
    assert all(not visits[each].config_values for each in ("one", "two", "three"))


def test_no_field_of_the_page_is_described_for_a_new_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        field = gr.Textbox("a field")
    described = Mock(return_value={})
    monkeypatch.setattr(gr.Textbox, "get_config", described)
    visits = Visits()
    visits.set_blocks(blocks)
    assert visits["one"][field._id] is field
    described.assert_not_called()


def test_a_visit_holds_the_fields_that_it_changed_and_no_others() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        field = gr.Textbox("a field")
        for _ in range(3):
            gr.Textbox("another")
    visits = Visits()
    visits.set_blocks(blocks)
    changed = gr.Textbox("changed")
    visits["one"][field._id] = changed
    assert [visits[each][field._id] for each in ("one", "two")] == [changed, field]
    assert blocks.blocks[field._id] is field
    held = [visits[each].blocks_config.blocks.maps[0] for each in ("one", "two")]
    assert held == [{field._id: changed}, {}]


def test_nothing_that_was_sent_or_answered_is_kept_for_a_visit() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        sent, answer = gr.Textbox(), gr.Textbox()
        sent.change(lambda text: text, sent, answer, api_name="echo")
    visits = Visits()
    visits.set_blocks(blocks)
    event = blocks.fns[0]
    answered = asyncio.run(blocks.process_api(event, ["a secret"], state=visits["one"]))
    assert answered["data"] == ["a secret"]
    assert "a secret" not in str(vars(visits.session_data["one"]))


def test_the_longest_unused_visit_is_forgotten_first() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        key = gr.State("none")
    visits = Visits()
    blocks.state_session_capacity = 2
    visits.set_blocks(blocks)
    for each in ("one", "two", "one", "three"):
        visits[each][key._id] = each
    assert "two" not in visits
    assert [visits[each][key._id] for each in ("one", "three")] == ["one", "three"]
