"""The sample collection and what is stored beside it: shared by every visitor, unchanged."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary, WeakValueDictionary

import msgspec

import search_core as sc
from search_ui.folders import folder
from search_ui.hills import Hills, read_hills
from search_ui.server.worker_processes import fit_apart
from search_ui.views.calibration import CalibrationView, read_view, view_calibration
from search_ui.views.search import SearchView

EXAMPLES = folder("examples")
OPENING, STORED_VIEW = EXAMPLES / "opening.json", EXAMPLES / "calibration.json"
STORED_CALIBRATOR = EXAMPLES / "calibrator.json"
HILLS = EXAMPLES / "hills.json"
ENGINE = "engine"  # a folder
OPENING_QUERY = "How do I stop my cat from scratching the sofa?"
WAIT_SECONDS = 0.2  # between two looks at Cancel while another visitor's model is made
SCALE = (0.0, 3.0)  # that the sample was judged on


class StaleExamplesError(sc.SearchCoreError):
    """What is stored beside the sample is missing, damaged, or older than the program."""


@contextmanager
def reading_stored(name: str, command: str = "python -m examples.refresh") -> Iterator[None]:
    """Say how to make the stored file again, where reading it fails."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, AttributeError, sc.SearchCoreError) as why:
        raise StaleExamplesError(
            f"{name}, stored beside the sample, is missing, damaged or older than the program "
            f"({type(why).__name__}); make it again with `{command}`."
        ) from why


@dataclass(frozen=True, eq=False)
class Sample:
    """The sample collection under one model, ready to search.

    Attributes
    ----------
    encoder:
        The model; texts of the visitors who use it are embedded with it too.
    engine:
        The sample's documents, embedded and indexed.
    calibrator:
        Fitted on the sample's judgements; under the default model it is stored beside them.
    grades:
        What people judged, from 0 to 3, by (query, document id).
    view:
        What the page shows of that fit; None under the default model, where it is stored.
    """

    encoder: sc.Encoder
    engine: sc.SearchEngine
    calibrator: sc.Calibrator
    grades: dict[tuple[str, str], int]
    view: CalibrationView | None = None


@dataclass(frozen=True)
class SampleFit:
    """The sample's judgements, and the stored fit on them."""

    labels: sc.Labels
    view: CalibrationView


@dataclass(frozen=True)
class Shared:
    """What all visitors share, and nobody changes.

    Attributes
    ----------
    loading:
        The sample under the default model, loaded behind the page.
    fit:
        Its judgements and the stored fit on them, which need no model.
    opening:
        The finished example that Search opens on, stored so that it needs no model.
    hills:
        How the sample's pairs score under each model that was measured, the default one first.
    others:
        The sample under other models, made when somebody first wants it.
    """

    loading: Future[Sample]
    fit: SampleFit
    opening: SearchView
    hills: tuple[Hills, ...]
    others: OtherModels = field(default_factory=lambda: OtherModels())

    def sample(self) -> Sample:
        """Return the sample, waiting where it is still loading."""
        return self.loading.result()

    def sample_under(self, name: str, progress: sc.Progress) -> Sample:
        """Return the sample under a model, which is fetched and loaded where it is not there yet.

        Raises
        ------
        EncoderError
            The model cannot be had.
        """
        default = self.sample()
        if name == default.encoder.name:
            return default
        return self.others.sample(default, name, progress)


class OtherModels:
    """The sample under other models: made once, shared by every visitor, never changed."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        # One sample a model, however many visitors use it; the last one stays when nobody does.
        self._in_use: WeakValueDictionary[str, Sample] = WeakValueDictionary()
        self._last: Sample | None = None
        self._trials: WeakKeyDictionary[Sample, sc.ModelTrial] = WeakKeyDictionary()

    def sample(self, default: Sample, name: str, progress: sc.Progress) -> Sample:
        """Return the texts of the default sample under another model."""
        with self._turn(progress):
            sample = self._in_use.get(name) or _sample_under(default, name, progress)
            self._in_use[name] = self._last = sample
            return sample

    def trial(self, sample: Sample, progress: sc.Progress) -> sc.ModelTrial:
        """Return the trial of a sample's model on its judgements; computed once."""
        with self._turn(progress):
            if sample not in self._trials:
                labels = read_sample_labels()
                self._trials[sample] = sc.try_model(sample.engine, labels, progress, fit_apart)
            return self._trials[sample]

    @contextmanager
    def _turn(self, progress: sc.Progress) -> Iterator[None]:
        """Let one visitor at a time load or try a model; who waits may still cancel."""
        while not self._making.acquire(timeout=WAIT_SECONDS):
            progress(0, 1)
        try:
            yield
        finally:
            self._making.release()


