"""Every cap in one table, each with its reason.

They bind the page and the HTTP API, not the library: a caller of the library passes them where
strangers' input comes in. On one's own machine each is raised by an environment variable, named
`SCORE_SENSE_` and the field in capitals, for example `SCORE_SENSE_DOCUMENTS=10000`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Limits:
    """The caps of a public instance."""

    query_characters: int = 1_000  # a question, not a book: the encoder reads 256 tokens of it
    hits: int = 50  # what a person can look at
    documents: int = 2_000  # embedded in about a minute on two cores
    corpus_tokens: int = 200_000  # the real cost of embedding
    shown_characters: int = 2_000  # of one document on the page
    label_rows: int = 10_000  # fitted in under a minute
    columns: int = 50  # a table, not an attack
    line_characters: int = 100_000  # one row; more is a broken quote
    upload_bytes: int = 5_000_000  # holds the largest collection and label file
    calibrator_bytes: int = 5_000_000  # a blend with its trees takes one tenth

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Limits:
        """Read the caps, raised where `SCORE_SENSE_…` says so; other values are ignored."""
        given = os.environ if environment is None else environment
        raised = {cap.name: given.get(f"SCORE_SENSE_{cap.name.upper()}", "") for cap in fields(cls)}
        return cls(**{name: int(value) for name, value in raised.items() if value.isdigit()})


PUBLIC = Limits()
"""The caps of the public instance."""

LABEL_ROWS_MINIMUM = 20
"""Fewer labelled rows than this are refused: nothing could be checked."""
