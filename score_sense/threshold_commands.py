"""What `translate` and `watch` do: a threshold in another model or engine, and in production."""

from __future__ import annotations

import math
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import search_core as sc
from score_sense.output import note, print_rows
from search_core.errors import reading_file, writing_file
from search_core.labels.meanings import propose

STDIN = "-"
ALARM = 3  # the exit code

_OLD, _NEW = ("old", "old_score"), ("new", "new_score")
# What `apply` adds comes first: a log may have a "value" of its own beside it.
_VALUE = ("probability", "expected_relevance", "predicted", "value")
_RELEVANCE = ("relevance", "relevant", "label")
_QUERY = ("query", "query_id")


def translate(given: Namespace) -> int:
    """Print what a threshold becomes."""
    source = sys.stdin.buffer.read() if given.texts == STDIN else Path(given.texts)
    pairs = _both_scores(source)
    found = _of_texts(given, source) if pairs is None else _of_scores(given, *pairs)
    note(found.words)
    row = {
        "old": found.old, "new": found.value, "from": found.low, "to": found.high,
        "same": found.basis, "share": found.share, "precision": found.precision,
        "if kept": found.carried_over, "pairs": found.pairs, "queries": found.queries,
    }  # fmt: skip
    print_rows([row], as_json=given.json)
    return 0


def _both_scores(source: bytes | Path) -> tuple[sc.Table, str, str] | None:
    """Return a table and its columns with the old and the new score; None where it has texts."""
    try:
        table = sc.read_table(source)
    except sc.InputError:  # no table, or none that is sound: whoever reads texts says so
        return None
    old, new = _named(table, _OLD), _named(table, _NEW)
    return None if old is None or new is None else (table, old, new)


def _of_scores(given: Namespace, table: sc.Table, old: str, new: str) -> sc.Translation:
    """Translate by both scores of each pair."""
    _refuse_options_for_texts(given)
    query = _named(table, _QUERY)
    if query is None:
        raise sc.InputError("The file has 'old' and 'new' and no column 'query'; add it.")
    labels = _named(table, _RELEVANCE)
    return sc.translate_scores(
        given.value,
        _numbers(table, old),
        _numbers(table, new),
        table.column(query),
        relevance=None if labels is None else _labels(table, labels),
    )


def _refuse_options_for_texts(given: Namespace) -> None:
    """Refuse what would be ignored, above all that the scores are distances."""
    usual = {
        "old": sc.DEFAULT_MODEL, "new": sc.DEFAULT_MODEL, "old_scores": "cosine",
        "new_scores": "cosine", "queries": None, "labels": None,
    }  # fmt: skip
    named = [f"--{name.replace('_', '-')}" for name in usual if getattr(given, name) != usual[name]]
    if named:
        raise sc.InputError(
            f"The file has both scores of each pair, so {', '.join(named)} would be ignored; leave "
            "it out, and turn distances around, as higher must be better in both columns."
        )


def _of_texts(given: Namespace, source: bytes | Path) -> sc.Translation:
    """Translate by texts, which both models embed."""
    queries = None if given.queries is None else sc.read_corpus(Path(given.queries)).texts
    labels = None if given.labels is None else sc.read_labels(Path(given.labels))
    old = sc.load_encoder(given.old)
    new = old if given.new == given.old else sc.load_encoder(given.new)
    return sc.translate_threshold(
        given.value, old, new, sc.read_corpus(source), queries, labels=labels,
        old_scores=given.old_scores, new_scores=given.new_scores,
    )  # fmt: skip


def watch(given: Namespace) -> int:
    """Add rows to a watch, write its state, and print what it says; 3 is an alarm."""
    state = Path(given.state)
    source = sys.stdin.buffer.read() if given.rows == STDIN else Path(given.rows)
    table = sc.read_table(source)
    before = _started(given, table) if not state.exists() else _loaded(state)
    if before is None:  # the rows said what is usual
        usual = _rarities(table)
        watched: sc.Watch | sc.RarityWatch = sc.watch_rarity(usual, given.false_alarms)
        note(f"A watch of rarity begins; {len(usual):,} questions say what is usual.")
    elif isinstance(before, sc.RarityWatch):
        watched = before.after_rows(_rarities(table))
    else:
        _check_threshold(given, before)
        watched = _after(before, table)
    _store(state, watched.to_json())
    broken = isinstance(watched, sc.Watch) and watched.promise_broken
    answer = {
        "promise_broken": broken, "traffic_changed": watched.traffic_changed,
        "words": watched.words,
    }  # fmt: skip
    if given.json:
        print_rows([answer], as_json=True)
    else:
        print(watched.words)
    return ALARM if broken or watched.traffic_changed else 0


