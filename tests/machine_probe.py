"""Fits the sample's calibrator and prints what a program acts on: `python -m tests.machine_probe`.

Run by tests in processes of their own, under settings that make this machine compute as another
would. `--plain` takes torch's own linear layers instead of oneDNN's.
"""

from __future__ import annotations

import json
import sys

import search_core as sc
from search_core.calibrate.maps import Blend
from search_core.encoder import linear
from tests.conftest import EXAMPLES

TARGETS = (0.5, 0.6, 0.7)


def figures() -> dict[str, object]:
    """Return the calibrator's report, method and thresholds, and some values."""
    engine = sc.SearchEngine.build(sc.read_corpus(EXAMPLES / "documents.csv"), sc.load_encoder())
    labels = sc.read_labels(EXAMPLES / "judgements.csv", scale=(0, 3))
    result = sc.fit_calibrator(engine.score_labels(labels))
    pairs, calibrator = result.pairs, result.calibrator
    assert isinstance(calibrator.model, Blend)
    report = result.report.as_dict()
    thresholds = [
        sc.row_threshold(result.out_of_fold, pairs.relevance, pairs.queries, target)
        for target in TARGETS
    ]
    return {
        "method": calibrator.method,
        "members": [type(member).__name__ for member in calibrator.model.members],
        "verdict": report.pop("verdict"),
        "curve": report.pop("curve")["band_lower"],
        "report": report,
        "thresholds": [[found.value, found.count, found.found_again] for found in thresholds],
        "nothing_below": calibrator.nothing_below,
        "values": result.out_of_fold[::50].tolist(),
    }


if __name__ == "__main__":
    if "--plain" in sys.argv:
        linear.KERNELS = ()
    json.dump(figures(), sys.stdout)
