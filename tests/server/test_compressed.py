"""What is sent compressed: what kinds of answers, for whom, and that no event waits for another."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence

import brotli
import pytest
from starlette.types import Message, Receive, Scope, Send

from search_ui.server.compressed import Compressed

EVENTS = (
    b'data: {"msg": "process_starts"}\n\n',
    b'data: {"output": "' + b"<b>0.83</b>" * 500 + b'"}\n\n',
)


def answer(kind: str, accepted: str, parts: Sequence[bytes] = EVENTS) -> list[Message]:
    """Return the messages of an answer of this kind to a browser that takes these encodings."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", kind.encode()), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for place, part in enumerate(parts, start=1):
            is_last = place == len(parts)
            await send({"type": "http.response.body", "body": part, "more_body": not is_last})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "headers": [(b"accept-encoding", accepted.encode())]}
    asyncio.run(Compressed(app)(scope, receive, send))
    return sent


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_each_event_can_be_read_as_soon_as_it_is_sent(encoding: str) -> None:
    start, *bodies = answer("text/event-stream; charset=utf-8", f"deflate, {encoding};q=0.5")
    headers = dict(start["headers"])
    assert headers[b"content-encoding"] == encoding.encode()
    assert headers[b"vary"] == b"Accept-Encoding"
    assert b"content-length" not in headers
    read = brotli.Decompressor().process if encoding == "br" else zlib.decompressobj(31).decompress
    assert tuple(read(each["body"]) for each in bodies) == EVENTS
    assert sum(len(each["body"]) for each in bodies) < 300


def test_brotli_goes_before_gzip() -> None:
    assert dict(answer("text/html", "gzip, br")[0]["headers"])[b"content-encoding"] == b"br"


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [("image/png", "gzip, br"), ("text/html", "identity"), ("text/html", "br;q=0, zstd")],
)
def test_all_else_goes_out_as_it_is(kind: str, accepted: str) -> None:
    start, *bodies = answer(kind, accepted)
    assert b"content-encoding" not in dict(start["headers"])
    assert tuple(each["body"] for each in bodies) == EVENTS
