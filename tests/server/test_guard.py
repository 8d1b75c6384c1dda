"""The guard in front of a small server of its own: what comes through, and what is told of it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given, strategies as st
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import Message, Receive, Scope, Send

from search_ui.server import guard, queue_limits
from search_ui.server.guard import Guard, Published, Refusal, check_json_shape, route_of
from tests.properties import tried

CALL, UPLOAD = "/gradio_api/call/search", "/gradio_api/upload"
API, RUN, JOIN = "/api/v1/search", "/gradio_api/run/predict", "/gradio_api/queue/join"
JSON = {"Content-Type": "application/json"}


FAULTS = {
    "key": KeyError("secret detail"),
    "attribute": AttributeError("secret detail"),
    "type": TypeError("secret detail"),
    "value": ValueError("secret detail"),
    "index": IndexError("secret detail"),
    "long": OSError(errno.ENAMETOOLONG, "secret detail"),
    "other": RuntimeError("secret detail"),
}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the number of bytes that came; break where the query says so."""
    request = Request(scope, receive)
    fault = request.query_params.get("raise")
    if fault:
        raise FAULTS[fault]
    try:
        body = await request.body()
    except ClientDisconnect:
        body = b""
    status = int(request.query_params.get("status", 200))
    await JSONResponse({"bytes": len(body)}, status)(scope, receive, send)


PUBLISHED = Published({0: 2, 7: 0}, {"search": {"query": True, "k": False}})
HEALTH = {"status": "ready", "version": "1", "documents": 3}
GUARDED = Guard(echo, lambda: HEALTH, PUBLISHED)


def ask(method: str, path: str, guarded: Guard = GUARDED, **given: Any) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=guarded)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, **given)

    return asyncio.run(once())


def raw(path: str, messages: list[Message], headers: Any = ()) -> list[Message]:
    """Send the given messages as they are; the list of answers comes back."""
    sent: list[Message] = []
    waiting = list(messages)

    async def receive() -> Message:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers,
    }  # fmt: skip
    asyncio.run(GUARDED(scope, receive, send))
    return sent


def json_of(size: int) -> bytes:
    return b'"' + b"x" * (size - 2) + b'"'


