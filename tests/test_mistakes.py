from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest

from search_core.errors import InputError
from search_core.mistakes import explain_mistakes


@explain_mistakes
def measured(
    values: npt.NDArray[np.float64],
    names: Sequence[str] = (),
    limits: Mapping[str, float] | None = None,
    way: Literal["up", "down"] = "up",
    weigh: Callable[[int, int], float] | None = None,
    share: float = 0.5,
    others: npt.ArrayLike | None = None,
) -> float:
    own = {"up": 1.0, "down": -1.0}[way]
    for name in names:
        own += len(name.strip())
    own += sum((limits or {}).values())
    own += weigh(1, 2) if weigh is not None else 0.0
    own += 0.0 if others is None else float(np.asarray(others, dtype=np.float64).sum())
    return own + 1.0 / share * float(values.sum())


@explain_mistakes
@dataclass(frozen=True)
class Shelf:
    books: tuple[str, ...]

    def __post_init__(self) -> None:
        _ = [book.upper() for book in self.books]

    @classmethod
    def of(cls, books: Iterable[str]) -> Shelf:
        return cls(tuple(book.strip() for book in books))

    def shortest(self, count: int) -> str:
        return sorted(self.books, key=len)[:count][-1]


ONE = np.array([1.0])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: measured(None),  # type: ignore[arg-type]
            "measured takes array of numbers as 'values'; a NoneType was given: None.",
        ),
        (
            lambda: measured(ONE, ["a", 3]),  # type: ignore[list-item]
            "measured takes list of str as 'names'; a list was given: ['a', 3].",
        ),
        (
            lambda: measured(ONE, limits=[3]),  # type: ignore[arg-type]
            "measured takes dict of str to float or None as 'limits'; a list was given: [3].",
        ),
        (
            lambda: measured(ONE, way="left"),  # type: ignore[arg-type]
            "measured takes 'up' or 'down' as 'way'; a str was given: 'left'.",
        ),
        (
            lambda: measured(ONE, weigh="x"),  # type: ignore[arg-type]
            "measured takes function or None as 'weigh'; a str was given: 'x'.",
        ),
        (
            lambda: measured(ONE, share="half"),  # type: ignore[arg-type]
            "measured takes float as 'share'; a str was given: 'half'.",
        ),
        (
            lambda: measured(ONE, others="many"),
            "measured takes array of numbers or None as 'others'; a str was given: 'many'.",
        ),
        (
            lambda: Shelf((3,)),  # type: ignore[arg-type]
            "Shelf takes list of str as 'books'; a tuple was given: (3,).",
        ),
        (
            lambda: Shelf.of(None),  # type: ignore[arg-type]
            "Shelf.of takes list of str as 'books'; a NoneType was given: None.",
        ),
        (
            lambda: Shelf(("a",)).shortest("first"),  # type: ignore[arg-type]
            "Shelf.shortest takes int as 'count'; a str was given: 'first'.",
        ),
    ],
)
def test_the_argument_that_is_not_as_declared_is_named(
    call: Callable[[], object], sentence: str
) -> None:
    with pytest.raises(InputError) as raised:
        call()
    assert str(raised.value) == sentence
    assert raised.value.__cause__ is not None


def test_what_works_is_not_checked() -> None:
    assert measured(ONE, np.array(["ab"])) == 5.0  # type: ignore[arg-type]
    assert measured(ONE, share=np.float32(1)) == 2.0  # type: ignore[arg-type]
    assert Shelf(("ab", "c")).shortest(np.int64(1)) == "c"  # type: ignore[arg-type]


def test_a_fault_with_arguments_as_declared_stays_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        measured(ONE, share=0.0)
    with pytest.raises(IndexError):
        Shelf(()).shortest(1)


def test_too_few_arguments_get_the_sentence_of_python() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'values'"):
        measured()  # type: ignore[call-arg]


def test_the_function_that_was_called_is_named_and_none_that_it_calls() -> None:
    @explain_mistakes
    def inner(name: str) -> str:
        return name.upper()

    @explain_mistakes
    def outer(title: str) -> str:
        return inner(title)

    with pytest.raises(InputError, match="outer takes str as 'title'; a int was given: 3"):
        outer(3)  # type: ignore[arg-type]
