"""Labels given in Search: hits that a visitor marked as right or wrong, as a value."""

from __future__ import annotations

import sys
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

import search_core as sc
from search_ui.rendering import count, listed

ROW_BYTES = 150  # of a label, beside its question and its text


@dataclass(frozen=True)
class HitLabel:
    """One hit that was marked: the question as it was asked, the text, and whether it is right."""

    query: str
    text: str
    is_right: bool


@dataclass(frozen=True)
class HitLabels:
    """The labels that were given in Search on one collection, at most one a pair, oldest first.

    A pair goes by its text, so that a label stays right where documents are renumbered.
    """

    rows: tuple[HitLabel, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def questions(self) -> int:
        """On how many questions there are labels."""
        return len({sc.query_key(row.query) for row in self.rows})

    @property
    def right(self) -> int:
        """How many hits were marked as right."""
        return sum(row.is_right for row in self.rows)

    @property
    def wrong(self) -> int:
        """How many hits were marked as wrong."""
        return len(self) - self.right

    @property
    def nbytes(self) -> int:
        """About how many bytes they take; the texts are those of the collection."""
        return sum(sys.getsizeof(row.query) + ROW_BYTES for row in self.rows)

    def of_query(self, query: str) -> Mapping[str, bool]:
        """Return whether texts are right for a question, for those that were marked."""
        asked = sc.query_key(query)
        return {row.text: row.is_right for row in self.rows if sc.query_key(row.query) == asked}

    def with_label(self, query: str, text: str, is_right: bool | None) -> HitLabels:
        """Return the labels with another one for this pair; without any for None.

        Raises
        ------
        LabelsError
            There are as many as a public page takes.
        """
        asked = sc.query_key(query)
        kept = tuple(
            row for row in self.rows if (sc.query_key(row.query), row.text) != (asked, text)
        )
        if is_right is None:
            return replace(self, rows=kept)
        if len(kept) >= sc.PUBLIC.label_rows:
            raise sc.LabelsError(
                f"There are {len(kept):,} labels already, the most that are kept here; download "
                "them."
            )
        return replace(self, rows=(*kept, HitLabel(query, text, is_right)))

    def of_texts(self, texts: Container[str]) -> HitLabels:
        """Return the labels of these texts alone."""
        return HitLabels(tuple(row for row in self.rows if row.text in texts))

    def labels(self) -> sc.Labels:
        """Return them as a file of labels would be read.

        Raises
        ------
        LabelsError
            There are none.
        """
        if not self.rows:
            raise sc.LabelsError(
                "You have marked no hits of this collection yet; ask a question in Search and mark "
                "its hits as right or wrong."
            )
        return sc.labels_of(
            [{"query": row.query, "text": row.text, "relevance": row.is_right} for row in self.rows]
        )

    def to_csv(self) -> str:
        """Return them as a CSV that Calibrate reads."""
        rows = [(row.query, row.text, int(row.is_right)) for row in self.rows]
        return sc.write_table(["query", "text", "relevance"], rows)


@dataclass(frozen=True)
class Stage:
    """What labels are good for once there are enough: so many, on so many questions, of each kind.

    Attributes
    ----------
    name:
        What they are enough for, a noun with its article.
    rows, questions, of_each:
        How many labels, on how many questions, and how many of them right, and wrong.
    """

    name: str
    rows: int
    questions: int
    of_each: int

    def missing(self, labels: HitLabels) -> str:
        """Say what is still needed, such as "13 labels and 1 question"; empty where nothing is."""
        needed = (
            (self.rows - len(labels), "more label", "more labels"),
            (self.questions - labels.questions, "more question", "more questions"),
            (self.of_each - labels.right, "more right hit", "more right hits"),
            (self.of_each - labels.wrong, "more wrong hit", "more wrong hits"),
        )
        return listed([count(lack, one, many) for lack, one, many in needed if lack > 0])


FIT = Stage("a first fit", sc.LABEL_ROWS_MINIMUM, 2, 1)
STAGES = (
    FIT,
    Stage("a threshold", sc.DEMO_ROWS, sc.DEMO_QUERIES, 1),
    Stage("a check that can be relied on", sc.DEMO_ROWS, sc.CAUTION_QUERIES, sc.CAUTION_ROWS),
)
"""What the library asks of labels, one stage after the other."""


def amount_words(labels: HitLabels) -> str:
    """Say how many labels there are: "7 labels on 3 questions"."""
    return f"{count(len(labels), 'label')} on {count(labels.questions, 'question')}"


def progress_words(labels: HitLabels) -> str:
    """Say what these labels are enough for, and what the next stage still needs."""
    reached = ""
    for stage in STAGES:
        missing = stage.missing(labels)
        if missing:
            return f"{reached}{stage.name.capitalize()} needs {missing}."
        reached = f"Enough for {stage.name}. "
    return reached.strip()


def beginning_words() -> str:
    """Say how many labels do for a first fit."""
    amount = f"{FIT.rows} labels on {FIT.questions} questions"
    return f"Mark hits as right or wrong: {amount} are enough for {FIT.name}."


def enough_words() -> str:
    """Say how many labels are enough for what."""
    first, *others = STAGES
    more = [f"{stage.rows} on {stage.questions} for {stage.name}" for stage in others]
    return (
        f"{first.rows} labels on {first.questions} questions are enough for {first.name}, "
        f"{listed(more)}."
    )
