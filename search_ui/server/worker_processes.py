"""Fits in worker processes, so that whoever asks a question does not wait for them.

Python runs one thread of a process at a time: beside a fit every answer would wait for its turn at
each of its steps. A process of its own steps back behind the server and is ended the moment that
nobody wants its fit. It is forked from a small process that has imported what a fit needs, where
the system can fork; that one starts with the first fit and ends with the server.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

import search_core as sc

LOOK_SECONDS = 0.2  # between two looks whether the fit is still wanted
STEP_BACK = 10  # in niceness, as the threads that embed collections

NO_MEMORY = "There is no memory left for this fit now; give fewer rows, or try again later."

Outcome = sc.CalibrationResult | Exception


class CrashError(RuntimeError):
    """The process that fits broke down: a fault of the program, not of whoever asked."""


def fit_apart(
    pairs: sc.ScoredPairs, method: str = "auto", progress: sc.Progress | None = None
) -> sc.CalibrationResult:
    """Fit as `search_core.fit_calibrator` does, with the same result and the same errors.

    Parameters
    ----------
    pairs, method:
        As `search_core.fit_calibrator` takes them.
    progress:
        Called with (steps done, steps in all) several times a second; what it raises ends the fit
        at once, in the middle of a step.

    Raises
    ------
    CalibrationError, LabelsError
        As `search_core.fit_calibrator`; also where there is no memory left for the fit.
    CrashError
        The process ended without an answer.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = _context().Process(target=_fit, args=(sender, pairs, method), daemon=True)
    with closing(receiver):
        try:
            with closing(sender):
                process.start()
        except OSError:  # no more processes, or no room for the socket that asks for one
            return sc.fit_calibrator(pairs, method, progress=progress)
        try:
            outcome = _outcome(receiver, progress) or _crash(process)
        finally:
            process.kill()
            process.join()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _outcome(receiver: Connection, progress: sc.Progress | None) -> Outcome | None:
    """Wait for the result or the error, and pass progress on meanwhile; None after a crash."""
    step = (0, 1)
    while True:
        if progress is not None:
            progress(*step)
        if receiver.poll(LOOK_SECONDS):
            try:
                message = receiver.recv()
            except EOFError:
                return None
            if not isinstance(message, tuple):
                return message
            step = message


def _crash(process: BaseProcess) -> Exception:
    """Return the error that says why a process ended without an answer."""
    process.join()
    if process.exitcode == -signal.SIGKILL:  # so the system takes a process where memory ends
        return sc.CalibrationError(NO_MEMORY)
    return CrashError(f"The process that fits ended with exit code {process.exitcode}.")


def _context() -> ForkServerContext | SpawnContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "search_core.calibrate.fit", "sklearn.linear_model"])
    return context


def _fit(sender: Connection, pairs: sc.ScoredPairs, method: str) -> None:
    """Fit, and send each step and then the outcome; whoever waits for them may be gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this
    if hasattr(os, "nice"):
        os.nice(STEP_BACK)
    outcome: Outcome
    try:
        outcome = sc.fit_calibrator(pairs, method, progress=lambda *step: sender.send(step))
    except BrokenPipeError:
        return
    except MemoryError:
        outcome = sc.CalibrationError(NO_MEMORY)
    except Exception as fault:
        if not isinstance(fault, sc.SearchCoreError):
            fault.add_note(traceback.format_exc())  # the log shows it; frames do not travel
        outcome = fault
    sender.send(outcome)
