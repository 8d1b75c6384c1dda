"""What the words of people's labels mean: yes and no in many languages, grades, letters, signs.

A file's words are looked up together: they mean something only where one vocabulary has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType

from search_core.labels.degrees import degrees_of

_YES_NO = (
    # How people say it.
    ("yes y yep yeah", "no n nope"),
    ("relevant|on topic|related|match|matches|matching|hit|same|similar|duplicate|paraphrase",
     "not relevant|irrelevant|non relevant|nonrelevant|unrelevant|off topic|unrelated|not related|"
     "no match|not a match|does not match|mismatch|non match|miss|no hit|different|dissimilar|"
     "not similar|not duplicate|not a duplicate|no duplicate|not paraphrase"),
    ("correct|right|good|pass|passed|accept|accepted|approve|approved|ok|okay|success|helpful|"
     "useful|positive|pos|like|liked|up|upvote|upvoted|thumbs up|thumb up|thumbsup",
     "incorrect|not correct|wrong|bad|not good|fail|failed|reject|rejected|not ok|failure|"
     "not helpful|unhelpful|not useful|useless|negative|neg|dislike|disliked|down|downvote|"
     "downvoted|thumbs down|thumb down|thumbsdown"),
    ("keep|kept|include|included|selected|valid|accurate|appropriate|sufficient|agree|satisfied|"
     "satisfactory|useable|usable|tp|true positive|one|clicked|click",
     "drop|dropped|discard|exclude|excluded|removed|invalid|inaccurate|inappropriate|insufficient|"
     "disagree|dissatisfied|unsatisfied|unsatisfactory|unusable|fp|false positive|zero|ignored"),
    # Signs.
    ("👍 ✓ ✔ ✅ ☑ 😀 😃 😄 😁 🙂 😊 😍 ❤ 💚 ⭕ ○ ◯ 🟢",
     "👎 ✗ ✘ ❌ ✖ ☒ 😞 🙁 ☹ 😠 😡 😢 💔 × 🔴"),
    # Truth values, as spreadsheets write them in their users' languages.
    ("true t wahr vrai verdadero vero verdadeiro waar sant sann sand tosi prawda pravda истина "
     "doğru dogru igaz adevărat adevarat αληθησ 真 참 benar",
     "false f falsch faux falso onwaar falskt usann falsk epätosi fałsz falsz nepravda ложь "
     "yanlış yanliş yanlis hamis fals ψευδησ 假 偽 거짓 salah"),
    # Yes and no.
    ("ja j oui o si sì sí s sim da да д tak ano evet igen kyllä joo ναι ya có "
     "是 对 はい 예 네 نعم כן हाँ हां",
     "nein nee nej nei non não nao нет н nie ne hayır hayir nem ei όχι tidak không "
     "否 不是 不 错 いいえ 아니오 아니요 아니다 لا לא नहीं"),
    ("taip jah já ใช่", "ne ei nei ไม่ใช่"),
    # Good and bad, right and wrong.
    ("bien|buono|goed|bra|godt|dobry|dobrze|хорошо|好|良い|좋음|맞음|صحيح|सही|cierto|esatto|acuerdo|"
     "de acuerdo|√",
     "mal|cattivo|slecht|fout|dålig|dårlig|zły|źle|плохо|坏|差|悪い|나쁨|틀림|خطأ|गलत|errato|sbagliato|"
     "desacuerdo|en desacuerdo"),
    ("rel|r", "nonrel|irrel|nr"),
    # Relevant and not.
    ("relevante|pertinent|pertinente|rilevante|passend|zutreffend|richtig|correcto|"
     "correto|corretto|juste|bon|gut|bueno|bom|релевантно|相关|相關|関連|関連あり|관련|관련 있음",
     "irrelevante|nicht relevant|nicht passend|unpassend|non pertinent|no relevante|não relevante|"
     "nao relevante|non rilevante|irrilevante|nicht zutreffend|unzutreffend|incorrecto|incorreto|"
     "scorretto|mauvais|schlecht|malo|mau|нерелевантно|"
     "不相关|无关|不相關|関連なし|無関係|관련 없음|무관"),
)  # fmt: skip

_UNLABELLED = (
    "n/a", "na", "nan", "null", "none", "#n/a", "unlabeled", "unlabelled", "unjudged", "unrated",
    "not judged", "not labeled", "not labelled", "not rated", "no label", "skip", "skipped",
    "don't know", "dont know", "unknown", "unsure", "not sure", "no opinion", "discarded",
    "pending", "n.a", "n/d", "tbd", "todo", "k.a", "k. a", "keine angabe", "unklar",
    "weiß nicht", "sans avis", "ne sait pas", "no sé", "не знаю", "不明", "未評価", "不确定",
    "未标注",
)  # fmt: skip

_LEADING = re.compile(
    r"[(\[]?([+-]?[0-9]+(?:\.[0-9]+)?)\s*(?:[-–—:=.)(\[\]|]\s*|\s)(?=[^\W\d_])(.*)"
)
_TRAILING = re.compile(r"(\D*[^\W\d_]\D*?)\s*[(\[=:]\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*[)\]]?")
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:/|of|out of|von|sur|de|di|из)\s*([0-9]+)")
_FRAMED = re.compile(
    r"(?:(?:grade|level|label|score|rating|relevance|rel|r|★|⭐) ?)?(?P<number>[0-9](?:\.[0-9])?)"
    r"(?: ?(?:★|⭐|points?|pts))?"
)
"""A number with what names it as a grade; a rank, of which 1 is the best, is none."""
_STARS, _EMPTY_STARS = "⭐★*🌟", "☆✩✰"
_LONGEST = 60  # characters of a label
_DECORATION = re.compile("[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]")  # of emoji: form, skin tone


@dataclass(frozen=True)
class Vocabulary:
    """Words that belong together, and the grade that each stands for, from 0 up.

    Attributes
    ----------
    grades:
        By word, folded.
    needs:
        Words without which the others could be of another vocabulary.
    """

    grades: Mapping[str, float]
    needs: frozenset[str] = frozenset()

    @property
    def highest(self) -> float:
        """The grade of its best word; the lowest is 0."""
        return max(self.grades.values())


def fold(cell: str) -> str:
    """Fold what does not distinguish two words: "Not_Relevant" and "not relevant" are one."""
    text = _DECORATION.sub("", cell.strip()).casefold()
    if len(text) < 2:
        return text
    return " ".join(text.replace("_", " ").replace("-", " ").split()).rstrip(".!")


def _split(words: str) -> list[str]:
    return [fold(word) for word in (words.split("|") if "|" in words else words.split())]


def _steps(*levels: str, needs: str = "") -> Vocabulary:
    """Return the vocabulary of these levels, the lowest first; words of one level parted by "|"."""
    grades = {fold(word): float(n) for n, level in enumerate(levels) for word in level.split("|")}
    return Vocabulary(MappingProxyType(grades), frozenset(map(fold, needs.split())))


def _yes_or_no() -> Vocabulary:
    grades: dict[str, float] = {}
    for yes, no in _YES_NO:
        grades.update(dict.fromkeys(_split(yes), 1.0), **dict.fromkeys(_split(no), 0.0))
    return Vocabulary(MappingProxyType(grades))


_NOT = "not relevant|irrelevant|non relevant|nonrelevant|not at all relevant"
_PARTLY = "partial|partially|partly|partially relevant|partly relevant|somewhat relevant|somewhat"
_LOW = (
    "low|weak|slight|minor|niedrig|gering|faible|bajo|baja|baixo|baixa|basso|bassa|laag|låg|lav|"
    "niska|низкая|низкий|低|낮음"
)
_MEDIUM = (
    "medium|moderate|mid|mittel|moyen|moyenne|medio|media|médio|média|gemiddeld|medel|middels|"
    "średnia|средняя|средний|中|중간|보통"
)
_HIGH = (
    "high|strong|major|hoch|élevé|élevée|fort|forte|alto|alta|hoog|hög|høy|wysoka|высокая|"
    "высокий|高|높음"
)
_MIDDLING = "ok|okay|so so|average|mediocre|medium|neutral|acceptable"
VOCABULARIES = (
    # "ok" is a yes beside "not ok", and lies between where it stands beside "good".
    *(_steps("bad|not good", _MIDDLING, "good", needs=f"{middle} good")
      for middle in ("ok", "okay")),
    _yes_or_no(),
    # Letters and words of the shopping queries dataset (ESCI, Reddy et al. 2022).
    _steps("irrelevant|i", "complement|c", "substitute|s", "exact|e", needs="e"),
    _steps("irrelevant|i", "complement|c", "substitute|s", "exact|e", needs="exact"),
    _steps("irrelevant|i", "complement|c", "substitute|s", "exact|e", needs="substitute"),
    _steps("irrelevant|no match", f"{_PARTLY}|partial match",
           "exact|exact match|perfect match|full match"),  # WANDS
    _steps(f"{_NOT}|no", _PARTLY, "relevant|fully relevant|fully|full|yes|completely relevant"),
    _steps("incorrect|wrong|fail|failed", f"partially correct|partly correct|{_PARTLY}",
           "correct|fully correct|pass|passed"),
    _steps("strongly disagree", "disagree", "neutral|undecided|neither agree nor disagree", "agree",
           "strongly agree"),
    _steps("😞|🙁|☹|😠|😡|👎|🔴|❌", "😐|😕|🟡", "😀|😃|🙂|😊|👍|🟢|✅"),
    _steps("red", "yellow|amber|orange", "green"),
    _steps("n|nr", "r", "hr", needs="hr r"),
    _steps(_NOT, "relevant", "highly relevant|very relevant"),
    # Of Sormunen (2002).
    _steps(_NOT, "marginally relevant", "fairly relevant", "highly relevant"),
    _steps(_NOT, f"marginally relevant|slightly relevant|{_PARTLY}", "relevant|fairly relevant",
           "highly relevant|very relevant"),
    # Of the TREC Deep Learning track.
    _steps(_NOT, "related", "highly relevant", "perfectly relevant"),
    _steps("no|n", f"maybe|perhaps|{_PARTLY}", "yes|y"),
    _steps("nicht relevant|irrelevant|nein|nicht passend|unpassend|falsch|schlecht",
           "teilweise relevant|teilweise|teils|teils teils|zum teil|bedingt|mittel|mittelmäßig",
           "relevant|ja|passend|richtig|gut"),
    _steps("non pertinent|non|mauvais|faux",
           "partiellement pertinent|en partie pertinent|partiellement|en partie|moyen",
           "pertinent|oui|bon|correct"),
    _steps("no relevante|irrelevante|no|malo|incorrecto",
           "parcialmente relevante|parcial|parcialmente|en parte|regular",
           "relevante|sí|si|bueno|correcto"),
    _steps("não relevante|irrelevante|não|ruim|mau", "parcialmente relevante|parcialmente|em parte",
           "relevante|sim|bom"),
    _steps("non rilevante|irrilevante|no", "parzialmente rilevante|parzialmente|in parte",
           "rilevante|sì|si"),
    _steps("не релевантно|нерелевантно|нет", "частично релевантно|частично", "релевантно|да"),
    _steps("不相关|无关|否", "部分相关|部分", "相关|是"),
    _steps("関連なし|無関係|いいえ|×", "一部関連|部分的に関連|どちらでもない|△",
           "関連あり|関連|はい|○|◯"),
    _steps("negative", "neutral", "positive", needs="negative positive"),
    # Of the TREC Web track.
    _steps("non|junk", "rel", "hrel", "key", "nav", needs="hrel"),
    # Here "none" is the lowest grade, and does not say that nobody labelled the row.
    *(_steps(f"none|no|{_NOT}", _LOW, _MEDIUM, _HIGH, needs=f"none {high}")
      for high in ("high", "strong")),
    *(_steps("none|not|not at all", _PARTLY, "full|fully|complete|completely|totally", needs=one)
      for one in ("none full", "none partial", "fully not", "completely")),
    _steps("skipped", "clicked", needs="clicked"),
    _steps(_LOW, _MEDIUM, _HIGH),
    # Of web search engines.
    _steps("bad", "fair", "good", "excellent", "perfect", needs="excellent perfect"),
    _steps("bad", "fair", "good", "excellent", "perfect", needs="perfect fair"),
    _steps("poor", "fair", "good", "excellent", needs="poor excellent"),
    _steps("bad|very poor", "poor", "fair|average", "good", "excellent", needs="poor excellent"),
    _steps("-|–|−", "+", needs="+"),
    _steps("--", "-", "+", "++", needs="++ --"),
    _steps("x", "o", needs="o x"),
    _steps("f", "d", "c", "b", "a", needs="a b c d f"),
    _steps("e", "d", "c", "b", "a", needs="a b c d e"),
)  # fmt: skip
"""Every vocabulary; of those that have all words of a file, the first counts."""


@dataclass(frozen=True)
class Proposal:
    """What the words of a file seem to mean.

    Attributes
    ----------
    grades:
        The grade of each word, as the file has it; None for one that says "not labelled".
    highest:
        The best grade of the vocabulary, which the file need not have; None where numbers stand
        within the words, or no vocabulary has them.
    unknown:
        Words that nobody can tell the meaning of.
    """

    grades: Mapping[str, float | None] = field(default_factory=dict)
    highest: float | None = None
    unknown: tuple[str, ...] = ()


_NOT_LABELLED = frozenset(map(fold, _UNLABELLED))


def is_not_labelled(cell: str) -> bool:
    """Whether a cell says that nobody labelled its row."""
    return fold(cell) in _NOT_LABELLED


def propose(words: Iterable[str]) -> Proposal:
    """Return what words mean, taken together.

    Parameters
    ----------
    words:
        The different cells of a column that are no numbers.
    """
    words = list(dict.fromkeys(words))
    left_out: dict[str, float | None] = {}
    if not _is_whole(words):  # "none" beside "partial" and "full" is a grade
        left_out = dict.fromkeys(filter(is_not_labelled, words))
    rest = [word for word in words if word not in left_out]
    shares, most = _shares(rest)
    if shares:
        return Proposal({**left_out, **shares}, most)
    numbered = _numbered(rest) or _counted(rest)
    others = [word for word in rest if word not in numbered]
    found = _best(others)
    if found is None:
        return Proposal({**left_out, **numbered}, None, tuple(others))
    known = {word: found.grades[fold(word)] for word in others if fold(word) in found.grades}
    unknown = tuple(word for word in others if word not in known)
    ends_alone = not unknown and set(known.values()) == {0.0, found.highest}
    top = 1.0 if ends_alone else found.highest  # nothing stands between them: yes and no
    grades = {word: min(grade, top) for word, grade in known.items()}
    return Proposal({**left_out, **numbered, **grades}, None if numbered else top, unknown)


def _best(words: list[str]) -> Vocabulary | None:
    """Return the first vocabulary that has all words, else the one that has most of them.

    Where none has them all, words that are degrees of one are a vocabulary of their own.
    """
    folded = {fold(word): None for word in words}  # in order, for one answer on every run
    best = _listed(folded.keys())
    if best is not None and folded.keys() <= best.grades.keys():
        return best
    degrees = degrees_of(folded)
    return Vocabulary(MappingProxyType(degrees)) if degrees else best


def _listed(folded: Set[str]) -> Vocabulary | None:
    """Return the first listed vocabulary that has all folded words, else most of them."""
    fitting = [each for each in VOCABULARIES if each.needs <= folded]
    best = max(fitting, key=lambda each: len(folded & each.grades.keys()), default=None)
    return best if best is not None and folded & best.grades.keys() else None


def _is_whole(words: Iterable[str]) -> bool:
    """Whether a listed vocabulary has all words."""
    folded = {fold(word) for word in words}
    best = _listed(folded)
    return best is not None and folded <= best.grades.keys()


def _shares(words: Iterable[str]) -> tuple[dict[str, float | None], float | None]:
    """Return the grades of words that all are "3/5", "4 of 5" and so on, and what they are of."""
    found = {word: _SHARE.fullmatch(word.strip()[:_LONGEST]) for word in words}
    wholes = {float(each[2]) if each else 0.0 for each in found.values()}
    if len(wholes) != 1 or 0.0 in wholes:
        return {}, None
    return {word: float(each[1]) for word, each in found.items() if each}, wholes.pop()


def _counted(words: Sequence[str]) -> dict[str, float]:
    """Return the numbers of words that all are such as "★★", "grade 2" or, in one sign, "②"."""
    numbers: dict[str, float] = {}
    for word in words:
        text = fold(word)
        if text and not text.strip(_STARS + _EMPTY_STARS):
            numbers[word] = float(sum(text.count(star) for star in _STARS))
        elif found := _FRAMED.fullmatch(text):
            numbers[word] = float(found["number"])
        elif len(text) == 1 and (value := unicodedata.numeric(text, None)) is not None:
            numbers[word] = value
    return numbers if len(numbers) == len(words) and len(set(numbers.values())) > 1 else {}


def _numbered(words: list[str]) -> dict[str, float]:
    """Return the numbers that stand within words, as in "2 - relevant" or "relevant (2)".

    Nothing where the words beside them run the other way, as in "1 - exact … 4 - irrelevant".
    """
    numbers: dict[str, float] = {}
    beside: dict[str, str] = {}
    for word in words:
        text = word.strip()[: _LONGEST + 1]
        if len(text) > _LONGEST:
            continue
        if found := _LEADING.fullmatch(text):
            numbers[word], beside[word] = float(found[1]), found[2].rstrip(" )]")
        elif found := _TRAILING.fullmatch(text):
            numbers[word], beside[word] = float(found[2]), found[1]
    return {} if _runs_down(numbers, beside) else numbers


def _runs_down(numbers: Mapping[str, float], beside: Mapping[str, str]) -> bool:
    """Whether the words beside numbers become better as the numbers fall."""
    found = _best(list(beside.values()))
    if found is None:
        return False
    pairs = sorted(
        (number, found.grades[fold(beside[word])])
        for word, number in numbers.items()
        if fold(beside[word]) in found.grades
    )
    return len(pairs) > 1 and pairs[0][1] > pairs[-1][1]
