"""What kind of texts a collection holds: which languages, or code, or log lines and part numbers.

Languages are recognised by py3langid, a naive Bayes classifier over byte sequences (Lui and Baldwin
2012). Code, log lines and part numbers are no languages; their signs give them away.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from search_core.extras import extra
from search_core.mistakes import explain_mistakes

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

CODE, LOGS = "code", "logs"
LOOKED_AT = 200  # texts of a collection, evenly spread
CHARACTERS = 500  # of each of them
MAJOR = 0.2  # a kind with this share of the texts is one of the collection's
CLEAR = 0.5  # the collection's kinds make up this share, or nothing is said of them
FOREIGN = 0.01  # a query is in another language if its own is less likely; see `foreign_language`
FEWEST_WORDS = 3  # shorter queries are often names, which have no language
CODE_SIGNS = 0.03  # of the characters: nearly all prose has fewer, and most functions have more
ID_SHARE = 0.25  # of the words

_BLANK = re.compile(r"\s+")
# A bracket counts where it calls or indexes something; prose has the others, too.
_CODE_SIGN = re.compile(r"[{};=<>_|&\\*+$^]|\w[(\[]|\(\)")
_STATEMENT = re.compile(
    r"(?:SELECT .+ FROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET|(?:CREATE|ALTER|DROP) TABLE)\b"
    r"|#include\b|(?:def|func|fn|function|class) \w+ ?[({:]|(?:const|let|var) \w+ ?="
)
# A word that joins digits with letters or with digits: M8x40, 10.2.0.17:5432, ERR-204.
_ID = re.compile(r"(?=[!-~]{2,60}\Z)(?=.*\d)(?:.*[A-Za-z].*|.*\d[-:./_]+\d.*)")
_LOG_LINE = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?(?:ERROR|WARN|WARNING|INFO|DEBUG|TRACE|FATAL|CRITICAL)\b"
)
_SAME_WRITING = {"wuu": "zh", "yue": "zh", "arz": "ar", "ary": "ar", "pcm": "en", "grc": "el"}
_NO_LANGUAGE = "zxx"


@explain_mistakes
def kinds_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of a collection's texts, the commonest first; none where that is not clear.

    A kind is an ISO 639 code, "code", or "logs" for log lines, part numbers and ids. Each has at
    least a fifth of the texts, and together they have at least half.

    Parameters
    ----------
    texts:
        Of at most 200, evenly spread, the first 500 characters are looked at.

    Examples
    --------
    >>> sc.kinds_of(["Wo ist der Bahnhof?", "Der Zug fährt um acht Uhr.", "Bitte einsteigen!"])
    ('de',)
    """
    step = max(1.0, len(texts) / LOOKED_AT)
    chosen = [texts[int(n * step)][:CHARACTERS] for n in range(min(len(texts), LOOKED_AT))]
    shares: defaultdict[str, float] = defaultdict(float)
    for text in chosen:
        for kind, share in _shares(text).items():
            shares[kind] += share / len(chosen)
    for kind in (CODE, LOGS):
        if shares[kind] >= CLEAR:
            return (kind,)  # its comments and messages are in a language, which is no second kind
    by_share = sorted(shares, key=shares.__getitem__, reverse=True)
    major = tuple(kind for kind in by_share if shares[kind] >= MAJOR)
    if sum(shares[kind] for kind in major) >= CLEAR:
        return major
    # A few words do not tell their language, but all texts together may.
    together = _languages(" ".join(chosen))
    return tuple(kind for kind, share in together.items() if share >= CLEAR)


@explain_mistakes
def foreign_language(query: str, kinds: Sequence[str]) -> str | None:
    """Return the language of a query that is in none of a collection's; None where it may be.

    None of 1,800 questions and keyword queries in fourteen languages was taken for foreign in its
    own language. A name, and whatever is asked of code or log lines, is never foreign.

    Parameters
    ----------
    query, kinds:
        What was asked, and the kinds of the collection.

    Examples
    --------
    >>> sc.foreign_language("Wie lange muss ein Ei kochen?", ["en"])
    'de'
    >>> sc.foreign_language("Angela Merkel", ["en"]) is None
    True
    """
    few = query.isascii() and len(query.split()) < FEWEST_WORDS
    if few or CODE in kinds or LOGS in kinds:
        return None
    found = _languages(query)
    if not found or sum(found.get(kind, 0.0) for kind in kinds) >= FOREIGN:
        return None
    return max(found, key=found.__getitem__)


def _shares(text: str) -> dict[str, float]:
    """Return how far a text is of each kind, 1 in all; nothing for a text without letters."""
    characters = len(_BLANK.sub("", text))
    if _STATEMENT.match(text) or len(_CODE_SIGN.findall(text)) > CODE_SIGNS * characters:
        return {CODE: 1.0}
    words = text.split()
    ids = sum(_ID.match(word) is not None for word in words)
    if _LOG_LINE.match(text) or ids > ID_SHARE * len(words):
        return {LOGS: 1.0}
    return _languages(text)


def _languages(text: str) -> dict[str, float]:
    """Return how likely each language is; nothing for a text without letters.

    Nor where the disk is full: the classifier unpacks its model into a temporary file.
    """
    if not any(map(str.isalpha, text)):
        return {}
    try:
        identifier = _identifier()
    except OSError:
        return {}
    shares: dict[str, float] = {}
    for language, share in identifier.rank(text):
        kind = _SAME_WRITING.get(language, language)
        shares[kind] = shares.get(kind, 0.0) + share
    shares.pop(_NO_LANGUAGE, None)
    return shares


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here: its model takes a second to read, and only a collection's background needs it.
    with extra("faiss"):
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
