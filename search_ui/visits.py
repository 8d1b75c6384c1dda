"""Visits: each visitor's workspace and work under way, in memory, under a key nobody can guess."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import search_core as sc
from search_ui.sample import Sample, Shared
from search_ui.search_view import SearchView
from search_ui.server.queue_limits import client_disconnect
from search_ui.workspace import Part, Workspace

IDLE_SECONDS = 30 * 60
VISITS = 200
BYTES = 64 * 2**20


class Stopped(Exception):  # noqa: N818 - a visitor's wish, not an error
    """Raised inside a long piece of work when its visitor pressed Cancel, or left."""


@dataclass
class Visit:
    """A workspace, and a switch for each piece of work, by name, that stops it."""

    workspace: Workspace
    switches: dict[str, threading.Event] = field(default_factory=dict)
    last_used: float = field(default_factory=time.monotonic)

    def stop(self) -> None:
        """Stop all work."""
        for switch in self.switches.values():
            switch.set()


class Visits:
    """All visits; the longest unused goes first when there is no room.

    A workspace is a value: nobody changes it, so reading one takes no lock. It is replaced by
    compare-and-swap.
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

    def __len__(self) -> int:
        return len(self._visits)

    def new_key(self) -> str:
        """Return a fresh random key of 128 bits."""
        return secrets.token_hex(16)

    def workspace(self, key: str | None) -> Workspace:
        """Return a visitor's workspace; a fresh one if the key is new, or was dropped meanwhile."""
        return self._visit(key).workspace

    def swap(self, key: str | None, before: Workspace, after: Workspace) -> bool:
        """Put a workspace in place of another one; False, and nothing done, if it is another."""
        visit = self._visit(key)
        with self._lock:
            if visit.workspace is not before:
                return False
            visit.workspace = after
            self._drop_old(time.monotonic())
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

    def drop(self, key: str) -> None:
        """Forget this visitor and stop what still works for them."""
        with self._lock:
            visit = self._visits.pop(key, None)
        if visit is not None:
            visit.stop()

    def _visit(self, key: str | None) -> Visit:
        if not key:  # it has not arrived yet: such a visit is not kept
            return Visit(self._fresh)
        now = time.monotonic()
        with self._lock:
            visit = self._visits.setdefault(key, Visit(self._fresh))
            visit.last_used = now
            self._visits.move_to_end(key)
            self._drop_old(now)
            return visit

    def _drop_old(self, now: float) -> None:
        held = sum(visit.workspace.nbytes for visit in self._visits.values())
        for key, visit in list(self._visits.items())[:-1]:  # never the one in use
            idle = now - visit.last_used > self._idle_seconds
            if not idle and len(self._visits) <= self._most and held <= self._most_bytes:
                return
            held -= visit.workspace.nbytes
            visit.stop()
            del self._visits[key]


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