def _sample_under(default: Sample, name: str, progress: sc.Progress) -> Sample:
    encoder = sc.load_encoder(name)
    engine = sc.SearchEngine.build(default.engine.corpus, encoder=encoder, progress=progress)
    engine.background(OPENING_QUERY)  # so that the first question does not wait for it
    labels = read_sample_labels()
    result = fit_apart(engine.score_labels(labels, progress), progress=progress)
    view = view_calibration(result, labels, engine, of_sample=True, progress=progress)
    return Sample(encoder, engine, view.opened(result.calibrator), default.grades, view)


def read_shared(loading: Future[Sample]) -> Shared:
    """Read what is stored beside the sample; no model is needed.

    Raises
    ------
    StaleExamplesError
        It is missing, damaged, or of another version.
    """
    return Shared(loading, read_sample_fit(), read_opening(), read_sample_hills())


def read_sample_fit() -> SampleFit:
    """Read the sample's judgements and the stored fit on them.

    Raises
    ------
    StaleExamplesError
        The stored fit is missing, damaged, or of another version.
    """
    labels = read_sample_labels()
    with reading_stored(STORED_VIEW.name):
        return SampleFit(labels, read_view(STORED_VIEW))


def read_sample_calibrator() -> sc.Calibrator:
    """Read the stored calibrator of the sample.

    Raises
    ------
    StaleExamplesError
        It is missing, damaged, or of another version.
    """
    with reading_stored(STORED_CALIBRATOR.name):
        return sc.load_calibrator(STORED_CALIBRATOR.read_bytes())


def read_sample_engine(encoder: sc.Encoder, folder: Path = EXAMPLES / ENGINE) -> sc.SearchEngine:
    """Read the sample's documents as they were embedded, and indexed, before.

    Raises
    ------
    StaleExamplesError
        The stored engine is missing, damaged, of another version or of another model.
    """
    with reading_stored(ENGINE):
        return sc.SearchEngine.load(folder, encoder)


def read_sample_labels() -> sc.Labels:
    """Read the sample's judgements."""
    return sc.read_labels(EXAMPLES / "judgements.csv", scale=SCALE)


def read_opening(path: Path = OPENING) -> SearchView:
    """Read the stored first view.

    Raises
    ------
    StaleExamplesError
        It is missing, damaged, or of another version.
    """
    with reading_stored(path.name):
        return msgspec.json.decode(path.read_bytes(), type=SearchView)


def read_sample_hills() -> tuple[Hills, ...]:
    """Read how the sample's pairs score under each model that was measured.

    Raises
    ------
    StaleExamplesError
        It is missing, damaged, or of another version.
    """
    with reading_stored(HILLS.name):
        return read_hills(HILLS, read_sample_labels())


def write_opening(view: SearchView, path: Path = OPENING) -> None:
    """Store a first view; `python -m examples.refresh` does it for the sample."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(view), indent=1) + b"\n")


def load_sample(files: Path = EXAMPLES) -> Sample:
    """Load model, documents, judgements and calibrator."""
    encoder = sc.load_encoder()
    engine = read_sample_engine(encoder, files / ENGINE)
    calibrator = read_sample_calibrator()
    engine.background(OPENING_QUERY)  # so that the first visitor does not wait for it
    return Sample(encoder, engine, calibrator, read_grades(files / "judgements.csv"))


def read_grades(path: Path) -> dict[tuple[str, str], int]:
    """Read the judgements as a table of (query, document id) → grade."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["query"], row["doc_id"]): int(row["relevance"]) for row in csv.DictReader(file)
        }


def start_loading(files: Path = EXAMPLES) -> Future[Sample]:
    """Load the sample in the background, so that the page is served at once."""
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sample")
    future = worker.submit(load_sample, files)
    worker.shutdown(wait=False)
    return future
