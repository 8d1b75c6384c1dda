"""`score-sense translate` and `score-sense watch`: what they read, what they say, how they end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from score_sense.command_line import main
from tests.command_line.test_commands import feed

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a calibrator that guarantees a threshold."""
    monkeypatch.chdir(tmp_path)
    rows = [
        (f"question {n}", score, int(score > 0.5))
        for n in range(60)
        for score in (0.2 + n % 10 / 100, 0.7 + n % 10 / 100)
    ]
    Path("labels.csv").write_text(sc.write_table(["query", "score", "relevance"], rows))
    assert main(["fit", "labels.csv", "--scale", "cosine", "-o", "calibrator.json"]) == 0
    return tmp_path


def rows(name: str, columns: list[str], cells: Sequence[tuple[object, ...]]) -> str:
    """Write a file; return its name."""
    Path(name).write_text(sc.write_table(columns, cells))
    return name


def both_scores(*labels: str) -> str:
    """Write both scores of pairs, of which the new one is half of the old one and a half more."""
    rng = np.random.default_rng(1)
    old = rng.uniform(0, 1, 400)
    cells = [
        (f"q{n // 10}", score, 0.5 + score / 2, *(labels[int(score > 0.6)] for _ in labels[:1]))
        for n, score in enumerate(old.tolist())
    ]
    return rows("both.csv", ["query", "old", "new", "relevance"][: 3 + bool(labels)], cells)


def test_a_threshold_moves_by_both_scores_of_the_pairs(tmp_path: Path, capsys: Captured) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert main(["translate", "0.8", both_scores(), "--json"]) == 0
    told = capsys.readouterr()
    (found,) = json.loads(told.out)
    assert found["new"] == pytest.approx(0.9, abs=0.01)
    assert found["same"] == "selectivity"
    assert found["from"] <= found["new"] <= found["to"]
    assert told.err.startswith("0.8 becomes 0.9")


