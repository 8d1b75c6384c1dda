"""What each function for programs takes and answers; its documentation is made of these types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import ErrorDetails, PydanticCustomError

import search_core as sc
from search_ui.rendering import shortened

READINGS = ("raw", "minmax", "zscore", "softmax", "reciprocal_rank")
MOST_FAULTS = 100  # of one request; who mends these sees the next
LARGEST = 1e300  # of a score: its double is still a number in the middle of a formula


def _one_of(choices: Sequence[str], also: Iterable[str] = ()) -> Callable[[str], str]:
    """Return a validator that lets these choices through, and others that it does not name."""
    taken = {*choices, *also}

    def check(given: str) -> str:
        if given not in taken:
            raise PydanticCustomError("choice", "unknown", {"choices": ", ".join(choices)})
        return given

    return check


def _choice(choices: Sequence[str]) -> Any:
    """Return the JSON schema of a choice."""
    return Field(json_schema_extra={"enum": list(choices)})


def _encodable(text: str) -> str:
    """Refuse halves of characters, which JSON may bring but no answer could hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "a lone surrogate") from None
    return text


def _several(most: int) -> Any:
    return Field(max_length=most, fail_fast=True)


Text = Annotated[str, AfterValidator(_encodable)]
Query = Annotated[str, Field(max_length=sc.PUBLIC.query_characters)]
BackgroundQueries = Annotated[list[Query], _several(sc.PUBLIC.background_queries)]


class DocumentText(BaseModel):
    """A document with an id of its own."""

    id: str | int = Field(description="What rows and hits call it by.")
    text: Text


def _document(given: object) -> object:
    """Refuse what is no document, in one sentence for either form."""
    is_text = isinstance(given, str)
    is_named = isinstance(given, dict) and given.keys() == {"id", "text"}
    if not is_text and not is_named:
        raise PydanticCustomError("document", "no document")
    return given


Document = Annotated[Text | DocumentText, BeforeValidator(_document)]
Documents = Annotated[list[Document], _several(sc.PUBLIC.documents)]
Queries = Annotated[dict[str, Text], Field(max_length=sc.PUBLIC.label_rows)]
Meaning = Annotated[float, Field(allow_inf_nan=False)]


def _rising(scale: list[float]) -> list[float]:
    if len(scale) != 2 or scale[0] >= scale[1]:
        raise PydanticCustomError("label_scale", "no scale")
    return scale


LabelScale = Annotated[list[Meaning], AfterValidator(_rising)]
Rows = Annotated[list[dict[str, Any]], _several(sc.PUBLIC.label_rows)]
Score = Annotated[float, Field(gt=-LARGEST, lt=LARGEST, allow_inf_nan=False)]
Direction = Annotated[
    str, AfterValidator(_one_of(("higher", "lower"))), _choice(("higher", "lower"))
]
Metric = Annotated[
    str, AfterValidator(_one_of(tuple(sc.METRIC_SCALES))), _choice(tuple(sc.METRIC_SCALES))
]
Reading = Annotated[str, AfterValidator(_one_of(READINGS)), _choice(READINGS)]
SCALES = ("auto", *sc.BROUGHT_SCALES, "other")
Scale = Annotated[
    str,
    AfterValidator(_one_of(SCALES, (each.label for each in sc.BROUGHT_SCALES.values()))),
    _choice(SCALES),
]
DIRECTIONS = ("auto", "higher", "lower")
ScaleDirection = Annotated[str, AfterValidator(_one_of(DIRECTIONS)), _choice(DIRECTIONS)]
FIT_ON = ("auto", "scores", "texts", "both")
FitOn = Annotated[str, AfterValidator(_one_of(FIT_ON)), _choice(FIT_ON)]


class Request(BaseModel):
    """What a function takes: JSON types as they are, and no other fields than these."""

    model_config = ConfigDict(strict=True, extra="forbid")


