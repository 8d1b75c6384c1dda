"""Stores by their address, such as "qdrant://localhost:6333/texts"."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from search_core.errors import InputError, StoreError
from search_core.extras import extra
from search_core.stores.faults import reaching
from search_core.stores.milvus import MilvusStore
from search_core.stores.protocol import WritableStore
from search_core.stores.qdrant import QdrantStore

QDRANT_PORT, MILVUS_PORT = 6333, 19530
QDRANT_FILE = "meta.json"  # in a folder of its local mode
QDRANT_KEY, MILVUS_TOKEN = "QDRANT_API_KEY", "MILVUS_TOKEN"
TIMEOUT = 10  # seconds that a server has for an answer
OPTIONS = ("collection", "text", "vector")
FORMS = (
    "qdrant://HOST:PORT/COLLECTION, qdrant:///FOLDER, milvus://HOST:PORT/COLLECTION or "
    "milvus:///FILE.db"
)


def open_store(address: str) -> WritableStore:
    """Open a collection by its address; nothing in it is changed.

    Parameters
    ----------
    address:
        ``qdrant://HOST:PORT/COLLECTION`` or ``milvus://HOST:PORT/COLLECTION`` for a server (with
        ``+https`` after the name for an encrypted one), ``qdrant:///FOLDER`` or
        ``milvus:///FILE.db`` for one on this disk. Options follow a question mark: ``collection``
        where a folder holds several, ``text`` for the field of the texts, ``vector`` for that of
        the vectors. A key is read from the environment: QDRANT_API_KEY, or MILVUS_TOKEN.

    Raises
    ------
    InputError
        It is no such address.
    StoreError
        The store cannot be reached, or has no such collection.

    Examples
    --------
    >>> sc.open_store("redis://localhost/texts")
    Traceback (most recent call last):
    search_core.errors.InputError: 'redis://localhost/texts' is no address of a store; write ...
    """
    parts = _parts(address)
    system, _, secure = parts.scheme.partition("+")
    options = dict(parse_qsl(parts.query))
    unknown = [name for name in options if name not in OPTIONS]
    is_known = system in ("qdrant", "milvus") and secure in ("", "https") and not unknown
    if not is_known or not _has_port(parts):
        raise InputError(
            f"{str(address)[:80]!r} is no address of a store; write {FORMS}, with options such as "
            "?text=body after it."
        )
    name = unquote(parts.path).strip("/") if parts.netloc else options.pop("collection", "")
    if system == "qdrant":
        client = _qdrant(parts, bool(secure))
        return QdrantStore(client, name or _only(client, "Qdrant"), **_fields(options))
    client = _milvus(parts, bool(secure))
    return MilvusStore(client, name or _only(client, "Milvus"), **_fields(options))


def _parts(address: object) -> SplitResult:
    """Return the parts of an address; all empty where it is none."""
    try:
        return urlsplit(address if isinstance(address, str) else "")
    except ValueError:  # brackets that are no IPv6 address
        return urlsplit("")


def _has_port(parts: SplitResult) -> bool:
    """Return whether the port is one, or left out."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:  # no number, or too large
        return False


def _fields(options: Mapping[str, str]) -> dict[str, Any]:
    return {name: options[name] for name in ("text", "vector") if name in options}


def _qdrant(parts: SplitResult, secure: bool) -> Any:
    with extra("qdrant"):
        from qdrant_client import QdrantClient
    with reaching("Qdrant", parts.netloc or parts.path):
        if not parts.netloc:
            return QdrantClient(path=_qdrant_folder(parts.path))
        return QdrantClient(
            url=f"{'https' if secure else 'http'}://{parts.hostname}:{parts.port or QDRANT_PORT}",
            api_key=os.environ.get(QDRANT_KEY),
            timeout=TIMEOUT,
            check_compatibility=False,
        )


def _milvus(parts: SplitResult, secure: bool) -> Any:
    with extra("milvus"):
        from pymilvus import MilvusClient
    for name in ("pymilvus", "milvus_lite"):  # they log tracebacks of what is raised as well
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with reaching("Milvus", parts.netloc or parts.path):
        if not parts.netloc:
            return MilvusClient(_there(parts.path))
        return MilvusClient(
            uri=f"{'https' if secure else 'http'}://{parts.hostname}:{parts.port or MILVUS_PORT}",
            token=os.environ.get(MILVUS_TOKEN, ""),
            timeout=TIMEOUT,
        )


def _there(path: str) -> str:
    """Return a path that exists: a client would make a new store of any other."""
    file = Path(unquote(path))
    if not file.exists():
        raise StoreError(f"'{file}' is not there; give the folder or file of a store that is.")
    return str(file)


def _qdrant_folder(path: str) -> str:
    """Return a folder that Qdrant has made: its client would write into any other."""
    folder = _there(path)
    if not Path(folder, QDRANT_FILE).is_file():
        raise StoreError(f"'{folder}' is no folder of Qdrant; give the one of its client's path.")
    return folder


def _only(client: Any, system: str) -> str:
    """Return the name of the only collection."""
    with reaching(system, "its collections"):
        names = (
            [each.name for each in client.get_collections().collections]
            if system == "Qdrant"
            else list(client.list_collections())
        )
    if len(names) != 1:
        has = f"{len(names)}: {', '.join(sorted(names)[:5])}" if names else "none"
        raise StoreError(
            f"The store has not one collection but {has}; name the one that is meant, such as "
            "?collection=texts at the end of the address."
        )
    return str(names[0])
