"""A threshold under another model, engine or index: the value that does there what it did here.

Without labels that is the value that lets through as many pairs; with labels, one at which as large
a share of what is let through is relevant. Either is the point at which a difference between old
and new is 0, and its interval holds the values at which the difference could be 0 by chance:
|D(t)| ≤ t₀.₉₅ · se D(t), the standard error being that over queries, each under both (a test
inverted into an interval, as Fieller's 1954).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import scipy

from search_core.arrays import floats_of
from search_core.collection import Collection
from search_core.corpus import Corpus
from search_core.embedding import check_query, embed_documents, embed_queries
from search_core.encoder import Encoder
from search_core.engines.scales import Scores, converter, scale_of
from search_core.errors import InputError, several
from search_core.evaluate.intervals import t_quantile
from search_core.evaluate.judged import RELEVANT
from search_core.labels.labels import Labels
from search_core.mistakes import explain_mistakes
from search_core.scale import COSINE, ROUNDING
from search_core.vectors import Floats, Mask, Rows, evenly

Item = TypeVar("Item")

FEWEST_QUERIES = 5  # that an interval is made of
TRIED = 400  # thresholds that are tried for the interval and by labels
SLACK = 1e-6  # by which rounding may bring a score beyond its range
MOST_OFF = 0.1  # of what is shown, by equal scores; and of precision
FEWEST_SHOWN = 10  # pairs that a precision is measured on, or as many as the old one shows
MOST_PAIRS = 4_000_000  # of queries with texts; queries beyond are left out evenly


@explain_mistakes
@dataclass(frozen=True)
class Translation:
    """What a threshold becomes elsewhere.

    Attributes
    ----------
    old, value:
        The threshold as it was, and what it becomes.
    low, high:
        Its 90% interval by query; None with fewer than five queries.
    basis:
        "selectivity": as many pairs are let through; "precision": as many of them are relevant.
    share, precision:
        The share of pairs that the old one let through, and, by labels, the share of them that was
        relevant; else None.
    carried_over:
        The share, or the precision, under the new scores of the old number taken as it is; None
        where it lets nothing through.
    pairs, queries:
        On how many.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> old, queries = rng.uniform(0, 1, 4000), np.repeat(np.arange(100), 40)
    >>> there = sc.translate_scores(0.9, old, 0.5 + old / 2, queries)
    >>> round(there.value, 2), there.share == there.share_of(0.5 + old / 2)
    (0.95, True)
    """

    old: float
    value: float
    low: float | None
    high: float | None
    basis: Literal["selectivity", "precision"]
    share: float
    precision: float | None
    carried_over: float | None
    pairs: int
    queries: int

    def __repr__(self) -> str:
        return f"<Translation: {self.old:g} becomes {self.value:.3g}, by {self.basis}>"

    def share_of(self, scores: npt.ArrayLike) -> float:
        """Return the share of scores, higher being better, that the new value lets through."""
        return float((np.asarray(scores, dtype=np.float64) >= self.value).mean())

    @property
    def words(self) -> str:
        """What becomes of it, and what the old number would do, in sentences."""
        return f"{self._value_words()} {self._carried_words()}"

    def _value_words(self) -> str:
        range_words = "" if self.low is None else f" ({self.low:.3g} to {self.high:.3g})"
        if self.basis == "precision":
            same = f"there, too, {self.precision:.0%} of what it shows are relevant"
        else:
            same = f"it lets through the same {_percent(self.share)} of the pairs"
        return f"{self.old:.3g} becomes {self.value:.3g}{range_words}: {same}."

    def _carried_words(self) -> str:
        if self.carried_over is None:
            return f"Kept as it is, {self.old:.3g} would let nothing through."
        what = (
            f"{self.carried_over:.0%} of what it shows would be relevant"
            if self.basis == "precision"
            else f"it would let through {_percent(self.carried_over)}"
        )
        return f"Kept as it is, {self.old:.3g} would do something else: {what}."


@explain_mistakes
def translate_threshold(
    value: float,
    old: Encoder,
    new: Encoder,
    texts: Corpus | Iterable[str],
    queries: Iterable[str] | None = None,
    *,
    labels: Labels | None = None,
    old_scores: Scores = "cosine",
    new_scores: Scores = "cosine",
) -> Translation:
    """Return the threshold under a new model, or in a new engine, that does what the old one did.

    Parameters
    ----------
    value:
        The old threshold, as the old engine shows it.
    old, new:
        The models; give the same one twice where only the engine changes.
    texts:
        Some of one's own, a few hundred or more.
    queries:
        Usual ones, which are searched for in the texts. Without them each text is compared with
        every other, as for finding duplicates.
    labels:
        Of these queries and texts: then precision is kept, and not the share let through.
    old_scores, new_scores:
        What the numbers are, as `scale_of` takes it; both must lead to a cosine.

    Raises
    ------
    InputError
        Numbers that lead to no cosine, a threshold that lets nothing or everything through, too few
        texts, no queries, labels by which every threshold is as precise, or no threshold that
        is as precise; and as for `Corpus.from_texts`.
    QueryError
        A query is blank.
    LabelsError
        The labels do not fit the texts.

    Examples
    --------
    >>> texts = ["a red ball", "a red car", "a tan ball", "the tall tree"]
    >>> sc.translate_threshold(0.2, encoder, encoder, texts, new_scores="faiss-l2").pairs
    12
    """
    _check_number(value)
    corpus = texts if isinstance(texts, Corpus) else Corpus.from_texts(texts)
    models = (old, new)
    if labels is not None:
        scored = [Collection.build(corpus, each).score_labels(labels) for each in models]
        cosines = [each.columns()["cos"] for each in scored]
        pairs = _Pairs(_numbers(scored[0].queries), _yes_or_no(scored[0].relevance))
    elif queries is not None:
        given = several(queries, "queries", InputError)
        if not given:
            raise InputError("No queries were given; give some, or leave queries out.")
        for each in given:
            check_query(each)
        asked = _fewer(given, len(corpus))
        cosines = [_of_queries(each, asked, corpus.texts) for each in models]
        pairs = _Pairs(np.repeat(np.arange(len(asked)), len(corpus)))
    else:
        if len(corpus) < 2:
            raise InputError(
                "There is one text, and none to compare it with; give a few hundred, or queries."
            )
        cosines = [_of_texts(each, corpus.texts) for each in models]
        compared = len(cosines[0]) // (len(corpus) - 1)
        pairs = _Pairs(np.repeat(np.arange(compared), len(corpus) - 1), both_ways=True)
    here, there = (_to_cosine(scores) for scores in (old_scores, new_scores))
    wanted = here(value)
    if math.isinf(wanted):
        best, worst = _best_and_worst(old_scores)
        raise InputError(
            f"The threshold {value:g} is none of these scores, which lie between "
            f"{min(best, worst):g} and {max(best, worst):g}; give it as the old engine shows it."
        )
    found = _translated(wanted, cosines[0], cosines[1], pairs, kept=there(value))
    return _shown_as(found, value, new_scores)


@explain_mistakes
def translate_scores(
    value: float,
    old: npt.ArrayLike,
    new: npt.ArrayLike,
    queries: Sequence[object] | npt.ArrayLike,
    *,
    relevance: npt.ArrayLike | None = None,
) -> Translation:
    """Return the threshold on new scores that does what the old one did on the old scores.

    Higher must be better on both: turn distances around.

    Parameters
    ----------
    value:
        The old threshold.
    old, new:
        Both scores of each pair, shape (n,), of the same pairs in the same order.
    queries:
        The query of each pair.
    relevance:
        Labels from 0 to 1 of each pair: then precision is kept.

    Raises
    ------
    InputError
        Arrays that do not fit together or hold no numbers, a threshold that lets nothing or
        everything through, labels beyond 0 to 1 or by which every threshold is as precise, or
        new scores on which no threshold does the same.

    Examples
    --------
    >>> old, new, queries = [0.9, 0.2, 0.8, 0.1], [90, 20, 80, 10], ["a", "a", "b", "b"]
    >>> sc.translate_scores(0.5, old, new, queries).value
    50.0
    """
    _check_number(value)
    here, there = _scores(old, "old"), _scores(new, "new")
    numbers = _numbers(queries)
    y = None if relevance is None else _yes_or_no(_labels(relevance))
    lengths = {"old": len(here), "new": len(there), "queries": len(numbers)}
    if y is not None:
        lengths["relevance"] = len(y)
    if len(set(lengths.values())) > 1:
        given = ", ".join(f"{count:,} {name}" for name, count in lengths.items())
        raise InputError(f"{given} were given; give one of each for every pair.")
    return _translated(float(value), here, there, _Pairs(numbers, y), kept=float(value))


def _check_number(value: object) -> None:
    if not isinstance(value, Real) or not math.isfinite(value):
        raise InputError(f"The threshold is {value!r:.40}; give a number.")


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The query number of each pair, its label if there are any, and how often pairs come twice."""

    queries: Rows
    relevance: Floats | None = None
    both_ways: bool = False  # (a, b) and (b, a): each text stands in twice as many pairs

    @property
    def amount(self) -> int:
        """How many queries there are."""
        return int(self.queries.max()) + 1

    def counts(self, rows: Rows) -> Floats:
        """Return how many of the rows each query has, and how many are relevant: (2, queries)."""
        queries = self.queries[rows]
        all_of_them = np.bincount(queries, minlength=self.amount).astype(np.float64)
        if self.relevance is None:
            return np.stack([all_of_them, np.zeros(self.amount)])
        relevant = np.bincount(queries, self.relevance[rows], minlength=self.amount)
        return np.stack([all_of_them, relevant])


