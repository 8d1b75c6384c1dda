"""The sample under other models: made once, shared by every visitor, never changed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary, WeakValueDictionary

import search_core as sc
from search_ui.calibration_view import view_calibration
from search_ui.sample import OPENING_QUERY, Sample, Shared, read_sample_labels
from search_ui.server.worker_processes import fit_apart

WAIT_SECONDS = 0.2  # between two looks at Cancel while another visitor's model is made

_making = threading.Lock()
# One sample a model, however many visitors use it; the last one stays when nobody does.
_in_use: WeakValueDictionary[str, Sample] = WeakValueDictionary()
_last: deque[Sample] = deque(maxlen=1)
_trials: WeakKeyDictionary[Sample, sc.ModelTrial] = WeakKeyDictionary()


def sample_under(shared: Shared, name: str, progress: sc.Progress) -> Sample:
    """Return the sample under a model, which is fetched and loaded where it is not there yet.

    Raises
    ------
    EncoderError
        The model cannot be had.
    """
    default = shared.sample()
    if name == default.encoder.name:
        return default
    with _turn(progress):
        sample = _in_use.get(name) or _made(default, name, progress)
        _in_use[name] = sample
        _last.append(sample)
        return sample


def sample_trial(sample: Sample, progress: sc.Progress) -> sc.ModelTrial:
    """Return the trial of a sample's model on its judgements; computed once."""
    with _turn(progress):
        if sample not in _trials:
            _trials[sample] = sc.try_model(sample.engine, read_sample_labels(), progress, fit_apart)
        return _trials[sample]


@contextmanager
def _turn(progress: sc.Progress) -> Iterator[None]:
    """Let one visitor at a time load or try a model; who waits may still cancel."""
    while not _making.acquire(timeout=WAIT_SECONDS):
        progress(0, 1)
    try:
        yield
    finally:
        _making.release()


def _made(default: Sample, name: str, progress: sc.Progress) -> Sample:
    encoder = sc.load_encoder(name)
    engine = sc.SearchEngine.build(default.engine.corpus, encoder=encoder, progress=progress)
    engine.background(OPENING_QUERY)  # so that the first question does not wait for it
    labels = read_sample_labels()
    result = fit_apart(engine.score_labels(labels, progress), progress=progress)
    view = view_calibration(result, labels, engine, of_sample=True, progress=progress)
    return Sample(encoder, engine, result.calibrator, default.grades, view)
