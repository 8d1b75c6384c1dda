"""A threshold in production: whether what it shows still keeps its promise, tested by betting."""

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
from search_core.calibrate.betting import Bet
from search_core.errors import InputError, several
from search_core.evaluate.judged import rows_by_query
from search_core.mistakes import explain_mistakes
from search_core.vectors import Floats

FORMAT = "score-watch/1"
FALSE_ALARMS = 0.05
EDGE = 1e-3  # a share that is taken for 0 or 1 could not be bet on


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
        """Return the watch after one more hit, whether or not it gets a label.

        Give every hit of a threshold for all rows, every best hit of one for best hits, those under
        the threshold as well, and those that `judged` gets, too: without them fewer hits than come
        would seem to reach the threshold.

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
            The predicted relevance of each hit, shape (n,). Give all hits of a query in one call.
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
        names = None
        if queries is not None:
            names = [_query(each) for each in several(queries, "queries", InputError)]
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
    def is_sound(self) -> bool:
        """Whether its numbers can be those of a watch."""
        shares = (self.target, self.false_alarms)
        bets = (self.precision, self.fewer, self.more)
        return (
            0.0 <= self.value <= 1.0
            and all(0.0 < share < 1.0 for share in shares)
            and self.precision.least == self.target
            and self.fewer.count == self.more.count
            and all(bet.is_sound for bet in bets)
        )

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