def _translated(value: float, old: Floats, new: Floats, pairs: _Pairs, kept: float) -> Translation:
    """Translate a threshold; `kept` is what the old number would be among the new scores."""
    shown = old >= value
    if shown.all() or not shown.any():
        amount = "everything" if shown.all() else "nothing"
        raise InputError(
            f"The threshold {value:g} lets {amount} through of {len(old):,} pairs, whose scores "
            f"lie between {old.min():.3g} and {old.max():.3g}; give another threshold, or more "
            "texts."
        )
    relevance = pairs.relevance
    if relevance is not None:
        _check_labels(shown, relevance)
    fewest = 1 if relevance is None else min(FEWEST_SHOWN, int(shown.sum()))
    tried = _tried(new, int(shown.sum()), fewest)
    if relevance is None:
        at = _same_share(new, int(shown.sum()))
    else:
        at = _same_precision(new, relevance, tried, float(relevance[shown].mean()))
    low, high = _interval(new, shown, pairs, np.append(tried, at))
    _check_found(new >= at, shown, pairs)
    still = new >= kept
    carried = float(still.mean()) if relevance is None else _precision(still, relevance)
    return Translation(
        old=value,
        value=at,
        low=low,
        high=high,
        basis="selectivity" if relevance is None else "precision",
        share=float(shown.mean()),
        precision=None if relevance is None else float(relevance[shown].mean()),
        carried_over=carried if still.any() else None,
        pairs=len(old),
        queries=pairs.amount,
    )


