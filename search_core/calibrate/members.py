"""Fitted maps, small enough to be written as JSON and evaluated with numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]
"""Features by name, each of shape (n,)."""

EDGE = 1e-6


class Member(Protocol):
    """A fitted map from features to values in [0, 1]."""

    def predict(self, columns: Columns) -> Floats:
        """Return a value in [0, 1] for each row."""
        ...


@dataclass(frozen=True)
class Logistic:
    """1/(1 + exp(−(intercept + Σ coef (x − mean)/scale)))."""

    columns: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coef: tuple[float, ...]
    intercept: float

    def log_odds(self, columns: Columns) -> Floats:
        """Return the log-odds of each row."""
        odds: Floats = self.intercept + self.parts(columns).sum(axis=1)
        return odds

    def parts(self, columns: Columns) -> Floats:
        """Return what each column adds to the log-odds of each row; shape (n, columns)."""
        values = np.column_stack([columns[name] for name in self.columns])
        parts: Floats = (values - np.array(self.mean)) / np.array(self.scale) * np.array(self.coef)
        return parts

    def predict(self, columns: Columns) -> Floats:
        """Return a value in (0, 1) for each row."""
        return expit(self.log_odds(columns))


@dataclass(frozen=True)
class Additive:
    """1/(1 + exp(−(intercept + Σ curve(x)))), one curve a column.

    A curve is straight between its knots and level beyond them: what no label has shown counts as
    the last that one has.

    Attributes
    ----------
    columns:
        Their names.
    knots, values:
        Of each column's curve, in the column's unit, ascending, and in log-odds.
    intercept:
        The log-odds where every curve is at 0.
    """

    columns: tuple[str, ...]
    knots: tuple[tuple[float, ...], ...]
    values: tuple[tuple[float, ...], ...]
    intercept: float

    def log_odds(self, columns: Columns) -> Floats:
        """Return the log-odds of each row."""
        odds: Floats = self.intercept + self.parts(columns).sum(axis=1)
        return odds

    def parts(self, columns: Columns) -> Floats:
        """Return what each column adds to the log-odds of each row; shape (n, columns)."""
        curves = zip(self.columns, self.knots, self.values, strict=True)
        return np.column_stack([np.interp(columns[name], x, y) for name, x, y in curves])

    def predict(self, columns: Columns) -> Floats:
        """Return a value in (0, 1) for each row."""
        return expit(self.log_odds(columns))


@dataclass(frozen=True)
class Constant:
    """The same value for every row."""

    value: float

    def predict(self, columns: Columns) -> Floats:
        """Return the value once a row."""
        return np.full(len(next(iter(columns.values()))), self.value)


@dataclass(frozen=True)
class Line:
    """intercept + slope · x, clipped to [0, 1]."""

    column: str
    slope: float
    intercept: float

    def predict(self, columns: Columns) -> Floats:
        """Return a value in [0, 1] for each row."""
        values: Floats = np.clip(self.intercept + self.slope * columns[self.column], 0.0, 1.0)
        return values


@dataclass(frozen=True)
class Curve:
    """Straight lines between knots, level beyond them."""

    column: str
    x: tuple[float, ...]
    y: tuple[float, ...]

    def predict(self, columns: Columns) -> Floats:
        """Return a value in [0, 1] for each row."""
        return np.interp(columns[self.column], self.x, self.y)


@dataclass(frozen=True)
class Beta:
    """1/(1 + exp(−(intercept + a ln u − b ln(1 − u)))), u being the score brought to (0, 1)."""

    column: str
    lower: float
    upper: float
    a: float
    b: float
    intercept: float

    def predict(self, columns: Columns) -> Floats:
        """Return a value in (0, 1) for each row."""
        share = unit_share(columns[self.column], self.lower, self.upper)
        return expit(self.intercept + self.a * np.log(share) - self.b * np.log1p(-share))


def expit(log_odds: Floats) -> Floats:
    """Return 1/(1 + exp(−x)), without overflow."""
    values: Floats = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return values


def logit(p: Floats, edge: float = 1e-12) -> Floats:
    """Return ln p − ln(1 − p), with p kept inside (0, 1)."""
    inside = np.clip(p, edge, 1 - edge)
    odds: Floats = np.log(inside) - np.log1p(-inside)
    return odds


def unit_share(x: Floats, lower: float, upper: float) -> Floats:
    """Return (x − lower)/(upper − lower), kept just inside (0, 1)."""
    share: Floats = np.clip((x - lower) / (upper - lower), EDGE, 1 - EDGE)
    return share
