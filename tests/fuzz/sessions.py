"""Many visitors at random, each with a canary of its own: `python -m tests.fuzz.sessions`."""

from __future__ import annotations

import argparse
import random

from search_ui.sessions import Sessions

VISITORS = 300  # more than are kept, so that old ones are dropped all the time
KEPT = 50


def soak(steps: int, seed: int) -> int:
    """Take the steps; return how often a session was met again and held its own canary.

    Raises
    ------
    AssertionError
        A session held the canary of another visitor, or more sessions were kept than may be.
    """
    chance = random.Random(seed)
    sessions = Sessions(most=KEPT)
    keys = [sessions.new_key() for _ in range(VISITORS)]
    assert len(set(keys)) == VISITORS
    met = 0
    for _ in range(steps):
        visitor = min(int(chance.expovariate(1 / 30)), VISITORS - 1)  # some come often
        key, canary = keys[visitor], ("labels.csv", f"canary of {visitor}".encode())
        step = chance.random()
        if step < 0.02:
            sessions.drop(key)
        elif step < 0.04:
            keys[visitor] = sessions.new_key()
        else:
            session = sessions.of(key)
            assert session.label_file in (None, canary)
            met += session.label_file == canary
            session.label_file = canary
        assert len(sessions) <= KEPT
    return met


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
