"""Labels given pair by pair, as a plan chooses them: a visitor's plan as a value, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2s
from types import MappingProxyType

import search_core as sc
from search_ui.rendering import count, number, percent
from search_ui.views.search import checked_questions
from search_ui.visit.hit_labels import HitLabels

GRADES = 3  # the highest, where a visitor grades
FEWEST_QUESTIONS = 20
_QUESTION_COLUMNS = ("question", "questions", "query", "queries")
_PLAN_COLUMNS = {"inclusion", "round", "pool"}


@dataclass(frozen=True, eq=False)
class Judging:
    """A visitor's plan.

    Attributes
    ----------
    plan:
        Which pairs are asked about, and the answers.
    is_graded:
        Whether answers are grades from 0 to 3.
    known:
        The hits marked in Search; a pair among them is not asked about again.
    goes_on:
        Whether the visitor goes on although the prediction is known well enough.
    earlier:
        What a file of labels says, and the answers to a plan before this one, by the question, as
        `query_key` has it, and the text; a pair among them is not asked about again, either.
    """

    plan: sc.JudgingPlan
    is_graded: bool = False
    known: HitLabels = field(default_factory=HitLabels)
    goes_on: bool = False
    earlier: Mapping[tuple[str, str], sc.Answer] = field(default_factory=dict)

    @classmethod
    def begun(
        cls,
        plan: sc.JudgingPlan,
        known: HitLabels,
        *,
        is_graded: bool,
        labelled: sc.ScoredPairs | None = None,
        before: Judging | None = None,
    ) -> Judging:
        """Begin, or go on with, a plan.

        What was marked in Search, labelled in a file, or answered in the plan before it, counts as
        answered.
        """
        earlier = {**_labels_by_pair(labelled), **(before.answers_by_pair if before else {})}
        return cls(plan, is_graded, known, earlier=MappingProxyType(earlier))._with_known()

    @property
    def answers_by_pair(self) -> dict[tuple[str, str], sc.Answer]:
        """The answers to this plan and to those before it, by question and text."""
        pairs = [(self.plan.pair(number), label) for number, label in self.plan.answers.items()]
        own: dict[tuple[str, str], sc.Answer] = {
            (sc.query_key(pair.query), pair.text): "can't tell" if label is None else label
            for pair, label in pairs
        }
        return {**self.earlier, **own}

    @property
    def copies(self) -> int:
        """How many of its questions are texts of the collection, word for word."""
        pool = self.plan.pool
        asked = [sc.query_key(pool.questions[number]) for number in pool.question_of.tolist()]
        pairs = zip(asked, pool.pairs.texts, strict=True)
        return len({question for question, text in pairs if question == sc.query_key(text)})

    @property
    def lacks(self) -> str:
        """Say what the labels lack for a fit; empty where they lack nothing."""
        labels = {label for label in self.plan.answers.values() if label is not None}
        missing = sc.LABEL_ROWS_MINIMUM - self.plan.labelled
        if missing > 0:
            return f"{count(missing, 'more label')} for a fit"
        return "" if len(labels) > 1 else "labels of the other kind"

    def is_asking(self, key: str) -> bool:
        """Whether the pair with this name is one of the last round."""
        return key in {self.key(number) for number in self.plan.rounds[-1].rows.tolist()}

    def key(self, number: int) -> str:
        """Name a pair, so that an answer is never taken for one to another plan's pair."""
        pair = self.plan.pair(number)
        content = f"{pair.query}\n{pair.text}".encode("utf-8", "surrogatepass")
        return f"{number}-{blake2s(content, digest_size=6).hexdigest()}"

    def number_of(self, key: str) -> int:
        """Return the number of the pair with this name.

        Raises
        ------
        LabelsError
            This plan has none.
        """
        number = int(key.partition("-")[0]) if key.partition("-")[0].isdecimal() else -1
        if not 0 <= number < len(self.plan.pool) or self.key(number) != key:
            raise sc.LabelsError(
                "Pairs were chosen anew, perhaps in another window, so this answer was not taken; "
                "label the pair that is shown now."
            )
        return number

    @property
    def is_enough(self) -> bool:
        """Whether there are labels enough for a fit, or a prediction that is known well enough."""
        return self.plan.is_done or self.plan.is_narrow

    @property
    def is_ended(self) -> bool:
        """Whether no more is asked."""
        return self.plan.is_done or (self.plan.is_narrow and not self.goes_on)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes beside the texts of the collection."""
        return self.plan.pool.pairs.features.nbytes + 200 * len(self.plan.pool)

    def answered(self, pair: int, answer: str) -> Judging:
        """Return it with one more answer: "yes", "no", "unsure" or a grade from 0 to 3.

        Raises
        ------
        LabelsError
            It is no such answer, or the pair was not asked about.
        """
        return replace(self, plan=self.plan.read({pair: _answer(answer)}))._with_known()

    def without_last(self) -> Judging:
        """Return it without the answer that was given last; as it is where there is none."""
        answers = list(self.plan.answers)
        return replace(self, plan=self.plan.without(answers[-1])) if answers else self

    def going_on(self) -> Judging:
        """Return it with more asked, although there is enough."""
        return replace(self, goes_on=True)

    def _with_known(self) -> Judging:
        """Answer the pairs that were marked in Search."""
        plan = self.plan
        while True:
            found = {
                pair.number: answer
                for pair in plan.next_pairs()
                for answer in [self._known_of(pair)]
                if answer is not None
            }
            if not found:
                return replace(self, plan=plan)
            plan = plan.read(found)

    def _known_of(self, pair: sc.PairToJudge) -> sc.Answer | None:
        marked = self.known.of_query(pair.query).get(pair.text)
        return self.earlier.get((sc.query_key(pair.query), pair.text)) if marked is None else marked


def _labels_by_pair(pairs: sc.ScoredPairs | None) -> dict[tuple[str, str], sc.Answer]:
    """Return the label of each pair, by question and text, that has one and no other."""
    found: dict[tuple[str, str], set[float]] = {}
    if pairs is not None and pairs.texts:
        rows = zip(pairs.queries, pairs.texts, pairs.relevance.tolist(), strict=True)
        for query, text, label in rows:
            found.setdefault((sc.query_key(query), text), set()).add(label)
    return {pair: labels.pop() for pair, labels in found.items() if len(labels) == 1}


def _answer(given: str) -> sc.Answer:
    if given in {"yes", "no"}:
        return given == "yes"
    if given == "unsure":
        return "can't tell"
    if given in {str(grade) for grade in range(GRADES + 1)}:
        return int(given) / GRADES
    raise sc.LabelsError(f"'{given[:20]}' is no answer; press one of the buttons.")


def begin(
    engine: sc.SearchEngine,
    pasted: str,
    content: bytes | None,
    known: HitLabels,
    *,
    is_graded: bool,
    labelled: sc.ScoredPairs | None = None,
    before: Judging | None = None,
) -> Judging:
    """Choose pairs for questions, or go on with a plan's file.

    Parameters
    ----------
    engine:
        What is searched.
    pasted:
        Questions, one per line.
    content:
        A file of questions, or the CSV of a plan; None without one.
    known, is_graded:
        As `Judging` has them.
    labelled:
        The labels of a file on these texts; None without one.
    before:
        The plan that this one takes the place of; its answers are kept.

    Raises
    ------
    QueryError, LabelsError, CorpusError
        There are too few questions or too many, or the file cannot be read.
    """
    if content is not None and _holds_plan(content):
        plan = sc.JudgingPlan.resumed(engine, content)
        has_grades = any(label not in (None, 0.0, 1.0) for label in plan.answers.values())
        graded = is_graded or has_grades
        return Judging.begun(plan, known, is_graded=graded, labelled=labelled, before=before)
    given = [*pasted.splitlines(), *(_questions_in(content) if content is not None else ())]
    questions = checked_questions(given, sc.PUBLIC.trial_queries)
    plan = sc.JudgingPlan.of(engine, questions)
    return Judging.begun(plan, known, is_graded=is_graded, labelled=labelled, before=before)


def _holds_plan(content: bytes) -> bool:
    try:
        return set(sc.read_table(content, limits=sc.PUBLIC).columns) >= _PLAN_COLUMNS
    except sc.InputError:
        return False


def _questions_in(content: bytes) -> list[str]:
    """Return the questions of a file: a column of that name, or one per line."""
    try:
        table = sc.read_table(content, limits=sc.PUBLIC)
        named = [each for each in table.columns if each.casefold() in _QUESTION_COLUMNS]
    except sc.InputError:
        named = []
    if named:
        return [cell.strip() for cell in table.column(named[0]) if cell.strip()]
    return list(sc.read_corpus(content, limits=sc.PUBLIC).texts)


def amount_words(judging: Judging) -> str:
    """Say how many labels there are of those wanted."""
    return f"{judging.plan.labelled} of {judging.plan.wanted} labels"


def bought_words(judging: Judging) -> str:
    """Say what the labels have bought so far: where the border is, and how well it is known."""
    border = judging.plan.border
    if border is None and (judging.lacks or not judging.plan.labelled):
        return "You will see here what your labels tell, once there are some of both kinds."
    if border is None:
        return "So far, a higher cosine is not clearly more often relevant."
    if border.lower <= -1 and border.upper >= 1:
        return "So far, your labels are too few to tell from which cosine hits are relevant."
    return (
        f"So far, hits above a cosine of {number(border.score)} are more likely relevant than not "
        f"(the border may lie between {number(border.lower)} and {number(border.upper)}). "
        f"Predictions there are known to ±{percent(border.spread)}."
    )


def ending_words(judging: Judging) -> str:
    """Say when it ends, while it goes on."""
    return f"It ends by itself at {judging.plan.wanted} labels, or earlier if fewer are enough."


def copies_words(judging: Judging) -> str:
    """Warn of questions that are texts of the collection; empty without any."""
    copies = judging.copies
    if not copies:
        return ""
    are = "question is a text" if copies == 1 else "questions are texts"
    return (
        f"{copies} of your {are} of the collection, word for word. That is too easy, and makes "
        "every figure too good; use the words of your users."
    )


def ended_words(judging: Judging) -> str:
    """Say why no more is asked, and what to do now."""
    labelled = count(judging.plan.labelled, "label")
    if judging.lacks:
        return (
            f"No more pairs to label. There are {labelled}, and a fit still needs {judging.lacks}: "
            "change the questions, to some that your texts answer and some that they don't."
        )
    if judging.plan.is_done:
        return f"Done: {labelled}. Now fit them, and you get a threshold."
    return (
        f"{labelled} are enough: the prediction at the border is known to "
        f"±{percent(judging.plan.border.spread if judging.plan.border else 0)}. Fit them now, or "
        "go on for a checked threshold."
    )
