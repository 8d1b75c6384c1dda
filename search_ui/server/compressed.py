"""What is sent to a browser, compressed: the page itself, and the answers of its events.

Gradio compresses its scripts and styles alone. The page is half a megabyte of text, and an answer
is HTML that was drawn anew, most of it the same words and the same lines of a chart.
"""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TYPES = ("text/html", "text/event-stream")
QUALITY = 5  # of both formats: a higher one takes several times as long for a few percent
GZIP = 31  # zlib's name for a gzip header and its largest window


class Packer(Protocol):
    """Compresses a stream, a part at a time."""

    def pack(self, part: bytes) -> bytes:
        """Return all of the stream up to the end of this part that was not returned yet."""

    def end(self, part: bytes) -> bytes:
        """Return the end of the stream, of which this is the last part."""


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Compressor(mode=brotli.MODE_TEXT, quality=QUALITY)

    def pack(self, part: bytes) -> bytes:
        packed: bytes = self._stream.process(part) + self._stream.flush()
        return packed

    def end(self, part: bytes) -> bytes:
        packed: bytes = self._stream.process(part) + self._stream.finish()
        return packed


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.compressobj(QUALITY, wbits=GZIP)

    def pack(self, part: bytes) -> bytes:
        return self._stream.compress(part) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self, part: bytes) -> bytes:
        return self._stream.compress(part) + self._stream.flush()


PACKERS: dict[str, type[Packer]] = {"br": _Brotli, "gzip": _Gzip}
"""The best first, by the names of `Accept-Encoding`."""


class Compressed:
    """An ASGI middleware: HTML and streams of events go out compressed where that is understood.

    Each event of a stream is sent whole as soon as it is there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        encoding = _encoding(scope) if scope["type"] == "http" else None
        if encoding is None:
            await self.app(scope, receive, send)
            return
        packer: Packer | None = None

        async def send_packed(message: Message) -> None:
            nonlocal packer
            if message["type"] == "http.response.start" and _is_packed(message):
                packer = PACKERS[encoding]()
                headers = MutableHeaders(scope=message)
                headers["Content-Encoding"] = encoding
                headers.add_vary_header("Accept-Encoding")
                del headers["Content-Length"]
            elif message["type"] == "http.response.body" and packer is not None:
                part = message.get("body", b"")
                pack = packer.pack if message.get("more_body", False) else packer.end
                message = {**message, "body": pack(part)}
            await send(message)

        await self.app(scope, receive, send_packed)


def _encoding(scope: Scope) -> str | None:
    """Return the best encoding that a request takes; None for none of ours."""
    listed = Headers(scope=scope).get("accept-encoding", "").replace(" ", "").split(",")
    taken = {
        name for name, _, weight in (each.partition(";") for each in listed) if weight != "q=0"
    }
    return next((name for name in PACKERS if name in taken), None)


def _is_packed(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "").partition(";")[0]
    return kind in TYPES and "content-encoding" not in headers
