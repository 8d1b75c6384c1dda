"""The functions for programs, over the sample collection, however they are called.

The docstring of each is what the documentation and an MCP client show.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, cast, get_type_hints

import numpy as np
from pydantic import ValidationError

import search_core as sc
from search_ui.api.models import (
    MOST_FAULTS,
    AmongSample,
    Answer,
    ApplyAnswer,
    ApplyRequest,
    BestHitVerdict,
    CompareAnswer,
    CompareRequest,
    ConvertAnswer,
    ConvertRequest,
    CutForUnrelated,
    DocumentText,
    ErrorAnswer,
    ErrorDetail,
    ExplainAnswer,
    ExplainRequest,
    FaultDetail,
    FitAnswer,
    FitRequest,
    IndexAnswer,
    NormalizeAnswer,
    NormalizeRequest,
    OtherCollections,
    PairReadings,
    RecallAnswer,
    Request,
    SearchAnswer,
    SearchRequest,
    Suggested,
    ThresholdInForce,
    TranslateAnswer,
    TranslateRequest,
    WatchAnswer,
    WatchRequest,
    misfit,
)
from search_ui.api.production import translated, watched
from search_ui.api.score_choice import (
    ChosenScores,
    chosen_scores,
    comparison_answer,
    unread_words,
)
from search_ui.sample import Sample, StaleExamplesError
from search_ui.server.faults import Busy, ClientLeft, TookTooLong, noted
from search_ui.server.queue_limits import (
    EMBEDDING,
    HEAVY_WORK,
    QUICK_WORK,
    WAIT_SECONDS,
    QueueLimit,
    deadline,
)
from search_ui.server.worker_processes import fit_apart
from search_ui.views.prior import FIRST_HITS, prior_with
from search_ui.views.search import SearchView, check_query, view_search

TURN_SECONDS = 20  # that a search waits until it may embed a collection
FAULTS = (
    'An error is returned as {"error": {"type", "message", "row", "column", "faults"}}; rows count '
    "from 1, and faults has every row that can't be used."
)
NO_MEMORY = "The server is out of memory; send less, or try again later."


@dataclass(frozen=True)
class Function:
    """A function that programs may call.

    Attributes
    ----------
    work:
        The function itself; its name and types are those that programs see.
    limit:
        Where its calls wait for their turn.
    """

    work: Callable[[Any], Answer]
    limit: QueueLimit

    @property
    def name(self) -> str:
        """What it is called."""
        return self.work.__name__

    @property
    def request(self) -> type[Request]:
        """What it takes."""
        found: type[Request] = get_type_hints(self.work)["asked"]
        return found

    @property
    def answer(self) -> type[Answer]:
        """What it answers."""
        found: type[Answer] = get_type_hints(self.work)["return"]
        return found

    @property
    def is_heavy(self) -> bool:
        """Whether its calls share the turns of the page's heavy work."""
        return self.limit is HEAVY_WORK

    @property
    def description(self) -> str:
        """What it does, for whoever calls it."""
        return f"{inspect.getdoc(self.work)}\n{FAULTS}"

    def __call__(self, asked: Any) -> Answer:
        """Answer a request in its turn."""
        with self.limit.turn(WAIT_SECONDS):
            return self.work(asked)

    def answer_to(self, arguments: dict[str, Any]) -> Answer:
        """Answer arguments as JSON holds them; a fault is an answer, too."""
        try:
            return self(self.request.model_validate(arguments))
        except Exception as fault:
            return self.fault(fault)[1]

    def fault(self, fault: Exception) -> tuple[int, ErrorAnswer]:
        """Return a fault as data, and its HTTP status."""
        match fault:
            case ValidationError():
                first = fault.errors(include_url=False)[0]
                return 422, error_answer(misfit(self.request, first))
            case MemoryError():
                return 503, error_answer(Busy(NO_MEMORY))
            case Busy() | TookTooLong() | sc.EncoderError() | StaleExamplesError():
                return 503, error_answer(fault)
            case ClientLeft():
                return 499, error_answer(fault)
            case sc.SearchCoreError():
                return 400, error_answer(fault)
            case _:
                detail = ErrorDetail(type="UnexpectedError", message=noted(fault))
                return 500, ErrorAnswer(error=detail)


