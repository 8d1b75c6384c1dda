"""How often what is said of a best hit is right, in collections whose labels the rule never saw.

    python -m benchmarks.verdicts [--data FOLDER] [--write]

Each judged set is searched as if it were a visitor's own, whole and in samples of 20, 150 and 1,000
documents, which hold relevant documents of the questions asked. Half of the questions are
answerable; the others are, a third each, questions of a set on another subject, everyday ones, and
the set's own with all their relevant documents removed (others fill their place).

The rule (`search_core/verdict.json`) is learnt anew for each set, on all others. Two errors count:
a best hit called relevant that is not known to be, and "nothing relevant" where the first ten hits
hold something relevant. Beside it stands what the page said before: "nothing" by rarity, else
"relevant" where fewer than half a document would reach the best score by chance.

Judgements are incomplete. In the sets of `JUDGED_ALONE` only some documents were judged, good and
bad: a best hit that nobody judged is left out there. In those of `ONE_KNOWN` one document is known
to be right and no other was looked at: another best hit counts as wrong, though it may be right.

--write also learns the rule on all sets and stores it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

import search_core
from benchmarks.interleaved import machine
from benchmarks.judged_data import MODEL, JudgedSet, data_folder, embed, load_sets
from search_core.embedding import unknown_shares
from search_core.encoder import Encoder, load_encoder
from search_core.evaluate.judged import RELEVANT
from search_core.features import FeatureSpace
from search_core.normalizers.background import CollectionBackground, unrelated_scores
from search_core.normalizers.kinds import foreign_language
from search_core.normalizers.unrelated import UnrelatedQuestions
from search_core.normalizers.unrelated_scores import UnrelatedScores
from search_core.unread import unread_of
from search_core.verdict import SIGNS, Answer, LearntRule, SignCurve, signs_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

SIZES: Mapping[int, int] = {20: 10, 150: 3, 1000: 1}  # documents: how many samples
ASKED = {20: 5, 150: 25, 1000: 50}  # answerable questions of one sample
ASKED_OF_ALL = 60
FIRST_HITS = 10
RULE_FILE = Path(search_core.__file__).with_name("verdict.json")
KINDS = ("answerable", "other subject", "everyday", "answer removed")
EVERYDAY = Path(__file__).with_name("everyday_questions.txt")
SUBJECTS = {
    "bank": ("banking77",),
    "medicine": ("scifact_train", "med", "liveqa_med"),
    "computers": ("cacm", "csfcube", "cosqa", "stackfaq", "npl", "cisi"),
    "forum": ("cqa_ql",),
    "law": ("cnil_faq", "legalquad"),
}
JUDGED_ALONE = ("liveqa_med", "csfcube", "cqa_ql")
ONE_KNOWN = (
    "scifact_train", "stackfaq", "cosqa", "cnil_faq", "cmrc2018", "legalquad", "xquad_de",
)  # fmt: skip
CLEAR, RELEVANT_FROM, NOTHING_BELOW = 3.0, 0.72, 0.21  # chosen in the tables that this prints
CLEARS, CHANCES = (2.0, 2.5, 3.0, 3.5), (0.6, 0.7, 0.72, 0.8, 0.9)
NEAR_LINE = 1.5  # deviations from which on best hits teach what is relevant


@dataclass(frozen=True, eq=False)
class Searched:
    """One collection, ready to be asked.

    Attributes
    ----------
    rows:
        Which documents of the set it holds.
    texts, background, space:
        As the library holds them.
    kinds:
        What it is compared with.
    foreign:
        How questions of another language do, once they were asked.
    """

    rows: Rows
    texts: Sequence[str]
    background: CollectionBackground
    space: FeatureSpace
    kinds: tuple[str, ...]
    foreign: dict[str, UnrelatedScores] = field(default_factory=dict)

    def unrelated_to(self, query: str) -> UnrelatedScores:
        """Return how unrelated questions do that are in the query's language."""
        language = foreign_language(query, self.kinds)
        if language is None:
            return self.background.unrelated
        if language not in self.foreign:
            asked = UnrelatedQuestions.for_foreign(language)
            self.foreign[language] = unrelated_scores(
                self.background.vectors, embedded(asked), asked.words, asked.why_none
            )
        return self.foreign[language]


