"""Searches a store that is full already, as `SearchEngine` searches a collection."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from search_core.collection import doubted
from search_core.embedding import QueryVectors, check_query, embed_documents, unknown_shares
from search_core.encoder import Encoder
from search_core.errors import InputError, QueryError, StoreError, several, whole_number
from search_core.features import FeatureSpace
from search_core.hits import Hits
from search_core.labels.labels import Labels
from search_core.mistakes import explain_mistakes
from search_core.normalizers.background import Background
from search_core.normalizers.unrelated_scores import UnrelatedCut, UnrelatedScores
from search_core.pairs import ScoredPairs
from search_core.scale import COSINE, ScoreScale
from search_core.stores import pairs as store_pairs
from search_core.stores.background import background_in, unrelated_to
from search_core.stores.checks import check_encoder_of, check_rows_of, check_sample_of
from search_core.stores.protocol import MOST_WITHIN, Asked, ScoredStore, StoreHits, require
from search_core.stores.ranges import StoreRange, range_of
from search_core.stores.sample import StoreSample
from search_core.unread import Unread, unread_of
from search_core.vectors import Vectors, unit_query

Query: TypeAlias = str | npt.NDArray[np.floating[Any]] | Sequence[float]
"""A text, or a unit vector of shape (dim,)."""

NEAREST = 10  # hits that a query's background looks at
OTHER_FILTER = (
    "These hits passed a filter that thresholds and rarity were not measured under; draw the "
    "sample and fit the calibrator under it to be sure."
)


@explain_mistakes
class StoreEngine:
    """Searches a store that others fill and that is too large to be listed; changes nothing there.

    Hits are on the cosine. Where the store hands out vectors, their scores are computed again in
    float64, so a calibrator fitted elsewhere on the same model's vectors states the same here.
    Safe to use from several threads, as far as the store's client is.

    Attributes
    ----------
    store, encoder:
        What is searched, and the model that made its vectors; None where the store embeds what it
        is asked.
    sample:
        What was drawn from the store.
    where:
        The filter that every search has which gives none of its own.
    scale:
        What the scores of its hits mean.
    notes:
        What to bear in mind of every search, in sentences.

    Examples
    --------
    >>> texts = ["The cat sleeps on the sofa.", "A dog barks at night.", "Feed the fish daily."]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> over = sc.StoreEngine.open(sc.LocalStore(engine), encoder)
    >>> over.search("a dog barks", k=1).texts
    ('A dog barks at night.',)
    """

    def __init__(
        self,
        store: ScoredStore,
        sample: StoreSample,
        encoder: Encoder | None = None,
        where: Any = None,
    ) -> None:
        """Put together what belongs together; `open` sees to that."""
        self.store, self.sample, self.encoder, self.where = store, sample, encoder, where
        self.scale: ScoreScale = COSINE.from_source(encoder.fingerprint if encoder else "")
        change = sample.change(store.count(where)) if sample.count else ""
        self.notes: tuple[str, ...] = (change,) if change else ()
        self._queries = QueryVectors(encoder) if encoder else None

    @classmethod
    def open(
        cls,
        store: ScoredStore,
        encoder: Encoder | None = None,
        *,
        sample: StoreSample | str | Path | None = None,
        where: Any = None,
        background_queries: Iterable[str] | None = None,
    ) -> StoreEngine:
        """Search a store, after a look at whether store, sample and encoder belong together.

        Parameters
        ----------
        store:
            One that is full already.
        encoder:
            The model that made its vectors; needed unless the store embeds what it is asked.
        sample:
            What was drawn before, or the file that it was saved to; drawn now if not given, which
            takes one search for each of a hundred unrelated questions.
        where:
            A filter in the store's language, which every search then has. Whatever is measured is
            about the rows that pass it.
        background_queries:
            As for `StoreSample.draw`.

        Raises
        ------
        StoreError
            The store cannot be reached, has no rows, or the sample is of another one.
        EncoderError
            Another model made the stored vectors, by the collection's metadata or by a few texts
            that are embedded again.
        InputError
            The file holds no sample, or the background queries are too few.
        """
        if where is not None:
            require(store, "filter", "open it without where")
        if encoder is None and "texts" not in store.can:
            raise StoreError(
                f"A {type(store).__name__} is searched by vectors; give the encoder that made them."
            )
        known = StoreSample.load(sample) if isinstance(sample, str | Path) else sample
        fingerprint = store.fingerprint
        if encoder is not None:
            check_encoder_of(fingerprint, encoder)
        if known is None:
            known = StoreSample.draw(
                store, encoder, where=where, background_queries=background_queries
            )
        check_sample_of(known, fingerprint, encoder, where)
        if sample is not None:
            check_rows_of(known, store)
        return cls(store, known, encoder, where)

    def __repr__(self) -> str:
        return f"<StoreEngine over {self.sample.fingerprint.words}>"

    def search(
        self, query: Query, k: int = 10, *, where: Any = None, exact: bool = False, offset: int = 0
    ) -> Hits:
        """Return the k best hits of a query.

        Parameters
        ----------
        query:
            A text, or a unit vector of shape (dim,).
        k, offset:
            How many, from which rank on, counted from 0: the third page of ten begins at 20.
        where:
            A filter in the store's language, in place of the engine's own; the hits carry a note
            where nothing was measured under it.
        exact:
            Compare every vector, without an approximate index.

        Raises
        ------
        QueryError
            The query is blank, of another length or not of unit norm, or k is no whole number of 1
            or more.
        StoreError
            The store cannot be reached, or cannot filter or search exactly.
        """
        return self.search_many([query], k, where=where, exact=exact, offset=offset)[0]

    def search_many(
        self,
        queries: Iterable[Query],
        k: int = 10,
        *,
        where: Any = None,
        exact: bool = False,
        offset: int = 0,
    ) -> list[Hits]:
        """Return the hits of each query, as `search` does, in one batch.

        Parameters
        ----------
        queries:
            Texts, or unit vectors of shape (dim,).
        k, where, exact, offset:
            As for `search`.

        Raises
        ------
        QueryError, StoreError
            As for `search`; also queries that are no list.
        """
        k = whole_number(k, "k", QueryError)
        if offset:
            offset = whole_number(offset, "offset", QueryError)
        if exact:
            require(self.store, "exact", "leave exact out")
        given = several(queries, "queries", QueryError)
        if not given:
            return []
        asked = self._asked(given)
        found = self.store.search(asked, offset + k, self._filter(where), exact)
        return [
            self._hits(found, index, query, asked, where, offset)
            for index, query in enumerate(given)
        ]

    def within(
        self, query: Query, cosine: float, *, where: Any = None, limit: int = MOST_WITHIN
    ) -> StoreRange:
        """Return all hits from a cosine on, at most `limit`, and how many there are.

        Parameters
        ----------
        query, where:
            As for `search`.
        cosine:
            Such as `calibrator.score_reaching(0.5)` of a calibrator on cosines.
        limit:
            More are counted by what was drawn, with an interval.

        Raises
        ------
        QueryError, StoreError
            As for `search`.
        """
        limit = whole_number(limit, "limit", QueryError)
        if not math.isfinite(cosine):
            raise QueryError(f"The cosine is {cosine}; give a finite number, such as 0.5.")
        asked = self._asked([query])
        found = self.store.within(asked, float(cosine), self._filter(where), limit)
        hits = self._hits(found, 0, query, asked, where, 0)
        is_measured = self._is_measured(where)
        vector = None if isinstance(asked[0], str) else asked[0]
        exact = "exact" in self.store.can and found.is_complete
        rows = self.sample.rows if is_measured and vector is not None and not exact else None
        count = self.store.count(self._filter(where)) if rows is not None and len(rows) else 0
        has_all = count == self.sample.count == len(self.sample.rows)
        return range_of(
            hits, float(cosine), found.is_complete, exact, rows, vector, count, has_all=has_all
        )

    def background(self, query: Query) -> Background:
        """Return where a query's scores fall: among the rows drawn, and its best hits of all rows.

        Raises
        ------
        QueryError, StoreError
            As for `search`.
        """
        return self.background_of(self.search(query, NEAREST))

    def background_of(self, hits: Hits) -> Background:
        """Return `background` of a query that was searched for already, without another search.

        Parameters
        ----------
        hits:
            Of this store, the best first; what is said of the nearest texts rests on these.
        """
        found = background_in(self.sample, hits)
        return doubted(found, self.unread(hits.query, hits.texts[:1]) if hits.query else None)

    def unrelated_to(self, query: str) -> UnrelatedScores:
        """Return how unrelated questions do here, and why a query is not compared with them.

        One in a language that the rows drawn do not have is compared with none.
        """
        return unrelated_to(self.sample, query)

    def cut_for_unrelated(self, share: float = 0.05) -> UnrelatedCut:
        """Return the threshold that at most a share of unrelated questions passes.

        See `SearchEngine.cut_for_unrelated`; the questions were searched for in all of the store.

        Raises
        ------
        InputError
            As there.
        """
        unrelated = self.sample.unrelated
        cosine, reached, bound = unrelated.cut(share)
        return UnrelatedCut(cosine, cosine, self.scale, reached, bound, unrelated.words)

    def unread(self, query: str, texts: Sequence[str]) -> Unread | None:
        """Return what the model cannot read of `query` and `texts`; None where that is unknown."""
        encoder = self.encoder
        if encoder is None:
            return None
        return unread_of(
            query, texts, partial(unknown_shares, encoder), partial(embed_documents, encoder)
        )

    @property
    def features(self) -> FeatureSpace:
        """The rows drawn, ready to describe pairs; they also decide what a word weighs.

        Raises
        ------
        StoreError
            The store shows scores alone.
        """
        return store_pairs.space_of(self)

    def score_hits(self, hits: Iterable[Hits]) -> ScoredPairs:
        """Turn hits into features, as `Collection.score_hits` does, by two more searches.

        Raises
        ------
        StoreError
            The store shows scores alone, or cannot be reached.
        InputError
            The hits are no list.
        """
        return store_pairs.of_hits(self, several(hits, "hits", InputError))

    def score_texts(self, query: str, texts: Sequence[str]) -> ScoredPairs:
        """Turn texts into features, as `Collection.score_texts` does; they are embedded here.

        Raises
        ------
        QueryError
            The query is blank.
        InputError
            The texts are no list.
        StoreError
            As for `score_hits`.
        """
        check_query(query)
        given = several(texts, "texts", InputError)
        return store_pairs.of_texts(self, [query] * len(given), given)

    def score_labels(self, labels: Labels) -> ScoredPairs:
        """Turn labelled rows into features, so that a calibrator can be fitted for this store.

        Parameters
        ----------
        labels:
            With texts, which are embedded here, or with ids of rows of the store.

        Raises
        ------
        LabelsError
            An id that the store does not have, or labels of scores alone.
        StoreError
            As for `score_hits`.
        """
        return store_pairs.of_labels(self, labels)

    def query_vectors(self, queries: Sequence[str]) -> Vectors:
        """Return the unit vectors of `queries`, float32, shape (n, dim).

        Raises
        ------
        StoreError
            There is no encoder.
        """
        if self._queries is None:
            raise StoreError("This store shows scores alone, and there is no encoder; give one.")
        return self._queries.of(queries)

    def _filter(self, where: Any) -> Any:
        if where is None:
            return self.where
        require(self.store, "filter", "search it without where")
        return where

    def _is_measured(self, where: Any) -> bool:
        return where is None or str(where) == self.sample.where

    def _asked(self, queries: Sequence[Query]) -> Asked:
        """Return queries as the store takes them: in words, or as vectors."""
        texts = [query for query in queries if isinstance(query, str)]
        if len(texts) == len(queries):
            for text in texts:
                check_query(text)
            return texts if "texts" in self.store.can else self.query_vectors(texts)
        if texts:
            raise QueryError("Texts and vectors were asked at once; ask either in a batch.")
        dim = self.sample.fingerprint.dim
        return np.array([unit_query(query, dim) for query in queries], dtype=np.float32)

    def _hits(
        self, found: StoreHits, index: int, query: Query, asked: Asked, where: Any, offset: int
    ) -> Hits:
        text = query if isinstance(query, str) else ""
        vector = None if isinstance(asked[index], str) else np.asarray(asked[index])
        texts = found.texts[index][offset:]
        unread = self.unread(text, texts) if text else None
        return Hits(
            query=text,
            positions=(),
            ids=found.ids[index][offset:],
            texts=texts,
            scores=found.scores[index][offset:],
            scale=self.scale,
            notes=(
                *self.notes,
                *(() if self._is_measured(where) else (OTHER_FILTER,)),
                *(unread.sentences if unread else ()),
            ),
            query_vector=vector,
        )
