"""The blend: members fitted on the same labels, weighted by how they do on other queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from search_core.calibrate.maps import Blend, Columns, Guard, Logistic, Member, expit, mixed
from search_core.calibrate.models import (
    CheckedFit,
    CrossFit,
    Design,
    additive_design,
    cross_fit,
    logistic_design,
    platt_design,
    prior_design,
    some_folds,
)
from search_core.calibrate.prior import load_prior
from search_core.encoder import Progress
from search_core.evaluate.reliability import row_losses
from search_core.pairs import OWN_SCORE
from search_core.vectors import Floats, Rows

WEIGHT_TEMPERATURE = 10.0
SMALLEST_WEIGHT = 0.01  # a member's weight counts as far as it lies above
LOWEST_COSINE = 0.01  # quantile of the labelled cosines under which the guard sets in
GUARD_SLOPES = (20.0, 60.0)

THREE = ("cos", "lsm", "nearw")
THREE_STRENGTH = 0.3
CURVE_STRENGTHS = (0.03, 0.1, 0.3, 1.0)
SCORE = ("cos",)
BENT_STRENGTHS = (1.0, 10.0)
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
    """

    columns: tuple[str, ...]
    of_rows: Callable[[Floats], Design[Member]]

    def design(self, columns: Columns) -> Design[Member]:
        """Return the regression on all rows given."""
        return self.of_rows(np.column_stack([columns[name] for name in self.columns]))


def recipes(
    feature_names: Sequence[str], usual: tuple[float, float] | None, *, graded: bool
) -> tuple[Recipe, ...]:
    """Return the members tried beside the simple curve: up to a curve for every column.

    A score that the file brings gets two of its own: by itself, and beside the few columns that
    tell most. One starts from what other collections taught. Grades often follow the score alone,
    and not in the shape of the simple curve; so they get curves on it that bend.

    Parameters
    ----------
    feature_names:
        The columns that there are.
    usual:
        The collection's usual cosine, which the prior of other collections counts from; None
        leaves that member out.
    graded:
        Whether judgements lie between 0 and 1.
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
        *(_bent(strength) for strength in BENT_STRENGTHS if graded),
        *(Recipe(names, partial(_curves, names, strength)) for strength in CURVE_STRENGTHS),
    )


def _of_other_collections(usual: tuple[float, float]) -> Recipe:
    prior = load_prior()
    return Recipe(prior.columns, lambda x: prior_design(prior, usual, x))


def _bent(strength: float) -> Recipe:
    return Recipe(SCORE, lambda x: additive_design(SCORE, (), x, strength))


def _curves(names: tuple[str, ...], strength: float, x: Floats) -> Design[Member]:
    return additive_design(names, STRAIGHT, x, strength)


def fit_blend(
    columns: Columns,
    y: Floats,
    folds: Sequence[Rows],
    simple: CrossFit[Logistic],
    usual: tuple[float, float] | None,
    progress: Progress,
    row_weights: Floats | None = None,
) -> CheckedFit:
    """Fit every recipe with each fold left out, weigh them, and blend those that count.

    Parameters
    ----------
    columns, y:
        Features by name and judgements; each of shape (n,).
    folds:
        The held-out rows of each fold; no query in two folds.
    simple:
        Platt's curve on the cosine, on the same rows: the first member.
    usual:
        The collection's usual cosine, as `ScoredPairs.usual_cosine` has it.
    progress:
        Called with (fits done, fits in all).
    row_weights:
        What each row counts, mean 1, shape (n,); all alike if not given.

    Returns
    -------
    CheckedFit
        The blend; its weights are cross-fitted, too: those without a fold come from the other
        folds' losses.
    """
    graded = bool(((y > 0) & (y < 1)).any())
    others = recipes(tuple(columns), usual, graded=graded)
    fits: list[CrossFit[Member]] = [simple]
    steps = len(others) + 2
    progress(1, steps)
    for recipe in others:
        fits.append(cross_fit(recipe.design(columns), y, folds, row_weights))
        progress(len(fits), steps)
    odds = np.array([each.held_out_odds() for each in fits])
    losses = np.array([row_losses(y, expit(each)) for each in odds])
    if row_weights is not None:
        losses = losses * row_weights
    guard = _guard(columns["cos"], simple, simple.whole)
    weights = _weights(losses.mean(axis=1), len(y))
    blend = _blend([each.map for each in fits], weights, guard)
    held_out, fold_weights, guards = np.empty(len(y)), [], []
    for held, left_out in zip(folds, simple.left_out, strict=True):
        guards.append(_guard(np.delete(columns["cos"], held), simple, left_out))
        fold_weights.append(_weights_without(losses, held))
        mean = mixed(list(expit(odds[:, held])), fold_weights[-1].tolist())
        held_out[held] = expit(guards[-1].lowered(mean, columns["cos"][held]))
    progress(steps, steps)
    left_out_maps = tuple(
        _blend([each.without(fold) for each in fits], fold_weights[fold], guards[fold])
        for fold in some_folds(len(folds))
    )
    return CheckedFit(blend, held_out, left_out_maps)


def _blend(maps: Sequence[Member], weights: Floats, guard: Guard) -> Blend:
    """Return the blend of the members that count."""
    kept = np.flatnonzero(weights).tolist()
    return Blend(tuple(maps[n] for n in kept), tuple(weights[kept].tolist()), guard)


def _guard(cosines: Floats, simple: CrossFit[Logistic], coefficients: Floats) -> Guard:
    """Return the guard of these cosines, by the coefficients of the simple curve on them."""
    slope = float(np.clip(coefficients[1] / simple.design.scale[0], *GUARD_SLOPES))
    return Guard(float(np.quantile(cosines, LOWEST_COSINE)), slope)


def _weights_without(losses: Floats, held: Rows) -> Floats:
    others = np.delete(losses, held, axis=1)
    return _weights(others.mean(axis=1), others.shape[1])


def _weights(losses: Floats, rows: int) -> Floats:
    """Return the members' weights, sum 1; 0 for one that would count next to nothing."""
    raw = np.exp(-rows * (losses - losses.min()) / WEIGHT_TEMPERATURE)
    # Falling to 0 without a step, so that no rounding decides whether a member is there.
    counted = np.maximum(0.0, raw / raw.sum() - SMALLEST_WEIGHT)
    weights: Floats = counted / counted.sum()
    return weights
