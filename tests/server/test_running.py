"""The real app under what a stranger may send."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest

import search_core as sc
from search_ui.server.guard import JSON_BYTES
from tests.server.calls import (
    call,
    is_well,
    joined,
    many_texts,
    to_compare,
    to_search,
    wait_until_loaded,
)
from tests.server.turns import Served, served_with_turns

pytestmark = pytest.mark.slow

JSON = {"Content-Type": "application/json"}
HEAVY_PATH = "/api/v1/compare-indexes"


def test_health_tells_when_the_sample_is_loaded(address: str) -> None:
    wait_until_loaded(address)
    told = httpx.get(f"{address}/healthz").json()
    assert told == {"status": "ready", "version": sc.__version__, "documents": 432}


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/deep_link?session_hash=a",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/gradio_api/file=http://127.0.0.1:1/",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/stream/a/1/1/playlist.m3u8",
        "/gradio_api/runs",
        "/redoc",
        "/gradio_api/mcp/sse",
    ],
)
def test_what_the_framework_brings_along_is_closed(address: str, path: str) -> None:
    assert httpx.get(address + path).status_code in (403, 404)


@pytest.mark.parametrize("path", ["/static/../../../../etc/passwd", "/assets/..%2f..%2fetc/passwd"])
def test_a_path_that_climbs_finds_nothing(address: str, path: str) -> None:
    where = urlsplit(address)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
        assert b" 404 " in line.recv(1_000).splitlines()[0]


@pytest.mark.parametrize("long", ["x" * 300, "x/" * 3_000])
@pytest.mark.parametrize("head", ["/static/", "/assets/", "/svelte/", "/gradio_api/file=/"])
def test_a_path_that_is_too_long_finds_nothing(address: str, head: str, long: str) -> None:
    assert httpx.get(address + head + long).status_code in (403, 404)


def test_a_body_one_byte_over_the_cap_is_refused(address: str) -> None:
    place = f"{address}/gradio_api/call/search"
    body = json.dumps({"data": to_search("cat", ["x"])}).encode()
    fits, over = (body + b" " * (size - len(body)) for size in (JSON_BYTES, JSON_BYTES + 1))
    assert httpx.post(place, content=fits, headers=JSON).status_code == 200
    assert httpx.post(place, content=over, headers=JSON).status_code == 413


def test_a_body_in_pieces_without_end_is_cut_off(address: str) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 100_000

    try:
        status = httpx.post(f"{address}/gradio_api/call/search", content=endless()).status_code
    except httpx.WriteError:  # the line was closed while we wrote
        status = 413
    assert status == 413
    assert is_well(address)


def test_an_upload_is_counted_with_and_without_a_file_name(address: str) -> None:
    place = f"{address}/gradio_api/upload"
    taken = httpx.post(place, files={"files": ("a.csv", b"x" * 4_900_000)})
    assert taken.status_code == 200
    for name in ("a.csv", None):
        refused = httpx.post(place, files={"files": (name, b"x" * 6_000_000)})
        assert refused.status_code in (400, 413)
    (path,) = taken.json()
    assert path.endswith("a.csv")


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "\x00.csv"])
def test_an_upload_stays_in_its_folder_whatever_it_is_called(address: str, name: str) -> None:
    sent = httpx.post(f"{address}/gradio_api/upload", files={"files": (name, b"text\na\n")})
    if sent.status_code == 200:
        (path,) = sent.json()
        assert "gradio" in Path(path).parts
        assert ".." not in Path(path).parts


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"data": ["cat"', "application/json"),
        (b'{"data": ["cat"]}', "text/plain"),
        (b"query=cat", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/json"),
        (b"", "application/json"),
        (b'{"data": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "application/json"),
        (b'{"data": [' + b"1" * 5_000 + b"]}", "application/json"),
        (b'{"data": [1e400]}', "application/json"),
    ],
)
def test_a_body_that_is_no_call_is_refused_or_answered(
    address: str, content: bytes, kind: str
) -> None:
    place = f"{address}/gradio_api/call/normalize"
    answer = httpx.post(place, content=content, headers={"Content-Type": kind})
    assert answer.status_code < 500
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("index", [-1, 10_000, 2**70])
def test_an_event_that_the_page_does_not_have_is_refused(address: str, index: int) -> None:
    body = {"data": [], "fn_index": index, "session_hash": "abc"}
    assert 400 <= httpx.post(f"{address}/gradio_api/queue/join", json=body).status_code < 500


def test_a_foreign_session_hash_shows_no_answer(address: str) -> None:
    place = f"{address}/gradio_api/call/search"
    event = httpx.post(place, json={"data": to_search("canary 5512")}).json()["event_id"]
    foreign = (f"{address}/gradio_api/queue/data?session_hash=guess", f"{place}/0123456789abcdef")
    for where in foreign:
        told: list[str] = []
        with (
            contextlib.suppress(httpx.RemoteProtocolError),  # the line is closed half-way
            httpx.stream("GET", where, timeout=10) as stream,
        ):
            told += stream.iter_text()
        assert "canary" not in "".join(told)
    assert "cosine" in httpx.get(f"{place}/{event}", timeout=60).text


def test_visitors_who_leave_their_tabs_take_nothing_along(address: str) -> None:
    for n in range(200):
        with httpx.stream("GET", f"{address}/gradio_api/heartbeat/left{n}") as stream:
            next(stream.iter_raw(1))
    assert is_well(address)
    assert call(address, "search", to_search("A feline relaxes."))["hits"]


def test_a_flood_of_cancels_is_survived(address: str) -> None:
    body = {"session_hash": "nobody", "fn_index": 1, "event_id": "none"}
    with httpx.Client() as client:
        for _ in range(300):
            sent = client.post(f"{address}/gradio_api/cancel", json=body)
            assert sent.status_code == 200
    assert is_well(address)


def test_fifty_at_once_are_all_answered_or_told_to_come_again(address: str) -> None:
    def ask(n: int) -> int:
        sent = joined(address, "search", to_search(f"question {n}"))
        if sent.status_code == 200:
            place = f"{address}/gradio_api/call/search/{sent.json()['event_id']}"
            assert "event: complete" in httpx.get(place, timeout=120).text
        return sent.status_code

    with ThreadPoolExecutor(50) as crowd:
        statuses = list(crowd.map(ask, range(50)))
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 40


@pytest.fixture(scope="module")
def embedded() -> list[str]:
    """Which of the collections of `working` are embedded by now."""
    return []


@pytest.fixture(scope="module")
def working(embedded: list[str]) -> Iterator[Served]:
    """An app of its own that is embedding two large collections."""
    with served_with_turns() as served:
        for name in ("one", "two"):
            sent = joined(served.address, "compare_indexes", to_compare(many_texts(name)))
            assert sent.status_code == 200
            awaited = (served.address, sent.json()["event_id"], embedded, name)
            Thread(target=heard, args=awaited, daemon=True).start()
        served.wait_for_turns(held=2, waiting=0)
        yield served


def test_searches_of_the_sample_are_answered_while_collections_are_embedded(
    working: Served, embedded: list[str]
) -> None:
    assert call(working.address, "search", to_search("A feline relaxes."))["hits"]
    assert embedded == []


def compared(mark: str) -> dict[str, object]:
    """A request for heavy work, that is short once its turn comes."""
    return {"documents": ["a"], "queries": [mark], "factories": ["Flat"]}


@pytest.fixture
def full(working: Served) -> Iterator[str]:
    """The app that is at work, with as much heavy work waiting as may wait."""
    with contextlib.ExitStack() as waiting:
        for number in range(10):
            posted = json.dumps(compared(f"{number}"))
            waiting.enter_context(asking(working.address, HEAVY_PATH, posted))
        working.wait_for_turns(held=2, waiting=10)
        yield working.address
    working.wait_for_turns(held=2, waiting=0)  # whoever left waits no longer


def test_a_full_queue_says_so_and_when_to_come_again(full: str) -> None:
    refused = httpx.post(full + HEAVY_PATH, json=compared("one more"), timeout=60)
    sentence = (
        "The queue is full: 10 heavy pieces of work wait for their turn already; try again in a "
        "minute."
    )
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "10"
    error = refused.json()["error"]
    assert error == {
        "type": "Busy", "message": sentence, "row": None, "column": None, "faults": []
    }  # fmt: skip
    by_gradio = call(full, "compare_indexes", to_compare(["a"]))
    assert by_gradio == {"error": error}
    assert is_well(full)


def test_a_queue_full_of_heavy_work_has_room_for_questions(full: str) -> None:
    asked = {"query": "A feline relaxes.", "k": 3}
    assert httpx.post(f"{full}/api/v1/search", json=asked, timeout=60).json()["hits"]
    assert call(full, "search", to_search("A feline relaxes."))["hits"]


def test_fifty_programs_at_once_are_all_answered_or_told_to_come_again(address: str) -> None:
    def ask(n: int) -> int:
        asked = {"query": f"question {n}", "k": 3}
        return httpx.post(f"{address}/api/v1/search", json=asked, timeout=120).status_code

    with ThreadPoolExecutor(50) as crowd:
        statuses = list(crowd.map(ask, range(50)))
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 40


def heard(address: str, event: str, told: list[str], who: str) -> None:
    """Wait for the answer of a comparison, and note that it came."""
    with contextlib.suppress(httpx.TransportError):  # where the server goes first
        httpx.get(f"{address}/gradio_api/call/compare_indexes/{event}", timeout=300)
        told.append(who)


@contextlib.contextmanager
def asking(address: str, path: str, posted: str = "", sign: bytes = b"") -> Iterator[None]:
    """Ask and wait for the answer until the block ends, that begins at a sign; then leave."""
    where = urlsplit(address)
    body = posted.encode()
    head = (
        f"{'POST' if posted else 'GET'} {path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=60) as line:
        line.sendall(head.encode() + body)
        heard = b""
        while sign not in heard:
            heard += (part := line.recv(10_000))
            assert part
        yield


def tool_call(name: str, arguments: object) -> str:
    """Return the message that calls a tool through MCP."""
    params = {"name": name, "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


def page_event(address: str, name: str) -> int:
    """Return the number of one of the page's own events."""
    (found,) = (
        each["id"]
        for each in httpx.get(f"{address}/config").json()["dependencies"]
        if each["api_name"] == name
    )
    return int(found)


