"""Right or wrong on each hit of Search: a click becomes a label, and a line counts them."""

from __future__ import annotations

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import error_notice, render
from search_ui.tabs.events import LOOK_AFTER, QUICK
from search_ui.visit.hit_labels import FIT, HitLabels, amount_words, beginning_words, progress_words
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace

WITH_LABEL = "(...given) => withLabel(...given)"
"""Puts what was clicked in place of the first three inputs."""

LOOK_ONCE = f"""() => {{ if (!visit.memo.brought.includes("labels")) press("{LOOK_AFTER}"); }}"""
"""Notes that there is something to be missed if the server loses it."""

_IS_RIGHT = {"right": True, "wrong": False, "": None}


def connect_hit_labels(page: Page, line: gr.HTML, shown: gr.Textbox, key: gr.State) -> None:
    """Take the labels that `page.js` sends, one a click; the list of hits stays as it stands.

    Parameters
    ----------
    page, key:
        What all tabs share, and the key of the visit.
    line:
        Counts the labels.
    shown:
        Names what the answer rests on that is shown.
    """
    marked = gr.Button(visible="hidden", elem_id="label-hit")
    query, doc_id, label = (gr.Textbox(visible="hidden") for _ in range(3))

    def _ui_label_hit(asked: str, hit: str, label: str, basis: str, visitor: str) -> Markup:
        def labelled(now: Workspace) -> Workspace:
            if now.basis != basis or label not in _IS_RIGHT:
                raise sc.LabelsError(
                    "These hits are of an earlier answer, so nothing was labelled; ask once more."
                )
            return now.with_hit_label(asked, hit, _IS_RIGHT[label])

        try:
            return hit_labels_html(page.visits.update(visitor, labelled))
        except sc.SearchCoreError as fault:
            return error_notice(fault) + hit_labels_html(page.workspace(visitor))

    labelled = marked.click(
        _ui_label_hit, [query, doc_id, label, shown, key], line, js=WITH_LABEL, queue=False,
        trigger_mode="multiple", **QUICK,
    )  # fmt: skip
    labelled.then(None, None, None, js=LOOK_ONCE, **QUICK)


def hit_labels_html(workspace: Workspace) -> Markup:
    """Return the line that counts labels, says what they are enough for, and hands them out."""
    return line_html(workspace.work.hit_labels, of_sample=workspace.is_on_sample)


def line_html(labels: HitLabels, *, of_sample: bool = True) -> Markup:
    """Return the line for labels of the sample, or of the visitor's own texts."""
    return render(
        "hit_labels.html",
        labels=labels,
        of_sample=of_sample,
        beginning=beginning_words(),
        amount=amount_words(labels),
        progress=progress_words(labels),
        can_fit=not FIT.missing(labels),
    )
