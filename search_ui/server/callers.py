"""Whether somebody still waits for the answer that is being computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from gradio.context import LocalContext
from starlette.datastructures import MutableHeaders
from starlette.types import Scope

CALLER = "x-score-sense-caller"
"""A header with the name of a caller through MCP.

The framework runs a tool by a call to itself, and hands on the headers that the tool was called
with, but not that its caller has left.
"""

_listening: set[str] = set()  # the names of the callers through MCP who wait for an answer


@contextmanager
def listening(scope: Scope) -> Iterator[None]:
    """Name the caller of a request through MCP, who waits for the answer until the block ends.

    An answer that comes after it reaches nobody: a later request cannot ask for it again.
    """
    name = uuid4().hex
    MutableHeaders(scope=scope)[CALLER] = name
    _listening.add(name)
    try:
        yield
    finally:
        _listening.discard(name)


def departure() -> Callable[[], bool]:
    """Return what tells whether whoever asked for this work has left since.

    It is to be called where the work begins, in an event of the page or of the API; what it
    returns may be asked from any thread. The framework marks an event once the connection that
    its answer goes to is closed, but offers that mark to nobody: it is `alive` of Gradio 6.31's
    queued events. Whoever never opened such a connection counts as present, as does everybody
    outside of an event.
    """
    blocks, name = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    event = blocks._queue.event_ids_to_events.get(name) if blocks and name else None
    caller = event.request.headers.get(CALLER) if event else None

    def has_left() -> bool:
        return not getattr(event, "alive", True) or (bool(caller) and caller not in _listening)

    return has_left
