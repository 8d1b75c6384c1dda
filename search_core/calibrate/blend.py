"""The blend: members fitted on the same labels, weighted by how they do on other queries."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from search_core.calibrate.maps import Blend, Columns, Guard, Logistic, Member, expit, mixed
from search_core.calibrate.models import (
    CheckedFit,
    CrossFit,
    Design,
    additive_design,
    constant_map,
    constant_odds,
    cross_fit,
    logistic_design,
    platt_design,
    prior_design,
    some_folds,
)
from search_core.calibrate.prior import load_prior
from search_core.encoder import Progress
from search_core.evaluate.reliability import CLIP, row_losses
from search_core.pairs import OWN_SCORE
from search_core.vectors import Floats, Rows

TEMPERATURE = 10.0  # by which losses are divided before they decide on weights
SMALLEST_WEIGHT = 0.01  # a member's weight counts as far as it lies above
LEAST_DISPERSION = 0.01  # of grades, also of those that the score gives exactly
AVERAGE_QUERIES = 0.5  # the average label weighs in the blend as so many queries more would
QUERIES_A_STRENGTH = 8.0  # a curve counts in full from so many queries on, times its strength
LOWEST_COSINE = 0.01  # quantile of the labelled cosines under which the guard sets in
GUARD_SLOPES = (20.0, 60.0)

THREE = ("cos", "lsm", "nearw")
THREE_STRENGTH = 0.3
CURVE_STRENGTHS = (0.03, 0.1, 0.3, 1.0)
SCORE = ("cos",)
BENT_STRENGTH = 1.0
BENT_STRENGTH_OF_GRADES = 10.0
# Judged texts that the search did not bring up are mostly the right ones: a curve free to bend
# would learn that a text far down the list is relevant, and say so of every hit found there.
STRAIGHT = ("lrank",)


@dataclass(frozen=True)
class Recipe:
    """One kind of member: its columns, and the regression that is fitted to them.

    Attributes
    ----------
    columns:
        Their names.
    of_rows:
        Makes the regression of the columns' values, shape (n, m).
    queries:
        With fewer than this its weight is in proportion to how many there are: few queries can't
        tell, left out in turn, that it bends too much.
    """

    columns: tuple[str, ...]
    of_rows: Callable[[Floats], Design[Member]]
    queries: float = 1.0

    def design(self, columns: Columns) -> Design[Member]:
        """Return the regression on all rows given."""
        return self.of_rows(np.column_stack([columns[name] for name in self.columns]))


def recipes(
    feature_names: Sequence[str], usual: tuple[float, float] | None, *, graded: bool
) -> tuple[Recipe, ...]:
    """Return the members tried beside the simple curve: up to a curve for every column.

    A score that the file brings gets two of its own: by itself, and beside the few columns that
    tell most. One starts from what other collections taught, and one bends the simple curve. Grades
    often follow the score alone, in a shape of their own; so they get a curve that bends more.

    Parameters
    ----------
    feature_names:
        The columns that there are.
    usual:
        The collection's usual cosine, which the prior of other collections counts from; None
        leaves that member out.
    graded:
        Whether labels lie between 0 and 1.
    """
    names = tuple(feature_names)
    with_own = (*THREE, OWN_SCORE)
    on_own = (
        Recipe((OWN_SCORE,), lambda x: platt_design(OWN_SCORE, x[:, 0])),
        Recipe(with_own, lambda x: logistic_design(with_own, x, THREE_STRENGTH)),
    )
    return (
        Recipe(THREE, lambda x: logistic_design(THREE, x, THREE_STRENGTH)),
        *(on_own if OWN_SCORE in names else ()),
        *(() if usual is None else (_of_other_collections(usual),)),
        _bent(BENT_STRENGTH),
        *((_bent(BENT_STRENGTH_OF_GRADES),) if graded else ()),
        *(_curves(names, strength) for strength in CURVE_STRENGTHS),
    )


def _of_other_collections(usual: tuple[float, float]) -> Recipe:
    prior = load_prior()
    return Recipe(prior.columns, lambda x: prior_design(prior, usual, x))


def _bent(strength: float) -> Recipe:
    return Recipe(SCORE, lambda x: additive_design(SCORE, (), x, strength))


def _curves(names: tuple[str, ...], strength: float) -> Recipe:
    return Recipe(
        names,
        lambda x: additive_design(names, STRAIGHT, x, strength),
        queries=QUERIES_A_STRENGTH * strength,
    )


@dataclass(frozen=True, eq=False)
class _Trials:
    """How members did on the queries left out, as sums over the rows of each fold.

    Attributes
    ----------
    losses:
        Each member's log-loss; shape (members, folds).
    spread:
        About the simple curve, shape (3, folds): the labels' variance, (y − p)² of grades; the
        square of the sum of y − p; and the variance of yes-or-no labels, p(1 − p).
    queries:
        The number from which on each member counts in full; shape (members,).
    """

    losses: Floats
    spread: Floats
    queries: Floats

    @classmethod
    def of(
        cls,
        odds: Floats,
        y: Floats,
        weights: Floats,
        folds: Sequence[Rows],
        queries: Floats,
        *,
        graded: bool,
    ) -> _Trials:
        """Sum up what each member stated, the simple curve first, of rows that it never saw.

        Parameters
        ----------
        odds:
            Log-odds, shape (members, n).
        y, weights:
            Labels, and what each row counts; shape (n,).
        folds, queries:
            The rows that were left out together, and as in the attributes.
        graded:
            Whether labels lie between 0 and 1.
        """
        losses = np.array([weights * row_losses(y, expit(each)) for each in odds])
        p = np.clip(expit(odds[0]), CLIP, 1 - CLIP)
        left, usual = weights * (y - p), weights**2 * p * (1 - p)
        varied = left**2 if graded else usual
        spread = [(varied[held].sum(), left[held].sum() ** 2, usual[held].sum()) for held in folds]
        by_fold = np.column_stack([losses[:, held].sum(axis=1) for held in folds])
        return cls(by_fold, np.array(spread).T, queries)

    def weights(self, without: int | None = None) -> Floats:
        """Return the members' weights, sum 1; 0 for one that would count next to nothing.

        Parameters
        ----------
        without:
            A fold whose rows must not count: weights for what is stated of these.
        """
        losses, (apart, together, usual) = self._losses.copy(), self._spread
        folds = self.losses.shape[1]
        if without is not None:
            losses -= self.losses[:, without]
            apart, together, usual = self._spread - self.spread[:, without]
            folds -= 1
        heat = TEMPERATURE * _dispersion(apart, together, usual)
        raw = np.minimum(1.0, folds / self.queries) * np.exp((losses.min() - losses) / heat)
        # Falling to 0 without a step, so that no rounding decides whether a member is there.
        counted = np.maximum(0.0, raw / raw.sum() - SMALLEST_WEIGHT)
        weights: Floats = counted / counted.sum()
        return weights

    @cached_property
    def _losses(self) -> Floats:
        return _exact_sums(self.losses)

    @cached_property
    def _spread(self) -> Floats:
        return _exact_sums(self.spread)


def _exact_sums(values: Floats) -> Floats:
    """Return the sum of each row, the same in whatever order its values are."""
    return np.array([math.fsum(row) for row in values])


def _dispersion(apart: float, together: float, usual: float) -> float:
    """Return how much labels vary about the simple curve; yes-or-no labels do so by 1.

    Pearson's dispersion (McCullagh and Nelder 1989), or that of queries' sums where it is more, as
    rows of one query may hang together; at most 1. Where grades vary less, the same difference of
    losses says more.
    """
    return min(1.0, max(LEAST_DISPERSION, max(apart, together) / usual))


@dataclass(frozen=True, eq=False)
class _Mixture:
    """How members are blended, whatever they state.

    Attributes
    ----------
    weights:
        Of the members, and last that of the average label; sum 1.
    average:
        The average label.
    guard:
        Of the cosines seen.
    """

    weights: Floats
    average: float
    guard: Guard

    @classmethod
    def of(
        cls,
        trials: _Trials,
        cosines: Floats,
        y: Floats,
        row_weights: Floats,
        simple: CrossFit[Logistic],
        without: int | None = None,
    ) -> _Mixture:
        """Return the mixture of all rows, or of those outside a fold.

        The average label weighs as half a query does: the fewer queries there are, the more often
        members are sure by chance, and the closer to it all values come.
        """
        seen = np.ones(len(y), dtype=bool)
        if without is not None:
            seen[simple.folds[without]] = False
        queries = len(simple.folds) - (without is not None)
        share = queries / (queries + AVERAGE_QUERIES)
        return cls(
            np.append(share * trials.weights(without), 1.0 - share),
            float(np.average(y[seen], weights=row_weights[seen])),
            _guard(cosines[seen], simple, without),
        )

    def values(self, odds: Floats, cosines: Floats) -> Floats:
        """Return the values of rows from the members' log-odds of them, shape (members, n)."""
        average = self.weights[-1] * constant_odds(self.average)
        mean = mixed(odds, self.weights[:-1]) + average
        return expit(self.guard.lowered(mean, cosines))

    def blend(self, maps: Sequence[Member]) -> Blend:
        """Return the blend of the members that count."""
        kept = np.flatnonzero(self.weights).tolist()
        members = (*maps, constant_map("cos", self.average))
        return Blend(
            tuple(members[n] for n in kept), tuple(self.weights[kept].tolist()), self.guard
        )


