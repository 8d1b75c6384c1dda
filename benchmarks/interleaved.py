"""Two ways of doing the same work, timed in turns: A B, B A, A B ...

Each side lives in a process of its own and is timed there, so that neither has the other's threads
or caches. The sides take turns on the same task, and the order is swapped every pair. Machines are
noisy, so only ratios are reported: their median and their range. A pair counts as clean where
other programs used less than a tenth of the machine while it ran, and only clean pairs decide
whether a goal is met.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.table import line, verdict

Work = Callable[[Any], Any]

CLEAN_BELOW = 0.10  # share of the machine's CPU time that other programs used
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Pair:
    """What both sides took for one task, in one unit, and the share of the CPU others used."""

    ours: float
    peers: float
    others: float

    @property
    def clean(self) -> bool:
        """Whether other programs were quiet enough."""
        return self.others < CLEAN_BELOW


@dataclass(frozen=True)
class Goal:
    """What is asked of a ratio, and which ratio.

    Attributes
    ----------
    limit:
        The figure to reach; None where there is only something to know.
    is_speed:
        Whether the ratio is the peer's figure over ours, and large is good; else the reverse.
    """

    limit: float | None = None
    is_speed: bool = False

    def ratio(self, pair: Pair) -> float:
        """Return the figure that is compared with the limit."""
        return pair.peers / pair.ours if self.is_speed else pair.ours / pair.peers

    def verdict(self, ratio: float, decided: bool) -> str:
        """Return whether the ratio is good enough, in words."""
        if self.limit is None:
            return ""
        return verdict(ratio >= self.limit if self.is_speed else ratio <= self.limit, decided)

    def __str__(self) -> str:
        """Return the limit as a table shows it."""
        return "" if self.limit is None else f"{'≥' if self.is_speed else '≤'} {self.limit:g}"


class Side:
    """A process that makes a function once, and then runs it on one task after another.

    Parameters
    ----------
    make:
        A function of a module, called in the process; returns what does the work.
    arguments:
        Handed to `make`.
    """

    def __init__(self, make: Callable[..., Work], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._channel, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._channel.recv()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process.pid is not None
        return self._process.pid

    def run(self, task: Any) -> tuple[float, Any]:
        """Return the seconds that the work took in the process, and its result."""
        self._channel.send(task)
        seconds, result = self._channel.recv()
        if isinstance(result, Exception):
            raise result
        return seconds, result

    def __enter__(self) -> Side:
        """Return the side itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._channel.send(None)
        self._process.join()


def timed(ours: Side, peers: Side, tasks: Iterable[Any]) -> list[Pair]:
    """Run every task on both sides and return the seconds each took for it."""
    return in_pairs(
        lambda task: ours.run(task)[0],
        lambda task: peers.run(task)[0],
        tasks,
        (ours.pid, peers.pid),
    )


def in_pairs(ours: Work, peers: Work, tasks: Iterable[Any], pids: Sequence[int] = ()) -> list[Pair]:
    """Measure both sides on every task, in an order that is swapped every pair.

    Parameters
    ----------
    ours, peers:
        Return a positive figure for a task.
    tasks:
        Best never seen before, so that a cache helps nobody.
    pids:
        Processes that belong to the benchmark, beside this one and the ended ones it waited for.
    """
    pairs = []
    for number, task in enumerate(tasks):
        before = _cpu_seconds(pids)
        if number % 2:
            of_peers, of_ours = peers(task), ours(task)
        else:
            of_ours, of_peers = ours(task), peers(task)
        pairs.append(Pair(of_ours, of_peers, _others(before, _cpu_seconds(pids))))
    return pairs


def row(question: str, peer: str, pairs: Sequence[Pair], goal: Goal) -> str:
    """Return a line of the table; figures of pairs that are not clean decide nothing."""
    clean = [pair for pair in pairs if pair.clean]
    ratios = [goal.ratio(pair) for pair in clean or pairs]
    median = statistics.median(ratios)
    spread = f"{median:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
    decided = goal.verdict(median, decided=bool(clean))
    return line(question, peer, spread, str(goal), decided, f"{len(clean)} of {len(pairs)}")


def machine() -> str:
    """Return processor, usable cores and versions, for the line above a table."""
    from importlib.metadata import version

    from search_core.encoder.workers import usable_cores

    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    packages = ("torch", "sentence-transformers", "transformers", "faiss-cpu")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    day = time.strftime("%Y-%m-%d")
    return f"{named[0] if named else 'unknown CPU'}, {usable_cores()} cores, {versions}, {day}"


def _serve(channel: Any, make: Callable[..., Work], arguments: tuple[Any, ...]) -> None:
    work = make(*arguments)
    channel.send("ready")
    while (task := channel.recv()) is not None:
        started = time.perf_counter()
        try:
            result = work(task)
        except Exception as error:  # told to the parent, which raises it
            result = error
        channel.send((time.perf_counter() - started, result))


def _cpu_seconds(pids: Sequence[int]) -> tuple[float, float, float]:
    """Return CPU seconds since the start: of the machine, those in use, those used by us."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    idle = fields[3] + fields[4]
    ours = sum(_ticks_of(pid) for pid in (os.getpid(), *pids))
    return sum(fields) / _TICKS, (sum(fields) - idle) / _TICKS, ours / _TICKS


def _ticks_of(pid: int) -> int:
    # The name may hold blanks, so count from the bracket behind it; the four fields are the time
    # of the process and of the children that it has waited for, in user and in system mode.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])


def _others(before: tuple[float, float, float], after: tuple[float, float, float]) -> float:
    whole, used, ours = (b - a for a, b in zip(before, after, strict=True))
    return max(0.0, used - ours) / whole if whole else 1.0
