"""The comparison of indexes: in words, as a table, as a chart, and decision by decision."""

from __future__ import annotations

from markupsafe import Markup

import search_core as sc
from search_ui.charts import score_shift
from search_ui.index_view import IndexComparison
from search_ui.rendering import render


def finding_html(comparison: IndexComparison) -> Markup:
    """Return which index to take and why, what was compared, and what decides."""
    return render(
        "compare_index_finding.html",
        comparison=comparison,
        recommendation=sc.recommend_index(comparison.trials),
    )


def table_html(comparison: IndexComparison) -> Markup:
    """Return one row an index; cards on a phone; what the columns say unfolds beneath."""
    answers = [answer for trial in comparison.trials for answer in (trial.own, trial.rescored)]
    known = {
        "recall@10": True,
        "nDCG@10": any(answer.ndcg is not None for answer in answers),
        "bytes a vector": True,
        "build": True,
        "query": True,
        "score shift": True,
        "hits moved": True,
        "decisions flipped": any(answer.flips is not None for answer in answers),
        "calibration error": any(answer.calibration_error is not None for answer in answers),
    }
    columns = [name for name, is_known in known.items() if is_known]
    return render("compare_index_table.html", comparison=comparison, columns=columns)


def shift_html(comparison: IndexComparison, trial: sc.IndexTrial) -> Markup:
    """Return the chart of an index's own scores against the exact ones."""
    differing = {(flip.query, flip.position) for flip in trial.own.flipped or ()}
    asked = comparison.queries
    flipped = [
        (asked[query], place) in differing
        for query, place in zip(trial.queries.tolist(), trial.positions.tolist(), strict=True)
    ]
    cut = None if comparison.cut.is_calibrated else comparison.cut.value
    chart = score_shift(trial.spec.name, trial.exact, trial.approximate, flipped, cut)
    return render("card.html", chart=chart)


def flips_html(comparison: IndexComparison, trial: sc.IndexTrial) -> Markup:
    """Return the decisions that an index flips, by example; or that it flips none."""
    flips = trial.own.flipped or ()
    return render("compare_flips.html", comparison=comparison, trial=trial, flips=flips)
