"""The real app in a process of its own, Chromium to look at it, and the places it is looked at."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
STEPPED_BACK = Path(__file__).with_name("chromium.sh")  # starts it at a lower priority
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 180
TIMEOUT_MS = 60_000  # of one step in the browser; two quiet cores need far less
WORK_MS = 180_000  # of a fit, a comparison or a second model, on busy cores


@dataclass(frozen=True)
class Variant:
    """How a visitor looks at the page: width and height in pixels, and the system's scheme."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]


VARIANTS = (
    Variant("wide-light", 1280, 900, "light"),
    Variant("wide-dark", 1280, 900, "dark"),
    Variant("phone-light", 390, 844, "light"),
    Variant("phone-dark", 390, 844, "dark"),
)


@contextmanager
def served(
    settings: Mapping[str, str] = MappingProxyType({}), port: int | None = None
) -> Iterator[str]:
    """Start `app.py`, on a free port if none is given, wait until it answers; give its address.

    `settings` are further environment variables.
    """
    with served_process(settings, port) as (address, _):
        yield address


@contextmanager
def served_process(
    settings: Mapping[str, str] = MappingProxyType({}),
    port: int | None = None,
    before: Sequence[str] = (),
    command: Sequence[str | Path] = (sys.executable, "app.py"),
    folder: Path = ROOT,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Do as `served` does, and give the process, too.

    `before` is put before the command, which another one may replace, in another folder.
    """
    port = port or free_port()
    own = {"GRADIO_SERVER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    environment = os.environ | own | dict(settings)
    with subprocess.Popen([*before, *command], cwd=folder, env=environment) as app:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, app)
            yield address, app
        finally:
            app.terminate()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str, app: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while app.poll() is None and time.monotonic() < until:
        if _answers(address):
            return
        time.sleep(0.2)
    raise RuntimeError(f"The app ended, or did not answer at {address} in {START_SECONDS} s.")


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5):  # noqa: S310 - our own address
            return True
    except (URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium that talks to nobody by itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=STEPPED_BACK, args=list(FLAGS), env={**os.environ, "CHROMIUM": CHROMIUM}
        )
        try:
            yield browser
        finally:
            browser.close()


def tab_name(tab: str) -> str:
    """Return what stands on a tab, by its name in the address."""
    return "Your number" if tab == "number" else tab.capitalize()


def running() -> dict[int, int]:
    """Every process that has not ended, and what started it."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(stat.parent.name)] = int(parent)
    return found


def started_by(process: int) -> set[int]:
    """The processes that one has started, and those that these have: Chromium has many."""
    parents = running()
    found = {process}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}
