"""Judged rows as a program sends them."""

from __future__ import annotations

import csv
from typing import Any

from search_ui.sample import EXAMPLES

QUESTIONS = ("the cat sleeps", "a dog runs", "rain falls", "bread bakes", "a ship sails")
ANSWERS = ("on the sofa", "in the park", "all day", "in the oven", "at sea")


def sample_rows(queries: int = 12) -> list[dict[str, Any]]:
    """The sample's judgements of its first queries, documents by id."""
    with (EXAMPLES / "judgements.csv").open(encoding="utf-8", newline="") as file:
        rows = [{**row, "relevance": int(row["relevance"])} for row in csv.DictReader(file)]
    kept = list(dict.fromkeys(row["query"] for row in rows))[:queries]
    return [row for row in rows if row["query"] in kept]


def text_rows() -> list[dict[str, Any]]:
    """Five queries with five texts each: one right, four wrong."""
    return [
        {"query": query, "text": f"{other} {answer}", "relevance": int(query == other)}
        for query in QUESTIONS
        for other, answer in zip(QUESTIONS, ANSWERS, strict=True)
    ]


def score_rows() -> list[dict[str, Any]]:
    """Eighty rows of six queries, with scores alone."""
    return [
        {"query": f"q{n % 6}", "score": n / 80, "relevance": int(n % 7 < n / 12)} for n in range(80)
    ]
