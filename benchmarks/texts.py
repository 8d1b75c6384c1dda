"""Texts to measure with, never the same twice: passages put together from a collection."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

ABSTRACT = (180.0, 50.0)  # words, mean and spread: about 240 tokens, a third of them cut at 256
SENTENCE = (8.0, 2.0)  # about ten tokens


def options(description: str | None) -> argparse.Namespace:
    """Read the options that every benchmark of speed has: --data, --pairs and --quick."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, help="a folder with corpus.csv; else the sample")
    parser.add_argument("--pairs", type=int, default=9, help="how often both sides are measured")
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    return parser.parse_args()


def source_texts(data: Path | None) -> list[str]:
    """Return the texts of a collection; the sample's where no folder is given."""
    csv.field_size_limit(10_000_000)
    path = data / "corpus.csv" if data else EXAMPLES / "documents.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def passages(texts: Sequence[str], words: tuple[float, float], count: int, seed: int) -> list[str]:
    """Return `count` passages of about `words` words, from whole texts in random order."""
    random = np.random.default_rng(seed)
    lengths = np.maximum(3, random.normal(*words, size=count).round()).astype(int)
    made = []
    for length in lengths:
        taken: list[str] = []
        while len(taken) < length:
            taken += texts[int(random.integers(len(texts)))].split()
        made.append(" ".join(taken[:length]))
    return made
