"""What stands in front of the server: who may ask what, how much, and what the log says of it.

An ASGI middleware. It knows the routes that the page, the API and the MCP tools use, and refuses
every other one that the web framework brings along.
"""

from __future__ import annotations

import errno
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from urllib.parse import parse_qs

import anyio
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import search_core as sc
from search_ui.server.faults import noted
from search_ui.server.queue_limits import connected

LOG = logging.getLogger("score_sense.access")

NOTHING_HERE = "There is nothing under this address."

NO_EVENT = "fn_index names no event of this page; reload it, or call a function at /api/v1."
TOO_FEW = "This event takes {} values in data; reload the page, or call a function at /api/v1."

JSON_BYTES = 6_000_000  # holds the largest collection or label table that the caps allow
JSON_DEPTH = 20  # rows of objects need 5
JSON_ELEMENTS = 250_000  # 10,000 rows of 8 columns need 170,000
UPLOAD_BYTES = sc.PUBLIC.upload_bytes + 65_536  # the file, and what multipart wraps around it
VISIT_CHARACTERS = 64  # Gradio's names have 32 at most; others are of somebody's own making
BODY_SECONDS = 60  # that a body may take to arrive; 6 MB over a slow line take 48

API = "/api/v1/*"
CALLS = "/gradio_api/call/*"
CALLS_BY_NAME = "/gradio_api/call/v2/"
STREAM = "/gradio_api/queue/data"
EVENTS = ("/gradio_api/run/*", "/gradio_api/queue/join")
MCP = "/gradio_api/mcp"
ROUTES = {
    "GET": (
        "/", "/config", "/theme.css", "/favicon.ico", "/icon.svg", "/preview.png",
        "/robots.txt", "/manifest.json",
        "/pwa_icon/*", "/static/*", "/svelte/*", "/assets/*",
        "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/theme.css",
        "/gradio_api/app_id", "/gradio_api/startup-events", "/gradio_api/upload_progress",
        "/gradio_api/heartbeat/*", STREAM, CALLS, "/gradio_api/file=/*", MCP, f"{MCP}/schema",
        "/docs", "/docs/*", "/openapi.json", "/passports/*",
    ),
    "POST": (
        API, CALLS, *EVENTS, "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/upload", MCP,
    ),
}  # fmt: skip
"""Every route in use; a star stands for the rest of a path, which is never logged."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            # Gradio writes scripts and styles into the page, and makes functions of
            # text for the few lines that run in the browser.
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
        )
    ),
}

POLICY = "Content-Security-Policy"
NO_DOCUMENTS = ("text/javascript", "application/javascript", "text/css", "font/woff2")
"""What a browser never opens as a page of its own, so that no policy would be read there."""

_TEXT = re.compile(rb'"[^"\\]*(?:\\(?:.|\Z)[^"\\]*)*(?:"|\Z)', re.DOTALL)
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"[]{},"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1, ord(","): 0}


@dataclass
class Refusal(Exception):  # noqa: N818 - an answer, not an accident
    """A request that is not let through, and what is answered.

    Attributes
    ----------
    status, sentence:
        The status of the answer, and what it says.
    methods:
        Those that the path takes, where it is the method that is refused.
    """

    status: int
    sentence: str
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """What a request may ask for.

    Attributes
    ----------
    events:
        The numbers of the page's events, and how many values each takes.
    functions:
        The functions that programs may call: the fields of each, and whether it must be given.
    """

    events: Mapping[int, int]
    functions: Mapping[str, Mapping[str, bool]]


class Guard:
    """Lets through what is known and small enough; adds headers, `/healthz` and a log.

    Parameters
    ----------
    app:
        What is guarded.
    health:
        Returns what `/healthz` says.
    published:
        What may be asked for; the page's own events are not called by name.
    """

    def __init__(
        self, app: ASGIApp, health: Callable[[], Mapping[str, Any]], published: Published
    ) -> None:
        self.app, self.health, self.published = app, health, published

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = _Visit(receive, send)
        route = route_of(scope["method"], scope["path"])
        try:
            if scope["path"] == "/healthz":
                route = "/healthz"
                await JSONResponse(dict(self.health()))(scope, visit.receive, visit.send)
            else:
                self._check_address(scope, route)
                await self._let_through(scope, route, visit)
            await visit.release()
        except Refusal as refusal:
            await visit.refuse(scope, refusal)
        except Exception as fault:
            if visit.has_begun and isinstance(fault.__cause__, HTTPException):
                LOG.warning("broken off %s: %s", route, type(fault).__name__)
            else:
                await visit.refuse(scope, _unexpected(fault))
        finally:
            visit.log(scope["method"], route or "unknown")

    def _check_address(self, scope: Scope, route: str) -> None:
        """Refuse an address that is not in use, or not with this method."""
        methods = methods_of(scope["path"])
        if not methods:
            raise Refusal(404, NOTHING_HERE)
        known = self.published.functions
        if scope["path"].startswith((API[:-1], CALLS[:-1])) and called(scope["path"]) not in known:
            raise Refusal(404, f"The functions here are {', '.join(known)}.")
        if not route:
            words = f"{scope['method'][:10]} is not answered here; use {' or '.join(methods)}."
            raise Refusal(405, words, methods)

    async def _let_through(self, scope: Scope, route: str, visit: _Visit) -> None:
        if route == "/gradio_api/upload":
            _check_stated_length(scope, UPLOAD_BYTES)
            visit.most_bytes = UPLOAD_BYTES
            await self.app(scope, visit.receive, visit.send)
            if visit.is_over:
                raise _too_large(UPLOAD_BYTES)
        elif scope["method"] == "POST":
            _check_stated_length(scope, JSON_BYTES)
            body = await visit.read_all(JSON_BYTES)
            check_json_shape(body)
            if route in EVENTS:
                check_event(body, self.published.events)
            elif scope["path"].startswith(CALLS_BY_NAME):
                check_fields(body, self.published.functions[called(scope["path"])])
            await self.app(scope, visit.replay(body), visit.send)
        else:
            streamed_to = stream_of(scope, route)
            with connected(streamed_to) if streamed_to else nullcontext():
                await self.app(scope, visit.receive, visit.send)


class _Visit:
    """One request: its bytes counted as they come, its answer with headers, its line in the log."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._begun = time.monotonic()
        self._status = 0
        self._bytes = 0
        self._held: list[Message] = []
        self.most_bytes = JSON_BYTES

    @property
    def is_over(self) -> bool:
        """Whether more came than may come."""
        return self._bytes > self.most_bytes

    @property
    def has_begun(self) -> bool:
        """Whether an answer is on its way, so that no other can be given."""
        return self._status > 0

    async def receive(self) -> Message:
        """Pass on what comes; what comes beyond the cap looks like a client that went."""
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.is_over else message

    async def read_all(self, most_bytes: int) -> bytes:
        """Return the whole body.

        Raises
        ------
        Refusal
            It is too large, came too slowly, or its sender went.
        """
        self.most_bytes = most_bytes
        parts: list[bytes] = []
        with anyio.move_on_after(BODY_SECONDS):
            while True:
                message = await self.receive()
                if self.is_over:
                    raise _too_large(most_bytes)
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "The sender went before the body was complete.")
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(parts)
        raise Refusal(408, f"The body took more than {BODY_SECONDS} seconds to arrive.")

    def replay(self, body: bytes) -> Receive:
        """Return a receive that gives a body that was read, and then what comes after it."""
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return waiting.pop() if waiting else await self._receive()

        return receive

    async def send(self, message: Message) -> None:
        """Pass on an answer with the headers; none to a request that is over its cap.

        An answer that reports a fault is held back: the fault itself may come after it.
        """
        if self.is_over and not self.has_begun:
            return
        if self._held or message.get("status") == 500:
            self._held.append(message)
            return
        await self._pass_on(message)

    async def release(self) -> None:
        """Let out what was held back; the work has ended without a fault."""
        for message in self._held:
            await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            if headers.get("content-type", "").partition(";")[0] in NO_DOCUMENTS:
                del headers[POLICY]  # a third of a kilobyte, on some eighty parts of the page
            if self._status == 503:
                headers["Retry-After"] = "10"
        await self._send(message)

    async def refuse(self, scope: Scope, refusal: Refusal) -> None:
        """Answer with a sentence, where nothing was answered yet."""
        if self.has_begun:
            return
        headers = {"Connection": "close"}  # what else may come on this line is not read
        if refusal.methods:
            headers["Allow"] = ", ".join(refusal.methods)
        body: dict[str, Any] = {"detail": refusal.sentence}
        if scope["path"].startswith(API[:-1]):
            kind = "InputError" if refusal.status < 500 else "UnexpectedError"
            error = {"type": kind, "message": refusal.sentence, "row": None, "column": None}
            body = {"error": error | {"faults": []}}
        answer = JSONResponse(body, refusal.status, headers)
        await answer(scope, self._receive, self._pass_on)

    def log(self, method: str, route: str) -> None:
        """Write one line of JSON: nothing in it was written by the visitor."""
        line = {
            "method": method if method in ("GET", "POST", "HEAD") else "other",
            "route": route,
            "status": self._status,
            "bytes_in": self._bytes,
            "ms": round(1000 * (time.monotonic() - self._begun)),
        }
        # The page's own files make most of the requests, and tell nothing.
        level = logging.DEBUG if route.startswith(("/assets", "/static")) else logging.INFO
        LOG.log(level, json.dumps(line))


