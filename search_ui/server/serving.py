"""Starts the server with its guard in front, and stops it in time."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections import ChainMap
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Event
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder
from starlette.middleware import Middleware

import search_core as sc
from search_ui.sample import Sample
from search_ui.server.guard import Guard
from search_ui.server.mailboxes import keep_little_unread
from search_ui.server.place import place
from search_ui.server.turns import take_turns
from search_ui.theme import head, theme

VERSION = "0.1.0"
REMEMBERED = 2_000  # visits; a call of the API counts as one, and the longest unused goes first
GOODBYE_SECONDS = 2  # that open answers may take when the server stops


def serve(blocks: gr.Blocks, loading: Future[Sample]) -> None:
    """Serve the page until SIGTERM or Ctrl-C, on 127.0.0.1:7860 or where the environment says."""
    host, port = place()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # tells of the server's calls to itself
    sys.unraisablehook = _end_without_memory
    loading.add_done_callback(_let_questions_go_first)
    take_turns(blocks)
    keep_little_unread(blocks)
    blocks.launch(
        server_name=host,
        server_port=port,
        theme=theme(),
        head=head(),
        max_file_size="5mb",
        enable_monitoring=False,
        state_session_capacity=REMEMBERED,
        footer_links=["api"],
        ssr_mode=False,
        mcp_server=True,
        prevent_thread_lock=True,
        app_kwargs={"middleware": [_guard(blocks, loading)]},
    )
    _remember_little(blocks)
    blocks.mcp_server_obj.postprocess_output_data = as_json_text
    _wait_for_the_end()
    _stop(blocks)


class Visit(SessionState):  # type: ignore[misc] # the framework is not typed
    """What the framework remembers of one visit: the fields that changed, and no other copies.

    It would keep a description of every field and every value that was sent or answered, for links
    to a visitor's state, which are not offered. The descriptions are 300 kB a visit, and making
    them takes the time of half an answer, during which nobody else is heard.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        shared = blocks.default_config
        super().__init__(SimpleNamespace(default_config=shared, blocks={}))  # no field to describe
        # Copies of the lists of all fields and events would be 13 kB; few visits change one.
        own = self.blocks_config
        own.blocks, own.fns = ChainMap({}, shared.blocks), ChainMap({}, shared.fns)

    def _update_config(self, key: int) -> None: ...

    def _update_value_in_config(self, key: int, value: Any) -> None: ...


class Visits(StateHolder):  # type: ignore[misc]
    """What the framework remembers of all visits."""

    def __getitem__(self, visit: str) -> SessionState:
        if visit not in self.session_data:
            self.session_data[visit] = Visit(self.blocks)
        state = super().__getitem__(visit)
        state.config_values.clear()  # of the fields that changed
        return state


def _remember_little(blocks: gr.Blocks) -> None:
    visits = Visits()
    visits.set_blocks(blocks)
    blocks.app.state_holder = visits


def _let_questions_go_first(_loaded: Future[Sample]) -> None:

    sc.step_back()


def _end_without_memory(fault: sys.UnraisableHookArgs) -> None:
    """End where a thread could not begin for want of memory: its visitor would wait for ever."""
    sys.__unraisablehook__(fault)
    if isinstance(fault.exc_value, MemoryError):
        os.write(2, b"Score Sense has no memory left to start a thread; give it more.\n")
        os._exit(1)


def _guard(blocks: gr.Blocks, loading: Future[Sample]) -> Middleware:
    published = [name.lstrip("/") for name in blocks.get_api_info()["named_endpoints"]]
    return Middleware(Guard, health=lambda: health(loading), functions=published)


def health(loading: Future[Sample]) -> Mapping[str, Any]:
    """Return what `/healthz` says: the version, and how many documents the sample's index holds."""
    ready = loading.done() and loading.exception() is None
    return {
        "status": "ready" if ready else "failed" if loading.done() else "loading",
        "version": VERSION,
        "documents": len(loading.result().engine.corpus) if ready else 0,
    }


def as_json_text(outputs: list[Any], _root: str) -> list[Any]:
    """Return the answers of an MCP tool as JSON; the framework would write them as Python does."""
    from mcp.types import TextContent

    return [TextContent(type="text", text=json.dumps(each, ensure_ascii=False)) for each in outputs]


def _wait_for_the_end() -> None:
    asked_to_stop = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: asked_to_stop.set())
    asked_to_stop.wait()


def _stop(blocks: gr.Blocks) -> None:
    """End what is being answered, delete uploads, and go, whatever is still being computed."""
    blocks.server.config.timeout_graceful_shutdown = GOODBYE_SECONDS
    blocks.close(verbose=False)
    logging.shutdown()
    # A fit may run for a minute. It holds nothing that must be saved, so nobody waits for it.
    os._exit(0)
