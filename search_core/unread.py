"""Texts that a model cannot read, because its vocabulary lacks their words or symbols.

All that is unknown becomes one token, so that two emoji, or two Chinese words, are the same to a
model that knows neither: a cosine of 1.000 that says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from search_core.corpus import Corpus
from search_core.embedding import MOSTLY, unknown_shares
from search_core.encoder import Encoder, TellsUnknown
from search_core.errors import rows_named
from search_core.vectors import Floats, Mask, Vectors

PARTLY = 0.2  # of a text that is unknown: worth a sentence
NOTHING = 0.9  # next to nothing of it is read
ONE_VECTOR = 1e-6  # cosines of one vector with itself differ from 1 by less


@dataclass(frozen=True)
class Unread:
    """What a model cannot read of a query and its hits.

    Attributes
    ----------
    query, hits:
        Unknown shares of the query and of each hit, in [0, 1].
    same:
        Ranks, from 1, of the hits that differ from the query in unknown words or symbols alone.
    alike:
        Ranks of hits that differ from one another in such alone; none, or two and more.

    Examples
    --------
    >>> sc.Unread(query=1.0, hits=(0.0,)).blank
    'The model knows none of the words or symbols in your question, so these scores say nothing.'
    """

    query: float
    hits: tuple[float, ...]
    same: tuple[int, ...] = ()
    alike: tuple[int, ...] = ()

    @property
    def blank(self) -> str:
        """Why no score says anything, in a sentence; empty where the query can be read."""
        if self.query < NOTHING:
            return ""
        how = "none" if self.query == 1.0 else "hardly any"
        return (
            f"The model knows {how} of the words or symbols in your question, so these scores say "
            "nothing."
        )

    @property
    def doubt(self) -> str:
        """Why the score of the best hit says nothing, in a sentence; empty where it does."""
        if self.blank:
            return self.blank
        if 1 in self.same:
            return self._same_sentence
        if self.query >= MOSTLY:
            return self._partly_sentence
        if self.hits and self.hits[0] >= MOSTLY:
            return (
                f"The model can’t read {self.hits[0]:.0%} of the best hit (words or symbols that "
                "it doesn’t know), so its score says little."
            )
        return ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that should be said beside the hits."""
        if self.blank:
            return (self.blank,)
        said = [self._partly_sentence] if self.query >= PARTLY else []
        if self.same:
            said.append(self._same_sentence)
        elif self.alike:
            said.append(
                f"Hits {rows_named(self.alike)} are the same to the model: it doesn’t know the "
                "words or symbols in which they differ."
            )
        unread = [rank for rank, share in enumerate(self.hits, 1) if share >= MOSTLY]
        if len(unread) == 1:
            said.append(f"The model can’t read most of hit {unread[0]}, so its score says little.")
        elif unread:
            said.append(
                f"The model can’t read most of hits {rows_named(unread)}, so their scores say "
                "little."
            )
        return tuple(said)

    @property
    def _partly_sentence(self) -> str:
        what = "so these scores say little" if self.query >= MOSTLY else "and compares the rest"
        return (
            f"The model can’t read {self.query:.0%} of your question (words or symbols that it "
            f"doesn’t know), {what}."
        )

    @property
    def _same_sentence(self) -> str:
        differ = "Hit {} differs" if len(self.same) == 1 else "Hits {} differ"
        return (
            f"{differ.format(rows_named(self.same))} from your question only in words or symbols "
            "that the model doesn’t know: it can’t tell them apart, whatever the score."
        )


class UnknownShares:
    """Unknown shares of any texts; each document of a collection is tokenized only once.

    Eight bytes a document, as long as the collection lives. Safe to use from several threads: what
    two of them find out about one document is the same.
    """

    def __init__(self, encoder: Encoder, corpus: Corpus) -> None:
        """Begin with a collection of which nothing is known yet."""
        self._encoder = encoder
        self._corpus = corpus
        self._known: Floats = np.full(len(corpus), np.nan)

    def of(self, texts: Sequence[str]) -> Floats | None:
        """Return the unknown share of each text, as `unknown_shares` does.

        Raises
        ------
        EncoderError
            As there.
        """
        if not isinstance(self._encoder, TellsUnknown):  # no table of a large collection for it
            return None
        position_of = self._corpus.position_of_text
        positions = np.array([position_of.get(text, -1) for text in texts], dtype=np.intp)
        inside = positions >= 0
        shares = np.full(len(texts), np.nan)
        shares[inside] = self._known[positions[inside]]
        new = np.flatnonzero(np.isnan(shares))
        if len(new):
            computed = unknown_shares(self._encoder, [texts[row] for row in new.tolist()])
            if computed is None:
                return None
            shares[new] = computed
            self._known[positions[inside]] = shares[inside]
        return shares

    @property
    def nbytes(self) -> int:
        """Bytes of what is remembered."""
        return self._known.nbytes


def unread_of(
    query: str,
    texts: Sequence[str],
    shares_of: Callable[[Sequence[str]], Floats | None],
    vectors_of: Callable[[Sequence[str]], Vectors],
) -> Unread | None:
    """Return what a model cannot read of a query and of the texts that it found.

    Parameters
    ----------
    query, texts:
        What was asked, and the hits, best first.
    shares_of:
        Returns the unknown shares of texts, shape (n,), or None: nothing is said then.
    vectors_of:
        Returns the vectors of texts as documents, also of a query, which some models read
        otherwise when it is asked; shape (n, dim), unit norm.
    """
    shares = shares_of([query, *texts])
    if shares is None:
        return None
    of_query, of_texts = float(shares[0]), shares[1:]
    partly: Mask = of_texts > 0.0
    same: tuple[int, ...] = ()
    alike: tuple[int, ...] = ()
    if (of_query > 0.0 and partly.any()) or partly.sum() > 1:
        vectors = vectors_of(texts)
        if of_query > 0.0:
            same = _one_text_to_the_model(query, vectors_of([query])[0], texts, vectors, partly)
        first = int(np.argmax(partly))
        others = _one_text_to_the_model(texts[first], vectors[first], texts, vectors, partly)
        alike = (first + 1, *others) if others else ()
    return Unread(of_query, tuple(of_texts.tolist()), same, alike)


def unread_words(encoder: Encoder, queries: Sequence[str], texts: Sequence[str]) -> str:
    """Say how many labelled rows a model cannot read; empty for none.

    Parameters
    ----------
    encoder:
        Nothing is said of one that gives no unknown shares.
    queries, texts:
        Of each row.
    """
    distinct = list(dict.fromkeys([*queries, *texts]))
    shares = unknown_shares(encoder, distinct)
    if shares is None:
        return ""
    unread = {text for text, share in zip(distinct, shares, strict=True) if share >= MOSTLY}
    count = sum(q in unread or t in unread for q, t in zip(queries, texts, strict=True))
    if not count:
        return ""
    return (
        f"The model can’t read most of the query or text in {count:,} of {len(texts):,} rows "
        "(words or symbols that it doesn’t know), so their cosines say little; a fit is better "
        "without them."
    )


def _one_text_to_the_model(
    text: str, vector: Vectors, texts: Sequence[str], vectors: Vectors, partly: Mask
) -> tuple[int, ...]:
    """Return the ranks of those partly unknown texts that have this vector, but other words."""
    equal: Mask = vectors.astype(np.float64) @ vector.astype(np.float64) > 1.0 - ONE_VECTOR
    own = _folded(text)
    ranks = np.flatnonzero(equal & partly).tolist()
    return tuple(rank + 1 for rank in ranks if _folded(texts[rank]) != own)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
