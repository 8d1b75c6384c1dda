"""Whether somebody still waits for the answer that is being computed."""

from __future__ import annotations

from collections.abc import Callable

from gradio.context import LocalContext


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
    return lambda: not getattr(event, "alive", True)
