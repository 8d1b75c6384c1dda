"""Texts through anybody's encoder: what it is and what it returns is looked at before it is used.

A vector that is not of unit length gives no cosine, but passes for one once it is clipped.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from search_core.corpus import Corpus
from search_core.encoder import Encoder, Progress, TellsUnknown
from search_core.errors import (
    CorpusError,
    EncoderError,
    IndexSpecError,
    QueryError,
    cap_words,
    check_kind,
    several,
    whole_number,
)
from search_core.limits import Limits
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Vectors, unit_vectors

TEXTS_AT_ONCE = 64  # a tokenizer returns much, and a collection far too long is found early
MOSTLY = 0.5  # unknown tokens of a text: its score says little
SPECIAL_TOKENS = 2  # stand around every text
REMEMBERED_LISTS = 4  # of unrelated questions: the collection's kind, and languages of queries
REMEMBERED_QUERIES = 256  # search, background and features of one query encode it once


def check_encoder(encoder: Encoder) -> None:
    """Refuse what lacks something that an `Encoder` has, before it is asked for anything.

    Raises
    ------
    EncoderError
        What is missing or of another type, in one sentence.
    """
    check_kind(encoder, Encoder, "load one with load_encoder", EncoderError)
    whole_number(encoder.dim, "The encoder's dim", EncoderError)
    for attribute in ("name", "query_prefix", "fingerprint"):
        value = getattr(encoder, attribute)
        if not isinstance(value, str):
            raise EncoderError(
                f"The encoder's {attribute} is {value!r:.40}; it must be a text, if an empty one."
            )
    try:
        inspect.signature(encoder.encode_documents).bind([], None)
    except TypeError:
        raise EncoderError(
            f"The encoder '{encoder.name}' does not take what encode_documents(texts, progress) "
            "hands it; add progress=None to its parameters and call it, or leave it alone."
        ) from None
    except ValueError:  # written in C, and nothing is known of it
        pass


def embed_documents(
    encoder: Encoder, texts: Sequence[str], progress: Progress | None = None
) -> Vectors:
    """Return the vectors of documents, float32 (n, dim), unit norm; no text asks no encoder.

    Raises
    ------
    EncoderError
        The encoder returned something else than one such vector a text.
    """
    if not texts:
        return stacked((), encoder.dim)
    return _checked(encoder, encoder.encode_documents(texts, progress), len(texts))


def embed_queries(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Return the vectors of queries, as `embed_documents` does.

    Raises
    ------
    EncoderError
        As for `embed_documents`.
    """
    if not texts:
        return stacked((), encoder.dim)
    return _checked(encoder, encoder.encode_queries(texts), len(texts))


def stacked(vectors: Sequence[Vectors], dim: int) -> Vectors:
    """Return vectors, perhaps none, as the rows of one array; float32, shape (n, dim)."""
    return np.array(vectors, dtype=np.float32).reshape(len(vectors), dim)


@explain_mistakes
def check_tokens(corpus: Corpus, encoder: Encoder, limits: Limits) -> Corpus:
    """Return a stranger's collection, with a note if texts of it are cut off or cannot be read.

    Tokens count as far as the encoder reads them: a text far too long costs no more than one that
    is just long enough.

    Raises
    ------
    CorpusError
        The texts have more tokens than `limits` allow.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["word " * 300])
    >>> sc.check_tokens(corpus, encoder, sc.PUBLIC).notes[0][:40]
    '1 text is longer than the 256 tokens (pi'
    """
    read, too_long, unread = 0, 0, 0
    room = encoder.max_tokens - SPECIAL_TOKENS
    for start in range(0, len(corpus), TEXTS_AT_ONCE):
        texts = corpus.texts[start : start + TEXTS_AT_ONCE]
        counts = encoder.token_counts(texts)
        read += sum(min(tokens, room) for tokens in counts)
        too_long += sum(tokens > room for tokens in counts)
        unread += _mostly_unknown(encoder, texts)
        if read > limits.corpus_tokens:
            tokens = f"{limits.corpus_tokens:,} tokens (pieces of words)"
            raise CorpusError(cap_words(f"The collection has more than {tokens}", "some texts"))
    notes = list(corpus.notes)
    if too_long:
        notes.append(
            f"{_texts_are(too_long)} longer than the {encoder.max_tokens} tokens (pieces of words) "
            f"that {encoder.name} reads; what comes after them is not searched."
        )
    if unread:
        notes.append(
            f"{_texts_are(unread)} mostly words or symbols that {encoder.name} doesn’t know; "
            "such scores say little."
        )
    return replace(corpus, notes=tuple(notes)) if too_long or unread else corpus


