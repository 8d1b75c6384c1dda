"""What every store of vectors can do."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class VectorStore(Protocol):
    """Keeps unit vectors under integer ids and finds the nearest ones.

    A store may be approximate: what it returns are candidates, whose scores the engine computes
    again from the vectors that `fetch` hands back.
    """

    @property
    def metric(self) -> str:
        """The function that the index ranks by."""
        ...

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Store vectors, shape (n, dim); an id that is there already is replaced."""
        ...

    def search(self, vectors: Vectors, k: int) -> tuple[Scores, Ids]:
        """Return scores and ids, both (n, k), best first; id -1 where fewer were found."""
        ...

    def fetch(self, ids: Ids) -> Vectors:
        """Return the stored vectors of these ids, in their order."""
        ...

    def __len__(self) -> int: ...

    def close(self) -> None:
        """Give back what the store holds."""
        ...
