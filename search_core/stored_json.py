"""Values stored as JSON that begins with the name of its format."""

from __future__ import annotations

from typing import TypeVar

import msgspec

Value = TypeVar("Value")

FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError)
"""What `read_stored` raises, and what checks of a value raise: it is not what was asked for."""


def read_stored(text: str | bytes, kind: type[Value], name: str) -> Value:
    """Return a value of a kind from JSON of the format of this name; raises one of `FAULTS`."""
    body = msgspec.json.decode(text, type=dict[str, object])
    if body.get("format") != name:
        raise ValueError(f"its format is {body.get('format')!r:.40}")
    return msgspec.convert(body, kind)