def error_answer(error: sc.SearchCoreError) -> ErrorAnswer:
    """Return an error as data; row and column are None where there are none."""
    faults = error.faults if isinstance(error, sc.InputError) else ()
    detail = ErrorDetail(
        type=type(error).__name__,
        message=str(error),
        row=getattr(error, "row", None),
        column=getattr(error, "column", None),
        faults=[
            FaultDetail(row=each.row, column=each.column, message=each.sentence)
            for each in faults[:MOST_FAULTS]
        ],
    )
    return ErrorAnswer(error=detail)


@dataclass(frozen=True)
class Api:
    """The functions, over the sample that is being loaded."""

    loading: Future[Sample]

    def functions(self) -> tuple[Function, ...]:
        """Return every function that programs may call."""
        quick = (self.search, self.explain_score, self.normalize, self.convert_score)
        heavy = (
            self.fit_calibrator, self.apply_calibrator, self.compare_indexes,
            self.translate_threshold, self.watch_threshold,
        )  # fmt: skip
        return (
            *(Function(work, QUICK_WORK) for work in quick),
            *(Function(work, HEAVY_WORK) for work in heavy),
        )

    def search(self, asked: SearchRequest) -> SearchAnswer:
        """Find the texts nearest to a query, and say what their scores mean.

        Returns the hits, best first. Each has its rank, id and text, the cosine, the squared L2
        distance that FAISS shows, 1/(1+D), min-max, percentile, the estimated share of unrelated
        texts that score this high and, in the sample collection, the predicted relevance.
        verdict says whether the best hit is relevant, and from what evidence; nothing_relevant
        whether its answer is "nothing". rarity is the share of unrelated questions with as good a
        best hit, and cut_for_unrelated the cosine that at most 5% of them reach: questions in the
        language of the texts that come with the program, or background_queries. For documents of
        your own, other_collections has what labels of other collections suggest of each hit: a
        wide band, nothing measured; right_of_ten narrows it. notes say what the model can't read.
        """
        if asked.documents is None and asked.background_queries is None:
            sample = self.loading.result()
            view = view_search(
                sample.engine, sample.calibrator, asked.query, asked.k, sample.grades
            )
            return _search_answer(view, sample.engine, None)
        with EMBEDDING.turn(TURN_SECONDS):
            return self._search_compared(asked)

    def _search_compared(self, asked: SearchRequest) -> SearchAnswer:
        """Search what has to be embedded first: documents, or unrelated questions."""
        sample = self.loading.result()
        is_sample = asked.documents is None
        engine = sample.engine
        if asked.documents is not None:
            engine = self._embedded(asked.documents, deadline())
        if asked.background_queries is not None:
            engine = engine.compared_with(asked.background_queries)
        calibrator = sample.calibrator if is_sample else None
        grades = sample.grades if is_sample else None
        view = view_search(engine, calibrator, asked.query, asked.k, grades)
        suggested = None if is_sample else _suggested(engine, asked)
        return _search_answer(view, engine, suggested)

    def explain_score(self, asked: ExplainRequest) -> ExplainAnswer:
        """Say what is behind the similarity of one query and one text.

        Returns the cosine, what every known engine would show for this pair (by engine and
        setting), readings that need only the pair, where the cosine falls among those of the
        sample collection (percentile, chance, background_z), the shared words, and the features
        a calibrator uses. verdict is what the sample's labels would say of the pair.
        """
        sample = self.loading.result()
        engine = sample.engine
        corpus = sc.check_tokens(sc.Corpus.from_texts([asked.text]), engine.encoder, sc.PUBLIC)
        pairs = engine.score_texts(asked.query, [asked.text])
        features = dict(zip(pairs.feature_names, pairs.features[0].tolist(), strict=True))
        cosine, background = features["cos"], engine.background(asked.query)
        unread = engine.collection.unread(asked.query, [asked.text])
        value = float(sample.calibrator.predict(pairs)[0])
        verdict = sc.HitVerdict.of_value(sample.calibrator, value).doubted(unread)
        return ExplainAnswer(
            cosine=cosine,
            readings=_pair_readings(cosine),
            engines=dict(sc.everywhere(cosine)),
            sample=AmongSample(
                documents=len(engine.corpus),
                percentile=background.percentile(cosine),
                chance=background.chance(cosine),
                background_z=float(background.z_norm(np.array([cosine]))[0]),
            ),
            shared_words=list(sc.shared_words(asked.query, asked.text)),
            features=features,
            verdict=BestHitVerdict.model_validate(verdict),
            notes=[*corpus.notes, *(unread.sentences if unread else ())],
        )

    def normalize(self, asked: NormalizeRequest) -> NormalizeAnswer:
        """Put the scores of one list of hits on another scale, without labels.

        Returns one value per score, in the order given, and what the method keeps and loses.
        No method says whether a hit is relevant: min-max gives the top hit of any list 1. Methods
        are raw, minmax, zscore, softmax (with a temperature) and reciprocal_rank.
        """
        for row, score in enumerate(asked.scores, start=1):
            sc.refuse_filling(score, row)
        given = _as_hits(asked.scores, asked.direction == "higher")
        hits = sc.normalize(given, asked.method, temperature=asked.temperature)
        by_position = dict(zip(hits.positions, hits.scores.tolist(), strict=True))
        values = [by_position[position] for position in range(len(by_position))]
        answer = NormalizeAnswer.model_validate(sc.NORMALIZERS[asked.method])
        return answer.model_copy(update={"values": values})

    def convert_score(self, asked: ConvertRequest) -> ConvertAnswer:
        """Say what a number stands for that a search engine or vector database showed.

        Returns the cosine behind it (for vectors of length 1 where any_length is false), the
        formula, how the number is misread, and a caution where it is more likely a fused rank, a
        text score, a reranker's grade or the score of vectors that are not normalized.
        """
        record = sc.engine_of(asked.engine)
        try:
            reading = sc.read_score(asked.score, asked.engine)
            cosines, caution = list(reading.cosines), reading.caution
        except sc.InputError as fault:
            sc.refuse_filling(asked.score)
            cosines, caution = [], str(fault)
        return ConvertAnswer(
            cosines=cosines,
            caution=caution,
            higher_is_better=record.higher_is_better,
            formula=record.formula,
            inverse=record.inverse,
            trap=record.trap,
            any_length=record.any_length,
        )

    def fit_calibrator(self, asked: FitRequest) -> FitAnswer:
        """Learn from labels how relevant a score is, and check that on new queries.

        A row is {"query", "relevance"} with "text", "doc_id" (of the documents given, or of the
        sample collection) or "score", or with texts and scores: fit_on chooses, and comparison
        measures each choice. Relevance is 0 or 1, a grade, or a word such as yes or irrelevant.
        Rows of qrels are {"query_id", "doc_id", "relevance"}, with queries and documents. At least
        20 rows with both kinds are needed, and 50 rows and 5 queries for a verdict. Methods are
        auto, linear, platt, isotonic, centred_isotonic, beta and blend; score_scale names what the
        scores mean, and which are better.
        Returns the calibrator as JSON, to be passed to apply_calibrator unchanged; why the method
        was chosen; and a report on queries the fit had not seen, with a verdict on whether to
        trust the predictions.
        """
        progress = deadline()
        labels = _labels(asked)
        chosen = chosen_scores(labels, asked)
        pairs, both = self._judged(labels, chosen, asked.documents, progress)
        result = fit_apart(pairs, asked.method, progress)
        test = result.test_report
        compared = None if both is None or result.report.is_demo else sc.compare_scores(both)
        return FitAnswer(
            calibrator=result.calibrator.to_json(),
            method=result.calibrator.method,
            because=result.chosen_because,
            value=result.calibrator.kind,
            report=result.report.as_dict(),
            test_report=None if test is None else test.as_dict(),
            recall_threshold=_recall(result),
            fit_on=chosen.fit_on,
            score_scale=None if chosen.scale is None else chosen.scale.name,
            comparison=None if compared is None else comparison_answer(compared),
            notes=[
                *_reading_notes(labels.reading),
                *sc.unused_words(labels),
                *chosen.notes,
                *self._unread(labels),
            ],
        )

    def apply_calibrator(self, asked: ApplyRequest) -> ApplyAnswer:
        """Predict the relevance of each row.

        A row is {"query"} with "text", "doc_id" or "score", like the rows of the fit; other columns
        are ignored. A blend needs the collection it was fitted on, of which up to a tenth may have
        changed.
        Returns one value from 0 to 1 per row, in the order given, whether the values are
        probabilities or expected grades, whether the calibrator's threshold shows each row, and
        notes.
        """
        progress = deadline()
        given = asked.calibrator
        text = given if isinstance(given, str) else json.dumps(given)
        fitted = sc.load_calibrator(text, limits=sc.PUBLIC)
        labels = _rows_to_score(asked)
        if fitted.scale.source:
            encoder = self.loading.result().encoder
            fitted.scale.require(sc.COSINE.from_source(encoder.fingerprint))
            engine = self._engine(labels, asked.documents, progress, fitted)
            pairs = engine.score_labels(labels, progress, fitted.own_scale)
            notes, is_checked = _notes(fitted, engine), _knows(fitted, engine)
        else:
            pairs, notes, is_checked = sc.score_pairs(labels, fitted.scale), [], True
        notes += unread_words(labels, fitted)
        values = fitted.predict(pairs)
        held = fitted.deciding_threshold() if is_checked or not fitted.needs_engine else None
        shown = sc.shown_rows(held, values, pairs.queries, pairs.similarities) if held else None
        return ApplyAnswer(
            value=fitted.kind,
            values=values.tolist(),
            show=None if shown is None else shown.tolist(),
            threshold=None if held is None else ThresholdInForce.model_validate(held),
            notes=[*notes, *self._unread(labels)],
        )

    def compare_indexes(self, asked: CompareRequest) -> CompareAnswer:
        """Try FAISS indexes on a collection, and show how each changes hits and scores.

        All rank by one metric: squared_l2, inner_product or cosine. Where vectors are quantized
        (SQ8, SQfp16, PQ, IVF's lists) the metric changes what is found.
        Returns one object per index, in the order given: bytes per vector; time to build and to
        search as a share of exact search; how far its own scores are from the exact cosine (bias,
        spread); the share of its hits at another rank; and the share of the exact top ten that it
        finds, by its own scores and after re-scoring. A factory is "Flat", "SQ8", "SQfp16",
        "RaBitQfs", "PQ48", "HNSW32", or any but the last after "IVF16,".
        """
        specs = [sc.IndexSpec(factory, asked.metric) for factory in asked.factories]
        engine, progress = self.loading.result().engine, deadline()
        if asked.documents is not None:
            engine = self._embedded(asked.documents, progress)
        trials = sc.compare_indexes(
            engine.corpus, engine.encoder, specs, asked.queries, sc.COMPARED_HITS,
            vectors=engine.vectors, progress=progress,
        )  # fmt: skip
        return CompareAnswer(
            documents=len(engine.corpus),
            k=sc.COMPARED_HITS,
            indexes=[IndexAnswer.model_validate(trial) for trial in trials],
        )

    def _embedded(
        self, documents: Sequence[str | DocumentText], progress: sc.Progress
    ) -> sc.SearchEngine:
        encoder = self.loading.result().encoder
        corpus = sc.check_tokens(_corpus(documents), encoder, sc.PUBLIC)
        return sc.SearchEngine.build(corpus, encoder=encoder, progress=progress)

    def translate_threshold(self, asked: TranslateRequest) -> TranslateAnswer:
        """Say what a threshold becomes under another model, engine or index.

        Each row is {"query", "old", "new"}, a pair of your own with its score under both, higher
        being better. Without labels the new threshold lets through as many of the pairs; with
        "relevance" in every row, as large a share of what it shows is relevant.
        Returns the threshold with a 90% interval by query, and what the old number would do.
        """
        return translated(asked)

    def watch_threshold(self, asked: WatchRequest) -> WatchAnswer:
        """Watch a threshold in production: send what came since, and get the state back.

        Nothing is stored here: begin with a calibrator, keep the state, and send it next time. A
        row is {"value"}, the predicted relevance of a hit, with "relevance" from 0 to 1 where it
        was labelled, and "query". promise_broken says that fewer hits are relevant than
        guaranteed, traffic_changed that another share of hits reaches the threshold; however often
        you look, each is ever wrong with a chance of at most false_alarms. Without labels and
        calibrator, begin with usual_rarities, and send rows of {"rarity"}.
        """
        return watched(asked)

    def _judged(
        self,
        labels: sc.Labels,
        chosen: ChosenScores,
        documents: Sequence[str | DocumentText] | None,
        progress: sc.Progress,
    ) -> tuple[sc.ScoredPairs, sc.ScoredPairs | None]:
        """Score labelled rows as chosen; the second are those to compare choices on, if any."""
        if not (labels.texts or labels.doc_ids):
            return sc.score_pairs(labels, cast(sc.ScoreScale, chosen.scale)), None
        scored = self._engine(labels, documents, progress).score_labels(
            labels, progress, chosen.scale
        )
        scored = replace(scored, corpus_from_labels=documents is None and bool(labels.texts))
        if chosen.scale is None:
            return scored, None
        if chosen.fit_on == "scores":
            return scored.own_scores_alone(), scored
        return (scored if chosen.fit_on == "both" else scored.without_own_scores()), scored

    def _unread(self, labels: sc.Labels) -> list[str]:
        """Say how many rows the model cannot read, if any."""
        if not labels.texts:
            return []
        said = self.loading.result().engine.collection.unread_labels(labels)
        return [said] if said else []

    def _engine(
        self,
        labels: sc.Labels,
        documents: Sequence[str | DocumentText] | None,
        progress: sc.Progress,
        fitted: sc.Calibrator | None = None,
    ) -> sc.SearchEngine:
        """Return the engine of the given documents, of the sample, or of the rows' own texts."""
        sample = self.loading.result().engine
        if labels.texts:
            texts = sc.Corpus.from_texts(list(dict.fromkeys(labels.texts)))
            sc.check_tokens(texts, sample.encoder, sc.PUBLIC)
        if documents is not None:
            engine = self._embedded(documents, progress)
        elif not labels.texts or (fitted is not None and _knows(fitted, sample)):
            engine = sample
        else:
            engine = sc.SearchEngine.build(texts, encoder=sample.encoder, progress=progress)
        if documents is not None or fitted is None or not fitted.needs_engine:
            return engine
        # Texts of rows are no collection; documents that a program gives are served with a note.
        if not _knows(fitted, engine):
            raise sc.CalibrationError(
                "This blend was fitted on another collection; give the documents it was fitted on."
            )
        return engine


