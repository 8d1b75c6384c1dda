"""What the readings say about real texts: the sample collection and the real encoder."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import search_core as sc
from search_core.normalizers.registry import at_depths

pytestmark = pytest.mark.model

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NONSENSE = ("qwkjx vbnmz plorf", "purple ladder sings algebra to the wet spoon")
PETS = re.compile(r"\b(cats?|kittens?|dogs?|pupp(y|ies)|greyhound|sheepdog)\b", re.IGNORECASE)
UNANSWERABLE = ("gibberish", "foreign")


with (EXAMPLES / "queries.csv").open(encoding="utf-8", newline="") as _file:
    KINDS = {row["text"]: row["kind"] for row in csv.DictReader(_file)}


def asked(kinds: Iterable[str]) -> list[str]:
    return [text for text, kind in KINDS.items() if kind in set(kinds)]


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_reads_one_by_min_max_and_nothing_by_the_rarity(
    sample_engine: sc.SearchEngine, query: str
) -> None:
    hits, background = sample_engine.search(query), sample_engine.background(query)
    assert sc.normalize(hits, "minmax").scores[0] == 1.0
    assert sc.normalize(hits, "percentile", background=background).scores[0] == 1.0
    assert background.nothing_relevant


def test_min_max_depends_on_how_many_hits_were_asked_for(sample_engine: sc.SearchEngine) -> None:
    hits = sample_engine.search("How do I descale a kettle?", k=50)
    third = hits.ids[2]
    read = [values[third] for values in at_depths(hits, (5, 10, 50), "minmax").values()]
    assert read[0] < read[1] < read[2]
    assert read[2] > read[0] + 0.1


def test_most_questions_without_an_answer_are_told_so_and_few_with_one(
    sample_engine: sc.SearchEngine,
) -> None:
    told = [bool(sample_engine.background(q).nothing_relevant) for q in asked(UNANSWERABLE)]
    denied = [bool(sample_engine.background(q).nothing_relevant) for q in asked(["easy"])]
    assert np.mean(told) > 0.8
    assert np.mean(denied) == 0.0


def test_chance_reaches_the_best_hit_of_few_questions_with_an_easy_answer(
    sample_engine: sc.SearchEngine,
) -> None:
    def clear(kinds: Iterable[str]) -> float:
        found = []
        for query in asked(kinds):
            best = float(sample_engine.search(query, k=1).cosines()[0])
            expected = sample_engine.background(query).expected_count(best)
            assert expected is not None
            found.append(expected < 0.5)
        return float(np.mean(found))

    assert clear(["easy"]) > 0.7
    # An honest estimate lets about 4 in 10 through at an expected count of one half.
    assert clear(UNANSWERABLE) < 0.4


def test_one_cosine_means_less_in_the_dense_corner_than_outside(
    sample_engine: sc.SearchEngine,
) -> None:
    """Pairs of query and document at 0.45 to 0.55, about pets or about anything else."""
    inside: dict[str, list[float]] = {"csls": [], "local_scaling": []}
    outside: dict[str, list[float]] = {"csls": [], "local_scaling": []}
    for query in asked(["dense", "easy", "paraphrase", "topic"]):
        hits, background = sample_engine.search(query, k=40), sample_engine.background(query)
        for name in inside:
            read = sc.normalize(hits, name, background=background)
            value = dict(zip(read.ids, read.scores, strict=True))
            for each, text, cosine in zip(hits.ids, hits.texts, hits.cosines(), strict=True):
                if 0.45 <= cosine <= 0.55:
                    corner = PETS.search(text) and PETS.search(query)
                    (inside if corner else outside)[name].append(value[each])
    for name in inside:
        assert min(len(inside[name]), len(outside[name])) > 20
        assert np.median(inside[name]) < np.percentile(outside[name], 25)


def test_the_same_cosine_is_commoner_under_a_question_about_cats(
    sample_engine: sc.SearchEngine,
) -> None:
    crowded = sample_engine.background("A feline relaxes.")
    lonely = sample_engine.background("afraid of public speaking")
    assert crowded.percentile(0.3) < lonely.percentile(0.3)
    for cosine in (0.3, 0.4, 0.5):
        dense, thin = crowded.chance(cosine), lonely.chance(cosine)
        assert dense is not None
        assert thin is not None
        assert dense > 3 * thin


def test_a_hub_turns_up_under_more_of_the_sample_s_own_questions_than_other_documents(
    sample_engine: sc.SearchEngine,
) -> None:
    collection = sample_engine.collection_background
    assert collection.hub_counts.sum() == 10 * len(sample_engine.corpus)
    assert collection.hub_skewness > 1.0
    found = sample_engine.search_many(list(KINDS), k=10)
    turned_up = np.bincount(
        [place for hits in found for place in hits.positions], minlength=len(sample_engine.corpus)
    )
    hubs = np.argsort(-collection.hub_counts, kind="stable")[:43]
    assert turned_up[hubs].mean() > 1.3 * turned_up.mean()
    assert stats.spearmanr(collection.hub_counts, turned_up).statistic > 0.3


def test_readings_for_many_queries_leave_the_collection_background_alone(
    sample_engine: sc.SearchEngine,
) -> None:
    assert sample_engine.collection_background is sample_engine.collection_background
    one = sample_engine.background(NONSENSE[0])
    other = sample_engine.background(NONSENSE[1])
    assert one.collection is other.collection
