"""Starts the page, for `app.py` and for `score-sense serve`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from search_ui.server.address import require_free_port

if TYPE_CHECKING:
    from search_ui.views.store import ServedStore


def main(store: ServedStore | None = None) -> None:
    """Serve the page on 127.0.0.1:7860, or where the environment says.

    Parameters
    ----------
    store:
        A store of one's own that the page searches as well.

    Raises
    ------
    ImportError
        What the extra `app` brings is not installed.
    """
    require_free_port()
    # Threads inside one short product wait for each other, and for as long as somebody else has
    # their core: a question is quicker with one, except on a machine that does nothing else.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Only now: the page's framework takes seconds to load, and stumbles over a wrong port.
    from search_ui.build import build
    from search_ui.sample import StaleExamplesError, start_loading
    from search_ui.server.serving import serve

    loading = start_loading()
    try:
        blocks = build(loading, store)
    except StaleExamplesError as fault:
        sys.exit(str(fault))
    serve(blocks, loading, store)
