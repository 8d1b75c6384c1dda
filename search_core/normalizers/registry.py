"""The label-free readings of a score, each a record: what it says, keeps and loses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from search_core.errors import InputError
from search_core.hits import Hits
from search_core.mistakes import explain_mistakes
from search_core.normalizers import formulas
from search_core.normalizers.background import FEWEST_DOCUMENTS, Background
from search_core.scale import ScoreScale
from search_core.vectors import Floats


@dataclass(frozen=True)
class Normalizer:
    """One reading of a score.

    Attributes
    ----------
    name, label:
        What it is called in code, and on the page.
    formula, keeps, loses, when, source:
        The formula, what it preserves, what it throws away, when to use it and where it is from.
    scale:
        What the numbers mean that come out; None where they stay what they were.
    function:
        The formula itself; takes hits, and the background where `needs_background`.
    keeps_order:
        Whether the order of the hits is sure to stay.
    needs_background:
        Whether the background of the query must be given.
    needs_unrelated:
        Whether it also compares with unrelated questions, which not every collection has.
    fewest_documents:
        Collections smaller than this have no such reading.

    Examples
    --------
    >>> sc.NORMALIZERS["minmax"].keeps_order
    True
    """

    name: str
    label: str
    formula: str
    keeps: str
    loses: str
    when: str
    source: str
    scale: ScoreScale | None
    function: Callable[..., Floats]
    keeps_order: bool = True
    needs_background: bool = False
    needs_unrelated: bool = False
    fewest_documents: int = 1


def _share(name: str, *, higher: bool = True, comparable: bool = False) -> ScoreScale:
    return ScoreScale(
        name, higher_is_better=higher, lower=0.0, upper=1.0, comparable_across_queries=comparable
    )


_RECORDS = (
    Normalizer(
        "raw", "Raw score", "as the index returned it",
        "Everything: the same pair of texts has the same number under every query.",
        "Nothing, but what counts as high depends on the model, the query and the crowd.",
        "To sort, to debug, and as the input of everything else.",
        "FAISS (Johnson, Douze and Jégou 2017)",
        None, formulas.raw,
    ),
    Normalizer(
        "inverse_distance", "1/(1+D)", "1/(1 + D), D = 2 − 2c, the squared L2 distance",
        "The order, and a number between 0.2 and 1 that does not depend on the other hits.",
        "The spread: unrelated texts get about 0.33, not 0. D is the squared L2 distance; its root "
        "gives another number: at a cosine of 0.80, 0.61 instead of 0.71.",
        "Where a program insists on a number from 0 to 1; never as a probability.",
        "common practice; Lucene and Elasticsearch use it for l2_norm",
        _share("inverse_distance"), formulas.inverse_distance,
    ),
    Normalizer(
        "inverse_root_distance", "1/(1+√D)", "1/(1 + √D), √D the true Euclidean distance",
        "The order, and a number between 0.33 and 1 that does not depend on the other hits.",
        "The spread: unrelated texts get about 0.41. Often mixed up with 1/(1 + D), which reads "
        "higher above a cosine of 0.5 and lower below it.",
        "To compare with a system that takes the root first, as Vespa does.",
        "common practice; Vespa's closeness for euclidean",
        _share("inverse_root_distance"), formulas.inverse_root_distance,
    ),
    Normalizer(
        "angular", "Angular similarity", "1 − arccos(c)/π",
        "The order, and true proportions of the angle between the two vectors.",
        "Nothing that the cosine had; unrelated texts get 0.5, which looks better than it is.",
        "Where equal steps should mean equal angles.",
        "Cer and others 2018 (Universal Sentence Encoder)",
        _share("angular"), formulas.angular,
    ),
    Normalizer(
        "minmax", "Min-max", "(s − worst)/(best − worst), over the k hits",
        "The order, and how the gaps between these hits compare.",
        "Whether anything is good: the top hit gets 1.00 for every query, even nonsense. With more "
        "hits every number but the first changes.",
        "To draw bars of one result list, or to mix two lists; never to decide.",
        "Lee 1997, for combining result lists",
        _share("minmax"), formulas.minmax,
    ),
    Normalizer(
        "zscore", "Z-score", "(s − mean)/deviation, over the k hits",
        "The order, and how far a hit stands out from the other hits.",
        "Whether anything is good; it depends on k and has no upper end.",
        "To see whether one hit stands apart from the list; keep it as z, never as 1/(1+z).",
        "textbook standard score",
        ScoreScale("zscore"), formulas.zscore,
    ),
    Normalizer(
        "softmax", "Softmax", "exp(s/T)/Σ exp(s/T), T = 0.05 unless set",
        "The order, and each hit's share if exactly one of these k were right.",
        "The case that none is right: shares always add up to 1. T sets how sharp it is: near 0 "
        "the best takes all; with a large T, all get the same.",
        "To pick one of k when you know that one is right. Take the T that the model was trained "
        "with: 0.05 for cosines of most sentence models, 0.01 for E5, 1 for a reranker's logits.",
        "Bridle 1990",
        _share("softmax"), formulas.softmax,
    ),
    Normalizer(
        "reciprocal_rank", "1/rank", "1/rank",
        "The order, and nothing else.",
        "Every distance: a near tie and a landslide look the same.",
        "To fuse lists whose scores do not compare.",
        "Cormack, Clarke and Büttcher 2009",
        _share("reciprocal_rank"), formulas.reciprocal_rank,
    ),
    Normalizer(
        "percentile", "Percentile", "share of the collection's other documents that score lower",
        "The order, and the hit's rank in the whole collection, not just among k.",
        "Whether it is good: the top hit of any query gets about 100%.",
        "To read a rank in a large collection.",
        "textbook percentile rank",
        _share("percentile"), formulas.percentile, needs_background=True,
    ),
    Normalizer(
        "chance", "Chance of one hit", "tail of this query's other scores, falling exponentially",
        "The order, and roughly the meaning across queries: 1 in 10,000 is rare under any query.",
        "Certainty: it is a cautious estimate, and a rare score need not be relevant.",
        "To see at a glance whether a hit scores higher than unrelated documents.",
        "Pickands 1975; read as in BLAST (Karlin and Altschul 1990)",
        _share("chance", higher=False, comparable=True), formulas.chance,
        needs_background=True, fewest_documents=FEWEST_DOCUMENTS,
    ),
    Normalizer(
        "background_z", "Z-norm", "(c − mean)/deviation, over the collection's other documents",
        "The order, and roughly the meaning across queries, vague ones included.",
        "That some documents score high under every query.",
        "To use one cut-off for many queries when you have no labels.",
        "Auckenthaler, Carey and Lloyd-Thomas 2000",
        ScoreScale("background_z", comparable_across_queries=True), formulas.background_z,
        needs_background=True, fewest_documents=FEWEST_DOCUMENTS,
    ),
    Normalizer(
        "t_norm", "T-norm", "(c − mean)/deviation, over unrelated questions to this document",
        "Roughly the meaning across documents: one that answers everything loses its advantage.",
        "The order of the index, sometimes.",
        "When the same few documents turn up under every query.",
        "Auckenthaler, Carey and Lloyd-Thomas 2000",
        ScoreScale("t_norm", comparable_across_queries=True), formulas.t_norm,
        keeps_order=False, needs_background=True, needs_unrelated=True,
    ),
    Normalizer(
        "s_norm", "S-norm", "(Z-norm + T-norm)/2",
        "Roughly the meaning across queries and documents.",
        "The order of the index, sometimes.",
        "As the fairest number without labels, when both queries and documents differ a lot.",
        "Kenny 2010; Matějka and others 2017",
        ScoreScale("s_norm", comparable_across_queries=True), formulas.s_norm,
        keeps_order=False, needs_background=True, needs_unrelated=True,
        fewest_documents=FEWEST_DOCUMENTS,
    ),
    Normalizer(
        "csls", "CSLS", "2c − mean of the query's 10 best − mean of the document's 10 nearest",
        "What is special about this pair, beyond how crowded both surroundings are.",
        "The order of the index, sometimes, and the familiar range: it runs from −4 to 4.",
        "In collections with a dense corner, where everything there looks alike.",
        "Conneau and others 2018",
        ScoreScale("csls", lower=-4.0, upper=4.0), formulas.csls,
        keeps_order=False, needs_background=True, fewest_documents=2,
    ),
    Normalizer(
        "local_scaling", "Local scaling", "exp(−D/(σ_q σ_d)), σ = distance to the 7th nearest",
        "Closeness measured in steps of the neighbourhood: in a crowd, near must be nearer.",
        "The order of the index, sometimes.",
        "In collections that are dense in one place and thin in another.",
        "Zelnik-Manor and Perona 2004",
        _share("local_scaling"), formulas.local_scaling,
        keeps_order=False, needs_background=True, fewest_documents=2,
    ),
)  # fmt: skip

NORMALIZERS: Mapping[str, Normalizer] = MappingProxyType({r.name: r for r in _RECORDS})
"""Every reading by name. A new one is one record here and one formula."""


@explain_mistakes
def normalize(
    hits: Hits,
    name: str,
    *,
    background: Background | None = None,
    temperature: float = formulas.SOFTMAX_TEMPERATURE,
) -> Hits:
    """Return the hits on another scale, best first.

    Parameters
    ----------
    hits:
        As a search returned them, or on a scale that the caller brings.
    name:
        A key of `NORMALIZERS`.
    background:
        `engine.background(query)`, for the readings that need it.
    temperature:
        Of the softmax: what scores are divided by first. 0.05 suits cosines of models that were
        trained with it, 1 the logits of a reranker; softmax over T of scores is softmax over 1 of
        scores/T.

    Raises
    ------
    InputError
        An unknown name, a background that is missing, too small or of another query, or a
        temperature not above 0.
    ScaleMismatch
        The reading needs a cosine, and none stands behind these scores.

    Examples
    --------
    >>> hits = sc.Hits("q", (0, 1), ("a", "b"), ("a", "b"), np.array([0.8, 0.5]), sc.COSINE)
    >>> sc.normalize(hits, "minmax").scores.tolist()
    [1.0, 0.0]
    """
    record = _record(name)
    if record.needs_background:
        scores = record.function(hits, _checked(background, hits, record))
    elif name == "softmax":
        if not temperature > 0 or math.isinf(temperature):
            raise InputError(f"The temperature is {temperature}; it must be a number above 0.")
        scores = formulas.softmax(hits, temperature)
    else:
        scores = record.function(hits)
    return _with(hits, scores, record)


def _record(name: str) -> Normalizer:
    if name not in NORMALIZERS:
        raise InputError(f"There is no reading '{name}'; choose one of {', '.join(NORMALIZERS)}.")
    return NORMALIZERS[name]


def _checked(background: Background | None, hits: Hits, record: Normalizer) -> Background:
    """Return the background if this reading can be made from it."""
    if background is None:
        raise InputError(
            f"'{record.name}' needs the background of the query; give "
            "background=engine.background(query)."
        )
    if len(hits) and not hits.positions:
        raise InputError(
            f"'{record.name}' compares documents with others of their collection, and it is not "
            "known where these hits stand in one; give those of engine.search(query)."
        )
    if not background.holds(hits.positions, hits.cosines()):
        raise InputError(
            "This background belongs to another query or collection than these hits; give "
            "engine.background(query) of the engine and the query that found them."
        )
    if len(background.cosines) < record.fewest_documents:
        raise InputError(
            f"'{record.name}' needs at least {record.fewest_documents} documents, and this "
            f"collection has {len(background.cosines)}; use 'raw'."
        )
    if record.needs_unrelated and not len(background.unrelated.best):
        raise InputError(background.unrelated.why_none)
    if record.name == "chance" and background.chance_cut is None:
        raise InputError(
            "No chance can be estimated: the upper scores of this query are all equal; use 'raw'."
        )
    return background


def _with(hits: Hits, scores: Floats, record: Normalizer) -> Hits:
    if record.scale is None:
        return hits
    scale = record.scale.from_source(hits.scale.source)
    if record.keeps_order:
        return replace(hits, scores=scores, scale=scale)
    return hits.rescored(scores, scale)


@explain_mistakes
def moved(before: Hits, after: Hits) -> tuple[str, ...]:
    """Return the ids of the hits that stand at another rank in `after`, in their new order.

    Parameters
    ----------
    before, after:
        Hits of one query, in two orders.

    Examples
    --------
    >>> hits = sc.Hits("q", (0, 1), ("a", "b"), ("a", "b"), np.array([0.8, 0.5]), sc.COSINE)
    >>> sc.moved(hits, hits.rescored([0.5, 0.8], sc.COSINE))
    ('b', 'a')
    """
    return tuple(new for old, new in zip(before.ids, after.ids, strict=True) if old != new)


@explain_mistakes
def at_depths(hits: Hits, depths: Sequence[int], name: str) -> dict[int, dict[str, float]]:
    """Read the first hits of one long list as if fewer had been asked for.

    Parameters
    ----------
    hits:
        The longest list.
    depths:
        The k to read at; those beyond the list read the whole list.
    name:
        A reading that needs no background.

    Returns
    -------
    dict
        For each depth, the value of each hit by id: how min-max and z-score move with k.

    Examples
    --------
    >>> scores = np.array([0.8, 0.5, 0.2])
    >>> hits = sc.Hits("q", (0, 1, 2), tuple("abc"), tuple("abc"), scores, sc.COSINE)
    >>> sc.at_depths(hits, [2, 3], "minmax")[2]
    {'a': 1.0, 'b': 0.0}
    """
    read = {depth: normalize(first(hits, depth), name) for depth in depths}
    return {
        depth: dict(zip(part.ids, part.scores.tolist(), strict=True))
        for depth, part in read.items()
    }


def first(hits: Hits, k: int) -> Hits:
    """Return the first k of some hits."""
    return replace(
        hits,
        positions=hits.positions[:k],
        ids=hits.ids[:k],
        texts=hits.texts[:k],
        scores=hits.scores[:k],
    )
