"""Index files of FAISS, read without FAISS: the vectors and ids of those that keep them whole.

FAISS trusts what it reads, and a made-up file can end its process or do worse. This reads the few
kinds that are needed, number by number, and never looks beyond the bytes that are there; graphs and
quantizers are skipped. The layout is that of ``faiss/impl/index_write.cpp``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_core.errors import IndexSpecError
from search_core.mistakes import explain_mistakes
from search_core.vectors import Positions, Vectors, check_finite

DEEPEST = 4  # indexes in one another; more is no index that anybody uses
READ_KINDS = "Flat, HNSW,Flat, IVF,Flat, and any of them inside IDMap or refined by Flat"
_FLAT = ("IxF2", "IxFI", "IxFl")
_MAPPED = ("IxMp", "IxM2")
_COUNT_BYTES = 8
_REMEDY = (
    "write one of these kinds with faiss.write_index, or give texts alone, which are embedded here"
)


@dataclass(frozen=True, eq=False)
class IndexFile:
    """What an index file holds.

    Attributes
    ----------
    metric:
        "squared_l2" or "inner_product", by which it ranks.
    ids:
        The id of each vector, in the order of the file; int64, shape (n,).
    vectors:
        float32, shape (n, dim), finite, of any length.

    Examples
    --------
    >>> import faiss
    >>> index = faiss.IndexFlatIP(3)
    >>> index.add(np.eye(3, dtype=np.float32))
    >>> found = sc.read_index_file(faiss.serialize_index(index).tobytes())
    >>> found.metric, found.ids.tolist(), found.vectors.shape
    ('inner_product', [0, 1, 2], (3, 3))
    """

    metric: str
    ids: Positions
    vectors: Vectors

    def __repr__(self) -> str:
        count, dim = self.vectors.shape
        return f"<IndexFile: {count:,} vectors of {dim} numbers, by {self.metric}>"


@explain_mistakes
def read_index_file(content: bytes) -> IndexFile:
    """Read a file that `faiss.write_index` wrote; safe with files of strangers.

    Parameters
    ----------
    content:
        The bytes of the file. IVF's vectors come by rising id, all others as they were added.

    Raises
    ------
    IndexSpecError
        It is no such file, of a kind that does not keep vectors whole, cut short or made up, or a
        vector holds a number that is not finite.

    Examples
    --------
    >>> import faiss
    >>> index = faiss.IndexFlatIP(3)
    >>> index.add(np.eye(3, dtype=np.float32))
    >>> found = sc.read_index_file(faiss.serialize_index(index).tobytes())
    >>> found
    <IndexFile: 3 vectors of 3 numbers, by inner_product>
    """
    reader = _Reader(content)
    found = _index(reader, 0)
    if reader.left:
        raise _damaged()
    check_finite(found.vectors)
    return found


class _Reader:
    """Takes one value after another from bytes, and none that are not there."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._read = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._read

    def take(self, size: int) -> bytes:
        if not 0 <= size <= self.left:
            raise _damaged()
        self._read += size
        return self._content[self._read - size : self._read]

    def number(self, form: str) -> int:
        value: int = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]
        return value

    def count(self) -> int:
        """Take a number of things, each of which takes room in what is left."""
        return self.number("Q")

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        kind = np.dtype(dtype)
        return np.frombuffer(self.take(count * kind.itemsize), dtype=kind)

    def skip_list(self, size: int) -> None:
        """Pass over a list of things of this many bytes."""
        self.take(self.count() * size)


@dataclass(frozen=True)
class _Head:
    """What stands at the beginning of every index."""

    dim: int
    total: int
    metric: str


def _head(reader: _Reader) -> _Head:
    dim, total = reader.number("i"), reader.number("q")
    reader.take(2 * _COUNT_BYTES)  # kept free by FAISS
    reader.take(1)  # whether it is trained
    metric = reader.number("i")
    if metric not in (0, 1):
        raise IndexSpecError(
            f"This index ranks by FAISS metric number {metric}, which is no function of a cosine; "
            "build it with METRIC_L2 or METRIC_INNER_PRODUCT."
        )
    if dim < 1 or total < 0:
        raise _damaged()
    return _Head(dim, total, "squared_l2" if metric else "inner_product")


