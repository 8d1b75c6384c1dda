"""The real app, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.serving import served


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the real app answers."""
    with served() as found:
        yield found
