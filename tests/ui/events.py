"""The page's events, called as the page calls them, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from search_ui.build import lay_out
from search_ui.visit.visits import Page


class LaidOut:
    """A page that was laid out once for all its visitors: the functions of its events by name."""

    def __init__(self, page: Page) -> None:
        self.page = page
        events = [event for event in lay_out(page).fns.values() if event.fn is not None]
        self.functions = {event.fn.__name__: event.fn for event in events}
        self.outputs = {event.fn.__name__: event.outputs for event in events}


class Events:
    """The `_ui_*` functions of a page by name, for one visitor."""

    def __init__(self, laid_out: LaidOut) -> None:
        self.laid_out, self.page = laid_out, laid_out.page
        self.visitor = self.page.visits.new_key()

    def call(self, name: str, *given: Any) -> Any:
        """Call an event that takes the visitor last."""
        return self.laid_out.functions[name](*given, self.visitor)

    def ask(self, name: str, *given: Any) -> Any:
        """Call an event that is the same for every visitor."""
        return self.laid_out.functions[name](*given)

    def named(self, name: str, answer: Any) -> dict[str, Any]:
        """Return the answer of an event by the `elem_id` of what it updates."""
        outputs = self.laid_out.outputs[name]
        return {part.elem_id: each for part, each in zip(outputs, answer, strict=True)}

    def work(self, name: str, *given: Any, progress: Callable[[float], None] | None = None) -> Any:
        """Call a piece of work, which takes the visitor and then reports its progress."""
        report = progress or (lambda _share: None)
        return self.laid_out.functions[name](*given, self.visitor, report)


def label_form(
    kind: str, path: str | None, scores_are: str = "cosine", *, skip_faulty: bool = False
) -> tuple[Any, ...]:
    """Return what the form of labels holds, as its event takes it; its card is left as it was."""
    paths = None if path is None else [path]
    meaning = ("", None, None, None)
    return kind, paths, *meaning, "count", "yours", scores_are, None, skip_faulty
