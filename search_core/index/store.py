"""Stores of unit vectors, which FAISS searches and whose hits are scored again exactly.

A store may be approximate: what its index returns are candidates. Their scores are computed again
from the vectors that it was given, so one pair of texts has one score under every index.

Threads: FAISS searches one query in the thread that asks; training, adding and several queries at
once take its OpenMP threads, one a core that the process may use. Their number is kept for each
calling thread, so `one_thread` holds for the thread that asks for it alone.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from search_core.errors import IndexSpecError
from search_core.extras import LazyLibrary
from search_core.index.held import ids_of, metric_of, vectors_of
from search_core.index.spec import IndexSpec
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Positions, Rows, Vectors, exact_cosines, unit_vectors

if TYPE_CHECKING:
    import faiss
else:
    faiss = LazyLibrary("faiss", "faiss")

SPARE_CANDIDATES = 16  # beyond k, so that ties at the last rank are settled by position
SAME_SCORE = 1e-6  # cosines this close may stand either way round in an index of float32


def _faiss_metric(metric: str) -> int:
    """Return FAISS's number of a metric; a cosine of unit vectors is their inner product."""
    return int(faiss.METRIC_L2 if metric == "squared_l2" else faiss.METRIC_INNER_PRODUCT)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let what is built and searched here take one thread, so that times can be compared."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


