"""Starts Score Sense: `python app.py`, or `make app`."""

from __future__ import annotations

import os

from search_ui.build import build
from search_ui.sample import start_loading
from search_ui.theme import head, theme


def main() -> None:
    """Serve the page on 127.0.0.1:7860, or where the environment says."""
    build(start_loading()).queue(max_size=40, default_concurrency_limit=4).launch(
        server_name=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        server_port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
        theme=theme(),
        head=head(),
        max_file_size="5mb",
        enable_monitoring=False,
        footer_links=["api"],
        ssr_mode=False,
    )


if __name__ == "__main__":
    main()
