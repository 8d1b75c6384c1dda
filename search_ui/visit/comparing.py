"""What Compare does on a workspace: indexes tried, models tried, another model taken into use."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

import search_core as sc
from search_ui.rendering import count, number, percent
from search_ui.sample import Sample, Shared
from search_ui.server.worker_processes import fit_apart
from search_ui.stored import second_model
from search_ui.views.calibration import STARTING_LEVEL
from search_ui.views.search import read_questions
from search_ui.visit.calibrating import fit_judged
from search_ui.visit.work import (
    Cosines,
    DecisionThreshold,
    IndexComparison,
    ModelComparison,
    ScoredLabels,
    UnlabelledModels,
    Work,
)
from search_ui.visit.workspace import Workspace

SUGGESTED, SUGGESTED_WORDS = 20, 8  # questions that are suggested, and words of each
FIRST_METRIC = "squared_l2"  # the metric of a FAISS index where none is given
MIDDLE = 0.5  # a threshold where nothing better is known


class SampleExample:
    """The finished example: the sample's comparison, made once and shared by all, unchanged."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._lock = threading.Lock()
        self._made: IndexComparison | None = None

    def made(self, progress: sc.Progress) -> IndexComparison:
        """Return it; the first one who asks makes it, and whoever comes meanwhile waits."""
        with self._lock:
            if self._made is None:
                self._made = try_indexes(Workspace(self._shared), "", "", progress)
            return self._made


def judged_here(workspace: Workspace) -> sc.Labels | None:
    """Return the labels of the collection that is searched; None where there are none."""
    judged = workspace.work.judged
    if judged is not None:
        return judged.labels
    return workspace.shared.fit.labels if workspace.is_on_sample else None


