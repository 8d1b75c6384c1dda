"""Every cap in one table, each with its reason.

They bind the page and the HTTP API, not the library: a caller of the library passes them where
strangers' input comes in. Only a fit has a cap of its own, 20,000 rows: of more, whole queries are
drawn at random. On one's own machine each is raised by an environment variable, named
`SCORE_SENSE_` and the field in capitals, for example `SCORE_SENSE_DOCUMENTS=10000`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from search_core.mistakes import explain_mistakes

_COUNT = re.compile(r"0*[1-9][0-9]{0,17}\Z", re.ASCII)


@explain_mistakes
@dataclass(frozen=True)
class Limits:
    """The caps of a public instance.

    Examples
    --------
    >>> sc.Limits.from_environment({"SCORE_SENSE_DOCUMENTS": "10000"}).documents
    10000
    """

    query_characters: int = 1_000  # a question, not a book: the encoder reads 256 tokens of it
    hits: int = 50  # what a person can look at
    documents: int = 2_000  # embedded in about a minute on two cores
    corpus_tokens: int = 200_000  # the real cost of embedding
    shown_characters: int = 2_000  # of one document on the page
    background_queries: int = 1_000  # embedded in seconds; more change no digit that is shown
    label_rows: int = 10_000  # fitted in under a minute
    trial_queries: int = 200  # asked of each index that is compared; more add few digits
    trial_indexes: int = 8  # compared at once
    columns: int = 50  # a table, not an attack
    line_characters: int = 100_000  # one row; more is a broken quote
    upload_bytes: int = 5_000_000  # holds the largest collection and label file
    calibrator_bytes: int = 5_000_000  # a blend takes a fiftieth

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Limits:
        """Read the caps, set where `SCORE_SENSE_…` gives a number above 0; the rest stays.

        Parameters
        ----------
        environment:
            Names and values of variables; those of this process if not given.
        """
        given = os.environ if environment is None else environment
        raised = {cap.name: given.get(f"SCORE_SENSE_{cap.name.upper()}", "") for cap in fields(cls)}
        return cls(**{name: int(value) for name, value in raised.items() if _COUNT.match(value)})


PUBLIC = Limits.from_environment()
"""The caps of this instance, read once when the program starts."""

LABEL_ROWS_MINIMUM = 20
"""Fewer labelled rows than this are refused: nothing could be checked."""

DEMO_ROWS, DEMO_QUERIES = 50, 5
"""Fewer than either serve for a demonstration only: no threshold, no verdict."""

CAUTION_QUERIES, CAUTION_ROWS = 20, 10
"""Fewer queries, or rows of the rarer class, than this call for reading the intervals first."""


def is_demonstration(rows: int, queries: int) -> bool:
    """Tell whether labels are too few for anything that can be checked."""
    return rows < DEMO_ROWS or queries < DEMO_QUERIES