@explain_mistakes
class VectorStore(ABC):
    """Finds the nearest of some unit vectors, each by its position; never changes.

    Any number of threads may search at once.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> store = sc.SearchEngine.build(corpus, encoder).store
    >>> _scores, positions = store.search(encoder.encode_queries(["a dog"]), 1)
    >>> store.metric, positions.tolist()
    ('squared_l2', [[1]])
    """

    def __init__(self, spec: IndexSpec, vectors: Vectors) -> None:
        self._spec = spec
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Bytes that it takes beside the vectors that it was given."""

    @abstractmethod
    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Positions]:
        """Return the index's own scores and positions, both (n, k); -1 where fewer were found.

        Parameters
        ----------
        vectors:
            Unit vectors of n queries, shape (n, dim).
        k:
            How many are wanted for each.
        """

    @abstractmethod
    def with_vectors(self, vectors: Vectors) -> VectorStore:
        """Return a store of other vectors, shape (n, dim), trained as this one is.

        Raises
        ------
        IndexSpecError
            The index is of a kind that cannot be filled again.
        """

    @abstractmethod
    def write(self, file: Path) -> None:
        """Write the index as FAISS does; the vectors beside it are not in the file."""

    @property
    def metric(self) -> str:
        """The function that the index ranks by."""
        return self._spec.metric

    def fetch(self, positions: Positions) -> Vectors:
        """Return the exact vectors at these positions."""
        return self._vectors[positions]

    def about(self) -> dict[str, Any]:
        """Return how the index is built and searched, beyond what FAISS writes of it."""
        return asdict(self._spec)

    def searched_as(self, spec: IndexSpec) -> Self:
        """Return a store of the same index and vectors that is searched with other parameters.

        Nothing is copied or trained again.

        Raises
        ------
        IndexSpecError
            `spec` is another index, not only another way to search this one.
        """
        if spec.built != self._spec.built:
            raise IndexSpecError(
                f"This index is '{self._spec.factory}' by {self._spec.metric}, and "
                f"'{spec.factory}' by {spec.metric} was asked for; build another store for it."
            )
        store = copy.copy(self)
        store._spec = spec
        return store


@explain_mistakes
class FlatStore(VectorStore):
    """Exact search by FAISS in the vectors themselves, of which it makes no copy."""

    nbytes = 0

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Positions]:  # noqa: D102
        library: Any = faiss
        scores, positions = library.knn(
            vectors, self._vectors, k, metric=_faiss_metric(self.metric)
        )
        return scores, positions

    def with_vectors(self, vectors: Vectors) -> FlatStore:  # noqa: D102
        return FlatStore(self._spec, vectors)

    def write(self, file: Path) -> None:  # noqa: D102
        faiss.write_index(filled_index(self._spec, self._vectors), str(file))


@explain_mistakes
class FaissStore(VectorStore):
    """A FAISS index, and beside it the exact vectors that it was built from."""

    def __init__(
        self, spec: IndexSpec, vectors: Vectors, index: Any, ids: Positions | None = None
    ) -> None:
        """Put together an index, as `filled_index` makes it, and its vectors.

        `ids` are those under which the index knows the vectors; None for 0, 1, 2 …
        """
        super().__init__(spec, vectors)
        self._index = index
        is_numbered = ids is None or np.array_equal(ids, np.arange(len(ids)))
        self._ids = None if is_numbered else ids

    @classmethod
    def holding(cls, index: Any, vectors: npt.ArrayLike | None = None) -> FaissStore:
        """Take an index that a program already holds, as it is and without a copy.

        It must be by squared L2 or inner product. Its vectors are known by their position in the
        order of `ids_of`, whatever ids it gives them.

        Parameters
        ----------
        index:
            A `faiss.Index`.
        vectors:
            Its vectors in that order, shape (n, d), unit norm, where it does not keep them exactly.

        Raises
        ------
        IndexSpecError
            What keeps it from being one, in one sentence.
        """
        spec, ids = IndexSpec(metric=metric_of(index)), ids_of(index)
        if vectors is None:
            return cls(spec, vectors_of(index), index, ids)
        return cls(spec, unit_vectors(vectors, index.ntotal, index.d), index, ids)

    @cached_property
    def nbytes(self) -> int:
        """Size of the index as FAISS writes it; the exact vectors beside it are not counted.

        One that FAISS cannot write counts as much as its vectors would in float32.
        """
        size = 0

        def count(block: bytes) -> int:
            nonlocal size
            size += len(block)
            return len(block)

        library: Any = faiss
        try:
            library.write_index(self._index, library.PyCallbackIOWriter(count))
        except RuntimeError:
            return int(self._vectors.nbytes)
        return size

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Positions]:  # noqa: D102
        # Parameters go with the call, not onto the index: a search leaves nothing behind.
        scores, found = self._index.search(
            np.ascontiguousarray(vectors, dtype=np.float32), k, params=_parameters(self._spec)
        )
        return scores, self._positions_of(found)

    def _positions_of(self, found: Positions) -> Positions:
        """Return where vectors stand that the index names by its ids; -1 stays -1."""
        if self._ids is None:
            return found
        rising = self._rising
        ranks = np.searchsorted(self._ids[rising], found).clip(max=len(rising) - 1)
        return np.where(found < 0, -1, rising[ranks])

    @cached_property
    def _rising(self) -> Rows:
        """The positions of the vectors, by rising id."""
        return np.argsort(self._ids) if self._ids is not None else np.arange(len(self))

    def with_vectors(self, vectors: Vectors) -> FaissStore:  # noqa: D102
        # Where they begin with all that this one holds, the rest is added to a copy; otherwise
        # the copy is emptied and filled again. What is added to an index goes on from its number
        # of vectors, which only fits where that is how all of it is numbered.
        held, inner = len(self), _numbered(self._index)
        is_numbered = np.array_equal(ids_of(inner), np.arange(held))
        goes_on = (
            is_numbered and len(vectors) >= held and np.array_equal(vectors[:held], self._vectors)
        )
        try:
            index = _copied(inner)
            if not goes_on:
                index.reset()
            index.add(vectors[held:] if goes_on else vectors)
        except RuntimeError:
            raise IndexSpecError(
                f"This {type(self._index).__name__} cannot be copied and filled anew, so its "
                "collection stays as it is; build one that can change with SearchEngine.build."
            ) from None
        return FaissStore(self._spec, vectors, index)

    def write(self, file: Path) -> None:  # noqa: D102
        try:
            faiss.write_index(self._index, str(file))
        except RuntimeError as fault:
            if "don't know how to serialize" not in str(fault):
                raise  # no room on the disk, perhaps
            raise IndexSpecError(
                f"FAISS cannot write an index of the kind {type(self._index).__name__}; save the "
                "engine over one that it can write, such as Flat."
            ) from None


def build_store(spec: IndexSpec, vectors: Vectors) -> VectorStore:
    """Return a store of float32 unit vectors, shape (n, dim), which are kept and not copied.

    Raises
    ------
    IndexSpecError
        As for `filled_index`.
    """
    if spec.factory == "Flat":
        return FlatStore(spec, vectors)
    return FaissStore(spec, vectors, filled_index(spec, vectors))


def filled_index(spec: IndexSpec, vectors: Vectors) -> Any:
    """Return a FAISS index that is trained on some vectors, and filled with them.

    Raises
    ------
    IndexSpecError
        The index cannot be built for vectors of this length, or there are too few to train it on.
    """
    index = _empty_index(spec, vectors.shape[1])
    if not index.is_trained:
        if len(vectors) < spec.training_vectors:
            raise IndexSpecError(
                f"'{spec.factory}' needs {spec.training_vectors} vectors to train on, and there "
                f"are {len(vectors)}; use 'Flat', or fewer lists."
            )
        index.train(vectors)
    index.add(vectors)
    return index


def read_store(file: Path, about: Mapping[str, Any], vectors: Vectors) -> VectorStore:
    """Read an index that a store wrote, as its `about` described it, with the exact vectors.

    Raises
    ------
    IndexSpecError
        The file holds no index of as many vectors of that length by that metric.
    """
    library: Any = faiss
    spec = IndexSpec(**about)
    try:
        index = library.read_index(str(file))
    except RuntimeError:
        raise IndexSpecError("The file holds no index that this FAISS reads.") from None
    same_shape = (index.ntotal, index.d) == vectors.shape
    if not same_shape or index.metric_type != _faiss_metric(spec.metric):
        raise IndexSpecError("The file holds an index of other vectors.")
    if isinstance(index, library.IndexFlat):
        return FlatStore(spec, vectors)
    return FaissStore(spec, vectors, index, ids_of(index))


def nearest_in(
    store: VectorStore, vector: Vectors, k: int, shortlist: int = 0
) -> tuple[Floats, Positions]:
    """Return exact cosines and positions of the k nearest to a vector, best first.

    Of equal cosines the earlier position comes first.

    Parameters
    ----------
    store:
        Proposes candidates, and hands back their vectors.
    vector:
        float32 unit vector, shape (dim,).
    k:
        How many, 1 or more; fewer come back where the index finds fewer.
    shortlist:
        Candidates that are at least scored again.

    Returns
    -------
    Two arrays of shape (up to k,): float64 in [-1, 1], and int64.
    """
    wanted = min(k, len(store))
    asked = min(wanted + SPARE_CANDIDATES, len(store))
    while True:
        found, vectors = _candidates(store, vector, asked, shortlist)
        cosines = exact_cosines(vectors, vector)
        order = np.argsort(-cosines, kind="stable")
        if len(found) <= wanted:  # an approximate index may find fewer than were asked for
            return cosines[order], found[order]
        # float32 noise of the index can order equal scores anyhow, so where more documents
        # than were asked for share the last rank, ask again until all of them are there.
        last = cosines[order[wanted - 1]]
        settled = cosines[order[-1]] < last - SAME_SCORE
        if settled or len(found) < asked or asked == len(store):
            return cosines[order[:wanted]], found[order[:wanted]]
        asked = min(2 * asked, len(store))


def _candidates(
    store: VectorStore, vector: Vectors, asked: int, shortlist: int
) -> tuple[Positions, Vectors]:
    """Return at most `asked` positions, rising, that the index proposes, and their vectors."""
    depth = min(max(asked, shortlist), len(store))
    found = store.search(vector[np.newaxis], depth)[1][0]
    found = np.sort(found[found >= 0])
    vectors = store.fetch(found)
    if len(found) > asked:
        # float64 is slow on a long shortlist; float32 shows which of it cannot be among the
        # best. Not as a matrix product, which would wake a second thread.
        cosines = np.einsum("ij,j->i", vectors, vector)
        nearest = np.sort(np.argpartition(-cosines, asked - 1)[:asked])
        found, vectors = found[nearest], vectors[nearest]
    return found, vectors


def _numbered(index: Any) -> Any:
    """Return what gives vectors their numbers in order, inside a map of ids."""
    library: Any = faiss
    index = library.downcast_index(index)
    return _numbered(index.index) if isinstance(index, library.IndexIDMap) else index


def _copied(index: Any) -> Any:
    try:
        return faiss.clone_index(index)
    except RuntimeError:  # not every kind can be cloned, but what can be written can be read
        return faiss.deserialize_index(faiss.serialize_index(index))


def _empty_index(spec: IndexSpec, dim: int) -> Any:
    if spec.parts and dim % spec.parts:
        raise IndexSpecError(
            f"'{spec.factory}' cuts a vector into {spec.parts} equal parts, which {dim} numbers "
            f"do not allow; write a number that divides {dim}."
        )
    index: Any = faiss.index_factory(dim, spec.factory, _faiss_metric(spec.metric))
    # One vector a centroid is enough, which `filled_index` checks: no line in the log a part.
    if spec.parts:
        # Polysemous codes, which no search here uses, make training a thousand times slower.
        index.do_polysemous_training = False
        index.pq.cp.min_points_per_centroid = 1
    if spec.lists:
        index.cp.min_points_per_centroid = 1
    return index


def _parameters(spec: IndexSpec) -> Any:
    library: Any = faiss  # its stubs lack the parameter classes
    if spec.nprobe is not None:
        return library.SearchParametersIVF(nprobe=spec.nprobe)
    if spec.ef_search is not None:
        return library.SearchParametersHNSW(efSearch=spec.ef_search)
    return None