class SearchRequest(Request):
    """A query, and the texts to search."""

    query: Query = Field(description="The query.")
    documents: Documents | None = Field(
        default=None, description="The texts to search; null for the sample collection."
    )
    k: int = Field(default=10, ge=1, le=sc.PUBLIC.hits, description="How many hits.")
    background_queries: BackgroundQueries | None = Field(
        default=None,
        description="50 or more questions that the texts don't answer; null for those that come "
        "with the program, in the language of the texts.",
    )
    right_of_ten: float | None = Field(
        default=None,
        ge=0,
        le=10,
        description="How many of this query's first ten hits are right, if you know: it narrows "
        "other_collections.",
    )


class ExplainRequest(Request):
    """One query and one text."""

    query: Query = Field(description="The query.")
    text: Text = Field(description="The text; the model reads its first 256 tokens.")


class NormalizeRequest(Request):
    """The scores of one list of hits."""

    scores: Annotated[list[Score], _several(sc.PUBLIC.label_rows), Field(min_length=1)] = Field(
        description="The scores of one list of hits, in any order."
    )
    direction: Direction = Field(
        default="higher",
        description='"higher" if higher is better (a cosine), "lower" if lower is (a distance).',
    )
    method: Reading = Field(default="minmax", description="The name of the method.")
    temperature: float = Field(
        default=sc.SOFTMAX_TEMPERATURE, gt=0, le=LARGEST, allow_inf_nan=False,
        description="For softmax: what scores are divided by. 0.05 suits cosines, 1 the logits of "
        "a reranker.",
    )  # fmt: skip


class ConvertRequest(Request):
    """A number that an engine showed."""

    score: Score = Field(description="The number.")
    engine: Text = Field(
        description='What showed it, by engine and setting, such as "faiss-l2".',
        json_schema_extra={"enum": list(sc.ENGINES)},
    )


class FitRequest(Request):
    """Labels."""

    rows: Rows = Field(description="Labels, one per row.")
    method: str = Field(
        default="auto",
        description='The method; "auto" chooses one.',
        json_schema_extra={"enum": list(sc.METHODS)},
    )
    documents: Documents | None = Field(
        default=None,
        description="The collection, as texts or as objects with id and text; null for the texts "
        "of the rows.",
    )
    score_scale: Scale = Field(
        default="auto",
        description=(
            'What the column score of the rows means; "auto" reads it from the column\'s name or '
            'asks, "other" is any score and needs direction.'
        ),
    )
    direction: ScaleDirection = Field(
        default="auto",
        description='Which scores are better, where score_scale leaves that open: "other", BM25.',
    )
    fit_on: FitOn = Field(
        default="auto",
        description=(
            'What to fit on where rows have texts and scores: "scores", "texts" or "both"; "auto" '
            "takes scores if their scale is given, else texts."
        ),
    )
    queries: Queries | None = Field(
        default=None, description="The text of each query by id, if rows have query_id only."
    )
    meanings: dict[str, Meaning | None] | None = Field(
        default=None,
        description='The grade of each label, such as {"great": 2, "poor": 0}; null leaves out '
        "the rows of a label.",
    )
    scale: LabelScale | None = Field(
        default=None,
        description="The lowest and the highest label people could give; null to recognise them.",
    )
    relevant_from: Meaning | None = Field(
        default=None,
        description="The lowest label that counts as relevant, all others as not; null to keep "
        "grades.",
    )


class ApplyRequest(Request):
    """A calibrator, and the rows to score."""

    calibrator: str | dict[str, Any] = Field(
        description="The JSON that fit_calibrator returned, or that you downloaded from the page."
    )
    rows: Rows = Field(description="The rows to score.")
    documents: Documents | None = Field(
        default=None,
        description="The collection; null for the sample if fitted there, else the rows' texts.",
    )
    queries: Queries | None = Field(
        default=None, description="The text of each query by id, if rows have query_id only."
    )


class CompareRequest(Request):
    """A collection, queries and indexes."""

    documents: Documents | None = Field(
        description="The texts to index; null for the sample collection."
    )
    queries: Annotated[list[Query], _several(sc.PUBLIC.trial_queries)] = Field(
        description="The queries."
    )
    factories: Annotated[list[str], _several(sc.PUBLIC.trial_indexes)] = Field(
        description='FAISS factory strings, such as "HNSW32".'
    )
    metric: Metric = Field(
        default="squared_l2",
        description="What the indexes rank by. It matters where vectors are quantized.",
    )


