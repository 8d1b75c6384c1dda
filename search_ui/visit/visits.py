"""Visits: each visitor's workspace and work under way, in memory, under a key nobody can guess.

A visit outlives the page that began it: the browser keeps the key while its tab is open, so that a
reload finds the visit again until nobody has used it for half an hour.
"""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import search_core as sc
from search_ui.sample import Sample, Shared
from search_ui.server.queue_limits import client_disconnect
from search_ui.views.search import SearchView
from search_ui.visit.workspace import Part, Workspace

IDLE_SECONDS = 30 * 60
VISITS = 200
BYTES = 64 * 2**20


class Stopped(Exception):  # noqa: N818 - a visitor's wish, not an error
    """Raised inside a long piece of work when its visitor pressed Cancel, or left."""


@dataclass
class Visit:
    """A workspace, and a switch for each piece of work, by name, that stops it.

    `name` distinguishes a visit from the next under one key; `under_way` names what is at work.
    """

    workspace: Workspace
    name: str = field(default_factory=secrets.token_hex)
    switches: dict[str, threading.Event] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)
    last_used: float = field(default_factory=lambda: time.monotonic())

    def stop(self) -> None:
        """Stop all work."""
        for switch in self.switches.values():
            switch.set()


class Visits:
    """All visits; the longest unused goes first when there is no room.

    A visit begins with the first change or work: who only looks takes no room. A workspace is a
    value that nobody changes; it is replaced by compare-and-swap.
    """

    def __init__(
        self,
        shared: Shared,
        *,
        most: int = VISITS,
        most_bytes: int = BYTES,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._fresh = Workspace(shared)
        self._most, self._most_bytes, self._idle_seconds = most, most_bytes, idle_seconds
        self._visits: OrderedDict[str, Visit] = OrderedDict()
        self._lock = threading.Lock()
        self._watch: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._visits)

    def new_key(self) -> str:
        """Return a fresh random key of 128 bits."""
        return secrets.token_hex(16)

    def name_of(self, key: str | None) -> str:
        """Return the name of the visit that is held under a key; empty where there is none."""
        visit = self._held(key)
        return visit.name if visit else ""

    def workspace(self, key: str | None) -> Workspace:
        """Return a visitor's workspace; a fresh one if the key is new, or was dropped meanwhile."""
        visit = self._held(key)
        return visit.workspace if visit else self._fresh

    def swap(self, key: str | None, before: Workspace, after: Workspace) -> bool:
        """Put a workspace in place of another one; False, and nothing done, if it is another."""
        visit = self._visit(key)
        with self._lock:
            if visit.workspace is not before:
                return False
            visit.workspace = after
            self._make_room()
            self._keep_watch()
            return True

    def update(self, key: str | None, change: Callable[[Workspace], Workspace]) -> Workspace:
        """Replace a visitor's workspace by what a quick change makes of it; return the new one."""
        while True:
            before = self.workspace(key)
            after = change(before)
            if after is before or self.swap(key, before, after) or not key:
                return after

    def finish(
        self,
        key: str | None,
        work: str,
        before: Workspace,
        rests_on: tuple[Part, ...],
        change: Callable[[Workspace], Workspace],
    ) -> Workspace:
        """Put the outcome of a piece of work in place, unless what it rests on has changed.

        Parameters
        ----------
        key, work, before:
            The visitor, the name of the work, and the workspace that it began with.
        rests_on:
            The parts that must still be the same.
        change:
            Makes the next workspace of the present one.

        Raises
        ------
        MovedOn
            A part has changed.
        Stopped
            Its Cancel was pressed, or the visit was dropped.
        """
        self._require_wanted(key, work)

        def checked(now: Workspace) -> Workspace:
            now.require_unmoved(before, *rests_on)
            return change(now)

        return self.update(key, checked)

    def _require_wanted(self, key: str | None, work: str) -> None:
        """Raise `Stopped` where a piece of work is wanted no more."""
        if not key:
            return
        with self._lock:
            visit = self._visits.get(key)
        switch = visit.switches.get(work) if visit else None
        if visit is None or (switch is not None and switch.is_set()):
            raise Stopped

    def begin(self, key: str | None, work: str) -> None:
        """Forget an earlier Cancel of this work; a later one counts, also while it waits."""
        self._visit(key).switches[work] = threading.Event()

    @contextmanager
    def at_work(self, key: str | None, work: str) -> Iterator[None]:
        """Note that this piece of work is under way, until it ends in whatever way."""
        visit = self._visit(key)
        visit.under_way.add(work)
        try:
            yield
        finally:
            visit.under_way.discard(work)

    def is_at_work(self, key: str | None, work: str) -> bool:
        """Whether this piece of work is under way."""
        visit = self._held(key)
        return visit is not None and work in visit.under_way

    def is_cancelled(self, key: str | None, work: str) -> bool:
        """Whether the visitor stopped this piece of work when it was last begun."""
        visit = self._held(key)
        switch = visit.switches.get(work) if visit else None
        return switch is not None and switch.is_set()

    def cancel(self, key: str | None, work: str) -> None:
        """Stop this piece of work, and no other one."""
        switch = self._visit(key).switches.get(work)
        if switch is not None:
            switch.set()

    def progress(
        self, key: str | None, work: str, report: Callable[[float], object]
    ) -> sc.Progress:
        """Return a progress callback that stops work at its Cancel, or once its visitor has left.

        It raises `Stopped`. Make it where the work begins.
        """
        switch = self._visit(key).switches.setdefault(work, threading.Event())
        left = client_disconnect()

        def step(done: int, total: int) -> None:
            if switch.is_set() or left():
                raise Stopped
            report(done / max(total, 1))

        return step

    def drop_idle(self) -> None:
        """Forget every visit that nobody has used for too long, and stop what works for it."""
        with self._lock:
            self._drop_idle()
            self._watch = None
            self._keep_watch()

    def _visit(self, key: str | None) -> Visit:
        """Return the visit of a key; it begins where there is none."""
        visit = self._held(key)
        if visit is not None:
            return visit
        begun = Visit(self._fresh)
        if not key:  # it has not arrived yet: such a visit is not kept
            return begun
        with self._lock:
            visit = self._visits.setdefault(key, begun)
            self._make_room()
            return visit

    def _held(self, key: str | None) -> Visit | None:
        """Return the visit of a key where it is held, and note that it is in use."""
        with self._lock:
            self._drop_idle()
            visit = self._visits.get(key) if key else None
            if visit is not None and key:
                visit.last_used = time.monotonic()
                self._visits.move_to_end(key)
            return visit

    def _drop_idle(self) -> None:
        since = time.monotonic() - self._idle_seconds
        while self._visits and next(iter(self._visits.values())).last_used < since:
            self._drop_oldest()

    def _make_room(self) -> None:
        held = sum(visit.workspace.nbytes for visit in self._visits.values())
        while len(self._visits) > 1 and (len(self._visits) > self._most or held > self._most_bytes):
            held -= self._drop_oldest().workspace.nbytes

    def _drop_oldest(self) -> Visit:
        _, visit = self._visits.popitem(last=False)
        visit.stop()
        return visit

    def _keep_watch(self) -> None:
        """See to it that idle visits go in time, also when nobody comes any more."""
        if self._watch is not None or not self._visits:
            return
        oldest = next(iter(self._visits.values()))
        seconds = max(oldest.last_used + self._idle_seconds - time.monotonic(), 1.0)
        self._watch = threading.Timer(seconds, _drop_idle_of, [weakref.ref(self)])
        self._watch.daemon = True
        self._watch.start()


def _drop_idle_of(visits: weakref.ref[Visits]) -> None:
    held = visits()
    if held is not None:
        held.drop_idle()


@dataclass(frozen=True)
class Page:
    """The page as its tabs see it."""

    shared: Shared
    visits: Visits

    @property
    def opening(self) -> SearchView:
        """The finished example that the page opens on."""
        return self.shared.opening

    @property
    def is_loading(self) -> bool:
        """Whether the model is still being loaded."""
        return not self.shared.loading.done()

    def sample(self) -> Sample:
        """Return the sample under the default model, waiting where it is still loading."""
        return self.shared.sample()

    def workspace(self, visitor: str | None) -> Workspace:
        """Return a visitor's workspace."""
        return self.visits.workspace(visitor)
