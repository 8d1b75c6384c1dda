"""Many visitors at random, each with a canary of its own: `python -m tests.fuzz.visits`."""

from __future__ import annotations

import argparse
import random
from concurrent.futures import Future
from functools import partial

from search_ui.sample import Sample, read_shared
from search_ui.visit.visits import Visits
from search_ui.visit.work import Upload
from search_ui.visit.workspace import Workspace

VISITORS = 300  # more than are kept, so that old ones are dropped all the time
KEPT = 50


def soak(steps: int, seed: int) -> int:
    """Take the steps; return how often a visit was met again and held its own canary.

    Raises
    ------
    AssertionError
        A workspace held the canary of another visitor, or more visits were kept than may be.
    """
    chance = random.Random(seed)
    visits = Visits(read_shared(Future[Sample]()), most=KEPT)
    keys = [visits.new_key() for _ in range(VISITORS)]
    assert len(set(keys)) == VISITORS
    met = 0
    for _ in range(steps):
        visitor = min(int(chance.expovariate(1 / 30)), VISITORS - 1)  # some come often
        key, canary = keys[visitor], f"canary of {visitor}".encode()
        step = chance.random()
        if step < 0.04:
            keys[visitor] = visits.new_key()
        else:
            held = visits.workspace(key).uploads.get("labels")
            assert held is None or held.content == canary
            met += held is not None
            upload = Upload("labels.csv", canary)
            visits.update(key, partial(_with_labels, upload))
        assert len(visits) <= KEPT
    return met


def _with_labels(upload: Upload, workspace: Workspace) -> Workspace:
    return workspace.with_upload("labels", upload)


def main() -> None:
    """Take as many steps as asked for."""
    parser = argparse.ArgumentParser(description="Look for one visitor's data at another's.")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    met = soak(given.steps, given.seed)
    print(f"{given.steps:,} steps, {met:,} times a visitor met their own data, and nobody else's.")


if __name__ == "__main__":
    main()
