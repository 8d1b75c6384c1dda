"""What Calibrate does to a workspace: labels read and scored, fits, files, calibrators from files.

Each function takes a workspace and returns a value; none changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import search_core as sc
from search_ui.sample import read_sample_labels
from search_ui.server.worker_processes import fit_apart
from search_ui.views.calibration import STARTING_LEVEL, view_calibration
from search_ui.visit.label_meaning import LabelMeaning
from search_ui.visit.work import Fit, OtherCollection, Reading, ScoredLabels
from search_ui.visit.workspace import Workspace

HITS = 10  # of a query, whose values are averaged
DECIMALS = 6  # of a predicted relevance in a CSV
UNCHECKED = "unchecked: the collection changed since the fit"

Kind = Literal["sample", "search", "csv", "scores"]


@dataclass(frozen=True)
class Given:
    """What the visitor chose in the form of the first step.

    Attributes
    ----------
    kind:
        The sample's labels, those given in Search, a CSV with texts or ids, or a CSV of scores.
    content:
        The uploaded file, if there is one; several files as a zip.
    meaning:
        What the labels mean, their scale, and which of them are relevant.
    contradictions:
        What to do where one pair has two labels.
    whose:
        Which scores to fit on, where a file has texts and scores.
    scores_are:
        The scale that the file's scores are on, by name; empty where it was not chosen.
    better:
        Which scores are better on a scale of the visitor's own; empty where it was not chosen.
    skip_faulty:
        Whether rows that cannot be read are left out.
    """

    kind: Kind
    content: bytes | None = None
    meaning: LabelMeaning = field(default_factory=LabelMeaning)
    contradictions: sc.Contradictions = "count"
    whose: sc.Whose = "yours"
    scores_are: str = ""
    better: str = ""
    skip_faulty: bool = False


def read_given(workspace: Workspace, given: Given, progress: sc.Progress) -> Reading:
    """Read labels and score them.

    Raises
    ------
    LabelsError
        No file, or one that cannot be used, with row, column and remedy; no hit marked in Search.
    """
    if given.kind == "sample":
        return Reading(_judged_sample(workspace, progress), None)
    if given.kind == "search":
        return _judged_in_search(workspace, progress)
    found = _read_file(given)
    labels = found.labels
    if given.kind == "scores":
        pairs = sc.score_pairs(labels, _scale(given, labels))
        return Reading(ScoredLabels(labels, pairs), workspace.own_engine)
    if not (labels.texts or labels.doc_ids):
        raise sc.LabelsError(
            "The file has scores and no column 'text' or 'doc_id'; choose “Scores alone” above, or "
            "add the texts."
        )
    own = None if labels.scores is None else _scale_beside_texts(given, labels)
    reading = _judged_texts(workspace, found, own, progress)
    return reading if own is None else _on_chosen_scores(workspace, reading, given.whose)


def _judged_texts(
    workspace: Workspace, found: sc.JudgedFiles, own: sc.ScoreScale | None, progress: sc.Progress
) -> Reading:
    """Score labels with texts or ids, in the collection that they are of."""
    labels = found.labels
    if found.corpus is not None:
        return _judged_files(workspace, labels, found.corpus, own, progress)
    if labels.texts and not workspace.has_chosen_collection:
        return _judged_alone(workspace, labels, own, progress)
    searched = workspace.own_engine if workspace.has_chosen_collection else None
    engine = searched or workspace.sample.engine
    pairs = engine.score_labels(labels, progress, own)
    return Reading(ScoredLabels(_with_unread(labels, engine), pairs), searched)


def _on_chosen_scores(workspace: Workspace, reading: Reading, whose: sc.Whose) -> Reading:
    """Keep the scores to fit on of those of the file and ours, and both to compare them."""
    judged = reading.judged
    both = judged.pairs
    if whose == "both":
        return replace(reading, judged=replace(judged, beside=both))
    if whose == "ours":
        ours = replace(judged, pairs=both.without_own_scores(), beside=both)
        return replace(reading, judged=ours)
    yours = replace(judged, pairs=both.own_scores_alone(), beside=both)
    return Reading(yours, workspace.own_engine)  # Search goes on as it was


def _scale_beside_texts(given: Given, labels: sc.Labels) -> sc.ScoreScale | None:
    """Return the scale of scores beside texts; None where they are not used and it is not known."""
    if given.whose == "ours" and (not given.scores_are or _lacks_direction(given)):
        return None
    return _scale(given, labels)


def _scale(given: Given, labels: sc.Labels) -> sc.ScoreScale:
    """Return the scale that the visitor chose for the file's scores.

    Raises
    ------
    LabelsError
        None was chosen, or no direction for one of the visitor's own.
    """
    if labels.scores is None:
        raise sc.LabelsError(
            "The file has no column 'score'; add one, or choose “A file with texts”."
        )
    if not given.scores_are:
        raise sc.LabelsError(
            f"{sc.propose_scale(labels).sentence} Choose what these scores are, then read again."
        )
    if _lacks_direction(given):
        words = sc.propose_scale(labels).labels_words
        raise sc.LabelsError(f"Choose which scores are better, higher or lower ones. {words}")
    is_other = given.scores_are == "other"
    return sc.brought_scale(given.scores_are, given.better if is_other else None)


def _lacks_direction(given: Given) -> bool:
    return given.scores_are == "other" and not given.better


def _judged_sample(workspace: Workspace, progress: sc.Progress) -> ScoredLabels:
    labels = read_sample_labels()
    pairs = workspace.sample.engine.score_labels(labels, progress)
    return ScoredLabels(labels, pairs, of_sample=True)


def _judged_in_search(workspace: Workspace, progress: sc.Progress) -> Reading:
    of_hits = workspace.work.hit_labels
    labels = of_hits.labels()
    pairs = workspace.engine.score_labels(labels, progress)
    judged = ScoredLabels(labels, pairs, of_hits=of_hits)
    return Reading(judged, workspace.own_engine, workspace.is_of_labels)


def judged_by_plan(workspace: Workspace) -> Reading:
    """Return the labels of the plan that the visitor answers.

    Raises
    ------
    LabelsError
        There is no plan, or no label yet.
    """
    judging = workspace.work.judging
    if judging is None:
        raise sc.LabelsError("There are no labels yet; choose pairs and label them first.")
    labels = judging.plan.labels()
    pairs = workspace.engine.score_labels(labels)
    return Reading(ScoredLabels(labels, pairs), workspace.own_engine, workspace.is_of_labels)


def _judged_alone(
    workspace: Workspace, labels: sc.Labels, own: sc.ScoreScale | None, progress: sc.Progress
) -> Reading:
    """Score labels on a collection of their own texts."""
    encoder = workspace.sample.encoder
    texts = sc.Corpus.from_texts(list(dict.fromkeys(labels.texts)))
    sc.check_tokens(texts, encoder, sc.PUBLIC)
    engine = sc.SearchEngine.for_labels(labels, encoder, progress)
    pairs = engine.score_labels(labels, progress, own)
    return Reading(ScoredLabels(_with_unread(labels, engine), pairs), engine, is_of_labels=True)


def _with_unread(labels: sc.Labels, engine: sc.SearchEngine) -> sc.Labels:
    """Return labels with a note of how many rows the model cannot read, if any."""
    said = engine.collection.unread_labels(labels)
    if not said:
        return labels
    reading = labels.reading
    return replace(labels, reading=replace(reading, notes=(*reading.notes, said)))


def _judged_files(
    workspace: Workspace,
    labels: sc.Labels,
    corpus: sc.Corpus,
    own: sc.ScoreScale | None,
    progress: sc.Progress,
) -> Reading:
    """Score labels on the collection that came with them, which becomes the visitor's."""
    encoder = workspace.sample.encoder
    engine = sc.SearchEngine.build(
        sc.check_tokens(corpus, encoder, sc.PUBLIC),
        encoder=encoder,
        progress=progress,
        known=workspace.own_engine,
    )
    return Reading(ScoredLabels(labels, engine.score_labels(labels, progress, own)), engine)


