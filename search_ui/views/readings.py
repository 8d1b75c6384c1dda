"""What the Normalize tab shows: one query's hits under every reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

import search_core as sc
from search_ui.charts import hit_words, k_stability, two_backgrounds
from search_ui.rendering import number, one_in, percent, render, shortened

NONSENSE = "purple ladder sings algebra to the wet spoon"
OVER_HITS = ("minmax", "zscore", "softmax", "reciprocal_rank")


def _looks_at(record: sc.Normalizer) -> str:
    """Say what a reading looks at beside the score of the hit."""
    if record.name in OVER_HITS:
        return "the list of hits"
    if not record.needs_background:
        return "this pair alone"
    return "all documents" if record.keeps_order else "and the document’s neighbours"


LOOKS_AT = {
    words: tuple(each.name for each in group)
    for words, group in groupby(sc.NORMALIZERS.values(), _looks_at)
}
"""The readings, in their order, by what each looks at."""

FIRST = ("raw", "inverse_distance", "minmax", "zscore", "percentile")
"""The readings that are shown first; all others unfold."""

SCALE_WORDS = {
    "squared_l2": "squared L2 distance",
    "inner_product": "inner product",
    "cosine": "cosine",
}
ALWAYS_ONE = ("minmax", "reciprocal_rank")  # what they make of a best hit, whatever it is
DEPTHS = (5, 10, 20, 35, 50)
ROWS = 6  # hits in the table, however many the list holds
MOVING = ("minmax", "zscore")  # followed over the depths
FOLLOWED = 3  # the rank of the hit that is followed: the first reads 1.00 at any depth
TIE = 0.01  # cosines closer than this cannot be told apart by eye
WATCHED = 30  # hits among which two with the same cosine are looked for
SAME = 1e-6  # by which two kernels may differ on one cosine
MARKED = 10  # hits of either query whose scores are tried as the one to compare
ALIKE = 2.0  # ranks within this factor are called about the same


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

    @property
    def best_cosine(self) -> float:
        """The cosine of the best hit."""
        return float(self.hits.cosines()[0])

    def fooled(self) -> list[str]:
        """Name the readings that call the best hit 1.00 for the list's sake."""
        best = self.hits.ids[0]
        return [sc.NORMALIZERS[name].label for name in ALWAYS_ONE if self.value(name, best) == 1.0]

    def moves(self, name: str) -> list[tuple[int, int]] | None:
        """Return the hits that a reading moves, as ranks before and after; None without it."""
        read = self.read.get(name)
        if read is None:
            return None
        before, after = self.hits.ids, read.ids
        return [(before.index(hit) + 1, after.index(hit) + 1) for hit in sc.moved(self.hits, read)]


def read_every_way(
    engine: sc.SearchEngine, query: str, k: int, temperature: float = sc.SOFTMAX_TEMPERATURE
) -> Readings:
    """Search once and read the hits with every normalizer that the collection is large enough for.

    `temperature` is that of the softmax.

    Raises
    ------
    QueryError
        The query is blank, or k is no whole number of 1 or more.
    """
    hits, background = engine.search(query, k=k), engine.background(query)
    read = {}
    for name in sc.NORMALIZERS:
        found = _read(hits, name, background, temperature)
        if found is not None:
            read[name] = found
    return Readings(hits, background, read)


def _read(
    hits: sc.Hits, name: str, background: sc.Background, temperature: float
) -> sc.Hits | None:
    try:
        return sc.normalize(hits, name, background=background, temperature=temperature)
    except sc.InputError:
        return None  # too few documents to estimate from


@dataclass(frozen=True)
class Column:
    """One reading as a column of a table.

    Attributes
    ----------
    name, label, unit:
        The reading, what it is called, and the metric of the raw score; "" for all others.
    higher_is_better:
        Which way it runs.
    """

    name: str
    label: str
    unit: str
    higher_is_better: bool


def readings_html(readings: Readings, nonsense: Readings, chosen: str) -> Markup:
    """Return the finding and the table: a row a hit, a column a reading, and a nonsense query."""
    return render(
        "normalize_readings.html",
        readings=readings,
        nonsense=nonsense,
        is_nonsense=readings.hits.query == NONSENSE,
        **_table(readings, nonsense, chosen, FIRST),
    )


def more_readings_html(readings: Readings, nonsense: Readings, chosen: str) -> Markup:
    """Return the tables of all other readings, folded unless one of them is the chosen one."""
    others = tuple(name for name in sc.NORMALIZERS if name not in FIRST)
    return render("normalize_more.html", **_table(readings, nonsense, chosen, others))


def _table(
    readings: Readings, nonsense: Readings, chosen: str, names: tuple[str, ...]
) -> dict[str, object]:
    """Return what a table of these readings is drawn from, in groups by what they look at."""
    every = {
        words: [_column(readings, name) for name in group if name in names]
        for words, group in LOOKS_AT.items()
    }
    groups = {words: columns for words, columns in every.items() if columns}
    rows = [
        (readings, hit, f"{rank}. {shortened(text, 60)}")
        for rank, (hit, text) in enumerate(
            zip(readings.hits.ids[:ROWS], readings.hits.texts, strict=False), start=1
        )
    ]
    last = (nonsense, nonsense.hits.ids[0], f"Best hit of a nonsense query: “{NONSENSE}”")
    return {
        "groups": groups,
        "rows": rows,
        "last": None if readings.hits.query == NONSENSE else last,
        "chosen": chosen,
        "written": written,
    }


