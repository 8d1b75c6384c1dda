"""The answer to one query as the Search tab shows it: finding, chart, hits, other engines."""

from __future__ import annotations

import search_core as sc
from search_ui.charts.strip import strip
from search_ui.links import tab_link
from search_ui.search_view import HitView, SearchView, risen_places, tied_places
from search_ui.tabs.search.explain import explain_html
from search_ui.wording import arrow, count, escaped, number, percent, shortened

ELSEWHERE = (
    ("faiss-l2", "FAISS, L2"),
    ("langchain-faiss-relevance", "LangChain on FAISS"),
    ("elasticsearch-cosine", "Elasticsearch, cosine"),
    ("pgvector-cosine", "pgvector <=>"),
    ("azure-cosine", "Azure AI Search"),
    ("scikit-learn-minkowski", "scikit-learn"),
)
CALIBRATED_WORDS = {"probability": "likely to answer", "expected_relevance": "expected relevance"}
GOOD = 0.5  # a calibrated value from here on is drawn as good
NOT_ONE = 0.5  # documents expected by chance: fewer round to none


def title_html(view: SearchView) -> str:
    """Return the page's title, with the best hit's own score in it."""
    return (
        '<div class="ss">'
        f"<h1>What does a score of {number(view.hits[0].cosine)} mean?</h1>"
        '<p class="sub">Search a collection, see where each score falls, and with a few judged '
        "examples turn it into a number you can act on.</p></div>"
    )


def result_html(view: SearchView, of_sample: bool = True) -> str:
    """Return the finding, the strip chart, the hits and what stands beside them.

    `of_sample` tells whether the sample was asked, of which the page knows what it cannot answer.
    """
    cosines = [hit.cosine for hit in view.hits]
    chart = strip(view.background, cosines, view.chance_cut, view.documents)
    hits = "".join(_hit_html(hit, view) for hit in view.hits)
    return (
        f'<div class="ss"><div class="grid"><div>{_finding_html(view)}'
        f'<div class="card">{chart}</div>{_calibration_html(view)}'
        f'<ol class="hits">{hits}</ol></div>'
        f"<aside>{_elsewhere_html(view)}{_warning_html(view, of_sample)}"
        f'<p class="foot">{count(view.documents, "document")} · {escaped(view.model)}, '
        f"{sc.pooling_words(view.model)} · FAISS Flat, squared L2</p></aside></div></div>"
    )


def _finding_html(view: SearchView) -> str:
    best = number(view.hits[0].cosine)
    if view.nothing:
        return (
            f'<p class="find"><b>Nothing relevant here.</b> {best} is the best score, '
            f"{_nothing_words(view)}.{_standing_words(view)} Rank would still show a first hit, "
            "and min-max would still call it 1.00.</p>"
        )
    return (
        f'<p class="find"><b>{best} is {_goodness(view)} here</b>: {_chance_words(view)}.'
        f"{_tie_words(view)}</p>"
    )


def _goodness(view: SearchView) -> str:
    if view.expected is None:
        return "the best score"
    return "a good score" if view.expected < NOT_ONE else "a score that chance alone could reach"


def _chance_words(view: SearchView) -> str:
    documents = count(view.documents, "document")
    if view.expected is None:
        return f"with only {documents} there is too little to compare it with"
    if view.expected < NOT_ONE:
        return f"by chance, not one of the {documents} would reach it"
    return f"by chance, about {max(1, round(view.expected))} of the {documents} would reach it"


def _nothing_words(view: SearchView) -> str:
    if view.rarity is None or view.rarity <= sc.RARE:
        return "and the judged examples say that hits like it seldom answer"
    return (
        f"no better than unrelated questions get: {percent(view.rarity)} of them find as good a hit"
    )


def _standing_words(view: SearchView) -> str:
    if not view.standing:
        return ""
    best = max(hit.calibrated for hit in view.hits if hit.calibrated is not None)
    return f" The best calibrated value, {number(best)}, is {view.standing}."


def _tie_words(view: SearchView) -> str:
    tied = tied_places(view)
    if tied is None:
        return ""
    one, two = (view.hits[rank - 1] for rank in tied)
    score = number(one.cosine)
    if one.answers is not None and two.answers is not None and one.answers != two.answers:
        return (
            f" But {one.rank} and {two.rank} tie at {score}, and only "
            f"{one.rank if one.answers else two.rank} answers. Rank cannot tell them apart; "
            "judged examples can."
        )
    return (
        f" {one.rank} and {two.rank} tie at {score}; judged examples tell them apart: "
        f"{number(one.calibrated)} and {number(two.calibrated)}."
    )


