"""The engine: a collection, an encoder and an index, and the scores that come out."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search_core.arguments import check_kind, several, whole_number
from search_core.corpus import Corpus
from search_core.embedding import embed_documents, embed_queries
from search_core.encoder import Encoder, Progress, Vectors
from search_core.errors import (
    CorpusError,
    EncoderError,
    IndexSpecError,
    InputError,
    LabelsError,
    QueryError,
)
from search_core.features import FEATURE_NAMES, distinct
from search_core.hits import Hits
from search_core.index.faiss_store import FaissStore
from search_core.index.spec import IndexSpec
from search_core.index.store import VectorStore, unit_query, unit_vectors
from search_core.labels import Labels, query_key
from search_core.normalizers.background import Background, CollectionBackground, background_queries
from search_core.pairs import EncodedBy, ScoredPairs
from search_core.saved import checked_files, load_manifest, save_folder
from search_core.scale import COSINE, METRIC_SCALES, ScoreScale
from search_core.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

REMEMBERED_QUERIES = 256  # search, background and features of one query encode it once
SPARE_CANDIDATES = 16  # beyond k, so that ties at the last place are settled by position
SPOT_CHECKS = 5  # texts that are embedded to see whether an index was made from them
SAME_SCORE = 1e-6  # cosines this close may stand either way round in an index of float32
SAME_TEXT = 0.9  # cosine under which a stored vector cannot be that of the text

_FILES = ("collection.json", "vectors.npy", "index.faiss")  # of a saved engine


class SearchEngine:
    """Searches a collection; every score it gives is exact, whatever the index.

    The collection may change (`add`, `remove`): each search, also one that is under way, sees it
    wholly as it was or wholly as it is.

    The index proposes candidates. Their score is computed again from the stored float32 vectors
    in float64, and ties go to the earlier position in the collection, so one pair of texts has one
    score under every index. Safe to use from several threads.

    Attributes
    ----------
    corpus, encoder:
        The documents as they are now, and what embeds them.
    store:
        Their index; what it returns are candidates and its own, maybe approximate scores.
    vectors:
        float32 unit vectors of the documents, shape (n, dim), read-only.
    shortlist:
        Candidates that are at least scored again, whatever k is.
    scale:
        What its scores mean.
    """

    def __init__(
        self,
        corpus: Corpus,
        encoder: Encoder,
        store: VectorStore,
        vectors: Vectors,
        shortlist: int = 0,
    ) -> None:
        """Put together what fits; `build`, `from_vectors` and `from_faiss` make the store."""
        self._snapshot = Snapshot(corpus, store, vectors)
        self.encoder = encoder
        self.shortlist = shortlist
        self.scale: ScoreScale = METRIC_SCALES[store.metric].from_source(encoder.fingerprint)
        self._recent: OrderedDict[str, Vectors] = OrderedDict()
        self._recent_lock = threading.Lock()
        self._questions_lock = threading.Lock()
        self._changing = threading.Lock()

    @property
    def corpus(self) -> Corpus:
        """The documents."""
        return self._snapshot.corpus

    @property
    def store(self) -> VectorStore:
        """The index."""
        return self._snapshot.store

    @property
    def vectors(self) -> Vectors:
        """The documents' vectors."""
        return self._snapshot.vectors

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        encoder: Encoder,
        spec: IndexSpec | None = None,
        progress: Progress | None = None,
        known: SearchEngine | None = None,
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

        Raises
        ------
        IndexSpecError
            The index cannot be built, has too few vectors to be trained on, or is no `IndexSpec`.
        CorpusError, EncoderError
            The collection is no `Corpus`, or the encoder lacks what an `Encoder` has, or returns
            something else than unit vectors of its length.
        """
        _check_parts(corpus, encoder, spec)
        # Equal texts are embedded once: their vectors are then equal to the last bit.
        place = {text: n for n, text in enumerate(dict.fromkeys(corpus.texts))}
        if known is not None and known.encoder.fingerprint == encoder.fingerprint:
            distinct = known._text_vectors(known._snapshot, list(place), progress)
        else:
            distinct = embed_documents(encoder, list(place), progress)
        vectors = distinct[[place[text] for text in corpus.texts]]
        return cls.from_vectors(corpus, encoder, vectors, spec)

    @classmethod
    def from_vectors(
        cls, corpus: Corpus, encoder: Encoder, vectors: npt.ArrayLike, spec: IndexSpec | None = None
    ) -> SearchEngine:
        """Index a collection that is embedded already.

        Parameters
        ----------
        corpus, encoder, spec:
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
        _check_parts(corpus, encoder, spec)
        spec = spec or IndexSpec()
        vectors = unit_vectors(vectors, len(corpus), encoder.dim)
        store = FaissStore(spec, encoder.dim)
        store.add(np.arange(len(corpus), dtype=np.int64), vectors)
        return cls(corpus, encoder, store, vectors, spec.shortlist or 0)

    @classmethod
    def from_faiss(
        cls,
        index: Any,
        texts: Iterable[str],
        encoder: Encoder,
        ids: Sequence[str] | None = None,
    ) -> SearchEngine:
        """Search a FAISS index that a program already holds.

        Nothing is embedded but a few texts, to see that index, texts and encoder belong together.
        The index is used as it is, with the search parameters set on it, and must not change
        afterwards. Never read an index from a file that a stranger sent.

        Parameters
        ----------
        index:
            A `faiss.Index` by squared L2 or inner product that keeps its vectors whole, of unit
            length and under the ids 0, 1, 2 …: Flat, HNSW,Flat or IVF,Flat, or one refined by Flat.
        texts:
            The text of each vector, in the order in which they were added.
        encoder:
            The model that made the vectors.
        ids:
            Ids of the documents; without them they are numbered from 0.

        Raises
        ------
        IndexSpecError
            An index of another kind, or vectors that are not of unit length.
        CorpusError
            Not one text a vector, or texts that make no collection.
        EncoderError
            The encoder lacks what an `Encoder` has, or makes vectors of another length, or other
            vectors of these texts.
        """
        store = FaissStore.holding(index)
        corpus = Corpus.from_texts(texts, ids)
        _check_parts(corpus, encoder)
        vectors = store.fetch(np.arange(len(store), dtype=np.int64))
        _check_belong_together(vectors, corpus, encoder)
        return cls(corpus, encoder, store, vectors)

    @classmethod
    def for_labels(
        cls, labels: Labels, encoder: Encoder, progress: Progress | None = None
    ) -> SearchEngine:
        """Build an engine whose collection is the distinct texts of a label file.

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
        return cls.build(
            Corpus.from_texts(list(dict.fromkeys(labels.texts))), encoder, None, progress
        )

    def __repr__(self) -> str:
        encoder, index = self.encoder.name[:40], self.store.metric
        return f"<SearchEngine: {len(self.corpus):,} documents by '{encoder}', ranked by {index}>"

    def search(self, query: str, k: int = 10) -> Hits:
        """Return the k best hits; all documents where there are fewer than k.

        An IVF index returns fewer where the lists that it looks into hold fewer.

        Raises
        ------
        QueryError
            The query is no text or blank, or k is no whole number of 1 or more.
        """
        k = whole_number(k, "k", QueryError)
        return self._hits(self._snapshot, query, self.query_vector(query), k)

    def search_many(self, queries: Iterable[str], k: int = 10) -> list[Hits]:
        """Return the hits of each query, as `search` does; the queries are embedded together.

        Raises
        ------
        QueryError
            As for `search`; also queries that are no list.
        """
        k = whole_number(k, "k", QueryError)
        queries = several(queries, "queries", QueryError)
        vectors, now = self.query_vectors(queries), self._snapshot
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
        vector = self.query_vector(query)  # refuses before anything is computed
        return self.collection_background.of_query(vector)

    @property
    def collection_background(self) -> CollectionBackground:
        """What the background of every query shares; computed when first asked for."""
        return self._snapshot.background(lambda: self._question_vectors)

    def add(self, texts: Iterable[str], ids: Sequence[str] | None = None) -> tuple[str, ...]:
        """Put documents at the end of the collection, and return their ids.

        Only texts that are new to it are embedded, and an index that was trained is not trained
        again. What costs most is a copy of the index, so add many at once.

        Parameters
        ----------
        texts:
            The documents; none changes nothing.
        ids:
            Their ids; without them they are numbered on from the highest id that is a number.

        Raises
        ------
        CorpusError
            An empty text, an id that the collection has already, or not one id a text.
        IndexSpecError
            The index, handed in by `from_faiss`, cannot be copied.
        """
        with self._changing:
            now = self._snapshot
            corpus = now.corpus.with_added(texts, ids)
            new = slice(len(now.corpus), None)
            if len(corpus) > len(now.corpus):
                embedded = self._text_vectors(now, corpus.texts[new])
                vectors = np.concatenate([now.vectors, embedded])
                self._snapshot = now.changed_to(corpus, vectors)
            return corpus.ids[new]

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
            now = self._snapshot
            corpus = now.corpus.without(ids)
            if len(corpus) < len(now.corpus):
                kept = [now.corpus.position_of_id[name] for name in corpus.ids]
                self._snapshot = now.changed_to(corpus, now.vectors[kept])

    def save(self, folder: str | Path) -> None:
        """Write collection, vectors and index to a folder, for `load`; never a pickle.

        What was saved there before is replaced whole or, if this is interrupted, not at all.

        Raises
        ------
        InputError
            The folder cannot be written.
        """
        now = self._snapshot
        about = {"encoder": {"name": self.encoder.name, "fingerprint": self.encoder.fingerprint}}
        collection = {
            "ids": now.corpus.ids,
            "texts": now.corpus.texts,
            "notes": now.corpus.notes,
            "shortlist": self.shortlist,
            "index": now.store.about(),
        }
        written = json.dumps(collection)  # in ASCII, which also holds lone surrogates
        writers = (
            lambda file: file.write_text(written, encoding="ascii"),
            lambda file: np.save(file, now.vectors, allow_pickle=False),
            now.store.write,
        )
        save_folder(Path(folder), about, dict(zip(_FILES, writers, strict=True)))

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
        check_kind(encoder, Encoder, "load one with load_encoder", EncoderError)
        place = Path(folder)
        body = load_manifest(place)
        _check_saved_with(body.get("encoder"), encoder)
        texts, vectors, index = checked_files(place, body, _FILES)
        try:
            about = json.loads(texts.read_text(encoding="ascii"))
            corpus = Corpus(*(tuple(about[name]) for name in ("ids", "texts", "notes")))
            rows = unit_vectors(np.load(vectors, allow_pickle=False), len(corpus), encoder.dim)
            store = FaissStore.read(index, about["index"], rows)
            return cls(corpus, encoder, store, rows, about["shortlist"])
        except (OSError, ValueError, TypeError, KeyError, CorpusError, IndexSpecError) as fault:
            raise InputError(
                f"What is saved in '{place.name[:80]}' does not fit together "
                f"({type(fault).__name__}); build the engine and save it again."
            ) from None

    def score_labels(self, labels: Labels, progress: Progress | None = None) -> ScoredPairs:
        """Turn labelled rows into features, the same ones that a live hit has.

        Parameters
        ----------
        labels:
            With texts, or with ids of documents of this collection.
        progress:
            Called with (texts done, texts in all) while texts are embedded.

        Raises
        ------
        LabelsError
            A document id is not in the collection, the labels hold scores alone, or they are no
            `Labels`.
        """
        check_kind(labels, Labels, "read them with read_labels", LabelsError)
        now = self._snapshot
        texts = _texts_of(now.corpus, labels)
        asked = self.query_vectors(labels.queries)
        pairs = self._pairs(now, labels.queries, asked, texts, labels.relevance, progress)
        return replace(
            pairs,
            graded=labels.reading.kind == "graded",
            judged_from=labels.reading.lowest,
            judged_to=labels.reading.highest,
            rows=labels.rows,
            split=labels.split,
        )

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
            _check_query(each)
        queries = asked * len(texts) if isinstance(query, str) else asked
        if len(queries) != len(texts):
            raise QueryError(
                f"{len(queries)} queries and {len(texts)} texts were given; give one query, or one "
                "for each text."
            )
        unknown = np.full(len(texts), np.nan)
        return self._pairs(self._snapshot, queries, self.query_vectors(queries), texts, unknown)

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
        asked = _rows([vectors[query] for query in queries], self.encoder.dim)
        return self._pairs(self._snapshot, queries, asked, texts, np.full(len(texts), np.nan))

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
        queries = several(queries, "queries", QueryError)
        for query in queries:
            _check_query(query)
        distinct = list(dict.fromkeys(queries))
        with self._recent_lock:
            known = {query: self._recent[query] for query in distinct if query in self._recent}
        new = [query for query in distinct if query not in known]
        for query, vector in zip(new, embed_queries(self.encoder, new), strict=True):
            known[query] = vector.copy()  # a row of its own: the batch is not kept
        with self._recent_lock:
            for query in distinct[-REMEMBERED_QUERIES:]:
                self._recent[query] = known[query]
                self._recent.move_to_end(query)
            while len(self._recent) > REMEMBERED_QUERIES:
                self._recent.popitem(last=False)
        vectors = _rows([known[query] for query in queries], self.encoder.dim)
        vectors.flags.writeable = False
        return vectors

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

    def _hits(self, now: Snapshot, query: str, vector: Vectors, k: int) -> Hits:
        cosines, positions = nearest_in(now.store, vector, k, self.shortlist)
        places = positions.tolist()
        return Hits(
            query=query,
            positions=tuple(places),
            ids=tuple([now.corpus.ids[place] for place in places]),
            texts=tuple([now.corpus.texts[place] for place in places]),
            scores=_on_metric(cosines, now.store.metric),
            scale=self.scale,
            query_vector=vector,
        )

    @property
    def _question_vectors(self) -> Vectors:
        """Vectors of the unrelated questions: the same whatever the collection becomes."""
        with self._questions_lock:
            return self._embedded_questions

    @cached_property
    def _embedded_questions(self) -> Vectors:
        return embed_queries(self.encoder, background_queries())

    def _vectors_asked(self, hits: Sequence[Hits]) -> dict[str, Vectors]:
        """Return the vector of each query of these hits."""
        own = self.encoder.fingerprint
        vectors = {
            each.query: unit_query(each.query_vector, self.encoder.dim)
            for each in hits
            if each.query_vector is not None and each.scale.source == own
        }
        new = list(dict.fromkeys(each.query for each in hits if each.query not in vectors))
        return vectors | dict(zip(new, self.query_vectors(new), strict=True))

    def _pairs(
        self,
        now: Snapshot,
        queries: Sequence[str],
        asked: Vectors,
        texts: Sequence[str],
        relevance: Floats,
        progress: Progress | None = None,
    ) -> ScoredPairs:
        given = self._text_vectors(now, texts, progress)
        # A log names a pair once for each time that it was shown; its features are worked out once.
        first, which = distinct(list(zip(queries, texts, strict=True)))
        features = now.features.features(
            [queries[row] for row in first], asked[first], [texts[row] for row in first],
            given[first],
        )[which]  # fmt: skip
        return ScoredPairs(
            queries=tuple(query_key(query) for query in queries),
            relevance=relevance,
            features=features,
            feature_names=FEATURE_NAMES,
            scale=COSINE.from_source(self.encoder.fingerprint),
            texts=tuple(texts),
            corpus_fingerprint=now.corpus.fingerprint,
            corpus_size=len(now.corpus),
            corpus_sketch=now.corpus.sketch,
            encoder=EncodedBy(
                self.encoder.name, self.encoder.query_prefix, self.encoder.max_tokens
            ),
        )

    def _text_vectors(
        self, now: Snapshot, texts: Sequence[str], progress: Progress | None = None
    ) -> Vectors:
        """Return the vectors of texts; those that the collection holds are not embedded."""
        known = now.corpus.position_of_text
        new = [text for text in dict.fromkeys(texts) if text not in known]
        place = {text: n for n, text in enumerate(new)}
        encoded = embed_documents(self.encoder, new, progress)
        rows = [now.vectors[known[t]] if t in known else encoded[place[t]] for t in texts]
        return _rows(rows, self.encoder.dim)


def nearest_in(
    store: VectorStore, vector: Vectors, k: int, shortlist: int = 0
) -> tuple[Floats, Positions]:
    """Return what `SearchEngine.nearest` does, from a store alone.

    Parameters
    ----------
    store:
        Proposes candidates, and hands back their vectors.
    vector, k:
        As for `SearchEngine.nearest`.
    shortlist:
        Candidates that are at least scored again.
    """
    wanted = min(k, len(store))
    asked = min(wanted + SPARE_CANDIDATES, len(store))
    while True:
        found, vectors = _candidates(store, vector, asked, shortlist)
        cosines = exact_cosines(vectors, vector)
        order = np.argsort(-cosines, kind="stable")
        if len(found) <= wanted:  # an approximate index may find fewer than were asked for
            return cosines[order], found[order]
        # float32 noise of the index can order equal scores anyhow, so where more documents
        # than were asked for share the last place, ask again until all of them are there.
        last = cosines[order[wanted - 1]]
        settled = cosines[order[-1]] < last - SAME_SCORE
        if settled or len(found) < asked or asked == len(store):
            return cosines[order[:wanted]], found[order[:wanted]]
        asked = min(2 * asked, len(store))


def _candidates(
    store: VectorStore, vector: Vectors, asked: int, shortlist: int
) -> tuple[Positions, Vectors]:
    """Return at most `asked` positions, rising, that the index proposes, and their vectors."""
    depth = min(max(asked, shortlist), len(store))
    found = store.search(vector[np.newaxis], depth)[1][0]
    found = np.sort(found[found >= 0])
    vectors = store.fetch(found)
    if len(found) > asked:
        # float64 is slow on a long shortlist; float32 tells which of it cannot be among the
        # best. Not as a matrix product, which would wake a second thread.
        cosines = np.einsum("ij,j->i", vectors, vector)
        nearest = np.sort(np.argpartition(-cosines, asked - 1)[:asked])
        found, vectors = found[nearest], vectors[nearest]
    return found, vectors


def _rows(vectors: Sequence[Vectors], dim: int) -> Vectors:
    """Stack vectors, perhaps none; shape (n, dim)."""
    return np.array(vectors, dtype=np.float32).reshape(len(vectors), dim)


def exact_cosines(vectors: Vectors, query: Vectors) -> Floats:
    """Return the canonical scores: inner products in float64 of float32 unit vectors.

    Parameters
    ----------
    vectors, query:
        Shapes (n, dim) and (dim,).

    Returns
    -------
    float64 in [-1, 1], shape (n,).
    """
    # Row by row, so that the sum does not depend on which other rows are asked about.
    products = vectors.astype(np.float64) * query.astype(np.float64)
    cosines: Floats = np.clip(products.sum(axis=1), -1.0, 1.0)
    return cosines


def _on_metric(cosines: Floats, metric: str) -> Floats:
    # On unit vectors |q - d|^2 = 2 - 2c.
    return 2.0 - 2.0 * cosines if metric == "squared_l2" else cosines


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


def _check_parts(corpus: Corpus, encoder: Encoder, spec: IndexSpec | None = None) -> None:
    check_kind(corpus, Corpus, "make one of texts with Corpus.from_texts", CorpusError)
    check_kind(encoder, Encoder, "load one with load_encoder", EncoderError)
    if spec is not None:
        check_kind(spec, IndexSpec, "write IndexSpec('Flat') or another", IndexSpecError)


def _check_belong_together(vectors: Vectors, corpus: Corpus, encoder: Encoder) -> None:
    if len(vectors) != len(corpus):
        raise CorpusError(
            f"The index holds {len(vectors)} vectors, and {len(corpus)} texts were given; give the "
            "text of each vector, in the order in which they were added."
        )
    if vectors.shape[1] != encoder.dim:
        raise EncoderError(
            f"The index holds vectors of {vectors.shape[1]} numbers, and {encoder.name} makes "
            f"{encoder.dim}; load the encoder that made them."
        )
    places = np.linspace(0, len(corpus) - 1, min(SPOT_CHECKS, len(corpus))).astype(int).tolist()
    encoded = embed_documents(encoder, [corpus.texts[place] for place in places])
    for place, vector in zip(places, encoded, strict=True):
        cosine = float(exact_cosines(vectors[place : place + 1], vector)[0])
        if cosine < SAME_TEXT:
            raise EncoderError(
                f"Vector {place} of the index is not what {encoder.name} makes of text {place} "
                f"(cosine {cosine:.2f}); give the texts in the order of the index, and the encoder "
                "that made it."
            )


def _check_saved_with(saved: object, encoder: Encoder) -> None:
    with_what = saved if isinstance(saved, dict) else {}
    if with_what.get("fingerprint") != encoder.fingerprint:
        raise EncoderError(
            f"This engine was saved with '{str(with_what.get('name'))[:80]}', and "
            f"'{encoder.name}' has another fingerprint; load the encoder that embedded it."
        )


def _check_query(query: str) -> None:
    if not isinstance(query, str):
        raise QueryError(f"The query is a {type(query).__name__}; give a text.")
    if not query.strip():
        raise QueryError("The query is empty; write what you are looking for.")
