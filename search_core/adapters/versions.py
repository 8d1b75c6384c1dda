"""Which versions of other libraries the adapters were run with, and a sentence for any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from types import MappingProxyType

from search_core.errors import InputError, MissingExtra
from search_core.extras import extra

TESTED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "langchain": ("langchain-core", ">=1.7,<2"),
        "llamaindex": ("llama-index-core", ">=0.14,<0.15"),
        "haystack": ("haystack-ai", ">=3.2,<4"),
        "sentence-transformers": ("sentence-transformers", ">=6.0,<7"),
        "datasets": ("datasets", ">=5.0,<6"),
        "chroma": ("chromadb", ">=1.5,<2"),
        "milvus": ("pymilvus", ">=2.6.17,<4"),
        "qdrant": ("qdrant-client", ">=1.19,<2"),
        "lancedb": ("lancedb", ">=0.30,<1"),
        "sklearn": ("scikit-learn", ">=1.6,<2"),
    }
)
"""The distribution behind each adapter, and the versions that its tests were run with."""


@contextmanager
def library(name: str) -> Iterator[None]:
    """Import what an adapter needs inside this.

    Parameters
    ----------
    name:
        Of the extra, one of `TESTED`.

    Raises
    ------
    MissingExtra
        The library is not installed, or this version of it lacks what is imported; the message has
        the line of pip that helps.
    """
    distribution, tested = TESTED[name]
    try:
        installed = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        installed = ""
    try:
        with extra(name):
            yield
    except ImportError as fault:
        if not installed:
            raise
        raise MissingExtra(
            f"{distribution} {installed} lacks what this adapter uses, which was tested with "
            f'{tested}; run pip install "{distribution}{tested}".',
            name=distribution,
        ) from fault


def shape_fault(name: str, found: object, expected: str) -> InputError:
    """Return the error that says what was given to an adapter, and what it reads.

    Parameters
    ----------
    name:
        The adapter, one of `TESTED`.
    found, expected:
        What was given, and what it reads, in words.
    """
    distribution, tested = TESTED[name]
    return InputError(
        f"A {type(found).__name__} was given where {expected} was expected (as of "
        f"{distribution}{tested}, which this was tested with)."
    )
