"""Labels that say one word in several degrees: "relevant", "partly relevant", "not relevant".

The word itself need not be known, so that labels in a language without a list are read as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

NOT, PARTLY, PLAIN, VERY = range(4)

_BEFORE = {
    NOT: "not|not at all|no|non|nicht|gar nicht|überhaupt nicht|kein|keine|pas|pas du tout|aucun|"
    "aucune|nada|nada de|não|nao|nenhum|nenhuma|nessun|nessuna|per niente|per nulla|niet|"
    "helemaal niet|geen|inte|inte alls|ej|icke|ikke|slet ikke|ei|ei lainkaan|nie|wcale nie|brak|"
    "ne|vůbec|nem|nu|не|совсем не|нет|δεν|μη|לא|غير|ليس|नहीं|không|tidak|değil|不|無|无|非|没有",
    PARTLY: "partially|partly|partial|weak|loose|somewhat|slightly|marginally|weakly|"
    "loosely|mildly|a bit|"
    "a little|teilweise|teils|etwas|wenig|bedingt|schwach|zum teil|partiellement|peu|un peu|"
    "en partie|faiblement|poco|algo|parcialmente|un poco|en parte|pouco|um pouco|em parte|"
    "parzialmente|un po'|in parte|gedeeltelijk|deels|enigszins|delvis|något|osittain|częściowo|"
    "trochę|částečně|trochu|részben|kissé|частично|немного|kısmen|biraz|部分|部分的に|一部|やや|"
    "有点|부분적으로|일부|약간|부분|جزئيا|sebagian",
    PLAIN: "moderately|mostly|fairly|reasonably|ziemlich|assez|bastante|abbastanza|tamelijk|"
    "ganska|dość|docela|довольно",
    VERY: "very|strong|perfect|full|highly|perfectly|fully|completely|extremely|strongly|"
    "totally|sehr|hoch|höchst|"
    "völlig|voll|ganz|vollständig|très|tout à fait|parfaitement|totalement|hautement|muy|"
    "altamente|totalmente|completamente|muito|molto|del tutto|zeer|heel|erg|volledig|mycket|"
    "meget|veldig|helt|erittäin|täysin|bardzo|całkowicie|velmi|zcela|nagyon|teljesen|очень|"
    "полностью|весьма|çok|tamamen|非常|非常に|很|高度|完全|完全に|とても|매우|아주|완전|sangat",
}
_GLUED = ("un", "non", "nie", "ne", "не", "epä", "icke", "ไม่")
"""What makes the opposite of a word in one piece, and of few words anything else."""

_SHORTEST = 4  # letters of a word that such a beginning is taken off from
_ENDINGS = {
    NOT: ("없음", "なし", "無し", "siz", "sız", "suz", "süz"),
    PLAIN: ("있음", "あり", "有り", "li", "lı", "lu", "lü"),
}
_UNSPACED = "\u2e80"  # from here on, scripts that part no words by blanks


def degrees_of(words: Collection[str]) -> dict[str, float] | None:
    """Return the grade of each word, from 0 up; None unless they are degrees of one word.

    One of them has to say "not"; two that say the same in other words are left to whoever knows.

    Parameters
    ----------
    words:
        The different labels, folded.

    Examples
    --------
    >>> from search_core.labels.degrees import degrees_of
    >>> degrees_of(["istotny", "nieistotny"])
    {'istotny': 1.0, 'nieistotny': 0.0}
    """
    readings = [dict(_readings(word)) for word in words]
    for stem in readings[0] if readings else ():
        found = [each[stem] for each in readings if stem in each]
        if len(found) == len(words) > 1 and NOT in found and len(set(found)) == len(found):
            # Without "partly" each better degree stands a step lower.
            step = 0 if PARTLY in found else 1
            return {
                word: float(max(each - step, 0)) for word, each in zip(words, found, strict=True)
            }
    return None


def _readings(word: str) -> Iterator[tuple[str, int]]:
    """Return what a word can be a degree of, and which."""
    yield word, PLAIN
    for degree, listed in _BEFORE.items():
        for before in listed.split("|"):
            if stem := _without(word, before, degree):
                yield stem, degree
    for before in _GLUED:
        if word.startswith(before) and len(word) >= len(before) + _SHORTEST:
            yield word.removeprefix(before), NOT
    for degree, endings in _ENDINGS.items():
        for ending in endings:
            if word.endswith(ending):
                yield word.removesuffix(ending), degree


def _without(word: str, before: str, degree: int) -> str:
    """Return a word without what says its degree; empty where that does not stand there."""
    if word.startswith(f"{before} "):
        return word.removeprefix(f"{before} ")
    if degree == NOT and word.endswith(f" {before}"):
        return word.removesuffix(f" {before}")
    if degree == NOT and f" {before} " in word:  # "trifft nicht zu"
        return word.replace(f" {before} ", " ", 1)
    return word.removeprefix(before) if before[0] >= _UNSPACED and word.startswith(before) else ""
