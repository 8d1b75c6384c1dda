"""How far labels have come: the score from which a hit is more likely relevant than not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search_core.calibrate.maps import expit
from search_core.calibrate.models import cross_fit, platt_design
from search_core.judging.estimates import half_width
from search_core.limits import DEMO_QUERIES
from search_core.vectors import Floats, Rows


@dataclass(frozen=True)
class Border:
    """The score at which a hit is as likely relevant as not, and how well it is known.

    Attributes
    ----------
    score:
        The cosine.
    lower, upper:
        Its 90% interval, within [-1, 1].
    spread:
        Half the 90% interval of the predicted relevance there: 0.1 is from 0.4 to 0.6.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> questions = [f"{each} {n}" for n in range(8) for each in engine.corpus.texts]
    >>> plan = sc.JudgingPlan.of(engine, questions)
    >>> pairs = plan.next_pairs()
    >>> wrong = {pair.number for pair in pairs[::7]}  # somebody errs now and then
    >>> answers = {p.number: (p.query[:5] == p.text[:5]) != (p.number in wrong) for p in pairs}
    >>> border = plan.read(answers).border
    >>> border is not None and border.lower < border.score < border.upper
    True
    """

    score: float
    lower: float
    upper: float
    spread: float


def find_border(
    cosines: Floats, relevance: Floats, questions: Rows, weights: Floats
) -> Border | None:
    """Return the border that labels give; None where they give none yet.

    A logistic curve on the cosine, fitted again without each question (delete-one jackknife on the
    log-odds). There is none below 5 questions, where all labels are alike, or where more similar
    texts are not more often relevant.

    Parameters
    ----------
    cosines, relevance, questions, weights:
        Of each label, shape (n,): the cosine, the label in [0, 1], the number of the question, and
        what it counts, mean 1.
    """
    numbers = np.unique(questions)
    if len(numbers) < DEMO_QUERIES or np.ptp(relevance) == 0 or np.ptp(cosines) == 0:
        return None
    folds = [np.flatnonzero(questions == number) for number in numbers]
    fit = cross_fit(platt_design("cos", cosines), relevance, folds, weights)
    intercept, slope = fit.whole.tolist()
    if slope <= 0:
        return None
    zero = -intercept / slope
    odds = fit.left_out[:, 0] + fit.left_out[:, 1] * zero
    half = half_width(odds)
    unit = float(fit.design.scale[0])
    score, reach = float(cosines.mean()) + zero * unit, half / slope * unit
    if not -1 <= score <= 1:
        return None
    spread = float(expit(np.array(half))) - 0.5
    return Border(score, max(-1.0, score - reach), min(1.0, score + reach), spread)