def outlined(content: bytes) -> sc.LabelOutline:
    """Return what an upload seems to say, before it is read.

    Raises
    ------
    LabelsError
        Nothing of it can be read.
    """
    if sc.holds_files(content):
        return sc.outline_judged_files(content, limits=sc.PUBLIC)
    return sc.outline_labels(content, limits=sc.PUBLIC)


def labels_in(content: bytes, meaning: LabelMeaning) -> sc.Labels:
    """Return what can be read of an upload, to tell what it holds before it is read for a fit.

    Raises
    ------
    LabelsError
        Nothing can.
    """
    return _read_file(Given("csv", content, meaning, skip_faulty=True)).labels


def _read_file(given: Given) -> sc.JudgedFiles:
    """Return the labels of the upload, and the collection that came with them, if one did."""
    if given.content is None:
        raise sc.LabelsError("No file was chosen; choose one with labels.")
    if sc.holds_files(given.content):
        return sc.read_judged_files(
            given.content,
            scale=given.meaning.scale,
            meanings=given.meaning.stated,
            relevant_from=given.meaning.relevant_from,
            limits=sc.PUBLIC,
            skip_faulty=given.skip_faulty,
        )
    labels = sc.read_labels(
        given.content,
        scale=given.meaning.scale,
        meanings=given.meaning.stated,
        relevant_from=given.meaning.relevant_from,
        contradictions=given.contradictions,
        limits=sc.PUBLIC,
        skip_faulty=given.skip_faulty,
    )
    return sc.JudgedFiles(labels, None, {})


