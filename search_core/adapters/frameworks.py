"""What the adapters of frameworks share: where the scores of a list of texts come from."""

from __future__ import annotations

from collections.abc import Sequence

from search_core.adapters.results import ScoredBy, hits_of
from search_core.engine import SearchEngine
from search_core.engines.scales import scale_of
from search_core.errors import InputError
from search_core.hits import Hits


def check_source(engine: ScoredBy | None, within: object, embeddings: object = None) -> None:
    """Refuse an adapter that nothing brings scores to.

    Raises
    ------
    InputError
        The engine is unknown, or there is nothing that scores come from.
    """
    if engine is not None:
        scale_of(engine)
    elif within is None and embeddings is None:
        raise InputError(
            "It is not said where the scores come from; give engine=… as the key in ENGINES of the "
            "function that showed them, such as 'langchain-faiss-score'."
        )


def scored(
    query: str,
    texts: Sequence[str],
    scores: Sequence[object],
    engine: ScoredBy | None,
    within: SearchEngine | None,
) -> Hits:
    """Return texts as hits whose ids are their places among those given, from 0.

    Parameters
    ----------
    query, texts:
        What was asked, and what was found.
    scores:
        As `engine` showed them; left aside where it is None.
    engine:
        What showed the scores; None works them out by `within`.
    within:
        Embeds query and texts.

    Raises
    ------
    InputError
        A score is missing, or one that this engine cannot show.
    """
    if engine is not None:
        return hits_of(query, zip(range(len(texts)), texts, scores, strict=True), engine)
    if within is None:
        raise InputError("Neither engine=… nor within=… says where the scores come from.")
    pairs = within.score_texts(query, texts)
    cosines = pairs.similarities.tolist()
    return hits_of(query, zip(range(len(texts)), texts, cosines, strict=True), pairs.scale)
