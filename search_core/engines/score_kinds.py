"""Numbers that look like no vector score: fused ranks, semantic rankers, rerankers and BM25.

A number alone never says where it is from, but some sizes are typical: rank fusion shows sums of
1/(60 + rank) (Cormack, Clarke and Buettcher 2009; the default of every engine that fuses so), and
text scores leave every range that a cosine has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

from search_core.scale import BROUGHT_SCALES

RRF_CONSTANT = 60
RANKS = 20  # that are looked at, from 0: some engines count from 0, others from 1
TOP_RANKS = 3  # a single number that is a sum of these is hardly so by chance
RRF_LEAST = 1 / (RRF_CONSTANT + 100)  # a hundredth rank in one list
RRF_GREATEST = 4 / RRF_CONSTANT  # the first rank in four lists
FEWEST_DECIMALS = 4  # 0.016 is a rounded cosine as well as a rounded 1/61
DBSF_GREATEST = 2.0  # about: two lists that each give up to 1
SEMANTIC_GREATEST = 4.0  # of Azure's semantic ranker

IMPLAUSIBLE = -0.5
"""Cosines of texts are hardly ever lower, whatever the model."""


@dataclass(frozen=True)
class ScoreKind:
    """A kind of score without a way back to a cosine.

    Attributes
    ----------
    words:
        What it is, as it stands in a sentence.
    scale:
        The scale under which labels can calibrate it; a key of `BROUGHT_SCALES`.
    is_any_size:
        Whether such scores have any size, so that a number that others show may be theirs.
    """

    words: str
    scale: str
    is_any_size: bool = False

    @property
    def remedy(self) -> str:
        """What can be done with such scores."""
        return (
            "It is no cosine; labels can calibrate such scores as your own (scale "
            f"'{BROUGHT_SCALES[self.scale].label}')."
        )


SEMANTIC = ScoreKind(
    "a grade of Azure's semantic ranker (@search.rerankerScore, from 0 to 4)", "zero_to_four"
)
DBSF = ScoreKind("the score of a hybrid query by Qdrant's fusion (DBSF)", "fused")
TEXT_SCORE = ScoreKind(
    "a text score (BM25, which has no upper end) or a reranker's logit", "bm25", True
)
NEGATIVE = ScoreKind(
    "a reranker's logit, or a score of SQLite's bm25(), where the lowest is the best",
    "reranker_logit",
    True,
)


def fused_kind(score: float) -> ScoreKind | None:
    """Return the kind of a number of the size that rank fusion shows, with its ranks if found."""
    if not RRF_LEAST <= score <= RRF_GREATEST:
        return None
    ranks = fused_ranks(score)
    example = f", here {_sum(ranks)}" if ranks else ", such as 1/61 + 1/62 = 0.0325"
    return ScoreKind(f"the score of a hybrid query by rank fusion (RRF{example})", "fused")


def text_kind(score: float, system: str) -> ScoreKind:
    """Return the kind of a number above the greatest score of an engine."""
    if "Azure" in system and score <= SEMANTIC_GREATEST:
        return SEMANTIC
    return DBSF if "Qdrant" in system and score <= DBSF_GREATEST else TEXT_SCORE


def top_fused_words(score: float) -> str:
    """Say that a number is also what rank fusion shows for a top hit; "" if it is not."""
    ranks = fused_ranks(score)
    if not ranks or max(ranks) > TOP_RANKS:
        return ""
    return (
        f"{score:.6g} is also what rank fusion (RRF) shows for a top hit ({_sum(ranks)}); if the "
        "query was hybrid, it is no cosine."
    )


def fused_ranks(score: float) -> tuple[int, ...]:
    """Return the ranks, of one or two lists, that rank fusion makes a number of; () for none.

    The number counts as rounded to the decimals that it is written with, of which it needs four.
    Lower ranks come first, and of pairs those that are alike.
    """
    decimals = _decimals(score)
    if decimals < FEWEST_DECIMALS:
        return ()
    rounding = 0.5001 * 10.0**-decimals
    singles = [(rank,) for rank in range(RANKS)]
    pairs = combinations_with_replacement(range(RANKS), 2)
    alike_first = sorted(pairs, key=lambda pair: (sum(pair), pair[1] - pair[0]))
    for ranks in (*singles, *alike_first):
        if abs(sum(1 / (RRF_CONSTANT + rank) for rank in ranks) - score) <= rounding:
            return ranks
    return ()


def _sum(ranks: tuple[int, ...]) -> str:
    return " + ".join(f"1/{RRF_CONSTANT + rank}" for rank in ranks)


def _decimals(score: float) -> int:
    """Return how many decimals a number is written with, at most ten."""
    return len(f"{score:.10f}".rstrip("0").partition(".")[2])
