"""The six functions. Their docstrings are what the API page and an MCP client show.

In these docstrings an argument has one line, because that is how far it is read.
"""

# No `from __future__ import annotations`: the types of the results are read as objects.

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import search_core as sc
from search_ui.api.answers import (
    as_hits,
    explained_data,
    fit_data,
    normalized_data,
    search_data,
    trial_data,
)
from search_ui.api.checks import (
    check_choice,
    check_count,
    check_list,
    check_queries,
    check_text,
    finite_numbers,
    read_calibrator,
)
from search_ui.api.faults import Busy, answers, deadline
from search_ui.page import Page
from search_ui.search_view import view_search
from search_ui.server.fits import fit_apart

TURN_SECONDS = 20  # that a search waits until it may embed a collection
IN_LINE = 2  # searches that embed or wait to; of four at once, the others are quick
METHODS = ("raw", "minmax", "zscore", "softmax", "reciprocal_rank")
COMPARED = 10  # hits of a query that indexes are compared on


@dataclass(frozen=True)
class Api:
    """The public functions, over the sample that the page has loaded.

    Attributes
    ----------
    page:
        What the tabs share.
    in_line:
        Held while a search embeds a collection or waits to, so that there is room for others.
    embedding:
        Held while a search embeds a collection, so that searches cannot take the whole machine.
    """

    page: Page
    in_line: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(IN_LINE))
    embedding: threading.Semaphore = field(default_factory=threading.Semaphore)

    @answers
    def search(self, query: str, documents: list[str] | None = None, k: int = 10) -> dict[str, Any]:
        """Find the texts that are nearest to a question, and say what their scores mean.

        Returns an object with the hits, best first. Each has rank, id, text, the cosine, the
        squared L2 distance that FAISS shows, 1/(1+D), min-max and percentile, the estimated chance
        that one unrelated text scores as high, and, in the sample collection, a calibrated value.
        nothing_relevant says whether even the best hit seems to be no answer.
        A fault comes back as {"error": {"type", "message", "row", "column"}}.

        Args:
            query: The question, at most 1,000 characters.
            documents: The texts to search, at most 2,000; null searches the sample collection.
            k: How many hits, from 1 to 50.
        """
        check_text(query)
        check_count(k, sc.PUBLIC.hits)
        if documents is None:
            sample = self.page.sample()
            view = view_search(sample.engine, sample.calibrator, query, k, sample.grades)
            return search_data(view)
        with _held(self.in_line, 0), _held(self.embedding, TURN_SECONDS):
            engine = self._embedded(documents, deadline())
        return search_data(view_search(engine, None, query, k), engine.corpus.notes)

    @answers
    def explain_score(self, query: str, text: str) -> dict[str, Any]:
        """Say what stands behind the similarity of one question and one text.

        Returns the cosine, what every known search engine would show for the same pair (by name of
        engine and setting), readings that need nothing but the pair, where the cosine falls among
        those of the sample collection (percentile, chance, background_z), the words both share, and
        the features that a calibrator sees.
        A fault comes back as {"error": {"type", "message", "row", "column"}}.

        Args:
            query: The question, at most 1,000 characters.
            text: The text; the model reads its first 256 tokens.
        """
        check_text(query)
        engine = self.page.sample().engine
        corpus = sc.check_tokens(sc.Corpus.from_texts([text]), engine.encoder, sc.PUBLIC)
        return explained_data(engine, query, text, corpus.notes)

    @answers
    def normalize(
        self, scores: list[float], direction: str = "higher", method: str = "minmax"
    ) -> dict[str, Any]:
        """Put the scores of one result list on another scale, without labels.

        Returns values, one for each score in the order given, and what the method keeps and loses.
        None of these methods says whether a hit is relevant: min-max gives 1 to the best hit of
        any list. The methods are raw, minmax, zscore, softmax (with a temperature of 0.05) and
        reciprocal_rank.
        A fault comes back as {"error": {"type", "message", "row", "column"}}.

        Args:
            scores: The scores of one result list, at most 10,000 finite numbers, in any order.
            direction: "higher" if more is better (cosine), "lower" if less is (a distance).
            method: The name of the method.
        """
        values = finite_numbers(scores)
        check_choice(direction, ("higher", "lower"), "direction")
        check_choice(method, METHODS, "method")
        return normalized_data(sc.normalize(as_hits(values, direction == "higher"), method), method)

    @answers
    def fit_calibrator(
        self,
        rows: list[dict[str, Any]],
        method: str = "auto",
        documents: list[str] | None = None,
        score_scale: str = "cosine",
    ) -> dict[str, Any]:
        """Learn from judged examples what a score is worth, and check it on unseen queries.

        A row is {"query", "relevance"} with one of "text", "doc_id" (a document of the sample
        collection) or "score" (without texts). Relevance is 0 or 1, or a grade. At least 20 rows
        with both kinds are needed, and 50 rows and 5 queries for a verdict. Methods are auto,
        linear, platt, isotonic, centred_isotonic, beta and blend; scales are cosine, squared_l2,
        l2, inner_product, bm25, fused, reranker_logit and squashed.
        Returns the calibrator as JSON text, to be kept and handed to apply_calibrator as it is; why
        the method was chosen; and a report measured on queries that the fit never saw. Its verdict
        says whether the values can be relied on.
        A fault comes back as {"error": {"type", "message", "row", "column"}}; rows count from 1.

        Args:
            rows: Judged examples, at most 10,000.
            method: How to fit; "auto" chooses.
            documents: The collection of the texts; null takes the texts of the rows.
            score_scale: What the scores are, where rows hold scores without texts.
        """
        progress = deadline()
        labels = sc.labels_of(rows, limits=sc.PUBLIC)
        check_queries(labels.queries)
        pairs = self._judged(labels, documents, score_scale, progress)
        return fit_data(fit_apart(pairs, method, progress), labels.reading.notes)

    @answers
    def apply_calibrator(
        self, calibrator: str, rows: list[dict[str, Any]], documents: list[str] | None = None
    ) -> dict[str, Any]:
        """State the calibrated value of each row: a probability, or an expected relevance.

        A row is {"query"} with "text", "doc_id" or "score", as in the rows that the calibrator was
        fitted on; other columns are ignored. A blend needs the collection that it was fitted
        on, of which up to a tenth may have changed.
        Returns values from 0 to 1, one for each row in the order given, which of the two they
        are, and notes on what to bear in mind.
        A fault comes back as {"error": {"type", "message", "row", "column"}}; rows count from 1.

        Args:
            calibrator: The JSON text that fit_calibrator returned, or that the page downloads.
            rows: What to judge, at most 10,000.
            documents: The collection; null takes the sample, if fitted there, or the rows' texts.
        """
        progress = deadline()
        fitted = read_calibrator(calibrator)
        labels = sc.labels_of(rows, judged=False, limits=sc.PUBLIC)
        check_queries(labels.queries)
        if fitted.scale.source:
            fitted.scale.require(sc.COSINE.from_source(self.page.sample().encoder.fingerprint))
            engine = self._engine(labels, documents, progress, fitted)
            pairs = engine.score_labels(labels, progress)
            notes = _notes(fitted, engine)
        else:
            pairs, notes = sc.score_pairs(labels, fitted.scale), []
        return {"value": fitted.kind, "values": fitted.predict(pairs).tolist(), "notes": notes}

    @answers
    def compare_indexes(
        self, documents: list[str] | None, queries: list[str], factories: list[str]
    ) -> dict[str, Any]:
        """Try FAISS indexes on a collection, and say what each does to the hits and to the scores.

        Returns one object an index, in the order given: bytes a vector, time to build and to search
        as a share of exact search, by how much its own scores miss the exact cosine (bias, spread),
        the share of its hits that stand at another place, and the share of the exact first ten
        that it finds, by its own scores and after re-scoring. A factory is "Flat", "SQ8",
        "SQfp16", "RaBitQfs", "PQ48", "HNSW32", or any but the last after "IVF16,".
        A fault comes back as {"error": {"type", "message", "row", "column"}}.

        Args:
            documents: The texts to index, at most 2,000; null takes the sample collection.
            queries: What is asked, at most 200.
            factories: FAISS factory strings, at most 8.
        """
        check_list(queries, sc.PUBLIC.trial_queries, "queries", sc.QueryError)
        check_queries(queries)
        check_list(factories, sc.PUBLIC.trial_indexes, "factories", sc.IndexSpecError)
        specs = [sc.IndexSpec(factory) for factory in factories]
        engine, progress = self.page.sample().engine, deadline()
        if documents is not None:
            engine = self._embedded(documents, progress)
        trials = sc.compare_indexes(
            engine.corpus, engine.encoder, specs, queries, COMPARED,
            vectors=engine.vectors, progress=progress,
        )  # fmt: skip
        shown = [trial_data(trial) for trial in trials]
        return {"documents": len(engine.corpus), "k": COMPARED, "indexes": shown}

    def _embedded(self, documents: object, progress: sc.Progress) -> sc.SearchEngine:
        texts = check_list(documents, sc.PUBLIC.documents, "documents", sc.CorpusError)
        encoder = self.page.sample().encoder
        corpus = sc.check_tokens(sc.Corpus.from_texts(texts), encoder, sc.PUBLIC)
        return sc.SearchEngine.build(corpus, encoder=encoder, progress=progress)

    def _judged(
        self, labels: sc.Labels, documents: object, score_scale: str, progress: sc.Progress
    ) -> sc.ScoredPairs:
        """Score judged rows: by the encoder where there are texts, else by their own scores."""
        if not (labels.texts or labels.doc_ids):
            check_choice(score_scale, tuple(sc.BROUGHT_SCALES), "score_scale")
            return sc.score_pairs(labels, sc.BROUGHT_SCALES[score_scale])
        pairs = self._engine(labels, documents, progress).score_labels(labels, progress)
        return replace(pairs, corpus_from_labels=documents is None and bool(labels.texts))

    def _engine(
        self,
        labels: sc.Labels,
        documents: object,
        progress: sc.Progress,
        fitted: sc.Calibrator | None = None,
    ) -> sc.SearchEngine:
        """Return the engine of the given documents, of the sample, or of the rows' own texts."""
        sample = self.page.sample().engine
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
                "This blend was fitted on another collection, where texts have other neighbours; "
                "give the documents that it was fitted on."
            )
        return engine


@contextmanager
def _held(semaphore: threading.Semaphore, seconds: float) -> Iterator[None]:
    if not semaphore.acquire(timeout=seconds):
        raise Busy("Another collection is being embedded; try again in a minute.")
    try:
        yield
    finally:
        semaphore.release()


def _notes(fitted: sc.Calibrator, engine: sc.SearchEngine) -> list[str]:
    """Say how the collection of a blend has changed, if it has."""
    change = fitted.collection_change(engine)
    return [change.sentence] if fitted.needs_engine and change.sentence else []


def _knows(fitted: sc.Calibrator, engine: sc.SearchEngine) -> bool:
    """Whether a calibrator was fitted on this engine's collection, or nearly this one."""
    return fitted.collection_change(engine).is_measured