@dataclass(frozen=True, eq=False)
class Question:
    """A question, its unit vector, and which documents of the set are judged, and how."""

    kind: str
    text: str
    vector: npt.NDArray[np.float32]
    judged: Mapping[int, float]


@dataclass(frozen=True, eq=False)
class Case:
    """One question asked of one collection.

    Attributes
    ----------
    collection, size, kind:
        The set, how many documents of it (0: all), and one of `KINDS`.
    signs:
        What the rule looks at.
    is_relevant, is_known:
        Whether the best hit is relevant, and whether that is known.
    holds:
        Whether something among the first ten hits is.
    is_unread:
        Whether it rests on what the model cannot read.
    before:
        What the page said before.
    """

    collection: str
    size: int
    kind: str
    signs: Floats
    is_relevant: bool
    is_known: bool
    holds: bool
    is_unread: bool
    before: Answer

    @property
    def deviation(self) -> float:
        """How far the best hit lies above those of unrelated questions."""
        return float(self.signs[SIGNS.index("deviation")])


def subject(name: str) -> str:
    """Return the subject of a set; its own name where it shares it with no other."""
    return next((key for key, names in SUBJECTS.items() if name in names), name)


def searched(judged: JudgedSet, rows: Rows) -> Searched:
    vectors, texts = judged.vectors[rows], [judged.texts[row] for row in rows]
    return _searched(rows, texts, vectors, FeatureSpace.build(vectors, texts))


def changed(judged: JudgedSet, before: Searched, rows: Rows) -> Searched:
    """Return a collection of which a few documents were replaced; words keep their weights."""
    vectors, texts = judged.vectors[rows], [judged.texts[row] for row in rows]
    position = {text: place for place, text in reversed(list(enumerate(texts)))}
    space = replace(before.space, vectors=vectors, position=position)
    return _searched(rows, texts, vectors, space)


def _searched(
    rows: Rows, texts: Sequence[str], vectors: npt.NDArray[np.float32], space: FeatureSpace
) -> Searched:
    asked = UnrelatedQuestions.for_texts(texts)
    background = CollectionBackground.build(
        vectors, embedded(asked), words=asked.words, why_none=asked.why_none
    )
    return Searched(rows, texts, background, space, asked.kinds)


def embedded(asked: UnrelatedQuestions) -> npt.NDArray[np.float32]:
    return embed(asked.questions, "unrelated", queries=True)


@cache
def encoder() -> Encoder:
    return load_encoder(MODEL)


def case_of(judged: JudgedSet, size: int, found: Searched, asked: Question) -> Case:
    """Ask one question of one collection."""
    query = found.background.of_query(asked.vector, found.unrelated_to(asked.text))
    order = np.argsort(-query.cosines, kind="stable")[:FIRST_HITS]
    best = found.texts[order[0]]
    signs = np.full(len(SIGNS), np.nan)  # by which the rule can't tell
    if query.unrelated.is_enough:
        signs = signs_of(asked.text, best, query, found.space)
    unread = unread_of(
        asked.text, [best], partial(unknown_shares, encoder()), encoder().encode_documents
    )
    first = [asked.judged.get(int(row)) for row in found.rows[order]]
    is_own = asked.kind in ("answerable", "answer removed")
    expected = query.expected_count(float(query.cosines[order[0]]))
    before: Answer = "unclear" if expected is None or expected >= 0.5 else "relevant"
    return Case(
        collection=judged.name,
        size=size,
        kind=asked.kind,
        signs=signs,
        is_relevant=(first[0] or 0.0) >= RELEVANT,
        is_known=not is_own or judged.name not in JUDGED_ALONE or first[0] is not None,
        holds=any((value or 0.0) >= RELEVANT for value in first),
        is_unread=bool(unread and unread.doubt),
        before="nothing" if query.nothing_relevant else before,
    )


