"""Calibrate: labels, check, fit, use: from judged examples to a number one can act on."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import gradio as gr

import search_core as sc
from search_core.calibrate.fit import METHODS, feature_worth
from search_core.calibrate.thresholds import query_threshold, row_threshold, threshold_curve
from search_core.label_doctor import Finding, diagnose
from search_core.limits import PUBLIC
from search_core.scale import BROUGHT_SCALES
from search_core.tables import write_table
from search_ui.charts.feature_table import feature_worth as worth_chart
from search_ui.charts.reliability import reliability
from search_ui.charts.threshold import threshold_curve as threshold_chart
from search_ui.page import Page
from search_ui.sample import EXAMPLES
from search_ui.sessions import Session, Stopped
from search_ui.wording import count, error_notice, escaped, notice, number, percent

STEPS = ("Labels", "Check", "Fit", "Use")
METHOD_LABELS = {
    "auto": "Choose for me",
    "platt": "Logistic curve (Platt)",
    "linear": "Linear regression",
    "isotonic": "Isotonic regression",
    "centred_isotonic": "Centred isotonic",
    "beta": "Beta",
    "blend": "Blend of score, list, neighbours and words",
}
ANY_SCALE = [("0–3", "0-3"), ("0–5", "0-5"), ("1–5", "1-5"), ("0–10", "0-10"), ("0–100", "0-100")]


def steps_html(session: Session | None) -> str:
    """Return the path of four steps, with what was done in each."""
    labels = session.labels if session else None
    result = session.result if session else None
    told = (
        f"{count(len(labels), 'judgement')} of {count(len(set(labels.queries)), 'query', 'queries')}"
        if labels
        else "the sample's, a CSV, or scores alone",
        _check_words(labels) if labels else "what the file is like",
        f"{result.calibrator.method.replace('_', ' ')}, tested on queries it never saw"
        if result
        else "tested on queries it never saw",
        "search, CSV, JSON",
    )
    done = (labels is not None, labels is not None, result is not None, False)
    items = "".join(
        f'<li class="{"done" if is_done else "open"}"><b>{n} {name}</b>{escaped(words)}</li>'
        for n, (name, words, is_done) in enumerate(zip(STEPS, told, done, strict=True), start=1)
    )
    return f'<div class="ss"><ol class="steps">{items}</ol></div>'


def _check_words(labels: sc.Labels) -> str:
    reading = labels.reading
    differing = count(len(reading.contradictions), "contradiction")
    return f"{differing}, {count(reading.duplicates, 'duplicate')}"


def findings_html(findings: Sequence[Finding]) -> str:
    """Return the doctor's report."""
    items = "".join(
        f'<li class="{finding.severity}">{escaped(finding.sentence)}</li>' for finding in findings
    )
    return f'<div class="ss card"><ul class="findings">{items}</ul></div>'


def result_html(result: sc.CalibrationResult) -> str:
    """Return the verdict, the figures and the reliability diagram."""
    report = result.report
    lead, _, rest = report.verdict.sentence.partition(":")
    verdict = f"<b>{escaped(lead)}:</b>{escaped(rest)}" if rest else f"<b>{escaped(lead)}</b>"
    figures = (
        (
            number(report.log_loss, 3),
            f"log-loss, always the average {number(report.log_loss_constant, 3)}",
        ),
        (percent(report.ece, 1), f"calibration error, chance alone {percent(report.ece_null, 1)}"),
        (number(report.auc), f"AUC, score alone {number(report.auc_score)}"),
        (number(report.ndcg_after), f"nDCG@10, score alone {number(report.ndcg_before)}"),
        (number(report.r2), "R², share of the variation explained"),
    )
    shown = "".join(f"<div><b>{value}</b><small>{words}</small></div>" for value, words in figures)
    low, high = report.intervals["log_loss"]
    notes = " ".join(report.notes)
    return (
        f'<div class="ss"><p class="find">{verdict}</p>'
        f'<p class="soft">{escaped(result.chosen_because)} All figures are on queries that the fit '
        f"never saw; the log-loss lies between {number(low, 3)} and {number(high, 3)} in 90 of 100 "
        f'such sets of queries. {escaped(notes)}</p><div class="figures">{shown}</div>'
        f'<div class="card">{_reliability(result)}</div>{_how_to_read()}</div>'
    )


