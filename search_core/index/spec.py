"""Which index is built, and how it is searched."""

from __future__ import annotations

from dataclasses import dataclass

from search_core.errors import IndexSpecError
from search_core.scale import METRIC_SCALES


@dataclass(frozen=True)
class IndexSpec:
    """An index to build.

    Attributes
    ----------
    factory:
        A FAISS index factory string: "Flat", "HNSW32", "IVF64,Flat", "IVF64,PQ48" …
    metric:
        "squared_l2", "inner_product" or "cosine": the function that the index ranks by. On unit
        vectors all three give one order.
    nprobe:
        Lists that an IVF index looks into; None leaves FAISS's own default.
    ef_search:
        Candidates that an HNSW index keeps; None leaves FAISS's own default.

    Raises
    ------
    IndexSpecError
        An unknown metric, an empty factory string, or a search parameter below 1.
    """

    factory: str = "Flat"
    metric: str = "squared_l2"
    nprobe: int | None = None
    ef_search: int | None = None

    def __post_init__(self) -> None:
        if self.metric not in METRIC_SCALES:
            raise IndexSpecError(
                f"There is no metric '{self.metric}'; choose one of {', '.join(METRIC_SCALES)}."
            )
        if not self.factory.strip():
            raise IndexSpecError(
                "The index factory string is empty; write one that FAISS knows, such as 'Flat'."
            )
        for name, value in (("nprobe", self.nprobe), ("ef_search", self.ef_search)):
            if value is not None and value < 1:
                raise IndexSpecError(f"{name} is {value}; it must be 1 or more.")
