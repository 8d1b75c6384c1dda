"""Features: what is known of a (query, text) pair before anybody has labelled it.

A feature depends on the pair and on the collection alone: never on labels, on the other rows of a
label file, or on how many hits a page shows. So a pair has one value wherever it is met.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from search_core.labels.labels import query_key
from search_core.mistakes import explain_mistakes
from search_core.pairs import EncodedBy, ScoredPairs
from search_core.scale import ScoreScale
from search_core.vectors import Floats, Mask, Rows, Vectors

FEATURE_VERSION = 1
LIST = 100  # documents in a query's list
COHORT = 1000  # documents that a text is compared with to learn its usual cosine
TAU = 0.05  # temperature of the softmax over the list
SAME = 0.9999  # a cosine above this is the text itself or a copy of it
FIRST, WEIGHTED = 3, 20  # documents of the list behind near3 and behind nearw
NEIGHBOURS, CROWD = 5, 10  # documents around the text behind nbr and behind hub
TIE = 1e-6  # cosines closer than this are a tie: machines differ by up to 1e-7
FEWEST_USUAL = 10  # documents from which the usual cosine of two of them is known
NARROWEST = 0.01  # standard deviation of that cosine, at least
SPARE = 3  # documents beyond the first 20, for where some of them tie
REMEMBERED_BYTES = 5_000_000  # of what no query changes: of its texts, and of their neighbours
STRING_BYTES = 52  # of a string of three letters
_CELLS = 2_000_000  # numbers of one block of work: some 16 MB, never documents by documents
_KEPT = 500_000  # numbers of all documents that stay float64: 4 MB
_CONVERTED = 100_000  # numbers of documents that are float64 at once: they stay in the cache


@dataclass(frozen=True)
class Feature:
    """One column.

    Attributes
    ----------
    name, group:
        What it is called, and its family: score, list, neighbours, words or numbers_negation.
    sign:
        +1 if more of it speaks for relevance, -1 if against, 0 if that is for the labels to say.
    definition:
        In plain words.

    Examples
    --------
    >>> sc.FEATURES[0].name, sc.FEATURES[0].group
    ('cos', 'score')
    """

    name: str
    group: str
    sign: int
    definition: str


FEATURES = (
    Feature("cos", "score", 1, "cosine of query and text"),
    Feature("top", "list", 0, "the query's best cosine in the collection"),
    Feature("lsm", "list", 1, "how far it stands out among the query's hits"),
    Feature("lrank", "list", -1, "rank among the query's hits"),
    Feature("near3", "neighbours", 1, "similarity to this query's top 3 hits"),
    Feature("nearw", "neighbours", 1, "similarity to this query's top 20 hits"),
    Feature(
        "znear", "neighbours", 1, "similarity to the top 20 hits, against the text's usual one"
    ),
    Feature("nbr", "neighbours", 1, "similarity of the query to the text's 5 neighbours"),
    Feature("hub", "neighbours", 0, "similarity of the text to its 10 neighbours"),
    Feature("cover", "words", 1, "share of the query's words found in the text"),
    Feature("gram", "words", 1, "share of the query's 3-letter pieces found in the text"),
    Feature("dice", "words", 1, "similar spelling (shared 3-letter pieces)"),
    Feature("num", "numbers_negation", 0, "numbers of the query found in the text"),
    Feature("neg", "numbers_negation", -1, "a negation in only one of the two"),
    Feature("unq", "words", -1, "query words missing in the text"),
    Feature("und", "words", 0, "text words missing in the query"),
)
"""The columns, in order."""

FEATURE_NAMES = tuple(feature.name for feature in FEATURES)

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot)\b|n['’]t\b"
)


@explain_mistakes
@dataclass(frozen=True, eq=False)
class FeatureSpace:
    """A collection, ready to describe pairs.

    Attributes
    ----------
    vectors:
        The documents, shape (n, d), unit norm; kept as given and computed with in float64, in
        which a pair has the same value in any batch.
    cohort:
        Positions of at most `COHORT` documents, those with the smallest SHA-1 of their text.
    turn:
        Where each document stands by the SHA-1 of its text: the order of those that tie.
    position:
        Where each text stands first.
    idf, unseen_idf:
        ln(1 + (n - df + 1/2) / (df + 1/2)) of each word of the collection, and of any other word
        (Robertson and Spärck Jones 1976, in the form that is never negative).

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> sc.Collection.build(corpus, encoder).features
    <FeatureSpace: 3 documents, 5 words>
    """

    vectors: Vectors | Floats
    cohort: Rows
    turn: Floats
    position: Mapping[str, int]
    idf: Mapping[str, float]
    unseen_idf: float

    def __repr__(self) -> str:
        return f"<FeatureSpace: {len(self.vectors):,} documents, {len(self.idf):,} words>"

    @classmethod
    def build(cls, vectors: Vectors | Floats, texts: Sequence[str]) -> FeatureSpace:
        """Learn a collection: `vectors` (n, d), unit norm, and their n `texts`; n is at least 1."""
        n = len(texts)
        frequency = Counter(chain.from_iterable(map(_words, texts)))
        by_digest = _by_digest(texts)
        # One number for all words that are as common.
        idf = {count: _idf(count, n) for count in set(frequency.values())}
        return cls(
            vectors=vectors,
            cohort=np.array(by_digest[:COHORT], dtype=np.intp),
            turn=_turns(by_digest),
            position=_first_positions(texts),
            idf={word: idf[count] for word, count in frequency.items()},
            unseen_idf=_idf(0, n),
        )

    def among(self, vectors: Vectors, texts: Sequence[str]) -> FeatureSpace:
        """Return the space of a collection of which these documents are the ones that matter.

        Parameters
        ----------
        vectors, texts:
            The documents of this space, in their order, and more after them: those near the pairs
            that are described. Usual cosines and weights of words stay those of this space.
        """
        return replace(
            self,
            vectors=vectors,
            turn=_turns(_by_digest(texts)),
            position=_first_positions(texts),
        )

    def features(
        self,
        queries: Sequence[str],
        query_vectors: npt.ArrayLike,
        texts: Sequence[str],
        text_vectors: npt.ArrayLike,
    ) -> Floats:
        """Describe pairs: row i is query i with text i.

        Parameters
        ----------
        queries, texts:
            Length m. A text that equals a document is that document: its stored vector is used, and
            it is left out of its own comparisons.
        query_vectors, text_vectors:
            Shape (m, d), unit norm.

        Returns
        -------
        float64, shape (m, 16), columns as in `FEATURES`; never NaN or infinite.
        """
        asked, query_of = distinct(queries)
        given, text_of = distinct(texts)
        places = [self.position.get(texts[row], -1) for row in given.tolist()]
        position = np.array(places, dtype=np.intp)
        q = np.asarray(query_vectors)[asked].astype(np.float64)
        t = np.asarray(text_vectors)[given].astype(np.float64)
        inside = position >= 0
        t[inside] = self._documents(position[inside])

        lists = self._lists(q)
        mean, deviation, crowd, centroid = self._surroundings(t, position)
        to_list = self._cosines_to_list(lists.documents, t, query_of, text_of)
        columns = np.empty((len(queries), len(FEATURES)))
        # Some eight arrays are as wide as a list.
        for rows in _blocks(len(queries), max(8 * LIST, self.vectors.shape[1])):
            i, j = query_of[rows], text_of[rows]
            asked_with = q[i]
            cosine = (asked_with * t[j]).sum(axis=1).clip(-1.0, 1.0)
            of_pairs = lists.take(i)
            kept = of_pairs.documents != position[j][:, None]
            # One document more than the list is at hand, for where the text itself stands in it.
            kept[:, LIST:] &= ~kept[:, :LIST].all(axis=1, keepdims=True)
            near3, nearw = _nearness(to_list[rows], of_pairs, kept)
            top, lsm, lrank = _standing(cosine, of_pairs, kept)
            znear = (nearw - mean[j]) / deviation[j]
            nbr = np.vecdot(asked_with, centroid[j])
            values = (cosine, top, lsm, lrank, near3, nearw, znear, nbr, crowd[j])
            columns[rows, : len(values)] = np.array(values).T
        columns[:, len(values) :] = self._wording(queries, texts, text_of, position)
        return columns

    @property
    def remembered_bytes(self) -> int:
        """Bytes of what is kept so that the next pairs are described sooner, 14 MB at most."""
        converted = vars(self).get("_converted")
        documents = self._around.nbytes + self._written.nbytes
        return documents + (0 if converted is None else converted.nbytes)

    @cached_property
    def _around(self) -> _Recent[Floats]:
        return _Recent()

    @cached_property
    def _written(self) -> _Recent[_Wording]:
        return _Recent()

    @cached_property
    def usual_cosine(self) -> tuple[float, float] | None:
        """Mean and standard deviation of the cosine of two documents of the cohort.

        What a cosine of this encoder in this collection is compared with where nobody has labelled
        anything. None for fewer than 10 documents.
        """
        if len(self.cohort) < FEWEST_USUAL:
            return None
        documents = self._documents(self.cohort)
        cosines = (documents @ documents.T)[~np.eye(len(documents), dtype=bool)]
        others = cosines[cosines <= SAME]
        if not len(others):
            return None
        return float(others.mean()), max(float(others.std()), NARROWEST)

    def cover(self, query: str, text: str) -> float:
        """Return the share of the query's words in the text, rare words weighing most.

        The feature of that name; 0 for a query without words.
        """
        asked = _words(query)
        return self.weight(asked & _words(text)) / self.weight(asked) if asked else 0.0

    def _lists(self, q: Floats) -> _Lists:
        """Each query's list, a block of queries at a time."""
        width = max(len(self.vectors), (WEIGHTED + 1 + SPARE) ** 2)
        blocks = [
            _Lists.of(self._cosines(q[rows]).clip(-1.0, 1.0), self.turn)
            for rows in _blocks(len(q), width)
        ]
        return _Lists(*map(np.concatenate, zip(*blocks, strict=True)))

    def _documents(self, which: slice | Rows) -> Floats:
        vectors = self.vectors if self._converted is None else self._converted
        return vectors[which].astype(np.float64, copy=False)

    @cached_property
    def _converted(self) -> Floats | None:
        """The documents of a small collection in float64, which all is computed with."""
        return self.vectors.astype(np.float64) if self.vectors.size <= _KEPT else None

    def _cosines(self, rows: Floats) -> Floats:
        """Inner products of vectors with all documents, which become float64 a part at a time."""
        if self._converted is not None:
            return rows @ self._converted.T
        products = np.empty((len(rows), len(self.vectors)))
        for part in _blocks(len(self.vectors), self.vectors.shape[1], _CONVERTED):
            products[:, part] = rows @ self._documents(part).T
        return products

    def _surroundings(self, t: Floats, position: Rows) -> tuple[Floats, Floats, Floats, Floats]:
        """Of each text: usual cosine, its spread, cosine and centre of its neighbours.

        They hang on no query, so those of documents are remembered.
        """
        around = np.empty((len(t), 3 + t.shape[1]))
        documents = position.tolist()
        known = self._around.found(documents)
        for row, document in enumerate(documents):
            if document in known:
                around[row] = known[document]
        new = np.array(
            [row for row, document in enumerate(documents) if document not in known], dtype=np.intp
        )
        if len(new):
            for rows in _blocks(len(new), len(self.vectors)):
                around[new[rows]] = self._computed_surroundings(t[new[rows]], position[new[rows]])
            self._around.keep(
                {documents[row]: around[row].copy() for row in new if documents[row] >= 0}
            )
        return around[:, 0], around[:, 1], around[:, 2], around[:, 3:]

    def _computed_surroundings(self, t: Floats, position: Rows) -> Floats:
        cosines = self._cosines(t)
        usual = cosines[:, self.cohort]
        mean, deviation = _moments(usual, usual <= SAME)
        cosines[cosines > SAME] = -np.inf
        inside = np.flatnonzero(position >= 0)
        cosines[inside, position[inside]] = -np.inf
        ids, values = _largest(cosines, CROWD, self.turn)
        found = np.isfinite(values)
        crowd = np.where(found, values, 0.0).sum(axis=1) / np.maximum(found.sum(axis=1), 1)
        nearest = _shares(_ranks(np.where(found, values, -2.0)), found, NEIGHBOURS)
        nearest /= np.maximum(nearest.sum(axis=1, keepdims=True), 1.0)
        centroid = (nearest[:, None, :] @ self._documents(ids))[:, 0]
        return np.column_stack([mean, deviation, crowd, centroid])

    def _cosines_to_list(self, listed: Rows, t: Floats, query_of: Rows, text_of: Rows) -> Floats:
        """Cosines of each pair's text with the first documents of its query's list."""
        first = listed[:, : WEIGHTED + 1 + SPARE]
        cosines = np.empty((len(query_of), first.shape[1]))
        rows_of: list[list[int]] = [[] for _ in listed]
        for row, query in enumerate(query_of.tolist()):
            rows_of[query].append(row)
        for documents, rows in zip(first, rows_of, strict=True):
            cosines[rows] = t[text_of[rows]] @ self._documents(documents).T
        return cosines

    def _wording(
        self, queries: Sequence[str], texts: Sequence[str], text_of: Rows, position: Rows
    ) -> Floats:
        """Columns cover, gram, dice, num, neg, unq, und; those of documents are remembered."""
        columns: list[tuple[float, ...]] = [()] * len(queries)
        asked = {query: _Wording.of(query, self) for query in dict.fromkeys(queries)}
        documents, which = position.tolist(), text_of.tolist()
        known = self._written.found(documents)
        last, wording = -1, None
        # Text by text, so that the pieces of one text at a time are in memory.
        for row in sorted(range(len(texts)), key=which.__getitem__):
            text = which[row]
            if wording is None or text != last:
                last, wording = text, known.get(documents[text]) or _Wording.of(texts[row], self)
                if documents[text] >= 0 and documents[text] not in known:
                    self._written.keep({documents[text]: wording})
            columns[row] = _overlap(asked[queries[row]], wording, self)
        return np.array(columns).reshape(len(queries), 7)

    def weight(self, words: set[str]) -> float:
        """Sum of the words' idf, exactly rounded: the same in whatever order a set comes."""
        return self._weight(words)

    def _weight(self, words: Iterable[str]) -> float:
        idf, unseen = self.idf, self.unseen_idf
        return math.fsum([idf.get(word, unseen) for word in words])


