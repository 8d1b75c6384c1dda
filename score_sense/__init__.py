"""Score Sense tells what a similarity score means: `import score_sense as sc`.

The names are those of `search_core`, each loaded when it is first used; `search_core/__init__.pyi`
lists them.
"""

from typing import Any

import search_core
from search_core import __version__ as __version__

__doc__ = search_core.__doc__  # what one needs first
__all__ = dir(search_core)


def __getattr__(name: str) -> Any:
    try:
        return getattr(search_core, name)
    except AttributeError as unknown:
        raise AttributeError(str(unknown).replace("search_core", __name__)) from None


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
