"""SciFact through the engine, beside AutoModel and IndexFlatL2 written out by hand.

    python -m benchmarks.scifact --data FOLDER [--documents N] [--queries N]

Both sides read the same abstracts and claims. The hand-written side shares no code with the
library: AutoModel, the mean over the attention mask, unit length, IndexFlatL2. It embeds one text
at a time, without padding. Prints how many claims get the same ten abstracts in the same order, and
the largest difference of a score. Two documents whose scores differ by less than 2e-6 may stand
either way round; such claims are counted apart. Nothing is cached.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

import search_core as sc
from benchmarks.judged_data import data_folder
from search_core.encoder.models import find_weights, model_record

Vectors = npt.NDArray[np.float32]

K = 10
TIE = 2e-6


def read(path: Path, most: int | None) -> list[str]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)][:most]


def embed_by_hand(texts: Sequence[str]) -> Vectors:
    folder = find_weights(model_record("all-MiniLM-L6-v2"))
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModel.from_pretrained(folder).eval()
    vectors = []
    for text in texts:
        tokens = tokenizer(
            text, return_tensors="pt", truncation=True, max_length=256, padding=False
        )
        with torch.no_grad():
            hidden = model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        vectors.append(torch.nn.functional.normalize(mean, dim=1)[0].numpy())
    return np.array(vectors)


def by_hand(documents: Sequence[str], queries: Sequence[str]) -> tuple[Any, Any]:
    index: Any = faiss.IndexFlatL2(384)
    index.add(embed_by_hand(documents))
    distances, places = index.search(embed_by_hand(queries), K + 1)
    return distances, places


def by_engine(documents: Sequence[str], queries: Sequence[str]) -> list[sc.Hits]:
    corpus = sc.Corpus.from_texts(documents)
    return sc.SearchEngine.build(corpus, encoder=sc.load_encoder()).search_many(queries, k=K)


def main() -> None:
    parser = argparse.ArgumentParser(description="SciFact through the engine and by hand.")
    parser.add_argument("--data", help="folder of the judged sets")
    parser.add_argument("--documents", type=int, help="take the first N abstracts only")
    parser.add_argument("--queries", type=int, help="take the first N claims only")
    given = parser.parse_args()
    folder = data_folder(given.data) / "scifact_train"
    documents = read(folder / "corpus.csv", given.documents)
    queries = read(folder / "queries.csv", given.queries)

    start = time.perf_counter()
    hits = by_engine(documents, queries)
    middle = time.perf_counter()
    distances, places = by_hand(documents, queries)
    ratio = (middle - start) / (time.perf_counter() - middle)

    same, tied, largest = 0, 0, 0.0
    for found, expected, order in zip(hits, distances, places, strict=True):
        largest = max(largest, float(np.abs(found.scores - expected[:K]).max()))
        equal = list(found.positions) == order[:K].tolist()
        same += equal
        tied += not equal and bool(np.diff(expected).min() < TIE)
    print(f"SciFact, {len(documents):,} abstracts, {len(queries)} claims, first {K} hits")
    print(f"same documents in the same order: {same} of {len(queries)}; ties turned round: {tied}")
    print(f"largest difference of a squared distance: {largest:.1e}")
    print(f"time of the engine as a share of the time by hand: {ratio:.2f}, one run")
    if same + tied < len(queries) or largest > 1e-5:
        raise SystemExit("The engine does not give what is written out by hand.")


if __name__ == "__main__":
    main()
