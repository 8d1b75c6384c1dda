"""What waits for visitors to fetch it, and how much of it may wait.

The framework keeps every message until it is fetched: a page that never listens may ask again and
again, and each call of the API leaves its name behind. Here the oldest go once there are too many.
"""

from __future__ import annotations

import sys
from asyncio import Queue
from collections import OrderedDict
from itertools import count
from typing import Any

import gradio as gr
from gradio.queueing import Queue as Turns
from gradio.server_messages import EventMessage, ProcessCompletedMessage

VISITS = 2_000  # that have a mailbox; a call of the API counts as one
UNREAD_BYTES = 10_000_000  # that wait in all mailboxes together; few answers have above 50 kB
MESSAGE_BYTES = 1_000  # of any message, beside the answer in it


def keep_little_unread(blocks: gr.Blocks) -> None:
    """Let only so much wait for visitors, and keep no statistics; before the server starts.

    The names are those of the queue of Gradio 6.31, which promises none of them.
    """
    turns = blocks._queue
    turns.pending_messages_per_session = Mailboxes(turns)
    # Statistics that are not offered would be made anew after each event, of 10,000 before it.
    turns.ANALYTICS_MAX_EVENTS, turns.ANAYLTICS_CACHE_FREQUENCY = 1, sys.maxsize


class Mailboxes(OrderedDict[str, "Mailbox"]):
    """The mailbox of each visit, by its name; the oldest that waits for nothing goes first."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._awaited: dict[str, set[str]] = turns.pending_event_ids_session
        self._under_way: dict[str, Any] = turns.event_ids_to_events
        self._unread: OrderedDict[int, tuple[Mailbox, int]] = OrderedDict()
        self._numbers = count()
        self.nbytes = 0

    def __setitem__(self, visit: str, _of_the_framework: Queue[EventMessage]) -> None:
        """Give a visit a mailbox; where there are too many, the oldest without work loses its."""
        if len(self) >= VISITS:
            del self[next(filter(self._is_done, self))]  # there is one: 80 at most have work
        super().__setitem__(visit, Mailbox(visit, self))

    def __delitem__(self, visit: str) -> None:
        """Take a mailbox away, with what is in it and what is awaited there."""
        mailbox = self[visit]
        super().__delitem__(visit)
        while not mailbox.empty():
            mailbox.get_nowait()
        self._awaited.pop(visit, None)

    def _is_done(self, visit: str) -> bool:
        return self._under_way.keys().isdisjoint(self._awaited.get(visit, ()))

    def add(self, mailbox: Mailbox, message: EventMessage) -> int:
        """Note that a message waits, and make room for it; return its number."""
        size = MESSAGE_BYTES + len(repr(getattr(message, "output", None)))
        while self._unread and self.nbytes + size > UNREAD_BYTES:
            self._drop_oldest()
        number = next(self._numbers)
        self._unread[number] = mailbox, size
        self.nbytes += size
        return number

    def remove(self, number: int) -> None:
        """Note that a message waits no longer."""
        _, size = self._unread.pop(number)
        self.nbytes -= size

    def _drop_oldest(self) -> None:
        mailbox, _ = next(iter(self._unread.values()))
        message = mailbox.get_nowait()
        if isinstance(message, ProcessCompletedMessage):
            self._awaited.get(mailbox.visit, set()).discard(message.event_id)


class Mailbox(Queue[EventMessage]):
    """The messages that wait for one visit, each with the number it has among all."""

    def __init__(self, visit: str, mailboxes: Mailboxes) -> None:
        super().__init__()
        self.visit, self._mailboxes = visit, mailboxes

    def _put(self, message: EventMessage) -> None:
        super()._put((self._mailboxes.add(self, message), message))

    def _get(self) -> EventMessage:
        number, message = super()._get()
        self._mailboxes.remove(number)
        return message