class _Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


Known = TypeVar("Known", bound=_Sized)


class _Recent(Generic[Known]):
    """What is known of the documents that were asked for last. Safe to use from several threads.

    Attributes
    ----------
    nbytes:
        Of all that is held: `REMEMBERED_BYTES` at most.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[int, Known] = OrderedDict()
        self._lock = threading.Lock()
        self.nbytes = 0

    def found(self, documents: Iterable[int]) -> dict[int, Known]:
        """Return what is known of these documents, by their positions."""
        with self._lock:
            found = {each: self._held[each] for each in documents if each in self._held}
            for each in found:
                self._held.move_to_end(each)
        return found

    def keep(self, new: Mapping[int, Known]) -> None:
        """Remember documents, and forget those that were asked for longest ago."""
        with self._lock:
            for each, known in new.items():
                if each not in self._held:
                    self.nbytes += known.nbytes
                    self._held[each] = known
            while self.nbytes > REMEMBERED_BYTES:
                self.nbytes -= self._held.popitem(last=False)[1].nbytes


@dataclass(frozen=True)
class _Wording:
    """What a text is written with."""

    text: str
    words: set[str]
    weight: float
    pieces: set[str]
    numbers: set[str]
    negated: bool

    @classmethod
    def of(cls, text: str, space: FeatureSpace) -> _Wording:
        lower = text.lower()
        words, padded = _words(text), f" {lower} "
        return cls(
            text=text,
            words=words,
            weight=space._weight(words),
            pieces=set(map("".join, zip(padded, padded[1:], padded[2:], strict=False))),
            numbers=set(_NUMBER.findall(lower)),
            negated=_NEGATION.search(lower) is not None,
        )

    @property
    def nbytes(self) -> int:
        """Bytes of its parts; the text is the collection's."""
        parts = (self.words, self.pieces, self.numbers)
        return sum(sys.getsizeof(part) + STRING_BYTES * len(part) for part in parts)


