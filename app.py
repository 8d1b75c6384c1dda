"""Starts Score Sense: `python app.py`, or `make app`."""

from __future__ import annotations

from search_ui.build import build
from search_ui.sample import start_loading
from search_ui.serving import require_free_port, serve


def main() -> None:
    """Serve the page on 127.0.0.1:7860, or where the environment says."""
    require_free_port()
    loading = start_loading()
    serve(build(loading), loading)


if __name__ == "__main__":
    main()
