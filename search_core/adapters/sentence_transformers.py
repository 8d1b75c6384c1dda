"""sentence-transformers: hits of `semantic_search` and logits of a `CrossEncoder`, as `Hits`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from search_core.adapters.results import ScoredBy, hits_of
from search_core.adapters.versions import shape_fault
from search_core.errors import InputError, several
from search_core.hits import Hits

LOGITS = "cross-encoder-logit"
EXPECTED = "the hits of one query, dicts with 'corpus_id' and 'score'"


def hits(
    found: Any,
    query: str = "",
    engine: ScoredBy = "sentence-transformers-cosine",
    *,
    texts: Sequence[str] = (),
) -> Hits:
    """Return the hits of one query; a `corpus_id` is where a text stands in its corpus.

    Parameters
    ----------
    found:
        One of the lists that `util.semantic_search` returned.
    query:
        What was asked.
    engine:
        What showed the scores; another one for `semantic_search_faiss` or `_usearch`.
    texts:
        The corpus, in the order in which it was embedded; hits have an empty text without it.

    Raises
    ------
    InputError
        No such hits, hits of several queries, or a score that this engine cannot show.

    Examples
    --------
    >>> from search_core.adapters import sentence_transformers as st
    >>> found = [{"corpus_id": 1, "score": 0.8}, {"corpus_id": 0, "score": 0.1}]
    >>> st.hits(found, "cat", texts=["the sun", "a cat"]).texts
    ('a cat', 'the sun')
    """
    try:
        rows = [(int(hit["corpus_id"]), hit.get("text"), hit["score"]) for hit in found]
    except (KeyError, TypeError, AttributeError):
        raise shape_fault("sentence-transformers", found, EXPECTED) from None
    positions = [position for position, _, _ in rows]
    if texts and positions and max(positions) >= len(texts):
        raise InputError(
            f"A hit is text {max(positions)} of its corpus, counted from 0, and {len(texts)} texts "
            "were given; give the texts that were embedded."
        )
    found_texts = [
        (position, texts[position] if texts else text, score) for position, text, score in rows
    ]
    return hits_of(query, found_texts, engine, positions)


def reranked(model: Any, query: str, texts: Sequence[str]) -> Hits:
    """Return texts as a `CrossEncoder` ranks them, on the scale of its logits.

    A model may put a sigmoid behind its last layer, which rounds what is sure to 1; this asks for
    the logits themselves, whatever its own setting. A text's id is its index among those given.

    Raises
    ------
    InputError
        It is no `CrossEncoder`, or one that gives several numbers a pair; or the texts are no list.
    """
    if not hasattr(model, "predict") or getattr(model, "num_labels", None) != 1:
        raise shape_fault("sentence-transformers", model, "a CrossEncoder with one label")
    given = several(texts, "texts", InputError)
    if not given:
        return hits_of(query, (), LOGITS)
    from torch.nn import Identity  # the model runs on it

    logits = model.predict([(query, text) for text in given], activation_fn=Identity()).tolist()
    found = [(position, given[position], logit) for position, logit in enumerate(logits)]
    return hits_of(query, found, LOGITS, range(len(found)))
