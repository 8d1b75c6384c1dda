"""Makes what is stored beside the sample again: `python -m examples.refresh`.

`engine/` holds the documents as they are embedded and indexed; `calibrator.json` is fitted on the
judgements; `calibration.json` is what the page shows of that fit, `opening.json` the first view of
a search, and `hills.json` how the sample's pairs score: all are drawn before the model is loaded.
Tests compare them with a fresh computation.
"""

from __future__ import annotations

from dataclasses import asdict

import search_core as sc
from examples.hills import hills_of, store
from search_ui.sample import (
    ENGINE,
    EXAMPLES,
    OPENING,
    OPENING_QUERY,
    STORED_VIEW,
    read_grades,
    read_sample_labels,
    write_opening,
)
from search_ui.views.calibration import CalibrationView, view_calibration, write_view
from search_ui.views.search import SearchView, view_search

OPENING_HITS = 6


def fit_sample(engine: sc.SearchEngine) -> tuple[sc.Calibrator, CalibrationView]:
    """Fit the calibrator that the page opens with; return it with what is shown of the fit."""
    labels = read_sample_labels()
    result = sc.fit_calibrator(engine.score_labels(labels), method="auto", seed=0)
    view = view_calibration(result, labels, engine, of_sample=True)
    return view.opened(result.calibrator), view


def opening_view(engine: sc.SearchEngine, calibrator: sc.Calibrator) -> SearchView:
    """Compute the first view."""
    grades = read_grades(EXAMPLES / "judgements.csv")
    return view_search(engine, calibrator, OPENING_QUERY, OPENING_HITS, grades)


def main() -> None:
    """Write the engine's folder and the four files."""
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    engine = sc.SearchEngine.build(corpus, encoder=sc.load_encoder())
    engine.background(OPENING_QUERY)  # saved with the engine
    engine.save(EXAMPLES / ENGINE)
    calibrator, fitted = fit_sample(engine)
    (EXAMPLES / "calibrator.json").write_text(calibrator.to_json(), encoding="utf-8")
    write_view(fitted, STORED_VIEW)
    view = opening_view(engine, calibrator)
    write_opening(view, OPENING)
    store(hills_of(engine))
    print(f"{len(corpus)} documents; the page opens on {asdict(view.hits[0])}")


if __name__ == "__main__":
    main()