def _suggested(engine: sc.SearchEngine, asked: SearchRequest) -> OtherCollections | None:
    """Return what other collections suggest of the hits; None for too few documents."""
    if engine.collection.features.usual_cosine is None:
        return None
    counted, hits = engine.search(asked.query, FIRST_HITS), engine.search(asked.query, asked.k)
    prior = prior_with(asked.right_of_ten, engine.score_hits([counted]))
    values = prior.predict(engine.score_hits([hits]))
    ends = zip(values.mean.tolist(), values.low.tolist(), values.high.tolist(), strict=True)
    found = [Suggested(value=value, low=low, high=high) for value, low, high in ends]
    return OtherCollections(hits=found, sentence=prior.sentence)


def _search_answer(
    view: SearchView, engine: sc.SearchEngine, suggested: OtherCollections | None
) -> SearchAnswer:
    unrelated = engine.collection_background.unrelated
    threshold = (
        CutForUnrelated.model_validate(engine.cut_for_unrelated()) if unrelated.is_enough else None
    )
    notes = [*engine.corpus.notes, *view.notes]
    return SearchAnswer.model_validate(view).model_copy(
        update={"cut_for_unrelated": threshold, "other_collections": suggested, "notes": notes}
    )


def _labels(asked: FitRequest) -> sc.Labels:
    scale = None if asked.scale is None else (asked.scale[0], asked.scale[1])
    labels = sc.labels_of(
        asked.rows,
        scale=scale,
        meanings=asked.meanings,
        relevant_from=asked.relevant_from,
        queries=asked.queries,
        limits=sc.PUBLIC,
    )
    _check_queries(labels)
    return labels


