"""What the Compare tab shows: indexes and models, each in words, as a table and as a chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

import search_core as sc
from search_ui.charts import NO_CUT, ModelScores, score_shift, two_models
from search_ui.index_view import IndexComparison
from search_ui.rendering import render


def index_finding_html(comparison: IndexComparison) -> Markup:
    """Return which index to take and why, what was compared, and what decides."""
    return render(
        "compare_index_finding.html",
        comparison=comparison,
        recommendation=sc.recommend_index(comparison.trials),
    )


def index_table_html(comparison: IndexComparison) -> Markup:
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


def in_use_html(encoder: sc.Encoder) -> Markup:
    """Say which model is in use, how it pools, and by which metric its vectors are searched."""
    pooling = sc.pooling_words(encoder.name)
    return render("compare_model_in_use.html", encoder=encoder, pooling=pooling)


def models_html() -> Markup:
    """Return the table of models: how each is read, and whether it is on this machine."""
    models = [(record, where_words(record)) for record in sc.MODELS.values()]
    return render("compare_model_list.html", models=models)


def where_words(record: sc.ModelRecord) -> str:
    """Say whether choosing a model fetches it."""
    here = sc.is_on_this_machine(record)
    return "on this machine" if here else "fetched from the Hub when chosen"


def model_comparison_html(trials: Sequence[sc.ModelTrial], target: float) -> Markup:
    """Return the comparison of two models.

    Parameters
    ----------
    trials:
        Of the model in use and of the other one.
    target:
        Share of pairs that shall be relevant from the cut on.
    """
    models = [(trial, trial.meaning(sc.USUAL_CUT), _cut(trial, target)) for trial in trials]
    scores = [
        ModelScores(
            f"{trial.name}, {sc.pooling_words(trial.name)}",
            trial.relevant,
            trial.irrelevant,
            trial.background.astype(np.float64),
            meaning.stated,
            cut.value if cut else None,
        )
        for trial, meaning, cut in models
    ]
    (_, _, first_cut), (second, _, _) = models
    kept = None
    if first_cut is not None and first_cut.value is not None:
        kept = second.relevant_from(first_cut.value)
    return render(
        "compare_models.html",
        models=models,
        cosine=sc.USUAL_CUT,
        target=target,
        kept=kept,
        no_cut=NO_CUT,
        chart=two_models(scores, sc.USUAL_CUT, sc.finding(trials).rstrip(".")),
    )


def _cut(trial: sc.ModelTrial, target: float) -> sc.Threshold | None:
    """Return the trial's cut where it has a value."""
    cut = trial.cut(target)
    return cut if cut is not None and cut.value is not None else None
