"""Questions to begin with, made from nothing but the words of a visitor's own texts."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search_ui.joining_words import DETERMINERS, JOINING

MOST = 4
TEXTS = 120  # that are looked at, spread over the collection
CHARACTERS = 300  # of each, from its beginning
LONGEST = 48  # characters of a question
WORDS = range(3, 9)  # of a sentence or a clause that is asked whole
RUN = range(2, 7)  # words of a part of a clause
LISTED = 0.1  # of words are function words that are known, in a language with a list of them
FULL_LENGTH = 8  # a longer word says no more by its length
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

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n")

_JOINERS = "'’-\u200c\u200d"  # do not end a word


@dataclass(frozen=True)
class _Phrase:
    """A phrase of a text, the words that tell what it is about, and what it is worth.

    One of a higher rank reads better: a whole sentence, a whole clause, a part that ends where the
    next word begins something else, any other part.
    """

    text: str
    telling: frozenset[str]
    worth: float
    rank: int = 0

    @property
    def order(self) -> tuple[int, float, int]:
        """What the better of two phrases has more of."""
        return self.rank, self.worth, len(self.text)


def suggested_questions(texts: Sequence[str]) -> tuple[str, ...]:
    """Return up to four short phrases of different texts, those that read best first.

    They are whole sentences and clauses where these are short, else what a clause begins with. No
    two share a telling word, and none is the whole of a text. The same texts give the same phrases.
    Where no blanks part the words, a short clause serves, or a term that two texts have.
    There are none where nothing sensible can be made.

    Examples
    --------
    >>> suggested_questions(["The ferry to the northern island leaves at noon.", "Bread rises."])
    ('ferry to the northern island leaves',)
    >>> suggested_questions(["cat", "dog"])
    ()
    """
    whole = {_folded(text) for text in texts if len(text) <= CHARACTERS}
    beginnings = [text[:CHARACTERS] for text in _spread(list(dict.fromkeys(texts)))]
    words = _Words.of([list(_clauses(text)) for text in beginnings])
    best = [_best_phrase(text, words, whole) for text in beginnings]
    # Of equals, those of earlier texts stand first.
    found = sorted(filter(None, best), key=lambda phrase: phrase.order, reverse=True)
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
    if not token.strip(_JOINERS):
        return False  # a dash, or the bullet of a list
    marks = "".join(letter for letter in token if not _belongs(letter))
    return all(map(_belongs, token.strip(marks)))


def _belongs(letter: str) -> bool:
    """Whether a character is part of words: a letter, a mark on one, a blank or a joiner."""
    return letter in _JOINERS or letter == " " or unicodedata.category(letter)[0] in "LM"


@dataclass(frozen=True)
class _Words:
    """How much each word of a collection says; and each term, where no blanks part the words.

    Attributes
    ----------
    texts:
        How many were looked at.
    frequency:
        In how many of them a word is, by the word with its case folded.
    usual:
        The mean length of a word: function words are shorter in most languages.
    has_list:
        Whether its function words are known.
    """

    texts: int
    frequency: Counter[str]
    usual: float
    has_list: bool

    @classmethod
    def of(cls, looked_at: Sequence[Sequence[str]]) -> _Words:
        """Count the words of texts, each given as its clauses."""
        frequency: Counter[str] = Counter()
        every: list[str] = []
        for clauses in looked_at:
            found = [word for clause in clauses for word in _words(clause)]
            frequency.update(set(found))
            every += found
        count = max(len(every), 1)
        usual = sum(map(len, every)) / count
        has_list = sum(word in JOINING for word in every) >= LISTED * count
        return cls(len(looked_at), frequency, usual, has_list)

    def joins(self, word: str) -> bool:
        """Whether a word joins others; in a language without a list, whether it is a short one."""
        return word in JOINING if self.has_list else self._is_short(word)

    def _is_short(self, word: str) -> bool:
        return len(word) < max(self.usual, 2)

    def weight(self, word: str) -> float:
        """Return how much a word says: more if it is long and in few texts, 0 if it is short."""
        frequency = self.frequency[word]
        if word in JOINING or self._is_short(word) or not frequency:
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


def _best_phrase(text: str, words: _Words, whole: set[str]) -> _Phrase | None:
    """Return the best phrase of a text that is no whole text; the first of equals."""
    usable = (each for each in _phrases(text, words) if _folded(each.text) not in whole)
    return max((each for each in usable if each.worth > 0), key=lambda it: it.order, default=None)


def _phrases(text: str, words: _Words) -> Iterator[_Phrase]:
    """Return the sentences, clauses, parts of clauses and terms of a text that can be asked."""
    for sentence in _SENTENCE_END.split(text):
        tokens = sentence.split()
        if not _BLANKLESS.search(sentence) and all(map(_is_of_words, tokens)):
            yield from _whole(sentence.strip().rstrip(".…"), words, rank=3)
    for clause in _clauses(text):
        if _BLANKLESS.search(clause):
            yield from _terms(clause, words)
        else:
            yield from _whole(clause, words, rank=2)
            yield from _beginnings(clause.split(), words)


def _whole(text: str, words: _Words, rank: int) -> Iterator[_Phrase]:
    """Return a sentence or a clause as it stands where it is short and says two things."""
    tokens = text.split()
    if len(tokens) not in WORDS or words.joins(tokens[-1].casefold().strip("?!")):
        return
    if rank < 3 and words.joins(tokens[0].casefold()):
        return  # what it joins stands before it
    phrase = _phrase(tokens, words, rank)
    if len(phrase.telling) > 1 and len(phrase.text) <= LONGEST:
        yield phrase


def _beginnings(clause: Sequence[str], words: _Words) -> Iterator[_Phrase]:
    """Return what a clause begins with, up to words that tell something.

    Nothing that ends before an article: what it speaks of is still to come.
    """
    joins = [words.joins(word.casefold()) for word in clause]
    if all(joins):
        return
    start = joins.index(False)
    for end in range(start + RUN.start, min(start + RUN.stop, len(clause) + 1)):
        following = clause[end].casefold() if end < len(clause) else ""
        if joins[end - 1] or following in DETERMINERS:
            continue
        phrase = _phrase(clause[start:end], words, int(not following or joins[end]))
        if len(phrase.telling) > 1 and len(phrase.text) <= LONGEST:
            yield phrase


def _phrase(tokens: Sequence[str], words: _Words, rank: int) -> _Phrase:
    weights = {word: words.weight(word) for word in map(_bare, tokens)}
    telling = frozenset(word for word, weight in weights.items() if weight)
    return _Phrase(" ".join(tokens), telling, sum(weights.values()), rank)


def _bare(token: str) -> str:
    """Return a word with its case folded, without what stands around it."""
    return token.casefold().strip("".join(each for each in token if not _belongs(each)))


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
    return frozenset(text[start : start + 2] for start in range(len(text) - 1))


def _apart(phrases: Sequence[_Phrase]) -> Iterator[str]:
    """Return the first phrases that share no telling word."""
    used: set[str] = set()
    chosen = 0
    for phrase in phrases:
        if chosen < MOST and used.isdisjoint(phrase.telling):
            used |= phrase.telling
            chosen += 1
            yield phrase.text