def _rows_to_score(asked: ApplyRequest) -> sc.Labels:
    labels = sc.labels_of(asked.rows, queries=asked.queries, judged=False, limits=sc.PUBLIC)
    _check_queries(labels)
    return labels


def _check_queries(labels: sc.Labels) -> None:
    for query in dict.fromkeys(labels.queries):
        check_query(query)


def _reading_notes(reading: sc.LabelReading) -> list[str]:
    """Say how labels were read, where that is unusual or could be otherwise."""
    caveat = [reading.caveat] if reading.caveat else []
    return [*sc.column_words(reading.columns), *reading.notes, *caveat]


def _corpus(documents: Sequence[str | DocumentText]) -> sc.Corpus:
    """Return documents as a collection, without empty ones; one without an id has its number."""
    named = [
        (str(position), each) if isinstance(each, str) else (str(each.id), each.text)
        for position, each in enumerate(documents)
    ]
    kept = [(name, text) for name, text in named if text.strip()]
    corpus = sc.Corpus.from_texts([text for _, text in kept], [name for name, _ in kept])
    empty = len(named) - len(kept)
    left_out = f"Left out: {empty:,} of the {len(named):,} documents, which are empty."
    return replace(corpus, notes=(left_out,)) if empty else corpus


def _recall(result: sc.CalibrationResult) -> RecallAnswer | None:
    """Return the threshold for recall; None where labels are too few, or were drawn by a plan."""
    pairs = result.pairs
    if result.report.is_demo or pairs.inclusion is not None:
        return None
    found = sc.recall_threshold(result.out_of_fold, pairs.relevance, pairs.queries)
    return RecallAnswer.model_validate(found)


