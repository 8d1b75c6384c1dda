"""One query's hits under every reading, side by side, and the card of one reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import search_core as sc
from search_ui.wording import (
    arrow,
    count,
    escaped,
    listed,
    number,
    one_in,
    percent,
    shortened,
)

NONSENSE = "purple ladder sings algebra to the wet spoon"
OVER_HITS = ("minmax", "zscore", "softmax", "reciprocal_rank")


def _looks_at(record: sc.Normalizer) -> str:
    """Say what a reading looks at beside the score of the hit."""
    if record.name in OVER_HITS:
        return "the hits shown"
    if not record.needs_background:
        return "this pair alone"
    return "this query’s other scores" if record.keeps_order else "the crowd of the document, too"


LOOKS_AT = {
    words: tuple(each.name for each in group)
    for words, group in groupby(sc.NORMALIZERS.values(), _looks_at)
}
"""The readings, in their order, by what each looks at."""

SIDE_BY_SIDE = tuple(name for names in LOOKS_AT.values() for name in names)
SCALE_WORDS = {"squared_l2": "squared L2", "inner_product": "inner product", "cosine": "cosine"}


@dataclass(frozen=True)
class Readings:
    """One query's hits under every reading.

    Attributes
    ----------
    hits, background:
        As the search returned them, and where the query's scores fall.
    read:
        The hits on each reading's scale, by its name; a reading that the collection is too small
        for is not there.
    """

    hits: sc.Hits
    background: sc.Background
    read: Mapping[str, sc.Hits]

    def value(self, name: str, hit: str) -> float | None:
        """Return a hit's value under a reading; None where it has none."""
        read = self.read.get(name)
        return None if read is None else float(read.scores[read.ids.index(hit)])


def read_every_way(engine: sc.SearchEngine, query: str, k: int) -> Readings:
    """Search once and read the hits with every normalizer that the collection is large enough for.

    Raises
    ------
    QueryError
        The query is blank, or k is no whole number of 1 or more.
    """
    hits, background = engine.search(query, k=k), engine.background(query)
    read = {}
    for name in sc.NORMALIZERS:
        found = _read(hits, name, background)
        if found is not None:
            read[name] = found
    return Readings(hits, background, read)


def _read(hits: sc.Hits, name: str, background: sc.Background) -> sc.Hits | None:
    try:
        return sc.normalize(hits, name, background=background)
    except sc.InputError:
        return None  # too few documents to estimate from


def readings_html(readings: Readings, nonsense: Readings, chosen: str) -> str:
    """Return the finding and the table: a row a hit, a column a reading, and a nonsense query."""
    rows = [
        _row(readings, hit, f"{place}. {escaped(shortened(text, 60))}", chosen)
        for place, (hit, text) in enumerate(
            zip(readings.hits.ids, readings.hits.texts, strict=True), start=1
        )
    ]
    if readings.hits.query != NONSENSE:
        title = f"The best hit of nonsense, “{escaped(NONSENSE)}”"
        rows.append(_row(nonsense, nonsense.hits.ids[0], title, chosen, "nonsense"))
    return (
        f'<div class="ss"><p class="find">{_finding(readings, nonsense)}</p>'
        '<div class="card wide-table" tabindex="0" role="group" aria-label="Every reading">'
        f'<table class="cards readings-table">{_head(readings, chosen)}'
        f"<tbody>{''.join(rows)}</tbody></table></div></div>"
    )


def _head(readings: Readings, chosen: str) -> str:
    groups = "".join(
        f'<th class="group" colspan="{len(names)}" scope="colgroup">{words}</th>'
        for words, names in LOOKS_AT.items()
    )
    names = "".join(
        f'<th class="{_style(name, chosen)}" scope="col">{_label(readings, name)}</th>'
        for name in SIDE_BY_SIDE
    )
    return (
        f'<thead><tr><th scope="col">looks at</th>{groups}</tr>'
        f'<tr><th scope="col">Hit</th>{names}</tr></thead>'
    )


