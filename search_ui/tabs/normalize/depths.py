"""How a hit's readings move when more hits are asked for."""

from __future__ import annotations

import search_core as sc
from search_ui.charts.stability import k_stability
from search_ui.wording import escaped, number, shortened

DEPTHS = (5, 10, 20, 35, 50)
WATCHED = 3  # the rank of the hit that is followed: the first reads 1.00 at any depth
MOVING = ("minmax", "zscore")


def depths_html(engine: sc.SearchEngine, query: str) -> str:
    """Return how min-max and z-score of one hit move from 5 hits to 50.

    Raises
    ------
    QueryError
        The query is blank.
    """
    deepest = engine.search(query, k=DEPTHS[-1])
    depths = [depth for depth in DEPTHS if depth <= len(deepest)] or [len(deepest)]
    place = min(WATCHED, len(deepest)) - 1
    readings = {
        sc.NORMALIZERS[name].label: [
            values[deepest.ids[place]] for values in sc.at_depths(deepest, depths, name).values()
        ]
        for name in MOVING
    }
    cosine = number(float(deepest.cosines()[place]))
    text = escaped(shortened(deepest.texts[place], 80))
    return (
        '<div class="ss section"><h2>The same hit, when more hits are asked for</h2>'
        f'<p class="soft">Hit {place + 1}, “{text}”, keeps its cosine of {cosine}.</p>'
        f'<div class="card">{k_stability(depths, readings)}</div></div>'
    )
