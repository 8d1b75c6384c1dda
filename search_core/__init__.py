"""Score Sense tells what a similarity score means.

Every public name is listed in `__init__.pyi`, and each is loaded when it is first used: importing
the package takes next to no time, and loads neither torch nor faiss nor scikit-learn.
"""

from typing import Any

from lazy_loader import attach_stub

__version__ = "0.1.0"

_load, __dir__, __all__ = attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(_unknown(name))
    return _load(name)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, __all__, 1)
    hint = f"did you mean '{near[0]}'?" if near else "dir(search_core) shows what there is."
    return f"search_core has no attribute '{name}'; {hint}"
