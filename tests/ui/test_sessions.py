"""Visitors' own data: apart from each other, bounded, and gone after a while."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_ui.sessions import Sessions, Stopped


def engine(nbytes: int) -> Any:
    """An engine that takes this many bytes, as far as a session counts them."""
    corpus = sc.Corpus.from_texts(["x"])
    return SimpleNamespace(corpus=corpus, vectors=np.zeros(nbytes - 1, dtype=np.uint8))


def test_two_visitors_never_share_a_session() -> None:
    sessions = Sessions()
    one, two = sessions.new_key(), sessions.new_key()
    assert one != two
    sessions.of(one).engine = engine(10)
    assert sessions.of(two).engine is None
    assert sessions.of(one).engine is not None


def test_keys_cannot_be_guessed() -> None:
    keys = {Sessions().new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize("key", [None, ""])
def test_visitors_whose_key_has_not_come_yet_share_nothing(key: str | None) -> None:
    sessions = Sessions()
    sessions.of(key).engine = engine(10)
    assert sessions.of(key).engine is None
    assert len(sessions) == 0


def test_the_longest_unused_go_when_there_are_too_many() -> None:
    sessions = Sessions(most=2)
    for key in ("a", "b"):
        sessions.of(key).engine = engine(10)
    sessions.of("a")
    sessions.of("c")
    assert len(sessions) == 2
    assert sessions.of("a").engine is not None
    assert sessions.of("b").engine is None


def test_the_longest_unused_go_when_they_hold_too_much_but_never_the_one_in_use() -> None:
    sessions = Sessions(most_bytes=100)
    sessions.of("a").engine = engine(60)
    sessions.of("b").engine = engine(60)
    sessions.of("b")
    assert sessions.of("b").engine is not None
    assert sessions.of("a").engine is None
    sessions.of("big").engine = engine(1_000)
    assert sessions.of("big").engine is not None


def test_uploads_count_as_what_a_visitor_holds() -> None:
    sessions = Sessions(most_bytes=100)
    sessions.of("a").label_file = ("labels.csv", b"x" * 60)
    sessions.of("b").calibrator_file = b"x" * 10
    sessions.of("c")
    assert sessions.of("a").label_file is None
    assert sessions.of("b").calibrator_file is not None


def test_the_idle_go() -> None:
    sessions = Sessions(idle_seconds=60)
    sessions.of("a").engine = engine(10)
    sessions.of("a").last_used = time.monotonic() - 61
    sessions.of("b")
    assert len(sessions) == 1
    assert sessions.of("a").engine is None


def test_a_session_that_goes_stops_its_work() -> None:
    sessions = Sessions()
    step = sessions.of("a").progress(lambda share: None)
    step(1, 2)
    sessions.drop("a")
    with pytest.raises(Stopped):
        step(2, 2)
    sessions.drop("never seen")


def test_new_work_is_not_stopped_by_an_old_cancel() -> None:
    shares: list[float] = []
    session = Sessions().of("a")
    session.stopping.set()
    session.begin()
    session.progress(shares.append)(1, 4)
    assert shares == [0.25]


def test_a_cancel_pressed_while_the_work_waits_its_turn_stops_it() -> None:
    session = Sessions().of("a")
    session.begin()
    session.stopping.set()
    with pytest.raises(Stopped):
        session.progress(lambda share: None)(1, 4)


def test_another_collection_takes_what_was_judged_on_the_old_one_away() -> None:
    session = Sessions().of("a")
    session.calibrator = object()  # type: ignore[assignment]
    session.use_engine(engine(10))
    assert session.engine is not None
    assert (session.calibrator, session.labels, session.pairs, session.result) == (None,) * 4
