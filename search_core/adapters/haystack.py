"""Haystack: a ranker that states predicted relevance and passes what is relevant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from search_core.adapters.frameworks import check_source, scored
from search_core.adapters.results import facts_of
from search_core.adapters.versions import library
from search_core.calibrate.calibrator import Calibrator, load_calibrator
from search_core.calibrate.fit import CalibrationResult
from search_core.engine import SearchEngine
from search_core.errors import InputError
from search_core.predicted import PredictedHit, check_arguments, predicted

with library("haystack"):
    from haystack import Document, component, default_from_dict, default_to_dict


@component
class RelevanceRanker:
    """Passes documents on that reach the threshold, best first; their score is predicted relevance.

    Parameters
    ----------
    calibrator:
        A `Calibrator` or a `CalibrationResult`; None reads by what other collections taught, and
        needs `within`.
    engine:
        What showed the documents' scores, such as "haystack-dot-product"; the scores are worked out
        anew where only `within` is given.
    within:
        A `SearchEngine` that holds the collection, as blends need.
    threshold:
        From which predicted relevance on a document is passed; the calibrator's own without it.

    Raises
    ------
    SearchCoreError
        When it is made: no calibrator where one is needed, an unknown engine, or nothing that
        brings scores. When it is used: a document without a score.
    """

    def __init__(
        self,
        calibrator: Calibrator | CalibrationResult | None = None,
        engine: str | None = None,
        within: SearchEngine | None = None,
        threshold: float | None = None,
    ) -> None:
        """Refuse what cannot work, before a document comes."""
        check_arguments(calibrator, within, threshold)
        check_source(engine, within)
        self.calibrator, self.engine = calibrator, engine
        self.within, self.threshold = within, threshold

    @component.output_types(documents=list[Document], nothing_relevant=bool, sentence=str)
    def run(self, query: str, documents: list[Document]) -> dict[str, Any]:
        """Return the documents that pass, whether nothing relevant was found, and a sentence."""
        texts = [each.content or "" for each in documents]
        hits = scored(query, texts, [each.score for each in documents], self.engine, self.within)
        found = predicted(hits, self.calibrator, within=self.within, threshold=self.threshold)
        passed = [_with_facts(documents[int(hit.id)], hit) for hit in found.passing]
        return {
            "documents": passed,
            "nothing_relevant": found.nothing_relevant,
            "sentence": found.sentence,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, as a pipeline is stored; a calibrator without its intervals.

        Raises
        ------
        InputError
            It holds a collection, which is no part of a pipeline's file.
        """
        if self.within is not None:
            raise InputError(
                "This ranker holds a SearchEngine, which a pipeline's file cannot; save that with "
                "engine.save(folder), and make the ranker again where the pipeline is loaded."
            )
        fitted = self.calibrator
        if isinstance(fitted, CalibrationResult):
            fitted = fitted.calibrator
        told = {"calibrator": fitted.to_json() if fitted else None, "engine": self.engine}
        stored: dict[str, Any] = default_to_dict(self, **told, threshold=self.threshold)
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RelevanceRanker:
        """Make it again of what `to_dict` returned."""
        told = dict(data["init_parameters"])
        told["calibrator"] = load_calibrator(told["calibrator"])
        ranker: RelevanceRanker = default_from_dict(cls, {**data, "init_parameters": told})
        return ranker


def _with_facts(document: Document, hit: PredictedHit) -> Document:
    """Return a copy whose score is the predicted relevance, and which keeps the one shown."""
    facts = {**facts_of(hit), "retrieval_score": document.score}
    return replace(document, score=hit.value, meta={**document.meta, **facts})