def test_health_says_version_and_size_of_the_index() -> None:
    answer = ask("GET", "/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "version": "1", "documents": 3}


@pytest.mark.parametrize("path", ["/healthz", "/", "/nothing/here", CALL])
def test_every_answer_has_the_headers(path: str) -> None:
    headers = ask("GET", path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self' https://huggingface.co" in policy
    sources = [part for part in policy.split("; ") if not part.startswith("frame-ancestors")]
    assert "http" not in " ".join(sources)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1/"),
        ("HEAD", "/gradio_api/proxy=http://127.0.0.1/"),
        ("GET", "/gradio_api/file=http://127.0.0.1/"),
        ("GET", "/gradio_api/file=HTTPS://127.0.0.1/"),
        ("GET", "/gradio_api/file=//127.0.0.1/share"),
        ("GET", "/gradio_api/file=C:\\secret"),
        ("GET", "/gradio_api/file=relative"),
        ("GET", "/static/%2e%2e/%2e%2e/etc/passwd"),
        ("GET", "/static/"),
        ("GET", "/gradio_api/dev/reload"),
        ("POST", "/gradio_api/vibe-edit"),
        ("POST", "/gradio_api/stream/1"),
        ("GET", "/gradio_api/mcp/sse"),
        ("POST", "/login"),
        ("GET", "/redoc"),
        ("OPTIONS", "/anything"),
        ("POST", "/gradio_api/call/nosuch"),
        ("POST", "/gradio_api/call/v2/nosuch"),
        ("POST", "/api/v1/nosuch"),
        ("POST", "/api/v1/search/more"),
        ("POST", "/api/v1/"),
    ],
)
def test_what_is_not_in_use_is_not_there(method: str, path: str) -> None:
    assert ask(method, path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", API, "POST"),
        ("HEAD", API, "POST"),
        ("PUT", "/", "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
        ("DELETE", CALL, "GET, HEAD, POST"),
        ("OPTIONS", JOIN, "POST"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_refused_with_those_it_takes(
    method: str, path: str, allowed: str
) -> None:
    answer = ask(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


def test_a_refused_method_is_named_beside_the_right_one() -> None:
    error = ask("GET", API).json()["error"]
    assert error["message"] == "GET is not answered here; use POST."
    assert ask("GET", "/api/v1/nosuch").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/config/"),
        ("GET", "/static/fonts/a.woff2"),
        ("GET", "/gradio_api/heartbeat/abc"),
        ("GET", "/gradio_api/file=/tmp/gradio/a.csv"),
        ("GET", CALL + "/event"),
        ("GET", "/docs"),
        ("HEAD", "/docs"),
        ("GET", "/docs/api.md"),
        ("GET", "/preview.png"),
        ("GET", "/openapi.json"),
        ("POST", CALL),
        ("POST", API),
        ("POST", "/gradio_api/call/v2/search"),
        ("POST", RUN),
        ("POST", JOIN),
        ("POST", "/gradio_api/mcp/"),
    ],
)
def test_what_is_in_use_comes_through(method: str, path: str) -> None:
    body = b'{"query": "a", "fn_index": 7}' if method == "POST" else None
    if path.endswith("v2/search"):
        body = b'{"query": "a"}'
    assert ask(method, path, content=body).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../etc/passwd",
        "/static/..",
        "/gradio_api/file=/tmp/../etc/passwd",
        "/gradio_api/file=/tmp//host/share",
        "/assets/a\\..\\b",
        "/assets/a\0.js",
    ],
)
def test_no_path_leaves_its_folder(path: str) -> None:  # no client would send it as it stands
    assert route_of("GET", path) == ""


@pytest.mark.parametrize(
    ("path", "cap"),
    [(CALL, guard.JSON_BYTES), (API, guard.JSON_BYTES), (UPLOAD, guard.UPLOAD_BYTES)],
)
def test_a_body_comes_through_up_to_its_cap_and_no_byte_more(path: str, cap: int) -> None:
    for size in (cap - 1, cap):
        assert ask("POST", path, content=json_of(size)).json() == {"bytes": size}
    refused = ask("POST", path, content=json_of(cap + 1))
    assert refused.status_code == 413
    assert f"{cap:,} bytes" in refused.text


@pytest.mark.parametrize(
    ("path", "cap"),
    [(CALL, guard.JSON_BYTES), (API, guard.JSON_BYTES), (UPLOAD, guard.UPLOAD_BYTES)],
)
def test_a_body_in_pieces_is_counted_as_it_comes(path: str, cap: int) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        whole = json_of(size)
        for start in range(0, size, 500_000):
            yield whole[start : start + 500_000]

    assert ask("POST", path, content=pieces(cap)).json() == {"bytes": cap}
    assert ask("POST", path, content=pieces(cap + 1)).status_code == 413


@pytest.mark.parametrize("path", [CALL, UPLOAD])
def test_a_body_without_end_is_refused_once_it_is_too_long(path: str) -> None:
    piece = {"type": "http.request", "body": b"0" * 1_000_000, "more_body": True}
    sent = raw(path, [piece] * 7)
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_stated_length_over_the_cap_is_refused_before_the_body_comes() -> None:
    assert raw(CALL, [], [(b"content-length", b"6000001")])[0]["status"] == 413
    assert raw(UPLOAD, [], [(b"content-length", b"9" * 5_000)])[0]["status"] == 413


def test_a_stated_length_that_lies_is_not_believed() -> None:
    piece = {"type": "http.request", "body": b"0" * 6_000_001, "more_body": False}
    assert raw(CALL, [piece], [(b"content-length", b"10")])[0]["status"] == 413


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    piece = {"type": "http.request", "body": b"{", "more_body": True}
    assert raw(CALL, [piece])[0]["status"] == 408


