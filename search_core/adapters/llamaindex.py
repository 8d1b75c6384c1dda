"""LlamaIndex: a node postprocessor that states predicted relevance and passes what is relevant."""

from __future__ import annotations

from typing import Any

from search_core.adapters.frameworks import check_source, scored
from search_core.adapters.versions import library
from search_core.predicted import check_arguments, predicted

with library("llamaindex"):
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode


class RelevancePostprocessor(BaseNodePostprocessor):
    """Passes nodes on that reach the threshold, best first; their score is predicted relevance.

    Attributes
    ----------
    calibrator:
        A `Calibrator` or a `CalibrationResult`; None reads by what other collections taught, and
        needs `within`.
    engine:
        What showed the nodes' scores, such as "llamaindex-faiss-l2"; the scores are worked out anew
        where only `within` is given.
    within:
        A `SearchEngine` that holds the collection, as blends need.
    threshold:
        From which predicted relevance on a node is passed; the calibrator's own without it.
    nothing_text:
        The text of a single node that is passed where none reaches the threshold, such as "Nothing
        relevant was found."; without it, none is.

    Raises
    ------
    SearchCoreError
        When it is made: no calibrator where one is needed, an unknown engine, or nothing that
        brings scores. When it is used: a node without a score.
    """

    calibrator: Any = None
    engine: Any = None
    within: Any = None
    threshold: Any = None
    nothing_text: str | None = None

    def model_post_init(self, context: Any, /) -> None:
        """Refuse what cannot work, before a node comes."""
        super().model_post_init(context)
        check_arguments(self.calibrator, self.within, self.threshold)
        check_source(self.engine, self.within)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex knows it by."""
        return "ScoreSenseRelevancePostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = query_bundle.query_str if query_bundle else ""
        texts = [each.node.get_content() for each in nodes]
        hits = scored(query, texts, [each.score for each in nodes], self.engine, self.within)
        found = predicted(hits, self.calibrator, within=self.within, threshold=self.threshold)
        passed = [
            NodeWithScore(node=nodes[int(hit.id)].node, score=hit.value) for hit in found.passing
        ]
        if not passed and self.nothing_text is not None:
            return [NodeWithScore(node=TextNode(text=self.nothing_text), score=0.0)]
        return passed
