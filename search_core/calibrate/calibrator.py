"""A fitted calibrator: from a score to a number that was checked against labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from numbers import Real
from pathlib import Path
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from search_core import display
from search_core.arrays import Numbers, floats_of, keeping_gaps
from search_core.calibrate.bounds import ScoreBound, bounds_at, score_reaching
from search_core.calibrate.columns import (
    check_bare,
    check_own,
    no_way,
    scores_of_frame,
    scores_of_pairs,
)
from search_core.calibrate.export import dialects, hub
from search_core.calibrate.export.stored import read_fitted
from search_core.calibrate.export.written import written
from search_core.calibrate.fitted import Fitted
from search_core.calibrate.in_use import (
    CollectionChange,
    change_since,
    check_converts,
    engine_of,
    levelled,
    notes_on_change,
    scores_on,
)
from search_core.calibrate.maps import logit
from search_core.calibrate.thresholds import Threshold
from search_core.engine import SearchEngine
from search_core.engines.scales import Scores, converter, scale_of
from search_core.errors import (
    CalibrationError,
    InputError,
    ScaleMismatch,
    check_kind,
    several,
    writing_file,
)
from search_core.hits import Hits
from search_core.limits import Limits
from search_core.mistakes import explain_mistakes
from search_core.pairs import ScoredPairs
from search_core.scale import EXPECTED_RELEVANCE, PROBABILITY, ScoreScale
from search_core.stores.engine import StoreEngine
from search_core.vectors import Floats

Database = Literal["pgvector", "duckdb", "sqlite"]

_NEEDS_MORE = (
    "This calibrator also looks at the list of hits, their neighbours and words, so bare scores "
    "are not enough; apply it to hits with their engine, or take one of the score alone, such as "
    "fit_calibrator(pairs, 'platt').calibrator, or the attribute 'simple' of this fit's result."
)


@explain_mistakes
@dataclass(frozen=True)
class Calibrator(Fitted):
    """Maps pairs, or hits, to a probability or to an expected relevance.

    Attributes
    ----------
    method:
        How it was fitted: platt, linear, isotonic, centred_isotonic, beta or blend.
    scale:
        What its first column means, and which encoder made it.
    feature_names:
        The columns that it knows.
    model:
        The fitted map.
    fitted_on:
        What it was fitted on.
    nothing_below:
        A best hit whose value lies under this means "nothing relevant here"; None where it was
        not measured.
    thresholds:
        Those that were found, with their guarantee.
    report:
        The figures of its report, as plain values.
    base_rate:
        The share relevant that it is re-stated for; None leaves the labels' own.
    own_scale:
        What the scores mean that it reads from the file itself, beside texts; None where it reads
        none.
    score_scales:
        What each column means, where it was fitted on several scores; else empty.

    Examples
    --------
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    ...     for n in range(80)
    ... ]
    >>> pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
    >>> calibrator = sc.fit_calibrator(pairs, "linear").calibrator
    >>> calibrator.predict(pairs.take(np.arange(4))).round(2).tolist()
    [0.0, 0.58, 0.42, 1.0]
    >>> [bound.words for bound in calibrator.scores_reaching(0.7, pairs.features[:, 0])]
    ['cosine 0.575 and above', 'squared L2 distance 0.85 and below']
    >>> calibrator.predict_frame({"score": [0.5, 0.1, None]}).round(2).tolist()
    [0.58, 0.0, nan]
    >>> calibrator.predict_scores([[0.5, 0.6], [None, 0.2]], "chroma-cosine").round(2).tolist()
    [[0.58, 0.42], [nan, 1.0]]
    """

    def __repr__(self) -> str:
        fitted = self.fitted_on
        on = ", ".join(f"'{name}'" for name in self.feature_names if self.score_scales)
        states = self.kind.replace("_", " ")
        return (
            f"<Calibrator: {self.method} on {on or repr(self.scale.name)}, fitted on "
            f"{fitted.rows:,} rows of {fitted.queries:,} queries; states {states}>"
        )

    def _repr_html_(self) -> str:
        rows = [(name, scale.words) for name, scale in self.scales.items()]
        said = [display.sentence(repr(self)[1:-1]), display.table(["score", "scale"], rows)]
        return "".join([*said, display.notes(self.promises or ["No threshold is guaranteed."])])

    def predict(self, pairs: ScoredPairs) -> Floats:
        """Return the calibrated value of each pair, float64 in [0, 1], shape (n,).

        Raises
        ------
        ScaleMismatch
            The pairs are on another scale, or were embedded by another encoder.
        CalibrationError
            The pairs lack a column that it was fitted on.
        """
        return self.values(self._columns(pairs))

    @overload
    def predict_scores(self, scores: Real | float, engine: Scores | None = None) -> float: ...
    @overload
    def predict_scores(self, scores: Numbers, engine: Scores | None = None) -> Floats: ...
    def predict_scores(
        self, scores: Real | float | Numbers, engine: Scores | None = None
    ) -> float | Floats:
        """Return the calibrated value of bare scores, float64 in [0, 1].

        Bare scores name no encoder, so whether one and the same made these and those of the fit is
        the caller's to know.

        Parameters
        ----------
        scores:
            One, or many in any shape: lists, an array, a column of a frame, a tensor. Where there
            is none (None, NaN, masked) there is no value either.
        engine:
            What they come from, as `scale_of` takes it: the key of an engine such as
            ``"chroma-cosine"``, the name of a scale, or a scale; which way is better follows from
            it. None says that they are on the scale of the fit.

        Returns
        -------
        float of one score; else an array of the scores' shape, masked as they are.

        Raises
        ------
        CalibrationError
            It was fitted on more than one score: a blend, or several scores.
        ScaleMismatch
            They are on another scale than the fit, and no cosine stands behind both.
        InputError
            A score is infinite or outside the bounds of its scale, with its place; or nothing is
            known by the engine's name.
        """
        if not self.is_of_one_score:
            raise CalibrationError(self._needs_more())
        given = self.scale if engine is None else scale_of(engine)
        convert = converter(given, self.scale)
        if convert is None:
            raise ScaleMismatch(no_way(given, self.scale))
        values = floats_of(scores, "scores")

        def predicted(known: Floats) -> Floats:
            check_bare(known, values, given)
            return self.values_of_scores(convert(given.without_rounding(known)))

        stated = keeping_gaps(values, predicted)
        return stated if stated.ndim or np.ma.isMaskedArray(stated) else float(stated)

    def relevance_score_fn(self, engine: Scores) -> Callable[[float], float]:
        """Return a function of one score, as a vector store of LangChain takes it.

        Then what the store calls relevance is predicted relevance, and a retriever with
        `search_type="similarity_score_threshold"` keeps what its `score_threshold` says.

        Parameters
        ----------
        engine:
            What the store's `similarity_search_with_score` shows, as `scale_of` takes it, such as
            ``"langchain-faiss-score"``.

        Raises
        ------
        CalibrationError, ScaleMismatch, InputError
            As for `predict_scores`: now, where no score of this engine can be read.

        Examples
        --------
        >>> rows = [
        ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4],
        ...      "relevance": n % 2}
        ...     for n in range(80)
        ... ]
        >>> pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
        >>> calibrator = sc.fit_calibrator(pairs, "linear").calibrator
        >>> relevance = calibrator.relevance_score_fn("langchain-faiss-score")
        >>> round(relevance(1.0), 2)  # a squared L2 distance: the cosine is 0.5
        0.58
        """
        self.predict_scores([], engine)

        def relevance(score: float) -> float:
            return float(self.predict_scores(score, engine))

        return relevance

    def predict_frame(self, frame: object, *, columns: Mapping[str, str] | None = None) -> Floats:
        """Return the calibrated value of each row of a table with scores, in its order.

        Parameters
        ----------
        frame:
            As `Labels.from_frame` takes it.
        columns:
            Where each score stands in it: the name of the column by the name of the score in the
            fit (`feature_names`); under its own name if not given.

        Returns
        -------
        float64 in [0, 1], shape (rows,); NaN in a row that lacks a score.

        Raises
        ------
        CalibrationError
            It looks at texts as well as scores: a blend.
        InputError
            It is no table, a column is missing, or a score cannot be on its scale, with its place.
        """
        if self.needs_engine:
            raise CalibrationError(_NEEDS_MORE)
        read, known = scores_of_frame(frame, columns, self.scales)
        values = np.full(len(known), np.nan)
        values[known] = self.values(read)
        return values

    def apply(
        self,
        hits: Hits,
        engine: SearchEngine | StoreEngine | None = None,
        *,
        keep_order: bool = False,
        other_corpus: Literal["accept", "refuse"] = "accept",
    ) -> Hits:
        """Return the hits on the calibrated scale, best first.

        Parameters
        ----------
        hits:
            As the search returned them, on the scale of the fit or, of unit vectors, under any
            metric.
        engine:
            The one whose collection they were found in; only the blend needs it.
        keep_order:
            Keep the engine's order: values are levelled down the list where they would rise.
        other_corpus:
            Whether a blend may serve a collection that has changed since the fit ("refuse" if not),
            where its list and neighbour features have moved. The hits then carry a note, and beyond
            what was measured (see `collection_change`) there is a warning as well.

        Raises
        ------
        ScaleMismatch
            The hits are on a scale that does not convert to that of the fit (normalized or
            calibrated already, perhaps), or come from another encoder.
        CalibrationError
            The blend was given no engine, or one that did not find these hits; or the collection
            changed, and `other_corpus` refuses that.

        Warns
        -----
        CollectionChangedWarning
            The collection changed more than was measured.
        """
        (answer,) = _calibrated(self, [hits], engine, keep_order, other_corpus)
        return answer

    def apply_many(
        self,
        hits: Iterable[Hits],
        engine: SearchEngine | StoreEngine | None = None,
        *,
        keep_order: bool = False,
        other_corpus: Literal["accept", "refuse"] = "accept",
    ) -> list[Hits]:
        """Return the hits of many queries, each as `apply` does, embedded and scored together.

        Parameters
        ----------
        hits:
            As `SearchEngine.search_many` returned them.
        engine, keep_order, other_corpus:
            As for `apply`.

        Raises
        ------
        ScaleMismatch, CalibrationError
            As for `apply`.
        InputError
            The hits are no list.

        Warns
        -----
        CollectionChangedWarning
            As for `apply`.
        """
        given = several(hits, "hits", InputError)
        return _calibrated(self, given, engine, keep_order, other_corpus)

    def collection_change(self, engine: SearchEngine) -> CollectionChange:
        """Return what came and went in this engine's collection since the fit.

        Only a blend looks at the collection; a map of the score alone states the same in any.
        """
        return change_since(self.fitted_on, engine.corpus)

    def score_reaching(self, value: float) -> float | None:
        """Return the score from which on the calibrated value reaches `value`.

        On the labels' scale: at or above it where higher is better, at or below it otherwise; the
        worst score there is, perhaps infinite, where every score reaches the value. None where no
        score does, for a curve that falls, and where it looks at more than one score.
        """
        _check_number(value, "value")
        if not self.is_of_one_score:
            return None
        return score_reaching(value, self.scale, self._at)

    def scores_reaching(
        self, value: float, scores: npt.ArrayLike | None = None
    ) -> tuple[ScoreBound, ...]:
        """Return the score from which on the value is reached, on each scale that can be read.

        That of the labels; beside cosines, the squared L2 distance of unit vectors as well. Empty
        where that does not hang on the score alone.

        Parameters
        ----------
        value:
            A calibrated value, such as a threshold.
        scores:
            Of the rows that the value was found on, on the labels' scale: the bounds then have as
            few digits as keep exactly the rows that the exact ones keep. All digits without.
        """
        exact = self.score_reaching(value)
        if exact is None:
            return ()
        return bounds_at(exact, self.scale, scores)

    def with_threshold(self, threshold: Threshold) -> Calibrator:
        """Return the calibrator with a threshold in place of the one of the same level.

        What may be shown as relevant is not called nothing, so `nothing_below` moves down with a
        threshold for best hits that lies lower; give the calibrator as it was fitted, so that it
        moves up again with a higher one. A calibrator without thresholds (re-stated for another
        share, or fitted on too few labels) can promise nothing and stays as it is.
        """
        check_kind(
            threshold, Threshold, "give one of result.threshold or row_threshold", InputError
        )
        if not self.thresholds:
            return self
        kept = tuple(
            threshold if each.level == threshold.level else each for each in self.thresholds
        )
        nothing = self.nothing_below
        if nothing is not None:
            shown = [
                each.value for each in kept if each.level == "query" and each.value is not None
            ]
            nothing = min([nothing, *shown])
        return replace(self, thresholds=kept, nothing_below=nothing)

    def at_base_rate(self, share: float) -> Calibrator:
        """Return the calibrator re-stated for another share of relevant rows.

        logit p′ = logit p + logit π′ − logit π (Saerens, Latinne and Decaestecker 2002). It holds
        where only the share differs, not what relevant texts look like. The thresholds' guarantee
        does not move along, so they are withdrawn.

        Raises
        ------
        CalibrationError
            Graded labels, or a share outside (0, 1).
        """
        if self.kind != "probability":
            raise CalibrationError(
                "Only probabilities can be adjusted to another share of relevant rows; this "
                "calibrator was fitted on grades."
            )
        _check_number(share, "share")
        if not 0 < share < 1:
            raise CalibrationError(f"The share is {share:g}; it must lie between 0 and 1.")
        if share == self.fitted_on.mean:
            return replace(self, base_rate=None)
        return replace(self, base_rate=share, thresholds=(), nothing_below=None)

    def explain(self, pairs: ScoredPairs) -> tuple[dict[str, float], ...]:
        """Return what each column added to the log-odds of each pair.

        A column's parts are 0 on average over the rows that were fitted on. So the parts of a pair
        add up to logit p less a baseline, which is the same for every pair: the intercept, and the
        shift of `at_base_rate`. For a blend, parts and intercepts are the members', by their
        weights, and what its guard takes off counts to the cosine; a member surer than 1 in 10,000
        is levelled there in logit p, and not in its parts. A map that is neither (a line, a curve,
        beta) has one entry: logit p less the log-odds of the average label.

        Parameters
        ----------
        pairs:
            As for `predict`.

        Raises
        ------
        ScaleMismatch, CalibrationError
            As from `predict`.
        """
        columns = self._columns(pairs)
        parts = self.model.parts(columns)
        if parts is None:
            share = self.fitted_on.mean if self.base_rate is None else self.base_rate
            alone: Floats = logit(self.values(columns)) - logit(np.array([share]))
            parts = alone[:, np.newaxis]
        nothing = dict.fromkeys(self.feature_names, 0.0)
        names = self.model.reads()
        return tuple(nothing | dict(zip(names, row, strict=True)) for row in parts.tolist())

    def require(self, scale: ScoreScale) -> None:
        """Raise `ScaleMismatch` unless scores are on the labels' scale, from the same encoder.

        Raises
        ------
        ScaleMismatch
            The scale, or the encoder behind it, is another one.
        """
        made = self.fitted_on.encoder
        is_elsewhere = scale.source not in ("", self.scale.source)
        if made and is_elsewhere and scale.from_source(self.scale.source) == self.scale:
            raise ScaleMismatch(
                f"This calibrator was fitted on cosines of '{made.name}', and these scores come "
                "from another encoder; encode with that model, or fit a calibrator on this one's "
                "scores."
            )
        self.scale.require(scale)

    def to_json(self) -> str:
        """Return the calibrator as JSON text, with a checksum; never a pickle."""
        return written(self)

    def to_sql(self, dialect: Database, score: str = "score") -> str:
        """Return an expression in SQL that states what this calibrator does of a score.

        NULL and NaN give NULL. An expression names its column several times, so give it one.

        Parameters
        ----------
        dialect:
            "pgvector" (PostgreSQL), "duckdb", or "sqlite", which needs its mathematical functions.
        score:
            The column, or an expression, with the score on the scale of the fit.

        Raises
        ------
        CalibrationError
            It looks at more than one score.
        InputError
            Another dialect, or no column.
        """
        return dialects.to_sql(self, dialect, score)

    def to_javascript(self) -> str:
        """Return a function `calibrated(score)` in JavaScript; NaN for what is no number.

        Raises
        ------
        CalibrationError
            It looks at more than one score.
        """
        return dialects.to_javascript(self)

    def to_painless(self, score: str | None = None) -> str:
        """Return a script in Painless, for `script_score` of Elasticsearch and OpenSearch.

        Parameters
        ----------
        score:
            What makes the score on the scale of the fit; the function of the scale on a field
            `embedding` with `params.query_vector` if not given, or `_score`. The `_score` of a kNN
            search by cosine is (1 + cosine)/2, so there it is ``"2 * _score - 1"``.

        Raises
        ------
        CalibrationError
            It looks at more than one score.
        """
        return dialects.to_painless(self, score)

    def to_vespa(self) -> str:
        """Return a function `calibrated(score)` for a rank profile of Vespa.

        Raises
        ------
        CalibrationError
            It looks at more than one score.
        """
        return dialects.to_vespa(self)

    def to_lucene(self) -> str:
        """Return Java that makes a `BayesianScoreQuery` (Lucene 10.5) of a query.

        It states 1/(1 + exp(−α (score − β))), counted by Lucene in single precision.

        Raises
        ------
        CalibrationError
            It is no logistic curve of one score, or one of which lower scores are better.
        """
        return dialects.to_lucene(self)

    def save(self, path: str | Path) -> Path:
        """Write the calibrator's JSON to a file, and return where it is; `load` reads it.

        Parameters
        ----------
        path:
            The file to write; one that is there already is replaced.

        Raises
        ------
        CalibrationError
            The file cannot be written.
        """
        check_kind(path, (str, Path), "give the file's path", InputError)
        file = Path(path)
        with writing_file("calibrator", file, "calibrator.json", CalibrationError):
            file.write_text(self.to_json(), encoding="utf-8")
        return file

    @classmethod
    def load(cls, path: str | Path) -> Calibrator:
        """Read a calibrator from a file that `save` wrote; `load_calibrator` takes JSON itself.

        Parameters
        ----------
        path:
            The file to read.

        Raises
        ------
        CalibrationError
            As `load_calibrator` says.
        """
        check_kind(path, (str, Path), "give the file's path", InputError)
        return load_calibrator(Path(path))

    def save_pretrained(
        self, save_directory: str | Path, *, repo_id: str = "calibrator", license: str = "other"
    ) -> Path:
        """Write the JSON and a card, filled from the report, into a folder, and return it.

        Parameters
        ----------
        save_directory:
            Made where it is not there.
        repo_id, license:
            What the card calls the calibrator, and the licence that it names.

        Raises
        ------
        CalibrationError
            The folder cannot be written.
        """
        return hub.save_pretrained(self, save_directory, repo_id, license)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        commit_message: str = "Push a calibrator of Score Sense.",
        private: bool | None = None,
        token: str | None = None,
        branch: str | None = None,
        create_pr: bool = False,
        license: str = "other",
    ) -> str:
        """Upload the JSON and a card to the Hugging Face Hub, and return the commit's address.

        The JSON holds the collection's size and hashes of texts, and no text of yours.

        Parameters
        ----------
        repo_id, commit_message, private, token, branch, create_pr:
            As `huggingface_hub.ModelHubMixin.push_to_hub` has them; the repository is made where it
            is not there.
        license:
            What the card names.

        Raises
        ------
        MissingExtra
            huggingface_hub is not installed.
        CalibrationError
            The Hub refuses, or cannot be reached.
        """
        return hub.push_to_hub(
            self, repo_id, commit_message=commit_message, private=private, token=token,
            branch=branch, create_pr=create_pr, licence=license,
        )  # fmt: skip

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | Path,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
    ) -> Calibrator:
        """Read a calibrator from a folder, or from a repository of the Hugging Face Hub.

        Parameters
        ----------
        pretrained_model_name_or_path:
            A folder that `save_pretrained` wrote, or a repository such as ``"me/my-calibrator"``.
        revision, token, cache_dir, force_download, local_files_only:
            As `huggingface_hub.hf_hub_download` has them.

        Raises
        ------
        MissingExtra
            It is no folder, and huggingface_hub is not installed.
        CalibrationError
            There is none, the Hub cannot be reached, or as `load_calibrator` says.
        """
        file = hub.fetched(
            pretrained_model_name_or_path, revision=revision, token=token, cache_dir=cache_dir,
            force_download=force_download, local_files_only=local_files_only,
        )  # fmt: skip
        return cls.load(file)

    def values_of_scores(self, scores: Floats) -> Floats:
        """Return what a map of the score alone states of scores on the labels' scale, shape (n,).

        Nothing is checked of the scores here; `apply` and `predict` do that.
        """
        way = 1.0 if self.scale.higher_is_better else -1.0
        within = self.scale.without_rounding(scores)
        return self.values({self.feature_names[0]: way * within})

    def _at(self, score: float) -> float:
        """Return the value of one score, higher being better."""
        return float(self.values({self.feature_names[0]: np.array([score])})[0])

    def _columns(self, pairs: ScoredPairs) -> dict[str, Floats]:
        """Return the columns that the map reads; the score of one column may have another name."""
        check_kind(
            pairs, ScoredPairs, "give bare scores to predict_scores, and hits to apply", InputError
        )
        self.require(pairs.scale)
        if self.is_of_one_score:
            return {self.feature_names[0]: pairs.similarities}
        if self.score_scales:
            return scores_of_pairs(pairs, self.scales)
        if self.own_scale is not None:
            check_own(self.own_scale, pairs)
        columns = pairs.columns()
        missing = [name for name in self.feature_names if name not in columns]
        if missing:
            raise CalibrationError(
                f"These pairs lack the column {', '.join(missing)}; score them with an engine, as "
                "the labels were."
            )
        return columns

    def _needs_more(self) -> str:
        """Say why bare scores, or hits, are not enough."""
        if not self.score_scales:
            return _NEEDS_MORE
        names = ", ".join(f"'{name}'" for name in self.feature_names)
        return (
            f"This calibrator looks at several scores, {names}, and one alone is not enough; give "
            "a table with all of them to predict_frame, or fit one on a single score."
        )


@explain_mistakes
def load_calibrator(source: str | bytes | Path, *, limits: Limits | None = None) -> Calibrator:
    """Read a calibrator from its JSON.

    Parameters
    ----------
    source:
        The JSON itself, as text or bytes, or the `Path` of its file. Text is never taken for a
        path: it may come from a stranger.
    limits:
        Caps for strangers' files; none if not given.

    Raises
    ------
    CalibrationError
        A file that is not there, too large, no JSON, another format or version, a checksum that
        does not fit, or any field that is not what it should be.

    Examples
    --------
    >>> sc.load_calibrator('{"format": "another/1"}')
    Traceback (most recent call last):
    search_core.errors.CalibrationError: The file's format is 'another/1', and this version reads \
'score-calibrator/1'; export the calibrator again with this version, or use a newer one.
    """
    return Calibrator(**vars(read_fitted(source, limits)))


def _check_number(value: object, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"The {name} is {value!r:.40}; give a number.")


def _calibrated(
    calibrator: Calibrator,
    hits: Sequence[Hits],
    engine: SearchEngine | StoreEngine | None,
    keep_order: bool,
    other_corpus: str,
) -> list[Hits]:
    """Return the hits of each query on the calibrated scale, as `Calibrator.apply` says."""
    if other_corpus not in ("accept", "refuse"):
        raise InputError(f"other_corpus is {other_corpus!r}; write 'accept' or 'refuse'.")
    for each in hits:
        check_kind(
            each, Hits, "give those of one search to apply, a list to apply_many", InputError
        )
    if engine is not None:
        kinds = (SearchEngine, StoreEngine)
        check_kind(engine, kinds, "give the one that found these hits", InputError)
    if calibrator.score_scales:
        raise CalibrationError(calibrator._needs_more())
    for each in hits:
        _check_scale(calibrator, each)
    notes: tuple[str, ...] = ()
    if not hits:
        return []
    if calibrator.own_scale is not None:
        raise CalibrationError(
            f"This calibrator also reads the file's own score, {calibrator.own_scale.words}, which "
            "a search does not have; predict rows that have a column 'score'."
        )
    if calibrator.needs_engine:
        found_by = engine_of(engine, hits)
        notes = notes_on_change(calibrator.fitted_on, found_by, other_corpus)
        values = calibrator.predict(found_by.score_hits(hits))
    else:
        scores = [scores_on(calibrator.scale, each) for each in hits]
        values = calibrator.values_of_scores(np.concatenate(scores))
    ends = accumulate(map(len, hits))
    parts = [values[end - len(each) : end] for each, end in zip(hits, ends, strict=True)]
    scale = PROBABILITY if calibrator.kind == "probability" else EXPECTED_RELEVANCE
    return [
        _noted(
            each.rescored(
                levelled(part) if keep_order else part, scale.from_source(each.scale.source)
            ),
            (*each.notes, *notes),
        )
        for each, part in zip(hits, parts, strict=True)
    ]


def _noted(hits: Hits, notes: tuple[str, ...]) -> Hits:
    return replace(hits, notes=notes) if notes else hits


def _check_scale(calibrator: Calibrator, hits: Hits) -> None:
    """Refuse hits whose scores are not those of the fit; what knows no encoder takes any."""
    check_converts(calibrator.scale, hits)
    if calibrator.scale.source:
        calibrator.require(calibrator.scale.from_source(hits.scale.source))