def route_of(method: str, path: str) -> str:
    """Return the known route that a request is for, or nothing."""
    asked = "GET" if method == "HEAD" else method
    bare = path.rstrip("/") or "/"
    for route in ROUTES.get(asked, ()):
        head, star, _ = route.partition("*")
        if bare == route or (star and path.startswith(head) and len(path) > len(head)):
            return "" if _leaves(path) else route
    return ""


def methods_of(path: str) -> tuple[str, ...]:
    """Return the methods with which a path is in use; none where nothing is there."""
    return tuple(method for method in ("GET", "HEAD", "POST") if route_of(method, path))


def called(path: str) -> str:
    """Return the name of the function that a call is for."""
    if path.startswith(API[:-1]):
        name = path.removeprefix(API[:-1])
        return "" if "_" in name else name.replace("-", "_")
    return path.removeprefix(CALLS[:-1]).removeprefix("v2/").split("/")[0]


def stream_of(scope: Scope, route: str) -> str:
    """Return the visit whose answers a request has streamed to it, or nothing."""
    visit = ""
    if route == STREAM:
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        visit = asked.get("session_hash", [""])[0]
    elif route == CALLS:  # a call by name is a visit of its own
        visit = scope["path"].rstrip("/").rpartition("/")[2]
    return visit if len(visit) <= VISIT_CHARACTERS else ""


