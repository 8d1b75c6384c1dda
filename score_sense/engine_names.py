"""An engine by its key, or by the function that people call."""

from __future__ import annotations

import re

import search_core as sc

_LISTED = 6  # in a sentence


def engine_called(name: str) -> sc.Engine:
    """Return the engine of this key, or the one whose function is called so.

    A function may be written with as much of its system before it as makes it unique, whatever
    stands between: "FAISS.similarity_search_with_score". Of one function under several settings the
    default is taken.

    Raises
    ------
    InputError
        None is called so, or several are; the nearest keys are named.
    """
    key = name.strip().lower()
    if key in sc.ENGINES:
        return sc.ENGINES[key]
    wanted = _words(name)
    called = [each for each in sc.ENGINES.values() if wanted and _is_called(each, wanted)]
    defaults = [each for each in called if "default" in each.setting or not each.setting]
    for found in (called, defaults):
        if len(found) == 1:
            return found[0]
    if not called:
        try:
            return sc.engine_of(name)
        except sc.InputError as unknown:
            raise sc.InputError(f"{unknown} `score-sense engines` lists them.") from None
    keys = [each.key for each in called]
    more = f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else ""
    raise sc.InputError(
        f"{len(keys)} engines have a function '{name[:60]}'; give the key of one of them: "
        f"{', '.join(keys[:_LISTED])}{more}."
    )


def _is_called(engine: sc.Engine, wanted: str) -> bool:
    return wanted == _words(engine.name) or f" {_words(engine.call)}".endswith(f" {wanted}")


def _words(name: str) -> str:
    """Return the words of a name in small letters; an operator such as <=> is one."""
    return " ".join(re.findall(r"[^\W_]+|[<=>#]+", name.casefold()))