def _reliability(result: sc.CalibrationResult) -> str:
    curve = result.report.curve
    return reliability(
        curve.stated,
        curve.judged,
        band=(curve.band_stated, curve.band_lower, curve.band_upper),
        predictions=result.out_of_fold,
        graded=result.report.graded,
    )


def _how_to_read() -> str:
    return (
        "<details><summary>How to read this</summary><p>Along the bottom stands what the "
        "calibrator stated, upwards what people judged. On the diagonal both agree. The grey band "
        "shows where the line of a perfect calibrator would wander with this many labels: inside "
        "it, nothing can be held against the calibrator. The small bars beneath count how often "
        "each value was stated.</p></details>"
    )


def threshold_html(result: sc.CalibrationResult, target: float, level: str) -> str:
    """Return the cut for a target with its guarantee, or the answer that there is none."""
    y, queries, p = result.pairs.relevance, result.pairs.queries, result.out_of_fold
    find = query_threshold if level == "query" else row_threshold
    cut = find(p, y, queries, target)
    cuts, right, found = threshold_curve(p, y)
    chart = threshold_chart(cuts, right, found, chosen=cut.value)
    whom = "queries whose best hit is shown" if level == "query" else "hits that are shown"
    if cut.value is None:
        needed = (
            f" About {cut.labels_needed:,} would be needed if the precision seen held."
            if cut.labels_needed
            else " More labels alone would not help: the precision seen lies below the target."
        )
        sentence = (
            f"<b>No threshold reaches {percent(target)} with these labels.</b> The best that can "
            f"be promised is {percent(cut.bound)}, for the first {cut.count:,}.{needed}"
        )
    else:
        sentence = (
            f"<b>Show at {number(cut.value)} and above.</b> At least {percent(target)} of the "
            f"{whom} are relevant, at {percent(cut.confidence)} confidence; {percent(cut.precision)} "
            f"were among the labels. It keeps {percent(cut.share)} of all, and finds "
            f"{percent(cut.recall)} of what is relevant."
        )
    return (
        f'<div class="ss"><p class="find">{sentence}</p><p class="soft">The promise is for queries '
        "like the labelled ones, nominal and checked by simulation.</p>"
        f'<div class="card">{chart}</div></div>'
    )


def worth_html(pairs: sc.ScoredPairs) -> str:
    """Return what each group of features is worth on unseen queries."""
    worth = feature_worth(pairs)
    chart = worth_chart([each.group for each in worth], [each.log_loss for each in worth])
    return f'<div class="ss card">{chart}</div>'


def read_and_score(
    page: Page,
    session: Session,
    source: str,
    path: str | None,
    scale: str | None,
    brought: str,
    contradictions: str,
    progress: sc.Progress,
) -> tuple[Finding, ...]:
    """Read labels into the visitor's session, score them and return the doctor's report."""
    if source != "sample" and path is None:
        raise sc.LabelsError("No file was chosen; choose a CSV of judged examples.")
    declared = tuple(float(end) for end in scale.split("-")) if scale else None
    labels = sc.read_labels(
        EXAMPLES / "judgements.csv" if source == "sample" else str(path),
        scale=(0, 3) if source == "sample" else declared,  # type: ignore[arg-type]
        contradictions=contradictions,  # type: ignore[arg-type]
        limits=None if source == "sample" else PUBLIC,
    )
    session.pairs = _pairs(page, session, source, labels, brought, progress)
    session.labels, session.result = labels, None
    return diagnose(labels)


def _pairs(
    page: Page,
    session: Session,
    source: str,
    labels: sc.Labels,
    brought: str,
    progress: sc.Progress,
) -> sc.ScoredPairs:
    if source == "scores" or not (labels.texts or labels.doc_ids):
        return sc.score_pairs(labels, BROUGHT_SCALES[brought])
    if source == "sample":
        return page.sample().engine.score_labels(labels, progress)
    if session.engine is None and labels.texts:
        # No collection of the visitor's own: the file's texts stand for it.
        session.engine = sc.SearchEngine.for_labels(labels, page.sample().encoder, progress)
        pairs = session.engine.score_labels(labels, progress)
        return replace(pairs, corpus_from_labels=True)
    return page.engine(session).score_labels(labels, progress)