def _column(readings: Readings, name: str) -> Column:
    record = sc.NORMALIZERS[name]
    scale = record.scale or readings.hits.scale
    unit = SCALE_WORDS.get(scale.name, scale.name) if name == "raw" else ""
    return Column(name, record.label, unit, scale.higher_is_better)


def written(name: str, value: float | None) -> str:
    """Write a value as its reading is read: a percentage, a chance, or a number."""
    if value is None:
        return "–"
    if name == "chance":
        return one_in(value)
    return percent(value, 1) if name == "percentile" else number(value)


def card_html(record: sc.Normalizer, readings: Readings) -> Markup:
    """Return the card of one reading: formula, what it keeps and loses, and which hits moved."""
    return render("normalize_card.html", record=record, moves=readings.moves(record.name))


def depths_html(engine: sc.SearchEngine, query: str, k: int) -> Markup:
    """Return how min-max and z-score of one hit move from 5 hits to 50, with k marked.

    Raises
    ------
    QueryError
        The query is blank.
    """
    deepest = engine.search(query, k=DEPTHS[-1])
    depths = [depth for depth in DEPTHS if depth <= len(deepest)] or [len(deepest)]
    index = min(FOLLOWED, len(deepest)) - 1
    moving = {
        sc.NORMALIZERS[name].label: [
            values[deepest.ids[index]] for values in sc.at_depths(deepest, depths, name).values()
        ]
        for name in MOVING
    }
    return render(
        "normalize_depths.html",
        rank=index + 1,
        text=deepest.texts[index],
        cosine=float(deepest.cosines()[index]),
        chart=k_stability(depths, moving, mark=k),
    )


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
    positions = np.array(hits.positions)
    cosines = hits.cosines()
    crowd = background.collection.neighbours[positions].mean(axis=1)
    columns = zip(
        hits.texts,
        cosines.tolist(),
        crowd.tolist(),
        background.csls(cosines, positions).tolist(),
        background.local_scaling(cosines, positions).tolist(),
        background.collection.hub_counts[positions].tolist(),
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


def crowd_html(engine: sc.SearchEngine, query: str, shown: int) -> Markup:
    """Return how crowded it is around the hits, and two hits that a cosine alone takes for equal.

    Raises
    ------
    QueryError
        The query is blank.
    """
    if len(engine.corpus) < 2:
        return render("normalize_crowd.html", pair=None, hits=())
    found = surroundings(engine.search(query, k=WATCHED), engine.background(query))
    pair = alike_but_crowded(found)
    counts = engine.collection_background.hub_counts
    return render(
        "normalize_crowd.html",
        pair=pair,
        hits=[hit for hit in found if hit.rank <= shown or hit in (pair or ())],
        hub=engine.corpus.texts[int(counts.argmax())],
        hub_count=int(counts.max()),
        isolated=int((counts == 0).sum()),
        documents=len(counts),
        skewness=engine.collection_background.hub_skewness,
    )


@dataclass(frozen=True)
class SharedScore:
    """One score under two queries.

    Attributes
    ----------
    cosine:
        The score.
    ranks:
        Which hit of each query it would be: how many documents score as high.
    """

    cosine: float
    ranks: tuple[int, int]

    @property
    def factor(self) -> float:
        """How many times more documents reach it under the one query than under the other."""
        return max(self.ranks) / min(self.ranks)

    @property
    def is_alike(self) -> bool:
        """Whether the score means about the same under both."""
        return self.factor < ALIKE


def telling_score(one: sc.Background, two: sc.Background) -> SharedScore:
    """Return the score whose rank differs most between two queries.

    Tried are the scores of the first ten hits of either query that both queries reach; of scores
    that differ alike, the highest.
    """
    scores = [np.sort(each.cosines)[::-1] for each in (one, two)]
    highest = min(float(each[0]) for each in scores)
    tried = {float(score) for each in scores for score in each[:MARKED] if score <= highest + SAME}
    shared = [
        SharedScore(score, (_reaching(scores[0], score), _reaching(scores[1], score)))
        for score in tried
    ]
    return max(shared, key=lambda each: (each.factor, each.cosine))


def _reaching(scores: npt.NDArray[np.float64], score: float) -> int:
    """Return the rank of a score among others."""
    return int((scores >= score - SAME).sum())


def comparison_html(engine: sc.SearchEngine, one: str, two: str) -> Markup:
    """Return both queries' scores on one axis, with the score marked that differs most.

    Raises
    ------
    QueryError
        A query is blank.
    """
    grounds = [engine.background(query) for query in (one, two)]
    shared = telling_score(*grounds)
    chart = two_backgrounds(
        grounds[0].cosines, grounds[1].cosines, shared.cosine, shared.ranks, names=(one, two),
        title=_shared_title(shared),
    )  # fmt: skip
    return render("normalize_two_queries.html", chart=chart, shared=shared)


def _shared_title(shared: SharedScore) -> str | None:
    """Say plainly where a score means the same; else the chart says how it differs."""
    if not shared.is_alike:
        return None
    first, second = map(hit_words, shared.ranks)
    if first == second:
        return (
            f"These two queries are alike: a cosine of {number(shared.cosine)} is {first} for both"
        )
    return (
        f"These two queries are alike: a cosine of {number(shared.cosine)} is {first} for one and "
        f"{second} for the other"
    )
