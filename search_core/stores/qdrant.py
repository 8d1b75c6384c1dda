"""Qdrant: a collection on a server or in a folder, as a store."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

from search_core.errors import StoreError
from search_core.extras import extra
from search_core.scale import COSINE
from search_core.stores.faults import (
    check_asked,
    check_made,
    check_there,
    checked_queries,
    one_query,
    reaching,
)
from search_core.stores.protocol import (
    MOST_WITHIN,
    Ability,
    Asked,
    StoreFingerprint,
    StoreHits,
    StoreRows,
)
from search_core.stores.rescoring import SLACK, proposals_for, rescored, unit_rows
from search_core.vectors import Vectors

ENGINES_OF = {"Cosine": "qdrant-cosine", "Dot": "qdrant-dot", "Euclid": "qdrant-euclid"}
MOST_NUMBERS, LONGEST_NUMBER = 2**64, 20  # an id is an unsigned number of 64 bits
OWN_ID = "score_sense_id"  # the key of a payload that keeps an id that Qdrant takes for none
MODEL = "score_sense_model"  # the key of a collection's metadata that keeps the encoder


class QdrantStore:
    """A collection of Qdrant; nothing but `create` and `add` changes it.

    Attributes
    ----------
    scale, can:
        As a `ScoredStore` has them.
    """

    scale = COSINE
    can: frozenset[Ability] = frozenset({"vectors", "range", "sample", "exact", "filter", "write"})

    def __init__(
        self, client: Any, collection: str, *, vector: str = "", text: str = "text"
    ) -> None:
        """Open a collection that is there.

        Parameters
        ----------
        client:
            A `QdrantClient`; its timeout is the one that counts.
        collection, vector:
            The names of the collection, and of its vector where that has one.
        text:
            The key of the payload that holds a row's text.

        Raises
        ------
        StoreError
            There is no such collection or vector, its distance leads to no cosine, or Qdrant
            cannot be reached.
        """
        self._client, self._collection = client, collection
        self._vector, self._text = vector, text
        with self._reaching():
            there = [each.name for each in client.get_collections().collections]
        check_there("Qdrant", collection, there)
        params = self._params()
        self._dim = int(params.size)
        self._metric = str(getattr(params.distance, "value", params.distance))
        if self._metric not in ENGINES_OF:
            raise StoreError(
                f"Collection '{collection}' compares by {self._metric}, from which no cosine "
                f"follows; open one that compares by {', '.join(ENGINES_OF)}."
            )

    @classmethod
    def create(
        cls, client: Any, collection: str, dim: int, *, model: str = "", text: str = "text"
    ) -> QdrantStore:
        """Make a collection that compares by cosine, where it is not there yet, and open it.

        Parameters
        ----------
        client, collection, text:
            As for a `QdrantStore`.
        dim:
            Numbers of a vector.
        model:
            The encoder's fingerprint, kept in the metadata.

        Raises
        ------
        StoreError
            As for a `QdrantStore`.
        """
        models = _models()
        with reaching("Qdrant", collection):
            if not client.collection_exists(collection):
                params = models.VectorParams(size=dim, distance=models.Distance.COSINE)
                client.create_collection(
                    collection, vectors_config=params, metadata={MODEL: model} if model else None
                )
        made = cls(client, collection, text=text)
        check_made(made.fingerprint, dim, model)
        return made

    @property
    def fingerprint(self) -> StoreFingerprint:
        """Which collection it is, and how it is searched; see `ScoredStore`."""
        with self._reaching():
            about, server = self._client.get_collection(self._collection), self._client.info()
        config = about.config
        quantised = self._params().quantization_config or config.quantization_config
        graph = f"HNSW, m = {config.hnsw_config.m}"
        return StoreFingerprint(
            engine=ENGINES_OF[self._metric],
            version=str(server.version),
            collection=self._collection,
            metric=self._metric,
            dim=self._dim,
            count=self.count(),
            index=graph if about.indexed_vectors_count else "none: every vector is compared",
            quantisation=type(quantised).__name__ if quantised else "",
            model=str((getattr(config, "metadata", None) or {}).get(MODEL, "")),
        )

    def search(self, asked: Asked, k: int, where: Any = None, exact: bool = False) -> StoreHits:
        """Return the k best hits of each query; see `ScoredStore`."""
        found = self._proposed(asked, proposals_for(k), where, exact=exact)
        return rescored(self._queries(asked), found, k)

    def within(
        self, asked: Asked, score: float, where: Any = None, limit: int = MOST_WITHIN
    ) -> StoreHits:
        """Return the hits of one query at this cosine or better; see `ScoredStore`."""
        queries, loose = one_query(self._queries(asked)), score - SLACK
        border = max(0.0, 2.0 - 2.0 * loose) ** 0.5 if self._metric == "Euclid" else loose
        found = self._proposed(queries, proposals_for(limit), where, exact=True, border=border)
        return rescored(
            queries, found, limit, least=score,
            is_complete=len(found[0].ids) <= limit,
        )  # fmt: skip

    def sample(self, n: int, seed: int, where: Any = None) -> StoreRows:  # noqa: ARG002
        """Return n rows as Qdrant draws them, which takes no seed; see `ScoredStore`."""
        models = _models()
        with self._reaching():
            found = self._client.query_points(
                self._collection,
                query=models.SampleQuery(sample=models.Sample.RANDOM),
                using=self._vector or None,
                query_filter=_filter(where),
                limit=n,
                with_payload=self._keys,
                with_vectors=self._with_vectors,
            )
        return self._rows(found.points, "uniform")

    def fetch(self, ids: Sequence[str]) -> StoreRows:
        """Return the rows of these ids; see `ScoredStore`."""
        with self._reaching():
            found = self._client.retrieve(
                self._collection,
                [_point_id(name) for name in ids],
                with_payload=self._keys,
                with_vectors=self._with_vectors,
            )
        return self._rows(found)

    def count(self, where: Any = None) -> int:
        """Return how many rows there are."""
        with self._reaching():
            return int(
                self._client.count(self._collection, count_filter=_filter(where), exact=True).count
            )

    def add(self, ids: Sequence[str], vectors: Vectors, texts: Sequence[str] = ()) -> None:
        """Put rows in; see `WritableStore`.

        An id that is neither a whole number nor a UUID is kept in the payload.
        """
        check_asked(vectors.shape[1], self._dim, self._collection)
        payloads = [
            ({} if str(_point_id(name)) == name else {OWN_ID: name})
            | ({self._text: texts[row]} if texts else {})
            for row, name in enumerate(ids)
        ]
        rows: Any = vectors.tolist()
        batch = _models().Batch(
            ids=[_point_id(name) for name in ids],
            vectors={self._vector: rows} if self._vector else rows,
            payloads=payloads,
        )
        with self._reaching():
            self._client.upsert(self._collection, batch, wait=True)

    @property
    def _keys(self) -> list[str]:
        return [self._text, OWN_ID]

    @property
    def _with_vectors(self) -> bool | list[str]:
        return [self._vector] if self._vector else True

    def _reaching(self) -> AbstractContextManager[None]:
        return reaching("Qdrant", self._collection)

    def _params(self) -> Any:
        with self._reaching():
            vectors = self._client.get_collection(self._collection).config.params.vectors
        named = vectors if isinstance(vectors, dict) else {"": vectors}
        if self._vector not in named:
            has = ", ".join(f"'{name}'" for name in named if name) or "one without a name"
            raise StoreError(
                f"Collection '{self._collection}' has no dense vector '{self._vector}'; it has "
                f"{has}."
            )
        return named[self._vector]

    def _queries(self, asked: Asked) -> Vectors:
        return checked_queries(asked, self._dim, self._collection)

    def _proposed(
        self, asked: Asked, depth: int, where: Any, *, exact: bool, border: float | None = None
    ) -> list[StoreRows]:
        models, queries = _models(), self._queries(asked)
        with self._reaching():
            requests = [
                models.QueryRequest(
                    query=query,
                    using=self._vector or None,
                    filter=_filter(where),
                    params=models.SearchParams(exact=True) if exact else None,
                    limit=depth,
                    score_threshold=border,
                    with_payload=self._keys,
                    with_vector=self._with_vectors,
                )
                for query in queries.tolist()
            ]
            answers = self._client.query_batch_points(self._collection, requests)
        return [self._rows(answer.points) for answer in answers]

    def _rows(self, points: Sequence[Any], how: str = "") -> StoreRows:
        payloads = [point.payload or {} for point in points]
        ids = tuple(
            str(payload.get(OWN_ID, point.id))
            for point, payload in zip(points, payloads, strict=True)
        )
        texts = tuple(str(payload.get(self._text) or "") for payload in payloads)
        given = [point.vector[self._vector] if self._vector else point.vector for point in points]
        vectors = unit_rows(ids, given, self._dim, any_length=self._metric == "Cosine")
        return StoreRows(ids, texts, vectors, how)


def _models() -> Any:
    with extra("qdrant"):
        from qdrant_client import models
    return models


def _filter(where: Any) -> Any:
    """Return a filter as it is, if it is one."""
    if where is not None and not isinstance(where, _models().Filter):
        raise StoreError(
            f"Qdrant takes a models.Filter as where, and a {type(where).__name__} was given."
        )
    return where


def _point_id(name: str) -> int | str:
    """Return what Qdrant takes for an id: a whole number, a UUID, or one made of the name.

    Only as Qdrant writes them: "07" and "7" are two ids, and so are a UUID in capitals and itself.
    """
    is_short = name.isascii() and name.isdecimal() and len(name) <= LONGEST_NUMBER
    if is_short and str(int(name)) == name and int(name) < MOST_NUMBERS:
        return int(name)
    with suppress(ValueError):
        if str(uuid.UUID(name)) == name:
            return name
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))
