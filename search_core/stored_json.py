"""Values stored as JSON that begins with the name of its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from search_core.errors import SearchCoreError

Value = TypeVar("Value")


def read_stored(
    text: str | bytes,
    kinds: Mapping[str, type[Value]],
    check: Callable[[Value], None],
    what: str,
    error: type[SearchCoreError],
) -> Value:
    """Return a value of the kind that its format names, from JSON.

    `check` raises a `ValueError` that says why a value cannot be one, and `what` is its name.

    Raises
    ------
    SearchCoreError
        Of the kind given: it is no such JSON, or `check` refuses it.
    """
    try:
        body = msgspec.json.decode(text, type=dict[str, object])
        name = body.get("format")
        if not isinstance(name, str) or name not in kinds:
            raise ValueError(f"its format is {name!r:.40}")
        value = msgspec.convert(body, kinds[name])
        check(value)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as fault:
        raise error(
            f"This is no {what} ({fault}); give what to_json of a {what} returned."
        ) from None
    return value
