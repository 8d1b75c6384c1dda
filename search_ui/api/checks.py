"""What a program may send: each check names what was given, what was expected, what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence

import search_core as sc
from search_ui.search_view import check_query

LARGEST = 1e300  # of a score: its double is still a number


def check_text(query: object) -> None:
    """Raise `QueryError` unless a query is a text that is short enough."""
    if not isinstance(query, str):
        raise sc.QueryError(f"The query is {shown(query)}; give a text.")
    check_query(query)


def check_queries(queries: Sequence[object]) -> None:
    """Raise `QueryError` unless every query is a text that is short enough."""
    for query in dict.fromkeys(queries):
        check_text(query)


def check_count(k: object, most: int) -> None:
    """Raise `QueryError` unless k is a whole number from 1 to the cap."""
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= most:
        raise sc.QueryError(f"k is {shown(k)}; give a whole number from 1 to {most}.")


def check_choice(given: object, choices: Sequence[str], name: str) -> None:
    """Raise `InputError` unless one of the choices was given."""
    if given not in choices:
        raise sc.InputError(f"{name} is {shown(given)}; choose one of {', '.join(choices)}.")


def check_list(
    given: object, most: int, name: str, error: type[sc.SearchCoreError]
) -> Sequence[str]:
    """Return a list of texts of at most this length, or raise the error."""
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise error(f"{name} is {shown(given)}; give a list of texts.")
    if len(given) > most:
        raise error(
            f"{name} has {len(given):,} texts; at most {most:,} are taken here, so leave some out "
            "or run Score Sense on your own machine."
        )
    return given


def read_calibrator(given: object) -> sc.Calibrator:
    """Read a calibrator that comes as JSON text, or as the object that the text holds.

    Raises
    ------
    CalibrationError
        It is larger than `PUBLIC` allows, or no calibrator.
    """
    text = json.dumps(given) if isinstance(given, dict) else given
    if not isinstance(text, str):
        raise sc.CalibrationError(
            f"calibrator is {shown(given)}; give the text that fit_calibrator returned."
        )
    return sc.load_calibrator(text, limits=sc.PUBLIC)


def finite_numbers(scores: object) -> list[float]:
    """Return a list of finite numbers, or raise `InputError` with the place of the first fault."""
    if not isinstance(scores, list) or not scores:
        raise sc.InputError(f"scores is {shown(scores)}; give a list of numbers.")
    if len(scores) > sc.PUBLIC.label_rows:
        raise sc.InputError(
            f"{len(scores):,} scores were given; at most {sc.PUBLIC.label_rows:,} are taken here."
        )
    for row, score in enumerate(scores, start=1):
        number = isinstance(score, int | float) and not isinstance(score, bool)
        if not number or not -LARGEST < score < LARGEST:  # NaN is not between them either
            raise sc.InputError(f"Score {row} is {shown(score)}; give a finite number.", row=row)
        sc.refuse_filling(score, row)
    return [float(score) for score in scores]


def shown(value: object) -> str:
    """Return how a wrong value is named in a message: never more than a few characters of it."""
    if value is None or isinstance(value, bool | int | float):
        return str(value)[:40]
    if isinstance(value, str):
        return repr(value[:40])
    return f"a {type(value).__name__}" if value else f"an empty {type(value).__name__}"
