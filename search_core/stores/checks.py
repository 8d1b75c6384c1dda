"""Whether a store, what was drawn from it, and an encoder belong together."""

from __future__ import annotations

from typing import Any

import numpy as np

from search_core.embedding import check_encoder, embed_documents
from search_core.encoder import Encoder
from search_core.engine import SPOT_CHECKS
from search_core.errors import EncoderError, StoreError, check_kind
from search_core.stores.protocol import ScoredStore, StoreFingerprint, StoreRows
from search_core.stores.sample import StoreSample
from search_core.vectors import evenly, exact_cosines

SAME_MODEL = 0.5
"""A stored vector may be of more than the stored text, such as its title as well; vectors of two
models have cosines around 0."""

SAME_ROW = 0.999  # cosine of a vector with itself, as a store may round it


def check_encoder_of(fingerprint: StoreFingerprint, encoder: Encoder) -> None:
    """Refuse an encoder that cannot have made a collection's vectors, before it is asked.

    Raises
    ------
    EncoderError
        It makes vectors of another length, or the collection's metadata name another one.
    """
    check_encoder(encoder)
    if fingerprint.dim and fingerprint.dim != encoder.dim:
        raise EncoderError(
            f"The store holds vectors of {fingerprint.dim} numbers, and {encoder.name} makes "
            f"{encoder.dim}; load the encoder that made them."
        )
    if fingerprint.model and fingerprint.model != encoder.fingerprint:
        raise EncoderError(
            f"The collection '{fingerprint.collection}' says that the model with the fingerprint "
            f"{fingerprint.model[:12]} made its vectors, and {encoder.name} has "
            f"{encoder.fingerprint[:12]}; load the encoder that made them."
        )


def check_sample_of(
    sample: StoreSample, fingerprint: StoreFingerprint, encoder: Encoder | None, where: Any
) -> None:
    """Refuse a sample of another store, under another filter, or of another encoder's vectors.

    Raises
    ------
    StoreError
        It is of another store or under another filter.
    EncoderError
        Texts that were drawn give other vectors than those stored beside them.
    """
    check_kind(sample, StoreSample, "draw one with StoreSample.draw", StoreError)
    drawn = sample.fingerprint
    if (drawn.collection, drawn.dim) != (fingerprint.collection, fingerprint.dim):
        raise StoreError(
            f"The sample is of {drawn.words}, and the store is {fingerprint.words}; draw one of "
            "this store."
        )
    asked = "" if where is None else str(where)
    if sample.where != asked:
        raise StoreError(
            f"The sample was drawn under the filter '{sample.where[:80]}' and '{asked[:80]}' is "
            "searched; draw one under this filter."
        )
    if encoder is None:
        return
    if sample.encoder and sample.encoder != encoder.fingerprint:
        raise EncoderError(
            f"The sample was drawn with another model than {encoder.name} (fingerprint "
            f"{sample.encoder[:12]}); load that one, or draw a sample with this one."
        )
    if not fingerprint.model:
        check_vectors_of(sample.rows, encoder)


def check_rows_of(sample: StoreSample, store: ScoredStore) -> None:
    """Refuse a sample of which no row that is looked at is in a store as it was drawn.

    Two collections may have one name, and one may have been filled anew.

    Raises
    ------
    StoreError
        There is no such row.
    """
    rows = sample.rows
    looked_at = evenly(len(rows), SPOT_CHECKS)
    if not looked_at:
        return
    now = store.fetch([rows.ids[at] for at in looked_at])
    known = dict(zip(now.ids, now.vectors, strict=True))
    pairs = [(rows.vectors[at], known[rows.ids[at]]) for at in looked_at if rows.ids[at] in known]
    if not any(float(drawn @ stored) >= SAME_ROW for drawn, stored in pairs):
        raise StoreError(
            f"Of {len(looked_at)} rows of the sample none is in {store.fingerprint.words} as it "
            "was; draw a sample of this store."
        )


def check_vectors_of(rows: StoreRows, encoder: Encoder) -> None:
    """Embed a few texts that a store holds, to see whether an encoder made its vectors of them.

    Raises
    ------
    EncoderError
        Most of the vectors are not what it makes of their texts.
    """
    written = [row for row, text in enumerate(rows.texts) if text.strip()][:SPOT_CHECKS]
    if not written:
        return
    encoded = embed_documents(encoder, [rows.texts[row] for row in written])
    cosine = float(np.median(exact_cosines(rows.vectors[written], encoded)))
    if cosine < SAME_MODEL:
        raise EncoderError(
            f"The stored vectors are not what {encoder.name} makes of the stored texts (cosine "
            f"{cosine:.2f}); load the encoder that made them, or name the field that holds the "
            "texts."
        )
