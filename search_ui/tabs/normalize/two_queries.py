"""Two queries compared: the same score under each, and where their other scores lie."""

from __future__ import annotations

import search_core as sc
from search_ui.charts.two_queries import share_of_documents, two_backgrounds
from search_ui.wording import escaped, number, one_in, shortened


def comparison_html(engine: sc.SearchEngine, one: str, two: str) -> str:
    """Return both queries' backgrounds over each other, the first one's best score marked in both.

    Raises
    ------
    QueryError
        A query is blank.
    """
    grounds = [engine.background(query) for query in (one, two)]
    score = float(engine.search(one, k=1).cosines()[0])
    above = [ground.percentile(score) for ground in grounds]
    chart = two_backgrounds(
        grounds[0].cosines, grounds[1].cosines, score, (above[0], above[1]), names=(one, two)
    )
    rows = "".join(
        _row(query, score, share, ground.chance(score))
        for query, share, ground in zip((one, two), above, grounds, strict=True)
    )
    return (
        f'<div class="ss"><div class="card">{chart}<table class="cards single"><thead><tr>'
        '<th scope="col">Query</th><th class="n" scope="col">score</th>'
        '<th class="n" scope="col">above</th><th class="n" scope="col">by chance</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def _row(query: str, score: float, above: float, chance: float | None) -> str:
    cells = (
        ("score", number(score)),
        ("above", share_of_documents(above)),
        ("by chance", "–" if chance is None else one_in(chance)),
    )
    shown = "".join(f'<td class="n" data-name="{name}">{value}</td>' for name, value in cells)
    return f'<tr><th class="whole" scope="row">{escaped(shortened(query, 80))}</th>{shown}</tr>'
