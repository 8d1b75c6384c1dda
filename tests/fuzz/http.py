"""Sends damaged requests to the real app: `python -m tests.fuzz.http`."""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from typing import Any
from urllib.parse import quote

import httpx

from benchmarks.load import resident_mib
from search_ui.server.guard import ROUTES
from tests.browser.serving import served_process
from tests.fuzz.parsers import PIECES, damaged

FUNCTIONS = ("search", "explain_score", "normalize", "v2/search", "v2/normalize", "nosuch")
PATHS = ("search", "explain-score", "normalize", "fit-calibrator", "apply-calibrator", "nosuch")
FIELDS = ("query", "documents", "k", "text", "scores", "method", "rows", "calibrator", "else")
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**30, "", "cat", "\ud800", [], [[]], {}, {"path": "/etc/passwd"},
    ["a", "b"], [1, 2], "<script>", {"meta": {"_type": "gradio.FileData"}, "path": "/etc/passwd"},
)  # fmt: skip
ANSWER_SECONDS = 60


def fuzz_http(address: str, calls: int, seed: int, first: int = 0) -> Counter[int]:
    """Send the requests numbered from `first`, one after another; return the tally of statuses.

    Raises
    ------
    AssertionError
        An answer was a fault of the server, showed a traceback or a file of the machine.
    """
    statuses: Counter[int] = Counter()
    with httpx.Client(base_url=address, timeout=ANSWER_SECONDS) as client:
        for number in range(first, first + calls):
            chance = random.Random(f"{seed} {number}")
            answer = _send(client, chance)
            told = f"seed {seed}, call {number}: {answer.status_code} {answer.text[:200]}"
            assert answer.status_code < 500, told
            assert "Traceback" not in answer.text, told
            assert "root:" not in answer.text, told
            statuses[answer.status_code] += 1
    return statuses


def _send(client: httpx.Client, chance: random.Random) -> httpx.Response:
    match chance.randrange(5):
        case 0:  # a request over HTTP, whole or damaged, with fields of every kind
            return _asked(client, chance)
        case 1:  # a call with values of every kind
            return _call(client, chance, json.dumps({"data": _values(chance)}).encode())
        case 2:  # a call whose JSON is damaged
            return _call(client, chance, damaged(chance, (b'{"data": ["cat", null, 3, null]}',)))
        case 3:  # an event of the page, by number
            event = {
                "data": _values(chance),
                "fn_index": chance.choice((0, 1, 5, 30, 99, -1)),
                "session_hash": "fuzz",
            }
            return client.post("/gradio_api/queue/join", content=json.dumps(event).encode(),
                               headers={"Content-Type": "application/json"})  # fmt: skip
        case _:  # a route, known or damaged
            route = chance.choice(ROUTES["GET"]).replace("*", "x").encode()
            path = quote(damaged(chance, (route,)), safe="/%?=&:")
            return _opened(client, "/" + path.lstrip("/"))


def _asked(client: httpx.Client, chance: random.Random) -> httpx.Response:
    fields = {name: _value(chance) for name in chance.sample(FIELDS, chance.randint(0, 3))}
    whole = json.dumps(fields | {"query": "cat"} if chance.random() < 0.5 else fields).encode()
    body = damaged(chance, (whole,)) if chance.random() < 0.3 else whole
    kind = chance.choice(("application/json",) * 4 + ("text/plain", "multipart/form-data"))
    return client.post(
        f"/api/v1/{chance.choice(PATHS)}", content=body, headers={"Content-Type": kind}
    )


def _call(client: httpx.Client, chance: random.Random, body: bytes) -> httpx.Response:
    name = chance.choice(FUNCTIONS)
    kind = chance.choice(("application/json",) * 4 + ("text/plain", "multipart/form-data"))
    sent = client.post(f"/gradio_api/call/{name}", content=body, headers={"Content-Type": kind})
    if sent.status_code != 200 or chance.random() < 0.5:  # half of them never fetch their result
        return sent
    return client.get(f"/gradio_api/call/{name}/{sent.json()['event_id']}")


def _opened(client: httpx.Client, path: str) -> httpx.Response:
    """Return the head of an answer: some streams have no end."""
    with client.stream("GET", path) as answer:
        return httpx.Response(answer.status_code)


def _values(chance: random.Random) -> list[Any]:
    return [_value(chance) for _ in range(chance.randint(0, 5))]


def _value(chance: random.Random) -> Any:
    return chance.choice((*VALUES, chance.choice(PIECES).decode("latin-1")))


def main() -> None:
    """Send as many requests as asked for to an app of its own."""
    parser = argparse.ArgumentParser(description="Send damaged requests to the real app.")
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    statuses: Counter[int] = Counter()
    held = []
    tenth = given.calls // 10
    with served_process() as (address, app):
        for first in range(0, given.calls, max(tenth, 1)):
            statuses += fuzz_http(address, tenth, given.seed, first)
            held.append(f"{resident_mib(app.pid):.0f}")
    print(f"{given.calls:,} requests, statuses {dict(sorted(statuses.items()))}.")
    print(f"The server held {', '.join(held)} MiB after each tenth.")


if __name__ == "__main__":
    main()
