"""A page that has its sample, and views to write out as HTML."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from html.parser import HTMLParser

import search_core as sc
from search_ui.sample import EXAMPLES, Sample, Shared, read_grades, read_shared
from search_ui.views.search import HitView, SearchView
from search_ui.visit.visits import Page, Visits

CANARY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"

HIT = HitView(
    rank=1,
    id="a",
    text="Offer a scratching post.",
    cosine=0.77,
    squared_l2=0.46,
    inverse_distance=0.685,
    minmax=1.0,
    percentile=0.999,
    chance=1e-4,
    calibrated=0.59,
    grade=3,
    shared=("cat", "sofa"),
    hub_count=12,
    moved=(("score", 2.7), ("words", -1.5), ("neighbours", 0.01)),
)


def page_of_sample(engine: sc.SearchEngine, encoder: sc.Encoder) -> Page:
    """Return what the tabs share once the sample is loaded, and no visitor has come yet."""
    shared = shared_sample(engine, encoder)
    return Page(shared, Visits(shared))


def shared_sample(engine: sc.SearchEngine, encoder: sc.Encoder) -> Shared:
    """Return what visitors share once the sample is loaded."""
    calibrator = sc.load_calibrator((EXAMPLES / "calibrator.json").read_bytes())
    loaded: Future[Sample] = Future()
    loaded.set_result(Sample(encoder, engine, calibrator, read_grades(EXAMPLES / "judgements.csv")))
    return read_shared(loaded)


def view(*hits: HitView, **changes: object) -> SearchView:
    """Return a view of these hits in a collection of 432 documents."""
    shown = hits or (HIT,)
    usual = SearchView(
        query="How do I save the sofa?",
        model="all-MiniLM-L6-v2",
        hits=shown,
        background=(0.0, 0.1, 0.2),
        documents=432,
        calibrated_name="probability",
        verdict=sc.HitVerdict("relevant", "calibrator", shown[0].id, 0.59, 0.5, 0.2),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(markup: str) -> _Reader:
    """Read HTML as a browser does: its tags, the names of attributes, and the text."""
    reader = _Reader()
    reader.feed(markup)
    return reader


def text_of(markup: str) -> str:
    """Return the text that a visitor sees: a run of blanks and new lines is one blank."""
    return " ".join("".join(read(markup).words).split())