def judged_for_fit(workspace: Workspace, kind: Kind, progress: sc.Progress) -> ScoredLabels:
    """Return the labels that a fit takes: the visitor's, or the sample's where these are chosen.

    Raises
    ------
    LabelsError
        The form asks for the visitor's own labels, or the collection is the visitor's own, and
        none are held.
    """
    judged = workspace.shown.judged
    if judged is not None:
        return judged
    if kind == "sample":
        if workspace.is_on_sample:
            return _judged_sample(workspace, progress)
        raise sc.LabelsError(
            "Your collection has no labels yet; bring some under “Labels”, or read the sample's "
            "labels there, which takes you back to the sample."
        )
    raise sc.LabelsError(
        "Your labels are not here: not read yet, or gone with a change of collection, a restart or "
        "half an hour without a click; press “Read and check” first, or choose the sample's "
        "labels there."
    )


def fit_judged(
    workspace: Workspace,
    judged: ScoredLabels,
    method: str,
    progress: sc.Progress,
    level: sc.Level = STARTING_LEVEL,
) -> Fit:
    """Fit on labels, and compute what the page shows of the fit; `level` decides what is shown.

    Raises
    ------
    CalibrationError
        The labels cannot be fitted, or not by this method.
    """
    result = fit_apart(judged.pairs, method, progress)
    engine = workspace.engine if judged.has_texts else None
    if result.pairs.rows == judged.pairs.rows:  # a worker process returns a copy
        result = replace(result, pairs=judged.pairs)
    view = view_calibration(
        result, judged.labels, engine, judged.of_sample, progress, judged.beside
    )
    found = Fit(result, view, level=level)
    return found.with_threshold(found.threshold) if judged.of_sample else found


def share_of_hits(workspace: Workspace) -> float:
    """Return the share relevant among live hits: the mean value of the first ten of each query.

    The values as fitted: hits are chosen by their score, which leaves what a score is worth alone.

    Raises
    ------
    CalibrationError
        There is no fit.
    """
    judged, fit = workspace.shown.judged, workspace.shown.fit
    if judged is None or fit is None:
        raise sc.CalibrationError("There is no fit of your own labels yet; press “Fit and test”.")
    engine = workspace.engine
    queries = list(dict.fromkeys(judged.labels.queries))[: sc.PUBLIC.trial_queries]
    rows = [
        {"query": hits.query, "doc_id": name}
        for hits in engine.search_many(queries, HITS)
        for name in hits.ids
    ]
    pairs = engine.score_labels(sc.labels_of(rows, judged=False))
    return float(fit.result.calibrator.predict(pairs).mean())


@dataclass(frozen=True)
class Applied:
    """A visitor's CSV with what a calibrator makes of it.

    Attributes
    ----------
    content:
        The CSV; its last columns are new.
    column:
        The name of the one with the predicted relevance.
    threshold:
        What decided the column `show`; None where there is no such column, for none holds.
    caution:
        That the collection has changed since the fit, and whether by more than was measured; empty
        where it has not.
    is_unchecked:
        Whether it has by more: then a column `caution` says so in each row.
    """

    content: str
    column: str
    threshold: sc.Threshold | None
    caution: str
    is_unchecked: bool


