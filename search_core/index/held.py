"""What an index holds that a program built with FAISS: its vectors, and the ids it gives them.

Only kinds that are known to answer are asked: FAISS ends the process when some of the others are,
and quantized vectors would shift every score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from search_core.errors import IndexSpecError
from search_core.extras import LazyLibrary
from search_core.vectors import UNIT_ROUNDING, Positions, Vectors, lengths_of, unit_vectors

if TYPE_CHECKING:
    import faiss
else:
    faiss = LazyLibrary("faiss", "faiss")

_WHOLE = ("IndexFlat", "IndexFlatL2", "IndexFlatIP", "IndexHNSWFlat", "IndexNSGFlat")
_LENGTHS_COUNT = {
    "inner_product": "the inner product puts long vectors first, whatever they mean",
    "squared_l2": "squared L2 distance also measures by how much lengths differ",
}


def metric_of(index: Any) -> str:
    """Return "squared_l2" or "inner_product", by which an index ranks.

    Raises
    ------
    IndexSpecError
        It is no FAISS index of float vectors, or ranks by another metric.
    """
    kind = type(index).__name__
    if isinstance(index, faiss.IndexBinary):
        raise IndexSpecError(
            f"{kind} is no FAISS index of float vectors: it counts the bits in which two codes "
            "differ (Hamming distance), and no cosine can be worked out from that; give an index "
            "of the float vectors that the codes were made of."
        )
    if not isinstance(index, faiss.Index):
        inside = isinstance(getattr(index, "index", None), faiss.Index)  # LangChain's FAISS, say
        remedy = "give its .index" if inside else "give one such as faiss.IndexFlatL2"
        raise IndexSpecError(f"This {kind} is no FAISS index of float vectors; {remedy}.")
    if index.metric_type not in (faiss.METRIC_L2, faiss.METRIC_INNER_PRODUCT):
        name = _metric_name(index.metric_type)
        raise IndexSpecError(
            f"This {kind} ranks by {name}, which is no function of a cosine; build it with "
            "METRIC_L2 or METRIC_INNER_PRODUCT."
        )
    return "squared_l2" if index.metric_type == faiss.METRIC_L2 else "inner_product"


def _metric_name(number: int) -> str:
    named = {getattr(faiss, name): name for name in dir(faiss) if name.startswith("METRIC_")}
    return named.get(number, f"metric number {number}")


def ids_of(index: Any) -> Positions:
    """Return the id of each vector, in the order in which they are kept; int64, shape (n,).

    Flat and HNSW number vectors from 0 in the order in which they were added. A map of ids
    (`IndexIDMap`) gives other ids and keeps that order, also after `remove_ids`. IVF keeps its own
    ids and no order: they come rising.

    Raises
    ------
    IndexSpecError
        An id is given twice or below 0, or ids and vectors no longer belong together.
    """
    ids = np.asarray(_ids(index), dtype=np.int64)
    if len(ids) != index.ntotal:
        raise IndexSpecError(
            f"This {type(index).__name__} counts {index.ntotal} vectors and holds {len(ids)} ids, "
            "so nothing says which is which (IVF counts, and leaves out, a vector with a number "
            "that is not finite); build it again of finite vectors."
        )
    if len(ids) and ids.min() < 0:
        raise IndexSpecError(
            f"The index holds the id {ids.min()}, and FAISS marks an empty place by -1; give ids "
            "of 0 or more."
        )
    known, times = np.unique(ids, return_counts=True)
    if len(known) < len(ids):
        raise IndexSpecError(
            f"The index holds the id {known[times > 1][0]} more than once, so a hit could be "
            "either vector; remove the old one with remove_ids before you add the new one."
        )
    return ids


def vectors_of(index: Any) -> Vectors:
    """Return the exact vectors of an index, float32 (n, d), in the order of `ids_of`.

    Raises
    ------
    IndexSpecError
        It does not keep them exactly, or they are not finite and of unit length.
    """
    vectors = np.ascontiguousarray(_vectors(index), dtype=np.float32)
    lengths = lengths_of(vectors)
    other = np.flatnonzero(np.isfinite(lengths) & (np.abs(lengths - 1.0) > UNIT_ROUNDING))
    if len(other) and np.isfinite(vectors).all():
        counted = _LENGTHS_COUNT[metric_of(index)]
        raise IndexSpecError(
            f"Vector {other[0]} of the index has length {lengths[other[0]]:.4g}, and "
            f"{len(other)} of {len(vectors)} are not of length 1: {counted}, and no score of it is "
            "a cosine. Bring the vectors to length 1 with faiss.normalize_L2, and add them to a "
            "new index."
        )
    return unit_vectors(vectors, index.ntotal, index.d)


def _ids(index: Any) -> Positions:
    library: Any = faiss
    index = library.downcast_index(index)
    if isinstance(index, library.IndexIDMap):
        ids: Positions = library.vector_to_array(index.id_map)
        _check_numbered(index, index.index)
        return ids
    if isinstance(index, library.IndexShards):
        return _shard_ids(index)
    if isinstance(index, library.IndexReplicas):
        return _ids(index.at(0))
    if isinstance(index, library.IndexPreTransform):
        return _ids(index.index)
    if isinstance(index, library.IndexRefine):
        _check_numbered(index, index.base_index)
    if isinstance(index, library.IndexIVF):
        return np.sort(_listed_ids(index))
    return np.arange(index.ntotal, dtype=np.int64)


def _check_numbered(outer: Any, inner: Any) -> None:
    if not np.array_equal(_ids(inner), np.arange(outer.ntotal)):
        outside, inside = type(outer).__name__, type(inner).__name__
        raise IndexSpecError(
            f"The vectors inside this {outside} are not numbered 0, 1, 2 …, so its ids no longer "
            f"belong to them (as after remove_ids on an {outside} around {inside}); build the "
            "index again."
        )


def _shard_ids(index: Any) -> Positions:
    ids, before = [], 0
    for shard in _shards(index):
        ids.append(_ids(shard) + (before if index.successive_ids else 0))
        before += shard.ntotal
    return np.concatenate(ids) if ids else np.zeros(0, dtype=np.int64)


def _vectors(index: Any) -> Vectors:
    library: Any = faiss
    index = library.downcast_index(index)
    if isinstance(index, library.IndexIDMap):
        return _vectors(index.index)
    if isinstance(index, library.IndexShards):
        parts = [_vectors(shard) for shard in _shards(index)]
        return np.concatenate(parts) if parts else np.zeros((0, index.d), dtype=np.float32)
    if isinstance(index, library.IndexReplicas):
        return _vectors(index.at(0))
    if isinstance(index, library.IndexRefine):
        return _vectors(index.refine_index)
    if isinstance(index, library.IndexPreTransform):
        return _turned_back(index)
    return _kept(index)


def _kept(index: Any) -> Vectors:
    """Return the vectors of an index that has no other inside."""
    kind = type(index).__name__
    if kind == "IndexIVFFlat":
        return _listed_vectors(index)
    if kind in _WHOLE:
        vectors: Vectors = index.reconstruct_n(0, index.ntotal)
        return vectors
    remedy = (
        "bring it to the CPU with faiss.index_gpu_to_cpu"
        if kind.startswith("Gpu")
        else "give them as vectors=, one a text, or use Flat, HNSW,Flat or IVF,Flat"
    )
    raise IndexSpecError(
        f"An index of the kind {kind} does not give its exact vectors back, and exact scores need "
        f"them; {remedy}."
    )


def _turned_back(index: Any) -> Vectors:
    """Return the vectors as they were before an index transformed them, to float32's rounding."""
    library: Any = faiss
    steps = [
        library.downcast_VectorTransform(index.chain.at(number))
        for number in range(index.chain.size())
    ]
    for step in steps:
        if not _is_reversible(step):
            raise IndexSpecError(
                f"This {type(index).__name__} does not give its exact vectors back: its "
                f"{type(step).__name__} from {step.d_in} to {step.d_out} numbers cannot be undone, "
                "and exact scores need the vectors; give them as vectors=, one a text."
            )
    vectors = _vectors(index.index)
    for step in reversed(steps):
        vectors = step.reverse_transform(np.ascontiguousarray(vectors))
    return vectors