def _notes(fitted: sc.Calibrator, engine: sc.SearchEngine) -> list[str]:
    """Say how the collection of a blend has changed, if it has."""
    change = fitted.collection_change(engine)
    return [change.sentence] if fitted.needs_engine and change.sentence else []


def _knows(fitted: sc.Calibrator, engine: sc.SearchEngine) -> bool:
    """Whether a calibrator was fitted on this engine's collection, or nearly this one."""
    return fitted.collection_change(engine).is_measured


def _pair_readings(cosine: float) -> PairReadings:
    one = sc.Hits("", (0,), ("0",), ("",), np.array([cosine]), sc.COSINE)
    return PairReadings(
        inverse_distance=float(sc.formulas.inverse_distance(one)[0]),
        inverse_root_distance=float(sc.formulas.inverse_root_distance(one)[0]),
        angular=float(sc.formulas.angular(one)[0]),
    )


def _as_hits(scores: list[float], higher_is_better: bool) -> sc.Hits:
    """Return scores in any order as hits, whose positions are their indexes in that order."""
    values = np.asarray(scores)
    order = np.argsort(-values if higher_is_better else values, kind="stable")
    positions = tuple(order.tolist())
    names = tuple(map(str, positions))
    scale = sc.ScoreScale("given", higher_is_better=higher_is_better)
    return sc.Hits("", positions, names, names, values[order], scale)
