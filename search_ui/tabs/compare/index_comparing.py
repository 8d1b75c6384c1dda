"""Which indexes are tried on what: the visitor's collection, its questions and its calibrator."""

from __future__ import annotations

import threading

import search_core as sc
from search_ui.index_view import IndexComparison
from search_ui.page import Page
from search_ui.search_view import check_query
from search_ui.sessions import Session
from search_ui.tabs.calibrate.reading import SampleFit, has_texts
from search_ui.tabs.compare.cut import calibrated_cut, cosine_cut
from search_ui.wording import count

COMPARED = 10  # hits of a query
SUGGESTED, SUGGESTED_WORDS = 20, 8  # questions that are suggested, and words of each


class SampleExample:
    """The finished example: the sample's comparison, made once and shared by all, unchanged."""

    def __init__(self, page: Page, fit: SampleFit) -> None:
        self._page, self._fit = page, fit
        self._lock = threading.Lock()
        self._made: IndexComparison | None = None

    def made(self, progress: sc.Progress) -> IndexComparison:
        """Return it; the first one who asks makes it, and whoever comes meanwhile waits."""
        with self._lock:
            if self._made is None:
                self._made = compare(self._page, self._fit, Session(), "", "", progress)
            return self._made


def judged(fit: SampleFit, session: Session) -> sc.Labels | None:
    """Return the labels of the visitor's collection; None where there are none with texts."""
    if session.labels is not None and has_texts(session.labels):
        return session.labels
    return fit.labels if session.engine is None else None


def suggested(engine: sc.SearchEngine) -> str:
    """Return questions to begin with, one a line: how texts from all over the collection begin."""
    texts = engine.corpus.texts
    chosen = texts[:: max(1, len(texts) // SUGGESTED)][:SUGGESTED]
    begun = (" ".join(text.split()[:SUGGESTED_WORDS]) for text in chosen)
    return "\n".join(line[: sc.PUBLIC.query_characters] for line in dict.fromkeys(begun))


def compare(
    page: Page,
    fit: SampleFit,
    session: Session,
    questions: str,
    factory: str,
    progress: sc.Progress,
) -> IndexComparison:
    """Try the default indexes, and one of the visitor's own, on the collection in use.

    Parameters
    ----------
    page, fit, session:
        What all share, and what belongs to the visitor.
    questions:
        What is asked, one a line, where there are no labels.
    factory:
        One more index; blank for none.
    progress:
        Called with (searches done, searches in all); may raise to stop.

    Raises
    ------
    IndexSpecError
        The factory string is none that can be built here.
    QueryError
        No question, too many, or one that is too long.
    """
    engine, labels = page.engine(session), judged(fit, session)
    specs = chosen_specs(engine, factory)
    queries = _queries(labels, questions)
    calibrator = _calibrator(page, session, engine)
    cut = (
        cosine_cut(engine, queries)
        if calibrator is None
        else calibrated_cut(calibrator, session, page.sample_of(session).view or fit.view)
    )
    trials = sc.compare_indexes(
        engine.corpus, engine.encoder, specs, queries, COMPARED,
        labels=labels, calibrator=calibrator, threshold=cut.value, vectors=engine.vectors,
        progress=progress,
    )  # fmt: skip
    whose = _whose(session, engine, labels, len(queries))
    return IndexComparison(whose, engine.corpus, tuple(queries), cut, trials)


def chosen_specs(engine: sc.SearchEngine, factory: str) -> tuple[sc.IndexSpec, ...]:
    """Return the default indexes for this many documents, and the visitor's own last.

    Raises
    ------
    IndexSpecError
        The factory string is outside the grammar.
    """
    specs = sc.default_specs(len(engine.corpus), engine.encoder.dim)
    if not factory.strip():
        return specs
    own = sc.IndexSpec(factory.strip())
    return specs if own in specs else (*specs[: sc.PUBLIC.trial_indexes - 1], own)


def _queries(labels: sc.Labels | None, questions: str) -> list[str]:
    if labels is not None:
        return list(dict.fromkeys(labels.queries))[: sc.PUBLIC.trial_queries]
    lines = list(dict.fromkeys(line.strip() for line in questions.splitlines() if line.strip()))
    if not lines:
        raise sc.QueryError("There is no question; write at least one, one a line.")
    if len(lines) > sc.PUBLIC.trial_queries:
        raise sc.QueryError(
            f"There are {len(lines)} questions, and at most {sc.PUBLIC.trial_queries} are asked "
            "here; leave some out."
        )
    for line in lines:
        check_query(line)
    return lines


def _calibrator(page: Page, session: Session, engine: sc.SearchEngine) -> sc.Calibrator | None:
    """Return the calibrator that Search shows, where it holds for this collection."""
    if session.calibrator is None:
        return page.sample_of(session).calibrator if session.engine is None else None
    calibrator = session.calibrator
    is_elsewhere = not calibrator.collection_change(engine).is_measured
    if calibrator.needs_engine and is_elsewhere and not session.accepts_other_collection:
        return None
    return calibrator


def _whose(
    session: Session, engine: sc.SearchEngine, labels: sc.Labels | None, queries: int
) -> str:
    name = "The sample" if session.engine is None else "Your collection"
    name += "" if session.sample is None else f" under {engine.encoder.name}"
    asked = (
        count(queries, "question")
        if labels is None
        else count(queries, "judged query", "judged queries")
    )
    documents = count(len(engine.corpus), "document")
    return f"{name}: {documents}, {asked}, the first {COMPARED} hits of each"
