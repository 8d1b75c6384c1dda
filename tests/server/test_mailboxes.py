"""What waits for visitors who never fetch it, at a small page that the framework serves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import gradio as gr
import httpx
import pytest

from search_ui.server import mailboxes
from search_ui.server.mailboxes import Mailboxes, keep_little_unread
from tests.browser.serving import free_port

ANSWER = 10_000


class Small:
    """A page with a quick function and one that waits until it is let go on."""

    def __init__(self) -> None:
        self.may_go_on = Event()
        with gr.Blocks(analytics_enabled=False) as self.blocks:
            gr.api(self._long_text, api_name="quick")
            gr.api(self._slow, api_name="slow")
        self.blocks.queue()
        keep_little_unread(self.blocks)
        _, self.address, _ = self.blocks.launch(
            server_port=free_port(), prevent_thread_lock=True, quiet=True, footer_links=[]
        )

    def _long_text(self, letter: str) -> str:
        return letter * ANSWER

    def _slow(self, letter: str) -> str:
        self.may_go_on.wait(30)
        return letter

    @property
    def turns(self) -> Any:
        return self.blocks._queue

    @property
    def boxes(self) -> Mailboxes:
        boxes = self.turns.pending_messages_per_session
        assert isinstance(boxes, Mailboxes)
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
        while not self.turns.event_ids_to_events.keys().isdisjoint(events):
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.fixture
def small() -> Iterator[Small]:
    page = Small()
    yield page
    page.may_go_on.set()
    page.blocks.close(verbose=False)


def test_the_oldest_answers_go_where_a_visitor_never_listens(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "UNREAD_BYTES", 5 * ANSWER)
    for letter in "abcdefghijklmnopqrst":
        small.wait_for(small.ask("quick", letter, visit="deaf"))
    assert ANSWER < small.boxes.nbytes <= 5 * ANSWER
    assert len(small.turns.pending_event_ids_session["deaf"]) < 5
    heard = httpx.get(f"{small.address}gradio_api/queue/data?session_hash=deaf", timeout=30).text
    assert "t" * ANSWER in heard
    assert "a" * ANSWER not in heard
    assert json.loads(heard.split("data: ")[-1])["msg"] == "close_stream"


def test_an_answer_that_is_larger_than_all_that_may_wait_is_still_given(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "UNREAD_BYTES", ANSWER)
    event = small.ask("quick", "a")
    small.wait_for(event)
    assert "a" * ANSWER in small.fetched("quick", event)


def test_calls_that_nobody_fetches_leave_no_more_than_the_most_behind(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "VISITS", 4)
    events = []
    for _ in range(12):
        events.append(small.ask("quick", "a"))
        small.wait_for(events[-1])  # so that there is a mailbox without work
    small.ask("quick", "a")
    assert len(small.boxes) <= 4
    assert small.turns.pending_event_ids_session.keys() <= small.boxes.keys()
    assert events[0] not in small.boxes
    assert "a" * ANSWER in small.fetched("quick", events[-1])


def test_what_was_fetched_waits_no_longer(small: Small) -> None:
    for visit in (None, "page"):
        event = small.ask("quick", "a", visit)
        assert "a" * ANSWER in small.fetched("quick", event)
    assert small.boxes.nbytes == 0


def test_whoever_waits_for_work_under_way_keeps_the_mailbox(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "VISITS", 2)
    slow = small.ask("slow", "patience")
    for _ in range(6):
        small.wait_for(small.ask("quick", "a"))  # so that one of the two mailboxes has no work
    small.may_go_on.set()
    assert "patience" in small.fetched("slow", slow)


def test_no_statistics_are_kept_of_what_was_asked(small: Small) -> None:
    events = [small.ask("quick", "a") for _ in range(5)]
    small.wait_for(*events)
    assert len(small.turns.event_analytics) == 1
    assert small.turns.cached_event_analytics_summary == {"functions": {}}
