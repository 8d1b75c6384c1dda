"""The engine: a collection, an encoder and an index, and the scores that come out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from search_core.corpus import Corpus
from search_core.encoder import Encoder, Progress, Vectors
from search_core.errors import LabelsError, QueryError
from search_core.features import FEATURE_NAMES, FeatureSpace
from search_core.hits import Hits
from search_core.index.faiss_store import FaissStore
from search_core.index.spec import IndexSpec
from search_core.index.store import VectorStore
from search_core.labels import Labels
from search_core.normalizers.background import Background, CollectionBackground, background_queries
from search_core.pairs import ScoredPairs, query_key
from search_core.scale import COSINE, METRIC_SCALES, ScoreScale

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

REMEMBERED_QUERIES = 256  # search, background and features of one query encode it once
SPARE_CANDIDATES = 16  # beyond k, so that ties at the last place are settled by position


class SearchEngine:
    """Searches a collection; every score it gives is exact, whatever the index.

    The index proposes candidates. Their score is computed again from the stored float32 vectors
    in float64, and ties go to the earlier position in the collection, so one pair of texts has one
    score under every index. Safe to use from several threads.

    Attributes
    ----------
    corpus, encoder, spec:
        What it was built from.
    vectors:
        float32 unit vectors of the documents, shape (n, dim), read-only.
    scale:
        What its scores mean.
    """

    def __init__(self, corpus: Corpus, encoder: Encoder, spec: IndexSpec, vectors: Vectors) -> None:
        """Index vectors that are already there; `build` embeds the texts first."""
        self.corpus = corpus
        self.encoder = encoder
        self.spec = spec
        self.vectors = vectors
        self.vectors.flags.writeable = False
        self.scale: ScoreScale = METRIC_SCALES[spec.metric].from_source(encoder.fingerprint)
        self._store: VectorStore = FaissStore(spec, encoder.dim)
        self._store.add(np.arange(len(corpus), dtype=np.int64), vectors)
        self._recent: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.RLock()

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        encoder: Encoder,
        spec: IndexSpec | None = None,
        progress: Progress | None = None,
    ) -> SearchEngine:
        """Embed a collection and index it.

        Parameters
        ----------
        corpus, encoder:
            What to search, and the model that embeds it.
        spec:
            The index; "Flat" by squared L2 if not given.
        progress:
            Called with (documents done, documents in all); may raise to stop.

        Raises
        ------
        IndexSpecError
            The index cannot be built, or has too few vectors to be trained on.
        """
        vectors = encoder.encode_documents(corpus.texts, progress)
        return cls(corpus, encoder, spec or IndexSpec(), vectors)

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
        return cls.build(Corpus.from_texts(dict.fromkeys(labels.texts)), encoder, None, progress)

    def search(self, query: str, k: int = 10) -> Hits:
        """Return the k best hits; all documents where there are fewer than k.

        Raises
        ------
        QueryError
            The query is no text or blank, or k is no whole number of 1 or more.
        """
        _check_k(k)
        cosines, positions = self._nearest(self.query_vector(query), k)
        return Hits(
            query=query,
            positions=tuple(positions.tolist()),
            ids=tuple(self.corpus.ids[place] for place in positions),
            texts=tuple(self.corpus.texts[place] for place in positions),
            scores=_on_metric(cosines, self.spec.metric),
            scale=self.scale,
        )

    def search_many(self, queries: Iterable[str], k: int = 10) -> list[Hits]:
        """Return the hits of each query, as `search` does; the queries are embedded together."""
        queries = list(queries)
        self._remember(queries)
        return [self.search(query, k) for query in queries]

    def background(self, query: str) -> Background:
        """Return where this query's scores fall in the whole collection.

        Raises
        ------
        QueryError
            The query is no text or blank.
        """
        return self.collection_background.of_query(self.query_vector(query))

    @property
    def collection_background(self) -> CollectionBackground:
        """What the background of every query shares; computed when first asked for."""
        with self._lock:
            return self._collection_background

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
            A document id is not in the collection, or the labels hold scores alone.
        """
        texts = self._texts_of(labels)
        return self._pairs(
            labels.queries,
            texts,
            relevance=labels.relevance,
            graded=labels.reading.kind == "graded",
            rows=labels.rows,
            split=labels.split,
            progress=progress,
        )

    def score_texts(self, query: str, texts: Sequence[str]) -> ScoredPairs:
        """Turn one query and some texts into features; relevance is NaN.

        Raises
        ------
        QueryError
            The query is no text or blank.
        """
        _check_query(query)
        return self._pairs([query] * len(texts), texts, relevance=np.full(len(texts), np.nan))

    def query_vector(self, query: str) -> Vectors:
        """Return the query's unit vector, float32, shape (dim,).

        Raises
        ------
        QueryError
            The query is no text or blank.
        """
        _check_query(query)
        with self._lock:
            known = self._recent.get(query)
            if known is not None:
                self._recent.move_to_end(query)
                return known
        vector: Vectors = self._remember([query])[0]
        return vector

    def _remember(self, queries: Sequence[str]) -> Vectors:
        for query in queries:
            _check_query(query)
        vectors = self.encoder.encode_queries(queries)
        with self._lock:
            self._recent.update(zip(queries, vectors, strict=True))
            while len(self._recent) > max(REMEMBERED_QUERIES, len(queries)):
                self._recent.popitem(last=False)
        return vectors

    @cached_property
    def _collection_background(self) -> CollectionBackground:
        asked = self.encoder.encode_queries(background_queries())
        return CollectionBackground.build(self.vectors, asked)

    @cached_property
    def _features(self) -> FeatureSpace:
        return FeatureSpace.build(self.vectors, self.corpus.texts)

    def _nearest(self, vector: Vectors, k: int) -> tuple[Floats, Positions]:
        """Return exact cosines and positions of the k best, best first."""
        wanted = min(k, len(self.corpus))
        asked = min(wanted + SPARE_CANDIDATES, len(self.corpus))
        while True:
            found = self._store.search(vector[np.newaxis], asked)[1][0]
            found = np.sort(found[found >= 0])
            cosines = _cosines(self._store.fetch(found), vector)
            order = np.argsort(-cosines, kind="stable")
            if len(found) <= wanted:  # an approximate index may find fewer than were asked for
                return cosines[order], found[order]
            # float32 noise of the index can order equal scores anyhow, so where more documents
            # than were asked for share the last place, ask again until all of them are there.
            tied = np.isclose(cosines[order[wanted - 1 :]], cosines[order[wanted - 1]], atol=1e-6)
            if not tied.all() or len(found) < asked or asked == len(self.corpus):
                return cosines[order[:wanted]], found[order[:wanted]]
            asked = min(2 * asked, len(self.corpus))

    def _texts_of(self, labels: Labels) -> Sequence[str]:
        if labels.texts:
            return labels.texts
        if not labels.doc_ids:
            raise LabelsError(
                "These labels hold scores without texts; use score_pairs, which needs no engine."
            )
        for row, name in zip(labels.rows, labels.doc_ids, strict=True):
            if name not in self.corpus.position_of_id:
                raise LabelsError(
                    f"Row {row}, column 'doc_id': '{name}' is not a document of this collection "
                    f"({len(self.corpus)} documents); use its ids, or give the text itself.",
                    row=row,
                    column="doc_id",
                )
        return [self.corpus.texts[self.corpus.position_of_id[name]] for name in labels.doc_ids]

    def _pairs(
        self,
        queries: Sequence[str],
        texts: Sequence[str],
        *,
        relevance: Floats,
        graded: bool = False,
        rows: tuple[int, ...] = (),
        split: tuple[str, ...] = (),
        progress: Progress | None = None,
    ) -> ScoredPairs:
        with self._lock:
            space = self._features
        features = space.features(
            queries, self._query_vectors(queries), texts, self._text_vectors(texts, progress)
        )
        return ScoredPairs(
            queries=tuple(query_key(query) for query in queries),
            relevance=relevance,
            features=features,
            feature_names=FEATURE_NAMES,
            scale=COSINE.from_source(self.encoder.fingerprint),
            texts=tuple(texts),
            graded=graded,
            rows=rows,
            split=split,
            corpus_fingerprint=self.corpus.fingerprint,
            corpus_size=len(self.corpus),
        )

    def _query_vectors(self, queries: Sequence[str]) -> Vectors:
        distinct = list(dict.fromkeys(queries))
        if len(distinct) == 1:
            vectors = self.query_vector(distinct[0])[np.newaxis]
        else:
            vectors = self.encoder.encode_queries(distinct)
        place = {query: n for n, query in enumerate(distinct)}
        return vectors[[place[query] for query in queries]]

    def _text_vectors(self, texts: Sequence[str], progress: Progress | None) -> Vectors:
        known = self.corpus.position_of_text
        new = [text for text in dict.fromkeys(texts) if text not in known]
        encoded = self.encoder.encode_documents(new, progress)
        place = {text: n for n, text in enumerate(new)}
        return np.array(
            [self.vectors[known[text]] if text in known else encoded[place[text]] for text in texts]
        ).reshape(len(texts), self.encoder.dim)


def _cosines(vectors: Vectors, query: Vectors) -> Floats:
    """Exact inner products of float32 unit vectors, in float64, within [-1, 1]."""
    # Row by row, so that the sum does not depend on which other rows are asked about.
    products = vectors.astype(np.float64) * query.astype(np.float64)
    cosines: Floats = np.clip(products.sum(axis=1), -1.0, 1.0)
    return cosines


def _on_metric(cosines: Floats, metric: str) -> Floats:
    # On unit vectors |q - d|^2 = 2 - 2c.
    return 2.0 - 2.0 * cosines if metric == "squared_l2" else cosines


def _check_query(query: str) -> None:
    if not isinstance(query, str):
        raise QueryError(f"The query is a {type(query).__name__}; give a text.")
    if not query.strip():
        raise QueryError("The query is empty; write what you are looking for.")


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise QueryError(f"k is {k!r}; it must be a whole number of 1 or more.")
