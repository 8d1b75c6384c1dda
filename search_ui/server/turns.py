"""Whose turn it is: how much is done at once, how much waits, and who is told to come again."""

from __future__ import annotations

from typing import Any

import gradio as gr

AT_ONCE = 4  # of one kind of quick work
WAITING = 40  # in all
HEAVY_WAITING = 10  # beside the two at work: whoever waits longer has lost patience
HEAVY: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "heavy"}
"""What embeds a collection, fits or compares: two at once on the whole server."""

FULL = "The queue is full: {0} wait for their turn already; try again in a minute."


def take_turns(blocks: gr.Blocks) -> None:
    """Let work wait for its turn, and no heavy work for the room of quick questions.

    Beyond `WAITING`, or `HEAVY_WAITING` of heavy work, the answer is a status of 503. The framework
    knows one bound for both; the names of its queue are those of Gradio 6.31, which promises none.
    """
    blocks.queue(api_open=False, default_concurrency_limit=AT_ONCE)
    turns = blocks._queue
    join = turns.push

    async def push(body: Any, **asked_by: Any) -> Any:
        full = _full(turns, blocks.fns.get(body.fn_index))
        return (False, full, "queue_full") if full else await join(body=body, **asked_by)

    turns.push = push


def _full(turns: Any, asked: Any) -> str:
    """Say why nothing more of what is asked may wait; nothing where there is room."""
    if len(turns) >= WAITING:
        return FULL.format(WAITING)
    heavy = turns.event_queue_per_concurrency_id.get(HEAVY["concurrency_id"])
    is_heavy = heavy and asked and asked.concurrency_id == heavy.concurrency_id
    if is_heavy and len(heavy.queue) >= HEAVY_WAITING:
        return FULL.format(f"{HEAVY_WAITING} heavy pieces of work")
    return ""
