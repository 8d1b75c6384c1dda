"""What nobody foresaw: one line with an id for the visitor, the whole story in the log."""

from __future__ import annotations

import inspect
import logging
import secrets
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import gradio as gr

LOG = logging.getLogger("score_sense")


def noted(fault: Exception) -> str:
    """Write an unexpected fault into the log, and return the line that tells of it."""
    name = secrets.token_hex(4)
    LOG.error("fault %s", name, exc_info=fault)
    return f"Something went wrong here, and it is not your doing. It is noted under the id {name}."


def keep_faults(blocks: gr.Blocks) -> None:
    """Let every event of a page tell of unexpected faults by `noted`, never by a traceback."""
    for event in blocks.fns.values():
        if event.fn is not None:
            event.fn = _kept(event.fn)


def _kept(work: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(work)
    def run(*given: Any, **named: Any) -> Any:
        try:
            return work(*given, **named)
        except Exception as fault:
            raise _told(fault) from None

    @wraps(work)
    def run_in_steps(*given: Any, **named: Any) -> Iterator[Any]:
        try:
            yield from work(*given, **named)
        except Exception as fault:
            raise _told(fault) from None

    return run_in_steps if inspect.isgeneratorfunction(work) else run


def _told(fault: Exception) -> gr.Error:
    if isinstance(fault, gr.Error):
        return fault
    return gr.Error(noted(fault), title="Error", print_exception=False)
