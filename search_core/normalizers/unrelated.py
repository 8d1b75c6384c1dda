"""Unrelated questions of a collection's own kind, and how well they do in it.

A question is compared with unrelated ones like it: of the same language, or asked of code or of
log lines. Questions of another kind find too little or too much, whatever the model is: German
texts are nearer to any German question than to an English one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from search_core.errors import InputError, several
from search_core.mistakes import explain_mistakes
from search_core.normalizers.kinds import CODE, LOGS, kinds_of

FEWEST_QUERIES = 50  # under this many questions no rarity is given
OWN = "own"

SHIPPED = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "ru": "Russian",
    "tr": "Turkish",
    "ar": "Arabic",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    CODE: "code",
    LOGS: "log lines or part numbers",
}
"""The kinds that the library has unrelated questions for, and what each is called."""

_OTHER_LANGUAGES = {
    "no": "Norwegian", "nn": "Norwegian", "sv": "Swedish", "da": "Danish", "fi": "Finnish",
    "is": "Icelandic", "el": "Greek", "cs": "Czech", "sk": "Slovak", "sl": "Slovene",
    "hu": "Hungarian", "ro": "Romanian", "bg": "Bulgarian", "uk": "Ukrainian", "be": "Belarusian",
    "hr": "Croatian", "bs": "Bosnian", "sr": "Serbian", "mk": "Macedonian", "sq": "Albanian",
    "lt": "Lithuanian", "lv": "Latvian", "et": "Estonian", "ca": "Catalan", "gl": "Galician",
    "eu": "Basque", "ga": "Irish", "cy": "Welsh", "lb": "Luxembourgish", "af": "Afrikaans",
    "la": "Latin", "he": "Hebrew", "fa": "Persian", "ur": "Urdu", "ps": "Pashto", "ku": "Kurdish",
    "hi": "Hindi", "bn": "Bengali", "ta": "Tamil", "te": "Telugu", "mr": "Marathi",
    "gu": "Gujarati", "kn": "Kannada", "ml": "Malayalam", "pa": "Punjabi", "ne": "Nepali",
    "si": "Sinhala", "th": "Thai", "vi": "Vietnamese", "id": "Indonesian", "ms": "Malay",
    "tl": "Tagalog", "sw": "Swahili", "am": "Amharic", "ka": "Georgian", "hy": "Armenian",
    "az": "Azerbaijani", "kk": "Kazakh", "uz": "Uzbek", "mn": "Mongolian", "eo": "Esperanto",
}  # fmt: skip
_REMEDY = f"give {FEWEST_QUERIES} or more unrelated questions of your own"


@explain_mistakes
@dataclass(frozen=True)
class UnrelatedQuestions:
    """What a collection's questions are compared with.

    Attributes
    ----------
    questions:
        Each once; none where no list fits.
    kinds:
        What they are: ISO 639 codes, "code", "logs", or "own" for those that were given.
    why_none:
        Why there are none, in a sentence; empty where there are some.

    Examples
    --------
    >>> sc.UnrelatedQuestions.for_texts(["Wo ist der Bahnhof?", "Der Zug fährt um acht."]).words
    '120 in German'
    """

    questions: tuple[str, ...]
    kinds: tuple[str, ...]
    why_none: str = ""

    def __repr__(self) -> str:
        return f"<UnrelatedQuestions: {self.words or self.why_none}>"

    @classmethod
    def for_texts(cls, texts: Sequence[str]) -> UnrelatedQuestions:
        """Return those of the collection's own kind, or the reason why there are none.

        Parameters
        ----------
        texts:
            The texts of the collection.
        """
        kinds = kinds_of(texts)
        if not kinds:
            reason = f"It is not clear which language these texts are in; {_REMEDY}."
            return cls((), (), reason)
        missing = [kind for kind in kinds if kind not in SHIPPED]
        if missing:
            what = "These texts seem" if len(missing) == len(kinds) else "Some of these texts seem"
            return cls((), kinds, f"{what} to be {_no_list(missing)}")
        return cls.of_kinds(kinds)

    @classmethod
    def of_kinds(cls, kinds: Sequence[str]) -> UnrelatedQuestions:
        """Return the shipped questions of some kinds, as many of each.

        Raises
        ------
        InputError
            There are no questions of one of these kinds.
        """
        for kind in kinds:
            if kind not in SHIPPED:
                raise InputError(
                    f"There are no questions of the kind {kind!r}; there are those of "
                    f"{', '.join(SHIPPED)}."
                )
        lists = [shipped_questions(kind) for kind in kinds]
        shortest = min(map(len, lists))
        questions = [question for each in lists for question in each[:shortest]]
        return cls(tuple(dict.fromkeys(questions)), tuple(kinds))

    @classmethod
    def for_foreign(cls, language: str) -> UnrelatedQuestions:
        """Return those in the language of a query, where that is none of the collection's."""
        if language in SHIPPED:
            return cls.of_kinds([language])
        return cls((), (language,), f"Your question seems to be {_no_list([language])}")

    @classmethod
    def given(cls, questions: Iterable[str]) -> UnrelatedQuestions:
        """Return somebody's own questions.

        Raises
        ------
        InputError
            They are no list of texts, or fewer than 50 differ.
        """
        found = several(questions, "background_queries", InputError)
        for number, question in enumerate(found, start=1):
            if not isinstance(question, str):
                raise InputError(
                    f"Entry {number} of background_queries is a {type(question).__name__}; give "
                    "texts alone."
                )
        distinct = tuple(dict.fromkeys(each.strip() for each in found if each.strip()))
        if len(distinct) < FEWEST_QUERIES:
            raise InputError(
                f"Unrelated questions, each counted once: {len(distinct)}. At least "
                f"{FEWEST_QUERIES} are needed to say how rare a score is; add some, or leave them "
                "all out."
            )
        return cls(distinct, (OWN,))

    @property
    def across(self) -> str:
        """Why a low score says little of a collection in another language, in a sentence."""
        if not self.questions:
            return ""
        return (
            f"Your question seems to be {SHIPPED[self.kinds[0]]}, and these texts are not: many "
            "models find little across languages, so a low score doesn’t mean that nothing is "
            "relevant."
        )

    @property
    def words(self) -> str:
        """How many they are and which, as in "120 in German"; empty for none."""
        if not self.questions:
            return ""
        return f"{len(self.questions)} {' and '.join(map(_which, self.kinds))}"


@cache
def shipped_questions(kind: str) -> tuple[str, ...]:
    """Return the shipped unrelated questions of a kind: prose and keywords on many subjects.

    A collection answers few of them; those that it does answer make every other query look common.
    """
    folder = files("search_core.normalizers").joinpath("backgrounds")
    lines = folder.joinpath(f"{kind}.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line.strip())


def _which(kind: str) -> str:
    if kind == OWN:
        return "of your own"
    return f"{'about' if kind in (CODE, LOGS) else 'in'} {SHIPPED[kind]}"


def _no_list(languages: Sequence[str]) -> str:
    names = dict.fromkeys(
        _OTHER_LANGUAGES.get(language, f"in the language '{language}'") for language in languages
    )
    return (
        f"{' or '.join(names)}, and there are no unrelated questions like that to compare with; "
        f"{_REMEDY}."
    )
