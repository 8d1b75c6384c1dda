"""Downloads from memory: nothing of a visitor's is written to disk."""

from __future__ import annotations

from base64 import b64encode

from search_ui.wording import escaped

_TYPES = {"csv": "text/csv", "json": "application/json", "py": "text/x-python"}


def download_link(name: str, content: str, words: str) -> str:
    """Return a link that holds its file: the browser saves it, the server keeps nothing."""
    kind = _TYPES[name.rsplit(".", 1)[1]]
    data = b64encode(content.encode("utf-8")).decode("ascii")
    return (
        f'<a class="download" download="{escaped(name)}" '
        f'href="data:{kind};charset=utf-8;base64,{data}">{escaped(words)}</a>'
    )
