"""Faults that nobody foresaw, in an event of the page: one line with an id, the rest in the log."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
import pytest

from search_ui.server.faults import keep_faults


def broken() -> str:
    raise ZeroDivisionError("secret detail")


def broken_half_way() -> Iterator[str]:
    yield "the first half"
    raise ZeroDivisionError("secret detail")


def told() -> str:
    raise gr.Error("Choose a file.")


def page_of(*works: object) -> list[gr.blocks.BlockFunction]:
    """Build a page with one event for each function, and return the events."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        out = gr.Textbox()
        for work in works:
            blocks.load(work, None, out)
    keep_faults(blocks)
    return list(blocks.fns.values())


def test_a_fault_is_one_line_with_an_id_that_the_log_has(caplog: pytest.LogCaptureFixture) -> None:
    (event,) = page_of(broken)
    with pytest.raises(gr.Error) as caught:
        event.fn()
    name = caught.value.message.split()[-1].rstrip(".")
    assert f"fault {name}" in caplog.text
    assert "secret detail" in caplog.text
    assert "secret" not in caught.value.message


def test_what_was_given_before_a_fault_stays(caplog: pytest.LogCaptureFixture) -> None:
    (event,) = page_of(broken_half_way)
    steps = event.fn()
    assert next(steps) == "the first half"
    with pytest.raises(gr.Error, match="noted under the id"):
        next(steps)


def test_what_an_event_says_itself_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    (event,) = page_of(told)
    with pytest.raises(gr.Error, match="Choose a file"):
        event.fn()
    assert caplog.text == ""


def test_an_event_without_a_function_stays_so() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        blocks.load(None, None, None, js="() => {}")
    keep_faults(blocks)
    assert [event.fn for event in blocks.fns.values()] == [None]