def check_event(body: bytes, events: Mapping[int, int]) -> None:
    """Refuse a request for an event that the page does not have, or with too few values.

    Gradio would log the values that came.
    """
    asked = _object(body)
    if asked is None:
        return
    number = asked.get("fn_index")
    if type(number) is not int or number not in events:  # True would count as 1
        raise Refusal(400, NO_EVENT)
    values = asked.get("data")
    if isinstance(values, list) and len(values) < events[number]:
        raise Refusal(400, TOO_FEW.format(events[number]))


def check_fields(body: bytes, fields: Mapping[str, bool]) -> None:
    """Refuse a call by name with a field too many or too few."""
    asked = _object(body)
    if asked is None:
        return
    missing = [name for name, is_required in fields.items() if is_required and name not in asked]
    if missing or not asked.keys() <= fields.keys():
        needed = f"; {', '.join(missing)} must be given" if missing else ""
        raise Refusal(400, f"The fields of this function are {', '.join(fields)}{needed}.")


def _object(body: bytes) -> dict[str, Any] | None:
    """Return the object that a body holds; None where Gradio is to say that it holds none."""
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None


def _leaves(path: str) -> bool:
    """Whether a path climbs out of its folder or names another host."""
    return ".." in path.split("/") or "//" in path or "\\" in path or "\0" in path


def check_json_shape(body: bytes) -> None:
    """Refuse what is no UTF-8, and JSON deeper or of more elements than anything sent here needs.

    Texts are cut out, then brackets and commas are counted; whether it is JSON at all is for the
    parser to say, that now has little to do.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "The body is no text in UTF-8; send JSON.") from None
    structure = _TEXT.sub(b"", body).translate(None, _NOT_STRUCTURE)
    if len(structure) - structure.count(b"]") - structure.count(b"}") > JSON_ELEMENTS:
        raise Refusal(413, f"The body has more than {JSON_ELEMENTS:,} elements; send less at once.")
    if max(accumulate(map(_STEP.__getitem__, structure)), default=0) > JSON_DEPTH:
        raise Refusal(400, f"The body is nested more than {JSON_DEPTH} deep; send it flatter.")


def _unexpected(fault: Exception) -> Refusal:
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refusal(507, "There is no room left for files here; paste your texts, or try later.")
    if isinstance(fault, OSError) and fault.errno == errno.ENAMETOOLONG:
        return Refusal(404, NOTHING_HERE)
    return Refusal(500, noted(fault))


def _check_stated_length(scope: Scope, most_bytes: int) -> None:
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    if stated.isdigit() and int(stated[:18]) > most_bytes:
        raise _too_large(most_bytes)


def _too_large(most_bytes: int) -> Refusal:
    return Refusal(413, f"The body has more than {most_bytes:,} bytes, the most taken here.")
