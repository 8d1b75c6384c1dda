"""The engine: a collection and an index, and the scores that come out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from search_core import saved
from search_core.collection import Collection, check_parts
from search_core.corpus import Corpus
from search_core.embedding import embed_documents
from search_core.encoder import Encoder, Progress
from search_core.errors import (
    CorpusError,
    EncoderError,
    IndexSpecError,
    QueryError,
    check_kind,
    several,
    whole_number,
)
from search_core.features import FeatureSpace
from search_core.hits import Hits
from search_core.index.held import ids_of, metric_of
from search_core.index.matching import match_texts
from search_core.index.spec import IndexSpec
from search_core.index.store import FaissStore, VectorStore, build_store, nearest_in
from search_core.labels.labels import Labels
from search_core.mistakes import explain_mistakes
from search_core.normalizers.background import Background, CollectionBackground
from search_core.normalizers.unrelated_scores import UnrelatedCut
from search_core.pairs import ScoredPairs
from search_core.scale import METRIC_SCALES, ScoreScale
from search_core.unread import Unread
from search_core.vectors import Floats, Positions, Vectors, exact_cosines, unit_query, unit_vectors

SPOT_CHECKS = 5  # texts that are embedded to see whether an index was made from them
SAME_TEXT = 0.9  # cosine under which a stored vector cannot be that of the text
WITHOUT_TEXTS = "No texts were given, which this engine searches; vectors alone are searched by {}."


class _State(NamedTuple):
    """A collection and its index, of one moment: a search takes both at once."""

    collection: Collection
    store: VectorStore

    def followed_by(self, collection: Collection) -> _State:
        """Return the next state; this one stays as it is, for the searches that are in it."""
        if collection is self.collection:
            return self
        return _State(collection, self.store.with_vectors(collection.vectors))


@explain_mistakes
class SearchEngine:
    """Searches a collection; every score it gives is exact, whatever the index.

    The collection may change (`add`, `remove`): each search, also one that is under way, sees it
    wholly as it was or wholly as it is.

    The index proposes candidates. Their score is computed again from the stored float32 vectors
    in float64, and ties go to the earlier position in the collection, so one pair of texts has one
    score under every index. Safe to use from several threads.

    Attributes
    ----------
    encoder:
        What embeds documents and queries.
    shortlist:
        Candidates that are at least scored again, whatever k is.
    scale:
        What its scores mean.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> hits = engine.search("cat", k=2)
    >>> hits.ids[0], hits.scale.name
    ('0', 'squared_l2')
    """

    def __init__(self, collection: Collection, store: VectorStore, shortlist: int = 0) -> None:
        """Put together what fits; `build`, `of` and `from_faiss` make the store."""
        self._state = _State(collection, store)
        self.encoder = collection.encoder
        self.shortlist = shortlist
        self.scale: ScoreScale = METRIC_SCALES[store.metric].from_source(self.encoder.fingerprint)
        self._changing = threading.Lock()

    @property
    def collection(self) -> Collection:
        """The documents as they are now, with all that is known of them."""
        return self._state.collection

    @property
    def store(self) -> VectorStore:
        """The index; what it returns are candidates and its own, maybe approximate scores."""
        return self._state.store

    @property
    def corpus(self) -> Corpus:
        """The documents."""
        return self.collection.corpus

    @property
    def vectors(self) -> Vectors:
        """float32 unit vectors of the documents, shape (n, dim), read-only."""
        return self.collection.vectors

    @property
    def collection_background(self) -> CollectionBackground:
        """What the background of every query shares; computed when first asked for."""
        return self.collection.background

    @property
    def nbytes(self) -> int:
        """Bytes of all that it holds: its collection, and the index where that has a copy.

        See `Collection.nbytes`; an index counts with the size that FAISS writes it in.
        """
        now = self._state
        return now.collection.nbytes + now.store.nbytes

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        encoder: Encoder,
        spec: IndexSpec | None = None,
        progress: Progress | None = None,
        known: SearchEngine | None = None,
        *,
        background_queries: Iterable[str] | None = None,
    ) -> SearchEngine:
        """Embed a collection and index it.

        Parameters
        ----------
        corpus, encoder:
            What to search, and the model that embeds it.
        spec:
            The index; "Flat" by squared L2 if not given.
        progress:
            Called with (texts done, texts in all), those to be embedded, equal ones counted once;
            may raise to stop.
        known:
            An engine by the same encoder, whose vectors are taken for the texts that it holds, as
            when a few lines of a collection were changed; one by another encoder is passed over.
        background_queries:
            50 or more different questions that have nothing to do with the texts; those of the
            texts' own kind if not given.

        Raises
        ------
        IndexSpecError
            The index cannot be built, has too few vectors to be trained on, or is no `IndexSpec`.
        CorpusError, EncoderError
            The collection is no `Corpus`, or the encoder lacks what an `Encoder` has, or returns
            something else than unit vectors of its length.
        InputError
            The background queries are no list of texts, or fewer than 50 differ.
        """
        _check_spec(spec)
        before = None if known is None else known.collection
        collection = Collection.build(
            corpus, encoder, progress, before, background_queries=background_queries
        )
        return cls.of(collection, spec)

    @classmethod
    def of(cls, collection: Collection, spec: IndexSpec | None = None) -> SearchEngine:
        """Index a collection; "Flat" by squared L2 if no other index is given.

        Parameters
        ----------
        collection:
            The texts and their vectors.
        spec:
            The index.

        Raises
        ------
        IndexSpecError
            As for `build`.
        """
        _check_spec(spec)
        spec = spec or IndexSpec()
        return cls(collection, build_store(spec, collection.vectors), spec.shortlist or 0)

    @classmethod
    def from_vectors(
        cls,
        corpus: Corpus,
        encoder: Encoder,
        vectors: npt.ArrayLike,
        spec: IndexSpec | None = None,
        *,
        background_queries: Iterable[str] | None = None,
    ) -> SearchEngine:
        """Index a collection that is embedded already.

        Parameters
        ----------
        corpus, encoder, spec, background_queries:
            As for `build`.
        vectors:
            The encoder's vectors of the documents, in their order: shape (n, dim), unit norm. An
            array of float32 is kept, not copied, and becomes read-only.

        Raises
        ------
        IndexSpecError
            As for `build`; also where there is not one vector of the encoder's length a document,
            or one that is not of unit length.
        CorpusError, EncoderError
            As for `build`.
        """
        _check_spec(spec)
        if corpus is None or isinstance(corpus, np.ndarray):
            raise CorpusError(WITHOUT_TEXTS.format("VectorEngine.of(vectors, ids)"))
        collection = Collection(corpus, encoder, vectors, background_queries=background_queries)
        return cls.of(collection, spec)

    @classmethod
    def from_faiss(
        cls,
        index: Any,
        texts: Iterable[str],
        encoder: Encoder,
        ids: Iterable[object] | None = None,
        *,
        vectors: npt.ArrayLike | None = None,
        background_queries: Iterable[str] | None = None,
    ) -> SearchEngine:
        """Search a FAISS index that a program already holds.

        Nothing is embedded but a few texts, to see that index, texts and encoder belong together.
        The index is used as it is, with the search parameters set on it, and must not change
        afterwards. Never read an index from a file that a stranger sent.

        Parameters
        ----------
        index:
            A `faiss.Index` by squared L2 or inner product. Flat, HNSW,Flat and IVF,Flat keep their
            vectors whole, also inside `IndexIDMap`, `IndexShards`, `IndexRefineFlat` or an
            `IndexPreTransform` that can be undone; others need `vectors`. All must be of unit
            length.
        texts:
            The text of each vector, in the order in which they were added (IVF with ids of its
            own: by rising id).
        encoder:
            The model that made the vectors.
        ids:
            Ids of the documents. Where they are those that the index gives its vectors, they tell
            which text belongs to which vector, in any order, and texts that are not in the index
            any more are left out. Without them the documents have the ids of the index.
        vectors:
            The vector of each text, as `from_vectors` takes them, for an index that does not keep
            them exactly, such as PQ, SQ8 or one behind a PCA.
        background_queries:
            As for `build`.

        Raises
        ------
        IndexSpecError
            An index of another kind, vectors that are not finite and of unit length, or ids that
            do not tell vectors apart.
        CorpusError
            Not one text a vector, or texts that make no collection.
        EncoderError
            The encoder lacks what an `Encoder` has, or makes vectors of another length, or other
            vectors of these texts.

        Examples
        --------
        >>> import faiss
        >>> index = faiss.IndexIDMap(faiss.IndexFlatIP(encoder.dim))
        >>> vectors = encoder.encode_documents(["a cat", "a dog"])
        >>> index.add_with_ids(vectors, np.array([1000, 1001]))
        >>> sc.SearchEngine.from_faiss(index, ["a cat", "a dog"], encoder).search("cat", 1).ids
        ('1000',)
        """
        metric_of(index)  # what is no index has no ids either
        if texts is None:
            raise CorpusError(WITHOUT_TEXTS.format("VectorEngine.from_faiss(index)"))
        given = several(texts, "texts", CorpusError)
        corpus, rows = match_texts(ids_of(index), given, ids)
        check_parts(corpus, encoder)
        if vectors is not None:
            vectors = unit_vectors(vectors, len(given), index.d)[rows]
        store = FaissStore.holding(index, vectors)
        held = store.fetch(np.arange(len(store), dtype=np.int64))
        check_belong_together(held, corpus, encoder)
        collection = Collection(corpus, encoder, held, background_queries=background_queries)
        return cls(collection, store)

    @classmethod
    def for_labels(
        cls, labels: Labels, encoder: Encoder, progress: Progress | None = None
    ) -> SearchEngine:
        """Build an engine whose collection is the distinct texts of a label file.

        What it scores says so (`ScoredPairs.corpus_from_labels`).

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
        return cls.of(Collection.of_labels(labels, encoder, progress))

    def __repr__(self) -> str:
        encoder, index = self.encoder.name[:40], self.store.metric
        return f"<SearchEngine: {len(self.corpus):,} documents by '{encoder}', ranked by {index}>"

    def search(self, query: str, k: int = 10) -> Hits:
        """Return the k best hits; all documents where there are fewer than k.

        An IVF index returns fewer where the lists that it looks into hold fewer, and an HNSW index
        where its graph does not lead to all documents, as when k comes near their number.

        Raises
        ------
        QueryError
            The query is no text or blank, or k is no whole number of 1 or more.
        """
        k = whole_number(k, "k", QueryError)
        return self._hits(self._state, query, self.query_vector(query), k)

    def search_many(self, queries: Iterable[str], k: int = 10) -> list[Hits]:
        """Return the hits of each query, as `search` does; the queries are embedded together.

        Parameters
        ----------
        queries:
            What is asked, as a list.
        k:
            How many hits each query gets at most.

        Raises
        ------
        QueryError
            As for `search`; also queries that are no list.
        """
        k = whole_number(k, "k", QueryError)
        queries = several(queries, "queries", QueryError)
        vectors, now = self.query_vectors(queries), self._state
        return [
            self._hits(now, query, vector, k)
            for query, vector in zip(queries, vectors, strict=True)
        ]

    def background(self, query: str) -> Background:
        """Return where this query's scores fall in the whole collection.

        Raises
        ------
        QueryError
            The query is no text or blank.
        """
        return self.collection.background_of(query)

    @property
    def features(self) -> FeatureSpace:
        """The collection, ready to describe pairs."""
        return self.collection.features

    def unread(self, query: str, texts: Sequence[str]) -> Unread | None:
        """Return what the model cannot read of `query` and `texts`; see `Collection.unread`."""
        return self.collection.unread(query, texts)

    def compared_with(self, background_queries: Iterable[str] | None) -> SearchEngine:
        """Return an engine that compares with other unrelated questions; nothing is indexed anew.

        Parameters
        ----------
        background_queries:
            As for `build`; None for the shipped ones of the collection's kind.

        Raises
        ------
        InputError
            They are no list of texts, or fewer than 50 differ.
        """
        now = self._state
        return SearchEngine(
            now.collection.compared_with(background_queries), now.store, self.shortlist
        )

    def cut_for_unrelated(self, share: float = 0.05) -> UnrelatedCut:
        """Return the threshold that at most a share of unrelated questions passes.

        The share is one among questions like those compared with: of the collection's language,
        or asked of code or log lines, or your own (`background_queries`). A question of the
        collection's own subject is another matter, and only labels tell how many of those fail.

        Parameters
        ----------
        share:
            Between 0 and 1; with 118 questions at least 1/119.

        Raises
        ------
        InputError
            There are no unrelated questions of the collection's kind, or too few for this share.

        Examples
        --------
        >>> texts = ["The cat sleeps on the sofa.", "A dog barks at night.", "Feed the fish daily."]
        >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
        >>> cut = engine.cut_for_unrelated(0.05)
        >>> bool(engine.search("the cat sleeps on the sofa").cosines()[0] >= cut.cosine)
        True
        """
        unrelated = self.collection_background.unrelated
        cosine, reached, bound = unrelated.cut(share)
        score = float(on_metric(np.array([cosine]), self.store.metric)[0])
        return UnrelatedCut(cosine, score, self.scale, reached, bound, unrelated.words)

    def add(self, texts: Iterable[str], ids: Sequence[str] | None = None) -> tuple[str, ...]:
        """Put documents at the end of the collection, and return their ids.

        Only texts that are new to it are embedded, and an index that was trained is not trained
        again. What costs most is a copy of the index, so add many at once.

        Parameters
        ----------
        texts:
            The documents; none changes nothing.
        ids:
            Their ids; without them they are numbered on, and the number of a document that was
            removed is not given again.

        Raises
        ------
        CorpusError
            An empty text, an id that the collection has already, or not one id a text.
        IndexSpecError
            The index, handed in by `from_faiss`, cannot be copied.
        """
        with self._changing:
            before = self.collection
            self._state = self._state.followed_by(before.with_added(texts, ids))
            return self.corpus.ids[len(before) :]

    def remove(self, ids: Iterable[str]) -> None:
        """Take documents out of the collection; nothing is embedded.

        The others keep their ids and their order, and move up in position.

        Raises
        ------
        CorpusError
            An id that the collection does not have or that is given twice, all of them, or no
            list.
        IndexSpecError
            As for `add`.
        """
        with self._changing:
            self._state = self._state.followed_by(self.collection.without(ids))

    def save(self, folder: str | Path) -> None:
        """Write collection, vectors and index to a folder, for `load`; never a pickle.

        Where the background has been computed, the vectors of its unrelated questions are kept
        too, so that a process that loads the engine need not embed them.

        What was saved there before is replaced whole or, if this is interrupted, not at all.

        Raises
        ------
        InputError
            The folder cannot be written, or is no path.
        """
        saved.save(folder, *self._state, self.shortlist)

    @classmethod
    def load(cls, folder: str | Path, encoder: Encoder) -> SearchEngine:
        """Read an engine that `save` wrote; its hits are the same to the last bit.

        Never load a folder of a stranger: FAISS reads its own file without suspicion, and a made-up
        one can do harm. The checksums tell damage; they do not tell who wrote it.

        Parameters
        ----------
        folder:
            Where it was saved.
        encoder:
            The model that embedded the collection.

        Raises
        ------
        InputError
            Nothing is saved there, a file is missing or damaged, or it is of another version.
        EncoderError
            It was saved with another encoder, or this lacks what an `Encoder` has.
        """
        return cls(*saved.load(folder, encoder))

    def score_labels(
        self, labels: Labels, progress: Progress | None = None, own: ScoreScale | None = None
    ) -> ScoredPairs:
        """Turn labelled rows into features; see `Collection.score_labels`.

        Parameters
        ----------
        labels, progress, own:
            As there.
        """
        return self.collection.score_labels(labels, progress, own)

    def score_texts(self, query: str | Sequence[str], texts: Sequence[str]) -> ScoredPairs:
        """Turn texts and what is asked of them into features; see `Collection.score_texts`.

        Parameters
        ----------
        query, texts:
            As there.
        """
        return self.collection.score_texts(query, texts)

    def score_hits(self, hits: Iterable[Hits]) -> ScoredPairs:
        """Turn hits into features; see `Collection.score_hits`."""
        return self.collection.score_hits(hits)

    def query_vector(self, query: str) -> Vectors:
        """Return the query's unit vector, float32, shape (dim,).

        Raises
        ------
        QueryError
            The query is no text or blank.
        """
        vector: Vectors = self.query_vectors([query])[0]
        return vector

    def query_vectors(self, queries: Sequence[str]) -> Vectors:
        """Return unit vectors, float32, shape (n, dim); new queries are embedded together.

        Raises
        ------
        QueryError
            A query is no text or blank, or the queries are no list.
        EncoderError
            The encoder returned something else than a unit vector of its length for each.
        """
        return self.collection.query_vectors(queries)

    def nearest(self, vector: npt.ArrayLike, k: int) -> tuple[Floats, Positions]:
        """Return exact cosines and positions of the k documents nearest to a vector, best first.

        Parameters
        ----------
        vector:
            float32 unit vector, shape (dim,).
        k:
            How many, 1 or more; fewer come back where the index finds fewer.

        Returns
        -------
        Two arrays of shape (up to k,): float64 in [-1, 1], and int64.

        Raises
        ------
        QueryError
            The vector has another length than the encoder's, or is not of unit norm.
        """
        asked = unit_query(vector, self.encoder.dim)
        return nearest_in(self.store, asked, k, self.shortlist)

    def _hits(self, now: _State, query: str, vector: Vectors, k: int) -> Hits:
        cosines, positions = nearest_in(now.store, vector, k, self.shortlist)
        corpus, found = now.collection.corpus, positions.tolist()
        texts = tuple([corpus.texts[position] for position in found])
        unread = now.collection.unread(query, texts)
        return Hits(
            query=query,
            positions=tuple(found),
            ids=tuple([corpus.ids[position] for position in found]),
            texts=texts,
            scores=on_metric(cosines, now.store.metric),
            scale=self.scale,
            notes=unread.sentences if unread else (),
            query_vector=vector,
        )


