"""The collection that is searched: texts with ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from search_core.errors import CorpusError


@dataclass(frozen=True)
class Corpus:
    """Texts with ids, in a fixed order.

    Attributes
    ----------
    ids, texts:
        One id and one text a document; length n.
    notes:
        What was noticed while reading, in sentences (columns ignored, empty lines left out …).
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def from_texts(cls, texts: Iterable[str], ids: Sequence[str] | None = None) -> Corpus:
        """Make a collection; without `ids` the documents are numbered from 0.

        Raises
        ------
        CorpusError
            No text, an empty text, as many ids as texts not given, or one id given twice.
        """
        texts = tuple(texts)
        ids = tuple(str(number) for number in range(len(texts))) if ids is None else tuple(ids)
        if not texts:
            raise CorpusError("The collection is empty; give at least one text.")
        for number, text in enumerate(texts, start=1):
            if not text.strip():
                raise CorpusError(f"Text {number} is empty; leave it out or write something in it.")
        if len(ids) != len(texts):
            raise CorpusError(f"{len(ids)} ids were given for {len(texts)} texts; give one each.")
        repeated = _first_repeated(ids)
        if repeated is not None:
            raise CorpusError(f"The id '{repeated}' is given twice; ids must differ.")
        return cls(ids=ids, texts=texts)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the sorted SHA-256 of the texts: the same for any order of documents."""
        hashes = sorted(_sha256(text) for text in self.texts)
        return _sha256("\n".join(hashes))

    @cached_property
    def position_of_id(self) -> dict[str, int]:
        """Where each id stands."""
        return {name: position for position, name in enumerate(self.ids)}

    @cached_property
    def position_of_text(self) -> dict[str, int]:
        """Where each text stands first."""
        return {text: n for n, text in reversed(list(enumerate(self.texts)))}


def _sha256(text: str) -> str:
    # Lone surrogates cannot be encoded as UTF-8; they still deserve a hash.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _first_repeated(ids: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            return name
        seen.add(name)
    return None
