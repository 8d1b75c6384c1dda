"""Puts rows into a store in batches; what was interrupted goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from search_core.encoder import Progress
from search_core.errors import InputError, StoreError, several, whole_number
from search_core.mistakes import explain_mistakes
from search_core.stores.protocol import WritableStore, require
from search_core.vectors import Vectors, unit_vectors

AT_ONCE = 1_000  # rows of a batch
SAME = 1e-5  # how far a number may be from the stored one that some store brought to length 1


@explain_mistakes
def fill_store(
    store: WritableStore,
    ids: Sequence[str],
    vectors: npt.ArrayLike,
    texts: Sequence[str] = (),
    *,
    progress: Progress | None = None,
    batch: int = AT_ONCE,
) -> int:
    """Put rows into a store, and return how many of them were not there yet.

    A row that the store holds with this vector is left alone, one with another vector or text is
    replaced. So after a fault the same call goes on: nothing is missing then, nothing is double.

    Parameters
    ----------
    store:
        One that takes rows in.
    ids, vectors, texts:
        Of each row; vectors of shape (n, dim), unit norm. Texts may be left out.
    progress:
        Called with (rows done, rows in all); may raise to stop.
    batch:
        Rows that are sent at once.

    Raises
    ------
    InputError
        Not one id, vector and text a row, half a character, or an id that is given twice.
    StoreError
        The store takes no rows, or fails; the message says how many rows are in it, and nothing
        that was there is lost.

    Examples
    --------
    >>> store = sc.LocalStore(sc.VectorEngine.of(np.eye(2)))
    >>> sc.fill_store(store, ["a"], np.eye(1, 2))
    Traceback (most recent call last):
    search_core.errors.StoreError: This needs a store that takes rows in, and a LocalStore ...
    """
    require(store, "write", "open one of Qdrant or Milvus")
    names = several(ids, "ids", InputError)
    held = unit_vectors(vectors, len(names), store.fingerprint.dim)
    _check_rows(names, texts)
    batch = whole_number(batch, "batch", InputError)
    starts = range(0, len(names), batch)
    rows = (slice(start, start + batch) for start in starts)
    batches = ((names[each], held[each], texts[each]) for each in rows)
    return fill_batches(store, batches, len(names), progress)


Batch: TypeAlias = tuple[Sequence[str], Vectors, Sequence[str]]
"""Ids, unit vectors and texts of some rows; no texts where there are none."""


def fill_batches(
    store: WritableStore, batches: Iterable[Batch], total: int, progress: Progress | None = None
) -> int:
    """Put batches of rows into a store, and return how many rows were not there yet.

    Raises
    ------
    StoreError
        The store fails; the message says how many of the rows in all are in it.
    """
    done, written = 0, 0
    for ids, vectors, texts in batches:
        try:
            written += _add_missing(store, ids, vectors, texts)
        except StoreError as fault:
            raise StoreError(
                f"{fault} {done:,} of {total:,} rows are in the store; call again to go on."
            ) from fault
        done += len(ids)
        if progress is not None:
            progress(done, total)
    return written


def _check_rows(names: Sequence[str], texts: Sequence[str]) -> None:
    if texts and len(texts) != len(names):
        raise InputError(
            f"{len(names)} ids and {len(texts)} texts were given; give one of each a row, or no "
            "texts at all."
        )
    for what, cells in (("id", names), ("text", texts)):
        for row, cell in enumerate(cells):
            if not isinstance(cell, str) or (what == "id" and not cell):
                raise InputError(
                    f"The {what} at {row} is {cell!r:.40}; give a text for each row (rows count "
                    "from 0)."
                )
            if not _is_whole(cell):
                raise InputError(
                    f"The {what} at {row} holds half a character ({cell!r:.40}); write it whole, "
                    "or leave it out (rows count from 0)."
                )
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"The id '{name[:40]}' is given twice; give each row its own.")
        seen.add(name)


def _is_whole(cell: str) -> bool:
    r"""Return whether a text can be written, which half a character such as "\ud800" cannot."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def _add_missing(
    store: WritableStore, ids: Sequence[str], vectors: Vectors, texts: Sequence[str]
) -> int:
    """Put rows in that are missing or differ, and return how many were missing."""
    rows = store.fetch(ids)
    row_of = {name: at for at, name in enumerate(rows.ids)}
    new = [
        at
        for at, name in enumerate(ids)
        if name not in row_of
        or np.abs(rows.vectors[row_of[name]] - vectors[at]).max() > SAME
        or (texts and rows.texts[row_of[name]] != texts[at])
    ]
    if new:
        store.add([ids[at] for at in new], vectors[new], [texts[at] for at in new] if texts else ())
    return sum(name not in row_of for name in ids)