def _overlap(query: _Wording, text: _Wording, space: FeatureSpace) -> tuple[float, ...]:
    shared = space._weight(query.words & text.words)
    cover = gram = dice = 0.0
    if query.words:
        pieces = len(query.pieces & text.pieces)
        cover = shared / query.weight
        gram = pieces / len(query.pieces)
        dice = 2 * pieces / (len(query.pieces) + len(text.pieces))
    num = 0.0 if not query.numbers else 1.0 if query.numbers <= text.numbers else -1.0
    missing, further = max(0.0, query.weight - shared), max(0.0, text.weight - shared)
    neg = float(query.negated != text.negated)
    return cover, gram, dice, num, neg, math.log1p(missing), math.log1p(further)


class _Lists(NamedTuple):
    """The documents of lists, best first, one more than `LIST`: a list a row.

    Attributes
    ----------
    documents, scores:
        Their positions, and their cosines with the query.
    weights:
        Of the softmax, the first document's being 1.
    ranks:
        How many documents stand above each of the first ones; those that tie count one half.
    """

    documents: Rows
    scores: Floats
    weights: Floats
    ranks: Floats

    @classmethod
    def of(cls, cosines: Floats, turn: Floats) -> _Lists:
        """Return the lists of queries, by their cosines with all documents."""
        documents, scores = _largest(cosines, LIST + 1, turn)
        weights = np.exp((scores - scores[:, :1]) / TAU)
        return cls(documents, scores, weights, _ranks(scores[:, : WEIGHTED + 1 + SPARE]))

    def take(self, rows: Rows) -> _Lists:
        """Return the lists of these rows."""
        return _Lists(self.documents[rows], self.scores[rows], self.weights[rows], self.ranks[rows])


