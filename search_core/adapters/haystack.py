"""Haystack: a ranker that states predicted relevance and passes what is relevant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from search_core.adapters.frameworks import ItemReader
from search_core.adapters.results import facts_of
from search_core.adapters.versions import library
from search_core.calibrate.calibrator import load_calibrator
from search_core.errors import InputError
from search_core.predicted import PredictedHit

with library("haystack"):
    from haystack import Document, component, default_from_dict, default_to_dict


@component
class RelevanceRanker:
    """Passes documents on that reach the threshold, best first; their score is predicted relevance.

    Parameters
    ----------
    calibrator, within, threshold:
        As for `meaningful`; blends need `within`, which brings scores as well.
    engine:
        What showed the scores, such as "haystack-dot-product"; without it `within` brings them.

    Raises
    ------
    SearchCoreError
        When it is made: no calibrator where one is needed, an unknown engine, or nothing that
        brings scores. When it is used: a document without a score.
    """

    def __init__(
        self, calibrator: Any = None, engine: str | None = None, within: Any = None,
        threshold: float | None = None,
    ) -> None:  # fmt: skip
        """Refuse what cannot work, before a document comes."""
        self._reader = ItemReader(calibrator, engine, within, threshold)

    @component.output_types(documents=list[Document], nothing_relevant=bool, sentence=str)
    def run(self, query: str, documents: list[Document]) -> dict[str, Any]:
        """Return the documents that pass, whether nothing relevant was found, and a sentence."""
        found = [(each, each.content or "", each.score) for each in documents]
        passed, answer = self._reader.relevant(query, found, _marked)
        said = {"nothing_relevant": answer.nothing_relevant, "sentence": answer.sentence}
        return {"documents": passed, **said}

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, as a pipeline is stored; a calibrator without its intervals.

        Raises `InputError` where it holds a collection, which is no part of a pipeline's file.
        """
        reader = self._reader
        if reader.within is not None:
            raise InputError(
                "A pipeline's file cannot hold this ranker's SearchEngine; save that with "
                "engine.save(folder), and make the ranker again where the pipeline is loaded."
            )
        fitted = getattr(reader.calibrator, "calibrator", reader.calibrator)
        settings = {"engine": reader.engine, "threshold": reader.threshold}
        return default_to_dict(self, calibrator=fitted.to_json(), **settings)  # type: ignore[no-any-return]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RelevanceRanker:
        """Make it again of what `to_dict` returned."""
        settings = dict(data["init_parameters"])
        settings["calibrator"] = load_calibrator(settings["calibrator"])
        return default_from_dict(cls, {**data, "init_parameters": settings})  # type: ignore[no-any-return]


def _marked(document: Document, hit: PredictedHit) -> Document:
    """Return a copy whose score is the predicted relevance, and which keeps the one shown."""
    facts = {**facts_of(hit), "retrieval_score": document.score}
    return replace(document, score=hit.value, meta={**document.meta, **facts})
