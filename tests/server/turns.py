"""The app, which notes how much heavy work is under way and how much waits: tests wait for that."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from search_ui.main import main
from search_ui.server.queue_limits import HEAVY_WORK, QueueLimit
from tests.browser.serving import served_process
from tests.server.calls import wait_until, wait_until_loaded

AT_ONCE = 2


@dataclass(frozen=True)
class Served:
    """The app in a process of its own, its sample loaded; and the file with its notes."""

    address: str
    app: subprocess.Popen[bytes]
    notes: Path

    def wait_for_turns(self, held: int, waiting: int) -> None:
        """Wait until so many pieces of heavy work are under way, and so many wait."""
        wait_until(lambda: self.notes.read_text(encoding="utf-8") == f"{held} {waiting}")


@contextmanager
def served_with_turns() -> Iterator[Served]:
    """Start the app and load its sample."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "turns")
        notes.write_text("0 0", encoding="utf-8")
        command = (sys.executable, "-m", "tests.server.turns")
        with served_process({"TURNS": str(notes)}, command=command) as (address, app):
            wait_until_loaded(address)
            yield Served(address, app, notes)


class _Noted(QueueLimit):
    def _join(self) -> Event:
        mine = super()._join()
        self._note()
        return mine

    def _leave(self, mine: Event) -> None:
        super()._leave(mine)
        self._note()

    def _note(self) -> None:
        with self._lock:
            now = f"{AT_ONCE - self._free} {len(self._line)}"
            Path(os.environ["TURNS"]).write_text(now, encoding="utf-8")


if __name__ == "__main__":
    HEAVY_WORK.__class__ = _Noted
    main()