def on_metric(cosines: Floats, metric: str) -> Floats:
    """Return cosines as scores of a metric: on unit vectors |q - d|^2 = 2 - 2c."""
    return 2.0 - 2.0 * cosines if metric == "squared_l2" else cosines


def _check_spec(spec: IndexSpec | None) -> None:
    if spec is not None:
        check_kind(spec, IndexSpec, "write IndexSpec('Flat') or another", IndexSpecError)


@explain_mistakes
def check_belong_together(vectors: Vectors, corpus: Corpus, encoder: Encoder) -> None:
    """Embed a few texts of a collection, to see whether an encoder made its vectors of them.

    Parameters
    ----------
    vectors:
        One a document, float32, shape (n, dim), unit norm.
    corpus, encoder:
        The documents, and the model that is said to have made the vectors.

    Raises
    ------
    EncoderError
        The encoder makes vectors of another length, other vectors, or these of other texts.

    Examples
    --------
    >>> corpus = sc.Corpus.from_texts(["a cat", "a dog"])
    >>> sc.check_belong_together(encoder.encode_documents(corpus.texts), corpus, encoder)
    """
    if vectors.shape[1] != encoder.dim:
        raise EncoderError(
            f"The index holds vectors of {vectors.shape[1]} numbers, and {encoder.name} makes "
            f"{encoder.dim}; load the encoder that made them."
        )
    positions = np.linspace(0, len(corpus) - 1, min(SPOT_CHECKS, len(corpus))).astype(int).tolist()
    encoded = embed_documents(encoder, [corpus.texts[position] for position in positions])
    for position, vector in zip(positions, encoded, strict=True):
        cosine = float(exact_cosines(vectors[[position]], vector)[0])
        if cosine < SAME_TEXT:
            raise EncoderError(
                f"Vector {position} of the index is not what {encoder.name} makes of text "
                f"{position} (cosine {cosine:.2f}); {_what_is_wrong(vectors, encoded)}."
            )


def _what_is_wrong(vectors: Vectors, encoded: Vectors) -> str:
    """Tell texts in another order, whose vectors stand somewhere, from another model's vectors."""
    nearest = (vectors @ encoded.T).max(axis=0)
    if (nearest >= SAME_TEXT).all():
        return "its vector stands elsewhere: give the texts in the order of the index"
    if (nearest < SAME_TEXT).all():
        return "these vectors were not made by this model of these texts: load the one that made it"
    return "give the texts in the order of the index, and the encoder that made it"
