"""Fitted maps: what each states, what its columns add, its lines of code and its form in JSON.

A map is evaluated with numpy alone. Its fields, with its tag, are its schema: `stored` writes them
and reads them back, refuses what is missing, unknown or of another type, and calls `check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

import msgspec
import numpy as np

from search_core.calibrate.formula import (
    ODDS,
    Clipped,
    Logarithm,
    Sigmoid,
    Step,
    U,
    X,
    lines_between,
)
from search_core.evaluate.reliability import CLIP
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats, Rows

Columns = Mapping[str, Floats]
"""Features by name, each of shape (n,)."""

EDGE = 1e-6
SMALLEST_SCALE = 1e-12
MOST_MEMBERS = 64
MOST_ODDS = float(np.log1p(-CLIP) - np.log(CLIP))  # that one member can bring into a blend
STEEPEST = 1e5  # log-odds over a column's range: sums of steeper lines would lose digits
CELLS = 100_000  # numbers of one block of rows: they stay in the cache


class Map(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """A fitted map from columns to values in [0, 1]; the parent of all kinds."""

    needs_engine: ClassVar[bool] = False
    """Whether it looks at more than the score, so that hits need their engine."""
    states_probability: ClassVar[bool] = True
    """Whether yes-or-no labels make it state a probability."""

    def reads(self) -> tuple[str, ...]:
        """Return the names of the columns it looks at."""
        raise NotImplementedError

    def predict(self, columns: Columns) -> Floats:
        """Return a value in [0, 1] for each row."""
        raise NotImplementedError

    def parts(self, columns: Columns) -> Floats | None:  # noqa: ARG002 - most maps have none
        """Return what each column it reads adds to each row's log-odds, shape (n, columns).

        None where the map is no sum over its columns.
        """
        return None

    def formula(self) -> tuple[Step, ...]:
        """Return the steps that make p of a score x; none if that is not enough."""
        return ()

    def check(self) -> None:
        """Raise `ValueError` where its parts do not fit together, as in a file made by hand."""


class _LogOdds(Map, frozen=True):
    """A map whose log-odds are an intercept and a sum over its columns."""

    columns: tuple[str, ...]
    intercept: float

    def reads(self) -> tuple[str, ...]:
        return self.columns

    def log_odds(self, columns: Columns) -> Floats:
        """Return the log-odds of each row."""
        odds: Floats = self.intercept + self.parts(columns).sum(axis=1)
        return odds

    def parts(self, columns: Columns) -> Floats:
        raise NotImplementedError

    def predict(self, columns: Columns) -> Floats:
        return expit(self.log_odds(columns))


class Logistic(_LogOdds, frozen=True, tag="logistic"):
    """1/(1 + exp(−(intercept + Σ coef (x − mean)/scale)))."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coef: tuple[float, ...]

    def parts(self, columns: Columns) -> Floats:
        values = np.column_stack([columns[name] for name in self.columns])
        parts: Floats = (values - np.array(self.mean)) / np.array(self.scale) * np.array(self.coef)
        return parts

    def formula(self) -> tuple[Step, ...]:
        if len(self.columns) > 1:
            return ()
        slope = self.coef[0] / self.scale[0]
        return ("odds", self.intercept + slope * (X - self.mean[0])), ("p", Sigmoid(ODDS))

    def check(self) -> None:
        _check_same_length(self.columns, self.mean, self.scale, self.coef)
        if min(self.scale) < SMALLEST_SCALE:
            raise ValueError("the scale of a column must be above 0")


class Additive(_LogOdds, frozen=True, tag="additive"):
    """1/(1 + exp(−(intercept + Σ curve(x)))), one curve a column.

    A curve is straight between its knots and level beyond them: what no label has shown counts as
    the last that one has.

    Attributes
    ----------
    knots, values:
        Of each column's curve, in the column's unit, ascending, and in log-odds.
    """

    knots: tuple[tuple[float, ...], ...]
    values: tuple[tuple[float, ...], ...]

    def parts(self, columns: Columns) -> Floats:
        curves = zip(self.columns, self.knots, self.values, strict=True)
        return np.column_stack([np.interp(columns[name], x, y) for name, x, y in curves])

    def check(self) -> None:
        _check_same_length(self.columns, self.knots, self.values)
        for x, y in zip(self.knots, self.values, strict=True):
            _check_ascending(x, y)


class _OfOneColumn(Map, frozen=True):
    """A map of one column, the score."""

    column: str

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Line(_OfOneColumn, frozen=True, tag="line"):
    """intercept + slope · x, clipped to [0, 1]."""

    states_probability: ClassVar[bool] = False

    slope: float
    intercept: float

    def predict(self, columns: Columns) -> Floats:
        values: Floats = np.clip(self.intercept + self.slope * columns[self.column], 0.0, 1.0)
        return values

    def formula(self) -> tuple[Step, ...]:
        return (("p", Clipped(self.intercept + self.slope * X, 0.0, 1.0)),)


