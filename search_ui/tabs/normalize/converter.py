"""Which engine does your number come from: its cosine, and every other engine's number."""

from __future__ import annotations

import gradio as gr

import search_core as sc
from search_ui.page import Page
from search_ui.wording import arrow, error_notice, escaped, listed, number, percent
from search_ui.workspace import Workspace

SCORE, ENGINE = 0.73, "elasticsearch-cosine"
CHOICES = [(f"{record.system}: {record.setting}", name) for name, record in sc.ENGINES.items()]


def build_converter(page: Page, query: gr.Textbox, key: gr.State) -> None:
    """Lay out the converter, opened on a finished example, and connect its events."""
    gr.HTML(
        '<div class="ss section"><h2>Which engine does your number come from?</h2>'
        '<p class="soft">Every engine shows the same pair of texts as another number. Type yours.'
        "</p></div>",
        apply_default_css=False,
    )
    with gr.Row(elem_classes="converter"):
        score = gr.Number(SCORE, label="Your number", elem_id="engine-score", min_width=110)
        engine = gr.Dropdown(
            CHOICES, value=ENGINE, label="Engine and setting", scale=4, elem_id="engine-key",
            min_width=200,
        )  # fmt: skip
        convert = gr.Button("Convert", variant="primary", scale=0, min_width=96, elem_id="convert")
    converted = gr.HTML(converter_html(SCORE, ENGINE), apply_default_css=False, elem_id="converted")

    def _ui_convert(value: float | None, name: str, text: str, visitor: str | None) -> str:
        try:
            shown = converter_html(_given(value), name)
            return shown + falls_html(page.workspace(visitor), value or 0.0, name, text)
        except sc.SearchCoreError as error:
            return error_notice(error)

    converting = {
        "fn": _ui_convert,
        "inputs": [score, engine, query, key],
        "outputs": converted,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    convert.click(**converting)
    engine.input(**converting)
    score.submit(**converting)


def _given(value: float | None) -> float:
    if value is None:
        raise sc.InputError("No number was given; type the score that your engine showed.")
    return value


def converter_html(score: float, key: str) -> str:
    """Return the cosine behind an engine's number, and what every other engine would show.

    Raises
    ------
    InputError
        The engine cannot show this number, or nothing leads back from it.
    """
    record = sc.ENGINES[key]
    cosines = sc.to_cosine(score, key)
    known = listed([number(cosine, 3) for cosine in cosines], last="or")
    return (
        f'<div class="ss"><p class="find"><b>The cosine behind it is {known}.</b> '
        f"{escaped(record.trap)}</p>"
        f'<p class="soft"><code>{escaped(record.formula)}</code>, hence '
        f"<code>{escaped(record.inverse)}</code>. Source: {escaped(record.source)}.</p>"
        "<details><summary>What the other engines would show for this pair</summary>"
        f'<div class="card">{_table(cosines[0])}</div></details></div>'
    )


def _table(cosine: float) -> str:
    rows = "".join(_row(key, value) for key, value in sc.everywhere(cosine))
    return (
        '<table class="cards single"><thead><tr><th scope="col">Engine and setting</th>'
        '<th class="n" scope="col">shows</th><th class="n" scope="col">between</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(key: str, value: float) -> str:
    record = sc.ENGINES[key]
    low, high = record.bounds or (None, None)
    return (
        f'<tr><th class="whole" scope="row">{escaped(record.system)}, {escaped(record.setting)}'
        f'</th><td class="n" data-name="shows"><b>{number(value, 3)}</b> '
        f'{arrow(record.higher_is_better)}</td><td class="n" data-name="between">'
        f"{number(low)} and {number(high)}</td></tr>"
    )


def falls_html(workspace: Workspace, score: float, key: str, query: str) -> str:
    """Return where the cosine falls among this query's scores; nothing for a blank query."""
    if not query.strip():
        return ""
    cosine = sc.to_cosine(score, key)[0]
    share = workspace.engine.background(query).percentile(cosine)
    return (
        f'<p class="ss soft">For “{escaped(query)}”, a cosine of {number(cosine, 3)} stands above '
        f"{percent(share, 1)} of this collection’s documents.</p>"
    )
