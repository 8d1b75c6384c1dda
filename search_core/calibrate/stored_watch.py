"""Watches from their JSON."""

from __future__ import annotations

from collections.abc import Mapping

from search_core.calibrate import rarity_watch, watch
from search_core.calibrate.rarity_watch import RarityWatch
from search_core.calibrate.watch import Watch
from search_core.errors import CalibrationError
from search_core.mistakes import explain_mistakes
from search_core.stored_json import read_stored

KINDS: Mapping[str, type[Watch | RarityWatch]] = {
    watch.FORMAT: Watch,
    rarity_watch.FORMAT: RarityWatch,
}


@explain_mistakes
def load_watch(text: str | bytes) -> Watch | RarityWatch:
    """Return a watch from what its `to_json` wrote: a `Watch`, or a `RarityWatch`.

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
    >>> watch = sc.watch_rarity([0.01] * 45 + [0.4] * 5).seen(0.02)
    >>> sc.load_watch(watch.to_json()) == watch
    True
    >>> sc.load_watch("{}")
    Traceback (most recent call last):
    search_core.errors.CalibrationError: This is no watch (its format is None); give what to_json \
of a watch returned.
    """
    return read_stored(text, KINDS, _check, "watch", CalibrationError)


def _check(found: Watch | RarityWatch) -> None:
    if not found.is_sound:
        raise ValueError("its numbers do not fit together")
