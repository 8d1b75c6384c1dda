"""The comparison of indexes in words and as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import search_core as sc
from search_ui.index_view import IndexComparison
from search_ui.wording import count, escaped, number, percent

SAME = 0.0005  # a shift of a cosine under this is written as none


@dataclass(frozen=True)
class Column:
    """One figure of every index: its name, what it says, and how it is written."""

    name: str
    says: str
    written: Callable[[sc.IndexTrial], str]


def finding_html(comparison: IndexComparison) -> str:
    """Return which index to take and why, what was compared, and what decides."""
    lead, colon, rest = sc.recommend_index(comparison.trials).partition(":")
    return (
        f'<div class="ss"><p class="soft whose">{escaped(comparison.whose)}</p>'
        f'<p class="find"><b>{escaped(lead)}{colon}</b>{escaped(rest)}</p>'
        f'<p class="soft why">{escaped(_lesson(comparison))} {escaped(comparison.cut.words)}</p>'
        "</div>"
    )


def _lesson(comparison: IndexComparison) -> str:
    """Say what the index that flips most decisions does to them, before and after re-scoring."""
    worst = comparison.most_telling
    flips, left = worst.own.flips or 0, worst.rescored.flips or 0
    if not flips:
        return "No index flips a decision here."
    flipped = f"{worst.spec.name} flips {count(flips, 'decision')} by its own scores"
    if left == flips:
        return f"{flipped}, and scoring its hits again brings none back: what it missed is missed."
    return f"{flipped}; scored again exactly, {remaining(left)}."


def remaining(left: int) -> str:
    """Say how many decisions stay flipped after re-scoring."""
    return "none" if not left else f"{left:,} {'stays' if left == 1 else 'stay'} flipped"


def table_html(comparison: IndexComparison) -> str:
    """Return one row an index; cards on a phone; what the columns say unfolds beneath."""
    columns = [column for column in COLUMNS if _is_known(column, comparison)]
    head = "".join(
        f'<th class="n" scope="col" title="{escaped(column.says)}">{column.name}</th>'
        for column in columns
    )
    body = "".join(_row(trial, columns) for trial in comparison.trials)
    says = "".join(f"<dt>{column.name}</dt><dd>{escaped(column.says)}</dd>" for column in columns)
    return (
        '<div class="ss"><div class="card"><table class="cards indexes"><thead><tr>'
        f'<th scope="col">index</th>{head}</tr></thead><tbody>{body}</tbody></table>'
        '<p class="soft arrows">Before the arrow by the index\'s own scores, after it scored again '
        "exactly, as the search here does.</p>"
        f"<details><summary>What the columns say</summary><dl>{says}</dl></details></div></div>"
    )


def _is_known(column: Column, comparison: IndexComparison) -> bool:
    return any(column.written(trial) != "–" for trial in comparison.trials)


def _row(trial: sc.IndexTrial, columns: list[Column]) -> str:
    cells = "".join(
        f'<td class="n" data-name="{column.name}"><span>{column.written(trial)}</span></td>'
        for column in columns
    )
    return f'<tr><th class="whole" scope="row">{escaped(trial.spec.name)}</th>{cells}</tr>'


def _pair(before: str, after: str) -> str:
    """Write what re-scoring makes of a figure; one figure where it changes nothing."""
    return before if before == after else f"{before} → {after}"


def _recall(trial: sc.IndexTrial) -> str:
    return _pair(percent(trial.own.recall), percent(trial.rescored.recall))


def _ndcg(trial: sc.IndexTrial) -> str:
    return _pair(number(trial.own.ndcg), number(trial.rescored.ndcg))


def _flips(trial: sc.IndexTrial) -> str:
    if trial.own.flips is None or trial.rescored.flips is None:
        return "–"
    return _pair(f"{trial.own.flips:,}", f"{trial.rescored.flips:,}")


def _calibration_error(trial: sc.IndexTrial) -> str:
    before, after = trial.own.calibration_error, trial.rescored.calibration_error
    return _pair(percent(before, 1), percent(after, 1))


def _shift(trial: sc.IndexTrial) -> str:
    if abs(trial.bias) < SAME and trial.spread < SAME:
        return "none"
    sign = "+" if trial.bias >= SAME else ""
    return f"{sign}{number(trial.bias, 3)} ± {number(trial.spread, 3)}"


def _build(trial: sc.IndexTrial) -> str:
    return milliseconds(trial.costs.build_ms)


def _query(trial: sc.IndexTrial) -> str:
    if trial.spec.factory == "Flat":  # which the others are measured beside
        return milliseconds(trial.costs.query_ms)
    return f"{milliseconds(trial.costs.query_ms)}, {trial.costs.query_ratio:.1f}×"


def milliseconds(amount: float) -> str:
    """Write a time with two digits: "0.07 ms", "1.2 s"."""
    if amount >= 1000:
        return f"{amount / 1000:.1f} s"
    return f"{amount:.0f} ms" if amount >= 10 else f"{amount:.1g} ms"


COLUMNS = (
    Column(
        "recall@10",
        "Share of the exact first ten that the index finds.",
        _recall,
    ),
    Column(
        "nDCG@10",
        "How good the order of its first ten is by the judgements, from 0 to 1; what was not "
        "judged gains nothing.",
        _ndcg,
    ),
    Column(
        "bytes a vector",
        "Size of the index for each document. Exact re-scoring keeps the whole vectors beside it.",
        lambda trial: f"{trial.costs.bytes_per_vector:,.0f}",
    ),
    Column("build", "Time to train and fill it, in one thread.", _build),
    Column(
        "query",
        "Median time of one search with re-scoring, in one thread, and how many times Flat's that "
        "is, measured in turns with Flat. On few documents, differences are noise.",
        _query,
    ),
    Column(
        "score shift",
        "Its own score less the exact cosine: on average, plus or minus the standard deviation.",
        _shift,
    ),
    Column(
        "hits moved",
        "Share of its hits that its own scores put at another place than the exact ones would.",
        lambda trial: percent(trial.moved),
    ),
    Column(
        "decisions flipped",
        "Hits that are shown and would not be under exact search, or the other way round.",
        _flips,
    ),
    Column(
        "calibration error",
        "How far calibrated values lie from the judgements of its hits, chance taken off; 0 is "
        "best.",
        _calibration_error,
    ),
)
