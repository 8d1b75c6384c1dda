"""Every row is read once before the first is embedded: a fault shows in a minute, not in hours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from search_core.bulk.reading import TextFile, check_quotes, read_texts
from search_core.errors import InputError

_HASH_BYTES = 8  # of an id; 80 MB for ten million


def count_rows(sources: Sequence[TextFile]) -> list[int]:
    """Return the rows of each file.

    Raises
    ------
    InputError
        A row that cannot be used, a file without rows, or an id that two rows have.
    """
    hashes = [_hashes_of_ids(source) for source in sources]
    for source, found in zip(sources, hashes, strict=True):
        if not len(found):
            raise InputError(f"'{source.file.path}' has no rows; leave it out.")
    unique, times = np.unique(np.concatenate(hashes), return_counts=True)
    if (times > 1).any():
        _refuse_repeated(sources, set(unique[times > 1].tolist()))
    return [len(found) for found in hashes]


def _hashes_of_ids(source: TextFile) -> np.typing.NDArray[np.uint64]:
    """Return a number for each id, equal for equal ones; uint64, shape (n,)."""
    parts = [
        np.fromiter(map(_hash, rows.ids), dtype=np.uint64, count=len(rows.ids))
        for rows in read_texts(source)
    ]
    check_quotes(source.file)
    return np.concatenate([np.empty(0, dtype=np.uint64), *parts])


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=_HASH_BYTES).digest())


def _refuse_repeated(sources: Sequence[TextFile], suspects: set[int]) -> None:
    """Raise where two ids of one hash are one id, which they are but for chance."""
    first: dict[str, TextFile] = {}
    for source in sources:
        for rows in read_texts(source):
            for name in rows.ids:
                if _hash(name) not in suspects:
                    continue
                if name in first:
                    raise _repeated(name, first[name], source)
                first[name] = source


def _repeated(name: str, first: TextFile, second: TextFile) -> InputError:
    where = f"in '{first.file.path}' and in '{second.file.path}'"
    if first is second:
        where = f"twice in '{first.file.path}'"
    return InputError(f"The id '{name[:40]}' stands {where}; give every text its own.")
