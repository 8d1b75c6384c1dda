"""A threshold in production: whether what it shows still keeps its promise.

Tests by betting (Waudby-Smith and Ramdas 2024; Shekhar and Ramdas 2023). Whoever doubts that a mean
is at least m bets on it at fair odds; while it is, the money does not grow on average, and so it
ever reaches 1/δ with a probability of at most δ (Ville 1939), however often one looks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Literal, Self

import msgspec
import numpy as np
import numpy.typing as npt

from search_core.arrays import floats_of
from search_core.errors import CalibrationError, InputError
from search_core.evaluate.judged import rows_by_query
from search_core.mistakes import explain_mistakes
from search_core.stored_json import FAULTS, read_stored
from search_core.vectors import Floats

FORMAT = "score-watch/1"
FALSE_ALARMS = 0.05
STEPS = (0.25, 0.5, 1.0, 2.0, 4.0)  # log-odds by which a mean may have fallen: a bet on each
MOST_MONEY = 1e12  # more tells nothing, and could overflow
EDGE = 1e-3  # a share that is taken for 0 or 1 could not be bet on


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
        worth = sum(money) / len(money) + _kept(count)
        return Bet(self.least, count, self.total + outcome, money, max(self.peak, worth))

    @property
    def is_sound(self) -> bool:
        """Whether its numbers can be those of a bet."""
        fits = len(self.money) == len(STEPS) and 0 <= self.total <= self.count
        return 0.0 < self.least < 1.0 and fits

    def _rates(self) -> list[float]:
        """Return λ of each part."""
        odds = math.log(self.least / (1.0 - self.least))
        lower = (1.0 / (1.0 + math.exp(step - odds)) for step in STEPS)
        return [(self.least - mean) / (self.least * (1.0 - self.least)) for mean in lower]


@explain_mistakes
@dataclass(frozen=True)
class Watch:
    """What has been seen of a threshold in production; a value, which `seen` and `judged` renew.

    Attributes
    ----------
    value, target, level:
        Of the threshold.
    false_alarms:
        The probability δ that `promise_broken` is ever said of a threshold that keeps its promise;
        and the same for `traffic_changed`.
    precision:
        The bet against the promise, on labels.
    fewer, more:
        The bets against "at least, and at most, as large a share of hits as among the labels
        reaches the threshold".

    Examples
    --------
    >>> held = sc.query_threshold(np.full(60, 0.6), np.ones(60), [str(n) for n in range(60)], 0.9)
    >>> watch = held.watch()
    >>> for relevant in [True, False] * 15:
    ...     watch = watch.judged(0.8, relevant)
    >>> watch.promise_broken
    True
    >>> print(watch.words)
    Of 30 labelled hits that it showed, 50% were relevant: too few for the 90% that were \
