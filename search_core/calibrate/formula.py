"""What a map of the score alone computes, written down once: every language's code is made of it.

A formula is a few steps, each a name and what it stands for; the first knows `X` alone, the score
turned so that more is better, and the last is `p`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


class Node:
    """A part of a formula; the usual operators put parts together."""

    def __add__(self, other: Node | float) -> Node:
        return Operation("+", self, as_node(other))

    def __radd__(self, other: float) -> Node:
        return Operation("+", as_node(other), self)

    def __sub__(self, other: Node | float) -> Node:
        return Operation("-", self, as_node(other))

    def __rsub__(self, other: float) -> Node:
        return Operation("-", as_node(other), self)

    def __rmul__(self, other: float) -> Node:
        return Operation("*", as_node(other), self)

    def __truediv__(self, other: Node | float) -> Node:
        return Operation("/", self, as_node(other))


@dataclass(frozen=True)
class Number(Node):
    """A number that was fitted."""

    value: float


@dataclass(frozen=True)
class Name(Node):
    """The score, or an earlier step."""

    name: str


@dataclass(frozen=True)
class Operation(Node):
    """Two parts, joined."""

    sign: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


@dataclass(frozen=True)
class Sigmoid(Node):
    """1/(1 + exp(−odds))."""

    odds: Node


@dataclass(frozen=True)
class Logarithm(Node):
    """The natural logarithm."""

    of: Node


@dataclass(frozen=True)
class Clipped(Node):
    """A value, kept within two bounds."""

    value: Node
    lower: float
    upper: float


@dataclass(frozen=True)
class Lines(Node):
    """Straight lines between knots, level beyond them.

    Attributes
    ----------
    at:
        Where they are looked up.
    knots, values:
        Places, ascending, and the values there.
    """

    at: Node
    knots: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def pieces(self) -> tuple[Node, ...]:
        """What stands below each knot, in their order, and at last above all."""
        steps = zip(self.knots, self.knots[1:], self.values, self.values[1:], strict=False)
        between = [
            Number(low) if low == high else low + (high - low) / (end - start) * (self.at - start)
            for start, end, low, high in steps
        ]
        return (Number(self.values[0]), *between, Number(self.values[-1]))


Step = tuple[str, Node]
X, ODDS, U, P = Name("x"), Name("odds"), Name("u"), Name("p")


def as_node(value: Node | float) -> Node:
    """Return a part of a formula as it is, and a number as one."""
    return value if isinstance(value, Node) else Number(float(value))


def lines_between(knots: Sequence[float], values: Sequence[float]) -> Lines:
    """Return straight lines between knots, without those inside a level stretch."""
    step = np.diff(values) != 0
    kept = np.append(True, step) | np.append(step, True)
    return Lines(X, tuple(np.array(knots)[kept].tolist()), tuple(np.array(values)[kept].tolist()))


def shifted(steps: Sequence[Step], shift: float, edge: float = 1e-12) -> tuple[Step, ...]:
    """Return the steps and those that move log-odds of p by `shift`, as `restated` does."""
    odds = Logarithm(P) - Logarithm(1.0 - P) + shift
    return (*steps, ("p", Clipped(P, edge, 1 - edge)), ("odds", odds), ("p", Sigmoid(ODDS)))