def _label(readings: Readings, name: str) -> str:
    record = sc.NORMALIZERS[name]
    scale = record.scale or readings.hits.scale
    words = SCALE_WORDS.get(scale.name, record.label) if name == "raw" else record.label
    return f"{escaped(words)} {'' if scale.higher_is_better else arrow(False)}"


def _row(readings: Readings, hit: str, title: str, chosen: str, style: str = "") -> str:
    cells = "".join(_cell(readings, name, hit, chosen) for name in SIDE_BY_SIDE)
    return f'<tr class="{style}"><th class="whole" scope="row">{title}</th>{cells}</tr>'


def _cell(readings: Readings, name: str, hit: str, chosen: str) -> str:
    shown = written(name, readings.value(name, hit))
    label = escaped(sc.NORMALIZERS[name].label)
    return f'<td class="{_style(name, chosen)}" data-name="{label}">{shown}</td>'


def _style(name: str, chosen: str) -> str:
    begins = any(name == names[0] for names in LOOKS_AT.values())
    return "n" + " first" * begins + " chosen" * (name == chosen)


def written(name: str, value: float | None) -> str:
    """Write a value as its reading is read: a percentage, a chance, or a number."""
    if value is None:
        return "–"
    if name == "chance":
        return one_in(value)
    return percent(value, 1) if name == "percentile" else number(value)


def _finding(readings: Readings, nonsense: Readings) -> str:
    if readings.hits.query == NONSENSE:
        return _nonsense_finding(readings)
    best, silly = readings.hits.ids[0], nonsense.hits.ids[0]
    mine, theirs = (number(float(each.hits.cosines()[0])) for each in (readings, nonsense))
    return (
        f"<b>Min-max calls the best hit {written('minmax', readings.value('minmax', best))}, and "
        f"the best hit of nonsense {written('minmax', nonsense.value('minmax', silly))}.</b> "
        f"Their cosines are {mine} and {theirs}. Read across: one pair of texts, one row, many "
        "numbers."
    )


def _nonsense_finding(readings: Readings) -> str:
    best = readings.hits.ids[0]
    fooled = [
        sc.NORMALIZERS[name].label
        for name in ("minmax", "reciprocal_rank")
        if readings.value(name, best) == 1.0
    ]
    rarity = readings.background.rarity
    honest = (
        f"The honest sign: {percent(rarity)} of unrelated questions find a best hit as good."
        if rarity is not None and rarity > sc.RARE
        else f"The honest sign: its cosine is only {number(float(readings.hits.cosines()[0]))}."
    )
    return f"<b>This is nonsense, and {listed(fooled)} still say 1.00.</b> {honest}"


def card_html(record: sc.Normalizer, readings: Readings) -> str:
    """Return the card of one reading: formula, what it keeps and loses, and which hits moved."""
    facts = (
        ("Formula", f"<code>{escaped(record.formula)}</code>"),
        ("Keeps", escaped(record.keeps)),
        ("Loses", escaped(record.loses)),
        ("Use it", escaped(record.when)),
        ("Order", _order_words(record, readings)),
        ("Source", escaped(record.source)),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts)
    return (
        f'<div class="ss"><div class="card"><h2>{escaped(record.label)}</h2><dl>{rows}</dl>'
        "</div></div>"
    )


def _order_words(record: sc.Normalizer, readings: Readings) -> str:
    if record.keeps_order:
        return "stays as the index gave it"
    read = readings.read.get(record.name)
    if read is None:
        return "not known: the collection is too small for this reading"
    changed = sc.moved(readings.hits, read)
    if not changed:
        return "can change; here no hit moved"
    moves = [_move(readings.hits.ids, read.ids, hit) for hit in changed]
    return f"{count(len(changed), 'hit')} moved: {listed(moves)}"


def _move(before: Sequence[str], after: Sequence[str], hit: str) -> str:
    return f"{before.index(hit) + 1} → {after.index(hit) + 1}"
