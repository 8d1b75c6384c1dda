"""The real app under what a stranger may send, and under what its host may do to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from search_ui.guard import JSON_BYTES
from search_ui.serving import VERSION
from tests.browser.serving import ROOT, served_process

pytestmark = pytest.mark.slow

JSON = {"Content-Type": "application/json"}


def call(address: str, name: str, data: list[Any]) -> Any:
    """Call a function and return its result."""
    place = f"{address}/gradio_api/call/{name}"
    event = httpx.post(place, json={"data": data}, timeout=60).json()["event_id"]
    lines = httpx.get(f"{place}/{event}", timeout=120).text.strip().splitlines()
    assert lines[-2] == "event: complete"
    return json.loads(lines[-1].removeprefix("data: "))[0]


def joined(address: str, name: str, data: list[Any]) -> httpx.Response:
    """Put a call into the queue and look no further."""
    return httpx.post(f"{address}/gradio_api/call/{name}", json={"data": data}, timeout=60)


def many_texts(mark: str, count: int = 1_500) -> list[str]:
    """Texts that take a while to embed, and that no other call has embedded."""
    return [
        f"{mark} {n} " + "the quick brown fox jumps over the lazy dog " * 6 for n in range(count)
    ]


def is_well(address: str) -> bool:
    return httpx.get(f"{address}/healthz", timeout=10).status_code == 200


def wait_until_loaded(address: str) -> None:
    for _ in range(300):
        if httpx.get(f"{address}/healthz", timeout=10).json()["status"] == "ready":
            return
        time.sleep(0.2)
    raise AssertionError("The sample was not loaded within a minute.")


def test_health_tells_when_the_sample_is_loaded(address: str) -> None:
    wait_until_loaded(address)
    told = httpx.get(f"{address}/healthz").json()
    assert told == {"status": "ready", "version": VERSION, "documents": 432}
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


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
        "/docs",
        "/openapi.json",
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


def test_a_body_one_byte_over_the_cap_is_refused(address: str) -> None:
    place = f"{address}/gradio_api/call/search"
    body = json.dumps({"data": ["cat", ["x"], 1]}).encode()
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
    event = httpx.post(place, json={"data": ["canary 5512", None, 1]}).json()["event_id"]
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
    assert call(address, "search", ["A feline relaxes.", None, 1])["hits"]


def test_a_flood_of_cancels_is_survived(address: str) -> None:
    body = {"session_hash": "nobody", "fn_index": 1, "event_id": "none"}
    with httpx.Client() as client:
        for _ in range(300):
            sent = client.post(f"{address}/gradio_api/cancel", json=body)
            assert sent.status_code == 200
    assert is_well(address)


def test_fifty_at_once_are_all_answered_or_told_to_come_again(address: str) -> None:
    def ask(n: int) -> int:
        sent = joined(address, "search", [f"question {n}", None, 3])
        if sent.status_code == 200:
            place = f"{address}/gradio_api/call/search/{sent.json()['event_id']}"
            assert "event: complete" in httpx.get(place, timeout=120).text
        return sent.status_code

    with ThreadPoolExecutor(50) as crowd:
        statuses = list(crowd.map(ask, range(50)))
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 40


@pytest.fixture(scope="module")
def working() -> Iterator[str]:
    """An app of its own that is embedding two large collections."""
    with served_process() as (address, _app):
        wait_until_loaded(address)
        for n in range(2):
            sent = joined(address, "compare_indexes", [many_texts(f"a{n}"), ["q"], ["Flat"]])
            assert sent.status_code == 200
        yield address


def test_searches_of_the_sample_are_answered_while_collections_are_embedded(working: str) -> None:
    begun = time.monotonic()
    assert call(working, "search", ["A feline relaxes.", None, 3])["hits"]
    assert time.monotonic() - begun < 30  # the collections take longer than that


def test_a_full_queue_says_so_and_when_to_come_again(working: str) -> None:
    waiting = (
        joined(working, "compare_indexes", [many_texts("full"), [f"q{n}"], ["Flat"]])
        for n in range(60)
    )
    refused = next(sent for sent in waiting if sent.status_code != 200)
    assert refused.status_code == 503
    assert "full" in refused.json()["detail"]
    assert refused.headers["Retry-After"] == "10"
    assert is_well(working)


def test_it_ends_within_five_seconds_while_it_works() -> None:
    with served_process() as (address, app):
        wait_until_loaded(address)
        for n in range(2):
            joined(address, "compare_indexes", [many_texts(f"b{n}"), ["q"], ["Flat"]])
        time.sleep(1)
        app.send_signal(signal.SIGTERM)
        assert app.wait(timeout=5) == 0


def started_at(port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"GRADIO_SERVER_PORT": port},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = started_at(str(port))
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines() == [
        f"Score Sense cannot listen on 127.0.0.1:{port} (Address already in use); choose another "
        "port with GRADIO_SERVER_PORT."
    ]
