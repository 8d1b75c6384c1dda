"""What goes wrong between here and a store, each in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from search_core.errors import SearchCoreError, StoreError
from search_core.stores.protocol import Asked, StoreFingerprint
from search_core.vectors import Vectors

Queries = TypeVar("Queries", bound=Sized)

_LATE = re.compile(r"timed? ?out|deadline.exceeded", re.IGNORECASE)
_AWAY = re.compile(
    r"refused|unavailable|unreachable|disconnected|reset by peer|broken pipe|closed|"
    r"failed to connect|connecting|create connection|name or service|connect(?:ion)?error",
    re.IGNORECASE,
)
_GONE = re.compile(r"not found|not exist|doesn't exist|can't find collection", re.IGNORECASE)
_LOCKED = re.compile(r"open local milvus failed|already accessed by another", re.IGNORECASE)
_LONGEST = 160  # characters of what a store said


@contextmanager
def reaching(system: str, name: str) -> Iterator[None]:
    """Call a store inside this; whatever its client raises becomes one sentence.

    Parameters
    ----------
    system:
        What the store is called, such as "Qdrant".
    name:
        That of the collection.

    Raises
    ------
    StoreError
        The store cannot be reached, does not answer in time, lacks the collection, or refuses.
    """
    try:
        yield
    except SearchCoreError:
        raise
    except Exception as fault:  # each client has errors of its own, gRPC and HTTP further ones
        raise StoreError(fault_words(system, name, fault)) from fault


def fault_words(system: str, name: str, fault: Exception) -> str:
    """Say what a client's error means, and what to do."""
    said = said_by(fault)
    kind = f"{type(fault).__name__} {said}"
    if _LATE.search(kind):
        return (
            f"{system} did not answer in time for '{name}'; ask again, or give its client a "
            "longer timeout."
        )
    if _AWAY.search(kind):
        return (
            f"{system} cannot be reached for '{name}' ({said}); see that it runs and that the "
            "address is right. Nothing that was stored is lost."
        )
    if _LOCKED.search(said):
        return (
            f"{system} cannot open '{name}': it is no store, or another program has it open; "
            "close that one."
        )
    if _GONE.search(said):
        return f"{system} has no collection '{name}' any more ({said}); open one that it has."
    return f"{system} refused what was asked of '{name}': {said}{'' if said[-1:] == '…' else '.'}"


def said_by(fault: Exception) -> str:
    """Return the first line of what a client's error says; some keep it in `message`."""
    said = str(getattr(fault, "message", "") or fault) or type(fault).__name__
    first = said.strip().splitlines()[0].strip().rstrip(".")
    return first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…"


def check_there(system: str, name: str, known: Sequence[str]) -> None:
    """Refuse the name of a collection that a store does not have.

    Raises
    ------
    StoreError
        With the names that it has.
    """
    if name in known:
        return
    has = f"it has {', '.join(sorted(known)[:5])}" if known else "it has none yet"
    raise StoreError(f"{system} has no collection '{name}'; {has}.")


def check_made(store: StoreFingerprint, dim: int, model: str) -> None:
    """Refuse a collection that is there already, but for vectors of another length or model.

    Raises
    ------
    StoreError
        With what it holds.
    """
    if store.dim != dim:
        raise StoreError(
            f"'{store.collection}' is there already and holds vectors of {store.dim} numbers, not "
            f"of {dim}; choose another name."
        )
    if model and store.model and store.model != model:
        raise StoreError(
            f"'{store.collection}' is there already and holds vectors of another model "
            f"(fingerprint {store.model[:12]}, not {model[:12]}); choose another name."
        )


def checked_queries(asked: Asked, dim: int, name: str) -> Vectors:
    """Return queries of a store that takes vectors, float32 (n, dim).

    Raises
    ------
    StoreError
        They are no vectors, or of another length.
    """
    if not isinstance(asked, np.ndarray) or asked.ndim != 2 or asked.dtype.kind != "f":
        what = f" of shape {asked.shape}" if isinstance(asked, np.ndarray) else ""
        raise StoreError(
            f"'{name}' is asked with vectors of shape (n, {dim}), and a {type(asked).__name__}"
            f"{what} was given; a StoreEngine with an encoder takes texts."
        )
    check_asked(asked.shape[1], dim, name)
    queries: Vectors = np.ascontiguousarray(asked, dtype=np.float32)
    return queries


def one_query(asked: Queries) -> Queries:
    """Return queries as they are, if it is one.

    Raises
    ------
    StoreError
        There are more, or none.
    """
    if len(asked) != 1:
        raise StoreError(
            f"{len(asked)} queries were given, and all hits above a score are found for one at a "
            "time; call within for each."
        )
    return asked


def check_asked(dim: int, stored: int, name: str) -> None:
    """Refuse queries of another length than a store's vectors.

    Raises
    ------
    StoreError
        With both lengths.
    """
    if dim != stored:
        raise StoreError(
            f"The query's vector has {dim} numbers, and '{name}' holds vectors of {stored}; ask "
            "with the model that made them."
        )
