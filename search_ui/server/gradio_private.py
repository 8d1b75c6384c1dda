"""Every private name of Gradio that is touched, each with its reason.

Gradio 6.31 promises none of them, so it is pinned. A test looks for each name in `NAMES` and says
which one a newer Gradio has changed; what they are for is tested beside it.
"""

from __future__ import annotations

import inspect
from asyncio import Queue
from collections import ChainMap, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from itertools import count
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.server_messages import EventMessage, ProcessCompletedMessage
from gradio.state_holder import SessionState, StateHolder

NAMES = {
    "Blocks.fns": "to log unexpected faults of every event, and to limit the heavy ones",
    "LocalContext.request": "to know which visit an event works for, wherever it asks",
    "Queue.pending_messages_per_session": "to bound what waits for visitors who never fetch it",
    "Queue.pending_event_ids_session": "to forget the events of visitors who never fetch them",
    "App.state_holder": "to bound the visits that are remembered",
    "SessionState": "to keep no copy of the page for every visit",
}

VISITS = 2_000  # that are remembered, and that have an inbox; a call of the API counts as one
UNREAD_BYTES = 10_000_000  # that wait in all inboxes together; few answers have above 50 kB
MESSAGE_BYTES = 1_000  # of any message, beside the answer in it

Handler = Callable[..., Any]
Turn = Callable[[], AbstractContextManager[None]]


# Blocks.fns: a decorator on each function would do the same, and the next one would be forgotten.


def event_inputs(blocks: gr.Blocks) -> dict[int, int]:
    """Return how many values each event of a page takes, by the number that requests name."""
    return {number: len(event.inputs) for number, event in blocks.fns.items()}


def wrap_events(
    blocks: gr.Blocks, heavy: str, turn: Turn, explain: Callable[[Exception], gr.Error]
) -> None:
    """Let heavy events take a turn, and every event tell of its faults.

    Parameters
    ----------
    blocks:
        The page, complete.
    heavy, turn:
        The `concurrency_id` of heavy events, and what they hold while they work.
    explain:
        Turns any fault into the message for the visitor.
    """
    for event in blocks.fns.values():
        if event.fn is not None:
            event.fn = _wrapped(
                event.fn, turn if event.concurrency_id == heavy else nullcontext, explain
            )


def _wrapped(work: Handler, turn: Turn, explain: Callable[[Exception], gr.Error]) -> Handler:
    @wraps(work)
    def run(*given: Any, **named: Any) -> Any:
        try:
            with turn():
                return work(*given, **named)
        except Exception as fault:
            raise explain(fault) from None

    @wraps(work)
    def run_in_steps(*given: Any, **named: Any) -> Iterator[Any]:
        try:
            with turn():
                yield from work(*given, **named)
        except Exception as fault:
            raise explain(fault) from None

    return run_in_steps if inspect.isgeneratorfunction(work) else run


# LocalContext.request: a parameter `request: gr.Request` is public, and every function between the
# event and whoever asks would have to hand it on.


def visit_of_event() -> str | None:
    """Return the name of the visit that the running event works for; None outside of an event."""
    request = LocalContext.request.get(None)
    return request.session_hash if request else None


# Queue.pending_…: Gradio keeps every message until it is fetched. A page that never listens may
# ask again and again, and each call of the API by name leaves its name behind.


def bound_inboxes(blocks: gr.Blocks) -> None:
    """Let only so much wait for visitors; call it before the server starts."""
    queue = blocks._queue
    queue.pending_messages_per_session = Inboxes(queue.pending_event_ids_session)


