"""How well unrelated questions do in a collection: the share that passes a value, and its bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from search_core.errors import InputError
from search_core.mistakes import explain_mistakes
from search_core.normalizers.unrelated import FEWEST_QUERIES
from search_core.scale import ScoreScale
from search_core.vectors import Floats

ROUNDING = 1e-6  # the background is computed in float32, a hit's score in float64
CONFIDENCE = 0.9  # of every bound on a share


@explain_mistakes
@dataclass(frozen=True, eq=False)
class UnrelatedScores:
    """What unrelated questions find in a collection.

    Attributes
    ----------
    best:
        The best cosine of each question in the collection, ascending; shape (m,).
    document_mean, document_std:
        Mean and standard deviation of each document's cosines to the questions; shape (n,), 0
        without questions.
    words:
        How many the questions are and which, as in "120 in German".
    why_none:
        Why a query cannot be compared with them, in a sentence; empty where it can.
    across:
        Why a low score does not mean that nothing is relevant, in a sentence: the questions are in
        another language than the collection, and few models search across; empty where they are in
        the same.

    Examples
    --------
    >>> best = np.linspace(0.1, 0.6, 99)  # of 99 questions
    >>> scores = sc.UnrelatedScores(best, np.zeros(3), np.zeros(3))
    >>> scores.share(0.6), round(scores.bound(0.6), 3)
    (0.02, 0.039)
    """

    best: Floats
    document_mean: Floats
    document_std: Floats
    words: str = ""
    why_none: str = ""
    across: str = ""

    def __repr__(self) -> str:
        return f"<UnrelatedScores: {self.words or f'{len(self.best)} questions'}>"

    @property
    def is_enough(self) -> bool:
        """Whether there are enough questions, of the right kind, to compare a query with."""
        return len(self.best) >= FEWEST_QUERIES and not self.why_none

    def share(self, cosine: float) -> float | None:
        """Return the share of unrelated questions whose best hit has at least this cosine.

        (1 + #{best ≥ cosine}) / (m + 1): the conformal p-value of Vovk, Gammerman and Shafer
        (2005). Drawn from questions like the m, an unrelated one gets a value of x or less with a
        chance of at most x. None where there is nothing to compare with.
        """
        return (1 + self._reaching(cosine)) / (len(self.best) + 1) if self.is_enough else None

    def bound(self, cosine: float) -> float | None:
        """Return the most, with 90% confidence, of unrelated questions that reach this cosine.

        The upper limit of Clopper and Pearson (1934) for as many of the m as do.
        """
        return self._bound_of(self._reaching(cosine)) if self.is_enough else None

    def cut(self, share: float) -> tuple[float, float, float]:
        """Return the lowest cosine that at most a share of unrelated questions reaches.

        Returns
        -------
        The cosine; the share that reaches it by the rule of `share`, at most the one asked for;
        and the most that it is with 90% confidence. The last holds given these very questions: the
        share beyond the (k+1)-th highest of m is distributed as Beta(k + 1, m - k) (Vovk 2012,
        "Conditional validity of inductive conformal predictors").

        Raises
        ------
        InputError
            There is nothing to compare with, the share is not between 0 and 1, or it is smaller
            than this many questions can tell.
        """
        if not self.is_enough:
            raise InputError(self.why_none)
        if not 0.0 < share < 1.0:
            raise InputError(f"The share is {share:g}; give one between 0 and 1, such as 0.05.")
        count = len(self.best)
        reaching = math.floor(share * (count + 1) + ROUNDING) - 1
        if reaching < 0:
            raise InputError(
                f"{count} unrelated questions cannot tell a share of {share:g}; the smallest is "
                f"{1 / (count + 1):.2g}, so ask for more or give more questions of your own."
            )
        highest_below = float(self.best[count - 1 - reaching])
        cosine = highest_below + 2 * ROUNDING
        return cosine, (1 + reaching) / (count + 1), self._bound_of(reaching)

    def _reaching(self, cosine: float) -> int:
        return len(self.best) - int(np.searchsorted(self.best, cosine - ROUNDING, side="left"))

    def _bound_of(self, reaching: int) -> float:
        count = len(self.best)
        if reaching == count:
            return 1.0
        return float(scipy.special.betaincinv(reaching + 1, count - reaching, CONFIDENCE))


@dataclass(frozen=True)
class UnrelatedCut:
    """A threshold that few unrelated questions pass.

    Attributes
    ----------
    cosine:
        The best hit of a question passes with this cosine or more.
    score, scale:
        The same threshold on the scale of the engine's hits, which says which way is better.
    share:
        Among questions like the unrelated ones, at most this share of unrelated questions passes,
        on average over all lists of so many.
    bound:
        The most that the share is for this very list, with 90% confidence.
    questions:
        How many unrelated questions it rests on and which, as in "120 in German".

    Examples
    --------
    >>> texts = ["The cat sleeps on the sofa.", "A dog barks at night.", "Feed the fish daily."]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> cut = engine.cut_for_unrelated(0.05)
    >>> cut.share <= 0.05 < cut.bound, cut.scale.name
    (True, 'squared_l2')
    """

    cosine: float
    score: float
    scale: ScoreScale
    share: float
    bound: float
    questions: str

    @property
    def sentence(self) -> str:
        """What the threshold promises, in a sentence; its cosine is rounded up, to keep that."""
        shown = math.ceil(self.cosine * 10_000) / 10_000
        return (
            f"Of unrelated questions like these ({self.questions}), at most "
            f"{percent_words(self.share)} find a hit with a cosine of {shown:.4f} or more; with "
            f"90% confidence at most {percent_words(self.bound)}."
        )


def percent_words(share: float) -> str:
    """Write a share with the digits that a hundred questions can tell: 0.5%, 3.4%, 21%."""
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
