"""Which index to take: one sentence, from measured figures."""

from __future__ import annotations

from collections.abc import Sequence

from search_core.compare.index_trials import IndexTrial
from search_core.errors import IndexSpecError

ENOUGH = 0.99  # of the exact hits: what is missed above that, few would notice
FAST_MS = 1.0  # a search under this is quick beside embedding the question, which takes several
FASTER = 0.8  # of Flat's time; a smaller gain could be noise of the clock
ALIKE = 0.05  # of Flat's time: times closer than this cannot be told apart


def recommend_index(trials: Sequence[IndexTrial]) -> str:
    """Say which of the indexes to take, and why.

    An index is worth more than Flat only if it is clearly faster, finds nearly everything that
    exact search finds, and exact search is slow enough to be felt. Its hits are taken as the engine
    gives them, scored again exactly; its own size is no reason, because the exact vectors that this
    takes are kept beside it.

    Parameters
    ----------
    trials:
        What `compare_indexes` returned, with or without Flat itself.

    Raises
    ------
    IndexSpecError
        There are no trials.
    """
    if not trials:
        raise IndexSpecError("No index was tried; compare at least one with Flat.")
    others = [trial for trial in trials if trial.spec.factory != "Flat"]
    faster = [trial for trial in others if trial.costs.query_ratio <= FASTER]
    good = [trial for trial in faster if trial.rescored.recall >= ENOUGH]
    if trials[0].costs.flat_query_ms < FAST_MS:
        return f"Stay with Flat: it is exact, and a search takes {_cost(trials[0])}."
    if good:
        return _worth_it(good)
    if faster:
        return _misses(faster)
    tried = "no index tried is clearly faster" if others else "no other index was tried"
    return f"Stay with Flat: it is exact, and {tried}; a search takes {_cost(trials[0])}."


def _worth_it(good: Sequence[IndexTrial]) -> str:
    least = min(trial.costs.query_ratio for trial in good)
    alike = [trial for trial in good if trial.costs.query_ratio <= least + ALIKE]
    best = max(alike, key=lambda trial: trial.rescored.recall)
    flips = best.rescored.flips
    decisions = {
        None: "",
        0: "; re-scored, no decision changes",
        1: "; re-scored, one decision changes",
    }
    changed = decisions.get(flips, f"; re-scored, {flips} decisions change")
    return (
        f"Take {best.spec.name}: it finds {_share(best)} of the exact {_first(best)} in "
        f"{best.costs.query_ratio:.2g} of Flat's time{changed}."
    )


def _misses(faster: Sequence[IndexTrial]) -> str:
    best = max(faster, key=lambda trial: trial.rescored.recall)
    return (
        f"Stay with Flat: it is exact, and what is faster misses too much; {best.spec.name} finds "
        f"{_share(best)} of the exact {_first(best)} in {best.costs.query_ratio:.2g} of the time."
    )


def _cost(trial: IndexTrial) -> str:
    documents = f"{trial.vectors:,} document{'' if trial.vectors == 1 else 's'}"
    return f"{trial.costs.flat_query_ms:.2g} ms at {documents}"


def _share(trial: IndexTrial) -> str:
    """Write its recall; never 100% for what only rounds to it."""
    recall = trial.rescored.recall
    return "all" if recall == 1.0 else f"{min(100 * recall, 99.9):.3g}%"


def _first(trial: IndexTrial) -> str:
    return "first ten" if trial.k == 10 else f"first {trial.k}"
