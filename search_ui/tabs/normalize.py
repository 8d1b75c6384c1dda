"""Normalize: the same hits under every reading, side by side, and where each reading misleads."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

import search_core as sc
from search_core.limits import PUBLIC
from search_core.normalizers.engines import everywhere
from search_core.normalizers.registry import Normalizer, at_depths, moved
from search_ui.charts.stability import k_stability
from search_ui.charts.two_queries import two_backgrounds
from search_ui.page import Page
from search_ui.tabs.search import SearchTab
from search_ui.wording import count, error_notice, escaped, listed, number, shortened

NONSENSE = "purple ladder sings algebra to the wet spoon"
DEPTHS = (5, 10, 20, 35, 50)
WATCHED = 3  # the hit whose readings are followed: the first one is 1.00 at any depth
SIDE_BY_SIDE = ("raw", "inverse_distance", "minmax", "zscore", "percentile", "chance")
READINGS = tuple((record.label, name) for name, record in sc.NORMALIZERS.items())


@dataclass(frozen=True)
class Readings:
    """One query's hits under every reading: `values[name][id]`."""

    hits: sc.Hits
    background: object
    values: dict[str, dict[str, float]]
    changed: dict[str, tuple[str, ...]]


def read_every_way(engine: sc.SearchEngine, query: str, k: int) -> Readings:
    """Search once and read the hits with every normalizer; what cannot be read is left out."""
    hits, background = engine.search(query, k=k), engine.background(query)
    values, changed = {}, {}
    for name in sc.NORMALIZERS:
        try:
            read = sc.normalize(hits, name, background=background)
        except sc.SearchCoreError:
            continue  # too few documents for this reading; its column shows a dash
        values[name] = dict(zip(read.ids, read.scores.tolist(), strict=True))
        changed[name] = tuple(moved(hits, read))
    return Readings(hits, background, values, changed)