class Curve(_OfOneColumn, frozen=True, tag="curve"):
    """Straight lines between knots, level beyond them."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def predict(self, columns: Columns) -> Floats:
        return np.interp(columns[self.column], self.x, self.y)

    def formula(self) -> tuple[Step, ...]:
        return (("p", lines_between(self.x, self.y)),)

    def check(self) -> None:
        _check_ascending(self.x, self.y)
        if min(self.y) < 0 or max(self.y) > 1:
            raise ValueError("a curve's values must lie between 0 and 1")


class Beta(_OfOneColumn, frozen=True, tag="beta"):
    """1/(1 + exp(−(intercept + a ln u − b ln(1 − u)))), u being the score brought to (0, 1)."""

    lower: float
    upper: float
    a: float
    b: float
    intercept: float

    def predict(self, columns: Columns) -> Floats:
        share = unit_share(columns[self.column], self.lower, self.upper)
        return expit(self.intercept + self.a * np.log(share) - self.b * np.log1p(-share))

    def formula(self) -> tuple[Step, ...]:
        share = (X - self.lower) / (self.upper - self.lower)
        odds = self.intercept + self.a * Logarithm(U) - self.b * Logarithm(1.0 - U)
        return ("u", Clipped(share, EDGE, 1 - EDGE)), ("odds", odds), ("p", Sigmoid(ODDS))

    def check(self) -> None:
        if not self.lower < self.upper:
            raise ValueError("the bounds of a beta map must ascend")


Member = Logistic | Additive


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lets log-odds fall below the cosines seen in the labels, where nothing was ever labelled.

    Attributes
    ----------
    below:
        The cosine under which it sets in: the 1% quantile of the labelled ones.
    slope:
        Log-odds per unit of cosine: Platt's, kept within 20 and 60.
    """

    below: float
    slope: float

    def lowered(self, log_odds: Floats, cosines: Floats) -> Floats:
        """Return the log-odds, lowered below the labelled range and untouched inside it."""
        lowered: Floats = log_odds - self.slope * np.maximum(0.0, self.below - cosines)
        return lowered


