"""Engines whose numbers are made by a formula; many engines share one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from search_core.engines.records import ENGINES


def engines_with_a_map() -> Iterator[Any]:
    """Yield every engine with a way back to the cosine, as a parameter of a test.

    The first of each formula is tried in `make check`, too.
    """
    seen = set()
    for key, engine in ENGINES.items():
        if engine.map is not None:
            marks = [pytest.mark.slow] if engine.map.key in seen else []
            seen.add(engine.map.key)
            yield pytest.param(key, marks=marks)
