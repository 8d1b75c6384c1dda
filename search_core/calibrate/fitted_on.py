"""What a calibrator was fitted on, as it travels with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from search_core.pairs import EncodedBy


@dataclass(frozen=True)
class FittedOn:
    """What a calibrator was fitted on.

    Attributes
    ----------
    rows, queries:
        How many.
    mean:
        Mean relevance, in [0, 1].
    graded:
        Whether relevance took values between 0 and 1.
    judged_from, judged_to:
        The scale that people judged on.
    corpus_fingerprint, corpus_size:
        Of the collection; empty and 0 for scores without one.
    corpus_sketch:
        A sample of its texts' hashes, as `Corpus.sketch` has it; empty where it was not taken.
    corpus_from_labels:
        Whether the collection was made from the texts of the label file.
    seed:
        What the queries of the report's intervals were drawn with.
    encoder:
        What embedded the texts; None for scores without texts.
    """

    rows: int
    queries: int
    mean: float
    graded: bool
    judged_from: float = 0.0
    judged_to: float = 1.0
    corpus_fingerprint: str = ""
    corpus_size: int = 0
    corpus_sketch: tuple[str, ...] = field(default=(), repr=False)
    corpus_from_labels: bool = False
    seed: int = 0
    encoder: EncodedBy | None = None
