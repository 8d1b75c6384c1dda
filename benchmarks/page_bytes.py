"""What the page sends: its first view beyond Gradio's own, and a step of the threshold's slider.

    python -m benchmarks.page_bytes [--quick]

Chromium opens three pages over 127.0.0.1 with nothing cached: a bare page of Gradio with one line
of HTML, this page, and an earlier version of it. Requests and bytes are counted as they travel,
compressed and with the headers of the answers, until nothing has come for three seconds. What is
beyond the bare page is compared with what was beyond it; of requests, also those alone that are not
for Gradio's files, of which it loads one or more for each kind of field on a page. Then the slider
of Calibrate's Fit is moved a step at a time; a step is what its event sends and what comes back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page

from benchmarks.earlier import REVISION, ROOT, earlier
from benchmarks.table import HEADER, line, verdict
from benchmarks.texts import options
from tests.browser.serving import chromium, free_port, served_process

GOAL, GOAL_STEP = 0.6, 8_000
GRADIOS = ("/assets/", "/static/")  # the files that it comes with
QUIET_MS = 3_000
STEPS = 6
BARE = """
import gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.HTML("hello")
page.launch(server_port={port}, quiet=True)
"""


@dataclass
class Traffic:
    """What has travelled: bytes of each request's answer, and of what was sent with it."""

    answers: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, session: CDPSession) -> Traffic:
        """Listen to a page from now on."""
        traffic = cls()
        session.on("Network.requestWillBeSent", traffic._request)
        session.on("Network.responseReceived", traffic._response)
        session.on("Network.dataReceived", traffic._data)
        session.on("Network.loadingFinished", traffic._finished)
        session.send("Network.enable")
        return traffic

    def _request(self, event: Any) -> None:
        request = event["request"]
        if request["url"].startswith("http"):
            self.addresses[event["requestId"]] = request["url"]
            self.sent[event["requestId"]] = len(request.get("postData", ""))

    def _response(self, event: Any) -> None:
        if event["requestId"] in self.addresses and not event["response"]["fromDiskCache"]:
            self.answers[event["requestId"]] = event["response"]["encodedDataLength"]

    def _data(self, event: Any) -> None:
        if event["requestId"] in self.answers:
            self.answers[event["requestId"]] += event["encodedDataLength"]

    def _finished(self, event: Any) -> None:
        if event["requestId"] in self.answers:
            self.answers[event["requestId"]] = int(event["encodedDataLength"])

    @property
    def nbytes(self) -> int:
        """Of all answers, and of all that was sent."""
        return sum(self.answers.values()) + sum(self.sent[each] for each in self.answers)

    def clear(self) -> None:
        """Count from here on."""
        for each in (self.answers, self.sent, self.addresses):
            each.clear()


def until_quiet(page: Page, traffic: Traffic) -> None:
    """Wait until nothing has come for a while."""
    before = -1
    while before != traffic.nbytes:
        before = traffic.nbytes
        page.wait_for_timeout(QUIET_MS)


def first_view(browser: Browser, address: str) -> tuple[int, int, int]:
    """Return bytes and requests of a page's first view, and requests not for Gradio's files."""
    page = browser.new_context().new_page()
    traffic = Traffic.of(page.context.new_cdp_session(page))
    page.goto(address)
    until_quiet(page, traffic)
    page.context.close()
    paths = [urlsplit(traffic.addresses[each]).path for each in traffic.answers]
    return traffic.nbytes, len(paths), sum(not path.startswith(GRADIOS) for path in paths)


def steps(browser: Browser, address: str) -> list[int]:
    """Return the bytes of each step of the threshold's slider."""
    page = browser.new_context().new_page()
    traffic = Traffic.of(page.context.new_cdp_session(page))
    page.goto(f"{address}/?tab=calibrate")
    page.locator("#threshold figure").wait_for()
    until_quiet(page, traffic)
    slider = page.locator("#target input[type=range]")
    found = []
    for _ in range(STEPS):
        traffic.clear()
        slider.press("ArrowRight")
        until_quiet(page, traffic)
        found.append(traffic.nbytes)
    page.context.close()
    return found


@contextmanager
def bare() -> Iterator[str]:
    """Serve a page of Gradio's with nothing of ours."""
    port = free_port()
    command = (sys.executable, "-c", BARE.format(port=port))
    with served_process({"GRADIO_ANALYTICS_ENABLED": "False"}, port, command=command) as (at, _):
        yield at


@contextmanager
def version(folder: Path) -> Iterator[str]:
    """Serve the version of the page in a folder."""
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    with served_process({"PYTHONPATH": path}, folder=folder) as (address, _):
        yield address


def main() -> None:
    options(__doc__)
    print(HEADER, flush=True)
    with chromium() as browser:
        with bare() as address:
            gradios = first_view(browser, address)
        with version(ROOT) as address:
            ours, each_step = first_view(browser, address), steps(browser, address)
        with earlier() as folder, version(folder) as address:
            theirs = first_view(browser, address)
    names = (
        "bytes beyond a bare page's",
        "requests beyond a bare page's",
        "requests for no file of Gradio's beyond a bare page's",
    )
    for name, now, before, own in zip(names, ours, theirs, gradios, strict=True):
        ratio = (now - own) / (before - own)
        figure = f"{ratio:.2f}: {now - own:,} of {before - own:,}, the bare page's {own:,}"
        question = f"first view, {name}"
        met = verdict(ratio <= GOAL)
        print(line(question, f"revision {REVISION}", figure, f"≤ {GOAL}", met), flush=True)
    figure = f"{max(each_step):,} bytes at most"
    met = verdict(max(each_step) <= GOAL_STEP)
    print(line("a step of the threshold's slider", "", figure, f"≤ {GOAL_STEP:,} bytes", met))


if __name__ == "__main__":
    main()
