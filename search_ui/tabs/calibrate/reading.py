"""Labels into the visitor's session: read, checked and scored, all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import search_core as sc
from search_ui.calibration_view import CalibrationView, read_view
from search_ui.page import Page
from search_ui.sample import EXAMPLES, reading_stored
from search_ui.sessions import Session
from search_ui.wording import count, escaped

Kind = Literal["sample", "csv", "scores"]
SAMPLE_SCALE = (0.0, 3.0)
STORED_VIEW = EXAMPLES / "calibration.json"


@dataclass(frozen=True)
class Given:
    """What the visitor chose in the form of the first step.

    Attributes
    ----------
    kind:
        The sample's judgements, a CSV with texts or ids, or a CSV of scores alone.
    content:
        The uploaded file, if there is one.
    judged_on:
        The scale of the judgements, such as "0-5"; empty to recognise it.
    contradictions:
        What to do where one pair has two labels.
    scores_are:
        The scale that the scores are on, where there are no texts.
    """

    kind: Kind
    content: bytes | None = None
    judged_on: str = ""
    contradictions: sc.Contradictions = "count"
    scores_are: str = "cosine"


@dataclass(frozen=True)
class SampleFit:
    """The sample's judgements, and the stored fit on them."""

    labels: sc.Labels
    view: CalibrationView


def read_sample_fit() -> SampleFit:
    """Read both; no model is needed.

    Raises
    ------
    StaleExamplesError
        The stored fit is missing, damaged, or of another version.
    """
    labels = read_sample_labels()
    with reading_stored(STORED_VIEW.name):
        return SampleFit(labels, read_view(STORED_VIEW))


def read_sample_labels() -> sc.Labels:
    """Read the sample's judgements; no model is needed."""
    return sc.read_labels(EXAMPLES / "judgements.csv", scale=SAMPLE_SCALE)


def read_given(page: Page, session: Session, given: Given, progress: sc.Progress) -> sc.Labels:
    """Read labels and score them; the session changes only once everything went well.

    Raises
    ------
    LabelsError
        No file, or one that cannot be used, with row, column and remedy.
    """
    labels = _labels(given)
    engine, pairs = _scored(page, session, given, labels, progress)
    if engine is not session.engine:
        # Search now looks through other texts, where no calibrator has been checked.
        session.engine, session.calibrator = engine, None
        session.engine_is_of_labels = engine is not None
    session.labels, session.pairs = labels, pairs
    session.result = session.view = None
    return labels


def _labels(given: Given) -> sc.Labels:
    if given.kind == "sample":
        return read_sample_labels()
    if given.content is None:
        raise sc.LabelsError("No file was chosen; choose a CSV of judged examples.")
    low, _, high = given.judged_on.partition("-")
    labels = sc.read_labels(
        given.content,
        scale=(float(low), float(high)) if high else None,
        contradictions=given.contradictions,
        limits=sc.PUBLIC,
    )
    if given.kind == "csv" and not has_texts(labels):
        raise sc.LabelsError(
            "The file has scores and no column 'text' or 'doc_id'; choose “Scores alone” above, or "
            "add the texts."
        )
    return labels


def require_labels(session: Session, kind: Kind) -> None:
    """Raise `LabelsError` where the form asks for the visitor's own labels and none are held."""
    if kind != "sample" and session.labels is None:
        raise sc.LabelsError(
            "Your labels are not here: not read yet, or gone with a change of collection, a "
            "restart or half an hour without a click; press “Read and check” first, or choose the "
            "sample's judgements there."
        )


def has_texts(labels: sc.Labels) -> bool:
    """Whether the labels name texts, in full or by id."""
    return bool(labels.texts or labels.doc_ids)


def _scored(
    page: Page, session: Session, given: Given, labels: sc.Labels, progress: sc.Progress
) -> tuple[sc.SearchEngine | None, sc.ScoredPairs]:
    """Return the engine that the visitor searches from now on, and the scored labels."""
    if given.kind == "scores":
        return session.engine, sc.score_pairs(labels, sc.BROUGHT_SCALES[given.scores_are])
    if given.kind == "sample":
        return None, page.sample_of(session).engine.score_labels(labels, progress)
    if labels.texts:
        texts = sc.Corpus.from_texts(list(dict.fromkeys(labels.texts)))
        sc.check_tokens(texts, page.sample_of(session).encoder, sc.PUBLIC)
    if labels.texts and not has_own_collection(session):
        engine = sc.SearchEngine.for_labels(labels, page.sample_of(session).encoder, progress)
        pairs = engine.score_labels(labels, progress)
        return engine, replace(pairs, corpus_from_labels=True)
    searched = session.engine if has_own_collection(session) else None
    return searched, (searched or page.sample_of(session).engine).score_labels(labels, progress)


def has_own_collection(session: Session) -> bool:
    """Whether the visitor brought a collection; one made of label texts is none."""
    return session.engine is not None and not session.engine_is_of_labels


def label_texts_words(session: Session) -> str:
    """Say that Search looks through the texts of the label file; empty where it does not."""
    if session.engine is None or has_own_collection(session):
        return ""
    texts = count(len(session.engine.corpus), "text")
    return (
        f"Search now looks through the {texts} of your label file; choose the sample there to go "
        "back."
    )


def findings_html(labels: sc.Labels, where: str = "") -> str:
    """Return the doctor's report, and what reading the labels changed in Search (plain text)."""
    items = "".join(_finding(each) for each in sc.diagnose(labels))
    items += f'<li class="warning">{escaped(where)}</li>' if where else ""
    return f'<div class="ss"><div class="card"><ul class="findings">{items}</ul></div></div>'


def _finding(finding: sc.Finding) -> str:
    return f'<li class="{finding.severity}">{escaped(finding.sentence)}</li>'
