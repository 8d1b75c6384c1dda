"""What stands where in the four steps; nothing here knows what happens on a click."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.tabs.calibrate import use
from search_ui.tabs.calibrate.applying import IN_SEARCH
from search_ui.tabs.calibrate.audit import audit_html
from search_ui.tabs.calibrate.base_rate import base_rate_html, can_move
from search_ui.tabs.calibrate.cut import cut_html
from search_ui.tabs.calibrate.path import STEPS, step_labels
from search_ui.tabs.calibrate.reading import findings_html
from search_ui.tabs.calibrate.verdict import reliability_html, verdict_html, worth_html

TABLES = [".csv", ".tsv", ".txt"]
STARTING_LEVEL: sc.Level = "query"
TARGETS, SHARES = (50, 99), (0.1, 99.9)  # what can be chosen, in percent
OPENING_TARGET = 0.6  # what the sample's best hits can promise; a visitor's labels get the default
PRIVACY = (
    '<div class="ss"><p class="soft privacy">Your file stays in memory, in this visit alone, and '
    "is gone half an hour after your last click.</p></div>"
)
_SOURCES = [
    ("The sample's judgements", "sample"),
    ("A CSV with texts", "csv"),
    ("Scores alone", "scores"),
]
_JUDGED_ON = [
    ("Recognise it", ""), ("0–1", "0-1"), ("0–3", "0-3"), ("0–5", "0-5"), ("1–5", "1-5"),
    ("0–10", "0-10"), ("0–100", "0-100"),
]  # fmt: skip
_CONTRADICTIONS = [
    ("Count each row", "count"),
    ("Leave the pair out", "leave_out"),
    ("Take the mean", "mean"),
]
_METHODS = {
    "auto": "Choose for me",
    "platt": "Logistic curve (Platt)",
    "linear": "Linear regression",
    "isotonic": "Isotonic regression",
    "centred_isotonic": "Centred isotonic",
    "beta": "Beta",
    "blend": "Blend of score, list, neighbours and words",
}
_SCALES = {
    "cosine": "cosine",
    "squared_l2": "squared L2 distance (FAISS)",
    "l2": "L2 distance",
    "inner_product": "inner product",
    "bm25": "BM25",
    "fused": "fused (RRF, hybrid)",
    "reranker_logit": "reranker logits",
    "squashed": "already between 0 and 1",
}
_EXAMPLES = {
    "csv": "query,text,relevance\nhow to descale a kettle,Boil vinegar in it once.,1\n"
    "how to descale a kettle,Kettles were first made of iron.,0",
    "scores": "query,score,relevance\nkettle,0.71,1\nkettle,0.32,0",
}


@dataclass(frozen=True)
class LabelStep:
    """Where the labels come from."""

    source: gr.Radio
    own: gr.Column
    example: gr.HTML
    file: gr.File
    judged_on: gr.Dropdown
    contradictions: gr.Dropdown
    scores_are: gr.Dropdown
    read: gr.Button
    cancel: gr.Button
    state: gr.HTML


@dataclass(frozen=True)
class CheckStep:
    """What the labels are like, and how to fit them."""

    findings: gr.HTML
    method: gr.Dropdown
    fit: gr.Button
    cancel: gr.Button
    state: gr.HTML


@dataclass(frozen=True)
class FitStep:
    """What the fit is worth."""

    verdict: gr.HTML
    simple: gr.Button
    fitted: gr.Column
    reliability: gr.HTML
    cut: gr.HTML
    target: gr.Slider
    level: gr.Radio
    worth: gr.HTML
    base_rate: gr.HTML
    share: gr.Slider
    estimate: gr.Button
    estimate_state: gr.HTML
    audit: gr.HTML
    to_use: gr.Button
    to_labels: gr.Button


@dataclass(frozen=True)
class UseStep:
    """Where the calibrator serves."""

    state: gr.HTML
    file: gr.File
    cancel: gr.Button
    applied: gr.HTML
    json: gr.HTML
    imported: gr.File
    import_state: gr.HTML
    anyway: gr.Button
    code: gr.Code


@dataclass(frozen=True)
class Steps:
    """The path, and its four steps."""

    path: gr.Tabs
    stones: tuple[gr.Tab, ...]
    labels: LabelStep
    check: CheckStep
    fit: FitStep
    use: UseStep


def lay_out(labels: sc.Labels, view: CalibrationView, calibrator: sc.Calibrator) -> Steps:
    """Lay out the four steps, opened on the fit of the sample's labels.

    Parameters
    ----------
    labels, view, calibrator:
        The sample's labels, the fit on them, and its calibrator.
    """
    words = step_labels(labels, view)
    with gr.Tabs(selected="fit", overflow_behavior="wrap", elem_id="calibrate-path") as path:
        stones = tuple(
            gr.Tab(label, id=name, elem_id=f"step-{name}")
            for name, label in zip(STEPS, words, strict=True)
        )
        with stones[0]:
            label_step = _lay_out_labels()
        with stones[1]:
            check_step = _lay_out_check(labels)
        with stones[2]:
            fit_step = _lay_out_fit(view)
        with stones[3]:
            use_step = _lay_out_use(calibrator)
    return Steps(path, stones, label_step, check_step, fit_step, use_step)


def _html(value: str = "", elem_id: str | None = None, visible: bool = True) -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, elem_id=elem_id, visible=visible)


def _cancel_button(elem_id: str) -> gr.Button:
    return gr.Button("Cancel", visible=False, elem_id=elem_id, scale=0, min_width=120)


def _lay_out_labels() -> LabelStep:
    _html(
        '<div class="ss"><p class="find"><b>Bring judged examples:</b> a query, a text, and how '
        "relevant the text is. A few hundred of them, over at least twenty queries, do.</p></div>"
    )
    source = gr.Radio(
        _SOURCES, value="sample", label="Where the labels come from", elem_id="label-source"
    )
    with gr.Column(visible=False) as own:
        example = _html(example_html("csv"), "label-example")
        file = gr.File(label="Your CSV", file_types=TABLES, elem_id="label-file", height=140)
        _html(PRIVACY)
        with gr.Row():
            judged_on = gr.Dropdown(
                _JUDGED_ON, value="", label="Scale that people judged on", min_width=240
            )
            contradictions = gr.Dropdown(
                _CONTRADICTIONS, value="count", label="Where one pair has two labels",
                min_width=240,
            )  # fmt: skip
            scores_are = gr.Dropdown(
                [(_SCALES.get(name, name), name) for name in sc.BROUGHT_SCALES],
                value="cosine", label="What the scores are", visible=False, elem_id="scores-are",
                min_width=240,
            )  # fmt: skip
    state = _html(elem_id="label-state")
    with gr.Row(elem_classes="actions"):
        read = gr.Button(
            "Read and check", variant="primary", elem_id="read-labels", scale=0, min_width=180
        )
        cancel = _cancel_button("cancel-labels")
    return LabelStep(
        source, own, example, file, judged_on, contradictions, scores_are, read, cancel, state
    )


def example_html(kind: str) -> str:
    """Show what a file of this kind looks like."""
    return (
        '<div class="ss"><p class="soft">It looks like this; the columns may stand in any order, '
        f"and others are carried along.</p><pre>{_EXAMPLES[kind]}</pre></div>"
    )


def _lay_out_check(labels: sc.Labels) -> CheckStep:
    findings = _html(findings_html(labels), "findings")
    method = gr.Dropdown(
        [(_METHODS[name], name) for name in sc.METHODS], value="auto", label="Method",
        info="All but the blend look at the score alone and keep the order of hits.",
        elem_id="method",
    )  # fmt: skip
    state = _html(elem_id="fit-state")
    with gr.Row(elem_classes="actions"):
        fit = gr.Button("Fit and test", variant="primary", elem_id="fit", scale=0, min_width=180)
        cancel = _cancel_button("cancel-fit")
    return CheckStep(findings, method, fit, cancel, state)


def _lay_out_fit(view: CalibrationView) -> FitStep:
    verdict = _html(verdict_html(view), "verdict")
    simple = gr.Button(
        "Fit the simple curve instead", visible=offers_simple(view), elem_id="simple", scale=0
    )
    with gr.Column(elem_id="fitted") as fitted:
        with gr.Row(elem_classes="two"):
            with gr.Column(min_width=320):
                reliability = _html(reliability_html(view), "reliability")
            with gr.Column(min_width=320):
                cut = _html(cut_html(view, view.cut(OPENING_TARGET, STARTING_LEVEL)), "cut")
                target, level = _cut_controls(OPENING_TARGET)
        worth = _html(worth_html(view), "worth")
        base_rate = _html(base_rate_html(view, view.report.mean), "base-rate")
        share = share_slider(view)
        estimate = gr.Button(
            "What share of the hits is relevant?",
            visible=can_estimate(view),
            elem_id="estimate",
            scale=0,
        )
        estimate_state = _html(elem_id="estimate-state")
        audit = _html(audit_html(view), "audit")
        with gr.Row(elem_classes="actions"):
            to_use, to_labels = _way_on()
    return FitStep(
        verdict, simple, fitted, reliability, cut, target, level, worth, base_rate, share, estimate,
        estimate_state, audit, to_use, to_labels,
    )  # fmt: skip


def _way_on() -> tuple[gr.Button, gr.Button]:
    return (
        gr.Button("Use it", variant="primary", elem_id="to-use", scale=0, min_width=140),
        gr.Button("Bring your own labels", elem_id="to-labels", scale=0, min_width=200),
    )


def _cut_controls(target: float) -> tuple[gr.Slider, gr.Radio]:
    slider = gr.Slider(
        *TARGETS, value=100 * target, step=1, elem_id="target",
        label="Share that must be relevant, in percent",
    )  # fmt: skip
    level = gr.Radio(
        [("of the best hits shown, one a query", "query"), ("of all hits shown", "row")],
        value=STARTING_LEVEL, label="Counted over", elem_id="level",
    )  # fmt: skip
    return slider, level


def offers_simple(view: CalibrationView) -> bool:
    """Whether the verdict says that the simple curve will do."""
    return view.report.verdict.kind == "no gain"


def can_estimate(view: CalibrationView) -> bool:
    """Whether the share relevant among live hits can be told: scores without texts have none."""
    return can_move(view) and bool(view.worth)


def share_slider(view: CalibrationView) -> gr.Slider:
    """Return the slider of the share relevant in use, at its base."""
    return gr.Slider(
        *SHARES, value=round(100 * view.report.mean, 1), step=0.1, visible=can_move(view),
        label="Share relevant in use, in percent", elem_id="share",
    )  # fmt: skip


def _lay_out_use(calibrator: sc.Calibrator) -> UseStep:
    state = _html(use.use_html(calibrator, IN_SEARCH), "use-state")
    with gr.Row(elem_classes="two"):
        with gr.Column(min_width=320):
            _html(
                _heading("On a CSV", "Pairs like the labels, without relevance; a column is added.")
            )
            file = gr.File(
                label="A CSV to state values for", file_types=TABLES, elem_id="apply-file",
                height=140,
            )  # fmt: skip
            _html(PRIVACY)
            applied = _html(elem_id="applied")
            cancel = _cancel_button("cancel-apply")
        with gr.Column(min_width=320):
            _html(_heading("As JSON", "Keep it, give it away, bring it back."))
            json = _html(use.json_html(calibrator), "json")
            imported = gr.File(
                label="A calibrator.json to use here", file_types=[".json"], elem_id="import-file",
                height=140,
            )  # fmt: skip
            import_state = _html(elem_id="import-state")
            anyway = gr.Button("Apply anyway", visible=False, elem_id="anyway", scale=0)
    _html(_heading("In your code", "States the same values on your side."))
    code = gr.Code(
        use.snippet(calibrator), language="python", label="calibrated.py", interactive=False,
        elem_id="snippet", buttons=["copy"], wrap_lines=True, max_lines=24,
    )  # fmt: skip
    return UseStep(state, file, cancel, applied, json, imported, import_state, anyway, code)


def _heading(name: str, words: str) -> str:
    return f'<div class="ss"><h2>{name}</h2><p class="soft">{words}</p></div>'
