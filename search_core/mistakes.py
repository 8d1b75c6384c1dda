"""A plain mistake in a call, explained by what the parameters are declared to take.

Nothing is checked before a call, so that whatever works, works, of which type it may be. Where a
call ends in a bare fault of Python or NumPy, its arguments are compared with their annotations, and
the first that differs is named in one sentence. A fault with arguments as declared stays as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from numbers import Integral, Real
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from search_core.errors import InputError

_BARE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_WIDER = {float: Real, int: Integral}  # NumPy's numbers are of these as well
_ARRAY = object()  # stands for the many parts of `ArrayLike`
_SHOWN = 60  # characters of what was given

Public = TypeVar("Public", bound=Callable[..., Any])


class _MistakeError(InputError):
    """Raised again by each function that passed the argument on: the outermost is the caller's."""


def explain_mistakes(public: Public) -> Public:
    """Decorate a function, or a class with its constructor and its public methods.

    Raises
    ------
    InputError
        By what is decorated: instead of a bare fault, where an argument is not of the kind that its
        annotation names.
    """
    if not isinstance(public, type):
        return _explained(public)
    for name, member in list(vars(public).items()):
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, classmethod | staticmethod):
            setattr(public, name, type(member)(_explained(member.__func__)))
        elif inspect.isfunction(member):
            setattr(public, name, _explained(member))
    return public


def _explained(function: Public) -> Public:
    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (*_BARE, _MistakeError) as fault:
            sentence = _sentence(function, args, kwargs)
            if sentence is None:
                raise
            raise _MistakeError(sentence) from fault

    return cast(Public, called)


def _sentence(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str | None:
    """Return what is wrong with the first argument that is not as declared, None if all are."""
    try:
        given = inspect.signature(function).bind(*args, **kwargs).arguments
    except TypeError:  # Python's own sentence on too few or too many arguments is plain
        return None
    hints = _hints(function)
    for name, value in given.items():
        hint = hints.get(name, Any)
        if not _is_kind(value, hint):
            what = function.__qualname__.removesuffix(".__init__")
            shown = repr(value) if len(repr(value)) <= _SHOWN else repr(value)[:_SHOWN] + "…"
            return (
                f"{what} takes {_words(hint)} as '{name}'; a {type(value).__name__} was given: "
                f"{shown}."
            )
    return None


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Return each parameter's annotation; what is returned may be known to type checkers alone."""
    annotated = {name: hint for name, hint in function.__annotations__.items() if name != "return"}
    return get_type_hints(SimpleNamespace(__annotations__=annotated), function.__globals__)


def _is_kind(value: Any, hint: Any) -> bool:
    """Return whether a value is of the kind that an annotation names; of doubtful ones, True."""
    origin, parts = get_origin(hint), _parts(hint)
    if origin is np.ndarray or hint is _ARRAY:
        return _holds_numbers(value, least=0 if hint is _ARRAY else 1)
    if origin in (Union, UnionType):
        return any(_is_kind(value, part) for part in parts)
    if origin is Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if isinstance(origin, type):
        return _holds_kinds(value, origin, parts)
    return _is_instance(value, hint)


def _holds_kinds(value: Any, origin: type, parts: tuple[Any, ...]) -> bool:
    """Return whether a value is a function, a mapping or a list whose items fit."""
    if not issubclass(origin, Iterable):
        return isinstance(value, origin)
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _is_kind(each, part)
            for row in value.items()
            for each, part in zip(row, parts, strict=True)
        )
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return False
    if not isinstance(value, Collection):  # it was used up by the call
        return True
    if origin is tuple and parts[-1:] != (...,):
        return len(value) == len(parts) and all(map(_is_kind, value, parts))
    return all(_is_kind(each, parts[0]) for each in value)


def _is_instance(value: Any, hint: Any) -> bool:
    if hint is Any or not isinstance(hint, type):  # a type variable, say
        return True
    if getattr(hint, "_is_protocol", False):
        return all(hasattr(value, name) for name in dir(hint) if not name.startswith("_"))
    return isinstance(value, _WIDER.get(hint, hint))


def _parts(hint: Any) -> tuple[Any, ...]:
    """Return the parts of an annotation, with those of `ArrayLike`, which has str, as one."""
    parts = get_args(hint)
    if all(part in parts for part in get_args(npt.ArrayLike)):
        return (_ARRAY, *(part for part in parts if part is NoneType))
    return parts


def _holds_numbers(value: Any, least: int) -> bool:
    """Return whether a value is an array of numbers, or becomes one, of at least so many axes."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        return False
    return array.dtype.kind in "biuf" and array.ndim >= least


def _words(hint: Any) -> str:
    """Return an annotation as Python people read it: "list of int", "str or Path", "'a' or 'b'"."""
    origin, parts = get_origin(hint), _parts(hint)
    if origin is np.ndarray or hint is _ARRAY:
        return "array of numbers"
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(map(_words, parts)))
    if origin is Literal:
        return " or ".join(map(repr, parts))
    if hint is NoneType:
        return "None"
    if not isinstance(origin, type):
        return str(getattr(hint, "__name__", hint))
    if issubclass(origin, Mapping):
        return f"dict of {_words(parts[0])} to {_words(parts[1])}"
    if issubclass(origin, Iterable):
        return f"list of {_words(parts[0])}"
    return "function"
