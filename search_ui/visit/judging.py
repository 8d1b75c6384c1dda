"""Labels given pair by pair, as a plan chooses them: a visitor's plan as a value, and its words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import search_core as sc
from search_ui.rendering import number, percent
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
    """

    plan: sc.JudgingPlan
    is_graded: bool = False
    known: HitLabels = field(default_factory=HitLabels)
    goes_on: bool = False

    @classmethod
    def begun(cls, plan: sc.JudgingPlan, known: HitLabels, *, is_graded: bool) -> Judging:
        """Begin, or go on with, a plan; what was marked in Search counts as answered."""
        return cls(plan, is_graded, known)._with_known()

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
                pair.number: marked[pair.text]
                for pair in plan.next_pairs()
                for marked in [self.known.of_query(pair.query)]
                if pair.text in marked
            }
            if not found:
                return replace(self, plan=plan)
            plan = plan.read(found)


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

    Raises
    ------
    QueryError, LabelsError, CorpusError
        There are too few questions or too many, or the file cannot be read.
    """
    if content is not None and _holds_plan(content):
        plan = sc.JudgingPlan.resumed(engine, content)
        has_grades = any(label not in (None, 0.0, 1.0) for label in plan.answers.values())
        return Judging.begun(plan, known, is_graded=is_graded or has_grades)
    given = [*pasted.splitlines(), *(_questions_in(content) if content is not None else ())]
    questions = checked_questions(given, sc.PUBLIC.trial_queries)
    return Judging.begun(sc.JudgingPlan.of(engine, questions), known, is_graded=is_graded)


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
    if border is None:
        return "No border yet between relevant and not: it takes labels of both kinds."
    return (
        f"So far, a hit is more likely relevant than not from a cosine of {number(border.score)} "
        f"({number(border.lower)} to {number(border.upper)}). There the prediction is 50% ± "
        f"{percent(border.spread)}."
    )


def ended_words(judging: Judging) -> str:
    """Say why no more is asked, and what to do now."""
    if judging.plan.is_done:
        return f"Done: {judging.plan.labelled} labels. Now fit them, and you get a threshold."
    return (
        f"{judging.plan.labelled} labels are enough: the prediction at the border is known to "
        f"± {percent(judging.plan.border.spread if judging.plan.border else 0)}. Fit them now, or "
        "go on for a checked threshold."
    )
