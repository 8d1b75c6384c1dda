"""Who still waits for an answer, of those who call through MCP."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from types import SimpleNamespace

from gradio.context import LocalContext
from starlette.datastructures import Headers
from starlette.types import Scope

from search_ui.server.callers import CALLER, departure, listening


def work_begun(scope: Scope) -> Callable[[], bool]:
    """Begin work as the framework does for a request, and return what tells of a departure."""
    event = SimpleNamespace(alive=True, request=SimpleNamespace(headers=Headers(scope=scope)))

    def begin() -> Callable[[], bool]:
        LocalContext.blocks.set(
            SimpleNamespace(_queue=SimpleNamespace(event_ids_to_events={"work": event}))
        )
        LocalContext.event_id.set("work")
        return departure()

    return copy_context().run(begin)


def test_whoever_calls_through_mcp_has_left_once_the_request_ends() -> None:
    one: Scope = {"headers": [(b"accept", b"*/*")]}
    two: Scope = {"headers": []}
    with listening(one):
        with listening(two):
            left = work_begun(one), work_begun(two)
            assert [each() for each in left] == [False, False]
        assert [each() for each in left] == [False, True]
    assert [each() for each in left] == [True, True]


def test_a_name_that_a_caller_brings_along_is_replaced() -> None:
    scope: Scope = {"headers": [(CALLER.encode(), b"mine"), (CALLER.encode(), b"other")]}
    with listening(scope):
        (name,) = Headers(scope=scope).getlist(CALLER)
        assert name not in ("mine", "other")
        assert not work_begun(scope)()


def test_whoever_does_not_call_through_mcp_has_not_left() -> None:
    assert not work_begun({"headers": []})()
