"""The loss of the blend on graded pairs of sentences that no search brought up, against one curve.

    python -m benchmarks.graded_pairs [--data FOLDER] [--draws 4]

Such labels have no lists of hits and no questions with several texts: every pair stands alone, as
in benchmarks of sentence similarity. Often they follow the score alone, and there a method that
looks at more can only lose. Two kinds of pairs:

- "judged" ones, of the graded collections: each judged pair counts as a question of its own.
- "modelled" ones, in which the score is all there is to know. Two short messages to a bank
  (Banking77) are drawn so that cosines are spread evenly; the grade is a curve of the cosine and
  normal noise of standard deviation 0.15, clipped to [0, 1] and rounded to 25ths, as means of
  several people's grades from 0 to 5 are. The curves: a line, one that levels off, and a logistic.

Loss is log-loss less the labels' own entropy; the best peer is chosen in hindsight.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from unittest import mock

import numpy as np
import numpy.typing as npt

from benchmarks.calibration import geometric_mean, peer_values, split
from benchmarks.judged_data import JudgedSet, data_folder, labelled_pairs, load_sets, scored
from benchmarks.learnt_prior import first_hits, learn_without
from search_core.calibrate import blend
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.maps import expit
from search_core.evaluate.reliability import excess_loss
from search_core.pairs import ScoredPairs

Floats = npt.NDArray[np.float64]

SIZES = (50, 200, 1000)
GRADED = ("cqa_ql", "csfcube", "liveqa_med")
MODELLED_ON = "banking77"
PAIRS = 1_500
LOWEST = 0.05  # of the highest cosine that a message has with any other
NOISE = 0.15
STEPS = 25
CURVES: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "a line": lambda cosine: 1.05 * cosine - 0.05,
        "levels off": lambda cosine: np.clip(1.6 * (cosine - 0.25), 0.0, 0.8),
        "logistic": lambda cosine: expit(12 * (cosine - 0.45)),
    }
)


@dataclass(frozen=True)
class Trial:
    """Losses on the pairs that were not drawn: the blend's, and each peer's."""

    blend: float
    peers: Mapping[str, float]


def judged_pairs(judged: JudgedSet) -> ScoredPairs:
    """Return what was judged, each pair a question of its own."""
    places = [(query, text) for query, known in enumerate(judged.relevance) for text in known]
    queries, texts = map(list, zip(*places, strict=True))
    relevance = [value for known in judged.relevance for value in known.values()]
    return alone(scored(judged, queries, texts, np.array(relevance)))


def modelled_pairs(judged: JudgedSet, curve: Callable[[Floats], Floats]) -> ScoredPairs:
    """Return pairs of texts whose grades follow a curve of the cosine, with noise."""
    rng = np.random.default_rng(5)
    order = rng.permutation(len(judged.texts))
    texts, asked = np.split(order[: 2 * PAIRS], 2)
    shown = replace(
        judged,
        texts=tuple(judged.texts[n] for n in texts),
        vectors=judged.vectors[texts],
        queries=tuple(judged.texts[n] for n in asked),
        query_vectors=judged.vectors[asked],
    )
    cosines = (shown.query_vectors @ shown.vectors.T).astype(np.float64)
    wanted = rng.uniform(LOWEST, 1.0, PAIRS) * cosines.max(axis=1)
    chosen = np.abs(cosines - wanted[:, np.newaxis]).argmin(axis=1)
    found = cosines[np.arange(PAIRS), chosen]
    grades = np.clip(curve(found) + NOISE * rng.standard_normal(PAIRS), 0.0, 1.0)
    pairs = scored(shown, list(range(PAIRS)), chosen.tolist(), np.round(grades * STEPS) / STEPS)
    return replace(alone(pairs), graded=True)


def alone(pairs: ScoredPairs) -> ScoredPairs:
    """Return the pairs with a question of its own for each."""
    return replace(pairs, queries=tuple(f"pair {n}" for n in range(len(pairs))))


def run(pairs: ScoredPairs, size: int, draws: int) -> list[Trial]:
    """Fit on some pairs and measure on the others, as often as asked."""
    trials = []
    for seed in range(draws):
        parts = split(pairs, size, seed)
        if parts:
            train, test = parts
            stated = fit_calibrator(train, "blend").calibrator.predict(test)
            peers = peer_values(train, test)
            losses = {name: excess_loss(test.relevance, p) for name, p in peers.items()}
            trials.append(Trial(excess_loss(test.relevance, stated), losses))
    return trials


def print_row(name: str, size: int, trials: list[Trial]) -> float:
    """Print one line, and return the blend's loss over that of the best peer."""
    ours = float(np.mean([each.blend for each in trials]))
    peers = {peer: float(np.mean([t.peers[peer] for t in trials])) for peer in trials[0].peers}
    best = min(peers, key=lambda peer: peers[peer])
    beside = " | ".join(f"{ours / peers[peer]:.2f}" for peer in (best, "isotonic", "linear"))
    print(f"| {size:,} | {name} | {best} | {beside} |", flush=True)
    return ours / peers[best]


def main() -> None:
    """Measure all kinds of pairs, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    parser.add_argument("--draws", type=int, default=4)
    given = parser.parse_args()
    sets = {each.name: each for each in load_sets(data_folder(given.data))}
    hits = {name: first_hits(name, labelled_pairs(each)) for name, each in sets.items()}
    kinds = {f"judged: {name}": (name, judged_pairs(sets[name])) for name in GRADED}
    for words, curve in CURVES.items():
        pairs = modelled_pairs(sets[MODELLED_ON], curve)
        kinds[f"modelled: {words}"] = (MODELLED_ON, pairs)
    print("| labels | pairs | best peer | blend ÷ best | ÷ isotonic | ÷ linear |")
    print("| ---: | --- | --- | ---: | ---: | ---: |")
    ratios: dict[int, list[float]] = {size: [] for size in SIZES}
    for kind, (name, pairs) in kinds.items():
        prior = learn_without(name, hits)
        with mock.patch.object(blend, "load_prior", lambda prior=prior: prior):
            for size in SIZES:
                trials = run(pairs, size, given.draws)
                if trials:
                    ratios[size].append(print_row(kind, size, trials))
    for size, found in ratios.items():
        print(f"{size:,} labels: mean {geometric_mean(found):.2f}, worst {max(found):.2f}")


if __name__ == "__main__":
    main()
