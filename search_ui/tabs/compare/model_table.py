"""What two models make of the same judgements, in a chart, a table and two sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

import search_core as sc
from search_ui.charts import NO_CUT, ModelScores, two_models
from search_ui.wording import count, escaped, number, percent

METRIC = "squared L2"
_HOW_TO_READ = (
    "Each row is one model, on the same axis. The hills show where the cosines of judged pairs "
    "lie, the grey one those of unrelated questions with these texts; every hill is drawn to the "
    "same height. The line stands at 0.70 in both. The mark beneath is the lowest cosine from "
    "which on the wanted share of pairs is relevant, at 90% confidence."
)
Row = tuple[str, Callable[[sc.ModelTrial], str]]


def in_use_html(encoder: sc.Encoder) -> str:
    """Say which model is in use, how it pools, and by which metric its vectors are searched."""
    return (
        f'<div class="ss"><p class="soft">In use: <b>{escaped(encoder.name)}</b>, '
        f"{sc.pooling_words(encoder.name)}, unit vectors of {encoder.dim} numbers, searched by "
        f"{METRIC}.</p></div>"
    )


def models_html() -> str:
    """Return the table of models: how each is read, and whether it is on this machine."""
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("model", "pooling", "before a query", "where", "remark")
    )
    body = "".join(_model_row(record) for record in sc.MODELS.values())
    return (
        '<div class="ss"><details><summary>The models, and where they are</summary>'
        f'<table class="cards single"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</details></div>"
    )


def _model_row(record: sc.ModelRecord) -> str:
    cells = (
        ("pooling", record.pooling),
        ("before a query", _prefix_words(record.query_prefix)),
        ("where", where_words(record)),
    )
    shown = "".join(f'<td data-name="{name}"><span>{value}</span></td>' for name, value in cells)
    return (
        f'<tr><th scope="row"><b>{escaped(record.name)}</b></th>{shown}'
        f"<td>{escaped(record.remark)}</td></tr>"
    )


def where_words(record: sc.ModelRecord) -> str:
    """Say whether choosing a model fetches it."""
    return (
        "on this machine" if sc.is_on_this_machine(record) else "fetched from the Hub when chosen"
    )


def comparison_html(trials: Sequence[sc.ModelTrial], target: float) -> str:
    """Return the comparison of two models.

    Parameters
    ----------
    trials:
        Of the model in use and of the other one.
    target:
        Share of pairs that shall be relevant from the cut on.
    """
    cuts = [trial.cut(target) for trial in trials]
    scores = [
        ModelScores(
            f"{trial.name}, {sc.pooling_words(trial.name)}",
            trial.relevant,
            trial.irrelevant,
            trial.background.astype(np.float64),
            trial.meaning(sc.USUAL_CUT).stated,
            cut.value if cut else None,
        )
        for trial, cut in zip(trials, cuts, strict=True)
    ]
    chart = two_models(scores, sc.USUAL_CUT, sc.finding(trials).rstrip("."))
    return (
        f'<div class="ss"><div class="card">{chart}<details><summary>How to read this</summary>'
        f"<p>{_HOW_TO_READ}</p></details></div>"
        f'<div class="card models"><p>{_kept_words(trials, cuts)}</p>{_table(trials, target)}'
        f'<p class="foot">{_basis_words(trials[0])}</p></div></div>'
    )


def _kept_words(trials: Sequence[sc.ModelTrial], cuts: Sequence[sc.Threshold | None]) -> str:
    """Say what the first model's cut does under the second, where somebody forgets to move it."""
    (first, second), (cut, _) = trials, cuts
    if cut is None or cut.value is None:
        return f"Under {escaped(first.name)} {NO_CUT} at that share with these labels."
    share = second.relevant_from(cut.value)
    kept = (
        "would show none of the judged pairs"
        if share is None
        else f"would show judged pairs of which {percent(share)} are relevant"
    )
    return (
        f"Kept under {escaped(second.name)}, the cut of {number(cut.value)} {kept}, where under "
        f"{escaped(first.name)} {percent(cut.precision)} were."
    )


def _table(trials: Sequence[sc.ModelTrial], target: float) -> str:
    names = "".join(f'<th scope="col" class="n">{escaped(trial.name)}</th>' for trial in trials)
    body = "".join(
        f'<tr><th scope="row">{label}</th>'
        + "".join(f'<td class="n"><b>{form(trial)}</b></td>' for trial in trials)
        + "</tr>"
        for label, form in _rows(trials[0].report.graded, target)
    )
    head = f'<th scope="col">on the same judgements</th>{names}'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _rows(graded: bool, target: float) -> tuple[Row, ...]:
    what = "expected relevance" if graded else "probability of being relevant"
    at = number(sc.USUAL_CUT)
    return (
        (f"{at} stands for this {what}", lambda t: percent(t.meaning(sc.USUAL_CUT).stated)),
        (
            f"unrelated pairs at {at} or above",
            lambda t: percent(t.meaning(sc.USUAL_CUT).unrelated, 1),
        ),
        (
            f"all pairs of judged queries and texts below {at}",
            lambda t: percent(t.meaning(sc.USUAL_CUT).percentile, 1),
        ),
        (f"cut for {percent(target)} relevant", lambda t: _cut_words(t.cut(target))),
        ("of what is relevant, the cut keeps", lambda t: _recall_words(t.cut(target))),
        ("nDCG@10 by the cosine", lambda t: number(t.report.ndcg_before, 3)),
        ("nDCG@10 recalibrated", lambda t: number(t.report.ndcg_after, 3)),
        ("AUC of the cosine", lambda t: number(t.report.auc_score, 3)),
        (
            "calibration error recalibrated (chance alone)",
            lambda t: f"{percent(t.report.ece, 1)} ({percent(t.report.ece_null, 1)})",
        ),
    )


def _cut_words(cut: sc.Threshold | None) -> str:
    return "none" if cut is None or cut.value is None else number(cut.value)


def _recall_words(cut: sc.Threshold | None) -> str:
    return "–" if cut is None or cut.value is None else percent(cut.recall)


def _basis_words(trial: sc.ModelTrial) -> str:
    report = trial.report
    return (
        f"On {count(report.rows, 'judged pair')} of {count(report.queries, 'query', 'queries')}. "
        "Recalibrated figures are on queries that the fit never saw; the cut is at 90% confidence."
    )


def _prefix_words(prefix: str) -> str:
    return f"<code>{escaped(prefix)}</code>" if prefix else "nothing"