def _calibration_html(view: SearchView) -> str:
    """Say how to get calibrated values, or what to bear in mind of them."""
    if not view.calibrated_name:
        link = tab_link("calibrate", "Calibrate")
        return (
            f'<p class="soft beneath">Judge some examples in {link} to get a probability here.</p>'
        )
    notes = "".join(f'<p class="soft beneath">{escaped(note)}</p>' for note in view.notes)
    return notes + _risen_html(view)


def _risen_html(view: SearchView) -> str:
    """Say where calibrated values run against the order of the hits."""
    risen = risen_places(view)
    if risen is None:
        return ""
    earlier, later = (view.hits[rank - 1] for rank in risen)
    is_chance = view.calibrated_name == "probability"
    more = "is likelier to answer" if is_chance else "has a higher expected relevance"
    values = f"{_calibrated_words(later, view)} against {_calibrated_words(earlier, view)}"
    return (
        f'<p class="soft beneath">Hits stand by cosine; hit {later.rank} {more} than hit '
        f"{earlier.rank}: {values}.</p>"
    )


def _hit_html(hit: HitView, view: SearchView) -> str:
    good = hit.calibrated is not None and hit.calibrated >= GOOD
    text = escaped(shortened(hit.text, sc.PUBLIC.shown_characters))
    width = 100 * max(0.0, min(1.0, hit.cosine))
    return (
        f'<li class="{"good" if good else "poor"}"><details><summary>'
        f'<span class="rank">{hit.rank}</span><span class="text">{text}'
        f'<span class="readings">{_readings_html(hit)}'
        '<span class="more">explain this score</span></span></span>'
        f'<span class="value"><b>{number(hit.cosine)}</b><small>cosine</small>'
        f'<span class="bar"><i style="width:{width:.0f}%"></i></span></span>'
        f"{_calibrated_html(hit, view)}</summary>{explain_html(hit, view)}</details></li>"
    )


def _readings_html(hit: HitView) -> str:
    readings = [
        ("squared L2", f"{number(hit.squared_l2)} {arrow(False)}"),
        ("1/(1+D)", number(hit.inverse_distance)),
        ("min-max", number(hit.minmax)),
        ("above", f"{percent(hit.percentile, 1)} of the collection"),
    ]
    if hit.grade is not None:
        readings.append(("judged", f"{hit.grade} of 3"))
    return "".join(f"<span>{name} <b>{value}</b></span>" for name, value in readings)


def _calibrated_html(hit: HitView, view: SearchView) -> str:
    if hit.calibrated is None:
        return '<span class="value calibrated"><b>–</b><small>not calibrated</small></span>'
    words = CALIBRATED_WORDS[view.calibrated_name]
    return (
        f'<span class="value calibrated"><b>{_calibrated_words(hit, view)}</b>'
        f"<small>{words}</small></span>"
    )


def _calibrated_words(hit: HitView, view: SearchView) -> str:
    is_chance = view.calibrated_name == "probability"
    return percent(hit.calibrated) if is_chance else number(hit.calibrated)


def _elsewhere_html(view: SearchView) -> str:
    cosine = view.hits[0].cosine
    rows = "".join(
        f'<tr><th scope="row">{escaped(label)}</th><td class="n"><b>'
        f"{number(sc.from_cosine(cosine, key))}</b> {arrow(sc.ENGINES[key].higher_is_better)}"
        "</td></tr>"
        for key, label in ELSEWHERE
    )
    return (
        '<div class="card"><h3>The same hit elsewhere</h3><p class="soft">One pair of texts, '
        f"cosine {number(cosine)}. What other engines would show:</p><table>{rows}</table></div>"
    )


def _warning_html(view: SearchView, of_sample: bool) -> str:
    if view.nothing:
        tried = "As here."
    elif of_sample:
        tried = "Press “no answer here” above and look."
    else:
        tried = "Ask something that none of these texts answers, and look."
    return (
        '<div class="notice">Min-max calls the best hit 1.00 for any query, also for one that '
        f"nothing answers. {tried}</div>"
    )