def _loaded(state: Path) -> sc.Watch | sc.RarityWatch:
    with reading_file(str(state), "name the file of a watch", sc.InputError):
        text = state.read_bytes()
    return sc.load_watch(text)


def _store(state: Path, text: str) -> None:
    """Write a state whole, or leave the one before: it cannot be had again."""
    target = state.resolve()
    unfinished = target.with_name(f"{target.name}.unfinished")
    with writing_file("watch", state, "state.json", sc.InputError):
        try:
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)


def _started(given: Namespace, table: sc.Table) -> sc.Watch | None:
    """Return a new watch over a calibrator's threshold; None where the rows are rarities."""
    if given.calibrator is None:
        if _named(table, ("rarity",)) is not None:
            return None
        raise sc.InputError(
            f"There is no '{given.state}' yet; name the calibrator whose threshold is watched with "
            "--calibrator, or give rows with a column 'rarity'."
        )
    return sc.load_calibrator(Path(given.calibrator)).watch(given.false_alarms)


def _check_threshold(given: Namespace, before: sc.Watch) -> None:
    """Refuse the calibrator of another threshold than the state has, as after a new fit."""
    if given.calibrator is None:
        return
    now = sc.load_calibrator(Path(given.calibrator)).watch(given.false_alarms)
    same = math.isclose(now.value, before.value, rel_tol=1e-9)
    if not same or (now.target, now.level) != (before.target, before.level):
        raise sc.InputError(
            f"'{given.state}' watches the threshold {before.value:.3g}, and '{given.calibrator}' "
            f"has {now.value:.3g}; begin a new state for another calibrator."
        )


def _after(before: sc.Watch, table: sc.Table) -> sc.Watch:
    value, labels, query = (_named(table, each) for each in (_VALUE, _RELEVANCE, _QUERY))
    if value is None:
        raise sc.InputError(
            f"The file has the columns {', '.join(table.columns[:8])}; give the predicted "
            "relevance of each hit in 'probability' or 'value', as `score-sense apply` does."
        )
    if query is None and before.level == "query":
        note("Each row is taken for the best hit of its query, as there is no column 'query'.")
    return before.after_rows(
        _numbers(table, value),
        None if labels is None else _labels(table, labels),
        None if query is None else table.column(query),
    )


def _rarities(table: sc.Table) -> list[float]:
    column = _named(table, ("rarity",))
    if column is None:
        raise sc.InputError("This is a watch of rarity; give rows with a column 'rarity'.")
    return [each for each in _numbers(table, column, gaps=True) if not math.isnan(each)]


def _named(table: sc.Table, names: Sequence[str]) -> str | None:
    """Return the column with one of these names."""
    by_name = {each.casefold(): each for each in reversed(table.columns)}
    return next((by_name[name] for name in names if name in by_name), None)


def _numbers(table: sc.Table, column: str, *, gaps: bool = False) -> list[float]:
    """Return a column's numbers; an empty cell is NaN where gaps may be."""
    return [
        math.nan if gaps and not cell.strip() else _number(cell, row, column)
        for row, cell in zip(table.rows, table.column(column), strict=True)
    ]


def _labels(table: sc.Table, column: str) -> list[float]:
    """Return labels from 0 to 1, NaN where there is none; words such as yes and no are read."""
    words = propose(
        {cell for cell in table.column(column) if cell.strip() and not _is_number(cell)}
    )
    highest = words.highest or 1.0
    found = []
    for row, cell in zip(table.rows, table.column(column), strict=True):
        if cell.strip() and cell not in words.grades:
            found.append(_number(cell, row, column))
            continue
        grade = words.grades.get(cell)
        found.append(math.nan if grade is None else grade / highest)
    return found


def _is_number(cell: str) -> bool:
    try:
        sc.read_number(cell)
    except sc.InputError:
        return False
    return True


def _number(cell: str, row: int, column: str) -> float:
    try:
        return sc.read_number(cell)
    except sc.InputError as fault:
        raise sc.InputError(f"Row {row}, column '{column}': {fault}", row=row) from None
