"""Makes what is stored beside the sample again: `python -m examples.refresh`.

`calibrator.json` is fitted on the judgements; `opening.json` is the first view that the page is
drawn from before the model is loaded. Tests compare both with a fresh computation.
"""

from __future__ import annotations

from dataclasses import asdict

import search_core as sc
from search_ui.page import OPENING, write_opening
from search_ui.sample import EXAMPLES, OPENING_QUERY, read_grades
from search_ui.views import SearchView, view_search

OPENING_HITS = 6


def fit_sample(engine: sc.SearchEngine) -> sc.Calibrator:
    """Fit the calibrator that the page opens with."""
    labels = sc.read_labels(EXAMPLES / "judgements.csv", scale=(0, 3))
    return sc.fit_calibrator(engine.score_labels(labels), method="auto", seed=0).calibrator


def opening_view(engine: sc.SearchEngine, calibrator: sc.Calibrator) -> SearchView:
    """Compute the first view."""
    grades = read_grades(EXAMPLES / "judgements.csv")
    return view_search(engine, calibrator, OPENING_QUERY, OPENING_HITS, grades)


def main() -> None:
    """Write both files."""
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    engine = sc.SearchEngine.build(corpus, encoder=sc.load_encoder())
    calibrator = fit_sample(engine)
    (EXAMPLES / "calibrator.json").write_text(calibrator.to_json(), encoding="utf-8")
    view = opening_view(engine, calibrator)
    write_opening(view, OPENING)
    print(f"{len(corpus)} documents; the page opens on {asdict(view.hits[0])}")


if __name__ == "__main__":
    main()