def apply_to_file(workspace: Workspace, content: bytes, progress: sc.Progress) -> Applied:
    """Return the visitor's CSV with the predicted relevance of each row, and whether to show it.

    Raises
    ------
    LabelsError
        The file cannot be used, with row, column and remedy.
    CalibrationError
        There is no calibrator for this collection.
    """
    serving = workspace.serving
    calibrator, threshold = serving.calibrator, serving.threshold
    if calibrator is None:
        raise sc.CalibrationError(
            "There is no calibrator for your collection yet; read labels of it and fit, or import "
            "a calibrator.json."
        )
    pairs = _pairs(workspace, calibrator, content, progress)
    table = sc.read_table(content, error=sc.LabelsError, limits=sc.PUBLIC)
    values = calibrator.predict(pairs)
    # Cut, not rounded: whoever filters this column by the threshold gets the rows of `show`.
    written = [sc.written_at_most(value, DECIMALS) for value in values.tolist()]
    added: dict[str, list[str]] = {calibrator.kind: written}
    if threshold is not None:
        shown = sc.shown_rows(threshold, values, pairs.queries, pairs.similarities)
        added["show"] = ["yes" if each else "no" for each in shown]
    change = change_words(workspace)
    is_unchecked = bool(change) and serving.accepts_change
    if is_unchecked:
        added["caution"] = [UNCHECKED] * len(values)
    column = len(table.columns)
    table = table.with_columns(added)
    text = sc.write_table(table.columns, table.cells)
    return Applied(text, table.columns[column], threshold, change, is_unchecked)


def change_words(workspace: Workspace) -> str:
    """Say how the collection of the blend in use has changed since its fit; empty for no change."""
    calibrator = workspace.serving.calibrator
    if calibrator is None or not calibrator.needs_engine:
        return ""
    return calibrator.collection_change(workspace.engine).sentence


def _pairs(
    workspace: Workspace, calibrator: sc.Calibrator, content: bytes, progress: sc.Progress
) -> sc.ScoredPairs:
    labels = sc.read_labels(content, limits=sc.PUBLIC, judged=False)
    if not calibrator.scale.source:
        if labels.scores is None:
            raise sc.LabelsError(
                f"This calibrator reads scores, {calibrator.scale.words}, and the file has no "
                "column 'score'; add one."
            )
        return sc.score_pairs(labels, calibrator.scale)
    return workspace.engine.score_labels(labels, progress, calibrator.own_scale)


def take_home_zip(workspace: Workspace) -> bytes:
    """Return the blend in use as a zip that runs, with its texts.

    Raises
    ------
    CalibrationError
        There is no calibrator in use, or it looks at the score alone.
    """
    serving = workspace.serving
    if serving.calibrator is None:
        raise sc.CalibrationError("There is no calibrator for your collection yet; fit one first.")
    corpus, caution = workspace.engine.corpus, change_words(workspace)
    return sc.take_home_zip(serving.calibrator, corpus, serving.level, caution)


def read_import(workspace: Workspace, content: str | bytes, *, anyway: bool) -> sc.Calibrator:
    """Read an exported calibrator that can serve here.

    Parameters
    ----------
    workspace, content:
        Where to, and the JSON.
    anyway:
        Whether a blend may serve a collection that changed more than was measured.

    Raises
    ------
    CalibrationError
        It is no calibrator; `OtherCollection` where a blend was fitted on another collection than
        the one in use.
    ScaleMismatch
        It was made with another encoder.
    """
    calibrator = sc.load_calibrator(content, limits=sc.PUBLIC)
    if calibrator.scale.source:
        calibrator.require(sc.COSINE.from_source(workspace.sample.encoder.fingerprint))
        if not anyway:
            require_measured(calibrator, workspace.engine)
    elif calibrator.needs_engine:
        raise sc.CalibrationError(
            "This blend reads texts, but not by which model; export it again where it was fitted."
        )
    return calibrator


def require_measured(calibrator: sc.Calibrator, engine: sc.SearchEngine) -> None:
    """Raise `OtherCollection` where a blend's collection changed more than was measured."""
    change = calibrator.collection_change(engine)
    if calibrator.needs_engine and not change.is_measured:
        raise OtherCollection(
            "This blend was fitted on another collection, where texts have other neighbours. "
            f"{change.sentence}"
        )