def _standing(cosine: Floats, lists: _Lists, kept: Mask) -> tuple[Floats, Floats, Floats]:
    """Columns top, lsm, lrank: where a cosine stands among those of the list that are kept.

    Where no other document is, the text is its own list.
    """
    best = np.where(kept, lists.scores, -np.inf).max(axis=1)
    total = np.vecdot(lists.weights, kept)
    stands_out = (cosine - lists.scores[:, 0]) / TAU - np.log(np.where(total > 0, total, 1.0))
    # From 0 to 1 between one and two ties, so that no last digit moves a rank.
    above = ((lists.scores - cosine[:, None]) / TIE - 1.0).clip(0.0, 1.0)
    rank = np.log1p(np.vecdot(above, kept))
    return np.maximum(best, cosine), np.where(total > 0, stands_out, 0.0), rank


def _nearness(cosines: Floats, lists: _Lists, kept: Mask) -> tuple[Floats, Floats]:
    """Mean cosine of each text with the first documents of its query's list; 0 without any."""
    width = cosines.shape[1]
    scores, kept = lists.scores[:, :width], kept[:, :width]
    left_out = np.where(kept, -np.inf, scores).max(axis=1, keepdims=True)
    ranks = lists.ranks - _above(left_out, scores)
    first = _shares(ranks, kept, FIRST)
    near3 = np.vecdot(cosines, first) / np.maximum(first.sum(axis=1), 1.0)
    weight = lists.weights[:, :width] * _shares(ranks, kept, WEIGHTED)
    total = weight.sum(axis=1)
    return near3, np.vecdot(cosines, weight) / np.where(total > 0, total, 1.0)


