"""Which index is built, and how it is searched."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

from search_core.errors import IndexSpecError, whole_number
from search_core.mistakes import explain_mistakes
from search_core.scale import METRIC_SCALES

MOST_LISTS = 65_536
MOST_LINKS = 128
CENTROIDS = 256  # of one part of a product quantizer: a byte a part

_NUMBER = "([1-9][0-9]{0,5})"
_FORM = re.compile(
    rf"HNSW{_NUMBER}|(?:IVF{_NUMBER},)?(?:Flat|SQ8|SQfp16|RaBitQfs|PQ{_NUMBER}(?:x8)?(?:np)?)"
)


@explain_mistakes
@dataclass(frozen=True)
class IndexSpec:
    """An index to build.

    Only factory strings of a small grammar are taken, because FAISS itself ends the whole process
    on some of the others ("HNSW0"), and others take memory without bound.

    Attributes
    ----------
    factory:
        A FAISS index factory string: "Flat", "SQ8", "SQfp16", "RaBitQfs" (a bit a number, for a
        long shortlist), "PQ48" or "HNSW32", or "IVF64," before any but the last. "PQ48x8" and
        "PQ48np" mean the same as "PQ48".
    metric:
        "squared_l2", "inner_product" or "cosine": the function that the index ranks by. On unit
        vectors all three are one order, which Flat keeps. What SQ8, SQfp16 and PQ store, and the
        centres of IVF's lists, are not of unit length, so that squared L2 proposes other
        candidates there than the other two.
    nprobe:
        Lists that an IVF index looks into; None leaves FAISS's own default of 1.
    ef_search:
        Candidates that an HNSW index keeps; None leaves FAISS's own default of 16.
    shortlist:
        Candidates that are at least scored again exactly; None takes some more than are asked for.

    Raises
    ------
    IndexSpecError
        A factory string outside the grammar, an unknown metric, a search parameter that is no
        whole number of 1 or more, or one that the index does not have.

    Examples
    --------
    >>> sc.IndexSpec("IVF16,Flat", nprobe=8).name
    'IVF16,Flat with 8 probes'
    """

    factory: str = "Flat"
    metric: str = "squared_l2"
    nprobe: int | None = None
    ef_search: int | None = None
    shortlist: int | None = None

    def __post_init__(self) -> None:
        if self.metric not in METRIC_SCALES:
            raise IndexSpecError(
                f"There is no metric '{self.metric}'; choose one of {', '.join(METRIC_SCALES)}."
            )
        if not isinstance(self.factory, str) or not _FORM.fullmatch(self.factory):
            raise IndexSpecError(
                f"{str(self.factory)[:60]!r} is no index that can be built here; write Flat, SQ8, "
                "SQfp16, RaBitQfs, PQ48 or HNSW32, or IVF64, before any but the last, with your "
                "numbers."
            )
        _check_at_most("IVF", self.lists, MOST_LISTS)
        _check_at_most("HNSW", self.links, MOST_LINKS)
        if self.links == 1:  # FAISS ends the process on a graph of one link
            raise IndexSpecError("HNSW1 is no graph; write 2 links or more, such as HNSW32.")
        for name in ("nprobe", "ef_search", "shortlist"):
            self._set_count(name)
        if self.nprobe is not None and self.nprobe > (self.lists or 0):
            raise IndexSpecError(
                f"nprobe is {self.nprobe}, but '{self.factory}' has {self.lists or 'no'} lists; "
                "leave nprobe out, or look into no more lists than there are."
            )
        if self.ef_search is not None and self.links is None:
            raise IndexSpecError(
                f"ef_search belongs to HNSW, and '{self.factory}' is none; leave ef_search out."
            )

    def _set_count(self, name: str) -> None:
        given = getattr(self, name)
        if given is not None:
            object.__setattr__(self, name, whole_number(given, name, IndexSpecError))

    @property
    def name(self) -> str:
        """The factory string and how it is searched, such as "IVF16,Flat with 8 probes"."""
        probes = f"{self.nprobe} probe{'' if self.nprobe == 1 else 's'}" if self.nprobe else ""
        kept = f"{self.ef_search} candidates" if self.ef_search else ""
        again = f"a shortlist of {self.shortlist}" if self.shortlist else ""
        how = " and ".join(filter(None, (probes, kept, again)))
        return f"{self.factory} with {how}" if how else self.factory

    @property
    def built(self) -> tuple[str, str]:
        """The factory string and the metric; all else says only how the index is searched."""
        return self.factory, self.metric

    @property
    def lists(self) -> int | None:
        """Lists of an IVF index."""
        return self._numbers[1]

    @property
    def links(self) -> int | None:
        """Links of a point of an HNSW graph."""
        return self._numbers[0]

    @property
    def parts(self) -> int | None:
        """Parts that a product quantizer cuts a vector into, one byte each."""
        return self._numbers[2]

    @property
    def training_vectors(self) -> int:
        """Fewest vectors that it can be trained on: one a list and one a centroid."""
        return max(self.lists or 1, CENTROIDS if self.parts else 1)

    @cached_property
    def _numbers(self) -> tuple[int | None, ...]:
        found = _FORM.fullmatch(self.factory)
        return tuple(int(number) if number else None for number in found.groups()) if found else ()


@explain_mistakes
def default_specs(n: int, dim: int, metric: str = "squared_l2") -> tuple[IndexSpec, ...]:
    """Return the indexes worth comparing on `n` vectors of `dim` numbers, Flat first.

    IVF has about √n lists, of which 1, 8 and 32 are looked into; a product quantizer has a byte for
    8 numbers. What so few vectors cannot train is left out. All rank by the metric given, which
    makes a difference where vectors are quantized; see `IndexSpec`.

    Raises
    ------
    IndexSpecError
        There is no such metric.

    Examples
    --------
    >>> [spec.name for spec in sc.default_specs(100, 384)]
    ['Flat', 'HNSW32', 'IVF8,Flat with 1 probe', 'IVF8,Flat with 8 probes', 'SQ8']
    """
    lists = 2 ** round(math.log2(max(1, n)) / 2)
    parts = next(m for m in range(max(1, dim // 8), 0, -1) if dim % m == 0)
    probes = [number for number in (1, 8, 32) if number <= lists]
    specs = (
        IndexSpec("Flat", metric),
        IndexSpec("HNSW32", metric),
        *(IndexSpec(f"IVF{lists},Flat", metric, nprobe=number) for number in probes),
        IndexSpec("SQ8", metric),
        IndexSpec(f"PQ{parts}", metric),
        IndexSpec(f"IVF{lists},PQ{parts}", metric, nprobe=probes[-1]),
    )
    return tuple(spec for spec in specs if spec.training_vectors <= n)


def _check_at_most(kind: str, number: int | None, most: int) -> None:
    if number is not None and number > most:
        raise IndexSpecError(f"{kind}{number} is too large; write {kind}{most} or less.")
