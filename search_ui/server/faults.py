"""Faults that nobody foresaw, and the refusals of a server that has too much to do."""

from __future__ import annotations

import logging
import secrets

import gradio as gr

import search_core as sc

LOG = logging.getLogger("score_sense")


class Busy(sc.SearchCoreError):
    """The server cannot do this now."""


class TookTooLong(sc.SearchCoreError):
    """The work was given up, so that others get their turn."""


class ClientLeft(sc.SearchCoreError):
    """The work was given up, since nobody waits for the answer."""

    def __init__(self) -> None:
        super().__init__("The client closed the connection, so the work was given up.")


def noted(fault: Exception) -> str:
    """Log an unexpected fault with its traceback, and return the sentence that reports it."""
    name = secrets.token_hex(4)
    LOG.error("fault %s", name, exc_info=fault)
    return f"Something went wrong on the server; it is not your fault. It is logged as {name}."


def event_error(fault: Exception) -> gr.Error:
    """Return the message for the visitor of a page where an event has failed."""
    if isinstance(fault, gr.Error):
        return fault
    message = str(fault) if isinstance(fault, Busy | ClientLeft) else noted(fault)
    return gr.Error(message, title="Error", print_exception=False)