def _ranks(scores: Floats) -> Floats:
    """How many of a row's scores stand above each one; those that tie count one half."""
    ranks: Floats = _above(scores[:, None, :], scores[:, :, None]).sum(axis=2) - 0.5  # itself
    return ranks


def _above(scores: Floats, others: Floats) -> Floats:
    """Whether scores stand above others: 1, 0, or between at a tie."""
    above: Floats = ((scores - others) / TIE + 0.5).clip(0.0, 1.0)
    return above


def _shares(ranks: Floats, kept: Mask, count: int) -> Floats:
    """How far each document is one of the first `count` that are kept: 1, 0, or between at a tie.

    Documents that tie at the border share what is left, so the last digits of a cosine decide
    nothing.
    """
    shares: Floats = (count - ranks).clip(0.0, 1.0) * kept
    return shares


def _moments(values: Floats, chosen: Mask) -> tuple[Floats, Floats]:
    """Mean and standard deviation (at least .001) of each row's chosen values; 0 and 1 of none."""
    count = np.maximum(chosen.sum(axis=1), 1)
    mean = (values * chosen).sum(axis=1) / count
    deviation = np.sqrt((((values - mean[:, None]) * chosen) ** 2).sum(axis=1) / count)
    return mean, np.where(chosen.any(axis=1), np.maximum(deviation, 0.001), 1.0)