@dataclass(frozen=True, eq=False)
class _Hinges:
    """Log-odds of several members in one product of matrices.

    A line is x − mean, and a curve a sum of max(0, x − knot), by how much its slope changes there.
    Members fitted to the same columns have their knots in common.

    Attributes
    ----------
    names:
        Of the columns.
    column_of, knots, floors:
        Of each hinge, max(floor, x − knot): the index of its column, shape (hinges,), and the other
        two, shape (hinges, 1).
    slopes, bases:
        Of each member, shape (members, hinges) and (members, 1).
    """

    names: tuple[str, ...]
    column_of: Rows
    knots: Floats
    floors: Floats
    slopes: Floats
    bases: Floats

    @classmethod
    def of(cls, members: Sequence[Member]) -> _Hinges | None:
        """Put members together; None where one of them is too steep for it."""
        numbers: dict[tuple[str, float, float], int] = {}
        found = [
            (row, numbers.setdefault(hinge, len(numbers)), slope)
            for row, member in enumerate(members)
            for hinge, slope in _hinges_of(member)
        ]
        slopes = np.zeros((len(members), len(numbers)))
        for row, number, slope in found:
            slopes[row, number] += slope
        if not np.isfinite(slopes).all() or any(map(_is_steep, members)):
            return None
        starts = [
            sum(y[0] for y in each.values) if isinstance(each, Additive) else 0.0
            for each in members
        ]
        columns, knots, floors = zip(*numbers, strict=True)
        names = tuple(dict.fromkeys(columns))
        return cls(
            names, np.array([names.index(name) for name in columns]),
            np.array(knots)[:, np.newaxis], np.array(floors)[:, np.newaxis], slopes,
            np.array([each.intercept + start for each, start in zip(members, starts, strict=True)])
            [:, np.newaxis],
        )  # fmt: skip

    def log_odds(self, columns: Columns) -> Floats:
        """Return the log-odds of each member and row, shape (members, n)."""
        rows = len(columns[self.names[0]])
        odds = np.empty((len(self.slopes), rows))
        step = max(1, CELLS // len(self.column_of))
        for start in range(0, rows, step):
            block = slice(start, start + step)
            values = np.array([columns[name][block] for name in self.names])[self.column_of]
            odds[:, block] = self.slopes @ np.maximum(values - self.knots, self.floors)
        return odds + self.bases


def _hinges_of(member: Member) -> Iterator[tuple[tuple[str, float, float], float]]:
    """Yield column, knot and floor of each hinge of a member, and its slope."""
    if isinstance(member, Logistic):
        for name, mean, scale, coef in zip(
            member.columns, member.mean, member.scale, member.coef, strict=True
        ):
            yield (name, mean, -np.inf), coef / scale
        return
    for name, x, y in zip(member.columns, member.knots, member.values, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            changes = np.diff(np.diff(y) / np.diff(x), prepend=0.0, append=0.0)
        for knot, change in zip(x, changes.tolist(), strict=False):  # a single knot is level
            yield (name, knot, 0.0), change


def _is_steep(member: Member) -> bool:
    """Return whether a curve rises by too much for its range, as in a file made by hand."""
    if isinstance(member, Logistic):
        return False
    curves = zip(member.knots, member.values, strict=True)
    return any(
        len(x) > 1 and np.abs(np.diff(y) / np.diff(x)).max() * (x[-1] - x[0]) > STEEPEST
        for x, y in curves
    )


class Blend(Map, frozen=True, dict=True, tag="blend"):
    """Members and weights; their weighted mean is taken in log-odds."""

    needs_engine: ClassVar[bool] = True

    members: tuple[Member, ...]
    weights: tuple[float, ...]
    guard: Guard | None

    def reads(self) -> tuple[str, ...]:
        guarded = ("cos",) if self.guard else ()
        return tuple(dict.fromkeys([*guarded, *(n for each in self.members for n in each.columns)]))

    def predict(self, columns: Columns) -> Floats:
        odds = mixed(self._members_odds(columns), self.weights)
        return expit(self.guard.lowered(odds, columns["cos"]) if self.guard else odds)

    def _members_odds(self, columns: Columns) -> Floats:
        if self._hinges is None:
            return np.array([member.log_odds(columns) for member in self.members])
        return self._hinges.log_odds(columns)

    @cached_property
    def _hinges(self) -> _Hinges | None:
        return _Hinges.of(self.members)

    def parts(self, columns: Columns) -> Floats:
        rows = len(next(iter(columns.values())))
        total = dict.fromkeys(self.reads(), np.zeros(rows))
        for member, weight in zip(self.members, self.weights, strict=True):
            for name, part in zip(member.columns, member.parts(columns).T, strict=True):
                total[name] = total[name] + weight * part
        if self.guard:
            total["cos"] = self.guard.lowered(total["cos"], columns["cos"])
        return np.column_stack(list(total.values()))

    def check(self) -> None:
        if not 1 <= len(self.members) <= MOST_MEMBERS or len(self.weights) != len(self.members):
            raise ValueError(f"a blend has 1 to {MOST_MEMBERS} members with one weight each")
        if min(self.weights) < 0 or abs(sum(self.weights) - 1) > 1e-9:
            raise ValueError("the weights of a blend must add up to 1, and none lie below 0")
        for member in self.members:
            member.check()


def mixed(odds: Floats, weights: Sequence[float] | Floats) -> Floats:
    """Return the weighted mean of some members' log-odds, shape (members, n), none of them far."""
    mean: Floats = np.asarray(weights) @ np.clip(odds, -MOST_ODDS, MOST_ODDS)
    return mean


@explain_mistakes
def expit(log_odds: Floats) -> Floats:
    """Return 1/(1 + exp(−x)), without overflow.

    Parameters
    ----------
    log_odds:
        x, any shape.

    Examples
    --------
    >>> sc.expit(np.array([-1000.0, 0.0, np.log(3)])).round(3).tolist()
    [0.0, 0.5, 0.75]
    """
    values: Floats = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return values


@explain_mistakes
def logit(p: Floats, edge: float = 1e-12) -> Floats:
    """Return ln p − ln(1 − p), with p kept inside (0, 1).

    Parameters
    ----------
    p:
        Probabilities, any shape.
    edge:
        How close to 0 and 1 they may come.

    Examples
    --------
    >>> sc.logit(np.array([0.5, 0.75])).round(3).tolist()
    [0.0, 1.099]
    """
    inside = np.clip(p, edge, 1 - edge)
    odds: Floats = np.log(inside) - np.log1p(-inside)
    return odds


def unit_share(x: Floats, lower: float, upper: float) -> Floats:
    """Return (x − lower)/(upper − lower), kept just inside (0, 1)."""
    share: Floats = np.clip((x - lower) / (upper - lower), EDGE, 1 - EDGE)
    return share


def _check_same_length(*parts: Sequence[object]) -> None:
    if not parts[0] or len({len(part) for part in parts}) != 1:
        raise ValueError("every part of a map must have one entry a column")


def _check_ascending(x: Sequence[float], y: Sequence[float]) -> None:
    rising = all(a < b for a, b in pairwise(x))
    if len(x) != len(y) or not x or not rising:
        raise ValueError("a curve needs ascending knots and one value for each")
