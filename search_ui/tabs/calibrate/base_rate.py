"""Another share of relevant rows: what that does to the values that are stated."""

from __future__ import annotations

import numpy as np

import search_core as sc
from search_core.calibrate.base_rate import estimate_base_rate
from search_core.calibrate.members import expit, logit
from search_core.labels import labels_of
from search_core.limits import PUBLIC
from search_ui.calibration_view import CalibrationView
from search_ui.page import Page
from search_ui.sessions import Session
from search_ui.wording import percent

EXAMPLES = (0.1, 0.25, 0.5, 0.75, 0.9)
HITS = 10  # of a query, that a share is estimated from
NEAR = 0.0005  # shares closer than this are one: the slider moves in tenths of a percent
_TITLE = "<h3>If another share is relevant in use</h3>"
_NOT_HERE = (
    "Labels are often richer in relevant texts than a collection is. Where judgements are yes or "
    "no, and enough, stated probabilities can be re-stated for another share here; an expected "
    "relevance from grades cannot."
)


def can_move(view: CalibrationView) -> bool:
    """Whether values can be re-stated: only a probability can."""
    return view.kind == "probability" and not view.is_demo


def is_moved(view: CalibrationView, share: float) -> bool:
    """Whether the share differs from the labels' own."""
    return can_move(view) and abs(share - view.report.mean) > NEAR


def estimated_share(page: Page, session: Session) -> float:
    """Estimate the share relevant among live hits: the first ten of each judged query.

    Raises
    ------
    CalibrationError
        There is no fit, or none that states probabilities.
    """
    if session.result is None or session.labels is None:
        raise sc.CalibrationError("There is no fit of your own labels yet; press “Fit and test”.")
    engine = page.engine(session)
    queries = list(dict.fromkeys(session.labels.queries))[: PUBLIC.trial_queries]
    rows = [
        {"query": hits.query, "doc_id": name}
        for hits in engine.search_many(queries, HITS)
        for name in hits.ids
    ]
    pairs = engine.score_labels(labels_of(rows, judged=False))
    return estimate_base_rate(session.result.calibrator, pairs)


def base_rate_html(view: CalibrationView, share: float) -> str:
    """Return what the share in use makes of some stated values."""
    body = _restated(view, share) if can_move(view) else f'<p class="soft">{_NOT_HERE}</p>'
    return f'<div class="ss"><div class="card">{_TITLE}{body}</div></div>'


def _restated(view: CalibrationView, share: float) -> str:
    labelled, moved = view.report.mean, is_moved(view, share)
    what = (
        f"re-stated for {percent(share, 1)}: Search, the CSV, the JSON and the code follow"
        if moved
        else "as fitted"
    )
    return (
        f'<p class="soft">{percent(labelled, 1)} of your labels are relevant. If that share, and '
        "nothing else, differs where the values are used, say so here (Saerens, Latinne and "
        f"Decaestecker 2002). Values are <b>{what}</b>.</p>"
        f"{_table(labelled, share if moved else labelled)}"
    )


def _table(labelled: float, share: float) -> str:
    stated = np.array(EXAMPLES)
    restated = expit(logit(stated) + logit(np.array([share])) - logit(np.array([labelled])))
    head = "".join(f'<td class="n">{percent(value)}</td>' for value in EXAMPLES)
    body = "".join(f'<td class="n"><b>{percent(float(value))}</b></td>' for value in restated)
    return (
        f'<table class="restated"><tr><th scope="row">at the labels\' share</th>{head}</tr>'
        f'<tr><th scope="row">in use</th>{body}</tr></table>'
    )
