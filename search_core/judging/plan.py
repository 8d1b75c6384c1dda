"""A plan for judging: which pairs to ask about next, and what the answers are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from search_core.arrays import floats_of
from search_core.calibrate.fit import CalibrationResult, fit_calibrator
from search_core.engine import SearchEngine
from search_core.errors import CalibrationError, InputError, LabelsError, check_kind, shortened
from search_core.files.decoding import Source
from search_core.files.tables import write_table
from search_core.judging.border import Border, find_border
from search_core.judging.estimates import Estimate, Round, Sample, estimate_mean
from search_core.judging.expected import after_labels, before_labels
from search_core.judging.pool import Pool, check_seed, gather
from search_core.judging.rounds import LABELS, ROUND, draw_round
from search_core.judging.table import COLUMNS, UNSURE, read_plan
from search_core.labels.inclusion import Inclusion, fit_weights
from search_core.labels.labels import Labels, labels_of
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.vectors import Floats, Mask, Rows

NARROW = (
    0.1  # half the interval of the predicted relevance at the border: further labels add little
)

Answer = bool | float | Literal["relevant", "not relevant", "can't tell"]
"""What a person says of a pair; a number is a grade from 0 to 1."""
Judge = Callable[[Sequence[str], Sequence[str]], npt.ArrayLike]

CANT_TELL = "can't tell"
_WORDS: Mapping[str, float | None] = MappingProxyType(
    {"relevant": 1.0, "not relevant": 0.0, CANT_TELL: None}
)


@dataclass(frozen=True)
class PairToJudge:
    """A pair that somebody is to label.

    Attributes
    ----------
    number:
        Its index in the pool, by which its answer is given.
    query, text, doc_id:
        What was asked, and the document.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> plan = sc.JudgingPlan.of(engine, [f"Which animal is number {n}?" for n in range(20)])
    >>> pair = plan.next_pairs()[0]
    >>> pair.text in engine.corpus.texts, pair == plan.pair(pair.number)
    (True, True)
    """

    number: int
    query: str
    text: str
    doc_id: str

    def __repr__(self) -> str:
        asked, text = shortened(self.query), shortened(self.text)
        return f"<PairToJudge {self.number}: {asked} with {text}>"


@explain_mistakes
@dataclass(frozen=True, eq=False)
class JudgingPlan:
    """Fifty pairs of many, chosen so that their labels teach most, with known probabilities.

    The pairs are the best hits of up to 30 questions, one a question, and others where the
    predicted relevance is least sure or a fit learns most. They come in two rounds of 25; what the
    first one taught chooses the second. A plan never changes: `read` returns the next one.

    Attributes
    ----------
    pool:
        All pairs that the labels are to speak of.
    expected:
        What is expected of each pair, in [0, 1]; shape (n,).
    rounds:
        What was drawn so far.
    answers:
        The label of each pair that has one, by its number: in [0, 1], or None for "can't tell".
    is_judged_by_machine:
        Whether `expected` are the scores of a judge that was given.
    seed:
        Of all that is drawn.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> plan = sc.JudgingPlan.of(engine, [f"Which animal is number {n}?" for n in range(20)])
    >>> first = plan.next_pairs()[0]
    >>> plan = plan.read({first.number: "not relevant"})
    >>> plan.labelled, plan.wanted, plan.is_done
    (1, 50, False)
    """

    pool: Pool
    expected: Floats
    rounds: tuple[Round, ...]
    answers: Mapping[int, float | None]
    is_judged_by_machine: bool = False
    seed: int = 0

    @classmethod
    def of(
        cls,
        engine: SearchEngine,
        questions: Iterable[str],
        *,
        judge: Judge | None = None,
        seed: int = 0,
    ) -> JudgingPlan:
        """Choose the first pairs.

        Parameters
        ----------
        engine:
            What is searched.
        questions:
            20 or more that your users ask, in their own words; never made of the texts.
        judge:
            Called with the queries and the texts of all pairs of the pool; returns a score from 0
            to 1 for each, such as those of an LLM or a reranker. They take the place of what is
            expected of pairs: the better they are, the narrower the intervals.
        seed:
            Of what is drawn.

        Raises
        ------
        QueryError
            The questions are no list, one is no text or blank, or fewer than 20 differ.
        InputError
            The engine is none, the judge is no function or returned something else than one score
            from 0 to 1 a pair, or the seed is no whole number of 0 or more.
        """
        return cls.on(gather(engine, questions, seed), judge, seed)

    @classmethod
    def on(cls, pool: Pool, judge: Judge | None = None, seed: int = 0) -> JudgingPlan:
        """Choose the first pairs of a pool that is there already; as `of`.

        Parameters
        ----------
        pool:
            All pairs that the labels are to speak of.
        judge, seed:
            As for `of`.
        """
        check_seed(seed)
        expected = before_labels(pool) if judge is None else _judged(judge, pool)
        plan = cls(pool, expected, (), MappingProxyType({}), judge is not None, seed)
        return plan._drawn()

    @classmethod
    def resumed(
        cls,
        engine: SearchEngine,
        source: Source,
        *,
        judge: Judge | None = None,
        seed: int = 0,
    ) -> JudgingPlan:
        """Return the plan that a CSV of `to_csv` holds.

        Parameters
        ----------
        engine, judge, seed:
            As for `of`; the same as when the plan was made.
        source:
            A path, the bytes, or an open file.

        Raises
        ------
        LabelsError
            It is no such file, or has a pair that these questions do not bring up here.
        QueryError, InputError
            As for `of`.
        """
        kept = read_plan(source)
        made = cls.of(engine, kept.questions, judge=judge, seed=seed)
        rounds, answers = kept.on(made.pool)
        plan = replace(made, rounds=rounds, answers=answers)
        return plan._learnt()._drawn()

    def __repr__(self) -> str:
        return f"<JudgingPlan: {self.labelled} of {self.wanted} labels on {self.pool!r}>"

    # What to ask

    @property
    def wanted(self) -> int:
        """How many labels the plan is for: 50, or fewer where there are not so many pairs."""
        undecided = sum(label is None for label in self.answers.values())
        return min(LABELS, len(self.pool) - undecided)

    @property
    def labelled(self) -> int:
        """How many pairs have a label, those that nobody could tell not counted."""
        return len(self.answers) - sum(label is None for label in self.answers.values())

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to ask."""
        return self.labelled >= self.wanted

    @property
    def is_narrow(self) -> bool:
        """Whether the first round is answered, and the border is known well."""
        border = self.border
        return self.labelled >= ROUND and border is not None and border.spread <= NARROW

    def next_pairs(self) -> tuple[PairToJudge, ...]:
        """Return the pairs of this round without an answer, in the order to ask about them."""
        return tuple(self.pair(n) for n in self._asked if n not in self.answers)

    def pair(self, number: int) -> PairToJudge:
        """Return the pair of this number in the pool.

        Raises
        ------
        LabelsError
            The pool has no such pair.
        """
        if not _is_number(number) or not 0 <= number < len(self.pool):
            raise LabelsError(
                f"There is no pair {number!r}; give a whole number from 0 to {len(self.pool) - 1}."
            )
        query = self.pool.questions[self.pool.question_of[number]]
        return PairToJudge(number, query, self.pool.pairs.texts[number], self.pool.ids[number])

    @property
    def _asked(self) -> list[int]:
        return [number for each in self.rounds for number in each.rows.tolist()]

    # What is answered

    def read(self, answers: Mapping[int, Answer]) -> JudgingPlan:
        """Return the plan with more answers; a pair that has one already gets the new one.

        Parameters
        ----------
        answers:
            By the pair's number: True, "relevant" or 1; False, "not relevant" or 0; a number
            between for a grade; "can't tell" to leave the pair out.

        Raises
        ------
        LabelsError
            An answer of another kind, for a pair that was not asked about, or without its number.
        """
        check_kind(answers, Mapping, "give a dict of pairs' numbers and answers", LabelsError)
        asked = set(self._asked)
        for number in answers:
            if not _is_number(number) or number not in asked:
                raise LabelsError(
                    f"Pair {number!r} was not asked about; answer those of next_pairs()."
                )
        read = {number: _label(number, answer) for number, answer in answers.items()}
        merged = MappingProxyType({**self.answers, **read})
        return replace(self, answers=merged)._learnt()._drawn()

    def without(self, number: int) -> JudgingPlan:
        """Return the plan without the answer to a pair, which is then asked about again.

        Parameters
        ----------
        number:
            The pair's number (`PairToJudge.number`).

        Raises
        ------
        LabelsError
            The pair has no answer.
        """
        if not _is_number(number) or number not in self.answers:
            raise LabelsError(f"Pair {number!r} has no answer that could be taken back.")
        kept = {each: label for each, label in self.answers.items() if each != number}
        rounds = self.rounds
        if len(rounds) > 1 and not any(each in kept for each in rounds[-1].rows.tolist()):
            rounds = rounds[:-1]  # nobody has seen it; it is drawn anew
        return replace(self, rounds=rounds, answers=MappingProxyType(kept))._learnt()._drawn()

    def _learnt(self) -> JudgingPlan:
        """Return the plan with what its answers let expect, unless a judge's scores say it."""
        if self.is_judged_by_machine:
            return self
        numbers = self._labelled_numbers
        before = before_labels(self.pool)
        weights = fit_weights(self._inclusion[numbers])
        expected = after_labels(self.pool, before, numbers, self._relevance[numbers], weights)
        return replace(self, expected=expected)

    def _drawn(self) -> JudgingPlan:
        """Return the plan with another round drawn, where one is needed."""
        if self.is_done or self.next_pairs():
            return self
        known = np.zeros(len(self.pool), dtype=np.bool_)
        known[self._asked] = True
        count = min(ROUND, self.wanted - self.labelled)
        drawn = draw_round(self.pool, self.expected, known, count, (self.seed, len(self.rounds)))
        return replace(self, rounds=(*self.rounds, drawn))

    # What the answers say

    @cached_property
    def sample(self) -> Sample:
        """Which pairs were drawn and have a label."""
        labelled = ~np.isnan(self._relevance)
        return Sample(self.rounds, self.pool.is_best, self.pool.question_of, labelled)

    @cached_property
    def weights(self) -> Floats:
        """How many pairs of the pool each of them stands for, shape (n,); 0 without a label."""
        return self.sample.weights

    def estimate(
        self, figures: npt.ArrayLike, expected: npt.ArrayLike | None = None, of: Mask | None = None
    ) -> Estimate:
        """Estimate the mean of a figure over the pool, or over some of its pairs.

        Parameters
        ----------
        figures:
            The figure of each pair with a label, such as its loss; shape (n,), one for each pair of
            the pool, of which those without a label are not looked at.
        expected:
            What is expected of it for every pair; nothing if not given.
        of:
            Which pairs are meant; all if not given.

        Raises
        ------
        CalibrationError
            No label speaks of the pairs that are meant; or there is not one figure for each pair.
        InputError
            A figure is no number.
        """
        given = self._of_pool(figures, "figures")
        missing = np.flatnonzero(self.sample.labelled & np.isnan(given))
        if len(missing):
            raise CalibrationError(
                f"Pair {missing[0]} has a label and no figure; give a number for each with a label."
            )
        count = len(self.pool)
        foretold = np.zeros(count) if expected is None else self._of_pool(expected, "expectations")
        return estimate_mean(self.sample, given, foretold, self._mask(of))

    def _of_pool(self, given: npt.ArrayLike, what: str) -> Floats:
        """Return numbers as float64, one for each pair of the pool."""
        numbers = floats_of(_flags_as_numbers(given), what)
        if numbers.shape != (len(self.pool),):
            raise CalibrationError(
                f"The {what} have shape {numbers.shape}; give one for each of the "
                f"{len(self.pool):,} pairs of the pool."
            )
        return numbers

    def _mask(self, of: Mask | None) -> Mask | None:
        """Return which pairs are meant; refuse what does not say it of each pair."""
        if of is None:
            return None
        mask = np.asarray(of)
        if mask.dtype != np.bool_ or mask.shape != (len(self.pool),):
            raise CalibrationError(
                f"The pairs that are meant came as {mask.dtype} of shape {mask.shape}; give True "
                f"or False for each of the {len(self.pool):,} pairs of the pool."
            )
        return mask

    def share_relevant(self, of: Mask | None = None) -> Estimate:
        """Estimate the mean label of the pool, or of some of its pairs: a precision.

        As `estimate`, but cut off at 0 and 1, which no share is beyond.

        Examples
        --------
        >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["cat", "dog", "sun"]), encoder)
        >>> plan = sc.JudgingPlan.of(engine, [f"Is number {n} a cat?" for n in range(20)])
        >>> while not plan.is_done:
        ...     plan = plan.read({pair.number: pair.text == "cat" for pair in plan.next_pairs()})
        >>> plan.share_relevant(plan.pool.cosines > -1).questions
        20
        """
        # A judge's scores rank pairs; how much labels vary around them is for the labels to say.
        by_judge = self.is_judged_by_machine
        variance = None if by_judge else self.expected * (1.0 - self.expected)
        meant = self._mask(of)
        found = estimate_mean(self.sample, self._relevance, self.expected, meant, variance)
        value = min(max(found.value, 0.0), 1.0)
        if found.lower is None or found.upper is None:
            return replace(found, value=value)
        lower, upper = max(0.0, found.lower), min(1.0, found.upper)
        return replace(found, value=value, lower=min(lower, value), upper=max(upper, value))

    @cached_property
    def border(self) -> Border | None:
        """The cosine at which a hit is as likely relevant as not; None where it is not known."""
        numbers = self._labelled_numbers
        return find_border(
            self.pool.cosines[numbers],
            self._relevance[numbers],
            self.pool.question_of[numbers],
            fit_weights(self._inclusion[numbers]),
        )

    def scored(self) -> ScoredPairs:
        """Return the labels with their features, and with what each counts, ready for a fit.

        Raises
        ------
        CalibrationError
            There are no labels.
        """
        numbers = self._labelled_numbers
        if not len(numbers):
            raise CalibrationError(
                "There are no labels yet; answer the pairs of next_pairs() first."
            )
        relevance = self._relevance[numbers]
        return replace(
            self.pool.pairs.take(numbers),
            relevance=relevance,
            graded=bool(((relevance > 0) & (relevance < 1)).any()),
            rows=tuple(range(2, len(numbers) + 2)),
            inclusion=Inclusion(
                self._inclusion[numbers], self.pool.is_best[numbers], self._turn[numbers]
            ),
        )

    def fit(self, method: str = "auto") -> CalibrationResult:
        """Fit a calibrator on the labels, each weighed by how it was drawn.

        Its threshold for best hits is exact: every question had the same probability to have its
        best hit labelled, and each counts once.

        Parameters
        ----------
        method:
            "auto", "platt" or "blend".

        Raises
        ------
        CalibrationError
            As `fit_calibrator`: fewer than 20 labels, or all alike.
        """
        return fit_calibrator(self.scored(), method)

    def labels(self) -> Labels:
        """Return the labels as `read_labels` reads them from the CSV.

        Raises
        ------
        LabelsError
            There are none.
        """
        rows = [row for row in self._table() if row[2] not in ("", UNSURE)]
        if not rows:
            raise LabelsError("There are no labels yet; answer the pairs of next_pairs() first.")
        return labels_of([dict(zip(self._columns, row, strict=True)) for row in rows])

    def to_csv(self) -> str:
        """Return the plan as a CSV that `read_labels` reads, and that `resumed` goes on with.

        Columns query, text, relevance, inclusion (π), round, pool (best, hit or far), and judge
        where one was given. Pairs that are still to be labelled, and questions that no pair was
        drawn of, have rows without a label.
        """
        return write_table(self._columns, self._table())

    @property
    def _columns(self) -> tuple[str, ...]:
        return (*COLUMNS, "judge") if self.is_judged_by_machine else COLUMNS

    def _table(self) -> list[tuple[str, ...]]:
        rows = [
            self._row(number, f"{chance:.9g}", str(turn))
            for turn, each in enumerate(self.rounds, start=1)
            for number, chance in zip(each.rows.tolist(), each.inclusion.tolist(), strict=True)
        ]
        drawn = set(self.pool.question_of[self._asked].tolist())
        waiting = [
            number
            for number in np.flatnonzero(self.pool.is_best).tolist()
            if self.pool.question_of[number] not in drawn
        ]
        return rows + [self._row(number, "", "") for number in waiting]

    def _row(self, number: int, chance: str, turn: str) -> tuple[str, ...]:
        pair = self.pair(number)
        label = ""
        if number in self.answers:
            answer = self.answers[number]
            label = UNSURE if answer is None else f"{answer:.9g}"
        cells = (pair.query, pair.text, label, chance, turn, self.pool.kind(number))
        judge = (f"{self.expected[number]:.9g}",) if self.is_judged_by_machine else ()
        return cells + judge

    # Its rows

    @cached_property
    def _relevance(self) -> Floats:
        """The label of each pair of the pool, NaN without one; shape (n,)."""
        relevance = np.full(len(self.pool), np.nan)
        for number, label in self.answers.items():
            relevance[number] = np.nan if label is None else label
        return relevance

    @property
    def _labelled_numbers(self) -> Rows:
        """The numbers of the pairs with a label, in the order in which they were asked about."""
        asked = np.array(self._asked, dtype=np.intp)
        return asked[~np.isnan(self._relevance[asked])]

    @cached_property
    def _inclusion(self) -> Floats:
        """With which probability each pair was drawn in its round, shape (n,); NaN for others."""
        inclusion = np.full(len(self.pool), np.nan)
        for each in self.rounds:
            inclusion[each.rows] = each.inclusion
        return inclusion

    @property
    def _turn(self) -> Rows:
        """In which round each pair was drawn, shape (n,); -1 for others."""
        turn = np.full(len(self.pool), -1)
        for number, each in enumerate(self.rounds):
            turn[each.rows] = number
        return turn