def _guard(cosines: Floats, simple: CrossFit[Logistic], without: int | None) -> Guard:
    """Return the guard of these cosines, by the simple curve on them."""
    coefficients = simple.whole if without is None else simple.left_out[without]
    slope = float(np.clip(coefficients[1] / simple.design.scale[0], *GUARD_SLOPES))
    return Guard(float(np.quantile(cosines, LOWEST_COSINE)), slope)


def fit_blend(
    columns: Columns,
    y: Floats,
    row_weights: Floats,
    folds: Sequence[Rows],
    simple: CrossFit[Logistic],
    usual: tuple[float, float] | None,
    progress: Progress,
    *,
    graded: bool,
) -> CheckedFit:
    """Fit every recipe with each fold left out, weigh them, and blend those that count.

    Parameters
    ----------
    columns, y, row_weights:
        Features by name, judgements, and what each row counts, mean 1; each of shape (n,).
    folds:
        The held-out rows of each fold; no query in two folds.
    simple:
        Platt's curve on the cosine, on the same rows: the first member.
    usual:
        The collection's usual cosine, as `ScoredPairs.usual_cosine` has it.
    progress:
        Called with (fits done, fits in all).
    graded:
        Whether labels lie between 0 and 1.

    Returns
    -------
    CheckedFit
        The blend; its weights are cross-fitted, too: those without a fold come from the other
        folds' losses.
    """
    others = recipes(tuple(columns), usual, graded=graded)
    fits: list[CrossFit[Member]] = [simple]
    steps = len(others) + 2
    progress(1, steps)
    for recipe in others:
        fits.append(cross_fit(recipe.design(columns), y, folds, row_weights))
        progress(len(fits), steps)
    odds = np.array([each.held_out_odds() for each in fits])
    queries = np.array([1.0, *(recipe.queries for recipe in others)])
    trials = _Trials.of(odds, y, row_weights, folds, queries, graded=graded)
    mixtures = [
        _Mixture.of(trials, columns["cos"], y, row_weights, simple, fold)
        for fold in range(len(folds))
    ]
    held_out = np.empty(len(y))
    for held, mixture in zip(folds, mixtures, strict=True):
        held_out[held] = mixture.values(odds[:, held], columns["cos"][held])
    whole = _Mixture.of(trials, columns["cos"], y, row_weights, simple)
    progress(steps, steps)
    left_out = tuple(
        mixtures[fold].blend([each.without(fold) for each in fits])
        for fold in some_folds(len(folds))
    )
    return CheckedFit(whole.blend([each.map for each in fits]), held_out, left_out)
