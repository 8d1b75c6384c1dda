"""Fits in worker processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest

import search_core as sc
from search_core.labels.labels import labels_of
from search_core.limits import LABEL_ROWS_MINIMUM
from search_core.scale import BROUGHT_SCALES
from search_ui.server import worker_processes
from search_ui.server.worker_processes import NO_MEMORY, CrashError, fit_apart

pytestmark = pytest.mark.slow


class Enough(Exception):  # noqa: N818 - a wish, not an error
    """Raised by a caller who wants the fit no more."""


def pairs_of(rows: int) -> sc.ScoredPairs:
    """Twenty rows a query, more often relevant as their score grows."""
    draw = np.random.default_rng(0)
    scores = draw.uniform(size=rows)
    relevant = draw.uniform(size=rows) < scores
    judged = [
        {"query": f"q{n // 20}", "score": float(score), "relevance": int(yes)}
        for n, (score, yes) in enumerate(zip(scores, relevant, strict=True))
    ]
    return sc.score_pairs(labels_of(judged), BROUGHT_SCALES["cosine"])


def test_the_result_is_the_one_of_the_library() -> None:
    pairs = pairs_of(400)
    apart, here = fit_apart(pairs, "isotonic"), sc.fit_calibrator(pairs, "isotonic")
    assert apart.calibrator == here.calibrator
    assert apart.report.as_dict() == here.report.as_dict()
    np.testing.assert_array_equal(apart.out_of_fold, here.out_of_fold)


def test_errors_come_back_as_the_library_raises_them() -> None:
    pairs = pairs_of(100)
    with pytest.raises(sc.CalibrationError, match="There is no method 'best'"):
        fit_apart(pairs, "best")
    features = pairs.features.copy()
    features[3, 0] = np.nan
    with pytest.raises(sc.LabelsError) as apart:
        fit_apart(replace(pairs, features=features))
    with pytest.raises(sc.LabelsError) as here:
        sc.fit_calibrator(replace(pairs, features=features))
    assert (str(apart.value), apart.value.row) == (str(here.value), here.value.row)
    assert apart.value.row is not None
    with pytest.raises(sc.CalibrationError, match=str(LABEL_ROWS_MINIMUM)):
        fit_apart(pairs_of(10))


def test_progress_is_passed_on_to_the_end() -> None:
    steps: list[tuple[int, int]] = []
    fit_apart(pairs_of(400), progress=lambda *step: steps.append(step))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_a_fit_that_nobody_wants_any_more_is_ended_and_leaves_no_process() -> None:
    def stop(_done: int, _total: int) -> None:
        assert multiprocessing.active_children()
        raise Enough

    with pytest.raises(Enough):
        fit_apart(pairs_of(400), progress=stop)
    assert not multiprocessing.active_children()


def test_a_process_that_the_system_takes_away_is_a_sentence() -> None:
    def take_away(_done: int, _total: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(sc.CalibrationError, match=NO_MEMORY):
        fit_apart(pairs_of(10_000), progress=take_away)


@pytest.mark.parametrize("end", [signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM])
def test_a_process_that_breaks_down_is_no_want_of_memory(end: signal.Signals) -> None:
    def break_down(_done: int, _total: int) -> None:
        for child in multiprocessing.active_children():
            os.kill(child.pid or 0, end)

    with pytest.raises(CrashError, match=f"exit code -{end.value}"):
        fit_apart(pairs_of(10_000), progress=break_down)


def test_a_process_that_gives_up_is_told_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    context = multiprocessing.get_context("fork")
    monkeypatch.setattr(worker_processes, "_context", lambda: context)
    monkeypatch.setattr(worker_processes, "_fit", lambda *_: os._exit(3))
    with pytest.raises(CrashError, match="exit code 3"):
        fit_apart(pairs_of(100))


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_a_fit_steps_back_behind_the_server() -> None:
    seen: list[int] = []

    def look(_done: int, _total: int) -> None:
        children = multiprocessing.active_children()
        seen.extend(os.getpriority(os.PRIO_PROCESS, child.pid or 0) for child in children)

    fit_apart(pairs_of(10_000), progress=look)
    assert max(seen) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + worker_processes.STEP_BACK)


def test_an_unforeseen_fault_brings_its_story_for_the_log() -> None:
    with pytest.raises(TypeError) as fault:
        fit_apart(replace(pairs_of(100), queries=None))  # type: ignore[arg-type]
    assert any("Traceback" in note and "rows.py" in note for note in fault.value.__notes__)


def test_where_no_process_can_begin_the_fit_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refused:
        def __init__(self, **_named: object) -> None: ...

        def start(self) -> None:
            raise OSError("No space left on device")

    pairs = pairs_of(100)
    monkeypatch.setattr(worker_processes._context(), "Process", Refused)
    assert fit_apart(pairs).calibrator == sc.fit_calibrator(pairs).calibrator
