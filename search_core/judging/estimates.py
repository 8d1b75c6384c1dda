"""What the labels of drawn pairs say of all pairs: weights, estimates and their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from search_core.errors import CalibrationError
from search_core.evaluate.intervals import jackknife_error, t_quantile
from search_core.limits import DEMO_QUERIES
from search_core.vectors import Floats, Mask, Rows


@dataclass(frozen=True, eq=False)
class Round:
    """Pairs that were drawn together.

    Attributes
    ----------
    rows:
        Their numbers in the pool, in the order in which they are asked about.
    inclusion:
        With which probability each was drawn; shape (len(rows),).

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> plan = sc.JudgingPlan.of(engine, [f"Which animal is number {n}?" for n in range(20)])
    >>> first = plan.rounds[0]
    >>> len(first.rows), bool((first.inclusion > 0).all())
    (25, True)
    """

    rows: Rows
    inclusion: Floats

    def __repr__(self) -> str:
        return f"<Round: {len(self)} pairs>"

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Estimate:
    """A figure of all pairs, estimated from those with labels.

    Attributes
    ----------
    value:
        The estimate, without bias.
    lower, upper:
        Its 90% interval; None below 5 questions with labels.
    power:
        How far what was expected of the pairs was relied on: λ from 0 to 1.
    questions:
        On how many questions there are labels.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> plan = sc.JudgingPlan.of(engine, [f"Which animal is number {n}?" for n in range(20)])
    >>> plan = plan.read({pair.number: pair.text == "a cat" for pair in plan.next_pairs()})
    >>> found = plan.share_relevant()
    >>> found.lower <= found.value <= found.upper
    True
    """

    value: float
    lower: float | None
    upper: float | None
    power: float
    questions: int


@dataclass(frozen=True, eq=False)
class Sample:
    """Which pairs of a pool were drawn, and which of them have a label.

    Attributes
    ----------
    rounds:
        What was drawn, round by round; each is a design of its own.
    is_best:
        Which pairs are best hits, drawn apart from the rest; shape (n,).
    question_of:
        The number of each pair's question, shape (n,).
    labelled:
        Which pairs have a label, shape (n,).
    """

    rounds: Sequence[Round]
    is_best: Mask
    question_of: Rows
    labelled: Mask

    @cached_property
    def weights(self) -> Floats:
        """How many pairs of the pool each label stands for, shape (n,); 0 without a label.

        Each round estimates the whole pool: what was drawn before it counts as itself, and what it
        drew by 1/π. Rounds are averaged by their labels. Pairs without a label are represented by
        those drawn in the same way that have one.
        """
        total = np.zeros(len(self.labelled))
        labels = 0
        known = np.zeros(len(self.labelled), dtype=np.bool_)
        for each in self.rounds:
            counted = self._counted(each, known)
            number = int(self.labelled[each.rows].sum())
            if counted is not None:
                total += number * counted
                labels += number
            known[each.rows] = True
        return total / labels if labels else total

    def _counted(self, drawn: Round, known: Mask) -> Floats | None:
        """Return what each label counts in the estimate of one round; None if it cannot give one.

        It cannot where some kind of pair, of which there are more, has no label in it.
        """
        counts = np.where(known, 1.0, 0.0)
        counts[drawn.rows] = 1.0 / drawn.inclusion
        is_new = np.zeros(len(known), dtype=np.bool_)
        is_new[drawn.rows] = True
        for part in (self.is_best, ~self.is_best):
            if (part & ~known).any() and not (part & is_new & self.labelled).any():
                return None
            for group in (part & known, part & is_new):
                stands = counts[group & self.labelled].sum()
                if stands > 0:
                    counts[group] *= counts[group].sum() / stands
        return np.where(self.labelled, counts, 0.0)

    @property
    def questions(self) -> Rows:
        """The numbers of the questions that have labels, ascending."""
        return np.unique(self.question_of[self.labelled])

    def without_question(self, number: int) -> Sample:
        """Return the sample as if a question had no labels."""
        return replace(self, labelled=self.labelled & (self.question_of != number))


def estimate_mean(
    sample: Sample,
    figures: Floats,
    expected: Floats,
    of: Mask | None = None,
    variance: Floats | None = None,
) -> Estimate:
    """Estimate the mean of a figure over all pairs of the pool, or over some of them.

    θ̂ = N⁻¹ [ λ Σ_pool f + Σ_labels (g − λ f) w ]: Horvitz and Thompson's estimate for λ = 0 and the
    augmented one for λ = 1; λ = Cov(g, f) / Var(f), clipped to [0, 1], follows how well f foretells
    g (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453). Over some pairs the labels' part is a
    ratio (Hájek 1971). The interval leaves out one question at a time (t with one degree less than
    there are questions).

    Parameters
    ----------
    sample:
        What was drawn and has labels.
    figures:
        The figure g of each pair with a label; shape (n,), the rest is not looked at.
    expected:
        What is expected of it, f, for every pair of the pool; shape (n,).
    of:
        Which pairs are meant, shape (n,); all if not given.
    variance:
        What the figure of each pair is expected to vary by, shape (n,). Where something is rare the
        labels may hold none of it and seem certain; the interval is no narrower than this lets
        expect (the anticipated variance of Isaki and Fuller 1982).

    Raises
    ------
    CalibrationError
        None of the pairs meant has a label that stands for any.
    """
    weights = sample.weights
    meant = np.ones(len(weights), dtype=np.bool_) if of is None else of
    if not (weights[meant] > 0).any():
        raise CalibrationError(
            "No label speaks of these pairs yet; label more of the pairs that are asked about."
        )
    labelled = np.where(sample.labelled, figures, 0.0)
    power = _power(labelled, expected, np.where(meant, weights, 0.0))
    value = _mean(labelled, expected, weights, power, meant, of is not None)
    questions = sample.questions
    lower = upper = None
    if len(questions) >= DEMO_QUERIES:
        others = [
            _mean(labelled, expected, sample.without_question(number).weights, power, meant,
                  of is not None)
            for number in questions.tolist()
        ]  # fmt: skip
        half = half_width(np.array(others))
        if variance is not None:
            counted = np.where(meant, weights, 0.0)
            least = math.sqrt(float((counted**2 * variance).sum())) / float(meant.sum())
            half = max(half, t_quantile(len(questions)) * least)
        lower, upper = value - half, value + half
    return Estimate(value, lower, upper, power, len(questions))


def half_width(without_each: Floats) -> float:
    """Return half the 90% interval of an estimate, from it without each question; shape (q,).

    The delete-one jackknife (Tukey 1958), with t of q − 1 degrees.
    """
    return t_quantile(len(without_each)) * jackknife_error(without_each)


def _power(figures: Floats, expected: Floats, weights: Floats) -> float:
    total = weights.sum()
    deviation = expected - (weights * expected).sum() / total
    variance = (weights * deviation**2).sum()
    if variance <= 0:
        return 0.0
    covariance = (weights * deviation * figures).sum()
    return float(np.clip(covariance / variance, 0.0, 1.0))


def _mean(
    figures: Floats, expected: Floats, weights: Floats, power: float, meant: Mask, is_part: bool
) -> float:
    counted = np.where(meant, weights, 0.0)
    beyond = (counted * (figures - power * expected)).sum()
    size = counted.sum() if is_part else meant.sum()
    foretold = power * expected[meant].mean()
    return float(foretold + beyond / size) if size > 0 else float(foretold)
