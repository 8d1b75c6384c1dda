"""How well a question that nothing answers can be told without any judged example.

    python -m benchmarks.answerable [--data FOLDER]

For each query the best hit is read in four ways, and the AUC tells how often an answerable query
gets the better reading than an unanswerable one: 1 is perfect, 0.5 is a coin. The rarity, the
chance of the best hit and its cosine are measured; min-max stands for every reading within one
list, whose best value is the same for every query.

The sample brings its own unanswerable queries. Where a folder of judged sets is named (--data or
SCORE_SENSE_DATA), SciFact's training claims and the messages of banking77 are asked of both
collections: each query is answerable in its own collection and not in the other.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.judged_data import Vectors, data_folder, embed, load_set
from benchmarks.sample import UNANSWERABLE, read
from search_core.evaluate.measures import auc
from search_core.hits import Hits
from search_core.normalizers.background import RARE, CollectionBackground
from search_core.normalizers.registry import normalize
from search_core.normalizers.unrelated import shipped_questions
from search_core.scale import COSINE

Floats = npt.NDArray[np.float64]

HITS = 10
SETS = ("scifact_train", "banking77")
SIGNALS = ("rarity", "chance of the best hit", "best cosine", "best min-max")


@dataclass(frozen=True, eq=False)
class Asked:
    """Queries asked of one collection.

    Attributes
    ----------
    collection, kind:
        What was asked, and what kind of query it was.
    answerable:
        Whether the collection answers them.
    signals:
        One column for each of `SIGNALS`, more of it speaking for an answer; shape (queries, 4).
    """

    collection: str
    kind: str
    answerable: bool
    signals: Floats


def ask(collection: CollectionBackground, query_vectors: Vectors) -> Floats:
    """Return the signals of each query."""
    return np.array([_signals(collection, vector) for vector in query_vectors])


def _signals(collection: CollectionBackground, vector: Vectors) -> tuple[float, ...]:
    background = collection.of_query(vector)
    places = np.argsort(-background.cosines, kind="stable")[:HITS].tolist()
    names = tuple(map(str, places))
    hits = Hits("", tuple(places), names, names, background.cosines[places], COSINE)
    best = float(hits.scores[0])
    rarity, chance = background.rarity, background.chance(best)
    assert rarity is not None
    assert chance is not None
    return -rarity, -chance, best, float(normalize(hits, "minmax").scores[0])


def learn(vectors: Vectors) -> CollectionBackground:
    questions = embed(shipped_questions("en"), "background", queries=True)
    return CollectionBackground.build(vectors, questions)


def asked_of_the_sample() -> Iterator[Asked]:
    texts = [row["text"] for row in read("documents.csv")]
    collection = learn(embed(texts, "sample.corpus"))
    rows = read("queries.csv")
    signals = ask(collection, embed([row["text"] for row in rows], "sample.queries", queries=True))
    kinds = np.array([row["kind"] for row in rows])
    yield Asked("sample", "its own", True, signals[~np.isin(kinds, UNANSWERABLE)])
    for kind in UNANSWERABLE:
        yield Asked("sample", kind, False, signals[kinds == kind])


def asked_of_both(folder: str | None) -> Iterator[Asked]:
    sets = [load_set(data_folder(folder) / name) for name in SETS]
    for one in sets:
        collection = learn(one.vectors)
        for other in sets:
            own = one is other
            kind = "its own" if own else f"those of {other.name}"
            yield Asked(one.name, kind, own, ask(collection, other.query_vectors))


def areas(asked: Sequence[Asked]) -> list[float]:
    """Return the AUC of each signal."""
    truth = np.concatenate([np.full(len(each.signals), each.answerable) for each in asked])
    columns = np.concatenate([each.signals for each in asked]).T
    found = [auc(truth, column) for column in columns]
    assert None not in found
    return [float(value) for value in found if value is not None]


def print_areas(asked: Sequence[Asked]) -> None:
    print(f"\n| collection | answerable | unanswerable | {' | '.join(SIGNALS)} |")
    print(f"| --- | ---: | --- | {' | '.join('---:' for _ in SIGNALS)} |")
    for name in dict.fromkeys(each.collection for each in asked):
        here = [each for each in asked if each.collection == name]
        own = next(each for each in here if each.answerable)
        foreign = [each for each in here if not each.answerable]
        for each in foreign:
            _print_row(name, each.kind, [own, each])
        if len(foreign) > 1:
            _print_row(name, "all of them", here)
    if len({each.collection for each in asked}) > 1:
        _print_row("all, one cut", "all of them", asked)


def _print_row(name: str, kind: str, asked: Sequence[Asked]) -> None:
    sizes = [sum(len(a.signals) for a in asked if a.answerable == truth) for truth in (True, False)]
    values = " | ".join(f"{value:.3f}" for value in areas(asked))
    print(f"| {name} | {sizes[0]} | {sizes[1]}, {kind} | {values} |")


def print_cuts(asked: Sequence[Asked]) -> None:
    """Print how often each query is told that nothing is relevant, at the cut that is in use."""
    cosine = best_cut(asked)
    print(f"\n| collection | queries | nothing here, by rarity > {RARE:g} "
          f"| by a best cosine under {cosine:.2f}, chosen in hindsight |")  # fmt: skip
    print("| --- | --- | ---: | ---: |")
    for each in asked:
        rarity, best = -each.signals[:, 0], each.signals[:, 2]
        told = "should not be told" if each.answerable else "should be told"
        print(
            f"| {each.collection} | {each.kind} ({told}) "
            f"| {(rarity > RARE).mean():.1%} | {(best < cosine).mean():.1%} |"
        )


def best_cut(asked: Sequence[Asked]) -> float:
    """Return the one cosine that is right most often, a row of the table counting as much."""

    def wrong(cut: float) -> float:
        errors = [np.mean((each.signals[:, 2] < cut) == each.answerable) for each in asked]
        sides = [[e for e, a in zip(errors, asked, strict=True) if a.answerable == truth]
                 for truth in (True, False)]  # fmt: skip
        return float(sum(np.mean(side) for side in sides))

    return float(min(np.linspace(0.0, 1.0, 201), key=wrong))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    folder = parser.parse_args().data or os.environ.get("SCORE_SENSE_DATA")
    asked = [*asked_of_the_sample(), *(asked_of_both(folder) if folder else ())]
    print_areas(asked)
    print_cuts(asked)


if __name__ == "__main__":
    main()
