"""An encoder of one's own, for tests where the model does not matter."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

import search_core as sc


class HashingEncoder:
    """An encoder of one's own: words at places that their letters decide."""

    name = "our-own/encoder"
    dim = 64
    max_tokens = 256
    query_prefix = ""
    fingerprint = "4b1d"

    def encode_documents(
        self, texts: Iterable[str], progress: sc.Progress | None = None
    ) -> npt.NDArray[np.float32]:
        rows = np.array([self._counts(text) for text in texts]).reshape(-1, self.dim)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def encode_queries(self, texts: Iterable[str]) -> npt.NDArray[np.float32]:
        return self.encode_documents(texts)

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def _counts(self, text: str) -> npt.NDArray[np.float64]:
        counts = np.full(self.dim, 0.01)
        for word in text.lower().split():
            counts[sum(map(ord, word)) % self.dim] += 1
        return counts