def test_a_sender_that_goes_half_way_leaves_nothing_behind() -> None:
    piece = {"type": "http.request", "body": b"{", "more_body": True}
    assert raw(CALL, [piece, {"type": "http.disconnect"}])[0]["status"] == 400


@pytest.mark.parametrize(("depth", "status"), [(19, 200), (20, 200), (21, 400), (10_000, 400)])
def test_json_is_taken_up_to_20_deep(depth: int, status: int) -> None:
    for left, right in ((b"[", b"]"), (b'{"a":', b"}")):
        body = left * depth + b"1" + right * depth
        assert ask("POST", CALL, content=body).status_code == status


@pytest.mark.parametrize(("elements", "status"), [(249_999, 200), (250_000, 200), (250_001, 413)])
def test_json_is_taken_up_to_250_000_elements(elements: int, status: int) -> None:
    body = b"[" + b"1," * (elements - 1) + b"1]"
    assert ask("POST", CALL, content=body).status_code == status


@pytest.mark.parametrize("text", ["[" * 50, '\\"' + "[" * 50, "," * 300_000, "\\\\"])
def test_brackets_and_commas_inside_texts_do_not_count(text: str) -> None:
    assert ask("POST", CALL, content=json.dumps([text, 1]).encode()).status_code == 200


nested = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(value=nested, indent=st.sampled_from([None, 1]))
@tried(200)
def test_the_depth_that_is_seen_is_that_of_the_parsed_value(value: Any, indent: int | None) -> None:
    def depth(each: Any) -> int:
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        return isinstance(each, dict | list) + max(map(depth, inner), default=0)

    body = json.dumps(value, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "JSON_DEPTH", depth(value))
        check_json_shape(body)
        if depth(value):
            patch.setattr(guard, "JSON_DEPTH", depth(value) - 1)
            with pytest.raises(Refusal):
                check_json_shape(body)


@given(body=st.binary(max_size=300))
@tried(300)
def test_bytes_that_are_no_json_break_nothing(body: bytes) -> None:
    with contextlib.suppress(Refusal):
        check_json_shape(body)


def test_quotes_that_never_close_are_looked_at_once() -> None:
    # A scan that begins anew at every quote would need hours for this.
    for body in (b'"' + b'\\"' * 2_900_000 + b"\\", b'"\\' * 2_900_000):
        check_json_shape(body)


@pytest.mark.parametrize("path", [RUN, JOIN])
@pytest.mark.parametrize("event", [None, -1, 1, 10**30, "7", [], {}, 0.5, True, False])
def test_an_event_that_the_page_does_not_have_is_the_callers_mistake(
    path: str, event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask("POST", path, json={"fn_index": event, "data": []})
    assert answer.status_code == 400
    assert "names no event of this page" in answer.json()["detail"]
    assert "fault" not in caplog.text


@pytest.mark.parametrize(("data", "status"), [([], 400), ([1], 400), ([1, 2], 200), (None, 200)])
def test_an_event_with_too_few_values_never_reaches_the_log_of_the_framework(
    data: Any, status: int
) -> None:
    answer = ask("POST", JOIN, json={"fn_index": 0, "data": data})
    assert answer.status_code == status
    assert status == 200 or "takes 2 values" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "The fields of this function are query, k; query must be given."),
        ({"k": 1}, "The fields of this function are query, k; query must be given."),
        ({"query": "a", "else": 1}, "The fields of this function are query, k."),
    ],
)
def test_a_call_by_name_with_other_fields_is_the_callers_mistake(body: Any, told: str) -> None:
    answer = ask("POST", "/gradio_api/call/v2/search", json=body)
    assert (answer.status_code, answer.json()) == (400, {"detail": told})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"null"])
def test_whether_a_body_is_a_call_at_all_is_for_the_framework_to_say(body: bytes) -> None:
    for path in (RUN, JOIN, "/gradio_api/call/v2/search"):
        assert ask("POST", path, content=body).json() == {"bytes": len(body)}


