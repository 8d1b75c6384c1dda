"""The prior of other collections, learnt from judged sets: what `prior.json` holds.

Rows are the first 20 hits of each judged query, for of such a visitor asks: what is judged further
down a list was found because it is relevant. A hit that nobody judged counts as not relevant, as
everywhere in these benchmarks; where only some candidates were judged (`CLOSED`), they alone count.
Large sets count with 3,000 rows, whole queries, so that none decides by its size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from benchmarks.judged_data import CLOSED, FIRST_HITS
from benchmarks.random_effects import Labelled, random_effects
from search_core.calibrate.prior import COSINES, Prior
from search_core.features import FEATURE_NAMES
from search_core.pairs import ScoredPairs

Floats = npt.NDArray[np.float64]

COLUMNS = tuple(name for name in FEATURE_NAMES if name != "lsm")
"""All but the softmax over the list, whose temperature suits one encoder's cosines."""
MOST_ROWS = 3_000
DIGITS = 5
ORIGINS: Mapping[str, str] = {
    **dict.fromkeys(("cacm", "cisi", "med", "npl", "time"), "classic collections"),
    **dict.fromkeys(("cmrc2018", "xquad_de", "legalquad"), "questions written on a passage"),
    **dict.fromkeys(("scifact_train", "csfcube"), "S2ORC"),
}
"""Sets that are of one making, or of one source; they are left out together."""


def origin(name: str) -> str:
    """Return what a set has in common with others; its own name if nothing."""
    return ORIGINS.get(name, name)


def first_hits(name: str, pairs: ScoredPairs) -> ScoredPairs:
    """Return the rows that a search shows first."""
    if name in CLOSED:
        return pairs
    ranks = pairs.features[:, FEATURE_NAMES.index("lrank")]
    return pairs.take(ranks < math.log(FIRST_HITS + 0.5))


def learn_without(name: str, hits: Mapping[str, ScoredPairs]) -> Prior:
    """Return the prior of all sets that have nothing in common with one of them."""
    return learn({each: rows for each, rows in hits.items() if origin(each) != origin(name)})


def learn(hits: Mapping[str, ScoredPairs]) -> Prior:
    """Return the prior of some sets; each one's `first_hits` by its name."""
    values = {name: _from_background(pairs) for name, pairs in hits.items()}
    centre = np.mean([each.mean(axis=0) for each in values.values()], axis=0)
    unit = np.sqrt(np.mean([each.var(axis=0) for each in values.values()], axis=0))
    mean, covariance = random_effects(
        [_labelled(pairs, (values[name] - centre) / unit) for name, pairs in hits.items()]
    )
    return Prior(
        collections=tuple(hits),
        columns=COLUMNS,
        centre=_rounded(centre),
        unit=_rounded(unit),
        mean=_rounded(mean),
        covariance=tuple(map(_rounded, covariance)),
    )


def labelled_in(prior: Prior, pairs: ScoredPairs) -> Labelled:
    """Return a set's rows as the prior sees them."""
    rows = (_from_background(pairs) - np.array(prior.centre)) / np.array(prior.unit)
    return Labelled(np.column_stack([np.ones(len(rows)), rows]), pairs.relevance, pairs.queries)


def _from_background(pairs: ScoredPairs) -> Floats:
    """Return the columns, the cosines among them in deviations of the collection's usual one."""
    assert pairs.usual_cosine is not None
    middle, deviation = pairs.usual_cosine
    columns = pairs.columns()
    return np.column_stack(
        [
            (columns[name] - middle) / deviation if name in COSINES else columns[name]
            for name in COLUMNS
        ]
    )


def _labelled(pairs: ScoredPairs, rows: Floats) -> Labelled:
    """Return whole queries, drawn at random with a fixed seed, up to some number of rows."""
    queries = np.array(pairs.queries)
    order = np.random.default_rng(0).permutation(list(dict.fromkeys(pairs.queries)))
    reached = np.cumsum([(queries == query).sum() for query in order])
    kept = np.isin(queries, order[: max(2, int((reached <= MOST_ROWS).sum()))])
    with_ones = np.column_stack([np.ones(kept.sum()), rows[kept]])
    return Labelled(with_ones, pairs.relevance[kept], queries[kept].tolist())


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(np.round(values, DIGITS).tolist())
