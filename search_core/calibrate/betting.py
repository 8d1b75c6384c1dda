"""Tests by betting: whether what comes still has the mean that it had, however often one looks.

Whoever doubts that a mean is at least m bets on it at fair odds; while it is, the money does not
grow on average, and so it ever reaches 1/δ with a probability of at most δ (Ville 1939;
Waudby-Smith and Ramdas 2024; Shekhar and Ramdas 2023).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from search_core.mistakes import explain_mistakes

STEPS = (0.25, 0.5, 1.0, 2.0, 4.0)  # log-odds by which a mean may have fallen: a bet on each
MOST_MONEY = 1e12  # more says nothing new, and could overflow
SLACK = 1e-9  # of a sum that another machine rounds otherwise


@explain_mistakes
@dataclass(frozen=True)
class Bet:
    """Money that is bet against "the mean of what comes is at least `least`".

    Equal parts are bet on means that are `STEPS` lower. Of each part log 2 / log(n + 2) is still
    kept after n outcomes and the rest was bet on the way, so that a change after good times is
    found as well. An outcome y multiplies what is bet by 1 + λ (m − y), with λ = (m − q)/(m (1 −
    m)) for the mean q that a part is bet on: the ratio of likelihoods where y is yes or no.

    Attributes
    ----------
    least:
        The mean m that is doubted, inside (0, 1).
    count, total:
        How many outcomes there were, and their sum.
    money:
        Of each part, what has been bet.
    peak:
        The most that all parts were ever worth together; 1 before the first.

    Examples
    --------
    >>> bet = sc.Bet(0.9)
    >>> for outcome in [1.0, 0.0, 0.0, 0.0, 0.0]:
    ...     bet = bet.after(outcome)
    >>> bet.peak > 1 / 0.05
    True
    """

    least: float
    count: int = 0
    total: float = 0.0
    money: tuple[float, ...] = (0.0,) * len(STEPS)
    peak: float = 1.0

    def after(self, outcome: float) -> Bet:
        """Return the bet after one more outcome in [0, 1]."""
        count = self.count + 1
        stake = _kept(self.count) - _kept(count)
        money = tuple(
            min((part + stake) * (1.0 + rate * (self.least - outcome)), MOST_MONEY)
            for part, rate in zip(self.money, self._rates(), strict=True)
        )
        peak = max(self.peak, _worth(money, count))
        return Bet(self.least, count, self.total + outcome, money, peak)

    @property
    def is_sound(self) -> bool:
        """Whether its numbers can be those of a bet."""
        return (
            0.0 < self.least < 1.0
            and 0.0 <= self.total <= self.count
            and len(self.money) == len(STEPS)
            and all(0.0 <= each <= MOST_MONEY for each in self.money)
            and self.peak >= max(1.0, _worth(self.money, self.count) - SLACK)
        )

    def _rates(self) -> list[float]:
        """Return λ of each part."""
        odds = math.log(self.least / (1.0 - self.least))
        lower = (1.0 / (1.0 + math.exp(step - odds)) for step in STEPS)
        return [(self.least - mean) / (self.least * (1.0 - self.least)) for mean in lower]


def _worth(money: Sequence[float], count: int) -> float:
    """Return what all parts are worth together after so many outcomes."""
    return sum(money) / len(money) + _kept(count)


def _kept(count: int) -> float:
    """Return the share of the money that is not bet yet after so many outcomes."""
    return math.log(2.0) / math.log(count + 2.0)
