"""The pool: all pairs that labels are to speak of, the hits of some questions and a few others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

from search_core.engine import SearchEngine
from search_core.errors import InputError, QueryError, check_kind, several
from search_core.hits import Hits
from search_core.labels.inclusion import BEST, FAR, HIT
from search_core.labels.labels import query_key
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.vectors import Floats, Mask, Positions, Rows

FIRST_HITS = 20  # of each question, among which what is relevant is found
FAR_DOCUMENTS = 2  # of each question, from all the rest: what a score of nothing looks like
FEWEST_QUESTIONS = 20  # rows of one question hang together: fewer say little, however many rows


@explain_mistakes
@dataclass(frozen=True, eq=False)
class Pool:
    """The first hits of each question, and a few documents that are none.

    Attributes
    ----------
    questions:
        As they were asked, each once; length q.
    question_of:
        The number of each pair's question, shape (n,).
    positions:
        Where its text stands in the collection, shape (n,).
    is_best, is_far:
        Whether it is its question's best hit, and whether it is none of its first hits; shape (n,).
    ids:
        The id of that document, length n.
    pairs:
        The pairs with their features; relevance is NaN.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> plan = sc.JudgingPlan.of(engine, [f"question {number}?" for number in range(20)])
    >>> plan.pool
    <Pool: 60 pairs of 20 questions>
    """

    questions: tuple[str, ...]
    question_of: Rows
    positions: Positions
    is_best: Mask
    is_far: Mask
    ids: tuple[str, ...]
    pairs: ScoredPairs

    def __len__(self) -> int:
        return len(self.question_of)

    def __repr__(self) -> str:
        return f"<Pool: {len(self):,} pairs of {len(self.questions):,} questions>"

    @property
    def cosines(self) -> Floats:
        """Cosine of each pair, shape (n,)."""
        return self.pairs.similarities

    def kind(self, number: int) -> str:
        """Return what a pair is: "best", "hit" or "far".

        Parameters
        ----------
        number:
            The pair's number, from 0.
        """
        if self.is_best[number]:
            return BEST
        return FAR if self.is_far[number] else HIT

    @cached_property
    def number_of(self) -> dict[tuple[str, str], int]:
        """The number of each pair, by its question, case and blanks folded, and its text."""
        keys = zip(self.pairs.queries, self.pairs.texts, strict=True)
        return {key: number for number, key in enumerate(keys)}


def gather(engine: SearchEngine, questions: Iterable[str], seed: int) -> Pool:
    """Return the pool of these questions.

    Parameters
    ----------
    engine:
        What they are asked of.
    questions:
        20 or more that differ; one that is asked again is left out.
    seed:
        Draws the documents that are no hits.

    Raises
    ------
    QueryError
        The questions are no list, one is no text or blank, or fewer than 20 differ.
    InputError
        The engine is none, or the seed is no whole number of 0 or more.
    """
    check_kind(engine, SearchEngine, "make one with SearchEngine.build", InputError)
    check_seed(seed)
    asked = _distinct(several(questions, "questions", QueryError))
    found = engine.search_many(asked, FIRST_HITS)
    texts = engine.corpus.texts
    rows: list[tuple[int, int, bool, bool]] = []
    for number, hits in enumerate(found):
        near = _once_a_text(hits)
        far = _others(near, texts, _generator(asked[number], seed))
        rows += [(number, position, rank == 0, False) for rank, position in enumerate(near)]
        rows += [(number, position, False, True) for position in far]
    numbers, positions, is_best, is_far = (np.array(column) for column in zip(*rows, strict=True))
    pairs = engine.collection.score_texts(
        [asked[number] for number in numbers], [texts[position] for position in positions]
    )
    ids = tuple(engine.corpus.ids[position] for position in positions)
    return Pool(tuple(asked), numbers, positions, is_best, is_far, ids, pairs)


def check_seed(seed: int) -> None:
    """Refuse a seed that nothing can be drawn with.

    Raises
    ------
    InputError
        It is no whole number of 0 or more.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"The seed is {seed!r}; give a whole number of 0 or more.")


def _distinct(questions: Sequence[str]) -> list[str]:
    """Return questions that differ by more than case and blanks, as first asked."""
    for each in questions:
        if not isinstance(each, str) or not each.strip():
            raise QueryError(
                f"A question is {each!r}, and a text was expected; leave it out or write one."
            )
    kept = {query_key(each): each for each in reversed(questions)}
    distinct = [kept[key] for key in dict.fromkeys(map(query_key, questions))]
    if len(distinct) < FEWEST_QUESTIONS:
        raise QueryError(
            f"{len(distinct)} different questions were given, and at least {FEWEST_QUESTIONS} are "
            "needed; add more that your users ask."
        )
    return distinct


def _once_a_text(hits: Hits) -> list[int]:
    """Return the positions of hits, best first, those of equal texts once."""
    first = dict(zip(reversed(hits.texts), reversed(hits.positions), strict=True))
    return [first[text] for text in dict.fromkeys(hits.texts)]


def _generator(question: str, seed: int) -> np.random.Generator:
    """Return what draws a question's documents: the same in whatever order questions come."""
    digest = sha256(query_key(question).encode("utf-8", "surrogatepass")).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def _others(near: Sequence[int], texts: Sequence[str], rng: np.random.Generator) -> list[int]:
    """Draw the positions of documents whose texts are none of the hits'."""
    taken = {texts[position] for position in near}
    drawn: list[int] = []
    spare = len(near) + FAR_DOCUMENTS
    for position in rng.permutation(len(texts))[: 4 * spare].tolist():
        if len(drawn) == FAR_DOCUMENTS:
            break
        if texts[position] not in taken:
            drawn.append(position)
            taken.add(texts[position])
    return drawn
