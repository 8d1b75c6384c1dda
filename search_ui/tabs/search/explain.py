"""The card behind one hit: where its score falls, and what moved its calibrated value."""

from __future__ import annotations

import math

import search_core as sc
from search_ui.search_view import HitView, SearchView
from search_ui.wording import count, escaped, listed, number, percent

GROUP_WORDS = {
    "score": "the cosine itself",
    "list": "its standing in this query’s list",
    "neighbours": "its neighbours in the collection",
    "words": "the words of both",
    "numbers_negation": "numbers and negations",
}
SMALL = 0.05  # log-odds: less than this moves a chance of one half by about one percent
_WIDEST = 4.0  # log-odds that fill a bar


def explain_html(hit: HitView, view: SearchView) -> str:
    """Return the card of one hit, in plain words."""
    facts = (
        ("Where it falls", _falls(hit)),
        ("Shared words", _shared(hit)),
        ("Its surroundings", _surroundings(hit)),
        ("Two texts, one angle", f"{_angle(hit.cosine)}° apart; 0° is the same, 90° unrelated"),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts)
    return f'<div class="card explain"><dl>{rows}</dl>{_moved_html(hit, view)}</div>'


def _falls(hit: HitView) -> str:
    return (
        f"above {percent(hit.percentile, 1)} of the collection’s other documents; "
        f"{sc.chance_words(hit.chance)}"
    )


def _shared(hit: HitView) -> str:
    if not hit.shared:
        return "none: the model sees the meaning alone"
    return f"{count(len(hit.shared), 'word')}: {escaped(listed(hit.shared))}"


def _surroundings(hit: HitView) -> str:
    if hit.hub_count == 0:
        return "among the ten nearest of no other document"
    return f"among the ten nearest of {count(hit.hub_count, 'other document')}"


def _angle(cosine: float) -> int:
    return round(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))


def _moved_html(hit: HitView, view: SearchView) -> str:
    if hit.calibrated is None:
        return (
            '<p class="soft">No calibrated value: nobody has judged examples of this collection '
            "yet. The Calibrate tab takes them.</p>"
        )
    shown = [(group, value) for group, value in hit.moved if abs(value) >= SMALL]
    if not shown:
        return '<p class="soft">Nothing moved it far from the average judged pair.</p>'
    name = "chance" if view.calibrated_name == "probability" else "expected relevance"
    return (
        f"<h3>What moved its {name} to {number(hit.calibrated)}</h3>"
        f'<table class="moved"><tbody>{"".join(map(_moved_row, shown))}</tbody></table>'
        '<p class="soft">In log-odds, against the average judged pair: +0.7 doubles the odds, '
        "−0.7 halves them.</p>"
    )


def _moved_row(part: tuple[str, float]) -> str:
    group, value = part
    width = 50 * min(1.0, abs(value) / _WIDEST)
    side = f"left:50%;width:{width:.0f}%" if value > 0 else f"right:50%;width:{width:.0f}%"
    words = escaped(GROUP_WORDS.get(group, group))
    sign = "+" if value > 0 else ""
    return (
        f'<tr><th scope="row">{words}</th><td class="lever"><span><i class='
        f'"{"up" if value > 0 else "down"}" style="{side}"></i></span></td>'
        f'<td class="n">{sign}{number(value)}</td></tr>'
    )