guaranteed.
    >>> sc.load_watch(watch.to_json()) == watch
    True
    """

    value: float
    target: float
    level: Literal["row", "query"]
    false_alarms: float
    precision: Bet
    fewer: Bet
    more: Bet

    def __repr__(self) -> str:
        state = "broken" if self.promise_broken else "not broken"
        return (
            f"<Watch: {self.target:.0%} of what reaches {self.value:g}; {self.precision.count:,} "
            f"labels, promise {state}>"
        )

    @classmethod
    def of(
        cls,
        value: float,
        target: float,
        level: Literal["row", "query"],
        shares: tuple[float, float],
        false_alarms: float,
    ) -> Self:
        """Return a watch that has seen nothing.

        Parameters
        ----------
        value, target, level, false_alarms:
            As its attributes.
        shares:
            The range of the share of hits that reach the threshold, among the labels.
        """
        low, high = (min(max(share, EDGE), 1.0 - EDGE) for share in shares)
        return cls(value, target, level, false_alarms, Bet(target), Bet(low), Bet(1.0 - high))

    def seen(self, value: float) -> Self:
        """Return the watch after one more hit of which only the predicted relevance is known.

        Give every hit of a threshold for all rows, every best hit of one for best hits, those under
        the threshold as well.

        Parameters
        ----------
        value:
            The predicted relevance of the hit.

        Raises
        ------
        InputError
            It is no number from 0 to 1.
        """
        shown = float(_predicted(value) >= self.value)
        return replace(self, fewer=self.fewer.after(shown), more=self.more.after(1.0 - shown))

    def judged(self, value: float, relevant: bool | np.bool_ | float) -> Self:
        """Return the watch after one more label.

        Label what is shown at random, or all of it, and of one query one hit: hits of one query
        fail together, and the bound holds for outcomes that do not foretell each other. What lies
        under the threshold changes nothing.

        Parameters
        ----------
        value:
            The predicted relevance of the hit.
        relevant:
            Whether it is relevant; or a share from 0 to 1, such as of several people.

        Raises
        ------
        InputError
            One of the two is no number from 0 to 1.
        """
        label = _number(relevant, "label")
        if not 0.0 <= label <= 1.0:
            raise InputError(f"The label is {label:g}; give True or False, or a share from 0 to 1.")
        if _predicted(value) < self.value:
            return self
        return replace(self, precision=self.precision.after(label))

    def after_rows(
        self,
        values: npt.ArrayLike,
        relevance: npt.ArrayLike | None = None,
        queries: Sequence[str] | None = None,
    ) -> Self:
        """Return the watch after many hits, such as a day's log, in their order.

        A log in which some rows have a label counts whole as what came, and its labels as labels.
        One in which all rows have a label was chosen for labelling, and says nothing of how many
        hits reach the threshold.

        Parameters
        ----------
        values:
            The predicted relevance of each hit, shape (n,).
        relevance:
            The label of each hit from 0 to 1, NaN where there is none; shape (n,).
        queries:
            The query of each hit: then a watch over best hits takes each query's best row alone.

        Raises
        ------
        InputError
            Not one of each for every hit, or as for `seen` and `judged`.

        Examples
        --------
        >>> held = sc.query_threshold(
        ...     np.full(60, 0.6), np.ones(60), [str(n) for n in range(60)], 0.9
        ... )
        >>> held.watch().after_rows([0.9, 0.2, 0.7], [1, np.nan, 0]).precision.count
        2
        """
        found = _several(values, "values")
        labels = np.full(len(found), np.nan) if relevance is None else _labels(relevance)
        names = None if queries is None else [_query(each) for each in queries]
        if len(labels) != len(found) or (names is not None and len(names) != len(found)):
            raise InputError(
                f"There are {len(found):,} values and another number of labels or queries; give "
                "one of each for every hit."
            )
        rows = list(range(len(found)))
        if names is not None and self.level == "query":
            groups = rows_by_query(names).values()
            rows = sorted(int(group[np.argmax(found[group])]) for group in groups)
        labelled_alone = not np.isnan(labels).any()
        watch = self
        for row in rows:
            value, label = float(found[row]), float(labels[row])
            watch = watch if labelled_alone else watch.seen(value)
            watch = watch if math.isnan(label) else watch.judged(value, label)
        return watch

    @property
    def promise_broken(self) -> bool:
        """Whether labels show that fewer hits are relevant than were guaranteed."""
        return self.precision.peak >= 1.0 / self.false_alarms

    @property
    def traffic_changed(self) -> bool:
        """Whether the share of hits that reach the threshold is another than among the labels."""
        return max(self.fewer.peak, self.more.peak) >= 2.0 / self.false_alarms

    @property
    def words(self) -> str:
        """What has been seen, in a sentence or two."""
        return " ".join(filter(None, (self._precision_words(), self._traffic_words())))

    def _precision_words(self) -> str:
        bet = self.precision
        if not bet.count:
            return "" if self.fewer.count else "Nothing has been seen yet."
        seen = (
            f"Of {bet.count:,} labelled hits that it showed, {bet.total / bet.count:.0%} were "
            "relevant: "
        )
        if self.promise_broken:
            return f"{seen}too few for the {self.target:.0%} that were guaranteed."
        return f"{seen}no sign against the {self.target:.0%} that were guaranteed."

    def _traffic_words(self) -> str:
        bet = self.fewer
        if not bet.count:
            return ""
        seen = f"{bet.total / bet.count:.0%} of {bet.count:,} hits reached it, "
        low, high = bet.least, 1.0 - self.more.least
        usual = f"{low:.0%}" if f"{low:.0%}" == f"{high:.0%}" else f"{low:.0%} to {high:.0%}"
        if self.traffic_changed:
            return f"{seen}{usual} of those labelled: something has changed, label new examples."
        return f"{seen}{usual} of those labelled."

    def to_json(self) -> str:
        """Return the state as JSON text; `load_watch` reads it."""
        return json.dumps({"format": FORMAT} | msgspec.to_builtins(self), indent=1) + "\n"


def _kept(count: int) -> float:
    """Return the share of the money that is not bet yet after so many outcomes."""
    return math.log(2.0) / math.log(count + 2.0)


@explain_mistakes
def load_watch(text: str | bytes) -> Watch:
    """Return a watch from what `Watch.to_json` wrote.

    Parameters
    ----------
    text:
        The JSON itself.

    Raises
    ------
    CalibrationError
        It is no such JSON, or a number is missing or impossible.

    Examples
    --------
    >>> sc.load_watch("{}")
    Traceback (most recent call last):
    search_core.errors.CalibrationError: This is no watch of a threshold (its format is None); \
give what to_json of a watch returned.
    """
    try:
        return _read(text)
    except FAULTS as fault:
        raise CalibrationError(
            f"This is no watch of a threshold ({fault}); give what to_json of a watch returned."
        ) from None


def _read(text: str | bytes) -> Watch:
    watch = read_stored(text, Watch, FORMAT)
    _check(watch)
    return watch


def _check(watch: Watch) -> None:
    """Refuse numbers that no watch has."""
    bets = (watch.precision, watch.fewer, watch.more)
    if not 0.0 < watch.false_alarms < 1.0 or not all(bet.is_sound for bet in bets):
        raise ValueError("its numbers do not fit together")


def _several(values: npt.ArrayLike, name: str) -> Floats:
    """Return an array of shape (n,)."""
    found = floats_of(values, name)
    if found.ndim != 1:
        raise InputError(
            f"The {name} have the shape {found.shape}; give one for each hit, in a row."
        )
    return found


def _query(given: object) -> str:
    """Return a query; hits without one would pass for those of one and the same."""
    text = "" if given is None or given != given else str(given)  # only NaN differs from itself
    if not text.strip():
        raise InputError("A hit has no query; give the query of every hit, or leave queries out.")
    return text


def _labels(relevance: npt.ArrayLike) -> Floats:
    given = np.asarray(relevance)
    return _several(given.astype(np.float64) if given.dtype == np.bool_ else relevance, "labels")


def _predicted(value: object) -> float:
    """Return a predicted relevance; a store's own score would reach any threshold, or none."""
    number = _number(value, "value")
    if 0.0 <= number <= 1.0:
        return number
    raise InputError(
        f"The value is {number:g}; give a predicted relevance, which lies between 0 and 1."
    )


def _number(value: object, name: str) -> float:
    if not isinstance(value, (Real, np.bool_)) or not math.isfinite(value):
        raise InputError(f"The {name} is {value!r:.40}; give a number.")
    return float(value)
