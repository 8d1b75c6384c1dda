"""Visits: apart from each other, bounded, gone after a while; each work has its own Cancel."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest

from search_ui.sample import Sample, read_shared
from search_ui.visit.visits import Stopped, Visits
from search_ui.visit.work import MovedOn, Upload
from search_ui.visit.workspace import Workspace

SHARED = read_shared(Future[Sample]())


def visits(**limits: Any) -> Visits:
    return Visits(SHARED, **limits)


def hold(kept: Visits, key: str | None, nbytes: int) -> Workspace:
    """Let a visitor hold this many bytes."""
    upload = Upload("labels.csv", b"x" * nbytes)
    return kept.update(key, lambda now: now.with_upload("labels", upload))


def holds(kept: Visits, key: str | None) -> bool:
    return bool(kept.workspace(key).uploads)


def test_two_visitors_never_share_a_workspace() -> None:
    kept = visits()
    one, two = kept.new_key(), kept.new_key()
    assert one != two
    hold(kept, one, 10)
    assert holds(kept, one)
    assert not holds(kept, two)


def test_keys_cannot_be_guessed() -> None:
    keys = {visits().new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize("key", [None, ""])
def test_visitors_whose_key_has_not_come_yet_share_nothing(key: str | None) -> None:
    kept = visits()
    hold(kept, key, 10)
    assert not holds(kept, key)
    assert len(kept) == 0


def test_the_longest_unused_go_when_there_are_too_many() -> None:
    kept = visits(most=2)
    for key in ("a", "b"):
        hold(kept, key, 10)
    kept.workspace("a")
    hold(kept, "c", 10)
    assert len(kept) == 2
    assert holds(kept, "a")
    assert not holds(kept, "b")


def test_the_longest_unused_go_when_they_hold_too_much_but_never_the_one_in_use() -> None:
    kept = visits(most_bytes=100)
    hold(kept, "a", 60)
    hold(kept, "b", 60)
    assert holds(kept, "b")
    assert not holds(kept, "a")
    hold(kept, "big", 1_000)
    assert holds(kept, "big")


def pass_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let some time pass."""
    later = time.monotonic() + seconds
    monkeypatch.setattr("time.monotonic", lambda: later)


def test_the_idle_go_also_when_they_come_back_first(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = visits(idle_seconds=60)
    hold(kept, "a", 10)
    pass_time(monkeypatch, 61)
    assert not holds(kept, "a")
    assert len(kept) == 0


def test_whoever_comes_in_time_keeps_what_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = visits(idle_seconds=60)
    hold(kept, "a", 10)
    for _ in range(3):
        pass_time(monkeypatch, 59)
        assert holds(kept, "a")


def test_the_idle_go_also_when_nobody_comes() -> None:
    kept = visits(idle_seconds=0)
    hold(kept, "a", 10)
    until = time.monotonic() + 10
    while len(kept) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(kept) == 0


def test_who_only_looks_takes_no_room() -> None:
    kept = visits(most=1)
    hold(kept, "a", 10)
    assert kept.workspace("b").is_untouched
    assert kept.name_of("b") == ""
    assert holds(kept, "a")


def test_a_visit_has_a_name_that_no_other_one_under_its_key_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = visits(idle_seconds=60)
    hold(kept, "a", 10)
    first = kept.name_of("a")
    hold(kept, "a", 20)
    assert kept.name_of("a") == first != ""
    pass_time(monkeypatch, 61)
    assert kept.name_of("a") == ""
    hold(kept, "a", 10)
    assert kept.name_of("a") not in ("", first)


def test_a_swap_takes_place_only_where_the_workspace_is_the_one_expected() -> None:
    kept = visits()
    before = kept.workspace("a")
    after = hold(kept, "a", 10)
    assert not kept.swap("a", before, before.with_upload("labels", None))
    assert kept.workspace("a") is after
    assert kept.swap("a", after, before)


def test_changes_made_at_once_are_all_kept() -> None:
    kept = visits()
    names = [f"file {n}" for n in range(200)]

    def change(name: str) -> None:
        upload = Upload(name, b"x")
        kept.update("a", lambda now: now.with_upload(name, upload))  # type: ignore[arg-type]

    threads = [threading.Thread(target=change, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(kept.workspace("a").uploads) == set(names)


def test_work_that_ends_on_what_has_changed_says_so_and_changes_nothing() -> None:
    kept = visits()
    before = kept.workspace("a")
    moved = kept.update("a", lambda now: now.with_model(object(), None))  # type: ignore[arg-type]
    with pytest.raises(MovedOn, match="You changed the model while this was at work"):
        kept.finish("a", "work", before, ("model",), lambda now: now.with_collection(None))
    assert kept.workspace("a") is moved
    assert kept.finish("a", "work", before, ("collection",), lambda now: now) is moved


def test_a_visit_that_goes_stops_its_work() -> None:
    kept = visits(most=1)
    step = kept.progress("a", "fit", lambda share: None)
    step(1, 2)
    hold(kept, "b", 10)
    with pytest.raises(Stopped):
        step(2, 2)


def test_new_work_is_not_stopped_by_an_old_cancel() -> None:
    shares: list[float] = []
    kept = visits()
    kept.begin("a", "fit")
    kept.cancel("a", "fit")
    kept.begin("a", "fit")
    kept.progress("a", "fit", shares.append)(1, 4)
    assert shares == [0.25]


def test_a_cancel_pressed_while_the_work_waits_its_turn_stops_it() -> None:
    kept = visits()
    kept.begin("a", "fit")
    kept.cancel("a", "fit")
    with pytest.raises(Stopped):
        kept.progress("a", "fit", lambda share: None)(1, 4)


def test_starting_one_work_leaves_the_cancel_of_another_and_cancel_stops_that_one_alone() -> None:
    kept = visits()
    kept.begin("a", "fit")
    fitting = kept.progress("a", "fit", lambda share: None)
    kept.cancel("a", "fit")
    kept.begin("a", "collection")
    embedding = kept.progress("a", "collection", lambda share: None)
    embedding(1, 4)
    with pytest.raises(Stopped):
        fitting(1, 4)


def test_a_cancel_pressed_at_the_very_end_still_stops_the_work() -> None:
    kept = visits()
    before = kept.workspace("a")
    kept.begin("a", "fit")
    kept.cancel("a", "fit")
    with pytest.raises(Stopped):
        kept.finish("a", "fit", before, ("model",), lambda now: now.with_upload("labels", None))
    assert kept.workspace("a") is before


def test_work_that_ends_after_its_visit_is_gone_brings_no_visit_back() -> None:
    kept = visits(most=1)
    before = hold(kept, "a", 10)
    hold(kept, "b", 10)
    with pytest.raises(Stopped):
        kept.finish("a", "fit", before, ("model",), lambda now: now)
    assert len(kept) == 1
