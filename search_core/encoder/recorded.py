"""What every encoder of a model's record does alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from search_core.arguments import check_kind, several
from search_core.encoder import Progress, Vectors
from search_core.encoder.models import ModelRecord
from search_core.errors import InputError


class RecordedEncoder(ABC):
    """An encoder, but for the network: how the record wants texts, and what it says of itself.

    The attributes are those of `search_core.encoder.Encoder`. Texts that are no list, and what is
    no text in it, are refused as an `InputError`.
    """

    def __init__(self, record: ModelRecord, dim: int, positions: int) -> None:
        """Keep the record; a network reads no more tokens than it has `positions` for."""
        self._record = record
        self.name: str = record.name
        self.dim: int = dim
        self.max_tokens: int = min(record.max_tokens, positions)
        self.query_prefix: str = record.query_prefix
        self.fingerprint: str = record.fingerprint

    def encode_documents(self, texts: Iterable[str], progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        return self._encode(self._documents(texts), progress)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        """Return float32 unit vectors, shape (n, dim)."""
        return self._encode([self._record.as_query(text) for text in _checked(texts)], None)

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        """Return the tokens of each document, counted to one more than is read of it."""
        return self._count(self._documents(texts))

    def _documents(self, texts: Iterable[str]) -> list[str]:
        return [self._record.as_document(text) for text in _checked(texts)]

    @abstractmethod
    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Vectors: ...

    @abstractmethod
    def _count(self, texts: Sequence[str]) -> list[int]: ...


def _checked(texts: Iterable[str]) -> list[str]:
    found = several(texts, "texts", InputError)
    for text in found:
        check_kind(text, str, "give texts alone", InputError)
    return found