def _share(given: float) -> float:
    if not 0.0 <= given <= 1.0:
        raise PydanticCustomError("share", "no share")
    return given


Share = Annotated[
    float, AfterValidator(_share), Field(json_schema_extra={"minimum": 0, "maximum": 1})
]


class ScoredTwice(BaseModel):
    """A pair of a query and a text, with both of its scores."""

    query: Text
    old: Score = Field(description="Under the old model or engine; higher is better.")
    new: Score = Field(description="Under the new one; higher is better.")
    relevance: Share | None = Field(default=None, description="Its label, if there is one.")


class TranslateRequest(Request):
    """A threshold, and pairs under the old and the new model or engine."""

    value: Score = Field(description="The old threshold.")
    rows: Annotated[list[ScoredTwice], _several(sc.PUBLIC.label_rows), Field(min_length=1)] = Field(
        description="Pairs of your own with both scores; turn distances around."
    )


class WatchedRow(BaseModel):
    """A hit that was found in production, or a question's rarity."""

    value: Share | None = Field(default=None, description="The predicted relevance of a hit.")
    relevance: Share | None = Field(default=None, description="Its label, if there is one.")
    query: Text | None = Field(default=None, description="What was searched for.")
    rarity: Share | None = Field(
        default=None, description="Of a question's best hit, as search returns it."
    )


class WatchRequest(Request):
    """The state of a watch, and what came since."""

    state: str | dict[str, Any] | None = Field(
        default=None, description="What watch_threshold returned; null for a new watch."
    )
    rows: Annotated[list[WatchedRow], _several(sc.PUBLIC.label_rows)] = Field(
        default=[], description="What came since, in order."
    )
    calibrator: str | dict[str, Any] | None = Field(
        default=None, description="For a new watch: the calibrator whose threshold is watched."
    )
    usual_rarities: Annotated[list[Share], _several(sc.PUBLIC.label_rows)] | None = Field(
        default=None,
        description="For a new watch that needs no labels: rarities of 20 or more usual questions.",
    )
    false_alarms: float = Field(
        default=0.05, gt=0, lt=1, description="For a new watch: the chance that it is ever wrong."
    )


class Answer(BaseModel):
    """What a function answers, read from the attributes of the library's results."""

    model_config = ConfigDict(from_attributes=True, validate_by_name=True)


