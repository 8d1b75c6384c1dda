"""What a cosine means under one model and under another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from search_core.calibrate.fit import CalibrationResult, fit_calibrator
from search_core.calibrate.maps import Logistic
from search_core.calibrate.models import platt_design
from search_core.calibrate.thresholds import Threshold, row_threshold
from search_core.corpus import Corpus
from search_core.embedding import embed_queries
from search_core.encoder import Encoder, Progress
from search_core.encoder.models import MODELS
from search_core.engine import SearchEngine
from search_core.errors import InputError, several, shortened
from search_core.evaluate.judged import RELEVANT, Judged, rows_by_query
from search_core.evaluate.nearby import Nearby, relevance_near
from search_core.evaluate.reliability import debiased_ece
from search_core.evaluate.report import Report
from search_core.labels.labels import Labels
from search_core.mistakes import explain_mistakes
from search_core.normalizers.unrelated import shipped_questions
from search_core.vectors import Floats, Vectors, evenly

COSINE = "cos"
USUAL_CUT = 0.7
"""The cosine that people copy from each other as a threshold."""
SAME_MEANING = 0.05  # meanings closer than this are reported as one
MOST_QUERIES, MOST_PAIRS = 400, 200_000  # of a distribution: more move no digit that is shown
STEPS = 100  # of progress, of each part of a trial


@dataclass(frozen=True)
class Meaning:
    """What one cosine stands for under a model.

    Attributes
    ----------
    cosine:
        The cosine.
    unrelated:
        Share of (unrelated question, document) pairs at or above it.
    percentile:
        Share of all (labelled query, document) pairs of the collection below it.
    near:
        The labelled pairs around it, and how many were relevant: a count, so that whoever tells
        what a cosine means tells the same (`relevance_near`).

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> corpus = sc.Corpus.from_texts(texts)
    >>> (trial,) = sc.compare_models(corpus, sc.labels_of(rows), [encoder])
    >>> meaning = trial.meaning(0.7)
    >>> round(meaning.percentile, 2), meaning.near.relevant, meaning.near.pairs
    (0.66, 33, 36)
    """

    cosine: float
    unrelated: float
    percentile: float
    near: Nearby


@explain_mistakes
@dataclass(frozen=True, eq=False)
class ModelTrial:
    """One model on a collection and its labels.

    Attributes
    ----------
    name, pooling, query_prefix, document_prefix, dim, fingerprint:
        The model; pooling is "mean", "cls", or empty where it is not in the table of models.
    cosines, relevance, queries:
        Of each labelled pair that was fitted on: its cosine, its label in [0, 1], and its
        query; float64 arrays and a tuple of length n.
    background:
        Cosines of the shipped unrelated questions with the documents, ascending; float32.
    nearby:
        Cosines of the labelled queries with the documents, ascending; float32. In both, at most 250
        queries and so many documents, evenly taken, that there are 200,000 pairs.
    curve:
        Platt's logistic curve from the cosine to relevance, on all the pairs.
    curve_error:
        Debiased ECE of such curves on queries that they did not see.
    report:
        On the default calibrator, every row by a fit that saw no row of its query. Its
        `ndcg_before` and `auc_score` are of the cosine, `ndcg_after`, `auc` and `ece` of the
        calibrated values.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> corpus = sc.Corpus.from_texts(texts)
    >>> (trial,) = sc.compare_models(corpus, sc.labels_of(rows), [encoder])
    >>> trial.dim, trial.is_demo, len(trial.cosines), trial.pooling
    (64, False, 108, '')
    """

    name: str
    pooling: str
    query_prefix: str
    document_prefix: str
    dim: int
    fingerprint: str
    cosines: Floats
    relevance: Floats
    queries: tuple[str, ...]
    background: Vectors
    nearby: Vectors
    curve: Logistic
    curve_error: float
    report: Report

    def __repr__(self) -> str:
        return (
            f"<ModelTrial: {shortened(self.name)}, {self.dim} numbers per vector, "
            f"{len(self.cosines):,} labelled pairs, ECE {self.report.ece:.3f}>"
        )

    @property
    def relevant(self) -> Floats:
        """Cosines of the pairs labelled relevant."""
        return self.cosines[self.relevance >= RELEVANT]

    @property
    def irrelevant(self) -> Floats:
        """Cosines of the other labelled pairs."""
        return self.cosines[self.relevance < RELEVANT]

    @property
    def is_demo(self) -> bool:
        """Whether there are too few labels for anything that can be checked."""
        return self.report.is_demo

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return sum(
            each.nbytes for each in (self.cosines, self.relevance, self.background, self.nearby)
        )

    def meaning(self, cosine: float) -> Meaning:
        """Return what a cosine stands for here; beyond the labelled ones, the nearest count."""
        judged = Judged.of(self.relevance, self.queries, scores=self.cosines)
        return Meaning(
            cosine=cosine,
            unrelated=1.0 - _share_below(self.background, cosine),
            percentile=_share_below(self.nearby, cosine),
            near=relevance_near(cosine, judged),
        )

    def cut(self, target: float) -> Threshold | None:
        """Return the cosine from which on the wanted share of pairs is relevant.

        The guarantee is that of `row_threshold`; a bare cosine has seen no label, so that it holds
        without folds. None where there are too few labels for a promise.

        Raises
        ------
        CalibrationError
            A target outside (0, 1).
        """
        if self.is_demo:
            return None
        # Texts that point away from a query are no reason to show one: 0 is as low as it looks.
        return row_threshold(np.clip(self.cosines, 0.0, 1.0), self.relevance, self.queries, target)

    def share_moved(self, other: ModelTrial, cosine: float) -> float:
        """Return the share of labelled pairs that reach a cosine under one of two models alone.

        Parameters
        ----------
        other:
            A trial on the same labels.
        cosine:
            A threshold that both models are given.
        """
        moved = (self.cosines >= cosine) != (other.cosines >= cosine)
        return float(moved.mean())

    def share_of_same_best(self, other: ModelTrial) -> float:
        """Return the share of queries whose best labelled text is the same under two models.

        Parameters
        ----------
        other:
            A trial on the same labels.
        """
        groups = rows_by_query(self.queries).values()
        same = [self.cosines[rows].argmax() == other.cosines[rows].argmax() for rows in groups]
        return float(np.mean(same))

    def relevant_from(self, cosine: float) -> float | None:
        """Return the share that is relevant of the labelled pairs at or above a cosine.

        It shows what a threshold that was found under another model does here; None where it keeps
        none.
        """
        kept = self.relevance[self.cosines >= cosine]
        return float((kept >= RELEVANT).mean()) if len(kept) else None


@explain_mistakes
def compare_models(
    corpus: Corpus,
    labels: Labels,
    encoders: Iterable[Encoder],
    progress: Progress | None = None,
) -> tuple[ModelTrial, ...]:
    """Embed one collection with several models, and recalibrate under each.

    Parameters
    ----------
    corpus, labels:
        The collection and its labels, the same for every model.
    encoders:
        The models; the trials come back in their order.
    progress:
        Called with (steps done, steps in all); may raise to stop.

    Raises
    ------
    InputError
        No list of encoders, or none in it.
    CalibrationError, LabelsError
        The labels cannot be scored or fitted; see `SearchEngine.score_labels`, `fit_calibrator`.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> corpus = sc.Corpus.from_texts(texts)
    >>> trials = sc.compare_models(corpus, sc.labels_of(rows), [encoder])
    >>> [trial.name for trial in trials]
    ['our-own/encoder']
    """
    models = several(encoders, "encoders", InputError)
    if not models:
        raise InputError("No encoder was given; give the models to compare.")
    trials = []
    for number, encoder in enumerate(models):
        embedding, trying = (_part(progress, 2 * number + half, 2 * len(models)) for half in (0, 1))
        engine = SearchEngine.build(corpus, encoder, progress=embedding)
        trials.append(try_model(engine, labels, trying))
    return tuple(trials)


@explain_mistakes
def try_model(
    engine: SearchEngine,
    labels: Labels,
    progress: Progress | None = None,
    fit: Callable[..., CalibrationResult] = fit_calibrator,
) -> ModelTrial:
    """Try the model of an engine whose collection is embedded already.

    Parameters
    ----------
    engine, labels:
        The collection under this model, and its labels.
    progress:
        Called with (steps done, steps in all); may raise to stop.
    fit:
        Fits as `fit_calibrator` does, elsewhere perhaps: in another process, or on another machine.

    Raises
    ------
    CalibrationError, LabelsError
        As for `compare_models`.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)
    >>> trial = sc.try_model(engine, sc.labels_of(rows))
    >>> trial.name, trial.report.verdict.kind
    ('our-own/encoder', 'helps')
    """
    encoder = engine.encoder
    pairs = engine.score_labels(labels, _part(progress, 0, 2))
    result = fit(pairs, progress=_part(progress, 1, 2))
    fitted = result.pairs
    cosines = fitted.features[:, fitted.feature_names.index(COSINE)]
    record = MODELS.get(encoder.name)
    return ModelTrial(
        name=encoder.name,
        pooling=record.pooling if record else "",
        query_prefix=encoder.query_prefix,
        document_prefix=record.document_prefix if record else "",
        dim=encoder.dim,
        fingerprint=encoder.fingerprint,
        cosines=cosines,
        relevance=fitted.relevance,
        queries=fitted.queries,
        background=_with_documents(engine, _unrelated_questions(engine)),
        nearby=_with_documents(engine, tuple(dict.fromkeys(labels.queries))),
        curve=platt_design(COSINE, cosines).fit(fitted.relevance),
        curve_error=debiased_ece(fitted.relevance, result.out_of_fold_platt),
        report=result.report,
    )


@explain_mistakes
def finding(trials: Sequence[ModelTrial], cosine: float = USUAL_CUT) -> str:
    """Say in one sentence what a cosine means under these models.

    Of more than two, those are named under which it means most and least.

    Parameters
    ----------
    trials:
        Of `compare_models`, one for each model.
    cosine:
        The cosine that is spoken of.

    Raises
    ------
    InputError
        No trial.

    Examples
    --------
    >>> texts = ["a cat", "a dog", "the sun"]
    >>> rows = [
    ...     {"query": f"{asked} {n}", "text": text, "relevance": int(asked == text)}
    ...     for n in range(12)
    ...     for asked in texts
    ...     for text in texts
    ... ]
    >>> corpus = sc.Corpus.from_texts(texts)
    >>> print(sc.finding(sc.compare_models(corpus, sc.labels_of(rows), [encoder])))
    Of the labelled pairs nearest to a cosine of 0.70, 92% were relevant under our-own/encoder.
    """
    if not trials:
        raise InputError("No trial was given; compare at least one model.")
    meant = {trial.name: trial.meaning(cosine).near.share for trial in trials}
    ranked = sorted(meant, key=meant.__getitem__, reverse=True)
    most, least = ranked[0], ranked[-1]  # of equals, two all the same
    start = (
        f"Of the labelled pairs nearest to a cosine of {cosine:.2f}, {meant[most]:.0%} were "
        f"relevant under {most}"
    )
    if len(meant) == 1:
        return f"{start}."
    both = f"{start} and {meant[least]:.0%} under {least}"
    if meant[most] - meant[least] < SAME_MEANING:
        return f"{both}: about the same here, but perhaps not on another collection."
    return f"{both}: a threshold does not carry over to another model."


def _unrelated_questions(engine: SearchEngine) -> tuple[str, ...]:
    # Where none are of the collection's kind, English ones show at least how low a cosine can be.
    return engine.collection.unrelated_questions.questions or shipped_questions("en")


def _with_documents(engine: SearchEngine, queries: Sequence[str]) -> Vectors:
    """Cosines of queries with documents, ascending; evenly taken where there are very many."""
    asked = [queries[index] for index in evenly(len(queries), MOST_QUERIES)]
    documents = engine.vectors[evenly(len(engine.vectors), MOST_PAIRS // len(asked))]
    found = embed_queries(engine.encoder, asked) @ documents.T
    return np.sort(np.clip(found, -1.0, 1.0), axis=None)


def _share_below(ascending: Vectors, value: float) -> float:
    return int(np.searchsorted(ascending, np.float32(value), side="left")) / len(ascending)


def _part(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """Return a progress callback for one of several parts of equal weight."""
    if progress is None:
        return None

    def step(done: int, total: int) -> None:
        progress(part * STEPS + STEPS * done // max(total, 1), parts * STEPS)

    return step
