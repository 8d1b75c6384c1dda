"""A collection under an encoder: one matrix of vectors, and all that is learned from it.

A `Collection` never changes; one that grows is followed by the next. Whatever is asked of one
collection is therefore of one moment: texts, vectors, neighbours, background and features.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from search_core.corpus import Corpus
from search_core.embedding import (
    QueryVectors,
    check_encoder,
    check_query,
    embed_documents,
    stacked,
)
from search_core.encoder import Encoder, Progress
from search_core.errors import CorpusError, InputError, LabelsError, QueryError, check_kind, several
from search_core.features import FeatureSpace, distinct, unlabelled_pairs
from search_core.hits import Hits
from search_core.labels.labels import Labels
from search_core.mistakes import explain_mistakes
from search_core.normalizers.background import (
    Background,
    CollectionBackground,
    unrelated_scores,
)
from search_core.normalizers.kinds import foreign_language
from search_core.normalizers.unrelated import OWN, UnrelatedQuestions
from search_core.normalizers.unrelated_scores import UnrelatedScores
from search_core.pairs import EncodedBy, ScoredPairs, labelled
from search_core.scale import COSINE, ScoreScale
from search_core.unread import UnknownShares, Unread, unread_of, unread_words
from search_core.vectors import Vectors, unit_query, unit_vectors


@explain_mistakes
class Collection:
    """Texts and their vectors, ready to be searched, normalized and scored.

    Neighbours, background and features are views over the one matrix, each computed when it is
    first asked for and kept. Safe to use from several threads.

    Attributes
    ----------
    corpus, encoder:
        The documents, and what embeds them.
    vectors:
        float32 unit vectors of the documents, shape (n, dim), read-only.
    from_labels:
        Whether the texts are those of a label file.
    background_queries:
        Somebody's own unrelated questions; None where shipped ones serve.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog", "the sun"])
    >>> collection = sc.Collection.build(corpus, encoder)
    >>> collection.vectors.shape == (3, encoder.dim)
    True
    >>> sc.SearchEngine.of(collection).search("cat", 1).texts
    ('a cat',)
    """

    def __init__(
        self,
        corpus: Corpus,
        encoder: Encoder,
        vectors: npt.ArrayLike,
        *,
        from_labels: bool = False,
        queries: QueryVectors | None = None,
        background_queries: Iterable[str] | None = None,
    ) -> None:
        """Put together texts and vectors that were made before; `build` embeds them.

        Parameters
        ----------
        corpus, encoder, from_labels:
            As the attributes.
        vectors:
            Shape (n, dim), unit norm. An array of float32 is kept, not copied, and becomes
            read-only.
        queries:
            What the encoder has embedded already of what was asked.
        background_queries:
            Questions that have nothing to do with the collection, 50 or more, in place of the
            shipped ones of its kind.

        Raises
        ------
        CorpusError, EncoderError
            The collection is no `Corpus`, or the encoder lacks what an `Encoder` has.
        InputError
            The background queries are no list of texts, or fewer than 50 differ.
        IndexSpecError
            There is not one vector of the encoder's length a document, or one is not of unit
            length.
        """
        check_parts(corpus, encoder)
        self.corpus = corpus
        self.encoder = encoder
        self.from_labels = from_labels
        self.vectors: Vectors = unit_vectors(vectors, len(corpus), encoder.dim)
        self.vectors.flags.writeable = False
        self.background_queries: tuple[str, ...] | None = None
        if background_queries is not None:
            self.background_queries = UnrelatedQuestions.given(background_queries).questions
        self._queries = queries or QueryVectors(encoder)
        self._unknown_shares = UnknownShares(encoder, corpus)
        # What is computed once takes seconds, and searches need not wait for it.
        self._computing = threading.Lock()
        self._foreign: dict[str, UnrelatedScores] = {}

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        encoder: Encoder,
        progress: Progress | None = None,
        known: Collection | None = None,
        *,
        background_queries: Iterable[str] | None = None,
    ) -> Collection:
        """Embed documents.

        Parameters
        ----------
        corpus, encoder:
            The texts, and the model that embeds them.
        progress:
            Called with (texts done, texts in all), those to be embedded, equal ones counted once;
            may raise to stop.
        known:
            A collection whose vectors are taken for the texts that it holds; one by another
            encoder is passed over.
        background_queries:
            As for a `Collection`.

        Raises
        ------
        CorpusError, EncoderError
            The collection is no `Corpus`, or the encoder lacks what an `Encoder` has, or returns
            something else than unit vectors of its length.
        InputError
            As for a `Collection`.
        """
        check_parts(corpus, encoder)
        if background_queries is not None:  # refused before anything is embedded
            background_queries = UnrelatedQuestions.given(background_queries).questions
        # Equal texts are embedded once: their vectors are then equal to the last bit.
        number = {text: n for n, text in enumerate(dict.fromkeys(corpus.texts))}
        if known is not None and known.encoder.fingerprint == encoder.fingerprint:
            vectors = known.text_vectors(list(number), progress)
        else:
            vectors = embed_documents(encoder, list(number), progress)
        if len(number) < len(corpus):
            vectors = vectors[[number[text] for text in corpus.texts]]
        return cls(corpus, encoder, vectors, background_queries=background_queries)

    @classmethod
    def of_labels(
        cls, labels: Labels, encoder: Encoder, progress: Progress | None = None
    ) -> Collection:
        """Embed the distinct texts of a label file.

        Parameters
        ----------
        labels:
            Labels with texts.
        encoder:
            The model that embeds them.
        progress:
            Called with (texts done, texts in all); may raise to stop.

        Raises
        ------
        LabelsError
            The file has no texts.
        """
        if not labels.texts:
            raise LabelsError(
                "These labels have no texts; name documents of a collection and give it, or use "
                "score_pairs for scores alone."
            )
        corpus = Corpus.from_texts(dict.fromkeys(labels.texts).keys())
        built = cls.build(corpus, encoder, progress)
        return cls(corpus, encoder, built.vectors, from_labels=True)

    def __repr__(self) -> str:
        return f"<Collection: {len(self):,} documents by '{self.encoder.name[:40]}'>"

    def __len__(self) -> int:
        return len(self.corpus)

    @property
    def nbytes(self) -> int:
        """Bytes of all that it holds: texts, vectors, remembered queries, and views once computed.

        The encoder, which others share, is not counted.
        """
        known = vars(self)
        features = 0
        if "_features" in known:
            features = self._features_bytes + self._features.remembered_bytes
        background = known.get("_background", ())
        return (
            self.vectors.nbytes
            + self._corpus_bytes
            + self._queries.nbytes
            + self._unknown_shares.nbytes
            + features
            + _bytes_of(background, dict(self._foreign), besides=[self.vectors])
        )

    @property
    def background(self) -> CollectionBackground:
        """What the background of every query shares: neighbours, hub counts, unrelated questions.

        Raises
        ------
        EncoderError
            The encoder returned something else than unit vectors for the unrelated questions.
        """
        with self._computing:
            return self._background

    @cached_property
    def _background(self) -> CollectionBackground:
        asked = self.unrelated_questions
        vectors = self._queries.unrelated(asked.questions)
        return CollectionBackground.build(
            self.vectors, vectors, words=asked.words, why_none=asked.why_none
        )

    @cached_property
    def unrelated_questions(self) -> UnrelatedQuestions:
        """What a question is compared with: somebody's own, or those of the collection's kind."""
        if self.background_queries is not None:
            return UnrelatedQuestions.given(self.background_queries)
        return UnrelatedQuestions.for_texts(self.corpus.texts)

    @property
    def unrelated_vectors(self) -> Vectors | None:
        """Vectors of the unrelated questions, once the background has been computed; else None."""
        with self._computing:
            if "_background" not in vars(self):
                return None
            return self._queries.unrelated(self.unrelated_questions.questions)

    @property
    def features(self) -> FeatureSpace:
        """The collection, ready to describe pairs."""
        with self._computing:
            return self._features

    @cached_property
    def _features(self) -> FeatureSpace:
        return FeatureSpace.build(self.vectors, self.corpus.texts)

    def background_of(self, query: str) -> Background:
        """Return where a query's scores fall in the whole collection.

        A query in a language that the collection does not have is compared with unrelated ones in
        that language, and no better than they do, with none: the model may not search across
        languages. Nor is one that the model cannot read.

        Raises
        ------
        QueryError
            The query is no text or blank.
        """
        (vector,) = self.query_vectors([query])  # refuses before anything is computed
        found = self.background.of_query(vector, self._unrelated_in_language_of(query))
        return doubted(
            found, self.unread(query, [self.corpus.texts[int(np.argmax(found.cosines))]])
        )

    def unread(self, query: str, texts: Sequence[str]) -> Unread | None:
        """Return what the model cannot read of a query and of its hits, best first.

        None where the encoder gives no unknown shares.

        Parameters
        ----------
        query, texts:
            What was asked, and the texts of its hits.
        """
        return unread_of(query, texts, self._unknown_shares.of, self.text_vectors)

    def unread_labels(self, labels: Labels) -> str:
        """Say in a sentence how many labelled rows the model cannot read; empty for none.

        Parameters
        ----------
        labels:
            Labels with texts, or with ids of this collection.

        Raises
        ------
        LabelsError
            As for `score_labels`.
        """
        return unread_words(self.encoder, labels.queries, _texts_of(self.corpus, labels))

    def _unrelated_in_language_of(self, query: str) -> UnrelatedScores | None:
        """Return how questions in the query's language do, where it is not the collection's."""
        asked = self.unrelated_questions
        if not asked.questions or OWN in asked.kinds:
            return None
        language = foreign_language(query, asked.kinds)
        if language is None:
            return None
        with self._computing:
            if language not in self._foreign:
                other = UnrelatedQuestions.for_foreign(language)
                vectors = self._queries.unrelated(other.questions)
                scores = unrelated_scores(self.vectors, vectors, other.words, other.why_none)
                self._foreign[language] = replace(scores, across=other.across)
            return self._foreign[language]

    def query_vectors(self, queries: Sequence[str]) -> Vectors:
        """Return unit vectors, float32, shape (n, dim); new queries are embedded together.

        Raises
        ------
        QueryError
            A query is no text or blank, or the queries are no list.
        EncoderError
            The encoder returned something else than a unit vector of its length for each.
        """
        return self._queries.of(queries)

    def text_vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return unit vectors of texts, float32, shape (n, dim); only new ones are embedded.

        Parameters
        ----------
        texts:
            Any texts, of this collection or not.
        progress:
            Called with (texts done, texts in all); may raise to stop.

        Raises
        ------
        EncoderError
            As for `query_vectors`.
        """
        known = self.corpus.position_of_text
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if not new:
            return self.vectors[[known[text] for text in texts]]
        number = {text: n for n, text in enumerate(new)}
        encoded = embed_documents(self.encoder, new, progress)
        rows = [self.vectors[known[t]] if t in known else encoded[number[t]] for t in texts]
        return stacked(rows, self.encoder.dim)

    def compared_with(self, background_queries: Iterable[str] | None) -> Collection:
        """Return the collection with other unrelated questions, None for those of its kind.

        Parameters
        ----------
        background_queries:
            50 or more different questions that have nothing to do with the texts.

        Raises
        ------
        InputError
            As for a `Collection`.
        """
        return Collection(
            self.corpus,
            self.encoder,
            self.vectors,
            from_labels=self.from_labels,
            queries=self._queries,
            background_queries=background_queries,
        )

    def with_added(self, texts: Iterable[str], ids: Sequence[str] | None = None) -> Collection:
        """Return the collection with more documents at its end; this one where there are none.

        Parameters
        ----------
        texts:
            The new documents.
        ids:
            Their ids, none of which the collection has; new ones are made if not given.

        Raises
        ------
        CorpusError, EncoderError
            As for `Corpus.with_added` and `build`.
        """
        corpus = self.corpus.with_added(texts, ids)
        new = corpus.texts[len(self) :]
        if not new:
            return self
        return self._followed_by(corpus, np.concatenate([self.vectors, self.text_vectors(new)]))

    def without(self, ids: Iterable[str]) -> Collection:
        """Return the collection without some documents; this one where there are none.

        Parameters
        ----------
        ids:
            Of the documents to leave out.

        Raises
        ------
        CorpusError
            As for `Corpus.without`.
        """
        corpus = self.corpus.without(ids)
        if len(corpus) == len(self):
            return self
        kept = [self.corpus.position_of_id[name] for name in corpus.ids]
        return self._followed_by(corpus, self.vectors[kept])

    def _followed_by(self, corpus: Corpus, vectors: Vectors) -> Collection:
        return Collection(
            corpus,
            self.encoder,
            vectors,
            from_labels=self.from_labels,
            queries=self._queries,
            background_queries=self.background_queries,
        )

    def score_labels(
        self, labels: Labels, progress: Progress | None = None, own: ScoreScale | None = None
    ) -> ScoredPairs:
        """Turn labelled rows into features, the same ones that a live hit has.

        Parameters
        ----------
        labels:
            With texts, or with ids of documents of this collection.
        progress:
            Called with (texts done, texts in all) while texts are embedded.
        own:
            What the scores mean that the file itself brings; they become one more column. Without
            it they are left alone.

        Raises
        ------
        LabelsError
            A document id is not in the collection, the labels hold scores alone, or they are no
            `Labels`; with `own`, also what `score_pairs` refuses.
        """
        check_kind(labels, Labels, "read them with read_labels", LabelsError)
        texts = _texts_of(self.corpus, labels)
        vectors = self.query_vectors(labels.queries)
        pairs = labelled(self._pairs(labels.queries, vectors, texts, progress), labels)
        return pairs if own is None else pairs.with_own_scores(labels, own)

    def score_texts(self, query: str | Sequence[str], texts: Sequence[str]) -> ScoredPairs:
        """Turn texts and what is asked of them into features; relevance is NaN.

        Parameters
        ----------
        query:
            One query for all texts, or one for each; they are embedded together.
        texts:
            As many as wanted.

        Raises
        ------
        QueryError
            A query is no text or blank, or there is not one for each text.
        InputError
            The texts are no list.
        """
        texts = several(texts, "texts", InputError)
        asked = [query] if isinstance(query, str) else several(query, "queries", QueryError)
        for each in dict.fromkeys(asked):
            check_query(each)
        queries = asked * len(texts) if isinstance(query, str) else asked
        if len(queries) != len(texts):
            raise QueryError(
                f"{len(queries)} queries and {len(texts)} texts were given; give one query, or one "
                "for each text."
            )
        return self._pairs(queries, self.query_vectors(queries), texts)

    def score_hits(self, hits: Iterable[Hits]) -> ScoredPairs:
        """Turn hits into features, those of one query after those of another; relevance is NaN.

        A query whose vector the hits carry is not embedded again, and the others are embedded
        together.

        Raises
        ------
        QueryError
            A query is blank, or its vector is not of the encoder's length and of unit norm.
        InputError
            The hits are no list.
        """
        found = several(hits, "hits", InputError)
        vectors = self._vectors_asked(found)
        queries = [each.query for each in found for _ in each.texts]
        texts = [text for each in found for text in each.texts]
        rows = stacked([vectors[query] for query in queries], self.encoder.dim)
        return self._pairs(queries, rows, texts)

    def _vectors_asked(self, hits: Sequence[Hits]) -> dict[str, Vectors]:
        """Return the vector of each query of these hits."""
        own = self.encoder.fingerprint
        vectors = {
            each.query: unit_query(each.query_vector, self.encoder.dim)
            for each in hits
            if each.query_vector is not None and each.scale.source == own
        }
        new = list(dict.fromkeys(each.query for each in hits if each.query not in vectors))
        return vectors | dict(zip(new, self.query_vectors(new), strict=True)) if new else vectors

    def _pairs(
        self,
        queries: Sequence[str],
        query_vectors: Vectors,
        texts: Sequence[str],
        progress: Progress | None = None,
    ) -> ScoredPairs:
        """Return unlabelled pairs: row i is query i, with its vector, and text i."""
        text_vectors = self.text_vectors(texts, progress)
        # A log names a pair once for each time that it was shown; its features are worked out once.
        first, which = distinct(list(zip(queries, texts, strict=True)))
        features = self.features.features(
            [queries[row] for row in first], query_vectors[first], [texts[row] for row in first],
            text_vectors[first],
        )[which]  # fmt: skip
        encoder = self.encoder
        return unlabelled_pairs(
            queries, texts, features, self.features,
            scale=COSINE.from_source(encoder.fingerprint),
            encoder=EncodedBy(encoder.name, encoder.query_prefix, encoder.max_tokens),
            corpus_size=len(self),
            corpus_fingerprint=self.corpus.fingerprint,
            corpus_sketch=self.corpus.sketch,
            corpus_from_labels=self.from_labels,
        )  # fmt: skip

    @cached_property
    def _corpus_bytes(self) -> int:
        corpus = self.corpus
        views = (corpus.fingerprint, corpus.sketch, corpus.position_of_id, corpus.position_of_text)
        return _bytes_of(corpus, views)

    @cached_property
    def _features_bytes(self) -> int:
        space = self._features
        apart = (space._around, space._written, space._converted)  # `remembered_bytes` has these
        return _bytes_of(space, besides=[self.vectors, *self.corpus.texts, *apart])


