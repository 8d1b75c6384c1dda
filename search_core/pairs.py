"""Scored pairs: (query, text) rows turned into numbers, with or without judgements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from search_core.errors import InputError, LabelsError, check_kind
from search_core.labels.inclusion import Inclusion, inclusion_of
from search_core.labels.labels import Labels, query_key
from search_core.scale import ScoreScale
from search_core.vectors import Floats

OWN_SCORE = "own_score"
"""The name of the column with the scores that a file brings beside texts."""


@dataclass(frozen=True)
class EncodedBy:
    """How the texts were embedded, in words; the scale's source is what scores are compared by.

    Attributes
    ----------
    name, query_prefix, max_tokens:
        As the encoder has them.
    """

    name: str
    query_prefix: str
    max_tokens: int


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """Rows that a calibrator is fitted on, or asked about.

    Attributes
    ----------
    queries:
        The query of each row, case and blanks folded, so that one query is one group; length n.
    texts:
        The text of each row; length n, or empty for scores without texts.
    relevance:
        float64 in [0, 1], shape (n,); NaN where the row was not judged.
    features:
        float64, shape (n, m). With texts the first column is the cosine; without, the score as it
        is on its scale, whichever way that runs.
    feature_names:
        The names of the columns, length m.
    scale:
        What the first column means.
    graded:
        Whether relevance takes values between 0 and 1.
    judged_from, judged_to:
        The scale that people judged on; relevance is 0 at its lowest value, and 1 at its highest.
    rows:
        Row number of each pair in the file it came from; length n.
    split:
        "test" for a row that no fit may see, else "train" or ""; length n, or empty.
    corpus_fingerprint, corpus_size:
        SHA-256 over the sorted SHA-256 of the collection's texts (empty without one), and its size.
    corpus_sketch:
        As `Corpus.sketch` has it.
    corpus_from_labels:
        Whether the collection was made from the texts of the label file itself.
    usual_cosine:
        Mean and standard deviation of the cosine of two documents of the collection; None without
        a collection, or with too few documents to tell.
    encoder:
        What embedded the texts; None for scores without texts.
    own_scale:
        What the scores mean that the file itself brings beside texts: the last column, turned so
        that more is better; None without one.
    inclusion:
        How the rows were chosen, where a plan for judging drew them; None where all count alike.

    Examples
    --------
    >>> features = np.array([[0.4], [1.2]])
    >>> scale = sc.BROUGHT_SCALES["squared_l2"]
    >>> pairs = sc.ScoredPairs(("a", "a"), np.array([1.0, 0.0]), features, ("score",), scale)
    >>> pairs.similarities.tolist()
    [-0.4, -1.2]
    """

    queries: tuple[str, ...]
    relevance: Floats
    features: Floats
    feature_names: tuple[str, ...]
    scale: ScoreScale
    texts: tuple[str, ...] = ()
    graded: bool = False
    judged_from: float = 0.0
    judged_to: float = 1.0
    rows: tuple[int, ...] = ()
    split: tuple[str, ...] = ()
    corpus_fingerprint: str = ""
    corpus_size: int = 0
    corpus_sketch: tuple[str, ...] = ()
    corpus_from_labels: bool = False
    usual_cosine: tuple[float, float] | None = None
    encoder: EncodedBy | None = None
    own_scale: ScoreScale | None = None
    inclusion: Inclusion | None = None

    def __repr__(self) -> str:
        return (
            f"<ScoredPairs: {len(self):,} rows of {len(set(self.queries)):,} queries, "
            f"{len(self.feature_names)} columns from '{self.feature_names[0]}' on, the first on "
            f"the scale '{self.scale.name}'>"
        )

    def __len__(self) -> int:
        return len(self.queries)

    @property
    def similarities(self) -> Floats:
        """The first column turned so that more is better, shape (n,).

        What rounding carried past a bound of the scale counts as the bound.
        """
        first = self.scale.without_rounding(self.features[:, 0])
        return first if self.scale.higher_is_better else -first

    def columns(self) -> dict[str, Floats]:
        """Return what a fit looks at, by name: the features, of which the first is turned."""
        columns = dict(zip(self.feature_names, self.features.T, strict=True))
        return {**columns, self.feature_names[0]: self.similarities}

    def with_own_scores(self, labels: Labels, scale: ScoreScale) -> ScoredPairs:
        """Return the pairs with one more column, the scores that their own label file brings.

        Parameters
        ----------
        labels:
            What these pairs were made of, row by row.
        scale:
            What its scores mean.

        Raises
        ------
        LabelsError, InputError
            As for `score_pairs`.
        """
        own = score_pairs(labels, scale).similarities[:, np.newaxis]
        return replace(
            self,
            features=np.hstack([self.features, own]),
            feature_names=(*self.feature_names, OWN_SCORE),
            own_scale=scale,
        )

    def without_own_scores(self) -> ScoredPairs:
        """Return the pairs without the column that the file brought; these where there is none."""
        if self.own_scale is None:
            return self
        return replace(
            self,
            features=self.features[:, :-1],
            feature_names=self.feature_names[:-1],
            own_scale=None,
        )

    def own_scores_alone(self) -> ScoredPairs:
        """Return the same rows with the scores that the file brought, and nothing else.

        Raises
        ------
        LabelsError
            It brought none.
        """
        if self.own_scale is None:
            raise LabelsError("These pairs have no scores of their own file; give its scale first.")
        way = 1.0 if self.own_scale.higher_is_better else -1.0
        return ScoredPairs(
            queries=self.queries,
            relevance=self.relevance,
            features=way * self.features[:, -1:],
            feature_names=("score",),
            scale=self.own_scale,
            graded=self.graded,
            judged_from=self.judged_from,
            judged_to=self.judged_to,
            rows=self.rows,
            split=self.split,
            inclusion=self.inclusion,
        )

    def take(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> ScoredPairs:
        """Return the chosen rows (positions or a mask), in that order."""
        places = np.arange(len(self))[chosen]
        return replace(
            self,
            queries=tuple(self.queries[i] for i in places),
            relevance=self.relevance[places],
            features=self.features[places],
            texts=tuple(self.texts[i] for i in places) if self.texts else (),
            rows=tuple(self.rows[i] for i in places) if self.rows else (),
            split=tuple(self.split[i] for i in places) if self.split else (),
            inclusion=None if self.inclusion is None else self.inclusion.take(places),
        )


def score_pairs(labels: Labels, scale: ScoreScale) -> ScoredPairs:
    r"""Turn a file that brings its own scores into pairs; nothing is embedded.

    Parameters
    ----------
    labels:
        With scores.
    scale:
        What the scores mean.

    Raises
    ------
    LabelsError
        They are no `Labels`, have no column 'score', the name of that column says that the other
        direction is better, or a score lies outside the bounds of the scale.
    InputError
        The scale is no `ScoreScale`.

    Examples
    --------
    >>> sc.score_pairs(sc.read_labels(b"query,score,relevance\na,0.7,1\na,0.2,0"), sc.COSINE)
    <ScoredPairs: 2 rows of 1 queries, 1 columns from 'score' on, the first on the scale 'cosine'>
    """
    check_kind(labels, Labels, "read them with read_labels", LabelsError)
    check_kind(scale, ScoreScale, "take one such as search_core.scale.COSINE", InputError)
    if labels.scores is None:
        raise LabelsError("These labels have no column 'score'; add one, or give texts instead.")
    _check_direction(labels.reading.columns.get("score", ""), scale)
    return ScoredPairs(
        queries=tuple(query_key(query) for query in labels.queries),
        relevance=labels.relevance,
        features=_within(labels.scores, labels.rows, scale)[:, np.newaxis],
        feature_names=("score",),
        scale=scale,
        graded=labels.reading.kind == "graded",
        judged_from=labels.reading.lowest,
        judged_to=labels.reading.highest,
        rows=labels.rows,
        split=labels.split,
        inclusion=inclusion_of(labels),
    )


def _check_direction(column: str, scale: ScoreScale) -> None:
    """Refuse a distance that is stated to be better when larger, and a similarity when smaller."""
    name = column.casefold()
    is_distance, is_similarity = "dist" in name, "sim" in name or "cos" in name
    if is_distance == is_similarity or is_similarity == scale.higher_is_better:
        return
    better = "smaller" if is_distance else "larger"
    raise LabelsError(
        f"The scores are those of column '{column[:40]}', where {better} is better, and on the "
        f"scale '{scale.name}' it is not; choose another scale, or rename the column to 'score'.",
        column=column,
    )


def _within(scores: Floats, rows: Sequence[int], scale: ScoreScale) -> Floats:
    """Return scores brought within their scale; the row of one that cannot be on it is named."""
    fault = scale.first_fault(scores)
    if fault is None:
        return scale.without_rounding(scores)
    place, words = fault
    raise LabelsError(
        f"Row {rows[place]}, column 'score': {words[:1].lower()}{words[1:]}",
        row=rows[place],
        column="score",
    )