def _largest(values: Floats, count: int, turn: Floats) -> tuple[Rows, Floats]:
    """Columns and values of each row's largest, descending; those that tie stand by their turn."""
    count = min(count, values.shape[1])
    # One whole number for the value in steps of a tie and the turn: no last digit sorts anything.
    order = turn - np.rint(values / TIE) * len(turn)
    columns = np.argpartition(order, count - 1, axis=1)[:, :count]
    rows = np.arange(len(values))[:, None]
    first = np.argsort(order[rows, columns], axis=1, kind="stable")
    columns = columns[rows, first]
    return columns, values[rows, columns]


def unlabelled_pairs(
    queries: Sequence[str],
    texts: Sequence[str],
    features: Floats,
    space: FeatureSpace,
    *,
    scale: ScoreScale,
    encoder: EncodedBy | None,
    corpus_size: int,
    corpus_fingerprint: str = "",
    corpus_sketch: tuple[str, ...] = (),
    corpus_from_labels: bool = False,
) -> ScoredPairs:
    """Return pairs with their features, shape (n, m); row i is query i with text i."""
    keys = {query: query_key(query) for query in dict.fromkeys(queries)}
    return ScoredPairs(
        queries=tuple([keys[query] for query in queries]),
        relevance=np.full(len(texts), np.nan),
        features=features,
        feature_names=FEATURE_NAMES,
        scale=scale,
        texts=tuple(texts),
        corpus_fingerprint=corpus_fingerprint,
        corpus_size=corpus_size,
        corpus_sketch=corpus_sketch,
        corpus_from_labels=corpus_from_labels,
        usual_cosine=space.usual_cosine,
        encoder=encoder,
    )


def distinct(items: Sequence[Hashable]) -> tuple[Rows, Rows]:
    """Return where each distinct item stands first, and of each item which of them it is."""
    first: dict[Hashable, int] = {}
    starts = [first.setdefault(item, row) for row, item in enumerate(items)]
    rows = np.array(list(first.values()), dtype=np.intp)  # ascending
    return rows, np.searchsorted(rows, starts)


def _blocks(rows: int, width: int, cells: int = _CELLS) -> Iterator[slice]:
    """Slices of `rows` rows such that a block of `width` numbers a row stays small."""
    step = max(1, cells // max(width, 1))
    return (slice(start, start + step) for start in range(0, max(rows, 1), step))


@explain_mistakes
def shared_words(query: str, text: str) -> tuple[str, ...]:
    """Return the query's words that the text has too, as the features compare them; in order.

    Examples
    --------
    >>> sc.shared_words("Do cats sleep?", "The cat sleeps.")
    ('cat', 'sleep')
    """
    in_text = _words(text)
    found = dict.fromkeys(map(_stem, _WORD.findall(query.lower())))
    return tuple(word for word in found if word in in_text)


def _words(text: str) -> set[str]:
    return set(map(_stem, _WORD.findall(text.lower())))


def _stem(word: str) -> str:
    """Drop a final s from words of 4 letters or more that do not end in ss."""
    return word[:-1] if len(word) >= 4 and word[-1] == "s" and word[-2] != "s" else word


def _idf(frequency: int, n: int) -> float:
    return math.log1p((n - frequency + 0.5) / (frequency + 0.5))


def _by_digest(texts: Sequence[str]) -> list[int]:
    return sorted(range(len(texts)), key=lambda position: _sha1(texts[position]))


def _turns(by_digest: Sequence[int]) -> Floats:
    turns = np.empty(len(by_digest))
    turns[by_digest] = np.arange(len(by_digest))
    return turns


def _first_positions(texts: Sequence[str]) -> dict[str, int]:
    return {text: position for position, text in reversed(list(enumerate(texts)))}


def _sha1(text: str) -> str:
    # Lone surrogates cannot be encoded as UTF-8; they still deserve a hash.
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
