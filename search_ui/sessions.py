"""What belongs to one visitor: kept in memory, under a key nobody can guess, for a while."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.index_view import IndexComparison
from search_ui.sample import Sample
from search_ui.server.callers import departure

IDLE_SECONDS = 30 * 60
SESSIONS = 200
BYTES = 64 * 2**20


class Stopped(Exception):  # noqa: N818 - a visitor's wish, not an error
    """Raised inside a long piece of work when its visitor pressed Cancel, or left."""


@dataclass
class Session:
    """One visitor's collection, labels and calibrator.

    `sample` is the sample under the visitor's model, shared with others; None under the default.
    `engine` is None while the visitor uses the sample, and `engine_is_of_labels` tells that it was
    made of the texts of a label file; `calibrator`, which Search shows, is None
    while the sample's own serves. `own` is the visitor's calibrator, fitted or imported, on
    whatever scale; `view` is what the page shows of the fit `result`, and `indexes` what it shows
    of the indexes that were tried. `trials` are of the models that were compared last.
    `accepts_other_collection` holds after the visitor chose to apply a blend to a collection that
    changed more since its fit than was measured.
    `shown_is_old` holds while Calibrate still shows labels and a fit that went with another
    collection. `label_file` (where it was uploaded to, and its content) and `calibrator_file` are
    uploads that may be read again.
    """

    sample: Sample | None = None
    engine: sc.SearchEngine | None = None
    engine_is_of_labels: bool = False
    calibrator: sc.Calibrator | None = None
    labels: sc.Labels | None = None
    pairs: sc.ScoredPairs | None = None
    result: sc.CalibrationResult | None = None
    view: CalibrationView | None = None
    own: sc.Calibrator | None = None
    indexes: IndexComparison | None = None
    trials: tuple[sc.ModelTrial, ...] = ()
    accepts_other_collection: bool = False
    shown_is_old: bool = False
    label_file: tuple[str, bytes] | None = None
    calibrator_file: bytes | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    last_used: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Forget an earlier Cancel; a later one counts, also while the work waits its turn."""
        self.stopping.clear()

    def progress(self, report: Callable[[float], None]) -> Callable[[int, int], None]:
        """Return a progress callback that also stops at Cancel, or once the visitor has left."""
        left = departure()

        def step(done: int, total: int) -> None:
            if self.stopping.is_set() or left():
                raise Stopped
            report(done / max(total, 1))

        return step

    def use_engine(self, engine: sc.SearchEngine | None) -> None:
        """Search another collection, None for the sample; what was judged on the old one goes.

        The same texts again are no other collection. A calibrator of the visitor's own serves
        where it was fitted on these texts, or nearly these, also after a while on others.
        """
        if engine and self.engine and _alike(engine, self.engine) and not self.engine_is_of_labels:
            return
        self.engine, self.engine_is_of_labels = engine, False
        self.calibrator = self.labels = self.pairs = self.result = self.view = self.indexes = None
        self.trials = ()
        self.accepts_other_collection, self.shown_is_old = False, True
        if engine and self.own and _was_fitted_on(self.own, engine):
            self.calibrator = self.own

    def nbytes(self) -> int:
        """About how many bytes the visitor's own data takes."""
        texts = self.engine.corpus.characters if self.engine else 0
        vectors = self.engine.vectors.nbytes if self.engine else 0
        pairs = self.pairs.features.nbytes if self.pairs else 0
        indexes = self.indexes.nbytes() if self.indexes else 0
        # Trials on the sample are shared: they are no visitor's own.
        trials = sum(each.nbytes for each in self.trials) if self.engine else 0
        # A label file is held as it came and, once it is read, as labels.
        uploads = 2 * len(self.label_file[1]) if self.label_file else 0
        uploads += len(self.calibrator_file or b"")
        return texts + vectors + pairs + indexes + trials + uploads


def _alike(one: sc.SearchEngine, other: sc.SearchEngine) -> bool:
    same = one.corpus.ids == other.corpus.ids and one.corpus.texts == other.corpus.texts
    return same and one.encoder.fingerprint == other.encoder.fingerprint


def _was_fitted_on(calibrator: sc.Calibrator, engine: sc.SearchEngine) -> bool:
    texts = calibrator.collection_change(engine).is_measured
    return texts and calibrator.scale.source == engine.encoder.fingerprint


class Sessions:
    """All visitors' data; the longest unused goes first when there is no room."""

    def __init__(
        self, *, most: int = SESSIONS, most_bytes: int = BYTES, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._most, self._most_bytes, self._idle_seconds = most, most_bytes, idle_seconds
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def new_key(self) -> str:
        """Return a fresh random key of 128 bits."""
        return secrets.token_hex(16)

    def of(self, key: str | None) -> Session:
        """Return the session of this key; a fresh one if it is new, or was dropped meanwhile.

        A visitor whose key has not arrived yet gets a session that is not kept.
        """
        if not key:
            return Session()
        now = time.monotonic()
        with self._lock:
            session = self._sessions.setdefault(key, Session())
            session.last_used = now
            self._sessions.move_to_end(key)
            self._drop_old(now)
            return session

    def drop(self, key: str) -> None:
        """Forget this visitor and stop what still works for them."""
        with self._lock:
            session = self._sessions.pop(key, None)
        if session is not None:
            session.stopping.set()

    def _drop_old(self, now: float) -> None:
        held = sum(session.nbytes() for session in self._sessions.values())
        for key, session in list(self._sessions.items())[:-1]:  # never the one in use
            idle = now - session.last_used > self._idle_seconds
            if not idle and len(self._sessions) <= self._most and held <= self._most_bytes:
                return
            held -= session.nbytes()
            session.stopping.set()
            del self._sessions[key]
