"""Milvus: a collection on a server or in a file, as a store."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

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

ENGINES_OF = {"COSINE": "milvus-cosine", "IP": "milvus-ip", "L2": "milvus-l2"}
TEXT = "text"  # the usual field of texts
MODEL = "score_sense.model"  # the property of a collection that keeps the encoder
MOST_HITS = 16_384  # that Milvus returns for a query
LONGEST_ID, LONGEST_TEXT = 512, 65_535  # bytes of a field of Milvus
WALKED = 16_000  # ids listed at once: a file looks at all rows for each part
FETCHED = 1_000  # rows fetched at once
OWN_WRITES = "Session"  # a search sees at once what its client wrote
AS_WRITTEN = "Strong"  # a read sees all that was written; the usual one may miss some seconds
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r"})  # of an expression
OVERSAMPLED = 1.3  # rows drawn by segment come out a few more or less than asked for


class MilvusStore:
    """A collection of Milvus; nothing but `create` and `add` changes it.

    Attributes
    ----------
    scale, can:
        As a `ScoredStore` has them; it searches exactly where its index is FLAT.
    """

    scale = COSINE

    def __init__(self, client: Any, collection: str, *, vector: str = "", text: str = TEXT) -> None:
        """Open a collection that is there, and load it.

        Parameters
        ----------
        client:
            A `MilvusClient`.
        collection, vector, text:
            The names of the collection, of its vectors' field (the first one if not given), and of
            the field that holds a row's text.

        Raises
        ------
        StoreError
            There is no such collection or field, its metric leads to no cosine, or Milvus cannot be
            reached.
        """
        self._client, self._collection = client, collection
        with self._reaching():
            there = client.list_collections()
        check_there("Milvus", collection, there)
        with self._reaching():
            client.load_collection(collection)
            about = client.describe_collection(collection)
        fields = {field["name"]: field for field in about["fields"]}
        self._id = next(name for name, field in fields.items() if field.get("is_primary"))
        self._ids_are_numbers = fields[self._id]["type"] == _kinds().INT64
        self._vector = _vector_field(collection, fields, vector)
        self._text = _text_field(collection, about, text)
        self._dim = int(fields[self._vector]["params"]["dim"])
        self._longest = {
            name: int(fields[name]["params"]["max_length"])
            for name in (self._id, self._text)
            if "max_length" in fields.get(name, {}).get("params", {})
        }
        with self._reaching():
            names = client.list_indexes(collection, field_name=self._vector)
            index = client.describe_index(collection, names[0]) if names else {}
        self._index = str(index.get("index_type", ""))
        self._metric = str(index.get("metric_type", "")).upper()
        if self._metric not in ENGINES_OF:
            raise StoreError(
                f"Collection '{collection}' compares by {self._metric or 'nothing yet'}, from "
                f"which no cosine follows; index it by {', '.join(ENGINES_OF)}."
            )

    @classmethod
    def create(cls, client: Any, collection: str, dim: int, *, model: str = "") -> MilvusStore:
        """Make a collection that compares by inner product, where it is not there yet, and open it.

        Parameters
        ----------
        client, collection:
            As for a `MilvusStore`.
        dim:
            Numbers of a vector, which must be of unit length.
        model:
            The encoder's fingerprint, kept in the properties.

        Raises
        ------
        StoreError
            As for a `MilvusStore`.
        """
        kinds = _kinds()
        with reaching("Milvus", collection):
            if not client.has_collection(collection):
                schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
                schema.add_field("id", kinds.VARCHAR, is_primary=True, max_length=LONGEST_ID)
                schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dim)
                schema.add_field(TEXT, kinds.VARCHAR, max_length=LONGEST_TEXT)
                index = client.prepare_index_params()
                index.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
                properties = {MODEL: model} if model else {}
                client.create_collection(
                    collection,
                    schema=schema,
                    index_params=index,
                    properties=properties,
                    consistency_level=OWN_WRITES,
                )
        made = cls(client, collection)
        check_made(made.fingerprint, dim, model)
        return made

    @property
    def can(self) -> frozenset[Ability]:
        """What it does beside searching."""
        usual: frozenset[Ability] = frozenset({"vectors", "range", "sample", "filter", "write"})
        return usual | {"exact"} if self._index == "FLAT" else usual

    @property
    def fingerprint(self) -> StoreFingerprint:
        """Which collection it is, and how it is searched; see `ScoredStore`."""
        with self._reaching():
            version = str(self._client.get_server_version())
            about = self._client.describe_collection(self._collection)
        return StoreFingerprint(
            engine=ENGINES_OF[self._metric],
            version=version,
            collection=self._collection,
            metric=self._metric,
            dim=self._dim,
            count=self.count(),
            index=self._index,
            quantisation=self._index if {"SQ8", "PQ"} & set(self._index.split("_")) else "",
            model=str((about.get("properties") or {}).get(MODEL, "")),
        )

    def search(self, asked: Asked, k: int, where: Any = None, exact: bool = False) -> StoreHits:
        """Return the k best hits of each query; see `ScoredStore`."""
        if exact and "exact" not in self.can:
            raise StoreError(
                f"Milvus searches '{self._collection}' by its index, {self._index}, alone; index "
                "it by FLAT to search it exactly."
            )
        found = self._proposed(asked, proposals_for(k), where, {})
        return rescored(self._queries(asked), found, k)

    def within(
        self, asked: Asked, score: float, where: Any = None, limit: int = MOST_WITHIN
    ) -> StoreHits:
        """Return the hits of one query at this cosine or better; see `ScoredStore`."""
        queries, loose = one_query(self._queries(asked)), score - SLACK
        radius = max(0.0, 2.0 - 2.0 * loose) if self._metric == "L2" else loose
        depth = min(proposals_for(limit), MOST_HITS)
        found = self._proposed(queries, depth, where, {"radius": radius})
        return rescored(
            queries, found, limit, least=score,
            is_complete=len(found[0].ids) <= min(limit, depth - 1),
        )  # fmt: skip

    def sample(self, n: int, seed: int, where: Any = None) -> StoreRows:
        """Return n rows; see `ScoredStore`.

        A server draws them by segment; a file, which cannot, has all its ids walked through.
        """
        rng = np.random.default_rng(seed)
        count = self.count(where)
        drawn = self._drawn_by_segment(n, count, where)
        how = "by segment" if drawn else "uniform"
        known = drawn or self._walked(where)
        chosen = np.sort(rng.permutation(len(known))[:n]).tolist()
        return self._get([known[at] for at in chosen], how)

    def fetch(self, ids: Sequence[str]) -> StoreRows:
        """Return the rows of these ids; see `ScoredStore`."""
        if not self._ids_are_numbers:
            return self._get(list(ids))
        return self._get([int(name) for name in ids if _is_number(name)])

    def count(self, where: Any = None) -> int:
        """Return how many rows there are."""
        with self._reaching():
            (answer,) = self._client.query(
                self._collection,
                filter=_filter(where),
                output_fields=["count(*)"],
                consistency_level=AS_WRITTEN,
            )
        return int(answer["count(*)"])

    def add(self, ids: Sequence[str], vectors: Vectors, texts: Sequence[str] = ()) -> None:
        """Put rows in; see `WritableStore`."""
        check_asked(vectors.shape[1], self._dim, self._collection)
        self._check_length(self._id, ids, ids)
        if texts and not self._text:
            raise StoreError(
                f"Collection '{self._collection}' has no field '{TEXT}', and texts were given; "
                "name the field that holds them, or leave the texts out."
            )
        self._check_length(self._text, ids, texts)
        named = self._keys(ids)
        rows = [
            {self._id: name, self._vector: vectors[row]}
            | ({self._text: texts[row] if texts else ""} if self._text else {})
            for row, name in enumerate(named)
        ]
        with self._reaching():
            self._client.upsert(self._collection, rows)

    @property
    def _fields(self) -> list[str]:
        return [self._vector, self._text] if self._text else [self._vector]

    def _reaching(self) -> AbstractContextManager[None]:
        return reaching("Milvus", self._collection)

    def _queries(self, asked: Asked) -> Vectors:
        return checked_queries(asked, self._dim, self._collection)

    def _keys(self, ids: Sequence[str]) -> Sequence[Any]:
        """Return ids as the collection has them."""
        if not self._ids_are_numbers:
            return ids
        for name in ids:
            if not _is_number(name):
                raise StoreError(
                    f"The ids of '{self._collection}' are whole numbers, and '{name[:40]}' was "
                    "given; write each as Milvus shows it, such as 7 and not 07."
                )
        return [int(name) for name in ids]

    def _check_length(self, field: str, ids: Sequence[str], cells: Sequence[str]) -> None:
        most = self._longest.get(field, sys.maxsize)
        for name, cell in zip(ids, cells, strict=bool(cells)):
            length = len(cell.encode(errors="surrogatepass"))
            if length > most:
                raise StoreError(
                    f"The field '{field}' of '{self._collection}' takes {most:,} bytes, and that "
                    f"of the row '{name[:40]}' has {length:,}; shorten it."
                )

    def _proposed(
        self, asked: Asked, depth: int, where: Any, params: dict[str, float]
    ) -> list[StoreRows]:
        if depth > MOST_HITS:
            raise StoreError(
                f"Milvus returns at most {MOST_HITS:,} hits, and {depth:,} were needed; ask for "
                "fewer, or filter."
            )
        with self._reaching():
            answers = self._client.search(
                self._collection,
                data=self._queries(asked),
                anns_field=self._vector,
                filter=_filter(where),
                limit=depth,
                output_fields=self._fields,
                search_params={"metric_type": self._metric, "params": params},
            )
        return [
            self._rows([(hit[self._id], hit["entity"]) for hit in answer]) for answer in answers
        ]

    def _get(self, ids: Sequence[Any], how: str = "") -> StoreRows:
        found: list[Any] = []
        for start in range(0, len(ids), FETCHED):
            with self._reaching():
                found += self._client.query(
                    self._collection,
                    filter=f"{self._id} in [{_listed(ids[start : start + FETCHED])}]",
                    output_fields=[self._id, *self._fields],
                    consistency_level=AS_WRITTEN,
                )
        return self._rows([(row[self._id], row) for row in found], how)

    def _rows(self, found: Sequence[tuple[Any, Any]], how: str = "") -> StoreRows:
        ids = tuple(str(name) for name, _ in found)
        texts = tuple(str(row.get(self._text) or "") for _, row in found)
        given = [row[self._vector] for _, row in found]
        vectors = unit_rows(ids, given, self._dim, any_length=self._metric == "COSINE")
        return StoreRows(ids, texts, vectors, how)

    def _drawn_by_segment(self, n: int, count: int, where: Any) -> list[Any]:
        """Return ids that the server draws, from Milvus 2.6 on; none where it cannot."""
        kept, share = _filter(where), OVERSAMPLED * n / max(count, 1)
        with self._reaching():
            is_lite = "lite" in str(self._client.get_server_version())
        if share >= 1.0 or is_lite:
            return []
        drawn = f"RANDOM_SAMPLE({share:.9f})"
        with self._reaching():
            found = self._client.query(
                self._collection,
                filter=f"({kept}) AND {drawn}" if kept else drawn,
                output_fields=[self._id],
            )
        return [row[self._id] for row in found]

    def _walked(self, where: Any) -> list[Any]:
        """Return all ids."""
        with self._reaching():
            walk = self._client.query_iterator(
                self._collection, batch_size=WALKED, filter=_filter(where), output_fields=[self._id]
            )
            ids: list[Any] = []
            while part := walk.next():
                ids += [row[self._id] for row in part]
            walk.close()
        return ids


def _kinds() -> Any:
    with extra("milvus"):
        from pymilvus import DataType
    return DataType


def _listed(ids: Sequence[str | int]) -> str:
    """Return ids as an expression lists them.

    The client's own `get` escapes neither quotes nor backslashes: what it makes of "it's" is no
    expression, and it never finds an id with a backslash.
    """
    return ", ".join(
        f'"{each.translate(_ESCAPES)}"' if isinstance(each, str) else str(each) for each in ids
    )


def _is_number(name: str) -> bool:
    """Whether an id is a whole number of 64 bits as Milvus writes it: "07" would become "7"."""
    digits = name.removeprefix("-")
    is_short = digits.isascii() and digits.isdecimal() and len(digits) < 20  # int() takes 4,300
    return is_short and str(int(name)) == name and -(2**63) <= int(name) < 2**63


def _filter(where: Any) -> str:
    """Return an expression as it is, if it is one; empty without."""
    if where is not None and not isinstance(where, str):
        raise StoreError(
            f"Milvus takes an expression such as 'text like \"The%\"' as where, and a "
            f"{type(where).__name__} was given."
        )
    return where or ""


def _text_field(collection: str, about: dict[str, Any], wanted: str) -> str:
    """Return the name of the field of texts; empty where the usual one is not there."""
    names = [field["name"] for field in about["fields"]]
    if wanted in names or about.get("enable_dynamic_field"):
        return wanted
    if wanted == TEXT:
        return ""
    raise StoreError(
        f"Collection '{collection}' has no field '{wanted}' for texts; it has {', '.join(names)}."
    )


def _vector_field(collection: str, fields: dict[str, Any], wanted: str) -> str:
    """Return the name of a field of float32 vectors: the one wanted, or the first."""
    kind = _kinds().FLOAT_VECTOR
    known = [name for name, field in fields.items() if field["type"] == kind]
    if not known or (wanted and wanted not in known):
        has = ", ".join(f"'{name}'" for name in known) or "none"
        raise StoreError(
            f"Collection '{collection}' has no field of float32 vectors '{wanted}'; it has {has}."
        )
    return wanted or known[0]
