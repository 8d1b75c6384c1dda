"""The thread rule, in one place: who computes, and on how many cores.

- One job alone (a query) runs in the caller's thread, with as many torch threads as torch chooses:
  every core, or what OMP_NUM_THREADS says. `app.py` says one, since other visitors use the cores.
  While no core is idle it is one, too: threads meet some forty times in a query, and one that has
  no core keeps the others waiting each time. A core is idle, too, on which a helper of the job
  before still looks for work.
- Several jobs (a collection) run on one worker thread a usable core, each with one torch thread:
  threads inside one product wait for each other, workers do not.
- Everybody who encodes keeps only a few jobs in the queue, so visitors take turns.
- In a server the workers step back (`step_back`): questions go before collections.

The workers are started at the first collection, serve the whole process and end with it.
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from search_core.extras import LazyLibrary
from search_core.mistakes import explain_mistakes

if TYPE_CHECKING:
    import torch
else:
    torch = LazyLibrary("torch", "encoder")

Job = TypeVar("Job")
Result = TypeVar("Result")

QUEUED_PER_WORKER = 2  # one at work and one waiting: nobody idles, and nobody else waits long
HELPERS_WAIT = 0.01  # seconds; OpenMP's threads were seen to spin for 5 to 8 ms
STEP_BACK = 10  # in niceness: a tenth of a core where another thread of the program wants one
_CGROUP = Path("/sys/fs/cgroup")
_LOAD = Path("/proc/loadavg")
_starting = threading.Lock()
_this_thread = threading.local()
_one_core, _behind = threading.Event(), threading.Event()  # set for good


def use_one_core() -> None:
    """Let this process encode on one core, for good: it is one of several that share the machine.

    Call it before anything is encoded.
    """
    _one_core.set()


def usable_cores() -> int:
    """Return how many cores this process may use: its affinity mask and its quota, at least 1."""
    if _one_core.is_set():
        return 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # macOS and Windows know no mask
        cores = os.cpu_count() or 1
    return max(1, min(cores, _quota(_CGROUP) or cores))


def has_idle_core() -> bool:
    """Return whether fewer threads run on the machine than it has cores; true if it won't tell."""
    try:
        running = int(_LOAD.read_text().split()[3].partition("/")[0])  # this thread is one of them
    except (OSError, IndexError, ValueError):
        return True
    return running - _waiting_helpers() < (os.cpu_count() or 1)


def _waiting_helpers() -> int:
    """Return how many threads that helped in this thread's last job may still look for work."""
    since = time.monotonic() - getattr(_this_thread, "helped_until", -math.inf)
    return torch.get_num_threads() - 1 if since < HELPERS_WAIT else 0


@contextmanager
def _all_threads() -> Iterator[None]:
    """Compute with torch's threads; they look for more work for some milliseconds afterwards."""
    yield
    _this_thread.helped_until = time.monotonic()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in the calling thread alone, where OpenMP and MKL can be reached."""
    # torch.set_num_threads would also change what threads that start meanwhile get.
    openmp, mkl = _thread_setters()
    before = torch.get_num_threads()
    openmp(1)
    before_of_mkl = mkl(1)
    try:
        yield
    finally:
        openmp(before)
        mkl(before_of_mkl)


@lru_cache(maxsize=1)
def _thread_setters() -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Return what sets the threads of OpenMP and of MKL for products that this thread starts.

    MKL's returns the number of before. One that cannot be reached does nothing.
    """

    def setter(library: str | None, name: str) -> Callable[[int], int]:
        try:
            found: Callable[[int], int] = getattr(ctypes.CDLL(library), name)
        except (AttributeError, OSError, TypeError):
            return lambda threads: threads
        return found

    torch_cpu = Path(torch.__file__).with_name("lib") / "libtorch_cpu.so"
    return (
        setter(None, "omp_set_num_threads"),
        setter(str(torch_cpu), "MKL_Set_Num_Threads_Local"),
    )


@dataclass(frozen=True)
class _Workers:
    """The pool, and the system's ids of its threads."""

    executor: ThreadPoolExecutor
    threads: Sequence[int]


def in_turns(
    work: Callable[[Job], Result], jobs: Sequence[Job]
) -> Generator[tuple[Job, Result], None, None]:
    """Yield each job with its result, in the order in which they are done.

    Close it (`contextlib.closing`) to stop early: what waits is dropped, and what is being
    computed is waited for, so that nothing runs on.
    """
    if len(jobs) == 1:
        with _all_threads() if has_idle_core() else one_thread():
            result = work(jobs[0])
        yield jobs[0], result
        return
    waiting = iter(jobs)
    running: dict[Future[Result], Job] = {}

    def submit(count: int) -> None:
        for job in islice(waiting, count):
            running[_pool().executor.submit(work, job)] = job

    try:
        submit(QUEUED_PER_WORKER * usable_cores())
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                submit(1)
                yield job, future.result()
    finally:
        wait([future for future in running if not future.cancel()])


@explain_mistakes
def step_back() -> None:
    """Let every other thread of this program go before the workers, from now to its end.

    For a server, where people wait for short answers while collections are embedded: the system
    takes a core from a worker the moment that another thread wants one, in the middle of a job.
    Workers that have the machine to themselves are as fast as before. Threads have a priority of
    their own on Linux only; elsewhere nothing changes.

    Examples
    --------
    >>> sc.step_back()
    """
    with _starting:
        _behind.set()
        if _start_pool.cache_info().currsize:  # else each worker steps back as it starts
            for worker in _start_pool().threads:
                _let_others_go_first(worker)


def _let_others_go_first(worker: int) -> None:
    if sys.platform == "linux":
        niceness = os.getpriority(os.PRIO_PROCESS, os.getpid()) + STEP_BACK
        os.setpriority(os.PRIO_PROCESS, worker, niceness)


def _pool() -> _Workers:
    # Two collections at once must not start two pools.
    with _starting:
        return _start_pool()


@lru_cache(maxsize=1)
def _start_pool() -> _Workers:
    """Start one worker a core, each with one torch thread."""
    cores = usable_cores()
    all_started = threading.Barrier(cores + 1)
    threads: list[int] = []

    def start() -> None:
        # torch keeps a number of threads for each thread, and a default that a thread takes when
        # it first looks: setting alone would be overwritten, so look right away.
        torch.set_num_threads(1)
        torch.get_num_threads()
        threads.append(threading.get_native_id())
        if _behind.is_set():
            _let_others_go_first(threads[-1])
        all_started.wait()

    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(cores, thread_name_prefix="encoder")
    for _ in range(cores):
        pool.submit(start)
    all_started.wait()
    # The workers have changed the default too; threads started later must find the old one.
    torch.set_num_threads(before)
    return _Workers(pool, threads)


def _quota(cgroup: Path) -> int | None:
    """Return the CPU quota of a container in whole cores, rounded up, or None without one."""
    try:
        if (cgroup / "cpu.max").is_file():
            quota, period = (cgroup / "cpu.max").read_text().split()
        else:
            quota = (cgroup / "cpu/cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu/cpu.cfs_period_us").read_text()
        return None if quota == "max" or int(quota) <= 0 else -(-int(quota) // int(period))
    except (OSError, ValueError):
        return None
