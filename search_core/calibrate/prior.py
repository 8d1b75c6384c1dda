"""What labels of other collections suggest where this one has none, or few.

In each of K collections with labels, log-odds of relevance are a line in features that are measured
from the collection's own background. Its coefficients vary from one collection to the next: they
are normal with a mean and a covariance (random effects), which `prior.json` holds. So a new
collection gets a value without a single label, with a band as wide as collections differ; and
labels, once there are some, draw its coefficients away from that mean (`PriorPull`).

`python -m benchmarks.prior --write` makes the file, and measures it on collections left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from search_core.calibrate.maps import expit
from search_core.errors import CalibrationError
from search_core.evaluate.intervals import t_quantile
from search_core.features import FEWEST_USUAL
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.vectors import Floats

COSINES = ("cos", "top", "near3", "nearw", "nbr", "hub")
"""Features that are cosines; they count from the collection's usual one, in its deviations."""
KNOWN_DEVIATION = 0.5  # of the log-odds of a share that somebody knows by heart
LEAST_BASE_RATE = 0.02  # nobody has seen enough hits to tell a share closer to 0 or 1
HALVINGS = 60  # of the log-odds between -30 and 30 that a share is looked for in
_NODES, _WEIGHTS = hermegauss(21)


@explain_mistakes
@dataclass(frozen=True, eq=False)
class PriorValues:
    """What other collections suggest of some pairs; each float64 in [0, 1], shape (n,).

    Attributes
    ----------
    mean:
        The chance that a pair is relevant, over all the collections that there might be.
    low, high:
        In nine of ten such collections the pair's chance lies between them.

    Examples
    --------
    >>> sc.PriorValues(np.array([0.62]), np.array([0.2]), np.array([0.9])).words(0)
    '0.62 (0.20–0.90)'
    """

    mean: Floats
    low: Floats
    high: Floats

    def __repr__(self) -> str:
        return f"<PriorValues: {len(self):,} values>"

    def __len__(self) -> int:
        return len(self.mean)

    def words(self, row: int) -> str:
        """Return one pair's value and band, such as "0.62 (0.20–0.90)".

        Parameters
        ----------
        row:
            The pair's number, from 0.
        """
        return f"{self.mean[row]:.2f} ({self.low[row]:.2f}–{self.high[row]:.2f})"


