"""Scored pairs: (query, text) rows turned into numbers, with or without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from search_core.arrays import HoldsArray, Numbers
from search_core.engines.scales import Scores, scale_of
from search_core.errors import InputError, LabelsError, check_kind
from search_core.files.number_styles import PLAIN
from search_core.frames import check_columns
from search_core.labels.inclusion import Inclusion, inclusion_of
from search_core.labels.labels import Labels, query_key
from search_core.mistakes import explain_mistakes
from search_core.scale import ScoreScale
from search_core.vectors import Floats

OWN_SCORE = "own_score"
"""The name of the column with the scores that a file brings beside texts."""


@dataclass(frozen=True)
class EncodedBy:
    r"""How the texts were embedded, in words; the scale's source is what scores are compared by.

    Attributes
    ----------
    name, query_prefix, max_tokens:
        As the encoder has them.

    Examples
    --------
    >>> engine = sc.SearchEngine.build(sc.Corpus.from_texts(["a cat", "a dog", "the sun"]), encoder)
    >>> pairs = engine.score_labels(sc.read_labels(b"query,doc_id,relevance\ncat,0,1\ncat,1,0\n"))
    >>> pairs.encoder
    EncodedBy(name='our-own/encoder', query_prefix='', max_tokens=256)
    """

    name: str
    query_prefix: str
    max_tokens: int


@explain_mistakes
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
        float64 in [0, 1], shape (n,); NaN where the row has no label.
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
        The scale that labels are on; relevance is 0 at its lowest value, and 1 at its highest.
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
    weights:
        What each row counts in a fit, float64 (n,); None where all count alike.
    score_scales:
        What each column means, where the columns are several scores of engines and nothing else:
        as many as there are columns. Those after the first are turned so that more is better.
        Empty otherwise.

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
    weights: Floats | None = None
    score_scales: tuple[ScoreScale, ...] = ()

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
            weights=self.weights,
        )

    def take(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> ScoredPairs:
        """Return the chosen rows (positions or a mask), in that order."""
        indexes = np.arange(len(self))[chosen]
        return replace(
            self,
            queries=tuple(self.queries[i] for i in indexes),
            relevance=self.relevance[indexes],
            features=self.features[indexes],
            texts=tuple(self.texts[i] for i in indexes) if self.texts else (),
            rows=tuple(self.rows[i] for i in indexes) if self.rows else (),
            split=tuple(self.split[i] for i in indexes) if self.split else (),
            inclusion=None if self.inclusion is None else self.inclusion.take(indexes),
            weights=None if self.weights is None else self.weights[indexes],
        )


@explain_mistakes
def score_pairs(labels: Labels, scale: Scores | Mapping[str, Scores]) -> ScoredPairs:
    r"""Turn labels that bring their own scores into pairs; nothing is embedded.

    Parameters
    ----------
    labels:
        With scores.
    scale:
        What the scores mean, as `scale_of` takes it: a scale, its name, or the key of an engine.
        Of several scores, for one fit on all of them, the scale of each by the name of its column;
        a fit is compared with one on the first alone.

    Raises
    ------
    LabelsError
        They are no `Labels`, lack a column of scores, the name of that column says that the other
        direction is better, or a score is no number or lies outside the bounds of its scale.
    InputError
        The scale is none.

    Examples
    --------
    >>> sc.score_pairs(sc.read_labels(b"query,score,relevance\na,0.7,1\na,0.2,0"), sc.COSINE)
    <ScoredPairs: 2 rows of 1 queries, 1 columns from 'score' on, the first on the scale 'cosine'>
    >>> rows = {"query": ["a", "a"], "near": [0.3, 0.8], "words": [11.5, 0.0], "relevance": [1, 0]}
    >>> labels = sc.Labels.from_frame(rows, score=["near", "words"])
    >>> sc.score_pairs(labels, {"near": "chroma-cosine", "words": "bm25"}).feature_names
    ('near', 'words')
    """
    check_kind(labels, Labels, "read them with read_labels or Labels.from_frame", LabelsError)
    if isinstance(scale, Mapping):
        return _several_scores(labels, {name: scale_of(each) for name, each in scale.items()})
    own = scale_of(scale)
    if labels.scores is None:
        raise LabelsError("These labels have no column 'score'; add one, or give texts instead.")
    _check_direction(labels.reading.columns.get("score", ""), own)
    within = _within(labels.scores, labels.rows, own, "score")
    return _pairs(labels, within[:, np.newaxis], ("score",), own)


def _several_scores(labels: Labels, scales: Mapping[str, ScoreScale]) -> ScoredPairs:
    """Return pairs of several scores, all but the first turned so that more is better."""
    if len(scales) < 2:
        raise InputError(
            f"Scales of {len(scales)} scores were given by name; give two or more, or the one "
            "scale by itself."
        )
    read = []
    for name, scale in scales.items():
        _check_direction(name, scale)
        read.append(_within(_scores_in(labels, name), labels.rows, scale, name))
    first, *others = read
    ways = [1.0 if each.higher_is_better else -1.0 for each in scales.values()][1:]
    columns = np.column_stack(
        [first, *(w * column for w, column in zip(ways, others, strict=True))]
    )
    all_scales = tuple(scales.values())
    pairs = _pairs(labels, columns, tuple(scales), all_scales[0])
    return replace(pairs, score_scales=all_scales)


def _scores_in(labels: Labels, name: str) -> Floats:
    """Return a column of scores: the one that was read as such, or one that was carried along."""
    if labels.scores is not None and name == labels.reading.columns.get("score", "score"):
        return labels.scores
    check_columns({"score": name}, list(labels.extra), LabelsError)
    numbers = np.empty(len(labels))
    for index, cell in enumerate(labels.extra[name]):
        value = PLAIN.value(cell)
        if value is None:
            row = labels.rows[index]
            raise LabelsError(
                f"Row {row}, column '{name[:40]}': {cell[:40]!r} is no number; correct it, or "
                "leave the row out.",
                row=row,
                column=name,
            )
        numbers[index] = value
    return numbers


def _pairs(
    labels: Labels, features: Floats, names: tuple[str, ...], scale: ScoreScale
) -> ScoredPairs:
    queries = tuple(query_key(query) for query in labels.queries)
    return labelled(ScoredPairs(queries, labels.relevance, features, names, scale), labels)


def labelled(pairs: ScoredPairs, labels: Labels) -> ScoredPairs:
    """Return pairs with what people said of them; row i is that of label i."""
    return replace(
        pairs,
        relevance=labels.relevance,
        graded=labels.reading.kind == "graded",
        judged_from=labels.reading.lowest,
        judged_to=labels.reading.highest,
        rows=labels.rows,
        split=labels.split,
        inclusion=inclusion_of(labels),
        weights=labels.weights,
    )


@explain_mistakes
def pairs_from_arrays(
    scores: Numbers | Mapping[str, Numbers],
    relevance: Sequence[Any] | HoldsArray,
    queries: Sequence[Any] | HoldsArray,
    *,
    scale: Scores | Mapping[str, Scores],
    weights: Numbers | None = None,
    grades: tuple[float, float] | None = None,
) -> ScoredPairs:
    """Return pairs of scores and labels that a program holds as arrays.

    Parameters
    ----------
    scores:
        One a row, shape (n,); of several scores, the arrays by name.
    relevance:
        The label of each row: flags, 0 and 1, grades, or words as `read_labels` knows them. Rows
        without one (None or NaN) are left out; `rows` has the numbers of the others, from 1.
    queries:
        The query of each row, its text or any id: rows of one query are checked together.
    scale:
        What the scores mean, as for `score_pairs`.
    weights:
        What each row counts in a fit, above 0; all alike if not given.
    grades:
        Lowest and highest grade of the labels; recognised if not given.

    Raises
    ------
    LabelsError
        The arrays differ in length, a label or a score cannot be used, with its row, and all else
        of `score_pairs`.
    InputError
        The scale is none.

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays([0.2, 0.9], [1, 0], ["a", "a"], scale="chroma-cosine")
    >>> pairs.similarities.tolist(), pairs.relevance.tolist()
    ([-0.2, -0.9], [1.0, 0.0])
    """
    several = isinstance(scores, Mapping)
    if several != isinstance(scale, Mapping):
        raise InputError(
            "Several scores need the scale of each by its name, such as "
            "scale={'bm25': 'bm25', 'cos': 'cosine'}, and a single one needs its own scale."
        )
    named = dict(scores) if isinstance(scores, Mapping) else {"score": scores}
    columns = {"query": queries, "relevance": relevance, **named}
    weight = None if weights is None else "weight"
    if weights is not None:
        columns["weight"] = weights
    labels = Labels.from_frame(
        columns, query="query", relevance="relevance", score=list(named), weight=weight,
        scale=grades, repeats="count",
    )  # fmt: skip
    return score_pairs(labels, scale)


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


def _within(scores: Floats, rows: Sequence[int], scale: ScoreScale, column: str) -> Floats:
    """Return scores brought within their scale; the row of one that cannot be on it is named."""
    fault = scale.first_fault(scores)
    if fault is None:
        return scale.without_rounding(scores)
    index, words = fault
    raise LabelsError(
        f"Row {rows[index]}, column '{column[:40]}': {words[:1].lower()}{words[1:]}",
        row=rows[index],
        column=column,
    )
