"""How many unrelated questions pass at a nominal 5%, in collections of seven kinds.

    python -m benchmarks.rarity [--data FOLDER]

The questions (`benchmarks/unrelated/`) are in none of the shipped lists. They are asked of small
collections on one subject (`benchmarks/collections/`) and, where a folder of judged sets is named
(--data or SCORE_SENSE_DATA), of every set of these kinds, whole and in samples of 40 and 300. A
question passes where its rarity is at most 5%; the goal is that at most 10% do. Beside it stands
the threshold that the library gives for 5%, the bound that it states, and what English questions
gave before, whatever the collection was.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.interleaved import machine
from benchmarks.judged_data import embed, load_set
from search_core.normalizers.background import CollectionBackground
from search_core.normalizers.unrelated import UnrelatedQuestions, shipped_questions

Vectors = npt.NDArray[np.float32]

HERE = Path(__file__).parent
NOMINAL, GOAL = 0.05, 0.10
SETS = {
    "en": ("banking77", "med", "stackfaq", "scifact_train"),
    "de": ("xquad_de", "legalquad"),
    "fr": ("cnil_faq",),
    "es": (),
    "zh": ("cmrc2018",),
    "ja": (),
    "code": ("cosqa",),
}
SAMPLES = (40, 300)
HEADER = """
| kind | collection | documents | pass | stated bound | cosine from | with English questions |
| --- | --- | ---: | ---: | ---: | ---: | ---: |"""


def collections(kind: str, data: str | None) -> Iterator[tuple[str, list[str], Vectors]]:
    """Yield the name, texts and vectors of each collection of a kind."""
    texts = (HERE / "collections" / f"{kind}.txt").read_text("utf-8").splitlines()
    yield "one subject", texts, embed(texts, f"collection.{kind}")
    for name in SETS[kind] if data else ():
        judged = load_set(Path(data or "") / name)
        for size in (*SAMPLES, len(judged.texts)):
            rows = np.random.default_rng(0).permutation(len(judged.texts))[:size]
            yield name, [judged.texts[row] for row in rows], judged.vectors[rows]


def passing(vectors: Vectors, asked: UnrelatedQuestions, queries: Vectors) -> list[bool]:
    """Tell for each query whether its rarity in a collection is at most the nominal share."""
    background = learn(vectors, asked)
    rarities = [background.of_query(query).rarity for query in queries]
    return [rarity is not None and rarity <= NOMINAL for rarity in rarities]


def learn(vectors: Vectors, asked: UnrelatedQuestions) -> CollectionBackground:
    embedded = embed(asked.questions, "unrelated", queries=True)
    return CollectionBackground.build(vectors, embedded, words=asked.words, why_none=asked.why_none)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    data = parser.parse_args().data or os.environ.get("SCORE_SENSE_DATA")
    english = UnrelatedQuestions(shipped_questions("en"), ("en",))
    print(machine(), HEADER)
    for kind in SETS:
        queries = (HERE / "unrelated" / f"{kind}.txt").read_text("utf-8").splitlines()
        embedded = embed(queries, f"unrelated.{kind}", queries=True)
        shares = []
        for name, texts, vectors in collections(kind, data):
            asked = UnrelatedQuestions.for_texts(texts)
            passed = passing(vectors, asked, embedded)
            before = np.mean(passing(vectors, english, embedded))
            cosine, _, bound = learn(vectors, asked).unrelated.cut(NOMINAL)
            shares.append(float(np.mean(passed)))
            print(
                f"| {'+'.join(asked.kinds)} | {name} | {len(texts):,} | {shares[-1]:.1%} "
                f"| {bound:.1%} | {cosine:.2f} | {before:.0%} |"
            )
        met = "met" if np.mean(shares) <= GOAL else "missed"
        print(f"| **{kind}** | mean | | **{np.mean(shares):.1%}** | | | goal {GOAL:.0%} {met} |")


if __name__ == "__main__":
    main()
