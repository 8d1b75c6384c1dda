"""The table that benchmarks with a goal print their rows into, so that all can be put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

HEADER = (
    "| question | peer | figure, median (range) | clean pairs | goal | |\n|---|---|---|---|---|---|"
)


def line(
    question: str, peer: str, figure: str, goal: str = "", verdict: str = "", clean: str = ""
) -> str:
    """Return a row of the table.

    Parameters
    ----------
    question, peer:
        What is measured, and beside what.
    figure:
        A ratio to the peer where it has no unit.
    goal, verdict:
        The figure to reach, and whether it is.
    clean:
        How many pairs were measured without other load, of how many.
    """
    return f"| {' | '.join((question, peer, figure, clean, goal, verdict))} |"


def verdict(met: bool, decided: bool = True) -> str:
    """Return whether a goal is met, in words."""
    if not decided:
        return "not decided: the machine was busy"
    return "met" if met else "missed"


def rows(printed: Iterable[str]) -> Iterator[str]:
    """Yield the rows of this table among the lines that a benchmark printed."""
    title, rule = HEADER.split("\n")
    inside = False
    for text in map(str.rstrip, printed):
        inside = text == title or (inside and text.startswith("|"))
        if inside and text not in (title, rule):
            yield text
