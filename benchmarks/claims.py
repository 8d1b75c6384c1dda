"""How often a verdict denies scores that do tell relevant from irrelevant.

    python -m benchmarks.claims [--draws 200]

Labels are drawn whose truth is known: 10 queries of 10 rows, log-odds that rise with the score so
that its AUC is about 0.74, and a shift that each query's rows share. With so few labels a gain can
often not be shown; that the scores tell nothing may be said in 3% of all draws at most, and never
beside an AUC whose 90% interval lies above one half.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from benchmarks.interleaved import machine
from benchmarks.table import HEADER, line, verdict
from search_core.calibrate.fit import fit_calibrator
from search_core.evaluate.report import CHANCE, Report
from search_core.pairs import ScoredPairs
from search_core.scale import BROUGHT_SCALES

DRAWS = 200
QUERIES, ROWS = 10, 10
SLOPE, SHIFT, BASE = 1.0, 0.3, -0.5  # in log-odds: of a standard deviation, of a query, of all
MOST_FALSE = 0.03


def drawn_labels(rng: np.random.Generator) -> ScoredPairs:
    """Return labelled scores that tell relevant rows from others, by an AUC of about 0.74."""
    scores = rng.normal(size=(QUERIES, ROWS))
    odds = BASE + SLOPE * scores + rng.normal(0, SHIFT, (QUERIES, 1))
    relevant = rng.random((QUERIES, ROWS)) < 1 / (1 + np.exp(-odds))
    return ScoredPairs(
        queries=tuple(f"query {row // ROWS}" for row in range(QUERIES * ROWS)),
        relevance=relevant.ravel().astype(np.float64),
        features=scores.reshape(-1, 1),
        feature_names=("score",),
        scale=BROUGHT_SCALES["higher_is_better"],
    )


def reports(draws: int, seed: int = 0) -> list[Report]:
    """Return the reports of fits on labels drawn anew."""
    rng = np.random.default_rng(seed)
    return [fit_calibrator(drawn_labels(rng), "platt").report for _ in range(draws)]


def denies(report: Report) -> bool:
    """Whether its verdict is that nothing is told apart, or the wrong way round."""
    return report.verdict.kind in ("not separable", "runs against relevance")


def contradicts(report: Report) -> bool:
    """Whether it says so beside an AUC of the score whose interval lies above one half."""
    return denies(report) and report.intervals["auc_score"][0] > CHANCE


def main() -> None:
    """Draw, fit, and print what the verdicts say."""
    parser = argparse.ArgumentParser(description="How often a verdict denies what scores tell.")
    parser.add_argument("--draws", type=int, default=DRAWS)
    draws = parser.parse_args().draws
    found = reports(draws)
    false = sum(map(denies, found)) / draws
    aucs = [report.auc_score for report in found if report.auc_score is not None]
    kinds = Counter(report.verdict.kind for report in found)
    print(machine())
    print(f"AUC of the score over {draws} draws: {np.mean(aucs):.3f} on average")
    print(", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    print(HEADER)
    print(
        line(
            "verdicts that deny scores with an AUC of .74, 100 labels", "", f"{false:.1%}",
            f"≤ {MOST_FALSE:.0%}", verdict(false <= MOST_FALSE),
        )
    )  # fmt: skip
    beside = sum(map(contradicts, found))
    print(line("of these beside an AUC above one half", "", f"{beside}", "0", verdict(not beside)))


if __name__ == "__main__":
    main()