@explain_mistakes
def unknown_shares(encoder: Encoder, texts: Sequence[str]) -> Floats | None:
    """Return the share of each text that the encoder's vocabulary lacks; None if it gives none.

    Parameters
    ----------
    encoder:
        Any encoder; a `TellsUnknown` gives shares.
    texts:
        The bare texts, n of them.

    Returns
    -------
    float64 in [0, 1], shape (n,).

    Raises
    ------
    EncoderError
        The encoder returned something else than one share a text.

    Examples
    --------
    >>> sc.unknown_shares(encoder, ["a cat", "🙂"]) is None  # this encoder does not tell
    True
    """
    if not isinstance(encoder, TellsUnknown):
        return None
    shares = np.asarray(encoder.unknown_shares(texts), dtype=np.float64)
    if shares.shape != (len(texts),) or not ((shares >= 0.0) & (shares <= 1.0)).all():
        raise EncoderError(
            f"What unknown_shares of the encoder '{encoder.name}' returned cannot be used; it must "
            "be a number from 0 to 1 for each text."
        )
    return shares


def _mostly_unknown(encoder: Encoder, texts: Sequence[str]) -> int:
    shares = unknown_shares(encoder, texts)
    return 0 if shares is None else int((shares >= MOSTLY).sum())


def _texts_are(count: int) -> str:
    return "1 text is" if count == 1 else f"{count:,} texts are"


class QueryVectors:
    """Vectors of what is asked; the last 256 are remembered. Safe to use from several threads."""

    def __init__(
        self, encoder: Encoder, unrelated: Mapping[tuple[str, ...], Vectors] | None = None
    ) -> None:
        """Begin with the vectors of lists of unrelated questions that were embedded before."""
        self._encoder = encoder
        self._recent: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._embedding_unrelated = threading.Lock()
        self._unrelated = dict(unrelated or {})

    def of(self, queries: Sequence[str]) -> Vectors:
        """Return unit vectors, float32, shape (n, dim), read-only; new ones are embedded together.

        Raises
        ------
        QueryError
            A query is no text or blank, or the queries are no list.
        EncoderError
            As for `embed_queries`.
        """
        queries = several(queries, "queries", QueryError)
        for query in queries:
            check_query(query)
        wanted = list(dict.fromkeys(queries))
        with self._lock:
            known = {query: self._recent[query] for query in wanted if query in self._recent}
        new = [query for query in wanted if query not in known]
        for query, vector in zip(new, embed_queries(self._encoder, new), strict=True):
            known[query] = vector.copy()  # a row of its own: the batch is not kept
        with self._lock:
            for query in wanted[-REMEMBERED_QUERIES:]:
                self._recent[query] = known[query]
                self._recent.move_to_end(query)
            while len(self._recent) > REMEMBERED_QUERIES:
                self._recent.popitem(last=False)
        vectors = stacked([known[query] for query in queries], self._encoder.dim)
        vectors.flags.writeable = False
        return vectors

    def unrelated(self, questions: tuple[str, ...]) -> Vectors:
        """Return vectors of unrelated questions; the last four lists are remembered."""
        with self._embedding_unrelated:
            found = self._unrelated.pop(questions, None)
            if found is None:
                found = embed_queries(self._encoder, questions)
            self._unrelated[questions] = found  # the one used last stands last
            while len(self._unrelated) > REMEMBERED_LISTS:
                del self._unrelated[next(iter(self._unrelated))]
            return found

    @property
    def nbytes(self) -> int:
        """Bytes of all that is remembered."""
        with self._lock:
            recent = sum(sys.getsizeof(each) for pair in self._recent.items() for each in pair)
            table = sys.getsizeof(self._recent)
        unrelated = sum(vectors.nbytes for vectors in list(self._unrelated.values()))
        return recent + table + unrelated


def check_query(query: str) -> None:
    """Raise `QueryError` where a query is no text, or blank."""
    if not isinstance(query, str):
        raise QueryError(f"The query is a {type(query).__name__}; give a text.")
    if not query.strip():
        raise QueryError("The query is empty; write what you are looking for.")


def _checked(encoder: Encoder, vectors: Vectors, count: int) -> Vectors:
    try:
        return unit_vectors(vectors, count, encoder.dim)
    except IndexSpecError as fault:
        raise EncoderError(
            f"What the encoder '{encoder.name}' returned cannot be used: {fault}"
        ) from None
