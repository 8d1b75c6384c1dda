"""How often a property is tried."""

from __future__ import annotations

from hypothesis import settings

QUICK = 20  # times at most, in `make check`


def tried(times: int) -> settings:
    """Try a property so often, each time as long as it takes; `QUICK` times in `make check`."""
    usual = settings(deadline=None)
    quick = usual.max_examples == QUICK
    return settings(usual, max_examples=min(times, QUICK) if quick else times)
