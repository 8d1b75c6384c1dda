"""The thread rule: cores, turns and clean stops."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

import search_core as sc
from search_core.encoder import workers
from search_core.encoder.workers import (
    QUEUED_PER_WORKER,
    STEP_BACK,
    has_idle_core,
    in_turns,
    one_thread,
    usable_cores,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)


@pytest.mark.usefixtures("four_cores")
@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 4),
        ({"cpu.max": "max 100000\n"}, 4),
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "20000 100000\n"}, 1),
        ({"cpu.max": "900000 100000\n"}, 4),
        ({"cpu.max": "nonsense\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
    ],
)
def test_usable_cores_are_those_of_the_affinity_mask_within_the_quota(
    files: dict[str, str], cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(workers, "_CGROUP", tmp_path)
    assert usable_cores() == cores


@pytest.mark.parametrize(
    ("told", "idle"),
    [
        ("0.5 0.4 0.3 1/99 7", True),
        ("0.5 0.4 0.3 2/99 7", False),
        ("9.5 9.4 9.3 8/99 7", False),
        ("nonsense", True),
    ],
)
def test_a_core_is_idle_where_fewer_threads_run_than_there_are_cores(
    told: str, idle: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(workers, "_LOAD", tmp_path / "loadavg")
    monkeypatch.setattr(workers, "_this_thread", threading.local())
    assert has_idle_core()
    (tmp_path / "loadavg").write_text(told)
    assert has_idle_core() == idle


def test_a_core_is_idle_where_a_helper_of_the_job_before_looks_for_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loadavg").write_text("0.5 0.4 0.3 2/99 7")  # this thread and the helper
    monkeypatch.setattr(workers, "_LOAD", tmp_path / "loadavg")
    monkeypatch.setattr(workers, "_this_thread", threading.local())
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    now = iter([0.0, 1.0, 1.004, 1.05])  # looked at by the job before, at its end, and twice later
    monkeypatch.setattr("search_core.encoder.workers.time.monotonic", lambda: next(now))
    with workers._all_threads():
        assert not has_idle_core()
    assert has_idle_core()
    assert not has_idle_core()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere OpenMP may be out of reach")
def test_one_thread_holds_for_the_calling_thread_alone() -> None:
    before = torch.get_num_threads()
    later: list[int] = []
    with one_thread():
        assert torch.get_num_threads() == 1
        thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
        thread.start()
        thread.join()
    assert later == [before] == [torch.get_num_threads()]


@pytest.mark.skipif(not torch.backends.mkl.is_available(), reason="torch has no MKL here")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere MKL may be out of reach")
def test_one_thread_holds_for_mkl_too_whatever_was_set_before() -> None:
    library = ctypes.CDLL(str(Path(torch.__file__).with_name("lib") / "libtorch_cpu.so"))
    found: list[int] = []

    def look() -> None:
        torch.get_num_threads()  # the first call in a thread sets MKL's number, too
        library.MKL_Set_Num_Threads_Local(2)
        with one_thread():
            found.append(library.MKL_Get_Max_Threads())
        found.append(library.MKL_Get_Max_Threads())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [1, 2]


def test_usable_cores_follow_the_affinity_mask_of_this_process() -> None:
    assert 1 <= usable_cores() <= len(os.sched_getaffinity(0))


@pytest.mark.usefixtures("four_cores")
def test_one_of_several_processes_that_share_the_cores_uses_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "_one_core", threading.Event())
    workers.use_one_core()
    assert usable_cores() == 1


def test_every_job_comes_back_once_with_its_result() -> None:
    found = list(in_turns(lambda job: job * job, range(100)))
    assert sorted(found) == [(job, job * job) for job in range(100)]


def test_a_single_job_runs_in_the_callers_thread_and_several_do_not() -> None:
    def thread(job: int) -> int:
        return threading.get_ident()

    here = threading.get_ident()
    assert [found for _, found in in_turns(thread, [0])] == [here]
    assert here not in {found for _, found in in_turns(thread, range(8))}
    assert list(in_turns(thread, [])) == []


def test_closing_drops_what_waits_and_leaves_nothing_running() -> None:
    started: list[int] = []
    finished: list[int] = []

    def work(job: int) -> None:
        started.append(job)
        threading.Event().wait(0.01)
        finished.append(job)

    with closing(in_turns(work, range(1000))) as results:
        next(results)
    assert sorted(started) == sorted(finished)
    assert len(started) <= QUEUED_PER_WORKER * usable_cores() + 1
    at_close = len(started)
    list(in_turns(lambda job: None, range(50)))  # what was still queued would have come first
    assert len(started) == at_close


def test_a_failing_job_stops_the_others_and_passes_its_error_on() -> None:
    started: list[int] = []

    def work(job: int) -> None:
        started.append(job)
        if job == 3:
            raise LookupError("the third")

    with pytest.raises(LookupError, match="the third"):
        list(in_turns(work, range(1000)))
    assert len(started) < 1000


def test_a_second_visitor_need_not_wait_for_the_first_ones_last_job() -> None:
    first_is_under_way = threading.Event()
    second_is_done = threading.Event()
    jobs_before_second_was_done: list[int] = []

    def long_job(job: int) -> None:
        first_is_under_way.set()
        if not second_is_done.is_set():
            jobs_before_second_was_done.append(job)
            second_is_done.wait(0.02)

    first = threading.Thread(target=lambda: list(in_turns(long_job, range(1000))))
    first.start()
    first_is_under_way.wait()
    list(in_turns(lambda job: None, range(3)))
    second_is_done.set()
    first.join()
    assert len(jobs_before_second_was_done) < 500


def test_crowds_of_questions_and_collections_all_come_to_an_end() -> None:
    def ask(caller: int) -> list[int]:
        jobs = range(caller % 5)  # nothing, a question, and collections of several sizes
        if caller % 7 == 0 and len(jobs) > 1:
            with closing(in_turns(lambda job: caller * job, jobs)) as results:
                return [next(results)[1]]  # somebody who leaves
        return sorted(found for _, found in in_turns(lambda job: caller * job, jobs))

    with ThreadPoolExecutor(32) as crowd:
        for caller, found in enumerate(crowd.map(ask, range(600))):
            assert set(found) <= {caller * job for job in range(caller % 5)}
            assert len(found) in (1, caller % 5)


STEPPED_BACK = """
import json, os, threading
from search_core.encoder.workers import in_turns, step_back