@pytest.mark.parametrize("path", [CALL, API, JOIN])
def test_a_body_that_is_no_text_is_the_callers_mistake(path: str) -> None:
    answer = ask("POST", path, content=b"\xf5{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400
    assert "no text in UTF-8; send JSON" in answer.text


def test_programs_are_refused_in_the_form_that_faults_have_there() -> None:
    answer = ask("POST", API, content=b"[" * 30)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error.pop("message").endswith("send it flatter.")
    assert error == {"type": "InputError", "row": None, "column": None, "faults": []}


def test_a_name_that_is_too_long_for_a_file_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    answer = ask("GET", "/?raise=long")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is nothing under this address."
    assert "fault" not in caplog.text


@pytest.mark.parametrize("kind", sorted(FAULTS.keys() - {"long"}))
@pytest.mark.parametrize(
    "guarded", [GUARDED, Guard(Starlette(routes=[Mount("/", echo)]), dict, PUBLISHED)]
)
def test_a_fault_of_the_program_is_one_line_with_an_id_that_the_log_has(
    caplog: pytest.LogCaptureFixture, kind: str, guarded: Guard
) -> None:
    answer = ask("GET", f"/?raise={kind}", guarded=guarded)
    assert answer.status_code == 500
    name = answer.json()["detail"].split()[-1].rstrip(".")
    assert f"fault {name}" in caplog.text
    assert "Traceback" in caplog.text
    assert "secret detail" in caplog.text
    assert "secret" not in answer.text


def test_an_answer_of_500_without_a_fault_is_passed_on() -> None:
    assert ask("GET", "/?status=500").json() == {"bytes": 0}


@pytest.mark.parametrize(
    "path", ["/gradio_api/queue/data?session_hash=visit", "/gradio_api/call/search/visit"]
)
def test_an_answer_is_listened_to_until_its_connection_ends(path: str) -> None:
    heard: list[bool] = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append("visit" in queue_limits._connections)
        await echo(scope, receive, send)

    ask("GET", path, guarded=Guard(look, dict, PUBLISHED))
    assert heard == [True]
    assert "visit" not in queue_limits._connections


def test_busy_says_when_to_come_again() -> None:
    assert ask("GET", "/?status=503").headers["Retry-After"] == "10"
    assert "Retry-After" not in ask("GET", "/?status=200").headers


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/?q=canary", "/", 200),
        ("GET", "/static/canary", "/static/*", 200),
        ("GET", "/canary", "unknown", 404),
        ("CANARY", "/", "unknown", 405),
        ("POST", "/gradio_api/call/canary", "/gradio_api/call/*", 404),
        ("POST", CALL, "/gradio_api/call/*", 200),
        ("POST", API, "/api/v1/*", 200),
        ("POST", "/api/v1/canary", "/api/v1/*", 404),
        ("POST", JOIN, "/gradio_api/queue/join", 200),
    ],
)
def test_the_log_has_one_line_a_request_and_nothing_that_a_visitor_wrote(
    caplog: pytest.LogCaptureFixture, method: str, path: str, route: str, status: int
) -> None:
    caplog.set_level(logging.DEBUG, "score_sense.access")
    body = b'"canary"' if method == "POST" else b""
    ask(method, path, content=body, headers={"User-Agent": "canary", "Referer": "canary"})
    (line,) = (each.message for each in caplog.records if each.name == "score_sense.access")
    told = json.loads(line)
    assert (told["route"], told["status"]) == (route, status)
    assert set(told) == {"method", "route", "status", "bytes_in", "ms"}
    assert "canary" not in line.lower()


def test_what_is_no_http_passes_untouched() -> None:
    seen = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    asyncio.run(Guard(app, dict, PUBLISHED)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]


def test_the_pages_own_files_are_not_logged_unless_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "score_sense.access")
    ask("GET", "/static/canary")
    assert [each for each in caplog.records if each.name == "score_sense.access"] == []
