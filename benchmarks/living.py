"""What a blend loses when its collection changes after the fit.

    python -m benchmarks.living [--data FOLDER] [--sets NAME ...] [--draws N]

Documents are held out, a blend is fitted on judged rows of some queries, the collection gains a
document, a tenth or as many again, or loses a tenth, and the blend states its values for other
queries. Loss is log-loss less the labels' own entropy, as a mean over draws of queries and
documents:

- against itself: on the rows that are in both collections, the blend with the features of the
  changed collection, less the same blend with those of the collection that it was fitted on;
- against a refit: on all rows of the changed collection, the blend, less one fitted there.

A calibrator serves, with a note, where a collection changed by a tenth; with as many documents
again it warns, and so that row has no goal.

The sample always takes part, and the judged collections where their folder is named.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import search_core as sc
from benchmarks.interleaved import machine
from benchmarks.judged_data import JudgedSet, embed, labelled_pairs, load_set
from benchmarks.table import HEADER, line, verdict
from benchmarks.texts import EXAMPLES
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.in_use import MOST_ADDED, MOST_REMOVED
from search_core.evaluate.judged import rows_by_query
from search_core.evaluate.reliability import excess_loss
from search_core.labels.labels import query_key

Places = npt.NDArray[np.intp]

SETS = ("stackfaq", "noveleval", "med", "cisi", "cacm", "scifact_train", "banking77")
TRAIN_ROWS, TEST_ROWS = 1_000, 3_000
MOST_TRAINED = 0.5  # of the queries
MOST_LOST = 0.01  # against a refit, on average over collections


@dataclass(frozen=True)
class Change:
    """What happens to a collection: its name, and the share of all that comes or goes."""

    name: str
    held_out: float = 0.0  # before the fit, one document at least
    lost: float = 0.0

    @property
    def is_served(self) -> bool:
        """Whether a calibrator serves after it without a warning."""
        return self.lost <= MOST_REMOVED and self.held_out <= MOST_ADDED / (1 + MOST_ADDED)

    def sizes(self, documents: int) -> tuple[int, int]:
        """Return how many documents there are before and after."""
        if self.lost:
            return documents, documents - round(self.lost * documents)
        return documents - max(1, round(self.held_out * documents)), documents


CHANGES = (
    Change("+1 document"),
    Change("+10%", held_out=1 / 11),
    Change("+100%", held_out=1 / 2),
    Change("-10%", lost=1 / 10),
)


@dataclass(frozen=True)
class Loss:
    """The losses of one draw: of the blend as it was and as it is, and of one fitted anew."""

    unchanged: float
    changed: float
    stale: float
    refitted: float


def sample_set() -> JudgedSet:
    """Return the sample with its judgements."""
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    labels = sc.read_labels(EXAMPLES / "judgements.csv", scale=(0, 3))
    judged: dict[str, dict[int, float]] = {}
    for query, name, value in zip(labels.queries, labels.doc_ids, labels.relevance, strict=True):
        judged.setdefault(query, {})[corpus.position_of_id[name]] = float(value)
    queries = tuple(judged)
    return JudgedSet(
        name="noveleval",  # as there, what is judged is all that counts
        texts=corpus.texts,
        vectors=embed(corpus.texts, "sample.corpus"),
        queries=queries,
        query_vectors=embed(queries, "sample.queries", queries=True),
        relevance=tuple(judged.values()),
    )


def with_documents(judged: JudgedSet, places: Places) -> JudgedSet:
    """Return the set with some of its documents alone."""
    new = {int(place): n for n, place in enumerate(places)}
    return replace(
        judged,
        texts=tuple(judged.texts[place] for place in places),
        vectors=judged.vectors[places],
        relevance=tuple(
            {new[place]: value for place, value in known.items() if place in new}
            for known in judged.relevance
        ),
    )


def with_queries(judged: JudgedSet, rng: np.random.Generator) -> JudgedSet:
    """Draw queries in random order until there are rows enough to train and to test."""
    order = rng.permutation(len(judged.queries))
    reached = np.cumsum([len(judged.relevance[n]) + 20 for n in order])
    chosen = order[: int(np.searchsorted(reached, TRAIN_ROWS + TEST_ROWS)) + 1]
    return replace(
        judged,
        queries=tuple(judged.queries[n] for n in chosen),
        query_vectors=judged.query_vectors[chosen],
        relevance=tuple(judged.relevance[n] for n in chosen),
    )


def training_queries(pairs: sc.ScoredPairs) -> set[str]:
    """Return the first queries that have rows enough together, at most half of all."""
    groups = rows_by_query(pairs.queries)
    reached = np.cumsum([len(rows) for rows in groups.values()])
    enough = int(np.searchsorted(reached, TRAIN_ROWS)) + 1
    return set(list(groups)[: min(enough, int(MOST_TRAINED * len(groups)))])


def placed(pairs: sc.ScoredPairs, judged: JudgedSet) -> sc.ScoredPairs:
    """Return the same rows with the features that they have in another collection."""
    number = {query_key(query): n for n, query in enumerate(judged.queries)}
    place = {text: n for n, text in enumerate(judged.texts)}
    asked = [number[query] for query in pairs.queries]
    features = judged.space.features(
        [judged.queries[n] for n in asked],
        judged.query_vectors[asked],
        pairs.texts,
        judged.vectors[[place[text] for text in pairs.texts]],
    )
    return replace(pairs, features=features)


def chosen(pairs: sc.ScoredPairs, queries: set[str], texts: Sequence[str] = ()) -> sc.ScoredPairs:
    """Return the rows of these queries, and of these texts where some are given."""
    known = set(texts or pairs.texts)
    kept = [q in queries and t in known for q, t in zip(pairs.queries, pairs.texts, strict=True)]
    return pairs.take(np.array(kept))


def draw(judged: JudgedSet, change: Change, seed: int) -> Loss:
    """Draw queries and documents, fit before the change, and state after it."""
    rng = np.random.default_rng([seed, len(judged.texts)])
    judged = with_queries(judged, rng)
    order = rng.permutation(len(judged.texts))
    old, new = (with_documents(judged, order[:size]) for size in change.sizes(len(order)))
    before, after = labelled_pairs(old), labelled_pairs(new)
    fitted_on = training_queries(before)
    others = set(before.queries) - fitted_on
    blend = fit_calibrator(chosen(before, fitted_on), "blend").calibrator
    refit = fit_calibrator(chosen(after, fitted_on), "blend").calibrator
    shared, there = chosen(before, others, new.texts), chosen(after, others)
    return Loss(
        unchanged=excess_loss(shared.relevance, blend.predict(shared)),
        changed=excess_loss(shared.relevance, blend.predict(placed(shared, new))),
        stale=excess_loss(there.relevance, blend.predict(there)),
        refitted=excess_loss(there.relevance, refit.predict(there)),
    )


def mean_loss(judged: JudgedSet, change: Change, draws: int) -> Loss:
    """Return the mean of several draws."""
    found = [vars(draw(judged, change, seed)) for seed in range(draws)]
    return Loss(**{name: float(np.mean([each[name] for each in found])) for name in found[0]})


def chosen_sets(folder: str | None, names: Sequence[str]) -> dict[str, JudgedSet]:
    """Return the sample and, where their folder is known, judged collections by name."""
    sets = {"the sample": sample_set()}
    if folder:
        sets |= {name: load_set(Path(folder) / name) for name in names}
    return sets


def summary(change: Change, losses: Sequence[Loss]) -> str:
    """Return the row of one change over all collections."""
    against = [each.stale - each.refitted for each in losses]
    mean = float(np.mean(against))
    figure = f"{mean:+.4f} ({min(against):+.4f} to {max(against):+.4f})"
    question = f"log-loss that a blend adds, its collection {change.name} since the fit"
    if not change.is_served:
        return line(question, "refitted", figure)
    return line(question, "refitted", figure, f"≤ {MOST_LOST:g}", verdict(mean <= MOST_LOST))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", default=os.environ.get("SCORE_SENSE_DATA"))
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--draws", type=int, default=3)
    given = parser.parse_args()
    print("| set | change | unchanged | changed | adds | of its rows, stale | refitted | adds |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    losses: dict[Change, list[Loss]] = {change: [] for change in CHANGES}
    for name, judged in chosen_sets(given.data, given.sets).items():
        for change in CHANGES:
            found = mean_loss(judged, change, given.draws)
            losses[change].append(found)
            print(
                f"| {name} | {change.name} | {found.unchanged:.4f} | {found.changed:.4f} "
                f"| {found.changed - found.unchanged:+.4f} | {found.stale:.4f} "
                f"| {found.refitted:.4f} | {found.stale - found.refitted:+.4f} |",
                flush=True,
            )
    print("", machine(), "", HEADER, sep="\n")
    print(*(summary(change, found) for change, found in losses.items()), sep="\n")


if __name__ == "__main__":
    main()
