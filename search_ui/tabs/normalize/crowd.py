"""Density and hubs: the same cosine means less for a document that stands in a crowd."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import search_core as sc
from search_ui.search_view import TIE
from search_ui.wording import count, escaped, number, shortened

WATCHED = 30  # hits among which two with the same cosine are looked for


@dataclass(frozen=True)
class Surrounded:
    """One hit and its surroundings.

    Attributes
    ----------
    rank, text, cosine:
        Its place, from 1, what it says, and its cosine to the query.
    crowd:
        Mean cosine to its ten nearest documents.
    csls, local_scaling:
        Its score under the readings that take the crowd into account.
    hub_count:
        Among the ten nearest of how many other documents it stands.
    """

    rank: int
    text: str
    cosine: float
    crowd: float
    csls: float
    local_scaling: float
    hub_count: int


def surroundings(hits: sc.Hits, background: sc.Background) -> tuple[Surrounded, ...]:
    """Look around each hit; needs a collection of two documents or more."""
    places = np.array(hits.positions)
    cosines = hits.cosines()
    crowd = background.collection.neighbours[places].mean(axis=1)
    columns = zip(
        hits.texts,
        cosines.tolist(),
        crowd.tolist(),
        background.csls(cosines, places).tolist(),
        background.local_scaling(cosines, places).tolist(),
        background.collection.hub_counts[places].tolist(),
        strict=True,
    )
    return tuple(Surrounded(rank, *values) for rank, values in enumerate(columns, start=1))


def alike_but_crowded(hits: tuple[Surrounded, ...]) -> tuple[Surrounded, Surrounded] | None:
    """Return the two hits of one cosine whose crowds differ most: (crowded, lonely)."""
    pairs = [
        (one, two) for one in hits for two in hits
        if abs(one.cosine - two.cosine) < TIE and one.crowd > two.crowd
    ]  # fmt: skip
    return max(pairs, key=lambda pair: pair[0].crowd - pair[1].crowd, default=None)


def crowd_html(engine: sc.SearchEngine, query: str, shown: int) -> str:
    """Return how crowded it is around the hits, and two hits that a cosine alone takes for equal.

    Raises
    ------
    QueryError
        The query is blank.
    """
    title = "<h2>The same cosine, in a crowd and alone</h2>"
    if len(engine.corpus) < 2:
        return (
            f'<div class="ss">{title}<p class="soft">One document has no neighbours; '
            "give a larger collection.</p></div>"
        )
    found = surroundings(engine.search(query, k=WATCHED), engine.background(query))
    pair = alike_but_crowded(found)
    rows = "".join(_row(hit) for hit in _worth_showing(found, pair, shown))
    return (
        f'<div class="ss section">{title}<p class="soft">{_finding(pair)}</p>'
        f'<div class="card"><table class="cards single">{_HEAD}<tbody>{rows}</tbody></table>'
        f'<p class="foot">{_hubs(engine)}</p></div></div>'
    )


_HEAD = (
    '<thead><tr><th scope="col">Hit</th><th class="n" scope="col">cosine to your question</th>'
    '<th class="n" scope="col">cosine to its ten nearest</th><th class="n" scope="col">CSLS</th>'
    '<th class="n" scope="col">local scaling</th>'
    '<th class="n" scope="col">near to how many</th></tr></thead>'
)


def _worth_showing(
    found: tuple[Surrounded, ...], pair: tuple[Surrounded, Surrounded] | None, shown: int
) -> list[Surrounded]:
    chosen = {hit.rank: hit for hit in (*found[:shown], *(pair or ()))}
    return [chosen[rank] for rank in sorted(chosen)]


def _row(hit: Surrounded) -> str:
    cells = (
        ("cosine to your question", number(hit.cosine)),
        ("cosine to its ten nearest", number(hit.crowd)),
        ("CSLS", number(hit.csls)),
        ("local scaling", number(hit.local_scaling)),
        ("near to how many", f"{hit.hub_count:,}"),
    )
    shown = "".join(f'<td class="n" data-name="{name}">{value}</td>' for name, value in cells)
    text = escaped(shortened(hit.text, 80))
    return f'<tr><th class="whole" scope="row">{hit.rank}. {text}</th>{shown}</tr>'


def _finding(pair: tuple[Surrounded, Surrounded] | None) -> str:
    if pair is None:
        return "No two of the hits share a cosine here; look at the crowd around each."
    crowded, lonely = pair
    return (
        f"Hits {min(crowded.rank, lonely.rank)} and {max(crowded.rank, lonely.rank)} both score "
        f"about {number(crowded.cosine)}. Around hit {crowded.rank} it is crowded: its ten nearest "
        f"documents are at {number(crowded.crowd)}, so your question is only one of many that come "
        f"near. Around hit {lonely.rank} they are at {number(lonely.crowd)}, so the same score "
        f"says more: CSLS reads {number(crowded.csls)} for the one and {number(lonely.csls)} for "
        "the other."
    )


def _hubs(engine: sc.SearchEngine) -> str:
    collection = engine.collection_background
    counts = collection.hub_counts
    top = shortened(engine.corpus.texts[int(counts.argmax())], 60)
    lonely = count(int((counts == 0).sum()), "document")
    return (
        f"Hubs: the commonest neighbour, “{escaped(top)}”, is among the ten nearest of "
        f"{count(int(counts.max()), 'other document')}; {lonely} of "
        f" {len(counts):,} of none. Skewness {number(collection.hub_skewness)}; well above 0 "
        "means that a few documents answer everything."
    )
