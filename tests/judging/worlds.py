"""A made-up pool, where the label of every pair is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import expit

import search_core as sc
from search_core.features import FEATURE_NAMES
from search_core.vectors import Floats

PAIRS = 22  # of each question: twenty hits and two others


def made_up(questions: int = 60, seed: int = 0) -> tuple[sc.Pool, Floats]:
    """Return a pool, and the label of each of its pairs, more often 1 for a higher cosine.

    What a question's pairs share moves their labels, as in real collections.
    """
    rng = np.random.default_rng(seed)
    count = questions * PAIRS
    question_of = np.repeat(np.arange(questions), PAIRS)
    rank = np.tile(np.arange(PAIRS), questions)
    cosines = np.clip(rng.normal(0.6, 0.1, questions)[question_of] - 0.015 * rank, -1, 1)
    is_far = rank >= PAIRS - 2
    cosines[is_far] -= 0.3
    features = rng.normal(0.4, 0.12, (count, len(FEATURE_NAMES)))
    features[:, 0] = cosines
    shared = rng.normal(0.0, 0.7, questions)[question_of]
    labels = (rng.random(count) < expit(12 * (cosines - 0.5) + shared)).astype(np.float64)
    asked = tuple(f"question {number}" for number in range(questions))
    pairs = sc.ScoredPairs(
        queries=tuple(asked[number] for number in question_of),
        relevance=np.full(count, np.nan),
        features=features,
        feature_names=FEATURE_NAMES,
        scale=sc.COSINE.from_source("a fingerprint"),
        texts=tuple(f"text {row}" for row in range(count)),
        corpus_fingerprint="a collection",
        corpus_size=1_000,
        usual_cosine=(0.25, 0.1),
    )
    ids = tuple(str(row) for row in range(count))
    pool = sc.Pool(asked, question_of, np.arange(count), rank == 0, is_far, ids, pairs)
    return pool, labels


def judged(plan: sc.JudgingPlan, labels: Floats, rounds: int = 10) -> sc.JudgingPlan:
    """Answer what a plan asks, at most so many rounds, until it has enough."""
    for _ in range(rounds):
        if plan.is_done:
            break
        plan = plan.read({pair.number: float(labels[pair.number]) for pair in plan.next_pairs()})
    return plan


def with_labels(pool: sc.Pool, labels: Floats) -> sc.ScoredPairs:
    """Return all pairs of a pool with their labels."""
    return replace(pool.pairs, relevance=labels)
