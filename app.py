"""Starts Score Sense: `python app.py`, or `make app`."""

from __future__ import annotations

import sys

from search_ui.place import require_free_port


def main() -> None:
    """Serve the page on 127.0.0.1:7860, or where the environment says."""
    require_free_port()
    # Only now: the page's framework takes seconds to load, and stumbles over a wrong port.
    from search_ui.build import build
    from search_ui.sample import StaleExamplesError, start_loading
    from search_ui.serving import serve

    loading = start_loading()
    try:
        blocks = build(loading)
    except StaleExamplesError as fault:
        sys.exit(str(fault))
    serve(blocks, loading)


if __name__ == "__main__":
    main()