def niceness(job=None):
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

def of_workers():
    return sorted({found for _, found in in_turns(niceness, range(100))})

before = [niceness(), of_workers()]
step_back()
step_back()
later = []
thread = threading.Thread(target=lambda: later.append(niceness()))
thread.start()
thread.join()
question = [found for _, found in in_turns(niceness, [0])]
print(json.dumps([before, [niceness(), of_workers()], later + question]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows a priority of threads")
@pytest.mark.slow
def test_workers_that_step_back_let_every_other_thread_go_first() -> None:
    told = subprocess.run(
        [sys.executable, "-c", STEPPED_BACK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    before, after, others = json.loads(told.stdout)
    own = before[0]
    assert before == [own, [own]]
    assert after == [own, [min(own + STEP_BACK, 19)]]
    assert others == [own, own]


@pytest.mark.model
@pytest.mark.slow
def test_a_question_has_the_same_vector_while_collections_are_embedded(encoder: sc.Encoder) -> None:
    texts = [f"{n} the quick brown fox jumps over the lazy dog" for n in range(400)]
    question, collection = encoder.encode_queries(["a cat"]), encoder.encode_documents(texts)
    with ThreadPoolExecutor(3) as crowd:
        embedded = [crowd.submit(encoder.encode_documents, texts) for _ in range(2)]
        asked = crowd.submit(lambda: [encoder.encode_queries(["a cat"]) for _ in range(20)])
        assert all(np.array_equal(each, question) for each in asked.result())
        assert all(np.array_equal(each.result(), collection) for each in embedded)