def suggested_questions(engine: sc.SearchEngine) -> str:
    """Return questions to begin with, one a line: how texts from all over the collection begin."""
    texts = engine.corpus.texts
    chosen = texts[:: max(1, len(texts) // SUGGESTED)][:SUGGESTED]
    begun = (" ".join(text.split()[:SUGGESTED_WORDS]) for text in chosen)
    return "\n".join(line[: sc.PUBLIC.query_characters] for line in dict.fromkeys(begun))


def try_indexes(
    workspace: Workspace,
    questions: str,
    factory: str,
    progress: sc.Progress,
    metric: str = FIRST_METRIC,
) -> IndexComparison:
    """Try the default indexes, and one of the visitor's own, on the collection in use.

    Parameters
    ----------
    workspace:
        The visitor's work.
    questions:
        What is asked, one a line, where there are no labels.
    factory:
        One more index; blank for none.
    metric:
        What all of them rank by; a key of `search_core.METRIC_SCALES`.
    progress:
        Called with (searches done, searches in all); may raise to stop.

    Raises
    ------
    IndexSpecError
        The factory string is none that can be built here.
    QueryError
        No question, too many, or one that is too long.
    """
    engine, labels = workspace.engine, judged_here(workspace)
    specs = chosen_specs(engine, factory, metric)
    queries = _queries(labels, questions)
    calibrator = workspace.serving.in_search
    threshold = (
        calibrated_threshold(workspace, calibrator)
        if calibrator
        else cosine_threshold(engine, queries)
    )
    trials = sc.compare_indexes(
        engine.corpus, engine.encoder, specs, queries, sc.COMPARED_HITS,
        labels=labels, calibrator=calibrator, threshold=threshold.value, vectors=engine.vectors,
        progress=progress,
    )  # fmt: skip
    whose = _whose(workspace, labels, len(queries))
    return IndexComparison(whose, engine.corpus, tuple(queries), threshold, trials)


def chosen_specs(engine: sc.SearchEngine, factory: str, metric: str) -> tuple[sc.IndexSpec, ...]:
    """Return the default indexes for this many documents, and the visitor's own last.

    Raises
    ------
    IndexSpecError
        The factory string is outside the grammar.
    """
    specs = sc.default_specs(len(engine.corpus), engine.encoder.dim, metric)
    if not factory.strip():
        return specs
    own = sc.IndexSpec(factory.strip(), metric)
    return specs if own in specs else (*specs[: sc.PUBLIC.trial_indexes - 1], own)


def _queries(labels: sc.Labels | None, questions: str) -> list[str]:
    if labels is not None:
        return list(dict.fromkeys(labels.queries))[: sc.PUBLIC.trial_queries]
    return list(read_questions(questions, sc.PUBLIC.trial_queries))


def _whose(workspace: Workspace, labels: sc.Labels | None, queries: int) -> str:
    name = "The sample" if workspace.is_on_sample else "Your collection"
    if workspace.other_model is not None:
        name += f" under {workspace.engine.encoder.name}"
    asked = (
        count(queries, "question")
        if labels is None
        else count(queries, "labelled query", "labelled queries")
    )
    documents = count(len(workspace.engine.corpus), "document")
    return f"{name}: {documents}, {asked}"


def calibrated_threshold(workspace: Workspace, calibrator: sc.Calibrator) -> DecisionThreshold:
    """Return the threshold of a calibrator: what Calibrate promises of it, or its middle."""
    found = None if calibrator.base_rate is not None else _promised(workspace, calibrator)
    if found is None:
        words = (
            f"Hits with a predicted relevance of {number(MIDDLE)} or more are shown; this "
            "calibrator has no guaranteed threshold."
        )
        return DecisionThreshold(MIDDLE, True, words)
    value, target = found
    words = (
        f"Hits with a predicted relevance of {number(value, 3)} or more are shown: the threshold "
        f"for {percent(target)} relevant on the Calibrate tab."
    )
    return DecisionThreshold(value, True, words)


def _promised(workspace: Workspace, calibrator: sc.Calibrator) -> tuple[float, float] | None:
    """Return a threshold and the share that it promises."""
    thresholds: Sequence[sc.Threshold] = calibrator.thresholds
    if workspace.serving.reason == "sample":  # as the page opens on it
        view = workspace.sample_view
        target = view.opening_target(STARTING_LEVEL)
        thresholds = [view.threshold(target, STARTING_LEVEL)]
    kept = [(each.value, each.target) for each in thresholds if each.value is not None]
    return kept[-1] if kept else None


def cosine_threshold(engine: sc.SearchEngine, queries: Sequence[str]) -> DecisionThreshold:
    """Return the cosine that one document reaches by chance, for the middle one of the queries."""
    engine.query_vectors(queries)  # embedded together
    chance = [engine.background(query).chance_cut for query in queries]
    known = [value for value in chance if value is not None]
    if not known:
        words = f"Without a calibrator, hits with a cosine of {number(MIDDLE)} or more are shown."
        return DecisionThreshold(MIDDLE, False, words)
    value = float(np.median(known))
    words = (
        f"Without a calibrator, hits with a cosine of {number(value)} or more are shown: for most "
        "of these questions, unrelated documents rarely score that high."
    )
    return DecisionThreshold(value, False, words)


def example_models(shared: Shared, progress: sc.Progress) -> ModelComparison:
    """Compare the default model with the stored one on the sample; tried once, for everybody."""
    return _beside_stored(Workspace(shared), progress)


def try_models(
    workspace: Workspace, name: str, questions: str, progress: sc.Progress
) -> ModelComparison | UnlabelledModels:
    """Try the visitor's model and another one on the visitor's labels, or on the sample's.

    A collection of their own without labels is asked the questions, one a line.

    Raises
    ------
    EncoderError
        The other model is the one in use, cannot be had, or is stored and the collection or the
        labels are not the sample's.
    CorpusError
        The collection is too large for the other model.
    QueryError
        There are no labels, and no question, too many, or one that is too long.
    CalibrationError
        The labels cannot be fitted.
    """
    here, judged = workspace.sample, workspace.work.judged
    if name == here.encoder.name:
        raise sc.EncoderError(f"'{name}' is the model in use; choose another to compare it with.")
    if judged_here(workspace) is None:
        return _try_unlabelled(workspace, name, questions, progress)
    own = judged if judged is not None and not judged.of_sample else None
    if name == second_model().name:
        if own is not None:
            raise _only_stored(name, "labels")
        return _beside_stored(workspace, progress)
    there = workspace.shared.sample_under(name, progress)
    if own is None:
        trial = workspace.shared.others.trial
        trials = trial(here, progress), trial(there, progress)
    else:
        other = embedded_under(workspace, there, progress) or there.engine
        trials = (
            sc.try_model(workspace.engine, own.labels, progress, fit_apart),
            sc.try_model(other, own.labels, progress, fit_apart),
        )
    return ModelComparison(_labels_words(trials[0], of_sample=own is None), trials)


def _try_unlabelled(
    workspace: Workspace, name: str, questions: str, progress: sc.Progress
) -> UnlabelledModels:
    """Compare each question with each text of the visitor's, under both models."""
    asked = read_questions(questions, sc.PUBLIC.trial_queries)
    if name == second_model().name:
        raise _only_stored(name, "texts")
    there = workspace.shared.sample_under(name, progress)
    other = embedded_under(workspace, there, progress) or there.engine
    here = workspace.engine
    names = here.encoder.name, other.encoder.name
    whose = _whose(workspace, None, len(asked))
    return UnlabelledModels(whose, names, (_cosines(here, asked), _cosines(other, asked)))


def _cosines(engine: sc.SearchEngine, queries: Sequence[str]) -> Cosines:
    cosines: Cosines = engine.query_vectors(queries) @ engine.vectors.T
    return cosines


@dataclass(frozen=True)
class MovedThreshold:
    """A threshold of one model, under another one, by the same pairs of queries and texts.

    Attributes
    ----------
    old, new:
        The names of the models.
    by_share:
        The value that shows as many pairs.
    by_precision:
        The value that shows as large a share of relevant pairs; None without labels.
    """

    old: str
    new: str
    by_share: sc.Translation
    by_precision: sc.Translation | None


def moved_threshold(comparison: ModelComparison | UnlabelledModels, value: float) -> MovedThreshold:
    """Return what a threshold of the first model becomes under the second.

    Raises
    ------
    InputError
        It shows all of the pairs, or none.
    """
    if isinstance(comparison, UnlabelledModels):
        first, second = comparison.cosines
        queries = np.repeat(np.arange(len(first)), first.shape[1])
        by_share = sc.translate_scores(value, first.ravel(), second.ravel(), queries)
        return MovedThreshold(*comparison.names, by_share, None)
    old, new = comparison.trials
    both = partial(sc.translate_scores, value, old.cosines, new.cosines, old.queries)
    return MovedThreshold(*comparison.names, both(), both(relevance=old.relevance))


def _only_stored(name: str, what: str) -> sc.EncoderError:
    return sc.EncoderError(
        f"'{name}' is not on this machine; only its results on the sample are stored. "
        f"Choose another model for your {what}, or choose the sample in Search."
    )


def _beside_stored(workspace: Workspace, progress: sc.Progress) -> ModelComparison:
    """Compare the model in use with the stored one, which knows the sample's labels alone."""
    stored = second_model()
    here = workspace.shared.others.trial(workspace.sample, progress)
    whose = _labels_words(here, of_sample=True)
    return ModelComparison(whose, (here, stored.trial), stored.measured)


def _labels_words(trial: sc.ModelTrial, *, of_sample: bool) -> str:
    whose = "The sample" if of_sample else "Your collection"
    queries = count(trial.report.queries, "query", "queries")
    return f"{whose}: {count(trial.report.rows, 'label')} on {queries}"


def under_model(workspace: Workspace, name: str, progress: sc.Progress) -> Workspace:
    """Return the workspace under another model.

    The collection is embedded again, judgements are scored again, and what was fitted on them is
    fitted again where they allow it. A calibrator that came from a file goes: it belongs to the
    other model's cosines.

    Raises
    ------
    EncoderError
        The model cannot be had, or is the one in use.
    CorpusError
        The collection is too large for this model.
    """
    if name == workspace.sample.encoder.name:
        raise sc.EncoderError(f"'{name}' is the model in use already; choose another.")
    if name == second_model().name:
        raise sc.EncoderError(
            f"'{name}' cannot search here: only its results on the sample are stored. Choose "
            "another model."
        )
    sample = workspace.shared.sample_under(name, progress)
    engine = embedded_under(workspace, sample, progress)
    if engine is not None:
        engine.background(engine.corpus.texts[0])  # so that nobody waits for it
    is_default = sample is workspace.shared.sample()
    changed = workspace.with_model(None if is_default else sample, engine)
    return _judged_again(workspace, changed, progress)


def embedded_under(
    workspace: Workspace, sample: Sample, progress: sc.Progress
) -> sc.SearchEngine | None:
    """Embed the visitor's collection with the model of a sample; None for the sample itself."""
    if workspace.own_engine is None:
        return None
    corpus = workspace.own_engine.corpus
    sc.check_tokens(corpus, sample.encoder, sc.PUBLIC)
    return sc.SearchEngine.build(
        corpus,
        encoder=sample.encoder,
        progress=progress,
        background_queries=workspace.unrelated,
    )


def _judged_again(before: Workspace, changed: Workspace, progress: sc.Progress) -> Workspace:
    """Score the visitor's judgements anew, and fit as they were fitted before."""
    judged, fit = before.work.judged, before.work.fit
    if judged is None:
        return changed
    try:
        beside = judged.beside
        own = None if beside is None else beside.own_scale
        scored_anew = changed.engine.score_labels(judged.labels, progress, own)
    except sc.LabelsError:  # they name a document that has left the collection since
        return changed
    both = replace(scored_anew, corpus_from_labels=judged.pairs.corpus_from_labels)
    pairs = both if judged.pairs.own_scale else both.without_own_scores()
    again = ScoredLabels(
        judged.labels, pairs, judged.of_sample, beside and both, of_hits=judged.of_hits
    )
    scored = replace(changed, work=Work(again))
    if fit is None:
        return scored
    method = fit.result.calibrator.method
    try:
        fitted = fit_judged(scored, again, "auto" if method == "blend" else method, progress)
    except sc.CalibrationError:
        return scored  # such labels have no fit under this model; Calibrate says so
    if fit.share is not None:
        fitted = fitted.with_share(fit.share)
    return replace(changed, work=Work(again, fitted))
