"""An encoder made of a function: any model that turns texts into vectors, wherever it runs."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from search_core.encoder import Progress
from search_core.errors import EncoderError, IndexSpecError, several, whole_number
from search_core.vectors import (
    UNIT_ROUNDING,
    Vectors,
    check_finite,
    lengths_of,
)

TEXTS_AT_ONCE = 64  # after each of which work can be stopped
MOST_TOKENS = 1_000_000  # that any model reads of a text; how many a function reads is not known
ONE_VECTOR = 1.0 - 1e-6  # cosine of vectors that differ by rounding alone
SAME_ALONE = 0.99  # cosine of a text's vector alone with its vector among others

MOST_TOLD = 200  # characters of what a function raised

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
        notes: tuple[str, ...],
    ) -> None:
        """Put together what `encoder_from` has looked at."""
        self._documents = documents
        self._queries = queries
        self.name = name
        self.dim = documents.dim
        self.document_prefix, self.query_prefix = prefixes
        self.fingerprint = fingerprint
        self.notes = notes

    def __repr__(self) -> str:
        unit = ", brought to unit length here" if self.notes else ""
        return f"<FunctionEncoder '{self.name}': {self.dim} numbers{unit}>"

    def encode_documents(self, texts: Iterable[str], progress: Progress | None = None) -> Vectors:
        """Return float32 unit vectors, shape (n, dim), in the order of the texts.

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

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        """Return the words of each document: the model's own tokens are not known."""
        return [len(text.split()) for text in texts]


def encoder_from(
    function: TextFunction,
    *,
    name: str,
    dim: int | None = None,
    queries: TextFunction | None = None,
    query_prefix: str = "",
    document_prefix: str = "",
    fingerprint: str | None = None,
) -> FunctionEncoder:
    """Make an encoder of a function, such as a client of an embedding service.

    The function is asked for the vectors of eight short texts, to see that they are vectors, each
    of its text alone. Vectors that are not of unit length are brought to it; `notes` says so.

    Parameters
    ----------
    function:
        Takes a list of texts, at most 64 at once, and returns one vector a text: an array, a
        tensor, or lists of numbers.
    name:
        The model's name, for whoever reads of it.
    dim:
        Length of a vector; without it, that of the vectors that come.
    queries:
        Another such function for what is asked, where the model has one.
    query_prefix, document_prefix:
        What is put before a query and before a document.
    fingerprint:
        What tells this model from others; without it, a hash over the name, the prefixes and what
        the vectors of the eight texts are like. Give one where the vectors differ from call to
        call by more than a thousandth.

    Raises
    ------
    EncoderError
        It is no function, does not return one finite vector a text, or returns vectors that depend
        on the other texts of a list.

    Examples
    --------
    >>> own = sc.encoder_from(encoder.encode_documents, name="our-model", dim=encoder.dim)
    >>> own.encode_queries(["a cat"]).shape == (1, encoder.dim)
    True
    """
    if fingerprint is not None:
        _check_names(name, fingerprint=fingerprint)
    _check_names(name, query_prefix=query_prefix, document_prefix=document_prefix)
    if dim is not None:
        dim = whole_number(dim, "dim", EncoderError)
    documents = _Call.probed(function, name, dim, document_prefix)
    asked = documents
    if queries is not None or query_prefix != document_prefix:
        asked = _Call.probed(queries or function, name, documents.dim, query_prefix)
    return FunctionEncoder(
        documents,
        asked,
        name=name,
        prefixes=(document_prefix, query_prefix),
        fingerprint=fingerprint
        or _fingerprint(name, document_prefix, query_prefix, documents, asked),
        notes=tuple(dict.fromkeys([*documents.notes(name), *asked.notes(name)])),
    )


class _Call:
    """A function, and what its vectors of the eight texts are like."""

    def __init__(self, function: TextFunction, name: str, probed: Vectors) -> None:
        self._function = function
        self._name = name
        self._probed = probed
        self.dim = probed.shape[1]

    @classmethod
    def probed(cls, function: TextFunction, name: str, dim: int | None, prefix: str) -> _Call:
        """Ask a function for the vectors of the eight texts."""
        _check_function(function)
        texts = [prefix + text for text in PROBES]
        together = _vectors(function, texts, name, dim)
        alone = _vectors(function, texts[:1], name, together.shape[1])
        _check_differ(_unit(together, name), name)
        both = _unit(np.concatenate([together[:1], alone]), name)
        if float(both[0] @ both[1]) < SAME_ALONE:
            raise EncoderError(
                f"The function of '{name}' gives a text another vector alone than in a list of "
                f"{len(texts)} (cosine {float(both[0] @ both[1]):.2f}); return the vectors in the "
                "order of the texts, each made of its text alone."
            )
        return cls(function, name, together)

    def unit(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return the unit vectors of texts, in batches."""
        parts = [np.zeros((0, self.dim), dtype=np.float32)]
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            batch = list(texts[start : start + TEXTS_AT_ONCE])
            parts.append(_unit(_vectors(self._function, batch, self._name, self.dim), self._name))
            if progress is not None:
                progress(start + len(batch), len(texts))
        return np.concatenate(parts)

    def notes(self, name: str) -> list[str]:
        """Say that vectors are brought to unit length, where they are not."""
        lengths = lengths_of(self._probed)
        if (np.abs(lengths - 1.0) <= UNIT_ROUNDING).all():
            return []
        low, high = f"{lengths.min():.3g}", f"{lengths.max():.3g}"
        found = low if low == high else f"{low} to {high}"
        return [f"The vectors of '{name}' have length {found}; they are brought to length 1 here."]

    @property
    def character(self) -> list[int]:
        """Which number of each of the eight vectors stands out most from their mean.

        That tells models apart, and rounding in another library or on another machine leaves it.
        """
        unit = self._probed.astype(np.float64)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        places: list[int] = np.abs(unit - unit.mean(axis=0)).argmax(axis=1).tolist()
        return places


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
            "model.encode."
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
            f"The function of '{name}' raised {what[:MOST_TOLD].rstrip('.: ')} when it got a list "
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
