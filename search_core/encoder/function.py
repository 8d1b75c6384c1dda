"""An encoder made of any model that turns texts into vectors, wherever it runs.

It may be a function, a SentenceTransformer or LangChain's Embeddings; the last two are known by
their methods, so neither library is imported.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from search_core.encoder import Progress
from search_core.errors import EncoderError, IndexSpecError, several, whole_number
from search_core.mistakes import explain_mistakes
from search_core.vectors import (
    UNIT_ROUNDING,
    Vectors,
    check_finite,
    lengths_of,
)

BATCH = 128  # texts at once, after each of which work can be stopped
SAME_TODAY = 0.999  # cosine of a text's vector with the one that it had
MOST_TOKENS = 1_000_000  # that any model reads of a text; how many a function reads is not known
ONE_VECTOR = 1.0 - 1e-6  # cosine of vectors that differ by rounding alone
SAME_ALONE = 0.99  # cosine of a text's vector alone with its vector among others

QUOTED = 200  # characters of what a function raised

PROBES = (
    "The ferry leaves the harbour at nine.",
    "Water the tomatoes in the evening.",
    "Interest is paid at the end of each quarter.",
    "Der Zug nach Basel hat Verspätung.",
    "She tuned the old piano by ear.",
    "def area(width, height): return width * height",
    "Two aspirins with a glass of water.",
    "The match ended without a goal.",
)
"""Texts whose vectors tell one model from another."""

TextFunction = Callable[[list[str]], Any]
"""Takes a list of texts, and returns one vector a text: an array, a tensor or lists of numbers."""

_log = logging.getLogger(__name__)


class EmbedsDocuments(Protocol):
    """What LangChain calls `Embeddings`."""

    def embed_documents(self, texts: list[str]) -> Any:
        """Return one vector a text."""
        ...

    def embed_query(self, text: str) -> Any:
        """Return the vector of a text that is asked."""
        ...


class Encodes(Protocol):
    """What sentence-transformers calls a `SentenceTransformer`."""

    encode: Callable[..., Any]


TextModel = TextFunction | EmbedsDocuments | Encodes


@explain_mistakes
class FunctionEncoder:
    """An `Encoder` whose vectors a function makes; `encoder_from` makes one.

    Attributes
    ----------
    name, dim, query_prefix, max_tokens, fingerprint:
        As an `Encoder` has them. How much the model reads is not known, so
        `max_tokens` is a million: no text is said to be cut off.
    document_prefix:
        What is put before a document.
    notes:
        What was noticed of the vectors, in sentences.

    Examples
    --------
    >>> rows = {"a": [3.0, 4.0], "b": [0.0, 2.0]}
    >>> own = sc.encoder_from(lambda texts: [rows.get(t, [len(t), 1]) for t in texts], name="mine")
    >>> own
    <FunctionEncoder 'mine': 2 numbers, brought to unit length here>
    """

    max_tokens = MOST_TOKENS

    def __init__(
        self,
        documents: _Call,
        queries: _Call,
        *,
        name: str,
        prefixes: tuple[str, str],
        fingerprint: str,
    ) -> None:
        """Put together what `encoder_from` has looked at."""
        self._documents = documents
        self._queries = queries
        self.name = name
        self.dim = documents.dim
        self.document_prefix, self.query_prefix = prefixes
        self.fingerprint = fingerprint
        self.notes = tuple(dict.fromkeys([*documents.notes(), *queries.notes()]))

    def __repr__(self) -> str:
        unit = ", brought to unit length here" if self.notes else ""
        return f"<FunctionEncoder '{self.name}': {self.dim} numbers{unit}>"

    def encode_documents(self, texts: Iterable[str], progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (n, dim), in the order of the texts.

        Parameters
        ----------
        texts:
            The documents, n of them.
        progress:
            Called with (texts done, texts in all); may raise to stop.

        Raises
        ------
        EncoderError
            The function returned something else than one finite vector a text.
        """
        return self._documents.unit([self.document_prefix + text for text in texts], progress)

    def encode_queries(self, texts: Iterable[str]) -> Vectors:
        """Return float32 unit vectors, shape (n, dim), of texts that are asked.

        Raises
        ------
        EncoderError
            As for `encode_documents`.
        """
        return self._queries.unit([self.query_prefix + text for text in texts])

    def calls_for(self, documents: int, queries: int = 0) -> int:
        """Return how many calls of the model it takes to embed so many texts.

        They are also logged, under ``search_core.encoder.function`` at the level INFO, before the
        first of them is made.

        Parameters
        ----------
        documents, queries:
            How many of each are to be embedded.
        """
        return self._documents.calls_for(documents) + self._queries.calls_for(queries)

    def check(self, fingerprint: str = "") -> None:
        """Ask the model for the eight texts again, and compare: a service may change its model.

        Parameters
        ----------
        fingerprint:
            Of the encoder that something was made with, such as ``calibrator.scale.source``, to be
            compared with this one's as well.

        Raises
        ------
        EncoderError
            A text has another vector now than when this encoder was made (a cosine below 0.999), or
            the fingerprint is another one.
        """
        if fingerprint and fingerprint != self.fingerprint:
            raise EncoderError(
                f"'{self.name}' gives other vectors than the encoder that was used (fingerprint "
                f"{self.fingerprint[:12]}, expected {fingerprint[:12]}); embed everything again "
                "and fit again, or go back to the model of then."
            )
        self._documents.check()
        if self._queries is not self._documents:
            self._queries.check()

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        """Return the words of each document: the model's own tokens are not known.

        Parameters
        ----------
        texts:
            The documents.
        """
        return [len(text.split()) for text in texts]