@explain_mistakes
class Prior(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The coefficients of relevance over collections: normal, one intercept and one a column.

    Attributes
    ----------
    collections:
        The names of those whose labels it was learnt on.
    columns:
        The features that it looks at, m of them.
    centre, unit:
        What a column is counted from and in; for a cosine of `COSINES` both are in deviations of
        the collection's usual cosine. Length m.
    mean:
        Of the coefficients, the intercept first; length 1 + m.
    covariance:
        Theirs, (1 + m, 1 + m).
    base_rate:
        The share of relevant pairs, where somebody gave it; None without.

    Examples
    --------
    >>> subjects = "bread rain cats stars music law tea paper glass snow".split()
    >>> texts = [f"All that there is to know about {subject}." for subject in subjects]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> pairs = engine.score_hits([engine.search("What is to know about tea?")])
    >>> prior = sc.load_prior()
    >>> prior.with_base_rate(0.1, pairs).predict(pairs).mean.mean().round(3).item()
    0.1
    """

    collections: tuple[str, ...]
    columns: tuple[str, ...]
    centre: tuple[float, ...]
    unit: tuple[float, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    base_rate: float | None = None

    def __repr__(self) -> str:
        given = "" if self.base_rate is None else f", with a share of {self.base_rate:g} relevant"
        return (
            f"<Prior: {len(self.columns)} columns, learnt on {len(self.collections)} collections"
            f"{given}>"
        )

    @property
    def sentence(self) -> str:
        """Where its values come from, so that nobody takes them for measured."""
        learnt = f"Learnt on {len(self.collections)} other collections, none of them yours"
        if self.base_rate is None:
            return f"{learnt}; nothing was measured on your texts."
        return f"{learnt}, and on the share that you gave; nothing was measured on your texts."

    def predict(self, pairs: ScoredPairs) -> PriorValues:
        """Return what other collections suggest of each pair.

        Raises
        ------
        CalibrationError
            The pairs are scores without texts, or of a collection of fewer than 10 documents.
        """
        rows = self._rows(pairs)
        return PriorValues(self._means(rows), *self._bands(rows))

    def with_base_rate(self, share: float, pairs: ScoredPairs) -> Prior:
        """Return the prior for a collection where this share of such pairs is relevant.

        Scores do not tell how much of what is asked a collection can answer, and it is what
        collections differ in most. So one number narrows the band: "of the first ten hits of a
        usual question, how many are right?" The coefficients stay as they are, and the intercept
        is what makes the mean over `pairs` that share.

        Parameters
        ----------
        share:
            Of 1; 0.3 for three of ten. It counts as 0.02 to 0.98, a guess as it is.
        pairs:
            What it is about: the first ten hits of a few usual questions, or of many.

        Raises
        ------
        CalibrationError
            A share outside [0, 1], no pairs, or pairs that `predict` refuses.
        """
        if not 0 <= share <= 1:
            raise CalibrationError(
                f"The share is {share:g}; give one from 0 to 1, such as 0.3 where three of the "
                "first ten hits are right."
            )
        if not len(pairs):
            raise CalibrationError(
                "No pairs were given; the share is that of the first ten hits of usual questions."
            )
        rate = min(max(share, LEAST_BASE_RATE), 1 - LEAST_BASE_RATE)
        rows = self._rows(pairs)
        around = self._as_known_at(rows[:, 1:].mean(axis=0))
        return msgspec.structs.replace(around, mean=around._reaching(rate, rows), base_rate=rate)

    def predictive(self) -> tuple[Floats, Floats]:
        """Return mean and covariance of a new collection's coefficients.

        The mean over K collections is itself uncertain, by a K-th of the covariance.
        """
        covariance = np.array(self.covariance) * (1 + 1 / len(self.collections))
        return np.array(self.mean), covariance

    def columns_of(self, usual: tuple[float, float]) -> tuple[Floats, Floats]:
        """Return what each column is counted from and in, in a collection of this usual cosine."""
        middle, deviation = usual
        is_cosine = np.isin(self.columns, COSINES)
        centre = np.where(is_cosine, middle + deviation * np.array(self.centre), self.centre)
        unit = np.where(is_cosine, deviation * np.array(self.unit), self.unit)
        return centre, unit

    def _rows(self, pairs: ScoredPairs) -> Floats:
        """Return the standardised columns beside ones, shape (n, 1 + m)."""
        columns = pairs.columns()
        if not set(self.columns) <= columns.keys():
            raise CalibrationError(
                "Other collections can suggest nothing for scores without texts; score the pairs "
                "with an engine."
            )
        if pairs.usual_cosine is None:
            raise CalibrationError(
                f"Other collections can suggest nothing for fewer than {FEWEST_USUAL} documents; "
                "add some."
            )
        centre, unit = self.columns_of(pairs.usual_cosine)
        values = np.column_stack([columns[name] for name in self.columns])
        return np.column_stack([np.ones(len(values)), (values - centre) / unit])

    def _odds(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of each row's log-odds."""
        mean, covariance = self.predictive()
        spread = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
        return rows @ mean, spread

    def _means(self, rows: Floats) -> Floats:
        """Return the mean of 1/(1 + exp(-x)) over normal x, by Gauss-Hermite quadrature."""
        odds, spread = self._odds(rows)
        values = expit(odds[:, np.newaxis] + spread[:, np.newaxis] * _NODES)
        means: Floats = values @ _WEIGHTS / _WEIGHTS.sum()
        return means

    def _bands(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return the ends of each row's band, by Student's t, as K collections were seen."""
        odds, spread = self._odds(rows)
        reach = t_quantile(len(self.collections)) * spread
        return expit(odds - reach), expit(odds + reach)

    def _as_known_at(self, middle: Floats) -> Prior:
        """Return the prior whose log-odds are as good as known at these columns, shape (m,)."""
        slopes = np.array(self.covariance)[1:, 1:]
        across = -slopes @ middle
        intercept = KNOWN_DEVIATION**2 + middle @ slopes @ middle
        covariance = np.block([[intercept, across], [across[:, np.newaxis], slopes]])
        return msgspec.structs.replace(self, covariance=tuple(map(tuple, covariance.tolist())))

    def _reaching(self, share: float, rows: Floats) -> tuple[float, ...]:
        """Return the mean coefficients whose intercept makes the rows' mean value this share."""
        low, high = -30.0, 30.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            tried = msgspec.structs.replace(self, mean=(middle, *self.mean[1:]))
            low, high = (middle, high) if tried._means(rows).mean() < share else (low, middle)
        return (low, *self.mean[1:])


@cache
def load_prior() -> Prior:
    """Return the prior that the library ships: what labels of other collections taught.

    Examples
    --------
    >>> len(sc.load_prior().collections) >= 10
    True
    """
    content = files("search_core.calibrate").joinpath("prior.json").read_bytes()
    return msgspec.json.decode(content, type=Prior)
