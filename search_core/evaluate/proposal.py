"""What the scores of a label file may be: proposed from their name, their range and the labels."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import scipy

from search_core.errors import LabelsError, check_kind
from search_core.evaluate.judged import RELEVANT
from search_core.labels.labels import Labels
from search_core.mistakes import explain_mistakes
from search_core.scale import BROUGHT_SCALES, Direction, ScoreScale
from search_core.vectors import Floats, Mask

CLEARLY = 1.645  # standard deviations: what a coin gives in one of ten files is not reported

# Part of a column's name, and the scales that are called so; the first that holds all scores.
_CALLED = (
    (r"search[._]?reranker|rerankerscore", ("zero_to_four", "reranker_logit")),
    (r"neg(ative)?_?(ip|dot|inner)", ("negative_dot_product",)),
    (r"cos(ine)?_?dist", ("cosine_distance", "distance")),
    (r"dist|l1|l2|euclid|hamming|manhattan|abstand", ("distance",)),
    (r"maxsim|colbert", ("maxsim",)),
    (r"cos|sim|ähnlich|somigl|類似|相似|유사", ("cosine", "higher_is_better")),
    (r"bm25|fts", ("negative_bm25", "bm25")),
    (r"rrf|fus|hybrid", ("fused",)),
    (r"log_?(prob|lik)", ("log_probability",)),
    (r"perc|pct", ("percent",)),
    (r"prob|confidence", ("probability", "percent")),
    (r"logit|rerank|cross_?enc", ("squashed", "reranker_logit")),
    (r"dot|inner|(^|_)ip($|_)", ("inner_product", "dot_product")),
)


@dataclass(frozen=True)
class ScaleProposal:
    """What a file's scores are like, and what they may be.

    Attributes
    ----------
    column:
        The file's own name of the column.
    count, lowest, highest:
        How many scores there are, and their range.
    better_by_labels:
        Which scores were labelled relevant more often; None where the labels do not tell.
    scale:
        What the scores may be; None where nothing speaks for any scale.
    is_named:
        Whether the column's name says so, or a percent sign; else it is guessed from range and
        labels, and has to be asked for.

    Examples
    --------
    >>> scores = [n % 10 * 3.5 for n in range(60)]
    >>> rows = [{"query": f"q{n}", "score": s, "relevance": s < 14} for n, s in enumerate(scores)]
    >>> proposal = sc.propose_scale(sc.labels_of(rows))
    >>> proposal.scale.name, proposal.better_by_labels, proposal.highest
    ('distance', 'lower', 31.5)
    """

    column: str
    count: int
    lowest: float
    highest: float
    better_by_labels: Direction | None
    scale: ScoreScale | None
    is_named: bool

    @property
    def sentence(self) -> str:
        """What the column holds, and what the labels say of its direction."""
        return (
            f"Your file has a column {self.column[:40]} ({self.count:,} values, {self.lowest:.4g} "
            f"to {self.highest:.4g}). {self.labels_words}"
        )

    @property
    def labels_words(self) -> str:
        """What the labels say of the direction."""
        if self.better_by_labels is None:
            return "The labels don't tell whether higher or lower ones are better."
        return f"{self.better_by_labels.capitalize()} ones were labelled relevant more often."


@explain_mistakes
def propose_scale(labels: Labels) -> ScaleProposal:
    r"""Propose what the scores of a label file mean.

    Parameters
    ----------
    labels:
        With scores; without labels nothing is said of the direction.

    Raises
    ------
    LabelsError
        They are no `Labels`, or have no scores.

    Examples
    --------
    >>> rows = [f"q{n},{n % 10 * 3.5},{int(n % 10 < 4)}" for n in range(60)]
    >>> labels = sc.read_labels("\n".join(["query,score,relevance", *rows]).encode())
    >>> proposal = sc.propose_scale(labels)
    >>> proposal.sentence.split(". ")[1]
    'Lower ones were labelled relevant more often.'
    >>> proposal.scale.words, proposal.is_named
    ('distance, any length (lower is better)', False)
    """
    check_kind(labels, Labels, "read them with read_labels", LabelsError)
    if labels.scores is None:
        raise LabelsError("These labels have no column 'score'; add one, or give texts instead.")
    column, scores = labels.reading.columns.get("score", "score"), labels.scores
    better = _better_by_labels(scores, labels.relevance)
    called = ("percent",) if labels.reading.percent_scores else _called(column)
    named = _first_that_holds(called, scores)
    return ScaleProposal(
        column=column,
        count=len(scores),
        lowest=float(scores.min()),
        highest=float(scores.max()),
        better_by_labels=better,
        scale=named or _first_that_holds(_usual(scores, better), scores),
        is_named=named is not None,
    )


def _called(column: str) -> tuple[str, ...]:
    name = re.sub(r"[\s-]+", "_", column.strip().casefold())
    return next((scales for part, scales in _CALLED if re.search(part, name)), ())


def _usual(scores: Floats, better: Direction | None) -> tuple[str, ...]:
    """Return what scores of such a range and direction usually are."""
    if better is None:
        return ()
    if better == "lower":
        return ("distance", "negative_bm25", "lower_is_better")
    if scores.min() < -1:  # below 0 throughout: log-probabilities, or distances turned round
        return ("reranker_logit",) if scores.max() > 0 else ("higher_is_better",)
    return ("cosine", "higher_is_better")


def _first_that_holds(names: tuple[str, ...], scores: Floats) -> ScoreScale | None:
    scales = (BROUGHT_SCALES[name] for name in names)
    return next((scale for scale in scales if not scale.outside(scores).any()), None)


def _better_by_labels(scores: Floats, relevance: Floats) -> Direction | None:
    """Return which scores were labelled relevant more often, beyond what chance explains.

    AUC by ranks, against its spread where scores say nothing (Mann and Whitney 1947).
    """
    if np.isnan(relevance).any():
        return None
    relevant: Mask = relevance >= RELEVANT
    positive, negative = int(relevant.sum()), int((~relevant).sum())
    if not positive or not negative:
        return None
    ranks = scipy.stats.rankdata(scores)
    auc = (ranks[relevant].sum() - positive * (positive + 1) / 2) / (positive * negative)
    spread = math.sqrt((positive + negative + 1) / (12 * positive * negative))
    if abs(auc - 0.5) <= CLEARLY * spread:
        return None
    return "higher" if auc > 0.5 else "lower"