@explain_mistakes
def encoder_from(
    model: TextModel,
    *,
    name: str,
    dim: int | None = None,
    queries: TextFunction | None = None,
    query_prefix: str = "",
    document_prefix: str = "",
    fingerprint: str | None = None,
    normalize: bool = True,
    batch: int = BATCH,
) -> FunctionEncoder:
    """Make an encoder of any model, such as a client of an embedding service.

    The model is asked for the vectors of eight short texts, in two calls, to see that they are
    vectors, each of its text alone; of queries, too, where they are embedded in another way.

    Parameters
    ----------
    model:
        A function that takes a list of texts and returns one vector a text: an array, a tensor, or
        lists of numbers. Or an object with ``embed_documents`` and ``embed_query`` (LangChain), or
        with ``encode`` (sentence-transformers; ``encode_query`` and ``encode_document``, where it
        has them, put its own prompts before the texts).
    name:
        The model's name, for whoever reads of it.
    dim:
        Length of a vector; without it, that of the vectors that come.
    queries:
        Another such function for what is asked, where the model has one.
    query_prefix, document_prefix:
        What is put before a query and before a document.
    fingerprint:
        What distinguishes this model from others; without it, a hash over the name, the prefixes
        and what the vectors of the eight texts are like. Give one where the vectors differ from
        call to call by more than a thousandth.
    normalize:
        Whether vectors of documents and queries are brought to unit length where they have another
        (`notes` says so); else they are refused.
    batch:
        The most texts in one call.

    Raises
    ------
    EncoderError
        It is none of these, does not return one finite vector a text, or returns vectors that
        depend on the other texts of a list.

    Examples
    --------
    >>> own = sc.encoder_from(encoder.encode_documents, name="our-model", batch=32)
    >>> own.encode_queries(["a cat"]).shape == (1, encoder.dim)
    True
    >>> own.calls_for(documents=1_000, queries=1)
    33
    >>> own.check()
    """
    if fingerprint is not None:
        _check_names(name, fingerprint=fingerprint)
    _check_names(name, query_prefix=query_prefix, document_prefix=document_prefix)
    if dim is not None:
        dim = whole_number(dim, "dim", EncoderError)
    batch = whole_number(batch, "batch", EncoderError)
    for_documents, for_queries = _functions(model, batch)
    if queries is not None:
        for_queries = _Function(queries, batch)
    documents = _Call.probed(for_documents, name, dim, document_prefix, normalize)
    asked = documents
    if for_queries is not for_documents or query_prefix != document_prefix:
        asked = _Call.probed(for_queries, name, documents.dim, query_prefix, normalize)
    return FunctionEncoder(
        documents,
        asked,
        name=name,
        prefixes=(document_prefix, query_prefix),
        fingerprint=fingerprint
        or _fingerprint(name, document_prefix, query_prefix, documents, asked),
    )


@dataclass(frozen=True)
class _Function:
    """A function, and how many texts it gets in one call."""

    call: TextFunction
    batch: int

    def __post_init__(self) -> None:
        _check_function(self.call)


def _functions(model: Any, batch: int) -> tuple[_Function, _Function]:
    """Return what makes vectors of documents, and of queries; often one and the same."""
    if inspect.isclass(model):
        raise EncoderError(f"The class {model.__name__} was given; give an instance of it.")
    if hasattr(model, "embed_documents") or hasattr(model, "embed_query"):
        for member in ("embed_documents", "embed_query"):
            if not hasattr(model, member):
                raise EncoderError(
                    f"A {type(model).__name__} has no method '{member}', as LangChain's Embeddings "
                    "have; add it, or give a function that embeds a list of texts."
                )
        # It takes one text, so each is a call of its own.
        asked = _Function(lambda texts: [model.embed_query(text) for text in texts], 1)
        return _Function(model.embed_documents, batch), asked
    if hasattr(model, "encode") and not isinstance(model, str):
        if hasattr(model, "encode_document") and hasattr(model, "encode_query"):
            return _Function(model.encode_document, batch), _Function(model.encode_query, batch)
        model = model.encode
    function = _Function(model, batch)
    return function, function


