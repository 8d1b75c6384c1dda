"""A tripwire without labels: whether questions in production find what the first ones found.

Of each question one thing is looked at, whether unrelated questions rarely find as good a best hit
(`Background.rarity` of at most 0.05). It needs neither labels nor a threshold. Other questions,
other texts or another model change the share of questions that do, and two bets find that out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

from search_core.arrays import floats_of
from search_core.calibrate.betting import Bet
from search_core.calibrate.thresholds import check_share
from search_core.calibrate.watch import EDGE, FALSE_ALARMS
from search_core.errors import InputError
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats

FORMAT = "score-rarity-watch/1"
RARE = 0.05  # of unrelated questions find as good a hit: then it is a find
FEWEST_QUESTIONS = 20  # that say what is usual
CONFIDENCE = 0.95  # of each end of what is usual


@explain_mistakes
@dataclass(frozen=True)
class RarityWatch:
    """What has been seen of questions in production; a value, which `seen` renews.

    Attributes
    ----------
    false_alarms:
        The probability δ that `traffic_changed` is ever said, although as large a share of
        questions as was usual finds a rare hit.
    questions:
        How many said what is usual.
    fewer, more:
        The bets against "at least, and at most, the usual share".

    Examples
    --------
    >>> watch = sc.watch_rarity([0.01] * 45 + [0.4] * 5)
    >>> for rarity in [0.3, 0.6, 0.01, 0.8] * 10:
    ...     watch = watch.seen(rarity)
    >>> watch.traffic_changed
    True
    >>> print(watch.words)
    25% of 40 questions found a hit that unrelated questions rarely find; 80% to 96% did at first: \
something has changed, look at what is asked, the texts and the model.
    >>> sc.load_watch(watch.to_json()) == watch
    True
    """

    false_alarms: float
    questions: int
    fewer: Bet
    more: Bet

    def __repr__(self) -> str:
        state = "changed" if self.traffic_changed else "as usual"
        return f"<RarityWatch: {self.fewer.count:,} questions, {state}>"

    def seen(self, rarity: float) -> Self:
        """Return the watch after one more question.

        Parameters
        ----------
        rarity:
            Of its best hit, as `Background.rarity` has it.

        Raises
        ------
        InputError
            It is no number from 0 to 1.
        """
        return self.after_rows([rarity])

    def after_rows(self, rarities: npt.ArrayLike) -> Self:
        """Return the watch after many questions, such as a day's log.

        Parameters
        ----------
        rarities:
            Of each question's best hit, shape (n,).

        Raises
        ------
        InputError
            One of them is no number from 0 to 1.
        """
        fewer, more = self.fewer, self.more
        for is_rare in (_checked(rarities) <= RARE).tolist():
            fewer, more = fewer.after(float(is_rare)), more.after(1.0 - float(is_rare))
        return replace(self, fewer=fewer, more=more)

    @property
    def is_sound(self) -> bool:
        """Whether its numbers can be those of a watch."""
        bets = (self.fewer, self.more)
        return (
            0.0 < self.false_alarms < 1.0
            and all(bet.is_sound for bet in bets)
            and self.fewer.count == self.more.count
        )

    @property
    def traffic_changed(self) -> bool:
        """Whether the share of questions that find a rare hit is not the usual one any more."""
        return max(self.fewer.peak, self.more.peak) >= 2.0 / self.false_alarms

    @property
    def words(self) -> str:
        """What has been seen, in a sentence."""
        bet = self.fewer
        if not bet.count:
            return "Nothing has been seen yet."
        seen = (
            f"{bet.total / bet.count:.0%} of {bet.count:,} questions found a hit that unrelated "
            f"questions rarely find; {bet.least:.0%} to {1.0 - self.more.least:.0%} did at first"
        )
        if self.traffic_changed:
            return f"{seen}: something has changed, look at what is asked, the texts and the model."
        return f"{seen}."

    def to_json(self) -> str:
        """Return the state as JSON text; `load_watch` reads it."""
        return json.dumps({"format": FORMAT} | msgspec.to_builtins(self), indent=1) + "\n"


@explain_mistakes
def watch_rarity(rarities: npt.ArrayLike, false_alarms: float = FALSE_ALARMS) -> RarityWatch:
    """Return a watch over questions in production, which has seen nothing yet.

    Parameters
    ----------
    rarities:
        Of the best hits of at least 20 usual questions, each by `Background.rarity`; nobody needs
        to label them. Their share of at most 0.05 is what is usual, with a 90% interval (Clopper
        and Pearson 1934).
    false_alarms:
        With which probability at most it may ever say that something has changed although the
        share stays within that interval, inside (0, 1).

    Raises
    ------
    InputError
        Too few rarities, or one that is no number from 0 to 1.
    CalibrationError
        The probability is out of range.

    Examples
    --------
    >>> sc.watch_rarity([0.01] * 45 + [0.4] * 5).words
    'Nothing has been seen yet.'
    """
    check_share(false_alarms, "probability of a false alarm")
    usual = _checked(rarities)
    if len(usual) < FEWEST_QUESTIONS:
        raise InputError(
            f"{len(usual)} rarities do not say what is usual; give those of at least "
            f"{FEWEST_QUESTIONS} questions."
        )
    rare, count = int((usual <= RARE).sum()), len(usual)
    low = scipy.stats.beta.ppf(1 - CONFIDENCE, rare, count - rare + 1) if rare else 0.0
    high = scipy.stats.beta.ppf(CONFIDENCE, rare + 1, count - rare) if rare < count else 1.0
    ends = (min(max(float(end), EDGE), 1.0 - EDGE) for end in (low, 1.0 - high))
    return RarityWatch(false_alarms, count, *map(Bet, ends))


def _checked(rarities: npt.ArrayLike) -> Floats:
    found = floats_of(rarities, "rarities")
    if found.ndim != 1:
        raise InputError(f"The rarities have the shape {found.shape}; give one for each question.")
    wrong = ~((found >= 0.0) & (found <= 1.0))
    if np.any(wrong):
        raise InputError(
            f"The rarity {found[wrong][0]:g} was given; a rarity lies between 0 and 1, so leave "
            "out questions without one."
        )
    return found