def embedding(address: str, by: str, texts: list[str]) -> AbstractContextManager[None]:
    """Have texts embedded, and wait for the answer until the block ends."""
    asked = {"documents": texts, "queries": ["q"], "factories": ["Flat"]}
    if by == "HTTP":
        return asking(address, HEAVY_PATH, json.dumps(asked))
    if by == "MCP":
        message = tool_call("compare_indexes", asked)
        return asking(address, "/gradio_api/mcp/", message, b" 200 ")
    if by == "gradio_client":
        event = joined(address, "compare_indexes", to_compare(texts)).json()["event_id"]
        return asking(address, f"/gradio_api/call/compare_indexes/{event}", sign=b" 200 ")
    body = {
        "data": ["\n".join(texts), None, None],
        "fn_index": page_event(address, "_ui_use"),
        "session_hash": "leaves",
    }
    sent = httpx.post(f"{address}/gradio_api/queue/join", json=body, timeout=60)
    assert sent.status_code == 200
    return asking(address, "/gradio_api/queue/data?session_hash=leaves", sign=b" 200 ")


@pytest.fixture(scope="module")
def quiet() -> Iterator[Served]:
    """An app of its own that has nothing to do before each of its visitors and after."""
    with served_with_turns() as served:
        yield served


@pytest.mark.parametrize("by", ["HTTP", "MCP", "gradio_client", "the page"])
def test_work_for_somebody_who_left_is_given_up(quiet: Served, by: str) -> None:
    # Two long pieces of work take both turns. The longer one's visitor leaves; the short piece of
    # work that waits could come before the other long one only if it took that visitor's turn.
    address, told, waiting = quiet.address, list[str](), list[Thread]()
    with embedding(address, by, many_texts(by, 1_900)):
        quiet.wait_for_turns(held=1, waiting=0)
        for who, given, after in (
            ("stays", many_texts(f"beside {by}", 700), (2, 0)),
            ("short", [f"a {by}"], (2, 1)),
        ):
            event = joined(address, "compare_indexes", to_compare(given)).json()
            waiting.append(Thread(target=heard, args=(address, event["event_id"], told, who)))
            waiting[-1].start()
            quiet.wait_for_turns(*after)
        assert told == []
    for each in waiting:
        each.join()
    assert told == ["short", "stays"]
