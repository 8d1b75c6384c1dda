"""What Gradio keeps: the private names that are touched, unread messages, and its visits."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from threading import Event
from typing import Any
from unittest.mock import Mock

import gradio as gr
import httpx
import pytest
from gradio import context, state_holder
from gradio.server_messages import EstimationMessage

from search_ui.server import gradio_private
from search_ui.server.gradio_private import NAMES, Inboxes, RememberedVisits, bound_inboxes
from search_ui.server.queue_limits import limit_events
from tests.browser.serving import ROOT, free_port

ANSWER = 10_000


TOUCHED: dict[str, tuple[Callable[[gr.Blocks], Any], type]] = {
    "Blocks.fns": (lambda blocks: blocks.fns, dict),
    "LocalContext.request": (lambda _: context.LocalContext.request, ContextVar),
    "Queue.pending_messages_per_session": (
        lambda blocks: blocks._queue.pending_messages_per_session, OrderedDict
    ),
    "Queue.pending_event_ids_session": (
        lambda blocks: blocks._queue.pending_event_ids_session, dict
    ),
    "App.state_holder": (lambda blocks: blocks.app.state_holder, state_holder.StateHolder),
    "SessionState": (lambda blocks: state_holder.SessionState(blocks), state_holder.SessionState),
}  # fmt: skip
"""How each private name is reached, and what it is, or is made of."""


@pytest.mark.parametrize("name", TOUCHED)
def test_gradio_still_has_each_private_name_that_is_touched(name: str) -> None:
    assert list(TOUCHED) == list(NAMES)
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.api(said, api_name="a")
    reach, kind = TOUCHED[name]
    try:
        found = reach(blocks)
    except (AttributeError, TypeError) as missing:
        pytest.fail(f"{gone(name)} ({missing}).")
    assert isinstance(found, kind), f"{gone(name)}: it is a {type(found).__name__} now."


def said(text: str) -> str:
    return text


def gone(name: str) -> str:
    return (
        f"Gradio {gr.__version__} has changed its private name {name}, which "
        f"search_ui/server/gradio_private.py needs {NAMES[name]}"
    )


def test_a_private_name_that_is_gone_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(context.LocalContext, "request")
    with pytest.raises(pytest.fail.Exception, match=r"private name LocalContext\.request, which"):
        test_gradio_still_has_each_private_name_that_is_touched("LocalContext.request")


def test_no_other_module_touches_what_is_private_to_gradio() -> None:
    words = r"\._queue\b|\.fns\b|LocalContext|StateHolder|SessionState|pending_\w+|event_ids_to"
    found = {
        path.name
        for path in (ROOT / "search_ui").rglob("*.py")
        if re.search(words, path.read_text(encoding="utf-8"))
    }
    assert found == {"gradio_private.py"}


class Small:
    """A page with a quick function and one that waits until it is let go on."""

    def __init__(self) -> None:
        self.may_go_on = Event()
        with gr.Blocks(analytics_enabled=False) as self.blocks:
            gr.api(self._long_text, api_name="quick")
            gr.api(self._slow, api_name="slow")
        limit_events(self.blocks)
        bound_inboxes(self.blocks)
        _, self.address, _ = self.blocks.launch(
            server_port=free_port(), prevent_thread_lock=True, quiet=True, footer_links=[]
        )

    def _long_text(self, letter: str) -> str:
        return letter * ANSWER

    def _slow(self, letter: str) -> str:
        self.may_go_on.wait(30)
        return letter

    @property
    def queue(self) -> Any:
        return self.blocks._queue

    @property
    def boxes(self) -> Inboxes:
        boxes = self.queue.pending_messages_per_session
        assert isinstance(boxes, Inboxes)
        return boxes

    def ask(self, name: str, letter: str, visit: str | None = None) -> str:
        """Call a function, and return the name of the event."""
        body = {"data": [letter], "session_hash": visit}
        sent = httpx.post(f"{self.address}gradio_api/call/{name}", json=body, timeout=30)
        return str(sent.json()["event_id"])

    def fetched(self, name: str, event: str) -> str:
        return httpx.get(f"{self.address}gradio_api/call/{name}/{event}", timeout=30).text

    def wait_for(self, *events: str) -> None:
        """Wait until the events are over; nobody fetches what they answer."""
        until = time.monotonic() + 30
        while not self.queue.event_ids_to_events.keys().isdisjoint(events):
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.fixture
def small() -> Iterator[Small]:
    page = Small()
    yield page
    page.may_go_on.set()
    page.blocks.close(verbose=False)


@pytest.mark.slow
def test_the_oldest_answers_go_where_a_visitor_never_listens(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradio_private, "UNREAD_BYTES", 5 * ANSWER)
    for letter in "abcdefghijklmnopqrst":
        small.wait_for(small.ask("quick", letter, visit="deaf"))
    assert ANSWER < small.boxes.nbytes <= 5 * ANSWER
    assert len(small.queue.pending_event_ids_session["deaf"]) < 5
    heard = httpx.get(f"{small.address}gradio_api/queue/data?session_hash=deaf", timeout=30).text
    assert "t" * ANSWER in heard
    assert "a" * ANSWER not in heard
    assert json.loads(heard.split("data: ")[-1])["msg"] == "close_stream"


@pytest.mark.slow
def test_an_answer_that_is_larger_than_all_that_may_wait_is_still_given(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradio_private, "UNREAD_BYTES", ANSWER)
    event = small.ask("quick", "a")
    small.wait_for(event)
    assert "a" * ANSWER in small.fetched("quick", event)


@pytest.mark.slow
def test_calls_that_nobody_fetches_leave_no_more_than_the_most_behind(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradio_private, "VISITS", 4)
    events = []
    for _ in range(12):
        events.append(small.ask("quick", "a"))
        small.wait_for(events[-1])  # so that there is a inbox without work
    small.ask("quick", "a")
    assert len(small.boxes) <= 4
    assert small.queue.pending_event_ids_session.keys() <= small.boxes.keys()
    assert events[0] not in small.boxes
    assert "a" * ANSWER in small.fetched("quick", events[-1])


@pytest.mark.slow
def test_what_was_fetched_waits_no_longer(small: Small) -> None:
    for visit in (None, "page"):
        event = small.ask("quick", "a", visit)
        assert "a" * ANSWER in small.fetched("quick", event)
    assert small.boxes.nbytes == 0


@pytest.mark.slow
def test_whoever_waits_for_work_under_way_keeps_the_inbox(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradio_private, "VISITS", 2)
    slow = small.ask("slow", "patience")
    for _ in range(6):
        small.wait_for(small.ask("quick", "a"))  # so that one of the two inboxes has no work
    small.may_go_on.set()
    assert "patience" in small.fetched("slow", slow)


@pytest.mark.slow
def test_no_statistics_are_kept_of_what_was_asked(small: Small) -> None:
    events = [small.ask("quick", "a") for _ in range(5)]
    small.wait_for(*events)
    assert len(small.queue.event_analytics) == 1
    assert small.queue.cached_event_analytics_summary == {"functions": {}}


@pytest.mark.slow
def test_visitors_who_leave_work_behind_do_not_keep_others_out(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradio_private, "VISITS", 2)
    inboxes = Inboxes({})
    for number in range(4):
        inboxes[str(number)] = None  # type: ignore[assignment]
        inboxes[str(number)].put_nowait(EstimationMessage(queue_size=1, event_id="never ends"))
    assert list(inboxes) == ["2", "3"]


def test_a_visit_keeps_its_own_state_and_no_copy_of_the_page() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        key = gr.State("none")
        for _ in range(3):
            gr.Textbox("a field")
    visits = RememberedVisits()
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
    visits = RememberedVisits()
    visits.set_blocks(blocks)
    assert visits["one"][field._id] is field
    described.assert_not_called()


def test_a_visit_holds_the_fields_that_it_changed_and_no_others() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        field = gr.Textbox("a field")
        for _ in range(3):
            gr.Textbox("another")
    visits = RememberedVisits()
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
    visits = RememberedVisits()
    visits.set_blocks(blocks)
    event = blocks.fns[0]
    answered = asyncio.run(blocks.process_api(event, ["a secret"], state=visits["one"]))
    assert answered["data"] == ["a secret"]
    assert "a secret" not in str(vars(visits.session_data["one"]))


def test_the_longest_unused_visit_is_forgotten_first() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        key = gr.State("none")
    visits = RememberedVisits()
    blocks.state_session_capacity = 2
    visits.set_blocks(blocks)
    for each in ("one", "two", "one", "three"):
        visits[each][key._id] = each
    assert "two" not in visits
    assert [visits[each][key._id] for each in ("one", "three")] == ["one", "three"]