class _Call:
    """A function, and what its vectors of the eight texts are like."""

    def __init__(
        self, function: _Function, name: str, texts: list[str], probed: Vectors, normalize: bool
    ) -> None:
        self._function = function
        self._name = name
        self._texts = texts
        self._probed = probed
        self._normalize = normalize
        self.dim = probed.shape[1]

    @classmethod
    def probed(
        cls, function: _Function, name: str, dim: int | None, prefix: str, normalize: bool
    ) -> _Call:
        """Ask a function for the vectors of the eight texts."""
        texts = [prefix + text for text in PROBES]
        _log.info("%s: 2 calls to look at the vectors of %d texts", name, len(texts))
        together = _vectors(function.call, texts, name, dim)
        alone = _vectors(function.call, texts[:1], name, together.shape[1])
        _check_differ(_unit(together, name), name)
        both = _unit(np.concatenate([together[:1], alone]), name)
        if float(both[0] @ both[1]) < SAME_ALONE:
            raise EncoderError(
                f"The function of '{name}' gives a text another vector alone than in a list of "
                f"{len(texts)} (cosine {float(both[0] @ both[1]):.2f}); return the vectors in the "
                "order of the texts, each made of its text alone."
            )
        call = cls(function, name, texts, together, normalize)
        call._made_unit(together)
        return call

    def calls_for(self, texts: int) -> int:
        """Return how many calls so many texts take."""
        return -(-texts // self._function.batch)

    def unit(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return the unit vectors of texts, in batches."""
        step, parts = self._function.batch, [np.zeros((0, self.dim), dtype=np.float32)]
        _log.info("%s: %d calls for %d texts", self._name, self.calls_for(len(texts)), len(texts))
        for start in range(0, len(texts), step):
            given = list(texts[start : start + step])
            made = _vectors(self._function.call, given, self._name, self.dim)
            parts.append(self._made_unit(made))
            if progress is not None:
                progress(start + len(given), len(texts))
        return np.concatenate(parts)

    def check(self) -> None:
        """Raise `EncoderError` where a text has another vector now."""
        now = _unit(_vectors(self._function.call, self._texts, self._name, self.dim), self._name)
        cosines = (now * _unit(self._probed, self._name)).sum(axis=1)
        lowest = int(cosines.argmin())
        if cosines[lowest] < SAME_TODAY:
            raise EncoderError(
                f"'{self._name}' gives {self._texts[lowest]!r:.60} another vector than before "
                f"(cosine {cosines[lowest]:.3f}); embed everything again and fit again, or go back "
                "to the model of then."
            )

    def _made_unit(self, vectors: Vectors) -> Vectors:
        if not self._normalize and not _are_unit(vectors):
            raise EncoderError(
                f"The vectors of '{self._name}' have length {_length_words(vectors)}, and "
                "normalize is False; return vectors of length 1, or let them be brought to it."
            )
        return _unit(vectors, self._name)

    def notes(self) -> list[str]:
        """Say that vectors are brought to unit length, where they are not."""
        if _are_unit(self._probed):
            return []
        found = _length_words(self._probed)
        return [
            f"The vectors of '{self._name}' have length {found}; they are brought to length 1 here."
        ]

    @property
    def character(self) -> list[int]:
        """Which number of each of the eight vectors stands out most from their mean.

        That distinguishes models, and survives rounding in another library or on another machine.
        """
        unit = self._probed.astype(np.float64)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        dimensions: list[int] = np.abs(unit - unit.mean(axis=0)).argmax(axis=1).tolist()
        return dimensions


def _are_unit(vectors: Vectors) -> bool:
    return bool((np.abs(lengths_of(vectors) - 1.0) <= UNIT_ROUNDING).all())


def _length_words(vectors: Vectors) -> str:
    lengths = lengths_of(vectors)
    low, high = f"{lengths.min():.3g}", f"{lengths.max():.3g}"
    return low if low == high else f"{low} to {high}"


def _check_names(name: object, **texts: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise EncoderError(f"The name is {name!r}; give the model's name, a text.")
    for what, given in texts.items():
        if not isinstance(given, str):
            raise EncoderError(f"{what} is {given!r:.40}; it must be a text, if an empty one.")


def _check_function(function: object) -> None:
    if not callable(function):
        raise EncoderError(
            f"A function was expected, and what was given is of type {type(function).__name__}; "
            "give one that takes a list of texts and returns one vector a text, such as "
            "model.encode, or a model with 'encode', or with 'embed_documents' and 'embed_query'."
        )
    if inspect.iscoroutinefunction(function):
        raise EncoderError(
            "The function is async; give one that waits for it, such as "
            "lambda texts: asyncio.run(embed(texts))."
        )


def _vectors(function: TextFunction, texts: list[str], name: str, dim: int | None) -> Vectors:
    """Return what a function makes of texts as float32, shape (n, dim), of any length above 0."""
    given = _called(function, texts, name)
    if inspect.isawaitable(given):
        if inspect.iscoroutine(given):
            given.close()
        raise EncoderError(
            f"The function of '{name}' returned something to be awaited; give one that waits for "
            "it, such as lambda texts: asyncio.run(embed(texts))."
        )
    array = _array(given, name)
    if array.ndim != 2 or len(array) != len(texts) or not array.shape[1]:
        raise EncoderError(
            f"The function of '{name}' returned an array of shape {array.shape} for {len(texts)} "
            f"text{'' if len(texts) == 1 else 's'}; return one vector a text. Where it takes a "
            "single text, give lambda texts: [embed(text) for text in texts]."
        )
    if dim is not None and array.shape[1] != dim:
        raise EncoderError(
            f"The function of '{name}' returned vectors of {array.shape[1]} numbers, and {dim} "
            "were expected; leave dim out, or load the model that makes such vectors."
        )
    with np.errstate(over="ignore"):
        vectors: Vectors = np.ascontiguousarray(array, dtype=np.float32)
    try:
        check_finite(vectors)
    except IndexSpecError as fault:
        raise EncoderError(
            f"What the function of '{name}' returned cannot be used: {fault}"
        ) from None
    return vectors


def _called(function: TextFunction, texts: list[str], name: str) -> Any:
    """Return what a function makes of texts; what it raises itself becomes one sentence."""
    try:
        return function(texts)
    except Exception as fault:
        what = " ".join(f"{type(fault).__name__}: {fault}".split())
        raise EncoderError(
            f"The function of '{name}' raised {what[:QUOTED].rstrip('.: ')} when it got a list "
            f"of {len(texts)} texts. Where it takes a single text, give "
            "lambda texts: [embed(text) for text in texts]."
        ) from fault


def _array(given: Any, name: str) -> npt.NDArray[Any]:
    """Return an array of numbers, from whatever libraries return."""
    if hasattr(given, "detach"):  # a tensor, perhaps on another device or of bfloat16
        given = given.detach().cpu().float()
    if hasattr(given, "toarray"):  # a sparse matrix
        given = given.toarray()
    if not hasattr(given, "__array__"):
        given = [
            _array(each, name) if hasattr(each, "detach") else each for each in _rows(given, name)
        ]
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError):
        array = np.array(None)
    if array.dtype == object and array.ndim:
        array = _of_objects(array)
    if array.dtype.kind not in "fiu":
        raise EncoderError(
            f"The function of '{name}' returned no array of numbers; return one vector a text, all "
            "of one length."
        )
    return array


def _of_objects(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the numbers of an array that keeps lists, arrays or single numbers as objects."""
    try:
        return np.array([np.asarray(row).tolist() for row in array])
    except ValueError:  # rows of several lengths
        return np.array(None)


def _rows(given: Any, name: str) -> list[Any]:
    try:
        return several(given, "vectors", EncoderError)
    except EncoderError:
        raise EncoderError(
            f"The function of '{name}' returned something of type {type(given).__name__}; return "
            "one vector a text, as an array or a list."
        ) from None


def _check_differ(unit: Vectors, name: str) -> None:
    """Refuse vectors that are one and the same for texts of eight subjects."""
    if (unit @ unit[0]).min() > ONE_VECTOR:
        raise EncoderError(
            f"The function of '{name}' gives {len(unit)} texts on different subjects one and the "
            "same vector; return a vector made of each text."
        )


def _unit(vectors: Vectors, name: str) -> Vectors:
    """Bring vectors to unit length; those that have it stay as they are, to the last bit."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    if not lengths.all():
        raise EncoderError(
            f"The function of '{name}' returned a vector of zeros, which points nowhere, for text "
            f"{int(np.flatnonzero(lengths == 0)[0])} of a list; leave out what it cannot read."
        )
    has_length = np.abs(lengths - 1.0) <= UNIT_ROUNDING
    unit: Vectors = np.where(has_length, vectors, (wide / lengths)).astype(np.float32)
    return unit


def _fingerprint(
    name: str, document_prefix: str, query_prefix: str, documents: _Call, asked: _Call
) -> str:
    characters = [documents.dim, documents.character, asked.character]
    decides = json.dumps([name, document_prefix, query_prefix, *characters])
    return hashlib.sha256(decides.encode("utf-8", "surrogatepass")).hexdigest()
