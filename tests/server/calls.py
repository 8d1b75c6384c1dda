"""What the tests of the running app ask it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from search_ui.api.models import CompareRequest, Request, SearchRequest


def call(address: str, name: str, data: list[Any]) -> Any:
    """Call a function and return its result; raises `httpx.HTTPStatusError` for a refusal."""
    place = f"{address}/gradio_api/call/{name}"
    sent = httpx.post(place, json={"data": data}, timeout=60).raise_for_status()
    answer = httpx.get(f"{place}/{sent.json()['event_id']}", timeout=120).raise_for_status()
    lines = answer.text.strip().splitlines()
    assert lines[-2] == "event: complete"
    return json.loads(lines[-1].removeprefix("data: "))[0]


def inputs_of(request: type[Request], **given: Any) -> list[Any]:
    """Return the inputs of a function in their order, those not given as they are by default."""
    return [given.get(name, field.default) for name, field in request.model_fields.items()]


def to_search(query: str, documents: list[str] | None = None, k: int = 3) -> list[Any]:
    """Return the inputs of `search`."""
    return inputs_of(SearchRequest, query=query, documents=documents, k=k)


def to_compare(documents: list[str]) -> list[Any]:
    """Return the inputs of `compare_indexes`: one query and one index."""
    return inputs_of(CompareRequest, documents=documents, queries=["q"], factories=["Flat"])


def joined(address: str, name: str, data: list[Any]) -> httpx.Response:
    """Put a call into the queue and look no further."""
    return httpx.post(f"{address}/gradio_api/call/{name}", json={"data": data}, timeout=60)


def many_texts(mark: str, count: int = 1_500) -> list[str]:
    """Texts that take a while to embed, and that no other call has embedded."""
    return [
        f"{mark} {n} " + "the quick brown fox jumps over the lazy dog " * 6 for n in range(count)
    ]


def is_well(address: str) -> bool:
    """Whether the app says so."""
    return httpx.get(f"{address}/healthz", timeout=10).status_code == 200


def wait_until_loaded(address: str) -> None:
    """Wait for the sample."""
    wait_until(lambda: httpx.get(f"{address}/healthz", timeout=10).json()["status"] == "ready")


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Look again and again whether something holds; an `AssertionError` where it never does."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)