def test_labels_in_words_keep_the_precision(tmp_path: Path, capsys: Captured) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert main(["translate", "0.5", both_scores("no", "yes"), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["same"] == "precision"
    assert found["new"] == pytest.approx(0.75, abs=0.02)


def test_texts_are_embedded_and_the_new_engine_shows_its_own_numbers(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    subjects = ("tea", "snow", "ships", "bread", "law", "stars", "glass", "music")
    texts = [
        (f"{what} of {count} {subject}",)
        for count in (2, 3)
        for subject in subjects
        for what in ("use", "cost")
    ]
    file = rows("texts.csv", ["text"], texts)
    assert main(["translate", "0.5", file, "--new-scores", "faiss-l2", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["new"] == pytest.approx(1.0, abs=0.02)


def test_pairs_without_queries_are_refused(tmp_path: Path, capsys: Captured) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        file = rows("pairs.csv", ["old", "new"], [(0.1, 0.2), (0.8, 0.9)])
        assert main(["translate", "0.5", file]) == 1
    assert "no column 'query'" in capsys.readouterr().err


def test_a_watch_begins_with_a_calibrator_and_goes_on_from_its_file(
    folder: Path, capsys: Captured
) -> None:
    capsys.readouterr()
    good = rows(
        "good.csv", ["query", "value", "relevance"], [("a", 0.99, "yes"), ("b", 0.99, "no")]
    )
    assert main(["watch", "state.json", good, "--calibrator", "calibrator.json"]) == 0
    assert capsys.readouterr().out.startswith("Of 2 labelled hits that it showed, 50% were relev")
    assert main(["watch", "state.json", good, "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert said["promise_broken"] is False
    watch = sc.load_watch((folder / "state.json").read_bytes())
    assert isinstance(watch, sc.Watch)
    assert watch.precision.count == 4


def test_an_alarm_ends_with_its_own_exit_code(folder: Path, capsys: Captured) -> None:
    bad = rows("bad.csv", ["query", "value", "relevance"], [(n, 0.99, 0) for n in range(60)])
    assert main(["watch", "state.json", bad, "--calibrator", "calibrator.json"]) == 3
    assert "too few for the" in capsys.readouterr().out


def test_what_apply_prints_can_be_watched(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    assert main(["apply", "calibrator.json", "labels.csv"]) == 0
    feed(monkeypatch, capsys.readouterr().out.encode())
    assert main(["watch", "state.json", "-", "--calibrator", "calibrator.json"]) == 0
    assert "labelled hits that it showed" in capsys.readouterr().out


def test_rarities_are_watched_without_a_calibrator(folder: Path, capsys: Captured) -> None:
    usual = rows("usual.csv", ["query", "rarity"], [(n, 0.01) for n in range(60)])
    other = rows("other.csv", ["query", "rarity"], [(n, 0.5) for n in range(60)])
    assert main(["watch", "rarity.json", usual]) == 0
    assert "60 questions say what is usual" in capsys.readouterr().err
    assert main(["watch", "rarity.json", usual]) == 0
    assert main(["watch", "rarity.json", other]) == 3
    assert "something has changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("columns", "cells", "more", "sentence"),
    [
        (["value"], [(0.9,)], [], "name the calibrator"),
        (["query"], [("a",)], ["--calibrator", "calibrator.json"], "'probability' or 'value'"),
        (["value"], [("high",)], ["--calibrator", "calibrator.json"], "Row 2, column 'value'"),
        (["value"], [(3,)], ["--calibrator", "calibrator.json"], "lies between 0 and 1"),
        (["rarity"], [(0.1,)], [], "1 rarities do not say what is usual"),
    ],
)
def test_rows_that_cannot_be_watched_are_refused_and_leave_no_file(
    folder: Path, capsys: Captured, columns: list[str], cells: list[tuple[object, ...]],
    more: list[str], sentence: str,
) -> None:  # fmt: skip
    assert main(["watch", "state.json", rows("rows.csv", columns, cells), *more]) == 1
    assert sentence in capsys.readouterr().err
    assert not (folder / "state.json").exists()


def test_a_file_that_is_no_state_is_left_as_it_is(folder: Path, capsys: Captured) -> None:
    Path("state.json").write_text("{}")
    file = rows("rows.csv", ["value"], [(0.9,)])
    assert main(["watch", "state.json", file]) == 1
    assert "This is no watch" in capsys.readouterr().err
    assert Path("state.json").read_text() == "{}"


def test_what_would_be_ignored_beside_both_scores_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["translate", "0.8", both_scores(), "--new-scores", "faiss-l2"]) == 1
    told = capsys.readouterr()
    assert not told.out
    assert "--new-scores would be ignored" in told.err
    assert "turn distances around" in told.err


def test_a_file_with_a_header_alone_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("both.csv").write_text("query,old,new\n")
    assert main(["translate", "0.8", "both.csv"]) == 1
    assert "There is one text" in capsys.readouterr().err


def test_a_value_of_the_log_does_not_hide_what_apply_added(folder: Path, capsys: Captured) -> None:
    cells = [(f"q{n}", 0.1, 0.99) for n in range(5)]
    log = rows("log.csv", ["query", "value", "probability"], cells)
    assert main(["watch", "state.json", log, "--calibrator", "calibrator.json"]) == 0
    assert "100% of 5 hits" in capsys.readouterr().out


def test_the_calibrator_of_another_threshold_needs_a_new_state(
    folder: Path, capsys: Captured
) -> None:
    cells = [(f"q{n}", 0.99) for n in range(5)]
    command = ["watch", "state.json", rows("log.csv", ["query", "probability"], cells)]
    assert main([*command, "--calibrator", "calibrator.json"]) == 0
    state = json.loads(Path("state.json").read_text())
    Path("state.json").write_text(json.dumps(state | {"value": 0.123}))
    before = Path("state.json").read_bytes()
    assert main([*command, "--calibrator", "calibrator.json"]) == 1
    assert "begin a new state" in capsys.readouterr().err
    assert Path("state.json").read_bytes() == before
    assert main(command) == 0  # without a calibrator, the state says which threshold


def test_a_state_that_cannot_be_written_whole_is_left_as_it_was(
    folder: Path, capsys: Captured
) -> None:
    log = rows("log.csv", ["query", "probability"], [("one", 0.99), ("two", 0.98)])
    assert main(["watch", "state.json", log, "--calibrator", "calibrator.json"]) == 0
    before = Path("state.json").read_bytes()
    Path("state.json.unfinished").mkdir()  # stands in the way
    assert main(["watch", "state.json", log]) == 1
    assert "cannot be written to 'state.json'" in capsys.readouterr().err
    assert Path("state.json").read_bytes() == before


def test_a_folder_is_no_state(folder: Path, capsys: Captured) -> None:
    log = rows("log.csv", ["query", "probability"], [("q", 0.9)])
    assert main(["watch", ".", log]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_questions_without_a_rarity_do_not_count(folder: Path, capsys: Captured) -> None:
    usual = rows(
        "usual.csv", ["query", "rarity"], [(f"q{n}", 0.01 if n else "") for n in range(26)]
    )
    assert main(["watch", "rarity.json", usual]) == 0
    assert "25 questions say what is usual" in capsys.readouterr().err
