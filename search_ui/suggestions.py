"""Questions to begin with, made from nothing but the words of a visitor's own texts."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

MOST = 4
TEXTS = 120  # that are looked at, spread over the collection
CHARACTERS = 300  # of each, from its beginning
LONGEST = 40  # characters of a question
WORDS = 3  # of a question
FULL_LENGTH = 8  # a longer word tells no more by its length
LARGER = 20  # texts, from which on a word of one text alone is often a name or a typo
ONCE = 0.4  # what such a word counts for
TERM = range(2, 5)  # characters of a Chinese or Japanese term
CLAUSE = range(4, 31)  # characters of a clause that can be asked as it stands
HAN_CLAUSE = range(4, 15)  # the same in Chinese or Japanese, where a word is about two

_BLANKLESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese: scripts that put no blanks between words."""

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

_JOINERS = "'’-\u200c\u200d"  # do not end a word


@dataclass(frozen=True)
class _Phrase:
    """A phrase of a text, the words that tell what it is about, and what it is worth."""

    text: str
    telling: frozenset[str]
    worth: float


def suggested_questions(texts: Sequence[str]) -> tuple[str, ...]:
    """Return up to four short phrases of different texts, the most telling first.

    No two share a telling word, and none is the whole of a text. The same texts give the same
    phrases. Where no blanks part the words, a short clause serves, or a term that two texts have.
    There are none where nothing sensible can be made.

    Examples
    --------
    >>> suggested_questions(["The ferry to the northern island leaves at noon.", "Bread rises."])
    ('northern island leaves',)
    >>> suggested_questions(["cat", "dog"])
    ()
    """
    whole = {_folded(text) for text in texts if len(text) <= CHARACTERS}
    looked_at = [list(_clauses(text[:CHARACTERS])) for text in _spread(list(dict.fromkeys(texts)))]
    words = _Words.of(looked_at)
    best = [_best_phrase(clauses, words, whole) for clauses in looked_at]
    found = sorted(filter(None, best), key=lambda phrase: -phrase.worth)  # else as the texts stand
    return tuple(_apart(found))


def first_question(texts: Sequence[str]) -> str | None:
    """Return the most telling of the suggested questions; None where none can be made."""
    return next(iter(suggested_questions(texts)), None)


def _spread(texts: Sequence[str]) -> Sequence[str]:
    step = -(-len(texts) // TEXTS)
    return texts[:: max(step, 1)]


def _folded(text: str) -> str:
    """Return the letters and digits of a text alone: what makes two texts the same words."""
    return "".join(filter(str.isalnum, text.casefold()))


def _clauses(text: str) -> Iterator[str]:
    """Return the runs of words between punctuation, numbers, addresses and the like."""
    parts = (token if _is_of_words(token) else "\n" for token in text.split())
    kept = "".join(letter if _belongs(letter) else "\n" for letter in " ".join(parts))
    return (" ".join(clause.split()) for clause in kept.split("\n") if clause.strip())


def _is_of_words(token: str) -> bool:
    """Whether a token is no number, address or the like; a whole sentence may be one."""
    if _BLANKLESS.search(token):
        return True
    marks = "".join(letter for letter in token if not _belongs(letter))
    return all(map(_belongs, token.strip(marks)))


def _belongs(letter: str) -> bool:
    """Whether a character is part of words: a letter, a mark on one, a blank or a joiner."""
    return letter in _JOINERS or letter == " " or unicodedata.category(letter)[0] in "LM"


@dataclass(frozen=True)
class _Words:
    """How much each word of a collection tells; and each term, where no blanks part the words.

    Attributes
    ----------
    texts:
        How many were looked at.
    frequency:
        In how many of them a word is, by the word with its case folded.
    usual:
        The mean length of a word: function words are shorter in most languages.
    """

    texts: int
    frequency: Counter[str]
    usual: float

    @classmethod
    def of(cls, looked_at: Sequence[Sequence[str]]) -> _Words:
        """Count the words of texts, each given as its clauses."""
        frequency: Counter[str] = Counter()
        lengths: list[int] = []
        for clauses in looked_at:
            found = [word for clause in clauses for word in _words(clause)]
            frequency.update(set(found))
            lengths += map(len, found)
        return cls(len(looked_at), frequency, sum(lengths) / max(len(lengths), 1))

    def weight(self, word: str) -> float:
        """Return what a word tells: more if it is long and in few texts, 0 if it is short."""
        frequency = self.frequency[word]
        if len(word) < max(self.usual, 2) or not frequency:
            return 0.0
        share = ONCE if frequency == 1 and self.texts >= LARGER else 1.0
        length = min(len(word), FULL_LENGTH) / FULL_LENGTH
        return share * length * math.log1p(self.texts / frequency)


def _words(clause: str) -> list[str]:
    """Return the words of a clause with their case folded, or all that may be a term."""
    folded = clause.casefold()
    if not _BLANKLESS.search(folded):
        return folded.split()
    return [
        run[start : start + length]
        for run in folded.split()
        for length in TERM
        for start in range(len(run) - length + 1)
    ]


def _best_phrase(clauses: Sequence[str], words: _Words, whole: set[str]) -> _Phrase | None:
    """Return the most telling phrase of a text that is no whole text; the first of equals."""
    phrases = (phrase for clause in clauses for phrase in _phrases(clause, words))
    usable = (each for each in phrases if each.worth > 0 and _folded(each.text) not in whole)
    return max(usable, key=lambda phrase: phrase.worth, default=None)


def _phrases(clause: str, words: _Words) -> Iterator[_Phrase]:
    if _BLANKLESS.search(clause):
        return _terms(clause, words)
    return _runs(clause.split(), words)


def _runs(clause: Sequence[str], words: _Words) -> Iterator[_Phrase]:
    """Return the runs of a few words that begin and end with telling ones."""
    weights = [words.weight(word.casefold()) for word in clause]
    for start, end in combinations(range(len(clause)), 2):
        text = " ".join(clause[start : end + 1])
        if end - start < WORDS and weights[start] and weights[end] and len(text) <= LONGEST:
            inside = zip(clause[start : end + 1], weights[start : end + 1], strict=True)
            telling = frozenset(word.casefold() for word, weight in inside if weight)
            yield _Phrase(text, telling, sum(weights[start : end + 1]))


def _terms(clause: str, words: _Words) -> Iterator[_Phrase]:
    """Return the clause where it is short, and its terms that another text has, too."""
    if len(clause) in (HAN_CLAUSE if _HAN.search(clause) else CLAUSE):
        yield _Phrase(clause, _pairs(clause), len(clause) * math.log1p(words.texts))
    for term in _words(clause):
        frequency = words.frequency[term]
        if frequency > 1 and len(_HAN.findall(term)) == len(term):
            yield _Phrase(term, _pairs(term), len(term) * math.log1p(words.texts / frequency))


def _pairs(text: str) -> frozenset[str]:
    """Return the neighbouring characters of a text: what stands for its words."""
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def _apart(phrases: Sequence[_Phrase]) -> Iterator[str]:
    """Return the first phrases that share no telling word."""
    used: set[str] = set()
    chosen = 0
    for phrase in phrases:
        if chosen < MOST and used.isdisjoint(phrase.telling):
            used |= phrase.telling
            chosen += 1
            yield phrase.text