def cases_of(judged: JudgedSet, others: Sequence[JudgedSet]) -> Iterator[Case]:
    """Ask all kinds of questions of a set, whole and in samples."""
    rng = np.random.default_rng(0)
    foreign, everyday = _foreign(judged, others), everyday_questions()
    for size, samples in {**SIZES, 0: 1}.items():
        if size >= len(judged.texts):
            continue
        for _ in range(samples):
            own = _answerable(judged, rng, size)
            rows, asked = _sample(judged, own, rng, size)
            found = searched(judged, rows)
            few = len(asked) // 2
            strangers = [*_drawn(foreign, few, rng), *_drawn(everyday, few, rng)]
            for question in (*asked, *strangers):
                yield case_of(judged, size, found, question)
            for question in asked[:few]:
                yield _without_answer(judged, size, found, question, rng)


def _answerable(judged: JudgedSet, rng: np.random.Generator, size: int) -> list[Question]:
    """Return the set's questions that are not themselves documents, in random order."""
    beginnings = {text[:60].lower() for text in judged.texts}
    numbers = [
        number
        for number in rng.permutation(len(judged.queries)).tolist()
        if relevant_rows(judged.relevance[number])
        and judged.queries[number][:60].lower() not in beginnings
    ]
    return [
        Question("answerable", judged.queries[n], judged.query_vectors[n], judged.relevance[n])
        for n in numbers[: ASKED.get(size, ASKED_OF_ALL)]
    ]


def relevant_rows(judged: Mapping[int, float]) -> list[int]:
    return [row for row, value in judged.items() if value >= RELEVANT]


def _sample(
    judged: JudgedSet, own: Sequence[Question], rng: np.random.Generator, size: int
) -> tuple[Rows, list[Question]]:
    """Draw documents, up to two relevant ones for each question, and say which are asked."""
    if not size:
        return np.arange(len(judged.texts)), list(own)
    kept: set[int] = set()
    asked = []
    for question in own:
        more = rng.permutation(relevant_rows(question.judged))[:2].tolist()
        if len(kept.union(more)) > size // 2:
            break
        kept.update(more)
        asked.append(question)
    rest = [row for row in rng.permutation(len(judged.texts)).tolist() if row not in kept]
    return np.array(sorted([*kept, *rest[: size - len(kept)]])), asked


def _without_answer(
    judged: JudgedSet, size: int, found: Searched, asked: Question, rng: np.random.Generator
) -> Case:  # fmt: skip
    """Ask a question of the collection without its relevant documents; others take their place."""
    gone = set(relevant_rows(asked.judged))
    kept = [row for row in found.rows.tolist() if row not in gone]
    spare = np.setdiff1d(np.arange(len(judged.texts)), [*found.rows, *gone])
    filled = rng.permutation(spare)[: len(found.rows) - len(kept)]
    rows = np.array(sorted([*kept, *filled.tolist()]))
    without = changed(judged, found, rows)
    return case_of(judged, size, without, replace(asked, kind="answer removed"))


def _foreign(judged: JudgedSet, others: Sequence[JudgedSet]) -> list[list[Question]]:
    return [
        [
            Question("other subject", text, vector, {})
            for text, vector in zip(other.queries, other.query_vectors, strict=True)
        ]
        for other in others
        if subject(other.name) != subject(judged.name)
    ]


def everyday_questions() -> list[list[Question]]:
    texts = EVERYDAY.read_text(encoding="utf-8").splitlines()
    vectors = embed(texts, "everyday", queries=True)
    return [
        [Question("everyday", text, vector, {})]
        for text, vector in zip(texts, vectors, strict=True)
    ]


def _drawn(
    groups: Sequence[Sequence[Question]], many: int, rng: np.random.Generator
) -> list[Question]:
    """Draw questions, each group being as likely."""
    chosen = rng.integers(len(groups), size=many).tolist()
    return [groups[place][int(rng.integers(len(groups[place])))] for place in chosen]


