"""What the components of frameworks share: they read the scores of items, and pass some on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np

from search_core.adapters.results import ScoredBy, hits_of
from search_core.engine import SearchEngine
from search_core.engines.scales import scale_of
from search_core.errors import InputError
from search_core.hits import Hits
from search_core.predicted import PredictedHit, PredictedHits, check_arguments, predicted

Item = TypeVar("Item")


@dataclass(frozen=True)
class ItemReader:
    """How a component reads items: made once, to refuse what cannot work before an item comes.

    Attributes
    ----------
    calibrator, within, threshold:
        As for `meaningful`.
    engine:
        What showed the scores; None works them out by `within`.

    Raises
    ------
    CalibrationError
        There is no calibrator where one is needed.
    InputError
        The engine is unknown, or there is nothing that scores come from.
    """

    calibrator: Any
    engine: ScoredBy | None
    within: SearchEngine | None
    threshold: float | None

    def __post_init__(self) -> None:
        check_arguments(self.calibrator, self.within, self.threshold)
        if self.engine is not None:
            scale_of(self.engine)
        elif self.within is None:
            raise InputError(
                "It is not said where the scores come from; give engine=… as the key in ENGINES of "
                "the function that showed them, such as 'langchain-faiss-score'."
            )

    def relevant(
        self,
        query: str,
        found: Sequence[tuple[Item, str, object]],
        marked: Callable[[Item, PredictedHit], Item],
        nothing: Item | None = None,
    ) -> tuple[list[Item], PredictedHits]:
        """Return the items to pass on, the likeliest first, and what is said of all.

        Parameters
        ----------
        query:
            What was asked.
        found:
            Items, each with its text, and its score as `engine` showed it.
        marked:
            Makes the item to pass on of one that passes.
        nothing:
            Passed on where no item passes; nothing is without it.

        Raises
        ------
        InputError
            A score is missing, or one that this engine cannot show.
        """
        hits = self._hits(query, [text for _, text, _ in found], [score for _, _, score in found])
        answer = predicted(hits, self.calibrator, within=self.within, threshold=self.threshold)
        passed = [marked(found[int(hit.id)][0], hit) for hit in answer.passing]
        if not passed and nothing is not None:
            passed = [nothing]
        return passed, answer

    def _hits(self, query: str, texts: Sequence[str], scores: Sequence[object]) -> Hits:
        """Return texts as hits whose ids are their indexes among those given, from 0."""
        engine = self.engine
        if engine is None:  # then there is a collection
            pairs = cast(SearchEngine, self.within).score_texts(query, texts)
            engine, scores = pairs.scale, pairs.similarities.tolist()
        return hits_of(query, zip(range(len(texts)), texts, scores, strict=True), engine)


def cosines_by(embeddings: Any, query: str, texts: Sequence[str]) -> list[float]:
    """Return the cosine of a query with each text, by embeddings as LangChain has them."""
    if not texts:
        return []
    asked = np.array(embeddings.embed_query(query))
    vectors = np.array(embeddings.embed_documents(list(texts)))
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(asked)
    cosines: list[float] = (vectors @ asked / lengths).tolist()
    return cosines
