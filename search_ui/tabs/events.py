"""Work that takes its time: its button rests meanwhile, progress shows, its own Cancel stops it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.links import press
from search_ui.rendering import error_notice, notice, render
from search_ui.server import queue_limits
from search_ui.visit.visits import Page, Stopped
from search_ui.visit.work import MovedOn, Upload
from search_ui.visit.workspace import UploadKind

STOPPED: Markup = notice("Stopped; nothing was changed.")
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
QUICK: dict[str, Any] = {**PRIVATE, "show_progress": "hidden"}
HEAVY: dict[str, Any] = {**PRIVATE, **queue_limits.HEAVY}

TABLES = [".csv", ".tsv", ".txt"]
"""Files that hold a table."""

FAULTS = (Stopped, sc.SearchCoreError)
"""What ends a piece of work with a notice; anything else is a fault of the program."""

LOOK_AFTER = "look-after-visit"
"""The id of the button that asks what the server holds of a visit."""

Updates = tuple[Any, ...]


def connect_work(
    page: Page,
    key: gr.State,
    triggers: Sequence[Callable[..., Any]],
    buttons: Sequence[gr.Button],
    cancel: gr.Button,
    work: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    progress_on: Any,
    hold: Callable[..., None] | None = None,
) -> list[gr.events.Dependency]:
    """Run `work` on any of the triggers, two at once on the whole server at most.

    Parameters
    ----------
    page, key:
        What all tabs share, and the key of the visit.
    triggers, buttons:
        What starts it, and the buttons that rest while it runs.
    cancel:
        The button that stops it, seen only while it runs; the work goes by its id.
    work, inputs, outputs:
        An event as gradio takes it.
    progress_on:
        The part over which progress shows.
    hold:
        Called with the same inputs before the work waits for its turn, to keep what a reload would
        lose; None where there is nothing to keep.

    Returns
    -------
    list of Dependency
        The end of the work, for each trigger.
    """
    name = str(cancel.elem_id)

    def _ui_begin(visitor: str) -> Updates:
        page.visits.begin(visitor, name)
        return *[gr.update(interactive=False)] * len(buttons), gr.update(visible=True)

    def _ui_end() -> Updates:
        return *[gr.update(interactive=True)] * len(buttons), gr.update(visible=False)

    def _ui_cancel(visitor: str) -> None:
        page.visits.cancel(visitor, name)

    parts = [*buttons, cancel]

    def begun(trigger: Callable[..., Any]) -> Any:
        first = trigger(_ui_begin, key, parts, queue=False, trigger_mode="once", **QUICK)
        return first.then(hold, inputs, None, queue=False, **QUICK) if hold else first

    cancel.click(_ui_cancel, key, None, queue=False, **QUICK)
    return [
        begun(trigger)
        .then(work, inputs, outputs, show_progress_on=progress_on, **HEAVY)
        .then(_ui_end, None, parts, queue=False, **QUICK)
        .then(None, None, None, js=press(LOOK_AFTER), **QUICK)
        for trigger in triggers
    ]


def html_part(value: str = "", elem_id: str | None = None) -> gr.HTML:
    """Lay out a part that is written in HTML."""
    return gr.HTML(value, apply_default_css=False, elem_id=elem_id)


@contextmanager
def unfolding(label: str, name: str) -> Iterator[None]:
    """Lay out a button and what it unfolds.

    It is drawn folded, with all that it holds. The framework's accordion draws its parts when it is
    opened, and a frame later resets what a quick visitor has changed in them by then.
    """
    with gr.Column(elem_id=name, elem_classes="unfolding"):
        gr.HTML(render("unfold.html", label=label), apply_default_css=False)
        with gr.Column(elem_classes="folded"):
            yield


def heading(title: str, words: str, *, is_section: bool = False) -> None:
    """Lay out a heading and a line beneath it; a section is set off from what stands above."""
    html_part(render("heading.html", title=title, words=words, is_section=is_section))


def cancel_button(elem_id: str) -> gr.Button:
    """Lay out a button that is seen only while there is work to stop; the work goes by its id."""
    return gr.Button("Cancel", visible=False, elem_id=elem_id, scale=0, min_width=120)


def skip_button(elem_id: str) -> gr.Button:
    """Lay out a button that reads a file without its faulty rows; seen only where it has such."""
    return gr.Button("Skip these rows", visible=False, elem_id=elem_id, scale=0, min_width=160)


def shown_where_skippable(fault: Exception) -> Any:
    """Return an update of that button: it is seen where other rows of the file can be read."""
    return gr.update(visible=isinstance(fault, sc.InputError) and fault.is_skippable)


def received(page: Page, visitor: str, kind: UploadKind, path: str | None) -> bytes | None:
    """Return the content of the file that a form names; None where it names none.

    It is read once and deleted from the disk; from then on it is in memory alone.

    Raises
    ------
    InputError
        The file is not on the server any more.
    """
    return received_files(page, visitor, kind, None if path is None else [path])


def received_files(
    page: Page, visitor: str, kind: UploadKind, paths: Sequence[str] | None
) -> bytes | None:
    """Return the content of the files that a form names, several as a zip; as `received`.

    A file of queries alone is one, too: without labels it is read beside others that it needs.

    Raises
    ------
    InputError
        One of them is not on the server any more.
    """
    held = page.workspace(visitor).uploads.get(kind)
    if not paths:
        if held is not None:
            page.visits.update(visitor, lambda now: now.with_upload(kind, None))
        return None
    named = "\n".join(paths)
    if held is not None and held.path == named:
        return held.content
    content = taken_files(paths)
    if content is not None and kind == "labels" and is_of_queries(paths[0], content):
        content = _zipped({Path(paths[0]).name: content})
    if content is None:
        what = "file is" if len(paths) == 1 else "files are"
        it = "it" if len(paths) == 1 else "them"
        raise sc.InputError(f"The {what} not on the server any more; choose {it} again.")
    page.visits.update(visitor, lambda now: now.with_upload(kind, Upload(named, content)))
    return content


def taken_files(paths: Sequence[str]) -> bytes | None:
    """Read uploads and delete them from the disk, several into a zip; None where one is gone."""
    contents = {Path(path).name: taken(path) for path in paths}
    if len(paths) == 1:
        return contents[Path(paths[0]).name]
    there = {name: content for name, content in contents.items() if content is not None}
    return _zipped(there) if len(there) == len(contents) else None


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return packed.getvalue()


def is_of_queries(path: str, content: bytes) -> bool:
    """Whether a file holds queries and their ids, by its name and content."""
    try:
        return sc.recognise_file(Path(path).name, content) == "queries"
    except sc.InputError:
        return False


def taken(path: str | None) -> bytes | None:
    """Read an upload and delete it from the disk; None where there is none."""
    if path is None:
        return None
    file = Path(path)
    try:
        return file.read_bytes()
    except OSError:
        return None
    finally:
        file.unlink(missing_ok=True)


def within(low: float, high: float) -> str:
    """Return JavaScript that brings the first input, a number half typed or gone, into a range."""
    return f"(value, ...rest) => [Math.min({high}, Math.max({low}, value ?? {low})), ...rest]"


def ended(fault: Exception) -> Markup:
    """Return what ended the work as a notice."""
    if isinstance(fault, MovedOn):
        return notice(str(fault))
    return error_notice(fault) if isinstance(fault, sc.SearchCoreError) else STOPPED