def weights(cases: Sequence[Case]) -> Floats:
    """Weigh cases: each size of a set alike, one half answerable, a sixth each other kind."""
    keys = [(each.collection, each.size, each.kind) for each in cases]
    many = {key: keys.count(key) for key in set(keys)}
    sizes = {name: {size for of, size, _ in many if of == name} for name, _, _ in many}
    return np.array(
        [
            (0.5 if kind == "answerable" else 1 / 6) / many[name, size, kind] / len(sizes[name])
            for name, size, kind in keys
        ]
    )


def learn(cases: Sequence[Case], clear: float, relevant_from: float = RELEVANT_FROM) -> LearntRule:
    """Learn the rule: of judged best hits near the line or beyond, and of all first ten hits."""
    told = np.array([bool(np.isfinite(each.signs).all()) for each in cases])
    near = np.array([each.is_known and each.deviation > NEAR_LINE for each in cases])
    relevant = curve(cases, [each.is_relevant for each in cases], near)
    found = curve(cases, [each.holds for each in cases], told)
    return LearntRule(relevant, found, relevant_from, NOTHING_BELOW, clear)


def curve(cases: Sequence[Case], truth: Sequence[bool], used: Flags) -> SignCurve:
    signs = np.array([each.signs for each in cases])[used]
    scale = signs.std(axis=0)
    fitted = LogisticRegression(max_iter=1000).fit(
        signs / scale, np.array(truth)[used], sample_weight=1000 * weights(cases)[used]
    )
    slopes = tuple(np.round(fitted.coef_[0] / scale, 3).tolist())
    return SignCurve(slopes, round(float(fitted.intercept_[0]), 3))


def held_out(cases: Sequence[Case], clear: float) -> list[LearntRule]:
    """Return for each case the rule that was learnt on the other sets."""
    rules = {
        name: learn([each for each in cases if each.collection != name], clear)
        for name in dict.fromkeys(each.collection for each in cases)
    }
    return [rules[each.collection] for each in cases]


@dataclass(frozen=True)
class Figures:
    """Shares for one set.

    Attributes
    ----------
    wrong, relevant:
        Of the best hits called relevant, those not known to be; how many of all are so called.
    denied, nothing:
        Of the questions with something relevant among the first ten hits, those that are told
        "nothing"; how many of all are told so.
    unclear:
        How many of all get no answer.
    """

    wrong: float
    relevant: float
    denied: float
    nothing: float
    unclear: float


def figures(cases: Sequence[Case], answers: Sequence[Answer], weight: Floats) -> Figures:
    said = {kind: np.array([each == kind for each in answers]) for kind in ("relevant", "nothing")}
    truth = np.array([each.is_relevant for each in cases])
    known = np.array([each.is_known for each in cases])
    holds = np.array([each.holds for each in cases])
    total = float(weight.sum())

    def share(part: Flags, of: Flags) -> float:
        whole = float(weight[of].sum())
        return float(weight[part & of].sum()) / whole if whole else 0.0

    relevant, nothing = (float(weight[said[kind]].sum()) / total for kind in said)
    return Figures(
        wrong=share(~truth, said["relevant"] & known),
        relevant=relevant,
        denied=share(said["nothing"], holds),
        nothing=nothing,
        unclear=1.0 - relevant - nothing,
    )


def by_set(cases: Sequence[Case], answers: Sequence[Answer]) -> dict[str, Figures]:
    names = np.array([each.collection for each in cases])
    weight = weights(cases)
    found = {}
    for name in sorted(set(names.tolist())):
        places = np.flatnonzero(names == name).tolist()
        found[name] = figures(
            [cases[place] for place in places],
            [answers[place] for place in places],
            weight[places],
        )
    return found