def table_html(readings: Readings, nonsense: Readings, chosen: str) -> str:
    """Return the table: a row a hit, a column a reading, and what a nonsense query would get."""
    names = [*SIDE_BY_SIDE, *([] if chosen in SIDE_BY_SIDE else [chosen])]
    head = "".join(
        f'<th class="n{_mark(name, chosen)}" scope="col">{escaped(sc.NORMALIZERS[name].label)}</th>'
        for name in names
    )
    rows = "".join(
        f'<tr><td class="whole">{place}. {escaped(shortened(text, 90))}</td>'
        + "".join(_cell(readings, name, hit, chosen) for name in names)
        + "</tr>"
        for place, (hit, text) in enumerate(
            zip(readings.hits.ids, readings.hits.texts, strict=True), start=1
        )
    )
    best = nonsense.hits.ids[0]
    rows += (
        f'<tr class="soft"><td class="whole">Best hit of nonsense (“{escaped(NONSENSE)}”)</td>'
        + "".join(_cell(nonsense, name, best, chosen) for name in names)
        + "</tr>"
    )
    return (
        f'<div class="ss"><p class="find">{_finding(readings, nonsense)}</p>'
        f'<div class="card wide-table"><table class="cards"><thead><tr><th scope="col">Hit</th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _mark(name: str, chosen: str) -> str:
    return " chosen" if name == chosen else ""


def _cell(readings: Readings, name: str, hit: str, chosen: str) -> str:
    label = escaped(sc.NORMALIZERS[name].label)
    value = readings.values.get(name, {}).get(hit)
    return f'<td class="n{_mark(name, chosen)}" data-name="{label}">{_short(name, value)}</td>'


def _short(name: str, value: float | None) -> str:
    if name == "chance" and value is not None:
        return f"1 in {round(1 / value):,}" if value < 0.5 else number(value)
    return number(value, 3 if name == "percentile" else 2)


def _finding(readings: Readings, nonsense: Readings) -> str:
    best, silly = readings.hits.ids[0], nonsense.hits.ids[0]
    same = number(nonsense.values["minmax"][silly])
    cosine = number(float(nonsense.hits.cosines()[0]))
    mine = number(float(readings.hits.cosines()[0]))
    return (
        f"<b>Min-max gives the best hit {number(readings.values['minmax'][best])}, and gives "
        f"nonsense {same} too.</b> By cosine the two are {mine} and {cosine}. Read across: one "
        "pair of texts, one row, many numbers."
    )


def card_html(record: Normalizer, readings: Readings) -> str:
    """Return the card of one reading: formula, what it keeps and loses, when to use it."""
    changed = readings.changed.get(record.name, ())
    order = (
        "keeps the order of hits"
        if record.keeps_order
        else "may change the order; here "
        + (f"{count(len(changed), 'hit')} changed rank" if changed else "no hit changed rank")
    )
    facts = (
        ("Formula", f"<code>{escaped(record.formula)}</code>"),
        ("Keeps", escaped(record.keeps)),
        ("Loses", escaped(record.loses)),
        ("Use it", escaped(record.when)),
        ("Order", order),
        ("Source", escaped(record.source)),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts)
    return f'<div class="ss"><div class="card"><h2>{escaped(record.label)}</h2><dl>{rows}</dl></div></div>'


def stability_html(engine: sc.SearchEngine, query: str) -> str:
    """Return how min-max and z-score of one hit move when more hits are asked for."""
    deepest = engine.search(query, k=DEPTHS[-1])
    depths = [depth for depth in DEPTHS if depth <= len(deepest)] or [len(deepest)]
    watched = min(WATCHED, len(deepest)) - 1
    hit = deepest.ids[watched]
    readings = {
        sc.NORMALIZERS[name].label: [
            values[hit] for values in at_depths(deepest, depths, name).values()
        ]
        for name in ("minmax", "zscore")
    }
    chart = k_stability(depths, readings)
    return (
        f'<div class="ss"><p class="soft">Hit {watched + 1}, “'
        f"{escaped(shortened(deepest.texts[watched], 80))}”, keeps its cosine of "
        f"{number(float(deepest.cosines()[watched]))}.</p>"
        f'<div class="card">{chart}</div></div>'
    )


def converter_html(score: float, key: str) -> str:
    """Return the cosine behind an engine's number, and what other engines would show."""
    record = sc.ENGINES[key]
    cosines = sc.to_cosine(score, key)
    known = listed([number(cosine, 3) for cosine in cosines], last="or")
    rows = "".join(
        f"<tr><td>{escaped(sc.ENGINES[other].system)}, {escaped(sc.ENGINES[other].setting)}</td>"
        f'<td class="n"><b>{number(value, 3)}</b> '
        f"{'↑' if sc.ENGINES[other].higher_is_better else '↓'}</td></tr>"
        for other, value in everywhere(cosines[0])
    )
    return (
        f'<div class="ss"><p class="find"><b>The cosine behind it is {known}.</b> '
        f"{escaped(record.trap)}</p><details><summary>What the other engines would show for this "
        f'pair</summary><div class="card"><table>{rows}</table></div></details></div>'
    )


def build_normalize_tab(page: Page, search: SearchTab, tab: gr.Tab, key: gr.State) -> None:
    """Lay out the tab and connect its events."""
    with gr.Row(equal_height=True):
        query = gr.Textbox(
            page.opening.query, label="Your question", show_label=False, container=False, scale=6,
            elem_classes="ask", elem_id="normalize-query", max_length=PUBLIC.query_characters,
        )  # fmt: skip
        read = gr.Button("Read", variant="primary", scale=1, min_width=120)
    chosen = gr.Dropdown(
        list(READINGS), value="minmax", label="Reading to explain", elem_id="normalizer"
    )
    problem = gr.HTML(visible=False, apply_default_css=False)
    table = gr.HTML(
        '<p class="ss soft">The readings appear as soon as the model is loaded.</p>',
        apply_default_css=False, elem_id="readings",
    )  # fmt: skip
    card = gr.HTML(apply_default_css=False, elem_id="reading-card")
    gr.HTML('<div class="ss"><h2>The same hits, when more hits are asked for</h2></div>')
    stability = gr.HTML(apply_default_css=False, elem_id="stability")
    with gr.Accordion("Compare two queries: the same score does not mean the same", open=False):
        other = gr.Textbox("A canine plays", label="A second query", elem_id="second-query")
        compare = gr.Button("Compare", variant="primary")
        compared = gr.HTML(apply_default_css=False, elem_id="compared")
    _build_converter()

    def _ui_read(text: str, k: float, name: str, visitor: str) -> tuple[object, ...]:
        try:
            engine = page.engine(page.sessions.of(visitor))
            readings = read_every_way(engine, text, int(k))
            nonsense = read_every_way(engine, NONSENSE, int(k))
            shown = (
                table_html(readings, nonsense, name),
                card_html(sc.NORMALIZERS[name], readings),
                stability_html(engine, text),
            )
        except sc.SearchCoreError as error:
            return (*[gr.update()] * 3, gr.update(value=error_notice(error), visible=True))
        return (*shown, gr.update(value="", visible=False))

    def _ui_compare(one: str, two: str, visitor: str) -> str:
        try:
            return compared_html(page.engine(page.sessions.of(visitor)), one, two)
        except sc.SearchCoreError as error:
            return error_notice(error)

    reading = {
        "fn": _ui_read,
        "inputs": [query, search.k, chosen, key],
        "outputs": [table, card, stability, problem],
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    tab.select(
        lambda text: text, search.query, query, api_visibility="private", show_progress="hidden"
    ).then(**reading)
    read.click(**reading)
    query.submit(**reading)
    chosen.input(**reading)
    compare.click(_ui_compare, [query, other, key], compared, api_visibility="private")


def compared_html(engine: sc.SearchEngine, one: str, two: str) -> str:
    """Return both queries' backgrounds over each other, with one score marked under both."""
    first, second = engine.background(one), engine.background(two)
    score = float(engine.search(one, k=1).cosines()[0])
    chart = two_backgrounds(
        first.cosines.tolist(), second.cosines.tolist(), score, names=(one, two)
    )
    words = [
        f"under “{escaped(shortened(query, 60))}” a cosine of {number(score)} stands above "
        f"{100 * background.percentile(score):.1f}% of the collection"
        for query, background in ((one, first), (two, second))
    ]
    return f'<div class="ss"><p>{words[0].capitalize()}; {words[1]}.</p><div class="card">{chart}</div></div>'


def _build_converter() -> None:
    gr.HTML(
        '<div class="ss"><h2>Which engine does your number come from?</h2><p class="soft">Every '
        "engine shows the same pair of texts as another number. Type yours.</p></div>",
        apply_default_css=False,
    )
    choices = [(f"{record.system}: {record.setting}", name) for name, record in sc.ENGINES.items()]
    with gr.Row():
        score = gr.Number(0.73, label="Your number", elem_id="engine-score")
        engine = gr.Dropdown(
            choices, value="elasticsearch-cosine", label="Engine and setting", scale=3,
            elem_id="engine-key",
        )  # fmt: skip
        convert = gr.Button("Convert", variant="primary", elem_id="convert")
    converted = gr.HTML(apply_default_css=False, elem_id="converted")

    def _ui_convert(value: float | None, name: str) -> str:
        try:
            return converter_html(float("nan") if value is None else value, name)
        except sc.SearchCoreError as error:
            return error_notice(error)

    converting = {
        "fn": _ui_convert,
        "inputs": [score, engine],
        "outputs": converted,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    convert.click(**converting)
    engine.input(**converting)
    score.submit(**converting)
