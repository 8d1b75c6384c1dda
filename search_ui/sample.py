"""The sample collection: loaded once, behind the page, and shared by every visitor unchanged."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

import search_core as sc
from search_ui.calibration_view import CalibrationView, read_view
from search_ui.search_view import SearchView

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
OPENING, STORED_VIEW = EXAMPLES / "opening.json", EXAMPLES / "calibration.json"
STORED_CALIBRATOR = EXAMPLES / "calibrator.json"
OPENING_QUERY = "How do I stop my cat from scratching the sofa?"
SCALE = (0.0, 3.0)  # that the sample was judged on


class StaleExamplesError(sc.SearchCoreError):
    """What is stored beside the sample is missing, damaged, or older than the program."""


@contextmanager
def reading_stored(name: str) -> Iterator[None]:
    """Say how to make the stored file again, where reading it fails."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, AttributeError, sc.SearchCoreError) as why:
        raise StaleExamplesError(
            f"{name}, stored beside the sample, is missing, damaged or older than the program "
            f"({type(why).__name__}); make it again with `python -m examples.refresh`."
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
        The finished example that the page opens on, stored so that it needs no model.
    """

    loading: Future[Sample]
    fit: SampleFit
    opening: SearchView

    def sample(self) -> Sample:
        """Return the sample, waiting where it is still loading."""
        return self.loading.result()


def read_shared(loading: Future[Sample]) -> Shared:
    """Read what is stored beside the sample; no model is needed.

    Raises
    ------
    StaleExamplesError
        It is missing, damaged, or of another version.
    """
    return Shared(loading, read_sample_fit(), read_opening())


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


def write_opening(view: SearchView, path: Path = OPENING) -> None:
    """Store a first view; `python -m examples.refresh` does it for the sample."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(view), indent=1) + b"\n")


def load_sample(folder: Path = EXAMPLES) -> Sample:
    """Load model, documents, judgements and calibrator."""
    encoder = sc.load_encoder()
    engine = sc.SearchEngine.build(sc.read_corpus(folder / "documents.csv"), encoder=encoder)
    calibrator = read_sample_calibrator()
    engine.background(OPENING_QUERY)  # so that the first visitor does not wait for it
    return Sample(encoder, engine, calibrator, read_grades(folder / "judgements.csv"))


def read_grades(path: Path) -> dict[tuple[str, str], int]:
    """Read the judgements as a table of (query, document id) → grade."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["query"], row["doc_id"]): int(row["relevance"]) for row in csv.DictReader(file)
        }


def start_loading(folder: Path = EXAMPLES) -> Future[Sample]:
    """Load the sample in the background, so that the page is served at once."""
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sample")
    future = worker.submit(load_sample, folder)
    worker.shutdown(wait=False)
    return future
