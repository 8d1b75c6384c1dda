"""What the tab "Your number" says: the cosine behind a number, and how such pairs were labelled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from markupsafe import Markup

import search_core as sc
from search_ui.charts import Line, ModelHills, Ruler, movable_hills
from search_ui.hills import EDGES, STEP, Hills
from search_ui.rendering import number, render, shortened, shortest

OTHER_MODEL = "another model"
NUMBER, ENGINE = 0.83, "langchain-faiss-score"  # that the page opens on
NO_COSINE_AT = 0.5  # where the line stands for a number that leads to no cosine
ROOM = 0.05  # left of the least cosine
STEPS = 200  # how many steps of an engine's range its digits tell apart


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    number:
        The score that was shown.
    engine:
        The key of what showed it.
    model:
        The name of a model that was measured, or `OTHER_MODEL`.
    """

    number: float
    engine: str
    model: str

    @property
    def link(self) -> str:
        """The parameters of the address that ask this."""
        asked = {"n": f"{self.number:.6g}", "engine": self.engine, "model": self.model}
        return "?" + urlencode({"tab": "number", **asked})


@dataclass(frozen=True)
class UnderModel:
    """How pairs of one cosine were labelled under one model.

    Attributes
    ----------
    hills:
        The model.
    near:
        The labelled pairs of about this cosine.
    above_unrelated:
        The share of unrelated pairs with a lower cosine.
    """

    hills: Hills
    near: sc.Nearby
    above_unrelated: float

    def has_pairs_at(self, cosine: float) -> bool:
        """Whether there are labelled pairs on both sides of this cosine."""
        return self.near.low <= cosine <= self.near.high


@dataclass(frozen=True)
class Answer:
    """What can be said of a number.

    Attributes
    ----------
    question, engine:
        What was asked, and the function that showed it.
    cosines:
        The cosines that can stand behind it, the largest first; none where there is no way back.
    problem:
        Why there is none; else empty.
    caution:
        Why the number may be no vector score, though there is a cosine; else empty.
    under:
        Its meaning under the model; under every model that was measured where it is another one.
    """

    question: Question
    engine: sc.Engine
    cosines: tuple[float, ...]
    problem: str
    caution: str
    under: tuple[UnderModel, ...]

    @property
    def is_for_another_model(self) -> bool:
        """Whether the model is none of those that were measured."""
        return self.question.model == OTHER_MODEL

    @property
    def has_pairs_near(self) -> bool:
        """Whether the labelled pairs of the model say how often such a number was relevant."""
        return not self.is_for_another_model and self.under[0].has_pairs_at(self.line)

    @property
    def is_cosine(self) -> bool:
        """Whether the number is the cosine itself, whatever the lengths of the vectors."""
        return self.engine.any_length and self.cosines == (self.question.number,)

    @property
    def is_unnormalized(self) -> bool:
        """Whether vectors of other lengths than 1 could give this number."""
        low, high = self.engine.reach or (math.inf, -math.inf)
        return not self.cosines and low <= self.question.number <= high

    @property
    def line(self) -> float:
        """Where the line of the picture stands at first."""
        return self.cosines[0] if self.cosines else NO_COSINE_AT


def read_number(written: str) -> float:
    """Read the number that a visitor typed or pasted, as `read_number` of the library does.

    Raises
    ------
    InputError
        The field is empty, it is a percentage, or it is not one finite number.
    """
    text = written.strip()
    if not text:
        raise sc.InputError("No number yet: type the score that your engine showed.")
    if text.endswith("%"):
        raise sc.InputError(
            f"{shortened(text, 40)} is a share of a hundred; type the number that your engine "
            "showed: 73% is 0.73 on a scale that ends at 1."
        )
    return sc.read_number(text)


def answer(question: Question, hills: Sequence[Hills]) -> Answer:
    """Say what a number means.

    Raises
    ------
    InputError
        The number is not finite, or what FAISS shows in a place where it found nothing.
    """
    engine = sc.ENGINES[question.engine]
    if not math.isfinite(question.number):
        raise sc.InputError(f"The number is {question.number}; give a finite one.")
    sc.refuse_filling(question.number)
    try:
        reading, problem = sc.read_score(question.number, question.engine), ""
    except sc.InputError as error:
        reading, problem = sc.ScoreReading((), ""), str(error)
    asked = [each for each in hills if each.model == question.model] or list(hills)
    under = [
        UnderModel(each, each.near(cosine), each.share_unrelated_below(cosine))
        for each in asked
        for cosine in reading.cosines[:1]
    ]
    return Answer(question, engine, reading.cosines, problem, reading.caution, tuple(under))


def answer_html(found: Answer) -> Markup:
    """Return the answer in sentences, and what other tools would show for the same match."""
    first = found.cosines[:1]
    return render(
        "number_answer.html",
        found=found,
        asked=found.question,
        engine=found.engine,
        elsewhere=[
            (sc.ENGINES[key], score) for cosine in first for key, score in sc.everywhere(cosine)
        ],
    )


def title_html(value: float | None) -> Markup:
    """Return the page's title, with the visitor's number in it where there is one."""
    return render("title.html", number=value)


def picture_html(found: Answer, hills: Sequence[Hills]) -> Markup:
    """Return the hills of the model, with a line at the visitor's number."""
    low = min(float(each.unrelated[0]) for each in hills) - ROOM
    first = math.floor((low + 1.0) / STEP)
    cosines: list[float] = EDGES[first:].tolist()
    models = [each.model for each in hills]
    model = found.question.model
    chosen = models.index(model) if model in models else 0
    score = shortest(found.question.number) if found.cosines else number(NO_COSINE_AT)
    return movable_hills(
        [_drawn(each, first) for each in hills],
        chosen,
        _ruler(found, cosines),
        Line(found.line, score, f"{found.question.number} {found.engine.key}"),
        render(
            "number_counted.html",
            stored=hills[chosen].stored,
            relevant=len(hills[chosen].relevant),
            irrelevant=len(hills[chosen].irrelevant),
            is_stand_in=found.is_for_another_model,
        ),
    )


@lru_cache(maxsize=8)  # the same for every question
def _drawn(hills: Hills, first: int) -> ModelHills:
    """Return a model's hills as they are drawn, from one of the bins on."""
    return ModelHills(
        name=hills.model,
        unrelated=hills.unrelated,
        irrelevant=hills.irrelevant,
        relevant=hills.relevant,
        shown=hills.shown[first:].tolist(),
        found=hills.found[first:].tolist(),
    )


def _ruler(found: Answer, cosines: Sequence[float]) -> Ruler:
    """Return what the engine shows at each cosine; the cosine itself where it shows none."""
    score_map = found.engine.map
    if score_map is None or not found.cosines:
        return Ruler(
            cosines, [number(each, 3) for each in cosines], "This line is a cosine of", "cosine"
        )
    span = score_map.upper - score_map.lower
    digits = max(2, math.ceil(-math.log10(span / STEPS)))
    scores = [number(score_map.forward(each), digits) for each in cosines]
    return Ruler(cosines, scores, f"In {found.engine.call} this line is", found.engine.call)


def opening_question(hills: Sequence[Hills]) -> Question:
    """Return the finished example that the page opens on."""
    return Question(NUMBER, ENGINE, hills[0].model)
