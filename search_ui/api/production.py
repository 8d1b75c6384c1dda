"""A threshold that moves to another model, or is watched in production; neither needs the model."""

from __future__ import annotations

import json
import math
from typing import Any

import search_core as sc
from search_ui.api.models import (
    TranslateAnswer,
    TranslateRequest,
    WatchAnswer,
    WatchedRow,
    WatchRequest,
)

NEW_WATCH = "give the state, or begin with a calibrator or with usual_rarities"


def translated(asked: TranslateRequest) -> TranslateAnswer:
    """Translate a threshold by both scores of each pair.

    Raises
    ------
    InputError
        Some rows have a label and some have none, or as `sc.translate_scores`.
    """
    labels = [row.relevance for row in asked.rows if row.relevance is not None]
    if 0 < len(labels) < len(asked.rows):
        raise sc.InputError(
            f"{len(labels):,} of {len(asked.rows):,} rows have a relevance; give it in all rows, "
            "or in none."
        )
    found = sc.translate_scores(
        asked.value,
        [row.old for row in asked.rows],
        [row.new for row in asked.rows],
        [row.query for row in asked.rows],
        relevance=labels or None,
    )
    return TranslateAnswer.model_validate(found)


def watched(asked: WatchRequest) -> WatchAnswer:
    """Add rows to a watch, or begin one.

    Raises
    ------
    InputError
        There is nothing to begin with, or rows of the other kind of watch.
    CalibrationError
        The state is none, or the calibrator guarantees no threshold.
    """
    starts = [asked.state, asked.calibrator, asked.usual_rarities]
    if sum(each is not None for each in starts) > 1:
        raise sc.InputError(
            "A state, a calibrator and usual_rarities were not expected together; give one of them."
        )
    before = _begun(asked) if asked.state is None else sc.load_watch(_text(asked.state))
    if isinstance(before, sc.RarityWatch):
        after: sc.Watch | sc.RarityWatch = before.after_rows(_each(asked.rows, "rarity"))
        broken = None
    else:
        after = _after(before, asked.rows)
        broken = after.promise_broken
    return WatchAnswer(
        state=after.to_json(),
        promise_broken=broken,
        traffic_changed=after.traffic_changed,
        words=after.words,
    )


def _begun(asked: WatchRequest) -> sc.Watch | sc.RarityWatch:
    if asked.usual_rarities is not None:
        return sc.watch_rarity(asked.usual_rarities, asked.false_alarms)
    if asked.calibrator is None:
        raise sc.InputError(f"There is nothing to watch; {NEW_WATCH}.")
    calibrator = sc.load_calibrator(_text(asked.calibrator), limits=sc.PUBLIC)
    return calibrator.watch(asked.false_alarms)


def _after(before: sc.Watch, rows: list[WatchedRow]) -> sc.Watch:
    labels = [math.nan if row.relevance is None else row.relevance for row in rows]
    queries = [row.query for row in rows if row.query is not None]
    if queries and len(queries) < len(rows):
        raise sc.InputError(
            f"{len(queries):,} of {len(rows):,} rows have a query; give it in all, or in none."
        )
    return before.after_rows(_each(rows, "value"), labels, queries or None)


def _each(rows: list[WatchedRow], name: str) -> list[float]:
    """Return a field of every row."""
    found: list[float | None] = [getattr(row, name) for row in rows]
    missing = next((n for n, each in enumerate(found, start=1) if each is None), None)
    if missing is not None:
        raise sc.InputError(f"Row {missing} has no {name}; this watch reads it.", row=missing)
    return [float(each) for each in found if each is not None]


def _text(given: str | dict[str, Any]) -> str:
    return given if isinstance(given, str) else json.dumps(given)