def _index(reader: _Reader, depth: int) -> IndexFile:
    if depth > DEEPEST:
        raise _damaged()
    kind = _kind(reader, depth)
    head = _head(reader)
    if kind in _FLAT:
        return _flat(reader, head)
    if kind in _MAPPED:
        return _mapped(reader, head, depth)
    if kind == "IHNf":
        return _graph(reader, head, depth)
    if kind == "IwFl":
        return _lists(reader, head, depth)
    if kind == "IxRF":
        return _refined(reader, head)
    raise IndexSpecError(
        f"This is an index file of FAISS of the kind '{kind}', which does not keep its vectors "
        f"whole or is not read here; read are {READ_KINDS}: {_REMEDY}."
    )


def _kind(reader: _Reader, depth: int) -> str:
    start = reader.take(4) if reader.left >= 4 else b""
    if len(start) == 4 and start[:1] == b"I" and start.isalnum() and start.isascii():
        kind = start.decode("ascii")
        if kind.startswith("IB"):
            raise IndexSpecError(
                "This is a binary index: it counts the bits in which two codes differ (Hamming "
                "distance), and no cosine can be worked out from that; give an index of the float "
                "vectors that the codes were made of."
            )
        return kind
    if depth:
        raise _damaged()
    raise IndexSpecError(
        f"This is no index file of FAISS, as faiss.write_index writes it; {_REMEDY}."
    )


def _flat(reader: _Reader, head: _Head) -> IndexFile:
    numbers = reader.count()
    if numbers != head.total * head.dim:
        raise _damaged()
    vectors = reader.array("<f4", numbers).astype(np.float32).reshape(head.total, head.dim)
    return IndexFile(head.metric, np.arange(head.total, dtype=np.int64), vectors)


def _mapped(reader: _Reader, head: _Head, depth: int) -> IndexFile:
    inner = _index(reader, depth + 1)
    ids = reader.array("<i8", reader.count()).astype(np.int64)
    is_numbered = np.array_equal(inner.ids, np.arange(len(inner.ids)))
    if len(ids) != len(inner.ids) or not is_numbered:
        raise _damaged()
    return IndexFile(head.metric, ids, inner.vectors)


def _graph(reader: _Reader, head: _Head, depth: int) -> IndexFile:
    for size in (8, 4, 4, 8, 4):  # chances of a level, links of a level, levels, places, links
        reader.skip_list(size)
    reader.take(5 * 4)  # where it is entered, and how it is searched
    stored = _index(reader, depth + 1)
    return IndexFile(head.metric, stored.ids, stored.vectors)


def _lists(reader: _Reader, head: _Head, depth: int) -> IndexFile:
    lists = reader.count()
    reader.take(_COUNT_BYTES)  # how many are looked into
    _index(reader, depth + 1)  # their centres
    has_map = reader.number("B")
    reader.skip_list(_COUNT_BYTES)
    if has_map == 2:
        reader.skip_list(2 * _COUNT_BYTES)
    if reader.take(4) != b"ilar":
        raise _damaged()
    if (reader.count(), reader.count()) != (lists, 4 * head.dim):
        raise _damaged()
    ids, vectors = [], []
    for size in _list_sizes(reader, lists):
        vectors.append(reader.array("<f4", size * head.dim).reshape(size, head.dim))
        ids.append(reader.array("<i8", size))
    known = np.concatenate([np.zeros(0, dtype=np.int64), *ids]).astype(np.int64)
    if len(known) != head.total:
        raise _damaged()
    rising = np.argsort(known, kind="stable")
    whole = np.concatenate([np.zeros((0, head.dim), dtype=np.float32), *vectors])
    return IndexFile(head.metric, known[rising], whole.astype(np.float32)[rising])


def _list_sizes(reader: _Reader, lists: int) -> list[int]:
    """Take how many vectors each list has; lists that are not named have none."""
    how = reader.take(4)
    numbers = reader.array("<u8", reader.count()).astype(np.int64)
    if how == b"full" and len(numbers) == lists:
        return [int(size) for size in numbers]
    if how == b"sprs" and len(numbers) % 2 == 0:
        return [int(size) for size in numbers[1::2]]
    raise _damaged()


def _refined(reader: _Reader, head: _Head) -> IndexFile:
    """Take the Flat index that refines: it stands last, and its size is known."""
    factor = 4
    header = 4 + 4 + 8 + 2 * _COUNT_BYTES + 1 + 4 + _COUNT_BYTES
    reader.take(reader.left - factor - header - head.total * head.dim * 4)
    found = _index(reader, DEEPEST)
    reader.take(factor)
    return IndexFile(head.metric, found.ids, found.vectors)


def _damaged() -> IndexSpecError:
    return IndexSpecError(
        "This index file is damaged, cut short or of a version that is not read here; write it "
        "again with faiss.write_index."
    )
