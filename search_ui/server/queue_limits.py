"""How much is done at once, how much waits, how long, and whether somebody still waits for it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import gradio as gr

import search_core as sc
from search_ui.server.faults import Busy, ClientLeft, TookTooLong, event_error
from search_ui.server.gradio_private import visit_of_event, wrap_events

AT_ONCE = 4  # of one kind of quick work
WAITING = 40  # in all
WAIT_SECONDS = 120  # that a program waits for its turn at most
WORK_SECONDS = 120  # that the work of one call may take
RECONNECT_SECONDS = 2  # a page closes its connection and opens the next between two events
REMEMBERED = 1_000  # visits that closed their connection
LOOK_SECONDS = 0.2  # between two looks whether the client is still there

FULL = "The queue is full: {waiting} wait for their turn already; try again in a minute."

HEAVY: dict[str, Any] = {"concurrency_limit": None, "concurrency_id": "heavy"}
"""Marks an event of the page that embeds a collection, fits or compares.

Gradio starts it at once; it then takes a turn in `HEAVY_WORK`, which the programs' calls share.
"""


class QueueLimit:
    """So many pieces of work at once, in the order in which they came, and so many waiting.

    Parameters
    ----------
    at_once, waiting:
        How many may work, and how many may wait for their turn.
    what:
        What waits, as the refusal names it.
    """

    def __init__(self, at_once: int, waiting: int, what: str) -> None:
        self._free, self._waiting, self._what = at_once, waiting, what
        self._line: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, seconds: float | None = None) -> Iterator[None]:
        """Wait for a turn, for some seconds at most, and hold it until the block ends.

        Raises
        ------
        Busy
            Too many wait already, or the turn did not come in time.
        ClientLeft
            Nobody waits for the answer any more.
        """
        has_left = client_disconnect()
        mine = self._join()
        try:
            until = None if seconds is None else time.monotonic() + seconds
            while not mine.wait(LOOK_SECONDS):
                if has_left():
                    raise ClientLeft
                if until is not None and time.monotonic() > until:
                    raise Busy(self._full())
            yield
        finally:
            self._leave(mine)

    def _join(self) -> threading.Event:
        mine = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                mine.set()
            elif len(self._line) < self._waiting:
                self._line.append(mine)
            else:
                raise Busy(self._full())
        return mine

    def _leave(self, mine: threading.Event) -> None:
        with self._lock:
            if mine in self._line:  # it gave up before its turn came
                self._line.remove(mine)
            elif self._line:
                self._line.popleft().set()
            else:
                self._free += 1

    def _full(self) -> str:
        return FULL.format(waiting=f"{self._waiting} {self._what}")


# The processor is shared by whoever asks, so the limits are the process's own.
HEAVY_WORK = QueueLimit(2, 10, "heavy pieces of work")
QUICK_WORK = QueueLimit(AT_ONCE, WAITING, "calls")
EMBEDDING = QueueLimit(1, 1, "search of a collection")
"""A search of texts that came with it: of four quick calls at once, two are left for others."""


def limit_events(blocks: gr.Blocks) -> None:
    """Let a complete page's heavy events take turns, and every event tell of its faults in words.

    Beyond `WAITING` events of all kinds, Gradio answers with a status of 503.
    """
    wrap_events(blocks, HEAVY["concurrency_id"], HEAVY_WORK.turn, event_error)
    # Statistics that are not offered would be made anew after each event, of 10,000 before it.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
    blocks.queue(api_open=False, default_concurrency_limit=AT_ONCE, max_size=WAITING)


def deadline(seconds: float = WORK_SECONDS) -> sc.Progress:
    """Return a progress callback that gives work up once it took too long or the client left.

    Make it where the work begins; it ends the work by `TookTooLong` or `ClientLeft`.
    """
    until = time.monotonic() + seconds
    has_left = client_disconnect()

    def step(_done: int, _total: int) -> None:
        if has_left():
            raise ClientLeft
        if time.monotonic() > until:
            raise TookTooLong(
                f"The work took more than {seconds:g} seconds and was given up; send less, or run "
                "Score Sense on your own machine."
            )

    return step


_connections: Counter[str] = Counter()  # open streams of answers, by the visit they are for
_left_at: OrderedDict[str, float] = OrderedDict()  # when the last stream of a visit was closed
DISCONNECTED: ContextVar[threading.Event | None] = ContextVar("DISCONNECTED", default=None)
"""Set by whoever answers a request outside of Gradio's queue; the event is set as it ends."""


@contextmanager
def connected(visit: str) -> Iterator[None]:
    """Count the connection over which a visit's answers are streamed, until the block ends."""
    _connections[visit] += 1
    _left_at.pop(visit, None)
    try:
        yield
    finally:
        _connections[visit] -= 1
        if not _connections[visit]:
            del _connections[visit]
            _left_at[visit] = time.monotonic()
            if len(_left_at) > REMEMBERED:
                _left_at.popitem(last=False)


def client_disconnect() -> Callable[[], bool]:
    """Return what says whether the client of this work has closed its connection.

    Call it where the work begins, in an event of the page or a call of the API; what it returns
    may be asked from any thread. An event's answer is streamed over another connection than the
    one that asked for it: a client that never opened that connection counts as present, as does
    everybody outside of an event; one that closed it has `RECONNECT_SECONDS` to open the next.
    """
    disconnected = DISCONNECTED.get()
    if disconnected is not None:
        return disconnected.is_set
    visit, began = visit_of_event() or "", time.monotonic()

    def has_left() -> bool:
        left_at = _left_at.get(visit, began)
        return left_at > began and time.monotonic() - left_at > RECONNECT_SECONDS

    return has_left