def apply_to_file(page: Page, session: Session, path: str) -> str:
    """Return the visitor's CSV with one more column: the calibrated value."""
    if session.result is None:
        raise sc.CalibrationError("There is no calibrator yet; fit one first.")
    calibrator = session.result.calibrator
    labels = sc.read_labels(path, limits=PUBLIC, judged=False)
    if labels.texts or labels.doc_ids:
        pairs = page.engine(session).score_labels(labels)
    else:
        pairs = sc.score_pairs(labels, calibrator.scale)
    values = calibrator.predict(pairs)
    columns: dict[str, Sequence[object]] = {"query": labels.queries}
    columns |= {"text": labels.texts} if labels.texts else {}
    columns |= {"doc_id": labels.doc_ids} if labels.doc_ids else {}
    columns |= {"score": labels.scores.tolist()} if labels.scores is not None else {}
    columns |= dict(labels.extra)
    columns[calibrator.kind] = [f"{value:.6f}" for value in values]
    return write_table(list(columns), list(zip(*columns.values(), strict=True)))


def build_calibrate_tab(page: Page, key: gr.State) -> None:
    """Lay out the four steps and connect their events."""
    steps = gr.HTML(steps_html(None), apply_default_css=False, elem_id="steps")
    gr.HTML(
        '<div class="ss"><h2>1 Labels</h2><p class="soft">Judged examples: a query, a text, and '
        "how relevant the text is. A few hundred of them, over at least twenty queries, do. Your "
        "file stays in memory, in this visit alone.</p></div>",
        apply_default_css=False,
    )
    source = gr.Radio(
        [
            ("The sample's judgements", "sample"),
            ("A CSV: query, text or doc_id, relevance", "csv"),
            ("A CSV of scores alone: query, score, relevance", "scores"),
        ],
        value="sample", label="Where the labels come from", elem_id="label-source",
    )  # fmt: skip
    upload = gr.File(
        label="Your CSV", file_types=[".csv", ".tsv", ".txt"], visible=False, elem_id="label-file"
    )
    with gr.Row(visible=False) as options:
        scale = gr.Dropdown(
            [("Recognise it", ""), *ANY_SCALE], value="", label="Scale people judged on"
        )
        contradictions = gr.Dropdown(
            [("Leave the pair out", "leave_out"), ("Take the mean", "mean")],
            value="leave_out", label="Where one pair has two labels",
        )  # fmt: skip
        brought = gr.Dropdown(
            list(BROUGHT_SCALES), value="cosine", label="What the scores are", visible=False
        )
    with gr.Row():
        read = gr.Button("Read and check", variant="primary", elem_id="read-labels")
        cancel = gr.Button("Cancel", elem_id="cancel-labels")
    gr.HTML('<div class="ss"><h2>2 Check</h2></div>', apply_default_css=False)
    findings = gr.HTML(
        '<p class="ss soft">What the file is like is said here, row by row where something is '
        "wrong.</p>",
        apply_default_css=False, elem_id="findings",
    )  # fmt: skip
    gr.HTML('<div class="ss"><h2>3 Fit</h2></div>', apply_default_css=False)
    with gr.Row(equal_height=True):
        method = gr.Dropdown(
            [(METHOD_LABELS[name], name) for name in METHODS], value="auto", label="Method",
            elem_id="method",
        )  # fmt: skip
        fit = gr.Button("Fit and check", variant="primary", elem_id="fit")
    verdict = gr.HTML(apply_default_css=False, elem_id="verdict")
    with gr.Column(visible=False) as after:
        gr.HTML('<div class="ss"><h2>A cut to act on</h2></div>', apply_default_css=False)
        with gr.Row():
            target = gr.Slider(0.5, 0.99, value=0.8, step=0.01, label="Share that must be relevant")
            level = gr.Radio(
                [("of the hits shown", "row"), ("of the queries answered", "query")],
                value="query", label="Counted over", elem_id="level",
            )  # fmt: skip
        threshold = gr.HTML(apply_default_css=False, elem_id="threshold")
        worth = gr.HTML(apply_default_css=False, elem_id="worth")
        gr.HTML(
            '<div class="ss"><h2>4 Use</h2><p>Search now shows this calibrator\'s values beside '
            "every hit. Or take it with you.</p></div>",
            apply_default_css=False,
        )
        with gr.Row():
            download = gr.DownloadButton("Download as JSON", elem_id="download-json")
            table = gr.File(
                label="A CSV to state values for", file_types=[".csv", ".tsv"], elem_id="apply-file"
            )
            applied = gr.DownloadButton("Download the CSV", visible=False, elem_id="download-csv")
        used = gr.HTML(apply_default_css=False, elem_id="use-state")

    def _ui_show_inputs(chosen: str) -> tuple[object, ...]:
        own = chosen != "sample"
        return gr.update(visible=own), gr.update(visible=own), gr.update(visible=chosen == "scores")

    def _ui_read_labels(
        chosen: str, path: str | None, judged_on: str, differing: str, scores_are: str,
        visitor: str, progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> tuple[str, str]:  # fmt: skip
        session = page.sessions.of(visitor)
        try:
            found = read_and_score(
                page, session, chosen, path, judged_on or None, scores_are, differing,
                session.progress(progress),
            )  # fmt: skip
        except Stopped:
            return steps_html(session), notice("Stopped; nothing was changed.")
        except sc.SearchCoreError as error:
            return steps_html(session), error_notice(error)
        return steps_html(session), findings_html(found)

    def _ui_fit(
        name: str,
        wanted: float,
        over: str,
        visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> tuple[object, ...]:
        session = page.sessions.of(visitor)
        nothing = (gr.update(), gr.update(), gr.update())
        if session.pairs is None:
            return (
                steps_html(session),
                notice("There are no labels yet; press “Read and check” first."),
                *nothing,
            )
        try:
            result = sc.fit_calibrator(session.pairs, name, progress=session.progress(progress))
            worth_shown = worth_html(result.pairs) if len(result.pairs.feature_names) > 1 else ""
        except Stopped:
            return steps_html(session), notice("Stopped; nothing was changed."), *nothing
        except sc.SearchCoreError as error:
            return steps_html(session), error_notice(error), *nothing
        session.result = result
        if result.calibrator.scale.name == "cosine":
            session.calibrator = result.calibrator
        return (
            steps_html(session),
            result_html(result),
            gr.update(visible=True),
            threshold_html(result, wanted, over),
            worth_shown,
        )

    def _ui_threshold(wanted: float, over: str, visitor: str) -> object:
        result = page.sessions.of(visitor).result
        return gr.update() if result is None else threshold_html(result, wanted, over)

    def _ui_download(visitor: str) -> str | None:
        result = page.sessions.of(visitor).result
        return None if result is None else _file("calibrator.json", result.calibrator.to_json())

    def _ui_apply(path: str | None, visitor: str) -> tuple[object, str]:
        if path is None:
            return gr.update(visible=False), ""
        try:
            text = apply_to_file(page, page.sessions.of(visitor), path)
        except sc.SearchCoreError as error:
            return gr.update(visible=False), error_notice(error)
        done = notice("The values stand in the last column.", "done")
        return gr.update(value=_file("calibrated.csv", text), visible=True), done

    def _ui_cancel(visitor: str) -> None:
        page.sessions.of(visitor).stopping.set()

    private = {"api_visibility": "private"}
    heavy = {**private, "trigger_mode": "once", "concurrency_limit": 2, "concurrency_id": "heavy"}
    source.change(
        _ui_show_inputs, source, [upload, options, brought], show_progress="hidden", **private
    )
    read.click(
        _ui_read_labels, [source, upload, scale, contradictions, brought, key], [steps, findings],
        **heavy,
    )  # fmt: skip
    cancel.click(_ui_cancel, key, None, queue=False, **private)
    fit.click(
        _ui_fit, [method, target, level, key], [steps, verdict, after, threshold, worth], **heavy
    ).then(_ui_download, key, download, show_progress="hidden", **private)
    for change in (target.release, level.change):
        change(_ui_threshold, [target, level, key], threshold, show_progress="hidden", **private)
    table.change(_ui_apply, [table, key], [applied, used], **private)


def _file(name: str, text: str) -> str:
    """Write a download; the server hands it out once and cleans its folder by itself."""
    folder = Path(tempfile.mkdtemp(prefix="score-sense-"))
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)
