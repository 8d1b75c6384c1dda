"""The sample collection: loaded once, behind the page, and shared by every visitor unchanged."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import search_core as sc
from search_ui.calibration_view import CalibrationView

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
OPENING_QUERY = "How do I stop my cat from scratching the sofa?"


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


def load_sample(folder: Path = EXAMPLES) -> Sample:
    """Load model, documents, judgements and calibrator."""
    encoder = sc.load_encoder()
    engine = sc.SearchEngine.build(sc.read_corpus(folder / "documents.csv"), encoder=encoder)
    with reading_stored("calibrator.json"):
        calibrator = sc.load_calibrator((folder / "calibrator.json").read_bytes())
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
