"""Short runs of what `make fuzz` and `make soak` run long."""

from __future__ import annotations

import pytest

from tests.fuzz.http import fuzz_http
from tests.fuzz.parsers import fuzz, readers
from tests.fuzz.visits import soak


@pytest.mark.slow
def test_readers_of_damaged_input_return_or_say_what_is_wrong() -> None:
    assert set(fuzz(calls=5_000, seed=20)) == set(readers())


@pytest.mark.slow
def test_damaged_requests_get_an_answer_that_shows_no_fault_of_the_server(address: str) -> None:
    statuses = fuzz_http(address, calls=300, seed=21)
    assert sum(statuses.values()) == 300
    assert statuses[200] > 30
    assert max(statuses) < 500


def test_no_session_sees_what_another_holds() -> None:
    assert soak(steps=3_000, seed=22) > 1_000