def answers_of(
    cases: Sequence[Case], rules: Sequence[LearntRule], relevant_from: float = RELEVANT_FROM
) -> list[Answer]:
    answers = [
        replace(rule, relevant_from=relevant_from).answer(case.signs)
        for case, rule in zip(cases, rules, strict=True)
    ]
    return [
        "unclear" if answer == "relevant" and case.is_unread else answer
        for answer, case in zip(answers, cases, strict=True)
    ]


def before(cases: Sequence[Case]) -> list[Answer]:
    return [each.before for each in cases]


def both(values: Sequence[float]) -> str:
    return f"{np.mean(values):.1%} ({max(values):.0%})"


def print_trade_off(cases: Sequence[Case]) -> None:
    """Print what the two thresholds buy: means over the sets, and the worst set."""
    print("\n| line, deviations above unrelated | relevant from | wrong “relevant” (worst) "
          "| wrong “nothing” (worst) | can't tell (worst) |")  # fmt: skip
    print("| ---: | ---: | ---: | ---: | ---: |")
    for clear in CLEARS:
        rules = held_out(cases, clear)
        for least in CHANCES:
            print_row(f"{clear:g} | {least:g}", by_set(cases, answers_of(cases, rules, least)))
    print_row("before | ", by_set(cases, before(cases)))


def print_row(name: str, found: Mapping[str, Figures]) -> None:
    columns = [[getattr(each, part) for each in found.values()]
               for part in ("wrong", "denied", "unclear")]  # fmt: skip
    print(f"| {name} | {' | '.join(map(both, columns))} |")


def print_sets(cases: Sequence[Case], answers: Sequence[Answer]) -> None:
    now, then = by_set(cases, answers), by_set(cases, before(cases))
    print("\n| set | said relevant | of these wrong | before | wrongly told nothing | before "
          "| can't tell | before |")  # fmt: skip
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, found in now.items():
        old, mark = then[name], "*" if name in ONE_KNOWN else ""
        print(
            f"| {name}{mark} | {found.relevant:.0%} | {found.wrong:.0%} | {old.wrong:.0%} "
            f"| {found.denied:.1%} | {old.denied:.1%} | {found.unclear:.0%} | {old.unclear:.0%} |"
        )
    means = [
        f"{np.mean([getattr(each, part) for each in of.values()]):.1%}"
        for part, of in (("relevant", now), ("wrong", now), ("wrong", then), ("denied", now),
                         ("denied", then), ("unclear", now), ("unclear", then))
    ]  # fmt: skip
    print(f"| mean | {' | '.join(means)} |")


def print_parts(
    cases: Sequence[Case], answers: Sequence[Answer], title: str, part: Callable[[Case], str]
) -> None:
    """Print the answers by a part of the cases, sets counting alike."""
    print(f"\n| {title} | relevant | can't tell | nothing | before: relevant | nothing |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    weight = weights(cases)
    for name in dict.fromkeys(map(part, cases)):
        here = np.array([part(each) == name for each in cases])
        shares = [
            float(weight[here & np.array([each == kind for each in said])].sum())
            / float(weight[here].sum())
            for said, kind in (
                (answers, "relevant"), (answers, "unclear"), (answers, "nothing"),
                (before(cases), "relevant"), (before(cases), "nothing"),
            )
        ]  # fmt: skip
        print(f"| {name} | {' | '.join(f'{share:.0%}' for share in shares)} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    sets = load_sets(data_folder(given.data or os.environ.get("SCORE_SENSE_DATA")))
    cases = [
        case
        for each in sets
        for case in cases_of(each, [other for other in sets if other is not each])
    ]
    print(f"{machine()}\n\n{len(cases):,} questions of {len(sets)} sets")
    print_trade_off(cases)
    answers = answers_of(cases, held_out(cases, CLEAR))
    print_sets(cases, answers)
    print_parts(cases, answers, "questions", lambda case: case.kind)
    print_parts(cases, answers, "documents", lambda case: f"{case.size:,}" if case.size else "all")
    if given.write:
        rule = learn(cases, CLEAR)
        RULE_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(rule)) + b"\n")


if __name__ == "__main__":
    main()
