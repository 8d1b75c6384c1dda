"""Values stored as JSON that begins with the name of its format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

Value = TypeVar("Value")

FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError)
"""What `read_stored` raises, and what checks of a value raise: it is not what was asked for."""


def read_stored(text: str | bytes, kinds: Mapping[str, type[Value]]) -> Value:
    """Return a value of the kind that its format names, from JSON; raises one of `FAULTS`."""
    body = msgspec.json.decode(text, type=dict[str, object])
    name = body.get("format")
    if not isinstance(name, str) or name not in kinds:
        raise ValueError(f"its format is {name!r:.40}")
    return msgspec.convert(body, kinds[name])
