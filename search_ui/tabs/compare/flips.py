"""Where an index decides otherwise: its scores against the exact ones, and hit by hit."""

from __future__ import annotations

from collections.abc import Sequence

import search_core as sc
from search_ui.charts import score_shift
from search_ui.index_view import Cut, IndexComparison
from search_ui.tabs.compare.index_table import remaining
from search_ui.wording import count, escaped, folded, number, shortened

FIRST, MOST = 4, 40  # flips that are shown at once, and that unfold
CHARACTERS = 160  # of a document: enough to recognise it


def shift_html(comparison: IndexComparison, trial: sc.IndexTrial) -> str:
    """Return the chart of an index's own scores against the exact ones."""
    differing = {(flip.query, flip.position) for flip in trial.own.flipped or ()}
    asked = comparison.queries
    flipped = [
        (asked[query], place) in differing
        for query, place in zip(trial.queries.tolist(), trial.positions.tolist(), strict=True)
    ]
    cut = None if comparison.cut.is_calibrated else comparison.cut.value
    chart = score_shift(trial.spec.name, trial.exact, trial.approximate, flipped, cut)
    return f'<div class="ss"><div class="card">{chart}</div></div>'


def flips_html(comparison: IndexComparison, trial: sc.IndexTrial) -> str:
    """Return the decisions that an index flips, by example; or that it flips none."""
    flips, left = trial.own.flipped or (), trial.rescored.flips or 0
    name = escaped(trial.spec.name)
    if not flips:
        return _card(
            f"{name} flips no decision",
            f'<p class="soft">By its own scores, too, every hit stays on its side of '
            f"{number(comparison.cut.value)}.</p>",
        )
    more = flips[FIRST:MOST]
    return _card(
        f"{name} flips {count(len(flips), 'decision')} by its own scores",
        f'<p class="soft">Scored again exactly, {remaining(left)}.</p>'
        f"{_table(comparison, flips[:FIRST])}{folded(_table(comparison, more), len(more))}",
    )


def _card(title: str, body: str) -> str:
    return f'<div class="ss"><div class="card"><h3>{title}</h3>{body}</div></div>'


def _table(comparison: IndexComparison, flips: Sequence[sc.Flip]) -> str:
    body = "".join(_row(comparison, flip) for flip in flips)
    return (
        '<table class="cards flips"><thead><tr><th scope="col">query and document</th>'
        '<th class="n" scope="col">exact</th><th class="n" scope="col">index</th>'
        f'<th class="decision" scope="col">decision</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _row(comparison: IndexComparison, flip: sc.Flip) -> str:
    cut = comparison.cut
    text = shortened(comparison.corpus.texts[flip.position], CHARACTERS)
    return (
        f'<tr><td class="whole"><div><b>{escaped(shortened(flip.query, CHARACTERS))}</b><br>'
        f"{escaped(text)}</div></td>"
        f'<td class="n" data-name="exact">{_score(cut, flip.exact, flip.exact_value)}</td>'
        f'<td class="n" data-name="index">{_score(cut, flip.approximate, flip.value)}</td>'
        f'<td class="whole decision">{_decision(cut, flip)}</td></tr>'
    )


def _score(cut: Cut, cosine: float | None, value: float | None) -> str:
    if cosine is None:
        return "not found"
    stated = f"<br><small>value {number(value)}</small>" if cut.is_calibrated else ""
    return f"<div>{number(cosine, 3)}{stated}</div>"


def _decision(cut: Cut, flip: sc.Flip) -> str:
    if not flip.shown:
        return "shown → not found" if flip.approximate is None else "shown → hidden"
    return "past the tenth → shown" if flip.exact_value >= cut.value else "hidden → shown"
