"""LlamaIndex: a node postprocessor that states predicted relevance and passes what is relevant."""

from __future__ import annotations

from typing import Any

from search_core.adapters.frameworks import ItemReader
from search_core.adapters.versions import library
from search_core.predicted import PredictedHit

with library("llamaindex"):
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode


class RelevancePostprocessor(BaseNodePostprocessor):
    """Passes nodes on that reach the threshold, best first; their score is predicted relevance.

    Attributes
    ----------
    calibrator, within, threshold:
        As for `meaningful`; blends need `within`, which brings scores as well.
    engine:
        What showed the scores, such as "llamaindex-faiss-l2"; without it `within` brings them.
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
        self._reader()

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex knows it by."""
        return "ScoreSenseRelevancePostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = query_bundle.query_str if query_bundle else ""
        found = [(each, each.node.get_content(), each.score) for each in nodes]
        text = self.nothing_text
        nothing = None if text is None else NodeWithScore(node=TextNode(text=text), score=0.0)
        return self._reader().relevant(query, found, _marked, nothing)[0]

    def _reader(self) -> ItemReader:
        return ItemReader(self.calibrator, self.engine, self.within, self.threshold)


def _marked(node: NodeWithScore, hit: PredictedHit) -> NodeWithScore:
    return NodeWithScore(node=node.node, score=hit.value)
