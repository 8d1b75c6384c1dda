"""Libraries that only some work needs: each is imported when it is first used.

A library that is not installed is reported in one sentence, with the line of pip that brings it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from search_core.errors import MissingExtra

_OURS = ("search_core", "search_ui", "score_sense")


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Import what an extra brings inside this, and say which extra it is where that is missing.

    Parameters
    ----------
    name:
        The extra, as `pyproject.toml` calls it.

    Raises
    ------
    MissingExtra
        A library is not installed.

    Examples
    --------
    >>> from search_core.extras import extra
    >>> with extra("hub"):
    ...     import no_such_library
    Traceback (most recent call last):
    search_core.errors.MissingExtra: This needs no_such_library, which is not installed; run \
pip install "score-sense[hub]".
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        if not library or library in _OURS:  # a fault of our own
            raise
        raise MissingExtra(
            f'This needs {library}, which is not installed; run pip install "score-sense[{name}]".',
            name=library,
        ) from None


class LazyLibrary(ModuleType):
    """A library of an extra, imported when something of it is first used.

    Parameters
    ----------
    library, brought_by:
        What is imported, and the extra that brings it.
    """

    def __init__(self, library: str, brought_by: str) -> None:
        super().__init__(library)
        self._brought_by = brought_by

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__":  # asked of everything by `inspect`, and of no use to anybody else
            raise AttributeError(name)
        with extra(self._brought_by):
            return getattr(import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        with extra(self._brought_by):
            return dir(import_module(self.__name__))