def _check_labels(shown: Mask, relevance: Floats) -> None:
    """Refuse labels by which every threshold, or none, would do what the old one did."""
    if relevance.min() == relevance.max():
        raise InputError(
            f"All {len(relevance):,} labels say the same, so no threshold is more precise than "
            "another; give labels of both kinds, or none."
        )
    if not relevance[shown].any():
        raise InputError(
            f"Nothing that the old threshold shows is relevant, of {int(shown.sum()):,} pairs, so "
            "there is no precision to keep; give other labels, or none."
        )


def _tried(new: Floats, shown: int, fewest: int) -> Floats:
    """Return thresholds on the new scores, the closer together the nearer to as many shown."""
    descending = np.sort(new)[::-1]
    steps = np.geomspace(fewest, len(new), TRIED).astype(np.intp)
    near = np.linspace(max(fewest, shown // 2), min(len(new), 2 * shown), TRIED).astype(np.intp)
    return np.unique(descending[np.concatenate([steps, near]) - 1])


def _same_share(new: Floats, shown: int) -> float:
    """Return the midpoint between the last score that is let through and the next.

    Of equal scores all are let through or none, whichever is nearer to as many shown.
    """
    descending = np.sort(new)[::-1]
    last = descending[shown - 1]
    above, reached = int((new > last).sum()), int((new >= last).sum())
    count = above if above and shown - above < reached - shown else reached
    kept, next_one = descending[[count - 1, min(count, len(new) - 1)]]
    middle = (kept + next_one) / 2.0
    return float(middle if middle > next_one else kept)  # neighbours among floats have no middle


def _same_precision(new: Floats, relevance: Floats, tried: Floats, wanted: float) -> float:
    """Return the lowest threshold whose precision, made to rise, is as wanted, or as can be."""
    counts = np.array([(new >= each).sum() for each in tried], dtype=np.float64)
    found = np.array([relevance[new >= each].mean() for each in tried])
    rising = scipy.optimize.isotonic_regression(found, weights=counts).x
    return float(tried[int(np.searchsorted(rising, min(wanted, rising[-1])))])


def _check_found(now: Mask, shown: Mask, pairs: _Pairs) -> None:
    """Refuse a value that does not do what the old one did."""
    if pairs.relevance is None:
        if abs(int(now.sum()) - int(shown.sum())) > MOST_OFF * shown.sum():
            raise InputError(
                f"So many new scores are equal that no threshold lets through {shown.mean():.2%} "
                f"of the pairs; the nearest lets through {now.mean():.2%}. Give scores with more "
                "digits, or more pairs."
            )
    elif _is_less_precise(now, shown, pairs, pairs.relevance):
        raise InputError(
            "No threshold on the new scores is as precise: "
            f"{_precision(shown, pairs.relevance):.0%} of what the old one shows are relevant, and "
            f"{_precision(now, pairs.relevance):.0%} of what the best new one does; choose a lower "
            "threshold, or another model."
        )


def _is_less_precise(now: Mask, shown: Mask, pairs: _Pairs, relevance: Floats) -> bool:
    """Return whether precision falls by much, or, with enough queries, by more than chance."""
    fall = _precision(shown, relevance) - _precision(now, relevance)
    if fall > MOST_OFF or not (fall > 0.0 and pairs.amount >= FEWEST_QUERIES):
        return fall > MOST_OFF
    after, before = (pairs.counts(np.flatnonzero(each)) for each in (now, shown))
    return not _could_be(after, before, pairs, t_quantile(pairs.amount))


def _interval(
    new: Floats, shown: Mask, pairs: _Pairs, tried: Floats
) -> tuple[float | None, float | None]:
    """Return the ends of the thresholds whose difference to the old one could be chance."""
    if pairs.amount < FEWEST_QUERIES:
        return None, None
    before, quantile = pairs.counts(np.flatnonzero(shown)), t_quantile(pairs.amount)
    held = [
        each
        for each, now in _shown_from(new, pairs, tried)
        if _could_be(now, before, pairs, quantile)
    ]
    return (min(held), max(held)) if held else (None, None)


def _shown_from(new: Floats, pairs: _Pairs, tried: Floats) -> Iterator[tuple[float, Floats]]:
    """Yield thresholds, the highest first, with the counts of the pairs that each shows.

    Each adds the pairs between it and the one before, so that all together look at a pair once.
    """
    order = np.argsort(-new)
    thresholds = np.sort(tried)[::-1]
    ends = np.searchsorted(-new[order], -thresholds, side="right")
    counts, start = np.zeros((2, pairs.amount)), 0
    for threshold, end in zip(thresholds.tolist(), ends.tolist(), strict=True):
        counts, start = counts + pairs.counts(order[start:end]), end
        yield threshold, counts


def _could_be(now: Floats, before: Floats, pairs: _Pairs, quantile: float) -> bool:
    """Return whether what is shown now and what was shown differ by no more than chance."""
    if pairs.relevance is None:
        by_query = now[0] - before[0]
        difference = float(by_query.sum())
    else:
        here, there = (counts[1].sum() / counts[0].sum() for counts in (now, before))
        by_query = _about(here, now) - _about(there, before)
        difference = here - there
    variance = len(by_query) * float(by_query.var(ddof=1)) * (4.0 if pairs.both_ways else 1.0)
    return abs(difference) <= quantile * math.sqrt(variance) + ROUNDING


def _about(precision: float, counts: Floats) -> Floats:
    """Return what each query adds to a precision, about its mean; of shape (queries,)."""
    parts: Floats = (counts[1] - precision * counts[0]) / counts[0].sum()
    return parts


def _precision(shown: Mask, relevance: Floats) -> float:
    return float(relevance[shown].mean()) if shown.any() else 0.0


def _of_queries(model: Encoder, queries: Sequence[str], texts: Sequence[str]) -> Floats:
    """Return the cosine of each query with each text, shape (queries × texts,)."""
    found = embed_queries(model, queries) @ embed_documents(model, texts).T
    return found.astype(np.float64).ravel()


def _of_texts(model: Encoder, texts: Sequence[str]) -> Floats:
    """Return the cosine of each text, or of some, with each other one."""
    vectors = embed_documents(model, texts)
    compared = _fewer(range(len(texts)), len(texts))
    found = (vectors[compared] @ vectors.T).astype(np.float64)
    others = np.ones(found.shape, dtype=np.bool_)
    others[np.arange(len(compared)), compared] = False
    return found[others]


def _fewer(items: Sequence[Item], each: int) -> list[Item]:
    """Return evenly taken items where there would be too many pairs of so many each."""
    return [items[index] for index in evenly(len(items), max(1, MOST_PAIRS // max(each, 1)))]


def _to_cosine(scores: Scores) -> Callable[[float], float]:
    """Return what turns one number of an engine into the cosine behind it."""
    convert = converter(scale_of(scores), COSINE)
    if convert is None:
        raise InputError(
            f"No cosine stands behind scores on the scale '{scale_of(scores).label}', so they "
            "cannot be compared here; give both scores of your pairs to translate_scores."
        )
    best, worst = _best_and_worst(scores)

    def cosine(value: float) -> float:
        better = value - best if best > worst else best - value
        if better > SLACK:
            return math.inf  # no pair is as good
        if better < -abs(best - worst) - SLACK:
            return -math.inf  # every pair is as good
        return float(convert(np.array([value]))[0])

    return cosine


def _best_and_worst(scores: Scores) -> tuple[float, float]:
    """Return what an engine shows of the cosines 1 and -1."""
    shown = converter(COSINE, scale_of(scores))
    ends = np.array([1.0, -1.0])
    best, worst = (shown(ends) if shown else ends).tolist()
    return best, worst


def _shown_as(found: Translation, old: float, scores: Scores) -> Translation:
    """Return the translation in the numbers of the new engine, where its ends may change places."""
    shown = converter(COSINE, scale_of(scores))
    ends = [found.value, *(end for end in (found.low, found.high) if end is not None)]
    value, *around = shown(np.array(ends)).tolist() if shown else ends
    low, high = (min(around), max(around)) if around else (None, None)
    return replace(found, old=old, value=value, low=low, high=high)


def _numbers(queries: Sequence[object] | npt.ArrayLike) -> Rows:
    """Return the number of each pair's query; pairs without one would pass for one query's."""
    if isinstance(queries, np.ndarray) and queries.dtype.kind in "iu":  # a number is never missing
        return np.unique(queries, return_inverse=True)[1].ravel()
    given = np.asarray(queries, dtype=object).ravel()
    missing = [each is None or each != each or not str(each).strip() for each in given]  # NaN too
    if any(missing):
        raise InputError(
            f"Pair {missing.index(True) + 1:,} has no query; give the query of every pair."
        )
    return np.unique(given.astype(str), return_inverse=True)[1]


def _labels(given: npt.ArrayLike) -> Floats:
    labels = np.asarray(given)
    found = _scores(labels.astype(np.float64) if labels.dtype == np.bool_ else labels, "relevance")
    wrong = found[(found < 0.0) | (found > 1.0)]
    if len(wrong):
        raise InputError(
            f"Among the labels is {wrong[0]:g}, and a label lies between 0 and 1; divide grades by "
            "the highest."
        )
    return found


def _yes_or_no(relevance: Floats) -> Floats:
    return (relevance >= RELEVANT).astype(np.float64)


def _scores(given: npt.ArrayLike, name: str) -> Floats:
    """Return scores as an array of shape (n,), each a number."""
    scores = floats_of(given, name)
    if scores.ndim != 1 or not len(scores) or not np.isfinite(scores).all():
        raise InputError(
            f"The {name} scores have the shape {scores.shape} or a gap; give one number for each "
            "pair, in one row."
        )
    return scores


def _percent(share: float) -> str:
    return f"{share:.2%}" if share < 0.1 else f"{share:.0%}"
