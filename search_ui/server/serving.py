"""Puts the page, the functions for programs and their guard together, and serves them."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Event, Thread
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp

import search_core as sc
from search_ui.api.http import add_routes
from search_ui.api.tools import Tools
from search_ui.build import functions_of, head, theme
from search_ui.sample import Sample
from search_ui.server.address import address
from search_ui.server.compressed import Compressed
from search_ui.server.files import ICON, add_files
from search_ui.server.gradio_private import bound_inboxes, event_inputs, remember_little
from search_ui.server.guard import Guard, Published
from search_ui.server.sharing import SharedLinks
from search_ui.views.store import ServedStore

GOODBYE_SECONDS = 2  # that open answers may take when the server stops
ABOUT = "Six functions that say what a similarity score means. They store nothing between calls."

MISSING_WORDS = {"common.complete": "Done"}
"""What Gradio announces to screen readers and has no words for: it would read out the name."""


def serve(blocks: gr.Blocks, loading: Future[Sample], store: ServedStore | None = None) -> None:
    """Serve the page until SIGTERM or Ctrl-C, on 127.0.0.1:7860 or where the environment says."""
    host, port = address()
    # What libraries log below an error may hold what a visitor sent.
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("score_sense").setLevel(logging.INFO)
    sys.unraisablehook = _end_without_memory
    loading.add_done_callback(_let_questions_go_first)
    server = uvicorn.Server(
        uvicorn.Config(
            application(blocks, loading, store),
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=GOODBYE_SECONDS,
        )
    )
    asked_to_stop = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: asked_to_stop.set())
    serving = Thread(target=_run, args=(server, asked_to_stop), daemon=True)
    serving.start()
    print(f"Score Sense is served at http://{host}:{port}", flush=True)
    asked_to_stop.wait()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it logs all that it closes
    server.should_exit = True
    serving.join(2 * GOODBYE_SECONDS)
    logging.shutdown()
    # A fit may run for a minute. It holds nothing that must be saved, so nobody waits for it.
    os._exit(0 if server.started else 1)


def _run(server: uvicorn.Server, ended: Event) -> None:
    """Serve in a thread, so that the main thread is free to stop it in time."""
    try:
        server.run()
    finally:
        ended.set()


def application(
    blocks: gr.Blocks, loading: Future[Sample], store: ServedStore | None = None
) -> ASGIApp:
    """Return the whole application: the page, and the functions for programs beside it."""
    functions = functions_of(loading, store)
    tools = Tools(functions, sc.__version__)
    app = FastAPI(
        title="Score Sense for programs", version=sc.__version__, description=ABOUT,
        docs_url=None, redoc_url=None, lifespan=tools.running,
    )  # fmt: skip
    add_routes(app, functions)
    tools.add_routes(app)
    add_files(app)
    bound_inboxes(blocks)
    gr.mount_gradio_app(
        app, blocks, "/", theme=theme(), head=head(), max_file_size="5mb", show_error=False,
        enable_monitoring=False, footer_links=[], ssr_mode=False, mcp_server=False,
        favicon_path=str(ICON), i18n=gr.I18n(en=MISSING_WORDS),
        app_kwargs={"middleware": [Middleware(Compressed), Middleware(SharedLinks)]},
    )  # fmt: skip
    remember_little(app.routes[-1].app, blocks)  # type: ignore[attr-defined] # the mounted page
    fields = {
        each.name: {name: it.is_required() for name, it in each.request.model_fields.items()}
        for each in functions
    }
    return Guard(app, lambda: health(loading), Published(event_inputs(blocks), fields))


def health(loading: Future[Sample]) -> Mapping[str, Any]:
    """Return what `/healthz` says: the version, and how many documents the sample's index holds."""
    ready = loading.done() and loading.exception() is None
    return {
        "status": "ready" if ready else "failed" if loading.done() else "loading",
        "version": sc.__version__,
        "documents": len(loading.result().engine.corpus) if ready else 0,
    }


def _let_questions_go_first(_loaded: Future[Sample]) -> None:
    sc.step_back()


def _end_without_memory(fault: sys.UnraisableHookArgs) -> None:
    """End where a thread could not begin for want of memory: its visitor would wait for ever."""
    sys.__unraisablehook__(fault)
    if isinstance(fault.exc_value, MemoryError):
        os.write(2, b"Score Sense has no memory left to start a thread; give it more.\n")
        os._exit(1)