def _is_reversible(step: Any) -> bool:
    library: Any = faiss
    if isinstance(step, library.LinearTransform):  # rotations, and PCA that drops nothing
        return bool(step.is_orthonormal) and step.d_in == step.d_out
    if isinstance(step, library.RemapDimensionsTransform):
        return bool(step.d_out >= step.d_in)
    # Of unit vectors, as all are here, bringing them to unit length changes nothing.
    return isinstance(step, library.CenteringTransform | library.NormalizationTransform)


def _shards(index: Any) -> list[Any]:
    return [index.at(number) for number in range(index.count())]


def _listed_ids(index: Any) -> Positions:
    """Return the ids of an IVF index, list after list."""
    library: Any = faiss
    lists = index.invlists
    parts = [np.zeros(0, dtype=np.int64)]
    for number in range(index.nlist):
        size = lists.list_size(number)
        if size:
            ids = lists.get_ids(number)
            parts.append(library.rev_swig_ptr(ids, size).copy())
            lists.release_ids(number, ids)
    return np.concatenate(parts)


def _listed_vectors(index: Any) -> Vectors:
    """Return the vectors of an IVF index that keeps them whole, by rising id."""
    library: Any = faiss
    lists = index.invlists
    parts = [np.zeros((0, index.d), dtype=np.float32)]
    for number in range(index.nlist):
        size = lists.list_size(number)
        if size:
            codes = lists.get_codes(number)
            code_bytes = library.rev_swig_ptr(codes, size * index.code_size)
            parts.append(code_bytes.view(np.float32).reshape(size, index.d).copy())
            lists.release_codes(number, codes)
    return np.concatenate(parts)[np.argsort(_listed_ids(index), kind="stable")]
