"""Where the server listens, asked before anything is loaded.

Nothing of Gradio is imported here: it reads the same variables while it is imported, and ends in a
traceback where they are wrong.
"""

from __future__ import annotations

import os
import re
import socket
import sys

LAST_PORT = 65535


def address() -> tuple[str, int]:
    """Return host and port: 127.0.0.1:7860, or what the environment says.

    Ends the program with a sentence where the port is no port.
    """
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= LAST_PORT:
        sys.exit(f"GRADIO_SERVER_PORT is {port!r}; give a whole number from 1 to {LAST_PORT}.")
    return host, int(port)


def require_free_port() -> None:
    """End the program with a sentence where the port is no port, or is taken."""
    host, port = address()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            sys.exit(
                f"Score Sense cannot listen on {host}:{port} ({fault.strerror}); choose another "
                "port with GRADIO_SERVER_PORT."
            )


def repository() -> str | None:
    """Return where the source of this page is; None where it does not run as a Space of the Hub."""
    space = os.environ.get("SPACE_ID")  # which the Hub sets
    return f"https://huggingface.co/spaces/{space}" if space else None
