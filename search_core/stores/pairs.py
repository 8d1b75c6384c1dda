"""Features of pairs over a store: the same as over a collection, from the rows that matter.

What a pair's features look at are the query's nearest rows, the text's nearest rows, and what texts
in general are like. The first two are searched for; the last is what was drawn from the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from search_core.embedding import embed_documents
from search_core.encoder import Encoder
from search_core.errors import LabelsError, StoreError, check_kind
from search_core.features import (
    CROWD,
    FEATURE_NAMES,
    LIST,
    SPARE,
    FeatureSpace,
    distinct,
    unlabelled_pairs,
)
from search_core.hits import Hits
from search_core.labels.labels import Labels
from search_core.pairs import EncodedBy, ScoredPairs, labelled
from search_core.scale import ScoreScale
from search_core.stores.protocol import ScoredStore, StoreRows
from search_core.stores.sample import StoreSample
from search_core.vectors import Floats, Vectors, unit_query

PAIRS_AT_ONCE = 64  # whose surroundings are held at once


class Opened(Protocol):
    """What features need of a `StoreEngine`."""

    store: ScoredStore
    sample: StoreSample
    encoder: Encoder | None
    where: Any
    scale: ScoreScale

    def query_vectors(self, queries: Sequence[str]) -> Vectors:
        """Return unit vectors."""


def of_hits(engine: Opened, hits: Sequence[Hits]) -> ScoredPairs:
    """Return the features of hits; their vectors are fetched by id."""
    asked = [vector for each in hits for vector in [_vector(engine, each)] * len(each)]
    queries = [each.query for each in hits for _ in each.ids]
    ids = [name for each in hits for name in each.ids]
    texts = [text for each in hits for text in each.texts]
    return _pairs(engine, queries, _stacked(asked), texts, _vectors_of(engine, ids, texts))


def of_texts(engine: Opened, queries: Sequence[str], texts: Sequence[str]) -> ScoredPairs:
    """Return the features of texts, which are embedded, each with its query."""
    vectors = embed_documents(_encoder(engine), texts)
    return _pairs(engine, queries, engine.query_vectors(queries), texts, vectors)


def of_labels(engine: Opened, labels: Labels) -> ScoredPairs:
    """Return the features of labelled rows, with their labels."""
    check_kind(labels, Labels, "read them with read_labels", LabelsError)
    if labels.texts:
        pairs = of_texts(engine, labels.queries, labels.texts)
    else:
        texts, vectors = _rows_of(engine, labels)
        asked = engine.query_vectors(labels.queries)
        pairs = _pairs(engine, labels.queries, asked, texts, vectors)
    return labelled(pairs, labels)


def _pairs(
    engine: Opened,
    queries: Sequence[str],
    asked: Vectors,
    texts: Sequence[str],
    vectors: Vectors,
) -> ScoredPairs:
    """Return unjudged pairs: row i is query i, whose vector is asked[i], with text i."""
    space = space_of(engine)
    parts = [
        _features(engine, queries[rows], asked[rows], texts[rows], vectors[rows])
        for rows in _blocks(len(queries))
    ]
    encoder = engine.encoder
    return unlabelled_pairs(
        queries, texts,
        np.concatenate(parts) if parts else np.empty((0, len(FEATURE_NAMES))), space,
        scale=engine.scale,
        encoder=(
            EncodedBy(encoder.name, encoder.query_prefix, encoder.max_tokens) if encoder else None
        ),
        corpus_size=engine.sample.count,
    )  # fmt: skip


def _features(
    engine: Opened,
    queries: Sequence[str],
    asked: Vectors,
    texts: Sequence[str],
    vectors: Vectors,
) -> Floats:
    """Return the features of some pairs, among the rows near their queries and their texts."""
    first_asked, _ = distinct([each.tobytes() for each in asked])
    first_given, _ = distinct([each.tobytes() for each in vectors])
    near_queries = engine.store.search(asked[first_asked], LIST + 1, engine.where)
    near_texts = engine.store.search(vectors[first_given], CROWD + SPARE, engine.where)
    drawn = engine.sample.rows
    known = dict.fromkeys(drawn.ids)
    found_texts, found_vectors = list(drawn.texts), [drawn.vectors]
    for found in (near_queries, near_texts):
        for ids, texts_found, held in zip(found.ids, found.texts, found.vectors, strict=True):
            new = [at for at, name in enumerate(ids) if name not in known]
            known.update(dict.fromkeys(ids))
            found_texts += [texts_found[at] for at in new]
            found_vectors.append(held[new])
    space = space_of(engine).among(np.concatenate(found_vectors), found_texts)
    return space.features(queries, asked, texts, vectors)


def space_of(engine: Opened) -> FeatureSpace:
    """Return the rows drawn from an engine's store, ready to describe pairs."""
    space = engine.sample.space
    if space is None or not any(engine.sample.rows.texts):
        raise StoreError(
            "This store hands out no vectors with texts, so only a calibrator of the score alone "
            "can be used, such as fit_calibrator(pairs, 'platt').calibrator."
        )
    return space


def _encoder(engine: Opened) -> Encoder:
    if engine.encoder is None:
        raise StoreError("Texts cannot be embedded without an encoder; give one to open.")
    return engine.encoder


def _vector(engine: Opened, hits: Hits) -> Vectors:
    if hits.query_vector is not None:
        return unit_query(hits.query_vector, engine.sample.fingerprint.dim)
    vector: Vectors = engine.query_vectors([hits.query])[0]
    return vector


def _vectors_of(engine: Opened, ids: Sequence[str], texts: Sequence[str]) -> Vectors:
    """Return the stored vectors of rows; those that are gone are embedded again."""
    held = _by_id(engine.store.fetch(list(dict.fromkeys(ids))))
    gone = [index for index, name in enumerate(ids) if name not in held]
    again = embed_documents(_encoder(engine), [texts[index] for index in gone]) if gone else ()
    other = dict(zip(gone, again, strict=True))
    return _stacked([other.get(index, held.get(name)) for index, name in enumerate(ids)])


def _rows_of(engine: Opened, labels: Labels) -> tuple[list[str], Vectors]:
    """Return texts and vectors of the rows that labels name."""
    if not labels.doc_ids:
        raise LabelsError(
            "These labels hold scores without texts; use score_pairs, which needs no engine."
        )
    rows = engine.store.fetch(list(dict.fromkeys(labels.doc_ids)))
    held, texts = _by_id(rows), dict(zip(rows.ids, rows.texts, strict=True))
    for row, name in zip(labels.rows, labels.doc_ids, strict=True):
        if name not in held:
            raise LabelsError(
                f"Row {row}, column 'doc_id': the store has no row '{name}'; use its ids, or give "
                "the text itself.",
                row=row,
                column="doc_id",
            )
    return [texts[name] for name in labels.doc_ids], _stacked(
        [held[name] for name in labels.doc_ids]
    )


def _by_id(rows: StoreRows) -> dict[str, Vectors]:
    return dict(zip(rows.ids, rows.vectors, strict=True))


def _stacked(vectors: Sequence[object]) -> Vectors:
    return np.array(vectors, dtype=np.float32)


def _blocks(rows: int) -> list[slice]:
    return [slice(start, start + PAIRS_AT_ONCE) for start in range(0, rows, PAIRS_AT_ONCE)]
