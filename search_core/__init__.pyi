"""Every public name: this file is read by type checkers, and when a name is first used.

No `__all__` stands here, so that `from search_core import *` in the stub of `score_sense` has all.
"""

from . import classic as classic
from .adapters.meaningful import MeaningfulSearch as MeaningfulSearch, meaningful as meaningful
from .bulk.embedding import EmbeddedFiles as EmbeddedFiles, embed_files as embed_files
from .calibrate.betting import Bet as Bet
from .calibrate.bounds import ScoreBound as ScoreBound
from .calibrate.calibrator import Calibrator as Calibrator, load_calibrator as load_calibrator
from .calibrate.comparison import (
    ScoreComparison as ScoreComparison,
    ScoreWorth as ScoreWorth,
    Whose as Whose,
    compare_scores as compare_scores,
)
from .calibrate.export.bundle import take_home_zip as take_home_zip
from .calibrate.export.dialects import (
    CODE_LANGUAGES as CODE_LANGUAGES,
    CodeLanguage as CodeLanguage,
)
from .calibrate.export.snippet import take_home_snippet as take_home_snippet
from .calibrate.fit import (
    CalibrationResult as CalibrationResult,
    Worth as Worth,
    estimate_base_rate as estimate_base_rate,
    feature_worth as feature_worth,
    fit_calibrator as fit_calibrator,
)
from .calibrate.groups import (
    GroupCheck as GroupCheck,
    GroupPrecision as GroupPrecision,
    check_groups as check_groups,
    usual_divisions as usual_divisions,
)
from .calibrate.in_use import (
    CollectionChange as CollectionChange,
    FittedOn as FittedOn,
    restated as restated,
)
from .calibrate.maps import expit as expit, logit as logit
from .calibrate.methods import (
    AUTO_LABEL as AUTO_LABEL,
    CALIBRATORS as CALIBRATORS,
    METHODS as METHODS,
    CalibrationMethod as CalibrationMethod,
)
from .calibrate.prior import (
    Prior as Prior,
    PriorValues as PriorValues,
    load_prior as load_prior,
)
from .calibrate.rarity_watch import (
    RarityWatch as RarityWatch,
    watch_rarity as watch_rarity,
)
from .calibrate.recall import (
    RecallThreshold as RecallThreshold,
    recall_threshold as recall_threshold,
)
from .calibrate.stored_watch import load_watch as load_watch
from .calibrate.thresholds import (
    Level as Level,
    Threshold as Threshold,
    default_target as default_target,
    query_threshold as query_threshold,
    row_threshold as row_threshold,
    shown_rows as shown_rows,
    standing as standing,
    steadiness_words as steadiness_words,
    threshold_curve as threshold_curve,
)
from .calibrate.watch import Watch as Watch
from .collection import Collection as Collection
from .compare.index_answers import Answers as Answers, Flip as Flip
from .compare.index_trials import (
    COMPARED_HITS as COMPARED_HITS,
    Costs as Costs,
    IndexTrial as IndexTrial,
    compare_indexes as compare_indexes,
    recommend_index as recommend_index,
)
from .compare.model_trials import (
    USUAL_CUT as USUAL_CUT,
    Meaning as Meaning,
    ModelTrial as ModelTrial,
    compare_models as compare_models,
    finding as finding,
    try_model as try_model,
)
from .compare.translation import (
    Translation as Translation,
    translate_scores as translate_scores,
    translate_threshold as translate_threshold,
)
from .corpus import Corpus as Corpus, read_corpus as read_corpus
from .digits import (
    bound_keeping as bound_keeping,
    plain as plain,
    rounded_towards_keeping as rounded_towards_keeping,
    written_at_most as written_at_most,
)
from .embedding import check_tokens as check_tokens, unknown_shares as unknown_shares
from .encoder import (
    DEFAULT_MODEL as DEFAULT_MODEL,
    Encoder as Encoder,
    Progress as Progress,
    TellsUnknown as TellsUnknown,
    load_encoder as load_encoder,
)
from .encoder.function import (
    FunctionEncoder as FunctionEncoder,
    encoder_from as encoder_from,
)
from .encoder.models import (
    MODELS as MODELS,
    ModelRecord as ModelRecord,
    is_on_this_machine as is_on_this_machine,
    pooling_words as pooling_words,
)
from .encoder.workers import step_back as step_back
from .engine import (
    SearchEngine as SearchEngine,
    check_belong_together as check_belong_together,
)
from .engines.reading import (
    ScoreReading as ScoreReading,
    everywhere as everywhere,
    from_cosine as from_cosine,
    possible_engines as possible_engines,
    read_score as read_score,
    to_cosine as to_cosine,
)
from .engines.records import (
    ENGINES as ENGINES,
    Engine as Engine,
    ScoreMap as ScoreMap,
    engine_of as engine_of,
)
from .engines.scales import scale_of as scale_of
from .errors import (
    CalibrationError as CalibrationError,
    CollectionChangedWarning as CollectionChangedWarning,
    CorpusError as CorpusError,
    EncoderError as EncoderError,
    Fault as Fault,
    ImplausibleScoreWarning as ImplausibleScoreWarning,
    IndexSpecError as IndexSpecError,
    InputError as InputError,
    LabelsError as LabelsError,
    MissingExtra as MissingExtra,
    QueryError as QueryError,
    ScaleMismatch as ScaleMismatch,
    SearchCoreError as SearchCoreError,
    StoreError as StoreError,
    UnknownLabels as UnknownLabels,
)
from .evaluate.abstention import (
    Abstention as Abstention,
    measure_abstention as measure_abstention,
)
from .evaluate.audit import (
    Contradiction as Contradiction,
    Suspect as Suspect,
    contradictions as contradictions,
    near_duplicates as near_duplicates,
)
from .evaluate.diagram import Curve as Curve
from .evaluate.judged import (
    RELEVANT as RELEVANT,
    Judged as Judged,
    Stated as Stated,
    query_numbers as query_numbers,
)
from .evaluate.measures import MEASURES as MEASURES, Measure as Measure
from .evaluate.nearby import Nearby as Nearby, relevance_near as relevance_near
from .evaluate.proposal import ScaleProposal as ScaleProposal, propose_scale as propose_scale
from .evaluate.report import Report as Report, Rival as Rival, Verdict as Verdict
from .features import (
    FEATURES as FEATURES,
    Feature as Feature,
    FeatureSpace as FeatureSpace,
    shared_words as shared_words,
)
from .files.headers import column_words as column_words
from .files.number_styles import read_number as read_number
from .files.tables import Table as Table, read_table as read_table, write_table as write_table
from .hit_map import HitMap as HitMap
from .hits import Hit as Hit, Hits as Hits
from .index.files import IndexFile as IndexFile, read_index_file as read_index_file
from .index.matching import match_texts as match_texts
from .index.spec import IndexSpec as IndexSpec, default_specs as default_specs
from .index.store import VectorStore as VectorStore
from .judging.border import Border as Border
from .judging.estimates import Estimate as Estimate, Round as Round
from .judging.plan import (
    Answer as Answer,
    JudgingPlan as JudgingPlan,
    PairToJudge as PairToJudge,
)
from .judging.pool import Pool as Pool
from .labels.doctor import (
    Finding as Finding,
    diagnose as diagnose,
    unused_words as unused_words,
)
from .labels.judged_files import (
    JudgedFiles as JudgedFiles,
    holds_files as holds_files,
    outline_judged_files as outline_judged_files,
    read_judged_files as read_judged_files,
)
from .labels.labels import (
    Contradictions as Contradictions,
    DifferingPair as DifferingPair,
    LabelReading as LabelReading,
    Labels as Labels,
    labels_of as labels_of,
    query_key as query_key,
    read_labels as read_labels,
)
from .labels.outline import (
    LabelOutline as LabelOutline,
    OutlinedColumn as OutlinedColumn,
    OutlinedLabel as OutlinedLabel,
    outline_labels as outline_labels,
)
from .limits import (
    CAUTION_QUERIES as CAUTION_QUERIES,
    CAUTION_ROWS as CAUTION_ROWS,
    DEMO_QUERIES as DEMO_QUERIES,
    DEMO_ROWS as DEMO_ROWS,
    LABEL_ROWS_MINIMUM as LABEL_ROWS_MINIMUM,
    PUBLIC as PUBLIC,
    Limits as Limits,
)
from .normalizers import formulas as formulas
from .normalizers.background import (
    RARE as RARE,
    Background as Background,
    CollectionBackground as CollectionBackground,
    chance_words as chance_words,
    rarity_words as rarity_words,
)
from .normalizers.formulas import SOFTMAX_TEMPERATURE as SOFTMAX_TEMPERATURE
from .normalizers.kinds import (
    foreign_language as foreign_language,
    kinds_of as kinds_of,
)
from .normalizers.registry import (
    NORMALIZERS as NORMALIZERS,
    Normalizer as Normalizer,
    at_depths as at_depths,
    moved as moved,
    normalize as normalize,
)
from .normalizers.unrelated import UnrelatedQuestions as UnrelatedQuestions
from .normalizers.unrelated_scores import (
    UnrelatedCut as UnrelatedCut,
    UnrelatedScores as UnrelatedScores,
)
from .pairs import (
    OWN_SCORE as OWN_SCORE,
    EncodedBy as EncodedBy,
    ScoredPairs as ScoredPairs,
    pairs_from_arrays as pairs_from_arrays,
    score_pairs as score_pairs,
)
from .passports.measured import (
    CosineBand as CosineBand,
    RelevanceCurve as RelevanceCurve,
    Spread as Spread,
)
from .passports.measuring import passport_of as passport_of
from .passports.passport import (
    Passport as Passport,
    load_passport as load_passport,
    shipped_passports as shipped_passports,
)
from .predicted import PredictedHit as PredictedHit, PredictedHits as PredictedHits
from .recognising import FileKind as FileKind, recognise_file as recognise_file
from .scale import (
    BROUGHT_SCALES as BROUGHT_SCALES,
    COSINE as COSINE,
    METRIC_SCALES as METRIC_SCALES,
    Direction as Direction,
    ScoreScale as ScoreScale,
    brought_scale as brought_scale,
    opposite as opposite,
    refuse_filling as refuse_filling,
    scale_label as scale_label,
)
from .stores.address import open_store as open_store
from .stores.engine import StoreEngine as StoreEngine
from .stores.filling import fill_store as fill_store
from .stores.local import LocalStore as LocalStore
from .stores.protocol import (
    ScoredStore as ScoredStore,
    StoreFingerprint as StoreFingerprint,
    StoreHits as StoreHits,
    StoreRows as StoreRows,
    WritableStore as WritableStore,
)
from .stores.ranges import StoreRange as StoreRange
from .stores.sample import StoreSample as StoreSample
from .unread import Unread as Unread
from .vector_engine import VectorEngine as VectorEngine
from .verdict import HitVerdict as HitVerdict, best_hit_verdict as best_hit_verdict

__version__: str
