"""Encoders: text in, unit vectors out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, runtime_checkable

from search_core.extras import extra
from search_core.mistakes import explain_mistakes
from search_core.vectors import Vectors

Progress = Callable[[int, int], None]
"""Called with (done, total); whatever it raises passes through, which is how work is stopped."""

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""The model that `load_encoder` loads where none is named."""


@runtime_checkable
class Encoder(Protocol):
    """What turns texts into unit vectors.

    Attributes
    ----------
    name:
        The model's name, as in `search_core.encoder.models.MODELS`.
    dim:
        Length of a vector.
    max_tokens:
        Tokens of a text that are read, with the two special ones; the rest is cut off.
    query_prefix:
        What is put before a query.
    fingerprint:
        SHA-256 over everything that decides what a vector means; scores of two encoders with
        different fingerprints cannot be compared.

    Examples
    --------
    >>> isinstance(encoder, sc.Encoder), encoder.encode_queries(["a cat"]).shape == (1, encoder.dim)
    (True, True)
    """

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that are read."""
        ...

    @property
    def query_prefix(self) -> str:
        """What is put before a query."""
        ...

    @property
    def fingerprint(self) -> str:
        """What decides a vector's meaning, hashed."""
        ...

    def encode_documents(self, texts: Iterable[str], progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (n, dim), in the order of the texts.

        Parameters
        ----------
        texts:
            The documents, n of them.
        progress:
            Called with (texts done, texts in all); may raise to stop.
        """
        ...

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        """Return float32 unit vectors, shape (n, dim), of texts that are asked."""
        ...

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        """Return the tokens of each document, as it is embedded but for the special ones.

        They are counted to one more than is read, which shows that something is cut off.

        Parameters
        ----------
        texts:
            The documents.
        """
        ...


@runtime_checkable
class TellsUnknown(Protocol):
    """What an encoder may also tell: how much of a text its vocabulary lacks.

    Of an encoder without it, nothing is said about texts that the encoder cannot read.

    Examples
    --------
    >>> isinstance(encoder, sc.TellsUnknown)
    False
    """

    def unknown_shares(self, texts: Iterable[str]) -> Sequence[float]:
        """Return for each text the share of its tokens, as far as read, that are unknown.

        The tokens are those of the bare text, without prefix and special ones. 1 for a text that
        has none, such as one of invisible characters.

        Parameters
        ----------
        texts:
            The bare texts.
        """
        ...


@explain_mistakes
def load_encoder(name: str = DEFAULT_MODEL) -> Encoder:
    """Load a model by name; the default one comes with an installed package and needs no network.

    Queries go through NumPy, and torch is imported when documents, or thousands of tokens of
    queries, are first embedded; in a program that has imported torch already, it serves both. The
    vectors agree to 1e-6.

    Parameters
    ----------
    name:
        A key of `search_core.encoder.models.MODELS`.

    Raises
    ------
    EncoderError
        An unknown name, weights that cannot be had, or weights that are not the ones expected.
    MissingExtra
        The libraries that embed are not installed.

    Examples
    --------
    >>> model = sc.load_encoder()
    >>> model.name, model.encode_queries(["Is this good?"]).shape
    ('all-MiniLM-L6-v2', (1, 384))
    """
    with extra("encoder"):
        return _loaded(name)


def _loaded(name: str) -> Encoder:
    from search_core.encoder.models import find_weights, model_record

    record = model_record(name)
    # The weights are hashed while the tokenizer's library is imported.
    with ThreadPoolExecutor(1) as beside:
        found = beside.submit(find_weights, record)
        from search_core.encoder.packed import PackedEncoder, open_bert
    folder = found.result()
    if record.precision == "int8":
        from search_core.encoder.int8 import load_int8

        return load_int8(record, folder)
    bert = open_bert(folder, record.pooling)
    if bert is not None:
        return PackedEncoder(record, folder, bert)

    from search_core.encoder.reference import ReferenceEncoder

    return ReferenceEncoder(record, folder)
