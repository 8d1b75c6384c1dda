"""The default model's files, the yardstick beside it, and texts to measure with."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from search_core.encoder.models import ModelRecord, find_weights, model_record
from search_core.encoder.reference import ReferenceEncoder
from tests.encoder.yardstick import Yardstick, write_tiny_model, yardstick

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="session")
def default_record() -> ModelRecord:
    return model_record("all-MiniLM-L6-v2")


@pytest.fixture(scope="session")
def default_folder(default_record: ModelRecord) -> Path:
    return find_weights(default_record)


@pytest.fixture(scope="session")
def by_the_book(default_folder: Path) -> Yardstick:
    """The default model through AutoModel."""
    return yardstick(default_folder, 256)


@pytest.fixture(scope="session")
def reference(default_record: ModelRecord, default_folder: Path) -> ReferenceEncoder:
    return ReferenceEncoder(default_record, default_folder)


@pytest.fixture(scope="session")
def texts_of_all_lengths() -> list[str]:
    """200 texts: 0 to 60 words, some of hundreds, the edges of the cut, other scripts."""
    with (EXAMPLES / "documents.csv").open(encoding="utf-8", newline="") as file:
        words = " ".join(row["text"] for row in csv.DictReader(file)).split()
    # "word" is one token: with the two special ones 253, 254 and 255 of it fill the cut or pass it.
    edges = ["word " * count for count in (253, 254, 255, 2000)]
    scripts = [
        "Ένα γατάκι κοιμάται.",
        "一只猫在睡觉。",
        "القط نائم",
        "Кот спит 😺",
        "naïve café",
        "x",
    ]
    long = [" ".join(words[start : start + 170]) for start in range(0, 1500, 300)]
    count = 200 - len(edges) - len(scripts) - len(long)
    short = [" ".join(words[7 * n : 7 * n + n % 61]) for n in range(count)]
    return [*short, *edges, *scripts, *long]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of two layers, as transformers writes it."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_model(folder)
    return folder