def _judged(judge: Judge, pool: Pool) -> Floats:
    """Return the judge's score of each pair of the pool, shape (n,)."""
    if not callable(judge):
        raise InputError(
            f"A {type(judge).__name__} was given to score pairs; give a function of the queries "
            "and the texts of all pairs."
        )
    queries = [pool.questions[number] for number in pool.question_of]
    scores = floats_of(_flags_as_numbers(judge(queries, pool.pairs.texts)), "scores returned")
    if scores.shape != (len(pool),):
        raise InputError(
            f"Scores of shape {scores.shape} were returned for {len(pool)} pairs; return one for "
            "each."
        )
    outside = np.flatnonzero(~((scores >= 0) & (scores <= 1)))
    if len(outside):
        raise InputError(
            f"The score {scores[outside[0]]:g} was returned for pair {outside[0]}, and one from 0 "
            "to 1 was expected; divide by its highest score, or take the sigmoid of a logit."
        )
    return scores


def _flags_as_numbers(given: npt.ArrayLike) -> object:
    """Return what was given with 1 and 0 for yes and no."""
    if not isinstance(given, list | tuple | np.ndarray):
        return given
    return [float(each) if isinstance(each, bool | np.bool_) else each for each in given]


def _is_number(given: object) -> bool:
    """Whether this can be the number of a pair."""
    return isinstance(given, int | np.integer) and not isinstance(given, bool)


def _label(number: int, answer: Answer) -> float | None:
    """Return an answer as a label from 0 to 1, None for one that nobody can give."""
    if isinstance(answer, str) and answer in _WORDS:
        return _WORDS[answer]
    if isinstance(answer, int | float | np.number | np.bool_) and 0 <= answer <= 1:
        return float(answer)
    raise LabelsError(
        f"Pair {number} was answered by {answer!r}; answer True, False, a grade from 0 to 1, or "
        f'"{CANT_TELL}".'
    )
