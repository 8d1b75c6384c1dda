"""Another share of relevant rows: what that does to the values that are stated."""

from __future__ import annotations

import numpy as np

import search_core as sc
from search_ui.calibrating import HITS
from search_ui.calibration_view import CalibrationView
from search_ui.wording import percent

EXAMPLES = (0.1, 0.25, 0.5, 0.75, 0.9)
_TITLE = "<h3>If another share is relevant in use</h3>"
_NOT_HERE = (
    "Labels are often richer in relevant texts than a collection is. Where judgements are yes or "
    "no, and enough, stated probabilities can be re-stated for another share here; an expected "
    "relevance from grades cannot."
)


def share_of_hits_words(share: float) -> str:
    """Return what the share among live hits says, and that nothing is to be re-stated for it."""
    return (
        f"About {percent(share, 1)} of the first {HITS} hits of each of your queries are relevant: "
        "the mean of their values as fitted. Hits are chosen by their score, so that another share "
        "among them is no reason to re-state the values."
    )


def base_rate_html(view: CalibrationView, share: float) -> str:
    """Return what the share in use makes of some stated values."""
    body = _restated(view, share) if view.can_restate else f'<p class="soft">{_NOT_HERE}</p>'
    return f'<div class="ss"><div class="card">{_TITLE}{body}</div></div>'


def _restated(view: CalibrationView, share: float) -> str:
    labelled, moved = view.report.mean, view.is_moved_by(share)
    what = (
        f"re-stated for {percent(share, 1)}: Search, the CSV, the JSON and the code follow"
        if moved
        else "as fitted"
    )
    return (
        f'<p class="soft">{percent(labelled, 1)} of your labels are relevant. If that share, and '
        "nothing else, differs where the values are used, say so here (Saerens, Latinne and "
        "Decaestecker 2002). Not for the hits of a search: they are chosen by their score, and the "
        f"values hold for them as fitted. Values are <b>{what}</b>.</p>"
        f"{_table(labelled, share if moved else labelled)}"
    )


def _table(labelled: float, share: float) -> str:
    stated = np.array(EXAMPLES)
    restated = sc.expit(
        sc.logit(stated) + sc.logit(np.array([share])) - sc.logit(np.array([labelled]))
    )
    head = "".join(f'<td class="n">{percent(value)}</td>' for value in EXAMPLES)
    body = "".join(f'<td class="n"><b>{percent(float(value))}</b></td>' for value in restated)
    return (
        f'<table class="restated"><tr><th scope="row">at the labels\' share</th>{head}</tr>'
        f'<tr><th scope="row">in use</th>{body}</tr></table>'
    )
