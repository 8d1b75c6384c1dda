"""Fifty visitors at once, and an attacker beside twenty: `python -m benchmarks.load`.

It starts an app of its own and asks it over 127.0.0.1 only. A visitor asks a question through the
queue of the page, waits for the whole answer, thinks, and asks again; a program does the same over
HTTP. The attacker sends bodies that are too
large, floods Cancel, has calibrators fitted on 10,000 rows and keeps collections being embedded.
All times are ratios to one visitor alone, measured first in the same run; on a machine that others
use, the spread is theirs, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from search_ui.api.models import FitRequest
from search_ui.server.guard import JSON_BYTES
from tests.browser.serving import served_process
from tests.server.calls import inputs_of, to_compare, to_search

QUESTIONS = ("How do I descale a kettle?", "A feline relaxes.", "My phone runs out of power.")
CALL = "/gradio_api/call/search"
PATH = "/api/v1/search"
ANSWER_SECONDS = 60


Ask = Callable[[httpx.AsyncClient, str], Awaitable[int]]


@dataclass
class Tally:
    """What visitors met: seconds of each answer, how often busy was said, and faults."""

    seconds: list[float] = field(default_factory=list)
    busy: int = 0
    faults: int = 0

    def quantile(self, share: float) -> float:
        """Return a quantile of the seconds."""
        return float(np.quantile(self.seconds, share))


async def visit(client: httpx.AsyncClient, who: int, until: float, think: float, ask: Ask) -> Tally:
    """Ask until the time is over."""
    tally = Tally()
    await asyncio.sleep(think * (who % 50) / 50)  # people do not come all at once
    while time.monotonic() < until:
        begun = time.monotonic()
        status = await ask(client, f"{QUESTIONS[who % len(QUESTIONS)]} {len(tally.seconds)}")
        if status == 200:
            tally.seconds.append(time.monotonic() - begun)
        elif status == 503:
            tally.busy += 1
        else:
            tally.faults += 1
        await asyncio.sleep(think)
    return tally


async def ask_over_http(client: httpx.AsyncClient, question: str) -> int:
    """Ask one question as a program does; return its status, 0 for none."""
    try:
        answer = await client.post(PATH, json={"query": question, "k": 5})
    except httpx.HTTPError:
        return 0
    return answer.status_code


async def ask_in_queue(client: httpx.AsyncClient, question: str) -> int:
    """Ask one question as the page does; return 200, 503 for busy, or whatever else was met."""
    try:
        sent = await client.post(CALL, json={"data": to_search(question, k=5)})
        if sent.status_code != 200:
            return sent.status_code
        answer = await client.get(f"{CALL}/{sent.json()['event_id']}")
    except httpx.HTTPError:
        return 0
    return 200 if "event: complete" in answer.text and '"hits"' in answer.text else 500


async def crowd(
    address: str, visitors: int, seconds: float, think: float, ask: Ask = ask_in_queue
) -> Tally:
    """Let visitors ask for some seconds, and add up what they met."""
    until = time.monotonic() + seconds
    # The server closes a line that rests for 5 s; one that is about to be closed is not used again.
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=address, timeout=ANSWER_SECONDS, limits=limits) as client:
        each = await asyncio.gather(*(visit(client, n, until, think, ask) for n in range(visitors)))
    return Tally(
        [second for tally in each for second in tally.seconds],
        sum(tally.busy for tally in each),
        sum(tally.faults for tally in each),
    )


@asynccontextmanager
async def attacked(address: str) -> AsyncIterator[None]:
    """Attack as long as the context lasts."""
    async with httpx.AsyncClient(base_url=address, timeout=ANSWER_SECONDS) as client:
        work = [asyncio.create_task(each(client)) for each in ATTACKS]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)


async def _too_large(client: httpx.AsyncClient) -> None:
    while True:
        await _sent(client, CALL, b" " * (JSON_BYTES + 1))
        await asyncio.sleep(0.2)


async def _cancels(client: httpx.AsyncClient) -> None:
    while True:
        await _sent(
            client,
            "/gradio_api/cancel",
            b'{"session_hash": "x", "fn_index": 1, "event_id": "x"}',
        )
        await asyncio.sleep(0.02)


async def _embeds(client: httpx.AsyncClient) -> None:
    number = 0
    while True:
        number += 1
        texts = [f"{number} {n} a text that takes a while" for n in range(2_000)]
        body = json.dumps({"data": to_compare(texts)}).encode()
        await _sent(client, "/gradio_api/call/compare_indexes", body)
        await asyncio.sleep(1)


async def _fits(client: httpx.AsyncClient) -> None:
    rows = [
        {"query": f"q{n % 500}", "score": n / 10_000, "relevance": int(n % 7 < n / 1_500)}
        for n in range(10_000)
    ]
    body = json.dumps({"data": inputs_of(FitRequest, rows=rows)}).encode()
    while True:
        await _sent(client, "/gradio_api/call/fit_calibrator", body)
        await asyncio.sleep(2)


ATTACKS = (_too_large, _cancels, _embeds, _fits)


async def _sent(client: httpx.AsyncClient, path: str, body: bytes) -> None:
    try:
        await client.post(path, content=body, headers={"Content-Type": "application/json"})
    except httpx.HTTPError:
        await asyncio.sleep(0.1)


def resident_mib(process: int) -> float:
    """Return what a process holds in memory, in MiB; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def measure(address: str, process: int, seconds: float, think: float) -> None:
    """Print one line for each crowd."""
    await _wait_until_loaded(address)
    alone = await crowd(address, 1, seconds / 2, 0.1)
    base = alone.quantile(0.5)
    print(f"One visitor: median {1000 * base:.0f} ms over {len(alone.seconds)} answers.")
    _tell("50 visitors", await crowd(address, 50, seconds, think), base, process)
    programs = await crowd(address, 50, seconds, think, ask_over_http)
    _tell("50 programs over HTTP", programs, base, process)
    quiet = await crowd(address, 20, seconds, think)
    _tell("20 visitors", quiet, base, process)
    async with attacked(address):
        beside = await crowd(address, 20, seconds, think)
    _tell("20 beside an attacker", beside, base, process)
    print(f"Their p95 beside the attacker: {beside.quantile(0.95) / quiet.quantile(0.95):.1f} ×.")


def _tell(name: str, tally: Tally, base: float, process: int) -> None:
    print(
        f"{name}: {len(tally.seconds)} answers, {tally.busy} busy, {tally.faults} faults; median "
        f"{tally.quantile(0.5) / base:.1f} ×, p95 {tally.quantile(0.95) / base:.1f} × one "
        f"visitor's median ({1000 * tally.quantile(0.95):.0f} ms); {resident_mib(process):.0f} MiB."
    )


async def _wait_until_loaded(address: str) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=ANSWER_SECONDS) as client:
        while (await client.get("/healthz")).json()["status"] != "ready":
            await asyncio.sleep(0.2)


def main() -> None:
    """Measure for as long as asked for."""
    parser = argparse.ArgumentParser(description="Ask an app of its own as many visitors do.")
    parser.add_argument("--seconds", type=float, default=300, help="of each crowd")
    parser.add_argument("--think", type=float, default=5, help="seconds between two questions")
    given = parser.parse_args()
    with served_process() as (address, app):
        asyncio.run(measure(address, app.pid, given.seconds, given.think))


if __name__ == "__main__":
    main()