class Inboxes(OrderedDict[str, "Inbox"]):
    """The inbox of each visit by its name, the one that heard last at the end.

    Where there are too many, the first that waits for nothing goes.

    Parameters
    ----------
    pending:
        The names of the events whose answer each visit has not fetched; Gradio keeps them.
    """

    def __init__(self, pending: dict[str, set[str]]) -> None:
        super().__init__()
        self._pending = pending
        self._unread: OrderedDict[int, tuple[Inbox, int]] = OrderedDict()
        self._numbers = count()
        self.nbytes = 0

    def __setitem__(self, visit: str, _of_gradio: Queue[EventMessage]) -> None:
        """Give a visit an inbox, and take another's away where there are too many."""
        if len(self) >= VISITS:
            idle = (visit for visit, inbox in self.items() if not inbox.working)
            # Handler whose visitor left ends without a message, so that all may seem to have work.
            del self[next(idle, next(iter(self)))]
        super().__setitem__(visit, Inbox(visit, self))

    def __delitem__(self, visit: str) -> None:
        """Take an inbox away, with what is in it and what is awaited there."""
        inbox = self[visit]
        super().__delitem__(visit)
        while not inbox.empty():
            inbox.get_nowait()
        self._pending.pop(visit, None)

    def add(self, inbox: Inbox, message: EventMessage) -> int:
        """Note that a message waits, and make room for it; return its number."""
        size = MESSAGE_BYTES + len(repr(getattr(message, "output", None)))
        while self._unread and self.nbytes + size > UNREAD_BYTES:
            self._drop_oldest()
        number = next(self._numbers)
        self._unread[number] = inbox, size
        if inbox.visit in self:
            self.move_to_end(inbox.visit)
        self.nbytes += size
        return number

    def remove(self, number: int) -> None:
        """Note that a message waits no longer."""
        _, size = self._unread.pop(number)
        self.nbytes -= size

    def _drop_oldest(self) -> None:
        inbox, _ = next(iter(self._unread.values()))
        message = inbox.get_nowait()
        if isinstance(message, ProcessCompletedMessage):
            self._pending.get(inbox.visit, set()).discard(message.event_id)


class Inbox(Queue[EventMessage]):
    """The messages that wait for one visit, each with the number it has among all."""

    def __init__(self, visit: str, inboxes: Inboxes) -> None:
        super().__init__()
        self.visit, self._inboxes = visit, inboxes
        self.working: set[str | None] = set()  # events that began and have not ended

    def _put(self, message: EventMessage) -> None:
        if isinstance(message, ProcessCompletedMessage):
            self.working.discard(message.event_id)
        elif message.event_id:
            self.working.add(message.event_id)
        super()._put((self._inboxes.add(self, message), message))

    def _get(self) -> EventMessage:
        number, message = super()._get()
        self._inboxes.remove(number)
        return message


# App.state_holder and SessionState: Gradio keeps a description of every field and every value that
# was sent or answered, for links to a visitor's state, which are not offered. They are 300 kB a
# visit, and making them takes the time of half an answer, during which nobody else is heard.


def remember_little(app: Any, blocks: gr.Blocks) -> None:
    """Let Gradio's application remember `VISITS` visits, and little of each."""
    visits = RememberedVisits()
    blocks.state_session_capacity = VISITS
    visits.set_blocks(blocks)
    app.state_holder = visits


class RememberedVisit(SessionState):  # type: ignore[misc] # Gradio is not typed
    """What Gradio remembers of one visit: the fields that changed, and no other copies."""

    def __init__(self, blocks: gr.Blocks) -> None:
        shared = blocks.default_config
        super().__init__(SimpleNamespace(default_config=shared, blocks={}))  # no field to describe
        # Copies of the lists of all fields and events would be 13 kB; few visits change one.
        own = self.blocks_config
        own.blocks, own.fns = ChainMap({}, shared.blocks), ChainMap({}, shared.fns)

    def _update_config(self, key: int) -> None: ...

    def _update_value_in_config(self, key: int, value: Any) -> None: ...


class RememberedVisits(StateHolder):  # type: ignore[misc]
    """What Gradio remembers of all visits; the longest unused goes first."""

    def __getitem__(self, visit: str) -> SessionState:
        if visit not in self.session_data:
            self.session_data[visit] = RememberedVisit(self.blocks)
        state = super().__getitem__(visit)
        state.config_values.clear()  # of the fields that changed
        return state
