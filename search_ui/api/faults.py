"""Faults of the API, as data; and how long work goes on for a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import search_core as sc
from search_ui.server.callers import departure
from search_ui.server.faults import noted

Object = dict[str, Any]
P = ParamSpec("P")

SECONDS = 120  # that one call may work


class Busy(sc.SearchCoreError):
    """The server cannot do this now."""


class TookTooLong(sc.SearchCoreError):
    """The work was given up, so that others get their turn."""


class CallerLeft(sc.SearchCoreError):
    """The work was given up, since nobody waits for the answer."""


def error_data(error: sc.SearchCoreError) -> Object:
    """Return an error as data; row and column are None where there are none."""
    return {
        "error": {
            "type": type(error).__name__,
            "message": str(error),
            "row": getattr(error, "row", None),
            "column": getattr(error, "column", None),
        }
    }


def answers(work: Callable[P, Object]) -> Callable[P, Object]:
    """Return the same function, with its faults as data."""

    @wraps(work)
    def answered(*given: P.args, **named: P.kwargs) -> Object:
        try:
            return work(*given, **named)
        except sc.SearchCoreError as error:
            return error_data(error)
        except MemoryError:
            return error_data(Busy("There is no memory left for this now; send less, or later."))
        except Exception as fault:
            told = {"type": "UnexpectedError", "message": noted(fault), "row": None, "column": None}
            return {"error": told}

    return answered


def deadline(seconds: float = SECONDS) -> sc.Progress:
    """Return a progress callback that gives the work up once it took too long or the caller left.

    Make it where a call begins; it ends the work by `TookTooLong` or `CallerLeft`.
    """
    until = time.monotonic() + seconds
    left = departure()

    def step(_done: int, _total: int) -> None:
        if left():
            raise CallerLeft("The caller closed the connection, so the work was given up.")
        if time.monotonic() > until:
            raise TookTooLong(
                f"The work took more than {seconds:g} seconds and was given up; send less, or run "
                "Score Sense on your own machine."
            )

    return step
