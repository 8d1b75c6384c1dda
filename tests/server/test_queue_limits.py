"""Turns, deadlines and clients that left, and what an event of the page tells of its faults."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext

from search_ui.server import queue_limits
from search_ui.server.faults import Busy, ClientLeft, TookTooLong
from search_ui.server.queue_limits import (
    DISCONNECTED,
    HEAVY,
    RECONNECT_SECONDS,
    QueueLimit,
    client_disconnect,
    connected,
    deadline,
    limit_events,
)


@pytest.fixture
def gone() -> Iterator[threading.Event]:
    """Whether the client of this test has left."""
    event = threading.Event()
    token = DISCONNECTED.set(event)
    yield event
    DISCONNECTED.reset(token)


class Clock:
    """The queue limits' time: it passes when a test says so, and by a hair at each look."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        self.pass_by(0.001)
        return self._now

    def pass_by(self, seconds: float) -> None:
        self._now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock of the test's own, on which nobody has left yet."""
    clock = Clock()
    monkeypatch.setattr(queue_limits, "time", clock)
    monkeypatch.setattr(queue_limits, "_left_at", OrderedDict())
    return clock


@pytest.fixture
def visit() -> Iterator[str]:
    """The test is an event that works for this visit."""
    token = LocalContext.request.set(SimpleNamespace(session_hash="visit"))
    yield "visit"
    LocalContext.request.reset(token)


def test_no_more_than_so_many_work_at_once_and_all_get_their_turn_in_order() -> None:
    limit, at_work, most, order = QueueLimit(2, 20, "pieces"), 0, 0, []
    lock = threading.Lock()

    def work(number: int) -> None:
        nonlocal at_work, most
        with limit.turn():
            with lock:
                at_work += 1
                most = max(most, at_work)
                order.append(number)
            time.sleep(0.05)
            all_came.wait(60)
            with lock:
                at_work -= 1

    all_came = threading.Event()
    with ThreadPoolExecutor(10) as threads:
        for number in range(10):
            threads.submit(work, number)
            while len(order) + len(limit._line) <= number:  # until it works, or stands in line
                time.sleep(0.001)
        all_came.set()
    assert most == 2
    # Two go on at the same moment, and either of them may be the first to say so.
    assert max(abs(number - turn) for turn, number in enumerate(order)) <= 1


def test_one_more_than_may_wait_is_told_to_come_again() -> None:
    limit = QueueLimit(1, 0, "pieces")
    with limit.turn(), pytest.raises(Busy, match="0 pieces wait for their turn already"):
        limit.turn().__enter__()
    with limit.turn():
        pass


def test_nobody_waits_longer_than_agreed_and_the_turn_goes_to_the_next() -> None:
    limit = QueueLimit(1, 2, "pieces")
    with limit.turn(), pytest.raises(Busy, match="try again in a minute"), limit.turn(0.01):
        pass
    with limit.turn(0.01):
        pass


def test_whoever_left_waits_no_longer(gone: threading.Event) -> None:
    limit = QueueLimit(1, 2, "pieces")
    with limit.turn():
        gone.set()
        with pytest.raises(ClientLeft), limit.turn():
            pass


def test_a_turn_is_given_back_after_a_fault() -> None:
    limit = QueueLimit(1, 0, "pieces")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), limit.turn():
            raise ZeroDivisionError


def test_work_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(TookTooLong, match="was given up"):
        deadline(seconds=-1)(1, 2)
    deadline()(1, 2)


def test_work_for_a_client_that_left_is_given_up(gone: threading.Event) -> None:
    step = deadline()
    step(1, 2)
    gone.set()
    with pytest.raises(ClientLeft):
        step(2, 2)


def test_whoever_asks_outside_of_an_event_counts_as_present() -> None:
    assert not client_disconnect()()


def test_a_visit_that_never_listened_counts_as_present(visit: str, clock: Clock) -> None:
    has_left = client_disconnect()
    assert not has_left()
    clock.pass_by(2 * RECONNECT_SECONDS)
    assert not has_left()


def test_a_visit_has_left_once_its_connection_is_gone_for_a_while(visit: str, clock: Clock) -> None:
    has_left = client_disconnect()
    with connected(visit), connected(visit):
        pass
    clock.pass_by(0.9 * RECONNECT_SECONDS)
    assert not has_left()  # a page closes its connection between two events
    with connected(visit):
        clock.pass_by(2 * RECONNECT_SECONDS)
        assert not has_left()
    clock.pass_by(2 * RECONNECT_SECONDS)  # nobody looked while it was open
    assert has_left()


def test_a_connection_that_was_closed_before_the_work_began_does_not_count(
    visit: str, clock: Clock
) -> None:
    with connected(visit):
        pass
    has_left = client_disconnect()
    clock.pass_by(2 * RECONNECT_SECONDS)
    assert not has_left()


def test_the_connection_of_another_visit_does_not_count(visit: str, clock: Clock) -> None:
    has_left = client_disconnect()
    with connected(visit):
        pass
    with connected("another"):
        clock.pass_by(2 * RECONNECT_SECONDS)
        assert has_left()
    with connected(visit):
        assert not has_left()


def test_only_so_many_visits_that_left_are_remembered(
    visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_limits, "REMEMBERED", 3)
    for number in range(10):
        with connected(f"{number}"):
            pass
    assert len(queue_limits._left_at) <= 4


def broken() -> str:
    raise ZeroDivisionError("secret detail")


def broken_half_way() -> Iterator[str]:
    yield "the first half"
    raise ZeroDivisionError("secret detail")


def told() -> str:
    raise gr.Error("Choose a file.")


def page_of(*works: object, **how: object) -> list[gr.blocks.BlockFunction]:
    """Build a page with one event for each function, and return the events."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        out = gr.Textbox()
        for work in works:
            blocks.load(work, None, out, **how)
    limit_events(blocks)
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
    with pytest.raises(gr.Error, match="logged as"):
        next(steps)


def test_what_an_event_says_itself_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    (event,) = page_of(told)
    with pytest.raises(gr.Error, match="Choose a file"):
        event.fn()
    assert caplog.text == ""


def test_an_event_without_a_function_stays_so() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        blocks.load(None, None, None, js="() => {}")
    limit_events(blocks)
    assert [event.fn for event in blocks.fns.values()] == [None]


@pytest.mark.slow
def test_heavy_events_take_turns_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    full = QueueLimit(0, 0, "heavy pieces of work")
    monkeypatch.setattr(queue_limits, "HEAVY_WORK", full)

    def in_steps() -> Iterator[str]:
        yield "done"

    for event in page_of(lambda: "done", in_steps, **HEAVY):
        with pytest.raises(gr.Error, match="0 heavy pieces of work wait"):
            list(event.fn())
    (quick,) = page_of(lambda: "done")
    assert quick.fn() == "done"


def test_a_heavy_event_that_is_not_read_to_its_end_gives_its_turn_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_limits, "HEAVY_WORK", QueueLimit(1, 0, "heavy pieces of work"))

    def in_steps() -> Iterator[int]:
        yield from range(3)

    (event,) = page_of(in_steps, **HEAVY)
    for _ in range(2):
        steps = event.fn()
        assert next(steps) == 0
        steps.close()