def doubted(found: Background, unread: Unread | None) -> Background:
    """Return a background that says why a query cannot be compared, where it cannot.

    Parameters
    ----------
    found:
        Of a query, perhaps compared with questions in another language than the collection's.
    unread:
        Of the query and its best hit; None where the encoder gives no unknown shares.
    """
    if found.unrelated.across and found.nothing_relevant:
        found = replace(found, unrelated=replace(found.unrelated, why_none=found.unrelated.across))
    if unread is None or not (unread.blank or unread.same):
        return found
    return replace(found, unrelated=replace(found.unrelated, why_none=unread.doubt))


def check_parts(corpus: Corpus, encoder: Encoder) -> None:
    """Refuse what is no collection, or no encoder, before anything is embedded.

    Raises
    ------
    CorpusError, EncoderError
        Which of the two it is.
    """
    check_kind(corpus, Corpus, "make one of texts with Corpus.from_texts", CorpusError)
    check_encoder(encoder)


def _texts_of(corpus: Corpus, labels: Labels) -> Sequence[str]:
    if labels.texts:
        return labels.texts
    if not labels.doc_ids:
        raise LabelsError(
            "These labels hold scores without texts; use score_pairs, which needs no engine."
        )
    for row, name in zip(labels.rows, labels.doc_ids, strict=True):
        if name not in corpus.position_of_id:
            raise LabelsError(
                f"Row {row}, column 'doc_id': '{name}' is not a document of this collection "
                f"({len(corpus)} documents); use its ids, or give the text itself.",
                row=row,
                column="doc_id",
            )
    return [corpus.texts[corpus.position_of_id[name]] for name in labels.doc_ids]


def _bytes_of(*held: object, besides: Iterable[object] = ()) -> int:
    """Return the bytes of objects and of what they hold, each counted once."""
    counted = set(map(id, besides))
    waiting, total = list(held), 0
    while waiting:
        each = waiting.pop()
        if id(each) in counted:
            continue
        counted.add(id(each))
        total += sys.getsizeof(each)
        if isinstance(each, dict):
            waiting += (*each.keys(), *each.values())
        elif isinstance(each, tuple):
            waiting += each
        elif hasattr(each, "__dict__"):
            waiting.append(vars(each))
    return total