def _escaped(text: str) -> str:
    """Write halves of characters, which may stand in a row that is quoted, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


Shown = Annotated[str, AfterValidator(lambda text: shortened(text, sc.PUBLIC.shown_characters))]
Sentence = Annotated[str, BeforeValidator(_escaped)]
Notes = Annotated[list[Sentence], Field(description="What to keep in mind, in sentences.")]


class Hit(Answer):
    """One hit, with its score in every reading."""

    rank: int = Field(description="Place in the list, from 1.")
    id: str
    text: Shown
    cosine: float
    squared_l2: float = Field(description="The distance that FAISS shows: 2 − 2 · cosine.")
    inverse_distance: float = Field(description="1 / (1 + squared_l2).")
    minmax: float
    percentile: float = Field(description="Share of the collection that scores lower, from 0 to 1.")
    chance: float | None = Field(
        description="Estimated share of unrelated texts that score this high; null if unknown."
    )
    calibrated: float | None = Field(description="Predicted relevance, from 0 to 1.")
    grade: int | None = Field(description="The label, from 0 to 3.")
    shared_words: list[str] = Field(validation_alias="shared")
    hub_count: int = Field(description="How many other documents have it among their ten nearest.")


class BestHitVerdict(Answer):
    """What is said of the best hit."""

    answer: str = Field(description='"relevant" (probably), "unclear" or "nothing".')
    evidence: str = Field(
        description='"calibrator", or "other collections" where none was fitted on this one.'
    )
    id: str = Field(description="The hit that it speaks of; empty for a given text.")
    value: float | None = Field(
        description="The predicted relevance of that hit; null without a calibrator."
    )
    relevant_from: float | None = Field(description='The value from which it is "relevant".')
    nothing_below: float | None = Field(description='The value under which it is "nothing".')
    unrelated_below: float | None = Field(
        description="The cosine that unrelated questions rarely find here; null with a calibrator, "
        "or without such questions."
    )
    reason: Sentence = Field(
        default="", description='Why it can only be "unclear", where that is so.'
    )


class CutForUnrelated(Answer):
    """A threshold that at most 5% of unrelated questions pass."""

    cosine: float = Field(description="A best hit passes with this cosine or more.")
    share: float = Field(description="The share of unrelated questions that passes, at most.")
    bound: float = Field(description="The most that this share is, with 90% confidence.")
    questions: str = Field(description="What the query is compared with.")


class Suggested(Answer):
    """What other collections suggest of one hit."""

    value: float = Field(description="The chance that it is relevant, from 0 to 1; not measured.")
    low: float = Field(description="In nine of ten collections the chance is this or more,")
    high: float = Field(description="and this or less.")


class OtherCollections(Answer):
    """What labels of other collections suggest where this one has none."""

    hits: list[Suggested] = Field(description="One per hit, in the same order.")
    sentence: Sentence = Field(description="Where the values come from.")


class SearchAnswer(Answer):
    """The hits of a query, best first."""

    model: str
    documents: int = Field(description="Size of the collection.")
    hits: list[Hit]
    calibrated_value: str = Field(
        validation_alias="calibrated_name",
        description='"probability", "expected_relevance", or empty without a calibrator.',
    )
    nothing_relevant: bool = Field(
        description='Whether even the best hit seems to be no answer: the verdict\'s "nothing".'
    )
    verdict: BestHitVerdict
    rarity: float | None = Field(
        description="Share of unrelated questions with as good a best hit; null if not known."
    )
    rarity_bound: float | None = Field(
        description="The most that this share is, with 90% confidence."
    )
    rarity_words: Sentence = Field(description="Both in a sentence, or why they are not known.")
    cut_for_unrelated: CutForUnrelated | None = Field(
        default=None, description="Null without unrelated questions to compare with."
    )
    other_collections: OtherCollections | None = Field(
        default=None,
        description="What labels of other collections suggest of each hit; null where labels of "
        "this one are used, and for fewer than 10 documents.",
    )
    notes: Notes = []


class PairReadings(Answer):
    """Readings of a cosine that need only the pair."""

    inverse_distance: float
    inverse_root_distance: float
    angular: float


class AmongSample(Answer):
    """Where a cosine falls among those of the query with the sample collection."""

    documents: int
    percentile: float
    chance: float | None
    background_z: float


class ExplainAnswer(Answer):
    """What is behind the score of one pair."""

    cosine: float
    readings: PairReadings
    engines: dict[str, float] = Field(
        description="What each engine would show for this pair, by engine and setting."
    )
    sample: AmongSample
    shared_words: list[str]
    features: dict[str, float] = Field(description="The features a calibrator uses.")
    verdict: BestHitVerdict = Field(
        description="What the labels of the sample collection would say of the pair."
    )
    notes: Notes


class NormalizeAnswer(Answer):
    """Scores on another scale."""

    method: str = Field(validation_alias="name")
    formula: str
    values: list[float] = Field(default=[], description="One per score, in the order given.")
    keeps: str
    loses: str


class ScoreWorthAnswer(Answer):
    """What predictions from one choice of scores are worth on queries that no fit saw."""

    fit_on: str = Field(description='"scores", "texts" or "both".')
    method: str
    auc: float | None
    log_loss: float
    excess_loss: float = Field(description="log_loss without what graded labels alone add to it.")


class ScoreComparisonAnswer(Answer):
    """Which scores to fit on, measured on the same labels, each query left out in turn."""

    labels: int
    queries: int
    choices: list[ScoreWorthAnswer]
    sentence: Sentence


class ConvertAnswer(Answer):
    """What a number stands for."""

    cosines: list[float] = Field(
        description="The cosines that can stand behind it, the largest first: one, or two where "
        "the engine gives two pairs the same number. Empty if there is none."
    )
    caution: str = Field(
        description="Why it may be no vector score, or why no cosine stands behind it; else empty."
    )
    higher_is_better: bool
    formula: str = Field(description="What the score is.")
    inverse: str = Field(description="The cosine from the score; empty if there is no way back.")
    trap: str = Field(description="How the number is misread.")
    any_length: bool = Field(
        description="Whether the cosine holds for vectors of any length; else only for length 1."
    )


class RecallAnswer(Answer):
    """From which predicted value on most of what is relevant is kept, on average over queries."""

    target: float = Field(description="The share of a query's relevant rows that is kept.")
    value: float | None = Field(description="The threshold; null with too few queries.")
    queries: int = Field(description="How many queries have something relevant.")
    queries_needed: int | None = Field(description="How many it takes; null where there are.")


class FitAnswer(Answer):
    """A calibrator, and how good it is."""

    calibrator: str = Field(
        description="JSON; store it, and pass it to apply_calibrator unchanged."
    )
    method: str
    because: str = Field(description="Why the method was chosen.")
    value: str = Field(description='"probability" or "expected_relevance".')
    report: dict[str, Any] = Field(
        description="Figures on queries the fit had not seen, by name, and a verdict."
    )
    test_report: dict[str, Any] | None = Field(
        description="The same on the rows set apart as a test, if any."
    )
    recall_threshold: RecallAnswer | None = Field(
        description="The threshold that keeps 90% of what is relevant; null in a demonstration, "
        "and for labels that a plan drew, which are mostly best hits."
    )
    fit_on: str = Field(description='What it was fitted on: "scores", "texts" or "both".')
    score_scale: str | None = Field(
        description="What the rows' own scores mean; null where they were not read."
    )
    comparison: ScoreComparisonAnswer | None = Field(
        description="Scores, texts and both on the same labels; null where rows have only one."
    )
    notes: Notes


class ThresholdInForce(Answer):
    """From which value on rows are shown, and what is guaranteed of it."""

    level: str = Field(description='"query": a query\'s best row alone; "row": every row.')
    value: float
    target: float = Field(description="The share of what is shown that is relevant, at least.")
    confidence: float


class ApplyAnswer(Answer):
    """Predicted relevance."""

    value: str = Field(description='"probability" or "expected_relevance".')
    values: list[float] = Field(
        description="Predicted relevance from 0 to 1, one per row, in the order given."
    )
    show: list[bool] | None = Field(
        description="Whether the threshold in force shows each row; null where none is guaranteed."
    )
    threshold: ThresholdInForce | None = Field(description="What decided show.")
    notes: Notes


class IndexAnswer(Answer):
    """One index compared with exact search."""

    factory: str = Field(validation_alias=AliasPath("spec", "factory"))
    metric: str = Field(
        validation_alias=AliasPath("spec", "metric"), description="What it ranks by."
    )
    bytes_per_vector: float = Field(validation_alias=AliasPath("costs", "bytes_per_vector"))
    build_ratio: float = Field(
        validation_alias=AliasPath("costs", "build_ratio"),
        description="Time to build, as a share of exact search.",
    )
    query_ratio: float = Field(
        validation_alias=AliasPath("costs", "query_ratio"),
        description="Time to search, as a share of exact search.",
    )
    bias: float = Field(description="Mean of its own score minus the exact cosine.")
    spread: float = Field(description="Standard deviation of the same.")
    moved: float = Field(description="Share of its hits at another rank.")
    recall: float = Field(
        validation_alias=AliasPath("own", "recall"),
        description="Share of the exact top ten that it finds by its own scores.",
    )
    recall_rescored: float = Field(
        validation_alias=AliasPath("rescored", "recall"),
        description="The same after re-scoring.",
    )


class CompareAnswer(Answer):
    """Indexes, in the order given."""

    documents: int = Field(description="Size of the collection.")
    k: int = Field(description="How many hits per query were compared.")
    indexes: list[IndexAnswer]


class TranslateAnswer(Answer):
    """What a threshold becomes."""

    value: float = Field(description="The new threshold.")
    low: float | None = Field(description="Its 90% interval by query; null for fewer than five.")
    high: float | None
    basis: str = Field(
        description='"precision" by labels: as many of what is shown are relevant; "selectivity" '
        "without: as many pairs are let through."
    )
    share: float = Field(description="The share of pairs that the old threshold let through.")
    precision: float | None = Field(description="The share of these that was relevant, by labels.")
    carried_over: float | None = Field(
        description="What the old number would do under the new scores; null if it shows nothing."
    )
    words: Sentence


class WatchAnswer(Answer):
    """What a watch says."""

    state: str = Field(description="JSON; store it, and send it with what comes next.")
    promise_broken: bool | None = Field(
        description="Whether labels show that less is relevant than guaranteed; null for rarities."
    )
    traffic_changed: bool = Field(description="Whether another share of hits is let through.")
    words: Sentence


class FaultDetail(Answer):
    """What keeps one of the rows from being used."""

    row: int = Field(description="Of the rows given, counted from 1.")
    column: Sentence | None = None
    message: Sentence = Field(description="What was given, what was expected, what to do.")


class ErrorDetail(Answer):
    """What went wrong."""

    type: str = Field(description="The library's error class.")
    message: Sentence = Field(description="What was given, what was expected, what to do.")
    row: int | None = Field(default=None, description="Which of the rows, counted from 1.")
    column: Sentence | None = None
    faults: list[FaultDetail] = Field(
        default=[],
        description=f"Every row that cannot be used, the first {MOST_FAULTS} of them; the error's "
        "own row is the first.",
    )


class ErrorAnswer(Answer):
    """What stands in the place of an answer that cannot be given."""

    error: ErrorDetail


SENTENCES = {
    "missing": "{what} is missing; the fields are {fields}.",
    "extra_forbidden": "There is no field {what!r}; the fields are {fields}.",
    "json_invalid": "The body is no JSON ({error}); send a JSON object.",
    "model_attributes_type": (
        "The body is no JSON object; send one, with Content-Type: application/json."
    ),
    "document": "{what} is {given}; give a text, or an object with id and text.",
    "share": "{what} is {given}; give a number from 0 to 1.",
    "label_scale": "{what} is {given}; give the lowest and the highest label, such as [0, 3].",
    "choice": "{what} is {given}; choose one of {choices}.",
    "string_type": "{what} is {given}; give a text.",
    "string_unicode": "{what} holds half of a character, a lone surrogate; leave it out.",
    "int_type": "{what} is {given}; give a whole number.",
    "float_type": "{what} is {given}; give a finite number.",
    "finite_number": "{what} is {given}; give a finite number.",
    "list_type": "{what} is {given}; give a list.",
    "dict_type": "{what} is {given}; give an object.",
    "greater_than_equal": "{what} is {given}; give a whole number of at least {ge}.",
    "less_than_equal": "{what} is {given}; give a whole number of at most {le}.",
    "greater_than": "{what} is {given}; give a number above {gt:g}.",
    "less_than": "{what} is {given}; give a number below {lt:g}.",
    "too_short": "{what} is {given}; give at least one entry.",
    "too_long": (
        "{what} has {actual_length:,} entries; at most {max_length:,} are taken here, so leave "
        "some out or run Score Sense on your own machine."
    ),
    "string_too_long": (
        "{what} has {length:,} characters; at most {max_length:,} are read here, so shorten it."
    ),
}
"""What is said of a request that does not fit its model, by the type of pydantic's error."""


def misfit(request: type[BaseModel], error: ErrorDetails) -> sc.InputError:
    """Return an error of a request that does not fit its model, as a sentence.

    Parameters
    ----------
    request:
        The model.
    error:
        As pydantic reports it, its location counted from the model.
    """
    name, *inner = (*error["loc"], "The body")[: max(1, len(error["loc"]))]
    row = next((each + 1 for each in inner if isinstance(each, int)), None)
    given = error["input"]
    sentence = SENTENCES.get(error["type"], "{what} is {given}; give another value.").format(
        what=name if row is None else f"Entry {row} of {name}",
        given=shown(given),
        fields=", ".join(request.model_fields),
        length=len(given) if isinstance(given, str) else 0,
        **error.get("ctx", {}),
    )
    return sc.InputError(sentence, row=row)


def shown(value: object) -> str:
    """Return how a wrong value is named in a message: never more than a few characters of it."""
    if value is None or isinstance(value, bool | int | float):
        return str(value)[:40]
    if isinstance(value, str):
        return repr(value[:40])
    return f"a {type(value).__name__}" if value else f"an empty {type(value).__name__}"
